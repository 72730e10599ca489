//! Compares what a step claimed with what happened. It reads an event and says which claims broke; it never
//! looks at the kernel itself.

use super::call::Expr;
use super::expect::{Expect, FactCheck, Op};
use super::{Action, Call};
use crate::constants;
use crate::facts::event::{Event, Mapping, Segment};
use crate::facts::outcome::{Bindings, Outcome, Value};
use crate::text::filled_with;

/// A claim that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The claim, in the notation.
    pub claim: String,
    /// What was seen instead.
    pub found: String,
}

/// What a step's claims came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    pub held: Vec<String>,
    pub broken: Vec<Broken>,
    /// Claims that this machine gives no evidence for.
    pub unseen: Vec<String>,
    /// Why the step was not played, or did not show what it may show.
    pub skipped: Option<String>,
}

/// Judges one step by its event.
pub fn judge(step: &Action, event: &Event) -> Verdict {
    let mut verdict = Verdict::default();
    if let Outcome::Skipped(why) = &event.outcome {
        verdict.skipped = Some(why.clone());
        return verdict;
    }
    let expected = outcome_holds(&step.expect, &event.outcome, &event.names);
    verdict.note(
        claim(&step.expect, &event.names),
        Some(expected),
        in_a_sentence(&step.call, &event.outcome),
    );
    for look in &step.look {
        let (holds, found) = look_holds(look, event);
        verdict.note(claim_of(look, &event.names), holds, found);
    }
    // What only can happen, and is tried for that reason, is not wrong because it did not.
    if step.tries > 1 && event.tries == step.tries && matches!(event.outcome, Outcome::Returned(_)) {
        let broken: Vec<_> = verdict.broken.drain(..).map(|it| it.found).collect();
        if !broken.is_empty() {
            let (tries, found) = (event.tries, broken.join(", "));
            verdict.skipped =
                Some(format!("in {tries} tries it did not come out; the last one gave {found}"));
        }
    }
    verdict
}

impl Verdict {
    fn note(&mut self, claim: String, holds: Option<bool>, found: String) {
        match holds {
            Some(true) => self.held.push(claim),
            Some(false) => self.broken.push(Broken { claim, found }),
            None => self.unseen.push(claim),
        }
    }
}

/// The expectation with its names' values: `== 0x4c0a1b2c`.
fn claim(expect: &Expect, names: &Bindings) -> String {
    match expect {
        Expect::Value(op, Expr::Name(name)) => match names.get(name) {
            Some(value @ Value::Text(_)) if *op == Op::Equal => value.to_string(),
            Some(value) => format!("returned {op} {name} ({value})"),
            None => expect.to_string(),
        },
        Expect::Value(op, Expr::Text(text)) => {
            Expect::Value(*op, Expr::Text(with_names(text, names))).to_string()
        }
        Expect::Value(op, value) => format!("returned {op} {value}"),
        _ => expect.to_string(),
    }
}

fn claim_of(look: &FactCheck, names: &Bindings) -> String {
    match &look.is {
        Some((op, Expr::Name(name))) => match names.get(name) {
            Some(value) => format!("{} {op} {name} ({value})", look.subject()),
            None => look.to_string(),
        },
        _ => look.to_string(),
    }
}

/// What the kernel said, in one word where there is one.
fn in_a_sentence(call: &Call, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Returned(Value::Zero | Value::Nothing) => "ok".into(),
        Outcome::Returned(value) => value.to_string(),
        Outcome::Failed(errno) => {
            format!("{} ({})", constants::errno(*errno), constants::meaning(call.name(), *errno))
        }
        other => other.to_string(),
    }
}

fn outcome_holds(expect: &Expect, outcome: &Outcome, names: &Bindings) -> bool {
    match (expect, outcome) {
        (Expect::Ok, Outcome::Returned(_)) | (Expect::Blocks, Outcome::Blocked) => true,
        (Expect::Errno(row), Outcome::Failed(errno)) => row.value == i64::from(*errno),
        (Expect::Signal(row), Outcome::Died { signal, .. }) => row.value == i64::from(*signal),
        (Expect::Value(op, wanted), Outcome::Returned(value)) => {
            value_holds(*op, value, wanted, names).unwrap_or(false)
        }
        _ => false,
    }
}

/// A text that is expected, with the texts that its `{name}`s stand for.
fn with_names(text: &str, names: &Bindings) -> String {
    filled_with(text, |name| match names.get(name)? {
        Value::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        other => Some(other.to_string()),
    })
}

fn value_holds(op: Op, found: &Value, wanted: &Expr, names: &Bindings) -> Option<bool> {
    if let Value::Text(found) = found {
        return match wanted {
            Expr::Text(text) => Some(op.holds(&&**found, &with_names(text, names).as_bytes())),
            Expr::Name(name) => match names.get(name)? {
                Value::Text(text) => Some(op.holds(found, text)),
                _ => None,
            },
            _ => None,
        };
    }
    let wanted = wanted.number(names)?;
    let wanted = if matches!(found, Value::Key(_)) { wanted & 0xffff_ffff } else { wanted };
    Some(op.holds(&found.number()?, &wanted))
}

/// Whether a look holds, and what was seen; none where nothing could be seen.
fn look_holds(look: &FactCheck, event: &Event) -> (Option<bool>, String) {
    let number = || fact(look, event).map_or((None, String::new()), |found| compared(look, found, event));
    match look.fact.name {
        "si_code" | "si_addr" => return fault(look, event),
        "zombie" => return zombie(look, event),
        "devshm" | "segments" | "calls" | "copied" => return number(),
        _ if event.after.segments.is_none() => return (None, String::new()),
        _ => {}
    }
    let Some(shmid) = segment_of(look, event) else {
        return (Some(false), "no segment".into());
    };
    match (look.fact.name, event.after.segment(shmid)) {
        ("gone", None) => (Some(true), String::new()),
        ("gone", Some(_)) => (Some(false), format!("segment {shmid} is still there")),
        (_, None) => (Some(false), format!("segment {shmid} does not exist")),
        ("dest", Some(row)) => (Some(row.is_marked()), format!("mode 0{:03o}", row.mode)),
        (_, Some(_)) => number(),
    }
}

/// The segment that a look is about.
fn segment_of(look: &FactCheck, event: &Event) -> Option<i32> {
    match &look.of {
        None => event.segment,
        Some(name) => match event.names.get(name)? {
            Value::Id(id) => Some(*id),
            _ => None,
        },
    }
}

/// Where and why an access to memory failed. Without a fault there is nothing to compare.
fn fault(look: &FactCheck, event: &Event) -> (Option<bool>, String) {
    match &event.outcome {
        Outcome::Died { fault: Some(fault), .. } if look.fact.name == "si_code" => {
            compared(look, fault.code.into(), event)
        }
        Outcome::Died { fault: Some(fault), .. } => compared(look, fault.address.cast_signed(), event),
        Outcome::Died { fault: None, .. } => (None, String::new()),
        _ => (Some(false), "no access failed".into()),
    }
}

/// How many system calls the kernel saw or how many bytes they copied, where all of them were watched.
fn counts(fact: &str, event: &Event) -> Option<i64> {
    let seen = event.kernel.as_ref().filter(|seen| !seen.more)?;
    match fact {
        "copied" => Some(seen.copied.cast_signed()),
        _ => Some(seen.calls.iter().map(|call| call.times).sum::<usize>() as i64),
    }
}

/// Whether this machine gives evidence for a fact of a step.
pub fn is_seen(look: &FactCheck, event: &Event) -> bool {
    look_holds(look, event).0.is_some()
}

fn zombie(look: &FactCheck, event: &Event) -> (Option<bool>, String) {
    let member = event.after.members.iter().find(|member| Some(&member.role) == look.of.as_ref());
    match member.and_then(|member| member.state) {
        Some('?') => (None, String::new()),
        Some(state) => (Some(state == 'Z'), format!("state {state}")),
        None => (Some(false), "no such process".into()),
    }
}

fn compared(look: &FactCheck, found: i64, event: &Event) -> (Option<bool>, String) {
    let name = look.fact.name;
    let said = match name {
        "mode" => format!("{name} 0{found:03o}"),
        "key" => format!("{name} {found:#010x}"),
        "si_addr" => format!("{name} {found:#x}"),
        "si_code" => match constants::numbered(constants::SI_CODES, found) {
            Some(row) => format!("{name} {}", row.name),
            None => format!("{name} {found}"),
        },
        _ => format!("{name} {found}"),
    };
    let Some((op, wanted)) = &look.is else { return (None, said) };
    (Some(wanted.number(&event.names).is_some_and(|wanted| op.holds(&found, &wanted))), said)
}

/// Whether an outcome and facts of a step hold; none where this machine gives no evidence. Without an outcome,
/// whatever came back counts.
pub fn holds(outcome: Option<&Expect>, looks: &[FactCheck], event: &Event) -> Option<bool> {
    let outcome = outcome.is_none_or(|expect| outcome_holds(expect, &event.outcome, &event.names));
    let looks: Option<Vec<bool>> = looks.iter().map(|look| look_holds(look, event).0).collect();
    looks.map(|looks| outcome && looks.into_iter().all(|holds| holds))
}

/// What a fact is after a step, whatever the look compares it with.
pub fn fact(look: &FactCheck, event: &Event) -> Option<i64> {
    let after = &event.after;
    match look.fact.name {
        "devshm" => Some(after.devshm as i64),
        "segments" => Some(after.segments.as_ref()?.len() as i64),
        "mapped" if after.mappings_seen => Some(mapped(segment_of(look, event)?, event)),
        counted @ ("calls" | "copied") => counts(counted, event),
        fact => fact_of(fact, after.segment(segment_of(look, event)?)?),
    }
}

/// Bytes of a segment that the process of this step has mapped.
fn mapped(shmid: i32, event: &Event) -> i64 {
    let own = |mapping: &&Mapping| mapping.shmid == shmid && mapping.pid == event.pid;
    let mapped: u64 =
        event.after.mappings.iter().filter(own).map(|mapping| mapping.end - mapping.start).sum();
    mapped.cast_signed()
}

/// One fact of a row, as a number.
pub fn fact_of(fact: &str, row: &Segment) -> Option<i64> {
    Some(match fact {
        "nattch" => row.nattch.cast_signed(),
        "size" => row.size.cast_signed(),
        "mode" => i64::from(row.mode),
        "key" => i64::from(row.key.cast_unsigned()),
        "rss" => row.rss?.cast_signed(),
        "cpid" => i64::from(row.cpid),
        "lpid" => i64::from(row.lpid),
        "atime" => row.atime,
        "dtime" => row.dtime,
        "ctime" => row.ctime,
        _ => return None,
    })
}
