//! The lab sheet's lesson, whole: what it prints in every form.

use serde_json::Value;

use super::common::mask::{Mask, unwrapped};
use super::common::{Desk, transcript};

/// The lesson, played to its end with these options: without its layout, with placeholders.
fn played(options: &[&str]) -> String {
    let desk = Desk::new();
    let mut lab = desk.lab(["step-through", "--no-pause"]);
    for option in options {
        lab = lab.arg(option);
    }
    let text = lab.run().succeeds().text();
    Mask::of(&desk).text(&unwrapped(&text))
}

#[test]
fn plain() {
    transcript::matches("sheet-plain", &played(&["--plain"]));
}

#[test]
fn laid_out_for_80_columns() {
    transcript::matches("sheet-80", &played(&[]));
}

#[test]
fn ascii() {
    let text = played(&["--ascii"]);
    assert!(text.is_ascii(), "more than ASCII:\n{text}");
    transcript::matches("sheet-ascii", &text);
}

#[test]
fn laid_out_for_40_columns() {
    let desk = Desk::new();
    let mut live = desk.lab(["step-through", "--no-pause", "--color", "never"]).on_terminal(24, 40);
    let text = live.wait_end().succeeds().text();
    for line in text.lines() {
        let one_word = line.trim().split(' ').count() == 1;
        assert!(line.chars().count() <= 40 || one_word, "wider than 40 columns: {line}");
    }
    transcript::matches("sheet-40", &Mask::of(&desk).text(&unwrapped(&text)));
}

#[test]
fn json() {
    let desk = Desk::new();
    let text = desk.lab(["step-through", "--json"]).run().succeeds().text();
    let mut mask = Mask::of(&desk);
    let lines = text.lines().map(|line| {
        let Value::Object(fields) = mask.json(line) else { panic!("not an object: {line}") };
        let fields = fields.iter().map(|(name, value)| format!("  {name}: {value}\n"));
        format!("{{\n{}}}\n", fields.collect::<String>())
    });
    transcript::matches("sheet-json", &lines.collect::<String>());
}
