//! What led to a call: the ftok that explains a key, and the failed call whose -1 was handed on.

use super::call::{CompletedCall, int};
use super::{Telling, Tracer, decode, meaning};
use crate::facts::event::FileFact;
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall;
use crate::sys::seccomp::trace::WatchedCall;

impl Tracer<'_> {
    /// Tells the ftok that a key came from, if one of the process's stats explains it: the number of its event
    /// if that was a failure, which then is the cause of what follows.
    pub(super) fn explain_key(&mut self, pid: i32, key: i32) -> Option<usize> {
        let looks = &self.private.get(&pid)?.looks;
        let (look, outcome, file) = match (key, looks.missing()) {
            (libc::IPC_PRIVATE, _) => return None,
            (-1, Some((look, errno))) => (look.clone(), Outcome::Failed(errno), None),
            _ => {
                let (look, file) = looks.explain(key)?;
                (look.clone(), Outcome::Returned(Value::Key(key)), Some(file))
            }
        };
        let failed = file.is_none();
        let mut project = file.as_ref().map(|file| file.project);
        if failed {
            // Nothing but ftok's own code proves that it was ftok that looked for the file.
            let memory = self.story.process(pid).map_or(pid, |process| process.memory);
            match self.sources.inside(memory, TracedCall::Ftok.name(), &look.stack) {
                Some(true) => project = look.number,
                Some(false) => return None,
                None => {}
            }
        }
        let kept = match self.keeps((TracedCall::Ftok, failed), 0) {
            Telling::Counted if !failed => return None,
            // What is told follows from it.
            Telling::Counted => Telling::Told,
            kept => kept,
        };
        *self.story.counted.entry(TracedCall::Ftok).or_default() += 1;
        let mut event = self.event(pid, pid, TracedCall::Ftok, outcome);
        event.call = match project {
            Some(project) => decode::ftok(&look.path, project),
            None => format!("ftok({}, ?)", crate::text::quote(&look.path)),
        };
        event.code.clone_from(&event.call);
        let meaning = meaning::of_ftok(&look.path, file.as_ref(), key);
        let source = self.source(pid, TracedCall::Ftok.name(), &look.stack);
        event.file =
            file.map(|file| FileFact { path: String::from_utf8_lossy(&look.path).into_owned(), ..file });
        if let Some(seen) = &mut event.seen {
            seen.meaning = Some(meaning);
            seen.source = source;
        }
        let number = self.tell(event, kept);
        failed.then_some(number)
    }

    /// The failed call whose -1 this call was given.
    pub(super) fn cause_of(&self, done: &CompletedCall<'_>) -> Option<usize> {
        let given = done.pending.args()[0];
        let failed = match done.pending.watched {
            WatchedCall::Shmat | WatchedCall::Shmctl if int(given) == -1 => TracedCall::Shmget,
            WatchedCall::Shmdt if given == u64::MAX => TracedCall::Shmat,
            _ => return None,
        };
        self.last_failed(done.pid, failed)
    }

    /// The number of the last such call in this process (or in those it was forked from, until
    /// then), if it failed.
    pub(super) fn last_failed(&self, pid: i32, call: TracedCall) -> Option<usize> {
        let last = self.private.get(&pid)?.shm_calls[place_of(call)?];
        last.filter(|(_, failed)| *failed).map(|(number, _)| number)
    }
}

/// Where the last such call is kept of each process.
pub(super) fn place_of(call: TracedCall) -> Option<usize> {
    [TracedCall::Shmget, TracedCall::Shmat].iter().position(|kept| *kept == call)
}
