//! A step as C that a compiler takes: the statement with its variable declared, the cast that the notation leaves out,
//! the lines behind a shorthand, and the prototype of the call. Pure functions over a lesson; the C of each call is in
//! [`table`]. It refuses to guess: a step that says its own C with `c` is shown that.

mod checked;
mod table;

use std::collections::BTreeMap;

use super::call::{Call, Expr, Statement};
use super::functions::{ParamKind, ReturnType, spec};
use super::{Action, Lesson};

/// What a step is in C.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InC {
    /// Lines of C; a whole file if one of them includes a header.
    pub text: String,
    /// Whether the step's own line is lab's shorthand, which a compiler would refuse or warn about.
    pub shorthand: bool,
    /// Whether the lines say more than the step's own one with a semicolon.
    pub says_more: bool,
}

/// A call's prototype, and each of its parameters with the argument that the step has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prototype {
    pub text: &'static str,
    pub params: Vec<Param>,
}

/// A parameter of a prototype.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    pub name: &'static str,
    pub argument: String,
    /// What it is, in words.
    pub is: &'static str,
}

/// The C types of a lesson's names.
type Types<'a> = BTreeMap<&'a str, &'static str>;

const POINTER: &str = "char *";
/// What a pipe's two descriptors are where they were declared before.
const DESCRIPTORS: &str = "int *";

impl Lesson {
    /// The step at this place, from 0, as C.
    pub fn in_c(&self, at: usize) -> InC {
        let call = &self.script.actions[at].call;
        let (known, offsets) = (self.types(at), self.offsets());
        let (text, shorthand) = statement(call, &known, &offsets, &|name| known.contains_key(name));
        let own = self.words[at].c.clone();
        let says_more = own.is_some() || text != format!("{call};");
        InC { text: own.unwrap_or(text), shorthand, says_more }
    }

    /// The prototype of the call of the step at this place, where it is one of C's.
    pub fn prototype(&self, at: usize) -> Option<Prototype> {
        let call = &self.script.actions[at].call;
        let row = table::row(call.spec()?.function)?;
        let text = row.prototype?;
        let params = parameters(text).into_iter().zip(row.params).enumerate();
        let param = |(at, (name, is)): (usize, (&'static str, &&'static str))| {
            Some(Param { name, argument: call.arg(at)?.to_string(), is })
        };
        Some(Prototype { text, params: params.filter_map(param).collect() })
    }

    /// Whether the step at this place is the first that a student sees of its call.
    pub fn is_first_use(&self, at: usize) -> bool {
        let function = |action: &Action| action.call.spec().map(|spec| spec.function);
        let this = function(&self.script.actions[at]);
        let seen =
            |earlier: usize| function(&self.script.actions[earlier]) == this && !self.words[earlier].tidy;
        this.is_some() && !(0..at).any(seen)
    }

    /// The types of the names that stand for something before the step at this place.
    fn types(&self, at: usize) -> Types<'_> {
        let actions = &self.script.actions;
        // A child's role is a name that fork() gives a value to.
        let forked = |role: &str| actions.iter().any(|action| action.call.bind.as_deref() == Some(role));
        let roles =
            actions.iter().flat_map(Action::roles).filter(|role| !forked(role)).map(|role| (role, "pid_t"));
        let input = self.input.iter().map(|input| (input.name.as_str(), POINTER));
        let mut types: Types<'_> = roles.chain(input).collect();
        let offsets = self.offsets();
        for action in &actions[..at] {
            if let Some(name) = &action.call.bind {
                let of = type_of(&action.call, &types, &offsets);
                types.entry(name).or_insert(of);
            } else if let Some(name) = action.call.binds() {
                types.entry(name).or_insert(DESCRIPTORS);
            }
        }
        types
    }

    /// The names that are added to an address: numbers, though they were read from where an address fits.
    fn offsets(&self) -> Vec<&str> {
        let args = self.script.actions.iter().flat_map(|action| match &action.call.statement {
            Statement::Invoke { args, .. } => args.as_slice(),
            _ => &[],
        });
        let added = args.filter_map(|arg| match arg {
            Expr::Plus(_, more) => match more.as_ref() {
                Expr::Name(name) => Some(name.as_str()),
                _ => None,
            },
            _ => None,
        });
        added.collect()
    }
}

/// The names of a prototype's parameters, in their order.
fn parameters(prototype: &'static str) -> Vec<&'static str> {
    let inside = prototype.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(");"));
    let name = |param: &'static str| {
        let start = param.rfind([' ', '*']).map_or(0, |at| at + 1);
        param[start..].split('[').next().unwrap_or_default()
    };
    inside.split(',').map(name).filter(|name| *name != "void").collect()
}

/// The type of the name that a call binds.
fn type_of(call: &Call, known: &Types<'_>, offsets: &[&str]) -> &'static str {
    let named = |name: &str| known.get(name).copied().unwrap_or(POINTER);
    match &call.statement {
        Statement::Load { .. } => "char",
        Statement::LoadPointer { .. } if call.bind.as_deref().is_some_and(|name| offsets.contains(&name)) => {
            "long"
        }
        Statement::Assign(Expr::Name(name)) => named(name),
        Statement::Assign(Expr::Number(_) | Expr::Char(_) | Expr::Cast(_) | Expr::Constant(_)) => "int",
        Statement::Invoke { function, .. } => match spec(*function).yields {
            ReturnType::Key => "key_t",
            ReturnType::Address => POINTER,
            ReturnType::Pid => "pid_t",
            ReturnType::Mode => "mode_t",
            ReturnType::Number => "long",
            ReturnType::Text if table::row(*function).is_some_and(|row| row.template.is_some()) => POINTER,
            ReturnType::Id | ReturnType::Text | ReturnType::Zero | ReturnType::Nothing => "int",
        },
        _ => POINTER,
    }
}

/// A call as C, and whether its own line is a shorthand for that; `has`: whether a name was declared before.
fn statement(call: &Call, known: &Types<'_>, offsets: &[&str], has: &dyn Fn(&str) -> bool) -> (String, bool) {
    let keeps = call.bind.as_ref().map(|name| match has(name) {
        true => format!("{name} = "),
        false => {
            let of = known.get(name.as_str()).copied();
            declared(of.unwrap_or_else(|| type_of(call, known, offsets)), name)
        }
    });
    let start = keeps.clone().unwrap_or_default();
    match &call.statement {
        Statement::Invoke { function, args } => {
            if let Some(template) = table::row(*function).and_then(|row| row.template) {
                return (expanded(template, args, keeps.as_deref()), true);
            }
            let spec = spec(*function);
            let kinds = spec.params.iter();
            let cast: Vec<_> =
                args.iter().zip(kinds).map(|(arg, kind)| (cast(arg, *kind, known), arg)).collect();
            let shorthand = cast.iter().any(|(cast, arg)| *cast != arg.to_string());
            let args: Vec<_> = cast.into_iter().map(|(cast, _)| cast).collect();
            // A pipe's descriptors need a place before they are made.
            let array = call.binds().filter(|name| keeps.is_none() && !has(name));
            let array = array.map_or_else(String::new, |name| format!("int {name}[2];\n"));
            (format!("{array}{start}{}({});", spec.name, args.join(", ")), shorthand)
        }
        Statement::Repeat { counter: i, times, function, args } => {
            let args: Vec<_> = args.iter().map(Expr::to_string).collect();
            let (name, args) = (spec(*function).name, args.join(", "));
            (format!("for (int {i} = 0; {i} < {times}; {i}++)\n    {name}({args});"), false)
        }
        Statement::StorePointer { at, value } => {
            let held = match value {
                Expr::Number(_) => "long *",
                Expr::Name(name) if known.get(name.as_str()) == Some(&"long") => "long *",
                _ => "char **",
            };
            (format!("*({held}) {at} = {value};"), true)
        }
        Statement::LoadPointer { at } => {
            let long = type_of(call, known, offsets) == "long";
            (format!("{start}*({}) {at};", if long { "long *" } else { "char **" }), true)
        }
        Statement::Assign(Expr::Cast(name)) => (format!("{start}(int) (long) {name};"), true),
        _ => {
            let line = Call { bind: None, ..call.clone() };
            (format!("{start}{line};"), false)
        }
    }
}

/// `int id = `, `char *p = `.
fn declared(of: &str, name: &str) -> String {
    format!("{of}{}{name} = ", if of.ends_with('*') { "" } else { " " })
}

/// An argument with the cast that C wants: a number is not an address.
fn cast(arg: &Expr, kind: ParamKind, known: &Types<'_>) -> String {
    let to = match kind {
        ParamKind::Printed | ParamKind::Pathname | ParamKind::Text => "(char *) ",
        ParamKind::Address => "(void *) ",
        _ => return arg.to_string(),
    };
    match arg {
        Expr::Number(_) => format!("{to}{arg}"),
        Expr::Name(name) if known.get(name.as_str()).is_some_and(|of| *of != POINTER) => {
            format!("{to}(long) {arg}")
        }
        _ => arg.to_string(),
    }
}

/// A template with a call's arguments in it.
fn expanded(template: &str, args: &[Expr], keeps: Option<&str>) -> String {
    let mut lines = Vec::new();
    for line in template.lines() {
        let line = match (line.strip_prefix("$="), keeps) {
            (Some(_), None) => continue,
            (Some(value), Some(keeps)) => format!("{keeps}{value}"),
            (None, _) => line.to_owned(),
        };
        let filled = args.iter().enumerate().fold(line, |line, (at, arg)| {
            let text = arg.to_string();
            line.replace(&format!("$\"{at}"), text.trim_matches('"')).replace(&format!("${at}"), &text)
        });
        lines.push(filled);
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
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
        let flags =
            ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-unused", "-O0", "-c", "-o", "/dev/null"];
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

    /// What a call is in C, and whether it is a shorthand.
    fn c_of(lines: &[&str]) -> (String, bool) {
        let step = |call: &&str| {
            format!("[[step]]\nwho = 'a'\ncall = \"{call}\"\nexpect = 'ok'\nsay = 'It runs.'\n")
        };
        let steps: String = lines.iter().map(step).collect();
        let lesson =
            read("x.toml", &format!("title = 'x'\ngoal = 'x'\n{steps}"), false, false).expect("a lesson");
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
}
