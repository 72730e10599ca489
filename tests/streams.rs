//! Standard streams that are closed, full, or read by nobody, and arguments of any bytes.

use std::os::unix::ffi::OsStrExt;

use nix::sys::signal::Signal;

use super::common::{Desk, lab};

/// Both grounds, as an option.
const GROUNDS: [&[&str]; 2] = [&[], &["--host"]];

/// The lesson with this ground, started by this script, in which `"$@"` is the command.
fn through(ground: &[&str], script: &str) -> super::common::Run {
    let lab =
        ground.iter().fold(lab(["step-through", "--no-pause", "--plain"]), |lab, option| lab.arg(option));
    lab.script(script).run()
}

#[test]
fn closed_streams() {
    for ground in GROUNDS {
        let text = through(ground, "exec \"$@\" <&-").succeeds().text();
        assert!(text.ends_with("no segment, no process, no file.\n"), "{text}");
        through(ground, "exec \"$@\" >&-").succeeds().prints("");
        let text = through(ground, "exec \"$@\" 2>&-").succeeds().text();
        assert!(text.ends_with("no segment, no process, no file.\n"), "{text}");
        through(ground, "exec \"$@\" <&- >&- 2>&-").succeeds().prints("");
    }
}

#[test]
fn a_full_disk() {
    for ground in GROUNDS {
        let said = "lab: can't write to standard output: ENOSPC, no space is left\n";
        through(ground, "exec \"$@\" >/dev/full").fails(1).says(said);
        through(ground, "exec \"$@\" >/dev/full 2>&1").fails(1).prints("");
    }
    for command in ["clean", "list", "--help", "--version"] {
        let said = "lab: can't write to standard output: ENOSPC, no space is left\n";
        lab([command]).script("exec \"$@\" >/dev/full").run().fails(1).says(said);
    }
    let said = "lab: can't write to standard output: ENOSPC, no space is left\n";
    lab([]).script("exec \"$@\" >/dev/full").run().fails(1).says(said);
}

#[test]
fn a_reader_that_goes_away() {
    for ground in GROUNDS {
        // The shell's `$?` of a process killed by SIGPIPE.
        let script = "{ \"$@\"; echo \"status $?\" >&2; } | head -n 1";
        let (out, said) = through(ground, script).succeeds().both();
        assert!(out.starts_with("LESSON: ") && out.lines().count() == 1, "{out}");
        assert_eq!(said, "status 141\n");
        let (out, said) = through(ground, "{ \"$@\"; echo \"status $?\" >&2; } | true").succeeds().both();
        assert_eq!((out.as_str(), said.as_str()), ("", "status 141\n"));
    }
}

#[test]
fn a_reader_that_goes_away_at_a_pause() {
    for host in [false, true] {
        let desk = Desk::new();
        let lab = desk.lab(["step-through", "--line", "--from", "6"]);
        let mut live = if host { lab.arg("--host") } else { lab }.start();
        live.wait_for("[6/18");
        live.wait_for("q quit > ");
        live.close_output();
        // More than one write: a process that another test is starting may hold a copy of our end for a moment.
        live.send("c\n");
        live.wait_end().dies_of(Signal::SIGPIPE).both();
    }
}

#[test]
fn a_reader_that_is_slow_gets_it_all() {
    let text = through(&[], "\"$@\" | { read first; sleep 0.3; echo \"$first\"; cat; }").succeeds().text();
    assert!(text.starts_with("LESSON: ") && text.ends_with("no segment, no process, no file.\n"), "{text}");
}

#[test]
fn no_terminal_no_pause() {
    let text = lab(["step-through", "--plain"]).run().succeeds().text();
    assert!(!text.contains("q quit > "), "a prompt that nobody sees:\n{text}");
    assert!(text.ends_with("no segment, no process, no file.\n"), "{text}");
}

#[test]
fn arguments_of_any_bytes() {
    let no_utf8 = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    let usage =
        "lab: `\\377\\376` is not UTF-8: lab takes names and texts in UTF-8; see `lab step-through --help`\n";
    lab(["step-through", "--message"]).arg(no_utf8).run().fails(2).says(usage);
    let said = lab([]).arg(no_utf8).run().fails(2).error();
    assert!(said.starts_with("lab: there is no command `\\377\\376`: commands are "), "{said}");
    let said = lab([]).arg("x".repeat(100_000)).run().fails(2).error();
    assert!(said.starts_with("lab: there is no command `xxx") && said.len() < 1000, "{said}");
    let said = lab(["step-through"]).arg("x".repeat(100_000)).run().fails(2).error();
    assert!(
        said.starts_with("lab: there is no lesson `xxx") && said.len() < 1000,
        "{} bytes: {said}",
        said.len()
    );
    // A message is taken as it is, up to the room that the segment has; the rest of Unicode is allowed.
    let room = "the segment has room for 1023 and the NUL that ends them";
    for (length, fits) in [(1023, true), (1024, false), (100_000, false)] {
        let run = lab(["step-through", "--no-pause", "--message"]).arg("x".repeat(length)).run();
        match fits {
            true => drop(run.succeeds().text()),
            false => run.fails(2).says(&format!("lab: the message is {length} bytes long, and {room}\n")),
        }
    }
    let text = lab(["step-through", "--no-pause", "--plain", "--message", "grüße \u{1b}[31m"])
        .run()
        .succeeds()
        .text();
    assert!(text.contains("PRINTED: \"Client: Data read from memory: grüße \\033[31m\"\n"), "{text}");
}

/// Arguments that ask for what is not there, and what is said of it.
const WRONG: &[(&[&str], &str)] = &[
    (&["step-through", "--from", "19"], "lab: there is no step `19`: this lesson has steps 1 to 18\n"),
    (
        &["step-through", "ftok", "--message", "x"],
        "lab: this lesson asks for no message: leave `--message` out\n",
    ),
    (&["step-through", "shete"], "lab: there is no lesson `shete`: did you mean `sheet`?\n"),
    (&["step-through", "./nothing.toml"], "lab: `./nothing.toml` can't be read: ENOENT, no such thing\n"),
    (
        &["step-through", "shmget", "--host"],
        "lab: the lesson `shmget` is for a sandbox only, since it makes keys or limits that others would meet; leave out `--host`\n",
    ),
    (
        &["actor", "server", "0", "1"],
        "lab: `lab actor` is how lab starts its own processes; try `lab step-through`\n",
    ),
    (
        &["actor", "server", "99", "1"],
        "lab: `lab actor` is how lab starts its own processes; try `lab step-through`\n",
    ),
];

#[test]
fn what_is_not_there_is_said_in_a_sentence() {
    let desk = Desk::new();
    for (args, said) in WRONG {
        args.iter().fold(desk.lab([]), |lab, arg| lab.arg(arg)).run().fails(2).says(said);
    }
    for seconds in ["x", "3601", "nan", ""] {
        let said = desk.lab(["step-through", "--auto", seconds]).run().fails(2).error();
        let shown = if seconds.is_empty() { "\"\"" } else { seconds };
        let wanted = format!(
            "lab: `{shown}` is not a delay: `--auto` takes seconds from 0 to 3600, such as 2 or 0.5; see `lab step-through --help`\n"
        );
        assert_eq!(said, wanted);
    }
}
