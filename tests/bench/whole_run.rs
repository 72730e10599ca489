//! A whole un-paused run of the lab sheet against two C programs that make the same calls.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 40;

/// Times both and prints the ratio.
pub fn run() {
    let folder = std::env::temp_dir().join(format!("lab-bench-{}", std::process::id()));
    fs::create_dir(&folder).expect("a folder to compile in");
    let programs = ["server", "client"].map(|name| compiled(name, &folder));
    fs::write(folder.join("lab.key"), "").expect("a key file");
    let (mut of_lab, mut of_c) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_c.push(timed(|| programs.iter().for_each(|program| finish(Command::new(program), &folder))));
        of_lab.push(timed(|| {
            let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
            lab.args(["step-through", "--no-pause"]);
            finish(lab, &folder);
        }));
    }
    fs::remove_dir_all(&folder).expect("the folder goes");
    let (lab, c) = (median(of_lab), median(of_c));
    println!("whole run, median of {ROUNDS} rounds");
    println!("  lab step-through --no-pause   {:8.2} ms", lab.as_secs_f64() * 1000.0);
    println!("  two C programs                {:8.2} ms", c.as_secs_f64() * 1000.0);
    println!("  ratio                         {:8.1}", lab.as_secs_f64() / c.as_secs_f64());
}

fn compiled(name: &str, folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench").join(name).with_extension("c");
    let program = folder.join(name);
    let done = Command::new("cc").arg("-O2").arg("-o").arg(&program).arg(source).status();
    assert!(done.is_ok_and(|status| status.success()), "cc compiles {name}.c");
    program
}

fn finish(mut command: Command, folder: &Path) {
    let done = command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).status();
    assert!(done.is_ok_and(|status| status.success()), "{command:?} succeeds");
}

fn timed(work: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
