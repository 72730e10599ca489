//! `lab clean`: it removes exactly what dead runs left, and nothing else, whatever the records say.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::common::desk::names_in;
use super::common::mask::Mask;
use super::common::tools::tool;
use super::common::{DEADLINE, Desk, skip, soon};

/// A run on the host, killed together with its guard while its segment exists. False where the tests have no
/// namespace of their own: then nothing may be left lying about.
pub fn dead_run(desk: &Arc<Desk>) -> bool {
    if !desk.private() {
        skip("no namespace to leave a segment in");
        return false;
    }
    let lab = desk.lab(["step-through", "--line", "--plain", "--message", "m", "--from", "6", "--host"]);
    let mut live = lab.may_leave().start();
    live.wait_for("[6/18");
    live.wait_for("q quit > ");
    live.signal_to("guard", Signal::SIGKILL);
    live.signal(Signal::SIGKILL);
    live.wait_end().dies_of(Signal::SIGKILL).text();
    assert_eq!(desk.segments().len(), 1, "nothing is left to clean");
    // A process that dies has no environment, by which it is known, a moment before its attachment is gone.
    let detached =
        || desk.table_now().lines().nth(1).and_then(|row| row.split_whitespace().nth(6)) == Some("0");
    assert!(soon(Instant::now() + DEADLINE, detached), "a dead process is attached");
    true
}

/// The record of the dead run.
fn record(desk: &Desk) -> PathBuf {
    let runs = desk.state().join("runs");
    let names = names_in(&runs);
    assert_eq!(names.len(), 1, "one record: {names:?}");
    runs.join(&names[0])
}

fn masked(desk: &Desk, text: &str) -> String {
    Mask::of(desk).text(text)
}

/// Writes a record as a dead run would have left it.
fn write_record(desk: &Desk, notes: &[Value]) {
    let runs = desk.runs();
    let lines: String = notes.iter().map(|note| format!("{note}\n")).collect();
    fs::write(runs.join("1-1.run"), lines).expect("a record");
}

/// The first row of the kernel's table at a desk, as a record names it.
fn row(desk: &Desk) -> Value {
    let table = desk.table_now();
    let fields: Vec<i64> = table
        .lines()
        .nth(1)
        .expect("a segment")
        .split_whitespace()
        .map(|field| field.parse().expect("a number"))
        .collect();
    json!({ "note": "made", "key": fields[0], "shmid": fields[1], "size": fields[3], "cuid": fields[9], "ctime": fields[13] })
}

fn opening(desk: &Desk) -> Value {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("a boot id");
    let ipc = desk.shell("readlink /proc/self/ns/ipc");
    let uid: u32 = desk.shell("id -u").trim().parse().expect("a number");
    json!({ "note": "run", "version": 1, "pid": 1, "uid": uid, "boot": boot.trim(), "ipc": ipc.trim() })
}

#[test]
fn nothing_is_left_of_any_run() {
    let desk = Desk::new();
    for options in [&[][..], &["--dry-run"], &["--yes"]] {
        let lab = options.iter().fold(desk.lab(["clean"]), |lab, option| lab.arg(option));
        lab.run().succeeds().prints("nothing is left of any run\n");
    }
    let nothing = "{\"version\":1,\"dry_run\":false,\"segments\":[],\"folders\":[],\"left\":[]}\n";
    desk.lab(["clean", "--json"]).run().succeeds().prints(nothing);
    let would = nothing.replace("false", "true");
    desk.lab(["clean", "--json", "--dry-run"]).run().succeeds().prints(&would);
}

#[test]
fn what_a_dead_run_left_is_listed_and_removed() {
    for desk in Desk::of_everybody() {
        if !dead_run(&desk) {
            continue;
        }
        let id = desk.segments()[0];
        let listed = format!(
            "segment {id} with key KEY1, 1024 bytes, made by process PID1\nfolder DESK/tmp/SCRATCH\n"
        );
        for _ in 0..2 {
            let text = desk.lab(["clean", "--dry-run"]).may_leave().run().succeeds().text();
            assert_eq!(masked(&desk, &text), listed);
        }
        let text = desk.lab(["clean", "--dry-run", "--json"]).may_leave().run().succeeds().text();
        let wanted = format!(
            "{{\"version\":1,\"dry_run\":true,\"segments\":[{id}],\"folders\":[\"DESK/tmp/SCRATCH\"],\"left\":[]}}\n"
        );
        assert_eq!(masked(&desk, &text), wanted);
        assert_eq!(desk.segments(), [id], "a dry run has removed something");
        let text = desk.lab(["clean", "--yes"]).run().succeeds().text();
        assert_eq!(masked(&desk, &text), format!("{listed}removed 2 of them\n"));
        desk.lab(["clean", "--yes"]).run().succeeds().prints("nothing is left of any run\n");
    }
}

#[test]
fn as_json_it_does_not_ask() {
    let desk = Desk::new();
    if dead_run(&desk) {
        let id = desk.segments()[0];
        let text = desk.lab(["clean", "--json"]).run().succeeds().text();
        let wanted = format!(
            "{{\"version\":1,\"dry_run\":false,\"segments\":[{id}],\"folders\":[\"DESK/tmp/SCRATCH\"],\"left\":[]}}\n"
        );
        assert_eq!(masked(&desk, &text), wanted);
    }
}

#[test]
fn on_a_terminal_it_asks() {
    let desk = Desk::new();
    if !dead_run(&desk) {
        return;
    }
    for answer in ["n\n", "\n", "\u{4}"] {
        let mut live = desk.lab(["clean"]).may_leave().on_terminal(24, 80);
        live.wait_for("remove? [y/N] ");
        live.send(answer).wait_for("nothing was removed\n");
        live.wait_end().succeeds().text();
        assert_eq!(desk.segments().len(), 1, "removed in spite of the answer");
    }
    let mut live = desk.lab(["clean"]).on_terminal(24, 80);
    live.wait_for("remove? [y/N] ");
    live.send("y\n").wait_for("removed 2 of them\n");
    live.wait_end().succeeds().text();
}

#[test]
fn a_living_run_is_left_alone() {
    let desk = Desk::new();
    let mut live = desk.lab(["step-through", "--line", "--plain", "--from", "6", "--host"]).start();
    live.wait_for("[6/18");
    desk.lab(["clean", "--yes"]).may_leave().run().succeeds().prints("nothing is left of any run\n");
    // A start cleans as well.
    desk.lab(["step-through", "--no-pause"]).may_leave().run().succeeds().text();
    live.send("c\n");
    live.wait_end().succeeds().text();
}

#[test]
fn one_field_that_differs_makes_it_somebody_elses() {
    let desk = Desk::new();
    if !desk.private() {
        return skip("no namespace to leave a segment in");
    }
    let Some(segment) = tool(&desk, "segment") else { return };
    desk.shell(&format!("{segment} 0x4c4142 1024"));
    desk.foreign();
    for field in ["key", "shmid", "size", "cuid", "ctime"] {
        let mut made = row(&desk);
        made[field] = (made[field].as_i64().expect("a number") + 1).into();
        write_record(&desk, &[opening(&desk), made]);
        desk.lab(["clean", "--yes"]).run().succeeds().prints("nothing is left of any run\n");
    }
    // Asked for with the same key and size, but by another process, for another user, at another time.
    let (row, opening) = (row(&desk), opening(&desk));
    let cpid: i64 = desk.shell("awk 'END { print $5 }' /proc/sysvipc/shm").trim().parse().expect("a pid");
    let asked = |cpid: i64, later: i64| {
        let at = row["ctime"].as_i64().expect("a time") + later;
        json!({ "note": "asked", "key": row["key"], "size": row["size"], "cpid": cpid, "at": at })
    };
    let mut stranger = opening.clone();
    stranger["uid"] = (opening["uid"].as_i64().expect("a number") + 1).into();
    for notes in [
        [opening.clone(), asked(cpid + 1, 0)],
        [opening.clone(), asked(cpid, 100)],
        [opening.clone(), asked(cpid, -100)],
        [stranger, asked(cpid, 0)],
    ] {
        write_record(&desk, &notes);
        desk.lab(["clean", "--yes"]).run().succeeds().prints("nothing is left of any run\n");
    }
    // Every field matches: it is what the record speaks of. Without this, the tests above could not fail.
    write_record(&desk, &[opening, asked(cpid, 0)]);
    let text = desk.lab(["clean", "--yes"]).may_leave().run().succeeds().text();
    assert!(text.ends_with("removed 1 of them\n"), "{text}");
    assert_eq!(desk.segments(), Vec::<i32>::new());
}

#[test]
fn the_same_key_again_is_somebody_elses() {
    let desk = Desk::new();
    let Some(segment) = tool(&desk, "segment") else { return };
    if !dead_run(&desk) {
        return;
    }
    // The segment of the dead run goes, and somebody takes its key, and its size.
    let key = row(&desk)["key"].as_i64().expect("a key");
    desk.shell(&format!("ipcrm -m {}; {segment} {key} 1024", desk.segments()[0]));
    desk.foreign();
    let text = desk.lab(["clean", "--yes"]).run().succeeds().text();
    assert_eq!(masked(&desk, &text), "folder DESK/tmp/SCRATCH\nremoved 1 of them\n");
}

#[test]
fn a_record_cut_off_anywhere_removes_nothing_foreign() {
    let desk = Desk::new();
    let Some(segment) = tool(&desk, "segment") else { return };
    if !dead_run(&desk) {
        return;
    }
    let path = record(&desk);
    let whole = fs::read(&path).expect("the record");
    let id = desk.segments()[0];
    desk.shell(&format!("ipcrm -m {id}; {segment} 7 1024; {segment} 8 4096"));
    desk.foreign();
    // Cut at every line's end, and in the middle of every line.
    let ends: Vec<_> =
        whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect();
    for cut in ends.iter().flat_map(|end| [*end, end + 1, end.saturating_sub(20)]).chain([0, 1]) {
        fs::write(&path, &whole[..cut]).expect("a record");
        let (_, errors) = desk.lab(["clean", "--yes"]).may_leave().run().succeeds().both();
        assert_eq!(errors, "", "cut at {cut}");
        assert_eq!(desk.segments().len(), 2, "cut at {cut}");
    }
}

#[test]
fn records_that_are_no_records() {
    let desk = Desk::new();
    let runs = desk.runs();
    let nul = [0; 100];
    let garbage: [&[u8]; 6] =
        [b"", b"\n\n\n", b"not json\n{\"note\":\"bad\"}\n", b"\xff\xfe\x00{", &nul, b"[1,2"];
    for bytes in garbage {
        fs::write(runs.join("1-1.run"), bytes).expect("a record");
        desk.lab(["clean", "--yes"]).run().succeeds().prints("nothing is left of any run\n");
    }
    // No regular files: left alone, and not waited for.
    fs::create_dir(runs.join("2-2.run")).expect("a folder");
    nix::unistd::mkfifo(&runs.join("3-3.run"), nix::sys::stat::Mode::S_IRWXU).expect("a fifo");
    symlink("/dev/zero", runs.join("4-4.run")).expect("a link");
    symlink("nowhere", runs.join("5-5.run")).expect("a link");
    fs::write(runs.join("a file of mine"), "x").expect("a file");
    let alone = format!(
        "lab leaves {} alone because it is a folder; so it does with 3 other records there\n",
        runs.join("2-2.run").display()
    );
    desk.lab(["clean", "--yes"]).may_leave().run().succeeds().prints(&alone);
    let left = ["2-2.run", "3-3.run", "4-4.run", "5-5.run", "a file of mine"];
    assert_eq!(names_in(&runs), left, "lab removed what it had not made");
}

#[test]
fn a_record_of_another_namespace_is_for_whoever_is_there() {
    let (here, there) = (Desk::new(), Desk::new());
    if !dead_run(&there) {
        return;
    }
    let state = there.folder().join("state");
    let clean = here.lab(["clean", "--yes"]).env("XDG_STATE_HOME", &state);
    clean.run().succeeds().prints("nothing is left of any run\n");
    assert_eq!(there.segments().len(), 1, "removed from afar");
    let text = there.lab(["clean", "--yes"]).run().succeeds().text();
    assert!(text.ends_with("removed 2 of them\n"), "{text}");
}

#[test]
fn after_a_restart_only_the_folder_is_left() {
    let desk = Desk::new();
    if !dead_run(&desk) {
        return;
    }
    let path = record(&desk);
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("a boot id");
    let text = fs::read_to_string(&path).expect("the record");
    assert!(text.contains(boot.trim()), "the record names the boot");
    fs::write(&path, text.replace(boot.trim(), "00000000-0000-0000-0000-000000000000")).expect("a record");
    desk.foreign();
    let text = desk.lab(["clean", "--yes"]).run().succeeds().text();
    assert_eq!(masked(&desk, &text), "folder DESK/tmp/SCRATCH\nremoved 1 of them\n");
}

/// What `lab clean` says when a record names this as its scratch folder.
fn said_of(desk: &Arc<Desk>, path: &Path) -> String {
    write_record(desk, &[opening(desk), json!({ "note": "scratch", "path": path })]);
    let (_, said) = desk.lab(["clean", "--yes"]).may_leave().run().fails(1).both();
    fs::remove_file(desk.state().join("runs/1-1.run")).expect("the record stays for the next time");
    said
}

#[test]
fn a_folder_that_no_run_made_is_never_removed() {
    let desk = Desk::new();
    let refused = |path: &Path| {
        format!(
            "lab: the folder {} could not be removed: this is not a scratch folder of ours\n",
            path.display()
        )
    };
    let kept = desk.work().join("lab-reports");
    fs::create_dir(&kept).expect("a folder");
    fs::write(kept.join("thesis"), "years of work").expect("a file");
    let link = desk.tmp().join("lab-1-18eb1084db9b5b55");
    symlink(&kept, &link).expect("a link");
    let file = desk.work().join("lab-2-18eb1084db9b5b55");
    fs::write(&file, "x").expect("a file");
    for path in [&kept, &link, &file, &desk.work(), Path::new("/")] {
        assert_eq!(said_of(&desk, path), refused(path));
    }
    assert_eq!(fs::read(kept.join("thesis")).expect("still there"), b"years of work");
    assert!(link.is_symlink() && file.is_file());
    fs::remove_file(link).expect("the link");
}

#[test]
fn what_will_not_go_is_named_with_its_id() {
    for desk in Desk::of_everybody() {
        let Some(refuse) = tool(&desk, "refuse") else { return };
        if !dead_run(&desk) {
            continue;
        }
        let id = desk.segments()[0];
        let rule = format!("{}:0=1", nix::libc::SYS_shmctl);
        let lab = desk.lab(["clean", "--yes"]).through([&refuse, &rule, "--"]).may_leave();
        let (out, said) = lab.run().fails(1).both();
        assert!(out.contains(&format!("segment {id} with key ")), "{out}");
        let wanted = format!(
            "lab: segment {id} could not be removed: shmctl({id}, IPC_RMID, NULL) returned EPERM; try `ipcrm -m {id}`\n"
        );
        assert_eq!(said, wanted);
        // The record has stayed.
        desk.lab(["clean", "--yes"]).run().succeeds().text();
    }
}
