//! An answer before the kernel: the question's proof is played, an order as the student gave it, and what came of it
//! decides. It shows nothing and keeps nothing.

use super::answer::{self, Given};
use super::check::{self, Decision};
use super::draw::Asked;
use super::proof::{Failure, Proof, Request};
use crate::error::Error;
use crate::lesson::QuestionKind;

/// What the kernel made of an answer.
#[derive(Debug)]
pub struct Judged {
    pub decision: Decision,
    pub proof: Proof,
    pub right: bool,
}

/// Has the kernel decide about an answer. An order is played as the student gave it.
///
/// # Errors
/// A refusal, and whatever ended the run.
pub fn judge(asked: &Asked<'_>, answer: &Given) -> Result<Judged, Error> {
    let (bank, question, shipped) = (asked.item.bank, asked.question(), asked.item.is_shipped());
    let request = match answer {
        Given::Order(places) => {
            let order: Vec<_> = places.iter().map(|place| &question.order[*place]).collect();
            Request::ordered(question, shipped, &order)
        }
        _ => Request::of(question, shipped),
    };
    let proved = if question.kind == QuestionKind::Theory { Ok(Proof::default()) } else { request.prove() };
    let proof = match (proved, answer) {
        (Ok(proof), _) => proof,
        // What may not be played is no right order.
        (Err(Failure::Refused(words)), Given::Order(_)) => Proof { missed: Some(words), ..Proof::default() },
        (Err(Failure::Refused(words)), _) => return Err(asked.item.refused(&words)),
        (Err(Failure::Error(error)), _) => return Err(error),
    };
    let decision = match (answer, &proof.skipped) {
        (Given::Order(_), None) => Decision::Order,
        _ => check::decide(bank, question, &proof),
    };
    let right = answer::right(answer, &decision, &proof);
    Ok(Judged { decision, proof, right })
}
