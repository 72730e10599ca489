//! Benchmarks, for `cargo bench`: figures for the documents, never a test. Everything is compared within one run,
//! in rounds that alternate, and told as a ratio of medians; a figure alone says little about another machine.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]

mod compare;
mod trace;
mod whole_run;

fn main() {
    // `cargo test --all-targets` starts benchmarks too; only `cargo bench` says --bench.
    if std::env::args().any(|argument| argument == "--bench") {
        whole_run::run();
        trace::run(7);
        compare::run();
    }
}
