//! What a task's check says in words of its own: which programs run in which order, what must be true afterwards, and
//! which call fails. Each is read from one line, with the place of what can't be read. It plays and judges nothing.

use std::ops::Range;

use super::token::{ParseError, Parsed, unknown};
use crate::constants;
use crate::facts::traced_call::Failing;

/// Which programs run: one group after the other, those of a group at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Play {
    pub groups: Vec<Vec<(Range<usize>, String)>>,
    /// They are played again and again, in every order of their calls. Without a group: all programs of the task.
    pub every_order: bool,
}

impl Play {
    /// Every program and where it stands.
    pub fn roles(&self) -> impl Iterator<Item = (Range<usize>, &str)> {
        self.groups.iter().flatten().map(|(at, role)| (at.clone(), role.as_str()))
    }
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    Is,
    IsNot,
}

/// What must be true after a play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    Prints {
        role: String,
        text: String,
    },
    PrintsNot {
        role: String,
        text: String,
    },
    Exits {
        role: String,
        compared: Compared,
        status: i32,
    },
    /// It prints something, on whichever stream.
    Says {
        role: String,
    },
    NoCrash {
        role: String,
    },
    Segments {
        compared: Compared,
        number: usize,
    },
    Semaphores {
        compared: Compared,
        number: usize,
    },
}

impl Claim {
    /// Its program, and which part of the line names it.
    pub fn role(&self, line: &str) -> Option<(Range<usize>, &str)> {
        let role = match self {
            Claim::Prints { role, .. }
            | Claim::PrintsNot { role, .. }
            | Claim::Exits { role, .. }
            | Claim::Says { role }
            | Claim::NoCrash { role } => role,
            Claim::Segments { .. } | Claim::Semaphores { .. } => return None,
        };
        let at = line.find(role.as_str()).unwrap_or(0);
        Some((at..at + role.len(), role))
    }
}

/// The calls that can be made to fail.
pub const FAILING: [&str; 7] = ["shmget", "shmat", "shmdt", "shmctl", "semget", "semop", "semctl"];

const CLAIMS: &str = "a check can claim: `client prints \"text\"`, `client does not print \"text\"`, `client exits 0`, `client exits != 0`, `client says something`, `client does not crash`, `segments == 0`, `semaphores == 0`";

/// The words of a line and where they stand; what is between quotes is one word.
fn words(line: &str) -> Vec<(Range<usize>, &str)> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(skipped) = line[at..].find(|c: char| !c.is_whitespace()) {
        let start = at + skipped;
        let rest = &line[start..];
        let length = match rest.strip_prefix('"') {
            Some(quoted) => quoted.find('"').map_or(rest.len(), |end| end + 2),
            None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        words.push((start..start + length, &line[start..start + length]));
        at = start + length;
    }
    words
}

fn end(line: &str) -> Range<usize> {
    line.len().saturating_sub(1)..line.len()
}

const EVERY_ORDER: &str = "every order";

/// `server; client`, `server & client`, `client`; `every order`, `client & server in every order`.
pub fn play(line: &str) -> Parsed<Play> {
    if line.trim() == EVERY_ORDER {
        return Ok(Play { groups: Vec::new(), every_order: true });
    }
    let before = line.trim_end().strip_suffix(EVERY_ORDER).and_then(|line| line.strip_suffix(" in "));
    let Some(before) = before else { return groups(line) };
    if let Some(at) = before.find(';') {
        let what = "in every order the programs run at once";
        return Err(ParseError::new(at..at + 1, what).help("part them with &, or write `every order`"));
    }
    groups(before).map(|play| Play { every_order: true, ..play })
}

fn groups(line: &str) -> Parsed<Play> {
    let mut play = Play { groups: vec![Vec::new()], every_order: false };
    let mut from = 0;
    for (at, sign) in line.match_indices([';', '&']).chain([(line.len(), "")]) {
        let role = line[from..at].trim();
        let start = from + line[from..at].find(|c: char| !c.is_whitespace()).unwrap_or(0);
        if role.is_empty() || role.contains(char::is_whitespace) {
            let what = if role.is_empty() {
                "a program is missing here"
            } else {
                "between two programs stands ; or &"
            };
            let at = if role.is_empty() {
                from.min(line.len().saturating_sub(1))..at.max(1)
            } else {
                start..start + role.len()
            };
            return Err(ParseError::new(at, what)
                .help("`server; client` runs one after the other, `server & client` both at once, `every order` plays all programs in every order of their calls"));
        }
        if let Some(group) = play.groups.last_mut() {
            group.push((start..start + role.len(), role.to_owned()));
        }
        if sign == ";" {
            play.groups.push(Vec::new());
        }
        from = at + sign.len();
    }
    Ok(play)
}

/// A line of `hold`.
pub fn claim(line: &str) -> Parsed<Claim> {
    let words = words(line);
    let plain: Vec<&str> = words.iter().map(|(_, word)| *word).collect();
    let text = |word: &str, at: &Range<usize>| {
        let inner =
            word.strip_prefix('"').and_then(|word| word.strip_suffix('"')).filter(|text| !text.is_empty());
        let wrong = || ParseError::new(at.clone(), "a text goes between double quotes").help(CLAIMS);
        inner.map(str::to_owned).ok_or_else(wrong)
    };
    let number = |at: usize| {
        let (place, word) = &words[at];
        let wrong = |_| ParseError::new(place.clone(), format!("`{word}` is not a number"));
        word.parse::<u16>().map_err(wrong)
    };
    let compared = |at: usize| match plain[at] {
        "==" => Ok(Compared::Is),
        "!=" => Ok(Compared::IsNot),
        _ => Err(ParseError::new(words[at].0.clone(), "a number is compared with == or !=").help(CLAIMS)),
    };
    Ok(match plain.as_slice() {
        ["segments", _, _] => Claim::Segments { compared: compared(1)?, number: number(2)?.into() },
        ["semaphores", _, _] => Claim::Semaphores { compared: compared(1)?, number: number(2)?.into() },
        [role, "prints", word] => Claim::Prints { role: (*role).into(), text: text(word, &words[2].0)? },
        [role, "does", "not", "print", word] => {
            Claim::PrintsNot { role: (*role).into(), text: text(word, &words[4].0)? }
        }
        [role, "exits", _] => {
            Claim::Exits { role: (*role).into(), compared: Compared::Is, status: number(2)?.into() }
        }
        [role, "exits", _, _] => {
            Claim::Exits { role: (*role).into(), compared: compared(2)?, status: number(3)?.into() }
        }
        [role, "says", "something"] => Claim::Says { role: (*role).into() },
        [role, "does", "not", "crash"] => Claim::NoCrash { role: (*role).into() },
        _ => return Err(ParseError::new(0..line.len(), "this is not a claim").help(CLAIMS)),
    })
}

/// `client: shmget = ENOSPC`, `client: shmat 2 = ENOMEM`.
pub fn fault(line: &str) -> Parsed<Failing> {
    const HELP: &str =
        "write `client: shmget = ENOSPC`, or `client: shmget 2 = ENOSPC` for the second of its calls";
    let wrong = |at, what: &str| ParseError::new(at, what).help(HELP);
    let Some(colon) = line.find(':') else { return Err(wrong(0..line.len(), "no program is named")) };
    let words = words(&line[colon + 1..]);
    let place = |at: &Range<usize>| at.start + colon + 1..at.end + colon + 1;
    let (call, nth, errno) = match words.as_slice() {
        [call, (_, "="), errno] => (call, 1, errno),
        [call, (at, nth), (_, "="), errno] => {
            let number = nth.parse().ok().filter(|number| (1..=1000).contains(number));
            (call, number.ok_or_else(|| wrong(place(at), "which of its calls is a number from 1"))?, errno)
        }
        [] => return Err(wrong(end(line), "a call is missing here")),
        [(first, _), ..] => {
            return Err(wrong(place(first).start..line.len(), "this is not a call that fails"));
        }
    };
    if !FAILING.contains(&call.1) {
        return Err(unknown(place(&call.0), "call", call.1, FAILING.into_iter()));
    }
    let Some(row) = constants::named(constants::ERRNOS, errno.1) else {
        let known = constants::ERRNOS.iter().map(|row| row.name);
        return Err(unknown(place(&errno.0), "errno", errno.1, known));
    };
    let role = line[..colon].trim().to_owned();
    Ok(Failing { role, call: call.1.to_owned(), nth, errno: row.value as i32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plays_are_groups_of_programs() {
        let of = |line| {
            play(line).map(|play| {
                play.groups
                    .iter()
                    .map(|group| group.iter().map(|(_, role)| role.clone()).collect::<Vec<_>>().join("+"))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
        };
        assert_eq!(of("server; client").as_deref(), Ok("server client"));
        assert_eq!(of(" a & b;c ").as_deref(), Ok("a+b c"));
        for (line, every, groups) in
            [("every order", true, ""), ("a & b in every order", true, "a+b"), ("a & b", false, "a+b")]
        {
            assert_eq!((play(line).expect(line).every_order, of(line).as_deref()), (every, Ok(groups)));
        }
        for (line, at) in [
            ("", 0..1),
            ("a;", 1..2),
            ("a b", 0..3),
            ("; a", 0..1),
            ("a; b in every order", 1..2),
            ("a every order", 0..13),
        ] {
            assert_eq!(play(line).expect_err(line).at, at, "{line}");
        }
    }

    #[test]
    fn a_claim_is_read_or_its_wrong_word_is_named() {
        for line in CLAIMS.split('`').skip(1).step_by(2) {
            let read = claim(line).expect(line);
            assert!(read.role(line).is_none_or(|(at, role)| &line[at] == role && role == "client"), "{line}");
        }
        for (line, at) in [
            ("client prints hello", 14..19),
            ("client exits zero", 13..17),
            ("segments < 3", 9..10),
            ("client eats", 0..11),
            ("client prints \"open", 14..19),
        ] {
            assert_eq!(claim(line).expect_err(line).at, at, "{line}");
        }
    }

    #[test]
    fn a_fault_names_program_call_number_and_errno() {
        let read = fault("client: shmat 2 = ENOMEM").expect("a fault");
        assert_eq!(
            (read.role.as_str(), read.call.as_str(), read.nth, read.errno),
            ("client", "shmat", 2, libc::ENOMEM)
        );
        assert_eq!(fault("client: shmget = ENOSPC").expect("a fault").nth, 1);
        for (line, at) in [
            ("shmget = ENOSPC", 0..15),
            ("client: shmgte = ENOSPC", 8..14),
            ("client: shmget = ENOPSC", 17..23),
            ("client: shmget 0 = ENOSPC", 15..16),
            ("client:", 6..7),
            ("client: shmget ENOSPC", 8..21),
        ] {
            assert_eq!(fault(line).expect_err(line).at, at, "{line}");
        }
    }
}
