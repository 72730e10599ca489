//! One program of a lesson in C: includes, what its processes share, a function for each process that it forks, and
//! main. What each process does stands in [`super::process`].

use std::fmt::Write as _;

use super::plan::{Plan, Program};
use super::process::body;
use super::steps::names_numbers;
use super::words::comment;
use crate::lesson::{Expect, Expr, variable};
use crate::text::quote;

/// The headers in the order of includes, and what a program uses of each.
const HEADERS: &[(&str, &[&str])] = &[
    ("errno.h", &["SECCOMP_RET_ERRNO"]),
    ("linux/filter.h", &["BPF_"]),
    ("linux/seccomp.h", &["SECCOMP_"]),
    ("sched.h", &["unshare("]),
    ("stddef.h", &["offsetof("]),
    ("stdio.h", &["printf(", "perror(", "puts(", "setvbuf("]),
    ("stdlib.h", &["exit(", "getenv(", "malloc("]),
    ("string.h", &["strcpy(", "strcspn(", "memset("]),
    ("sys/ipc.h", &["ftok("]),
    ("sys/mman.h", &["mmap("]),
    ("sys/msg.h", &["msg"]),
    ("sys/prctl.h", &["prctl("]),
    ("sys/resource.h", &["setrlimit("]),
    ("sys/sem.h", &["sem"]),
    ("sys/shm.h", &["shm"]),
    ("sys/stat.h", &["umask("]),
    ("sys/syscall.h", &["SYS_"]),
    ("sys/wait.h", &["wait("]),
    ("unistd.h", &["execl(", "fork(", "pipe(", "read(", "write(", "usleep("]),
];
/// What the header of our own has.
const TURNS: &[&str] = &["my_turn(", "tell(", "told("];

pub fn text<'a>(plan: &Plan<'a>, program: &Program<'a>) -> String {
    let mut functions = String::new();
    // A child's function stands above the one that forks it.
    for (child, parent) in program.children.iter().rev() {
        let body = body(plan, program, child);
        let what = format!("{child}: a process that {parent} forks. It has a copy of all that {parent} has.");
        let _ = write!(
            functions,
            "{}static void {child}_process(void)\n{{\n{}}}\n\n",
            comment(&what, 0),
            body.trim_start_matches('\n')
        );
    }
    let body = body(plan, program, program.role);
    let ends = plan.steps_of(program.role).last().is_some_and(|at| plan.ends_in(at));
    let end = if ends { "" } else { "\n    return 0;\n" };
    let all = first_lines(plan, program) + &body;
    let _ = write!(functions, "int main(void)\n{{\n{}{end}}}\n", all.trim_start_matches('\n'));
    format!("{}\n{}\n{}{functions}", opening(plan, program), includes(&functions), shared(plan, program))
}

fn opening(plan: &Plan<'_>, program: &Program<'_>) -> String {
    let lesson = plan.lesson;
    let start = match plan.executed_by(program.role) {
        Some(role) => format!("{role} puts it in its own place with execl(). It takes turns: see turn.h."),
        None if !program.alone => {
            "play.sh starts it. Before each my_turn() other programs make their calls: see turn.h.".into()
        }
        None if names_numbers(lesson) => "play.sh starts it.".into(),
        None => format!("play.sh starts it, or you type ./{}.", program.file()),
    };
    let role = program.role;
    comment(
        &format!(
            "{}: the {role} of lab's lesson `{}`.\n{}\nBuild it with `make`; {start}",
            program.file_c(),
            lesson.name,
            lesson.title
        ),
        0,
    )
}

/// What the code needs; what only a comment names does not count.
fn includes(text: &str) -> String {
    let mut in_comment = false;
    let is_code = |line: &&str| {
        let comment = in_comment || line.trim_start().starts_with("/*");
        in_comment = comment && !line.contains("*/");
        !comment
    };
    let code = text.lines().filter(is_code).collect::<Vec<_>>().join("\n");
    let uses = |words: &[&str]| words.iter().any(|word| code.contains(word));
    let mut text = String::new();
    if code.contains("unshare(") {
        text += "#define _GNU_SOURCE /* for unshare() */\n";
    }
    for (header, _) in HEADERS.iter().filter(|(_, used)| uses(used)) {
        let _ = writeln!(text, "#include <{header}>");
    }
    if uses(TURNS) {
        text += "\n#include \"turn.h\"\n";
    }
    text
}

/// The variables that a fork copies.
fn shared(plan: &Plan<'_>, program: &Program<'_>) -> String {
    if program.shared.is_empty() {
        return String::new();
    }
    let variables = plan.lesson.variables();
    let mut text = comment("fork() copies these: parent and child then have one each.", 0);
    for name in &program.shared {
        let Some(of) = variables.get(name) else { continue };
        let array =
            plan.lesson.script.actions.iter().any(
                |action| matches!(action.call.args().first(), Some(Expr::Array(array)) if array == name),
            );
        let _ = match array {
            true => writeln!(text, "static int {name}[2];"),
            false => writeln!(text, "static {};", variable(of, name)),
        };
    }
    text + "\n"
}

/// What main() does before the lesson's first step.
fn first_lines(plan: &Plan<'_>, program: &Program<'_>) -> String {
    let mut text = String::new();
    if names_numbers(plan.lesson) {
        text += &comment(
            "The lesson names keys or identifiers by their numbers. Outside of an IPC namespace of its own it could meet a segment of another program.",
            4,
        );
        let said = quote(
            format!("{}: start me with play.sh, which makes an IPC namespace\n", program.file()).as_bytes(),
        );
        let _ = write!(
            text,
            "    if (getenv(\"LESSON_SANDBOX\") == NULL) {{\n        fprintf(stderr, {said});\n        exit(1);\n    }}\n"
        );
    }
    let ends_badly =
        plan.steps_of(program.role).any(|at| matches!(plan.action(at).expect, Expect::Signal(_)));
    if !program.alone || ends_badly {
        text += &comment(
            "Print each line at once: so the lines of all programs stay in order, a crash loses none, and fork() copies none.",
            4,
        );
        text += "    setvbuf(stdout, NULL, _IOLBF, 0);\n";
    }
    text
}
