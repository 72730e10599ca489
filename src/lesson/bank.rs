//! A file of questions: TOML in, [`Bank`] out, or every mistake in it at its place. What fields each kind of question
//! has stands in [`super::fields`]; whether its proof decides anything is for a run to find out.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Expr;
use super::check::{Checker, Places, names_of, roles_of, users_play};
use super::expect::{Expect, FactCheck, look};
use super::fields::{
    BankFields, BugFields, ClaimFields, LineFields, MAX_QUESTIONS, NumberFields, OrderFields, PredictFields,
    ProofFields, QuestionFields, QuestionHead, StatementFields, TheoryFields, fields_of,
};
use super::line::{claim, line};
use super::question::{Bank, Choice, Claim, Played, Question, QuestionKind};
use super::reader::{FileReader, Text};
use super::shape::Shape;
use super::token::ParseError;
use super::values::{Item, Table};
use crate::diagnostic::Diagnostic;

/// Lines to be put in order: more is a memory test.
const MAX_ORDERED: usize = 8;

/// Reads a bank; `strict` as its author wants it: what would only look bad counts too.
///
/// # Errors
/// All mistakes of the file, in the order of their lines.
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

/// A question's texts that are looked at again once all its lines are known.
#[derive(Default)]
struct Texts {
    reasons: Vec<Text>,
    claims: Vec<(Text, Claim)>,
    facts: Vec<(Text, FactCheck)>,
}

impl Item for Question {
    const SHAPE: Shape = Shape::Questions(MAX_QUESTIONS);
    const REQUIRED: bool = true;
    const MOST: usize = MAX_QUESTIONS;
    const NO_LIST: &'static str = "questions are written [[question]]";
    const TOO_LONG: &'static str = "a file has at most {} questions";

    fn item(reader: &mut FileReader<'_>, value: &Spanned<DeValue<'_>>) -> Option<Question> {
        let around = value.span();
        let table = reader.table(value, QuestionHead::WRITTEN)?;
        let head = QuestionHead::read(reader, table, &around);
        let kind = head.kind?;
        reader.known(table, fields_of(kind).into_iter().flatten().map(|field| field.name));
        let fields = QuestionFields::read(reader, table, &around);
        let proof = ProofFields::read(reader, table, &around);
        let mut texts = Texts::default();
        let mut question = Question {
            kind,
            level: fields.level.0,
            covers: fields.covers,
            lesson: lesson_step(reader, &fields.lesson),
            ask: fields.ask.into_inner(),
            hint: fields.hint.map(Text::into_inner),
            why: None,
            limits: proof.limits.into_inner(),
            needs: proof.needs,
            prove: lines(reader, &proof.prove.0, kind),
            hidden: false,
            options: Vec::new(),
            order_matters: false,
            read: None,
            order: Vec::new(),
            goal: Vec::new(),
            listing: Vec::new(),
            source: None,
            place: head.id.0.span(),
            id: head.id.0.into_inner(),
            users: Default::default(),
        };
        own_fields(reader, table, &around, &mut question, &mut texts);
        complete(reader, &question);
        let roles = roles_of(question.lines().map(|line| &line.action));
        users_play(reader, &proof.users, &roles);
        question.users = proof.users.into();
        let mut checker = Checker::new(roles, false);
        for played in question.lines() {
            let text = Spanned::new(played.place.clone(), played.text.clone());
            checker.action(reader, &played.action, &Places::all_in(&text, &played.action));
        }
        texts.check(reader, &checker);
        Some(question)
    }

    fn missing(reader: &mut FileReader<'_>) {
        if reader.is_right_so_far() {
            let help = "a question has id, kind, level, lesson and ask";
            reader.wrong_at_end("a bank needs at least one [[question]]", help);
        }
    }
}

impl Texts {
    fn reason(&mut self, why: Text) -> Option<String> {
        self.reasons.push(why);
        self.reasons.last().map(|why| why.get_ref().clone())
    }

    /// Names in reasons and claims: a claim about nothing would be false, and prove nothing.
    fn check(&self, reader: &mut FileReader<'_>, checker: &Checker) {
        for why in &self.reasons {
            checker.placeholders(reader, why);
        }
        for (text, claim) in &self.claims {
            if let Some(Expect::Value(_, value)) = &claim.outcome {
                checker.names(reader, text, Expr::names(value));
            }
            checker.names(reader, text, names_of(&claim.looks));
        }
        for (text, fact) in &self.facts {
            checker.names(reader, text, names_of(std::slice::from_ref(fact)));
        }
    }
}

/// What only some kinds have.
fn own_fields(
    reader: &mut FileReader<'_>,
    table: &DeTable<'_>,
    around: &Range<usize>,
    question: &mut Question,
    texts: &mut Texts,
) {
    match question.kind {
        QuestionKind::Predict | QuestionKind::Several => {
            let own = PredictFields::read(reader, table, around);
            question.hidden = own.hidden;
            question.order_matters = own.order_matters;
            question.options = claimed(reader, own.options, texts);
        }
        QuestionKind::Number => {
            let own = NumberFields::read(reader, table, around);
            question.hidden = own.hidden;
            question.read = own.read.and_then(|text| read_fact(reader, text, texts));
            question.why = texts.reason(own.why);
            question.options = claimed(reader, own.options, texts);
        }
        QuestionKind::Order => {
            let own = OrderFields::read(reader, table, around);
            question.order = lines(reader, &own.order.0, question.kind);
            question.goal = own.goal.0.iter().map(|(_, fact)| fact.clone()).collect();
            question.why = texts.reason(own.why);
            texts.facts.extend(own.goal.0);
        }
        QuestionKind::Bug => {
            let own = BugFields::read(reader, table, around);
            question.listing = own.listing.0;
            question.why = texts.reason(own.why);
            question.options = own.options.into_iter().map(|option| listed(option, texts)).collect();
        }
        QuestionKind::Theory => {
            let own = TheoryFields::read(reader, table, around);
            question.source = Some(own.source.into_inner());
            question.order_matters = own.order_matters;
            question.options = own.options.into_iter().map(|option| stated(option, texts)).collect();
        }
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

fn lines(reader: &mut FileReader<'_>, texts: &[Text], kind: QuestionKind) -> Vec<Played> {
    let read = |text: &Text| match line(text.get_ref()) {
        Ok(found) if found.listed.is_some() && kind != QuestionKind::Bug => {
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
fn read_fact(reader: &mut FileReader<'_>, text: Text, texts: &mut Texts) -> Option<FactCheck> {
    if text.get_ref() == "returned" {
        return None;
    }
    let fact = look(&format!("{} == 0", text.get_ref()));
    let help = "or `read = \"returned\"`, what the last call returned";
    let fact = fact.map_err(|wrong| reader.wrong_in(&text, wrong.help(help))).ok()?;
    texts.facts.push((text, fact.clone()));
    Some(fact)
}

fn claimed(
    reader: &mut FileReader<'_>,
    options: Vec<Spanned<ClaimFields>>,
    texts: &mut Texts,
) -> Vec<Choice> {
    let choice = |option: Spanned<ClaimFields>| {
        let ClaimFields { is, say, why } = option.into_inner();
        let claim = reader.parsed(&is, claim);
        let choice = Choice {
            is: claim.clone(),
            say: say.map(Text::into_inner),
            why: why.get_ref().clone(),
            right: false,
            line: None,
            place: is.span(),
        };
        texts.reasons.push(why);
        texts.claims.extend(claim.map(|claim| (is, claim)));
        choice
    };
    options.into_iter().map(choice).collect()
}

fn listed(option: Spanned<LineFields>, texts: &mut Texts) -> Choice {
    let place = option.span();
    let LineFields { line, why } = option.into_inner();
    let reason = why.get_ref().clone();
    texts.reasons.push(why);
    Choice { is: None, say: None, why: reason, right: false, line: line.0, place }
}

fn stated(option: Spanned<StatementFields>, texts: &mut Texts) -> Choice {
    let StatementFields { say, why, right } = option.into_inner();
    let reason = why.get_ref().clone();
    texts.reasons.push(why);
    Choice { is: None, place: say.span(), say: Some(say.into_inner()), why: reason, right, line: None }
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
