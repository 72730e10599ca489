//! A file of questions: TOML in, [`Bank`] out, or every mistake in it at its place. What each kind of question
//! must have is one table; whether its proof decides anything is for the stage to find out.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::expect::{FactCheck, look};
use super::line::{claim, line};
use super::question::{Bank, Choice, KINDS, Played, Question, QuestionKind};
use super::reader::{FileReader, Piece};
use super::token::{ParseError, unknown};
use crate::diagnostic::Diagnostic;

/// The most questions of a file, and lines of a proof.
const MAX_QUESTIONS: usize = 200;
const MAX_LINES: usize = 40;
/// Options have letters, and a screen has an end.
const MAX_OPTIONS: usize = 6;

/// What every kind may have.
const COMMON_FIELDS: [&str; 6] = ["id", "kind", "level", "covers", "lesson", "ask"];

/// What a kind may have besides.
fn own(kind: QuestionKind) -> &'static [&'static str] {
    match kind {
        QuestionKind::Predict | QuestionKind::Several => {
            &["hint", "users", "limits", "needs", "prove", "hidden", "options", "order_matters"]
        }
        QuestionKind::Number => {
            &["hint", "users", "limits", "needs", "prove", "hidden", "read", "why", "options"]
        }
        QuestionKind::Order => &["hint", "users", "limits", "needs", "prove", "order", "goal", "why"],
        QuestionKind::Bug => &["hint", "users", "limits", "needs", "prove", "listing", "why", "options"],
        QuestionKind::Theory => &["hint", "source", "options", "order_matters"],
    }
}

/// Reads a bank; `strict` as its author wants it: what would only look bad counts too.
///
/// # Errors
/// All mistakes of the file, in the order of their lines.
pub fn read(file: &str, text: &str, strict: bool) -> Result<Bank, Vec<Diagnostic>> {
    let mut reader = FileReader::new(file, text, strict);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        reader.wrong(error.span().unwrap_or(0..0), ParseError::new(0..0, error.message().to_owned()));
    }
    let bank = reader.bank(table.get_ref(), table.span());
    let mut diagnostics = reader.into_mistakes();
    // A field that is looked at twice is wrong once.
    diagnostics.dedup();
    if diagnostics.is_empty() { Ok(bank) } else { Err(diagnostics) }
}

/// Whether a file holds questions rather than a lesson.
pub fn is_bank(text: &str) -> bool {
    let begins = |word: &str| text.lines().any(|line| line.trim_start().starts_with(word));
    begins("[[question]]") || (begins("topic") && !begins("[[step]]"))
}

impl FileReader<'_> {
    fn bank(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Bank {
        self.known(table, &["format_version", "topic", "title", "question"]);
        self.version(table);
        let topic = self.required(table, "topic", &span);
        self.word(&topic, "topic");
        let title = self.required(table, "title", &span);
        let questions = match table.get("question").map(|value| (value, value.get_ref().as_array())) {
            None => Vec::new(),
            Some((value, Some(items))) if items.len() > MAX_QUESTIONS => {
                let what = format!("a file has at most {MAX_QUESTIONS} questions");
                self.wrong(value.span(), ParseError::new(0..0, what));
                Vec::new()
            }
            Some((_, Some(items))) => items.iter().filter_map(|item| self.question(item)).collect(),
            Some((value, None)) => {
                self.wrong(value.span(), ParseError::new(0..0, "questions are written [[question]]"));
                Vec::new()
            }
        };
        if questions.is_empty() && self.diagnostics.is_empty() {
            let end = self.text.len();
            let help = "a question has id, kind, level, lesson and ask";
            self.wrong(end..end, ParseError::new(0..0, "a bank needs at least one [[question]]").help(help));
        }
        Bank {
            file: self.file.into(),
            origin: None,
            text: self.text.into(),
            topic: topic.text,
            title: title.text,
            questions,
        }
    }

    /// A word of small letters, digits and dashes.
    fn word(&mut self, piece: &Piece, field: &str) {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if piece.text.is_empty() || (piece.text.len() <= 40 && piece.text.chars().all(good)) {
            return;
        }
        let what = format!("`{field}` is a word of small letters, digits and dashes, 40 at most");
        self.wrong(piece.span.clone(), ParseError::new(0..0, what));
    }

    fn question(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Question> {
        let table = self.table(value, "[[question]]")?;
        let span = value.span();
        let id = self.required(table, "id", &span);
        self.word(&id, "id");
        let kind = self.kind(table, &span)?;
        self.known(table, &[&COMMON_FIELDS[..], own(kind)].concat());
        let lesson = self.required(table, "lesson", &span);
        let question = Question {
            kind,
            level: self.level(table, &span),
            covers: self.covers(table),
            lesson: self.lesson_step(&lesson),
            ask: self.required(table, "ask", &span).text,
            hint: self.text(table, "hint").map(|piece| piece.text),
            why: self.why(table, kind, &span),
            users: self.users(table),
            limits: self.limits(table),
            needs: self.needs(table),
            prove: self.lines(table, "prove", kind),
            hidden: self.flag(table, "hidden"),
            options: self.options(table, kind),
            order_matters: self.flag(table, "order_matters"),
            read: self.read_fact(table),
            order: self.lines(table, "order", kind),
            goal: self.goal(table),
            listing: self.listing(table, kind, &span),
            source: self.source(table, kind, &span),
            place: if table.contains_key("id") { id.span } else { span },
            id: id.text,
        };
        self.complete(&question);
        self.playable(table, &question);
        Some(question)
    }

    fn kind(&mut self, table: &DeTable<'_>, span: &Range<usize>) -> Option<QuestionKind> {
        let name = self.required(table, "kind", span);
        let kind = KINDS.iter().find(|(known, _)| *known == name.text).map(|(_, kind)| *kind);
        if kind.is_none() && !name.text.is_empty() {
            let known = KINDS.iter().map(|(name, _)| *name);
            self.wrong(name.span, unknown(0..0, "kind", &name.text, known));
        }
        kind
    }

    fn level(&mut self, table: &DeTable<'_>, span: &Range<usize>) -> usize {
        let level = self.number(table, "level");
        if !matches!(level, Some(1..=3)) {
            let place = table.get("level").map_or(span.clone(), |value| value.span());
            self.wrong(place, ParseError::new(0..0, "`level` is 1 (easy), 2 or 3 (hard)"));
        }
        level.unwrap_or(1)
    }

    /// `ftok 3`: the lesson and the step to go back to.
    fn lesson_step(&mut self, piece: &Piece) -> (String, usize) {
        let found = piece.text.split_once(' ').and_then(|(name, step)| Some((name, step.parse().ok()?)));
        if let Some((name, step @ 1..)) = found {
            return (name.to_owned(), step);
        }
        if !piece.text.is_empty() {
            let what = "`lesson` is a lesson's name and a step, such as \"ftok 3\"";
            self.wrong(piece.span.clone(), ParseError::new(0..0, what));
        }
        (String::new(), 1)
    }

    /// The reason for the right answer, where no option has it.
    fn why(&mut self, table: &DeTable<'_>, kind: QuestionKind, span: &Range<usize>) -> Option<String> {
        let needed = matches!(kind, QuestionKind::Number | QuestionKind::Order | QuestionKind::Bug);
        needed.then(|| self.required(table, "why", span).text)
    }

    fn source(&mut self, table: &DeTable<'_>, kind: QuestionKind, span: &Range<usize>) -> Option<String> {
        (kind == QuestionKind::Theory).then(|| self.required(table, "source", span).text)
    }

    fn listing(&mut self, table: &DeTable<'_>, kind: QuestionKind, span: &Range<usize>) -> Vec<String> {
        if kind != QuestionKind::Bug {
            return Vec::new();
        }
        self.required(table, "listing", span);
        let Some(value) = table.get("listing") else { return Vec::new() };
        let text = value.get_ref().as_str().unwrap_or_default().trim_end();
        text.lines().map(|line| line.replace('\t', "    ")).collect()
    }

    fn lines(&mut self, table: &DeTable<'_>, field: &str, kind: QuestionKind) -> Vec<Played> {
        let pieces = self.texts(table, field);
        if pieces.len() > MAX_LINES {
            let what = format!("`{field}` has at most {MAX_LINES} lines");
            self.wrong(pieces[MAX_LINES].span.clone(), ParseError::new(0..0, what));
            return Vec::new();
        }
        pieces.iter().filter_map(|piece| self.played(piece, kind)).collect()
    }

    fn played(&mut self, piece: &Piece, kind: QuestionKind) -> Option<Played> {
        match line(&piece.text) {
            Ok(found) if found.listed.is_some() && kind != QuestionKind::Bug => {
                let what = "only a bug's proof numbers its lines: they are the listing's";
                self.wrong_in(piece, ParseError::new(0..1, what));
                None
            }
            Ok(played) => Some(Played { place: piece.span.clone(), ..played }),
            Err(wrong) => {
                self.wrong_in(piece, wrong);
                None
            }
        }
    }

    fn goal(&mut self, table: &DeTable<'_>) -> Vec<FactCheck> {
        let pieces = self.texts(table, "goal");
        pieces.iter().filter_map(|piece| self.parsed(piece, look)).collect()
    }

    /// `mapped` or `nattch(id)`: a look without a comparison.
    fn read_fact(&mut self, table: &DeTable<'_>) -> Option<FactCheck> {
        let piece = self.text(table, "read").filter(|piece| piece.text != "returned")?;
        match look(&format!("{} == 0", piece.text)) {
            Ok(look) => Some(look),
            Err(wrong) => {
                self.wrong_in(&piece, wrong.help("or `read = \"returned\"`, what the last call returned"));
                None
            }
        }
    }

    fn options(&mut self, table: &DeTable<'_>, kind: QuestionKind) -> Vec<Choice> {
        let Some(value) = table.get("options") else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(value.span(), ParseError::new(0..0, "`options` is a list of { is = …, why = … }"));
            return Vec::new();
        };
        if items.len() > MAX_OPTIONS {
            self.wrong(
                value.span(),
                ParseError::new(0..0, format!("there are at most {MAX_OPTIONS} options")),
            );
        }
        items.iter().take(MAX_OPTIONS).filter_map(|item| self.choice(item, kind)).collect()
    }

    fn choice(&mut self, value: &Spanned<DeValue<'_>>, kind: QuestionKind) -> Option<Choice> {
        let table = self.table(value, "{ is = \"ok\", why = \"…\" }")?;
        let span = value.span();
        let known: &[&str] = match kind {
            QuestionKind::Bug => &["line", "why"],
            QuestionKind::Theory => &["say", "why", "right"],
            _ => &["is", "say", "why"],
        };
        self.known(table, known);
        let why = self.required(table, "why", &span).text;
        let say = match kind {
            QuestionKind::Theory => Some(self.required(table, "say", &span).text),
            _ => self.text(table, "say").map(|piece| piece.text),
        };
        let is = match kind {
            QuestionKind::Bug | QuestionKind::Theory => None,
            _ => {
                let piece = self.required(table, "is", &span);
                if piece.text.is_empty() { None } else { self.parsed(&piece, claim) }
            }
        };
        let place = table.get("is").or_else(|| table.get("say")).map_or(span, Spanned::span);
        Some(Choice {
            is,
            say,
            why,
            right: self.flag(table, "right"),
            line: self.number(table, "line"),
            place,
        })
    }
}
