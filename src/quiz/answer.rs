//! What the student types, understood and marked. For a line that is not an answer lab says so; nothing is credited
//! that was not given.

use super::decide::{Answer, Right};
use super::draw::{Asked, label};
use crate::lesson::{Expr, Number, QuestionKind};
use crate::text::{self, shortened};

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
    /// What it is for, beside a line that is not an answer.
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
        QuestionKind::Number if asked.question().is_about_a_number() && number(text).is_none() => {
            Err("is not a number")
        }
        QuestionKind::Number => Ok(Given::Typed(text.into())),
        QuestionKind::Bug => line_of(asked, text).map(Given::Line).ok_or("is not a line of the listing"),
        QuestionKind::Order => order(asked, text).map(Given::Order),
        QuestionKind::Several => options(asked, text, false).map(Given::Options),
        QuestionKind::Predict | QuestionKind::Theory => options(asked, text, true).map(Given::Options),
    };
    let nothing = |why| TypedInput::Nothing(format!("`{}` {why}", shortened(&text::line(text), 40)));
    given.map_or_else(nothing, TypedInput::Answer)
}

/// An answer as a record has it, none for one that was skipped. A record of a version before the labels were digits
/// has letters, the first option's being `a`.
pub fn recorded(asked: &Asked<'_>, given: Option<&str>) -> Given {
    let read = |text: &str| match understand(asked, text) {
        TypedInput::Answer(answer) => Some(answer),
        _ => None,
    };
    let digit = |c: char| match c {
        'a'..='h' => char::from(b'1' + (c as u8 - b'a')),
        c => c,
    };
    let with_letters = |text: &str| text.to_lowercase().chars().map(digit).collect::<String>();
    given.and_then(|text| read(text).or_else(|| read(&with_letters(text)))).unwrap_or(Given::Skipped)
}

/// What an answer to this question looks like: what you type.
pub fn wanted(asked: &Asked<'_>) -> String {
    let count = asked.labels();
    match asked.question().kind {
        QuestionKind::Predict | QuestionKind::Theory => {
            format!("the number of one option, 1 to {count}, or its text")
        }
        QuestionKind::Several => format!("the numbers of all that are true, such as {SOME_LABELS}"),
        QuestionKind::Number if asked.question().is_about_a_number() => {
            "a number, in any spelling: 4096, 0x1000, 010000, 4 KiB".into()
        }
        QuestionKind::Number => "the text itself".into(),
        QuestionKind::Order => {
            const COUNTS: [&str; 9] =
                ["", " one", " two", " three", " four", " five", " six", " seven", " eight"];
            let all = COUNTS.get(count).unwrap_or(&"");
            format!("the numbers of your order, all{all}, such as {}", an_order(count))
        }
        QuestionKind::Bug => format!("the number of a line, 1 to {}", asked.question().listing.len()),
    }
}

/// Two labels, as an example: where several may be right there are at least three.
pub const SOME_LABELS: &str = "1 3";

/// All labels in some order, as an example: `2 1 4 3 5`.
pub fn an_order(count: usize) -> String {
    let swapped = (0..count).map(|at| if at ^ 1 < count { at ^ 1 } else { at });
    swapped.map(|at| label(at).to_string()).collect::<Vec<_>>().join(" ")
}

fn line_of(asked: &Asked<'_>, text: &str) -> Option<usize> {
    let digits = text.trim_start_matches("line").trim().trim_end_matches([')', '.']);
    let line = digits.parse().ok()?;
    (1..=asked.question().listing.len()).contains(&line).then_some(line)
}

/// Labels with blanks, commas or nothing between, as places in the file.
fn labels(asked: &Asked<'_>, text: &str) -> Result<Vec<usize>, &'static str> {
    let signs = text.chars().filter(|c| !c.is_whitespace() && !",;.()".contains(*c));
    let place = |c: char| asked.order.get((c.to_digit(10)? as usize).checked_sub(1)?).copied();
    let places: Option<Vec<usize>> = signs.clone().map(place).collect();
    match places {
        Some(places) if !places.is_empty() => Ok(places),
        _ if signs.clone().count() == 1 && signs.clone().all(char::is_alphabetic) => Err("is a letter"),
        _ if text.split_whitespace().all(|word| word.len() == 1)
            && signs.clone().all(char::is_alphabetic) =>
        {
            Err("are letters")
        }
        _ => Err("is not one of the options"),
    }
}

/// A whole order by labels.
fn order(asked: &Asked<'_>, text: &str) -> Result<Vec<usize>, &'static str> {
    let places = labels(asked, text)?;
    let all = (0..asked.order.len()).all(|place| places.contains(&place));
    match places.len() == asked.order.len() {
        true if all => Ok(places),
        true => Err("has a number twice"),
        false => Err("is not a whole order"),
    }
}

/// Options by labels, or one by its text. An option whose text is a number does not take another's label: the labels
/// are what the screen asks for.
fn options(asked: &Asked<'_>, text: &str, one: bool) -> Result<Vec<usize>, &'static str> {
    let by_label = labels(asked, text).map(|mut places| {
        places.sort_unstable();
        places.dedup();
        places
    });
    match (by_label, by_text(asked, text)) {
        (Ok(places), _) if places.len() == 1 || !one => Ok(places),
        (_, Some(place)) => Ok(vec![place]),
        (Ok(_), None) => Err("are several, and one option is right"),
        (Err(why), None) => Err(why),
    }
}

fn by_text(asked: &Asked<'_>, text: &str) -> Option<usize> {
    let plain = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let wanted = plain(text);
    asked.question().options.iter().position(|option| {
        let mut texts = option.is.iter().map(|claim| &claim.text).chain(&option.say);
        texts.any(|text| plain(text) == wanted)
    })
}

/// Whether a typed answer is the right one in any spelling.
pub fn same(text: &str, answer: &Answer) -> bool {
    match &answer.right {
        Right::Number(right) => number(text) == Some(*right),
        Right::Key(right) => {
            number(text).is_some_and(|found| found == *right || (found < 0 && found + (1 << 32) == *right))
        }
        Right::Mode(right) => octal(text).or_else(|| number(text)) == Some(*right),
        Right::Text(bytes) => {
            let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
            bare.as_bytes() == bytes.as_slice() || text == answer.shown
        }
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
        let answer = |right| Answer { right, shown: "\"hi\"".into() };
        let key = answer(Right::Key(0xffff_fffe));
        assert!(same("-2", &key) && same("0xfffffffe", &key) && same("4294967294", &key) && !same("2", &key));
        let mode = answer(Right::Mode(0o600));
        assert!(same("0600", &mode) && same("600", &mode) && !same("384 ", &answer(Right::Number(600))));
        let word = answer(Right::Text(b"hi".to_vec()));
        assert!(same("hi", &word) && same("\"hi\"", &word) && !same("HI", &word) && !same("", &word));
    }
}
