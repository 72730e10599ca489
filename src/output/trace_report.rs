//! A trace as a report: the verdict and what was found, the processes and segments in time, what is left, and the calls
//! with what they mean. A trace has no end that a file could hold: what the report leaves out it says. Pure.

use super::findings::{self, Advised};
use super::json;
use super::line::{self, Line, labelled};
use super::report::{About, Block, Ending, Report, Section, blocks};
use super::timeline::{self, Mark, Timeline};
use super::trace as words;
use crate::facts::event::Event;
use crate::text::Safe;
use crate::trace::findings::Verdict;
use crate::trace::{End, Story, Unseen};

/// No more calls than these are in a report in JSON.
const MAX_CALLS: usize = 2000;

/// A trace that has ended, and what was found.
pub struct Traced<'a> {
    /// The program and its arguments, as they were typed.
    pub typed: &'a str,
    pub pid: i32,
    pub remarks: &'a [String],
    pub sandbox: bool,
    pub story: &'a Story,
    pub end: &'a End,
    pub verdict: &'a Verdict,
    pub found: &'a [Advised],
}

pub fn report(traced: &Traced<'_>) -> Report {
    let drawn = timeline::fold(timeline::of_trace(traced.story, traced.found.iter().map(|(found, _)| found)));
    let sections = vec![
        Section::new("Verdict", blocks(findings::lines(traced.verdict, traced.found))),
        Section::new("The processes in time", timeline::drawn(&drawn, timeline::words(&drawn))),
        Section::new("What became of it", blocks(end(traced))),
        steps(traced.story, &drawn),
    ];
    let how = match traced.end {
        End::Exited(_) => Ending::Complete,
        End::Killed(_) => Ending::Interrupted,
        End::TimedOut(_) => Ending::Stopped,
    };
    Report {
        title: format!("lab trace: {}", traced.typed),
        about: About::run(how, words::ended(traced.story, traced.end)),
        facts: blocks(traced.remarks.iter().map(|remark| labelled("NOTE", remark))),
        sections,
        events: events(traced),
    }
}

/// What the screen says last, and that nothing is left where nothing is.
fn end(traced: &Traced<'_>) -> Vec<Line> {
    let story = traced.story;
    let mut lines = words::summary(story, traced.end, Vec::new(), traced.sandbox);
    let known = !story.unseen.iter().any(|what| matches!(what, Unseen::LeftBehind));
    let left = story.lives.iter().any(|life| life.made && life.left.is_some())
        || story.objects.iter().any(|object| object.left && object.made_by.is_some());
    if known && !left {
        lines.push(labelled("LEFT", "Nothing that the program made is still there."));
    }
    lines
}

/// The labels whose text has a column of its own in the table.
const CALLS: [&str; 3] = ["CALL", "EXIT", "FAULT"];

/// The steps of the picture, each with all that the screen says of it.
fn steps(story: &Story, drawn: &Timeline) -> Section {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in &drawn.rows {
        let event = row.number.and_then(|number| story.events.get(number - 1));
        match (event, row.number, row.mark) {
            (Some(event), Some(number), _) => rows.push(step(story, event, number)),
            (_, _, Mark::Finding) => {
                let means = rows.last_mut().and_then(|row| row.last_mut());
                means.into_iter().for_each(|means| join(means, " ", &format!("FOUND {}", row.whole)));
            }
            _ => rows.push(["", "", &row.whole, "", ""].map(str::to_owned).to_vec()),
        }
    }
    let block = if rows.is_empty() {
        blocks([labelled("NOTE", "The program made no call that lab decodes.")])
    } else {
        let caption = "Each call, what came back, and what that means; the numbers are the picture's".into();
        let head = ["Step", "ms", "Call", "Line", "What it means"].map(String::from).to_vec();
        vec![Block::Table { caption, head, rows }]
    };
    Section::new("The steps", block)
}

/// A step as the cells of a row.
fn step(story: &Story, event: &Event, number: usize) -> Vec<String> {
    let (mut call, mut source, mut means) = (String::new(), String::new(), String::new());
    let mut last = "";
    for line in words::event(story, event) {
        let Line::Labelled { label, pieces } = line else { continue };
        let text = line::words(&pieces);
        let under = if label.is_empty() { last } else { label };
        match under {
            // In few words: what an errno is, the last column says.
            "RETURNED" if label.is_empty() => {}
            "RETURNED" => join(&mut call, " = ", &event.outcome.to_string()),
            "SOURCE" => join(&mut source, " ", &text),
            "MEANS" => join(&mut means, " ", &text),
            // The segment's whole record is in JSON.
            "STAT" | "ROW" => {}
            other if CALLS.contains(&other) => join(&mut call, " ", &text),
            other => join(&mut means, " ", &format!("{other} {text}")),
        }
        last = under;
    }
    vec![number.to_string(), timeline::milliseconds(event.seen().at), call, source, means]
}

/// Text behind text.
fn join(to: &mut String, between: &str, more: &str) {
    if !to.is_empty() {
        to.push_str(between);
    }
    to.push_str(more);
}

/// The lines of `--json`.
fn events(traced: &Traced<'_>) -> Vec<Safe> {
    let story = traced.story;
    let evidence = |event: &Event| {
        let number = event.seen().number;
        traced.found.iter().any(|(found, _)| found.evidence.contains(&number))
    };
    let mut events = vec![json::trace_start(traced.typed, traced.pid, traced.remarks)];
    let kept = story.events.iter().enumerate().filter(|(place, event)| *place < MAX_CALLS || evidence(event));
    let calls: Vec<Safe> = kept.map(|(_, event)| json::trace_event(event)).collect();
    let left_out = story.repeated + (story.events.len() - calls.len()) as u64;
    events.extend(calls);
    events.extend((left_out > 0).then(|| json::trace_left_out(left_out)));
    events.push(json::trace_verdict(traced.verdict));
    events.extend(traced.found.iter().map(json::trace_diagnosis));
    events.push(json::trace_end(story, traced.end));
    events
}
