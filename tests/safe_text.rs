//! Whatever lab is given to show, by every way in: nothing of it steers a terminal, turns a line around or ends one.
//! Each test gives all that is dangerous at once and looks at the bytes that came out: no control but the lines' own
//! ends and, where there is colour, lab's own inks.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::Arc;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::common::run::Status;
use super::common::{Desk, Lab, Run, skip};

/// What no stream may show: C0 but NUL and the slash of names, DEL, C1, the controls of direction (UAX #9), the
/// separators of lines and paragraphs; and of what is not seen one of each kind.
fn dangerous() -> Vec<char> {
    let controls = ('\u{1}'..='\u{1f}').chain('\u{7f}'..='\u{9f}');
    let directs = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
    let marks = "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}".chars();
    let unseen = "\u{ad}\u{200b}\u{200d}\u{2060}\u{feff}\u{fff9}\u{e000}\u{e0041}\u{fffe}".chars();
    controls.chain(directs).chain(marks).chain(unseen).collect()
}

/// All of it in a word, with what a terminal would do something about: as long as a file's name may be, with `.toml`.
fn evil() -> String {
    let all: String = dangerous().into_iter().collect();
    format!("x{all}\u{1b}[2J\u{1b}[31m\u{1b}]0;owned\u{7}\nlab: forged")
}

/// The same without the end of a line, where a line is meant.
fn one_line() -> String {
    evil().replace('\n', "")
}

/// The inks that lab itself writes.
const INKS: [&str; 8] = [
    "\u{1b}[0m",
    "\u{1b}[1m",
    "\u{1b}[1;31m",
    "\u{1b}[32m",
    "\u{1b}[33m",
    "\u{1b}[34m",
    "\u{1b}[35m",
    "\u{1b}[36m",
];

/// The text that came out, which holds nothing dangerous and has no line of the word's own; without its inks.
#[track_caller]
fn safe(bytes: &[u8], coloured: bool) -> String {
    let mut text = String::from_utf8(bytes.to_owned()).expect("UTF-8");
    if coloured {
        // The word would switch to plain red, which lab never does.
        INKS.iter().for_each(|ink| text = text.replace(ink, ""));
    }
    let dangerous = dangerous();
    if let Some(c) = text.chars().find(|c| *c != '\n' && dangerous.contains(c)) {
        panic!("{c:?} came through:\n{text:?}");
    }
    assert!(!text.lines().any(|line| line.starts_with("lab: forged")), "a line was forged:\n{text}");
    text
}

/// The same, and the word was really shown: its first escape and its last words.
#[track_caller]
fn shown(bytes: &[u8], coloured: bool) -> String {
    let text = safe(bytes, coloured);
    assert!(text.contains(r"\001"), "nothing of the word is shown:\n{text}");
    text
}

/// Every string in the lines of JSON.
#[track_caller]
fn strings(bytes: &[u8]) -> Vec<String> {
    let text = safe(bytes, false);
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            Value::Object(fields) => fields.iter().for_each(|(name, field)| {
                found.push(name.clone());
                walk(field, found);
            }),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for line in text.lines() {
        walk(&serde_json::from_str(line).expect("an object a line"), &mut found);
    }
    found
}

/// Ways to be shown: options, and whether there is colour.
const LOOKS: [(&[&str], bool); 4] = [
    (&["--plain"], false),
    (&["--ascii"], false),
    (&["--color", "always"], true),
    (&["--color", "always", "--plain"], true),
];

fn with(lab: Lab, words: &[&str]) -> Lab {
    words.iter().fold(lab, |lab, word| lab.arg(word))
}

/// Runs it in every look, and looks at both streams.
#[track_caller]
fn in_every_look(lab: impl Fn() -> Lab) -> Vec<String> {
    let mut texts = Vec::new();
    for (look, coloured) in LOOKS {
        let run = with(lab(), look).run();
        let text = safe(&run.stdout, coloured);
        assert!(!look.contains(&"--ascii") || text.is_ascii(), "not ASCII: {text}");
        texts.push(text + &safe(&run.stderr, coloured));
    }
    texts
}

/// Commands that refuse the word, and say it or not.
const USAGE: &[(&[&str], bool)] = &[
    (&["{}"], true),
    (&["--{}"], true),
    (&["step-through", "{}"], true),
    (&["step-through", "./{}"], true),
    (&["step-through", "{}.toml"], true),
    (&["step-through", "sheet", "{}"], true),
    (&["step-through", "--{}"], true),
    (&["step-through", "--from", "{}"], true),
    (&["step-through", "--auto", "{}"], true),
    (&["step-through", "--color", "{}"], true),
    (&["step-through", "--lessons", "{}"], true),
    (&["step-through", "ftok", "--message", "{}"], false),
    (&["demo", "{}"], true),
    (&["quiz", "--topic", "{}"], true),
    (&["quiz", "--bank", "{}"], true),
    (&["quiz", "--export", "{}"], true),
    (&["quiz", "--count", "{}"], true),
    (&["step-through", "--report", "{}"], true),
    (&["demo", "shmat", "--report", "nowhere/{}.html"], true),
    (&["quiz", "--report", "{}"], true),
    (&["quiz", "--report", "nowhere/{}.md"], true),
    (&["validate", "{}"], true),
    (&["validate", "{}.toml"], true),
    (&["list", "--lessons", "{}"], true),
    (&["list", "{}"], true),
    (&["schema", "{}"], true),
    (&["help", "{}"], true),
    (&["reset", "--{}"], true),
    (&["clean", "{}"], true),
    (&["actor", "{}", "0", "1"], false),
    (&["trace", "--", "{}"], true),
    (&["trace", "--", "./{}"], true),
    (&["trace", "-o", "nowhere/{}", "--", "true"], true),
    (&["trace", "--timeout", "{}", "--", "true"], true),
];

#[test]
fn words_of_the_command_line() {
    let desk = Desk::new();
    for (args, said) in USAGE {
        let run = |word: &str| {
            let words = args.iter().map(|arg| arg.replace("{}", word));
            words.fold(desk.lab([]), |lab, word| lab.arg(word)).run()
        };
        let (evil, harmless) = (run(&evil()), run("harmless"));
        assert!(matches!(evil.status, Status::Exited(2)), "{args:?} is no usage error: {:?}", evil.status);
        let text = if *said { shown(&evil.stderr, false) } else { safe(&evil.stderr, false) };
        assert_eq!(evil.stdout, b"", "{args:?}");
        // As many lines as of any other word: none is its own.
        let lines = String::from_utf8_lossy(&harmless.stderr).lines().count();
        assert_eq!(text.lines().count(), lines, "{args:?}:\n{text}");
        // Bytes that are no text; as text or as octal, and never as they are.
        let words = args.iter().map(|arg| {
            let parts: Vec<&[u8]> = arg.split("{}").map(str::as_bytes).collect();
            OsString::from_vec(parts.join(&b"\xff\x9b2J\x1b[2J\xfe"[..]))
        });
        let run = words.fold(desk.lab([]), |lab, word| lab.arg(word)).run();
        safe(&run.stderr, false);
    }
}

/// A program that is no program, by its kinds: each is refused in a sentence.
#[test]
fn names_of_what_can_not_be_traced() {
    let desk = Desk::new();
    let name = evil();
    fs::create_dir(desk.work().join(&name)).expect("a folder");
    let trace = |word: &str| desk.lab(["trace", "--"]).arg(format!("./{word}")).run();
    shown(&trace(&name).stderr, false);
    fs::remove_dir(desk.work().join(&name)).expect("the folder");
    desk.file(&name, "no program");
    shown(&trace(&name).stderr, false);
    let interpreter = one_line();
    desk.file("script", format!("#!/{interpreter}\n"));
    desk.shell("chmod +x script");
    safe(&trace("script").stderr, false);
}

const GOOD: &str = "title = \"Good\"\ngoal = \"To see.\"\n\n[input]\nname = \"text\"\nprompt = \"What?\"\ndefault = \"d\"\nmax = 400\n\n\
    [[step]]\nwho = \"server\"\ncall = \"id = shmget(IPC_PRIVATE, 4096, 0600)\"\nexpect = \"ok\"\nsay = \"It is {id}.\"\n\n\
    [[step]]\nwho = \"server\"\ncall = \"p = shmat(id, NULL, 0)\"\nexpect = \"ok\"\nsay = \"At {p}.\"\n\n\
    [[step]]\nwho = \"server\"\ncall = \"strcpy(p, text)\"\nexpect = \"ok\"\nsay = \"It is {text}.\"\n\n\
    [[step]]\nwho = \"server\"\ncall = \"puts(p)\"\nexpect = '== \"d\"'\nsay = \"Read back.\"\n\n\
    [[step]]\nwho = \"server\"\ncall = \"shmdt(p)\"\nexpect = \"ok\"\nsay = \"Off.\"\n\n\
    [[step]]\nwho = \"server\"\ncall = \"shmctl(id, IPC_RMID, NULL)\"\nexpect = \"ok\"\nsay = \"Gone.\"\n";

#[test]
fn names_and_messages_of_lessons() {
    let desk = Desk::new();
    let (folder, file) = (evil(), format!("{}.toml", evil()));
    fs::create_dir(desk.work().join(&folder)).expect("a folder");
    let path = format!("./{folder}/{file}");
    fs::write(desk.work().join(&path), GOOD).expect("a lesson");
    // By its name, with the default message: all claims hold.
    for text in in_every_look(|| desk.lab(["validate", &path])) {
        assert!(text.contains("ok\n1 passed, 0 failed\n"), "{text}");
    }
    for text in in_every_look(|| desk.lab(["list", "--lessons", &folder])) {
        assert!(text.contains("\\001"), "{text}");
    }
    for text in in_every_look(|| desk.lab(["step-through", "--no-pause", "--message", &evil(), &path])) {
        assert!(text.contains("\\001"), "the message is not shown: {text}");
        let words: Vec<&str> = text.split_whitespace().collect();
        let words = words.join(" ");
        assert!(words.contains("the lesson expected \"d\", the kernel said \"x\\001"), "{text}");
    }
    for lab in [
        desk.lab(["list", "--json", "--lessons", &folder]),
        desk.lab(["step-through", "--json", "--message", &evil(), &path]),
    ] {
        let found = strings(&lab.run().stdout);
        assert!(found.iter().any(|text| text.contains("\\001") || text.contains('\u{1}')), "{found:?}");
    }
    // On a terminal, at its pauses: the name, the message, a word that is no key.
    let lab = desk.lab(["step-through", "--no-pause", "--color", "always", "--message", &evil(), &path]);
    shown(&lab.on_terminal(24, 80).wait_end().stdout, true);
    let word = one_line();
    let run = desk.lab(["step-through", "--line", &path]).stdin(format!("{word}\n\n\n\n{word}\nq\n")).run();
    let text = shown(&run.stdout, false);
    assert!(text.contains("is not a key here"), "{text}");
    let run = desk
        .lab(["step-through", "--line", "--plain", "--message", &evil(), &path])
        .stdin("\n\n\n\n\nq\n")
        .run();
    assert!(shown(&run.stdout, false).contains("What? x"), "the message is not repeated");
}

#[test]
fn lines_of_lessons_with_mistakes() {
    let desk = Desk::new();
    let folder = desk.work().join("bad");
    fs::create_dir(&folder).expect("a folder");
    for c in dangerous() {
        let escape = format!("\\U{:08x}", u32::from(c));
        let number = u32::from(c);
        // As it is, where TOML allows it and where it does not; by TOML's escape, as a text, a name, a word of a call.
        let texts = [
            format!("title = \"a{c}b\" oops\n"),
            format!("title = {c}oops\n"),
            format!("title = \"a{escape}b\"\n[[step]]\n\"{escape}\" = 1\ncall = \"shmget({escape})\"\n"),
            format!("title = \"t\"\n[limits]\n\"{escape}\" = 1\n[users]\n\"{escape}\" = \"{escape}\"\n"),
        ];
        for (kind, text) in texts.iter().enumerate() {
            fs::write(folder.join(format!("{number:06x}-{kind}.toml")), text).expect("a lesson");
        }
    }
    let run = desk.lab(["validate", "bad"]).run();
    assert_eq!(run.status, Status::Exited(4));
    safe(&run.stdout, false);
    let text = safe(&run.stderr, false);
    for c in dangerous() {
        assert!(text.contains(&format!("bad/{:06x}-1.toml:1:", u32::from(c))), "{c:?} is no mistake");
    }
    // The file's name in a mistake.
    fs::write(desk.work().join(evil() + ".toml"), "oops").expect("a lesson");
    shown(&desk.lab(["validate"]).arg(evil() + ".toml").run().stderr, false);
}

#[test]
fn the_caret_stands_under_what_it_means() {
    let desk = Desk::new();
    // Escapes, a tab, signs of two columns, and one that takes none.
    for before in ["", "\u{202e}\u{9b}", "\u{e0041}", "中文", "e\u{301}", "\t", "ä\u{200b}\u{feff}"] {
        desk.file("caret.toml", format!("title = \"{before}\" oops\n"));
        let said = desk.lab(["validate", "caret.toml"]).run().fails(4).both().1;
        let mut lines = said.lines().skip_while(|line| !line.contains(": unexpected key")).skip(1);
        let (row, carets) = (lines.next().expect("the line"), lines.next().expect("the carets"));
        let under = textwrap::core::display_width(&row[..row.find("oops").expect("the word")]);
        assert_eq!(carets.find('^'), Some(under), "{said}");
    }
}

#[test]
fn folders_and_variables_of_the_environment() {
    let desk = Desk::new();
    let path = desk.work().join(evil());
    fs::create_dir_all(path.join("lab")).expect("a folder");
    // The run's own folder, as evidence and at the end.
    for text in in_every_look(|| desk.lab(["step-through", "ftok", "--no-pause"]).env("TMPDIR", &path)) {
        assert!(text.contains("\\001"), "{text}");
    }
    strings(&desk.lab(["step-through", "ftok", "--json"]).env("TMPDIR", &path).run().stdout);
    let run = desk.lab(["step-through", "--line"]).env("TMPDIR", &path).stdin("\n\n\n\nq\n").run();
    shown(&run.stdout, false);
    // A folder that is not there, and one that may not be written to.
    let run = desk.lab(["step-through", "--no-pause"]).env("TMPDIR", path.join(evil())).run();
    safe(&run.stdout, false);
    safe(&run.stderr, false);
    // The state folder, and files in it that make no sense.
    for file in ["progress.json", "quiz.json"] {
        fs::write(path.join("lab").join(file), "no sense").expect("a file");
    }
    for words in [&["list"][..], &["step-through", "--line"], &["quiz"], &["clean"], &["reset", "--yes"]] {
        let lab = || with(desk.lab([]), words).env("XDG_STATE_HOME", &path).env("HOME", &path);
        let run = lab().run();
        safe(&run.stdout, false);
        safe(&run.stderr, false);
    }
    let run = desk.lab(["list"]).env("XDG_STATE_HOME", desk.file("file", "")).run();
    safe(&run.stdout, false);
    // Everything that lab or a library looks at.
    let names = [
        "SHELL",
        "LANG",
        "LC_ALL",
        "TERM",
        "COLUMNS",
        "NO_COLOR",
        "ACCESSIBLE",
        "CLICOLOR_FORCE",
        "RUST_BACKTRACE",
    ];
    for command in [&["step-through", "--no-pause"][..], &["list"], &["--help"], &["x"]] {
        let lab = names.iter().fold(with(desk.lab([]), command), |lab, name| lab.env(name, evil()));
        let run = lab.run();
        safe(&run.stdout, false);
        safe(&run.stderr, false);
    }
}

#[test]
fn what_a_dead_run_left() {
    let desk = Desk::new();
    if !desk.private() {
        return skip("no namespace to leave a segment in");
    }
    let path = desk.work().join(evil());
    fs::create_dir(&path).expect("a folder");
    let lab = desk.lab(["step-through", "--line", "--message", "m", "--from", "6", "--host"]);
    let mut live = lab.env("TMPDIR", &path).may_leave().start();
    live.wait_for("q quit > ");
    live.signal_to("guard", Signal::SIGKILL);
    live.signal(Signal::SIGKILL);
    drop(live.wait_end().dies_of(Signal::SIGKILL).both());
    let clean = |args: &[&str]| with(desk.lab(["clean"]), args).env("TMPDIR", &path).may_leave().run();
    shown(&clean(&["--dry-run"]).stdout, false);
    assert!(!strings(&clean(&["--dry-run", "--json"]).stdout).is_empty());
    shown(&clean(&["--yes"]).stdout, false);
    assert_eq!(desk.segments(), Vec::<i32>::new());
}

/// A question about a text, in a file of this name.
fn bank(desk: &Arc<Desk>, name: &str) -> PathBuf {
    desk.file(
        name,
        "topic = \"t\"\ntitle = \"T\"\n\n[[question]]\nid = \"text\"\nkind = \"number\"\nlevel = 1\nlesson = \"sheet 1\"\n\
         ask = \"What is read?\"\nprove = [\n  \"server: id = shmget(IPC_PRIVATE, 100, 0600)\",\n  \"server: p = shmat(id, NULL, 0)\",\n  \
         \"server: strcpy(p, \\\"x\\\\001\\\\033[2J\\\\302\\\\233\\\\342\\\\200\\\\256\\\")\",\n  \"server: puts(p)\",\n]\n\
         why = \"it is what was written\"\noptions = [{ is = '== \"y\"', why = \"it would be right if it was not x\" }]\n",
    )
}

#[test]
fn answers_and_names_of_the_quiz() {
    let desk = Desk::new();
    let name = format!("{}.toml", evil());
    let small = Desk::file(
        &desk,
        &name,
        fs::read(format!("{}/tests/quiz/small.toml", env!("CARGO_MANIFEST_DIR"))).expect("a bank"),
    );
    let word = one_line();
    let typed = format!("{word}\n2\n{word}\n7\n{word}\ns\n{word}\ns\ns\ns\ns\n");
    let quiz = || desk.lab(["quiz", "--seed", "2", "--bank"]).arg(&small).stdin(&typed);
    for text in in_every_look(quiz) {
        assert!(text.contains("\\001"), "{text}");
    }
    strings(&quiz().arg("--json").run().stdout);
    // A text that is asked for: a wrong answer, repeated with what is right.
    let path = bank(&desk, &format!("y{}.toml", evil()));
    let text = || desk.lab(["quiz", "--seed", "2", "--bank"]).arg(&path).stdin(format!("{word}\n"));
    for text in in_every_look(text) {
        assert!(text.contains("NOT THIS TIME") && text.contains("\\001"), "{text}");
    }
    let found = strings(&text().arg("--json").run().stdout);
    assert!(found.contains(&word), "the answer is not told as it is: {found:?}");
    // What is handed in is as safe as what is shown.
    let run = text().arg("--report").arg("quiz.md").run();
    safe(&run.stdout, false);
    shown(&fs::read(desk.work().join("quiz.md")).expect("a report"), false);
    // One of those that were to come has another name now.
    drop(desk.lab(["quiz", "--seed", "2", "--bank"]).arg(&small).stdin("4 KiB\nq\n").run());
    let record = desk.state().join("quiz.json");
    let mut kept: Value = serde_json::from_slice(&fs::read(&record).expect("the record")).expect("JSON");
    kept["open"]["keys"][0] = evil().into();
    fs::write(&record, kept.to_string()).expect("the record");
    shown(&desk.lab(["quiz", "--resume"]).run().stderr, false);
}

#[test]
fn exported_questions() {
    let desk = Desk::new();
    let path = bank(&desk, &format!("{}.toml", evil()));
    for format in ["gift", "md", "json"] {
        let run = desk.lab(["quiz", "--export", format, "--bank"]).arg(&path).run();
        assert_eq!(safe(&run.stderr, false), "", "{format}");
        shown(&run.stdout, false);
    }
    shown(&desk.lab(["quiz", "--export", "md", "--key", "--bank"]).arg(&path).run().stdout, false);
    for text in in_every_look(|| desk.lab(["validate"]).arg(&path)) {
        assert!(text.contains("\\001") && text.contains("1 passed"), "{text}");
    }
}

/// C's escapes of a text's bytes.
fn in_c(text: &str) -> String {
    text.bytes().map(|byte| format!("\\{byte:03o}")).collect()
}

/// A program with all of it in its source, its files' names, its own name, its arguments and what it asks for: it
/// execs itself under that name, and ends as its last argument says.
fn program(desk: &Desk) -> bool {
    if std::process::Command::new("cc").arg("--version").output().is_err() {
        skip("there is no C compiler (cc)");
        return false;
    }
    let (name, comment) = (one_line(), one_line().replace('\r', ""));
    let source = format!(
        "#define _GNU_SOURCE\n#include <sys/shm.h>\n#include <sys/prctl.h>\n#include <sys/wait.h>\n#include <string.h>\n#include <unistd.h>\n\
         int main(int argc, char **argv) {{\n\
         if (argc == 2) execl(\"./{name}\", \"{evil}\", \"{evil}\", argv[1], (char *) 0);\n\
         prctl(PR_SET_NAME, \"\\033]0;x\\007\\n\\233\");\n\
         int id = shmget(IPC_PRIVATE, 4096, 0600); /* {comment} */\n\
         char *p = shmat(id, 0, 0); /* {comment} */\n\
         strcpy(p, \"{name}\");\n\
         shmget(ftok(\"./{name}\", 'L'), 1, 0); /*\t{comment} */\n\
         shmget(ftok(\"./{name}/none\", 'L'), 0, 0);\n\
         if (fork() == 0) {{ shmdt(p); execl(\"./{name}\", \"{name}\", \"x\", \"child\", (char *) 0); }}\n\
         wait(0);\n\
         shmctl(id, IPC_RMID, 0); /* {comment} */\n\
         if (!strcmp(argv[2], \"sleep\")) pause(); /* {comment} */\n\
         if (!strcmp(argv[2], \"fault\")) {{ shmdt(p); *p = 1; }} /* {comment} */\n\
         if (!strcmp(argv[2], \"child\")) _exit(1);\n\
         #line 9 \"{name}.c\"\n\
         shmctl(id, IPC_RMID, 0);\n\
         return 0; }}\n",
        name = in_c(&name),
        evil = in_c(&evil())
    );
    // A child of a child would go on for ever.
    let source = source.replace("if (fork() == 0)", "if (strcmp(argv[2], \"child\") && fork() == 0)");
    desk.file(&format!("{name}.c"), format!("\n\n\n\n\n\n\n\n/* {comment} */\n"));
    desk.file("strange.c", source);
    desk.shell("cc -g -w -O0 -o strange strange.c");
    fs::copy(desk.work().join("strange"), desk.work().join(&name)).expect("a copy");
    true
}

#[test]
fn names_arguments_and_sources_of_traced_programs() {
    let desk = Desk::new();
    if !program(&desk) {
        return;
    }
    let start = |args: &[&str], end: &str| {
        with(desk.lab(["trace"]), args).arg("--").arg(format!("./{}", one_line())).arg(end).may_leave()
    };
    for (look, coloured) in LOOKS {
        for (end, status) in [("end", Status::Exited(0)), ("fault", Status::Died(Signal::SIGSEGV))] {
            let run = start(look, end).run();
            assert_eq!(run.status, status);
            let text = shown(&run.stderr, coloured);
            assert!(!look.contains(&"--ascii") || text.is_ascii(), "not ASCII: {text}");
            // Each way in was there: an exec, a path, a line of source, and a file's name in the debug information.
            for part in ["RUNS", "x\\001\\002", "ftok(\"./x\\001", "/* x\\001", "SOURCE"] {
                assert!(text.contains(part), "{part} is not told:\n{text}");
            }
        }
        let run = start(&[look, &["--timeout", "1"]].concat(), "sleep").run();
        assert_eq!(run.status, Status::Exited(124));
        assert!(shown(&run.stderr, coloured).contains("TIMEOUT"));
    }
    let found = strings(&start(&["--json"], "fault").run().stderr);
    // A role has 60 characters at most.
    let role: String = evil().chars().take(60).collect();
    assert!(found.iter().any(|text| text.starts_with(&role)), "the name is not told as it is: {found:?}");
    // Into a file, by every look.
    for (look, coloured) in LOOKS {
        let run: Run = start(&[look, &["-o", "trace.txt"]].concat(), "end").run();
        assert_eq!((run.stdout.as_slice(), run.stderr.as_slice()), (&b""[..], &b""[..]));
        shown(&fs::read(desk.work().join("trace.txt")).expect("the trace"), coloured);
    }
}
