//! `lab trace` from outside: the program is what it would be without it, each call is decoded as strace decodes
//! it, whatever is wrong is said in a sentence, and nothing of a killed tracer stays.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::Arc;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::common::mask::{Mask, unwrapped};
use super::common::tools::tool;
use super::common::{Desk, Status, lab, root, skip, transcript};
use super::programs::{self, Program};

/// The four calls, of which strace prints a line each.
const CALLS: [&str; 4] = ["shmget", "shmat", "shmdt", "shmctl"];

fn binary(program: &Program) -> String {
    program.binary.display().to_string()
}

/// The events of a trace in a file of the desk.
fn events(desk: &Desk, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(desk.work().join(file)).expect("a trace");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn calls(events: &[Value]) -> impl Iterator<Item = &Value> {
    events.iter().filter(|event| event["event"] == "call")
}

fn files(desk: &Desk, program: &Program, case: &str) {
    for file in program.says("files", case).unwrap_or_default().split_whitespace() {
        desk.file(file, "");
    }
}

#[test]
fn the_program_is_what_it_is_without_a_tracer() {
    let ended = |program: &&Program| {
        !program.is_pair() && !program.name.starts_with("bench/") && program.ends("").is_some()
    };
    for program in programs::all().iter().filter(ended) {
        // A desk for each: some leave a segment.
        let [there, here] = [Desk::new(), Desk::new()];
        files(&there, program, "");
        files(&here, program, "");
        let stdin = program.says("stdin", "").unwrap_or_default();
        let path = program.binary.display();
        // The same streams for both, and a status that tells a signal from an exit.
        let whole = ["hard/prints-binary", "correct/fork-wait", "hard/closes-its-stdio"]
            .contains(&program.name.as_str());
        let filter = if whole { "od -c" } else { "grep -a '^status '" };
        let script =
            format!("printf '%s\\n' '{stdin}' | {{ \"$@\" {path}; echo \"status $?\"; }} | {filter}");
        let alone = there.shell(&script);
        let traced = here.shell(&format!("set -- $LAB trace -o trace.txt --; {script}"));
        // Of the others the status: pids and addresses are another run's.
        assert_eq!(traced, alone, "{}", program.name);
    }
}

#[test]
fn signals_streams_folder_and_environment_are_those_of_an_untraced_program() {
    // Of the shell that is traced: which signals it ignores, blocks and catches, what it has open, where it is.
    let look = "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; ls /proc/self/fd | wc -l; pwd; umask; env | sort; ulimit -a; echo $0";
    for way in ["\"$@\"", "\"$@\" 0<&-", "\"$@\" 7</dev/null", "(trap '' INT HUP PIPE; \"$@\")"] {
        let desk = Desk::new();
        desk.file("look.sh", format!("#!/bin/sh\n{look}\n"));
        let alone = desk.shell(&format!("chmod +x look.sh; set -- ./look.sh; {way}"));
        let traced = desk.shell(&format!("set -- $LAB trace -o trace.txt -- ./look.sh; {way}"));
        assert_eq!(traced, alone, "{way}");
    }
}

/// strace's line in the lab's notation: blanks around `|` and `<<`, `&ds` for a record, a key of eight digits,
/// an octal number without superfluous zeros, no comments.
fn in_our_notation(line: &str) -> Option<String> {
    let start = CALLS.iter().find_map(|name| line.find(&format!("{name}(")))?;
    let (call, result) = line[start..].rsplit_once(" = ")?;
    let mut call = call.trim_end().replace('|', " | ").replace("<<", " << ");
    while let (Some(from), Some(to)) = (call.find("/*"), call.find("*/")) {
        call.replace_range(from - 1..to + 2, "");
    }
    if let (Some(from), Some(to)) = (call.find('{'), call.rfind('}')) {
        call.replace_range(from..=to, "&ds");
    }
    if let Some(number) = call.strip_prefix("shmctl(").and_then(|rest| rest.split(", ").nth(1)) {
        let value = number.strip_prefix("0x").and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if let Some(value) = value {
            call = call.replacen(number, &value.cast_signed().to_string(), 1);
        }
    }
    if let Some(key) = call.strip_prefix("shmget(0x").and_then(|rest| rest.split(',').next()) {
        call = call.replacen(&format!("0x{key}"), &format!("0x{key:0>8}"), 1);
    }
    if call.starts_with("shmget(") {
        let mode = call.trim_end_matches(')').rsplit(' ').next()?.to_owned();
        let short = mode.trim_start_matches('0');
        let short = if short.is_empty() { "0".into() } else { format!("0{short}") };
        call = format!("{}{short})", call.strip_suffix(&format!("{mode})"))?);
        call = call.replace(" | 0)", ")");
    }
    let result = result.split(" (").next()?;
    Some(format!("{call} = {result}"))
}

fn ours(event: &Value) -> String {
    let outcome = &event["outcome"];
    let result = match (&outcome["failed"], &outcome["returned"]) {
        (Value::Number(errno), _) => {
            let errno = nix::errno::Errno::from_raw(errno.as_i64().expect("a number") as i32);
            format!("-1 {errno:?}")
        }
        (_, Value::String(_)) => "0".into(),
        (_, returned) => match returned.as_object().and_then(|value| value.values().next()) {
            Some(Value::String(address)) if address == "0x0" => "0".into(),
            Some(Value::String(address)) => address.clone(),
            Some(number) => number.to_string(),
            None => "?".into(),
        },
    };
    format!("{} = {result}", event["call"].as_str().expect("a call"))
}

#[test]
fn a_call_is_decoded_as_strace_decodes_it() {
    let there = |name: &str| Command::new(name).arg("-V").output().is_ok_and(|done| done.status.success());
    if !there("strace") || !there("setarch") {
        return skip("strace or setarch is not installed");
    }
    let mut compared = 0;
    let wanted = |program: &&Program| {
        let name = program.name.as_str();
        // These make their key files anew, and with them another key each time.
        let kinds = ["correct/", "mistakes/", "hard/garbage"];
        kinds.iter().any(|kind| name.starts_with(kind))
            && !["mistakes/file-saved-anew", "mistakes/twin-files"].contains(&name)
            // strace lets the signal of a child's end break its semop.
            && name != "correct/waits-while-children-end"
            // What never ends is cut off by the clock, and each tracer may have come to another place.
            && program.says("ends", "") != Some("never")
    };
    for program in programs::all().iter().filter(wanted) {
        // A desk for each, so that identifiers begin alike; without address randomisation, so do addresses.
        let [theirs, mine] = [Desk::new(), Desk::new()];
        if !theirs.private() {
            return skip("there is no namespace, and identifiers differ");
        }
        let (path, stdin) = (program.binary.display(), program.says("stdin", "").unwrap_or_default());
        // In one folder, so that ftok gives the same keys.
        files(&theirs, program, "");
        let folder = theirs.work().display().to_string();
        let run = |desk: &Desk, tracer: &str| {
            desk.shell(&format!(
                "cd {folder}; printf '%s\\n' '{stdin}' | timeout 20 setarch -R {tracer} {path} >out 2>err || :"
            ));
        };
        run(&theirs, "strace -f -qq -e trace=shmget,shmat,shmdt,shmctl -e signal=none -o strace.txt");
        run(&mine, "$LAB trace --json -o lab.json --");
        let strace = fs::read(theirs.work().join("strace.txt")).expect("a trace");
        let strace = String::from_utf8_lossy(&strace);
        // Two processes at once are traced in an order of their own, and a line cut in two says less.
        if strace.contains("<unfinished")
            || program.says("diagnoses", "").is_some_and(|d| d.contains("unordered"))
        {
            continue;
        }
        let events = events(&theirs, "lab.json");
        let processes: std::collections::BTreeSet<_> =
            calls(&events).map(|event| event["pid"].to_string()).collect();
        let mut strace: Vec<String> = strace.lines().filter_map(in_our_notation).collect();
        let mut lab: Vec<String> = calls(&events)
            .filter(|event| CALLS.iter().any(|name| event["function"] == **name))
            .map(ours)
            .collect();
        // strace shows an unknown command together with a bit that only 32-bit machines have.
        let decoded = |line: &String| !line.starts_with("shmctl(") || !line.contains("IPC_64");
        let kept: Vec<bool> = strace.iter().map(decoded).collect();
        assert_eq!(strace.len(), lab.len(), "{}: {strace:#?} {lab:#?}", program.name);
        let mut keep = kept.iter();
        strace.retain(|_| keep.next() == Some(&true));
        let mut keep = kept.iter();
        lab.retain(|_| keep.next() == Some(&true));
        if processes.len() > 1 {
            strace.sort();
            lab.sort();
        }
        transcript::same(&lab.join("\n"), &strace.join("\n"), &program.name);
        compared += lab.len();
    }
    assert!(compared > 500, "only {compared} lines were compared");
}

#[test]
fn without_a_filter_the_same_is_seen() {
    let desk = Desk::new();
    let Some(refuse) = tool(&desk, "refuse") else { return };
    let seccomp = format!("{}={}", nix::libc::SYS_seccomp, nix::libc::EPERM);
    for name in ["correct/fork-wait", "correct/ftok-checked", "mistakes/from-shmget-to-crash"] {
        let program = programs::named(name);
        let traces = ["", "refused"].map(|way| {
            let desk = Desk::new();
            files(&desk, program, "");
            let path = program.binary.display();
            let before = if way.is_empty() { String::new() } else { format!("{refuse} {seccomp} -- ") };
            desk.shell(&format!("{before}$LAB trace --json -o trace.json -- {path} >out 2>err || :"));
            events(&desk, "trace.json")
        });
        let [filtered, plain] = traces.each_ref().map(|events| {
            let functions = calls(events).map(|event| (event["function"].clone(), event["segment"].clone()));
            functions.collect::<Vec<_>>()
        });
        assert_eq!(plain, filtered, "{name}");
        let [filtered, plain] = traces.map(|events| events.last().expect("an end")["unseen"].to_string());
        assert!(
            plain.contains("no seccomp filter for us (EPERM)") && !filtered.contains("filter"),
            "{plain}"
        );
    }
}

#[test]
fn where_ptrace_is_refused_it_says_what_to_change() {
    let desk = Desk::new();
    let program = binary(programs::named("correct/fork-wait"));
    if let Some(refuse) = tool(&desk, "refuse") {
        let ptrace = format!("{}={}", nix::libc::SYS_ptrace, nix::libc::EPERM);
        let run = desk.lab(["trace", "--", &program]).through([&refuse, &ptrace, "--"]).run();
        run.fails(3).says("lab: the program can't be traced here: ptrace was refused (EPERM); in a container, start it with --cap-add=SYS_PTRACE or a seccomp profile that allows ptrace\n");
    }
    let run =
        desk.lab(["trace", "-o", "outer.txt", "--"]).arg(desk.program()).arg("trace").arg(&program).run();
    run.fails(3).says("lab: the program can't be traced here: ptrace was refused (EPERM); another tracer (a debugger, strace, lab itself) follows lab, and a process can have only one: run it without\n");
}

#[test]
fn what_is_no_program_is_refused_in_a_sentence() {
    let desk = Desk::new();
    let elf = |class: u8, machine: u8| {
        let mut head = b"\x7fELF".to_vec();
        head.extend([class, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, machine, 0]);
        head.resize(120, 0);
        head
    };
    desk.file("text", "no program\n");
    desk.file("lost.sh", "#!/no/such/shell\n");
    desk.file("old", elf(1, 3));
    desk.file("other", elf(2, 243));
    desk.file("here", "#!/bin/sh\nexit 5\n");
    fs::create_dir(desk.work().join("folder")).expect("a folder");
    desk.shell("chmod +x lost.sh old other here");
    for (word, status, sentence) in [
        ("nowhere", 2, "there is no program `nowhere` in PATH or in this folder"),
        ("./nowhere", 2, "there is no program `./nowhere`"),
        ("here", 2, "there is no program `here` in PATH; the one in this folder is `./here`"),
        ("./text", 2, "`./text` may not be executed: `chmod +x ./text`, or compile it first"),
        ("./folder", 2, "`./folder` is a directory, not a program"),
        (
            "./lost.sh",
            2,
            "`./lost.sh` is a script, and its first line names `/no/such/shell`, which does not exist",
        ),
        (
            "./old",
            3,
            "`./old` is a 32-bit program for i386, and lab follows programs of its own kind only: compile it on this machine, without -m32",
        ),
        ("folder", 2, "`folder` is a directory, not a program"),
        (".", 2, "`.` is a directory, not a program"),
        ("", 2, "the program's name is empty"),
    ] {
        desk.lab(["trace", "--", word]).run().fails(status).says(&format!("lab: {sentence}\n"));
    }
    desk.lab(["trace", "-o", "no/such/file", "--", "true"])
        .run()
        .fails(2)
        .says("lab: `no/such/file` can't be written: there is no folder `no/such`; make it with `mkdir -p no/such`, or name another place\n");
    desk.lab(["trace", "-o", "trace.txt", "./here"]).run().fails(5).text();
}

#[test]
fn a_program_that_never_ends_is_cut_off_and_named() {
    for (name, doing) in [
        // In its sleep, or between two of them.
        ("hard/runs-for-ever", &[""][..]),
        (
            "hard/waits-in-semop",
            &["waits in semop for semaphore 0 of set ", "to be at least 1: its value is 0, and "],
        ),
        (
            "mistakes/private-lock",
            &[
                "waits in futex",
                "at byte 0 of segment 0: the word there is 0",
                "no other process can wake child 1",
            ],
        ),
        (
            "mistakes/dead-holder",
            &["its value is 0, and child 1 changed it last; child 1 was killed by SIGKILL"],
        ),
        ("hard/polls", &["reads the 4 bytes from byte 12 of segment 0 on, which hold 7", "(", "polls.c:28)"]),
        ("hard/polls", &["waits for bytes from a pipe: hard-polls itself is the only process"]),
    ] {
        let desk = Desk::new();
        let program = programs::named(name);
        let run = desk.lab(["trace", "--json", "-o", "trace.json", "--timeout", "1", "--"]).may_leave();
        // What it prints is its own business.
        let _ = run.arg(&program.binary).run().fails(124).text();
        let told = events(&desk, "trace.json").pop().expect("an end")["timeout"].to_string();
        assert!(doing.iter().all(|words| told.contains(words)), "{told}");
        assert!(!told.contains("killed by SIGKILL before"), "{told}");
    }
}

#[test]
fn a_program_that_never_stops_forking_is_cut_off_as_well() {
    let desk = Desk::new();
    let run =
        desk.lab(["trace", "-o", "trace.txt", "--timeout", "1", "--", "sh", "-c", "while :; do (:); done"]);
    run.run().fails(124).text();
}

#[test]
fn children_of_a_parent_killed_at_their_birth_are_not_left_standing() {
    let desk = Desk::new();
    let program = binary(programs::named("hard/kills-forking-parents"));
    desk.lab(["trace", "-o", "trace.txt", "--", &program]).run().succeeds().text();
}

#[test]
fn a_killed_tracer_leaves_no_process() {
    let program = binary(programs::named("hard/runs-for-ever"));
    let mut live = lab(["trace", "-o", "trace.txt", "--", &program]).start();
    live.wait_for("waiting");
    // lab, its watchdog and the program, of which only root can see the first two.
    assert_eq!(live.processes().len(), if root() { 3 } else { 1 });
    live.signal(Signal::SIGKILL);
    live.wait_end().dies_of(Signal::SIGKILL).text();
}

#[test]
fn ctrl_c_and_what_is_sent_to_the_tracer_reach_the_program_once() {
    let handles = binary(programs::named("hard/handles-sigint"));
    let mut live = lab(["trace", "-o", "trace.txt", "--", &handles]).on_terminal(30, 80);
    live.wait_for("ready");
    live.send("\x03").wait_for("cleaned up");
    live.wait_end().fails(3).text();
    let mut live = lab(["trace", "-o", "trace.txt", "--", &handles]).start();
    live.wait_for("ready");
    live.signal(Signal::SIGINT);
    live.wait_for("cleaned up");
    live.wait_end().fails(3).text();
    let for_ever = binary(programs::named("hard/runs-for-ever"));
    let mut live = lab(["trace", "-o", "trace.txt", "--", &for_ever]).start();
    live.wait_for("waiting");
    live.signal(Signal::SIGTERM);
    live.wait_end().dies_of(Signal::SIGTERM).text();
}

#[test]
fn where_the_trace_can_not_be_written_the_program_runs_on() {
    let program = binary(programs::named("correct/fork-wait"));
    let desk = Desk::new();
    let alone = desk.shell(&program);
    let run = desk.lab(["trace", "-o", "/dev/full", "--", &program]).run();
    run.exits(0).prints_and_says(
        &alone,
        "lab: the trace is cut short: /dev/full can't be written: ENOSPC, no space is left\n",
    );
    desk.lab(["trace", "--", &program]).script("exec \"$@\" 2>/dev/full").run().succeeds().prints(&alone);
    desk.lab(["trace", "--", &program]).script("exec \"$@\" 2>&-").run().succeeds().prints(&alone);
    desk.lab(["trace", "--", &program]).script("exec \"$@\" >/dev/null 2>&1 <&-").run().succeeds().prints("");
}

#[test]
fn two_hundred_children_are_counted_and_the_first_are_told() {
    let desk = Desk::new();
    let program = programs::named("hard/forks-200");
    desk.lab(["trace", "-o", "trace.txt", "--"]).arg(&program.binary).run().succeeds().text();
    let text = fs::read_to_string(desk.work().join("trace.txt")).expect("a trace");
    assert!(text.contains("\nSUMMARY   201 processes"), "{text}");
    assert!(text.contains("were counted and not shown; --all shows"), "{text}");
    desk.lab(["trace", "--json", "-o", "all.json", "--"]).arg(&program.binary).run().succeeds().text();
    let mut count = BTreeMap::new();
    for event in calls(&events(&desk, "all.json")) {
        *count.entry(event["function"].as_str().expect("a name").to_owned()).or_insert(0) += 1;
    }
    assert_eq!((count["fork"], count["exit"]), (200, 201), "{count:?}");
}

#[test]
fn births_execs_and_ends_past_the_fiftieth_are_counted() {
    let desk = Desk::new();
    let script = "i=0; while [ $i -lt 60 ]; do /bin/true; i=$((i+1)); done";
    desk.lab(["trace", "-o", "told.txt", "--", "sh", "-c", script]).run().succeeds().text();
    let told = fs::read_to_string(desk.work().join("told.txt")).expect("a trace");
    // 60 births, 60 execs, 61 ends, of which 50 each are told.
    assert!(told.contains("REPEATED  31 more calls like earlier ones were counted and not shown"), "{told}");
}

#[test]
fn in_json_each_case_has_a_name_and_its_numbers() {
    let desk = Desk::new();
    let program = programs::named("mistakes/store-read-only");
    desk.lab(["trace", "--json", "-o", "trace.json", "--"])
        .arg(&program.binary)
        .run()
        .dies_of(Signal::SIGSEGV)
        .text();
    let events = events(&desk, "trace.json");
    let meanings: Vec<_> = calls(&events)
        .map(|call| [&call["function"], &call["seen"]["meaning"]].map(|name| name.as_str().unwrap_or("none")))
        .collect();
    let expected = [
        ["ftok", "key_of_file"],
        ["shmget", "created"],
        ["shmat", "attached"],
        ["shmctl", "marked_while_attached"],
        ["fault", "fault"],
        ["exit", "exit_detaches"],
    ];
    assert_eq!(meanings, expected);
    let seen = |at: usize| calls(&events).nth(at).expect("a call")["seen"].clone();
    assert_eq!((&seen(1)["size"], &seen(1)["pages"]), (&json!(1024), &json!(1)));
    assert_eq!(
        seen(3)["situation"],
        "Segment 0 is marked (its key is 0 now): it works on until its one attach is gone. Attached in: mistakes-store-read-only."
    );
    let why = json!({ "name": "read_only_attach", "shmid": 0, "offset": 0 });
    assert_eq!(seen(4)["why"], why);
    let found = events.iter().find(|event| event["event"] == "diagnosis").expect("a diagnosis");
    assert_eq!(found["title"], "A store through a read-only attach");
    assert_eq!((&found["detail"], &found["why"]), (&json!("fault"), &why));
}

#[test]
fn of_thousands_of_segments_each_call_is_told_and_few_are_remembered() {
    let desk = Desk::new();
    let program = programs::named("hard/many-lives");
    desk.lab(["trace", "--json", "-o", "all.json", "--"]).arg(&program.binary).run().succeeds().text();
    let all = events(&desk, "all.json");
    // Four calls each, and the exit; each with a number of its own.
    assert_eq!(calls(&all).count(), 12_001);
    let numbered = |(number, event): (usize, &Value)| event["seen"]["number"] == number;
    assert!(calls(&all).enumerate().all(numbered));
    let end = all.last().expect("an end");
    let remembered = end["segments"].as_array().expect("segments").len();
    assert_eq!(end["passed"], 3000 - remembered);
    assert!(remembered < 1100, "{remembered}");
    desk.lab(["trace", "-o", "told.txt", "--"]).arg(&program.binary).run().succeeds().text();
    let told = fs::read_to_string(desk.work().join("told.txt")).expect("a trace");
    assert!(told.contains("1 process, 12000 calls about shared memory\n"), "{told}");
    assert!(told.contains("and 2990 more, of which 2990 are destroyed\n"), "{told}");
    assert!(told.contains("11800 more calls like earlier ones were counted and not shown"), "{told}");
}

#[test]
fn a_key_is_explained_after_thousands_of_looks_at_files() {
    let desk = Desk::new();
    let program = programs::named("hard/looks-at-many-files");
    files(&desk, program, "");
    desk.lab(["trace", "--json", "-o", "trace.json", "--"]).arg(&program.binary).run().succeeds().text();
    let events = events(&desk, "trace.json");
    let ftok = calls(&events).find(|event| event["function"] == "ftok").expect("an ftok");
    assert_eq!(ftok["call"], "ftok(\"lab.key\", 'L')");
}

#[test]
fn as_it_is_told() {
    for (name, columns) in
        [("correct/fork-wait", 80), ("mistakes/from-shmget-to-crash", 80), ("mistakes/overrun", 40)]
    {
        let told = told_on_a_terminal(name, columns);
        let short = name.rsplit('/').next().expect("a name");
        transcript::matches(&format!("trace-{short}-{columns}"), &told);
    }
}

/// What a student sees, without the layout that differs with the length of a pid.
fn told_on_a_terminal(name: &str, columns: u16) -> String {
    let desk: Arc<Desk> = Desk::new();
    let program = programs::named(name);
    let short = name.rsplit('/').next().expect("a name");
    std::os::unix::fs::symlink(&program.binary, desk.work().join(short)).expect("a link");
    let run = desk
        .lab(["trace", "--color", "never", &format!("./{short}")])
        .may_leave()
        .script("exec \"$@\" 2>&1")
        .on_terminal(50, columns)
        .wait_end();
    let text = match run.status {
        Status::Exited(code) => run.exits(code).text(),
        Status::Died(signal) => run.dies_of(signal).text(),
    };
    // A word longer than the screen is not cut.
    let ours = |line: &&str| {
        line.starts_with("          ") || line.get(..10).is_some_and(|label| label.ends_with("  "))
    };
    for line in text.lines().filter(ours).filter(|line| line.chars().count() > usize::from(columns)) {
        assert!(
            line.split_whitespace().any(|word| word.chars().count() + 10 > usize::from(columns)),
            "too wide: {line}"
        );
    }
    let text = unwrapped(&text).replace(env!("CARGO_MANIFEST_DIR"), ".");
    let mut text = Mask::of(&desk).text(&text);
    // Diagnoses have a transcript of their own.
    if let Some(from) = text.find("\nFOUND") {
        let to = text.find("\nUNSEEN").unwrap_or(text.len());
        text.replace_range(from..to, "");
    }
    let who = |line: &str| {
        let (who, _) = line.strip_prefix("CALL ").or(line.strip_prefix("EXIT "))?.split_once(": ")?;
        who.rsplit(' ').next().map(str::to_owned)
    };
    let mut pids: Vec<String> = text.lines().filter_map(who).collect();
    pids.sort();
    pids.dedup();
    for (number, pid) in pids.iter().enumerate() {
        text = text.replace(pid, &format!("PID{}", number + 1));
    }
    text + "\n"
}

#[test]
fn a_setuid_program_is_said_to_run_without_its_rights() {
    if !root() {
        return skip("only root can make a setuid program");
    }
    let Some(desk) = Desk::ordinary() else { return };
    let path = desk.folder().join("setuid");
    fs::copy("/bin/true", &path).expect("a copy");
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o4755)).expect("a mode");
    let run = desk.lab(["trace", "--"]).arg(&path).run();
    let text = unwrapped(&run.succeeds().error());
    assert!(
        text.contains("is setuid: under a tracer it runs with your own rights, not its owner's."),
        "{text}"
    );
}

/// A program of tests/programs compiled at a desk, with these words for the compiler.
fn compiled_at(desk: &Desk, name: &str, words: &str) {
    let source = format!("{}/tests/programs/{name}.c", env!("CARGO_MANIFEST_DIR"));
    desk.shell(&format!("cp {source} program.c; cc -w {words} -o program program.c"));
}

/// A trace of it with this option, written to a file.
fn told_in_a_file(desk: &Arc<Desk>, option: &str) -> String {
    let run = desk.lab(["trace", "--sandbox", "-o", "trace.txt", option, "--", "./program"]).run();
    run.succeeds().prints("Data written to memory: hello world :)\n");
    fs::read_to_string(desk.work().join("trace.txt")).expect("a trace")
}

#[test]
fn findings_alone_stand_first_and_no_call_is_told() {
    for desk in Desk::of_everybody() {
        compiled_at(&desk, "mistakes/missing-file", "-g");
        let text = told_in_a_file(&desk, "--findings");
        // The last sentence of the sandbox needs Landlock's scopes.
        let same = unwrapped(&text).replace(" It can't signal a process outside.", "");
        transcript::matches("trace-findings", &Mask::of(&desk).text(&same));
        // The same findings as behind the calls.
        let whole = told_in_a_file(&desk, "--plain");
        assert!(whole.contains("\nCALL: ") && !whole.contains("compiled without -g"), "{whole}");
        for line in text.lines().filter(|line| line.starts_with("FOUND ") || line.starts_with("READ ")) {
            let (label, words) = line.split_once(' ').expect("words");
            assert!(whole.contains(&format!("{label}: {}", words.trim_start())), "{line}\n{whole}");
        }
        let json = desk.lab(["trace", "--json", "--findings", "-o", "trace.json", "./program"]).run();
        json.succeeds().prints("Data written to memory: hello world :)\n");
        let told = events(&desk, "trace.json");
        let kinds: Vec<_> = told.iter().filter_map(|event| event["event"].as_str()).collect();
        assert_eq!(kinds, ["trace_start", "verdict", "diagnosis", "diagnosis", "trace_end"]);
    }
}

/// What a tracer changes for a program stands before its first call, and with the findings alone behind them.
#[test]
fn a_leak_check_that_fails_under_a_tracer_is_said() {
    let desk = Desk::new();
    compiled_at(&desk, "mistakes/missing-file", "-g");
    desk.shell("cc -w -g -fsanitize=address -o checked program.c 2>/dev/null || :");
    if !desk.work().join("checked").exists() {
        return skip("cc has no AddressSanitizer here");
    }
    let told = |option: &str, off: &str| {
        let lab = desk.lab(["trace", "--sandbox", "-o", "trace.txt", option, "--", "./checked"]);
        let _ = lab.env("ASAN_OPTIONS", off).run();
        fs::read_to_string(desk.work().join("trace.txt")).expect("a trace")
    };
    let note = "ASAN_OPTIONS=detect_leaks=0 for this run.";
    let (alone, whole) = (unwrapped(&told("--findings", "")), told("--plain", ""));
    assert!(alone.starts_with("VERDICT wrong: missing-file.") && alone.contains(note), "{alone}");
    let before = whole.split("\nCALL: ").next().expect("what comes first");
    assert!(before.contains(note), "{whole}");
    assert!(!told("--plain", "detect_leaks=0").contains(note), "it is off already");
}

#[test]
fn findings_go_to_standard_output_where_the_programs_own_goes_elsewhere() {
    let desk = Desk::new();
    compiled_at(&desk, "mistakes/missing-file", "-g");
    let run = |script: &str| desk.lab(["trace", "--sandbox", "--findings", "--", "sh", "-c", script]).run();
    let text = run("./program >out; true").succeeds().text();
    assert!(text.starts_with("VERDICT   wrong: missing-file."), "{text}");
    run("./program; true").succeeds().prints_and_says("Data written to memory: hello world :)\n", &text);
}

#[test]
fn a_pair_of_short_programs_fits_a_page() {
    let desk = Desk::new();
    desk.file("lab.key", "");
    for part in ["writer", "reader"] {
        let program = programs::named(&format!("pairs/correct/{part}"));
        fs::copy(&program.binary, desk.work().join(part)).expect("a copy");
    }
    let told = |option: &str| {
        desk.file("trace.txt", "");
        let run =
            desk.lab(["trace", option, "-o", "trace.txt", "--", "sh", "-c", "./writer; ./reader; true"]);
        let _ = run.stdin("hello\n").run().succeeds().text();
        fs::read_to_string(desk.work().join("trace.txt")).expect("a trace")
    };
    let text = told("--color=never");
    assert_eq!(text.matches("\nRUNS ").count(), 2, "{text}");
    assert!(text.lines().count() < 80 && !text.contains("fork()") && !text.contains("execve("), "{text}");
    // All of it where all is asked for.
    let text = told("--all");
    assert_eq!((text.matches("execve(").count(), text.matches("\nRUNS ").count()), (2, 0), "{text}");
}

#[test]
fn a_program_without_debug_information_is_told_once_how_to_get_lines() {
    if cfg!(not(target_arch = "x86_64")) {
        return skip("lines of source need x86-64");
    }
    let remark = "The program was compiled without -g, so lab can't show which line made which call. Compile it with `cc -g`, and lab shows the line of each call and finding.";
    let desk = Desk::new();
    compiled_at(&desk, "mistakes/missing-file", "");
    for option in ["--plain", "--findings"] {
        let text = told_in_a_file(&desk, option).replace("\n          ", " ");
        assert_eq!(text.matches(remark).count(), 1, "{text}");
    }
    desk.lab(["trace", "--json", "-o", "trace.json", "./program"]).run().succeeds().text();
    let end = events(&desk, "trace.json").pop().expect("an end");
    assert_eq!(end["notes"], json!([remark]));
    // A program that makes no such call has no line to show.
    desk.lab(["trace", "-o", "trace.txt", "true"]).run().succeeds().prints("");
    let text = fs::read_to_string(desk.work().join("trace.txt")).expect("a trace");
    assert!(!text.contains("-g"), "{text}");
}
