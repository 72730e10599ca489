//! The signs of a drawing: each has a shape of its own, since a print has no colours.

use super::{Mark, Touch};

/// What is drawn, as an SVG path, and its class in the page's styles.
pub type Shape = (String, &'static str);

/// The sign of a step on its process's line; its middle is at this place.
pub fn mark(mark: Mark, x: i32, y: i32) -> Shape {
    match mark {
        Mark::Call => filled(&format!("M{} {y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", x - 4)),
        Mark::Refused => hollow(&format!(
            "M{} {y}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0zM{} {}l6 6m0 -6l-6 6",
            x - 5,
            x - 3,
            y - 3
        )),
        Mark::Crash => filled(&format!(
            "M{x} {}l2 5l5 -3l-3 5l5 2l-5 2l3 5l-5 -3l-2 5l-2 -5l-5 3l3 -5l-5 -2l5 -2l-3 -5l5 3z",
            y - 9
        )),
        Mark::Process => filled(&format!("M{} {y}l5 -5l5 5l-5 5z", x - 5)),
        Mark::End => filled(&format!("M{} {}h12v4h-12z", x - 6, y - 2)),
        Mark::Printed => hollow(&format!("M{} {}h8v8h-8z", x - 4, y - 4)),
        Mark::Finding | Mark::Folded(_) => (String::new(), ""),
    }
}

/// What a step did to a segment, at the left of its bar.
pub fn touch(touch: Touch, x: i32, y: i32) -> Shape {
    match touch {
        Touch::Made => thick(&format!("M{} {y}h8m-4 -4v8", x - 4)),
        Touch::Attached => filled(&format!("M{} {}l8 4l-8 4z", x - 4, y - 4)),
        Touch::Detached => hollow(&format!("M{} {}l-8 4l8 4z", x + 4, y - 4)),
        Touch::Marked => filled(&format!("M{} {y}l4 -5l4 5l-4 5z", x - 4)),
        Touch::Destroyed => thick(&format!("M{} {}l8 8m0 -8l-8 8", x - 4, y - 4)),
        Touch::Met => hollow(&format!("M{} {y}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z", x - 3)),
    }
}

fn filled(path: &str) -> Shape {
    (path.to_owned(), "solid")
}

fn hollow(path: &str) -> Shape {
    (path.to_owned(), "open")
}

fn thick(path: &str) -> Shape {
    (path.to_owned(), "thick")
}

/// The pattern of a lane in a strip of this place and size: lines that differ in direction and distance.
pub fn pattern(lane: usize, (x, y): (i32, i32), (width, height): (i32, i32)) -> String {
    let steps = |by: i32| (1..).map(move |step| step * by).take_while(move |at| *at < height);
    let across = |by: i32| steps(by).map(|at| format!("M{x} {}h{width}", y + at)).collect::<String>();
    let down = |at: i32| format!("M{} {y}v{height}", x + at);
    // Slanting lines begin and end inside the strip.
    let slant = |by: i32, up: bool| {
        let lines = steps(by).filter(|at| at + width <= height);
        lines
            .map(|at| {
                if up {
                    format!("M{x} {}l{width} -{width}", y + at + width)
                } else {
                    format!("M{x} {}l{width} {width}", y + at)
                }
            })
            .collect::<String>()
    };
    match lane % PATTERNS {
        0 => across(3),
        1 => slant(6, true),
        2 => down(width / 2),
        3 => across(9),
        4 => slant(6, false),
        5 => down(width / 3) + &down(2 * width / 3),
        6 => slant(8, true) + &slant(8, false),
        _ => String::new(),
    }
}

/// How many patterns there are.
const PATTERNS: usize = 8;

/// What the signs mean, in the order of a legend.
pub const STEPS: [(Mark, &str); 6] = [
    (Mark::Call, "call"),
    (Mark::Refused, "refused call"),
    (Mark::Crash, "crash"),
    (Mark::Process, "process"),
    (Mark::End, "end"),
    (Mark::Printed, "output"),
];

/// The same of what a step does to a segment.
pub const TOUCHES: [(Touch, &str); 6] = [
    (Touch::Made, "made"),
    (Touch::Attached, "attached"),
    (Touch::Detached, "detached"),
    (Touch::Marked, "marked"),
    (Touch::Destroyed, "destroyed"),
    (Touch::Met, "met"),
];
