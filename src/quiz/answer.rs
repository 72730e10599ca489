//! What the student types, understood and marked. A line that is no answer is said to be none; nothing is credited
//! that was not given.

use super::decide::{Answer, Spelled};
use super::draw::{Asked, letter};
use crate::lesson::{Expr, Number, QuestionKind};
use crate::text::{self, shortened};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// Options, by place in the file, in ascending order.
    Options(Vec<usize>),
    /// A number or text, as typed.
    Typed(String),
    /// Lines, by place in the file.
    Order(Vec<usize>),
    /// A line of the listing.
    Line(usize),
    /// None: it was skipped.
    Skipped,
}

/// What a line of input was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedInput {
    Answer(Given),
    Hint,
    Stop,
    /// No answer, and why not.
    Nothing(String),
}

/// A key of a question's prompt; its word can be typed as well.
pub struct Key {
    pub key: &'static str,
    word: &'static str,
    /// What it does, in the prompt.
    pub brief: &'static str,
    /// What it is for, beside a line that is no answer.
    pub purpose: &'static str,
    /// What it does, in `--help`.
    pub help: &'static str,
    does: TypedInput,
}

// A row each: rustfmt would give every field a line of its own.
#[rustfmt::skip]
pub const KEYS: [Key; 3] = [
    Key { key: "?", word: "hint", brief: "hint", purpose: "for a hint", help: "gives a hint (hints are counted)",
        does: TypedInput::Hint },
    Key { key: "s", word: "skip", brief: "skip", purpose: "to skip", help: "skips and shows the answer",
        does: TypedInput::Answer(Given::Skipped) },
    Key { key: "q", word: "quit", brief: "stop", purpose: "to stop", help: "stops", does: TypedInput::Stop },
];

/// The keys with words of theirs.
pub fn keys(words: fn(&Key) -> &'static str, between: &str) -> String {
    KEYS.iter().map(|key| format!("{} {}", key.key, words(key))).collect::<Vec<_>>().join(between)
}

/// Reads a line.
pub fn understand(asked: &Asked<'_>, line: &str) -> TypedInput {
    let text = line.trim();
    let lower = text.to_lowercase();
    if let Some(key) = KEYS.into_iter().find(|key| lower == key.key || lower == key.word) {
        return key.does;
    }
    if text.is_empty() {
        return TypedInput::Nothing("that line was empty".into());
    }
    let given = match asked.question().kind {
        QuestionKind::Number if asked.question().is_about_a_number() && number(text).is_none() => None,
        QuestionKind::Number => Some(Given::Typed(text.into())),
        QuestionKind::Bug => line_of(asked, text).map(Given::Line),
        QuestionKind::Order => {
            letters(asked, text).filter(|order| whole(order, asked.order.len())).map(Given::Order)
        }
        QuestionKind::Several => options(asked, text).map(Given::Options),
        QuestionKind::Predict | QuestionKind::Theory => {
            options(asked, text).filter(|options| options.len() == 1).map(Given::Options)
        }
    };
    given.map_or_else(
        || TypedInput::Nothing(format!("`{}` is no answer here", shortened(&text::line(text), 40))),
        TypedInput::Answer,
    )
}

/// What an answer to this question looks like.
pub fn wanted(asked: &Asked<'_>) -> String {
    let last = letter(asked.letters().saturating_sub(1));
    match asked.question().kind {
        QuestionKind::Predict | QuestionKind::Theory => {
            format!("a letter, a to {last}, or the option's text")
        }
        QuestionKind::Several => format!("the letters of all that are true, a to {last}, such as `a {last}`"),
        QuestionKind::Number if asked.question().is_about_a_number() => {
            "a number, in any spelling: 4096, 0x1000, 010000, 4 KiB".into()
        }
        QuestionKind::Number => "a short text, as it is read".into(),
        QuestionKind::Order => format!("all letters in your order, a to {last}, such as `b a …`"),
        QuestionKind::Bug => format!("the number of a line, 1 to {}", asked.question().listing.len()),
    }
}

fn line_of(asked: &Asked<'_>, text: &str) -> Option<usize> {
    let digits = text.trim_start_matches("line").trim().trim_end_matches([')', '.']);
    let line = digits.parse().ok()?;
    (1..=asked.question().listing.len()).contains(&line).then_some(line)
}

/// Letters or numbers with blanks, commas or nothing between, as places in the file. None if one is no option's.
fn letters(asked: &Asked<'_>, text: &str) -> Option<Vec<usize>> {
    let mut places = Vec::new();
    for c in text.chars().filter(|c| !c.is_whitespace() && !",;.)".contains(*c)) {
        let at = match c.to_ascii_lowercase() {
            c @ 'a'..='z' => usize::from(c as u8 - b'a'),
            c @ '1'..='9' => usize::from(c as u8 - b'1'),
            _ => return None,
        };
        places.push(*asked.order.get(at)?);
    }
    (!places.is_empty()).then_some(places)
}

fn whole(order: &[usize], count: usize) -> bool {
    order.len() == count && (0..count).all(|place| order.contains(&place))
}

/// Options by letters, or one by its text.
fn options(asked: &Asked<'_>, text: &str) -> Option<Vec<usize>> {
    let plain = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let wanted = plain(text);
    let options = &asked.question().options;
    let by_text = options.iter().position(|option| {
        let claim = option.is.as_ref().map(|claim| plain(&claim.text));
        claim.as_ref() == Some(&wanted) || option.say.as_ref().map(|say| plain(say)).as_ref() == Some(&wanted)
    });
    if let Some(place) = by_text {
        return Some(vec![place]);
    }
    let mut places = letters(asked, text)?;
    places.sort_unstable();
    places.dedup();
    Some(places)
}

/// Whether a typed answer is the right one in any spelling.
pub fn same(text: &str, answer: &Answer) -> bool {
    if let Some(bytes) = &answer.text {
        let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        return bare.as_bytes() == bytes.as_slice() || text == answer.shown;
    }
    let Some(right) = answer.number else { return false };
    let found = match answer.spelled {
        Spelled::Mode => octal(text).or_else(|| number(text)),
        _ => number(text),
    };
    match answer.spelled {
        Spelled::Key => {
            found.is_some_and(|found| found == right || (found < 0 && found + (1 << 32) == right))
        }
        _ => found == Some(right),
    }
}

fn octal(text: &str) -> Option<i64> {
    let digits = text.trim().trim_start_matches("0o");
    i64::from_str_radix(digits, 8).ok().filter(|_| digits.chars().all(|c| c.is_digit(8)))
}

/// A number as people write it: `4096`, `4,096`, `0x1000`, `010000`, `4 KiB`, `1 MiB`, `4096 bytes`, `'a'`.
pub fn number(text: &str) -> Option<i64> {
    let text = text.trim().to_lowercase();
    if let ["'", c, "'"] = text.split("").filter(|part| !part.is_empty()).collect::<Vec<_>>().as_slice() {
        return c.bytes().next().filter(u8::is_ascii).map(i64::from);
    }
    let (negative, text) = text.strip_prefix('-').map_or((false, &*text), |rest| (true, rest));
    let hex = text.strip_prefix("0x");
    let end = match hex {
        Some(digits) => 2 + digits.find(|c: char| !c.is_ascii_hexdigit() && c != '_').unwrap_or(digits.len()),
        None => text.find(|c: char| !c.is_ascii_digit() && !"_,".contains(c)).unwrap_or(text.len()),
    };
    let unit = match text[end..].trim() {
        "" | "b" | "byte" | "bytes" => 1,
        "k" | "kib" | "kb" => 1024,
        "m" | "mib" | "mb" => 1024 * 1024,
        "g" | "gib" | "gb" => 1024 * 1024 * 1024,
        _ => return None,
    };
    let digits: String = text[..end].chars().filter(|c| !"_,".contains(*c)).collect();
    let value = match (digits.strip_prefix("0x"), digits.strip_prefix('0')) {
        (Some(hex), _) => i64::from_str_radix(hex, 16),
        (None, Some(octal)) if !octal.is_empty() => i64::from_str_radix(octal, 8),
        _ => digits.parse(),
    };
    let value = value.ok()?.checked_mul(unit)?;
    Some(if negative { -value } else { value })
}

/// The wrong option of a number question that a typed answer is, by place.
pub fn typed_option(asked: &Asked<'_>, text: &str) -> Option<usize> {
    let value = |expr: &Expr| match expr {
        Expr::Number(Number { value, .. }) => Some(*value),
        Expr::Char(byte) => Some(i64::from(*byte)),
        _ => None,
    };
    let typed = number(text);
    let bare = text.trim().trim_matches('"');
    asked.question().options.iter().position(|option| {
        let Some(claim) = &option.is else { return false };
        let compared = claim.compared();
        compared.is_some_and(|expr| match expr {
            Expr::Text(text) => text == bare,
            expr => value(expr).is_some() && value(expr) == typed,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_many_spellings() {
        for text in ["4096", "0x1000", "0X1000", "010000", "4 KiB", "4k", "4,096", "4_096", " 4096 bytes "] {
            assert_eq!(number(text), Some(4096), "{text}");
        }
        assert_eq!(number("'a'"), Some(97));
        assert_eq!(number("-2"), Some(-2));
        for text in
            ["", "four", "0x", "09", "4 pages", "4096.5", "--1", "0xg", "99999999999999999999", "8e15 g"]
        {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn keys_may_be_negative_and_modes_are_octal() {
        let answer =
            |number, spelled| Answer { number: Some(number), shown: String::new(), text: None, spelled };
        let key = answer(0xffff_fffe, Spelled::Key);
        assert!(same("-2", &key) && same("0xfffffffe", &key) && same("4294967294", &key) && !same("2", &key));
        let mode = answer(0o600, Spelled::Mode);
        assert!(same("0600", &mode) && same("600", &mode) && !same("384 ", &answer(600, Spelled::Number)));
        let word = Answer {
            text: Some(b"hi".to_vec()),
            number: None,
            shown: "\"hi\"".into(),
            spelled: Spelled::Text,
        };
        assert!(same("hi", &word) && same("\"hi\"", &word) && !same("HI", &word) && !same("", &word));
    }
}
