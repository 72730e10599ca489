//! What `lab trace` diagnoses, against what the programs in `tests/programs` declare: exactly the declared set, no
//! more and no less, as root and as an ordinary user, and for a pair in both orders. And what it says is left
//! behind, against the kernel's own list.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use serde_json::Value;

use crate::common::mask::{Mask, unwrapped};
use crate::common::{Desk, Status, lab, root, skip, transcript};
use crate::programs::{self, Program};

/// One traced run: how it ended, and its lines.
struct Traced {
    status: Status,
    lines: Vec<Value>,
    /// The segments that were there before it.
    before: Vec<i32>,
}

impl Traced {
    fn named(&self, event: &str) -> impl Iterator<Item = &Value> {
        self.lines.iter().filter(move |line| line["event"] == event)
    }

    fn diagnoses(&self) -> BTreeSet<String> {
        self.named("diagnosis").map(|line| line["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// Identifiers of what the trace says is left of what the program made.
    fn left(&self) -> Vec<i32> {
        let lives = self.named("trace_end").flat_map(|end| end["segments"].as_array().expect("lives"));
        let left = lives.filter(|life| life["made"] == true && !life["left"].is_null());
        let mut left: Vec<_> = left.map(|life| life["shmid"].as_i64().expect("an id") as i32).collect();
        left.sort_unstable();
        left
    }
}

/// Traces programs that a shell starts one after the other, or one program by itself.
fn trace(desk: &Arc<Desk>, programs: &[&Program], case: &str) -> Traced {
    for file in
        programs.iter().filter_map(|program| program.says("files", case)).flat_map(str::split_whitespace)
    {
        desk.file(file, "");
    }
    desk.file("trace.json", "");
    for program in programs {
        if let Some(words) = program.says("before", case) {
            desk.shell(&format!("{} {words} >/dev/null 2>&1; true", program.binary.display()));
        }
    }
    let before = if desk.private() { desk.segments() } else { Vec::new() };
    let stdin = programs.iter().find_map(|program| program.says("stdin", case)).unwrap_or_default();
    let mut lab = desk.lab(["trace", "--json", "-o", "trace.json"]).may_leave().stdin(format!("{stdin}\n"));
    if programs.iter().any(|program| program.ends(case).is_none()) {
        // On a busy machine a second may pass before a program gets to where it waits.
        lab = lab.arg("--timeout").arg("2");
    }
    lab = lab.arg("--");
    if programs.len() > 1 {
        lab = lab.arg("sh").arg("-c").arg("for program do \"$program\"; done; true").arg("sh");
    }
    let run = programs.iter().fold(lab, |lab, program| lab.arg(&program.binary)).run();
    let text = fs::read_to_string(desk.work().join("trace.json")).expect("a trace");
    let lines = text.lines().map(|line| {
        let value: Value = serde_json::from_str(line).expect("JSON");
        // Spelled anew it is as long, unless a name stood in an object twice.
        assert!(line.contains("\\u") || value.to_string().len() == line.len(), "a name twice: {line}");
        value
    });
    Traced { status: run.status, lines: lines.collect(), before }
}

/// The verdict that a program declares, or that follows from what was found in it.
fn verdict_of(program: &Program, case: &str, traced: &Traced) -> &'static str {
    let names = ["right", "right_by_accident", "wrong", "cant_say"];
    if let Some(said) = program.says("verdict", case) {
        return names.into_iter().find(|name| *name == said).expect("a verdict");
    }
    let has = |level: &str| traced.named("diagnosis").any(|line| line["level"] == level);
    let attached = traced
        .named("call")
        .any(|line| line["function"] == "shmat" && line["outcome"]["returned"].is_object());
    match (
        has("mistake"),
        case == "timeout" || !(attached || has("right_by_accident")),
        has("right_by_accident"),
    ) {
        (true, ..) => "wrong",
        (_, true, _) => "cant_say",
        (.., true) => "right_by_accident",
        _ => "right",
    }
}

/// What differs between a traced run and its declaration, in words.
fn differences(
    what: &str,
    traced: &Traced,
    declared: Option<BTreeSet<String>>,
    leaves: usize,
    desk: &Desk,
) -> Vec<String> {
    let mut differences = Vec::new();
    let found = traced.diagnoses();
    if let Some(declared) = declared.filter(|declared| *declared != found) {
        differences.push(format!("{what}: declared {declared:?}, found {found:?}"));
    }
    differences.extend(traced.named("diagnosis").filter_map(|line| {
        let name = line["name"].as_str().expect("a name");
        let because = line["because"].as_str().is_none_or(|cause| found.contains(cause));
        let numbers = line["evidence"].as_array().expect("events");
        let evidence =
            numbers.iter().all(|number| traced.named("call").any(|call| call["seen"]["number"] == *number));
        let read = line["lesson"].is_string() && line["lesson_step"].is_u64();
        let fine = because && evidence && read && !numbers.is_empty();
        (!fine).then(|| format!("{what}: {name} lacks its cause, its evidence or its lesson: {line}"))
    }));
    if desk.private() {
        let mut kernel = desk.segments();
        kernel.sort_unstable();
        let mut told = traced.left();
        told.extend(traced.before.iter().filter(|id| kernel.contains(id)));
        told.sort_unstable();
        if told != kernel || kernel.len() != leaves {
            differences.push(format!("{what}: {leaves} to be left, told {told:?}, in the kernel {kernel:?}"));
        }
    }
    differences
}

/// An ordinary user, and root where the tests run as root.
fn users() -> &'static [&'static str] {
    if root() { &["ordinary", "root"] } else { &["ordinary"] }
}

fn desk_of(user: &str) -> Option<Arc<Desk>> {
    if user == "root" { Some(Desk::new()) } else { Desk::ordinary() }
}

#[test]
fn every_program_gets_exactly_the_diagnoses_that_it_declares() {
    as_declared("ordinary");
}

#[test]
fn every_program_gets_them_as_root_too() {
    if root() {
        as_declared("root");
    }
}

/// Every program by itself.
fn as_declared(user: &str) {
    let mut wrong = Vec::new();
    // The benchmarks make so many calls that a debug build would take minutes to tell them all; what is played in every
    // order declares how it ends, and is for other tests.
    let others = ["bench/", "orders/"];
    let mine = |program: &&Program| {
        !program.is_pair() && !others.iter().any(|folder| program.name.starts_with(folder))
    };
    for program in programs::all().iter().filter(mine) {
        let Some(desk) = desk_of(user) else { continue };
        let what = format!("{} as {user}", program.name);
        let case = if program.ends(user).is_none() { "timeout" } else { user };
        let traced = trace(&desk, &[program], case);
        let (declared, leaves) = (program.diagnoses(case), program.leaves(case));
        let judged: Vec<_> = traced.named("verdict").collect();
        let wanted = verdict_of(program, case, &traced);
        if program.diagnoses(case).is_some() && (judged.len() != 1 || judged[0]["verdict"] != wanted) {
            wrong.push(format!("{what}: {wanted} is declared, judged {judged:?}"));
        }
        wrong.extend(differences(&what, &traced, declared, leaves, &desk));
        let status = match program.ends(user) {
            None => Status::Exited(124),
            Some(status @ ..128) => Status::Exited(status),
            Some(signal) => Status::Died((signal - 128).try_into().expect("a signal")),
        };
        if traced.status != status {
            wrong.push(format!("{what}: ended with {:?}, alone with {status:?}", traced.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_pair_gets_the_diagnoses_of_its_order() {
    let mut wrong = Vec::new();
    for user in users() {
        for writer in programs::all().iter().filter(|program| program.name.ends_with("/writer")) {
            let pair = writer.name.trim_end_matches("/writer");
            let reader = programs::named(&format!("{pair}/reader"));
            for (case, order) in [("writer first", [writer, reader]), ("reader first", [reader, writer])] {
                let Some(desk) = desk_of(user) else { continue };
                let traced = trace(&desk, &order, case);
                let what = format!("{pair}, {case}, as {user}");
                wrong.extend(differences(&what, &traced, writer.diagnoses(case), writer.leaves(case), &desk));
                let judged = traced.named("verdict").next().map(|line| line["verdict"].clone());
                if let Some(wanted) = writer.says("verdict", case)
                    && judged.as_ref().is_none_or(|judged| judged != wanted)
                {
                    wrong.push(format!("{what}: {wanted} is declared, judged {judged:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What real programs do rightly is nobody's mistake, however they do it.
#[test]
fn real_programs_get_nothing_but_peace() {
    let python = "import ctypes
c = ctypes.CDLL(None)
c.shmat.restype = ctypes.c_void_p
c.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
c.shmdt.argtypes = [ctypes.c_void_p]
i = c.shmget(c.ftok(b'.', 65), 4096, 0o3600)
p = c.shmat(i, None, 0)
ctypes.memmove(p, b'hi', 3)
print(ctypes.string_at(p), c.shmdt(p), c.shmctl(i, 0, None))";
    let programs: [(&str, &[&str]); 5] = [
        ("ipcs", &["ipcs", "-m"]),
        ("ipcmk", &["sh", "-c", "ipcmk -M 100; ipcs -m; ipcrm -a"]),
        ("lsipc", &["lsipc", "-m"]),
        ("python3", &["python3", "-c", python]),
        ("lab", &[env!("CARGO_BIN_EXE_lab"), "step-through", "--no-pause", "--host"]),
    ];
    let desk = Desk::new();
    for (name, words) in programs {
        desk.file("trace.json", "");
        let there = desk.shell(&format!("command -v {name} >/dev/null && echo there || :"));
        if name != "lab" && there.is_empty() {
            skip(&format!("there is no {name}"));
            continue;
        }
        let lab = desk.lab(["trace", "--json", "-o", "trace.json", "--"]).may_leave();
        let run = words.iter().fold(lab, |lab, word| lab.arg(word)).run();
        assert_eq!(run.status, Status::Exited(0), "{name}");
        let text = fs::read_to_string(desk.work().join("trace.json")).expect("a trace");
        let found: Vec<_> = text.lines().filter(|line| line.contains(r#""event":"diagnosis""#)).collect();
        assert!(text.contains(r#""event":"call""#), "{name}: nothing was traced");
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

/// What a person reads, for one of each kind.
#[test]
fn in_words() {
    let mut all = String::new();
    for name in [
        "mistakes/missing-file",
        "mistakes/from-shmget-to-crash",
        "mistakes/id-from-comparison",
        "mistakes/overrun",
        "mistakes/unordered-writers",
        "mistakes/removed-twice",
        "mistakes/pointer-to-heap",
        "mistakes/used-after-removal",
        "mistakes/removed-too-early",
        "mistakes/takes-it-for-ready",
        "mistakes/old-segment",
        "mistakes/impossible-size",
        "mistakes/before-segment",
        "mistakes/asks-for-more",
        "mistakes/crash-after-exec",
        "mistakes/compares-then-stores",
        "mistakes/set-in-the-way",
        "mistakes/other-namespace",
        "hard/answers-for-shmat",
        "hard/killed-in-the-middle",
        "correct/semaphores",
        "correct/no-shared-memory",
    ] {
        all.push_str(&format!("{name}\n{}\n", words(&[programs::named(name)], "")));
    }
    let apart = [programs::named("pairs/two-keys/writer"), programs::named("pairs/two-keys/reader")];
    all.push_str(&format!("pairs/two-keys\n{}\n", words(&apart, "writer first")));
    for case in ["writer first", "reader first"] {
        let mut pair =
            [programs::named("pairs/file-exists/writer"), programs::named("pairs/file-exists/reader")];
        if case == "reader first" {
            pair.reverse();
        }
        all.push_str(&format!("pairs/file-exists, {case}\n{}\n", words(&pair, case)));
    }
    transcript::matches("diagnoses", &all);
}

/// The lines about diagnoses, of programs called by their short names.
fn words(programs: &[&Program], case: &str) -> String {
    let desk = Desk::new();
    let stdin = programs.iter().find_map(|program| program.says("stdin", case)).unwrap_or_default();
    let mut script = Vec::new();
    for program in programs {
        for file in program.says("files", case).unwrap_or_default().split_whitespace() {
            desk.file(file, "");
        }
        if let Some(words) = program.says("before", case) {
            desk.shell(&format!("{} {words} >/dev/null 2>&1; true", program.binary.display()));
        }
        let short = program.name.rsplit('/').next().expect("a name");
        std::os::unix::fs::symlink(&program.binary, desk.work().join(short)).expect("a link");
        script.push(format!("./{short}"));
    }
    let lab = desk.lab(["trace", "-o", "trace.txt", "--"]).may_leave().stdin(format!("{stdin}\n"));
    let lab = match programs {
        [_] => lab.arg(&script[0]),
        _ => lab.arg("sh").arg("-c").arg(script.join("; ") + "; true"),
    };
    // How it ended is another test's.
    let _ = lab.run();
    let text = fs::read_to_string(desk.work().join("trace.txt")).expect("a trace");
    let text = unwrapped(&text);
    let found = text.lines().skip_while(|line| !line.starts_with("VERDICT"));
    let found = found.take_while(|line| !line.starts_with("REPEATED") && !line.starts_with("UNSEEN"));
    // Where a step stands in its lesson may change; that it is there is another test's.
    let step = |line: &str| line.split_once(" --from ").map(|(read, _)| format!("{read} --from STEP"));
    let found: String = found.map(|line| step(line).unwrap_or(line.to_owned()) + "\n").collect();
    Mask::of(&desk).text(&found.replace(env!("CARGO_MANIFEST_DIR"), "."))
}

/// Every rule has a program that shows it, and no program declares what there is no rule for.
#[test]
fn every_rule_is_declared_by_some_program() {
    let topic = lab(["help", "findings"]).run().succeeds().text();
    let (_, list) = topic.split_once("EACH WITH ITS LEVEL\n\n").expect("a list");
    let rows = list.lines().take_while(|line| !line.is_empty());
    let rules: BTreeSet<String> =
        rows.map(|row| row.split_once(" (").expect("a name and its level").0.to_owned()).collect();
    let mut declared = BTreeSet::new();
    let declares =
        |program: &&Program| !program.name.ends_with("/reader") && !program.name.starts_with("orders/");
    for program in programs::all().iter().filter(declares) {
        let cases: &[&str] =
            if program.is_pair() { &["writer first", "reader first"] } else { &["", "timeout"] };
        cases.iter().for_each(|case| declared.extend(program.diagnoses(case).unwrap_or_default()));
    }
    assert_eq!(declared, rules);
}
