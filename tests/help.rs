//! `lab help`: it lists the commands and the topics, prints each as it is written, and fills in what the program's
//! tables hold. The manual page and the shells' completions are made from the same texts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::common::{Desk, lab};

/// The topics' names and their texts as they are written.
fn topics() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cmd/topics");
    let read = |name: String| {
        let text = fs::read_to_string(folder.join(&name)).expect("a text");
        (name.trim_end_matches(".txt").to_owned(), text)
    };
    super::common::desk::names_in(&folder).into_iter().map(read).collect()
}

/// Whether this line is a place that is filled in.
fn is_place(line: &str) -> bool {
    line.starts_with('{') && line.ends_with('}')
}

/// What stands between the places that are filled in.
fn parts(written: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in written.split_inclusive('\n') {
        match parts.last_mut() {
            Some(part) if !is_place(line.trim_end()) => part.push_str(line),
            _ => parts.push(String::new()),
        }
    }
    parts
}

/// The first words of the lines below a heading.
fn listed(text: &str, heading: &str) -> BTreeSet<String> {
    let (_, list) = text.split_once(heading).expect(heading);
    let rows = list.lines().take_while(|line| !line.is_empty());
    rows.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn it_lists_the_commands_and_the_topics() {
    let text = lab(["help"]).run().succeeds().text();
    let whole = lab(["--help"]).run().succeeds().text();
    assert_eq!(listed(&text, "Commands:\n"), listed(&whole, "Commands:\n"));
    let names: BTreeSet<String> = topics().into_iter().map(|(name, _)| name).collect();
    assert_eq!(listed(&text, "Topics:\n"), names);
    // And so does what is said of the argument.
    let of_help = lab(["help", "--help"]).run().succeeds().text();
    for name in &names {
        assert!(of_help.contains(name), "{of_help}");
    }
}

#[test]
fn a_topic_is_printed_as_it_is_written_and_filled_in() {
    let commands = listed(&lab(["help"]).run().succeeds().text(), "Commands:\n");
    for (name, written) in topics() {
        let text = lab(["help", &name]).run().succeeds().text();
        let mut rest = text.as_str();
        for part in parts(&written) {
            let at = rest.find(&part).unwrap_or_else(|| panic!("{name} has lost {part:?}:\n{text}"));
            rest = &rest[at + part.len()..];
        }
        let end = format!("\nEvery option, with examples: lab {name} --help\n");
        assert_eq!(rest, if commands.contains(&name) { end } else { String::new() }, "{name}");
        for line in text.lines() {
            assert!(line.is_ascii() && line.len() <= 78 && !line.ends_with(' '), "{name}: {line}");
            assert!(!is_place(line), "{name}: nothing fills {line}");
        }
    }
}

#[test]
fn a_command_that_is_no_topic_shows_its_own_help() {
    for command in
        ["step-through", "demo", "task", "list", "validate", "new", "schema", "reset", "clean", "help"]
    {
        let own = lab([command, "--help"]).run().succeeds().text();
        lab(["help", command]).run().succeeds().prints(&own);
    }
}

#[test]
fn what_is_neither_is_said() {
    let whole = lab(["--help"]).run().succeeds().text();
    let (_, list) = whole.split_once("Commands:\n").expect("a list of commands");
    let lines = list.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    let commands: Vec<&str> = lines.filter_map(|line| line.split_whitespace().next()).collect();
    let topics = "trace, findings, orders, quiz, tasks, lesson, report, json, keys, status, strangers";
    let all = format!("topics are {topics}; commands are {}", commands.join(", "));
    let all = all.as_str();
    for (word, help) in [
        ("lessons", "did you mean `lab help lesson`?"),
        ("demmo", "did you mean `lab demo`?"),
        ("play", "did you mean `lab step-through`?"),
        ("SHMAT", "it is a lesson, and `lab step-through shmat` plays it"),
        // Lab starts these by itself: they are nobody's commands.
        ("actor", all),
        ("player", all),
        ("prove", all),
    ] {
        let said = format!("lab: there is no topic `{word}`: {help}\n");
        lab(["help", word]).run().fails(2).says(&said);
    }
}

#[test]
fn a_narrow_window_breaks_lines_at_blanks() {
    let desk = Desk::new();
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let commands = listed(&lab(["help"]).run().succeeds().text(), "Commands:\n");
    let topics = topics().into_iter().map(|(name, _)| vec!["help".to_owned(), name]);
    let of_commands = commands.into_iter().map(|name| vec![name, "--help".to_owned()]);
    let others = [vec![], vec!["--help".to_owned()], vec!["help".to_owned()]];
    let mut examples = 0;
    for args in topics.chain(of_commands).chain(others) {
        let lab = || args.iter().fold(desk.lab([]), |lab, arg| lab.arg(arg));
        let wide = lab().run().succeeds().text();
        let narrow = lab().on_terminal(24, 40).wait_end().succeeds().text();
        assert_eq!(words(&narrow), words(&wide), "{args:?}");
        for line in narrow.lines().map(str::trim_end).filter(|line| line.len() > 40) {
            // What is there to be copied stands in one line, as in a wide window.
            let example =
                ["  lab ", "    lab ", "    cc ", "    strace "].iter().any(|start| line.starts_with(start));
            assert!(example && wide.lines().any(|wide| wide.starts_with(line)), "{args:?}: {line:?}");
            examples += 1;
        }
    }
    assert!(examples > 5, "{examples} examples were too long");
}

#[test]
fn the_manual_page_holds_every_command_and_topic() {
    let page = lab(["man"]).run().succeeds().text();
    let text = lab(["help"]).run().succeeds().text();
    for name in listed(&text, "Commands:\n") {
        let entry = format!(".TP\nlab\\-{}(1)\n", name.replace('-', "\\-"));
        assert_eq!(page.matches(&entry).count(), 1, "{entry}");
    }
    for title in listed(&text, "Topics:\n").into_iter().map(|name| name.to_uppercase()) {
        assert_eq!(page.matches(&format!("\n.SH {title}\n")).count(), 1, "{title}");
    }
    assert!(page.starts_with(".") && page.contains(".TH LAB 1"), "{page}");
}

#[test]
fn completions_are_scripts_without_what_lab_starts_itself() {
    for shell in ["bash", "zsh", "fish"] {
        let script = lab(["completions", shell]).run().succeeds().text();
        assert!(script.contains("step-through") && script.contains("no-pause"), "{shell}");
        assert!(!script.contains("actor"), "{shell}");
    }
    for shell in ["tcsh", "elvish", "powershell"] {
        lab(["completions", shell]).run().fails(2).says(&format!(
            "lab: `lab completions` does not take `{shell}`: it takes `bash`, `zsh` or `fish`; see `lab completions --help`\n"
        ));
    }
    let check = "if command -v bash >/dev/null; then $LAB completions bash | bash -n; fi";
    Desk::new().shell(check);
}
