//! The quiz in words and lines: questions, options, what the kernel said. Pure functions; every right answer in
//! them comes from a run.

use crate::lesson::{Choice, Claim, Expect, Question};
use crate::quiz::check::Decision;

/// A decision in one line: the right answer as it is shown.
pub fn answer(question: &Question, decision: &Decision) -> String {
    match decision {
        Decision::Options(right) => {
            let options = right.iter().filter_map(|at| question.options.get(*at));
            options.map(in_words).collect::<Vec<_>>().join("; ")
        }
        Decision::Answer(answer) => answer.shown.clone(),
        Decision::Line(line) => format!("line {line}"),
        Decision::Order => "any order in which all goes well".into(),
        Decision::Skipped(why) => why.clone(),
        Decision::Wrong(_) => String::new(),
    }
}

/// An option as it is shown.
pub fn in_words(option: &Choice) -> String {
    match (&option.say, &option.is) {
        (Some(say), _) => say.clone(),
        (None, Some(claim)) => claimed(claim),
        (None, None) => String::new(),
    }
}

fn claimed(claim: &Claim) -> String {
    let outcome = claim.outcome.as_ref().map(|outcome| match outcome {
        Expect::Ok => "it works".to_owned(),
        Expect::Errno(row) => format!("it fails with {}", row.name),
        Expect::Signal(row) => format!("the process dies of {}", row.name),
        Expect::Blocks => "it does not come back: the process sleeps inside it".to_owned(),
        Expect::Value(..) => format!("it returns {outcome}"),
    });
    let looks = claim.looks.iter().map(ToString::to_string);
    outcome.into_iter().chain(looks).collect::<Vec<_>>().join(", ")
}
