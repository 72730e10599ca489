//! All C that a student is shown is compiled: prototypes, the steps of every lesson, and what sentences quote.

use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::process::Command;

use super::*;
use crate::lesson::{SHIPPED, SHIPPED_TERMINALS, name_of, read};

const HEADERS: &str = "#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
";

/// What the compiler says of C; none without a compiler. That a variable or a result is never
/// used is true of a line by itself.
fn compiled(name: &str, text: &str) -> Option<String> {
    let file = std::env::temp_dir().join(format!("lab-{}-{name}.c", std::process::id()));
    fs::write(&file, text).expect("a file");
    let flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-unused", "-O0", "-c", "-o", "/dev/null"];
    let ran = Command::new("cc").args(flags).arg(&file).output();
    fs::remove_file(&file).expect("a file");
    match ran {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        ran => {
            let ran = ran.expect("cc");
            Some(if ran.status.success() {
                String::new()
            } else {
                String::from_utf8_lossy(&ran.stderr).into()
            })
        }
    }
}

/// C that is written into a sentence: it is between backticks and ends as a statement does. Elsewhere a sentence
/// has no statement, because nothing would compile it.
fn idioms(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split('`').step_by(2).find(|prose| prose.contains(");"));
    assert_eq!(prose, None, "C belongs between backticks, or in `c`");
    text.split('`').skip(1).step_by(2).filter(|code| code.ends_with([';', '}']))
}

#[test]
fn all_c_that_a_student_is_shown_compiles_without_a_warning() {
    let (mut lines, mut files, mut count) = (format!("#define _GNU_SOURCE\n{HEADERS}"), Vec::new(), 0);
    // With _GNU_SOURCE the first parameter of setrlimit() has another type than in the manual.
    let prototypes = table::ROWS.iter().filter_map(|row| row.prototype).collect::<Vec<_>>().join("\n");
    files.push(("prototypes".to_owned(), format!("{HEADERS}{prototypes}\n")));
    for (file, text) in SHIPPED.iter().chain(SHIPPED_TERMINALS) {
        let lesson = read(file, text, true, false).expect("a lesson");
        for at in 0..lesson.len() {
            let code = lesson.in_c(at);
            let words = &lesson.words[at];
            let sentences = [Some(&words.say), words.more.as_ref(), words.theory.as_ref()];
            let inline = sentences.into_iter().flatten().flat_map(|text| idioms(text)).map(str::to_owned);
            for code in std::iter::once(code.text).chain(inline) {
                count += 1;
                if code.lines().any(|line| line.starts_with("#include")) {
                    files.push((format!("{}-{}", name_of(file), at + 1), code));
                    continue;
                }
                // Its own names too: a sentence may check what the step has returned.
                let known = lesson.types(at + 1);
                let known: Vec<_> = known
                    .iter()
                    .map(|(name, of)| format!("{of} {name}"))
                    .chain([String::from("struct shmid_ds ds")])
                    .collect();
                let _ = writeln!(
                    lines,
                    "void step_{count}({});\nvoid step_{count}({})\n{{ {{\n#line 1 \"{file} step {}\"\n{code}\n}} }}",
                    known.join(", "),
                    known.join(", "),
                    at + 1
                );
            }
        }
    }
    files.push(("steps".into(), lines));
    assert!(count > 300, "only {count} pieces of C");
    for (name, text) in files {
        match compiled(&name, &text) {
            None => return drop(writeln!(std::io::stderr(), "skipped: this machine has no cc")),
            Some(said) => assert!(said.is_empty(), "{said}"),
        }
    }
    let wrong = compiled("wrong", "int *p = 1;").expect("a compiler");
    assert!(wrong.contains("error"), "{wrong}");
}

/// A lesson of these calls and what is expected of each.
pub(super) fn lesson_of(calls: &[(&str, &str)]) -> Lesson {
    let step = |(call, expect): &(&str, &str)| {
        format!("[[step]]\nwho = 'a'\ncall = \"{call}\"\nexpect = '{expect}'\nsay = 'It runs.'\n")
    };
    let steps: String = calls.iter().map(step).collect();
    read("x.toml", &format!("title = 'x'\ngoal = 'x'\n{steps}"), false, false).expect("a lesson")
}

/// What the last of these calls is in C, and whether it is a shorthand.
fn c_of(lines: &[&str]) -> (String, bool) {
    let lesson = lesson_of(&lines.iter().map(|call| (*call, "ok")).collect::<Vec<_>>());
    let code = lesson.in_c(lesson.len() - 1);
    (code.text, code.shorthand)
}

#[test]
fn a_name_is_declared_once_and_a_shorthand_is_written_out() {
    let id = "id = shmget(IPC_PRIVATE, 100, IPC_CREAT | 0600)";
    let real = |text: &str| (text.to_owned(), false);
    let short = |text: &str| (text.to_owned(), true);
    assert_eq!(c_of(&[id]), real("int id = shmget(IPC_PRIVATE, 100, IPC_CREAT | 0600);"));
    assert_eq!(c_of(&[id, id]), real("id = shmget(IPC_PRIVATE, 100, IPC_CREAT | 0600);"));
    assert_eq!(c_of(&[id, "p = shmat(id, NULL, 0)"]), real("char *p = shmat(id, NULL, 0);"));
    assert_eq!(c_of(&["b = fork()"]), real("pid_t b = fork();"));
    assert_eq!(c_of(&["puts(-1)"]), short("puts((char *) -1);"));
    let semop = "struct sembuf op = { .sem_num = 0, .sem_op = -1, .sem_flg = 0 };\nsemop(sem, &op, 1);";
    assert_eq!(c_of(&["sem = semget(IPC_PRIVATE, 1, 0600)", "semop(sem, 0, -1)"]), short(semop));
    assert_eq!(c_of(&["m = malloc(100)", "*m = 64"]), short("*(long *) m = 64;"));
    assert_eq!(c_of(&["m = malloc(100)", "c = *m"]), short("char *c = *(char **) m;"));
    assert_eq!(c_of(&["m = malloc(100)", "c = *m", "puts(m + c)", "c = *m"]), short("c = *(long *) m;"));
    assert_eq!(c_of(&["m = malloc(100)", "i = (int) m", "puts(i)"]), short("puts((char *) (long) i);"));
    assert_eq!(c_of(&["m = malloc(100)", "m[0] = 'B'"]), real("m[0] = 'B';"));
    assert_eq!(c_of(&["pipe(fd)"]), real("int fd[2];\npipe(fd);"));
    assert_eq!(c_of(&["pipe(fd)", "pipe(fd)"]), real("pipe(fd);"));
    let read = "for (i = 0; i < 9; i++) read(fd[0], m, 8)";
    let lines = real("for (int i = 0; i < 9; i++)\n    read(fd[0], m, 8);");
    assert_eq!(c_of(&["m = malloc(100)", "pipe(fd)", read]), lines);
}
