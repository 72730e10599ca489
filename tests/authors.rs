//! Lessons from outside: what their authors are told when they are played, and what a stranger's lesson may not do.
//! The files are in tests/lessons. Mistakes in the text of a file are in `mistakes`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::libc;
use serde_json::{Value, json};

use super::common::tools::tool;
use super::common::{Desk, root, skip, transcript};

/// The lesson files of a folder in tests/lessons, by name.
fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lessons").join(folder);
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, fs::read_to_string(path).expect("a lesson"))
    };
    paths.iter().map(read).collect()
}

/// A lesson that is right.
const GOOD: &str = "title = \"Good\"\ngoal = \"Nothing is wrong with it.\"\n\n[[step]]\nwho = \"server\"\ncall = \"shmdt(NULL)\"\nexpect = \"EINVAL\"\nsay = \"Nothing is attached there.\"\n";

#[test]
fn every_claim_that_breaks_and_everything_left_is_told_in_one_go() {
    for (name, text) in files("broken") {
        let desk = Desk::new();
        desk.file(&name, text);
        let (out, err) = desk.lab(["validate"]).arg(&name).run().fails(4).both();
        for text in [&out, &err] {
            assert!(
                !text.chars().any(|c| c.is_control() && c != '\n'),
                "{name}: a control character: {text:?}"
            );
        }
        transcript::matches(&format!("lessons/broken-{}", name.trim_end_matches(".toml")), &(out + &err));
    }
}

#[test]
fn a_lesson_with_mistakes_is_not_played() {
    let desk = Desk::new();
    desk.file("draft.toml", GOOD.replace("EINVAL", "EINVALID"));
    let said = "lab: draft.toml:7:11: unknown outcome `EINVALID`\n7 | expect = \"EINVALID\"\n  |           ^^^^^^^^\n  = did you mean `EINVAL`?\n";
    desk.lab(["step-through", "draft.toml"]).run().fails(4).says(said);
    desk.lab(["list", "."]).run().fails(4).says(&said.replace("draft", "./draft"));
}

/// A race need not happen; an errno that does not come is wrong however often it was tried.
#[test]
fn what_only_can_happen_is_skipped_when_it_did_not_and_what_must_is_broken() {
    let desk = Desk::new();
    let tried = GOOD.replace("say =", "tries = 2\nsay =");
    let can = tried.replace("shmdt(NULL)", "m = umask(0777)").replace("\"EINVAL\"", "\"== 1\"");
    desk.file("can.toml", &can);
    let (out, _) = desk.lab(["validate", "--plain", "can.toml"]).run().succeeds().both();
    assert!(out.contains("step 1: in 2 tries it did not come out; the last one gave 0777\n"), "{out}");
    let text = desk.lab(["step-through", "./can.toml", "--plain"]).run().succeeds().text();
    assert!(text.contains("TRIES: 2 of at most 2\nSKIPPED: in 2 tries it did not come out"), "{text}");
    assert!(!text.contains("MEANS"), "{text}");
    let options = "ask = \"What?\"\noptions = [{ is = \"== 1\" }, { is = \"== 0777\", why = \"So.\" }]\n";
    let otherwise = format!("{options}otherwise = \"This time it was {{m}}.\"\nsay =");
    desk.file("otherwise.toml", can.replace("say =", &otherwise));
    let text = desk.lab(["step-through", "./otherwise.toml", "--plain"]).run().succeeds().text();
    let told = "TRIES: 2 of at most 2\nANSWER: this run can't tell: in 2 tries it did not come out; the last one gave 0777\nMEANS: This time it was 0777.\n";
    assert!(text.contains(told) && !text.contains("SKIPPED"), "{text}");
    desk.lab(["validate", "--plain", "otherwise.toml"]).run().succeeds().text();
    desk.file("must.toml", tried.replace("\"EINVAL\"", "\"ENOENT\""));
    let (out, _) = desk.lab(["validate", "--plain", "must.toml"]).run().fails(4).both();
    assert!(out.contains("the lesson expected ENOENT, the kernel said EINVAL"), "{out}");
}

#[test]
fn a_folder_is_validated_whole() {
    let desk = Desk::new();
    desk.file("b.toml", GOOD);
    desk.file("a.toml", GOOD.replace("Nothing is attached there.", "{name}"));
    desk.file("c.toml", GOOD.replace("\"EINVAL\"", "\"ok\""));
    desk.file("notes.txt", "no lesson");
    let (out, err) = desk.lab(["validate", "."]).run().fails(4).both();
    let told = "./b.toml  1 step                                                              ok\n./c.toml  1 step                                                          FAILED\n          step 1: the lesson expected ok, the kernel said EINVAL (no segment is\n          attached at exactly this address)\n1 passed, 2 failed\n";
    assert_eq!(out, told);
    let said = "lab: ./a.toml:8:8: `{name}` stands for nothing yet\n8 | say = \"{name}\"\n  |        ^^^^^^\n  = in braces: a name that this or an earlier step binds\n";
    assert_eq!(err, said);
}

/// The lines `# word: text` at the beginning of a file.
fn headers<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let lines = text.lines().map_while(|line| line.strip_prefix("# "));
    lines.filter_map(|line| line.strip_prefix(word)?.strip_prefix(": ")).collect()
}

/// A line with ADDRESS in place of each address: they differ in every run.
pub fn addresses_masked(text: &str) -> String {
    let mut parts = text.split("0x");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + "ADDRESS" + part.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
}

#[test]
fn a_strangers_lesson_is_refused_or_stopped() {
    hostile_lessons_are_refused_or_stopped(&Desk::new());
}

#[test]
fn a_strangers_lesson_is_refused_or_stopped_for_an_ordinary_user_too() {
    if let (true, Some(desk)) = (root(), Desk::ordinary()) {
        hostile_lessons_are_refused_or_stopped(&desk);
    }
}

fn hostile_lessons_are_refused_or_stopped(desk: &Arc<Desk>) {
    if !desk.private() {
        skip("without a namespace of its own this test would meet other people's segments");
        return;
    }
    // Segment 0 is somebody else's, and every run is held to leaving it as it is.
    desk.shell("ipcmk -M 4096");
    desk.foreign();
    for (name, text) in files("hostile") {
        if root() && desk.owner().is_none() && !headers(&text, "players").is_empty() {
            continue;
        }
        desk.file(&name, &text);
        let mut lab = desk.lab(["step-through", "--plain"]).arg(&name);
        for option in headers(&text, "options").join(" ").split_whitespace() {
            lab = lab.arg(option);
        }
        let exits = headers(&text, "exits").first().and_then(|code| code.parse().ok()).expect("a status");
        let (out, err) = lab.run().exits(exits).both();
        let err = addresses_masked(&err);
        let said: String = headers(&text, "says").iter().map(|what| format!("lab: {what}\n")).collect();
        assert_eq!(err, said, "{name}; it printed:\n{out}");
        for line in headers(&text, "tells") {
            assert!(out.lines().any(|told| told == line), "{name}: {line}; it printed:\n{out}");
        }
    }
    assert_eq!(desk.segments(), [0]);
}

#[test]
fn what_is_no_lesson_file_is_told_and_not_read() {
    let desk = Desk::new();
    desk.shell(
        "mkfifo pipe.toml && mkdir folder.toml && truncate -s 1G big.toml && printf '\\377' > bytes.toml",
    );
    let cases = [
        ("pipe.toml", 2, "lab: `pipe.toml` can't be read: it is not a regular file\n"),
        ("/dev/zero", 2, "lab: `/dev/zero` can't be read: it is not a regular file\n"),
        ("missing.toml", 2, "lab: `missing.toml` can't be read: ENOENT, no such thing\n"),
        (
            "big.toml",
            4,
            "lab: big.toml:1:1: the file is larger than 256 KiB, the most that a lesson has\n1 | \n  | ^\n",
        ),
        ("bytes.toml", 4, "lab: bytes.toml:1:1: the file is not text (UTF-8)\n1 | \n  | ^\n"),
        ("folder.toml", 2, "lab: `folder.toml` holds no lesson: a lesson is a file that ends in .toml\n"),
    ];
    for (name, status, said) in cases {
        desk.lab(["step-through"]).arg(name).run().fails(status).says(said);
    }
    desk.lab(["validate", "folder.toml"])
        .run()
        .fails(2)
        .says("lab: `folder.toml` holds no lesson: a lesson is a file that ends in .toml\n");
}

#[test]
fn a_lesson_has_no_more_than_200_steps_and_no_million() {
    let step = "[[step]]\nwho = \"a\"\ncall = \"shmdt(NULL)\"\nexpect = \"EINVAL\"\nsay = \"x\"\n";
    let head = "title = \"t\"\ngoal = \"g\"\n";
    let desk = Desk::new();
    desk.file("some.toml", format!("{head}{}", step.repeat(200)));
    desk.lab(["validate", "some.toml"]).run().succeeds().text();
    desk.file("many.toml", format!("{head}{}", step.repeat(201)));
    let err = desk.lab(["step-through", "many.toml"]).run().fails(4).error();
    assert!(err.starts_with("lab: many.toml:3:1: a lesson has at most 200 steps\n"), "{err}");
    desk.file("million.toml", format!("{head}{}", step.repeat(1_000_000)));
    let err = desk.lab(["step-through", "million.toml"]).run().fails(4).error();
    assert!(err.contains("the file is larger than 256 KiB"), "{err}");
}

#[test]
fn a_file_name_does_not_reach_the_terminal_raw() {
    let desk = Desk::new();
    desk.file("a\u{1b}[31mb.toml", GOOD);
    let out = desk.lab(["list", "."]).run().succeeds().text();
    assert!(out.contains("\n 1 a\\033[31mb  Good  "), "{out:?}");
    let out = desk.lab(["validate", "."]).run().succeeds().text();
    assert!(out.starts_with("./a\\033[31mb.toml  1 step "), "{out:?}");
    let err = desk.lab(["step-through", "\u{1b}[31m.toml"]).run().fails(2).error();
    assert_eq!(err, "lab: `\\033[31m.toml` can't be read: ENOENT, no such thing\n");
}

#[test]
fn a_lesson_of_ones_own_is_played_from_a_file_and_from_a_folder() {
    let desk = Desk::new();
    desk.file("01-first.toml", GOOD);
    desk.file(
        "02-second.toml",
        GOOD.replace("\"Good\"", "\"Second\"").replace("title", "format_version = 1\ntitle"),
    );
    let first = |text: String| text.lines().next().map(String::from);
    for args in [["step-through", "01-first.toml"], ["step-through", "./01-first.toml"]] {
        assert_eq!(first(desk.lab(args).run().succeeds().text()), Some("LESSON    Good".into()));
    }
    let folder = |words: [&str; 2]| desk.lab(["step-through", "--lessons", "."]).arg(words[0]).arg(words[1]);
    assert_eq!(
        first(folder(["second", "--no-pause"]).run().succeeds().text()),
        Some("LESSON    Second".into())
    );
    let text = desk.lab(["step-through", ".", "--no-pause"]).run().succeeds().text();
    assert_eq!(first(text), Some("LESSON    Good".into()), "without a name, the first");
    let said = "lab: there is no lesson `secnd`: did you mean `second`?\n";
    folder(["secnd", "--no-pause"]).run().fails(2).says(said);
    let out = desk.lab(["list", ".", "--plain"]).run().succeeds().text();
    let listed = "1 first: Good, further, 1 minute, not yet\n2 second: Second, further, 1 minute, not yet\nTOTAL: 2 lessons, 2 minutes, 0 done. Next: lab step-through --lessons . first\n";
    assert_eq!(out, listed);
}

#[test]
fn a_lesson_from_outside_never_falls_back_to_the_host() {
    let desk = Desk::new();
    desk.file("outside.toml", GOOD.replace("goal", "host = true\ngoal"));
    let Some(refuse) = tool(&desk, "refuse") else { return };
    // A filter that refuses unshare, as some containers have.
    let rule = format!("{}={}", libc::SYS_unshare, libc::EPERM);
    let refused = |words: [&str; 2]| desk.lab(words).through([&refuse, &rule, "--"]);
    let (out, err) = refused(["step-through", "outside.toml"]).run().fails(3).both();
    assert_eq!(out, "");
    assert!(
        err.starts_with(
            "lab: a lesson from a file needs a sandbox, and there is none here: unshare was refused, "
        ),
        "{err}"
    );
    assert!(err.ends_with("; if you trust it, `--host` plays it without one\n"), "{err}");
    // Validated there, it counts as not played and not as wrong.
    let (out, err) = refused(["validate", "outside.toml"]).run().fails(3).both();
    assert!(out.ends_with("0 passed, 0 failed, 1 not played\n"), "{out}");
    assert_eq!(err, "lab: 1 of the lessons can't be played on this machine\n");
}

#[test]
fn for_a_tool_each_file_is_one_object() {
    let desk = Desk::new();
    desk.file("good.toml", GOOD);
    desk.file("claim.toml", GOOD.replace("EINVAL", "EACCES"));
    desk.file("word.toml", GOOD.replace("EINVAL", "EINVALID"));
    let bank = |is: &str| {
        format!(
            "topic = \"own\"\ntitle = \"Own\"\n\n[[question]]\nid = \"one\"\nkind = \"predict\"\nlevel = 1\nlesson = \"shmdt 1\"\nask = \"What comes back?\"\nprove = [\"main: shmdt(NULL)\"]\noptions = [\n  {{ is = \"{is}\", why = \"nothing is attached there\" }},\n  {{ is = \"== 0\", why = \"nothing is attached there\" }},\n]\n"
        )
    };
    desk.file("bank.toml", bank("EINVAL"));
    desk.file(
        "bad-bank.toml",
        bank("EACCES").replace("own", "other").replace("one", "two").replace("NULL", "1"),
    );
    let run = desk.lab([
        "validate",
        "--json",
        "good.toml",
        "claim.toml",
        "word.toml",
        "bank.toml",
        "bad-bank.toml",
    ]);
    let text = run.run().fails(4).text();
    let found: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let object = |file: &str, mistakes: Value| {
        json!({
            "version": 1, "file": file, "ok": mistakes.as_array().is_some_and(Vec::is_empty),
            "mistakes": mistakes, "skipped": [], "not_played": null,
        })
    };
    let claim =
        "the lesson expected EACCES, the kernel said EINVAL (no segment is attached at exactly this address)";
    let claim = json!([{"line": null, "column": null, "step": 1, "message": claim, "help": null}]);
    let word = json!([{"line": 7, "column": 11, "step": null, "message": "unknown outcome `EINVALID`", "help": "did you mean `EINVAL`?"}]);
    assert_eq!(
        found[..3],
        [object("good.toml", json!([])), object("claim.toml", claim), object("word.toml", word)]
    );
    assert_eq!(found[3], object("bank.toml", json!([])));
    let [mistake] = found[4]["mistakes"].as_array().expect("mistakes").as_slice() else { panic!("{text}") };
    assert!(mistake["line"].is_u64() && mistake["column"].is_u64(), "{text}");
    assert_eq!(found[4], object("bad-bank.toml", json!([mistake])));
    assert_eq!(found.len(), 5);
    desk.lab(["validate", "--json", "good.toml"])
        .run()
        .succeeds()
        .prints(&format!("{}\n", text.lines().next().expect("a line")));
}
