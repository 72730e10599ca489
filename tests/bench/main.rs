//! Benchmarks, for `cargo bench`: figures for the documents, never a test. Everything is compared within one run,
//! in rounds that alternate, and told as a ratio of medians; a figure alone says little about another machine.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]

mod compare;
mod orders;
mod trace;
mod whole_run;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let [_, word, max] = words.as_slice()
        && word == orders::PEAK
    {
        return orders::peak(max);
    }
    // `cargo bench -- orders` measures these alone.
    if words.iter().any(|word| word == "orders") {
        return orders::run(5);
    }
    // `cargo test --all-targets` starts benchmarks too; only `cargo bench` says --bench.
    if words.iter().any(|word| word == "--bench") {
        whole_run::run();
        trace::run(7);
        orders::run(5);
        compare::run();
    }
}
