//! The side of a proof that plays: a stage, its lines one by one, and what the kernel made of them. It runs in a
//! process of its own and judges only what it was asked to judge.

use super::proof::{Answer, Proof, Request, Shown, Spelled};
use crate::constants;
use crate::error::Error;
use crate::facts::changes;
use crate::facts::event::Event;
use crate::facts::outcome::{Outcome, Value};
use crate::lesson::{self, Action, Expect, FactCheck, Script, judge};
use crate::runner::{Ground, Stage};

/// A proof's lines and claims, understood.
struct Parts {
    steps: Vec<Action>,
    options: Vec<lesson::Claim>,
    read: Option<FactCheck>,
    goal: Vec<FactCheck>,
}

/// A proof as the runner's script, its actions still to be read.
pub fn as_script(request: &Request) -> Script {
    Script {
        host: request.host,
        limits: request.limits.clone(),
        users: request.users.clone(),
        actions: Vec::new(),
    }
}

/// Plays a proof.
///
/// # Errors
/// Text that is no proof, and whatever ends a run.
pub fn prove(request: &Request, ground: Ground, limits_hold: bool) -> Result<Proof, Error> {
    let parts = understood(request)?;
    let why = if let Ground::Host(why) = &ground { why.clone() } else { None };
    let mut stage = Stage::set(ground, &as_script(request), limits_hold, None)?;
    let played = play(&mut stage, request, &parts);
    let torn_down = stage.tear_down();
    let mut proof = played?;
    torn_down?;
    proof.on_host = why;
    Ok(proof)
}

fn understood(request: &Request) -> Result<Parts, Error> {
    let wrong = |text: &str, what: String| Error::Refused(format!("`{text}`: {what}"));
    let needs: Vec<_> =
        request.needs.iter().filter_map(|need| constants::named(constants::NEEDS, need)).collect();
    let mut steps = Vec::new();
    for text in &request.lines {
        let line = lesson::line(text).map_err(|error| wrong(text, error.what))?;
        steps.push(Action { needs: needs.clone(), ..line.action });
    }
    let options: Result<Vec<_>, _> = request
        .options
        .iter()
        .map(|text| lesson::claim(text).map_err(|error| wrong(text, error.what)))
        .collect();
    let options = options?;
    // The stage watches a call fall asleep, and keeps a key that is taken, only where that is expected.
    let minded = options.iter().filter_map(|claim| claim.outcome.as_ref()).find(|outcome| match outcome {
        Expect::Blocks => true,
        Expect::Errno(row) => row.name == "EEXIST",
        _ => false,
    });
    if let (Some(outcome), Some(last)) = (minded, steps.last_mut()) {
        last.expect = outcome.clone();
    }
    let look = |text: &str| lesson::look(text).map_err(|error| wrong(text, error.what));
    let read = request.read.as_ref().map(|fact| look(&format!("{fact} == 0"))).transpose()?;
    let goal = request.goal.iter().map(|text| look(text)).collect::<Result<_, _>>()?;
    Ok(Parts { steps, options, read, goal })
}

fn play(stage: &mut Stage, request: &Request, parts: &Parts) -> Result<Proof, Error> {
    let mut proof = Proof::default();
    for (at, step) in parts.steps.iter().enumerate() {
        let last = at + 1 == parts.steps.len();
        if let Some(name) = unmade(stage, step) {
            proof.lines.push(Shown {
                who: step.who.clone(),
                code: step.call.to_string(),
                call: step.call.to_string(),
                outcome: "can't be made".into(),
                wrong: Some(format!("`{name}` has no value yet")),
                ..Shown::default()
            });
            return Ok(proof);
        }
        let event = stage.play(step)?;
        if let Outcome::Skipped(why) = &event.outcome {
            proof.skipped = Some(why.clone());
            return Ok(proof);
        }
        let shown = shown(step, &event, request.asked && last);
        let ends = shown.wrong.is_some() && (!request.go_on || matches!(event.outcome, Outcome::Died { .. }));
        proof.lines.push(shown);
        proof.names = event.names.iter().map(|(name, value)| (name.clone(), value.in_words())).collect();
        if ends {
            return Ok(proof);
        }
        if last {
            let judged = |claim: &lesson::Claim| lesson::holds(claim.outcome.as_ref(), &claim.looks, &event);
            proof.options = parts.options.iter().map(judged).collect();
            proof.answer = answer(parts.read.as_ref(), &event);
            proof.missed = missed(&parts.goal, step, &event);
        }
    }
    Ok(proof)
}

/// A name that a step uses and nothing has made.
fn unmade<'a>(stage: &Stage, step: &'a Action) -> Option<&'a str> {
    let role = |name: &str| step.roles().any(|role| role == name);
    step.call.names().into_iter().find(|name| !stage.names.contains_key(*name) && !role(name))
}

fn shown(step: &Action, event: &Event, asked: bool) -> Shown {
    let means = match &event.outcome {
        Outcome::Failed(errno) => constants::meaning(event.function, *errno).to_owned(),
        Outcome::Died { signal, .. } => {
            constants::numbered(constants::SIGNALS, (*signal).into()).map_or("", |row| row.plain).to_owned()
        }
        Outcome::Blocked => format!("{} is asleep inside the call", event.role),
        Outcome::Silent => format!("{} gave no answer in time and was killed by lab", event.role),
        _ => String::new(),
    };
    let broken = judge(step, event).broken;
    let wrong =
        broken.first().map(|broken| format!("hoped: {}; the kernel said {}", broken.claim, broken.found));
    Shown {
        who: event.role.clone(),
        pid: event.pid,
        code: event.code.clone(),
        call: event.call.clone(),
        outcome: event.outcome.to_string(),
        means,
        wrong: wrong.filter(|_| !asked),
        notes: event.notes.clone(),
        changes: changes::changed(event),
    }
}

/// The fact that was asked for, or what the call returned.
fn answer(read: Option<&FactCheck>, event: &Event) -> Option<Answer> {
    let number = |number, shown, spelled| Answer { number: Some(number), shown, text: None, spelled };
    if let Some(look) = read {
        let value = lesson::fact(look, event)?;
        return Some(match look.fact.name {
            "mode" => number(value, format!("0{value:o}"), Spelled::Mode),
            "key" => number(value, format!("{value:#010x}"), Spelled::Key),
            _ => number(value, value.to_string(), Spelled::Number),
        });
    }
    let Outcome::Returned(value) = &event.outcome else { return None };
    match value {
        Value::Text(bytes) => {
            let (shown, text) = (value.to_string(), Some(bytes.clone()));
            Some(Answer { number: None, shown, text, spelled: Spelled::Text })
        }
        Value::Nothing => None,
        Value::Key(key) => Some(number(i64::from(key.cast_unsigned()), value.to_string(), Spelled::Key)),
        Value::Mode(mode) => Some(number(i64::from(*mode), value.to_string(), Spelled::Mode)),
        _ => value.number().map(|found| number(found, value.to_string(), Spelled::Number)),
    }
}

/// The first claim of the goal that does not hold.
fn missed(goal: &[FactCheck], step: &Action, event: &Event) -> Option<String> {
    let step = Action { look: goal.to_vec(), expect: Expect::Ok, ..step.clone() };
    let broken = judge(&step, event).broken;
    broken
        .first()
        .map(|broken| format!("{} is wanted at the end; the kernel said {}", broken.claim, broken.found))
}
