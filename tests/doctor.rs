//! `lab doctor` on machines that refuse: each call that is refused shows in its own check and in no other, with what
//! follows and how to change it; the exit status says whether a lesson can be played; and nothing changes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use nix::libc::{self, c_long};
use serde_json::Value;

use super::clean::dead_run;
use super::common::desk::names_in;
use super::common::tools::tool;
use super::common::{Desk, Lab, Told, root, skip};

/// The checks by name, and the last line.
fn read(told: Told, failed: bool) -> (BTreeMap<String, Value>, Value) {
    let (out, said) = told.both();
    assert_eq!(said.starts_with("lab: no lesson can be played here: "), failed, "{said}");
    assert!(failed || said.is_empty(), "{said}");
    let mut rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let end = rows.pop().expect("a last line");
    assert_eq!((&end["doctor"], &end["version"]), (&"end".into(), &1.into()));
    let count = |state: &str| rows.iter().filter(|row| row["state"] == state).count();
    for state in ["ok", "note", "no"] {
        assert_eq!(end[state], count(state), "{end}");
    }
    assert_eq!((rows.len(), &end["lesson"]), (34, &(!failed).into()), "{end}");
    let named = |row: Value| {
        assert_eq!((&row["doctor"], &row["version"]), (&"check".into(), &1.into()));
        let well = row["state"] == "ok";
        assert!(well || row["follows"].as_str().is_some_and(|follows| follows.ends_with('.')), "{row}");
        (row["check"].as_str().expect("a name").to_owned(), row)
    };
    (rows.into_iter().map(named).collect(), end)
}

/// Those that are not well.
fn unwell(checks: &BTreeMap<String, Value>) -> Vec<(&str, &str)> {
    let state = |row: &'_ Value| if row["state"] == "no" { "no" } else { "note" };
    checks
        .iter()
        .filter(|(_, row)| row["state"] != "ok")
        .map(|(name, row)| (name.as_str(), state(row)))
        .collect()
}

fn doctor(desk: &Arc<Desk>) -> Lab {
    desk.lab(["doctor", "--json"])
}

/// Doctor with some calls answered by an errno; 0: killed for it.
fn refused(desk: &Arc<Desk>, rules: &[(c_long, &str, i32)]) -> Option<Lab> {
    let refuse = tool(desk, "refuse")?;
    let mut lab = doctor(desk).through([&refuse]);
    for (call, second, errno) in rules {
        lab = lab.through([&format!("{call}{second}={errno}")]);
    }
    Some(lab.through(["--"]))
}

#[test]
fn a_refused_call_shows_in_the_checks_that_need_it_and_in_no_others() {
    // The call, its errno, the checks that are unwell beside those of this machine, and whether lessons are stopped.
    type Row = (c_long, &'static str, i32, &'static [(&'static str, &'static str)], bool);
    let rows: [Row; 9] = [
        (libc::SYS_shmget, "", libc::ENOSYS, &[("segments", "no")], true),
        (libc::SYS_shmget, "", 0, &[("segments", "no")], true),
        (libc::SYS_shmat, "", libc::ENOMEM, &[("segments", "no")], true),
        (libc::SYS_shmctl, ":0", libc::EPERM, &[("segments", "no")], true),
        (libc::SYS_semget, "", libc::ENOSYS, &[("semaphores", "no")], false),
        (libc::SYS_msgget, "", libc::EPERM, &[("queues", "no")], false),
        (libc::SYS_ptrace, "", libc::EPERM, &[("ptrace", "no")], false),
        (libc::SYS_process_vm_readv, "", libc::EPERM, &[("ptrace", "no")], false),
        (libc::SYS_landlock_create_ruleset, "", libc::EOPNOTSUPP, &[("landlock", "note")], false),
    ];
    for desk in Desk::of_everybody() {
        let (checks, end) = read(doctor(&desk).run().succeeds(), false);
        assert_eq!(end["place"], "sandbox", "{end}");
        let before: Vec<String> = unwell(&checks).iter().map(|(name, _)| (*name).to_owned()).collect();
        for (call, second, errno, wanted, stops) in rows {
            let Some(lab) = refused(&desk, &[(call, second, errno)]) else { return };
            let run = lab.run();
            let told = if stops { run.fails(3) } else { run.succeeds() };
            let (checks, _) = read(told, stops);
            let found: Vec<_> = unwell(&checks)
                .into_iter()
                // What asks for a segment in passing is unwell with it.
                .filter(|(name, _)| {
                    !before.iter().any(|known| known == name)
                        && !["locked memory", "huge pages"].contains(name)
                })
                .collect();
            assert_eq!(found, wanted, "{call}{second}");
        }
    }
}

#[test]
fn a_segment_whose_removal_is_refused_is_never_made() {
    for desk in Desk::of_everybody() {
        if !desk.private() {
            return skip("it might leave a segment on this machine");
        }
        let rules = [(libc::SYS_shmctl, ":0", libc::EPERM), (libc::SYS_unshare, "", libc::EPERM)];
        let Some(lab) = refused(&desk, &rules) else { return };
        let (checks, end) = read(lab.run().fails(3), true);
        assert_eq!(
            checks["segments"]["found"],
            "shmctl() returned EPERM, only the owner, the creator or a privileged process may, or a sandbox refuses the call"
        );
        assert!(end["place"].is_null(), "{end}");
        assert_eq!(desk.segments(), Vec::<i32>::new());
    }
}

#[test]
fn without_namespaces_lessons_play_on_the_host_and_what_needs_a_sandbox_is_not_tried() {
    for desk in Desk::of_everybody() {
        let Some(lab) = refused(&desk, &[(libc::SYS_unshare, "", libc::EPERM)]) else { return };
        let (checks, end) = read(lab.run().succeeds(), false);
        assert_eq!(end["place"], "host", "{end}");
        let found = |name: &str| checks[name]["found"].as_str().expect("words").to_owned();
        assert!(found("segments").ends_with(" removed on the host"), "{}", found("segments"));
        assert!(
            found("ipc namespace").starts_with("unshare() returned EPERM, "),
            "{}",
            found("ipc namespace")
        );
        for name in
            ["queues", "semaphores", "pid namespace", "mount namespace", "network namespace", "locked memory"]
        {
            assert_eq!(found(name), "not tried, because it takes a sandbox of its own");
            let row = &checks[name];
            assert_eq!(
                (&row["state"], &row["change"]),
                (&"note".into(), &"What CHANGE says of the ipc namespace changes this too.".into())
            );
        }
        let change = checks["ipc namespace"]["change"].as_str().expect("a way");
        assert!(change.contains("sudo sysctl") && change.contains("docker run --cap-add"), "{change}");
    }
}

#[test]
fn what_follows_and_how_to_change_it_is_said_for_the_call_that_was_refused() {
    let desk = Desk::new();
    let rows = [
        (
            libc::SYS_landlock_create_ruleset,
            libc::EOPNOTSUPP,
            "landlock",
            "this kernel has Landlock and does not use it (EOPNOTSUPP)",
            "lsm= list",
        ),
        (
            libc::SYS_landlock_create_ruleset,
            libc::ENOSYS,
            "landlock",
            "this kernel has no Landlock (ENOSYS)",
            "Linux 6.12",
        ),
        (
            libc::SYS_ptrace,
            libc::EPERM,
            "ptrace",
            "ptrace() returned EPERM, not permitted: only the owner, the creator or a privileged process may",
            "--cap-add=SYS_PTRACE",
        ),
        (
            libc::SYS_shmget,
            libc::ENOSYS,
            "segments",
            "shmget() returned ENOSYS, this kernel or sandbox has no such call",
            "CONFIG_SYSVIPC",
        ),
    ];
    for (call, errno, name, found, change) in rows {
        let Some(lab) = refused(&desk, &[(call, "", errno)]) else { return };
        let stops = name == "segments";
        let (checks, _) = read(lab.run().exits(if stops { 3 } else { 0 }), stops);
        assert_eq!(checks[name]["found"], found);
        assert!(checks[name]["change"].as_str().is_some_and(|how| how.contains(change)), "{}", checks[name]);
    }
}

#[test]
fn without_processes_no_lesson_can_be_played() {
    let rules = [
        (libc::SYS_clone, "", libc::EAGAIN),
        (libc::SYS_clone3, "", libc::EAGAIN),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_fork, "", libc::EAGAIN),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_vfork, "", libc::EAGAIN),
    ];
    for desk in Desk::of_everybody() {
        let Some(lab) = refused(&desk, &rules) else { return };
        let (checks, _) = read(lab.run().fails(3), true);
        assert_eq!(checks["segments"]["found"], "no process could be started to try it: EAGAIN");
        assert_eq!(checks["processes"]["state"], "no");
    }
}

#[test]
fn each_limit_has_its_check() {
    let desk = Desk::new();
    let limited = |limit: &str, failed: bool| {
        let run = doctor(&desk).through(["prlimit", limit]).run();
        read(if failed { run.fails(3) } else { run.succeeds() }, failed).0
    };
    let found = limited("--nofile=24", false);
    assert_eq!(found["descriptors"]["state"], "note");
    let words = found["descriptors"]["found"].as_str().expect("words");
    assert!(words.ends_with(" of 64 files could be opened at once; RLIMIT_NOFILE is 24"), "{words}");
    let found = limited("--nofile=9", true);
    assert_eq!(found["descriptors"]["state"], "no");
    let found = limited("--as=134217728", false);
    assert_eq!(found["address space"]["state"], "note");
    assert!(
        found["address space"]["follows"].as_str().expect("words").starts_with("RLIMIT_AS is 134217728, so ")
    );
    let Some(desk) = Desk::ordinary() else { return };
    let run = doctor(&desk).through(["prlimit", "--memlock=0"]).run();
    let found = read(run.succeeds(), false).0;
    assert_eq!(found["locked memory"]["state"], "note", "{}", found["locked memory"]);
    assert!(found["locked memory"]["found"].as_str().expect("words").starts_with("shmctl() returned "));
}

#[test]
fn a_compiler_that_is_missing_named_wrongly_or_broken() {
    let desk = Desk::new();
    let found = |lab: Lab| read(lab.run().succeeds(), false).0.remove("compiler").expect("the check");
    let check = found(doctor(&desk).script("PATH=/nowhere; export PATH; exec \"$@\""));
    assert_eq!(check["state"], "no");
    assert!(
        check["found"].as_str().expect("words").starts_with("there is no C compiler on the path"),
        "{check}"
    );
    let check = found(doctor(&desk).env("CC", "no-such-compiler"));
    assert!(check["found"].as_str().expect("words").starts_with("CC names `no-such-compiler`"), "{check}");
    let broken = desk.file("broken", "#!/bin/sh\nprintf 'fatal error: no \\033[31mheaders\\n'; exit 1\n");
    fs::set_permissions(&broken, fs::Permissions::from_mode(0o755)).expect("a mode");
    let check = found(doctor(&desk).env("CC", &broken));
    assert_eq!(
        (check["state"].as_str(), check["found"].as_str()),
        (
            Some("no"),
            Some(format!("{} failed: fatal error: no \u{1b}[31mheaders", broken.display()).as_str())
        )
    );
    // A person's screen is not steered by what it prints.
    let text = desk.lab(["doctor", "--plain"]).env("CC", &broken).run().succeeds().text();
    assert!(text.contains("fatal error: no \\033[31mheaders\n") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn what_the_environment_lacks() {
    for desk in Desk::of_everybody() {
        let found = |lab: Lab| read(lab.run().succeeds(), false).0;
        let state = |lab: Lab| found(lab).remove("state folder").expect("the check");
        let row = state(doctor(&desk));
        assert_eq!((&row["state"], desk.state().exists()), (&"ok".into(), false), "{row}");
        for lab in [
            doctor(&desk).without("XDG_STATE_HOME").without("HOME"),
            doctor(&desk).without("XDG_STATE_HOME").env("HOME", "relative"),
            doctor(&desk).without("XDG_STATE_HOME").env("HOME", "/nowhere"),
        ] {
            let row = state(lab);
            assert_eq!(
                (&row["state"], &row["found"]),
                (&"note".into(), &"neither XDG_STATE_HOME nor HOME names a folder".into())
            );
        }
        let row = state(doctor(&desk).env("XDG_STATE_HOME", "/proc"));
        assert_eq!(row["state"], "note", "{row}");
        // A key folder is found somewhere else.
        for lab in [doctor(&desk).without("TMPDIR"), doctor(&desk).env("TMPDIR", "/proc/nowhere")] {
            assert_eq!(found(lab)["key folder"]["found"], "lab makes the key files' folder in /tmp");
        }
        let checks = found(doctor(&desk).env("LANG", "C").env("LC_ALL", ""));
        assert_eq!(
            (&checks["locale"]["state"], &checks["locale"]["found"]),
            (&"note".into(), &"C is not UTF-8".into())
        );
        assert_eq!(
            found(doctor(&desk).without("LANG"))["locale"]["found"],
            "neither LC_ALL, LC_CTYPE nor LANG names a locale, so it is not UTF-8"
        );
        let checks = found(doctor(&desk).env("TERM", "dumb\u{1b}]0;x"));
        assert_eq!(
            checks["terminal"]["found"],
            "input and output are not a terminal; TERM=dumb\u{1b}]0;x, no colour"
        );
        assert_eq!(names_in(&desk.work()), Vec::<String>::new(), "doctor left something");
    }
}

#[test]
fn a_state_folder_of_another_user_and_of_nobodys_choice() {
    if !root() {
        return skip("it takes root to give a folder away");
    }
    let Some(desk) = Desk::ordinary() else { return };
    fs::create_dir(desk.state()).expect("root's folder in another user's");
    let (checks, _) = read(doctor(&desk).run().succeeds(), false);
    let row = &checks["state folder"];
    assert_eq!(row["state"], "note");
    assert!(
        row["found"].as_str().expect("words").ends_with("belongs to user 0, and lab runs as user 65534"),
        "{row}"
    );
}

#[test]
fn what_killed_runs_have_left_is_counted_and_what_is_others_too() {
    for desk in Desk::of_everybody() {
        if !dead_run(&desk) {
            continue;
        }
        let ours = desk.segments();
        let found = |killed: &str, others: &str, state: &str| {
            let (checks, _) = read(doctor(&desk).may_leave().run().succeeds(), false);
            let row = &checks["leftovers"];
            let words = format!("{killed}; of others there are {others}, 0 semaphore sets, 0 message queues");
            assert_eq!((&row["state"], &row["found"]), (&state.into(), &words.into()));
            assert_eq!(row["change"], "lab clean removes what killed runs have left, and nothing else.");
        };
        let left = "killed runs have left 1 segment and 1 folder";
        found(left, "0 segments", "note");
        let Some(segment) = tool(&desk, "segment") else { return };
        let id = desk.shell(&format!("{segment} 0x4c4142 1024"));
        found(left, "1 segment", "note");
        // It was only counted.
        assert_eq!((desk.segments().len(), ours.len()), (2, 1));
        desk.foreign();
        desk.lab(["clean", "--yes"]).may_leave().run().succeeds().text();
        found("no killed run has left anything", "1 segment", "ok");
        desk.shell(&format!("ipcrm -m {id}"));
        desk.foreign();
    }
}

#[test]
fn without_proc_nothing_is_claimed_that_only_proc_can_say() {
    if !root() {
        return skip("it takes root to hide /proc");
    }
    let desk = Desk::new();
    let script = "mount -t tmpfs none /proc || exit 99; exec \"$@\"";
    let run = doctor(&desk).through(["unshare", "-m"]).script(script).run();
    if run.status == super::common::Status::Exited(99) {
        return skip("no mount namespace");
    }
    let (checks, _) = read(run.succeeds(), false);
    let files = [
        ("overcommit", "/proc/sys/vm/overcommit_memory"),
        ("page 0", "/proc/sys/vm/mmap_min_addr"),
        ("random addresses", "/proc/sys/kernel/randomize_va_space"),
    ];
    for (name, path) in files {
        let words = format!("{path} can't be read");
        assert_eq!((&checks[name]["state"], &checks[name]["found"]), (&"note".into(), &words.into()));
    }
    assert_eq!(checks["/proc"]["found"], "/proc is not mounted");
    assert_eq!(
        checks["leftovers"]["found"],
        "no killed run has left anything; of others there are 0 segments, semaphore sets that can't be counted, message queues that can't be counted"
    );
}

#[test]
fn on_a_terminal_of_any_width_it_ends_with_the_sum() {
    let desk = Desk::new();
    for (rows, columns) in [(24, 80), (24, 40), (60, 120)] {
        let mut live =
            desk.lab(["doctor", "--color", "never"]).env("TERM", "xterm").on_terminal(rows, columns);
        let text = live.wait_end().succeeds().text();
        for line in text.lines().map(str::trim_end) {
            let words = line.split_whitespace().count();
            assert!(line.chars().count() <= columns.into() || words <= 2, "{columns}: {line}");
        }
        let last: Vec<&str> = text.trim_end().lines().rev().take(6).collect();
        assert!(last.iter().any(|line| line.starts_with("SUM       ")), "{text}");
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.ends_with(" LESSONS can be played, each in a sandbox: lab step-through"), "{text}");
        assert!(words.contains(&format!("terminal: {rows} rows, {columns} columns; TERM=xterm")), "{text}");
    }
    // The state is a word, whatever the colour.
    let plain = desk.lab(["doctor", "--plain"]).run().succeeds().text();
    let known = ["OK: ", "NOTE: ", "NO: ", "ABOUT: ", "CHANGE: ", "  ", "SUM: ", "LESSONS: "];
    for line in plain.lines().filter(|line| !line.is_empty()) {
        assert!(known.iter().any(|start| line.starts_with(start)), "{line}");
    }
    let coloured = desk.lab(["doctor", "--color", "always"]).run().succeeds().text();
    assert_eq!(
        super::common::run::uncoloured(coloured.as_bytes()),
        desk.lab(["doctor"]).run().succeeds().text()
    );
}

#[test]
fn a_full_disk_and_a_reader_that_goes_away() {
    let desk = Desk::new();
    let said = desk.lab(["doctor"]).script("exec \"$@\" >/dev/full").run().fails(1).error();
    assert!(said.starts_with("lab: can't write to standard output: ENOSPC, "), "{said}");
    let lab = desk.lab(["doctor", "--json"]).script("\"$@\" | head -n 1 >/dev/null");
    lab.run().succeeds().prints("");
}
