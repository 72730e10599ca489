//! What was played is kept from run to run: after each step, atomically, offered once, and forgotten when asked.

use std::fs;
use std::sync::Arc;

use serde_json::Value;

use super::common::{Desk, Live};

/// A lesson of three steps.
const SHORT: &str = "title = \"Short\"\ngoal = \"Three steps.\"\n\n[[step]]\nwho = \"a\"\ncall = \"shmdt(NULL)\"\nexpect = \"EINVAL\"\nsay = \"One.\"\n\n[[step]]\nwho = \"a\"\ncall = \"shmdt(NULL)\"\nexpect = \"EINVAL\"\nsay = \"Two.\"\n\n[[step]]\nwho = \"a\"\ncall = \"shmdt(NULL)\"\nexpect = \"EINVAL\"\nsay = \"Three.\"\n";

const OFFER: &str = "Continue at step 2? ";

/// What `lab list` says of the sheet's lesson.
fn sheet(desk: &Arc<Desk>) -> String {
    // A lesson may be under way.
    let text = desk.lab(["list", "--plain"]).may_leave().run().succeeds().text();
    let is_it = |line: &&str| line.split_once(' ').is_some_and(|(_, rest)| rest.starts_with("sheet: "));
    let line = text.lines().find(is_it).expect("its line");
    let (_, state) = line.split_once(" minutes, ").unwrap_or_else(|| panic!("{line}"));
    assert!(line.starts_with("2 sheet: The lab sheet"), "{line}");
    state.to_owned()
}

fn kept(desk: &Desk) -> Value {
    let text = fs::read(desk.state().join("progress.json")).expect("progress");
    serde_json::from_slice(&text).expect("JSON")
}

/// The sheet's lesson on a terminal.
fn begun(desk: &Arc<Desk>) -> Live {
    desk.lab(["step-through", "--color", "never"]).on_terminal(50, 100)
}

/// Plays one step and quits.
fn one_step(desk: &Arc<Desk>) {
    let mut live = begun(desk);
    live.wait_for("[1/18 key file]  type a number");
    live.wait_for("q quit > ");
    live.send("\n");
    live.wait_for("Enter next");
    live.wait_for("q quit > ");
    live.send("q");
    live.wait_for("Quitting: removing");
    live.wait_end().succeeds().text();
}

#[test]
fn a_step_counts_as_soon_as_it_is_played() {
    for desk in Desk::of_everybody() {
        assert_eq!(sheet(&desk), "not yet");
        let mut live = begun(&desk);
        live.wait_for("q quit > ");
        live.send("\n");
        live.wait_for("Enter next");
        assert_eq!(kept(&desk)["lessons"]["sheet"]["steps"], 1, "written while the lesson is under way");
        assert_eq!(sheet(&desk), "step 1 of 18, 0 of 1 predictions right");
        live.wait_for("q quit > ");
        live.send("c");
        live.wait_for("DONE");
        live.wait_end().succeeds().text();
        assert_eq!(sheet(&desk), "done, 0 of 1 predictions right");
        assert_eq!(super::common::desk::names_in(&desk.state()), ["progress.json", "progress.lock", "runs"]);
    }
}

#[test]
fn resuming_is_offered_once() {
    let desk = Desk::new();
    one_step(&desk);
    let mut live = begun(&desk);
    live.wait_for("You stopped at step 1 of 18. ");
    live.wait_for(OFFER);
    live.wait_for("[Y/n] ");
    live.send("n");
    live.wait_for("[1/18 key file]  type a number");
    live.wait_for("q quit > ");
    live.send("q");
    let text = live.wait_end().succeeds().text();
    assert!(!text.contains("FROM"), "{text}");
    // Said no: not offered again.
    let mut live = begun(&desk);
    let shown = live.wait_for("[1/18 key file]  type a number");
    assert!(!shown.contains("Continue at step"), "offered twice:\n{shown}");
    live.wait_for("q quit > ");
    live.send("q");
    live.wait_end().succeeds().text();
}

#[test]
fn resuming_plays_the_earlier_steps_without_a_pause() {
    let desk = Desk::new();
    one_step(&desk);
    let mut live = begun(&desk);
    live.wait_for(OFFER);
    live.wait_for("[Y/n] ");
    live.send("\n");
    let shown = live.wait_for("[2/18");
    assert!(shown.contains("FROM      steps 1 to 1 are played without a pause"), "{shown}");
    assert!(shown.contains("PLAYED    step 1: lab: create("), "{shown}");
    live.wait_for("q quit > ");
    live.send("q");
    live.wait_end().succeeds().text();
}

#[test]
fn what_nobody_watches_does_not_count() {
    let desk = Desk::new();
    for args in [["step-through", "--no-pause"], ["step-through", "--json"], ["demo", "shmdt"]] {
        desk.lab(args).run().succeeds().text();
    }
    desk.lab(["validate"]).run().succeeds().text();
    assert_eq!(sheet(&desk), "not yet");
    assert!(!desk.state().join("progress.json").exists());
}

#[test]
fn a_file_of_ones_own_is_not_taken_for_ours() {
    let desk = Desk::new();
    let path = desk.file("sheet.toml", SHORT).display().to_string();
    desk.lab(["step-through", "sheet.toml", "--line"]).stdin("c\n").run().succeeds().text();
    assert_eq!(sheet(&desk), "not yet");
    assert_eq!(kept(&desk)["lessons"].as_object().expect("lessons").keys().collect::<Vec<_>>(), [&path]);
    let text = desk.lab(["list", "--lessons", ".", "--plain"]).run().succeeds().text();
    assert!(text.starts_with("1 sheet: Short, further, 1 minute, done\n"), "{text}");
}

#[test]
fn runs_at_the_same_time_lose_nothing_of_each_other() {
    let desk = Desk::new();
    let names: Vec<String> = (0..8).map(|number| format!("own{number}.toml")).collect();
    let mut lives = Vec::new();
    for name in &names {
        desk.file(name, SHORT);
        let mut live = desk.lab(["step-through", "--line", "--plain"]).arg(name).may_leave().start();
        live.wait_for("q quit > ");
        lives.push(live);
    }
    for live in &mut lives {
        live.send("c\n");
    }
    for mut live in lives {
        live.wait_end().succeeds().text();
    }
    let kept = kept(&desk);
    let lessons = kept["lessons"].as_object().expect("lessons");
    assert_eq!(lessons.len(), names.len(), "{kept}");
    for (name, lesson) in lessons {
        assert_eq!((&lesson["steps"], &lesson["done"]), (&3.into(), &true.into()), "{name}");
    }
    desk.is_clean();
}

#[test]
fn a_file_that_makes_no_sense_is_said_once_and_begun_anew() {
    let desk = Desk::new();
    desk.runs();
    fs::write(desk.state().join("progress.json"), "{ no").expect("a file");
    let text = desk.lab(["list", "--plain"]).run().succeeds().text();
    let path = desk.state().join("progress.json").display().to_string();
    assert!(text.ends_with(&format!("WARNING: {path} made no sense and is begun anew\n")), "{text}");
    let text = desk.lab(["step-through", "shmdt", "--line", "--plain"]).stdin("c\n").run().succeeds().text();
    assert_eq!(text.matches("made no sense").count(), 1, "{text}");
    assert_eq!(kept(&desk)["lessons"]["shmdt"]["done"], true);
}

#[test]
fn a_place_that_can_not_be_written_is_said_once_and_stops_no_lesson() {
    let Some(desk) = Desk::ordinary() else { return };
    let lab = desk.lab(["step-through", "shmdt", "--line", "--plain"]).stdin("c\n");
    let text = lab.env("XDG_STATE_HOME", "/proc").run().succeeds().text();
    assert_eq!(text.matches("WARNING: progress is not kept: ").count(), 1, "{text}");
    assert!(text.contains("every claim held"), "{text}");
}

#[test]
fn reset_forgets_when_it_is_told_to() {
    let desk = Desk::new();
    let play =
        || desk.lab(["step-through", "shmdt", "--line", "--plain"]).stdin("c\n").run().succeeds().text();
    play();
    let asked = "lab: there is no terminal to confirm it on; say `lab reset --yes`\n";
    desk.lab(["reset"]).run().fails(2).says(asked);
    for (answer, told) in [
        ("n\n", "nothing was forgotten"),
        ("\n", "nothing was forgotten"),
        ("y\n", "all progress is forgotten"),
    ] {
        assert_eq!(kept(&desk)["lessons"]["shmdt"]["done"], true);
        let mut live = desk.lab(["reset"]).on_terminal(24, 80);
        live.wait_for("forget all that you played, predicted and answered in the quiz? [y/N] ");
        live.send(answer);
        live.wait_for(told);
        live.wait_end().succeeds().text();
    }
    assert!(!desk.state().join("progress.json").exists());
    play();
    desk.lab(["reset", "--yes"]).run().succeeds().prints("all progress is forgotten\n");
    desk.lab(["reset", "--yes"]).run().succeeds().prints("all progress is forgotten\n");
}
