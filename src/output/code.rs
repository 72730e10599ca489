//! A step's call in C: the mark of a shorthand, the lines behind it, and the prototype with what each parameter is. The
//! words between the lesson's C and its reader; it makes no C itself.

use super::line::{Line, Piece, labelled, plain};
use crate::lesson::{InC, Param, Prototype};

/// CODE: the step's line in the ink of whoever runs it, and a mark where a compiler would refuse it; `key`: the C is
/// behind a key, and not below.
pub(super) fn line(call: Piece, code: &InC, key: bool) -> Line {
    let text = if key { "   (shorthand; e shows the C)" } else { "   (shorthand)" };
    let mark = code.shorthand.then(|| plain(text));
    Line::Labelled { label: "CODE", pieces: std::iter::once(call).chain(mark).collect() }
}

pub(super) fn lines(code: &InC) -> Vec<Line> {
    let labels = std::iter::once("IN C").chain(std::iter::repeat(""));
    labels.zip(code.text.lines()).map(|(label, text)| Line::Code { label, text: text.to_owned() }).collect()
}

/// The prototype, then what each parameter is and what the step passes.
pub(super) fn prototype(prototype: &Prototype) -> Vec<Line> {
    let param = |param: &Param| match param.argument == param.name {
        true => format!("{} ({})", param.name, param.is),
        false => format!("{} = {} ({})", param.name, param.argument, param.is),
    };
    let params: Vec<_> = prototype.params.iter().map(param).collect();
    let here = (!params.is_empty()).then(|| labelled("", params.join(", ")));
    std::iter::once(labelled("PROTOTYPE", prototype.text)).chain(here).collect()
}
