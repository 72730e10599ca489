//! One event of a trace as a row: its sign, its words, and what it did to a segment. Pure.

use super::{Mark, Touch};
use crate::constants;
use crate::facts::event::Event;
use crate::facts::meaning::Meaning;
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall;

pub fn mark(event: &Event) -> Mark {
    match (event.seen().traced, &event.outcome) {
        (_, Outcome::Failed(_)) => Mark::Refused,
        (Some(TracedCall::Fault), _) => Mark::Crash,
        (Some(TracedCall::Exit), _) => Mark::End,
        (Some(TracedCall::Fork | TracedCall::Vfork | TracedCall::Clone | TracedCall::Execve), _) => {
            Mark::Process
        }
        _ => Mark::Call,
    }
}

/// What it was, in as few words as a lane has room for.
pub fn what(event: &Event) -> String {
    let seen = event.seen();
    let name = match seen.traced {
        Some(TracedCall::Shmctl) => command(event).unwrap_or_else(|| event.function.to_owned()),
        _ => event.function.to_owned(),
    };
    match &event.outcome {
        Outcome::Failed(errno) => format!("{name} {}", constants::errno(*errno)),
        Outcome::Exited(status) => format!("exit {status}"),
        Outcome::Died { .. } if seen.by_lab => "ended by lab".into(),
        Outcome::Died { signal, .. } => constants::signal(*signal),
        outcome => match &seen.meaning {
            Some(meaning) => format!("{name}{}", effect(meaning, event)),
            None => match outcome {
                Outcome::Returned(value @ (Value::Id(_) | Value::Key(_) | Value::Number(_))) => {
                    format!("{name} {value}")
                }
                _ => name,
            },
        },
    }
}

/// shmctl's command, as C spells it.
fn command(event: &Event) -> Option<String> {
    let command = *event.seen().args.get(1)?;
    let row = constants::numbered(constants::COMMANDS, i64::from(u32::try_from(command).ok()?));
    row.map(|row| row.name.to_owned())
}

/// What a call that has worked did, behind its name.
fn effect(meaning: &Meaning, event: &Event) -> String {
    let id = event.segment.map(|shmid| format!(" {shmid}")).unwrap_or_default();
    match meaning {
        Meaning::Created { .. } => format!("{id}: new"),
        Meaning::Found { .. } => format!("{id}: found"),
        Meaning::Attached { read_only: true, .. } => format!("{id}: read only"),
        Meaning::DestroyedByDetach { .. }
        | Meaning::DestroyedAtOnce { .. }
        | Meaning::GoneMeanwhile { .. } => {
            format!("{id}: gone")
        }
        Meaning::MarkedWhileAttached { .. } => format!("{id}: marked"),
        Meaning::Inherits { child, .. } | Meaning::BorrowsMemory { child } => format!(": {child}"),
        Meaning::Becomes { name, .. } => format!(": {name}"),
        Meaning::KeyOfFile { key, .. } => format!(" {key}"),
        Meaning::ObjectMade { id, .. } => format!(" {id}: new"),
        Meaning::ObjectFound { id, .. } => format!(" {id}: found"),
        Meaning::ObjectRemoved { id, .. } => format!(" {id}: gone"),
        _ => id,
    }
}

/// The segment that it is about, and what it did to it.
pub fn touch(event: &Event) -> Option<(i32, Touch)> {
    let traced = event.seen().traced?;
    let touch = match event.seen().meaning.as_ref() {
        Some(Meaning::Created { .. }) => Touch::Made,
        Some(Meaning::Attached { .. }) => Touch::Attached,
        Some(Meaning::Detached { .. } | Meaning::ExitDetaches { .. } | Meaning::Becomes { .. }) => {
            Touch::Detached
        }
        Some(
            Meaning::DestroyedByDetach { .. }
            | Meaning::DestroyedAtOnce { .. }
            | Meaning::GoneMeanwhile { .. },
        ) => Touch::Destroyed,
        Some(Meaning::MarkedWhileAttached { .. }) => Touch::Marked,
        Some(Meaning::Inherits { shmid, .. }) => return shmid.map(|shmid| (shmid, Touch::Attached)),
        _ => Touch::Met,
    };
    let (Some(shmid), true) = (event.segment, is_about_segments(traced)) else { return None };
    Some((shmid, touch))
}

fn is_about_segments(traced: TracedCall) -> bool {
    let others = [TracedCall::Exit, TracedCall::Execve, TracedCall::Fault];
    TracedCall::SHARED_MEMORY.contains(&traced) || others.contains(&traced)
}
