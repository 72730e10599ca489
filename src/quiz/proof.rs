//! A proof as it travels: what is to be played, and what came of it. Each is played by another lab process in a
//! sandbox of its own (`lab prove`), so that whoever asks never enters one and no question meets another's segments.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::lesson::{Expect, Expr, Function, Played, Question, QuestionKind, Statement, User};
use crate::sys::{process, signals};

/// What is to be played, in the notation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Whether it may be played without a sandbox where there is none.
    pub host: bool,
    pub users: BTreeMap<String, User>,
    pub limits: Vec<(String, u64)>,
    pub needs: Vec<String>,
    pub lines: Vec<String>,
    /// Whether the last line is asked about: nothing is hoped of it.
    pub asked: bool,
    /// Claims about the last line, each to be judged.
    pub options: Vec<String>,
    /// A fact to be read after the last line.
    pub read: Option<String>,
    /// What must be true after the last line.
    pub goal: Vec<String>,
    /// Whether it is played on after a line that did not go as hoped.
    pub go_on: bool,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Why it was not played here, if it was not.
    pub skipped: Option<String>,
    /// What was played, as far as it went.
    pub lines: Vec<Shown>,
    /// Which claims are true; none where this machine gives no evidence. Empty if the last line was not reached.
    pub options: Vec<Option<bool>>,
    pub answer: Option<Answer>,
    /// The claim of the goal that does not hold, and what is true instead.
    pub missed: Option<String>,
    /// What every name stands for after the last line.
    pub names: BTreeMap<String, String>,
    /// Why there is no sandbox, where there is none.
    pub on_host: Option<String>,
    /// What dead runs left and would not go, in words.
    pub warnings: Vec<String>,
}

/// One line that was played.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    pub who: String,
    pub pid: i32,
    /// As it is written.
    pub code: String,
    /// With values in place of names.
    pub call: String,
    /// What came back: `0`, `-1 EINVAL`, `SIGSEGV`.
    pub outcome: String,
    /// What it means, where it needs words.
    pub means: String,
    /// What was hoped and what the kernel said instead, if it did not go as hoped.
    pub wrong: Option<String>,
    pub notes: Vec<String>,
    /// The segment's row before and after, where it changed.
    pub changes: Option<(String, String)>,
}

/// The right answer to a number question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// None for a text.
    pub number: Option<i64>,
    /// In the spelling that suits it: a mode in octal, a key in hex, a text in quotes.
    pub shown: String,
    /// Its bytes, for a text.
    pub text: Option<Vec<u8>>,
    pub spelled: Spelled,
}

/// What kind of number it is, and so which other spellings are as good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spelled {
    Number,
    /// 32 bits: a negative spelling is as good.
    Key,
    /// Octal, with a leading 0 or without.
    Mode,
    Text,
}

/// Why there is no proof.
#[derive(Debug)]
pub enum Failure {
    /// A question asks for something that it may not do, in words.
    Refused(String),
    /// Something ended the run.
    Error(Error),
}

impl Proof {
    /// Whether everything that was played went as hoped, to the end.
    pub fn went_well(&self) -> bool {
        self.missed.is_none() && self.lines.iter().all(|line| line.wrong.is_none())
    }
}

impl Request {
    /// A question's proof. `shipped`: it is one of ours, and may be played on the host where there is no sandbox.
    pub fn of(question: &Question, shipped: bool) -> Request {
        let order: Vec<&Played> = question.order.iter().collect();
        Request::ordered(question, shipped, &order)
    }

    /// The same with the lines that are to be ordered in this order.
    pub fn ordered(question: &Question, shipped: bool, order: &[&Played]) -> Request {
        let lines = question.prove.iter().chain(order.iter().copied());
        let claims = question.options.iter().filter_map(|option| option.is.as_ref());
        Request {
            host: shipped && fits_host(question),
            users: question.users.clone(),
            limits: question.limits.clone(),
            needs: question.needs.iter().map(|need| need.name.to_owned()).collect(),
            lines: lines.map(|line| line.text.clone()).collect(),
            asked: matches!(
                question.kind,
                QuestionKind::Predict | QuestionKind::Several | QuestionKind::Number
            ),
            options: claims.map(|claim| claim.text.clone()).collect(),
            read: question.read.as_ref().map(|look| look.subject()),
            goal: question.goal.iter().map(ToString::to_string).collect(),
            go_on: question.kind == QuestionKind::Bug,
        }
    }

    /// Has it played.
    ///
    /// # Errors
    /// A refusal, a signal, a machine that is out of something.
    pub fn prove(&self) -> Result<Proof, Failure> {
        let text = serde_json::to_vec(self).map_err(|error| Failure::Error(Error::Output(error.into())))?;
        let failed = |error| Failure::Error(Error::System("start lab again to ask the kernel", error));
        let mut child = Command::new("/proc/self/exe")
            .args(["prove", &process::own_pid().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let sent = child.stdin.take().map_or(Ok(()), |mut input| input.write_all(&text));
        let output = child.wait_with_output().map_err(failed)?;
        if let Some(signal) = signals::check() {
            return Err(Failure::Error(Error::Interrupted(signal)));
        }
        sent.map_err(failed)?;
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().trim_start_matches("lab: ").lines().collect::<Vec<_>>().join("; ");
        match output.status.code() {
            Some(0) => serde_json::from_slice(&output.stdout).map_err(|error| failed(error.into())),
            Some(3) => Ok(Proof { skipped: Some(said), ..Proof::default() }),
            Some(4) => Err(Failure::Refused(said)),
            _ => Err(Failure::Error(Error::Machine(format!("the kernel could not be asked: {said}")))),
        }
    }
}

/// Whether a proof means the same in the machine's own namespace: only keys and identifiers of its own, no limits,
/// and no claim about which number an identifier is.
fn fits_host(question: &Question) -> bool {
    let own = |line: &Played| match &line.action.call.statement {
        Statement::Invoke { function: Function::Unshare | Function::Churn, .. } => false,
        Statement::Invoke { function: Function::Shmget, args } => {
            matches!(args.first(), Some(Expr::Constant(_) | Expr::Name(_)))
        }
        Statement::Invoke { function: Function::Shmat | Function::Shmctl, args } => {
            matches!(args.first(), Some(Expr::Name(_)))
        }
        _ => true,
    };
    let numbered = question
        .options
        .iter()
        .filter_map(|option| option.is.as_ref())
        .any(|claim| matches!(&claim.outcome, Some(Expect::Value(_, Expr::Number(_)))));
    question.limits.is_empty() && question.needs.is_empty() && !numbered && question.lines().all(own)
}
