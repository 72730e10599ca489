//! Looking: at the kernel's rows, at what a process has in a segment, at where in its source it is. Reading only.

use super::Tracer;
use super::attaches::Attach;
use super::unseen::Unseen;
use crate::facts::event::Segment;
use crate::sys::evidence;
use crate::sys::ptrace::{Info, Stopped};

/// How many bytes of a segment are looked at.
const SHOWN_BYTES: usize = 64;

/// A segment as a process had it just before it left it.
#[derive(Debug, Clone, Default)]
pub struct Last {
    pub shmid: i32,
    pub address: u64,
    pub begins: Vec<u8>,
    pub beyond: Option<(u64, u64)>,
}

impl Tracer<'_> {
    /// The segment's row, if it exists and can be seen from here.
    pub(super) fn row(&self, pid: i32, shmid: i32) -> Option<Segment> {
        let elsewhere = self.story.process(pid).is_some_and(|process| process.elsewhere);
        if elsewhere { None } else { evidence::one(shmid) }
    }

    /// The segment that has this key now.
    pub(super) fn with_key(&self, pid: i32, key: i32) -> Option<i32> {
        let elsewhere = self.story.process(pid).is_some_and(|process| process.elsewhere);
        if elsewhere { None } else { evidence::with_key(key) }
    }

    /// The rows of these segments, of as many as are read in one event.
    pub(super) fn rows(&self, pid: i32, segments: &[(i32, u64)]) -> Vec<Segment> {
        const MAX_ROWS: usize = 100;
        segments.iter().take(MAX_ROWS).filter_map(|(shmid, _)| self.row(pid, *shmid)).collect()
    }

    /// Finds out, once, whether a process is in our IPC namespace: only there can its segments be looked at.
    pub(super) fn look_where(&mut self, pid: i32) {
        let private = self.private.entry(pid).or_default();
        if std::mem::replace(&mut private.checked, true) {
            return;
        }
        let there = evidence::ipc_namespace_of(pid);
        let elsewhere = !there.is_empty() && !self.namespace.is_empty() && there != self.namespace;
        if let Some(process) = self.story.process_mut(pid) {
            process.elsewhere = elsewhere;
            let role = process.role.clone();
            if elsewhere {
                self.story.elsewhere = true;
                self.story.cannot_see(Unseen::Namespace { role, pid });
            }
        }
    }

    /// Reads what a process has in a segment: its first bytes, and what stands behind its size.
    pub(super) fn read_last(&self, stopped: &Stopped, attach: &Attach) -> Last {
        let size = usize::try_from(attach.size).unwrap_or(usize::MAX);
        let mut begins = vec![0; size.min(SHOWN_BYTES)];
        let read = stopped.read(attach.address, &mut begins);
        begins.truncate(read);
        let end = attach.end(self.page);
        let behind = attach.address.saturating_add(attach.size);
        let mut rest =
            vec![0; usize::try_from(end.saturating_sub(behind)).unwrap_or(0).min(self.page as usize)];
        let read = stopped.read(behind, &mut rest);
        rest.truncate(read);
        let first = rest.iter().position(|byte| *byte != 0);
        let last = rest.iter().rposition(|byte| *byte != 0);
        let beyond =
            first.zip(last).map(|(first, last)| (attach.size + first as u64, (last - first + 1) as u64));
        Last { shmid: attach.shmid, address: attach.address, begins, beyond }
    }

    /// The words at the top of a thread's stack: the wrappers of libc keep nothing there, so that the caller's
    /// address is the first, or among the first.
    pub(super) fn callers(&self, stopped: &Stopped, info: &Info) -> Vec<u64> {
        const STACK_WORDS: usize = 64;
        let mut bytes = [0; STACK_WORDS * 8];
        let read = stopped.read(info.stack, &mut bytes);
        bytes[..read]
            .chunks_exact(8)
            .map(|word| u64::from_ne_bytes(std::array::from_fn(|byte| word[byte])))
            .collect()
    }
}
