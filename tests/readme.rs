//! The README keeps its word: its transcript is what the binary prints, its commands exist, its test command is
//! the gate's. With LAB_BLESS=1 the transcript is written anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::common::mask::{Mask, unwrapped};
use super::common::{Desk, lab, skip, transcript};

const BEGIN: &str = "```transcript\n$ lab step-through --no-pause\n";
const END: &str = "```\n";
/// The README shows the run up to here.
const UP_TO: &str = "Step 6 of";

fn file(name: &str) -> (PathBuf, String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = fs::read_to_string(&path).expect(name);
    (path, text)
}

#[test]
fn the_transcript_is_what_the_binary_prints() {
    let Some(desk) = Desk::ordinary() else {
        return skip("the README shows an ordinary user's run, and there is none to be had here");
    };
    let (path, readme) = file("README.md");
    let (before, rest) = readme.split_once(BEGIN).expect("a transcript");
    let (kept, after) = rest.split_once(END).expect("its end");
    let text = desk.lab(["step-through", "--no-pause"]).run().succeeds().text();
    let (shown, _) = text.split_once(UP_TO).expect("the steps");
    let shown = format!("{}\n…\n", shown.trim_end());
    if std::env::var_os("LAB_BLESS").is_some() {
        // A place for the key file that is as short as a student's.
        let shown = shown.replace(&desk.tmp().display().to_string(), "/tmp");
        fs::write(path, format!("{before}{BEGIN}{shown}{END}{after}")).expect("a written README");
        return;
    }
    let kept = kept.replace("/tmp/lab-", &format!("{}/lab-", desk.tmp().display()));
    let masked = |text: &str| Mask::of(&desk).text(&unwrapped(text));
    transcript::same(&masked(&shown), &masked(&kept), "the README's transcript");
}

#[test]
fn every_command_it_names_exists() {
    let help = lab(["--help"]).run().succeeds().text();
    let (_, commands) = help.split_once("Commands:\n").expect("a list of commands");
    let known: BTreeSet<&str> = commands
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let (_, readme) = file("README.md");
    let named: BTreeSet<&str> = readme
        .split('`')
        .filter_map(|span| span.strip_prefix("lab "))
        .filter_map(|rest| rest.split_whitespace().next())
        .filter(|word| !word.starts_with('-') && !word.chars().any(char::is_uppercase))
        .collect();
    assert_eq!(named.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!(known.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn its_test_command_is_the_gates() {
    let (_, readme) = file("README.md");
    let (_, gate) = file(".ci/run");
    assert!(readme.contains("```sh\ncargo test\n```"));
    assert!(gate.lines().any(|line| line == "cargo test"));
}
