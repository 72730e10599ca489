//! A file of questions: TOML in, [`Bank`] out, or every mistake in it at its place. What fields each kind of question
//! has is declared in [`super::fields`]; whether its proof decides anything is for a run to find out.

use toml::Spanned;
use toml::de::DeValue;

use super::check::{Checker, Places, roles_of, users_play};
use super::expect::{Expect, FactCheck, look};
use super::fields::{BankFields, OptionFields, QUESTION, QUESTIONS, QuestionFields, QuestionHead};
use super::line::{claim, line};
use super::question::{Bank, Choice, Claim, Played, Question, QuestionKind};
use super::reader::{FileReader, Text};
use super::table::{FieldValue, List, Shape, Slot, Table, items, known};
use super::token::ParseError;
use super::values::Users;
use crate::diagnostic::Diagnostic;
use crate::facts::outcome::Bindings;

/// Lines to be put in order: more is a memory test.
const MAX_ORDERED: usize = 8;

/// Reads a bank, or finds all mistakes of the file; `strict` as for a lesson.
pub fn read(file: &str, text: &str, strict: bool) -> Result<Bank, Vec<Diagnostic>> {
    let mut reader = FileReader::new(file, text, strict);
    let fields = BankFields::of_file(&mut reader);
    fields.format_version.check(&mut reader);
    reader.finish(Bank {
        file: file.into(),
        origin: None,
        text: text.into(),
        topic: fields.topic.0.into_inner(),
        title: fields.title.into_inner(),
        questions: fields.question,
    })
}

/// Whether a file holds questions rather than a lesson.
pub fn is_bank(text: &str) -> bool {
    let begins = |word: &str| text.lines().any(|line| line.trim_start().starts_with(word));
    begins("[[question]]") || (begins("topic") && !begins("[[step]]"))
}

impl FieldValue for Vec<Question> {
    const SHAPE: Shape = Shape::Questions(QUESTIONS.most);
    const REQUIRED: bool = true;
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        // Where the file is something else, this is not what it lacks.
        let none = QUESTIONS.none.filter(|_| reader.is_right_so_far());
        let items = items(reader, slot, &List { none, ..QUESTIONS });
        items.iter().filter_map(|item| question(reader, item)).collect()
    }
}

fn question(reader: &mut FileReader<'_>, value: &Spanned<DeValue<'_>>) -> Option<Question> {
    let around = value.span();
    let table = reader.table(value, QuestionHead::WRITTEN)?;
    let head = QuestionHead::read(reader, table, &around);
    let kind = head.kind?;
    reader.kind = Some(kind);
    known(reader, table, QUESTION.into_iter().flatten());
    let fields = QuestionFields::read(reader, table, &around);
    let read = fields.read.and_then(|text| read_fact(reader, text));
    let options: Vec<_> = fields.options.iter().map(|option| choice(reader, option)).collect();
    let question = Question {
        kind,
        level: fields.level.0,
        covers: fields.covers,
        lesson: lesson_step(reader, &fields.lesson),
        ask: fields.ask.into_inner(),
        hint: fields.hint.map(Text::into_inner),
        why: fields.why.as_ref().map(|why| why.get_ref().clone()),
        users: fields.users.map(),
        limits: fields.limits.into_inner(),
        needs: fields.needs,
        names: Bindings::new(),
        prove: lines(reader, &fields.prove.0),
        hidden: fields.hidden,
        options,
        order_matters: fields.order_matters,
        read: read.as_ref().map(|(_, fact)| fact.clone()),
        order: lines(reader, &fields.order.0),
        goal: fields.goal.0.iter().map(|(_, fact)| fact.clone()).collect(),
        listing: fields.listing.0,
        source: fields.source.map(Text::into_inner),
        place: head.id.0.span(),
        id: head.id.0.into_inner(),
    };
    complete(reader, &question);
    let checker = played(reader, &question, &fields.users);
    for why in fields.why.iter().chain(fields.options.iter().map(|option| &option.why)) {
        checker.placeholders(reader, why);
    }
    for (option, read) in fields.options.iter().zip(&question.options) {
        if let Some(claim) = &read.is {
            claimed(reader, &checker, &option.is, claim);
        }
    }
    for (text, fact) in fields.goal.0.iter().chain(&read) {
        checker.names(reader, text, fact.names());
    }
    Some(question)
}

/// Goes through what is played; what the names stand for after it.
fn played(reader: &mut FileReader<'_>, question: &Question, users: &Users) -> Checker {
    let roles = roles_of(question.lines().map(|line| &line.action));
    users_play(reader, users, &roles);
    let mut checker = Checker::new(roles, false);
    for played in question.lines() {
        let text = Spanned::new(played.place.clone(), played.text.clone());
        checker.action(reader, &played.action, &Places::all_in(&text, &played.action));
    }
    checker
}

/// Names in a claim: one about nothing would be false, and prove nothing.
pub(super) fn claimed(reader: &mut FileReader<'_>, checker: &Checker, text: &Text, claim: &Claim) {
    if let Some(Expect::Value(_, value)) = &claim.outcome {
        checker.expected(reader, text, value);
    }
    checker.names(reader, text, claim.looks.iter().flat_map(FactCheck::names));
}

fn choice(reader: &mut FileReader<'_>, fields: &OptionFields) -> Choice {
    let shown = fields.say.as_ref().filter(|_| reader.kind == Some(QuestionKind::Theory));
    Choice {
        is: reader.parsed(&fields.is, claim),
        say: fields.say.as_ref().map(|say| say.get_ref().clone()),
        why: fields.why.get_ref().clone(),
        right: fields.right,
        line: fields.line.0,
        place: shown.unwrap_or(&fields.is).span(),
    }
}

/// `ftok 3`: the lesson and the step to go back to.
fn lesson_step(reader: &mut FileReader<'_>, text: &Text) -> (String, usize) {
    let found = text.get_ref().split_once(' ').and_then(|(name, step)| Some((name, step.parse().ok()?)));
    if let Some((name, step @ 1..)) = found {
        return (name.to_owned(), step);
    }
    if !text.get_ref().is_empty() {
        let what = "`lesson` is a lesson's name and a step, such as \"ftok 3\"";
        reader.wrong(ParseError::new(text.span(), what));
    }
    (String::new(), 1)
}

fn lines(reader: &mut FileReader<'_>, texts: &[Text]) -> Vec<Played> {
    let read = |text: &Text| match line(text.get_ref()) {
        Ok(found) if found.listed.is_some() && reader.kind != Some(QuestionKind::Bug) => {
            let what = "only a bug's proof numbers its lines: they are the listing's";
            reader.wrong_in(text, ParseError::new(0..1, what));
            None
        }
        Ok(played) => Some(Played { place: text.span(), ..played }),
        Err(wrong) => {
            reader.wrong_in(text, wrong);
            None
        }
    };
    texts.iter().filter_map(read).collect()
}

/// `mapped` or `nattch(id)`: a look without a comparison.
pub(super) fn read_fact(reader: &mut FileReader<'_>, text: Text) -> Option<(Text, FactCheck)> {
    if text.get_ref() == "returned" {
        return None;
    }
    let fact = look(&format!("{} == 0", text.get_ref()));
    let help = "or `read = \"returned\"`, what the last call returned";
    fact.map_err(|wrong| reader.wrong_in(&text, wrong.help(help))).ok().map(|fact| (text, fact))
}

/// What a kind must have.
fn complete(reader: &mut FileReader<'_>, question: &Question) {
    let (options, order) = (question.options.len(), question.order.len());
    let right = question.options.iter().filter(|option| option.right).count();
    let numbered = question.prove.iter().any(|line| line.listed.is_some());
    let wrong = match question.kind {
        QuestionKind::Predict | QuestionKind::Theory if options < 2 => "at least two `options` are needed",
        QuestionKind::Several if options < 3 => "at least three `options` are needed",
        QuestionKind::Theory if right != 1 => "exactly one option has `right = true`",
        QuestionKind::Order if order < 3 => "at least three lines are needed in `order`",
        QuestionKind::Order if order > MAX_ORDERED => "at most eight lines can be put in order",
        QuestionKind::Bug if !numbered => {
            "a line of the proof must say which line of the listing it is: \"3 server: shmdt(p)\""
        }
        QuestionKind::Predict | QuestionKind::Several | QuestionKind::Number if question.prove.is_empty() => {
            "`prove` is missing: the calls that decide"
        }
        _ => "",
    };
    if !wrong.is_empty() {
        reader.wrong(ParseError::new(question.place.clone(), wrong));
    }
    let lines = question.listing.len();
    let outside = |line: &&Played| line.listed.is_some_and(|at| at == 0 || at > lines);
    for played in question.prove.iter().filter(outside) {
        reader.wrong(ParseError::new(played.place.clone(), format!("the listing has lines 1 to {lines}")));
    }
}
