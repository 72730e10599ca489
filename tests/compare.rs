//! `lab compare`: which calls a trip takes by each way, how each waits, what is shown of it, what happens where the machine
//! refuses something, and that nothing stays. No figure is compared with another: how fast a machine is, is no test.

use std::process::Command;
use std::sync::Arc;

use nix::libc;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::common::mask::unwrapped;
use super::common::run::uncoloured;
use super::common::tools::tool;
use super::common::{Desk, Lab, lab, skip, transcript};

/// A comparison that is soon done.
fn quick(desk: &Arc<Desk>, sizes: &str) -> Lab {
    desk.lab(["compare", "--seconds", "0.1", "--bytes", sizes])
}

/// The lines of a run with --json.
fn lines(lab: Lab) -> Vec<Value> {
    let text = lab.arg("--json").run().succeeds().text();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn of<'a>(lines: &'a [Value], way: &str, bytes: u64) -> &'a Value {
    let found = lines.iter().find(|line| line["way"] == way && line["bytes"] == bytes);
    found.unwrap_or_else(|| panic!("no line for {way} and {bytes}: {lines:?}"))
}

/// Which ways there are, and which are missing.
fn ways(lines: &[Value], kind: &str) -> Vec<String> {
    let mut ways: Vec<String> = lines
        .iter()
        .filter(|line| line["compare"] == kind)
        .map(|line| line["way"].as_str().expect("a way").to_owned())
        .collect();
    ways.dedup();
    ways
}

/// How often a call was counted in a line.
fn times(line: &Value, call: &str) -> u64 {
    let made = line["calls"]["made"].as_array().expect("counted calls");
    made.iter().filter(|made| made["name"] == call).filter_map(|made| made["times"].as_u64()).sum()
}

const ALL: [&str; 5] = ["pipe", "socket-pair", "queue", "semaphore", "spinning"];

#[test]
fn every_call_of_a_trip_is_counted_and_every_wait_is_seen() {
    for desk in Desk::of_everybody() {
        let lines = lines(quick(&desk, "64,4096,1048576"));
        assert!(lines.iter().all(|line| line["version"] == 1), "{lines:?}");
        assert_eq!((&lines[0]["compare"], &lines[0]["sandbox"]), (&json!("machine"), &json!(true)));
        assert_eq!(ways(&lines, "way"), ALL);
        let trips = 4;
        for bytes in [64, 4096, 1 << 20] {
            for way in ["pipe", "socket-pair"] {
                let line = of(&lines, way, bytes);
                assert_eq!(line["calls"]["trips"], trips);
                // The message, and the answer of eight bytes.
                assert_eq!(times(line, "write"), 2 * trips, "{line}");
                // A large one comes in pieces, as many as the reader finds.
                let reads = times(line, "read");
                assert!(reads == 2 * trips || (bytes > 4096 && reads > 2 * trips), "{line}");
                assert_eq!(line["calls"]["copied"], 2 * trips * (bytes + 8), "{line}");
                assert_eq!((&line["waits"], &line["waits_in"]), (&json!("asleep"), &json!("read")));
            }
            let queue = of(&lines, "queue", bytes);
            let calls = trips * (bytes.div_ceil(8192) + 1);
            assert_eq!((times(queue, "msgsnd"), times(queue, "msgrcv")), (calls, calls), "{queue}");
            assert_eq!(queue["calls"]["copied"], 2 * trips * (bytes + 8), "{queue}");
            assert_eq!(queue["waits_in"], "msgrcv");
            let semaphore = of(&lines, "semaphore", bytes);
            assert_eq!(times(semaphore, "semop") + times(semaphore, "semtimedop"), 4 * trips, "{semaphore}");
            assert_eq!(semaphore["calls"]["copied"], 0);
            assert!(["semop", "semtimedop"].contains(&semaphore["waits_in"].as_str().expect("a call")));
            let spinning = of(&lines, "spinning", bytes);
            let alone = lines[0]["pair"].is_null();
            assert!(alone || spinning["calls"]["made"] == json!([]), "{spinning}");
            assert_eq!((&spinning["waits"], &spinning["waits_in"]), (&json!("spins"), &Value::Null));
            for way in ALL {
                let line = of(&lines, way, bytes);
                let some = |name: &str| line[name].as_f64().is_some_and(|number| number > 0.0);
                assert!(
                    some("round_trips_per_second") && some("bytes_per_second") && some("trips"),
                    "{line}"
                );
                assert!(some("processors_busy") && line["rounds"] == 9, "{line}");
            }
        }
        let report = lines.last().expect("a report");
        assert_eq!((&report["queue_piece"], &report["uncounted"]), (&json!(8192), &Value::Null));
        assert_eq!(report["cache_line_ns"].is_null(), lines[0]["pair"].is_null());
    }
}

/// What was printed, with `N` for each number, and without what only some machines and some runs have.
fn masked(text: &str) -> String {
    let word = |word: &str| {
        let bar = |c: char| c == '#' || ('\u{2588}'..='\u{258f}').contains(&c);
        let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let rest =
            rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        match rest.trim_start_matches(['k', 'M', 'G']) {
            _ if word.chars().all(bar) => "BAR".into(),
            "" if word == "?" || rest.len() < word.len() => "N".into(),
            rest if rest.len() < word.len() && !rest.starts_with(char::is_alphabetic) => format!("N{rest}"),
            _ => word.to_owned(),
        }
    };
    let line = |line: &str| {
        let mut line = line.split_whitespace().map(word).collect::<Vec<_>>().join(" ");
        for (unit, plain) in [("kB", "B"), ("MB", "B"), ("GB", "B"), ("us", "ns"), ("ms", "ns")] {
            line = line.replace(&format!("N {unit}"), &format!("N {plain}"));
        }
        line + "\n"
    };
    let noise =
        |line: &str| ["NOTE", "MEANS Spinning", "MEANS: Spinning"].iter().any(|it| line.starts_with(it));
    let shown = |text: &str| match text.split_once(" and back in ") {
        Some((begin, _)) => format!("{begin} and back in ...\n"),
        None if text.starts_with("MACHINE") => "MACHINE ...\n".into(),
        None => line(text),
    };
    unwrapped(text).lines().filter(|line| !noise(line)).map(shown).collect()
}

#[test]
fn it_is_shown_as_tables_with_bars_and_as_plain_lines() {
    let desk = Desk::new();
    if desk.shell("nproc").trim() == "1" {
        return skip("it takes two processors");
    }
    let text = quick(&desk, "64,4096,1048576").run().succeeds().text();
    transcript::matches("compare/tables", &masked(&text));
    let text = quick(&desk, "4096,64,4096").arg("--plain").run().succeeds().text();
    assert!(text.lines().all(|line| line.split_once(": ").is_some()), "{text}");
    transcript::matches("compare/plain", &masked(&text));
    let text = quick(&desk, "64").arg("--ascii").run().succeeds().text();
    assert!(text.is_ascii() && text.contains("###"), "{text}");
}

#[test]
fn on_one_processor_it_gives_way_and_says_so() {
    let desk = Desk::new();
    if Command::new("taskset").arg("--version").output().is_err() {
        return skip("there is no taskset");
    }
    let first = desk.shell("taskset -cp $$ | sed 's/.*: //; s/[-,].*//'");
    let one = || ["taskset", "-c", first.trim()];
    let text = quick(&desk, "64,4096").through(one()).run().succeeds().text();
    transcript::matches("compare/one-processor", &masked(&text));
    let lines = lines(quick(&desk, "64").through(one()));
    assert_eq!((&lines[0]["pair"], &lines[0]["pinned"]), (&Value::Null, &json!(false)));
    let spinning = of(&lines, "spinning", 64);
    assert!(times(spinning, "sched_yield") > 0, "{spinning}");
    assert_eq!(spinning["waits"], "spins");
    assert_eq!(lines.last().expect("a report")["cache_line_ns"], Value::Null);
}

#[test]
fn it_fits_a_window_and_a_line_says_how_far_it_is() {
    for (rows, columns) in [(24, 80), (24, 40)] {
        let mut live = quick(&Desk::new(), "64,4096,1048576").on_terminal(rows, columns);
        live.wait_for("round 9 of 9");
        let told = live.wait_end().succeeds().text();
        // What the progress leaves is blanks.
        let told = uncoloured(told.as_bytes());
        let (_, text) = told.rsplit_once('\r').expect("a line that went");
        let wide = |line: &&str| line.chars().count() > columns.into();
        assert_eq!(text.lines().find(wide), None);
        let notes = text.lines().skip_while(|line| !line.starts_with("NOTE")).count();
        let all = text.lines().count() + 2 - notes;
        // One row is the opening's, and one the prompt's.
        assert!(columns < 80 || all <= 24, "{all} rows:\n{text}");
    }
}

#[test]
fn bad_input_gets_a_sentence() {
    let size = |word: &str| {
        format!(
            "lab: `{word}` is not a list of message sizes: `--bytes` takes 1 to 6 multiples of 64 from 64 to 1048576, with commas between them, such as 64,4096; see `lab compare --help`\n"
        )
    };
    for word in
        ["0", "100", "1048640", "64,,128", "x", "-64", "64,128,192,256,320,384,448", "1e3", "\u{1b}[31m"]
    {
        let shown = word.replace('\u{1b}', "\\033");
        lab(["compare", "--bytes", word]).run().fails(2).says(&size(&shown));
    }
    lab(["compare", "--seconds", "0"]).run().fails(2).says(
        "lab: `0` is not a time limit: `--seconds` takes seconds, more than 0 and at most 3600, such as 10 or 0.5; see `lab compare --help`\n",
    );
    lab(["compare", "pipe"]).run().fails(2).says(
        "lab: `pipe` is one word too many: `lab compare` takes options only; see `lab compare --help`\n",
    );
    lab(["compare", "--json", "--plain"]).run().fails(2).says(
        "lab: `--json` and `--plain` can't go together: leave one of them out; see `lab compare --help`\n",
    );
    lab(["benchmark"])
        .run()
        .fails(2)
        .says("lab: there is no command `benchmark`: did you mean `lab compare`?\n");
}

#[test]
fn whoever_ends_it_early_finds_nothing_left() {
    for desk in Desk::of_everybody() {
        // While it is timed, and before: the harness looks for what stays.
        let long = || desk.lab(["compare", "--seconds", "600"]);
        let mut live = long().on_terminal(24, 80);
        live.wait_for("round 1 of 9");
        live.send("\u{3}");
        live.wait_end().dies_of(Signal::SIGINT).both();
        live = long().start();
        live.wait_for("COMPARE");
        live.signal(Signal::SIGTERM);
        live.wait_end().dies_of(Signal::SIGTERM).both();
        live = long().start();
        live.pid_of("lab-reader");
        live.signal(Signal::SIGINT);
        live.wait_end().dies_of(Signal::SIGINT).both();
        live = long().start();
        live.pid_of("lab-reader");
        live.signal(Signal::SIGKILL);
        live.wait_end().dies_of(Signal::SIGKILL).both();
        live = long().on_terminal(24, 80);
        live.wait_for("round 1 of 9");
        live.signal_to("lab-reader", Signal::SIGKILL);
        let (_, said) = live.wait_end().fails(3).both();
        assert_eq!(
            said,
            "lab: a process of the comparison has ended too early: something outside has killed it\n"
        );
    }
}

/// A run in which the kernel refuses some calls.
fn refused(desk: &Arc<Desk>, rules: &[(libc::c_long, &str, i32)]) -> Option<Lab> {
    let refuse = tool(desk, "refuse")?;
    let mut lab = quick(desk, "64").through([&refuse]);
    for (call, second, errno) in rules {
        lab = lab.through([&format!("{call}{second}={errno}")]);
    }
    Some(lab.through(["--"]))
}

#[test]
fn what_the_machine_refuses_is_left_out_with_its_reason() {
    let desk = Desk::new();
    let with = |rules: &[(libc::c_long, &str, i32)]| refused(&desk, rules);
    let row = |label: &str, text: &str, rules: &[(libc::c_long, &str, i32)]| {
        let Some(lab) = with(rules) else { return };
        let text_of = unwrapped(&lab.run().succeeds().text());
        let wanted = format!("{label} not here, because {text}");
        assert!(text_of.lines().any(|line| line.starts_with(&wanted)), "{wanted}:\n{text_of}");
    };
    // In the middle of a trip as well as before it.
    row("QUEUE", "msgsnd() failed: EPERM", &[(libc::SYS_msgsnd, "", libc::EPERM)]);
    row("QUEUE", "msgget() failed: ENOSPC", &[(libc::SYS_msgget, "", libc::ENOSPC)]);
    row("SEMAPHORE", "semget() failed: ENOSYS", &[(libc::SYS_semget, "", libc::ENOSYS)]);
    row("SPINNING", "shmget() failed: ENOSYS", &[(libc::SYS_shmget, "", libc::ENOSYS)]);
    row("SPINNING", "a process that only called shmget() was killed by SIGSYS", &[(libc::SYS_shmget, "", 0)]);
    row("SPINNING", "shmat() failed: ENOMEM", &[(libc::SYS_shmat, "", libc::ENOMEM)]);
    let no_sandbox = [(libc::SYS_unshare, "", libc::EPERM)];
    row("QUEUE", "there is no sandbox: if lab were killed", &no_sandbox);
    let Some(lab) = with(&no_sandbox) else { return };
    let found = lines(lab);
    assert_eq!(ways(&found, "way"), ["pipe", "socket-pair", "spinning"]);
    assert_eq!(
        (ways(&found, "missing"), &found[0]["sandbox"]),
        (vec!["queue".to_owned(), "semaphore".into()], &json!(false))
    );
    let Some(lab) = with(&[(libc::SYS_ptrace, "", libc::EPERM)]) else { return };
    let found = lines(lab);
    assert_eq!((ways(&found, "way").len(), &of(&found, "pipe", 64)["calls"]), (5, &Value::Null));
    assert!(found.last().expect("a report")["uncounted"].is_string());
    let nothing = [
        (libc::SYS_shmget, "", libc::ENOSYS),
        (libc::SYS_pipe2, "", libc::EMFILE),
        (libc::SYS_socketpair, ":524289", libc::EMFILE),
    ];
    let Some(lab) = with(&nothing) else { return };
    let (_, said) = lab.run().fails(3).both();
    assert_eq!(said, "lab: none of the five ways works on this machine\n");
}

#[test]
fn the_lesson_why_leads_to_it_and_the_help_explains_it() {
    let help = lab(["compare", "--help"]).run().succeeds().text();
    lab(["help", "compare"]).run().succeeds().prints(&help);
    let text = lab(["step-through", "why", "--no-pause"]).run().succeeds().text();
    assert!(unwrapped(&text).contains("`lab compare`"), "{text}");
}
