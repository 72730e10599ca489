//! What led to a call: the ftok that explains a key, and the failed call whose -1 was handed on.

use super::call::{CompletedCall, int};
use super::ftok::FileQuery;
use super::{Engine, Story, decode, meaning};
use crate::facts::event::{Event, FileFact};
use crate::facts::meaning::Meaning;
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall;
use crate::sys::seccomp::trace::WatchedCall;

impl Engine<'_> {
    /// Tells the ftok that a key came from, if one of the process's stats explains it and it was not told when it was
    /// made: the number of its event if that was a failure, which then is the cause of what follows.
    pub(super) fn explain_key(&mut self, pid: i32, key: i32) -> Option<usize> {
        if key == libc::IPC_PRIVATE {
            return None;
        }
        let looks = &self.private.get(&pid)?.looks;
        let (place, failed, project) = match looks.missing().filter(|_| key == -1) {
            Some(place) => (place, true, looks.at(place)?.number),
            None => looks.explain(key).map(|(place, file)| (place, false, Some(file.project)))?,
        };
        let look = looks.at(place)?.clone();
        if let Some(told) = look.told {
            return Some(told).filter(|told| failed && *told != usize::MAX);
        }
        // Nothing but ftok's own code proves that it was ftok that looked for a file that is not there.
        if failed && look.of_ftok == Some(false) {
            return None;
        }
        let project = project.filter(|_| !failed || look.of_ftok == Some(true));
        let number = self.tell_ftok(pid, &look, key, project, failed);
        if let Some(private) = self.private.get_mut(&pid) {
            private.looks.tell(place, number.unwrap_or(usize::MAX));
        }
        number.filter(|_| failed)
    }

    /// A look at a file: if it was ftok's, it is reported at once, with what ftok was given and what it returned.
    /// `number`: of the project, if it was ftok that looked.
    pub(super) fn looked(&mut self, pid: i32, mut look: FileQuery, number: impl Fn() -> Option<i32>) {
        let memory = self.story.memory_of(pid);
        look.of_ftok = self.sources.inside(memory, TracedCall::Ftok.name(), &look.stack);
        // Only what is not an ftok for sure needs no number.
        look.number = if look.of_ftok == Some(false) { None } else { number() };
        if look.of_ftok == Some(true)
            && let Some(project) = look.number
        {
            let key = look.key().unwrap_or(-1);
            let failed = look.found.is_err();
            look.told = Some(self.tell_ftok(pid, &look, key, Some(project), failed).unwrap_or(usize::MAX));
        }
        self.private.entry(pid).or_default().looks.add(look);
    }

    /// Tells a look at a file as the ftok that it was; the number of its event.
    fn tell_ftok(
        &mut self,
        pid: i32,
        look: &FileQuery,
        key: i32,
        project: Option<i32>,
        failed: bool,
    ) -> Option<usize> {
        let kept = self.keeps((TracedCall::Ftok, failed), 0);
        *self.story.counted.entry(TracedCall::Ftok).or_default() += 1;
        if !kept.is_told() {
            self.count(kept);
            return None;
        }
        let path = String::from_utf8_lossy(&look.path).into_owned();
        let (outcome, file) = match look.found {
            Err(errno) => (Outcome::Failed(errno), None),
            Ok((device, inode)) => {
                let project = project.unwrap_or_default();
                (Outcome::Returned(Value::Key(key)), Some(FileFact { path, device, inode, project }))
            }
        };
        let call = match project {
            Some(project) => decode::ftok(&look.path, project),
            None => format!("ftok({}, ?)", crate::text::quote(&look.path)),
        };
        let mut event = self.event((pid, pid), TracedCall::Ftok, outcome, call);
        let meaning = meaning::of_ftok(&look.path, file.as_ref(), key, project);
        event.seen_mut().meaning = Some(meaning);
        event.seen_mut().source = self.source(pid, TracedCall::Ftok.name(), &look.stack);
        event.file = file;
        Some(self.tell(event, kept))
    }

    /// The failed call whose -1 this call was given.
    pub(super) fn cause_of(&self, done: &CompletedCall<'_>) -> Option<usize> {
        let given = done.pending.args[0];
        let failed = match done.pending.watched {
            WatchedCall::Shmat | WatchedCall::Shmctl if int(given) == -1 => TracedCall::Shmget,
            WatchedCall::Shmdt if given == u64::MAX => TracedCall::Shmat,
            _ => return None,
        };
        self.last_failed(done.pid, failed)
    }

    /// Whether a forked child removes a segment because exit() runs a handler that its parent has registered.
    pub(super) fn at_exit(&mut self, done: &CompletedCall<'_>) -> bool {
        let removes = done.pending.watched == WatchedCall::Shmctl
            && int(done.pending.args[1]) == libc::IPC_RMID
            && matches!(done.outcome, Outcome::Returned(_));
        let forked = || self.story.process(done.pid).is_some_and(|process| process.parent.is_some());
        if !removes || !forked() {
            return false;
        }
        let memory = self.story.memory_of(done.pid);
        // exit() does not come back: the address behind its last call may be the next function's.
        let words: Vec<u64> = done.pending.callers.iter().map(|word| word.wrapping_sub(1)).collect();
        self.sources.inside(memory, "exit", &words).unwrap_or_default()
    }

    /// The number of the last such call in this process (or in those it was forked from, until
    /// then), if it failed.
    pub(super) fn last_failed(&self, pid: i32, call: TracedCall) -> Option<usize> {
        let last = self.private.get(&pid)?.shm_calls[place_of(call)?];
        last.filter(|(_, failed)| *failed).map(|(number, _)| number)
    }
}

/// After the end: a look-up of key -1 that came before the segment with this key was made has failed because of that,
/// and not because of the ftok that the key came from.
pub(super) fn reconsider(story: &mut Story) {
    let key = |event: &Event| event.seen().args.first().copied().unwrap_or_default() as i32;
    let made = story.lives.iter().filter(|life| life.made && life.key == -1).filter_map(|life| life.made_at);
    let Some(last) = made.max() else { return };
    for event in story.events.iter_mut().filter(|event| event.is(TracedCall::Shmget)) {
        let early = key(event) == -1 && event.seen().number < last;
        if let (Outcome::Failed(libc::ENOENT), true, Some(seen)) = (&event.outcome, early, &mut event.seen) {
            seen.cause = None;
        }
    }
}

/// The number of the IPC_RMID without which a call would not have failed. A second IPC_RMID has lost nothing by it.
pub(super) fn removal(call: TracedCall, meaning: &Meaning) -> Option<usize> {
    match meaning {
        _ if call == TracedCall::Shmctl => None,
        Meaning::NoSegment { removal, .. } | Meaning::NoSegmentWithKey { removal } => {
            removal.as_ref().map(|removal| removal.by.event)
        }
        _ => None,
    }
}

/// Where the last such call is kept of each process.
pub(super) fn place_of(call: TracedCall) -> Option<usize> {
    [TracedCall::Shmget, TracedCall::Shmat].iter().position(|kept| *kept == call)
}
