//! What it costs a program to be traced: the programs of `tests/programs/bench`, untraced, behind a filter that stops
//! nothing (the least that a tracer with a filter can cost), under strace and under `lab trace`, taking turns in one
//! run, as medians and ratios. A measurement and no test: nothing here can fail
//! because a machine is slow, only because a program does not end well.
//!
//! Ratios of one run on one machine compare; seconds of two runs do not.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sched::{CloneFlags, unshare};

/// Each program's name and what `lab trace` aims at: `lab trace` against untraced, or against strace.
const PROGRAMS: [(&str, &str); 6] = [
    ("nothing", ""),
    ("getppid", "1.35 x untraced"),
    ("writes", "1.08 x untraced"),
    ("forks", "1.8 x untraced"),
    ("cycles", "0.33 x strace"),
    ("semops", "1.5 x untraced"),
];

/// Measures, and prints the table. `rounds` of each program under each tracer; an odd number has a median.
pub fn run(rounds: usize) {
    // Nobody's segments but ours, where the machine allows it.
    let _ = unshare(CloneFlags::CLONE_NEWIPC);
    let room = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    fs::create_dir_all(&room).expect("a folder for the compiled programs");
    fs::write(room.join("lab.key"), "").expect("a key file");
    println!("median of {rounds} interleaved rounds\n");
    println!("program    untraced       filter       strace    lab trace  lab/strace  promised");
    let filter = compile("tests/bench/filtered.c", &room);
    let filter = [filter.to_str().expect("a path in UTF-8")];
    for (name, promise) in PROGRAMS {
        let program = compile(&format!("tests/programs/bench/{name}.c"), &room);
        let strace =
            ["strace", "-f", "--seccomp-bpf", "-e", "trace=shmget,shmat,shmdt,shmctl", "-o", "/dev/null"];
        let lab = [env!("CARGO_BIN_EXE_lab"), "trace", "-o", "/dev/null", "--"];
        let mut seconds = [const { Vec::new() }; 4];
        for round in 0..=rounds {
            for (tracer, seconds) in [&[][..], &filter, &strace, &lab].into_iter().zip(&mut seconds) {
                let took = time(tracer, &program, &room);
                // The first round warms caches and counts for nothing.
                if round > 0 {
                    seconds.extend(took);
                }
            }
        }
        let [untraced, filter, strace, lab] = seconds.map(median);
        println!(
            "{name:<8} {:>8.1} ms  {:>11}  {:>11}  {:>11}  {:>10}  {promise}",
            untraced.unwrap_or(f64::NAN) * 1e3,
            ratio(filter, untraced),
            ratio(strace, untraced),
            ratio(lab, untraced),
            ratio(lab, strace),
        );
    }
}

/// Compiles a program into the room.
pub fn compile(source: &str, room: &Path) -> PathBuf {
    fs::create_dir_all(room).expect("a folder for the compiled programs");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
    let program = room.join(source.file_stem().expect("a name"));
    let mut cc = Command::new("cc");
    let status = cc.args(["-std=gnu11", "-O1", "-o"]).arg(&program).arg(source).status().expect("cc");
    assert!(status.success(), "{} does not compile", program.display());
    program
}

/// Seconds; none where the tracer is not there or the program did not end well.
fn time(tracer: &[&str], program: &Path, room: &Path) -> Option<f64> {
    let words: Vec<&OsStr> = tracer.iter().map(OsStr::new).chain([program.as_os_str()]).collect();
    let mut command = Command::new(words[0]);
    // Cargo's own: with it the dynamic loader looks into a dozen folders more than it does for a student.
    command
        .env_remove("LD_LIBRARY_PATH")
        .args(&words[1..])
        .current_dir(room)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    let ended = command.status().is_ok_and(|status| status.success());
    ended.then(|| start.elapsed().as_secs_f64())
}

/// The middle one; none of none.
pub fn median(mut seconds: Vec<f64>) -> Option<f64> {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied()
}

fn ratio(a: Option<f64>, b: Option<f64>) -> String {
    match (a, b) {
        (Some(a), Some(b)) => format!("{:.2} x", a / b),
        _ => "-".to_owned(),
    }
}
