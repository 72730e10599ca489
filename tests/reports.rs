//! What is handed in: a report says what the terminal says, as HTML that a parser of another maker reads, as Markdown, and
//! as JSON with the events of `--json`. Text from outside stays text, nothing is replaced, and what ends a run early is in
//! its report.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::common::desk::names_in;
use super::common::{Desk, Lab, lab, root, skip};

/// A message that would like to be more.
const HOSTILE: &str = "<script>alert(1)</script>&\"' \u{1b}[31m**x**";
/// The same as lab spells it.
const SPELLED: &str = "<script>alert(1)</script>&\"' \\033[31m**x**";

/// What Python's parser makes of a page; none, with a reason, where there is no Python.
fn parsed(page: &str) -> Option<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/page.py");
    let mut python = Command::new("python3");
    python.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("PYTHONUTF8", "1");
    let started = python.arg("-I").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = started else {
        skip("there is no python3, whose parser reads the pages");
        return None;
    };
    child.stdin.take().expect("a pipe").write_all(page.as_bytes()).expect("a parser that reads");
    let end = child.wait_with_output().expect("an end");
    assert!(end.status.success(), "the parser failed");
    Some(serde_json::from_slice(&end.stdout).expect("JSON"))
}

/// The lines of a page, if nothing is wrong with it.
#[track_caller]
pub fn lines(page: &str) -> Option<Vec<String>> {
    let read = parsed(page)?;
    assert_eq!(read["wrong"], serde_json::json!([]), "{page}");
    let texts = read["text"].as_array().expect("texts").iter();
    let text = |block: &Value| block[1].as_str().expect("a text").to_owned();
    Some(
        texts
            .flat_map(|block| text(block).lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>())
            .collect(),
    )
}

pub fn read(desk: &Desk, name: &str) -> String {
    fs::read_to_string(desk.work().join(name)).expect("a report")
}

fn with(lab: Lab, args: &[&str]) -> Lab {
    args.iter().fold(lab, |lab, arg| lab.arg(arg))
}

fn small(desk: &Arc<Desk>) -> Lab {
    let bank = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quiz/small.toml");
    desk.file("small.toml", fs::read_to_string(bank).expect("a bank"));
    desk.lab(["quiz", "--bank", "small.toml", "--seed", "2"])
}

/// The values of what a terminal shows in plain mode, in their order, but for what helps only while the run lasts.
fn values(terminal: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut shown = true;
    for line in terminal.lines().filter(|line| !line.is_empty()) {
        if let Some(step) = line.strip_prefix("Step ") {
            let (left, right) = step.split_once(", ").expect("a step and its place");
            values.extend([format!("Step {left}"), right.to_owned()]);
        } else if let Some(more) = line.strip_prefix("  ") {
            values.extend(shown.then(|| more.trim().to_owned()));
        } else {
            let (label, value) = line.split_once(": ").unwrap_or_else(|| panic!("{line:?} has no label"));
            shown = !["TRY", "LOOK IN", "REPORT"].contains(&label);
            values.extend(shown.then(|| value.trim().to_owned()));
        }
    }
    values
}

/// Panics if these are not all among those, in the same order.
#[track_caller]
fn in_order(wanted: &[String], lines: &[String]) {
    let mut rest = lines.iter();
    for (at, value) in wanted.iter().enumerate() {
        let before = &wanted[at.saturating_sub(1)];
        assert!(rest.any(|line| line == value), "{value:?} does not come after {before:?} in {lines:#?}");
    }
}

#[test]
fn a_page_says_what_the_terminal_says() {
    for name in ["sheet", "shmat", "who-may"] {
        for desk in Desk::of_everybody() {
            let run = desk.lab(["step-through", name, "--no-pause", "--plain", "--report", "page.html"]);
            let text = run.run().succeeds().text();
            assert!(text.ends_with("\nREPORT: written to page.html\n"), "{text}");
            let page = read(&desk, "page.html");
            let Some(lines) = lines(&page) else { return };
            let wanted = values(&text);
            assert!(wanted.len() > 90, "{name}: {}", wanted.len());
            in_order(&wanted, &lines);
            for known in ["COMMAND", "DATE", "PROGRAM", "MACHINE", "RUN BY", "ENDED", "IN C", "READ"] {
                assert!(lines.iter().any(|line| line == known), "{known}");
            }
            assert!(
                lines.contains(&format!("lab step-through {name} --no-pause --plain --report page.html"))
            );
            let uid = format!("user {}", desk.owner().unwrap_or_default());
            assert!(lines.iter().any(|line| *line == uid || line.starts_with("root, ")), "{lines:#?}");
            assert!(page.matches("<svg ").count() > 8, "{name}");
            assert_eq!(names_in(&desk.work()), ["page.html"]);
        }
    }
}

#[test]
fn a_hostile_message_stays_text_in_every_format() {
    let desk = Desk::new();
    let play = |args: &[&str]| {
        with(desk.lab(["step-through", "--no-pause", "--message", HOSTILE]), args).run().succeeds().text()
    };
    let text = play(&["--report", "page.html", "--plain"]);
    let page = read(&desk, "page.html");
    assert!(
        !page.contains("<script") && page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;"),
        "{page}"
    );
    if let Some(lines) = lines(&page) {
        in_order(&values(&text), &lines);
        // A picture shows the message, too.
        let shown = lines.iter().filter(|line| line.contains("<script>alert(1)</script>&"));
        assert!(shown.count() > 20, "{lines:#?}");
    }
    play(&["--report", "page.md"]);
    let page = read(&desk, "page.md");
    let mut fence = false;
    for line in page.lines() {
        fence ^= line.trim_start().starts_with("```");
        let text = fence || !line.contains("<script>") && !line.contains("**x**");
        assert!(text, "Markdown would read {line:?}");
    }
    assert!(page.contains("\\<script\\>alert(1)\\</script\\>\\&") && !page.contains('\u{1b}'), "{page}");
    let out = play(&["--report", "page.json", "--json"]);
    let document = read(&desk, "page.json");
    assert!(!document.contains('\u{1b}'));
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let events: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(document["events"], Value::from(events));
    assert_eq!((&document["version"], &document["ended"]), (&1.into(), &"complete".into()));
    assert_eq!(document["program"], format!("lab {}", env!("CARGO_PKG_VERSION")));
    let command = document["command"].as_str().expect("a text");
    assert!(command.contains(&SPELLED.replace('\'', "'\\''")), "{command}");
}

#[test]
fn a_strangers_lesson_stays_text() {
    const BAD: &str = "</title></style><script>alert(1)</script><img src=x onerror=alert(1)> &lt;b&gt; ![y](http://example.org) --> ]]>";
    let lesson = format!(
        r#"
title = "{BAD}"
goal = "{BAD}"
learned = "{BAD}"
[[step]]
who = "server"
call = 'id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600)'
expect = "ok"
theory = "{BAD}"
sheet = "{BAD}"
ask = "{BAD}"
options = [
  {{ say = "{BAD}", is = "ok", why = "{BAD}" }},
  {{ say = "x", is = "EINVAL", why = "{BAD}" }},
]
say = "{BAD}"
more = "{BAD}"
[[step]]
who = "server"
call = 'shmctl(id, IPC_RMID, NULL)'
expect = "ok"
say = "s"
"#
    );
    let desk = Desk::new();
    desk.file("bad.toml", lesson);
    let play = |name: &str, answer: &str| {
        let lab = desk.lab(["step-through", "bad.toml", "--line", "--plain", "--report", name]);
        lab.stdin(format!("{answer}\n\nc\n")).run().succeeds().text()
    };
    for answer in ["1", "2"] {
        let name = format!("page-{answer}.html");
        let text = play(&name, answer);
        assert!(text.contains("YOU SAID: "), "{text}");
        let page = read(&desk, &name);
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("-->"), "{page}");
        let Some(lines) = lines(&page) else { return };
        // Title, heading, lesson, goal, theory, sheet, question, an option, meaning, more, a reason, a cell, the end.
        let shown = lines.iter().filter(|line| line.contains(BAD)).count();
        assert!(shown >= 14, "{shown}: {lines:#?}");
    }
    play("page.md", "1");
    let page = read(&desk, "page.md").replace("\\<", "");
    assert!(!page.contains("<script") && !page.contains("![y]") && !page.contains("http://"), "{page}");
}

#[test]
fn answers_stand_in_the_report_with_their_reasons() {
    let desk = Desk::new();
    let play = |name: &str| {
        let lab = desk.lab(["step-through", "shmget", "--line", "--plain", "--report", name]);
        // The first answer is wrong, the second one right; then it runs through.
        let text = lab.stdin("1\n\n3\n\nc\n").run().succeeds().text();
        assert!(text.contains("YOU SAID: 1: ") && text.contains("YOU SAID: 3: "), "{text}");
        text
    };
    let text = play("page.html");
    let said: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("YOU SAID: ")).collect();
    let tally = text.lines().find_map(|line| line.strip_prefix("PREDICTED: ")).expect("a tally");
    if let Some(lines) = lines(&read(&desk, "page.html")) {
        let wanted: Vec<String> =
            said.iter().map(|line| (*line).to_owned()).chain([tally.to_owned()]).collect();
        in_order(&wanted, &lines);
        in_order(
            &["Predictions", "Step", "Question", "You said", "The run says", "Verdict"].map(String::from),
            &lines,
        );
        let cells = |word: &str| lines.iter().filter(|line| *line == word).count();
        let right: usize = tally.split(' ').next().and_then(|word| word.parse().ok()).expect("a number");
        assert_eq!((cells("right"), cells("right") + cells("not this time")), (right, said.len()));
    }
    play("page.json");
    let document: Value = serde_json::from_str(&read(&desk, "page.json")).expect("JSON");
    let steps =
        document["events"].as_array().expect("events").iter().filter(|event| event["event"] == "step");
    let given: Vec<_> =
        steps.filter_map(|step| Some((step["given"].as_str()?, step["right"].as_bool()?))).collect();
    assert_eq!(given.len(), said.len(), "{given:?}");
    assert!(given.iter().any(|(_, right)| *right) && given.iter().any(|(_, right)| !*right), "{given:?}");
}

#[test]
fn a_demonstration_is_handed_in_as_it_was_shown() {
    let desk = Desk::new();
    let text = desk.lab(["demo", "shmat", "--no-pause", "--plain", "--report", "page.html"]);
    let text = text.run().succeeds().text();
    let Some(lines) = lines(&read(&desk, "page.html")) else { return };
    let headings = values(&text).into_iter().filter(|value| value.starts_with("Step ")).collect::<Vec<_>>();
    assert!(headings.len() > 5, "{text}");
    in_order(&headings, &lines);
    // A room's screen is brief, and the report is not.
    let known = ["SET UP", "TIDY UP", "PREDICT", "RETURNED", "DIED", "ANSWER", "MEANS", "LEARNED", "DONE"];
    let known = |line: &&str| known.iter().any(|label| line.starts_with(&format!("{label}: ")));
    let shown: Vec<_> = text.lines().filter(known).flat_map(values).collect();
    assert!(shown.len() > 20, "{text}");
    in_order(&shown, &lines);
    assert!(lines[0].starts_with("lab demo: "), "{lines:#?}");
}

#[test]
fn a_run_that_ends_early_says_so_in_its_report() {
    let desk = Desk::new();
    for (name, keys, ends) in [
        ("int.md", "\u{3}", "interrupted by SIGINT after 1 of 18 steps"),
        ("quit.md", "q", "stopped after 1 of 18 steps"),
        ("hup.md", "", "interrupted by SIGHUP after 1 of 18 steps"),
    ] {
        let mut live = desk.lab(["step-through", "sheet", "--report", name]).on_terminal(24, 80);
        live.wait_for("quit > ");
        live.send("\r").wait_for("[1/18] Enter next");
        if keys.is_empty() {
            live.hang_up();
            live.wait_end().dies_of(Signal::SIGHUP).both();
        } else {
            live.send(keys);
            let end = live.wait_end();
            let told = if keys == "q" { end.succeeds() } else { end.dies_of(Signal::SIGINT) };
            let (out, _) = told.both();
            assert!(out.contains(&format!("written to {name}")), "{out}");
        }
        let report = read(&desk, name);
        assert!(report.contains(&format!("\n- **ENDED** {ends}\n")), "{report}");
        assert!(report.contains("### Step 1 of 18") && !report.contains("### Step 2 of 18"), "{report}");
        desk.shell("rm -rf $XDG_STATE_HOME/lab/progress.json");
    }
    // A reader that goes away.
    let mut live = desk.lab(["step-through", "sheet", "--line", "--report", "gone.md"]).start();
    live.wait_for("quit > ");
    live.close_output();
    live.send("\n");
    live.wait_end().dies_of(Signal::SIGPIPE).both();
    let ends = "\n- **ENDED** ended after 1 of 18 steps, because lab could not write to standard output\n";
    assert!(read(&desk, "gone.md").contains(ends), "{}", read(&desk, "gone.md"));
    // A claim that does not hold.
    let broken = "title = \"t\"\ngoal = \"g\"\n[[step]]\nwho = \"server\"\ncall = 'id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600)'\nexpect = \"EINVAL\"\nsay = \"s\"\n";
    desk.file("broken.toml", broken);
    let run = desk.lab(["step-through", "broken.toml", "--no-pause", "--report", "broken.md"]).run();
    let (out, _) = run.fails(1).both();
    assert!(out.ends_with("REPORT    written to broken.md\n"), "{out}");
    let report = read(&desk, "broken.md");
    let ends = "\n- **ENDED** ended after 1 of 1 step, because a claim of the lesson did not hold\n";
    assert!(
        report.contains(ends) && report.contains("\n- **BROKEN** the lesson expected EINVAL"),
        "{report}"
    );
}

#[test]
fn an_exam_is_handed_in_as_a_page_and_as_its_events() {
    const ANSWERS: &str = "100\n3\n2 3\n4\n1 3 4 2\n2\n";
    let desk = Desk::new();
    let text = with(small(&desk), &["--exam", "--plain", "--report", "exam.html"]).stdin(ANSWERS);
    let text = text.run().succeeds().text();
    if let Some(lines) = lines(&read(&desk, "exam.html")) {
        let wanted = [
            "SEED",
            "EXAM",
            "SCORE",
            "3 of 6 right, 50%",
            "1. How many bytes are mapped?",
            "KERNEL",
            "NOT THIS TIME",
            "ANSWER",
            "4096",
        ];
        in_order(&wanted.map(String::from), &lines);
        // What is told of what was missed is in it, too.
        let told = text.lines().filter_map(|line| line.strip_prefix("WHY: ")).map(str::to_owned);
        in_order(&told.collect::<Vec<_>>(), &lines);
        assert_eq!(lines.iter().filter(|line| *line == "KERNEL").count(), 5, "{lines:#?}");
    }
    let out = with(small(&desk), &["--json", "--report", "quiz.json"]).stdin(ANSWERS).run().succeeds().text();
    let document: Value = serde_json::from_str(&read(&desk, "quiz.json")).expect("JSON");
    let events = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let events: Vec<Value> = events.filter(|event| event["event"] != "note").collect();
    assert_eq!(document["events"], Value::from(events));
    assert_eq!(document["end"], "complete: 6 of 6 questions");
}

#[test]
fn what_can_not_be_a_report_is_said_before_anything_is_played() {
    let desk = Desk::new();
    desk.file("there.html", "mine");
    desk.shell("ln -s /dev/full full.html; mkdir folder.json");
    let says = |name: &str, words: &str| {
        let commands: [&[&str]; 3] =
            [&["step-through", "--no-pause"], &["demo", "shmat", "--no-pause"], &["quiz", "--seed", "1"]];
        for command in commands {
            let (first, rest) = command.split_first().expect("a command");
            let run = with(with(desk.lab([*first]), rest), &["--report", name]).run();
            run.fails(2).says(&format!("lab: {}\n", words.replace("NAME", &format!("`{name}`"))));
        }
    };
    for name in ["there.html", "full.html", "folder.json"] {
        says(
            name,
            "NAME is there already, and a report never replaces a file: name another one, or remove this one",
        );
    }
    for name in ["page", "page.HTML", "page.htm", ".html", "page.html.txt", "/dev/full"] {
        says(
            name,
            "NAME can't be the report: its name says what it is, and ends in .html, .md or .json, such as report.html",
        );
    }
    says(
        "no/page.html",
        "NAME can't be written: there is no folder `no`; make it with `mkdir -p no`, or name another place",
    );
    says("there.html/page.html", "NAME can't be written: `there.html` is not a folder; name another place");
    assert_eq!(names_in(&desk.work()), ["folder.json", "full.html", "there.html"]);
    if let Some(desk) = Desk::ordinary() {
        desk.shell("mkdir closed; chmod 555 closed");
        let run = desk.lab(["step-through", "--no-pause", "--report", "closed/page.html"]).run();
        run.fails(2)
            .says("lab: `closed/page.html` can't be written: EACCES, permission denied by the mode bits; name another place\n");
    }
    lab(["demo", "--report", "page.html"]).run().fails(2).says(
        "lab: `--report` needs a call: say `lab demo shmat --report page.html`, or another of `lab demo`\n",
    );
}

#[test]
fn a_report_belongs_to_whoever_runs_lab_as_any_file_of_theirs() {
    for desk in Desk::of_everybody() {
        for (umask, mode) in [("022", 0o644), ("077", 0o600), ("000", 0o644)] {
            let name = format!("umask-{umask}.json");
            let run = desk.lab(["step-through", "--no-pause", "--report", &name]);
            run.script(&format!("umask {umask}; exec \"$@\"")).run().succeeds().text();
            let about = fs::metadata(desk.work().join(&name)).expect("a report");
            assert_eq!((about.mode() & 0o7777, about.uid()), (mode, desk.owner().unwrap_or(about.uid())));
        }
    }
}

#[test]
fn a_disk_that_is_full_is_told_and_no_half_of_a_report_stays() {
    let desk = Desk::new();
    let play = |name: &str| desk.lab(["step-through", "--no-pause", "--report", name]);
    // What a file may hold stands for what the disk may: the signal of it is ignored, as a shell's user can.
    let run = play("page.html").script("trap '' XFSZ; ulimit -f 100; exec \"$@\"").run();
    let (out, said) = run.fails(1).both();
    assert!(out.contains("DONE      all 18 steps were played"), "{out}");
    assert_eq!(said, "lab: can't write the report: `page.html`: EFBIG, the file would become too big\n");
    assert_eq!(names_in(&desk.work()), Vec::<String>::new());
    desk.shell("mkdir small");
    let small = desk.work().join("small");
    let mount = ["--mount", "mount", "-t", "tmpfs", "none"];
    let mounts =
        || Command::new("unshare").args(mount).arg(&small).output().is_ok_and(|end| end.status.success());
    if !root() || !mounts() {
        return skip("it takes root, and a mount namespace, to have a small file system");
    }
    let mount = "mount -t tmpfs -o size=16k none small && \"$@\"; s=$?; ls -A small >&2; exit $s";
    let script = format!("unshare --mount sh -c '{mount}' sh \"$@\"");
    let (_, said) = play("small/page.html").script(&script).run().fails(1).both();
    assert_eq!(said, "lab: can't write the report: `small/page.html`: ENOSPC, no space is left\n");
}

/// A browser, where one is installed.
pub fn browser() -> Option<PathBuf> {
    let folders = ["/usr/bin", "/usr/local/bin", "/snap/bin"].map(Path::new);
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found =
        folders.iter().flat_map(|folder| names.map(|name| folder.join(name))).find(|path| path.exists());
    if found.is_none() {
        skip("there is no Chromium, which draws the pages");
    }
    found
}

/// Draws a page as a picture, or prints it, into the test's artefacts; how many bytes that has.
pub fn draw(browser: &Path, desk: &Desk, name: &str, args: &[&str], page: &Path) -> u64 {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports");
    fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join(name);
    let _ = fs::remove_file(&file);
    let mut command = Command::new("timeout");
    command.arg("60").arg(browser).args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]);
    command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    command.arg(format!("--user-data-dir={}", desk.tmp().join("browser").display())).args(args);
    let kind = if name.ends_with(".pdf") { "print-to-pdf" } else { "screenshot" };
    command.arg(format!("--{kind}={}", file.display())).arg(format!("file://{}", page.display()));
    let end = command.stdin(Stdio::null()).output().expect("a browser");
    assert!(end.status.success(), "{end:?}");
    fs::remove_dir_all(desk.tmp().join("browser")).expect("the browser's own files");
    fs::metadata(&file).expect("a picture").len()
}

#[test]
fn a_browser_draws_a_report_and_prints_it() {
    let Some(browser) = browser() else { return };
    let desk = Desk::new();
    desk.lab(["step-through", "shmat", "--no-pause", "--report", "page.html"]).run().succeeds().text();
    let draw = |name: &str, args: &[&str], page: &Path| draw(&browser, &desk, name, args, page);
    let page = desk.work().join("page.html");
    let window = "--window-size=1000,1600";
    let empty = desk.file("empty.html", "<!DOCTYPE html><title>empty</title>");
    let blank = draw("empty.png", &[window], &empty);
    let drawn = draw("step-through.png", &[window], &page);
    assert!(drawn > 5 * blank && drawn > 50_000, "{drawn} bytes, and a blank page has {blank}");
    for (name, width, scheme) in [("narrow.png", 420, 1), ("dark.png", 1000, 0)] {
        let scheme = format!("--blink-settings=preferredColorScheme={scheme}");
        let drawn = draw(name, &[&format!("--window-size={width},1600"), &scheme], &page);
        assert!(drawn > 30_000, "{name}: {drawn} bytes");
    }
    let printed = draw("step-through.pdf", &["--no-pdf-header-footer"], &page);
    assert!(printed > 30_000, "{printed} bytes");
}
