//! `lab server` and `lab client`: the sheet's two programs in two terminals. They meet at a key, say what is in the way
//! and what to do about it, touch no segment but one of theirs, and what stays is known to `lab clean`.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::Path;
use std::sync::Arc;

use nix::libc;
use nix::sys::signal::Signal;
use serde_json::Value;

use super::common::desk::names_in;
use super::common::mask::Mask;
use super::common::tools::tool;
use super::common::{Desk, Lab, Live, root, skip, transcript};

const MESSAGE: &str = "hello from row 7";

/// Desks with a namespace of their own: what is left there is nobody else's.
fn desks() -> Vec<Arc<Desk>> {
    let mut desks = Desk::of_everybody();
    desks.retain(|desk| desk.private());
    if desks.is_empty() {
        skip("no namespace to leave a segment in");
    }
    desks
}

fn server(desk: &Arc<Desk>) -> Lab {
    desk.lab(["server", "--no-pause", "--plain", "--message", MESSAGE]).may_leave()
}

fn client(desk: &Arc<Desk>) -> Lab {
    desk.lab(["client", "--no-pause", "--plain"])
}

/// A server that has ended; the key of what it left.
fn served(desk: &Arc<Desk>) -> i64 {
    server(desk).run().succeeds().text();
    assert_eq!(desk.segments().len(), 1, "the server has left nothing");
    key(desk)
}

/// The key of the first segment.
fn key(desk: &Desk) -> i64 {
    let table = desk.table_now();
    let row = table.lines().nth(1).expect("a segment");
    row.split_whitespace().next().expect("a key").parse().expect("a number")
}

fn masked(desk: &Desk, text: &str) -> String {
    Mask::of(desk).text(text)
}

/// What `lab clean` removes, and that it removes all.
fn cleaned(desk: &Arc<Desk>) -> String {
    let listed = desk.lab(["clean", "--dry-run"]).may_leave().run().succeeds().text();
    let removed = desk.lab(["clean", "--yes"]).run().succeeds().text();
    let count = listed.lines().count();
    assert_eq!(removed, format!("{listed}removed {count} of them\n"));
    masked(desk, &listed)
}

/// A server or a client that waits before this step.
fn waiting(lab: Lab, step: &str) -> Live {
    let mut live = lab.arg("--line").arg("--plain").arg("--from").arg(step).may_leave().start();
    live.wait_for(&format!("[{step}/"));
    live.wait_for("q quit > ");
    live
}

fn waiting_server(desk: &Arc<Desk>, step: &str) -> Live {
    waiting(desk.lab(["server", "--message", MESSAGE]), step)
}

fn waiting_client(desk: &Arc<Desk>, step: &str) -> Live {
    waiting(desk.lab(["client"]), step)
}

fn kill(mut live: Live) {
    live.signal(Signal::SIGKILL);
    live.wait_end().dies_of(Signal::SIGKILL).text();
}

#[test]
fn the_server_leaves_what_the_client_reads_and_removes() {
    for desk in desks() {
        let text = server(&desk).run().succeeds().text();
        assert_eq!(desk.segments().len(), 1);
        transcript::matches("terminals-server", &masked(&desk, &text));
        let text = client(&desk).run().succeeds().text();
        assert_eq!(desk.segments(), Vec::<i32>::new());
        transcript::matches("terminals-client", &masked(&desk, &text));
    }
}

#[test]
fn the_sheets_own_lines_on_two_terminals() {
    for desk in desks() {
        let mut live = desk.lab(["server", "--color", "never"]).may_leave().on_terminal(24, 80);
        for step in 1..4 {
            live.wait_for(&format!("[{step}/7"));
            live.insist("\n", &format!("[{step}/7"));
            live.send("\n");
        }
        live.wait_for("Server : Write data to memory: [hello world :)] ");
        live.send("from a terminal\n").wait_for("[4/7");
        live.insist("c", "PRINTED   \"Server : Data written to memory: from a terminal\"");
        live.wait_for("DONE");
        live.wait_end().succeeds().text();
        let mut live = desk.lab(["client", "--color", "never"]).on_terminal(24, 80);
        live.wait_for("[1/8");
        live.insist("c", "PRINTED   \"Client : Reading data from memory\"");
        live.wait_for("PRINTED   \"Client: Data read from memory: from a terminal\"");
        live.wait_end().succeeds().text();
    }
}

#[test]
fn as_json_the_end_says_what_stays() {
    for desk in desks() {
        let last = |lab: Lab| -> Value {
            let text = lab.run().succeeds().text();
            serde_json::from_str(text.lines().last().expect("a line")).expect("an object")
        };
        let end = last(desk.lab(["server", "--json"]).may_leave());
        let stays = (&end["ok"], &end["segments"], &end["stays"]);
        assert_eq!(stays, (&true.into(), &serde_json::json!([]), &serde_json::json!(desk.segments())));
        let end = last(desk.lab(["client", "--json"]));
        assert_eq!((&end["ok"], end.get("stays")), (&true.into(), None));
    }
}

#[test]
fn the_client_first() {
    for desk in desks() {
        let said = client(&desk).run().fails(1).error();
        let wanted = "lab: no segment has the key KEY1: start `lab server` in another terminal, let it end, then run `lab client` again\n";
        assert_eq!(masked(&desk, &said), wanted);
        served(&desk);
        client(&desk).run().succeeds().text();
    }
}

#[test]
fn the_server_twice() {
    for desk in desks() {
        served(&desk);
        let before = desk.table_now();
        let said = server(&desk).run().fails(1).error();
        let wanted = "lab: segment 0 with the key KEY1 is there already: `lab server` made it just now and left it for `lab client`. Run `lab client` in another terminal to read and remove it, or remove it with `lab clean`\n";
        assert_eq!(masked(&desk, &said), wanted);
        assert_eq!(desk.table_now(), before);
        client(&desk).run().succeeds().text();
    }
}

#[test]
fn a_segment_that_lab_did_not_make_is_named_and_not_touched() {
    for desk in desks() {
        let Some(segment) = tool(&desk, "segment") else { return };
        let key = served(&desk);
        client(&desk).run().succeeds().text();
        let uid: u32 = desk.shell("id -u").trim().parse().expect("a number");
        let mut makers = vec![(uid, format!("{segment} {key} 512"))];
        if uid == 0 {
            makers.push((1234, format!("setpriv --reuid 1234 --clear-groups {segment} {key} 512")));
        } else {
            skip("only root can make another user's segment");
        }
        for (owner, make) in makers {
            let id: i32 = desk.shell(&make).trim().parse().expect("an identifier");
            desk.foreign();
            let (whose, remove) = match owner == uid {
                true => ("you".into(), format!("remove it with `ipcrm -m {id}` if no program needs it, or ")),
                false => (format!("user {owner}"), String::new()),
            };
            let wanted = format!(
                "lab: segment {id} with the key KEY1 is there already, and no record says that a `lab server` of yours made it: it belongs to {whose}, has mode 0600 and 512 bytes, and was made by process PID1. lab does not touch it; {remove}choose another key file with `--file` or another project with `--project`\n"
            );
            for lab in [server(&desk), client(&desk)] {
                let said = lab.run().fails(1).error();
                assert_eq!(masked(&desk, &said), wanted);
                desk.is_clean();
            }
            // With another project the two meet beside it.
            server(&desk).arg("--project").arg("M").run().succeeds().text();
            client(&desk).arg("--project").arg("M").run().succeeds().text();
            desk.shell(&format!("ipcrm -m {id}"));
            desk.foreign();
        }
    }
}

#[test]
fn one_field_of_the_record_that_differs_makes_it_foreign() {
    for desk in desks() {
        served(&desk);
        let runs = desk.runs();
        let record = runs.join(&names_in(&runs)[0]);
        let whole = fs::read_to_string(&record).expect("the record");
        for (field, other) in
            [("\"size\":1024,\"cuid\"", "\"size\":1025,\"cuid\""), ("\"shmid\":0", "\"shmid\":1")]
        {
            assert!(whole.contains(field), "{whole}");
            fs::write(&record, whole.replace(field, other)).expect("a record");
            let said = client(&desk).may_leave().run().fails(1).error();
            assert!(said.contains("no record says that a `lab server` of yours made it"), "{said}");
            assert_eq!(desk.segments(), [0]);
            // The record that matched nothing is gone, and a new one has to belong to this user.
            fs::write(&record, &whole).expect("a record");
            chown(&record, desk.owner(), desk.owner()).expect("chown");
        }
        client(&desk).run().succeeds().text();
    }
}

#[test]
fn key_files_that_can_not_be_used() {
    for desk in desks() {
        let work = desk.work();
        fs::create_dir(work.join("folder")).expect("a folder");
        symlink("nowhere", work.join("dead")).expect("a link");
        let at = |name: &str| work.join(name).display().to_string();
        let mut wrong = vec![
            ("missing", format!("`{}` can't be used: ftok() would fail with ENOENT, there is no file of this name, and ftok makes none; make it with `touch`, or leave `--file` out for lab's own", at("missing"))),
            ("folder", format!("`{}` is a folder: ftok() would take it, but the sheet names a file, and so does lab; name a file", at("folder"))),
            ("/dev/null", "`/dev/null` is no regular file: ftok() would take it, but the sheet names a file, and so does lab; name a file".to_owned()),
            ("dead", format!("`{}` is a link to a file that is not there: ftok() follows links and would fail with ENOENT; name a file that is there", at("dead"))),
        ];
        if desk.shell("id -u").trim() != "0" {
            desk.file("file", "");
            desk.shell("mkdir closed && mv file closed && chmod 600 closed");
            let why = "can't be used: ftok() would fail with EACCES, a directory on the path may not be searched; ftok() needs no permission for the file, but has to search every folder on the way; name another file";
            wrong.push(("closed/file", format!("`{}` {why}", at("closed/file"))));
        }
        for (file, why) in wrong {
            for command in ["server", "client"] {
                desk.lab([command, "--file", file]).run().fails(2).says(&format!("lab: {why}\n"));
            }
        }
    }
}

#[test]
fn projects_that_are_none() {
    let rows = [
        ("0", "a project that ftok() defines a key for"),
        ("7777", "a project, since ftok() uses only its low byte"),
        ("ab", "a project"),
    ];
    for (project, what) in rows {
        for command in ["server", "client"] {
            let said = format!(
                "lab: `{project}` is not {what}: `--project` takes one character such as L, or a number from 1 to 255; see `lab {command} --help`\n"
            );
            super::common::lab([command, "--project", project]).run().fails(2).says(&said);
        }
    }
}

/// ftok() opens nothing, and follows links.
#[test]
fn a_key_file_of_your_own() {
    for desk in desks() {
        desk.file("here", "");
        desk.shell("chmod 0 here && ln -s here there");
        let given = |lab: Lab, file: &str| lab.arg("--file").arg(file).arg("--project").arg("7");
        let text = given(server(&desk), "here").run().succeeds().text();
        let path = desk.work().join("here").display().to_string();
        let first =
            format!("KEY FILE: {path}, project 7. Your `lab client` needs the same --file and --project.\n");
        assert!(text.starts_with(&first), "{text}");
        assert!(text.contains(&format!("CODE: key = ftok(\"{path}\", 7)\n")), "{text}");
        // Without them it is another key, and the client meets nobody.
        client(&desk).may_leave().run().fails(1).error();
        let text = given(client(&desk), "there").run().succeeds().text();
        let first =
            format!("KEY FILE: {path} (a link to {path}, which is the file that ftok() sees), project 7. ")
                .replacen("here", "there", 1);
        assert!(text.starts_with(&first), "{text}");
        assert!(text.contains(&format!("\"Client: Data read from memory: {MESSAGE}\"")), "{text}");
        assert_eq!(fs::metadata(path).expect("still there").len(), 0);
    }
}

#[test]
fn a_client_that_never_comes() {
    for desk in desks() {
        let key = served(&desk);
        // No start of lab takes it for what a dead run has left.
        for args in
            [["step-through", "--no-pause"], ["demo", "shmdt"], ["quiz", "--plain"], ["validate", "x.toml"]]
        {
            desk.file("x.toml", fs::read("lessons/09-shmdt.toml").expect("a lesson"));
            let _ = desk.lab(args).may_leave().run().succeeds().both();
            assert_eq!(desk.segments(), [0], "{args:?} has removed it");
        }
        let listed = "segment 0 with key KEY1, 1024 bytes, made by process PID1: `lab server` made it just now and left it for `lab client`\n";
        let text = desk.lab(["clean", "--dry-run", "--json"]).may_leave().run().succeeds().text();
        let report: Value = serde_json::from_str(&text).expect("an object");
        let waiting = &report["waiting"][0];
        assert_eq!(
            (&waiting["segment"], &waiting["made_by"], &waiting["killed"]),
            (&0.into(), &"lab server".into(), &false.into())
        );
        assert!(waiting["age"].as_i64().is_some_and(|age| (0..60).contains(&age)), "{text}");
        assert_eq!(cleaned(&desk), listed);
        // Its age, from the kernel's table: a record of yesterday would name another time.
        assert_eq!(key, served(&desk), "the same file gives the same key");
        client(&desk).run().succeeds().text();
    }
}

#[test]
fn a_server_that_is_killed() {
    for desk in desks() {
        for (step, line, warned) in [
            ("1", None, None),
            ("3", Some(""), Some("Its rss is 0, so no process has written to it: expect an empty line.")),
            ("4", Some(""), Some("Its rss is 0, so no process has written to it: expect an empty line.")),
            ("5", Some(MESSAGE), Some("It may have written all of its message, or only a part.")),
            ("7", Some(MESSAGE), Some("It may have written all of its message, or only a part.")),
        ] {
            for guard_too in [false, true] {
                let live = waiting_server(&desk, step);
                if guard_too {
                    live.signal_to("guard", Signal::SIGKILL);
                }
                kill(live);
                let (Some(line), Some(warned)) = (line, warned) else {
                    // Nothing was made yet.
                    client(&desk).run().fails(1).error();
                    continue;
                };
                let said = masked(&desk, &server(&desk).run().fails(1).error());
                let wanted = "lab: segment NUMBER with the key KEY1 is there already: a `lab server`, process PID1, made it and was killed before it ended. Run `lab client` to see what it holds, or remove it with `lab clean`\n";
                assert_eq!(said, wanted.replace("NUMBER", &desk.segments()[0].to_string()));
                let text = client(&desk).run().succeeds().text();
                let warning = format!(
                    "WARNING: the `lab server` that made segment NUMBER with the key KEY1, process PID1, was killed before it ended. {warned}\n"
                );
                let id = text
                    .split("the `lab server` that made segment ")
                    .nth(1)
                    .and_then(|rest| rest.split(' ').next())
                    .expect("an identifier")
                    .to_owned();
                assert!(masked(&desk, &text).contains(&warning.replace("NUMBER", &id)), "{text}");
                assert!(
                    text.contains(&format!("PRINTED: \"Client: Data read from memory: {line}\"\n")),
                    "{text}"
                );
            }
        }
        let live = waiting_server(&desk, "5");
        live.signal_to("guard", Signal::SIGKILL);
        kill(live);
        let id = desk.segments()[0];
        let listed = format!(
            "segment {id} with key KEY1, 1024 bytes, made by process PID1: `lab server` made it just now and was killed before it ended\nfolder DESK/tmp/SCRATCH\n"
        );
        assert_eq!(cleaned(&desk), listed);
    }
}

#[test]
fn a_server_that_is_told_to_end_leaves_nothing() {
    for desk in desks() {
        for step in ["1", "3", "5", "7"] {
            for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
                let mut live = waiting_server(&desk, step);
                live.signal(signal);
                live.wait_for("Interrupted: removing ");
                live.wait_end().dies_of(signal).text();
                desk.is_clean();
            }
            let mut live = waiting_server(&desk, step);
            live.send("q\n").wait_for("Quitting: removing ");
            live.wait_end().succeeds().text();
            desk.is_clean();
        }
    }
}

const STAYS: &str =
    "stays as it is: run `lab client` again to read and remove it, or remove it with `lab clean`.\n";

#[test]
fn a_client_that_does_not_get_to_the_end_leaves_the_segment() {
    for desk in desks() {
        served(&desk);
        for step in ["1", "3", "5", "7"] {
            for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
                let mut live = waiting_client(&desk, step);
                live.signal(signal);
                live.wait_for("Interrupted: removing the folder ");
                live.wait_for(STAYS);
                live.wait_end().dies_of(signal).text();
            }
            let mut live = waiting_client(&desk, step);
            live.send("q\n").wait_for("Quitting: removing the folder ");
            live.wait_for(STAYS);
            live.wait_end().succeeds().text();
            assert_eq!(names_in(&desk.tmp()), Vec::<String>::new());
        }
        client(&desk).run().succeeds().text();
    }
}

#[test]
fn a_client_that_is_killed() {
    for desk in desks() {
        let mut id = 0;
        for step in ["1", "4", "7"] {
            for guard_too in [false, true] {
                served(&desk);
                let live = waiting_client(&desk, step);
                if guard_too {
                    live.signal_to("guard", Signal::SIGKILL);
                }
                kill(live);
                assert_eq!(desk.segments(), [id]);
                let said = masked(&desk, &server(&desk).run().fails(1).error());
                assert_eq!(
                    said,
                    format!(
                        "lab: segment {id} with the key KEY1 is there already: a `lab client`, process PID1, was killed before it removed it. Run `lab client` again, or remove it with `lab clean`\n"
                    )
                );
                let text = client(&desk).run().succeeds().text();
                let warning = format!(
                    "WARNING: a `lab client`, process PID1, has found segment {id} with the key KEY1 before and was killed before it removed it. The message is still there.\n"
                );
                assert!(masked(&desk, &text).contains(&warning), "{text}");
                assert!(text.contains(MESSAGE), "{text}");
                id += 1;
            }
        }
        // After the removal nothing is left but the record, which the next start removes.
        served(&desk);
        kill(waiting_client(&desk, "8"));
        assert_eq!(desk.segments(), Vec::<i32>::new());
        client(&desk).run().fails(1).error();
    }
}

#[test]
fn one_at_a_time() {
    for desk in desks() {
        let mut live = waiting_server(&desk, "4");
        let said = masked(&desk, &client(&desk).may_leave().run().fails(1).error());
        assert_eq!(
            said,
            "lab: the `lab server` that made segment 0 with the key KEY1, process PID1, has not ended. The sheet's client would read what is there now and remove the segment; this one waits: let the server end, then run `lab client` again\n"
        );
        let said = masked(&desk, &server(&desk).run().fails(1).error());
        assert_eq!(
            said,
            "lab: segment 0 with the key KEY1 is there already: another `lab server`, process PID1, is using it. Let that one end, then run `lab client`\n"
        );
        desk.lab(["clean", "--yes"]).may_leave().run().succeeds().prints("nothing is left of any run\n");
        live.send("c\n").wait_for("DONE: ");
        live.wait_end().succeeds().text();
        let mut live = waiting_client(&desk, "4");
        let said = masked(&desk, &client(&desk).may_leave().run().fails(1).error());
        assert_eq!(
            said,
            "lab: another `lab client`, process PID1, is reading segment 0 with the key KEY1 and will remove it. Let that one end, then start `lab server` for a new message\n"
        );
        let said = masked(&desk, &server(&desk).run().fails(1).error());
        assert_eq!(
            said,
            "lab: segment 0 with the key KEY1 is still there: a `lab client`, process PID1, is reading it. Let that one end, then start `lab server` again\n"
        );
        desk.lab(["clean", "--yes"]).may_leave().run().succeeds().prints("nothing is left of any run\n");
        live.send("c\n").wait_for("DONE: ");
        live.wait_end().succeeds().text();
        desk.is_clean();
    }
}

#[test]
fn while_clean_asks_nobody_else_takes_it() {
    for desk in desks() {
        served(&desk);
        let mut asks = desk.lab(["clean"]).may_leave().on_terminal(24, 80);
        asks.wait_for("remove? [y/N] ");
        let said = masked(&desk, &client(&desk).may_leave().run().fails(1).error());
        assert_eq!(
            said,
            "lab: another command of lab, such as `lab clean`, has the record of segment 0 with the key KEY1 right now. Try again when that has ended\n"
        );
        asks.send("n\n").wait_for("nothing was removed");
        asks.wait_end().succeeds().text();
        client(&desk).run().succeeds().text();
    }
}

#[test]
fn two_students_do_not_meet() {
    for desk in desks() {
        served(&desk);
        // Another student has another state folder, and so another key file.
        let other = desk.work().join("other");
        desk.shell("mkdir other");
        let said = client(&desk).env("XDG_STATE_HOME", &other).may_leave().run().fails(1).error();
        assert!(said.starts_with("lab: no segment has the key 0x4c"), "{said}");
        server(&desk).env("XDG_STATE_HOME", &other).run().succeeds().text();
        assert_eq!(desk.segments().len(), 2);
        let text = client(&desk).may_leave().run().succeeds().text();
        assert!(text.contains(MESSAGE), "{text}");
        client(&desk).env("XDG_STATE_HOME", &other).run().succeeds().text();
    }
}

/// The machine with some system calls answered by an errno (0: killed for it).
fn refused(lab: Lab, desk: &Desk, call: libc::c_long, errno: i32) -> Option<Lab> {
    let refuse = tool(desk, "refuse")?;
    Some(lab.through([&refuse, &format!("{call}={errno}"), "--"]))
}

#[test]
fn without_system_v_shared_memory() {
    for desk in desks() {
        for lab in [server(&desk), client(&desk)] {
            let Some(lab) = refused(lab, &desk, libc::SYS_shmget, libc::ENOSYS) else { return };
            let said = lab.run().fails(3).error();
            let wanted = "lab: this machine has no System V shared memory for us: shmget returned ENOSYS: ";
            assert!(said.starts_with(wanted) && said.lines().count() == 1, "{said}");
            desk.is_clean();
        }
        let Some(lab) = refused(server(&desk), &desk, libc::SYS_shmget, 0) else { return };
        lab.run().fails(3).says("lab: a process that only called shmget was killed by SIGSYS: a sandbox around lab forbids System V shared memory\n");
        // The segment that was just made goes with the server that can't attach it.
        let Some(lab) = refused(server(&desk), &desk, libc::SYS_shmat, libc::ENOMEM) else { return };
        let (_, said) = lab.run().fails(3).both();
        assert!(said.starts_with("lab: step 3 can't be played on this machine: shmat("), "{said}");
        desk.is_clean();
    }
}

#[test]
fn where_no_segment_outlives_its_last_detach() {
    let desk = Desk::new();
    if !root() || !desk.private() {
        return skip("only root sets kernel.shm_rmid_forced");
    }
    desk.shell("echo 1 >/proc/sys/kernel/shm_rmid_forced");
    for lab in [server(&desk), client(&desk)] {
        lab.run().fails(3).says("lab: this machine removes every segment at its last detach (kernel.shm_rmid_forced is 1), so the server's segment would be gone before the client comes; `lab step-through` plays both programs in a sandbox\n");
    }
}

#[test]
fn without_a_folder_of_labs_own() {
    for desk in desks() {
        let wanted = "lab: lab has no key file of its own here (neither XDG_STATE_HOME nor HOME names a folder): set XDG_STATE_HOME to a folder of yours, since lab keeps its records there as well\n";
        for lab in [server(&desk), client(&desk)] {
            lab.without("HOME").without("XDG_STATE_HOME").run().fails(3).says(wanted);
        }
        // With a file of one's own there is a key, but no record could tell the client whose the segment is.
        desk.file("here", "");
        let lab = server(&desk).without("HOME").without("XDG_STATE_HOME").arg("--file").arg("here");
        lab.run().fails(3).says("lab: no record of the segment can be kept (neither XDG_STATE_HOME nor HOME names a folder), so no other program could know that it is ours: give lab a folder of its own with XDG_STATE_HOME\n");
        desk.is_clean();
        // A link in the place of lab's own key file is left alone.
        desk.runs();
        symlink(Path::new("/etc/passwd"), desk.state().join("lab.key")).expect("a link");
        let said = server(&desk).run().fails(3).error();
        let wanted = "lab: lab has no key file of its own here (lab leaves DESK/state/lab/lab.key alone because it is a symbolic link): ";
        assert!(masked(&desk, &said).starts_with(wanted), "{said}");
    }
}

#[test]
fn a_reader_that_goes_and_a_full_disk() {
    for desk in desks() {
        let mut live = server(&desk).start();
        live.close_output();
        live.wait_end().dies_of(Signal::SIGPIPE).text();
        desk.is_clean();
        let lab = server(&desk).script("exec \"$@\" >/dev/full");
        let said = lab.run().fails(1).error();
        assert!(said.starts_with("lab: can't write to standard output: ENOSPC"), "{said}");
        desk.is_clean();
        served(&desk);
        let mut live = client(&desk).may_leave().start();
        live.close_output();
        live.wait_end().dies_of(Signal::SIGPIPE).text();
        assert_eq!(desk.segments().len(), 1, "the client did not get to the removal");
        client(&desk).run().succeeds().text();
    }
}
