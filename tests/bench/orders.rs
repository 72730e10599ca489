//! How many orders a second `lab orders` plays, how much longer one takes than the pair untraced in a fresh namespace, and
//! whether memory grows with their number. A measurement and no test.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{UsageWho, getrusage};

/// What is aimed at: orders a second, and one order against the untraced pair.
const WANTED: (f64, f64) = (200.0, 4.0);
const PAIR: [&str; 2] = ["./ten-calls", "./ten-calls"];
/// The word that has this binary run lab once and print how much memory its largest process had.
pub const PEAK: &str = "--peak";

/// Measures, and prints the table.
pub fn run(rounds: usize) {
    let room = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    super::trace::compile("tests/programs/orders/ten-calls.c", &room);
    let (mut of_lab, mut of_pair) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        of_lab.extend(seconds_an_order(&room, 200));
        of_pair.extend((0..20).map(|_| pair(&room)));
    }
    let order = super::trace::median(of_lab).unwrap_or(f64::NAN);
    let alone = super::trace::median(of_pair).unwrap_or(f64::NAN);
    println!("\nlab orders, two programs of ten calls, median of {rounds} rounds");
    println!("  orders a second               {:8.0}     wanted: {:.0}", 1.0 / order, WANTED.0);
    println!("  one order                     {:8.2} ms", order * 1e3);
    println!("  the pair in a new namespace   {:8.2} ms", alone * 1e3);
    println!("  ratio                         {:8.1}     wanted: {:.0} at most", order / alone, WANTED.1);
    for max in ["50", "2000"] {
        let this = std::env::current_exe().expect("the benchmark");
        let told = Command::new(this).args([PEAK, max]).current_dir(&room).output().expect("a run");
        let peak = String::from_utf8_lossy(&told.stdout).trim().to_owned();
        println!("  most memory at --max {max:<8} {peak:>8} KiB");
    }
}

/// As lab itself reports it.
fn seconds_an_order(room: &Path, max: usize) -> Option<f64> {
    let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
    lab.arg("orders").args(PAIR).args(["--json", "--max", &max.to_string()]);
    let told = lab.env_remove("LD_LIBRARY_PATH").current_dir(room).output().ok()?;
    let text = String::from_utf8(told.stdout).ok()?;
    let report: serde_json::Value = serde_json::from_str(text.lines().last()?).ok()?;
    Some(report["microseconds"].as_f64()? / 1e6 / report["played"].as_f64()?)
}

/// Both at once, in a namespace of their own; seconds.
fn pair(room: &Path) -> f64 {
    let start = Instant::now();
    let _ = unshare(CloneFlags::CLONE_NEWIPC);
    let started = PAIR.map(|program| {
        let mut command = Command::new(program);
        command.env_remove("LD_LIBRARY_PATH").current_dir(room).stdout(Stdio::null()).spawn()
    });
    started.into_iter().flatten().for_each(|mut child| drop(child.wait()));
    start.elapsed().as_secs_f64()
}

/// Plays orders once, and prints how much memory the largest process had, in KiB.
pub fn peak(max: &str) {
    let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
    lab.arg("orders").args(PAIR).args(["--json", "--max", max, "--seconds", "60"]).stdout(Stdio::null());
    let _ = lab.status();
    println!("{}", getrusage(UsageWho::RUSAGE_CHILDREN).map_or(0, |usage| usage.max_rss()));
}
