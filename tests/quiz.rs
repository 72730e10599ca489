//! The quiz: taken in lines and on terminals, in every mode, broken off and resumed; the bank proved on this kernel;
//! banks with mistakes; a bank whose calls were changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::common::mask::Mask;
use super::common::{Desk, Lab, skip, transcript};

/// A file of this repository.
fn ours(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The bank of the tests: a question of each kind. Asked with the seed 2, its right answers are these.
const RIGHT: &str = "4 KiB\n2\n2 3\n4\n1 3 4 2\n1\n";

fn small(desk: &Arc<Desk>) -> Lab {
    desk.file("small.toml", ours("tests/quiz/small.toml"));
    desk.lab(["quiz", "--bank", "small.toml", "--seed", "2"])
}

/// What was printed, with placeholders.
fn told(desk: &Desk, text: &str) -> String {
    Mask::of(desk).text(text)
}

/// One JSON object a line.
fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

#[test]
fn everything_right_and_everything_said() {
    let desk = Desk::new();
    let text = small(&desk).stdin(RIGHT).run().succeeds().text();
    transcript::matches("quiz-right", &told(&desk, &text));
}

#[test]
fn wrong_answers_hints_skips_and_lines_that_are_no_answer() {
    let desk = Desk::new();
    // A hint that is not there, words, an empty line, the commonest wrong number; a hint twice, an option by its text
    // in another case, two letters where one is wanted; one of two; a line that is not there, an innocent line; an
    // order with a line missing, one that the kernel refuses; a skip.
    let lines = "?\nfour\n\n100\n?\n?\n1 2\neidrm\n2\n9\n3\n1 3 4\n1 2 4 3\ns\n";
    let text = small(&desk).arg("--plain").stdin(lines).run().succeeds().text();
    transcript::matches("quiz-wrong-plain", &told(&desk, &text));
}

#[test]
fn an_exam_says_nothing_until_the_end() {
    let desk = Desk::new();
    let lab = small(&desk).arg("--exam").arg("--plain").arg("--min").arg("50");
    let (text, errors) = lab.stdin("100\n2\n1\n4\n1 2 4 3\n2\n").run().fails(1).both();
    assert_eq!(errors, "");
    let (asked, end) = text.split_once("MISSED").expect("what was missed");
    for word in ["RIGHT", "NOT THIS TIME", "ANSWER:", "KERNEL", "WHY"] {
        assert!(!asked.contains(word), "{word} before the end:\n{asked}");
    }
    assert!(end.ends_with("SCORE: 2 of 6 right, 33%\nHINTS: 0\nBELOW: 50% were asked for\n"), "{end}");
    transcript::matches("quiz-exam-plain", &told(&desk, &text));
}

#[test]
fn the_threshold_decides_the_exit_status() {
    let desk = Desk::new();
    let five = RIGHT.replacen("2 3", "2", 1);
    small(&desk).arg("--min").arg("84").stdin(&five).run().fails(1).both();
    small(&desk).arg("--min").arg("83").stdin(&five).run().succeeds().text();
    // What is not taken to its end has reached no percentage, even 0.
    small(&desk).arg("--min").arg("0").stdin("4096\n").run().fails(1).both();
    small(&desk).stdin("").run().succeeds().text();
}

#[test]
fn as_json_a_tool_learns_what_a_person_does() {
    let desk = Desk::new();
    let text = small(&desk).arg("--json").stdin("x\n?\n100\n2\n2 3\n4\n1 3 4 2\ns\n").run().succeeds().text();
    let mut mask = Mask::of(&desk);
    let masked: String = text.lines().map(|line| format!("{:#}\n", mask.json(line))).collect();
    transcript::matches("quiz-json", &masked);
    let names: Vec<_> =
        events(&text).iter().map(|event| event["event"].as_str().unwrap_or("").to_owned()).collect();
    let one = ["question", "answer"];
    let wanted = [&["start", "question", "note", "note", "answer"][..], &one.repeat(5), &["end"]].concat();
    assert_eq!(names, wanted);
}

/// A whole session on a terminal, as it looks.
fn on_terminal(columns: u16) -> String {
    let desk = Desk::new();
    let mut live = small(&desk).on_terminal(24, columns);
    let lines = ["0x1000", "", "3", "x", "m", "", "1", "d", "", "?", "4", "", "1 3 4 2", "", "s", "m", ""];
    for line in lines {
        live.wait_for("/6]");
        live.wait_for(" > ");
        live.send(&format!("{line}\n"));
    }
    live.mode_is_restored();
    let text = live.wait_end().succeeds().text();
    assert!(text.contains("\u{1b}["), "there is colour on a terminal");
    let text = super::common::run::uncoloured(text.as_bytes());
    let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    assert!(widest <= usize::from(columns), "a line has {widest} columns:\n{text}");
    told(&desk, &text)
}

#[test]
fn a_whole_session_on_a_terminal_of_80_columns() {
    transcript::matches("quiz-terminal-80", &on_terminal(80));
}

#[test]
fn a_whole_session_on_a_terminal_of_40_columns() {
    // A value that is longer than the line is never cut, so nothing here may be.
    transcript::matches("quiz-terminal-40", &on_terminal(40));
}

#[test]
fn without_the_proof_the_answer_is_the_same() {
    let desk = Desk::new();
    let with = small(&desk).stdin(RIGHT).run().succeeds().text();
    let without = small(&desk).arg("--no-proof").stdin(RIGHT).run().succeeds().text();
    assert!(with.contains("KERNEL") && !without.contains("KERNEL"), "{without}");
    let answers =
        |text: &str| text.lines().filter(|line| line.starts_with("ANSWER")).map(str::to_owned).collect();
    let (with, without): (Vec<String>, Vec<String>) = (answers(&with), answers(&without));
    assert_eq!((with.len(), &with), (6, &without));
}

#[test]
fn a_seed_asks_the_same_again_and_another_seed_does_not() {
    let desk = Desk::new();
    let asked = |seed: &str| {
        let text =
            desk.lab(["quiz", "--json", "--count", "8", "--seed", seed]).stdin("").run().succeeds().text();
        let again =
            desk.lab(["quiz", "--json", "--count", "8", "--seed", seed]).stdin("").run().succeeds().text();
        assert_eq!(text, again, "the seed {seed} asks otherwise the second time");
        text
    };
    assert_ne!(asked("1"), asked("2"));
}

#[test]
fn the_end_of_the_input_loses_nothing_and_a_quiz_goes_on() {
    let desk = Desk::new();
    let text = small(&desk).arg("--plain").stdin("4096\n1\n").run().succeeds().text();
    let end = "\n\nSTOPPED: after 2 of 6 questions: what was answered is kept; `lab quiz --resume` goes on\n";
    assert!(text.ends_with(end), "{text}");
    let rest = "2 3\n4\n1 3 4 2\n1\n";
    let text = desk.lab(["quiz", "--resume", "--plain"]).stdin(rest).run().succeeds().text();
    assert!(text.contains("\nRESUMED: 2 of 6 are answered already\n\nQuestion 3 of 6"), "{text}");
    assert!(text.ends_with("\nSCORE: 5 of 6 right, 83%\nHINTS: 0\n"), "{text}");
    assert!(text.contains("MISSED: removed: "), "what was missed before the break is told:\n{text}");
    desk.lab(["quiz", "--resume"])
        .run()
        .fails(2)
        .says("lab: no quiz was interrupted: leave out `--resume`\n");
}

#[test]
fn ctrl_c_keeps_what_was_answered_and_the_next_quiz_offers_to_go_on() {
    for desk in Desk::of_everybody() {
        let mut live = small(&desk).on_terminal(60, 80);
        live.wait_for("[1/6]");
        live.send("4096\n").wait_for("[1/6] Enter next · q stop > ");
        live.send("\n").wait_for("[2/6]");
        live.send("\u{3}").wait_for("STOPPED   after 1 of 6 questions: what was answered is kept");
        live.mode_is_restored();
        live.wait_end().dies_of(Signal::SIGINT).text();
        let mut live = desk.lab(["quiz"]).on_terminal(60, 80);
        live.wait_for("A quiz was interrupted after 1 of 6 questions. Go on with it? [Y/n] ");
        live.send("\n").wait_for("[2/6]");
        live.send("q\n").wait_for("STOPPED   after 1 of 6 questions");
        live.wait_end().succeeds().text();
    }
}

#[test]
fn a_signal_while_the_kernel_is_asked_credits_nothing() {
    let desk = Desk::new();
    let mut live = small(&desk).start();
    live.wait_for("[1/6]");
    live.signal(Signal::SIGTERM);
    live.wait_end().dies_of(Signal::SIGTERM).both();
    desk.lab(["quiz", "--resume"]).run().fails(2).both();
}

#[test]
fn what_was_missed_is_asked_again_and_the_first_answer_stays() {
    let desk = Desk::new();
    small(&desk).stdin("100\n2\n1\n4\n1 3 4 2\n1\n").run().succeeds().text();
    let again = || desk.lab(["quiz", "--bank", "small.toml", "--missed", "--json", "--seed", "2"]);
    let text = again().stdin("4096\n1\n").run().succeeds().text();
    let asked = |text: &str| -> Vec<String> {
        let questions = events(text).into_iter().filter(|event| event["event"] == "question");
        questions.map(|event| event["id"].as_str().unwrap_or("").to_owned()).collect()
    };
    assert_eq!(asked(&text), ["mapped", "marked"]);
    assert_eq!(asked(&again().stdin("").run().succeeds().text()), ["marked"]);
    let kept: Value =
        serde_json::from_str(&fs::read_to_string(desk.state().join("quiz.json")).expect("a record"))
            .expect("JSON");
    let known: BTreeMap<String, Value> = kept["questions"]
        .as_object()
        .expect("questions")
        .iter()
        .map(|(key, known)| (key.rsplit('#').next().unwrap_or("").to_owned(), known.clone()))
        .collect();
    let first_last =
        |id: &str| (known[id]["first"].clone(), known[id]["last"].clone(), known[id]["times"].clone());
    assert_eq!(first_last("mapped"), (false.into(), true.into(), 2.into()));
    assert_eq!(first_last("removed"), (true.into(), true.into(), 1.into()));
    assert_eq!(first_last("marked"), (false.into(), false.into(), 2.into()));
    // Nothing is left of it afterwards.
    desk.lab(["reset", "--yes"]).run().succeeds().prints("all progress is forgotten\n");
    let none = "none: the last time, you missed no question and no prediction";
    assert_eq!(events(&again().run().succeeds().text())[0]["text"], none);
}

#[test]
fn a_quiz_is_compared_with_the_last_one_of_its_kind() {
    let desk = Desk::new();
    let end = |lines: &str| {
        let text = small(&desk).arg("--plain").stdin(lines).run().succeeds().text();
        let at = text.find("SCORE: ").expect("a score");
        text[at..].to_owned()
    };
    assert_eq!(end("s\ns\ns\ns\ns\n1\n"), "SCORE: 1 of 6 right, 16%\nHINTS: 0\nSKIPPED: 5\n");
    let more = "SCORE: 6 of 6 right, 100%\nHINTS: 0\nBEFORE: more than last time: 1 of 6 right, 16%\n";
    assert_eq!(end(RIGHT), more);
    let less = "SCORE: 5 of 6 right, 83%\nHINTS: 1\nBEFORE: less than last time: 6 of 6 right, 100%\n";
    assert_eq!(end(&format!("100\n?\n{}", &RIGHT["4 KiB\n".len()..])), less);
}

#[test]
fn a_record_that_makes_no_sense_is_said_and_begun_anew() {
    let desk = Desk::new();
    desk.runs();
    fs::write(desk.state().join("quiz.json"), "{").expect("a file");
    let text = small(&desk).arg("--plain").stdin(RIGHT).run().succeeds().text();
    assert!(
        text.contains("/quiz.json made no sense and is begun anew\n\nQuestion 1 of 6")
            && text.contains("\nWARNING: "),
        "{text}"
    );
    assert!(text.ends_with("SCORE: 6 of 6 right, 100%\nHINTS: 0\n"), "{text}");
    desk.lab(["quiz", "--missed"])
        .run()
        .succeeds()
        .prints("MISSED    none: the last time, you missed no question and no prediction\n");
}

#[test]
fn wrong_usage_is_told_with_the_way_out() {
    let desk = Desk::new();
    let says = |args: &[&str], words: &str| {
        let lab = args.iter().fold(desk.lab(["quiz"]), |lab, arg| lab.arg(arg));
        lab.run().fails(2).says(&format!("lab: {words}\n"));
    };
    says(&["--topic", "fotk"], "there is no topic `fotk`: did you mean `ftok`?");
    says(&["--key", "--export", "gift"], "`--key` is for `--export md`: gift and json hold the answers");
    says(&["--bank", "nothing.toml"], "`nothing.toml` can't be read: ENOENT, no such thing");
    desk.file("lesson.toml", "title = \"x\"\n");
    fs::create_dir(desk.work().join("folder")).expect("a folder");
    fs::rename(desk.work().join("lesson.toml"), desk.work().join("folder/lesson.toml")).expect("moved");
    says(&["--bank", "folder"], "`folder` holds no questions: a bank is a .toml file with [[question]]");
}

/// The banks that come with lab, as files at a desk.
fn shipped(desk: &Desk) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons/quiz");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("the banks").flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            desk.file(&name, fs::read_to_string(path).expect("a bank"))
        })
        .collect()
}

/// What `lab validate` says of each question of these files: its answer and the call that it rests on.
fn answers(text: &str) -> BTreeMap<String, String> {
    let mut answers = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("  ")) {
        let (id, answer) = line.split_once(": ").expect("an id and an answer");
        answers.insert(id.to_owned(), answer.to_owned());
    }
    answers
}

fn validate(desk: &Arc<Desk>) -> Lab {
    desk.lab(["validate", "--plain", "."])
}

#[test]
fn the_whole_bank_is_proved_for_everybody() {
    for desk in Desk::of_everybody() {
        let banks = shipped(&desk);
        let text = validate(&desk).run().succeeds().text();
        assert!(text.ends_with(&format!("{} passed, 0 failed\n", banks.len())), "{text}");
        let asked: usize = banks
            .iter()
            .map(|path| fs::read_to_string(path).expect("a bank").matches("\n[[question]]").count())
            .sum();
        let answers = answers(&text);
        assert_eq!(answers.len(), asked, "an answer for each question:\n{text}");
        // Skipped is only what takes more than this user may do.
        for (id, answer) in answers.iter().filter(|(_, answer)| answer.starts_with("skipped: ")) {
            let reasons = ["it takes a second user", "you are not root", "does not let a sandbox lower"];
            let known = reasons.iter().any(|reason| answer.contains(reason));
            assert!(known, "{id} is skipped: {answer}");
        }
    }
}

#[test]
fn the_bank_is_large_and_asks_about_every_misconception() {
    let desk = Desk::new();
    let bank: Value =
        serde_json::from_str(&desk.lab(["quiz", "--export", "json"]).run().succeeds().text()).expect("JSON");
    let questions = bank["questions"].as_array().expect("questions");
    assert!(
        questions.len() + bank["left_out"].as_array().map_or(0, Vec::len) >= 60,
        "{} questions",
        questions.len()
    );
    for kind in ["predict", "number", "several", "order", "bug", "theory"] {
        assert!(questions.iter().any(|question| question["kind"] == kind), "no question is a {kind}");
    }
    let text = desk.lab(["list", "--coverage", "--json"]).run().succeeds().text();
    let (mut numbers, mut unasked) = (0, Vec::new());
    for row in events(&text) {
        numbers += 1;
        if row["questions"].as_array().is_none_or(Vec::is_empty) {
            unasked.push(row["misconception"].clone());
        }
    }
    assert_eq!((numbers, unasked), (55, Vec::new()), "misconceptions that no question asks about");
}

#[test]
fn ids_are_stable_words_and_every_reason_ends_as_it_should() {
    let desk = Desk::new();
    let text = desk.lab(["quiz", "--export", "json"]).run().succeeds().text();
    let bank: Value = serde_json::from_str(&text).expect("JSON");
    for question in bank["questions"].as_array().expect("questions") {
        let id = question["id"].as_str().expect("an id");
        assert_ne!(question["answer"], "", "{id} has an answer");
        let right =
            question["options"].as_array().expect("options").iter().filter(|option| option["right"] == true);
        match question["kind"].as_str() {
            Some("predict" | "theory") => assert_eq!(right.count(), 1, "{id}"),
            Some("several") => assert!(right.count() >= 1, "{id}"),
            _ => assert_eq!(right.count(), 0, "{id}"),
        }
    }
}

/// The bad banks, and what is said of each: in tests/quiz/bad, the words beside the file.
#[test]
fn a_bank_with_mistakes_is_told_each_at_its_place() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quiz/bad");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("bad banks").flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut said = String::new();
    for path in files {
        let desk = Desk::new();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        desk.file(&name, fs::read_to_string(&path).expect("a bank"));
        let (_, errors) = desk.lab(["validate", "--plain", &name]).run().fails(4).both();
        said += &format!("{}\n", told(&desk, &errors));
        // Whoever takes it is told the same, but for what only looks bad, and is asked nothing.
        let (out, errors) = desk.lab(["quiz", "--bank", &name, "--all"]).stdin("").run().fails(4).both();
        assert_eq!(out, "", "{name}");
        assert!(errors.starts_with(&format!("lab: {name}:")), "{errors}");
    }
    transcript::matches("quiz-mistakes", &said);
}

/// Changes to the last call of a proof: flags and commands, one for another.
const MUTATIONS: &[(&str, &str)] = &[
    (" | IPC_EXCL", ""),
    ("IPC_CREAT | ", ""),
    ("IPC_CREAT | 0", "IPC_CREAT | IPC_EXCL | 0"),
    ("SHM_RDONLY", "0"),
    ("NULL, 0)", "NULL, SHM_RDONLY)"),
    ("IPC_RMID, NULL", "IPC_STAT, &ds"),
    ("IPC_STAT, &ds", "IPC_RMID, NULL"),
    ("shmdt(p)", "shmdt(p + 1)"),
    ("shmdt(p + 1)", "shmdt(p)"),
    ("lab.key", "missing.key"),
    ("shmat(id", "shmat(-1"),
];

/// The questions of a bank whose last call this rule changes, changed, as a bank of their own; and their ids.
fn mutated(bank: &str, from: &str, to: &str) -> (String, Vec<String>) {
    let mut parts = bank.split("\n[[question]]");
    let (mut out, mut changed) = (parts.next().unwrap_or("").to_owned(), Vec::new());
    for question in parts {
        let Some((head, tail)) = question.split_once("\nprove") else { continue };
        let (proof, _) = tail.split_once("\n]").or_else(|| tail.split_once("]\n")).unwrap_or((tail, ""));
        let cut = proof.trim_end().trim_end_matches(',').rfind(['\n', '[']).map_or(0, |at| at + 1);
        let (before, last) = proof.split_at(cut);
        let new = last.replacen(from, to, 1);
        if new != last {
            changed.push(
                head.split_once("id").and_then(|(_, rest)| rest.split('"').nth(1)).unwrap_or("").to_owned(),
            );
            out += &format!("\n[[question]]{head}\nprove{before}{new}{}", &tail[proof.len()..]);
        }
    }
    (out, changed)
}

/// What came back, as `lab validate` tells it at the end of an answer or of a mistake.
fn outcome(text: &str) -> Option<String> {
    let (_, outcome) = text.rsplit_once(" gave ")?;
    let end = outcome.find([')', ',']).unwrap_or(outcome.len());
    // A number is another each time; whether it is one is what counts.
    let word = &outcome[..end];
    Some(if word.starts_with("-1 E") || word.starts_with("SIG") { word.to_owned() } else { "ok".into() })
}

#[test]
fn when_the_calls_change_so_that_the_outcome_does_the_answer_does() {
    let desk = Desk::new();
    let banks = shipped(&desk);
    let texts: Vec<_> = banks.iter().map(|path| fs::read_to_string(path).expect("a bank")).collect();
    let before = answers(&validate(&desk).run().succeeds().text());
    let (mut tried, mut proved) = (0, 0);
    for (from, to) in MUTATIONS {
        let mut changed = Vec::new();
        for (path, text) in banks.iter().zip(&texts) {
            let (text, ids) = mutated(text, from, to);
            let _ = fs::remove_file(path);
            if !ids.is_empty() {
                fs::write(path, text).expect("a bank");
            }
            changed.extend(ids);
        }
        if changed.is_empty() {
            continue;
        }
        let (out, errors) = validate(&desk).run().exits_with(&[0, 4]).both();
        let after = answers(&out);
        for id in changed {
            tried += 1;
            let was = &before[&id];
            let Some(old) = outcome(was) else { continue };
            match after.get(&id) {
                // Another outcome, another answer.
                Some(now) if outcome(now).as_ref() != Some(&old) => {
                    proved += 1;
                    let answer = |text: &str| text.rsplit_once(" (").map(|(answer, _)| answer.to_owned());
                    assert_ne!(answer(was), answer(now), "{id} with {from:?} as {to:?} still answers {was}");
                }
                Some(_) => {}
                // None of its options any more: that is a mistake, and told.
                None => {
                    proved += 1;
                    assert!(
                        !errors.is_empty(),
                        "{id} with {from:?} as {to:?} has no answer, and nothing is said"
                    );
                }
            }
        }
    }
    assert!(tried >= 60 && proved >= 25, "{tried} changes were tried, and {proved} changed an outcome");
}

#[test]
fn moodles_format_is_read_back_by_a_parser_that_is_not_ours() {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/gift/node_modules");
    if !modules.join("gift-pegjs").exists() {
        return skip("gift-pegjs is not there: npm install --prefix target/gift gift-pegjs@1.0.2");
    }
    let desk = Desk::new();
    let export = |format: &str| desk.lab(["quiz", "--export", format]).run().succeeds().text();
    let ours: Value = serde_json::from_str(&export("json")).expect("JSON");
    let file = desk.file("lab.gift", export("gift"));
    let script = "const { parse } = require('gift-pegjs'); const fs = require('fs'); \
        console.log(JSON.stringify(parse(fs.readFileSync(process.argv[1], 'utf8'))));";
    let node = Command::new("node").args(["-e", script]).arg(&file).env("NODE_PATH", &modules).output();
    let node = node.expect("node, which installed the parser");
    assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stderr));
    let theirs: Value = serde_json::from_slice(&node.stdout).expect("JSON");
    let theirs: BTreeMap<&str, &Value> = theirs
        .as_array()
        .expect("questions")
        .iter()
        .filter(|question| question["type"] != "Category")
        .map(|question| (question["title"].as_str().expect("a title"), question))
        .collect();
    let ours = ours["questions"].as_array().expect("questions");
    assert_eq!(theirs.len(), ours.len());
    for question in ours {
        let id = question["id"].as_str().expect("an id");
        same_question(id, question, theirs[id]);
    }
}

/// A question as we wrote it and as they read it.
fn same_question(id: &str, ours: &Value, theirs: &Value) {
    let stem = theirs["stem"]["text"].as_str().expect("a stem");
    assert!(stem.starts_with(ours["ask"].as_str().expect("a question")), "{id}: {stem}");
    let choices = || theirs["choices"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let right: Vec<String> = ours["options"]
        .as_array()
        .expect("options")
        .iter()
        .filter(|option| option["right"] == true)
        .map(|option| text(&option["text"]))
        .collect();
    let sorted = |mut texts: Vec<String>| {
        texts.sort();
        texts
    };
    let credited =
        choices().filter(|choice| choice["isCorrect"] == true || choice["weight"].as_f64() > Some(0.0));
    match ours["kind"].as_str().expect("a kind") {
        "predict" | "several" | "theory" => {
            let theirs: Vec<String> = credited.map(|choice| text(&choice["text"]["text"])).collect();
            assert_eq!(sorted(theirs), sorted(right), "{id}");
            assert_eq!(choices().count(), ours["options"].as_array().map_or(0, Vec::len), "{id}");
        }
        "order" => assert_eq!(theirs["type"], "Essay", "{id}"),
        _ => {
            let numbers: Vec<String> = choices()
                .map(|choice| match &choice["text"]["number"] {
                    Value::Null => text(&choice["text"]["text"]),
                    number => number.to_string(),
                })
                .collect();
            let answer = text(&ours["answer"]);
            let answer = answer.trim_start_matches("line ");
            assert!(numbers.iter().any(|number| number == answer), "{id}: {numbers:?}, not {answer}");
        }
    }
}

#[test]
fn paper_has_its_questions_and_its_key_apart() {
    let desk = Desk::new();
    desk.file("small.toml", ours("tests/quiz/small.toml"));
    let md = |more: &[&str]| {
        let lab = desk.lab(["quiz", "--bank", "small.toml", "--seed", "2", "--export", "md"]);
        more.iter().fold(lab, |lab, arg| lab.arg(arg)).run().succeeds().text()
    };
    let (paper, key) = (md(&[]), md(&["--key"]));
    for answer in ["whole pages are mapped", "line 4", "1 3 4 2", "no segment has this identifier"] {
        assert_eq!((paper.contains(answer), key.contains(answer)), (false, true), "{answer}");
    }
    transcript::matches("quiz-paper", &format!("{paper}\n-----\n\n{key}"));
}

#[test]
fn where_there_is_no_sandbox_a_strangers_questions_are_not_proved() {
    let desk = Desk::new();
    let Some(refuse) = super::common::tools::tool(&desk, "refuse") else { return };
    let rule = format!("{}={}", libc::SYS_unshare, libc::EPERM);
    let run = |lab: Lab| lab.through([&refuse, &rule, "--"]);
    desk.file(
        "small.toml",
        ours("tests/quiz/small.toml")
            .split("\n[[question]]")
            .take(4)
            .collect::<Vec<_>>()
            .join("\n[[question]]"),
    );
    let asked = run(desk.lab(["quiz", "--bank", "small.toml"])).stdin("").run().fails(3).error();
    let words = "lab: no question can be proved on this machine: ";
    assert!(asked.starts_with(words) && asked.contains("needs a sandbox, and there is none here"), "{asked}");
    // Ours are, as far as they mean the same in the machine's own namespace.
    let text = run(desk.lab(["quiz", "--json", "--all", "--seed", "1"])).stdin("").run().succeeds().text();
    let start = &events(&text)[0];
    assert!(start["questions"].as_u64() > Some(0), "{start}");
    assert!(start["not_asked"].as_array().is_some_and(|why| !why.is_empty()), "{start}");
}

#[test]
fn a_question_is_one_screen() {
    let desk = Desk::new();
    let skips = "s\n".repeat(1000);
    let text = desk.lab(["quiz", "--all", "--seed", "1", "--no-proof"]).stdin(skips).run().succeeds().text();
    let (asked, _) = text.split_once("\nMISSED").expect("the end");
    for question in asked.split("\nQuestion ").skip(1) {
        let (question, _) = question.split_once("\nSKIPPED").expect("an answer");
        let rows = question.lines().count();
        assert!(rows <= 24, "{rows} rows are more than a screen has:\nQuestion {question}");
    }
    // A call is never cut; everything else wraps.
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn nothing_is_left_of_a_quiz_that_is_killed_while_the_kernel_is_asked() {
    for desk in Desk::of_everybody() {
        let slow = ours("tests/quiz/small.toml").replace(
            "  \"client: shmat(id, NULL, 0)\",\n]",
            "  \"client: usleep(1500000)\",\n  \"client: shmat(id, NULL, 0)\",\n]",
        );
        assert!(slow.contains("usleep"), "the proof is slow enough to be met");
        desk.file("small.toml", slow);
        let mut live = desk.lab(["quiz", "--bank", "small.toml", "--count", "6", "--seed", "2"]).start();
        live.wait_for("[1/6]");
        live.send("4096\n").wait_for("[2/6]");
        live.send("2\n");
        super::common::until("a proof is played", || {
            live.processes().iter().any(|(pid, _)| {
                let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                line.split(|byte| *byte == 0).any(|word| word == b"actor")
            })
        });
        live.signal(Signal::SIGKILL);
        // The harness waits for every process, then looks at the kernel's table, TMPDIR and the records.
        live.wait_end().dies_of(Signal::SIGKILL).both();
        // The first answer is kept, the second was never given.
        let text = desk.lab(["quiz", "--resume", "--plain"]).stdin("").run().succeeds().text();
        assert!(text.contains("RESUMED: 1 of 6 are answered already\n"), "{text}");
    }
}

#[test]
fn a_strangers_file_is_a_bank_or_refused() {
    let desk = Desk::new();
    let says = |args: [&str; 3], status: i32, words: &str| {
        let (out, said) = desk.lab(args).stdin("").run().fails(status).both();
        assert_eq!((out.as_str(), said.as_str()), ("", words));
    };
    desk.shell("mkfifo fifo.toml");
    says(["quiz", "--bank", "fifo.toml"], 2, "lab: `fifo.toml` can't be read: it is not a regular file\n");
    says(["quiz", "--bank", "/dev/zero"], 2, "lab: `/dev/zero` can't be read: it is not a regular file\n");
    desk.file("bytes.toml", b"\xff\xfe");
    let bytes = "lab: bytes.toml:1:1: the file is not text (UTF-8)\n1 | \n  | ^\n";
    says(["quiz", "--bank", "bytes.toml"], 4, bytes);
    desk.file("hostile.toml", ours("tests/quiz/hostile.toml"));
    let (_, said) = desk.lab(["validate", "--plain", "hostile.toml"]).run().fails(4).both();
    transcript::matches("quiz-hostile", &told(&desk, &said));
}
