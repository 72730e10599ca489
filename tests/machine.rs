//! Machines that refuse: no shared memory, no room, no /proc, no home. A clear sentence, the documented exit
//! status, and nothing lost or left.

use std::sync::Arc;

use nix::libc::{self, c_long};

use super::common::tools::tool;
use super::common::{Desk, Lab, Told, root, skip};

const DONE: &str = "every claim held. Nothing stays behind: no segment, no process, no file.\n";

fn played(desk: &Arc<Desk>, options: &[&str]) -> Lab {
    options.iter().fold(desk.lab(["step-through", "--no-pause", "--plain"]), |lab, option| lab.arg(option))
}

/// The lesson with some system calls answered by an errno (0: killed for it); `SHM_RMID` for shmctl's IPC_RMID.
fn refused(desk: &Arc<Desk>, rules: &[(&str, c_long, i32)], options: &[&str]) -> Option<Lab> {
    let refuse = tool(desk, "refuse")?;
    let mut lab = played(desk, options).through([&refuse]);
    for (second, call, errno) in rules {
        lab = lab.through([&format!("{call}{second}={errno}")]);
    }
    Some(lab.through(["--"]))
}

/// Every way to play, for everybody: the desk and the option.
fn grounds() -> Vec<(Arc<Desk>, &'static [&'static str])> {
    let options: [&'static [&'static str]; 2] = [&[], &["--host"]];
    options
        .into_iter()
        .flat_map(|option| Desk::of_everybody().into_iter().map(move |desk| (desk, option)))
        .collect()
}

#[test]
fn no_shared_memory_at_all() {
    let rows = [
        (libc::EPERM, "EPERM"),
        (libc::ENOSYS, "ENOSYS"),
        (libc::ENOSPC, "ENOSPC"),
        (libc::ENOMEM, "ENOMEM"),
    ];
    for (errno, name) in rows {
        for (desk, options) in grounds() {
            let Some(lab) = refused(&desk, &[("", libc::SYS_shmget, errno)], options) else { return };
            let (out, said) = lab.run().fails(3).both();
            if options.is_empty() {
                assert_eq!(out, "");
                let wanted = format!(
                    "lab: this machine has no System V shared memory for us: shmget returned {name}: "
                );
                assert!(said.starts_with(&wanted) && said.lines().count() == 1, "{said}");
            } else {
                let wanted = "lab: step 3 can't be played on this machine: shmget(0x";
                assert!(said.starts_with(wanted) && said.lines().count() == 1, "{said}");
                assert!(said.contains(&format!(" returned {name}: ")), "{said}");
            }
        }
    }
}

#[test]
fn shmget_kills() {
    for (desk, options) in grounds() {
        let Some(lab) = refused(&desk, &[("", libc::SYS_shmget, 0)], options) else { return };
        if options.is_empty() {
            lab.run().fails(3).says("lab: a process that only called shmget was killed by SIGSYS: a sandbox around lab forbids System V shared memory\n");
        } else {
            let text = lab.run().fails(1).text();
            assert!(text.contains("DIED: server was killed by SIGSYS: "), "{text}");
        }
    }
}

#[test]
fn shmat_is_refused_and_the_segment_goes() {
    for (desk, options) in grounds() {
        let Some(lab) = refused(&desk, &[("", libc::SYS_shmat, libc::ENOMEM)], options) else { return };
        let (_, said) = lab.run().fails(3).both();
        assert!(said.starts_with("lab: step 4 can't be played on this machine: shmat("), "{said}");
        assert!(
            said.ends_with(", NULL, 0) returned ENOMEM: no room for it in the address space\n"),
            "{said}"
        );
    }
}

#[test]
fn shmdt_is_refused_and_the_segment_goes() {
    for (desk, options) in grounds() {
        let Some(lab) = refused(&desk, &[("", libc::SYS_shmdt, libc::EINVAL)], options) else { return };
        let text = lab.run().fails(1).text();
        assert!(text.contains("BROKEN: the lesson expected ok, the kernel said EINVAL ("), "{text}");
    }
}

#[test]
fn what_can_not_be_removed_is_named_with_its_id() {
    for desk in Desk::of_everybody() {
        let removal = [(":0", libc::SYS_shmctl, libc::EPERM)];
        let Some(lab) = refused(&desk, &removal, &["--host"]) else { return };
        if !desk.private() {
            return skip("it would leave a segment on this machine");
        }
        let (_, said) = lab.may_leave().run().fails(1).both();
        let id = desk.segments()[0];
        assert_eq!(
            said,
            format!(
                "lab: segment {id} could not be removed: shmctl({id}, IPC_RMID, NULL) returned EPERM; try `lab clean`, or `ipcrm -m {id}`\n"
            )
        );
        let text = desk.lab(["clean", "--yes"]).run().succeeds().text();
        assert!(text.starts_with(&format!("segment {id} with key ")), "{text}");
        let Some(lab) = refused(&desk, &removal, &[]) else { return };
        lab.run().fails(3).says("lab: this machine has no System V shared memory for us: shmctl returned EPERM: only the owner, the creator or a privileged process may, or a sandbox refuses the call\n");
    }
}

#[test]
fn an_interrupted_run_names_what_it_could_not_remove() {
    let desk = Desk::new();
    let Some(refuse) = tool(&desk, "refuse") else { return };
    if !desk.private() {
        return skip("it would leave a segment on this machine");
    }
    let rule = format!("{}:0={}", libc::SYS_shmctl, libc::EPERM);
    let lab = desk.lab(["step-through", "--line", "--host", "--from", "6"]).through([&refuse, &rule, "--"]);
    let mut live = lab.may_leave().start();
    live.wait_for("[6/18");
    live.signal(nix::sys::signal::Signal::SIGTERM);
    let (_, said) = live.wait_end().dies_of(nix::sys::signal::Signal::SIGTERM).both();
    let id = desk.segments()[0];
    assert!(said.starts_with(&format!("lab: segment {id} could not be removed: ")), "{said}");
    desk.lab(["clean", "--yes"]).run().succeeds().text();
}

#[test]
fn no_sandbox_falls_back_to_the_host_and_says_so() {
    for desk in Desk::of_everybody() {
        let Some(lab) = refused(&desk, &[("", libc::SYS_unshare, libc::EPERM)], &[]) else { return };
        let text = lab.run().succeeds().text();
        let line = text.lines().nth(2).unwrap_or_default();
        assert!(line.starts_with("WHERE: host, "), "{text}");
        assert!(line.contains("unshare was refused, EPERM, "), "{line}");
        assert!(text.ends_with(DONE), "{text}");
        // A lesson for a sandbox only has nowhere to go.
        let Some(lab) = refused(&desk, &[("", libc::SYS_unshare, libc::EPERM)], &["limits"]) else { return };
        let said = lab.run().fails(3).error();
        assert!(said.starts_with("lab: the lesson `limits` needs a sandbox, and there is none here: unshare was refused, EPERM, "), "{said}");
    }
}

#[test]
fn no_processes() {
    for (desk, options) in grounds() {
        let rules = [
            ("", libc::SYS_clone, libc::EAGAIN),
            ("", libc::SYS_clone3, libc::EAGAIN),
            #[cfg(target_arch = "x86_64")]
            ("", libc::SYS_fork, libc::EAGAIN),
            #[cfg(target_arch = "x86_64")]
            ("", libc::SYS_vfork, libc::EAGAIN),
        ];
        let Some(lab) = refused(&desk, &rules, options) else { return };
        let what = if options.is_empty() { "fork" } else { "fork the guard" };
        lab.run()
            .fails(1)
            .says(&format!("lab: can't {what}: EAGAIN, not now: a limit is reached, try again later\n"));
    }
}

#[test]
fn no_prctl_and_no_ptrace() {
    for (desk, options) in grounds() {
        for (call, errno) in [(libc::SYS_prctl, libc::EINVAL), (libc::SYS_ptrace, libc::EPERM)] {
            let Some(lab) = refused(&desk, &[("", call, errno)], options) else { return };
            let text = lab.run().succeeds().text();
            assert!(text.ends_with(DONE), "{text}");
        }
    }
}

/// The lesson in a namespace of its own in which a script has changed something, as root of it.
fn in_namespace(desk: &Arc<Desk>, script: &str, options: &[&str]) -> Option<Told> {
    let unshare: &[&str] = if desk.owner().is_none() && root() { &["-i", "-m"] } else { &["-r", "-i", "-m"] };
    let trial = std::process::Command::new("unshare").args(unshare).arg("true").status();
    if !trial.is_ok_and(|status| status.success()) {
        skip("no namespace to change limits in");
        return None;
    }
    let mut lab = played(desk, options).through(["unshare"]);
    for word in unshare {
        lab = lab.through([word]);
    }
    let run = lab.script(&format!("{script} || exit 99; exec \"$@\"")).run();
    if run.status == super::common::Status::Exited(99) {
        skip(&format!("not allowed here: {script}"));
        return None;
    }
    let code = match run.status {
        super::common::Status::Exited(code) => code,
        died => panic!("{died:?}"),
    };
    Some(run.exits(code))
}

#[test]
fn limits_of_the_host_are_told_and_a_sandbox_has_its_own() {
    let full = "SHMMNI segments exist already, or SHMALL pages are in use: `ipcs -l` shows the limits\n";
    for desk in Desk::of_everybody() {
        for limit in ["shmmni", "shmall"] {
            let script = format!("echo 0 > /proc/sys/kernel/{limit}");
            let Some(told) = in_namespace(&desk, &script, &["--host"]) else { continue };
            let (_, said) = told.both();
            assert!(said.starts_with("lab: step 3 can't be played on this machine: shmget(0x"), "{said}");
            assert!(said.ends_with(&format!(" returned ENOSPC: {full}")), "{said}");
            let Some(told) = in_namespace(&desk, &script, &[]) else { continue };
            assert!(told.text().ends_with(DONE));
        }
        let script = "echo 1 > /proc/sys/kernel/shmmax";
        if let Some(told) = in_namespace(&desk, script, &["--host"]) {
            let text = told.text();
            let why = "RETURNED: -1, errno EINVAL: a size of 0 for a new segment, over SHMMAX, or more than the existing segment has\n";
            assert!(
                text.contains(why)
                    && text.contains("BROKEN: the lesson expected ok, the kernel said EINVAL ("),
                "{text}"
            );
        }
    }
}

#[test]
fn segments_that_go_with_their_last_detach() {
    for desk in Desk::of_everybody() {
        let script = "echo 1 > /proc/sys/kernel/shm_rmid_forced";
        if let Some(told) = in_namespace(&desk, script, &["--host"]) {
            told.says("lab: this machine removes every segment at its last detach (kernel.shm_rmid_forced is 1), so on the host the lesson's segment would not outlive its writer; leave out `--host`, or set it to 0\n");
        }
        if let Some(told) = in_namespace(&desk, script, &[]) {
            assert!(told.text().ends_with(DONE));
        }
    }
}

#[test]
fn no_proc() {
    for (desk, options) in grounds() {
        let Some(told) = in_namespace(&desk, "mount -t tmpfs none /proc", options) else { continue };
        let text = told.text();
        assert!(text.ends_with(DONE), "{text}");
        assert!(text.contains("EVIDENCE: shmctl(SHM_STAT_ANY): key 0x"), "{text}");
    }
}

#[test]
fn no_place_for_files() {
    for desk in Desk::of_everybody() {
        let host = || played(&desk, &["--host"]);
        for lab in [
            host().env("TMPDIR", "/proc/nowhere"),
            host().without("TMPDIR"),
            host().env("TMPDIR", "relative"),
        ] {
            let text = lab.run().succeeds().text();
            assert!(text.contains("EVIDENCE: stat: /tmp/lab-") && text.ends_with(DONE), "{text}");
        }
    }
}

#[test]
fn no_home() {
    const NO_RECORD: &str = "WARNING: no record of this run can be kept (";
    for desk in Desk::of_everybody() {
        let homeless = || played(&desk, &["--host"]).without("XDG_STATE_HOME");
        for lab in [
            homeless().without("HOME"),
            homeless().env("HOME", "relative"),
            homeless().env("HOME", desk.work().join("missing")),
            homeless().env("XDG_STATE_HOME", "/proc/nowhere"),
        ] {
            let text = lab.run().succeeds().text();
            assert!(text.contains(NO_RECORD) && text.ends_with(DONE), "{text}");
        }
        assert!(!desk.work().join("missing").exists(), "a home was made");
        // A sandbox needs no record: its segments go with it.
        let text = played(&desk, &[]).without("XDG_STATE_HOME").without("HOME").run().succeeds().text();
        assert!(!text.contains("WARNING") && text.ends_with(DONE), "{text}");
    }
}

#[test]
fn progress_that_is_garbage_is_begun_anew() {
    let desk = Desk::new();
    desk.runs();
    std::fs::write(desk.state().join("progress.json"), b"\xff\x00{[").expect("a file");
    let play = || desk.lab(["step-through", "--line", "--plain"]).stdin("\n\nq\n").run().succeeds().text();
    let path = desk.state().join("progress.json");
    let text = play();
    assert!(
        text.contains(&format!("WARNING: {} made no sense and is begun anew\n", path.display())),
        "{text}"
    );
    let text = play();
    assert!(!text.contains("WARNING") && text.starts_with("You stopped at step 1 of 18."), "{text}");
}

#[test]
fn few_descriptors() {
    for (desk, options) in grounds() {
        let text = played(&desk, options).through(["prlimit", "--nofile=11"]).run().succeeds().text();
        assert!(text.ends_with(DONE), "{text}");
        let said = "lab: can't fork the guard: EMFILE, this process has too many open files\n";
        let (_, found) = played(&desk, options).through(["prlimit", "--nofile=7"]).run().fails(1).both();
        assert_eq!(found, said);
    }
}

#[test]
fn little_memory() {
    for (desk, options) in grounds() {
        let text = played(&desk, options).through(["prlimit", "--as=67108864"]).run().succeeds().text();
        assert!(text.ends_with(DONE), "{text}");
    }
}

#[test]
fn a_working_directory_that_is_gone() {
    for desk in Desk::of_everybody() {
        let script = "mkdir gone && cd gone && rmdir ../gone && exec \"$@\"";
        let text = played(&desk, &[]).script(script).run().succeeds().text();
        assert!(text.ends_with(DONE), "{text}");
    }
}

#[test]
fn a_mask_that_takes_every_right_away() {
    for (desk, options) in grounds() {
        let text = played(&desk, options).script("umask 0777; exec \"$@\"").run().succeeds().text();
        assert!(text.ends_with(DONE), "{text}");
    }
}

#[test]
fn signals_that_were_blocked_or_ignored_before_the_start() {
    for (desk, options) in grounds() {
        for words in [["env", "--ignore-signal=CHLD"], ["env", "--block-signal=CHLD"]] {
            let text = played(&desk, options).through(words).run().succeeds().text();
            assert!(text.ends_with(DONE), "{text}");
        }
        // Blocked signals end a run all the same; ignored ones, as under nohup, do not.
        let lab = desk.lab(["step-through", "--line", "--from", "6"]);
        let lab = options.iter().fold(lab, |lab, option| lab.arg(option));
        let mut live = lab.through(["env", "--block-signal=TERM,INT,HUP,CHLD"]).start();
        live.wait_for("[6/18");
        live.signal(nix::sys::signal::Signal::SIGTERM);
        live.wait_end().dies_of(nix::sys::signal::Signal::SIGTERM).text();
        let lab =
            desk.lab(["step-through", "--line", "--from", "6"]).through(["env", "--ignore-signal=INT,HUP"]);
        let mut live = lab.start();
        live.wait_for("[6/18");
        live.signal(nix::sys::signal::Signal::SIGINT);
        live.signal(nix::sys::signal::Signal::SIGHUP);
        live.send("c\n");
        live.wait_end().succeeds().text();
    }
}
