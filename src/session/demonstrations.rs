//! Which demonstrations are under way, and at which step each of them is: one small file in the state folder, through
//! which a second terminal finds the first. It is read as a stranger's would be: what makes no sense, is not this
//! user's alone or comes from a newer lab is a sentence, and a demonstration counts only while its process lives.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Player;
use crate::output::line::labelled;
use crate::output::{narrate, predict};
use crate::progress::{self, Kept, Unread};
use crate::sys::{proc, process, settings};

/// The file in the state folder.
const FILE: &str = "demonstrations.json";

/// All of them, in the order in which they were begun.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Demonstrations {
    version: u32,
    under_way: Vec<UnderWay>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderWay {
    call: String,
    pub pid: i32,
    /// When its process was started: a later process may get the same pid.
    started: u64,
    /// The boot and the PID namespace in which its pid means something.
    boot: String,
    pids: String,
    /// None until it shows its first step.
    pub at: Option<AtStep>,
}

/// The step that is on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtStep {
    /// From 0, of all steps of the lesson.
    pub step: usize,
    pub played: bool,
    /// The right answer to its question, once the kernel has given it.
    pub answer: Option<String>,
    /// What the names of the lesson stand for by now, in words.
    pub names: BTreeMap<String, String>,
}

/// What is known of a call's demonstrations.
#[derive(Debug, Default)]
pub struct Found {
    /// The last one begun of those that live.
    pub living: Option<UnderWay>,
    /// All that have left a record.
    known: Vec<UnderWay>,
}

impl Kept for Demonstrations {
    const VERSION: u32 = 1;
    const WHAT: &'static str = "the step for your notes";
}

impl UnderWay {
    /// This process as a demonstration of a call; none where /proc does not say when it was started.
    fn of_this_process(call: &str) -> Option<UnderWay> {
        let pid = process::own_pid();
        Some(UnderWay {
            call: call.into(),
            pid,
            started: proc::started(pid)?,
            boot: settings::boot_id(),
            pids: settings::pid_namespace(),
            at: None,
        })
    }

    /// Whether both are the same demonstration, at whatever step.
    pub fn is(&self, other: &UnderWay) -> bool {
        (self.pid, self.started, &self.boot, &self.pids)
            == (other.pid, other.started, &other.boot, &other.pids)
    }

    /// Whether its process is the one that was started then. In another PID namespace that can't be known, and it counts
    /// as none.
    pub fn lives(&self) -> bool {
        self.boot == settings::boot_id()
            && self.pids == settings::pid_namespace()
            && proc::started(self.pid) == Some(self.started)
    }

    /// Whether its process is known to be gone.
    fn is_over(&self) -> bool {
        self.boot != settings::boot_id() || (self.pids == settings::pid_namespace() && !self.lives())
    }
}

impl Found {
    /// Whether this demonstration's record is still there.
    pub fn knows(&self, one: &UnderWay) -> bool {
        self.known.iter().any(|known| known.is(one))
    }

    /// The process of the last one that was killed, if it was the last of all.
    pub fn killed(&self) -> Option<i32> {
        self.known.last().filter(|last| last.is_over()).map(|last| last.pid)
    }
}

/// What is known of the demonstrations of a call, or why nothing can be read, in a sentence.
pub fn of(call: &str) -> Result<Found, String> {
    let read: Result<Demonstrations, Unread> = progress::load(FILE);
    let mut known = read.map_err(Unread::words)?.under_way;
    known.retain(|one| one.call == call);
    let living = known.iter().rev().find(|one| one.lives()).cloned();
    Ok(Found { living, known })
}

/// This process's demonstration, for as long as it is written down.
#[derive(Debug)]
pub struct Announced {
    own: UnderWay,
}

impl Announced {
    /// Writes down that a demonstration begins, or says in a sentence why it can't be followed.
    pub fn begin(call: &str) -> Result<Announced, String> {
        let own = UnderWay::of_this_process(call);
        let own = own.ok_or("your notes can't follow this demonstration: there is no /proc")?;
        let announced = Announced { own };
        announced.write()?;
        Ok(announced)
    }

    fn write(&self) -> Result<(), String> {
        change(|under_way| match under_way.iter_mut().find(|one| one.is(&self.own)) {
            Some(own) => own.clone_from(&self.own),
            None => under_way.push(self.own.clone()),
        })
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // What can't be taken away is read as a demonstration that was killed.
        let _ = change(|under_way| under_way.retain(|one| !one.is(&self.own)));
    }
}

/// Changes the file. Those that are over go.
fn change(how: impl FnOnce(&mut Vec<UnderWay>)) -> Result<(), String> {
    progress::change(FILE, |all: &mut Demonstrations| {
        all.version = Demonstrations::VERSION;
        all.under_way.retain(|one| !one.is_over());
        how(&mut all.under_way);
    })
}

impl Player<'_> {
    /// Tells the second terminal which step is on the screen, and once it was played what the kernel's answer is. Where
    /// that can't be done, it is said once and not tried again.
    pub(super) fn announce(&mut self, at: usize) {
        let Some(announced) = &mut self.wanted.announced else { return };
        let played = self.told.get(at);
        let asked = narrate::asked(self.lesson, at);
        announced.own.at = Some(AtStep {
            step: at,
            played: played.is_some(),
            answer: played.zip(asked).and_then(|(step, asked)| predict::answer(&asked, step)),
            names: self.stage.names.iter().map(|(name, value)| (name.clone(), value.in_words())).collect(),
        });
        if let Err(why) = announced.write() {
            self.wanted.announced = None;
            // A screen that can't be written to is noticed when the next thing is shown.
            let _ = self.output.show(&[labelled("WARNING", why)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> UnderWay {
        UnderWay::of_this_process("shmat").expect("/proc")
    }

    #[test]
    fn a_process_lives_only_with_its_own_start_in_its_own_boot_and_namespace() {
        assert!(own().lives() && !own().is_over());
        let reused = UnderWay { started: own().started + 1, ..own() };
        let earlier = UnderWay { boot: "another boot".into(), ..own() };
        let gone = UnderWay { pid: i32::MAX, ..own() };
        for over in [reused, earlier, gone, UnderWay { pid: -1, ..own() }, UnderWay { pid: 0, ..own() }] {
            assert!(!over.lives() && over.is_over(), "{over:?}");
        }
        // It may well live, and lab can't tell from here.
        let elsewhere = UnderWay { pids: "pid:[1]".into(), ..own() };
        assert!(!elsewhere.lives() && !elsewhere.is_over());
    }

    #[test]
    fn the_last_one_begun_is_killed_only_if_it_is_the_last_of_all() {
        let gone = UnderWay { pid: i32::MAX, ..own() };
        let found = |known: Vec<UnderWay>| Found { living: None, known };
        assert_eq!(found(vec![own(), gone.clone()]).killed(), Some(i32::MAX));
        assert_eq!(found(vec![gone.clone(), own()]).killed(), None);
        assert!(found(vec![gone.clone()]).knows(&gone) && !found(vec![gone]).knows(&own()));
    }
}
