//! Pipes and message queues in a lesson: what the kernel saw and copied on a real run, what a stranger can't do with
//! them, and that nothing of them stays, whatever happens. The lesson `why` is where students meet them.

use std::sync::Arc;

use nix::libc;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::common::tools::tool;
use super::common::{Desk, Live, transcript};

const MIB_16: u64 = 16 << 20;

/// A lesson of these steps: who, call, outcome, and further lines of the step.
fn lesson(steps: &[(&str, &str, &str, &str)]) -> String {
    let step = |(who, call, expect, more): &(&str, &str, &str, &str)| {
        format!(
            "\n[[step]]\nwho = \"{who}\"\ncall = \"{call}\"\nexpect = '''{expect}'''\nsay = \"Done.\"\n{more}\n"
        )
    };
    format!("title = \"t\"\ngoal = \"g\"\n{}", steps.iter().map(step).collect::<String>())
}

/// Every step of a lesson, and its end, as JSON.
fn played(desk: &Arc<Desk>, name: &str) -> Vec<Value> {
    let text = desk.lab(["step-through", "--no-pause", "--json"]).arg(name).run().succeeds().text();
    text.lines().skip(1).map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn seen(calls: &[(&str, u64)], copied: u64) -> Value {
    let calls: Vec<_> = calls.iter().map(|(name, times)| json!({ "name": name, "times": times })).collect();
    json!({ "calls": calls, "copied": copied, "more": false })
}

#[test]
fn every_byte_and_every_call_of_the_three_ways_is_counted() {
    for desk in Desk::of_everybody() {
        let steps = played(&desk, "why");
        let of = |call: &str, role: &str| {
            let step = steps.iter().find(|step| {
                step["code"].as_str().is_some_and(|code| code.contains(call)) && step["role"] == role
            });
            step.unwrap_or_else(|| panic!("no step with {call}"))
        };
        let (blocks, none) = (json!("blocked"), seen(&[], 0));
        let wanted = [
            ("write(fd[1]", "parent", &blocks, seen(&[("write", 1)], 0)),
            ("read(fd[0]", "child", &Value::Null, seen(&[("read", 2048)], 2 * MIB_16)),
            ("msgsnd(queue, m, 16384", "parent", &Value::Null, seen(&[("msgsnd", 1)], 0)),
            ("i++) msgrcv", "child", &blocks, seen(&[("msgrcv", 1)], 0)),
            ("i++) msgsnd", "parent", &Value::Null, seen(&[("msgsnd", 2048), ("msgrcv", 2047)], 2 * MIB_16)),
            ("memset(p, 'A'", "parent", &Value::Null, none.clone()),
            ("d = q[16777215]", "child", &Value::Null, none),
        ];
        for (call, role, outcome, kernel) in wanted {
            let step = of(call, role);
            assert_eq!(step["kernel"], kernel, "{call}");
            assert!(outcome.is_null() || step["outcome"] == *outcome, "{call}: {step}");
        }
        let note = |call: &str, role: &str| of(call, role)["notes"].clone();
        let woken = |role: &str, what: u32| {
            json!([format!("The call in which {role} was asleep came back meanwhile: it returned {what}.")])
        };
        assert_eq!(note("read(fd[0]", "child"), woken("parent", 16_777_216));
        assert_eq!(note("i++) msgsnd", "parent"), woken("child", 8192));
        let end = steps.last().expect("an end");
        assert_eq!([&end["segments"], &end["semaphores"], &end["queues"]], [&json!([]); 3]);
    }
}

/// What carries bytes is counted; what only asks is not.
#[test]
fn copied_is_what_was_carried() {
    let desk = Desk::new();
    let copied = |bytes: u32| format!("look = \"copied == {bytes}\"");
    let (none, ten, more) = (copied(0), copied(10), copied(12));
    desk.file(
        "carried.toml",
        lesson(&[
            ("server", "m = malloc(108)", "ok", &none),
            ("server", "memset(m, 'A', 108)", "ok", &none),
            ("server", "pipe(fd)", "ok", &none),
            ("server", "n = write(fd[1], m, 10)", "== 10", &ten),
            ("server", "n = read(fd[0], m, 100)", "== 10", &ten),
            ("server", "read(fd[1], m, 100)", "EBADF", &none),
            ("server", "write(fd[0], m, 100)", "EBADF", &none),
            ("server", "write(fd[1], NULL, 100)", "EFAULT", &none),
            ("server", "queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600)", "ok", &none),
            ("server", "msgsnd(queue, m, 10, 0)", "ok", &ten),
            ("server", "msgrcv(queue, m, 9, 0, 0)", "E2BIG", &none),
            ("server", "n = msgrcv(queue, m, 100, 0, 0)", "== 10", &ten),
            ("server", "msgsnd(queue, m, 12, 0)", "ok", &more),
            ("server", "msgctl(queue, IPC_RMID, NULL)", "ok", &none),
            ("server", "msgsnd(queue, m, 10, 0)", "EINVAL", &none),
            ("server", "m[9] = 0", "ok", &none),
            ("server", "puts(m)", "\"AAAAAAAAA\"", &ten),
        ]),
    );
    desk.lab(["validate", "carried.toml"]).run().succeeds().text();
}

#[test]
fn where_ptrace_is_refused_nothing_is_counted_and_all_goes_on() {
    let desk = Desk::new();
    let Some(refuse) = tool(&desk, "refuse") else { return };
    let rule = format!("{}={}", libc::SYS_ptrace, libc::EPERM);
    let lab = desk.lab(["step-through", "--no-pause", "--plain", "why"]).through([&refuse, &rule, "--"]);
    let text = lab.run().succeeds().text();
    assert!(text.contains("\nUNSEEN: no evidence here for copied == 33554432, calls == 2048\n"), "{text}");
    assert!(text.contains("\nUNSEEN: no evidence here for copied == 33554432, calls == 4095\n"), "{text}");
    assert!(!text.contains("KERNEL") && !text.contains("BROKEN"), "{text}");
}

#[test]
fn on_the_host_no_queue_is_made_and_the_rest_is_played() {
    for desk in Desk::of_everybody() {
        let text =
            desk.lab(["step-through", "--no-pause", "--plain", "--host", "why"]).run().succeeds().text();
        let skipped = "\nSKIPPED: steps 7 to 11 are not played here: it needs a sandbox, because lab makes no message queue and no semaphore on the host\n";
        assert!(text.contains(skipped), "{text}");
        assert!(text.contains("\nCHECKED: ok, copied == 33554432, calls == 2048\n"), "{text}");
    }
}

#[test]
fn a_queue_that_a_lesson_leaves_is_named() {
    let desk = Desk::new();
    desk.file("left.toml", lesson(&[("server", "queue = msgget(7, IPC_CREAT | 0600)", "== 0", "")]));
    let text = desk.lab(["validate", "--plain", "left.toml"]).run().fails(4).text();
    let said = "it leaves message queue 0 behind: its last steps should remove it";
    assert!(text.contains(said), "{text}");
    let steps = played(&desk, "./left.toml");
    assert_eq!(steps.last().expect("an end")["queues"], json!([0]));
}

/// A run of `why` that waits before this step.
fn waiting(desk: &Arc<Desk>, step: &str) -> Live {
    let lab = desk.lab(["step-through", "--line", "--plain", "why", "--from"]).arg(step);
    let mut live = lab.start();
    live.wait_for(&format!("[{step}/22"));
    live.wait_for("q quit > ");
    live
}

/// Before 6 the parent sleeps in write(), before 10 the child in msgrcv().
#[test]
fn killed_in_the_middle_nothing_is_left() {
    for desk in Desk::of_everybody() {
        for step in ["6", "10"] {
            let mut live = waiting(&desk, step);
            live.signal(Signal::SIGKILL);
            live.wait_end().dies_of(Signal::SIGKILL).text();
            let mut live = waiting(&desk, step);
            live.signal(Signal::SIGINT);
            live.wait_for("Interrupted: removing ");
            live.wait_end().dies_of(Signal::SIGINT).text();
        }
    }
}

/// The one that would have woken it dies instead.
#[test]
fn an_actor_that_waits_for_a_dead_one_is_ended_with_the_run() {
    let desk = Desk::new();
    let mut live = waiting(&desk, "6");
    live.signal_to("child", Signal::SIGKILL);
    live.send("\n").wait_for("DIED: child was killed by SIGKILL: killed; no process can refuse\n");
    live.wait_end().fails(1).text();
}

#[test]
fn without_a_name_the_sheet_is_played_and_the_path_begins_with_why() {
    let desk = Desk::new();
    let text = desk.lab(["step-through", "--no-pause", "--plain"]).run().succeeds().text();
    assert!(text.starts_with("LESSON: The lab sheet: a server writes, a client reads\n"), "{text}");
    let alone = desk.lab([]).run().succeeds().text();
    let first = "Start here:\n  lab step-through why  a pipe, a queue, a segment: what shared memory saves\n";
    assert!(alone.contains(first), "{alone}");
    let list = desk.lab(["list", "--plain"]).run().succeeds().text();
    assert!(list.starts_with("1 why: ") && list.ends_with("Next: lab step-through why\n"), "{list}");
}

/// Descriptors have no numbers in a lesson, loops are short and go round what carries bytes, and on the host there is
/// neither queue nor semaphore.
#[test]
fn what_the_notation_refuses_is_told() {
    let desk = Desk::new();
    let calls = [
        "read(0, m, 10)",
        "read(fd, m, 10)",
        "write(fd[2], m, 10)",
        "write(fd[0x1], m, 10)",
        "pipe(3)",
        "n = pipe(fd)",
        "read(pipes[0], m, 10)",
        "for (i = 0; i < 10001; i++) read(fd[0], m, 10)",
        "for (i = 1; i < 10; i++) read(fd[0], m, 10)",
        "for (i = 0; j < 10; i++) read(fd[0], m, 10)",
        "for (i = 0; i < 10; i++) shmdt(m)",
        "n = for (i = 0; i < 10; i++) read(fd[0], m, 10)",
        "for (i = 0; i < 10; i++) p[0] = 1",
    ];
    let steps: Vec<_> = calls.iter().map(|call| ("server", *call, "ok", "")).collect();
    let host = [
        ("server", "queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600)", "ok", ""),
        ("server", "queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600)", "ok", "needs = \"sandbox\""),
    ];
    let begin = [("server", "m = malloc(100)", "ok", ""), ("server", "pipe(fd)", "ok", "")];
    desk.file("refused.toml", lesson(&[&begin, &steps[..]].concat()));
    desk.file("on-host.toml", lesson(&host).replace("goal", "host = true\ngoal"));
    let said: String = ["refused.toml", "on-host.toml"]
        .map(|name| desk.lab(["validate"]).arg(name).run().fails(4).both().1)
        .concat();
    transcript::matches("why-mistakes", &said);
}
