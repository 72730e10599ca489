//! A step as a part of a whole program: the names that the program has declared are not declared again, and each
//! call that can fail is checked, as the lessons teach it. What failure looks like is in [`FAILS`]. It knows
//! neither the program nor the words around the step.

use super::{POINTER, Statement, Types, spec, statement, table};
use crate::lesson::expect::Expect;
use crate::lesson::functions::{Function, ReturnType};
use crate::lesson::{Action, Expr, Lesson};

/// What a call that can fail returns then, where that is not -1.
const FAILS: [(&str, &str); 3] = [("malloc", "NULL"), ("mmap", "MAP_FAILED"), ("shmat", "(void *) -1")];
/// The others that can fail.
#[rustfmt::skip]
const FAILS_WITH_MINUS_1: [&str; 21] = [
    "close", "fork", "ftok", "msgctl", "msgget", "msgrcv", "msgsnd", "pipe", "prctl", "read", "semctl", "semget",
    "semop", "setrlimit", "shmctl", "shmdt", "shmget", "unshare", "usleep", "wait", "write",
];

/// What a call returns when it has failed, if it can.
fn failure(function: &str) -> Option<&'static str> {
    let other = FAILS.iter().find(|(name, _)| *name == function).map(|(_, value)| *value);
    other.or_else(|| FAILS_WITH_MINUS_1.contains(&function).then_some("-1"))
}

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

impl Lesson {
    /// The C type of each name of the lesson; a pipe's two descriptors are an array.
    pub fn variables(&self) -> Types<'_> {
        self.types(self.len())
    }

    /// The step at this place, from 0, in a program: with its checks.
    pub fn in_program(&self, at: usize, has: Declared<'_>) -> String {
        let action = &self.script.actions[at];
        let call = &action.call;
        let (known, offsets) = (self.variables(), self.offsets());
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
        let alone =
            call.bind.is_none() && call.spec().is_some_and(|spec| table::template(spec.function).is_some());
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
        let (sign, value) = match self.bound_type(at)? {
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
            Statement::Invoke { function, .. } => failure(spec(*function).name).is_none(),
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
    pub fn bound_type(&self, at: usize) -> Option<&'static str> {
        let name = self.script.actions[at].call.bind.as_deref()?;
        self.variables().get(name).copied()
    }
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
        let value = failure(function)?;
        let name = left.map(|left| left.rsplit([' ', '*']).next().unwrap_or(left));
        let (start, tested) = match name {
            Some(name) => (format!("{line}\n"), name),
            None => (String::new(), call),
        };
        // A pointer to char is compared with one.
        let value = match (value, name) {
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
    use super::super::tests::lesson_of;

    /// What the last of these steps is in a program that has declared everything.
    fn in_program(calls: &[(&str, &str)]) -> String {
        let lesson = lesson_of(calls);
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
