//! A real terminal: colour, signals, size, and the mode it is left in.

use std::sync::Arc;

use nix::sys::signal::Signal;

use super::common::mask::{Mask, unwrapped};
use super::common::run::uncoloured;
use super::common::{Desk, Live, skip, transcript};

#[test]
fn a_pause_waits_for_a_key() {
    for desk in Desk::of_everybody() {
        let mut live = desk.lab(["step-through"]).on_terminal(24, 80);
        live.wait_for("q quit > ");
        let shown = live.raw();
        assert!(!shown.contains("RETURNED") && !shown.contains("RESULT"), "it did not wait:\n{shown}");
        assert!(!live.mode_is_as_before(), "the terminal still waits for whole lines");
        live.send("\n").wait_for("RESULT");
        live.wait_for("q quit > ");
        live.send("q").wait_for("Quitting: removing");
        live.mode_is_restored();
        live.wait_end().succeeds().text();
    }
}

type Options = &'static [&'static str];
type Environment = &'static [(&'static str, &'static str)];

/// Options and environment, and whether there is colour on a terminal and on a pipe.
const COLOURS: &[(Options, Environment, bool, bool)] = &[
    (&[], &[], true, false),
    (&[], &[("TERM", "dumb")], false, false),
    (&[], &[("TERM", "xterm")], true, false),
    (&[], &[("NO_COLOR", "1")], false, false),
    (&[], &[("NO_COLOR", "")], true, false),
    (&[], &[("CLICOLOR_FORCE", "1")], true, true),
    (&[], &[("CLICOLOR_FORCE", "0")], true, false),
    (&[], &[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], true, true),
    (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false, false),
    (&["--color", "auto"], &[("NO_COLOR", "1")], false, false),
    (&["--color", "always"], &[("NO_COLOR", "1"), ("TERM", "dumb")], true, true),
    (&["--color", "always"], &[], true, true),
    (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false, false),
    (&["--color", "never"], &[], false, false),
];

#[test]
fn colour_is_decided_by_options_before_the_environment_before_the_stream() {
    let desk = Desk::new();
    for (options, environment, terminal, pipe) in COLOURS {
        let lab = || {
            let lab =
                options.iter().fold(desk.lab(["step-through", "--no-pause"]), |lab, option| lab.arg(option));
            environment.iter().fold(lab, |lab, (name, value)| lab.env(name, value))
        };
        let coloured = |text: String| text.contains("\u{1b}[");
        let on_terminal = coloured(lab().on_terminal(24, 80).wait_end().succeeds().text());
        let piped = coloured(lab().run().succeeds().text());
        assert_eq!((on_terminal, piped), (*terminal, *pipe), "with {options:?} and {environment:?}");
    }
}

#[test]
fn only_the_eight_colours_and_bold_and_the_words_are_the_same_without() {
    let desk = Desk::new();
    let lab = |colour| desk.lab(["step-through", "--no-pause", "--color"]).arg(colour);
    let text = lab("always").run().succeeds().text();
    for sequence in text.split("\u{1b}[").skip(1) {
        let codes = sequence.split_once('m').expect("a colour and nothing else").0;
        for code in codes.split(';') {
            let known = ["", "0", "1", "30", "31", "32", "33", "34", "35", "36", "37"];
            assert!(known.contains(&code), "{code} is more than the eight colours and bold");
        }
    }
    let plain = Mask::of(&desk).text(&unwrapped(&uncoloured(text.as_bytes())));
    transcript::matches("sheet-80", &plain);
}

/// A run that waits at step 4, with a segment made.
fn waiting(desk: &Arc<Desk>, host: bool) -> Live {
    let lab = desk.lab(["step-through", "--from", "4", "--color", "never"]);
    let mut live = if host { lab.arg("--host") } else { lab }.on_terminal(24, 100);
    live.wait_for("[4/18");
    live.wait_for("q quit > ");
    live
}

/// Desks of everybody, each in the sandbox and on the host.
fn grounds() -> Vec<(Arc<Desk>, bool)> {
    [false, true]
        .into_iter()
        .flat_map(|host| Desk::of_everybody().into_iter().map(move |desk| (desk, host)))
        .collect()
}

#[test]
fn typed_signals_clean_up_and_are_died_of() {
    for (key, signal) in [("\u{3}", Signal::SIGINT), ("\u{1c}", Signal::SIGQUIT)] {
        for (desk, host) in grounds() {
            let mut live = waiting(&desk, host);
            live.send(key);
            let text = live.wait_end().dies_of(signal).text();
            let removed = text.rsplit_once("Interrupted: removing segment ").expect("what is removed").1;
            assert!(removed.contains(" and the folder"), "{text}");
            live.mode_is_restored();
        }
    }
}

#[test]
fn sent_signals_clean_up_too() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        for (desk, host) in grounds() {
            let mut live = waiting(&desk, host);
            live.signal(signal);
            live.signal(signal);
            live.wait_end().dies_of(signal).text();
            live.mode_is_restored();
        }
    }
}

#[test]
fn a_hang_up_ends_the_run() {
    for (desk, host) in grounds() {
        let mut live = waiting(&desk, host);
        live.hang_up();
        live.wait_end().dies_of(Signal::SIGHUP).both();
    }
}

#[test]
fn the_guard_restores_the_terminal_of_a_killed_narrator() {
    for (desk, host) in grounds() {
        // A shell leads the session: a terminal hangs up with the leader, and has no mode then.
        let lab = desk.lab(["step-through", "--from", "4", "--color", "never"]).may_leave();
        let lab = if host { lab.arg("--host") } else { lab };
        let mut live = lab.script("\"$@\"; echo \"status $?\"; read answer").on_terminal(24, 100);
        live.wait_for("[4/18");
        live.wait_for("q quit > ");
        assert!(!live.mode_is_as_before());
        let guard = live.pid_of("guard");
        live.signal_to("lab", Signal::SIGKILL);
        live.wait_for("status 137\n");
        live.wait_gone(guard);
        live.mode_is_restored();
        live.send("\n");
        live.wait_end().succeeds().both();
        desk.is_clean();
    }
}

#[test]
fn a_stop_gives_the_terminal_back_and_comes_back_to_the_prompt() {
    let desk = Desk::new();
    // A shell with job control: only it can stop and continue what it runs.
    let script = "set -m; \"$@\"; stty -a; echo stopped; fg >/dev/null; echo \"status $?\"";
    let lab = desk.lab(["step-through", "--from", "4", "--color", "never"]).script(script);
    let mut live = lab.on_terminal(24, 100);
    live.wait_for("[4/18");
    live.wait_for("q quit > ");
    live.send("\u{1a}");
    let mode = live.wait_for("stopped\n");
    assert!(mode.contains(" icanon") && mode.contains(" echo "), "not the mode of a shell:\n{mode}");
    live.wait_for("[4/18");
    live.wait_for("q quit > ");
    live.send("\n").wait_for("AFTER     nattch 1");
    live.wait_for("q quit > ");
    live.send("q").wait_for("Quitting: removing segment");
    live.wait_for("status 0\n");
    live.wait_end().succeeds().both();
}

#[test]
fn a_stop_at_a_question_comes_back_to_a_line_with_its_editing() {
    let desk = Desk::new();
    let script = "set -m; \"$@\"; echo stopped; fg >/dev/null; echo \"status $?\"";
    let lab = desk.lab(["step-through", "--from", "5", "--color", "never"]).script(script);
    let mut live = lab.on_terminal(24, 100);
    live.wait_for("Server : Write data to memory: [hello world :)] ");
    live.send("\u{1a}").wait_for("stopped\n");
    live.send("ab\u{7f}c\n").wait_for("[5/18");
    live.wait_for("q quit > ");
    live.send("\n").wait_for("\"ac\"");
    live.wait_for("q quit > ");
    live.send("q").wait_for("status 0\n");
    live.wait_end().succeeds().both();
}

#[test]
fn a_new_size_is_laid_out_for_at_once() {
    let desk = Desk::new();
    let mut live = waiting(&desk, false);
    live.resize(24, 40);
    live.send("\n");
    let text = live.wait_for("[4/18");
    for line in text.lines().skip(1) {
        assert!(line.chars().count() <= 40 || !line.trim().contains(' '), "wider than 40 columns: {line:?}");
    }
    live.wait_for("> ");
    live.resize(24, 80);
    live.send("b").wait_for("Recorded: Step 3 of 18 · shmget");
    let text = live.wait_for("[4/18");
    assert!(text.lines().any(|line| (41..=80).contains(&line.chars().count())), "still narrow:\n{text}");
    live.wait_for("> ");
    live.send("q");
    live.wait_end().succeeds().text();
}

#[test]
fn every_size_is_lived_with() {
    for (rows, columns) in [(0, 0), (1, 1), (5, 20), (2, 200), (500, 500)] {
        let desk = Desk::new();
        let text =
            desk.lab(["step-through", "--no-pause"]).on_terminal(rows, columns).wait_end().succeeds().text();
        assert!(text.contains("every claim held"), "{rows} rows, {columns} columns:\n{text}");
    }
}

#[test]
fn whole_lines_on_a_terminal_leave_its_mode_alone() {
    let desk = Desk::new();
    let mut live = desk.lab(["step-through", "--line"]).on_terminal(24, 100);
    live.wait_for("q quit > ");
    live.mode_is_restored();
    live.send("\n").wait_for("[1/18 key file]  Enter next");
    live.send("q\n").wait_for("Quitting: removing the folder");
    live.wait_end().succeeds().text();
}

#[test]
fn a_panic_restores_and_cleans_up() {
    if !cfg!(debug_assertions) {
        skip("only a debug build can be asked to panic");
        return;
    }
    for (desk, host) in grounds() {
        let lab = desk.lab(["step-through", "--from", "5", "--message", "x"]).env("LAB_PANIC_AT_STEP", "5");
        let mut live = if host { lab.arg("--host") } else { lab }.on_terminal(24, 100);
        live.wait_for("[5/18");
        live.wait_for("q quit > ");
        live.send("\n");
        let (_, said) = live.wait_end().exits(101).both();
        assert!(said.contains("asked for by LAB_PANIC_AT_STEP"), "{said}");
        live.mode_is_restored();
    }
}
