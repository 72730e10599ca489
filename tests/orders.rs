//! `lab orders`: how many orders there are and how many are played, against what theory says; which ends are found; what
//! waits, spins, never ends or attacks. The C programs stand in `programs/orders` and `programs/pairs`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::common::run::Told;
use super::common::{Desk, Lab, lab, transcript, until};
use super::programs;

/// A desk with these programs in its folder, each by the last part of its name.
fn desk_with(names: &[&str]) -> Arc<Desk> {
    let desk = Desk::new();
    for name in names {
        let short = name.rsplit('/').next().expect("a name");
        fs::copy(&programs::named(name).binary, desk.work().join(short)).expect("a copy");
    }
    desk
}

fn orders(desk: &Arc<Desk>, words: &[&str]) -> Lab {
    words.iter().fold(desk.lab(["orders"]), |lab, word| lab.arg(word))
}

/// The lines of a run with --json.
fn lines(told: Told) -> Vec<Value> {
    told.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn report(lines: &[Value]) -> &Value {
    lines.last().expect("a report")
}

/// What a role printed in each end, with the count of its orders, sorted.
fn printed(lines: &[Value], role: usize) -> Vec<(String, String)> {
    let ends = lines.iter().filter(|line| line["orders"] == "end");
    let mut all: Vec<(String, String)> = ends
        .map(|end| {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            (text(&end["roles"][role]["printed"]), text(&end["count"]))
        })
        .collect();
    all.sort();
    all
}

/// What is printed before anything is played.
fn opening(words: &str) -> String {
    format!(
        "ORDERS    {words}\nNOTE      Sleeps return at once here, because a sleep promises nothing. Between\n          two calls one process runs at a time, so stores are not ordered finer\n          than calls.\n"
    )
}

fn choose(of: u64, some: u64) -> u64 {
    (1..=some).fold(1, |product, at| product * (of - some + at) / at)
}

#[test]
fn independent_calls_are_played_in_one_order_and_dependent_ones_in_each() {
    let desk = desk_with(&["orders/apart", "orders/together"]);
    for (first, second) in [(1, 1), (3, 2), (4, 4)] {
        let all = choose(first + second, first);
        for (program, played) in [("apart", 1), ("together", all)] {
            let words = [format!("./{program} {first}"), format!("./{program} {second}"), "--json".into()];
            let run = orders(&desk, &words.each_ref().map(String::as_str)).run();
            let lines = lines(run.succeeds());
            let report = report(&lines);
            assert_eq!(report["count"], all.to_string(), "{program} {first} {second}");
            assert_eq!(report["played"], played, "{program} {first} {second}");
            assert_eq!(report["complete"], true);
        }
    }
}

#[test]
fn the_sheets_pair_ends_in_four_ways() {
    let desk = desk_with(&["pairs/as-written/writer", "pairs/as-written/reader"]);
    let input = desk.file("message", "hello\n");
    let run =
        orders(&desk, &["./writer", "./reader", "--stdin", &format!("writer={}", input.display()), "--json"]);
    let lines = lines(run.run().exits(1));
    let client =
        |text: &str| format!("Client : Reading data from memory\nClient: Data read from memory: {text}\n");
    let (empty, arrived) = (client(""), client("hello\n"));
    let wanted = [(&empty, "1"), (&empty, "17"), (&empty, "4"), (&arrived, "13")];
    let wanted: Vec<_> = wanted.iter().map(|(text, count)| ((*text).clone(), (*count).to_owned())).collect();
    assert_eq!(printed(&lines, 1), wanted);
    // Three calls of the writer and four of the reader.
    assert_eq!(report(&lines)["count"], choose(7, 3).to_string());
    // The reader came first, and the writer's segment stays.
    let stays = lines.iter().find(|line| line["segments"] == 1).expect("such an end");
    assert_eq!(stays["steps"][0], "1 reader: shmget  made 0 (its key is -1, reader.c:11)");
    let crash = lines.iter().find(|line| line["roles"][0]["fate"]["Died"] == 11).expect("a crash");
    let steps: Vec<&str> =
        crash["steps"].as_array().expect("steps").iter().filter_map(Value::as_str).collect();
    assert!(steps.contains(&"7 writer: SIGSEGV at 0xffffffffffffffff"), "{steps:?}");
    assert!(steps.iter().any(|step| step.contains("EINVAL (reader removed it at 5")), "{steps:?}");
}

#[test]
fn an_ordinary_user_sees_the_same() {
    let Some(desk) = Desk::ordinary() else { return };
    for name in ["pairs/as-written/writer", "pairs/as-written/reader", "orders/handshake"] {
        let short = name.rsplit('/').next().expect("a name");
        let copy = desk.file(short, fs::read(&programs::named(name).binary).expect("a program"));
        fs::set_permissions(copy, fs::Permissions::from_mode(0o755)).expect("chmod");
    }
    let pair = lines(orders(&desk, &["./writer", "./reader", "--json"]).run().exits(1));
    assert_eq!((pair.len(), &report(&pair)["count"]), (5, &Value::from("35")));
    let handshake = lines(orders(&desk, &["./handshake", "--json"]).run().succeeds());
    assert_eq!(handshake[0]["roles"][1]["printed"], "read: hello\n");
}

#[test]
fn who_ends_it_early_finds_nothing_left() {
    let desk = desk_with(&["orders/ten-calls"]);
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let mut live = orders(&desk, &["./ten-calls", "./ten-calls", "--max", "100000"]).start();
        live.wait_for("finer");
        live.signal(signal);
        live.wait_end().dies_of(signal).text();
    }
}

#[test]
fn what_was_played_before_ctrl_c_is_handed_in() {
    let desk = desk_with(&["orders/many"]);
    let seen = desk.work().join("seen");
    let command = format!("./many {}", seen.display());
    let words = [&command, &command, "--max", "100000", "--report", "so-far.md"];
    let mut live = orders(&desk, &words).start();
    // Each order begins with both of them.
    until("four orders have begun", || std::fs::metadata(&seen).is_ok_and(|file| file.len() >= 8));
    live.signal(Signal::SIGINT);
    let text = live.wait_end().dies_of(Signal::SIGINT).text();
    assert!(text.ends_with("REPORT    written to so-far.md\n"), "{text}");
    let report = std::fs::read_to_string(desk.work().join("so-far.md")).expect("a report");
    assert!(
        report.contains("\n- **ENDED** interrupted after ") && report.contains("lab was interrupted."),
        "{report}"
    );
    std::fs::remove_file(seen).expect("the file");
}

#[test]
fn a_report_is_a_page() {
    let desk = desk_with(&["pairs/as-written/writer", "pairs/as-written/reader"]);
    transcript::matches("orders", &orders(&desk, &["./writer", "./reader"]).run().exits(1).text());
    transcript::matches(
        "orders-plain",
        &orders(&desk, &["./writer", "./reader", "--plain"]).run().exits(1).text(),
    );
    transcript::matches(
        "orders-replay",
        &orders(&desk, &["./writer", "./reader", "--replay", "3"]).run().succeeds().text(),
    );
}

#[test]
fn correct_programs_end_in_one_way() {
    for (name, times, played) in [
        ("orders/handshake", 1, "read: hello\n"),
        ("orders/fork-wait", 1, ""),
        ("orders/excl", 2, "attached: 1\n"),
        ("orders/spins", 1, "flag: 1\n"),
    ] {
        let desk = desk_with(&[name]);
        let program = format!("./{}", name.trim_start_matches("orders/"));
        let words: Vec<&str> = std::iter::repeat_n(program.as_str(), times).chain(["--json"]).collect();
        let lines = lines(orders(&desk, &words).run().succeeds());
        assert_eq!(lines.len(), 2, "{name}: {lines:?}");
        assert_eq!(lines[0]["roles"][1]["printed"], played, "{name}");
        assert_eq!(report(&lines)["diverged"], 0, "{name}");
    }
    let desk = desk_with(&["orders/spins"]);
    let lines = lines(orders(&desk, &["./spins sleep", "--json"]).run().succeeds());
    assert_eq!((lines.len(), &lines[0]["roles"][1]["printed"]), (2, &Value::from("flag: 1\n")));
}

#[test]
fn a_lost_update_is_found() {
    let desk = desk_with(&["orders/lost-update"]);
    let lines = lines(orders(&desk, &["./lost-update", "--json"]).run().exits(1));
    let all: Vec<String> = printed(&lines, 0).into_iter().map(|(text, _)| text).collect();
    assert_eq!(all, ["count: 1\n", "count: 2\n"]);
}

/// What a program stores behind a fork, or behind a semop that signals, may come later than what the other one reads.
#[test]
fn a_message_that_is_written_after_the_signal_is_seen_to_come_late() {
    let desk = desk_with(&["orders/signals-first"]);
    for command in ["./signals-first", "./signals-first x"] {
        let lines = lines(orders(&desk, &[command, "--json"]).run().exits(1));
        let mut ends = printed(&lines, 1);
        ends.sort();
        let texts: Vec<&str> = ends.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["\n", "hello\n"], "{command}");
        let early = lines.iter().find(|line| line["roles"][1]["printed"] == "\n").expect("an end");
        assert!(early["steps"].to_string().contains("writes  0"), "{early}");
    }
}

#[test]
fn who_waits_for_what_is_told() {
    let desk = desk_with(&["orders/deadlock", "orders/spins"]);
    transcript::matches("orders-deadlock", &orders(&desk, &["./deadlock"]).run().exits(1).text());
    let lines = lines(orders(&desk, &["./spins never", "--json"]).run().exits(1));
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0]["cut"], "deadlock");
    assert_eq!(lines[0]["roles"][1]["fate"], "Looks");
    assert_eq!(lines[0]["roles"][0]["fate"]["Waits"]["call"], nix::libc::SYS_wait4);
}

#[test]
fn an_order_played_again_ends_as_it_did() {
    let desk = desk_with(&["pairs/as-written/writer", "pairs/as-written/reader"]);
    let words = ["./writer", "./reader", "--json"];
    let all = lines(orders(&desk, &words).run().exits(1));
    let number = all[2]["number"].to_string();
    let again = || {
        let words = ["./writer", "./reader", "--json", "--replay", &number];
        lines(orders(&desk, &words).run().succeeds()).swap_remove(0)
    };
    // A loaded machine takes longer and finds the same.
    let load = Load::start(4);
    for _ in 0..10 {
        let again = again();
        for field in ["roles", "segments", "semaphores", "cut", "steps", "choices"] {
            assert_eq!(again[field], all[2][field], "{field}");
        }
    }
    drop(load);
}

/// Threads that compute as long as this lives.
struct Load(Arc<AtomicBool>, Vec<JoinHandle<()>>);

impl Load {
    fn start(threads: usize) -> Load {
        let ended = Arc::new(AtomicBool::new(false));
        let thread = |ended: Arc<AtomicBool>| {
            std::thread::spawn(move || {
                while !ended.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            })
        };
        let all = (0..threads).map(|_| thread(ended.clone())).collect();
        Load(ended, all)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.drain(..).for_each(|thread| drop(thread.join()));
    }
}

/// The findings of each end, by name, as the programs' own comments say what they diagnose.
#[test]
fn each_end_tells_its_findings_and_correct_programs_have_none() {
    let named = |end: &Value| -> Vec<String> {
        let all = end["findings"].as_array().expect("findings").iter();
        let mut names: Vec<String> =
            all.map(|finding| finding["name"].as_str().expect("a name").to_owned()).collect();
        names.sort();
        names
    };
    let each =
        ["creat-without-excl", "key-minus-one", "missing-file", "project-over-8-bits", "world-writable"];
    let with = |more: &[&'static str]| {
        let mut names = [&each, more].concat();
        names.sort_unstable();
        names
    };
    let desk = desk_with(&["pairs/as-written/writer", "pairs/as-written/reader"]);
    let ends = lines(orders(&desk, &["./writer", "./reader", "--json"]).run().exits(1));
    let arrived = ends.iter().find(|end| end["roles"][1]["printed"].to_string().contains("hello"));
    // In another order with this end both have it attached when the reader removes it.
    let mixed = with(&["attach-against-removal", "unordered-writers"]);
    assert_eq!(named(arrived.expect("such an end")), mixed);
    let stays = ends.iter().find(|end| end["segments"] == 1).expect("such an end");
    assert_eq!(named(stays), with(&["reader-first", "left-behind"]));
    let line = stays["findings"][0]["line"].as_str().expect("a line");
    assert!(line.ends_with("writer.c:17"), "{line}");
    for name in ["mistakes/unordered-writers", "mistakes/both-count"] {
        let desk = desk_with(&[name]);
        let run = orders(&desk, &[&format!("./{}", name.trim_start_matches("mistakes/")), "--json"]).run();
        let lines = lines(run.succeeds());
        assert_eq!(named(&lines[0]), ["unordered-writers"], "{name}");
    }
    for name in ["orders/handshake", "orders/deadlock"] {
        let desk = desk_with(&[name]);
        let run = orders(&desk, &[&format!("./{}", name.trim_start_matches("orders/")), "--json"]).run();
        let lines = lines(if name == "orders/deadlock" { run.exits(1) } else { run.succeeds() });
        for end in lines.iter().filter(|line| line["orders"] == "end") {
            assert_eq!(named(end), Vec::<String>::new(), "{name}");
        }
    }
}

#[test]
fn at_full_speed_the_programs_run_as_they_are() {
    let desk = desk_with(&["orders/excl", "orders/fork-wait"]);
    let excl = lines(orders(&desk, &["./excl", "./excl", "--stress", "5", "--json"]).run().succeeds());
    assert_eq!((excl[0]["orders"].as_str(), excl[0]["runs"].as_u64()), (Some("stress"), Some(5)));
    transcript::matches(
        "orders-stress",
        &orders(&desk, &["./fork-wait", "--stress", "3"]).run().succeeds().text(),
    );
}

#[test]
fn what_is_not_reached_is_said() {
    let desk = desk_with(&["orders/together"]);
    let text = orders(&desk, &["./together 3", "./together 3", "--max", "4"]).run().succeeds().text();
    assert!(text.contains("--max` allows more"), "{text}");
    let lines =
        lines(orders(&desk, &["./together 3", "./together 3", "--max", "4", "--json"]).run().succeeds());
    let report = report(&lines);
    assert_eq!((report["played"].as_u64(), report["complete"].as_bool()), (Some(4), Some(false)));
}

#[test]
fn hostile_programs_end_with_a_sentence_and_leave_nothing() {
    let desk = desk_with(&["orders/hostile"]);
    for (what, cut) in [
        ("forks", Some("processes")),
        ("prints", Some("output")),
        ("stops", Some("deadlock")),
        ("daemon", Some("deadlock")),
        ("fills", None),
    ] {
        let run = orders(&desk, &[&format!("./hostile {what}"), "--json"]).run();
        let lines = lines(if cut.is_some() { run.exits(1) } else { run.succeeds() });
        assert_eq!(lines[0]["cut"].as_str(), cut, "{what}");
    }
    let says = "lab: the programs ended lab's process that plays the orders: a program that signals its parent, or everybody, can't be played\n";
    let opening = opening("./hostile kills");
    orders(&desk, &["./hostile kills"]).run().fails(3).prints_and_says(&opening, says);
}

#[test]
fn the_folder_is_the_readers_own_and_stays_as_it_is() {
    let desk = desk_with(&["pairs/correct/writer", "pairs/correct/reader", "orders/hostile"]);
    desk.file("lab.key", "");
    let before = super::common::desk::names_in(&desk.work());
    let lines = lines(orders(&desk, &["./writer", "./reader", "--json"]).run().exits(1));
    let said =
        lines.iter().filter(|line| line["orders"] == "end").map(|end| &end["roles"][1]["fate"]["Exited"]);
    let mut said: Vec<i64> = said.filter_map(Value::as_i64).collect();
    said.sort_unstable();
    said.dedup();
    // It reads, or it says that the server has to be first.
    assert_eq!(said, [0, 1]);
    orders(&desk, &["./hostile fills", "--json"]).run().succeeds().text();
    assert_eq!(super::common::desk::names_in(&desk.work()), before);
}

#[test]
fn a_wrong_command_line_is_a_sentence() {
    let desk = desk_with(&["orders/apart"]);
    for (words, says) in [
        (vec!["./nobody"], "lab: there is no program `./nobody`\n"),
        (vec!["./apart '1"], "lab: `./apart '1` has a quote that does not end: write it once more\n"),
        (
            vec!["./apart", "--stdin", "x"],
            "lab: `x` names no program: `--stdin` takes ROLE=FILE, such as server=message.txt; see `lab orders --help`\n",
        ),
        (
            vec!["./apart", "./apart", "--stdin", "x=y"],
            "lab: `x` is none of the programs: `--stdin` takes apart or apart-2; see `lab orders --help`\n",
        ),
    ] {
        orders(&desk, &words).run().fails(2).says(says);
    }
    let says = "lab: there is no order `7`: the last one is 1; leave out `--replay` to see what there is\n";
    orders(&desk, &["./apart", "--replay", "7"]).run().fails(2).prints_and_says(&opening("./apart"), says);
    lab(["orders"])
        .run()
        .fails(2)
        .says("lab: `PROGRAM` is missing: write `lab orders PROGRAM`; see `lab orders --help`\n");
}
