//! `lab compare`: what the segment costs by spinning against what a cache line costs between the two processors, measured
//! by lab itself in one run; the median of several runs.

use std::process::Command;

use serde_json::Value;

const RUNS: usize = 5;

/// Runs it and prints the medians.
pub fn run() {
    let runs: Vec<(f64, f64, f64)> = (0..RUNS).filter_map(|_| once()).collect();
    if runs.is_empty() {
        println!("\nlab compare: not here, because it takes two processors and a segment");
        return;
    }
    let median = |of: fn(&(f64, f64, f64)) -> f64| {
        let mut numbers: Vec<f64> = runs.iter().map(of).collect();
        numbers.sort_by(f64::total_cmp);
        numbers[numbers.len() / 2]
    };
    println!("\nlab compare --bytes 64 --seconds 3, median of {} runs", runs.len());
    println!("  a cache line there and back   {:8.0} ns", median(|run| run.0));
    println!("  64 bytes, spinning            {:8.0} ns", median(|run| run.1));
    println!("  ratio, round by round         {:8.2}     1.25 promised", median(|run| run.2));
}

/// The cache line, the segment, and how many times the one is the other.
fn once() -> Option<(f64, f64, f64)> {
    let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
    let done = lab.args(["compare", "--json", "--bytes", "64", "--seconds", "3"]).output().ok()?;
    let lines: Vec<Value> = String::from_utf8_lossy(&done.stdout)
        .lines()
        .map_while(|line| serde_json::from_str(line).ok())
        .collect();
    let report = lines.last()?;
    let spinning = lines.iter().find(|line| line["way"] == "spinning")?;
    Some((
        report["cache_line_ns"]["median"].as_f64()?,
        spinning["round_trip_ns"]["median"].as_f64()?,
        report["spinning_against_cache_line"].as_f64()?,
    ))
}
