//! The documents keep their word: the README's transcript is what the binary prints, its commands and lessons are the
//! binary's, its test command is the gate's; the examples of the lessons' README play; every link leads to a file; a
//! topic fits a terminal. With LAB_BLESS=1 the transcript and the lessons are written anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::common::mask::{Mask, unwrapped};
use super::common::{Desk, lab, skip, transcript};

const BEGIN: &str = "```transcript\n$ lab step-through --no-pause\n";
const END: &str = "```\n";
/// The step that the transcript shows, and the one after it.
const FROM: &str = "Step 3 of ";
const UP_TO: &str = "Step 4 of ";
/// Every README, each for the folder that it stands in.
const READMES: [&str; 4] = ["README.md", "lessons/README.md", "src/README.md", "tests/README.md"];

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn file(name: &str) -> String {
    fs::read_to_string(path(name)).expect(name)
}

/// What stands between two texts of the README is this; or becomes it where LAB_BLESS is set.
fn holds(begin: &str, end: &str, compared: impl Fn(&str, &str), now: impl Fn(&str) -> String) {
    // Two tests write the same file.
    static WRITING: Mutex<()> = Mutex::new(());
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let readme = file("README.md");
    let (before, rest) = readme.split_once(begin).expect(begin);
    let (kept, after) = rest.split_once(end).expect(end);
    let now = now(kept);
    match std::env::var_os("LAB_BLESS") {
        Some(_) => {
            fs::write(path("README.md"), format!("{before}{begin}{now}{end}{after}"))
                .expect("a written README");
        }
        None => compared(&now, kept),
    }
}

#[test]
fn the_transcript_is_what_the_binary_prints() {
    let Some(desk) = Desk::ordinary() else {
        return skip("the README shows an ordinary user's run, and there is none to be had here");
    };
    let text = desk.lab(["step-through", "--no-pause"]).run().succeeds().text();
    let (opening, steps) = text.split_once("Step 1 ").expect("the first step");
    let (_, steps) = steps.split_once(FROM).expect("the step that is shown");
    let (shown, _) = steps.split_once(UP_TO).expect("the next one");
    let shown = format!("{}\n…\n\n{FROM}{}\n…\n", opening.trim_end(), shown.trim_end());
    // A place for the key file that is as short as a student's.
    let shown = shown.replace(&desk.tmp().display().to_string(), "/tmp");
    let masked = |text: &str| {
        let text = text.replace("/tmp/lab-", &format!("{}/lab-", desk.tmp().display()));
        Mask::of(&desk).text(&unwrapped(&text))
    };
    let same = |shown: &str, kept: &str| {
        transcript::same(&masked(shown), &masked(kept), "the README's transcript");
    };
    holds(BEGIN, END, same, |_| shown.clone());
}

/// The commands that `lab --help` lists.
fn commands() -> BTreeSet<String> {
    let help = lab(["--help"]).run().succeeds().text();
    let (_, commands) = help.split_once("Commands:\n").expect("a list of commands");
    let lines = commands.lines().take_while(|line| !line.is_empty());
    lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// The words after `lab` in a text's spans of code, as far as they are commands' names.
fn named(text: &str) -> impl Iterator<Item = String> {
    let spans = text.split('`').filter_map(|span| span.strip_prefix("lab "));
    let words = spans.filter_map(|rest| rest.split_whitespace().next());
    words.filter(|word| !word.starts_with('-') && !word.chars().any(char::is_uppercase)).map(str::to_owned)
}

#[test]
fn its_table_has_every_command_once() {
    let readme = file("README.md");
    let (_, table) = readme.split_once("| command | what it does |\n").expect("a table of commands");
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let mut listed: Vec<String> = rows.filter_map(|row| named(row).next()).collect();
    listed.sort();
    assert_eq!(listed, commands().into_iter().collect::<Vec<_>>());
}

#[test]
fn every_command_they_name_exists() {
    let known = commands();
    for name in READMES {
        let named: BTreeSet<String> = named(&file(name)).collect();
        assert_eq!(named.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "{name}");
    }
}

/// The README's lessons as the library has them. What a row says is the README's; a new lesson's says its title.
fn lessons(kept: &str) -> String {
    let rows = kept.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let rows: BTreeMap<&str, &str> =
        rows.filter_map(|(name, row)| Some((name, row.strip_suffix(" |")?))).collect();
    let list = lab(["list", "--json"]).run().succeeds().text();
    let list: Vec<Value> = list.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let steps: u64 = list.iter().filter_map(|lesson| lesson["steps"].as_u64()).sum();
    let row = |lesson: &Value| {
        let name = lesson["name"].as_str().expect("a name");
        let says = rows.get(name).copied().unwrap_or_else(|| lesson["title"].as_str().expect("a title"));
        format!("| `{name}` | {says} |\n")
    };
    let banks = fs::read_dir(path("lessons/quiz")).expect("banks").map(|bank| bank.expect("a bank").path());
    let heads = |path: &Path, head: &str| {
        fs::read_to_string(path).expect("a text").lines().filter(|line| *line == head).count()
    };
    let questions: usize = banks.map(|bank| heads(&bank, "[[question]]")).sum();
    let beliefs = heads(&path("lessons/syllabus/misconceptions.toml"), "[[misconception]]");
    format!(
        "{} lessons with {steps} steps, in reading order; the quiz has {questions} questions. You can play each lesson alone.\n\n\
         | lesson | what it shows |\n| --- | --- |\n{}\n\
         `lab list --coverage` prints which step shows which of {beliefs} misconceptions to be wrong.\n",
        list.len(),
        list.iter().map(row).collect::<String>()
    )
}

#[test]
fn its_lessons_are_the_librarys() {
    let same = |now: &str, kept: &str| transcript::same(now, kept, "the README's lessons");
    holds("## Lessons\n\n", "\n## ", same, lessons);
}

#[test]
fn its_test_command_is_the_gates() {
    assert!(file("README.md").contains("```sh\ncargo test\n```"));
    assert!(file(".ci/run").lines().any(|line| line == "cargo test"));
    assert!(file(".github/workflows/ci.yml").contains("bash .ci/run"));
}

#[test]
fn it_is_a_page_and_no_book() {
    let size = file("README.md").len();
    assert!(
        (8_000..=10_240).contains(&size),
        "{size} bytes: what belongs to a folder stands in its own README"
    );
}

#[test]
fn the_examples_are_right() {
    let readme = file("lessons/README.md");
    let examples: Vec<&str> =
        readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [lesson, bank] = examples[..] else { panic!("{} examples", examples.len()) };
    assert!(lesson.contains("[[step]]") && bank.contains("[[question]]"));
    for example in [lesson, bank] {
        let desk = Desk::new();
        desk.file("page.toml", example);
        let said = desk.lab(["validate", "page.toml"]).run().succeeds().text();
        assert!(said.ends_with("1 passed, 0 failed\n"), "{said}");
    }
}

#[test]
fn every_link_leads_somewhere() {
    for name in READMES {
        let text = file(name);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let links: Vec<&str> = links.filter(|link| !link.contains("://")).collect();
        assert!(!links.is_empty(), "{name} has no links");
        for link in links {
            let to = path(name).with_file_name(link.split('#').next().expect("a path"));
            assert!(to.exists(), "{name}: there is no {link}");
        }
    }
}

/// The files that a text written in src links to.
fn linked(text: &str) -> impl Iterator<Item = PathBuf> {
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    links.map(|link| path("src").join(link)).filter(|path| path.is_file())
}

#[test]
fn what_is_looked_for_stands_where_the_source_says() {
    let readme = file("src/README.md");
    let (_, table) = readme.split_once("| you look for | read |\n| --- | --- |\n").expect("a table");
    let mut names = 0;
    for row in table.lines().take_while(|line| line.starts_with('|')) {
        let (_, place) = row[1..].split_once('|').expect("two cells");
        let texts: Vec<String> =
            linked(place).map(|path| fs::read_to_string(path).expect("a text")).collect();
        for name in place.split('`').skip(1).step_by(2) {
            assert!(
                texts.iter().any(|text| text.contains(name)),
                "no file of this row holds `{name}`: {row}"
            );
            names += 1;
        }
    }
    assert!(names > 5, "{names} names");
}

#[test]
fn every_topic_fits_a_terminal() {
    let topics =
        fs::read_dir(path("src/cmd/topics")).expect("topics").map(|topic| topic.expect("a topic").path());
    let mut seen = 0;
    for topic in topics {
        let text = fs::read_to_string(&topic).expect("a text");
        let mut lines = text.lines();
        assert!(lines.next().is_some_and(|title| title.len() > 20), "{} has no title", topic.display());
        assert_eq!(lines.next(), Some(""), "{}: the title stands alone", topic.display());
        for line in text.lines() {
            let plain = line.is_ascii() && !line.contains('`') && !line.ends_with(' ');
            assert!(plain && line.len() <= 78, "{}: {line}", topic.display());
        }
        seen += 1;
    }
    assert!(seen >= 8, "{seen} topics");
}
