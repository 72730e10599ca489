//! The lessons that come with lab: each is validated and told in a transcript, whatever the syllabus asks for is
//! in some step, and what lists, demonstrates and describes them says what it said.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use toml::Table;

use super::common::mask::{Mask, unwrapped};
use super::common::{Desk, lab, root, skip, transcript};

/// The six calls that can be demonstrated.
const CALLS: [&str; 6] = ["ftok", "shmget", "shmat", "write", "shmdt", "shmctl"];

/// Every lesson file by its name, as data.
fn lessons() -> BTreeMap<String, Table> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons");
    let files = fs::read_dir(folder).expect("the lessons").flatten().map(|entry| entry.path());
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let name = |path: &Path| {
        let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
        stem.split_once('-').expect("a number and a name").1.to_owned()
    };
    let read = |path: &Path| fs::read_to_string(path).expect("a lesson").parse().expect("TOML");
    files.map(|path| (name(&path), read(&path))).collect()
}

/// Every step of every lesson: the lesson's name and the step.
fn steps() -> Vec<(String, Table)> {
    let steps = |lesson: Table| {
        let steps = lesson["step"].as_array().expect("steps").clone();
        steps.into_iter().map(|step| step.as_table().expect("a step").clone())
    };
    lessons()
        .into_iter()
        .flat_map(|(name, lesson)| steps(lesson).map(move |step| (name.clone(), step)))
        .collect()
}

fn word<'a>(step: &'a Table, field: &str) -> &'a str {
    step[field].as_str().expect("text")
}

/// The name of the function that a step calls; none for plain C.
fn function(step: &Table) -> Option<&str> {
    let call = word(step, "call").split('(').next()?;
    word(step, "call").contains('(').then(|| call.rsplit([' ', '=']).next().unwrap_or(call))
}

/// A step's looks, as a list.
fn looks(step: &Table) -> Vec<String> {
    match step.get("look") {
        Some(toml::Value::Array(looks)) => {
            looks.iter().filter_map(|look| look.as_str()).map(String::from).collect()
        }
        Some(look) => look.as_str().map(String::from).into_iter().collect(),
        None => Vec::new(),
    }
}

#[test]
fn every_lesson_is_valid() {
    all_are_valid(&Desk::new());
}

#[test]
fn every_lesson_is_valid_for_an_ordinary_user_too() {
    if let (true, Some(desk)) = (root(), Desk::ordinary()) {
        all_are_valid(&desk);
    }
}

fn all_are_valid(desk: &Arc<Desk>) {
    let count = lessons().len();
    let text = desk.lab(["validate", "--plain"]).run().succeeds().text();
    let passed: usize = text
        .lines()
        .last()
        .and_then(|line| line.strip_suffix(" passed, 0 failed"))
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("not all passed:\n{text}"));
    assert!(passed >= count, "{passed} of {count} lessons:\n{text}");
    let pair = "\nterminals/server.toml and terminals/client.toml  16 steps, ok\n";
    assert!(text.contains(pair), "the two programs are not played as a pair:\n{text}");
    // What is skipped says why, and only what the machine or the user lacks is skipped.
    for line in text.lines().filter(|line| line.starts_with(' ')) {
        let told = line.trim_start();
        let step = ["step ", "steps ", "the question of step"].iter().any(|start| told.starts_with(start));
        let question = line.split_once(": ").is_some_and(|(_, rest)| rest.starts_with("skipped: "));
        assert!(step || question, "{line}");
    }
}

/// A lesson in plain mode, with what differs from run to run replaced.
fn told(desk: &Arc<Desk>, name: &str) -> String {
    let text = desk.lab(["step-through", "--no-pause", "--plain"]).arg(name).run().succeeds().text();
    Mask::of(desk).text(&certain(&text))
}

/// Replaces what a race gave, and what this machine alone decides, by words.
fn certain(text: &str) -> String {
    let mut uncertain = BTreeSet::new();
    for line in text.lines() {
        let half = line
            .strip_prefix("MEANS: ")
            .and_then(|rest| rest.strip_suffix(": an int holds 32 bits, and the upper half is lost."));
        uncertain.extend(half);
    }
    let mut told = String::new();
    // In a segment: what a race left there, or somebody's pointer.
    let (mut race, mut pointer, mut forks) = (false, false, false);
    // Whether what is read next differs from a pointer is chance, as its bytes are.
    let mut pointed = false;
    for line in text.lines() {
        if line.starts_with("CODE: ") {
            forks = line.ends_with("= fork()") || line.ends_with("= wait(NULL)");
        }
        if let Some(value) = line.strip_prefix("CODE: *p = ") {
            let value = value.trim_end_matches("   (shorthand)");
            pointer = !value.bytes().all(|byte| byte.is_ascii_digit());
        }
        pointed |= pointer;
        if line.starts_with("Step ") {
            race = line.contains(" · ++,") || line.contains(" · torn reads,");
        }
        let memory = line.starts_with("EVIDENCE: memory") || line.starts_with("PICTURE: ");
        let line = &if pointed { line.replace(" now begins with", " begins with") } else { line.to_owned() };
        let line = match line.find(" of at most ") {
            Some(at) if line.starts_with("TRIES: ") => format!("TRIES: SOME{}", &line[at..]),
            _ if race && line.starts_with("RETURNED: ") => "RETURNED: SOME".to_owned(),
            _ if race && line.starts_with("MEANS: ") => {
                let caught =
                    |word: &str| word.contains('A') && word.contains('B') || word.parse::<u64>().is_ok();
                words(line, |word| (word != "10000000" && caught(word)).then_some("SOME"))
            }
            _ if line.starts_with("NOTE: Lab looked at ") => "NOTE: Lab looked at SOME files.".to_owned(),
            _ if (race || pointer) && memory => {
                format!("{} SOMETHING", line.split('"').next().unwrap_or(line))
            }
            // What fork and wait return is a process.
            _ if forks && line.starts_with("RETURNED: ") => {
                let (before, process) = line.rsplit_once(' ').unwrap_or((line, ""));
                format!("{before} pid {process}")
            }
            _ => line.to_owned(),
        };
        told += &words(&line, |word| uncertain.contains(word).then_some("SOME"));
        told.push('\n');
    }
    told
}

/// A line with some of its words replaced; a word ends at a blank or a sign.
fn words(line: &str, replaced: impl Fn(&str) -> Option<&'static str>) -> String {
    let inside = |c: char| c.is_ascii_alphanumeric();
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(inside) {
        out.push_str(&rest[..start]);
        let end = rest[start..].find(|c| !inside(c)).map_or(rest.len(), |length| start + length);
        let word = &rest[start..end];
        out.push_str(replaced(word).unwrap_or(word));
        rest = &rest[end..];
    }
    out + rest
}

#[test]
fn every_lesson_as_an_ordinary_user_sees_it() {
    let Some(desk) = Desk::ordinary() else { return };
    for name in lessons().keys() {
        transcript::matches(&format!("lessons/{name}"), &told(&desk, name));
    }
}

#[test]
fn lessons_of_several_users_as_root_sees_them() {
    if !root() {
        return skip("only root can play other users");
    }
    let desk = Desk::new();
    let users = lessons().into_iter().filter(|(_, lesson)| lesson.contains_key("users"));
    for (name, _) in users {
        let text = told(&desk, &name);
        assert!(!text.contains("\nSKIPPED"), "something was skipped:\n{text}");
        transcript::matches(&format!("lessons/{name}-root"), &text);
    }
}

#[test]
fn a_lesson_at_40_columns_is_never_wider() {
    for name in lessons().keys() {
        let desk = Desk::new();
        let lab = desk.lab(["step-through", "--no-pause", "--color", "never"]).arg(name);
        let text = lab.on_terminal(24, 40).wait_end().succeeds().text();
        for line in text.lines() {
            let one_word = line.trim().split(' ').count() == 1;
            assert!(line.chars().count() <= 40 || one_word, "{name}: wider than 40 columns: {line}");
        }
    }
}

#[test]
fn one_processor_races_as_well() {
    let desk = Desk::new();
    let lab = desk.lab(["step-through", "races", "--no-pause", "--plain"]).through(["taskset", "-c", "0"]);
    let text = lab.run().succeeds().text();
    assert!(!text.contains("SKIPPED") && !text.contains("this run can't tell"), "{text}");
    let done = "DONE: all 29 steps were played and every claim held.";
    assert!(text.lines().last().is_some_and(|line| line.starts_with(done)), "{text}");
}

#[test]
fn a_torn_read_is_one_text_on_the_screen_in_the_sentence_and_in_json() {
    let desk = Desk::new();
    let text = desk.lab(["step-through", "races", "--no-pause", "--plain"]).run().succeeds().text();
    let step = text.split("\nStep ").find(|step| step.contains("CODE: t = tear(")).expect("the step");
    let line = |label: &str| step.lines().find_map(|line| line.strip_prefix(label)).expect("a line");
    let caught = line("RETURNED: ").trim_matches('"');
    let (of_a, of_b) = (caught.matches('A').count(), caught.matches('B').count());
    assert!(of_a > 0 && of_b > 0 && of_a + of_b == 24 && caught.len() == 24, "{step}");
    assert!(line("MEANS: ").starts_with(&format!("The client copied {caught}, ")), "{step}");
    let json = desk.lab(["step-through", "races", "--json"]).run().succeeds().text();
    let event = json.lines().find(|line| line.contains("t = tear(")).expect("the step");
    let event: serde_json::Value = serde_json::from_str(event).expect("JSON");
    let caught = event["outcome"]["returned"]["text"].as_str().expect("a text");
    assert!(caught.len() == 24 && caught.contains('A') && caught.contains('B'), "{event}");
}

/// Each half goes through its own process's attachment; one that may not write there ends, and the other one does not
/// wait for it.
#[test]
fn a_race_in_which_one_can_not_write_ends() {
    let step = |who: &str, call: &str, expect: &str| {
        format!("[[step]]\nwho = \"{who}\"\ncall = \"{call}\"\nexpect = \"{expect}\"\nsay = \"Said.\"\n")
    };
    let lesson = "title = \"t\"\ngoal = \"g\"\n\n".to_owned()
        + &step("a", "id = shmget(IPC_PRIVATE, 1, 0600)", "ok")
        + &step("a", "p = shmat(id, NULL, 0)", "ok")
        + &step("b", "q = shmat(id, NULL, SHM_RDONLY)", "ok")
        + &step("a & b", "t = tear(p, 1000000)", "!= ''").replace("''", "\\\"\\\"")
        + &step("a & b", "n = increase(p, 1000)", "SIGSEGV")
        + &step("a", "n = p[0]", "== 232")
        + &step("a", "shmctl(id, IPC_RMID, NULL)", "ok");
    let desk = Desk::new();
    desk.file("own.toml", lesson);
    let text = desk.lab(["step-through", "./own.toml", "--plain"]).run().succeeds().text();
    assert!(text.contains("DONE: all 7 steps were played"), "{text}");
}

/// A table in tests/lessons: a row a line, `#` begins a comment.
fn table(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lessons").join(name);
    let text = fs::read_to_string(path).expect("a table");
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(String::from).collect()
}

#[test]
fn every_errno_and_signal_that_a_student_can_cause_is_expected_somewhere() {
    let steps = steps();
    for row in table("errnos.txt") {
        let (what, reason) =
            row.split_once(" - ").map_or((row.as_str(), None), |(what, why)| (what, Some(why)));
        let words: Vec<_> = what.split_whitespace().collect();
        let caused = |step: &Table| match words.as_slice() {
            ["fault", signal, code] => {
                word(step, "expect") == *signal && looks(step).contains(&format!("si_code == {code}"))
            }
            ["sent", signal] => word(step, "call").ends_with(&format!(", {signal})")),
            [call, errno] => function(step) == Some(call) && word(step, "expect") == *errno,
            other => panic!("no row: {other:?}"),
        };
        let found = steps.iter().any(|(_, step)| caused(step));
        match reason {
            None => assert!(found, "no step expects: {what}"),
            Some(reason) => assert!(!found, "there is a step, and no need for the reason: {reason}"),
        }
    }
}

#[test]
fn no_errno_is_expected_that_the_table_does_not_know() {
    let known: BTreeSet<String> = table("errnos.txt").into_iter().collect();
    for (lesson, step) in steps() {
        let (Some(call), expect) = (function(&step), word(&step, "expect")) else { continue };
        if CALLS.contains(&call) && expect.starts_with('E') {
            assert!(
                known.contains(&format!("{call} {expect}")),
                "{lesson}: {call} {expect} is not in the table"
            );
        }
    }
}

#[test]
fn every_fault_says_why_and_most_say_where() {
    for (lesson, step) in steps().iter().filter(|(_, step)| word(step, "expect") == "SIGSEGV") {
        let looks = looks(step);
        assert!(looks.iter().any(|look| look.starts_with("si_code == ")), "{lesson}: {}", word(step, "call"));
    }
}

#[test]
fn every_misconception_is_shown_by_a_step_or_says_why_not() {
    let text = lab(["list", "--coverage", "--json"]).run().succeeds().text();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let numbers: Vec<_> = rows.iter().map(|row| row["misconception"].as_u64()).collect();
    assert_eq!(numbers, (1..=55).map(Some).collect::<Vec<_>>());
    for row in &rows {
        let steps = row["lesson_steps"].as_array().expect("a list").len();
        let reason = row["reason"].as_str().is_some_and(|reason| !reason.is_empty());
        assert!((steps > 0) != reason, "steps or a reason, and not both: {row}");
    }
    // The table is the lessons' own `covers`, and nothing else.
    let said: BTreeSet<(String, u64)> = rows
        .iter()
        .flat_map(|row| {
            let steps = row["lesson_steps"].as_array().expect("a list").iter();
            let number = row["misconception"].as_u64().expect("a number");
            steps.map(move |step| (step.as_str().expect("text").to_owned(), number))
        })
        .collect();
    let mut meant = BTreeSet::new();
    for (name, lesson) in lessons() {
        for (at, step) in lesson["step"].as_array().expect("steps").iter().enumerate() {
            for number in step.get("covers").and_then(|covers| covers.as_array()).into_iter().flatten() {
                let number = number.as_integer().expect("a number").cast_unsigned();
                meant.insert((format!("{name} {}", at + 1), number));
            }
        }
    }
    assert_eq!(said, meant);
}

#[test]
fn the_list() {
    transcript::matches("lessons/list", &lab(["list"]).run().succeeds().text());
    transcript::matches("lessons/list-plain", &lab(["list", "--plain"]).run().succeeds().text());
    transcript::matches("lessons/list-json", &lab(["list", "--json"]).run().succeeds().text());
    // The lessons' column; the others have tests of their own.
    let coverage = lab(["list", "--coverage", "--plain"]).run().succeeds().text();
    let other =
        |line: &str| ["lab quiz: ", "lab trace: "].iter().any(|word| line.trim_start().starts_with(word));
    let lines = coverage.lines().filter(|line| !other(line)).map(|line| format!("{line}\n"));
    transcript::matches("lessons/coverage", &lines.collect::<String>());
}

#[test]
fn demonstrations() {
    let Some(desk) = Desk::ordinary() else { return };
    let text = desk.lab(["demo"]).run().succeeds().text();
    transcript::matches("lessons/demo", &text);
    for call in CALLS {
        assert!(text.contains(&format!("lab demo {call:<8}")), "{call} is missing:\n{text}");
        let lab = desk.lab(["demo"]).arg(call).arg("--no-pause");
        let told = lab.run().succeeds().text();
        let masked = Mask::of(&desk).text(&certain(&plain_labels(&unwrapped(&told))));
        transcript::matches(&format!("lessons/demo-{call}"), &masked);
        let notes = desk.lab(["demo"]).arg(call).arg("--notes").run().succeeds().text();
        transcript::matches(&format!("lessons/notes-{call}"), &notes);
    }
}

/// `MEANS text` as plain mode has it, `MEANS: text`.
fn plain_labels(text: &str) -> String {
    let colon = |line: &str| match line.split_once(' ') {
        Some((label, rest)) if label.len() > 1 && label.bytes().all(|b| b.is_ascii_uppercase()) => {
            format!("{label}: {rest}\n")
        }
        _ => format!("{line}\n"),
    };
    text.lines().map(colon).collect()
}

#[test]
fn a_demonstration_stops_before_the_call_and_at_every_failure() {
    let desk = Desk::new();
    let mut live = desk.lab(["demo", "shmat", "--color", "never"]).on_terminal(50, 80);
    let shown = live.wait_for("q quit > ");
    assert!(
        shown.contains("SET UP    server: id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) gave 0\n"),
        "{shown}"
    );
    assert!(shown.contains("PREDICT   "), "the prediction comes first:\n{shown}");
    assert!(!shown.contains("RETURNED"), "the call was made before it was asked for:\n{shown}");
    live.send("\n");
    live.wait_for("RETURNED");
    live.wait_for("q quit > ");
    live.send("f");
    let shown = live.wait_for("[4/20");
    assert!(shown.contains("CODE      shmat(id, m, 0)"), "not at the next failure:\n{shown}");
    live.wait_for("q quit > ");
    live.send("\n");
    let shown = live.wait_for("q quit > ");
    assert!(shown.contains("RETURNED  -1, errno EINVAL"), "{shown}");
    assert!(!shown.contains("EVIDENCE"), "short, in front of a room:\n{shown}");
    live.send("d");
    live.wait_for("EVIDENCE");
    live.wait_for("q quit > ");
    live.send("q");
    live.wait_for("Quitting: removing");
    live.wait_end().succeeds().text();
}

#[test]
fn a_demonstration_goes_by_itself() {
    let text = lab(["demo", "shmdt", "--auto", "0"]).run().succeeds().text();
    assert!(unwrapped(&text).ends_with("Nothing stays behind: no segment, no process, no file.\n"), "{text}");
}

#[test]
fn a_wrong_name_finds_the_nearest() {
    let cases = [
        (["demo", "shmatt"], "lab: there is no demonstration of `shmatt`: did you mean `shmat`?\n"),
        (["step-through", "shmgt"], "lab: there is no lesson `shmgt`: did you mean `shmget`?\n"),
        (
            ["demo", "banana"],
            "lab: there is no demonstration of `banana`: there are ftok, shmget, shmat, shmdt, write, shmctl\n",
        ),
    ];
    for (args, said) in cases {
        lab(args).run().fails(2).says(said);
    }
    let list = lab(["list", "--json"]).run().succeeds().text();
    let lesson =
        |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["name"].as_str().map(str::to_owned);
    let names: Vec<String> = list.lines().filter_map(lesson).collect();
    let said = format!("lab: there is no lesson `\\033[31m`: lessons are {}\n", names.join(", "));
    lab(["step-through", "\u{1b}[31m"]).run().fails(2).says(&said);
}

/// What the schema knows of a table: its fields.
fn known(of: &Value) -> BTreeSet<&str> {
    of["properties"].as_object().expect("properties").keys().map(String::as_str).collect()
}

fn keys(table: &Table) -> BTreeSet<&str> {
    table.keys().map(String::as_str).collect()
}

/// The schema and the help are made of the tables that the reader reads by, so no file of ours has another field.
#[test]
fn the_schema_knows_every_field_and_only_those() {
    let text = lab(["schema"]).run().succeeds().text();
    lab(["schema", "lesson"]).run().succeeds().prints(&text);
    transcript::matches("lessons/schema", &text);
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    for (name, table) in lessons() {
        assert!(keys(&table).is_subset(&known(&schema)), "{name}");
    }
    for (name, table) in steps() {
        assert!(keys(&table).is_subset(&known(&schema["properties"]["step"]["items"])), "{name}");
    }
    let text = lab(["schema", "quiz"]).run().succeeds().text();
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let kinds = schema["properties"]["question"]["items"]["oneOf"].as_array().expect("kinds");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons/quiz");
    for path in fs::read_dir(folder).expect("the banks").flatten().map(|entry| entry.path()) {
        let bank: Table = fs::read_to_string(&path).expect("a bank").parse().expect("TOML");
        assert!(keys(&bank).is_subset(&known(&schema)), "{}", path.display());
        for question in bank["question"].as_array().expect("questions") {
            let question = question.as_table().expect("a question");
            let of_kind = |kind: &&Value| kind["title"].as_str() == question["kind"].as_str();
            let kind = kinds.iter().find(of_kind).expect("a kind");
            assert!(keys(question).is_subset(&known(kind)), "{question:?}");
            for option in question.get("options").and_then(|options| options.as_array()).into_iter().flatten()
            {
                let options = &kind["properties"]["options"]["items"];
                let option = option.as_table().expect("an option");
                assert!(keys(option).is_subset(&known(options)), "{option:?}");
            }
        }
    }
}

/// Every name of a field in a schema, however deep.
fn fields(schema: &Value, found: &mut BTreeSet<String>) {
    for (key, value) in schema.as_object().into_iter().flatten() {
        if let ("properties", Some(properties)) = (key.as_str(), value.as_object()) {
            found.extend(properties.keys().cloned());
            properties.values().for_each(|value| fields(value, found));
        }
        for inside in value.as_array().into_iter().flatten().chain([value]) {
            fields(inside, found);
        }
    }
}

#[test]
fn the_help_knows_every_field_of_the_schema() {
    for format in ["lesson", "quiz"] {
        let schema = lab(["schema", format]).run().succeeds().text();
        let mut names = BTreeSet::new();
        fields(&serde_json::from_str(&schema).expect("JSON"), &mut names);
        // Names of limits stand in the row of the field that holds them.
        names.retain(|name| !name.starts_with("shm"));
        let help = lab(["help", format]).run().succeeds().text();
        for name in &names {
            let row = help.lines().any(|line| line.split(' ').next() == Some(name));
            assert!(row, "`lab help {format}` has no row for {name}");
        }
        assert!(names.len() > 15, "{names:?}");
    }
}

/// What only tidies up takes no pause and one line; where nobody waits, all of it is shown.
#[test]
fn steps_that_tidy_up_are_told_in_a_line() {
    let step = |call: &str, more: &str| {
        format!("[[step]]\nwho = \"a\"\ncall = \"{call}\"\nexpect = \"ok\"\nsay = \"Said.\"\n{more}\n")
    };
    let lesson = "title = \"t\"\ngoal = \"g\"\n\n".to_owned()
        + &step("id = shmget(IPC_PRIVATE, 1, 0600)", "")
        + &step("p = shmat(id, NULL, 0)", "tidy = true")
        + &step("shmdt(p)", "tidy = true")
        + &step("shmctl(id, IPC_RMID, NULL)", "");
    let desk = Desk::new();
    desk.file("own.toml", lesson);
    let play = |input: &str| {
        let lab =
            desk.lab(["step-through", "own.toml", "--line", "--plain", "--color", "never"]).stdin(input);
        Mask::of(&desk).text(&lab.run().succeeds().text())
    };
    let text = play("\n\n\n\n");
    assert!(
        text.contains("SET UP: a: p = shmat(id, NULL, 0) gave ADDRESS1; shmdt(p) gave 0\nStep 4 of 4 "),
        "{text}"
    );
    assert!(!text.contains("Step 2 of 4") && text.matches(" > ").count() == 3, "{text}");
    let piped = desk.lab(["step-through", "own.toml", "--plain"]).run().succeeds().text();
    assert!(piped.contains("Step 2 of 4 ") && !piped.contains("SET UP"), "{piped}");
}
