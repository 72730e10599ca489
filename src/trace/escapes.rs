//! What would not be seen, or would get away: a child that hides from its parent's tracer, calls by another
//! architecture's numbers, and filters of the program's own that answer in a tracer's name. Each is caught where it
//! begins, followed where it can be, and said at the end.

use super::Engine;
use super::story::{Note, Unseen};
use crate::constants;
use crate::sys::ptrace::{self, Birth, Info, Stopped, Syscall};
use crate::sys::seccomp::trace::{self, Answer, WatchedCall};
use crate::sys::untraced_clone::Taken;
use crate::sys::{errno_of, proc};

/// What a thread is in besides a call that is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// clone or clone3, and what was taken out of its flags.
    Clone(Option<Taken>),
    /// A call that is not decoded.
    Undecoded,
}

/// How many children of a process that was found late are looked for.
const MAX_FAMILY: usize = 1000;

impl Engine<'_> {
    /// A call begins that is watched for what it hides. `stopped` goes on.
    pub(super) fn hiding_begins(&mut self, stopped: Stopped, watched: WatchedCall, info: &Info) {
        let tid = stopped.tid();
        let Some(thread) = self.threads.get_mut(&tid) else { return self.go(stopped, 0) };
        let pid = thread.process;
        match watched {
            WatchedCall::Clone | WatchedCall::Clone3 => {
                let taken = stopped.take_untraced(info, watched == WatchedCall::Clone3).unwrap_or_default();
                thread.between = Some(Between::Clone(taken));
            }
            WatchedCall::Undecoded => {
                thread.between = Some(Between::Undecoded);
                self.story.undecoded.count(pid);
            }
            _ => {
                self.look_at_filter(&stopped, pid, info);
                return self.go(stopped, 0);
            }
        }
        stopped.resume_to_call(0);
    }

    /// It has come back.
    pub(super) fn hiding_ends(&mut self, stopped: Stopped, between: Between, returned: Result<i64, i32>) {
        match between {
            Between::Clone(taken) => {
                taken.into_iter().for_each(|taken| stopped.give_back(taken));
                // Its birth would have been told before: another thread has written the flag after we looked.
                if let Ok(child @ 1..) = returned {
                    self.escaped(stopped.tid(), child as i32);
                }
            }
            Between::Undecoded => self.story.undecoded.failed += u64::from(returned.is_err()),
        }
        self.go(stopped, 0);
    }

    /// A thread's child is born, traced: what was taken out of the flags is put back, in both of them.
    pub(super) fn unhide(&mut self, parent: &Stopped, child: i32) {
        let between = self.threads.get_mut(&parent.tid()).and_then(|thread| thread.between.take());
        if let Some(Between::Clone(Some(taken))) = between {
            self.story.hidden += 1;
            parent.give_back(taken);
            match self.early.get(&child) {
                Some((early, _)) => early.give_back(taken),
                None => {
                    self.owed.insert(child, taken);
                }
            }
        }
    }

    /// The first stop of a new tracee: what its parent's call was without is put back here too.
    pub(super) fn settle(&mut self, stopped: &Stopped) {
        if let Some(taken) = self.owed.remove(&stopped.tid()) {
            stopped.give_back(taken);
        }
    }

    /// A thread has ended within a clone. In a program that hides children one may have been made of which no process
    /// will hear.
    pub(super) fn cut_short(&mut self, pid: i32) {
        if self.story.hidden > 0 {
            let role = self.story.role(pid);
            self.story.cannot_see(Unseen::KilledInClone { role, pid });
        }
    }

    /// A child that is not traced: from now on it is, and so are the children that it has made already.
    fn escaped(&mut self, tid: i32, child: i32) {
        let parent = self.process_of(tid);
        if !proc::same_pids(parent) {
            let role = self.story.role(parent);
            return self.story.cannot_see(Unseen::PidNamespace { role, pid: parent, child });
        }
        let mut family = vec![(parent, child)];
        let mut at = 0;
        while let Some((parent, child)) = family.get(at).copied().filter(|_| at < MAX_FAMILY) {
            at += 1;
            if self.threads.contains_key(&child) {
                continue;
            }
            if let Err(error) = ptrace::seize(child) {
                // One that has ended meanwhile can't outlive anybody.
                if proc::state(child).is_some_and(|state| state != 'Z') {
                    self.story.cannot_see(Unseen::NotFollowed { pid: child, errno: errno_of(&error) });
                }
                continue;
            }
            self.take_in(tid, parent, Birth::Clone, child);
            let role = self.story.role(child);
            self.story.cannot_see(Unseen::FollowedLate { role, pid: child });
            family.extend(proc::children_of(child).into_iter().map(|grandchild| (child, grandchild)));
        }
    }

    /// A process puts a filter on itself: whether it answers in a tracer's name.
    fn look_at_filter(&mut self, stopped: &Stopped, pid: i32, info: &Info) {
        const ROW: usize = size_of::<libc::sock_filter>();
        let Syscall::Entry { args, .. } = info.call else { return };
        // struct sock_fprog: how many rows, two bytes; where they are, at 8.
        let mut head = [0; 16];
        if stopped.read(args[2], &mut head) < head.len() {
            return;
        }
        let [_, at] = [0, 8].map(|at| u64::from_ne_bytes(std::array::from_fn(|byte| head[at + byte])));
        let mut bytes = vec![0; usize::from(u16::from_ne_bytes([head[0], head[1]])).min(4096) * ROW];
        let read = stopped.read(at, &mut bytes);
        let row = |row: &[u8]| libc::sock_filter {
            code: u16::from_ne_bytes([row[0], row[1]]),
            jt: row[2],
            jf: row[3],
            k: u32::from_ne_bytes(std::array::from_fn(|byte| row[4 + byte])),
        };
        let rows: Vec<libc::sock_filter> = bytes[..read].chunks_exact(ROW).map(row).collect();
        let traces = |row: &libc::sock_filter| {
            u32::from(row.code) == libc::BPF_RET | libc::BPF_K
                && row.k & libc::SECCOMP_RET_ACTION_FULL == libc::SECCOMP_RET_TRACE
        };
        let role = self.story.role(pid);
        let answered = trace::answered(&rows);
        if !answered.is_empty() {
            let call = |(number, answer): &(libc::c_long, Answer)| {
                let name = constants::system_call(number.unsigned_abs());
                match answer {
                    Answer::Fails(errno) => format!("{name} ({})", constants::errno(*errno)),
                    Answer::Signal => format!("{name} (SIGSYS)"),
                }
            };
            let calls = answered.iter().map(call).collect();
            self.story.cannot_see(Unseen::Filtered { role: role.clone(), pid, calls });
        }
        if rows.iter().any(traces) {
            self.story.note(Note::TracingFilter { role, pid });
        }
    }
}
