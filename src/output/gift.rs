//! Moodle's GIFT: the format by which most learning platforms take questions. What it can't say, an order that is right
//! because it works, becomes a question that is marked by hand.

use super::export::{Written, back, reason_text};
use super::quiz::{self, in_words};
use crate::lesson::{Played, Question, QuestionKind};
use crate::quiz::decide::{Answer, Decision, Right};
use crate::text;

/// Moodle's GIFT. `left_out`: ids and why.
pub fn gift(questions: &[Written<'_>], left_out: &[String]) -> String {
    let mut out = String::from(
        "// Questions of lab, in Moodle's GIFT format. The right answers are what the kernel did.\n",
    );
    for line in left_out {
        out += &format!("// left out: {}\n", text::line(line));
    }
    let mut topic = "";
    for written in questions {
        let bank = written.asked.item.bank;
        if bank.topic != topic {
            topic = &bank.topic;
            out += &format!("\n$CATEGORY: lab/{topic}\n");
        }
        let question = written.question();
        out += &format!(
            "\n::{}::[markdown]{} {{{}}}\n",
            escaped(&question.id),
            escaped(&stem(written)),
            answers(written)
        );
    }
    out
}

/// What is asked, with its code as a Markdown block.
fn stem(written: &Written<'_>) -> String {
    let question = written.question();
    let mut text = question.ask.clone();
    if question.kind == QuestionKind::Several {
        text += " (Several may be right.)";
    }
    let mut block = quiz::code(question);
    block.extend(quiz::listing(question));
    if question.kind == QuestionKind::Order {
        block.extend(quiz::choices(&written.asked));
    }
    if !block.is_empty() {
        text += "\n";
        for line in block {
            text += &format!("\n    {line}");
        }
        text += "\n";
    }
    text
}

fn answers(written: &Written<'_>) -> String {
    let question = written.question();
    let end = |text: &str| format!("\n  ####{}\n", escaped(text));
    let answers = match &written.decision {
        Decision::Options(right) => {
            let sign = |place: usize| match (question.kind, written.right(place)) {
                (QuestionKind::Several, true) => format!("~%{}%", share(right.len())),
                (QuestionKind::Several, false) => "~%-100%".into(),
                (_, true) => "=".into(),
                (_, false) => "~".into(),
            };
            let choice = |place: &usize| {
                let option = &question.options[*place];
                format!("\n  {}{}{}", sign(*place), escaped(&in_words(option)), reason(&option.why))
            };
            written.asked.order.iter().map(choice).collect::<String>()
        }
        Decision::Line(line) => numerical(*line as i64, why(question)),
        Decision::Answer(Answer { right: Right::Number(number), .. }) => numerical(*number, why(question)),
        Decision::Answer(answer) => {
            let spelled = spellings(answer).into_iter();
            spelled.map(|text| format!("\n  ={}{}", escaped(&text), reason(why(question)))).collect()
        }
        // More than one order may be right, which no question of this format can say: it is marked by hand.
        _ => {
            let right = question.order.iter().map(Played::who_and_call).collect::<Vec<_>>().join("\n");
            return end(&format!("One order that works:\n{right}\n{}\n{}", why(question), back(question)));
        }
    };
    answers + &end(&back(question))
}

fn why(question: &Question) -> &str {
    question.why.as_deref().unwrap_or_default()
}

/// A number that must be met exactly.
fn numerical(number: i64, why: &str) -> String {
    format!("#\n  ={number}:0{}", reason(why))
}

/// Spellings of a text, a key or a mode that are as good as the one shown.
fn spellings(answer: &Answer) -> Vec<String> {
    let mut spelled = vec![answer.shown.clone()];
    match answer.right {
        Right::Text(_) => spelled.push(answer.shown.trim_matches('"').to_owned()),
        Right::Mode(number) => spelled.push(format!("{number:o}")),
        Right::Key(number) => spelled.push(number.to_string()),
        Right::Number(_) => {}
    }
    spelled.dedup();
    spelled
}

/// The percentages that Moodle knows.
fn share(right: usize) -> String {
    match right {
        1 => "100".into(),
        2 => "50".into(),
        3 => "33.33333".into(),
        4 => "25".into(),
        _ => "20".into(),
    }
}

fn reason(why: &str) -> String {
    format!("#{}", escaped(&reason_text(why)))
}

/// Text in which nothing has a meaning for GIFT.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '~' | '=' | '#' | '{' | '}' | ':' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
