//! `lab source`: the programs of each lesson are built without a warning, traced by lab, and make the calls of the
//! lesson's own events; which steps no program makes; what is never written over; and texts that try to get out of a
//! string or a comment.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use serde_json::Value;

use super::common::{Desk, desk, lab, skip, transcript};

/// Each lesson, and the steps that no program of it makes.
const LEFT_OUT: &[(&str, &[usize])] = &[
    ("why", &[]),
    ("sheet", &[]),
    ("as-written", &[]),
    ("client-first", &[]),
    ("ftok", &[15, 16, 17, 18]),
    ("shmget", &[23]),
    ("shmat", &[]),
    ("races", &[9, 10, 14]),
    ("shmdt", &[]),
    ("write", &[]),
    ("processes", &[]),
    ("shmctl", &[7, 8]),
    ("who-may", &[2, 3, 4, 8, 9, 10, 11, 12, 15, 16, 19, 30, 32, 39, 40]),
    ("limits", &[2, 3, 6, 9]),
    ("forced", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("errnos", &[]),
];

/// The calls that a trace shows as a lesson does. A crash is one of them.
const COMPARED: [&str; 11] =
    ["ftok", "shmget", "shmat", "shmdt", "shmctl", "semget", "semctl", "msgget", "msgctl", "fork", "crash"];

/// Steps whose call a filter of the program's own answers, so that no tracer sees it, and what perror() says of it.
const ANSWERED: [(&str, u64, &str); 2] = [
    ("errnos", 27, "shmget, meant to fail: Operation not permitted\n"),
    ("errnos", 29, "shmget, meant to fail: Function not implemented\n"),
];

/// Constants that a trace may spell as a number.
const FLAGS: [(&str, i64); 7] = [
    ("IPC_CREAT", 0o1000),
    ("IPC_EXCL", 0o2000),
    ("SHM_HUGETLB", 0o4000),
    ("SHM_RDONLY", 0o10000),
    ("SHM_RND", 0o20000),
    ("SHM_REMAP", 0o40000),
    ("SHM_EXEC", 0o100000),
];

/// A desk of an ordinary user, who can build: for root nothing would be refused.
fn bench() -> Option<Arc<Desk>> {
    let desk = Desk::ordinary()?;
    if desk.shell("command -v cc make flock >/dev/null && echo yes || echo no") == "no\n" {
        skip("there is no cc, no make or no flock");
        return None;
    }
    Some(desk)
}

/// A number in any spelling; a key is one of 32 bits.
fn number(word: &str) -> Option<i64> {
    let (negative, digits) = word.strip_prefix('-').map_or((false, word), |digits| (true, digits));
    let value = match digits.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok()?,
        None if digits.len() > 1 && digits.starts_with('0') => i64::from_str_radix(digits, 8).ok()?,
        None => digits.parse().ok()?,
    };
    let value = if negative { -value } else { value };
    Some(if (1 << 31..1 << 32).contains(&value) { value - (1 << 32) } else { value })
}

/// An argument as both sides have it: flags as their number, an address as a word, a key from a file by its place.
fn argument(text: &str, keys: &[i64]) -> String {
    if text.starts_with('&') || text.contains(" + ") {
        return "an address".into();
    }
    let part = |word: &str| {
        FLAGS.iter().find(|(name, _)| *name == word).map(|(_, bit)| *bit).or_else(|| number(word))
    };
    match text.split(" | ").map(part).try_fold(0, |all, part| Some(all | part?)) {
        Some(value) if value >= 1 << 33 => "an address".into(),
        Some(value) => match keys.iter().position(|key| *key == value) {
            Some(place) => format!("key {place}"),
            None => value.to_string(),
        },
        None => text.into(),
    }
}

/// The calls of these events that are compared: call, arguments and what came of it, a line each.
fn calls<'e>(events: impl Iterator<Item = &'e Value>) -> Vec<String> {
    let (mut lines, mut keys) = (Vec::new(), Vec::new());
    for event in events {
        let outcome = &event["outcome"];
        let died = outcome["died"]["signal"].as_i64();
        let function = if died.is_some() { "crash" } else { event["function"].as_str().expect("a function") };
        if !COMPARED.contains(&function) {
            continue;
        }
        if let Some(signal) = died {
            lines.push(format!("signal {signal}"));
            continue;
        }
        let key = outcome["returned"]["key"].as_str().and_then(number);
        keys.extend(key.filter(|key| !keys.contains(key)));
        let call = event["call"].as_str().expect("a call");
        let (name, args) = call.trim_end_matches(')').split_once('(').expect("arguments");
        // IPC_RMID of a semaphore takes no fourth argument, and glibc passes one.
        let args = if name == "semctl" { args.trim_end_matches(", NULL") } else { args };
        let mut args: Vec<_> = args.split(", ").map(|arg| argument(arg, &keys)).collect();
        // A trace shows the text behind a pointer.
        if name == "ftok"
            && (args[0].len() > 255 || ["NULL", "an address", "\"\""].contains(&args[0].as_str()))
        {
            args[0] = "a pointer".into();
        }
        let came = match outcome["returned"].as_object().and_then(|value| value.iter().next()) {
            Some((kind, _)) if ["address", "pid"].contains(&kind.as_str()) => format!("a {kind}"),
            Some((_, value)) => argument(value.to_string().trim_matches('"'), &keys),
            None => outcome.to_string(),
        };
        lines.push(format!("{name}({}) = {came}", args.join(", ")));
    }
    lines
}

/// What the steps print and load, as the programs print it.
fn printed<'e>(steps: impl Iterator<Item = &'e Value>) -> Vec<String> {
    let line = |step: &Value| {
        let returned = &step["outcome"]["returned"];
        let name = step["code"].as_str()?.split(" = ").next()?;
        match (&returned["text"], &returned["number"]) {
            (Value::String(text), _) => Some(text.trim_end_matches('\n').to_owned()),
            (_, Value::Number(value)) if step["function"] == "load" => {
                Some(format!("{}: {name} = {value}", step["role"].as_str()?))
            }
            _ => None,
        }
    };
    steps.filter_map(line).collect()
}

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The steps that the files of a lesson say are left out.
fn said_left_out(script: &str) -> Vec<usize> {
    let text = script.replace("\n# ", " ");
    let mut left = BTreeSet::new();
    for (end, _) in text.match_indices(" left out:") {
        let start = text[..end].rfind("Step").expect("which steps");
        let numbers = text[start..end].trim_start_matches("Steps").trim_start_matches("Step");
        let numbers = numbers.trim_end_matches(" are").trim_end_matches(" is").replace(" and ", ", ");
        for row in numbers.split(", ") {
            let ends: Vec<usize> = row.split(" to ").map(|n| n.trim().parse().expect("a number")).collect();
            left.extend(ends[0]..=ends[ends.len() - 1]);
        }
    }
    left.into_iter().collect()
}

#[test]
fn programs_that_take_turns_end_when_one_of_them_cannot_be_executed() {
    let Some(desk) = bench() else { return };
    let _ = desk.lab(["source", "processes", "programs", "--plain"]).run().succeeds().text();
    desk.shell("make -C programs 2>&1 && rm programs/third2");
    let play = desk.lab(["trace", "--json", "--output", "trace.json", "--", "sh", "programs/play.sh"]);
    let (_, errors) = play.env("LESSON_SANDBOX", "1").stdin("").may_leave().run().exits(1).both();
    assert!(errors.contains("execl: No such file or directory\n"), "{errors}");
    assert!(errors.contains("another program has failed, so this one ends too\n"), "{errors}");
}

#[test]
fn a_program_that_fails_removes_the_segment_that_it_made() {
    let Some(desk) = bench() else { return };
    let _ = desk.lab(["source", "sheet", "programs", "--plain"]).run().succeeds().text();
    desk.shell("make -C programs 2>&1 && touch lab.key");
    let said = desk.shell("./programs/server </dev/null 2>&1 || echo \"status $?\"");
    assert!(
        said.contains("server: id = ") && said.ends_with("no line on standard input\nstatus 1\n"),
        "{said}"
    );
    assert!(desk.segments().is_empty());
    desk.shell("echo hi | ./programs/server");
    assert_eq!(desk.segments().len(), 1);
    desk.shell("./programs/client");
    assert!(desk.segments().is_empty());
}

/// Builds the programs of a lesson, plays them under the tracer, and compares their calls with the lesson's.
fn plays_as_the_lesson_does(name: &str) {
    let Some(desk) = bench() else { return };
    let left = LEFT_OUT.iter().find(|(lesson, _)| *lesson == name).expect("a row").1;
    let _ = desk.lab(["source", name, "programs", "--plain"]).run().succeeds().text();
    desk.shell("make -C programs CFLAGS='-Wall -Wextra -Werror -g' 2>&1");
    let script = fs::read_to_string(desk.work().join("programs/play.sh")).expect("play.sh");
    assert_eq!(said_left_out(&script), left, "{name}");
    if script.contains("gives you no IPC namespace") && !desk.private() {
        return skip("there is no namespace for keys that are written down");
    }
    let (played, _) = desk.lab(["step-through", name, "--no-pause", "--json"]).run().succeeds().both();
    let steps: Vec<_> = events(&played).into_iter().filter(|event| event["event"] == "step").collect();
    let kept = |event: &&Value| {
        let step = usize::try_from(event["step"].as_u64().expect("a step")).expect("a step");
        !left.contains(&step) && event["function"] != "kill"
    };
    if let Some(step) = steps.iter().filter(kept).find(|step| !step["skipped"].is_null()) {
        return skip(&format!("{name}: this machine skips step {}: {}", step["step"], step["skipped"]));
    }
    let answered =
        |step: &Value| ANSWERED.iter().find(|(lesson, number, _)| *lesson == name && step["step"] == *number);
    let wanted = calls(steps.iter().filter(kept).filter(|step| answered(step).is_none()));

    let lab = desk.lab(["trace", "--json", "--output", "trace.json", "--", "sh", "programs/play.sh"]);
    let lab = lab.env("LESSON_SANDBOX", "1").stdin("hello world :)\n").may_leave();
    let (out, errors) = lab.run().exits(0).both();
    let meant = |line: &&str| {
        line.contains(", meant to fail: ") || line.ends_with("Segmentation fault") || line.ends_with("Killed")
    };
    assert_eq!(errors.lines().find(|line| !meant(line)), None, "{name}: {errors}");
    let mut lines = out.lines().map(|line| line.trim_start_matches("Server : Write data to memory: "));
    for print in printed(steps.iter().filter(kept)) {
        assert!(lines.any(|line| line == print), "{name}: `{print}` is not printed, or not in order:\n{out}");
    }
    for (_, _, says) in steps.iter().filter_map(answered) {
        assert!(errors.contains(says), "{errors}");
    }
    let traced = events(&fs::read_to_string(desk.work().join("trace.json")).expect("a trace"));
    let of_lesson = |event: &&Value| {
        let role = event["role"].as_str().unwrap_or_default();
        let program = role.rsplit(" of ").next().unwrap_or_default();
        event["event"] == "call"
            && event["function"] != "exit"
            && desk.work().join("programs").join(format!("{program}.c")).exists()
    };
    let mut made = calls(traced.iter().filter(of_lesson));
    if name == "shmctl" {
        // lab counts a churn as one call.
        let churn: Vec<_> =
            made.iter().position(|call| call.starts_with("shmget(IPC_PRIVATE, 1,")).into_iter().collect();
        assert_eq!(churn.len(), 1, "{made:#?}");
        let gone: Vec<_> = made.drain(churn[0]..churn[0] + 128).collect();
        assert!(gone.chunks(2).all(|pair| pair[0].starts_with("shmget(IPC_PRIVATE, 1, 896)")), "{gone:#?}");
    }
    assert!(!wanted.is_empty(), "{name} has no calls to compare");
    transcript::same(&made.join("\n"), &wanted.join("\n"), name);
    assert!(desk.segments().is_empty(), "{name} leaves a segment");
}

macro_rules! lessons {
    ($($test:ident: $($name:literal)+;)+) => {
        $(#[test]
        fn $test() {
            for name in [$($name),+] {
                plays_as_the_lesson_does(name);
            }
        })+
        const PLAYED: &[&str] = &[$($($name),+),+];
    };
}

lessons! {
    the_programs_of_why_and_of_the_sheet: "why" "sheet" "as-written" "client-first";
    the_programs_of_ftok_and_shmget: "ftok" "shmget";
    the_programs_of_shmat_and_races: "shmat" "races";
    the_programs_of_shmdt_and_write: "shmdt" "write";
    the_programs_of_processes_and_shmctl: "processes" "shmctl";
    the_programs_of_permissions_limits_and_errnos: "who-may" "limits" "errnos";
}

#[test]
fn each_lesson_has_a_row_and_one_of_them_has_no_program() {
    let lessons = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
    let shipped = desk::names_in(&lessons).into_iter().filter(|name| name.ends_with(".toml"));
    let shipped: Vec<_> = shipped.map(|name| name[3..].trim_end_matches(".toml").to_owned()).collect();
    let rows: Vec<_> = LEFT_OUT.iter().map(|(name, _)| *name).collect();
    assert_eq!(rows, shipped);
    let rest: Vec<_> = rows.iter().filter(|name| !PLAYED.contains(name)).collect();
    assert_eq!(rest, [&"forced"]);
    lab(["source", "forced", "x"]).run().fails(2).says(
        "lab: 15-forced.toml: no step of `forced` can be a program of your own. Steps 1 to 10 are left out: lab lowers the kernel's limits in its sandbox, and without that the call does something else.\n",
    );
}

#[test]
fn the_sheet_as_files_and_on_standard_output() {
    let desk = Desk::new();
    let said = desk.lab(["source", "sheet", "mine"]).run().succeeds().text();
    transcript::matches("source-sheet-said", &said);
    let mut whole = Vec::new();
    for name in ["server.c", "client.c", "play.sh", "Makefile"] {
        let text = fs::read_to_string(desk.work().join("mine").join(name)).expect(name);
        let title = if name.ends_with(".c") {
            format!("/* ==== {name} ==== */")
        } else {
            format!("# ==== {name} ====")
        };
        whole.push(format!("{title}\n\n{text}"));
    }
    assert_eq!(desk::names_in(&desk.work().join("mine")).len(), 4);
    let printed = desk.lab(["source", "sheet"]).run().succeeds().text();
    assert_eq!(printed, whole.join("\n"));
    transcript::matches("source-sheet", &printed);
}

#[test]
fn nothing_is_written_over_and_what_fails_leaves_nothing() {
    let desk = Desk::ordinary().unwrap_or_else(Desk::new);
    desk.shell("mkdir there && echo mine >there/Makefile && echo file >file && mkdir -m 0555 closed");
    let says = |folder: &str, why: &str| {
        desk.lab(["source", "sheet", folder]).run().fails(2).says(&format!("lab: {why}\n"));
    };
    says(
        "there",
        "`there/Makefile` can't be written: a file of that name is there, and lab writes over none: name another folder",
    );
    assert_eq!(desk::names_in(&desk.work().join("there")), ["Makefile"]);
    says("file", "`file` can't be written: a file stands where the folder would be: name a folder");
    says(
        "no/such",
        "`no/such` can't be written: there is no folder `no`; make it with `mkdir -p no`, or name another place",
    );
    if desk.owner() != Some(0) {
        says(
            "closed",
            "`closed/server.c` can't be written: EACCES, permission denied by the mode bits; name another place",
        );
    }
    // No file may have more than a block: as on a disk that is full.
    let full = desk.lab(["source", "sheet", "full"]).script("trap '' XFSZ; ulimit -f 1; exec \"$@\"");
    let _ = full.run().fails(2).error();
    assert!(!desk.work().join("full").exists());
    assert_eq!(desk::names_in(&desk.work()), ["closed", "file", "there"]);
}

#[test]
fn what_is_no_lesson_has_no_programs() {
    let desk = Desk::new();
    desk.lab(["source"])
        .run()
        .fails(2)
        .says("lab: `LESSON` is missing: write `lab source LESSON [DIR]`; see `lab source --help`\n");
    desk.lab(["source", "shett"])
        .run()
        .fails(2)
        .says("lab: there is no lesson `shett`: did you mean `sheet`?\n");
    desk.file("page.toml", "[[question]]\nid = \"x\"\n");
    let _ = desk.lab(["source", "page.toml"]).run().fails(4).error();
    desk.file("int.toml", "title = 'x'\ngoal = 'x'\n[[step]]\nwho = 'a'\ncall = 'int = shmget(IPC_PRIVATE, 1, 0600)'\nexpect = 'ok'\nsay = 'It runs, because it can.'\n");
    let out = "title = 'x'\ngoal = 'x'\n[[step]]\nwho = 'lab'\ncall = 'unlink(\"../x\")'\nexpect = 'ok'\nsay = 'It runs, because it can.'\n";
    desk.file("out.toml", out);
    assert!(
        desk.lab(["source", "out.toml"])
            .run()
            .fails(4)
            .error()
            .contains("`../x` leads out of the run's folder")
    );
    desk.file("odd.toml", out.replace("../x", "\u{fc}"));
    desk.lab(["source", "odd.toml"]).run().fails(2).says("lab: odd.toml: no step of `odd` can be a program of your own. Step 1 is left out: the file's name holds characters that a shell script can't hold as they are.\n");
    let word = "lab: int.toml: `int` has a meaning in C already: give it another name in the lesson\n";
    desk.lab(["source", "int.toml"]).run().fails(2).says(word);
    let _ = desk.lab(["source", "sheet"]).script("exec \"$@\" >/dev/full").run().fails(1).error();
    let _ = desk.lab(["source", "sheet"]).script("\"$@\" | head -n 1").run().succeeds().text();
}

#[test]
fn a_strangers_text_stays_in_its_string_and_its_comment() {
    let Some(desk) = bench() else { return };
    let evil = r#"*/ int evil; /* ??/ \\ \" %d ü \n } #include <x> \\"#;
    desk.file(
        "evil.toml",
        format!(
            r#"title = "{evil}"
goal = "x"
[input]
name = "message"
prompt = "{evil}"
default = "x"
[[step]]
who = "lab"
call = '''create("a'b; touch evil")'''
expect = "ok"
say = "{evil}"
[[step]]
who = "all"
call = '''key = ftok("a'b; touch evil", 'L')'''
expect = "ok"
say = "{evil}"
[[step]]
who = "all"
call = '''puts("??/ \" \\ \n %s ü */")'''
expect = "ok"
ask = "{evil}"
say = "{evil}"
[[step]]
who = "all"
call = "m = malloc(2000)"
expect = "ok"
say = "{evil}"
[[step]]
who = "all"
call = "strcpy(m, message)"
expect = "ok"
say = "{evil}"
"#
        ),
    );
    let _ = desk.lab(["source", "evil.toml", "programs"]).run().succeeds().text();
    desk.shell("make -C programs CFLAGS='-std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror' 2>&1");
    let printed = desk.shell("echo x | sh programs/play.sh");
    let rest = printed.split_once('\n').expect("the key").1;
    assert!(rest.starts_with("??/ \" \\ \n %s ü */\n*/ int evil; /* ??/ \\ \" %d ü "), "{printed}");
    assert!(!desk.work().join("evil").exists() && !desk.work().join("programs/evil").exists());
    let c = fs::read_to_string(desk.work().join("programs/all-role.c")).expect("the program");
    assert!(c.contains("* / int evil; / * ? ?/ \\ \" %d ü "), "{c}");
}
