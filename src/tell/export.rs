//! Questions for other places: Moodle's GIFT, Markdown for paper with a key of its own, JSON. Pure functions over
//! questions and what the kernel decided; what a format can't say is left out and named.

use serde::Serialize;

use super::narrate::filled_with;
use super::quiz::{self, in_words};
use crate::lesson::{Choice, Kind, Question};
use crate::quiz::check::Decision;
use crate::quiz::deal::Asked;
use crate::quiz::proof::{Answer, Spelled};

/// A question with its answer, ready to be written out.
#[derive(Debug)]
pub struct Written<'a> {
    pub asked: Asked<'a>,
    pub decision: Decision,
}

impl Written<'_> {
    fn question(&self) -> &Question {
        self.asked.question()
    }

    fn right(&self, place: usize) -> bool {
        matches!(&self.decision, Decision::Options(right) if right.contains(&place))
    }
}

/// A reason. What is in braces has another value in each run, and stands for itself.
fn reason_text(text: &str) -> String {
    filled_with(text, |name| Some(name.to_owned()))
}

/// Moodle's GIFT. `left_out`: ids and why.
pub fn gift(questions: &[Written<'_>], left_out: &[String]) -> String {
    let mut out = String::from(
        "// Questions of lab, in Moodle's GIFT format. The right answers are what the kernel did.\n",
    );
    for line in left_out {
        out += &format!("// left out: {line}\n");
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
    if question.kind == Kind::Several {
        text += " (Several may be right.)";
    }
    let mut block = quiz::code(question);
    block.extend(question.listing.iter().enumerate().map(|(at, line)| format!("{:<3}{line}", at + 1)));
    if question.kind == Kind::Order {
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
    let general = || format!("\n\t####{}\n", escaped(&back(question)));
    match (&written.decision, question.kind) {
        (Decision::Options(right), Kind::Several) => {
            let share = share(right.len());
            let choice = |place: &usize| {
                let credit = if written.right(*place) { share.clone() } else { "-100".into() };
                let option = &question.options[*place];
                format!("\n\t~%{credit}%{}{}", escaped(&in_words(option)), feedback(option))
            };
            written.asked.order.iter().map(choice).collect::<String>() + &general()
        }
        (Decision::Options(_), _) => {
            let choice = |place: &usize| {
                let sign = if written.right(*place) { '=' } else { '~' };
                let option = &question.options[*place];
                format!("\n\t{sign}{}{}", escaped(&in_words(option)), feedback(option))
            };
            written.asked.order.iter().map(choice).collect::<String>() + &general()
        }
        (Decision::Line(line), _) => numerical(*line as i64, written) + &general(),
        (Decision::Answer(answer), _) => match (answer.spelled, answer.number) {
            (Spelled::Number, Some(number)) => numerical(number, written) + &general(),
            _ => {
                let spelled = spellings(answer).into_iter();
                let lines = spelled.map(|text| format!("\n\t={}{}", escaped(&text), reason(written)));
                lines.collect::<String>() + &general()
            }
        },
        // More than one order may be right, which no question of this format can say: it is marked by hand.
        (_, _) => {
            let why = question.why.as_deref().unwrap_or_default();
            let right = question.order.iter().map(|line| format!("{}: {}", line.step.who, line.step.call));
            let right = right.collect::<Vec<_>>().join("\n");
            format!(
                "\n\t####{}\n",
                escaped(&format!("One order that works:\n{right}\n{why}\n{}", back(question)))
            )
        }
    }
}

/// A number that must be met exactly.
fn numerical(number: i64, written: &Written<'_>) -> String {
    format!("#\n\t={number}:0{}", reason(written))
}

/// Spellings of a text, a key or a mode that are as good as the one shown.
fn spellings(answer: &Answer) -> Vec<String> {
    let mut spelled = vec![answer.shown.clone()];
    match (answer.spelled, answer.number) {
        (Spelled::Text, _) => spelled.push(answer.shown.trim_matches('"').to_owned()),
        (Spelled::Mode, Some(number)) => spelled.push(format!("{number:o}")),
        (Spelled::Key, Some(number)) => spelled.push(number.to_string()),
        _ => {}
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

fn feedback(option: &Choice) -> String {
    format!("#{}", escaped(&reason_text(&option.why)))
}

fn reason(written: &Written<'_>) -> String {
    let why = written.question().why.as_deref().unwrap_or_default();
    format!("#{}", escaped(&reason_text(why)))
}

fn back(question: &Question) -> String {
    let (lesson, step) = &question.lesson;
    let mut text = format!("lab step-through {lesson} --from {step}");
    if let Some(source) = &question.source {
        text += &format!("; {source}");
    }
    text
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
    block.extend(question.listing.iter().enumerate().map(|(at, line)| format!("{:<3}{line}", at + 1)));
    let choices = quiz::choices(&written.asked).into_iter().enumerate();
    let letter = |at| crate::quiz::deal::letter(at);
    if question.kind == Kind::Order {
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
            (false, None, Kind::Number) => item(&format!("not {}: ", quiz::value(option)), &option.why),
            (false, None, _) => item(&format!("not {}: ", written.asked.letter(*place)), &option.why),
        }
    }
    item("", &format!("`{}`", back(question)));
    out
}

/// Text that Markdown leaves alone.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "\\*[]<>|".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[derive(Serialize)]
struct Bank<'a> {
    version: u32,
    questions: Vec<Row<'a>>,
    left_out: &'a [String],
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    topic: &'a str,
    kind: &'a str,
    level: usize,
    covers: &'a [usize],
    lesson: &'a str,
    step: usize,
    ask: &'a str,
    hint: Option<&'a str>,
    code: Vec<String>,
    listing: &'a [String],
    order: Vec<String>,
    options: Vec<Offered>,
    answer: String,
    why: Option<String>,
    source: Option<&'a str>,
    /// Whether a run has decided.
    proved: bool,
}

#[derive(Serialize)]
struct Offered {
    text: String,
    right: bool,
    line: Option<usize>,
    why: String,
}

/// JSON: one object, the options in the file's order.
pub fn json(questions: &[Written<'_>], left_out: &[String]) -> serde_json::Result<String> {
    let bank = Bank { version: 1, questions: questions.iter().map(row).collect(), left_out };
    serde_json::to_string_pretty(&bank).map(|text| text + "\n")
}

fn row<'a>(written: &'a Written<'_>) -> Row<'a> {
    let question = written.question();
    let option = |(place, option): (usize, &Choice)| Offered {
        text: in_words(option),
        right: written.right(place),
        line: option.line,
        why: reason_text(&option.why),
    };
    let said = |line: &crate::lesson::Played| format!("{}: {}", line.step.who, line.step.call);
    Row {
        id: &question.id,
        topic: &written.asked.item.bank.topic,
        kind: question.kind.name(),
        level: question.level,
        covers: &question.covers,
        lesson: &question.lesson.0,
        step: question.lesson.1,
        ask: &question.ask,
        hint: question.hint.as_deref(),
        code: question.prove.iter().map(said).collect(),
        listing: &question.listing,
        order: question.order.iter().map(said).collect(),
        options: question.options.iter().enumerate().map(option).collect(),
        answer: quiz::answer(question, &written.decision),
        why: question.why.as_deref().map(reason_text),
        source: question.source.as_deref(),
        proved: question.kind != Kind::Theory,
    }
}
