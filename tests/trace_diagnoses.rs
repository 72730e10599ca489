//! What `lab trace` diagnoses, against what the programs in `tests/programs` declare: exactly the declared set, no
//! more and no less, as root and as an ordinary user, and for a pair in both orders. And what it says is left
//! behind, against the kernel's own list.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use serde_json::Value;

use crate::common::{Desk, Status, root};
use crate::programs::{self, Program};

/// One traced run: how it ended, and its lines.
struct Traced {
    status: Status,
    lines: Vec<Value>,
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
    let stdin = programs.iter().find_map(|program| program.says("stdin", case)).unwrap_or_default();
    let mut lab = desk.lab(["trace", "--json", "-o", "trace.json"]).may_leave().stdin(format!("{stdin}\n"));
    if programs.iter().any(|program| program.ends(case).is_none()) {
        lab = lab.arg("--timeout").arg("1");
    }
    lab = lab.arg("--");
    if programs.len() > 1 {
        lab = lab.arg("sh").arg("-c").arg("for program do \"$program\"; done; true").arg("sh");
    }
    let run = programs.iter().fold(lab, |lab, program| lab.arg(&program.binary)).run();
    let text = fs::read_to_string(desk.work().join("trace.json")).expect("a trace");
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    Traced { status: run.status, lines }
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
    if desk.private() {
        let mut kernel = desk.segments();
        kernel.sort_unstable();
        if traced.left() != kernel || kernel.len() != leaves {
            differences.push(format!(
                "{what}: {leaves} to be left, told {:?}, in the kernel {kernel:?}",
                traced.left()
            ));
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
    let mut wrong = Vec::new();
    for user in users() {
        // The benchmarks make so many calls that a debug build would take minutes to tell them all.
        let mine = |program: &&Program| !program.is_pair() && !program.name.starts_with("bench/");
        for program in programs::all().iter().filter(mine) {
            let Some(desk) = desk_of(user) else { continue };
            let what = format!("{} as {user}", program.name);
            let case = if program.ends(user).is_none() { "timeout" } else { user };
            let traced = trace(&desk, &[program], case);
            let (declared, leaves) = (program.diagnoses(case), program.leaves(case));
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
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
