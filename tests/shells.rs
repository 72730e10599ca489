//! Completions, asked for in the real shells, and the manual pages, read by the real formatter. Where a shell is not
//! installed, its part is skipped.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::common::desk::names_in;
use super::common::{Desk, lab, skip};

/// What is typed, what is among the candidates, and what is not.
const ASKED: [(&str, &[&str], &[&str]); 12] = [
    ("lab ", &["step-through", "doctor", "completions", "man"], &["actor", "player"]),
    ("lab doc", &["doctor"], &["demo"]),
    ("lab step-through sh", &["sheet", "shmget", "shmat", "shmdt", "shmctl", "short.toml"], &["why"]),
    ("lab step-through ./sh", &["./short.toml"], &["sheet"]),
    ("lab list w", &["why", "write", "who-may"], &["sheet"]),
    ("lab demo ", &["ftok", "shmget", "shmat", "write", "shmdt", "shmctl"], &["sheet", "short.toml"]),
    ("lab quiz l", &["lifetime", "limits"], &["shmat"]),
    ("lab quiz --topic ", &["lifetime", "tools"], &["sheet"]),
    ("lab task start r", &["read-it", "right-order"], &["own-key"]),
    ("lab task ", &["start", "check", "hint", "solution", "reset"], &["read-it"]),
    ("lab help s", &["strangers", "status", "step-through"], &["trace"]),
    ("lab trace --ti", &["--timeout"], &["--findings"]),
];

/// What bash itself would offer: its function is called as for a Tab, and where it has nothing, files are.
const BASH: &str = r#"
. ./lab.bash
COMP_LINE="$1"; COMP_POINT=${#COMP_LINE}
read -ra COMP_WORDS <<<"$COMP_LINE"
[[ "$COMP_LINE" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
cur="${COMP_WORDS[COMP_CWORD]}"
$(complete -p lab | sed 's/.*-F \([^ ]*\).*/\1/') lab "$cur" "${COMP_WORDS[COMP_CWORD-1]}"
[ ${#COMPREPLY[@]} -eq 0 ] && complete -p lab | grep -q -- '-o default' && mapfile -t COMPREPLY < <(compgen -f -- "$cur")
printf '%s\n' "${COMPREPLY[@]}"
"#;

/// A zsh of its own on a terminal of its own: what it lists after a Tab. The line is thrown away then.
const ZSH: &str = r#"
zmodload zsh/zpty
export TERM=dumb
zpty z "zsh -f -i"
zpty -w z 'PS1="READY> "; unset zle_bracketed_paste; fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; LISTMAX=1000; bindkey "^I" list-choices; echo SET""UP'
zpty -r -m z out '*SETUP*READY> *'
zpty -w -n z "$1"$'\t'
zpty -w -n z $'\x15echo ASK""ED\n'
zpty -r -m z out '*ASKED*'
print -r -- "$out"
zpty -d z
"#;

fn has(desk: &Desk, program: &str) -> bool {
    let there = desk.shell(&format!("command -v {program} >/dev/null && echo yes || :")) == "yes\n";
    if !there {
        skip(&format!("{program} is not installed"));
    }
    there
}

/// A desk with the script of a shell, and files that can be completed.
fn with_script(shell: &str, file: &str) -> Arc<Desk> {
    let desk = Desk::new();
    let script = desk.lab(["completions", shell]).run().succeeds().text();
    desk.file(file, script);
    desk.file("short.toml", "");
    desk
}

fn offers(shell: &str, typed: &str, found: &BTreeSet<String>, there: &[&str], not_there: &[&str]) {
    for word in there {
        // bash offers files where no name begins so.
        let later = shell == "bash" && *word == "short.toml" && there.len() > 1;
        assert!(later || found.contains(*word), "{shell}: `{typed}` offers no {word}: {found:?}");
    }
    for word in not_there {
        assert!(!found.contains(*word), "{shell}: `{typed}` offers {word}: {found:?}");
    }
}

fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_names_and_files() {
    let desk = with_script("bash", "lab.bash");
    if !has(&desk, "bash") {
        return;
    }
    desk.file("ask.bash", BASH);
    for (typed, there, not_there) in ASKED {
        let found = desk.shell(&format!("bash ask.bash '{typed}'"));
        offers("bash", typed, &words(&found), there, not_there);
    }
}

#[test]
fn fish_completes_commands_options_names_and_files() {
    let desk = with_script("fish", "lab.fish");
    if !has(&desk, "fish") {
        return;
    }
    for (typed, there, not_there) in ASKED {
        let found = desk.shell(&format!("fish -N -c 'source lab.fish; complete -C \"{typed}\"'"));
        let found = found.lines().filter_map(|line| line.split('\t').next()).map(str::to_owned).collect();
        offers("fish", typed, &found, there, not_there);
    }
}

#[test]
fn zsh_completes_commands_options_names_and_files() {
    let desk = with_script("zsh", "_lab");
    if !has(&desk, "zsh") {
        return;
    }
    desk.file("ask.zsh", ZSH);
    for (typed, there, not_there) in ASKED {
        let found = desk.shell(&format!("zsh -f ask.zsh '{typed}'"));
        // It leaves out the folder that was typed already.
        let plain = |word: &&str| word.trim_start_matches("./").to_owned();
        let there: Vec<String> = there.iter().map(plain).collect();
        let there: Vec<&str> = there.iter().map(String::as_str).collect();
        // What stands behind a candidate says what it is.
        let candidates: Vec<&str> = found.lines().filter_map(|line| line.split(" -- ").next()).collect();
        offers("zsh", typed, &words(&candidates.join("\n")), &there, not_there);
    }
}

#[test]
fn the_scripts_have_every_name_and_no_mistake() {
    let desk = Desk::new();
    let list = desk.lab(["list", "--json"]).run().succeeds().text();
    let lessons: Vec<String> = list
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .map(|row| row["name"].as_str().expect("a name").to_owned())
        .collect();
    for (shell, check) in [("bash", "bash -n"), ("zsh", "zsh -n"), ("fish", "fish -n")] {
        let script = desk.lab(["completions", shell]).run().succeeds().text();
        for name in &lessons {
            assert!(script.contains(name.as_str()), "{shell}: {name}");
        }
        assert!(!script.contains("lab-names-"), "{shell}: a mark stayed");
        if has(&desk, shell) {
            desk.file("script", &script);
            desk.shell(&format!("{check} script"));
        }
    }
    // The command line takes what no script names.
    let said = desk.lab(["step-through", "nosuch"]).run().fails(2).error();
    assert!(said.starts_with("lab: there is no lesson `nosuch`: "), "{said}");
}

/// The commands that help lists.
fn commands() -> BTreeSet<String> {
    let help = lab(["--help"]).run().succeeds().text();
    let (_, list) = help.split_once("Commands:\n").expect("a list of commands");
    let lines = list.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn a_page_a_command_is_written_and_the_formatter_has_nothing_to_say() {
    let desk = Desk::new();
    let wanted: BTreeSet<String> =
        commands().iter().map(|name| format!("lab-{name}.1")).chain(["lab.1".to_owned()]).collect();
    let text = desk.lab(["man", "share/man1"]).run().succeeds().text();
    let count = wanted.len();
    assert_eq!(text, format!("FOLDER    share/man1: {count} pages\nREAD      man -l share/man1/lab.1\n"));
    let folder = desk.work().join("share/man1");
    assert_eq!(names_in(&folder).into_iter().collect::<BTreeSet<_>>(), wanted);
    // lab(1) is what is printed without a folder.
    let printed = desk.lab(["man"]).run().succeeds().text();
    assert_eq!(fs::read_to_string(folder.join("lab.1")).expect("a page"), printed);
    if has(&desk, "groff") {
        for name in &wanted {
            let said = desk.shell(&format!("LC_ALL=C.UTF-8 groff -man -ww -Tutf8 -z share/man1/{name} 2>&1"));
            assert_eq!(said, "", "{name}");
        }
    }
    if has(&desk, "man") {
        let page = desk.shell("MANWIDTH=80 LC_ALL=C.UTF-8 man -l share/man1/lab-trace.1 | col -b");
        let (_, options) = page.split_once("OPTIONS").expect("its options");
        assert!(
            page.contains("lab-trace - Run a program of your own") && options.contains("--timeout <SECONDS>"),
            "{page}"
        );
        let page = desk.shell("MANWIDTH=80 LC_ALL=C.UTF-8 man -l share/man1/lab-task.1 | col -b");
        assert!(page.contains("LAB TASK CHECK") && page.contains("--watch"), "{page}");
    }
    // Written anew over pages of lab's own.
    desk.lab(["man", "share/man1"]).run().succeeds().prints(&text);
}

#[test]
fn a_page_of_others_stays_and_then_none_is_written() {
    let desk = Desk::new();
    fs::create_dir(desk.work().join("man")).expect("a folder");
    let page = desk.file("man/lab-trace.1", "mine");
    let said = "lab: `man/lab-trace.1` is there already and no page of lab's: name another folder, or move it away\n";
    desk.lab(["man", "man"]).run().fails(2).says(said);
    assert_eq!(fs::read_to_string(&page).expect("a text"), "mine");
    assert_eq!(names_in(&desk.work().join("man")), ["lab-trace.1"]);
    // A fifo is not waited for, and a link is not followed.
    fs::remove_file(&page).expect("it is there");
    nix::unistd::mkfifo(&page, nix::sys::stat::Mode::S_IRWXU).expect("a fifo");
    desk.lab(["man", "man"]).run().fails(2).says(said);
    fs::remove_file(&page).expect("it is there");
    std::os::unix::fs::symlink(Path::new("/nowhere"), &page).expect("a link");
    desk.lab(["man", "man"]).run().fails(2).says(said);
    let said = desk.lab(["man", "/proc/nowhere"]).run().fails(2).error();
    assert!(said.starts_with("lab: `/proc/nowhere` can't be written: "), "{said}");
}
