//! Findings about identifiers: -1, the comparison's 0 or 1, and the key in their place.

use super::{Detail, Found, about, calls, cause, each, failed, int, line_of};
use crate::constants;
use crate::facts::event::Event;
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall::{Shmat, Shmctl, Shmget};
use crate::trace::Story;

/// A failed shmget's -1 in shmat or shmctl.
pub fn shmget_unchecked(story: &Story) -> Vec<Found> {
    let users = story.events.iter().filter(|event| event.is_one_of(&[Shmat, Shmctl]));
    let found = users.filter_map(|event| {
        let shmget = cause(story, event, Shmget)?;
        let (call, errno) = (shmget.call.clone(), failed(shmget)?);
        let found = about(story, event, Detail::ShmgetUnchecked { call, errno, then: event.function });
        Some(Found { place: Some(shmget.seen().number), ..found })
    });
    found.collect()
}

/// Identifier 0 or 1 where shmget returned another one that then was not used: `id = shmget(...) < 0`.
pub fn from_comparison(story: &Story) -> Vec<Found> {
    let found = calls(story, Shmat).filter_map(|event| {
        let id = int(event, 0);
        let shmget = story.before(event.seen().number, event.pid).find(|event| event.is(Shmget))?;
        let got = match shmget.outcome {
            Outcome::Returned(Value::Id(got)) if got > 0 && id == 0 => Some(got),
            Outcome::Failed(_) if id == 1 => None,
            _ => return None,
        };
        if came_from_shmget(story, event, id) || shmget.segment.is_some_and(|own| used(story, event.pid, own))
        {
            return None;
        }
        let detail = Detail::IdFromComparison { user: event.role.clone(), shmid: id, got };
        let number = shmget.seen().number;
        Some(Found { place: Some(number), ..about(story, event, detail).after(number) })
    });
    found.chain(compared_in_source(story)).collect()
}

/// The same where the identifier is 0, as false is: nothing but the line shows it.
fn compared_in_source(story: &Story) -> Vec<Found> {
    let zero = |event: &Event| event.outcome == Outcome::Returned(Value::Id(0));
    let found = calls(story, Shmget).filter(|event| zero(event)).filter_map(|event| {
        let text = event.seen().source.as_ref()?.text.as_deref()?;
        let later = |attach: &Event| attach.seen().number > event.seen().number && int(attach, 0) == 0;
        let attach = calls(story, Shmat).find(|attach| attach.pid == event.pid && later(attach))?;
        // Another shmget may have given it the 0.
        let once = calls(story, Shmget).filter(|other| other.pid == event.pid && zero(other)).count() == 1;
        (once && stores_comparison(text)).then(|| {
            let detail = Detail::IdFromComparison { user: event.role.clone(), shmid: 0, got: Some(0) };
            let number = event.seen().number;
            Found { place: Some(number), ..about(story, attach, detail).after(number) }
        })
    });
    found.collect()
}

/// Whether a line of C stores what a comparison with shmget's result says: `id = shmget(...) < 0`.
fn stores_comparison(line: &str) -> bool {
    let Some((before, after)) = line.split_once(Shmget.name()) else { return false };
    let stores = before.trim_end().strip_suffix('=');
    let stores = stores.is_some_and(|left| !left.ends_with(['=', '!', '<', '>']));
    let mut depth = 0;
    let end = after.find(|letter| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        letter == ')' && depth == 0
    });
    let compared = end.map(|end| after[end + 1..].trim_start()).unwrap_or_default();
    stores
        && after.trim_start().starts_with('(')
        && ["<", "==", "!=", ">"].iter().any(|sign| compared.starts_with(sign))
}

/// Whether a shmget of this process, or of one it descends from, returned the identifier before.
fn came_from_shmget(story: &Story, event: &Event, id: i32) -> bool {
    let line = line_of(story, event.pid);
    let before = story.until(event.seen().number);
    before.iter().any(|event| {
        event.is(Shmget) && event.outcome == Outcome::Returned(Value::Id(id)) && line.contains(&event.pid)
    })
}

/// Whether the process attached the segment at any time.
fn used(story: &Story, pid: i32, id: i32) -> bool {
    calls(story, Shmat).any(|event| event.pid == pid && int(event, 0) == id)
}

/// A key that this program used, in the place of an identifier.
pub fn key_for_id(story: &Story) -> Vec<Found> {
    let users = story.events.iter().filter(|event| event.is_one_of(&[Shmat, Shmctl]));
    let found = users.filter_map(|event| {
        let key = int(event, 0);
        let errno = failed(event).filter(|errno| *errno == libc::EINVAL && key != -1)?;
        let mut before = story.until(event.seen().number).iter();
        let shmget = before.rfind(|event| event.is(Shmget) && int(event, 0) == key)?;
        if key == libc::IPC_PRIVATE || shmget.segment == Some(key) {
            return None;
        }
        let detail =
            Detail::KeyForId { key: Value::Key(key), errno, then: event.function, shmid: shmget.segment };
        let found = about(story, event, detail).after(shmget.seen().number);
        Some(Found { segment: shmget.segment, ..found })
    });
    found.collect()
}

/// A command that does not exist.
pub fn wrong_command(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmctl), |event| {
        let command = int(event, 1);
        failed(event).filter(|_| !constants::shmctl_has(command))?;
        Some(Detail::WrongCommand { command })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_stores_a_comparison_is_told_from_one_that_compares_what_it_stored() {
        let stores = [
            "if (id = shmget(KEY, 1024, 0666) < 0) {",
            "if((id=shmget(ftok(\".\", 'a'), sizeof(int), IPC_CREAT|0600)==-1))",
            "id = shmget (key, 10, 0) != -1;",
        ];
        let compares = [
            "if ((id = shmget(KEY, 1024, 0666)) < 0) {",
            "id = shmget(KEY, 1024, 0666); if (id < 0) return 1;",
            "if (shmget(KEY, 1024, 0666) == -1)",
            "if (-1 == (id = shmget(KEY, 1024, 0666)))",
            "while (old != shmget(KEY, n < 3, 0)) {",
            "id = shmget(KEY,",
        ];
        assert!(stores.iter().all(|line| stores_comparison(line)));
        assert!(!compares.iter().any(|line| stores_comparison(line)));
    }
}
