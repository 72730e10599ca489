//! What can be seen to be wrong in a question without playing it: what its kind must have, names that stand for
//! nothing, roles that nobody plays. It plays nothing.

use std::collections::BTreeSet;

use toml::de::DeTable;

use super::draft::Draft;
use super::expect::{Expect, FactCheck};
use super::question::{Played, Question, QuestionKind};
use super::reader::{FileReader, Piece};
use super::token::ParseError;
use super::{Expr, LAB, Words, check};

/// Lines to be put in order: more is a memory test.
const MAX_ORDERED: usize = 8;

impl FileReader<'_> {
    /// What a kind must have.
    pub(super) fn complete(&mut self, question: &Question) {
        let place = question.place.clone();
        let count = question.options.len();
        let numbered = question.prove.iter().filter(|line| line.listed.is_some()).count();
        let wrong = match question.kind {
            QuestionKind::Predict | QuestionKind::Theory if count < 2 => {
                Some("at least two `options` are needed")
            }
            QuestionKind::Several if count < 3 => Some("at least three `options` are needed"),
            QuestionKind::Theory if question.options.iter().filter(|option| option.right).count() != 1 => {
                Some("exactly one option has `right = true`")
            }
            QuestionKind::Order if question.order.len() < 3 => {
                Some("at least three lines are needed in `order`")
            }
            QuestionKind::Order if question.order.len() > MAX_ORDERED => {
                Some("at most eight lines can be put in order")
            }
            QuestionKind::Bug if numbered == 0 => {
                Some("a line of the proof must say which line of the listing it is: \"3 server: shmdt(p)\"")
            }
            QuestionKind::Predict | QuestionKind::Several | QuestionKind::Number
                if question.prove.is_empty() =>
            {
                Some("`prove` is missing: the calls that decide")
            }
            _ => None,
        };
        if let Some(what) = wrong {
            self.wrong(place, ParseError::new(0..0, what));
        }
        let lines = question.listing.len();
        for played in question.prove.iter().filter(|line| line.listed.is_some_and(|at| at == 0 || at > lines))
        {
            let what = format!("the listing has lines 1 to {lines}");
            self.wrong(played.place.clone(), ParseError::new(0..0, what));
        }
    }

    /// Names, roles and sides of the proof's lines, as in a lesson; placeholders in the reasons.
    pub(super) fn playable(&mut self, table: &DeTable<'_>, question: &Question) {
        let draft = |played: &Played| {
            let whole = Piece { text: played.text.clone(), span: played.place.clone() };
            let nothing = Piece { text: String::new(), span: played.place.clone() };
            let looks = vec![whole.clone(); played.action.look.len()];
            Draft {
                readable: true,
                action: played.action.clone(),
                words: Words::default(),
                who: whole.clone(),
                call: whole.clone(),
                expect: whole,
                looks,
                say: nothing,
                ask: None,
                more: None,
                theory: None,
            }
        };
        let drafts: Vec<_> = question.lines().map(draft).collect();
        check::check(self, None, false, &drafts);
        let steps = || question.lines().map(|line| &line.action);
        let roles = steps().flat_map(|step| step.roles()).filter(|role| *role != LAB).map(str::to_owned);
        let roles: BTreeSet<String> = roles.collect();
        self.users_play(table, &roles);
        let binds = steps().filter_map(|step| step.call.bind.clone());
        let bound: BTreeSet<String> = binds.chain(roles).collect();
        for piece in self.pieces(table, "why") {
            check::placeholders(self, Some(&piece), &bound);
        }
        self.claims(table, question, &bound);
    }

    /// Names in what options, goal and `read` claim: a claim about nothing would be false, and prove nothing.
    fn claims(&mut self, table: &DeTable<'_>, question: &Question, bound: &BTreeSet<String>) {
        let of_looks = |looks: &[FactCheck]| -> Vec<String> {
            let compared = looks.iter().flat_map(|look| look.is.iter().flat_map(|(_, value)| value.names()));
            let whose = looks.iter().filter_map(|look| look.of.as_deref());
            whose.chain(compared).map(str::to_owned).collect()
        };
        let mut claims = Vec::new();
        let options: Vec<_> = question.options.iter().filter_map(|option| option.is.as_ref()).collect();
        let pieces = self.pieces(table, "is");
        // Where one could not be read, that has been told, and the others wait.
        let readable = pieces.len() == options.len();
        for (piece, claim) in pieces.into_iter().zip(options).filter(|_| readable) {
            let value = match &claim.outcome {
                Some(Expect::Value(_, value)) => Expr::names(value),
                _ => Vec::new(),
            };
            let names = value.into_iter().map(str::to_owned).chain(of_looks(&claim.looks)).collect();
            claims.push((piece, names));
        }
        let goal = self.texts(table, "goal").into_iter().zip(&question.goal);
        claims.extend(goal.map(|(piece, look)| (piece, of_looks(std::slice::from_ref(look)))));
        let read = self.text(table, "read").into_iter().zip(&question.read);
        claims.extend(read.map(|(piece, look)| (piece, of_looks(std::slice::from_ref(look)))));
        for (piece, names) in claims {
            for name in names {
                check::needs(self, &piece, &name, bound);
            }
        }
    }

    /// A field's texts, in the question itself and in its options.
    fn pieces(&mut self, table: &DeTable<'_>, field: &str) -> Vec<Piece> {
        let items = table.get("options").and_then(|value| value.get_ref().as_array());
        let tables = items.into_iter().flatten().filter_map(|item| item.get_ref().as_table());
        let options: Vec<Piece> = tables.filter_map(|table| self.text(table, field)).collect();
        self.text(table, field).into_iter().chain(options).collect()
    }
}
