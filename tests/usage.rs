//! The command line: what is said of one that can't be taken, whatever option or value is wrong in it, the names and the
//! cases in which things may be called, and the earlier spellings that still work.

use std::collections::BTreeSet;

use serde_json::Value;

use super::common::{Desk, lab};

/// A command line and what is said of it, after `lab: `.
const SAID: &[(&[&str], &str)] = &[
    (&["play"], "there is no command `play`: did you mean `lab step-through`?"),
    (&["quizz"], "there is no command `quizz`: did you mean `lab quiz`?"),
    (&["Trace"], "there is no command `Trace`: did you mean `lab trace`?"),
    (&["SHMAT"], "there is no command `SHMAT`: it is a lesson, and `lab step-through shmat` plays it"),
    (&["keys"], "there is no command `keys`: it is a topic, and `lab help keys` explains it"),
    (
        &["step-through", "--from", "shmat"],
        "`shmat` is not a step: `--from` takes a number from 1 to that of the lesson's last step; see `lab list`",
    ),
    (
        &["demo", "shmat", "--from", "0"],
        "`0` is not a step: `--from` takes a number from 1 to that of the lesson's last step; see `lab list`",
    ),
    (
        &["quiz", "--count", "x"],
        "`x` is not a number of questions: `--count` takes a number from 1 to 65535; see `lab quiz --help`",
    ),
    (
        &["quiz", "--min", "200"],
        "`200` is not a percentage: `--min` takes a number from 0 to 100; see `lab quiz --help`",
    ),
    (
        &["quiz", "--seed=-3"],
        "`-3` is not a seed: `--seed` takes a number from 0 to 18446744073709551615; see `lab quiz --help`",
    ),
    (
        &["trace", "--timeout", "0", "true"],
        "`0` is not a time limit: `--timeout` takes seconds, more than 0 and at most 3600, such as 10 or 0.5; see `lab trace --help`",
    ),
    (
        &["step-through", "--auto", "-1"],
        "`-1` is not a delay: `--auto` takes seconds from 0 to 3600, such as 2 or 0.5; see `lab step-through --help`",
    ),
    (&["trace"], "`PROGRAM` is missing: write `lab trace PROGRAM`; see `lab trace --help`"),
    (
        &["quiz", "--key"],
        "`--export FORMAT` is missing: write `lab quiz --export FORMAT --key [TOPIC|FILE|DIR]`; see `lab quiz --help`",
    ),
    (&["step-through", "--from"], "`--from` needs a value: it takes STEP; see `lab step-through --help`"),
    (
        &["list", "--color"],
        "`--color` needs a value: it takes `always`, `never` or `auto`; see `lab list --help`",
    ),
    (
        &["list", "--color", "blue"],
        "`--color` does not take `blue`: it takes `always`, `never` or `auto`; see `lab list --help`",
    ),
    (&["list", "--color", "alway"], "`--color` does not take `alway`: did you mean `always`?"),
    (
        &["schema", "bank"],
        "`lab schema` does not take `bank`: it takes `lesson`, `quiz` or `task`; see `lab schema --help`",
    ),
    (&["validate", ""], "`lab validate` needs a value: it takes FILE|DIR; see `lab validate --help`"),
    (
        &["step-through", "--json", "--plain"],
        "`--json` and `--plain` can't go together: leave one of them out; see `lab step-through --help`",
    ),
    (
        &["quiz", "own.toml", "--bank", "own.toml"],
        "`TOPIC|FILE|DIR` and `--bank FILE|DIR` can't go together: leave one of them out; see `lab quiz --help`",
    ),
    (
        &["step-through", "--from", "3", "--from", "4"],
        "`--from` is there twice: give it once; see `lab step-through --help`",
    ),
    (&["step-through", "--frm", "3"], "`lab step-through` has no option `--frm`: did you mean `--from`?"),
    (&["trace", "--time", "3", "true"], "`lab trace` has no option `--time`: did you mean `--timeout`?"),
    (&["--json"], "`lab` has no option `--json`: options stand behind a command; see `lab --help`"),
    (
        &["reset", "-z"],
        "`lab reset` has no option `-z`: its options are --yes, --plain, --color, --ascii, --help; see `lab reset --help`",
    ),
    (
        &["step-through", "sheet", "ftok"],
        "`ftok` is one word too many: `lab step-through` takes one NAME|FILE|DIR; see `lab step-through --help`",
    ),
    (&["clean", "now"], "`now` is one word too many: `lab clean` takes options only; see `lab clean --help`"),
    (
        &["step-through", "--no-pause=yes"],
        "`--no-pause` takes no value: leave out `=yes`; see `lab step-through --help`",
    ),
];

#[test]
fn each_kind_of_mistake_has_its_sentence() {
    for desk in Desk::of_everybody() {
        for (args, said) in SAID {
            let lab = args.iter().fold(desk.lab([]), |lab, arg| lab.arg(arg));
            lab.run().fails(2).says(&format!("lab: {said}\n"));
        }
    }
}

#[test]
fn what_lab_starts_itself_is_suggested_to_nobody() {
    let all = format!("commands are {}; `lab help` explains them", commands().join(", "));
    for word in ["doctor", "actr", "mann", "playr", "xyzzy"] {
        lab([word]).run().fails(2).says(&format!("lab: there is no command `{word}`: {all}\n"));
    }
    lab([""]).run().fails(2).says(&format!("lab: there is no command `\"\"`: {all}\n"));
}

/// The commands that the help lists, in its order.
fn commands() -> Vec<String> {
    let help = lab(["--help"]).run().succeeds().text();
    let (_, list) = help.split_once("Commands:\n").expect("a list of commands");
    let lines = list.lines().take_while(|line| !line.is_empty());
    // A command's own line is indented less than the rest of its sentence.
    let names = lines.filter(|line| !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// The options of a command, long, each with whether it takes a value.
fn options(command: &str) -> BTreeSet<(String, bool)> {
    let help = lab([command, "--help"]).run().succeeds().text();
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let option = |line: &str| {
        let mut words = line.split_whitespace().skip_while(|word| !word.starts_with("--"));
        let name = words.next()?.to_owned();
        Some((name, words.next().is_some_and(|word| word.starts_with('<'))))
    };
    lines.filter_map(option).collect()
}

#[test]
fn no_option_lets_the_parser_speak() {
    // Words of the parser's own that a person can do nothing with.
    let parsers = [
        "invalid",
        "digit",
        "parse",
        "1..",
        "0..",
        "argument",
        "subcommand",
        "unexpected",
        "unrecognized",
        "For more information",
        "Usage",
        "tip:",
        "possible values",
        "'",
        "error",
    ];
    let desk = Desk::new();
    let mut refused = 0;
    for command in commands() {
        let options = options(&command);
        assert!(!options.is_empty(), "{command} has options");
        for (option, takes) in &options {
            let values: &[&str] = match takes {
                true => &["", "x", "-1", "0", "1.5", "nan", "99999999999999999999", "\u{1b}[31m"],
                false => &["yes"],
            };
            let mut lines: Vec<Vec<String>> =
                values.iter().map(|value| vec![format!("{option}={value}"), "--nothing".into()]).collect();
            lines.push(vec![format!("{option}x")]);
            lines.push(vec![option.clone(), option.clone()]);
            for line in lines {
                if line.iter().all(|word| word == "--help") {
                    continue;
                }
                let run = line.iter().fold(desk.lab([command.as_str()]), |lab, word| lab.arg(word)).run();
                let said = run.fails(2).error();
                let own = said.replace("can't", "").replace("lesson's", "");
                let sentence = own.strip_prefix("lab: `").and_then(|rest| rest.strip_suffix('\n'));
                assert!(sentence.is_some_and(|rest| !rest.contains('\n')), "{command} {line:?}: {said}");
                let word = parsers.iter().find(|word| own.contains(**word));
                assert_eq!(word, None, "{command} {line:?}: {said}");
                refused += 1;
            }
        }
    }
    assert!(refused > 100, "{refused} command lines");
}

#[test]
fn names_are_taken_in_any_case() {
    let desk = Desk::new();
    let first = |args: [&str; 3]| desk.lab(args).run().succeeds().text().lines().next().map(str::to_owned);
    let sheet = Some("LESSON    The lab sheet: a server writes, a client reads".to_owned());
    assert_eq!(first(["step-through", "Sheet", "--no-pause"]), sheet);
    assert_eq!(first(["demo", "SHMAT", "--notes"]), first(["demo", "shmat", "--notes"]));
    let status = desk.lab(["help", "status"]).run().succeeds().text();
    desk.lab(["help", "STATUS"]).run().succeeds().prints(&status);
    let questions = desk.lab(["quiz", "ftok", "--export", "json"]).run().succeeds().text();
    desk.lab(["quiz", "FTOK", "--export", "JSON"]).run().succeeds().prints(&questions);
    desk.lab(["list", "--color", "NEVER"])
        .run()
        .succeeds()
        .prints(&desk.lab(["list"]).run().succeeds().text());
}

#[test]
fn content_is_a_word_and_the_earlier_options_still_name_it() {
    let desk = Desk::new();
    std::fs::create_dir(desk.work().join("own")).expect("a folder");
    let lesson = "title = \"Own\"\ngoal = \"Nothing is wrong with it.\"\n\n[[step]]\nwho = \"server\"\ncall = \"shmdt(NULL)\"\nexpect = \"EINVAL\"\nsay = \"Nothing is attached there.\"\n";
    desk.file("own/01-own.toml", lesson);
    desk.file("own/02-two.toml", lesson.replace("\"Own\"", "\"Two\""));
    let title = |args: &[&str]| {
        let run = args.iter().fold(desk.lab(["step-through", "--no-pause"]), |lab, arg| lab.arg(arg)).run();
        run.succeeds().text().lines().next().map(str::to_owned)
    };
    assert_eq!(title(&["own"]), Some("LESSON    Own".into()));
    assert_eq!(title(&["own/02-two.toml"]), Some("LESSON    Two".into()));
    assert_eq!(title(&["--lessons", "own", "two"]), Some("LESSON    Two".into()));
    let listed = desk.lab(["list", "own", "--json"]).run().succeeds().text();
    assert_eq!(listed.lines().count(), 2, "{listed}");
    desk.lab(["list", "--lessons", "own", "--json"]).run().succeeds().prints(&listed);
    let bank = "topic = \"own\"\ntitle = \"Own\"\n\n[[question]]\nid = \"one\"\nkind = \"predict\"\nlevel = 1\nlesson = \"shmdt 1\"\nask = \"What comes back?\"\nprove = [\"main: shmdt(NULL)\"]\noptions = [\n  { is = \"EINVAL\", why = \"nothing is attached there\" },\n  { is = \"== 0\", why = \"nothing is attached there\" },\n]\n";
    desk.file("bank.toml", bank);
    let export = |args: &[&str]| {
        let lab = desk.lab(["quiz", "--export", "json"]);
        args.iter().fold(lab, |lab, arg| lab.arg(arg)).run()
    };
    let mine = export(&["bank.toml"]).succeeds().text();
    assert!(mine.contains("What comes back?"), "{mine}");
    export(&["--bank", "bank.toml"]).succeeds().prints(&mine);
    export(&["./bank.toml", "--topic", "OWN"]).succeeds().prints(&mine);
    let all = export(&["--topic", "shmat"]).succeeds().text();
    export(&["shmat"]).succeeds().prints(&all);
    let said = "lab: there is no topic `shmatt`: did you mean `shmat`?\n";
    export(&["shmatt"]).fails(2).says(said);
}

#[test]
fn a_demonstration_has_the_options_of_a_lesson() {
    let desk = Desk::new();
    // The number that the demonstration's own headings show.
    let text = desk.lab(["demo", "shmat", "--plain", "--no-pause"]).run().succeeds().text();
    let heads: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("Step ")).collect();
    let (number, all) = (heads[3].split(' ').next().expect("a number"), heads.len());
    let mut live = desk.lab(["demo", "shmat", "--plain", "--line", "--from", number]).start();
    let shown = live.wait_for("q quit > ");
    let at = shown.rsplit("\nStep ").next().expect("the step where it pauses");
    assert!(at.starts_with(&format!("{number} of ")), "{shown}");
    live.send("q\n");
    drop(live.wait_end().succeeds().text());
    let said = format!("lab: there is no step `999`: this demonstration has steps 1 to {all}\n");
    desk.lab(["demo", "shmat", "--from", "999"]).run().fails(2).says(&said);
    desk.lab(["demo", "shmat", "--message", "x"])
        .run()
        .fails(2)
        .says("lab: this lesson asks for no message: leave `--message` out\n");
    // The same objects as a lesson's.
    let objects = |command: &str| -> Vec<_> {
        let objects = objects(&desk.lab([command, "shmdt", "--json"]).run().succeeds().text());
        objects.iter().map(|object| (object["event"].clone(), object["code"].clone())).collect()
    };
    assert_eq!(objects("demo"), objects("step-through"));
}

#[test]
fn demonstrations_and_their_notes_are_objects_for_a_tool() {
    let list = objects(&lab(["demo", "--json"]).run().succeeds().text());
    let fields = ["version", "minutes", "failures"];
    assert!(list.iter().all(|demo| fields.iter().all(|field| demo[field].is_u64())), "{list:?}");
    let names: Vec<&str> = list.iter().filter_map(|demo| demo["name"].as_str()).collect();
    assert_eq!(names, ["ftok", "shmget", "shmat", "shmdt", "write", "shmctl"]);
    let notes = objects(&lab(["demo", "ftok", "--notes", "--json"]).run().succeeds().text());
    let [notes] = notes.as_slice() else { panic!("{} objects", notes.len()) };
    assert!(notes["say"].is_array() && notes["answers"].is_string() && notes["steps"][0]["code"].is_string());
}

/// The objects of an output for tools.
fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn clean_and_reset_take_the_options_of_every_command() {
    let desk = Desk::new();
    let looks: [&[&str]; 4] =
        [&["--plain"], &["--color", "always"], &["--ascii"], &["--color", "never", "--ascii", "--plain"]];
    for look in looks {
        let run = |args: [&str; 2]| look.iter().fold(desk.lab(args), |lab, arg| lab.arg(arg)).run();
        run(["clean", "--dry-run"]).succeeds().prints("nothing is left of any run\n");
        assert_eq!(run(["reset", "--yes"]).succeeds().text().lines().count(), 1);
    }
}
