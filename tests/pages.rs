//! One step, one screen: what a terminal really shows of each page, and what its scrollback keeps.

use std::sync::Arc;

use super::common::{Desk, Lab, Live};

/// A lesson, or a demonstration, on a terminal that knows how to clear.
fn paged(desk: &Arc<Desk>, args: &[&str]) -> Lab {
    let lab = args.iter().fold(desk.lab([]), |lab, arg| lab.arg(arg));
    lab.arg("--color").arg("never").env("TERM", "xterm")
}

/// The rows of a window that are not empty, from the first to the last.
fn rows(live: &Live, rows: u16, columns: u16) -> Vec<String> {
    let terminal = live.terminal(rows, columns);
    let mut shown: Vec<String> =
        terminal.screen().rows(0, columns).map(|row| row.trim_end().to_owned()).collect();
    while shown.last().is_some_and(String::is_empty) {
        shown.pop();
    }
    shown
}

/// What is wrong with a page that stands before or after a step.
fn wrong(page: &[String], after: bool, narrow: bool) -> Vec<&'static str> {
    let begins = |word: &str| page.iter().any(|row| row.starts_with(word));
    let mut wrong = Vec::new();
    let mut must = |there: bool, what| wrong.extend((!there).then_some(what));
    must(begins("Step "), "the heading");
    must(begins("CODE"), "the call");
    must(page.last().is_some_and(|row| row.ends_with('>') || row.ends_with("> ")), "the prompt");
    if after && !begins("SKIPPED") {
        must(begins("MEANS"), "the meaning");
        must(
            narrow || begins("PICTURE") || page.iter().any(|row| row.contains('┌')) || !begins("CHANGED"),
            "the picture",
        );
    }
    wrong
}

/// Plays to the end and looks at every page: as `(step, what is missing)`.
fn pages(desk: &Arc<Desk>, args: &[&str], size: (u16, u16)) -> (usize, Vec<String>) {
    let mut live = paged(desk, args).on_terminal(size.0, size.1);
    let (mut seen, mut missing) = (0, Vec::new());
    let mut question: Option<String> = None;
    while let Some(end) = live.ends_with(&["q quit > ", "q > ", "] "]) {
        let page = rows(&live, size.0, size.1);
        let prompt = page.last().cloned().unwrap_or_default();
        if end == "] " || !prompt.starts_with('[') {
            // The message, or the end: Enter takes the default, q ends.
            live.send(if end == "] " { "\n" } else { "q" });
            continue;
        }
        let after = prompt.contains("Enter next") || prompt.contains("Enter d ");
        let asks = page.iter().find(|row| row.starts_with("PREDICT")).cloned();
        if !after {
            question = asks.clone();
        } else if question.is_some() && asks != question {
            missing.push(format!("{args:?} {prompt} the question\n{}", page.join("\n")));
        }
        for what in wrong(&page, after, size.1 < 80) {
            missing.push(format!("{args:?} {prompt} {what}\n{}", page.join("\n")));
        }
        seen += usize::from(after);
        live.send("\n");
    }
    live.wait_end().succeeds().text();
    (seen, missing)
}

/// The names of all lessons, and what can be demonstrated.
fn everything(desk: &Arc<Desk>) -> Vec<Vec<String>> {
    let json = desk.lab(["list", "--json"]).run().succeeds().text();
    let names: Vec<String> = json
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .map(|row| row["name"].as_str().expect("a name").to_owned())
        .collect();
    let lessons = names.iter().map(|name| vec!["step-through".to_owned(), name.clone()]);
    let calls = ["ftok", "shmget", "shmat", "write", "shmdt", "shmctl"];
    lessons.chain(calls.iter().map(|call| vec!["demo".to_owned(), (*call).to_owned()])).collect()
}

fn all_pages_hold(size: (u16, u16)) {
    let desk = Desk::new();
    let (mut seen, mut missing) = (0, Vec::new());
    for args in everything(&desk) {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let (pages, wrong) = pages(&desk, &args, size);
        seen += pages;
        missing.extend(wrong);
    }
    assert!(seen > 350, "only {seen} pages");
    assert!(missing.is_empty(), "{} pages lack something:\n\n{}", missing.len(), missing.join("\n\n"));
}

#[test]
fn every_step_of_every_lesson_and_demonstration_has_its_whole_page_at_80_columns() {
    all_pages_hold((24, 80));
}

#[test]
fn every_step_has_its_page_without_the_picture_at_40_columns() {
    all_pages_hold((24, 40));
}
