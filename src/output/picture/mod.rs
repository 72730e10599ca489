//! The picture of a step: every segment of the lesson, every process, and who has attached what where. It is drawn
//! from the evidence of events and from nothing else, and a sentence says the same. Where no drawing fits, the
//! sentence stands alone; where the table or the mappings could not be read, there is neither.

mod drawing;
mod svg;
mod view;
mod words;

use super::line::{self, Line, labelled};
use super::report::Picture;
use crate::facts::event::Event;
use view::View;

/// Draws what there is after this event and what the event has changed; `earlier`: the events before it, oldest first.
pub fn picture(now: &Event, earlier: &[&Event], width: usize) -> Vec<Line> {
    let Some(view) = View::of(now, earlier) else { return Vec::new() };
    let sentence = words::sentence(&view);
    match drawing::draw(&view, width) {
        Some(lines) => lines.into_iter().chain([Line::Instead(sentence)]).collect(),
        None => vec![labelled("PICTURE", sentence)],
    }
}

/// The same for a report, under this title.
pub fn drawn(now: &Event, earlier: &[&Event], title: String) -> Option<Picture> {
    const CHARACTERS: usize = 80;
    let view = View::of(now, earlier)?;
    let drawn = drawing::draw(&view, CHARACTERS).unwrap_or_default();
    let characters = drawn.iter().filter_map(|line| match line {
        Line::Drawn(pieces) => Some(line::words(pieces).trim_end().to_owned()),
        _ => None,
    });
    let characters = characters.collect();
    Some(Picture { title, words: words::sentence(&view), drawing: svg::draw(&view), characters })
}

#[cfg(test)]
mod tests;
