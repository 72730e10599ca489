//! Every way a run can end: the kernel's table of segments is what it was, no process, folder or record stays,
//! and the exit status tells what happened. The harness looks after each run; here the runs end.

use std::sync::Arc;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::common::tools::tool;
use super::common::{Desk, Live};

/// Everybody this machine lets us be, in the sandbox and on the host.
fn grounds() -> Vec<(Arc<Desk>, bool)> {
    let everywhere = |host| Desk::of_everybody().into_iter().map(move |desk| (desk, host));
    [false, true].into_iter().flat_map(everywhere).collect()
}

/// A run that waits before this step, in lines.
fn waiting(desk: &Arc<Desk>, host: bool, step: &str) -> Live {
    let lab = desk.lab(["step-through", "--line", "--plain", "--message", "m", "--from"]).arg(step);
    let mut live = if host { lab.arg("--host") } else { lab }.start();
    live.wait_for(&format!("[{step}/18"));
    live.wait_for("q quit > ");
    live
}

#[test]
fn by_itself() {
    for (desk, host) in grounds() {
        let lab = desk.lab(["step-through", "--no-pause"]);
        let text = if host { lab.arg("--host") } else { lab }.run().succeeds().text();
        assert!(text.ends_with("no segment, no process, no file.\n"), "{text}");
    }
}

#[test]
fn quit_and_the_end_of_the_input() {
    for (desk, host) in grounds() {
        let mut live = waiting(&desk, host, "5");
        live.send("q\n").wait_for("Quitting: removing segment");
        live.wait_end().succeeds().text();
        let mut live = waiting(&desk, host, "6");
        live.end_input();
        live.wait_for("Quitting: removing segment");
        live.wait_end().succeeds().text();
    }
}

#[test]
fn a_signal_at_a_pause_before_a_segment_with_one_attached_and_with_one_alone() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        for (desk, host) in grounds() {
            for step in ["2", "6", "8"] {
                let mut live = waiting(&desk, host, step);
                live.signal(signal);
                live.wait_for("Interrupted: removing ");
                live.wait_end().dies_of(signal).text();
            }
        }
    }
}

#[test]
fn two_signals_at_once() {
    for (desk, host) in grounds() {
        let mut live = waiting(&desk, host, "6");
        for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGINT] {
            live.signal(signal);
        }
        let run = live.wait_end();
        assert!(
            [Signal::SIGTERM, Signal::SIGINT].map(super::common::Status::Died).contains(&run.status),
            "{:?}",
            run.status
        );
    }
}

#[test]
fn the_narrator_is_killed() {
    for (desk, host) in grounds() {
        for step in ["2", "5", "6", "8", "11"] {
            let mut live = waiting(&desk, host, step);
            live.signal(Signal::SIGKILL);
            live.wait_end().dies_of(Signal::SIGKILL).text();
        }
    }
}

#[test]
fn an_actor_is_killed() {
    for (desk, host) in grounds() {
        let mut live = waiting(&desk, host, "5");
        live.signal_to("server", Signal::SIGKILL);
        live.send("\n").wait_for("DIED: server was killed by SIGKILL: killed; no process can refuse\n");
        live.wait_for("BROKEN: the lesson expected ok, the kernel said SIGKILL\n");
        live.wait_end().fails(1).text();
    }
}

#[test]
fn an_actor_is_stopped() {
    // Lab waits a while for each, so they are stopped together.
    let stopped = |(desk, host): (Arc<Desk>, bool)| {
        let mut live = waiting(&desk, host, "12");
        live.signal_to("client", Signal::SIGSTOP);
        live.send("\n");
        live
    };
    let mut runs: Vec<Live> = grounds().into_iter().map(stopped).collect();
    for live in &mut runs {
        live.wait_for("SILENT: client gave no answer in time and was killed by lab\n");
        live.wait_for(
            "BROKEN: the lesson expected \"Client : Reading data from memory\", the kernel said no answer\n",
        );
        live.wait_end().fails(1).text();
    }
}

#[test]
fn a_stopped_actor_of_an_interrupted_run_goes_too() {
    for (desk, host) in grounds() {
        let mut live = waiting(&desk, host, "5");
        live.signal_to("server", Signal::SIGSTOP);
        live.signal(Signal::SIGTERM);
        live.wait_end().dies_of(Signal::SIGTERM).text();
        let mut live = waiting(&desk, host, "5");
        live.signal_to("server", Signal::SIGSTOP);
        live.signal(Signal::SIGKILL);
        live.wait_end().dies_of(Signal::SIGKILL).text();
    }
}

#[test]
fn an_actor_asleep_in_a_call_goes_with_a_killed_narrator() {
    let lesson = "title = \"t\"\ngoal = \"g\"\n\n\
        [[step]]\nwho = \"server\"\ncall = \"s = semget(IPC_PRIVATE, 1, 0600)\"\nexpect = \"ok\"\nsay = \"s\"\n\n\
        [[step]]\nwho = \"server\"\ncall = \"semop(s, 0, -1)\"\nexpect = \"blocks\"\nsay = \"s\"\n\n\
        [[step]]\nwho = \"client\"\ncall = \"exit(0)\"\nexpect = \"ok\"\nsay = \"s\"\n";
    for desk in Desk::of_everybody() {
        // Where ptrace is allowed, it alone would see to this.
        let Some(refuse) = tool(&desk, "refuse") else { return };
        let rule = format!("{}={}", nix::libc::SYS_ptrace, nix::libc::EPERM);
        desk.file("asleep.toml", lesson);
        let lab = desk.lab(["step-through", "--line", "--plain", "--from", "3", "./asleep.toml"]);
        let mut live = lab.through([&refuse, &rule, "--"]).start();
        live.wait_for("[3/3");
        live.wait_for("q quit > ");
        live.signal(Signal::SIGKILL);
        live.wait_end().dies_of(Signal::SIGKILL).text();
    }
}

#[test]
fn the_guard_is_killed_or_stopped() {
    for signal in [Signal::SIGKILL, Signal::SIGSTOP] {
        // Lab waits a while for a guard that is stopped.
        let signalled = |(desk, host): (Arc<Desk>, bool)| {
            let mut live = waiting(&desk, host, "2");
            live.signal_to("guard", signal);
            live.send("c\n");
            live
        };
        let mut runs: Vec<Live> = grounds().into_iter().map(signalled).collect();
        for live in &mut runs {
            let text = live.wait_end().succeeds().text();
            assert!(text.ends_with("no segment, no process, no file.\n"), "{text}");
        }
    }
}

#[test]
fn a_second_guard_does_what_the_first_would_have_done() {
    for (desk, host) in grounds() {
        let mut live = waiting(&desk, host, "2");
        let guard = live.pid_of("guard");
        live.signal_to("guard", Signal::SIGKILL);
        live.wait_gone(guard);
        // The segment is announced to a new guard, which learns of everything before it.
        live.send("g 6\n").wait_for("[6/18");
        if host {
            live.signal(Signal::SIGKILL);
            live.wait_end().dies_of(Signal::SIGKILL).text();
        } else {
            live.signal(Signal::SIGTERM);
            live.wait_end().dies_of(Signal::SIGTERM).text();
        }
    }
}

#[test]
fn a_stopped_guard_is_replaced_when_it_hears_no_more() {
    // Two notes a step: more than a socket holds.
    let step = |size: u32, outcome: &str| {
        format!(
            "[[step]]\nwho = \"server\"\ncall = \"id = shmget(IPC_PRIVATE, {size}, 0600)\"\nexpect = \"{outcome}\"\nsay = \"s\"\n"
        )
    };
    let steps = step(1, "ok") + &step(0, "EINVAL").repeat(198) + &step(1, "ok");
    let lesson = format!("title = \"t\"\ngoal = \"g\"\nhost = true\n{steps}");
    let desk = Desk::new();
    desk.file("many.toml", lesson);
    let mut live = desk.lab(["step-through", "many.toml", "--host", "--line", "--plain"]).start();
    live.wait_for("q quit > ");
    live.signal_to("guard", Signal::SIGSTOP);
    live.send("c\n");
    let text = live.wait_end().succeeds().text();
    assert!(text.contains("DONE: all 200 steps were played"), "{text}");
}

#[test]
fn everybody_is_killed_and_the_next_run_cleans_up() {
    for desk in Desk::of_everybody() {
        let lab = desk.lab(["step-through", "--line", "--plain", "--message", "m", "--from", "6", "--host"]);
        let mut live = lab.may_leave().start();
        live.wait_for("[6/18");
        // The guard first, or it would clean up.
        live.signal_to("guard", Signal::SIGKILL);
        live.signal(Signal::SIGKILL);
        live.wait_end().dies_of(Signal::SIGKILL).text();
        assert_eq!(
            desk.segments().len(),
            usize::from(desk.private()),
            "a segment should be left for this test"
        );
        desk.lab(["step-through", "--no-pause"]).run().succeeds().text();
    }
}

/// A validation under way: the process that plays these calls has started an actor, and is busy for longer than any
/// run may take.
fn validating(desk: &Arc<Desk>, calls: &[&str]) -> Live {
    let step = |call: &&str| {
        format!("\n[[step]]\nwho = \"server\"\ncall = \"{call}\"\nexpect = \"ok\"\nsay = \"Done.\"\n")
    };
    let steps: String = calls.iter().chain(&["usleep(1500000)"; 45]).map(step).collect();
    desk.file("slow.toml", format!("title = \"t\"\ngoal = \"g\"\n{steps}"));
    let live = desk.lab(["validate", "--plain", "slow.toml"]).start();
    live.pid_of("server");
    live
}

const ATTACHED: [&str; 2] = ["id = shmget(IPC_PRIVATE, 1, 0600)", "p = shmat(id, NULL, 0)"];

/// Ends the process in which a lesson is played apart.
fn end_player(live: &Live, signal: Signal) {
    let find = || live.processes().into_iter().find(|(_, name)| name == "lab-play");
    super::common::until("a lesson is played apart", || find().is_some());
    kill(Pid::from_raw(find().expect("a process").0), signal).expect("a signal");
}

#[test]
fn whoever_validates_is_told_to_end() {
    for desk in Desk::of_everybody() {
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT, Signal::SIGKILL] {
            let mut live = validating(&desk, &ATTACHED);
            live.signal(signal);
            assert_eq!(live.wait_end().dies_of(signal).text(), "");
        }
    }
}

#[test]
fn a_player_that_dies_is_an_error_and_no_hang() {
    let says = |steps: usize, what: &str| {
        format!("slow.toml  {steps} steps, FAILED\n  {what}\n0 passed, 1 failed\n")
    };
    for desk in Desk::of_everybody() {
        for signal in [Signal::SIGKILL, Signal::SIGSEGV] {
            let mut live = validating(&desk, &ATTACHED);
            end_player(&live, signal);
            let how = format!("the process that played it was killed by {signal}");
            live.wait_end().fails(4).prints(&says(47, &how));
        }
        let mut live = validating(&desk, &[]);
        end_player(&live, Signal::SIGTERM);
        live.wait_end().fails(4).prints(&says(45, "SIGTERM ended it"));
    }
}
