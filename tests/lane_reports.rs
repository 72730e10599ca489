//! What a trace, every order of two programs and a checked task hand in: all that the screen says, the processes as lanes,
//! and nothing that a program can turn into more than text.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::common::desk::names_in;
use super::common::mask::unwrapped;
use super::common::{Desk, Lab};
use super::programs;
use super::reports::{browser, draw, lines, read};

/// Names of a program, of its source, and words for it, that would like to be more than text.
const PROGRAM: &str = "<img src=x onerror=alert(1)>";
const SOURCE: &str = "<svg onload=alert(2)>\u{202e}.c";
const WORD: &str = "</svg><script>alert(3)</script>";

fn trace(desk: &Arc<Desk>, args: &[&str]) -> Lab {
    args.iter().fold(desk.lab(["trace"]), |lab, arg| lab.arg(arg))
}

fn binary(name: &str) -> String {
    programs::named(name).binary.display().to_string()
}

/// A program of C, compiled in the desk's folder under this name.
fn compile(desk: &Desk, source: &str, name: &str, code: &str) {
    desk.file(source, code);
    let mut cc = Command::new("cc");
    cc.current_dir(desk.work()).args(["-g", "-o"]).arg(format!("./{name}")).arg(format!("./{source}"));
    let built = cc.output().expect("cc");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let program = desk.work().join(name);
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).expect("a mode");
}

fn json(desk: &Desk, name: &str) -> Value {
    serde_json::from_str(&read(desk, name)).expect("JSON")
}

fn of_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The texts of a page's pictures.
fn drawn(page: &str) -> Vec<String> {
    let texts =
        page.split("<text ").skip(1).filter_map(|part| part.split_once('>')?.1.split("</text>").next());
    texts.map(str::to_owned).collect()
}

/// Of each program, its segment's bar: how often a process has it attached, and whether a part of it is marked.
const BARS: [(&str, usize, bool); 3] = [
    ("mistakes/from-shmget-to-crash", 0, false),
    ("mistakes/removed-too-early", 1, true),
    ("correct/server-and-client", 3, false),
];

#[test]
fn a_trace_hands_in_all_that_its_screen_says() {
    for (name, strips, marked) in BARS {
        for desk in Desk::of_everybody() {
            let program = binary(name);
            desk.file("key-file", "");
            let args = ["-o", "trace.txt", "--report", "page.html", "--sandbox", "--", &program];
            // A shell stands between, for one of them dies.
            let run = trace(&desk, &args).script("exec 2>/dev/null; \"$@\"; true").run();
            drop(run.succeeds().both());
            let (page, text) = (read(&desk, "page.html"), unwrapped(&read(&desk, "trace.txt")));
            assert!(text.contains("REPORT written to page.html"), "{text}");
            let Some(lines) = lines(&page) else { return };
            let all = lines.join(" ");
            let labels = [
                "VERDICT", "FOUND", "SO", "MEANS", "SOURCE", "READ", "SEGMENT", "LEFT", "ENDED", "SUMMARY",
                "CALL",
            ];
            let mut said = 0;
            for line in text.lines() {
                let Some((label, value)) = line.split_once(' ').filter(|(label, _)| labels.contains(label))
                else {
                    continue;
                };
                let folded = all.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(folded.contains(value), "{label} {value} is not in {lines:#?}");
                said += 1;
            }
            assert!(said > 12, "{name}: {text}");
            // Each finding stands in the picture as well, and each process is a lane.
            let drawn = drawn(&page);
            for found in text.lines().filter_map(|line| line.strip_prefix("FOUND ")) {
                let words: Vec<&str> = found.split(' ').collect();
                let at = words.iter().position(|word| word.ends_with(':')).expect("a level");
                let short = words[..=at + 1].join(" ");
                assert!(drawn.contains(&short), "{short} in {drawn:?}");
            }
            assert!(drawn.iter().any(|text| text.starts_with("A ")), "{drawn:?}");
            let segment = text.lines().any(|line| line.starts_with("SEGMENT "));
            assert_eq!(drawn.iter().any(|text| text == "segment"), segment, "{drawn:?}");
            let count = |class: &str| page.matches(&format!("class=\"{class}\"")).count();
            assert_eq!((count("strip"), count("side gone") > 0), (strips, marked), "{page}");
            assert_eq!(page.contains("<title>segment 0, 1024 B: destroyed</title>"), segment, "{page}");
        }
    }
}

#[test]
fn a_hostile_program_stays_text_in_every_format() {
    let desk = Desk::new();
    let code = format!(
        "#include <stdio.h>\n#include <sys/shm.h>\nint main(void) {{ puts(\"<script>alert(4)</script>\");\nint id = shmget(ftok(\"{WORD}\", 'x'), 100, IPC_CREAT | 0666); /* {WORD} */\nreturn shmat(id, 0, 0) == (void *)-1; }}\n"
    );
    compile(&desk, SOURCE, PROGRAM, &code);
    let program = format!("./{PROGRAM}");
    for (file, more) in [("page.html", &[][..]), ("page.md", &["--findings"]), ("page.json", &["--json"])] {
        let args = [&["--sandbox", "--report", file], more, &["--", &program, WORD, "\u{1b}[31m"]].concat();
        let (out, _) = trace(&desk, &args).run().succeeds().both();
        assert_eq!(out, "<script>alert(4)</script>\n", "the program's output is its own");
        let report = read(&desk, file);
        assert!(
            !report.contains("alert(4)") && !report.contains('\u{1b}') && !report.contains('\u{202e}'),
            "{report}"
        );
    }
    let page = read(&desk, "page.html");
    for tag in ["<script", "<img", "<svg onload", "</svg><"] {
        let own = if tag == "</svg><" { 0 } else { page.matches(tag).count() };
        assert_eq!(own, 0, "{tag} in {page}");
    }
    if let Some(lines) = lines(&page) {
        for (what, words) in
            [("argument", WORD), ("program", PROGRAM), ("source", "<svg onload=alert(2)>\\342\\200\\256.c:4")]
        {
            assert!(lines.iter().any(|line| line.contains(words)), "the {what} in {lines:#?}");
        }
        let title = format!("lab trace: ./{PROGRAM} {WORD} \\033[31m");
        assert_eq!(lines[0], title);
    }
    let mut fence = false;
    for line in read(&desk, "page.md").lines() {
        fence ^= line.trim_start().starts_with("```");
        let escaped = line.split('<').rev().skip(1).all(|before| before.ends_with('\\'));
        assert!(fence || escaped, "Markdown would read {line:?}");
    }
    let document = json(&desk, "page.json");
    assert_eq!(document["events"][0]["program"], format!("./{PROGRAM} {WORD} \\033[31m"));
}

#[test]
fn a_trace_in_json_holds_the_events_of_json() {
    let desk = Desk::new();
    let program = binary("mistakes/used-after-removal");
    let (_, error) = trace(&desk, &["--json", "--sandbox", "--report", "page.json", "--", &program])
        .run()
        .exits_with(&[0, 1])
        .both();
    let lines: Vec<&str> = error.lines().filter(|line| line.starts_with('{')).collect();
    assert_eq!(json(&desk, "page.json")["events"], Value::from(of_lines(&lines.join("\n"))));
    assert!(!error.contains("REPORT"), "{error}");
}

/// A thousand segments, one after the other.
const LIVES: &str = "#include <sys/shm.h>\nint main(void) {\nfor (int i = 0; i < 1000; i++) {\nint id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);\nshmdt(shmat(id, 0, 0));\nshmctl(id, IPC_RMID, 0); }\nreturn 0; }\n";

#[test]
fn a_trace_of_many_calls_has_a_report_of_bounded_size_that_says_so() {
    let desk = Desk::new();
    compile(&desk, "lives.c", "lives", LIVES);
    for file in ["page.html", "page.json"] {
        drop(trace(&desk, &["--findings", "--report", file, "--", "./lives"]).run().succeeds().both());
    }
    let page = read(&desk, "page.html");
    assert!(page.len() < 60_000, "{} bytes", page.len());
    if let Some(lines) = lines(&page) {
        for words in [
            "3800 more calls like earlier ones were counted and not kept, so none of them is drawn.",
            "the same 4 steps 49 more times",
        ] {
            assert!(lines.iter().any(|line| line == words), "{words} in {lines:#?}");
        }
    }
    let document = json(&desk, "page.json");
    let left: Vec<&Value> = document["events"]
        .as_array()
        .expect("events")
        .iter()
        .filter(|event| event["event"] == "left_out")
        .collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["calls"], 3800);
}

#[test]
fn a_trace_that_is_cut_short_is_handed_in() {
    let desk = Desk::new();
    let program = binary("hard/runs-for-ever");
    let late = trace(&desk, &["--findings", "--timeout", "0.5", "--report", "late.md", "--", &program]).run();
    drop(late.exits(124).both());
    let report = read(&desk, "late.md");
    assert!(report.contains("- **ENDED** the time was up; lab has killed the program\n"), "{report}");
    assert!(report.contains("- **TIMEOUT** hard-runs-for-ever "), "{report}");
    let mut live = trace(&desk, &["--findings", "--report", "int.md", "--", &program]).start();
    live.wait_for("waiting");
    live.signal(Signal::SIGINT);
    drop(live.wait_end().dies_of(Signal::SIGINT).both());
    let report = read(&desk, "int.md");
    assert!(report.contains("- **ENDED** hard-runs-for-ever was killed by SIGINT\n"), "{report}");
}

#[test]
fn what_can_not_be_a_report_is_said_before_anything_runs() {
    let desk = Desk::new();
    let touches = "#!/bin/sh\ntouch ran\n";
    desk.file("program", touches);
    desk.file("there.html", "mine");
    fs::set_permissions(desk.work().join("program"), fs::Permissions::from_mode(0o755)).expect("a mode");
    for command in [&["trace"][..], &["orders"], &["task", "check", "read-it", "."]] {
        let with = |file: &str| {
            let (first, rest) = command.split_first().expect("a command");
            let lab =
                rest.iter().fold(desk.lab([*first]), |lab, word| lab.arg(word)).arg("--report").arg(file);
            if *first == "task" { lab } else { lab.arg("./program") }
        };
        with("there.html").run().fails(2).says(
            "lab: `there.html` is there already, and a report never replaces a file: name another one, or remove this one\n",
        );
        with("page.txt").run().fails(2).says(
            "lab: `page.txt` can't be the report: its name says what it is, and ends in .html, .md or .json, such as report.html\n",
        );
    }
    trace(&desk, &["-o", "./page.html", "--report", "page.html", "./program"]).run().fails(2).says(
        "lab: `page.html` can't be both: `-o` writes the trace and `--report` the report, so name two files\n",
    );
    desk.lab(["task", "check", "read-it", ".", "--watch", "--report", "page.html"]).run().fails(2).error();
    assert_eq!(names_in(&desk.work()), ["program", "there.html"]);
}

#[test]
fn a_program_that_takes_the_reports_name_keeps_it_and_its_status() {
    let desk = Desk::new();
    desk.file("takes", "#!/bin/sh\necho mine > page.html\nexit 7\n");
    fs::set_permissions(desk.work().join("takes"), fs::Permissions::from_mode(0o755)).expect("a mode");
    let (_, error) = trace(&desk, &["--findings", "--report", "page.html", "./takes"]).run().exits(7).both();
    assert!(
        error.ends_with(
            "lab: the report is lost: can't write the report: `page.html`: EEXIST, it exists already\n"
        ),
        "{error}"
    );
    assert_eq!(read(&desk, "page.html"), "mine\n");
}

/// The sheet's two programs in a desk's folder.
fn pair(desk: &Desk) {
    for (name, short) in [("pairs/as-written/writer", "writer"), ("pairs/as-written/reader", "reader")] {
        fs::copy(&programs::named(name).binary, desk.work().join(short)).expect("a copy");
    }
}

#[test]
fn every_end_of_two_programs_is_handed_in_with_its_order() {
    let desk = Desk::new();
    pair(&desk);
    let out =
        desk.lab(["orders", "--json", "--report", "page.json", "./writer", "./reader"]).run().fails(1).text();
    let (events, document) = (of_lines(&out), json(&desk, "page.json"));
    assert_eq!(document["events"], Value::from(events.clone()));
    let text = desk
        .lab(["orders", "--plain", "--report", "page.html", "./writer", "./reader"])
        .run()
        .fails(1)
        .text();
    assert!(text.ends_with("REPORT: written to page.html\n"), "{text}");
    let page = read(&desk, "page.html");
    let Some(lines) = lines(&page) else { return };
    let ends: Vec<&Value> = events.iter().filter(|event| event["orders"] == "end").collect();
    assert!(ends.len() > 2);
    for (place, end) in ends.iter().enumerate() {
        let count = end["count"].as_str().expect("a count");
        let heading = format!("End {}: {count} of ", place + 1);
        assert!(lines.iter().any(|line| line.starts_with(&heading)), "{heading} in {lines:#?}");
        let picture = format!("Order {}", end["number"]);
        assert!(lines.contains(&picture), "{picture}");
        for finding in end["findings"].as_array().expect("findings") {
            let name = finding["name"].as_str().expect("a name");
            assert!(drawn(&page).iter().any(|text| text.ends_with(&format!(": {name}"))), "{name}");
        }
    }
    let result = text.lines().find_map(|line| line.strip_prefix("RESULT: ")).expect("a result");
    assert!(lines.iter().any(|line| line == result), "{result}");
    let drawn = drawn(&page);
    for words in ["A writer", "B reader", "shmget made 0", "nothing was written yet", "segment"] {
        assert!(drawn.iter().any(|text| text == words), "{words} in {drawn:?}");
    }
    // One order and runs at full speed are handed in as well.
    desk.lab(["orders", "--replay", "1", "--report", "one.md", "./writer", "./reader"])
        .run()
        .succeeds()
        .text();
    assert!(read(&desk, "one.md").contains("\n## Order 1\n"));
    drop(
        desk.lab(["orders", "--stress", "2", "--report", "runs.md", "./writer", "./reader"])
            .run()
            .exits_with(&[0, 1])
            .text(),
    );
    assert!(read(&desk, "runs.md").contains("- **RESULT** 2 runs at full speed ended"));
    drop(
        desk.lab(["orders", "--replay", "9999", "--report", "no.md", "./writer", "./reader"])
            .run()
            .fails(2)
            .both(),
    );
    assert!(!desk.work().join("no.md").exists());
}

#[test]
fn a_checked_task_is_something_to_hand_in() {
    let desk = Desk::new();
    desk.lab(["task", "start", "read-it", "mine"]).run().succeeds().text();
    let bad = "// </code></pre><script>alert(5)</script>\u{1b}[31m\n";
    desk.file("mine/<script>.h", bad);
    desk.file("mine/notes.bin", b"\0\xff");
    let check = |args: &[&str], file: &str| {
        let lab = desk.lab(["task", "check", "read-it", "mine", "--report", file]);
        args.iter().fold(lab, |lab, arg| lab.arg(arg)).run().fails(1).text()
    };
    let text = check(&["--plain"], "page.html");
    let out = check(&["--json"], "page.json");
    // Messages differ from play to play; what is checked does not.
    let (events, document) = (of_lines(&out), json(&desk, "page.json"));
    assert_eq!(document["events"], Value::from(events.clone()));
    let points: u64 = events.iter().map(|check| check["points"].as_u64().expect("points")).sum();
    let passed = events.iter().filter(|check| check["passed"] == true);
    let got: u64 = passed.map(|check| check["points"].as_u64().expect("points")).sum();
    let page = read(&desk, "page.html");
    assert!(!page.contains("<script") && !page.contains('\u{1b}'), "{page}");
    let Some(lines) = lines(&page) else { return };
    for words in [
        format!("{got} of {points} points"),
        "read-it, Complete the client".into(),
        format!("lab {}", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(lines.contains(&words), "{words} in {lines:#?}");
    }
    for check in &events {
        let (say, word) =
            (check["say"].as_str().expect("words"), if check["passed"] == true { "PASS" } else { "FAIL" });
        let at = lines.iter().position(|line| line == say).expect("the check");
        assert_eq!(lines[at + 1], word, "{say}");
        for place in
            check["found"].as_array().expect("found").iter().filter_map(|found| found["place"].as_object())
        {
            let start = format!("{}:{}", place["file"].as_str().expect("a file"), place["line"]);
            assert!(lines.iter().any(|line| line.starts_with(&start)), "{start}");
        }
    }
    for words in ["<script>.h", "// </code></pre><script>alert(5)</script>\\033[31m", "client.c"] {
        assert!(lines.iter().any(|line| line == words), "{words} in {lines:#?}");
    }
    assert!(lines.iter().any(|line| line == "notes.bin, 2 bytes, is not shown"), "{lines:#?}");
    assert!(text.ends_with("REPORT: written to page.html\n"), "{text}");
}

#[test]
fn a_browser_draws_lanes_and_prints_them() {
    let Some(browser) = browser() else { return };
    let desk = Desk::new();
    let program = binary("correct/server-and-client");
    desk.file("key-file", "");
    drop(
        trace(&desk, &["--sandbox", "--findings", "--report", "page.html", "--", &program])
            .run()
            .exits_with(&[0, 1])
            .both(),
    );
    let page = desk.work().join("page.html");
    let small = draw(&browser, &desk, "trace-narrow.png", &["--window-size=400,1600"], &page);
    let large = draw(&browser, &desk, "trace.png", &["--window-size=1100,1600"], &page);
    assert!(small > 20_000 && large > 40_000, "{small} and {large} bytes");
    let printed = draw(&browser, &desk, "trace.pdf", &["--no-pdf-header-footer"], &page);
    assert!(printed > 20_000, "{printed} bytes");
    assert!(Path::new(&page).exists());
}
