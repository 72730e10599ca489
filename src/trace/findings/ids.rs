//! Findings about identifiers: -1, the comparison's 0 or 1, and the key in their place.

use super::{Found, about, calls, cause, failed, int, line_of};
use crate::constants;
use crate::facts::event::Event;
use crate::facts::outcome::{Outcome, Value};
use crate::trace::Story;

/// Commands that shmctl has: IPC_RMID to IPC_INFO, SHM_LOCK to SHM_STAT_ANY.
const COMMANDS: [i32; 9] = [0, 1, 2, 3, 11, 12, 13, 14, 15];

/// A failed shmget's -1 in shmat or shmctl.
pub fn shmget_unchecked(story: &Story) -> Vec<Found> {
    let users = story.events.iter().filter(|event| matches!(event.function, "shmat" | "shmctl"));
    let found = users.filter_map(|event| {
        let shmget = cause(story, event, "shmget")?;
        let errno = failed(shmget)?;
        let means = format!(
            "{} failed with {}: {}. Its -1 went into {}, which could not work.",
            shmget.call,
            constants::errno(errno),
            constants::meaning("shmget", errno),
            event.function
        );
        Some(Found { place: Some(shmget.seen().number), ..about(story, event, means) })
    });
    found.collect()
}

/// Identifier 0 or 1 where shmget returned another one that then was not used: `id = shmget(...) < 0`.
pub fn from_comparison(story: &Story) -> Vec<Found> {
    let found = calls(story, "shmat").filter_map(|event| {
        let id = int(event, 0);
        let shmget = story.before(event.seen().number, event.pid).find(|event| event.function == "shmget")?;
        let compared = match shmget.outcome {
            Outcome::Returned(Value::Id(got)) if got > 0 && id == 0 => format!("shmget returned {got}"),
            Outcome::Failed(_) if id == 1 => "shmget failed".to_owned(),
            _ => return None,
        };
        if came_from_shmget(story, event, id) || shmget.segment.is_some_and(|own| used(story, event.pid, own)) {
            return None;
        }
        let word = if id == 0 { "false" } else { "true" };
        let means = format!(
            "{compared}, and {} attached {id}, which no shmget of its own returned. In `if (id = shmget(...) < 0)` what is stored is the comparison: {id} for {word}. Segment {id} is somebody else's.",
            event.role
        );
        let number = shmget.seen().number;
        let mut found = Found { place: Some(number), ..about(story, event, means) };
        found.events.insert(0, number);
        Some(found)
    });
    found.collect()
}

/// Whether a shmget of this process, or of one it descends from, returned the identifier before.
fn came_from_shmget(story: &Story, event: &Event, id: i32) -> bool {
    let line = line_of(story, event.pid);
    let before = story.until(event.seen().number);
    before.iter().any(|event| {
        event.function == "shmget"
            && event.outcome == Outcome::Returned(Value::Id(id))
            && line.contains(&event.pid)
    })
}

/// Whether the process attached the segment at any time.
fn used(story: &Story, pid: i32, id: i32) -> bool {
    calls(story, "shmat").any(|event| event.pid == pid && int(event, 0) == id)
}

/// A key that this program used, in the place of an identifier.
pub fn key_for_id(story: &Story) -> Vec<Found> {
    let users = story.events.iter().filter(|event| matches!(event.function, "shmat" | "shmctl"));
    let found = users.filter_map(|event| {
        let number = int(event, 0);
        let errno = failed(event).filter(|errno| *errno == libc::EINVAL && number != -1)?;
        let mut before = story.until(event.seen().number).iter();
        let shmget = before.rfind(|event| event.function == "shmget" && int(event, 0) == number)?;
        if number == libc::IPC_PRIVATE || shmget.segment == Some(number) {
            return None;
        }
        let id = match shmget.segment {
            Some(id) => format!("; the identifier is {id}"),
            None => String::new(),
        };
        let means = format!(
            "{number:#010x} is the key, and {} wants the identifier that shmget returned: {}{id}.",
            event.function,
            constants::errno(errno),
        );
        let mut found = about(story, event, means);
        found.events.insert(0, shmget.seen().number);
        found.segment = shmget.segment;
        Some(found)
    });
    found.collect()
}

/// A command that does not exist.
pub fn wrong_command(story: &Story) -> Vec<Found> {
    let found = calls(story, "shmctl").filter_map(|event| {
        let command = int(event, 1);
        failed(event).filter(|_| !COMMANDS.contains(&command))?;
        let flag = constants::numbered(constants::GET_FLAGS, command.into());
        let means = match flag {
            Some(flag) => {
                format!("{} is a flag of shmget and no command of shmctl, which did nothing.", flag.name)
            }
            None => format!("shmctl has no command {command}, and did nothing."),
        };
        Some(about(story, event, means))
    });
    found.collect()
}
