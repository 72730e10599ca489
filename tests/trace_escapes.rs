//! What a traced program may try to get away with: children that hide from a tracer, calls by other numbers, filters
//! that answer in a tracer's name, attaches that end unseen, and repeating itself without end. Nothing outlives the
//! trace unsaid, and what lab keeps has an end.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::common::mask::unwrapped;
use super::common::{Desk, Live, Run, Status, lab, skip, until};
use super::programs;

/// The ways to make a child that hides; and those that only leave the session or the namespace.
const HIDING: [&str; 13] = [
    "clone",
    "x32-clone",
    "int80-clone",
    "int80-clone3",
    "clone3",
    "clone3-read-only",
    "clone3-shared",
    "clone3-traced-flag",
    "clone3-fails",
    "memory",
    "vfork",
    "thread",
    "sibling",
];
const LEAVING: [&str; 2] = ["namespace", "daemon"];

fn binary(name: &str) -> String {
    programs::named(&format!("escapes/{name}")).binary.display().to_string()
}

/// The lines of a trace in a file of the desk.
fn lines(desk: &Desk) -> Vec<Value> {
    let text = fs::read_to_string(desk.work().join("trace.json")).expect("a trace");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// One traced run, which ends as the program does: its lines and what the program printed.
fn traced(desk: &Arc<Desk>, words: &[&str]) -> (Status, Vec<Value>, String) {
    desk.file("trace.json", "");
    let run = desk.lab(["trace", "--json", "-o", "trace.json", "--"]).may_leave();
    let Run { status, stdout, .. } = words.iter().fold(run, |run, word| run.arg(word)).run();
    (status, lines(desk), String::from_utf8(stdout).expect("text"))
}

fn calls<'a>(lines: &'a [Value], function: &'a str) -> impl Iterator<Item = &'a Value> {
    lines.iter().filter(move |line| line["event"] == "call" && line["function"] == function)
}

/// All of an end's sentences about this.
fn sentences(lines: &[Value], field: &str) -> String {
    lines.last().expect("an end")[field].to_string()
}

#[test]
fn a_child_that_hides_is_followed_and_finds_all_as_it_was() {
    let ways = binary("ways");
    for desk in Desk::of_everybody() {
        for way in HIDING.into_iter().chain(LEAVING) {
            let alone = desk.shell(&format!("{ways} {way} || echo failed"));
            let (status, lines, printed) = traced(&desk, &[&ways, way]);
            assert_eq!((status, &printed), (Status::Exited(0), &alone), "{way}");
            // A kernel without that way to make a call, or flags that it refuses.
            if printed.contains("clone: ") || printed.contains("no namespace") {
                continue;
            }
            let made: Vec<_> = calls(&lines, "shmctl").map(|call| call["outcome"].to_string()).collect();
            assert_eq!(made, ["{\"returned\":\"zero\"}"], "{way}: the child's calls are not in the trace");
            let notes = sentences(&lines, "notes");
            assert_eq!(notes.contains("1 child was to be hidden"), HIDING.contains(&way), "{way}: {notes}");
            assert_eq!(sentences(&lines, "unseen"), "[]", "{way}");
        }
    }
}

#[test]
fn a_hidden_child_that_stays_is_named_and_ended() {
    let ways = binary("ways");
    for ordinary in [false, true] {
        let start = |way: &'static str| {
            let desk = if ordinary { Desk::ordinary()? } else { Desk::new() };
            desk.file("trace.json", "");
            let run = desk.lab(["trace", "--json", "-o", "trace.json", "--timeout", "1", "--", &ways, way]);
            Some((way, desk.clone(), run.arg("stays").start()))
        };
        let runs: Vec<_> = HIDING.into_iter().chain(LEAVING).chain(["race"]).filter_map(start).collect();
        for (way, desk, mut live) in runs {
            // It waits until every process of the run is gone.
            let run = live.wait_end();
            let printed = String::from_utf8_lossy(&run.stdout).into_owned();
            if printed.contains("clone: ") || printed.contains("no namespace") {
                continue;
            }
            assert_eq!(run.status, Status::Exited(124), "{way}: {printed}");
            let doing = sentences(&lines(&desk), "timeout");
            let named = if way == "thread" { "ways " } else { "child 1" };
            assert!(doing.contains(named), "{way}: {doing}");
        }
    }
}

#[test]
fn children_whose_flag_is_written_behind_labs_back_are_found() {
    for desk in Desk::of_everybody() {
        let (status, lines, _) = traced(&desk, &[&binary("ways"), "race"]);
        assert_eq!(status, Status::Exited(0));
        // One thread, and 500 children but for those that were gone before anybody could look.
        let ended = calls(&lines, "exit").count();
        let unseen = sentences(&lines, "unseen");
        assert!((2..=501).contains(&ended), "{ended}");
        if ended < 501 {
            let notes = sentences(&lines, "notes");
            assert!(
                notes.contains("were to be hidden") || unseen.contains("CLONE_UNTRACED"),
                "{notes}{unseen}"
            );
        }
    }
}

#[test]
fn a_signal_sent_to_lab_ends_what_a_program_has_left_running() {
    let desk = Desk::new();
    let ways = binary("ways");
    desk.file("trace.txt", "");
    let mut live = desk.lab(["trace", "--all", "-o", "trace.txt", "--", &ways, "daemon", "stays"]).start();
    let trace = desk.work().join("trace.txt");
    let told = || fs::read_to_string(&trace).unwrap_or_default();
    until("only the daemon is left", || told().matches("\nEXIT ").count() == 2 && told().contains("shmctl("));
    live.signal(Signal::SIGTERM);
    live.wait_end().exits(0).text();
    assert!(told().contains("killed by SIGTERM"), "{}", told());
}

#[test]
fn calls_by_other_numbers_are_counted_and_what_they_left_is_said() {
    if cfg!(not(target_arch = "x86_64")) {
        return skip("only x86-64 has other numbers");
    }
    for desk in Desk::of_everybody() {
        let alone = desk.shell(&format!("{} int80-calls; ipcrm -a 2>/dev/null || :", binary("ways")));
        if alone != "1 0 1 1\n" {
            return skip("this kernel makes no 32-bit calls");
        }
        desk.foreign();
        desk.file("trace.txt", "");
        let words = ["trace", "-o", "trace.txt", "--", &binary("ways")];
        desk.lab(words).arg("int80-calls").may_leave().run().exits(0).prints("1 0 1 1\n");
        let told = fs::read_to_string(desk.work().join("trace.txt")).expect("a trace");
        let told = unwrapped(&told);
        let left = *desk.segments().last().expect("a segment is left");
        for sentence in [
            "SUMMARY 1 process, 0 calls about shared memory, 4 more that lab does not decode\n",
            "VERDICT can't say: the program made 4 calls about shared memory that lab does not decode.\n",
            "UNSEEN 4 calls about shared memory were made with 32-bit or x32 numbers (int $0x80), and 1 of them failed; lab does not decode them, and what they did is not in this story.\n",
            &format!("UNSEEN Segment {left} was made by "),
            &format!("in a way that lab does not decode, and is still there: ipcrm -m {left}\n"),
        ] {
            assert!(told.contains(sentence), "{sentence}\n{told}");
        }
        let (_, lines, _) = traced(&desk, &[&binary("ways"), "x32-calls"]);
        assert!(sentences(&lines, "unseen").contains("1 call about shared memory was made"), "{lines:?}");
        let (_, lines, _) = traced(&desk, &[&binary("ways")]);
        assert_eq!(sentences(&lines, "unseen"), "[]");
    }
}

/// A program without a library, for a machine that may have none for 32 bits: it makes a segment and a child that
/// stays, and ends.
const NARROW: &str = r#"
static long call(long number, long a, long b, long c, long d)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "0"(number), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
    return result;
}
void _start(void)
{
    call(117, 23, 0, 4096, 01600);
    if (call(120, 0x00800000 | 17, 0, 0, 0) == 0)
        for (;;)
            call(29, 0, 0, 0, 0);
    call(1, 7, 0, 0, 0);
}
"#;

#[test]
fn a_32_bit_program_that_is_started_later_is_followed_and_its_calls_are_counted() {
    for desk in Desk::of_everybody() {
        let source = desk.file("narrow.c", NARROW);
        let program = desk.work().join("narrow");
        let mut cc = Command::new("cc");
        cc.args(["-m32", "-nostdlib", "-static", "-fno-pie", "-no-pie", "-fno-stack-protector", "-o"]);
        if !cc.arg(&program).arg(source).output().is_ok_and(|done| done.status.success()) {
            return skip("cc makes no 32-bit programs");
        }
        if desk.shell(&format!("{} int80-calls; ipcrm -a 2>/dev/null || :", binary("ways"))) != "1 0 1 1\n" {
            return skip("this kernel makes no 32-bit calls");
        }
        desk.file("trace.json", "");
        let run = desk.lab(["trace", "--json", "-o", "trace.json", "--timeout", "1", "--", "sh", "-c"]);
        run.arg("./narrow; true").may_leave().run().exits(124).text();
        let lines = lines(&desk);
        let (unseen, doing) = (sentences(&lines, "unseen"), sentences(&lines, "timeout"));
        for (text, sentence) in [
            (&unseen, "1 call about shared memory was made with 32-bit or x32 numbers"),
            (&unseen, "is a program for another architecture"),
            (&unseen, "in a way that lab does not decode, and is still there"),
            (&doing, "child 1 "),
        ] {
            assert!(text.contains(sentence), "{sentence}: {text}");
        }
    }
}

#[test]
fn a_filter_that_answers_for_a_tracer_is_said_and_misleads_nobody() {
    for desk in Desk::of_everybody() {
        for (way, said) in [("prctl-trace", true), ("seccomp-trace", true), ("prctl-errno", false)] {
            let (status, lines, printed) = traced(&desk, &[&binary("filters"), way]);
            assert_eq!(status, Status::Exited(0));
            assert_eq!(
                sentences(&lines, "notes").contains("without a tracer each fails with ENOSYS"),
                said,
                "{way}"
            );
            assert_eq!(printed, if said { "attached\n" } else { "Operation not permitted\n" });
            let made: Vec<_> = lines.iter().filter(|line| line["event"] == "call").collect();
            let names: Vec<_> = made.iter().map(|call| call["function"].as_str().expect("a name")).collect();
            let all = ["shmget", "shmat", "shmdt", "shmctl", "exit"];
            assert_eq!(names.iter().filter(|name| all.contains(name)).count(), names.len(), "{names:?}");
            // An errno of a filter keeps the call from being made, and from being seen.
            assert_eq!(names.contains(&"shmat"), said, "{way}");
        }
    }
}

#[test]
fn what_a_program_has_unmapped_is_not_said_to_be_attached() {
    // A way, what some sentence of its trace says, and what none does.
    let cases: [(&str, &[&str], &[&str]); 12] = [
        (
            "moves",
            &["Nothing is attached there; segment 0 is, at 0x", "attached once, detached once"],
            &["bytes into segment"],
        ),
        ("moves-and-ends", &["the exit detaches it", "not-detached"], &[]),
        ("unmaps-part", &["That was the last attach of segment 0"], &["not-detached"]),
        (
            "keeps-from-child",
            &["nothing is attached to inherit", "attached by escapes-unmaps; attached once"],
            &["inherits"],
        ),
        (
            "remaps-pages",
            &["not mapped at this address any more; 1 attachment is left of it"],
            &["others still"],
        ),
        ("unmaps", &["detached twice"], &["the exit detaches", "not-detached", "attaches were still there"]),
        (
            "unmaps-and-detaches",
            &["was attached there, until munmap, mremap or another mapping ended that"],
            &["0 bytes into", "detached already"],
        ),
        ("unmaps-and-attaches", &["attached 3 times, detached 3 times"], &["the exit detaches"]),
        (
            "unmaps-and-forks",
            &["inherits the attach of segment 0: one attach more", "attached 3 times"],
            &["inherits 2", "2 attaches were still"],
        ),
        (
            "unmaps-and-touches",
            &["munmap, mremap or another mapping has ended that attach, and the pointer is stale"],
            &["crash-after-detach"],
        ),
        ("covers", &["detached twice"], &["the exit detaches", "not-detached"]),
        (
            "covers-and-touches",
            &["munmap, mremap or another mapping has ended that attach"],
            &["does not allow this kind of access"],
        ),
    ];
    for desk in Desk::of_everybody() {
        for (way, says, never) in cases {
            desk.file("trace.txt", "");
            let words = ["trace", "-o", "trace.txt", "--sandbox", "--", &binary("unmaps"), way];
            let dies = way.ends_with("touches");
            let status = if dies { Status::Died(Signal::SIGSEGV) } else { Status::Exited(0) };
            assert_eq!(desk.lab(words).run().status, status, "{way}");
            let told = fs::read_to_string(desk.work().join("trace.txt")).expect("a trace");
            let told = unwrapped(&told);
            says.iter().for_each(|text| assert!(told.contains(text), "{way} lacks: {text}\n{told}"));
            never.iter().for_each(|text| assert!(!told.contains(text), "{way} says: {text}\n{told}"));
        }
    }
}

/// The most memory that lab has had so far, in KiB, once the program has done what it repeats.
fn peak(live: &mut Live) -> u64 {
    live.wait_for("done");
    let status = fs::read_to_string(format!("/proc/{}/status", live.pid())).expect("lab runs");
    assert!(status.starts_with("Name:\tlab\n"), "{status}");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// What is repeated, how often, and a window where there is one; and the KiB that lab may take for it.
fn repeats(cases: &[(&str, &str, &str)], options: &[&str], most: u64) {
    for (what, times, window) in cases {
        let words = ["trace", "-o", "/dev/null", "--sandbox"];
        let lab = options.iter().fold(lab(words), |lab, option| lab.arg(option)).arg("--");
        let program = binary("repeats");
        let mut live = lab.arg(&program).arg(what).arg(times).arg(window).start();
        let peak = peak(&mut live);
        live.send("\n");
        live.wait_end().exits(0).text();
        assert!(peak < most, "{what} {times} {options:?}: lab had {peak} KiB");
    }
}

/// Each would have taken more memory, or more than the minute a run may take, when lab kept what a program repeats.
#[test]
fn what_lab_keeps_does_not_grow_with_what_a_program_repeats() {
    repeats(
        &[
            ("upper-halves", "30000", "1"),
            ("flags", "30000", "1"),
            ("attach-flags", "20000", "1"),
            ("commands", "20000", "1"),
            ("modes", "20000", "1"),
            ("ids", "20000", "1"),
            ("addresses", "20000", "1"),
            ("segments", "10000", "1"),
            ("unmapped", "5000", "1"),
        ],
        &[],
        SOME,
    );
}

#[test]
fn nor_with_what_it_has_attached_or_started() {
    repeats(
        &[
            ("attachments", "30000", "15000"),
            ("stays-attached", "30000", "1"),
            ("forks", "2500", "1"),
            ("forks", "1000", "300"),
            ("line-of-forks", "200", "1"),
            ("long-names", "300", "1"),
            ("long-paths", "5000", "1"),
            ("faults", "300", "1"),
        ],
        &[],
        SOME,
    );
}

#[test]
fn nor_where_a_program_is_told_every_call() {
    repeats(&EACH_IS_TOLD, &["--json"], FEW);
}

#[test]
fn nor_where_a_person_is_told_every_call() {
    repeats(&EACH_IS_TOLD[..2], &["--all"], FEW);
}

/// What lab may take, in KiB. For a program that repeats nothing it takes about 13,000.
const MANY: u64 = 50_000;
const SOME: u64 = 32_000;
/// Where each call is told, which takes long, fewer have to be enough: a thousand bytes kept of each would be too much.
const FEW: u64 = 20_000;

/// What keeps most comes first.
const EACH_IS_TOLD: [(&str, &str, &str); 5] = [
    ("attachments", "6000", "3000"),
    ("segments", "5000", "1"),
    ("upper-halves", "4000", "1"),
    ("forks", "1000", "1"),
    ("long-names", "100", "1"),
];

/// The full size: `cargo test --release -- --ignored million`.
#[test]
#[ignore = "takes minutes, and wants a release build"]
fn a_million_calls_and_a_hundred_thousand_of_the_rest() {
    let million = "1000000";
    repeats(
        &[
            ("upper-halves", million, "1"),
            ("flags", million, "1"),
            ("attach-flags", million, "1"),
            ("commands", million, "1"),
            ("semaphore-commands", million, "1"),
            ("sizes", million, "1"),
            ("ids", million, "1"),
            ("addresses", million, "1"),
            ("segments", "100000", "1"),
            ("unmapped", "100000", "1"),
            ("attachments", "100000", "1000"),
            ("attachments", "100000", "65000"),
            ("stays-attached", "100000", "1"),
            ("forks", "100000", "1"),
            ("forks", "100000", "300"),
        ],
        &[],
        MANY,
    );
    repeats(
        // Half as many forks: with as many, telling each takes longer than a run may take here.
        &[("attachments", "100000", "65000"), ("segments", "100000", "1"), ("forks", "50000", "1")],
        &["--json"],
        MANY,
    );
}
