//! Why a tracee has stopped, as waitpid(2) says it.

use super::super::status::Ended;
use super::Stopped;

const EVENT_STOP: i32 = 128;

/// How a new tracee came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Birth {
    Fork,
    Vfork,
    /// clone(2) with something else than SIGCHLD: a thread, mostly.
    Clone,
}

/// Why a tracee stopped.
#[derive(Debug)]
pub enum Stop {
    /// A filter has stopped it before a call: ours, or one of its own.
    Watched(Stopped),
    /// At the entry or the exit of a call, whichever follows.
    Call(Stopped),
    /// It has made a child or a thread.
    Born(Stopped, Birth, i32),
    /// It runs another program; the thread that called execve had this id before.
    Exec(Stopped, i32),
    /// It is about to end; its memory is still there.
    Ending(Stopped),
    /// A new tracee's first stop.
    Started(Stopped),
    /// Stopped by a signal such as SIGTSTP, together with its process.
    Group(Stopped),
    /// A signal is about to be delivered.
    Signal(Stopped, i32),
    /// It is gone.
    Ended(i32, Ended),
}

impl Stop {
    /// What a status of waitpid(2) says of a tracee.
    pub(super) fn of(tid: i32, status: i32) -> Stop {
        if libc::WIFEXITED(status) {
            return Stop::Ended(tid, Ended::Exited(libc::WEXITSTATUS(status)));
        }
        if libc::WIFSIGNALED(status) {
            return Stop::Ended(tid, Ended::Killed(libc::WTERMSIG(status)));
        }
        let stopped = Stopped::new(tid);
        let signal = libc::WSTOPSIG(status);
        match status >> 16 {
            0 if signal == libc::SIGTRAP | 0x80 => Stop::Call(stopped),
            0 => Stop::Signal(stopped, signal),
            libc::PTRACE_EVENT_SECCOMP => Stop::Watched(stopped),
            libc::PTRACE_EVENT_FORK => born(stopped, Birth::Fork),
            libc::PTRACE_EVENT_VFORK => born(stopped, Birth::Vfork),
            libc::PTRACE_EVENT_CLONE => born(stopped, Birth::Clone),
            libc::PTRACE_EVENT_EXEC => {
                let former = stopped.message();
                Stop::Exec(stopped, former)
            }
            libc::PTRACE_EVENT_EXIT => Stop::Ending(stopped),
            EVENT_STOP if signal == libc::SIGTRAP => Stop::Started(stopped),
            EVENT_STOP => Stop::Group(stopped),
            // An event that was not asked for: it goes on as if there had been none.
            _ => Stop::Started(stopped),
        }
    }

    /// The same for somebody who only looks and has to be done with it before this one is resumed: whatever is done
    /// with the second stop, the tracee stays where it is and as it is.
    pub fn to_look_at(&self) -> Stop {
        match self {
            Stop::Watched(stopped) => Stop::Watched(stopped.to_look_at()),
            Stop::Call(stopped) => Stop::Call(stopped.to_look_at()),
            Stop::Born(stopped, birth, child) => Stop::Born(stopped.to_look_at(), *birth, *child),
            Stop::Exec(stopped, former) => Stop::Exec(stopped.to_look_at(), *former),
            Stop::Ending(stopped) => Stop::Ending(stopped.to_look_at()),
            Stop::Started(stopped) => Stop::Started(stopped.to_look_at()),
            Stop::Group(stopped) => Stop::Group(stopped.to_look_at()),
            Stop::Signal(stopped, signal) => Stop::Signal(stopped.to_look_at(), *signal),
            Stop::Ended(tid, ended) => Stop::Ended(*tid, *ended),
        }
    }

    /// The thread's id.
    pub fn tid(&self) -> i32 {
        match self {
            Stop::Watched(stopped)
            | Stop::Call(stopped)
            | Stop::Born(stopped, ..)
            | Stop::Exec(stopped, _)
            | Stop::Ending(stopped)
            | Stop::Started(stopped)
            | Stop::Group(stopped)
            | Stop::Signal(stopped, _) => stopped.tid,
            Stop::Ended(tid, _) => *tid,
        }
    }

    /// Lets it go on as it would without us.
    pub fn go_on(self) {
        match self {
            Stop::Signal(stopped, signal) => stopped.resume(signal),
            Stop::Group(stopped) => stopped.listen(),
            Stop::Watched(stopped)
            | Stop::Call(stopped)
            | Stop::Born(stopped, _, _)
            | Stop::Exec(stopped, _)
            | Stop::Ending(stopped)
            | Stop::Started(stopped) => stopped.resume(0),
            Stop::Ended(..) => {}
        }
    }
}

fn born(stopped: Stopped, birth: Birth) -> Stop {
    let child = stopped.message();
    Stop::Born(stopped, birth, child)
}
