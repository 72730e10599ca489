//! Every order of some programs as a report: how many there are, and for each end the order that leads to it, as a picture
//! and as sentences. Pure.

use super::{MAX_ENDS, bounds, ending, ends_more, json, remarks, result, stressed, unkept};
use crate::orders::Task;
use crate::orders::report::{Class, Report as Orders};
use crate::orders::step::{Ending as Ended, Played};
use crate::output::json::said;
use crate::output::line::{Line, counted, labelled};
use crate::output::report::{About, Block, Ending, Report, Section, blocks};
use crate::output::timeline;

/// Orders that were played.
pub struct Told<'a> {
    pub report: &'a Orders,
    pub roles: &'a [String],
    /// The programs, as they were typed.
    pub typed: &'a str,
    pub task: Task,
}

pub fn handed_in(told: &Told<'_>) -> Report {
    let (report, how) = (told.report, ended(told));
    let mut sections = Vec::new();
    match told.task {
        Task::Explore { .. } => {
            let mut lines = vec![labelled("RESULT", result(report))];
            lines.extend(bounds(report).chain(unkept(report)).map(|text| labelled("NOTE", text)));
            sections.push(Section::new("Result", blocks(lines)));
            let shown = report.classes.iter().take(MAX_ENDS).enumerate();
            sections.extend(shown.map(|(place, class)| end(report, place, class)));
            let more = report.classes.len().saturating_sub(MAX_ENDS);
            if more > 0 {
                let words = format!("{} not in this file: a report in JSON has them.", ends_more(more));
                sections.push(Section::new("More ends", blocks([labelled("NOTE", words)])));
            }
        }
        Task::Replay { .. } => sections.extend(report.shown.iter().map(|(number, played)| {
            let mut section = Section::new(format!("Order {number}"), blocks(ends(&played.ending)));
            section.blocks.extend(picture(played, *number));
            section
        })),
        Task::Stress { .. } => {
            sections.push(Section::new("Result", blocks(stressed(report, told.roles))));
        }
    }
    let facts = match told.task {
        Task::Stress { .. } => Vec::new(),
        _ => remarks(report, told.roles),
    };
    let opening = super::opening(told.typed, told.task).into_iter().skip(1).chain(facts);
    Report {
        title: format!("lab orders: {}", told.typed),
        about: About::run(how.0, how.1),
        facts: blocks(opening),
        sections,
        events: json(report).iter().map(said).collect(),
    }
}

/// How the search ended.
fn ended(told: &Told<'_>) -> (Ending, String) {
    use crate::orders::report::Why;
    let played = counted(told.report.reached.played, "order");
    match (told.task, told.report.reached.why) {
        (_, Why::Interrupted(_)) => {
            let what = if let Task::Stress { .. } = told.task { "run" } else { "order" };
            (Ending::Interrupted, format!("interrupted after {}", counted(told.report.reached.played, what)))
        }
        (Task::Stress { .. }, _) => (Ending::Complete, counted(told.report.reached.played, "run")),
        (Task::Replay { number }, _) => (Ending::Complete, format!("order {number} was played again")),
        (_, Why::Complete | Why::Enough) => {
            (Ending::Complete, format!("{played} played, which are all that differ"))
        }
        (_, Why::Max) => (Ending::Stopped, format!("{played} played, as many as `--max` allows")),
        (_, Why::Time) => (Ending::Stopped, format!("{played} played in the time that `--seconds` gives")),
        (_, Why::Lost) => {
            (Ending::Failed, format!("{played} played, until the programs ended lab's process"))
        }
    }
}

/// How many orders end so, how, and one of them.
fn end(report: &Orders, place: usize, class: &Class) -> Section {
    let words = match (class.orders, report.orders()) {
        (Some(orders), Some(all)) => format!("{orders} of {all} orders"),
        _ => format!("{} played", counted(class.played, "order")),
    };
    let mut section = Section::new(format!("End {}: {words}", place + 1), blocks(ends(class.ending())));
    section.blocks.extend(picture(&class.example, class.number));
    section
}

/// How an order ended, under a label of its own.
fn ends(end: &Ended) -> Vec<Line> {
    let mut lines = ending(end);
    if let Some(Line::Labelled { label, .. }) = lines.first_mut().filter(|_| end.cut.is_none()) {
        *label = "ENDS";
    }
    lines
}

/// The order as a picture, and then as a list.
fn picture(played: &Played, number: usize) -> Vec<Block> {
    let found = played.findings.iter().map(|finding| labelled("FOUND", timeline::found(finding).1));
    let drawn = timeline::fold(timeline::of_order(played, format!("Order {number}")));
    blocks(found).into_iter().chain(timeline::blocks(&drawn)).collect()
}
