//! The signs of a drawing: each has a shape of its own, since a print has no colours.

use super::{Mark, Touch};

/// A sign, around the point where it stands: an SVG path, and its class in the page's styles.
pub type Shape = (&'static str, &'static str);

/// The signs of steps on their processes' lines, and what they mean, in the order of a legend.
pub const STEPS: [(Mark, Shape, &str); 6] = [
    (Mark::Call, ("M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", "solid"), "call"),
    (Mark::Refused, ("M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0zM-3 -3l6 6m0 -6l-6 6", "open"), "refused call"),
    (
        Mark::Crash,
        ("M0 -9l2 5l5 -3l-3 5l5 2l-5 2l3 5l-5 -3l-2 5l-2 -5l-5 3l3 -5l-5 -2l5 -2l-3 -5l5 3z", "solid"),
        "crash",
    ),
    (Mark::Process, ("M-5 0l5 -5l5 5l-5 5z", "solid"), "process"),
    (Mark::End, ("M-6 -2h12v4h-12z", "solid"), "end"),
    (Mark::Printed, ("M-4 -4h8v8h-8z", "open"), "output"),
];

/// The same of what a step did to a segment, at the left of its bar.
pub const TOUCHES: [(Touch, Shape, &str); 6] = [
    (Touch::Made, ("M-4 0h8m-4 -4v8", "thick"), "made"),
    (Touch::Attached, ("M-4 -4l8 4l-8 4z", "solid"), "attached"),
    (Touch::Detached, ("M4 -4l-8 4l8 4z", "open"), "detached"),
    (Touch::Marked, ("M-4 0l4 -5l4 5l-4 5z", "solid"), "marked"),
    (Touch::Destroyed, ("M-4 -4l8 8m0 -8l-8 8", "thick"), "destroyed"),
    (Touch::Met, ("M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z", "open"), "met"),
];

/// The sign in a row of a table.
pub fn sign<T: PartialEq>(table: &[(T, Shape, &str)], of: T) -> Option<Shape> {
    table.iter().find(|(known, ..)| *known == of).map(|(_, shape, _)| *shape)
}

/// The pattern of a lane in a strip of this place and size: lines that differ in direction and distance.
pub fn pattern(lane: usize, (x, y): (i32, i32), (width, height): (i32, i32)) -> String {
    let steps = |by: i32| (1..).map(move |step| step * by).take_while(move |at| *at < height);
    let across = |by: i32| steps(by).map(|at| format!("M{x} {}h{width}", y + at)).collect::<String>();
    let down = |at: i32| format!("M{} {y}v{height}", x + at);
    // Slanting lines begin and end inside the strip.
    let slant = |by: i32, up: bool| {
        let lines = steps(by).filter(|at| at + width <= height);
        let (from, sign) = if up { (y + width, "-") } else { (y, "") };
        lines.map(|at| format!("M{x} {}l{width} {sign}{width}", from + at)).collect::<String>()
    };
    match lane % 8 {
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
