//! Benchmarks, for `cargo bench`: figures for the documents, never a test. Everything is compared within one run,
//! in rounds that alternate, and told as a ratio of medians; a figure alone says little about another machine.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]

mod compare;
mod orders;
mod trace;
mod whole_run;

/// What can be measured alone, by name.
const PARTS: [(&str, fn()); 4] = [
    ("whole-run", whole_run::run),
    ("trace", || trace::run(7)),
    ("orders", || orders::run(5)),
    ("compare", compare::run),
];

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let [_, word, max] = words.as_slice()
        && word == orders::PEAK
    {
        return orders::peak(max);
    }
    // `cargo test --all-targets` starts benchmarks too; only `cargo bench` says --bench.
    if !words.iter().any(|word| word == "--bench") {
        return;
    }
    // `cargo bench -- orders` measures these alone.
    let named = |name: &str| words.iter().any(|word| word == name);
    let all = !PARTS.iter().any(|(name, _)| named(name));
    PARTS.iter().filter(|(name, _)| all || named(name)).for_each(|(_, measure)| measure());
}
