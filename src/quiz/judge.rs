//! An answer before the kernel: the question's script is played, an order as the student gave it, and what came of it
//! decides. It shows nothing and keeps nothing.

use super::answer::{Given, same};
use super::decide::{Decision, decide};
use super::draw::Asked;
use super::proof::{Proof, in_file_order, prove};
use crate::error::Error;

/// What the kernel made of an answer.
#[derive(Debug)]
pub struct Judged {
    pub decision: Decision,
    pub proof: Proof,
    pub right: bool,
}

/// Has the kernel decide about an answer.
pub fn judge(asked: &Asked<'_>, given: &Given) -> Result<Judged, Error> {
    let proved = match given {
        Given::Order(places) => prove(asked.item, places),
        _ => prove(asked.item, &in_file_order(asked.question())),
    };
    let proof = match (proved, given) {
        // What may not be played is not a right order.
        (Err(Error::Refused(words)), Given::Order(_)) => Proof { missed: Some(words), ..Proof::default() },
        (proved, _) => proved.map_err(|error| asked.item.refused(error))?,
    };
    let decision = match (given, &proof.skipped) {
        (Given::Order(_), None) => Decision::Order,
        _ => decide(asked.item, &proof),
    };
    let right = match given {
        Given::Order(_) => decision == Decision::Order && proof.went_well(),
        given => is_right(given, &decision),
    };
    Ok(Judged { decision, proof, right })
}

/// Whether an answer is what the kernel decided. Of an order only a run of its own can tell.
pub fn is_right(given: &Given, decision: &Decision) -> bool {
    match (given, decision) {
        (Given::Options(given), Decision::Options(right)) => given == right,
        (Given::Line(given), Decision::Line(right)) => given == right,
        (Given::Typed(text), Decision::Answer(answer)) => same(text, answer),
        _ => false,
    }
}
