//! A task that was checked as a report, something to hand in: each check with its points and its reasons, the orders that
//! fail as pictures, and the files as they were when lab built them. Pure.

use super::line::{counted, labelled};
use super::report::{About, Block, Ending, Report, Section, blocks};
use super::task::Row;
use super::timeline;
use crate::lesson::task::Task;
use crate::text::{self, Safe};

/// How much of the files is in a report: how many files, and how many lines of each.
const MAX_FILES: usize = 20;
const MAX_LINES: usize = 2000;

/// A task, and what came of its checks.
pub struct Checked<'a> {
    pub name: &'a str,
    pub task: &'a Task,
    pub rows: &'a [Row],
    /// What was left out, and which walls are missing.
    pub warnings: &'a [String],
    pub files: &'a [(String, Vec<u8>)],
    /// The lines of `--json`.
    pub events: Vec<Safe>,
}

pub fn report(checked: Checked<'_>) -> Report {
    let rows = checked.rows;
    let passed: Vec<&Row> = rows.iter().filter(|row| row.passed).collect();
    let all = counted(rows.iter().map(|row| row.points).sum::<usize>(), "point");
    let got: usize = passed.iter().map(|row| row.points).sum();
    let sum = format!("{} of {} passed, {got} of {all}", passed.len(), counted(rows.len(), "check"));
    let mut facts = vec![
        labelled("TASK", format!("{}, {}", checked.name, checked.task.title)),
        labelled("GOAL", checked.task.goal.clone()),
        labelled("POINTS", format!("{got} of {all}")),
    ];
    facts.extend(checked.warnings.iter().map(|what| labelled("WARNING", what)));
    let mut sections = vec![Section::new("Checks", vec![table(rows)])];
    // The table says all of a check that has passed and was not played in every order.
    let more = rows.iter().enumerate().filter(|(_, row)| !row.passed || row.tried.is_some());
    sections.extend(more.map(|(place, row)| check(place, row)));
    sections.push(sources(checked.files));
    Report {
        title: format!("lab task check: {}", checked.task.title),
        about: About::run(Ending::Complete, sum),
        facts: blocks(facts),
        sections,
        events: checked.events,
    }
}

fn word(row: &Row) -> &'static str {
    if row.passed { "PASS" } else { "FAIL" }
}

fn table(rows: &[Row]) -> Block {
    let row = |(place, row): (usize, &Row)| {
        let points = if row.passed { row.points } else { 0 };
        vec![
            (place + 1).to_string(),
            row.say.clone(),
            word(row).into(),
            format!("{points} of {}", row.points),
        ]
    };
    Block::Table {
        caption: "Each check, what came of it, and its points".into(),
        head: ["Number", "Check", "Result", "Points"].map(String::from).to_vec(),
        rows: rows.iter().enumerate().map(row).collect(),
    }
}

/// A check with its reasons; of one that was played in every order the first that fails.
fn check(place: usize, row: &Row) -> Section {
    let lines = Row { hints: false, ..row.clone() }.lines("");
    let mut section = Section::new(format!("{}. {}: {}", place + 1, word(row), row.say), blocks(lines));
    if let Some((number, order)) = row.tried.as_ref().and_then(|tried| tried.bad.as_ref()) {
        let drawn = timeline::fold(timeline::of_order(order, format!("Order {number}")));
        section.blocks.extend(timeline::blocks(&drawn));
    }
    section
}

/// The files that were checked, as far as they are text.
fn sources(files: &[(String, Vec<u8>)]) -> Section {
    let mut section = Section::new("The files", Vec::new());
    let is_text = |bytes: &[u8]| !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok();
    let (shown, binary): (Vec<_>, Vec<_>) = files.iter().partition(|(_, bytes)| is_text(bytes));
    for (name, bytes) in shown.iter().take(MAX_FILES) {
        let whole = String::from_utf8_lossy(bytes);
        let mut lines: Vec<String> = whole.lines().take(MAX_LINES).map(text::source).collect();
        let more = whole.lines().count() - lines.len();
        lines.extend((more > 0).then(|| format!("and {} more", counted(more, "line"))));
        section.sections.push(Section::new(name.clone(), vec![Block::Code(lines)]));
    }
    let rest = shown.iter().skip(MAX_FILES).chain(&binary).map(|(name, bytes)| {
        labelled("FILE", format!("{name}, {}, is not shown", counted(bytes.len(), "byte")))
    });
    section.blocks.extend(blocks(rest));
    section
}
