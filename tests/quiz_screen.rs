//! The quiz in front of a person: what an answer looks like, what stands on the screen after it, the pauses, what is
//! read again at the end, and the report that is handed in.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::common::mask::Mask;
use super::common::{Desk, Lab, transcript};

/// The right answers of the small bank with the seed 2.
const RIGHT: &str = "4 KiB\n2\n2 3\n4\n1 3 4 2\n1\n";
/// Three of them are wrong.
const THREE_MISSED: &str = "100\n3\n2 3\n4\n1 3 4 2\n2\n";

fn small(desk: &Arc<Desk>) -> Lab {
    let bank = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quiz/small.toml");
    desk.file("small.toml", fs::read_to_string(bank).expect("a bank"));
    desk.lab(["quiz", "--bank", "small.toml", "--seed", "2"])
}

fn with(lab: Lab, args: &[&str]) -> Lab {
    args.iter().fold(lab, |lab, arg| lab.arg(arg))
}

/// A report as it is, but for when and on which machine it was written, and with placeholders.
fn read(desk: &Desk, name: &str) -> String {
    let text = fs::read_to_string(desk.work().join(name)).expect("a report");
    let date = |line: &str| line.ends_with(" UTC") && line.len() == 31;
    assert_eq!(
        text.lines().filter(|line| line.starts_with("- **DATE** ") && date(line)).count(),
        1,
        "{text}"
    );
    let known = ["- **DATE** ", "- **MACHINE** ", "- **RUN BY** "];
    let masked = |line: &str| match known.iter().find(|known| line.starts_with(**known)) {
        Some(known) => format!("{known}..."),
        None => line.to_owned(),
    };
    let lines: Vec<_> = text.lines().map(masked).collect();
    Mask::of(desk).text(&(lines.join("\n") + "\n"))
}

#[test]
fn options_are_chosen_by_numbers_in_every_spelling_and_not_by_letters() {
    let desk = Desk::new();
    for lines in ["4096\n2)\n3,2\n4\n1342\n1\n", "0x1000\neinval\n2;3\nline 4\n1, 3, 4, 2\n(1)\n"] {
        let text = small(&desk).arg("--plain").stdin(lines).run().succeeds().text();
        assert!(text.ends_with("SCORE: 6 of 6 right, 100%\nHINTS: 0\n") || text.contains("BEFORE"), "{text}");
        assert_eq!(text.matches("\nRIGHT: ").count(), 6, "{text}");
    }
    // Each line that is no answer says what to type.
    let said = |lines: &str, at: usize| {
        let before: String = RIGHT.split_inclusive('\n').take(at).collect();
        let text = small(&desk).arg("--plain").stdin(before + lines).run().succeeds().text();
        let said = text.lines().filter_map(|line| line.strip_prefix("NO ANSWER: "));
        said.map(|line| line.trim_end_matches("; ? for a hint, s to skip, q to stop").to_owned())
            .collect::<Vec<_>>()
    };
    let one = "Please type the number of one option, 1 to 3, or its text";
    let known = ["`b` is a letter.", "`a b` are letters.", "`4` is not one of the options."].map(|why| {
        let text = why.trim_start_matches('`');
        let typed = text.split('`').next().unwrap_or_default();
        (format!("{typed}\n"), vec![format!("{why} {one}")])
    });
    for (lines, answer) in known {
        assert_eq!(said(&lines, 1), answer);
    }
    let several = "Please type the numbers of all that are true, such as 1 3";
    assert_eq!(said("c\n", 2), [format!("`c` is a letter. {several}")]);
    let order = "Please type the numbers of your order, all four, such as 2 1 4 3";
    assert_eq!(
        said("c\n1 1 3 4\n", 4),
        [format!("`c` is a letter. {order}"), format!("`1 1 3 4` has a number twice. {order}")]
    );
}

/// A question whose options are numbers themselves.
const NUMBERS: &str = r#"topic = "numbers"
title = "Numbers"

[[question]]
id = "numbers"
kind = "theory"
level = 1
lesson = "sheet 1"
ask = "How many calls does the sheet's server make?"
source = "shmget(2)"
order_matters = true
options = [
  { say = "2", why = "that would be true without the attach" },
  { say = "1", right = true, why = "it is one" },
  { say = "14", why = "that would be true of a larger program" },
]
"#;

#[test]
fn a_label_comes_before_an_option_that_reads_like_it() {
    let desk = Desk::new();
    desk.file("numbers.toml", NUMBERS);
    for (typed, shown) in [("2", "RIGHT: 2: 1"), ("1", "NOT THIS TIME: 1: 2"), ("14", "NOT THIS TIME: 3: 14")]
    {
        let lab = desk.lab(["quiz", "--bank", "numbers.toml", "--plain"]);
        let text = lab.stdin(format!("{typed}\n")).run().succeeds().text();
        assert!(text.contains(&format!("\n{shown}\n")), "{text}");
    }
}

#[test]
fn a_quiz_that_was_begun_with_letters_goes_on_with_numbers() {
    let desk = Desk::new();
    small(&desk).stdin("4096\n3\n2 3\n").run().succeeds().text();
    let path = desk.state().join("quiz.json");
    let mut kept: Value = serde_json::from_slice(&fs::read(&path).expect("a record")).expect("JSON");
    // As a version before had it, which kept neither a finished quiz.
    kept["open"]["marks"][1]["given"] = "C".into();
    kept["open"]["marks"][2]["given"] = "b, c".into();
    kept.as_object_mut().expect("an object").remove("last");
    fs::write(&path, kept.to_string()).expect("a record");
    let lab = desk.lab(["quiz", "--resume", "--plain", "--report", "rest.md"]);
    let text = lab.stdin("4\n1342\n1\n").run().succeeds().text();
    assert!(text.contains("\nRESUMED: 3 of 6 are answered already\n\nQuestion 4 of 6"), "{text}");
    assert!(text.contains("\nSCORE: 5 of 6 right, 83%\n"), "{text}");
    let report = read(&desk, "rest.md");
    assert!(report.contains("\n- **NOT THIS TIME** 3: it works\n"), "{report}");
    let both = "\n- **RIGHT** 2: key == 0; 3: it worked and the segment is marked\n";
    assert!(report.contains(both), "{report}");
}

/// A question that asks for a text.
const WORD: &str = r#"topic = "word"
title = "A word"

[[question]]
id = "word"
kind = "number"
level = 1
lesson = "write 1"
ask = "What does the last call read?"
why = "it reads what was written"
read = "returned"
prove = [
  "server: id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600)",
  "server: p = shmat(id, NULL, 0)",
  "server: strcpy(p, \"hello\")",
  "server: puts(p)",
]
options = [{ is = '"hell"', why = "that would be true if the last letter were lost" }]
"#;

#[test]
fn what_answers_nothing_ends() {
    let desk = Desk::new();
    let skipped = "three lines in a row were no answer, so lab skips this question";
    let stopped = "ten questions in a row got no answer, so lab stops the quiz";
    let theory = |number: usize| {
        format!(
            "[[question]]\nid = \"theory-{number}\"\nkind = \"theory\"\nlevel = 1\nlesson = \"shmctl 1\"\nhint = \"Of two, one.\"\nask = \"What is number {number} for?\"\nsource = \"shmctl(2)\"\noptions = [\n  {{ say = \"To look\", right = true, why = \"it looks\" }},\n  {{ say = \"To copy\", why = \"nothing is copied\" }},\n]\n"
        )
    };
    let questions: String = (1..=10).map(theory).collect();
    desk.file("theory.toml", format!("topic = \"theory\"\ntitle = \"Ten\"\n\n{questions}"));
    // The questions that come with lab are proved as well, which takes its time: once is enough.
    for (bank, typed) in [(false, "y\n"), (true, "\n"), (true, "?\n"), (true, "\u{1}\u{1b}[2J\n")] {
        let lab = || {
            let lab = desk.lab(["quiz", "--seed", "3", "--plain"]).stdin(typed.repeat(1000));
            if bank { with(lab, &["--bank", "theory.toml"]) } else { lab }
        };
        let text = lab().run().succeeds().text();
        assert_eq!((text.matches(skipped).count(), text.matches(stopped).count()), (9, 1), "{text}");
        let end =
            "\nSTOPPED: after 9 of 10 questions: what was answered is kept; `lab quiz --resume` goes on\n";
        assert!(text.ends_with(end), "{text}");
        lab().arg("--min").arg("0").run().fails(1).both();
    }
    let long = small(&desk).arg("--plain").stdin("x".repeat(70_000) + "\n4096\n").run().succeeds().text();
    assert!(long.contains("\nRIGHT: 4096\n") && long.contains("\nSTOPPED: after 1 of 6"), "{long}");
    // A text is asked for: what is far too long for one is cut where it is shown.
    let lab = desk.lab(["quiz", "--bank", "word.toml", "--plain"]).stdin("y".repeat(3000) + "\n");
    desk.file("word.toml", WORD);
    let text = lab.run().succeeds().text();
    assert!(text.contains(&format!("\nNOT THIS TIME: {}…\n", "y".repeat(200))), "{text}");
    // With pauses too, and for a tool.
    let text = desk.lab(["quiz", "--line", "--bank", "theory.toml"]).stdin("y\n".repeat(1000)).run();
    assert!(text.succeeds().text().contains("STOPPED   after 9 of 10"));
    let text = desk.lab(["quiz", "--bank", "theory.toml", "--json"]).stdin("y\n".repeat(1000)).run();
    let text = text.succeeds().text();
    assert!(
        text.ends_with("{\"event\":\"stopped\",\"version\":1,\"answered\":9,\"questions\":10}\n"),
        "{text}"
    );
    // An answer in between begins the count anew.
    let lines = format!("y\ny\ny\n3\n{}", "s\n".repeat(4));
    let text = small(&desk).arg("--plain").stdin(lines).run().succeeds().text();
    assert!(text.contains(skipped) && text.contains("\nSCORE: 0 of 6 right, 0%\n"), "{text}");
}

/// The shipped questions.
fn shipped(desk: &Arc<Desk>) -> Vec<Value> {
    let text = desk.lab(["quiz", "--export", "json"]).run().succeeds().text();
    let bank: Value = serde_json::from_str(&text).expect("JSON");
    bank["questions"].as_array().expect("questions").clone()
}

/// A text in one line, however it is wrapped.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The label of an option as it was shown: it begins a row, and what is indented belongs to the row before it.
fn label(shown: &str, option: &str) -> String {
    let mut options: Vec<(String, String)> = Vec::new();
    for row in shown.lines() {
        match row.split_once(' ') {
            Some((label @ ("1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"), text)) => {
                options.push((label.into(), text.into()));
            }
            Some(("", text)) => options.last_mut().map_or((), |(_, all)| *all += text),
            _ => {}
        }
    }
    let found = options.into_iter().find(|(_, text)| in_one_line(text) == in_one_line(option));
    found.unwrap_or_else(|| panic!("{option} is no option in\n{shown}")).0
}

/// A wrong answer to the question that was shown, and whether it is one that has a reason of its own.
fn wrong_answer(questions: &[Value], shown: &str) -> (String, bool) {
    let (whole, ask) =
        (in_one_line(shown), |question: &Value| in_one_line(question["ask"].as_str().expect("a text")));
    let asked = questions.iter().filter(|question| whole.contains(&ask(question)));
    let question =
        asked.max_by_key(|question| ask(question).len()).unwrap_or_else(|| panic!("unknown: {shown}"));
    let options = question["options"].as_array().map_or(&[][..], |options| options);
    // The longest reason takes the most room.
    let wrong = options.iter().filter(|option| option["right"] == false);
    let longest = wrong.max_by_key(|option| option["why"].as_str().map_or(0, str::len));
    let text = |option: &Value| option["text"].as_str().expect("a text").to_owned();
    match (question["kind"].as_str(), longest) {
        (Some("order"), _) => {
            let lines = question["order"].as_array().expect("lines").len();
            ((1..=lines).rev().map(|line| line.to_string()).collect::<Vec<_>>().join(" "), false)
        }
        (Some("bug"), Some(option)) => (option["line"].to_string(), true),
        (Some("number"), Some(option)) => {
            (text(option).rsplit(' ').next().expect("a word").trim_matches('"').to_owned(), true)
        }
        (Some("predict" | "theory" | "several"), Some(option)) => (label(shown, &text(option)), true),
        // Several, and all are true.
        _ => ("1".into(), false),
    }
}

#[test]
fn after_every_answer_the_verdict_and_its_reason_are_on_a_screen_of_24_rows() {
    let desk = Desk::new();
    let questions = shipped(&desk);
    let of = questions.len();
    assert!(of > 100, "{of} questions");
    let mut live = desk.lab(["quiz", "--all", "--seed", "5"]).on_terminal(24, 80);
    let mut whole = 0;
    for number in 1..=of {
        let shown = live.wait_for(&format!("[{number}/{of}]"));
        let (answer, has_reason) = wrong_answer(&questions, &shown);
        live.send(&format!("{answer}\n"));
        live.wait_for(&format!("[{number}/{of}] Enter"));
        live.wait_for(" > ");
        let rows = live.rows(24, 80);
        let what = || format!("question {number}, answered {answer:?}:\n{}", rows.join("\n"));
        let last = |label: &str| rows.iter().rposition(|row| row.starts_with(label));
        let asked = rows
            .iter()
            .position(|row| row.starts_with(&format!("[{number}/{of}]")) && !row.contains("Enter"));
        let verdict = last("NOT THIS TIME").max(last("RIGHT")).max(last("SKIPPED"));
        let order = [asked, verdict, last("ANSWER"), last("WHY"), rows.len().checked_sub(1)];
        let order: Vec<usize> = order.into_iter().skip(usize::from(asked.is_none())).flatten().collect();
        assert!(verdict.is_some() && order.len() == 4 + usize::from(asked.is_some()), "{}", what());
        assert!(order.is_sorted() && rows[rows.len() - 1].starts_with('['), "{}", what());
        if has_reason {
            let own = last("NOT  ");
            assert!(own > last("ANSWER") && own < last("WHY"), "{}", what());
        }
        whole += usize::from(rows.iter().any(|row| row.starts_with(&format!("Question {number} of"))));
        live.send("\n");
    }
    // The calls make room for the question, as far as they can.
    assert!(whole * 10 >= of * 9, "{whole} of {of} questions are still whole beside their verdict");
    live.wait_for("SCORE");
    live.wait_end().succeeds().both();
}

#[test]
fn calls_that_do_not_fit_are_shown_by_a_key_and_reasons_of_others_by_another() {
    let desk = Desk::new();
    let mut narrow = small(&desk).on_terminal(24, 40);
    for line in ["4096", "", "2", "", "1", "", "3"] {
        narrow.wait_for(" > ");
        narrow.send(&format!("{line}\n"));
    }
    narrow.wait_for("let us ask the kernel (d shows");
    let short = narrow.wait_for("[4/6] Enter next · d · q > ");
    assert!(short.contains("4  main: shmdt(") && !short.contains("1  main:"), "{short}");
    narrow.send("d\n");
    let all = narrow.wait_for("[4/6] Enter next · d · q > ");
    assert!((1..=5).all(|line| all.contains(&format!("          {line}  main:"))), "{all}");
    narrow.send("q\n").wait_for("STOPPED   after 4 of 6 questions");
    narrow.mode_is_restored();
    narrow.wait_end().succeeds().text();
    // Nothing in plain mode is held back; a pause there is all the same.
    let mut live = small(&desk).arg("--plain").on_terminal(24, 80);
    live.wait_for(" > ");
    live.send("4096\n").wait_for("[1/6] Enter next · q stop > ");
    live.send("\n").wait_for(" > ");
    live.send("2\n");
    let told = live.wait_for("[2/6] Enter next · q stop > ");
    assert!(
        told.contains("\nNOT: 1: ") && told.contains("\nNOT: 3: ") && told.contains("KERNEL: "),
        "{told}"
    );
    live.send("\n");
    live.hang_up();
    live.wait_end().dies_of(Signal::SIGHUP).both();
}

#[test]
fn a_pause_obeys_the_terminals_own_keys() {
    let desk = Desk::new();
    let at_pause = || {
        let mut live = small(&desk).on_terminal(24, 80);
        live.wait_for(" > ");
        live.send("4096\n").wait_for("[1/6] Enter next · q stop > ");
        live
    };
    let stopped = "STOPPED   after 1 of 6 questions: what was answered is kept";
    let mut live = at_pause();
    live.send("\u{4}").wait_for(stopped);
    live.mode_is_restored();
    live.wait_end().succeeds().text();
    let mut live = at_pause();
    live.send("\u{3}").wait_for(stopped);
    live.mode_is_restored();
    live.wait_end().dies_of(Signal::SIGINT).text();
    let mut live = at_pause();
    live.send(&format!("{}\n", "z".repeat(300))).wait_for("…` is not a key here: Enter goes on, q");
    live.send("\u{1}\u{2}\n").wait_for("`\\001\\002` is not a key here");
    live.send("\n").wait_for("[2/6]");
    live.send("q\n");
    live.wait_end().succeeds().text();
    // Ctrl-Z, under a shell with job control: it says when the quiz has stopped, and lets it go on.
    let lab = small(&desk).script("set -m; \"$@\"; echo THE SHELL; fg >/dev/null");
    let mut live = lab.on_terminal(24, 80);
    live.wait_for(" > ");
    live.send("4096\n").wait_for("[1/6] Enter next · q stop > ");
    live.send("\u{1a}").wait_for("THE SHELL");
    live.mode_is_restored();
    live.send("\n").wait_for("[2/6]");
    live.send("q\n");
    live.wait_end().succeeds().text();
    let mut live = at_pause();
    live.hang_up();
    live.wait_end().dies_of(Signal::SIGHUP).both();
}

#[test]
fn an_exam_is_reviewed_a_question_a_page_and_its_end_is_kept_before() {
    let desk = Desk::new();
    let exam = || {
        let mut live = small(&desk).arg("--exam").on_terminal(24, 80);
        for line in THREE_MISSED.lines() {
            live.wait_for(" > ");
            live.send(&format!("{line}\n"));
        }
        live.wait_for("[missed 1/3] Enter next · q end > ");
        live
    };
    let mut live = exam();
    let rows = live.rows(24, 80);
    assert!(rows.iter().any(|row| row.starts_with("Question 1 of 6")), "{rows:?}");
    live.send("\n").wait_for("Question 2 of 6");
    let page = live.wait_for("[missed 2/3] Enter next · m the other options · q end > ");
    assert!(page.contains("NOT THIS TIME  3: it works") && !page.contains("NOT       1:"), "{page}");
    live.send("m\n").wait_for("NOT       1: it would be right");
    live.wait_for(" > ");
    live.send("\n").wait_for("[missed 3/3] Enter end > ");
    live.send("\n").wait_for("SCORE     3 of 6 right, 50%");
    live.wait_end().succeeds().text();
    let mut live = exam();
    live.send("q\n");
    assert!(!live.wait_for("SCORE     3 of 6 right, 50%").contains("[missed 2/3]"));
    live.wait_end().succeeds().text();
    // The quiz is over, whatever interrupts its review.
    let mut live = exam();
    live.send("\u{3}");
    let text = live.wait_end().dies_of(Signal::SIGINT).text();
    assert!(!text.contains("STOPPED"), "{text}");
    desk.lab(["quiz", "--resume"]).run().fails(2).both();
    let text = desk.lab(["quiz", "--review", "--plain"]).run().succeeds().text();
    assert!(text.starts_with("REVIEW: the last quiz: 3 of 6 right, 50%; 3 missed\n"), "{text}");
}

#[test]
fn what_was_missed_last_is_shown_again() {
    let desk = Desk::new();
    desk.lab(["quiz", "--review"])
        .run()
        .fails(2)
        .says("lab: no quiz was finished yet: leave out `--review`\n");
    small(&desk).stdin(THREE_MISSED).run().succeeds().text();
    // One that was broken off since then changes nothing.
    small(&desk).stdin("4096\n").run().succeeds().text();
    let text = desk.lab(["quiz", "--review", "--report", "again.md"]).run().succeeds().text();
    transcript::matches("quiz-review", &Mask::of(&desk).text(&text));
    assert!(read(&desk, "again.md").contains("\n- **SCORE** 3 of 6 right, 50%\n"));
    let text = desk.lab(["quiz", "--review", "--json"]).run().succeeds().text();
    let ids: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter(|event| event["event"] == "answer")
        .map(|event| event["id"].clone())
        .collect();
    assert_eq!(ids, ["mapped", "removed", "theory"]);
    let mut live = desk.lab(["quiz", "--review"]).on_terminal(24, 80);
    live.wait_for("[missed 1/3] Enter next · q end > ");
    live.send("q\n");
    live.mode_is_restored();
    live.wait_end().succeeds().text();
    // A question that is gone is named, and the others are shown.
    let bank = fs::read_to_string(desk.work().join("small.toml")).expect("the bank");
    desk.file("small.toml", bank.replace("id      = \"removed\"", "id      = \"renamed\""));
    let text = desk.lab(["quiz", "--review", "--plain"]).run().succeeds().text();
    let path = desk.work().join("small.toml").display().to_string();
    let gone = format!("WARNING: the question `{path}#removed` is no longer there\n");
    assert!(text.contains(&gone) && text.matches("MISSED: ").count() == 2, "{text}");
    small(&desk).stdin(RIGHT).run().succeeds().text();
    let none = "REVIEW: the last quiz: 6 of 6 right, 100%; nothing was missed\n\n";
    desk.lab(["quiz", "--review", "--plain"]).run().succeeds().prints(none);
}

#[test]
fn a_report_has_the_whole_quiz() {
    for desk in Desk::of_everybody() {
        let lab = small(&desk).arg("--report").arg("quiz.md").stdin(THREE_MISSED);
        let text = lab.run().succeeds().text();
        assert!(
            text.ends_with("SCORE     3 of 6 right, 50%\nHINTS     0\nREPORT    written to quiz.md\n"),
            "{text}"
        );
        transcript::matches("quiz-report", &read(&desk, "quiz.md"));
        let mode = |name: &str| {
            let about = fs::metadata(desk.work().join(name)).expect("a report");
            about.permissions().mode() & 0o7777
        };
        let names = || super::common::desk::names_in(&desk.work());
        for (umask, wanted) in [("022", 0o644), ("077", 0o600), ("000", 0o644)] {
            let name = format!("umask-{umask}.md");
            let lab = with(small(&desk), &["--exam", "--report", &name]).stdin(RIGHT);
            lab.script(&format!("umask {umask}; exec \"$@\"")).run().succeeds().text();
            assert_eq!(mode(&name), wanted, "{umask}");
        }
        assert_eq!(names(), ["quiz.md", "small.toml", "umask-000.md", "umask-022.md", "umask-077.md"]);
    }
}

#[test]
fn a_report_is_written_where_a_quiz_is_stopped() {
    let desk = Desk::new();
    let lab = with(small(&desk), &["--plain", "--report", "stopped.md"]);
    let text = lab.stdin("4096\n3\n").run().succeeds().text();
    assert!(text.ends_with("`lab quiz --resume` goes on\nREPORT: written to stopped.md\n"), "{text}");
    let report = read(&desk, "stopped.md");
    assert!(
        report.contains("\n- **ENDED** stopped after 2 of 6 questions\n")
            && report.contains("\n- **SCORE** 1 of 2 right, 50%\n"),
        "{report}"
    );
    assert_eq!(report.matches("\n## ").count(), 2, "{report}");
    for (name, ends) in [("int.md", Signal::SIGINT), ("hup.md", Signal::SIGHUP)] {
        let mut live = with(small(&desk), &["--report", name]).on_terminal(24, 80);
        live.wait_for(" > ");
        live.send("4096\n").wait_for("[1/6] Enter next");
        if ends == Signal::SIGINT {
            live.send("\u{3}");
        } else {
            live.hang_up();
        }
        live.wait_end().dies_of(ends).both();
        assert!(read(&desk, name).contains("\n- **ENDED** interrupted after 1 of 6 questions\n"), "{name}");
    }
    // Taken up again, the new report has what was answered before.
    let lab = desk.lab(["quiz", "--resume", "--report", "rest.md"]);
    lab.stdin("2\n2 3\n4\n1342\n1\n").run().succeeds().text();
    let report = read(&desk, "rest.md");
    assert!(report.contains("\n- **SCORE** 6 of 6 right, 100%\n") && report.matches("\n## ").count() == 6);
}

#[test]
fn a_report_never_replaces_anything() {
    let desk = Desk::new();
    desk.file("there.md", "mine");
    desk.shell("ln -s nowhere link.md; mkdir folder.md");
    let says = |name: &str, words: &str| {
        let lab = with(small(&desk), &["--report", name]).stdin(RIGHT);
        lab.run().fails(2).says(&format!("lab: {words}\n"));
    };
    for name in ["there.md", "link.md", "folder.md"] {
        says(
            name,
            &format!(
                "`{name}` is there already, and a report never replaces a file: name another one, or remove this one"
            ),
        );
    }
    for name in ["report.txt", "report", ".md", "report.MD", "report.html.gz", "report.xml"] {
        says(
            name,
            &format!(
                "`{name}` can't be the report: its name says what it is, and ends in .html, .md or .json, such as report.html"
            ),
        );
    }
    says(
        "no/report.md",
        "`no/report.md` can't be written: there is no folder `no`; make it with `mkdir -p no`, or name another place",
    );
    says(
        "there.md/report.md",
        "`there.md/report.md` can't be written: `there.md` is not a folder; name another place",
    );
    assert_eq!(fs::read_to_string(desk.work().join("there.md")).expect("the file"), "mine");
    // What comes to be there while the quiz is taken stays too, and the quiz is kept.
    let mut live = with(small(&desk), &["--report", "late.md"]).start();
    live.wait_for("[1/6]");
    desk.file("late.md", "late");
    live.send(RIGHT);
    let (out, said) = live.wait_end().fails(1).both();
    assert!(out.ends_with("SCORE     6 of 6 right, 100%\nHINTS     0\n"), "{out}");
    assert_eq!(said, "lab: can't write the report: `late.md`: EEXIST, it exists already\n");
    assert_eq!(fs::read_to_string(desk.work().join("late.md")).expect("the file"), "late");
    desk.lab(["quiz", "--review", "--report", "early.md"]).run().succeeds().text();
    assert!(read(&desk, "early.md").contains("6 of 6 right"));
}

/// A bank that would like to be more than text.
const MARKDOWN: &str = r#####"topic = "markdown"
title = "Markdown"

[[question]]
id = "markdown"
kind = "bug"
level = 1
lesson = "sheet 1"
ask = "# <script>alert(1)</script> [x](http://example.org) ![y](z) *a* _b_ `c` | d | ~~e~~ $f$ &lt; www.example.org"
why = "1. IPC_CREAT\n\n# heading\n- [ ] item"
listing = '''
```
int id = shmget(1, 4096, 0);
````
# no heading
'''
prove = ["2 main: id = shmget(1, 4096, 0)"]

[[question]]
id = "options"
kind = "theory"
level = 2
lesson = "sheet 1"
ask = "+ one"
source = "- [shmget](2)"
order_matters = true
options = [
  { say = "- two", right = true, why = "> three" },
  { say = "=== `four`", why = "5) <b>six</b>" },
]
"#####;

#[test]
fn a_report_has_text_where_a_bank_has_markdown() {
    let desk = Desk::new();
    desk.file("bank.toml", MARKDOWN);
    let lab = desk.lab(["quiz", "--bank", "bank.toml", "--report", "quiz.md", "--seed", "1"]);
    lab.stdin("1\n2\n").run().succeeds().text();
    transcript::matches("quiz-report-markdown", &read(&desk, "quiz.md"));
}
