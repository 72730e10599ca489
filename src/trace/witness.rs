//! A witness: the engine without a hand on anything. Another tracer holds the program's processes and decides when each
//! goes on; it shows every stop to the witness, which looks and remembers, so that the story of such a run is the same
//! as that of a traced one. Nothing is resumed or changed from here.

use super::watched::TraceWatchdog;
use super::{Engine, Sources, Story};
use crate::facts::event::Source;
use crate::sys::evidence;
use crate::sys::ptrace::Stop;

/// The witness of one run.
pub struct Witness {
    engine: Engine<'static>,
    /// When the run began, in seconds since 1970.
    since: i64,
}

impl Witness {
    /// `sources`: who finds lines, for as many runs as he likes.
    pub fn new(sources: Sources) -> Witness {
        let engine = Engine::without_a_program(sources, TraceWatchdog::new(), None);
        Witness { engine, since: evidence::earliest_ctime() }
    }

    /// A program is held after its exec.
    pub fn enters(&mut self, pid: i32, role: &str) {
        self.engine.enters(pid, role);
        self.engine.runs(pid, None);
    }

    /// A stop, which the scheduler resumes: of a call or an end the moment before it goes on, of all others at once.
    pub fn sees(&mut self, stop: Stop) {
        let known = |engine: &Engine<'_>, tid: i32| engine.threads.contains_key(&tid);
        if known(&self.engine, stop.tid()) {
            // What fails is a launch, and there is none here.
            let _ = self.engine.stop(stop);
        }
    }

    /// The line that calls this function, of a thread that is held before the call with these [`super::callers`].
    pub fn line(&mut self, pid: i32, function: &str, callers: &[u64]) -> Option<Source> {
        self.engine.source(pid, function, callers)
    }

    /// Whoever holds the programs ends them now.
    pub fn cut(&mut self) {
        self.engine.story.cut = true;
    }

    /// Everybody has ended: all that was seen, and who finds lines.
    pub fn tell(mut self) -> (Story, Sources) {
        self.engine.look_back(self.since);
        (self.engine.story, self.engine.sources)
    }
}
