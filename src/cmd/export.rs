//! `lab quiz --export`: has every question proved and writes the bank out for another tool. A question that can't be
//! proved here, or whose answer is another each time, is left out and named.

use crate::cli::Export;
use crate::error::Error;
use crate::output::export::{self, Written};
use crate::output::screen::write_all;
use crate::output::{gift, markdown};
use crate::quiz::decide::{Decision, decide};
use crate::quiz::draw::{Asked, Item};
use crate::quiz::proof::{in_file_order, prove};
use crate::text::Safe;

pub fn run(format: Export, key: bool, seed: u64, items: &[Item<'_>]) -> Result<(), Error> {
    if key && format != Export::Md {
        return Err(Error::Usage("`--key` is for `--export md`: gift and json hold the answers".into()));
    }
    let (mut written, mut left_out) = (Vec::new(), Vec::new());
    for item in items {
        let decision = proved(*item)?;
        let changes = matches!(decision, Decision::Answer(_)) && proved(*item)? != decision;
        match decision {
            Decision::Invalid(diagnostics) => return Err(Error::Lesson(diagnostics)),
            Decision::Skipped(why) => left_out.push(format!("{}: {why}", item.question.id)),
            _ if changes => left_out.push(format!("{}: its answer is another each time", item.question.id)),
            decision => written.push(Written { asked: Asked::new(*item, seed), decision }),
        }
    }
    let text = match format {
        Export::Gift => Safe::lines(&gift::gift(&written, &left_out)),
        Export::Md => Safe::lines(&markdown::markdown(&written, &left_out, seed, key)),
        Export::Json => export::json(&written, &left_out).map_err(|error| Error::Output(error.into()))?,
    };
    write_all(&text)
}

fn proved(item: Item<'_>) -> Result<Decision, Error> {
    let proof = prove(item, &in_file_order(item.question)).map_err(|error| item.refused(error))?;
    Ok(decide(item, &proof))
}
