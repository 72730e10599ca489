//! Questions on paper: Markdown, and the key of the same letters apart.

use super::export::{Written, back, reason_text};
use super::quiz;
use crate::lesson::QuestionKind;
use crate::quiz::draw::letter;
use crate::text::line;

/// Markdown for paper: the questions, or with `key` their answers, in the same order and with the same letters.
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
        block.extend(choices.map(|(at, text)| format!("{}) {text}", letter(at))));
        out += &fenced(&block);
        return out + "\n    Order: ____\n";
    }
    out += &fenced(&block);
    if written.asked.letters() == 0 {
        return out + "\n    Answer: ____\n";
    }
    out += "\n";
    for (at, text) in choices {
        out += &format!("    - [ ] {}) {}\n", letter(at), plain(&text));
    }
    out
}

fn fenced(block: &[String]) -> String {
    if block.is_empty() {
        return String::new();
    }
    let lines: String = block.iter().map(|line| format!("    {line}\n")).collect();
    format!("\n    ```\n{lines}    ```\n")
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
                item(&format!("not {}: ", quiz::value(option)), &option.why)
            }
            (false, None, _) => item(&format!("not {}: ", written.asked.letter(*place)), &option.why),
        }
    }
    item("", &format!("`{}`", back(question)));
    out
}

/// Text that Markdown leaves alone.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in line(text).chars() {
        if "\\*[]<>|".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
