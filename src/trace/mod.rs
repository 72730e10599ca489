//! Following a program from elsewhere: its processes, its calls about shared memory, its crashes. The
//! tracer observes; it writes nothing into the program but what `sys::untraced_clone` and `failing` say, holds no stop longer than it
//! must, and prints nothing: an audience hears of each event as it happens. The engine holds the stopped threads, the
//! story is what was seen of them.

mod call;
mod calls;
mod causes;
mod cut_off;
mod debug;
mod decode;
mod effects;
mod engine;
mod escapes;
mod exits;
pub mod failing;
mod fault;
pub mod findings;
mod ftok;
mod inspect;
mod limits;
mod mapped;
mod meaning;
mod pointers;
mod polled;
mod proc_state;
mod repetition;
mod source;
mod stops;
mod story;
mod unwind;
mod wait;
mod watched;
mod witness;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::facts::traced_call::Failing;
use engine::Engine;
use repetition::Telling;
use watched::TraceWatchdog;

use crate::error::Error;
use crate::facts::event::Event;
use crate::sys::launch::{self, Refused};
use crate::sys::watchdog::Why;
use crate::sys::{process, settings, signal_forwarding};
use crate::text::Safe;

pub use calls::callers;
pub use proc_state::{AtTimeout, Doing, Party, Polled, Wait, Waiter};
pub use source::Sources;
pub use story::{Attach, Emptiness, How, Life, Note, Object, Process, Story, Unseen};
pub use witness::Witness;

/// What to trace and how.
#[derive(Debug)]
pub struct Plan {
    pub path: PathBuf,
    /// argv, its first word included.
    pub args: Vec<OsString>,
    /// What the program is called.
    pub role: String,
    pub timeout: Option<Duration>,
    /// It may signal and trace no process but its own processes.
    pub apart: bool,
    /// Keep every call, however often it repeats.
    pub all: bool,
    /// What is said when lab has stood still and its watchdog ends it; none: whoever started this process watches it.
    pub last_words: Option<fn(Why) -> Safe>,
    /// The call that lab makes fail.
    pub failing: Option<Failing>,
}

/// How the program's first process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Exited(i32),
    Killed(i32),
    /// It ran out of time: what each of its processes was doing.
    TimedOut(Vec<AtTimeout>),
}

/// Who hears of it.
pub trait Audience {
    /// The program is about to run.
    fn begins(&mut self) {}
    /// An event has happened.
    fn event(&mut self, story: &Story, event: &Event);
    /// A moment has passed: nothing shall wait in a buffer.
    fn pause(&mut self) {}
}

/// After this number of looks at files, a process's stats are stopped at only once.
const MAX_FILE_QUERIES: usize = 1000;

/// The most memory that lab takes, in bytes, whatever a program makes it read or remember.
const MEMORY_LIMIT: u64 = 1 << 30;

/// Runs the program and follows it to the end of its last process. Without an audience it is judged at its end alone.
///
/// # Errors
/// [`Error::Machine`] where ptrace is refused, [`Error::Usage`] where the program can't be run.
pub fn run(plan: &Plan, mut audience: Option<&mut dyn Audience>) -> Result<(Story, End), Error> {
    let deadline = plan.timeout.map(|time| Instant::now() + time);
    let (mut watched, mut without) = (TraceWatchdog::new(), None);
    let watch = || without = plan.last_words.and_then(|words| watched.start(deadline, words));
    let launched = launch::launch(&plan.path, &plan.args, plan.apart, watch).map_err(refused)?;
    process::limit_memory(MEMORY_LIMIT);
    signal_forwarding::stand();
    audience.iter_mut().for_each(|audience| audience.begins());
    let mut engine = Engine::new(plan, launched, watched, audience);
    engine.story.unseen.extend(without);
    engine.follow(deadline)
}

fn refused(refused: Refused) -> Error {
    match refused {
        Refused::Fork(error) => Error::System("start the program", error),
        Refused::Ptrace(error) => Error::Machine(format!(
            "the program can't be traced here: ptrace was refused ({}); {}",
            crate::constants::errno(crate::sys::errno_of(&error)),
            settings::why_no_ptrace()
        )),
    }
}
