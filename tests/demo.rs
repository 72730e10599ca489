//! A demonstration in front of a room, and beside it: a show of hands, the numbers of what is shown, and the second
//! terminal with the notes of the step that the first one is at.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::PathBuf;
use std::sync::Arc;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::common::mask::Mask;
use super::common::{Desk, Live, root, skip};
use super::pages::{paged, rows};

const CALLS: [&str; 6] = ["ftok", "shmget", "shmat", "shmdt", "write", "shmctl"];
const PROMPT: &str = "q quit > ";
const NOBODY: &str = "WAITING: No demonstration of shmat is under way. Begin `lab demo shmat` in another terminal; Ctrl-C ends these notes.\n";
const OPENING: &str = "\
DEMO: shmat: into the address space
MINUTES: 13
GOAL: You see what shmat() returns, how it fails, what happens to a program that does not check, and why you keep addresses out of a segment.
SAY: Show the line of /proc/PID/maps and let the room find the shmid in it.
SAY: Ask what `if (p == NULL)` would do here.
SAY: Draw a linked list in a segment, and ask where its pointers lead.
ANSWERS: Most say that shmat() returns NULL when it fails, and that a pointer into shared memory works in every process.
PAGE: shmop(2)
";
const WRONG_HANDS: &str = "Please type an option, a colon and how many said it, each option once, such as 1:12 2:7: options are 1 to 3, and a room has at most 9999 people";

/// Where demonstrations are written down.
fn file(desk: &Desk) -> PathBuf {
    desk.runs();
    desk.state().join("demonstrations.json")
}

fn kept(desk: &Desk) -> Value {
    serde_json::from_slice(&fs::read(file(desk)).expect("the file")).expect("JSON")
}

/// The demonstration of shmat at its question with options, by whole lines.
fn demonstration(desk: &Arc<Desk>) -> Live {
    let mut live = desk.lab(["demo", "shmat", "--line", "--plain", "--from", "2"]).may_leave().start();
    live.wait_for(PROMPT);
    live
}

/// The notes, by plain lines that are added below.
fn notes(desk: &Arc<Desk>) -> Live {
    let mut live = desk.lab(["demo", "shmat", "--notes", "--follow", "--plain"]).may_leave().start();
    assert_eq!(live.wait_for("PAGE: shmop(2)\n"), OPENING);
    live
}

/// Ends notes that wait.
fn interrupted(mut live: Live) {
    live.signal(Signal::SIGINT);
    drop(live.wait_end().dies_of(Signal::SIGINT).text());
}

/// What a terminal shows once it shows this and then the prompt.
fn page(live: &mut Live, text: &str) -> Vec<String> {
    live.wait_for(text);
    live.ends_with(&[PROMPT]).expect("a prompt");
    rows(live, 24, 80)
}

/// Types as a person does: many bytes at once are a paste, which no prompt takes.
fn type_slowly(live: &mut Live, text: &str) {
    for c in text.chars() {
        live.send(&c.to_string());
        live.wait_for(&c.to_string());
    }
    live.send("\n");
}

/// A record of this process, which lives, as a demonstration of a call that shows a step.
fn record(call: &str, step: usize) -> Value {
    let stat = fs::read_to_string("/proc/self/stat").expect("/proc");
    let (_, fields) = stat.rsplit_once(") ").expect("a name");
    let started: u64 = fields.split(' ').nth(19).expect("a start").parse().expect("a number");
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("/proc");
    let pids = fs::read_link("/proc/self/ns/pid").expect("/proc");
    json!({ "call": call, "pid": std::process::id(), "started": started, "boot": boot.trim(), "pids": pids,
        "at": { "step": step, "played": false, "answer": null, "names": {} } })
}

/// Writes the file as lab would: nobody reads half of it.
fn write(desk: &Desk, text: impl AsRef<[u8]>) {
    let (path, new) = (file(desk), file(desk).with_extension("new"));
    fs::write(&new, text).expect("a written file");
    fs::set_permissions(&new, fs::Permissions::from_mode(0o600)).expect("a mode");
    fs::rename(new, path).expect("a renamed file");
}

fn records(desk: &Desk, records: &[Value]) {
    write(desk, json!({ "version": 1, "under_way": records }).to_string());
}

#[test]
fn the_notes_have_the_numbers_and_the_order_of_the_demonstration() {
    let desk = Desk::new();
    let heads = |text: &str| -> Vec<String> {
        let heads = text.lines().filter(|line| line.starts_with("Step "));
        heads.map(|line| line.split(',').next().unwrap_or_default().to_owned()).collect()
    };
    let codes = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with("CODE: ")).map(str::to_owned).collect()
    };
    let list = desk.lab(["demo", "--json"]).run().succeeds().text();
    let rows: Vec<Value> = list.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for call in CALLS {
        let row = rows.iter().find(|row| row["name"] == call).expect("a row of the list");
        let shown = desk.lab(["demo", call, "--no-pause", "--plain"]).run().succeeds().text();
        let notes = desk.lab(["demo", call, "--notes", "--plain"]).run().succeeds().text();
        assert_eq!((heads(&notes), codes(&notes)), (heads(&shown), codes(&shown)), "{call}");
        let json = desk.lab(["demo", call, "--notes", "--json"]).run().succeeds().text();
        let json: Value = serde_json::from_str(&json).expect("JSON");
        let steps = json["steps"].as_array().expect("steps");
        let numbers: Vec<_> = steps.iter().filter_map(|step| step["step"].as_u64()).collect();
        assert_eq!(numbers, (1..=heads(&shown).len() as u64).collect::<Vec<_>>(), "{call}");
        let fails = |step: &&Value| step["expect"].as_str().is_some_and(|word| word.starts_with(['E', 'S']));
        assert_eq!(row["failures"], steps.iter().filter(fails).count(), "{call}");
        assert_eq!((&row["name"], &row["minutes"]), (&json["name"], &json["minutes"]), "{call}");
        // The last number is the last page.
        let last = heads(&shown).len();
        let lab = desk.lab(["demo", call, "--plain", "--line", "--from", &last.to_string()]);
        let from = lab.stdin("q\n").run().succeeds().text();
        assert_eq!(heads(&from), heads(&shown)[last - 1..], "{call}");
    }
}

#[test]
fn a_show_of_hands_is_taken_on_a_terminal() {
    let desk = Desk::new();
    for typed in ["1:12 2:7", "2:7 1:12"] {
        let mut live = paged(&desk, &["demo", "shmat", "--from", "2"]).on_terminal(24, 80);
        live.wait_for("1:12 2:7 hands");
        live.wait_for(PROMPT);
        type_slowly(&mut live, typed);
        live.wait_for("RETURNED");
        live.wait_for(PROMPT);
        let shown = Mask::of(&desk).text(&rows(&mut live, 24, 80).join("\n"));
        let (before, after) = shown.split_once("RETURNED").expect("the result");
        assert!(before.starts_with("Step 2 of 20 · shmat"), "{shown}");
        assert!(before.contains("\n          3  1, because shmat() fails"), "{shown}");
        let means = "\nTHE ROOM  1: 12  2: 7  3: 0\nANSWER    2: 2, one for each attachment\nMEANS     nattch is 2 with only one process";
        assert!(after.contains(means), "{shown}");
        let prompt = "\n[2/20 shmat]  Enter next · d details · f next failure · ? keys · q quit >";
        assert!(after.ends_with(prompt), "{shown}");
        live.send("q");
        drop(live.wait_end().succeeds().text());
    }
}

#[test]
fn what_is_no_show_of_hands_asks_again_and_enter_alone_asks_nobody() {
    let desk = Desk::new();
    let mut live = paged(&desk, &["demo", "shmat", "--from", "2"]).on_terminal(60, 80);
    live.wait_for(PROMPT);
    let wrong = ["1:", "9:3", "0:1", "-1:3", "1:-3", "2", "1:3 1:4", "1:10000", "1:99999999999999999999"];
    for typed in wrong {
        type_slowly(&mut live, typed);
        let said = live.wait_for(PROMPT);
        assert!(said.replace('\n', " ").contains(WRONG_HANDS), "{typed}: {said}");
    }
    live.send("a");
    live.wait_for("`a` is not a key here; ? shows the keys");
    live.wait_for(PROMPT);
    live.send("\n");
    let shown = live.wait_for("MEANS");
    assert!(shown.contains("ANSWER    2: 2, one for each attachment\n"), "{shown}");
    assert!(!shown.contains("THE ROOM"), "{shown}");
    live.wait_for(PROMPT);
    live.send("q");
    live.wait_end().succeeds().text();
}

#[test]
fn where_the_answer_is_a_number_a_room_says_numbers() {
    let desk = Desk::new();
    let mut live = paged(&desk, &["demo", "write", "--report", "room.json"]).on_terminal(24, 80);
    live.wait_for("100:12 0:7 hands");
    live.wait_for(PROMPT);
    for typed in ["4096:", "4096", "-1:3", "1:2 1:3", "1:10000"] {
        type_slowly(&mut live, typed);
        let said = live.wait_for(PROMPT).replace('\n', " ");
        let wanted = "Please type a number, a colon and how many said it, each number once, such as 100:12 0:7: a room has at most 9999 people";
        assert!(said.contains(wanted), "{typed}: {said}");
    }
    type_slowly(&mut live, "1:12 4096:7");
    live.wait_for("THE ROOM  1: 12  4096: 7");
    live.wait_for("ANSWER    4096");
    live.wait_for(PROMPT);
    live.send("q");
    drop(live.wait_end().succeeds().text());
    let report = fs::read_to_string(desk.work().join("room.json")).expect("the report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let events = report["events"].as_array().expect("events");
    let hands: Vec<_> = events.iter().filter(|event| event.get("hands").is_some()).collect();
    assert_eq!(hands.len(), 1, "{report}");
    assert_eq!(hands[0]["hands"], json!([{"number": 1, "count": 12}, {"number": 4096, "count": 7}]));
}

#[test]
fn a_long_show_of_hands_leaves_the_page_whole() {
    let desk = Desk::new();
    // What is typed takes a second row, which in one of these windows is the one that is missing.
    for height in 17..=24 {
        let mut live = paged(&desk, &["demo", "shmat", "--from", "2"]).on_terminal(height, 80);
        live.wait_for("1:12 2:7 hands");
        live.wait_for(PROMPT);
        type_slowly(&mut live, "1:1000 2:2000 3:3000");
        live.wait_for("THE ROOM  1: 1000  2: 2000  3: 3000");
        live.wait_for(PROMPT);
        let page = rows(&mut live, height, 80);
        assert!(page[0].starts_with("Step 2 of 20"), "{height}: {page:#?}");
        let last = page.last().expect("a row");
        assert!(last.starts_with("[2/20 shmat]  Enter next"), "{height}: {page:#?}");
        live.send("q");
        drop(live.wait_end().succeeds().text());
    }
}

#[test]
fn a_show_of_hands_is_taken_by_lines_and_in_no_object() {
    let desk = Desk::new();
    let run = |typed: &str| {
        let lab = desk.lab(["demo", "shmat", "--line", "--plain", "--from", "2"]);
        lab.stdin(format!("{typed}\nq\n")).run().succeeds().text()
    };
    let text = run("1:12 2:7");
    let told = "\nTHE ROOM: 1: 12  2: 7  3: 0  \nANSWER: 2: 2, one for each attachment\nMEANS: nattch is 2";
    assert!(text.contains(told), "{text}");
    for typed in ["1:", "9:3", "-1:3", "1:99999999999999999999", "12"] {
        let text = run(typed);
        assert!(text.contains(WRONG_HANDS) && !text.contains("THE ROOM"), "{typed}: {text}");
    }
    assert!(run("abc").contains("`abc` is not a key here; ? shows the keys"));
    let text = run("");
    assert!(
        text.contains("\nANSWER: 2: 2, one for each attachment\n") && !text.contains("THE ROOM"),
        "{text}"
    );
    let json = desk.lab(["demo", "shmat", "--json"]).run().succeeds().text();
    let objects = json.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let asked = objects.filter(|object| object["code"] == "p2 = shmat(id, NULL, 0)").collect::<Vec<_>>();
    let [asked] = asked.as_slice() else { panic!("{json}") };
    let options = asked["options"].as_array().expect("options");
    let right: Vec<_> = options.iter().map(|option| (&option["label"], &option["right"])).collect();
    assert_eq!(json!(right), json!([[1, false], [2, true], [3, false]]));
    assert!(!json.contains("THE ROOM"));
}

#[test]
fn a_second_terminal_shows_the_notes_of_the_step_that_the_first_one_is_at() {
    let desk = Desk::new();
    let args = ["demo", "shmat", "--notes", "--follow"];
    let mut notes = paged(&desk, &args).may_leave().on_terminal(24, 80);
    let shown = page(&mut notes, "WAITING");
    assert_eq!(shown[0], "DEMO      shmat: into the address space");
    assert_eq!(shown[11], "WAITING   No demonstration of shmat is under way. Begin `lab demo shmat` in");
    let mut demo = paged(&desk, &["demo", "shmat"]).may_leave().on_terminal(24, 80);
    let shown = page(&mut notes, "NEXT      step 2: server: p2 = shmat(id, NULL, 0)");
    assert_eq!(shown[0], "DEMO      shmat: into the address space", "{shown:#?}");
    assert_eq!(shown[11], format!("{:<74}server", "Step 1 of 20 · shmat"), "{shown:#?}");
    demo.wait_for(PROMPT);
    demo.send("\n");
    page(&mut notes, "ANSWER    0");
    demo.wait_for(PROMPT);
    demo.send("\n");
    let shown = page(&mut notes, "NEXT      step 3: server: c = p2[0]");
    assert!(!shown.iter().any(|row| row.starts_with("ANSWER")), "before it was played: {shown:#?}");
    demo.wait_for("1:12 2:7 hands");
    demo.wait_for(PROMPT);
    type_slowly(&mut demo, "1:12 2:7");
    let shown = page(&mut notes, "ANSWER");
    let whole = "\
Step 2 of 20 · shmat                                                      server
CODE      p2 = shmat(id, NULL, 0)
ASK       The server attaches the same segment a second time. What is nattch
          after this call?
          1  1, because one process has it attached
          2  2, one for each attachment
          3  1, because shmat() fails: the segment is attached already
EXPECT    != p
ANSWER    2: 2, one for each attachment
WHY NOT   1: That would be true if nattch counted processes. The kernel counts
          attachments, and the server has two of them now.
          3: That would be true if a process could attach a segment only once.
          shmat() maps it again, at another address.
MEANS     nattch is 2 with only one process, because the kernel counts
          attachments. The same page now has two addresses in the server.
NEXT      step 3: server: c = p2[0]
q quit >";
    assert_eq!(shown.join("\n"), whole);
    // Too small for all of it: the reasons go, and the prompt says so.
    notes.resize(16, 80);
    notes.wait_for("a taller window shows more · q quit > ");
    demo.wait_for(PROMPT);
    demo.send("q");
    demo.wait_end().succeeds().text();
    let told = notes.wait_end().succeeds().text();
    assert!(told.ends_with("\nThe demonstration has ended.\n"), "{told}");
    notes.mode_is_restored();
    desk.is_clean();
    assert_eq!(kept(&desk)["under_way"], json!([]));
}

#[test]
fn where_nothing_is_redrawn_the_notes_are_added_below() {
    let desk = Desk::new();
    let mut demo = demonstration(&desk);
    let mut notes = notes(&desk);
    let started = notes.wait_for("NEXT: step 3: server: c = p2[0]\n");
    let step = "Step 2 of 20 · shmat, server\nCODE: p2 = shmat(id, NULL, 0)\nASK: The server attaches";
    let head = format!("Following the demonstration of process {}.\n\n{step}", demo.pid());
    assert!(started.starts_with(&head), "{started}");
    demo.send("1:3\n");
    let answer = "ANSWER: 2: 2, one for each attachment\n";
    assert_eq!(notes.wait_for(answer), answer);
    demo.wait_for(PROMPT);
    demo.send("q\n");
    drop(demo.wait_end().succeeds().text());
    let told = notes.wait_end().succeeds().text();
    assert!(
        told.ends_with("ANSWER: 2: 2, one for each attachment\nThe demonstration has ended.\n"),
        "{told}"
    );
    desk.is_clean();
}

#[test]
fn the_notes_end_by_a_key_or_a_signal_and_leave_the_demonstration_alone() {
    let desk = Desk::new();
    let mut demo = demonstration(&desk);
    let args = ["demo", "shmat", "--notes", "--follow"];
    for key in ["q", "Q", "\u{4}"] {
        let mut notes = paged(&desk, &args).may_leave().on_terminal(24, 80);
        page(&mut notes, "NEXT");
        notes.send(key);
        notes.wait_end().succeeds().text();
        notes.mode_is_restored();
    }
    let mut notes = paged(&desk, &args).may_leave().on_terminal(24, 80);
    page(&mut notes, "NEXT");
    notes.send("\u{3}");
    notes.wait_end().dies_of(Signal::SIGINT).text();
    notes.mode_is_restored();
    demo.send("q\n");
    drop(demo.wait_end().succeeds().text());
    desk.is_clean();
}

#[test]
fn a_demonstration_that_was_killed_is_noticed() {
    let desk = Desk::new();
    let mut demo = demonstration(&desk);
    let mut first = notes(&desk);
    first.wait_for("NEXT: ");
    let pid = demo.pid();
    demo.signal(Signal::SIGKILL);
    drop(demo.wait_end().dies_of(Signal::SIGKILL).text());
    let told = first.wait_end().succeeds().text();
    assert!(
        told.ends_with(&format!("\nThe demonstration was killed: its process {pid} is gone.\n")),
        "{told}"
    );
    // Whoever comes later hears of it, and waits.
    let mut second = notes(&desk);
    let told = second.wait_for("these notes.\n");
    let killed =
        format!("WAITING: The last demonstration of shmat was killed: its process {pid} is gone. No ");
    assert!(told.starts_with(&killed), "{told}");
    // The next one takes the record away.
    let mut demo = demonstration(&desk);
    second.wait_for(&format!("Following the demonstration of process {}.\n", demo.pid()));
    assert_eq!(kept(&desk)["under_way"].as_array().map(Vec::len), Some(1));
    demo.send("q\n");
    drop(demo.wait_end().succeeds().text());
    drop(second.wait_end().succeeds().text());
    desk.is_clean();
}

#[test]
fn of_several_demonstrations_the_last_one_begun_is_followed() {
    let desk = Desk::new();
    // One of another call, which is none of shmat.
    records(&desk, &[record("shmdt", 0)]);
    let mut waits = notes(&desk);
    assert_eq!(waits.wait_for("these notes.\n"), NOBODY);
    interrupted(waits);
    let mut one = demonstration(&desk);
    let mut notes = notes(&desk);
    notes.wait_for(&format!("process {}.\n", one.pid()));
    notes.wait_for("NEXT: ");
    let mut other = demonstration(&desk);
    notes.wait_for(&format!("process {}.\n", other.pid()));
    notes.wait_for("NEXT: ");
    // What the first one shows now is not what is followed.
    one.send("1:1\n");
    one.wait_for(PROMPT);
    other.send("q\n");
    drop(other.wait_end().succeeds().text());
    let told = notes.wait_end().succeeds().text();
    assert!(told.ends_with("\nThe demonstration has ended.\n") && !told.contains("ANSWER: "), "{told}");
    one.send("q\n");
    drop(one.wait_end().succeeds().text());
    desk.is_clean();
}

#[test]
fn a_record_of_another_process_with_the_same_pid_is_none() {
    let desk = Desk::new();
    for (field, value) in [("started", json!(1)), ("boot", json!("another")), ("pids", json!("pid:[1]"))] {
        let mut reused = record("shmat", 1);
        reused[field] = value;
        records(&desk, &[reused]);
        let mut live = notes(&desk);
        let told = live.wait_for("these notes.\n");
        // A process of another namespace may live, and nobody here can tell.
        let killed = field != "pids";
        assert_eq!(told.contains("was killed: its process"), killed, "{field}: {told}");
        assert!(told.contains("No demonstration of shmat is under way."), "{field}: {told}");
        interrupted(live);
    }
}

#[test]
fn what_the_file_says_is_not_trusted() {
    let desk = Desk::new();
    let path = file(&desk).display().to_string();
    let senseless = format!("WARNING: {path} made no sense and is begun anew\n");
    let newer = format!(
        "WARNING: the step for your notes is not kept: a newer lab wrote {path} (version 2), and this lab knows version 1 at most and leaves the file alone\n"
    );
    let large = format!(
        "WARNING: the step for your notes is not kept: lab leaves {path} alone because it is larger than 1024 KiB\n"
    );
    let huge = vec![b' '; 1024 * 1024 + 1];
    let cases: [(&[u8], &str); 7] = [
        (b"{ no", &senseless),
        (b"", &senseless),
        (b"\xff\x00[[[[", &senseless),
        (br#"{"version":1,"under_way":[{"call":"shmat","pid":"1"}]}"#, &senseless),
        (br#"{"version":1,"under_way":[{"call":"shmat","pid":99999999999999}]}"#, &senseless),
        (br#"{"version":2,"under_way":"?"}"#, &newer),
        (&huge, &large),
    ];
    for (text, said) in cases {
        write(&desk, text);
        let mut live = notes(&desk);
        assert_eq!(live.wait_for("these notes.\n"), format!("{said}{NOBODY}"));
        interrupted(live);
    }
    fs::remove_file(file(&desk)).expect("removed");
    symlink("/dev/zero", file(&desk)).expect("a link");
    let mut live = notes(&desk);
    let said = live.wait_for("these notes.\n");
    assert!(said.starts_with("WARNING: ") && said.contains("because it is a symbolic link\n"), "{said}");
    interrupted(live);
    fs::remove_file(file(&desk)).expect("removed");
    // A step that there is none of, and words that would steer a terminal.
    let mut hostile = record("shmat", usize::MAX);
    hostile["at"]["answer"] = json!("\u{1b}]0;x\u{7}\u{1b}[2J");
    hostile["at"]["names"] = json!({ "p": "\u{1b}[31m" });
    records(&desk, &[hostile.clone()]);
    let mut live = notes(&desk);
    live.wait_for("run the same lab in both\n");
    hostile["at"]["step"] = json!(23);
    hostile["at"]["played"] = json!(true);
    records(&desk, &[hostile]);
    let shown = live.wait_for("NEXT: ");
    assert!(shown.contains("Step 16 of 20") && shown.contains("has the segment at \\033[31m."), "{shown}");
    assert!(shown.contains("ANSWER: \\033]0;x\\007\\033[2J\n"), "{shown}");
    assert!(!live.raw().contains('\u{1b}'), "{shown}");
    // Garbage in between stops nothing.
    write(&desk, "{ no");
    assert_eq!(live.wait_for("anew\n").lines().last(), Some(senseless.trim_end()));
    interrupted(live);
}

#[test]
fn another_users_demonstrations_are_never_read() {
    if !root() {
        return skip("only root can give a file to another user");
    }
    let desk = Desk::new();
    records(&desk, &[record("shmat", 1)]);
    chown(file(&desk), Some(1234), Some(1234)).expect("chown");
    let mut live = notes(&desk);
    let path = file(&desk).display().to_string();
    let said = format!(
        "WARNING: the step for your notes is not kept: lab leaves {path} alone because it belongs to user 1234, and lab runs as user 0\n{NOBODY}"
    );
    assert_eq!(live.wait_for("these notes.\n"), said);
    interrupted(live);
}

#[test]
fn a_state_folder_that_can_not_be_written_is_said_once_and_stops_no_demonstration() {
    let Some(desk) = Desk::ordinary() else { return };
    let lab = desk.lab(["demo", "shmdt", "--line", "--plain"]).stdin("\n\n\n\n\nc\n");
    let text = lab.env("XDG_STATE_HOME", "/proc").run().succeeds().text();
    assert_eq!(text.matches("WARNING: the step for your notes is not kept: ").count(), 1, "{text}");
    assert!(text.contains("every claim held"), "{text}");
    // It becomes so in the middle of a demonstration.
    let mut live = desk.lab(["demo", "shmdt", "--line", "--plain"]).may_leave().start();
    live.wait_for(PROMPT);
    assert!(kept(&desk)["under_way"][0]["at"].is_object());
    fs::write(file(&desk), r#"{"version":9}"#).expect("a newer lab's file");
    for _ in 0..3 {
        live.send("\n");
        live.wait_for(PROMPT);
    }
    live.send("c\n");
    let text = live.wait_end().succeeds().text();
    assert_eq!(
        text.matches("WARNING: the step for your notes is not kept: a newer lab").count(),
        1,
        "{text}"
    );
    assert!(text.contains("every claim held"), "{text}");
    assert_eq!(fs::read_to_string(file(&desk)).expect("the file"), r#"{"version":9}"#);
}

#[test]
fn nobody_follows_what_plays_without_a_pause() {
    let desk = Desk::new();
    desk.lab(["demo", "shmdt", "--no-pause"]).run().succeeds().text();
    desk.lab(["demo", "shmdt", "--json"]).run().succeeds().text();
    desk.lab(["step-through", "shmdt", "--line"]).stdin("c\n").run().succeeds().text();
    assert!(!file(&desk).exists());
    let missing =
        "lab: `--notes` is missing: write `lab demo --notes --follow CALL`; see `lab demo --help`\n";
    desk.lab(["demo", "shmat", "--follow"]).run().fails(2).says(missing);
    let no_call =
        "lab: `--follow` needs a call: say `lab demo shmat --notes --follow`, or another of `lab demo`\n";
    desk.lab(["demo", "--notes", "--follow"]).run().fails(2).says(no_call);
    let both =
        "lab: `--follow` and `--json` can't go together: leave one of them out; see `lab demo --help`\n";
    desk.lab(["demo", "shmat", "--notes", "--follow", "--json"]).run().fails(2).says(both);
}
