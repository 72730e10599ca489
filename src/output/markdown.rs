//! Questions on paper: Markdown, and the key of the same labels apart.

use super::export::{Written, back, reason_text};
use super::quiz;
use crate::lesson::QuestionKind;
use crate::quiz::draw::label;
use crate::text::line;

/// Markdown for paper: the questions, or with `key` their answers, in the same order and with the same labels.
pub fn markdown(questions: &[Written<'_>], left_out: &[String], seed: u64, key: bool) -> String {
    let what = if key { "answers" } else { "questions" };
    let mut out = format!("# lab quiz: {what}\n\nShuffled by the seed {seed}.\n");
    let mut topic = "";
    for (at, written) in questions.iter().enumerate() {
        let bank = written.asked.item.bank;
        if bank.topic != topic {
            topic = &bank.topic;
            out += &format!("\n## {}\n", plain(&bank.title));
        }
        out += &if key { answer_of(written, at + 1) } else { on_paper(written, at + 1) };
    }
    if !left_out.is_empty() && key {
        out += "\n## Left out\n\n";
        out.extend(left_out.iter().map(|line| format!("- {}\n", plain(line))));
    }
    out
}

fn on_paper(written: &Written<'_>, number: usize) -> String {
    let question = written.question();
    let mut out = format!("\n{number}. {} ({})\n", plain(&question.ask), quiz::how(question.kind));
    let mut block = quiz::code(question);
    block.extend(quiz::listing(question));
    let choices = quiz::choices(&written.asked).into_iter().enumerate();
    if question.kind == QuestionKind::Order {
        block.extend(choices.map(|(at, text)| format!("{}) {text}", label(at))));
        out += &fenced(&block, "    ");
        return out + "\n    Order: ____\n";
    }
    out += &fenced(&block, "    ");
    if written.asked.labels() == 0 {
        return out + "\n    Answer: ____\n";
    }
    out += "\n";
    for (at, text) in choices {
        out += &format!("    - [ ] {}) {}\n", label(at), plain(&text));
    }
    out
}

/// Code in a block of its own, between longer rows of backticks than it has.
pub(super) fn fenced(block: &[String], indent: &str) -> String {
    if block.is_empty() {
        return String::new();
    }
    let lines: String = block.iter().map(|text| format!("{indent}{}\n", line(text))).collect();
    let fence = "`".repeat((backticks(&lines) + 1).max(3));
    format!("\n{indent}{fence}\n{lines}{indent}{fence}\n")
}

/// Code in a line, between more backticks than it has in a row.
pub(super) fn code(text: &str) -> String {
    let text = line(text);
    match backticks(&text) {
        0 => format!("`{text}`"),
        most => {
            let marks = "`".repeat(most + 1);
            format!("{marks} {text} {marks}")
        }
    }
}

/// The most backticks in a row.
fn backticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn answer_of(written: &Written<'_>, number: usize) -> String {
    let question = written.question();
    let mut out = format!(
        "\n{number}. **{}** ({})\n",
        plain(&quiz::right_answer(&written.asked, &written.decision)),
        question.id
    );
    let mut item = |name: &str, why: &str| out += &format!("    - {name}{}\n", plain(&reason_text(why)));
    if let Some(why) = &question.why {
        item("", why);
    }
    for place in &written.asked.order {
        let Some(option) = question.options.get(*place) else { continue };
        match (written.right(*place), option.line, question.kind) {
            (true, ..) => item("", &option.why),
            (false, Some(line), _) => item(&format!("not line {line}: "), &option.why),
            (false, None, QuestionKind::Number) => {
                item(&format!("not {}: ", plain(&quiz::value(option))), &option.why)
            }
            (false, None, _) => item(&format!("not {}: ", written.asked.label(*place)), &option.why),
        }
    }
    out + &format!("    - {}\n", code(&back(question)))
}

/// Text in one line that Markdown leaves alone, wherever it stands: a sign that means something everywhere gets a
/// backslash, and so does one that means something at the beginning of a line or where a link would begin.
pub(super) fn plain(text: &str) -> String {
    let text = line(text);
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut out = String::new();
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let begins = at == 0 && "+-=".contains(c) || at == digits && at > 0 && ".)".contains(c);
        let joins = c == '_'
            && text[..at].ends_with(char::is_alphanumeric)
            && rest.starts_with(char::is_alphanumeric);
        let link =
            c == ':' && rest.starts_with("//") || c == '.' && text[..at].to_lowercase().ends_with("www");
        if begins || link || "\\`*[]{}<>|~&$#_".contains(c) && !joins {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
