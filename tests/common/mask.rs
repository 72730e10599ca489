//! Substitution: what differs from run to run becomes a placeholder, the same value the same one. `PID1` is the
//! first process named, `KEY1` the first key. What a lesson says about a value stays checked, since a sentence
//! that names another process gets another number.

use std::collections::HashMap;

use serde_json::Value;

use super::Desk;

/// Words after which a number is a process.
const BEFORE_PIDS: &[&str] = &[
    "/proc/",
    "-t ",
    "cpid ",
    "lpid ",
    "lpid is ",
    "cpid is ",
    "pid ",
    "server ",
    "client ",
    "parent ",
    "child ",
    "server (",
    "client (",
    "parent (",
    "child (",
    "lab ",
    "process ",
    "Process ",
    "creator, ",
    "detach, ",
    "child, ",
    "status of ",
    "wait() returned ",
    "fork() gave ",
    "Made by ",
    "kill(",
];
/// Roles of lessons besides the commonest ones, whose number is a process.
const ROLES: &[&str] = &[
    "admin",
    "again",
    "child2",
    "container",
    "filtered",
    "fourth",
    "game",
    "guest",
    "heir",
    "janitor",
    "late",
    "latecomer",
    "oldkernel",
    "other",
    "reader",
    "root",
    "second",
    "stranger",
    "student",
    "third",
    "victim",
    "visitor",
    "writer",
];
/// Words after which a number is a moment.
const BEFORE_TIMES: &[&str] = &["shm_atime ", "shm_dtime ", "shm_ctime "];
/// Words after which a number is a user.
const BEFORE_USERS: &[&str] = &["shm_perm.uid ", "shm_perm.cuid ", " uid ", " cuid "];
/// Fields of the JSON events, and what stands in for their numbers.
const FIELDS: &[(&str, &str)] = &[
    ("pid", "PID"),
    ("cpid", "PID"),
    ("lpid", "PID"),
    ("start", "ADDRESS"),
    ("end", "ADDRESS"),
    ("address", "ADDRESS"),
    ("key", "KEY"),
    ("inode", "INODE"),
    ("device", "DEVICE"),
];

/// The substitution of one transcript.
#[derive(Default)]
pub struct Mask {
    folder: String,
    known: HashMap<(&'static str, String), usize>,
    counts: HashMap<&'static str, usize>,
}

impl Mask {
    /// For what was printed at this desk.
    pub fn of(desk: &Desk) -> Mask {
        Mask { folder: desk.folder().display().to_string(), ..Mask::default() }
    }

    fn stand_in(&mut self, kind: &'static str, value: &str) -> String {
        let count = self.counts.entry(kind).or_default();
        let number = *self.known.entry((kind, value.to_owned())).or_insert_with(|| {
            *count += 1;
            *count
        });
        format!("{kind}{number}")
    }

    /// Text with its placeholders.
    pub fn text(&mut self, text: &str) -> String {
        let text = text.replace(&self.folder, "DESK").replace(" -U -i --preserve-credentials", " -i");
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
            out.push_str(&rest[..start]);
            rest = &rest[start..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            if let Some((length, name)) = scratch(rest) {
                out.push_str(name);
                rest = &rest[length..];
                continue;
            }
            let word = self.word(word, &out, after);
            out.push_str(&word);
            rest = after;
        }
        out.push_str(rest);
        without_pointers(&out)
    }

    fn word(&mut self, word: &str, before: &str, after: &str) -> String {
        let follows = |table: &[&str]| table.iter().any(|end| before.ends_with(end));
        let number = word.bytes().all(|byte| byte.is_ascii_digit());
        let hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let digits = word.strip_prefix("0x").unwrap_or(word);
        // An address's lower half too, which a cast back to an address may extend by its sign.
        let half = digits
            .strip_prefix("ffffffff")
            .filter(|half| !matches!(*half, "" | "ffffffff"))
            .unwrap_or(digits);
        if word.starts_with("0x") && (hex(half, 8) || hex(half, 7)) {
            return self.stand_in("KEY", &half.to_lowercase());
        }
        if let Some(key) = word.strip_prefix("SYSV").filter(|key| hex(key, 8)) {
            return format!("SYSV{}", self.stand_in("KEY", key));
        }
        if hex(digits, 12) {
            return self.stand_in("ADDRESS", digits);
        }
        if before.ends_with("device ") && word.starts_with("0x") {
            return self.stand_in("DEVICE", digits);
        }
        if before.ends_with("inode ") && number {
            return self.stand_in("INODE", word);
        }
        if word.starts_with("0x") && (after.starts_with(" device &") || after.starts_with(" inode &")) {
            return "0x..".into();
        }
        if before.ends_with("00000000 00:") {
            return "..".into();
        }
        if number && follows(BEFORE_USERS) {
            return "USER".into();
        }
        if !number || word == "0" {
            return word.to_owned();
        }
        if follows(BEFORE_TIMES) {
            return "TIME".into();
        }
        let role = || {
            let name = before.strip_suffix(" (").or_else(|| before.strip_suffix([' ', '(']));
            name.is_some_and(|name| ROLES.iter().any(|role| name.ends_with(role)))
        };
        // `lpid 0 → 4211`: what a process number has become.
        let became = || {
            let was = before.strip_suffix(" → ").or_else(|| before.strip_suffix(" -> "));
            let name =
                was.map(|was| was.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches("PID"));
            name.is_some_and(|name| name.ends_with("pid "))
        };
        if follows(BEFORE_PIDS) || role() || became() {
            return self.stand_in("PID", word);
        }
        word.to_owned()
    }

    /// One JSON object with its placeholders.
    pub fn json(&mut self, line: &str) -> Value {
        let mut value: Value = serde_json::from_str(line).expect("a JSON object a line");
        self.inside(&mut value);
        value
    }

    fn inside(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.inside(value)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let kind = FIELDS.iter().find(|(field, _)| field == name).map(|(_, kind)| *kind);
                    match (kind, &*value, name.as_str()) {
                        (Some(kind), Value::Number(number), _) if number.as_u64() != Some(0) => {
                            *value = self.stand_in(kind, &number.to_string()).into();
                        }
                        (_, Value::Number(number), "atime" | "dtime" | "ctime")
                            if number.as_u64() != Some(0) =>
                        {
                            *value = "TIME".into();
                        }
                        (_, Value::Number(_), "uid" | "cuid") => *value = "USER".into(),
                        // Awake or asleep is a matter of the moment; gone is not.
                        (_, Value::String(state), "state") if state != "Z" => *value = "ALIVE".into(),
                        _ => self.inside(value),
                    }
                }
            }
            _ => {}
        }
    }
}

/// A pointer that is stored in a segment is shown as text: other bytes in every run. One to byte 64 of a page begins with
/// an @, and one in sixteen of them has a NUL after it, which ends the text.
fn without_pointers(text: &str) -> String {
    let is_pointer = |piece: &str| {
        piece.starts_with('@') || ["\\2", "\\3", "\\177"].iter().any(|escape| piece.contains(escape))
    };
    let piece = |(at, piece): (usize, &str)| {
        if at % 2 == 1 && is_pointer(piece) { "BYTES".to_owned() } else { piece.to_owned() }
    };
    let line =
        |line: &str| between_quotes(line).into_iter().enumerate().map(piece).collect::<Vec<_>>().join("\"");
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// What stands before, between and behind the quotes of a line; a quote behind a backslash is a byte of a text.
fn between_quotes(line: &str) -> Vec<&str> {
    let (mut pieces, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in line.char_indices() {
        if c == '"' && !escaped {
            pieces.push(&line[start..at]);
            start = at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    pieces.push(&line[start..]);
    pieces
}

#[test]
fn a_pointers_bytes_are_masked_whatever_they_are() {
    let shown = "\"@\\\"\\2\\\\\" and \"a \\\"word\\\"\" \"\\177\"";
    assert_eq!(without_pointers(shown), "\"BYTES\" and \"a \\\"word\\\"\" \"BYTES\"");
}

/// The name of a scratch folder, if one stands here: its length, and what stands in for it.
fn scratch(text: &str) -> Option<(usize, &'static str)> {
    let rest = text.strip_prefix("lab-")?;
    let pid = rest.find(|c: char| !c.is_ascii_digit()).filter(|length| *length > 0)?;
    let stamp = rest[pid..].strip_prefix('-')?;
    let length = stamp.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(stamp.len());
    (length >= 15).then_some((4 + pid + 1 + length, "SCRATCH"))
}

/// Laid-out text without its layout: wrapped lines joined, blanks folded. Pids differ in length, and with them
/// where a line breaks.
pub fn unwrapped(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let folded = line.split_whitespace().collect::<Vec<_>>().join(" ");
        match lines.last_mut() {
            Some(last) if line.starts_with("          ") && !folded.is_empty() => {
                last.push(' ');
                last.push_str(&folded);
            }
            _ => lines.push(folded),
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_gets_the_same_placeholder() {
        let mut mask = Mask { folder: "/tmp/d".into(), ..Mask::default() };
        let text = "server 123: key 0x4c00c474, /proc/123/maps: 7f66eb27e000-7f66eb27f000 rw-s 00000000 00:01 0 /SYSV4c00c474\nclient 1024: 1024 bytes, creator, 123, in /tmp/d/lab-123-18eb1084db9b5b55/lab.key";
        let masked = "server PID1: key KEY1, /proc/PID1/maps: ADDRESS1-ADDRESS2 rw-s 00000000 00:.. 0 /SYSVKEY1\nclient PID2: 1024 bytes, creator, PID1, in DESK/SCRATCH/lab.key";
        assert_eq!(mask.text(text), masked);
    }

    #[test]
    fn wrapped_lines_are_joined() {
        assert_eq!(unwrapped("MEANS     one\n          two\nNEXT  a   b\n"), "MEANS one two\nNEXT a b\n");
    }
}
