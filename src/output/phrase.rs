//! Parts of sentences: a number with its noun, words in a list, numbers as runs, a place in brackets, the way to a step, and
//! `{name}` with its value.

use std::fmt::Display;

use crate::facts::outcome::{Bindings, Value};
use crate::text::filled_with;

/// `1 step`, `2 steps`.
pub fn counted<N: Display + PartialEq + From<u8>>(number: N, what: &str) -> String {
    let s = if number == N::from(1) { "" } else { "s" };
    format!("{number} {what}{s}")
}

/// The same of words that do not end in an s: `1 process`, `2 processes`.
pub fn counted_as(number: u64, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(words: &[String], and: &str) -> String {
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} {and} {last}", before.join(", ")),
        _ => words.concat(),
    }
}

/// Numbers that ascend: `7`, `2 to 4, 8 and 9`.
fn runs(numbers: &[usize]) -> String {
    let words = numbers.chunk_by(|one, next| one + 1 == *next).flat_map(|run| match run {
        [first, _, .., last] => vec![format!("{first} to {last}")],
        few => few.iter().map(usize::to_string).collect(),
    });
    listed(&words.collect::<Vec<_>>(), "and")
}

/// `step 7`, `steps 2 to 4, 8 and 9`.
pub fn steps(numbers: &[usize]) -> String {
    format!("step{} {}", if numbers.len() == 1 { "" } else { "s" }, runs(numbers))
}

/// The same text with a large letter at its beginning.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

/// ` (p.c:8)` behind a word, where it is known.
pub fn in_brackets(what: Option<&impl Display>) -> String {
    what.map(|what| format!(" ({what})")).unwrap_or_default()
}

/// A sentence with each `{name}` replaced by the name's value. One that stands for nothing stays as it is written.
pub fn filled(text: &str, names: &Bindings) -> String {
    filled_with(text, |name| names.get(name).map(Value::in_words))
}

/// The command that plays a step of a lesson.
pub fn way_to((lesson, step): &(String, usize)) -> String {
    format!("lab step-through {lesson} --from {step}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_become_values() {
        let names = Bindings::from([
            ("key".into(), Value::Key(-2)),
            ("text".into(), Value::Text(b"a\x1b[31m".to_vec())),
        ]);
        assert_eq!(filled("{key}, {text}, {other}", &names), "0xfffffffe, a\\033[31m, {other}");
        assert_eq!(filled("no } and {", &names), "no } and {");
    }

    #[test]
    fn neighbours_are_told_as_a_run_and_the_last_one_after_and() {
        let told: [(&[usize], &str); 5] = [
            (&[7], "step 7"),
            (&[7, 8], "steps 7 and 8"),
            (&[2, 3, 4], "steps 2 to 4"),
            (&[2, 3, 4, 8, 9, 12], "steps 2 to 4, 8, 9 and 12"),
            (&[1, 3, 4, 5], "steps 1 and 3 to 5"),
        ];
        for (numbers, words) in told {
            assert_eq!(steps(numbers), words);
        }
    }
}
