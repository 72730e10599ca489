//! A real terminal: keys, colour, signals, size, and the mode it is left in.

use super::common::Desk;

#[test]
fn a_pause_waits_for_a_key() {
    for desk in Desk::of_everybody() {
        let mut live = desk.lab(["step-through"]).on_terminal(24, 80);
        let before = live.termios();
        live.wait_for("q quit > ");
        let shown = live.raw();
        assert!(!shown.contains("RETURNED") && !shown.contains("RESULT"), "it did not wait:\n{shown}");
        live.send("\n").wait_for("RESULT");
        live.wait_for("q quit > ");
        live.send("q").wait_for("Quitting: removing");
        assert_eq!(live.termios(), before);
        live.wait_end().succeeds().text();
    }
}
