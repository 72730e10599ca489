//! The call that a check of a task makes fail: one call of one program, counted over all its processes. At its entry
//! lab has the kernel skip it. Everything else goes on as it is, and what the program does then is judged.

use super::Story;
use crate::facts::traced_call::Failing;
use crate::sys::ptrace::Stopped;
use crate::sys::seccomp::orders;

/// The call, while the program runs. Of semop the program has to have a filter that stops there.
#[derive(Debug)]
pub struct CountedFailing {
    failing: Failing,
    seen: u32,
    /// Whether it has failed.
    pub done: bool,
}

impl CountedFailing {
    pub fn new(failing: Failing) -> CountedFailing {
        CountedFailing { failing, seen: 0, done: false }
    }

    /// The call with this number is about to be made by this process: it fails if it is the one.
    pub fn strike(&mut self, story: &Story, pid: i32, (arch, number): (u32, u64), stopped: &Stopped) {
        let name = orders::by_number(arch, number).and_then(orders::OrderedCall::name);
        if name != Some(self.failing.call.as_str()) || !self.is_of_program(story, pid) {
            return;
        }
        self.seen += 1;
        if self.seen == self.failing.nth {
            self.done = stopped.refuse(self.failing.errno);
        }
    }

    /// Whether a process is the program's, or a child that it has forked.
    fn is_of_program(&self, story: &Story, mut pid: i32) -> bool {
        while let Some(process) = story.process(pid) {
            if process.role == self.failing.role {
                return true;
            }
            // A process is born after its parent, so this ends.
            match process.parent.filter(|_| process.role.starts_with("child ")) {
                Some(parent) if parent != pid => pid = parent,
                _ => return false,
            }
        }
        false
    }
}
