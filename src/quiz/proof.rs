//! What the kernel says of a question: its script is played in a process of its own, and each line is kept with what
//! came of it. Here a line is held against what its author hoped; what all of them decide is for [`super::decide`].

use super::draw::Item;
use crate::error::Error;
use crate::facts::event::Event;
use crate::facts::outcome::Outcome;
use crate::lesson::{
    Action, Claim, Expect, Expr, Function, Played, Question, QuestionKind, SANDBOX_ONLY, Script, Statement,
    Verdict, judge,
};
use crate::runner::isolated::{self, Failure, Play};

/// What came of a question's script.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// Why it was not played here, if it was not.
    pub skipped: Option<String>,
    /// What was played, as far as it went.
    pub lines: Vec<Line>,
    /// What is not as it must be at the end; or why an order may not be played.
    pub missed: Option<String>,
    /// Why a sandbox can't be had, where it can't.
    pub on_host: Option<String>,
}

/// One line that was played.
#[derive(Debug, Clone)]
pub struct Line {
    pub event: Event,
    /// Whether it could not be made, since a name in it stood for nothing.
    pub unmade: bool,
    /// What was hoped and what the kernel said instead, if it did not go as hoped.
    pub wrong: Option<String>,
}

impl Proof {
    /// Whether everything that was played went as hoped, to the end.
    pub fn went_well(&self) -> bool {
        self.missed.is_none() && self.lines.iter().all(|line| line.wrong.is_none())
    }

    /// What the last line came to.
    pub fn last(&self) -> Option<&Event> {
        self.lines.last().map(|line| &line.event)
    }

    /// Of a step that has just been played: all that its question is judged by. One that did not show what it can show
    /// decides nothing.
    pub fn of_step(event: Event, verdict: &Verdict) -> Proof {
        let skipped = verdict.skipped.clone();
        Proof { skipped, lines: vec![Line { event, unmade: false, wrong: None }], ..Proof::default() }
    }

    fn of(question: &Question, actions: &[Action], events: Vec<Event>) -> Proof {
        let mut proof = Proof::default();
        for (at, (action, event)) in actions.iter().zip(events).enumerate() {
            let last = at + 1 == actions.len();
            let unmade = unmade(action, &event);
            let wrong = match (unmade, judge(action, &event).skipped) {
                (Some(name), _) => Some(format!("`{name}` has no value yet")),
                (None, Some(why)) => {
                    proof.skipped = Some(why);
                    return proof;
                }
                // Nothing is hoped of the line that is asked about.
                _ if last && has_claims(question) => None,
                _ => broken(action, &event, "hoped: ", ""),
            };
            if last && wrong.is_none() {
                let goal = Action { look: question.goal.clone(), expect: Expect::Ok, ..action.clone() };
                proof.missed = broken(&goal, &event, "", " is wanted at the end");
            }
            proof.lines.push(Line { unmade: unmade.is_some(), wrong, event });
        }
        proof
    }
}

/// Has a question's script played, with the lines that are to be ordered in this order.
///
/// # Errors
/// [`Error::Refused`] where it asks for something that it may not do, and whatever ended the run.
pub fn prove(item: Item<'_>, order: &[usize]) -> Result<Proof, Error> {
    let question = item.question;
    if question.kind == QuestionKind::Theory {
        return Ok(Proof::default());
    }
    let script = script(question, order, item.is_shipped());
    let go_on = |action: &Action, event: &Event| match event.outcome {
        Outcome::Skipped(_) => false,
        Outcome::Died { .. } => judge(action, event).broken.is_empty(),
        // The first line that goes wrong need not be the bug's last.
        _ => question.kind == QuestionKind::Bug || judge(action, event).broken.is_empty(),
    };
    let played = isolated::play(&script, &Play { names: question.names.clone(), ..Play::default() }, go_on)?;
    let in_one_line = |words: &str| words.lines().collect::<Vec<_>>().join("; ");
    match played.end.failure {
        None => {
            Ok(Proof { on_host: played.end.on_host, ..Proof::of(question, &script.actions, played.events) })
        }
        Some(Failure::Machine(why)) => Ok(Proof { skipped: Some(in_one_line(&why)), ..Proof::default() }),
        Some(Failure::Refused(why)) => Err(Error::Refused(in_one_line(&why))),
        Some(Failure::Other(why)) => {
            Err(Error::Machine(format!("the kernel could not be asked: {}", in_one_line(&why))))
        }
    }
}

/// The lines to be ordered as they stand in the file.
pub fn in_file_order(question: &Question) -> Vec<usize> {
    (0..question.order.len()).collect()
}

fn script(question: &Question, order: &[usize], shipped: bool) -> Script {
    let lines = question.prove.iter().chain(order.iter().map(|place| &question.order[*place]));
    let mut actions: Vec<Action> = lines.map(|line| line.action.clone()).collect();
    for action in &mut actions {
        action.needs.extend(&question.needs);
    }
    // The stage watches a call fall asleep, and keeps a key that is taken, only where that is expected.
    let minded = claims(question).filter_map(|claim| claim.outcome.as_ref()).find(|outcome| match outcome {
        Expect::Blocks => true,
        Expect::Errno(row) => row.name == "EEXIST",
        _ => false,
    });
    if let (Some(outcome), Some(last)) = (minded, actions.last_mut().filter(|last| last.expect == Expect::Ok))
    {
        last.expect = outcome.clone();
    }
    Script {
        host: shipped && fits_host(question),
        limits: question.limits.clone(),
        users: question.users.clone(),
        leaves: None,
        actions,
    }
}

/// What the options claim of the last line.
pub fn claims(question: &Question) -> impl Iterator<Item = &Claim> {
    question.options.iter().filter_map(|option| option.is.as_ref())
}

fn has_claims(question: &Question) -> bool {
    matches!(question.kind, QuestionKind::Predict | QuestionKind::Several | QuestionKind::Number)
}

/// Whether a proof means the same in the machine's own namespace: only keys and identifiers of its own, no limits,
/// and no claim about which number an identifier is.
fn fits_host(question: &Question) -> bool {
    let own = |line: &Played| match &line.action.call.statement {
        Statement::Invoke { function, .. } | Statement::Repeat { function, .. }
            if SANDBOX_ONLY.contains(function) =>
        {
            false
        }
        Statement::Invoke { function: Function::Shmget, args } => {
            matches!(args.first(), Some(Expr::Constant(_) | Expr::Name(_)))
        }
        Statement::Invoke { function: Function::Shmat | Function::Shmctl, args } => {
            matches!(args.first(), Some(Expr::Name(_)))
        }
        _ => true,
    };
    let numbered =
        claims(question).any(|claim| matches!(&claim.outcome, Some(Expect::Value(_, Expr::Number(_)))));
    question.limits.is_empty() && question.needs.is_empty() && !numbered && question.lines().all(own)
}

/// A name that a line uses and nothing has made.
fn unmade<'a>(action: &'a Action, event: &Event) -> Option<&'a str> {
    let known = |name: &str| event.names.contains_key(name) || action.roles().any(|role| role == name);
    let skipped = matches!(event.outcome, Outcome::Skipped(_));
    action.call.names().into_iter().find(|name| skipped && !known(name))
}

/// The first claim that does not hold, between these words, and what the kernel said.
fn broken(action: &Action, event: &Event, before: &str, after: &str) -> Option<String> {
    let broken = judge(action, event).broken;
    broken.first().map(|broken| format!("{before}{}{after}; the kernel said {}", broken.claim, broken.found))
}
