//! Diagnoses in words: what was found, what it means for this program, where in its source, and which step of which
//! lesson shows it. Causes stand before what follows from them. Pure functions.

use super::line::{Line, Style, ink, labelled, plain};
use crate::text;
use crate::trace::Story;
use crate::trace::findings::{Diagnosis, Level};

/// A diagnosis and where to read about it: a lesson's name and a step, from 1.
pub type Advised = (Diagnosis, Option<(String, usize)>);

/// What a trace's summary says of them.
pub fn lines(story: &Story, found: &[Advised]) -> Vec<Line> {
    if found.is_empty() {
        return vec![labelled("FOUND", nothing(story))];
    }
    let told = found.iter().flat_map(|(diagnosis, step)| told(diagnosis, step.as_ref()));
    told.chain([Line::Blank]).collect()
}

fn nothing(story: &Story) -> &'static str {
    if story.undecoded.calls > 0 {
        return "nothing in the calls that lab decodes; of the others it can't say whether they are as they should be.";
    }
    if story.lives.is_empty() && !story.events.iter().any(|event| event.function.starts_with("shm")) {
        return "nothing to report: the program made no call about System V shared memory.";
    }
    "nothing to report. As far as a trace can see, this program uses shared memory as it should."
}

fn told(diagnosis: &Diagnosis, step: Option<&(String, usize)>) -> Vec<Line> {
    let bad = if diagnosis.level == Level::Mistake { Style::Bad } else { Style::Strong };
    let times = match diagnosis.times {
        1 => String::new(),
        times => format!(" ({times} times)"),
    };
    // What follows from a cause stands with it.
    let mut lines: Vec<Line> = diagnosis.because.is_none().then_some(Line::Blank).into_iter().collect();
    lines.push(Line::Labelled {
        label: if diagnosis.because.is_some() { "SO" } else { "FOUND" },
        pieces: vec![
            ink(bad, format!("{}: {}", diagnosis.level.words(), diagnosis.name)),
            plain(format!("  {}{times}", diagnosis.title)),
        ],
    });
    lines.push(labelled("MEANS", &diagnosis.means));
    lines.extend(diagnosis.source.as_ref().map(|source| {
        let text =
            source.text.as_ref().map(|text| format!("  {}", text::source(text.trim()))).unwrap_or_default();
        labelled("SOURCE", format!("{}:{}{text}", source.file, source.line))
    }));
    lines.extend(
        step.map(|(lesson, step)| labelled("READ", format!("lab step-through {lesson} --from {step}"))),
    );
    lines
}
