//! A step as a part of a whole program: the names that the program has declared are not declared again, and each
//! call that can fail is checked, as the lessons teach it. What failure looks like is a row of [`FAILS`]. It knows
//! neither the program nor the words around the step.

use std::collections::BTreeMap;

use super::{POINTER, Statement, spec, statement, table, type_of};
use crate::lesson::expect::Expect;
use crate::lesson::functions::{Function, ReturnType};
use crate::lesson::{Action, Expr, Lesson};

/// A call that can fail, and what it returns then.
const FAILS: &[(&str, &str)] = &[
    ("close", "-1"),
    ("fork", "-1"),
    ("ftok", "-1"),
    ("malloc", "NULL"),
    ("mmap", "MAP_FAILED"),
    ("msgctl", "-1"),
    ("msgget", "-1"),
    ("msgrcv", "-1"),
    ("msgsnd", "-1"),
    ("pipe", "-1"),
    ("prctl", "-1"),
    ("read", "-1"),
    ("semctl", "-1"),
    ("semget", "-1"),
    ("semop", "-1"),
    ("setrlimit", "-1"),
    ("shmat", "(void *) -1"),
    ("shmctl", "-1"),
    ("shmdt", "-1"),
    ("shmget", "-1"),
    ("unshare", "-1"),
    ("usleep", "-1"),
    ("wait", "-1"),
    ("write", "-1"),
];

/// A pipe gives what is there, which can be less than one asked for.
const READ_ALL: &str = "for (long left = $TIMESL * $2; left > 0;) {
    ssize_t got = read($0, $1, $2);
    if (got == -1) {
        perror(\"read\");
        exit(1);
    }
    if (got == 0)
        break; /* nothing more can come: the other end is closed */
    left -= got;
}";

/// Whether a name is declared where the step stands.
pub type Declared<'a> = &'a dyn Fn(&str) -> bool;

/// A value that goes from one process to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handed {
    /// The C type of the name that holds it.
    pub of: &'static str,
}

impl Handed {
    /// Whether it is an address, which takes a cast on its way.
    pub fn is_address(self) -> bool {
        self.of.ends_with('*')
    }

    /// `int id`, `char *p`.
    pub fn declared(self, name: &str) -> String {
        format!("{}{}{name}", self.of, if self.is_address() { "" } else { " " })
    }
}

impl Lesson {
    /// The C type of each name of the lesson; a pipe's two descriptors are an array.
    pub fn variables(&self) -> BTreeMap<&str, Handed> {
        self.types(self.len()).into_iter().map(|(name, of)| (name, Handed { of })).collect()
    }

    /// The step at this place, from 0, in a program: with its checks.
    pub fn in_program(&self, at: usize, has: Declared<'_>) -> String {
        let action = &self.script.actions[at];
        let call = &action.call;
        let (known, offsets) = (self.types(self.len()), self.offsets());
        let text = match &call.statement {
            Statement::Repeat { function: Function::Read, args, times, .. } => {
                let filled = args.iter().enumerate().fold(READ_ALL.to_owned(), |text, (place, arg)| {
                    text.replace(&format!("${place}"), &arg.to_string())
                });
                return filled.replace("$TIMES", &times.to_string());
            }
            Statement::Repeat { counter: i, times, function, args } => {
                let args: Vec<_> = args.iter().map(Expr::to_string).collect();
                let call = format!("{}({});", spec(*function).name, args.join(", "));
                format!("for (int {i} = 0; {i} < {times}; {i}++) {{\n    {call}\n}}")
            }
            _ => statement(call, &known, &offsets, has).0,
        };
        // What a shorthand's lines declare is theirs alone.
        let alone = call.bind.is_none() && call.spec().is_some_and(|spec| is_template(spec.function));
        let lines: Vec<_> = text.lines().map(|line| checked(line, &action.expect)).collect();
        let text = lines.join("\n");
        if alone && text.lines().any(|line| !line.starts_with([' ', '}', 'f'])) {
            return format!("{{\n{}\n}}", indented(&text));
        }
        text
    }

    /// A line that prints what a step has read or kept, behind its role, because programs share a terminal; none for a
    /// step that keeps nothing.
    pub fn shown(&self, at: usize) -> Option<String> {
        let Action { who, call, .. } = &self.script.actions[at];
        let name = call.bind.as_deref()?;
        let of = self.variables().get(name)?.of;
        let (sign, value) = match of {
            POINTER => ("%p", format!("(void *) {name}")),
            "long" => ("%ld", name.into()),
            "key_t" => ("0x%08x", format!("(unsigned) {name}")),
            "mode_t" => ("0%03o", format!("(unsigned) {name}")),
            _ => ("%d", name.into()),
        };
        Some(format!("printf(\"{who}: {name} = {sign}\\n\", {value});"))
    }

    /// Whether what the step keeps has to be shown because nothing checks it.
    pub fn keeps_unchecked(&self, at: usize) -> bool {
        let call = &self.script.actions[at].call;
        let unchecked = match &call.statement {
            Statement::Invoke { function, .. } => {
                let name = spec(*function).name;
                !FAILS.iter().any(|(fails, _)| *fails == name)
            }
            _ => true,
        };
        call.bind.is_some() && unchecked
    }

    /// Whether the step keeps what a person wants to see: what was in memory, a key, an identifier.
    pub fn is_to_see(&self, at: usize) -> bool {
        let action = &self.script.actions[at];
        match &action.call.statement {
            Statement::Load { .. } | Statement::LoadPointer { .. } => true,
            Statement::Invoke { function, .. } => {
                matches!(spec(*function).yields, ReturnType::Key | ReturnType::Id)
                    && !matches!(action.expect, Expect::Errno(_))
            }
            _ => false,
        }
    }

    /// The C type of what the step at this place binds.
    pub fn bound_type(&self, at: usize) -> Option<Handed> {
        let call = &self.script.actions[at].call;
        let known = self.types(self.len());
        let of = known.get(call.bind.as_deref()?).copied();
        Some(Handed { of: of.unwrap_or_else(|| type_of(call, &known, &self.offsets())) })
    }
}

fn is_template(function: Function) -> bool {
    table::row(function).is_some_and(|row| row.template.is_some())
}

/// A text with each line four blanks further in.
fn indented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { String::new() } else { format!("    {line}") };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A line of C and the check of the call in it, if that can fail. A call that is there to fail says its errno, and the
/// program goes on.
fn checked(line: &str, expect: &Expect) -> String {
    let found = || {
        let code = line.trim_start();
        let body = code.strip_suffix(';')?;
        let (left, call) = match body.split_once(" = ") {
            Some((left, call)) if !left.contains('(') => (Some(left), call),
            _ => (None, body),
        };
        let (function, _) = call.split_once('(')?;
        let indent = &line[..line.len() - code.len()];
        if function == "execl" {
            // It comes back only when it has failed.
            return Some(format!("{line}\n{indent}perror(\"execl\");\n{indent}exit(1);"));
        }
        let (_, value) = FAILS.iter().find(|(name, _)| *name == function)?;
        let name = left.map(|left| left.rsplit([' ', '*']).next().unwrap_or(left));
        let (start, tested) = match name {
            Some(name) => (format!("{line}\n"), name),
            None => (String::new(), call),
        };
        // A pointer to char is compared with one.
        let value = match (*value, name) {
            ("(void *) -1", Some(_)) => "(char *) -1",
            (value, _) => value,
        };
        let condition = format!("{start}{indent}if ({tested} == {value})");
        Some(match expect {
            Expect::Errno(errno) => {
                let name = errno.name;
                format!("{condition}\n{indent}    perror(\"{function}, meant to fail\"); /* {name} */")
            }
            _ => format!(
                "{condition} {{\n{indent}    perror(\"{function}\");\n{indent}    exit(1);\n{indent}}}"
            ),
        })
    };
    found().unwrap_or_else(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::lesson::read;

    /// What the last of these steps is in a program that has declared everything.
    fn in_program(calls: &[(&str, &str)]) -> String {
        let step = |(call, expect): &(&str, &str)| {
            format!("[[step]]\nwho = 'a'\ncall = \"{call}\"\nexpect = '{expect}'\nsay = 'It runs.'\n")
        };
        let steps: String = calls.iter().map(step).collect();
        let lesson =
            read("x.toml", &format!("title = 'x'\ngoal = 'x'\n{steps}"), false, false).expect("a lesson");
        lesson.in_program(lesson.len() - 1, &|_| false)
    }

    #[test]
    fn each_call_that_can_fail_is_checked() {
        let made = ("id = shmget(IPC_PRIVATE, 1, 0600)", "ok");
        let check = |call: &str| format!("{{\n    perror(\"{call}\");\n    exit(1);\n}}");
        assert_eq!(
            in_program(&[made]),
            format!("int id = shmget(IPC_PRIVATE, 1, 0600);\nif (id == -1) {}", check("shmget"))
        );
        assert_eq!(
            in_program(&[made, ("p = shmat(id, NULL, 0)", "ok")]),
            format!("char *p = shmat(id, NULL, 0);\nif (p == (char *) -1) {}", check("shmat"))
        );
        assert_eq!(
            in_program(&[made, ("shmctl(id, 99, NULL)", "EINVAL")]),
            "if (shmctl(id, 99, NULL) == -1)\n    perror(\"shmctl, meant to fail\"); /* EINVAL */"
        );
        assert_eq!(
            in_program(&[made, ("shmat(id, NULL, 0)", "EACCES")]),
            "if (shmat(id, NULL, 0) == (void *) -1)\n    perror(\"shmat, meant to fail\"); /* EACCES */"
        );
        assert_eq!(
            in_program(&[("m = malloc(9)", "ok")]),
            format!("char *m = malloc(9);\nif (m == NULL) {}", check("malloc"))
        );
        let semop = in_program(&[("s = semget(IPC_PRIVATE, 1, 0600)", "ok"), ("semop(s, 0, 1)", "ok")]);
        assert!(
            semop.starts_with("{\n    struct sembuf op = {")
                && semop.contains("if (semop(s, &op, 1) == -1) {")
        );
    }
}
