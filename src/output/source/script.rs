//! play.sh, which starts the programs in the lesson's order and makes what lab itself makes beside them, and the
//! Makefile. A file name of the lesson's reaches the shell in single quotes.

use std::fmt::Write as _;

use super::plan::{Block, Plan};
use super::steps::names_numbers;
use super::words::{hashed, left_out, meaning};
use crate::lesson::{Call, Expect, Expr, Function, LAB, User};

const START: &str = r#"set -eu
here=$(cd "$(dirname "$0")" && pwd)
"#;
const NOT_ROOT: &str = r#"
# Root may do what these steps show to be refused.
if [ "$(id -u)" = 0 ]; then
    echo "play.sh: run me as an ordinary user" >&2
    exit 1
fi
"#;
/// The last line stands there where a lesson can't do without.
const SANDBOX: &str = r#"
# It plays in an IPC namespace of its own where the machine gives one: no segment
# of another program is in it, and the kernel frees it with its last process, even
# after Ctrl-C.
if [ -z "${LESSON_SANDBOX-}" ]; then
    export LESSON_SANDBOX=1
    apart="unshare --ipc"
    [ "$(id -u)" = 0 ] || apart="unshare --user --map-current-user --ipc"
    ! $apart true 2>/dev/null || exec $apart sh "$here/play.sh"
$CAN_NOT
fi
"#;
const CAN_NOT: &str = r#"    # The lesson names keys or identifiers by their numbers.
    echo "play.sh: this machine gives you no IPC namespace" >&2
    exit 1
"#;
const FOLDER: &str = r#"
# The key file and the like are in a new folder, which goes at the end.
work=$(mktemp -d)
programs=
tidy() {
    kill $programs 2>/dev/null || :
    chmod -R u+rwX "$work"
    rm -rf "$work"
}
trap tidy EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
exec 3<&0
"#;
const RUN: &str = r#"
# A program that makes all its steps in a row. A signal may end it: some are
# meant to crash.
run() {
    status=0
    "$here/$1" <&3 || status=$?
    [ "$status" = "${2-0}" ] || [ "$status" -gt 128 ]
}
"#;
const TURNS: &str = r#"
# The programs below take turns: turn.h says how. await N waits until step N
# comes next, and next N lets it come.
await() {
    while :; do
        case $(flock turn.txt cat turn.txt) in
            "$1 "*) return ;;
            "0 "*) exit 1 ;; # a program has failed
        esac
        sleep 0.01
    done
}
next() {
    echo "$1 0" >turn.txt
}
"#;

pub fn script(plan: &Plan<'_>) -> String {
    let lesson = plan.lesson;
    let mut text = String::from("#!/bin/sh\n");
    text += &hashed(&format!(
        "play.sh: plays lab's lesson `{}` with your programs. Build them first: make",
        lesson.name
    ));
    for (places, why) in plan.left_out_by_reason() {
        text += &hashed(&left_out(&places, &why));
    }
    text += START;
    if lesson.script.users.values().any(|user| *user == User::Ordinary) {
        text += NOT_ROOT;
    }
    text += &SANDBOX.replace("$CAN_NOT\n", if names_numbers(lesson) { CAN_NOT } else { "" });
    text += FOLDER;
    if plan.programs.iter().any(|program| program.alone) {
        text += RUN;
    }
    if plan.takes_turns() {
        text += TURNS;
        let first = plan.blocks.first().map_or(plan.end(), |block| block.steps[0] + 1);
        let _ = write!(text, "next {first}\n\n");
        // What another program executes is there before that one starts, and may do so at once.
        let (executed, started): (Vec<_>, Vec<_>) = plan
            .programs
            .iter()
            .filter(|program| !program.alone)
            .partition(|program| plan.executed_by(program.role).is_some());
        for file in executed.into_iter().map(|program| program.file()) {
            let _ = writeln!(text, "ln -s \"$here/{file}\" {file}");
        }
        for program in started {
            let (role, file) = (program.role, program.file());
            let _ = writeln!(text, "\"$here/{file}\" <&3 &\n{role}=$!\nprograms=\"$programs ${role}\"");
        }
    }
    text + &blocks(plan)
}

/// What a person types for the same, where no programs take turns and nothing needs a sandbox.
pub fn by_hand(plan: &Plan<'_>) -> Option<String> {
    if plan.takes_turns() || names_numbers(plan.lesson) {
        return None;
    }
    let mut commands = vec!["make".to_owned()];
    for block in &plan.blocks {
        match plan.program_of(block.role) {
            Some(program) => commands.push(format!("./{}", program.file())),
            None => commands.extend(
                block.steps.iter().map(|at| direction(plan, &plan.action(*at).call).trim_end().to_owned()),
            ),
        }
    }
    Some(commands.join("; "))
}

/// What the script does in each block of steps.
fn blocks(plan: &Plan<'_>) -> String {
    let mut text = String::new();
    // Whether the programs have the turn, and not the script.
    let mut theirs = plan.takes_turns() && plan.blocks.first().is_some_and(|block| !of_script(plan, block));
    for block in &plan.blocks {
        let mine = of_script(plan, block);
        if !mine {
            if !theirs {
                let _ = writeln!(text, "next {}", block.steps[0] + 1);
            }
            theirs = true;
            continue;
        }
        text.push('\n');
        if std::mem::take(&mut theirs) {
            let _ = writeln!(text, "await {}", block.steps[0] + 1);
        }
        if block.role == LAB {
            for at in &block.steps {
                text += &hashed(&format!("Step {}. {}", at + 1, meaning(&plan.lesson.words[*at])));
                text += &direction(plan, &plan.action(*at).call);
            }
        } else {
            let numbers: Vec<_> = block.steps.iter().map(|at| at + 1).collect();
            let (from, to) = (numbers[0], numbers[numbers.len() - 1]);
            let steps = if from == to { format!("Step {from}") } else { format!("Steps {from} to {to}") };
            text += &hashed(&format!("{steps}: {}.", block.role));
            let file = plan.program_of(block.role).map_or_else(String::new, super::Program::file);
            let status = status(plan, block).map_or_else(String::new, |status| format!(" {status}"));
            let _ = writeln!(text, "run {file}{status}");
        }
    }
    let end = plan.end();
    if !plan.stay.is_empty() {
        text += &match theirs {
            true => format!("\nawait {end}\n"),
            false => format!("\nnext {end}\n"),
        };
    }
    let sleeps =
        |role: &str| plan.steps_of(role).last().is_some_and(|at| plan.action(at).expect == Expect::Blocks);
    for program in plan.programs.iter().filter(|program| sleeps(program.role)) {
        let _ = writeln!(text, "kill \"${0}\" # {0} sleeps in its last call", program.role);
    }
    if plan.takes_turns() { text + "wait\n! grep -q '^0 ' turn.txt\n" } else { text }
}

/// The exit status of a program where it is not 0.
fn status(plan: &Plan<'_>, block: &Block<'_>) -> Option<i64> {
    let call = &plan.action(*block.steps.last()?).call;
    match call.arg(0) {
        Some(Expr::Number(number)) if call.spec()?.function == Function::Exit => {
            Some(number.value & 0xff).filter(|status| *status != 0)
        }
        _ => None,
    }
}

/// Whether the script makes these steps: lab's own, and those of a program that it runs from its start to its end.
fn of_script(plan: &Plan<'_>, block: &Block<'_>) -> bool {
    block.role == LAB || plan.program_of(block.role).is_some_and(|program| program.alone)
}

/// A stage direction as a shell makes it.
fn direction(plan: &Plan<'_>, call: &Call) -> String {
    let word = |at: usize| match call.arg(at) {
        Some(Expr::Text(text)) => quoted(text),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let Some(function) = call.spec().map(|spec| spec.function) else { return String::new() };
    match function {
        Function::Create => format!("touch {}\n", word(0)),
        Function::Chmod => format!("chmod {} {}\n", word(1), word(0)),
        Function::Link => format!("ln {} {}\n", word(0), word(1)),
        Function::Symlink => format!("ln -s {} {}\n", word(0), word(1)),
        Function::Mkdir => format!("mkdir -m {} {}\n", word(1), word(0)),
        Function::Rename => format!("mv -f {} {}\n", word(0), word(1)),
        Function::Save => format!("touch lab.new\nmv -f lab.new {}\n", word(0)),
        Function::Unlink => format!("rm {}\n", word(0)),
        Function::Kill => {
            let role = word(0);
            let signal = word(1).trim_start_matches("SIG").to_owned();
            match plan.programs.iter().find(|program| program.role == role) {
                Some(_) => format!("kill -s {signal} \"${role}\"\nwait \"${role}\" || :\n"),
                None => format!("kill -s {signal} \"$(cat value.{role})\"\n"),
            }
        }
        _ => String::new(),
    }
}

/// A file name as one word of the shell, and not an option.
fn quoted(text: &str) -> String {
    let dash = if text.starts_with('-') { "./" } else { "" };
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_./+".contains(c);
    match text.chars().all(bare) && !text.is_empty() {
        true => format!("{dash}{text}"),
        false => format!("'{dash}{}'", text.replace('\'', "'\\''")),
    }
}

pub fn makefile(plan: &Plan<'_>, header: bool) -> String {
    let programs: Vec<_> = plan.programs.iter().map(super::Program::file).collect();
    let (header, kept) = if header { (" turn.h", " turn.txt value.* awake.*") } else { ("", "") };
    format!(
        "# make builds the programs, make play plays the lesson, make clean removes what was built.\nCFLAGS = -Wall -Wextra -g\nPROGRAMS = {}\n\nall: $(PROGRAMS)\n\n%: %.c{header}; $(CC) $(CFLAGS) -o $@ $<\n\nplay: all; sh play.sh\n\nclean:; rm -f $(PROGRAMS){kept}\n\n.PHONY: all play clean\n",
        programs.join(" ")
    )
}
