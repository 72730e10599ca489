//! Stops of an order's processes: which is held, which goes on at once, who is born and who has ended.

use super::actor::{self, Actor, Before, State};
use super::order::{MAX_PRINTED, Order};
use super::step::{Answer, Call, Fate, Step};
use crate::error::Error;
use crate::sys::held_launch::NOT_STARTED;
use crate::sys::proc;
use crate::sys::ptrace::{Birth, Stop, Stopped, Syscall};
use crate::sys::seccomp::orders::{OrderedCall, Stops};
use crate::sys::status::Ended;

impl Order<'_> {
    pub(super) fn place(&self, tid: i32) -> Option<usize> {
        self.actors.iter().position(|actor| actor.tid == tid && !actor.is_gone())
    }

    pub(super) fn stop(&mut self, stop: Stop) -> Result<(), Error> {
        // Of a call and of an end it is shown when they go on.
        if let Some(witness) = &mut self.witness
            && !matches!(stop, Stop::Watched(_) | Stop::Ending(_))
        {
            witness.sees(stop.to_look_at());
        }
        match stop {
            Stop::Watched(stopped) => self.before_call(stopped),
            Stop::Call(stopped) => self.after_call(stopped),
            Stop::Born(stopped, birth, child) => self.born(stopped, birth, child),
            Stop::Exec(stopped, _) => self.exec(stopped),
            Stop::Ending(stopped) => self.held(stopped, Before::End),
            Stop::Started(stopped) => self.started(stopped),
            Stop::Group(stopped) => {
                if let Some(place) = self.place(stopped.tid()) {
                    self.actors[place].state = State::Stopped;
                }
                stopped.listen();
            }
            Stop::Signal(stopped, signal) => self.signal(stopped, signal),
            Stop::Ended(tid, ended) => return self.gone(tid, ended),
        }
        Ok(())
    }

    /// It stays where it is until it is chosen. Whoever was asleep until now owes that to the step that is made.
    fn held(&mut self, stopped: Stopped, before: Before) {
        let Some(place) = self.place(stopped.tid()) else { return stopped.resume(0) };
        self.woken(place);
        if self.stops == Stops::Prints {
            // Without a scheduler everybody goes on at once.
            self.actors[place].state = State::Running;
            return stopped.resume(0);
        }
        self.actors[place].state = State::Held(stopped, before);
    }

    /// It was asleep, and does something now.
    pub(super) fn woken(&mut self, place: usize) {
        let who = &mut self.actors[place];
        if !matches!(who.state, State::Waiting | State::Stopped) {
            return;
        }
        let (number, last) = (self.steps.len(), self.steps.len().checked_sub(1));
        let after = last.into_iter().collect();
        self.steps.push(Step { actor: place, call: Call::Wake, after, ..Step::default() });
        (who.step, who.others_moved, who.state) = (Some(number), true, State::Running);
    }

    fn before_call(&mut self, stopped: Stopped) {
        let found = stopped.info().ok().and_then(|info| Some((actor::ordered(&info)?, info)));
        let Some(((call, info), place)) = found.zip(self.place(stopped.tid())) else {
            return self.for_the_witness(stopped);
        };
        if call == OrderedCall::Write {
            let Syscall::Entry { args, .. } = info.call else { return stopped.resume(0) };
            self.prints(place, &stopped, &args);
            return stopped.resume(0);
        }
        let who = &self.actors[place];
        let process = who.process;
        let forks = |step: usize| self.steps[step].call == Call::Fork;
        if call.forks() && who.step.is_some_and(forks) && who.children == who.children_before {
            // A signal that came meanwhile has the kernel begin the same fork again.
            return stopped.resume(0);
        }
        self.actors[place].pending = actor::decoded(call, &info, &stopped, &self.kernel, process);
        self.held(stopped, Before::Call(info, call));
    }

    /// A call that only the witness wants to see: it goes on, and comes back with what was answered.
    fn for_the_witness(&mut self, stopped: Stopped) {
        let Some(witness) = &mut self.witness else { return stopped.resume(0) };
        witness.sees(Stop::Watched(stopped.to_look_at()));
        stopped.resume_to_call(0);
    }

    /// What it prints goes nowhere: it is read here. Of write(stream, address, length) these are the arguments. A copy of
    /// a standard stream is one too, such as that of standard error to which perror() writes.
    fn prints(&mut self, place: usize, stopped: &Stopped, &[stream, address, length, ..]: &[u64; 6]) {
        if stream > 2 && !proc::writes_nowhere(self.actors[place].process, stream) {
            return;
        }
        let who = &mut self.actors[place];
        let room = MAX_PRINTED - who.printed.len().min(MAX_PRINTED);
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX).min(room)];
        let there = stopped.read(address, &mut bytes);
        bytes.truncate(there);
        who.printed.extend_from_slice(&bytes);
        let streams = &mut self.streams[who.program];
        if stream != 1 { &mut streams.complained } else { &mut streams.printed }.extend_from_slice(&bytes);
        if let Some(step) = who.step.and_then(|step| self.steps.get_mut(step)) {
            step.printed.extend_from_slice(&bytes);
        }
    }

    fn after_call(&mut self, stopped: Stopped) {
        let returned = stopped.info().map(|info| info.call);
        if let (Ok(Syscall::Exit(returned)), Some(place)) = (returned, self.place(stopped.tid()))
            && std::mem::take(&mut self.actors[place].calling)
            && let Some(number) = self.actors[place].call
        {
            self.woken(place);
            let answer = match returned {
                Ok(value) => Answer::Returned(value),
                Err(errno) => Answer::Failed(errno),
            };
            let (who, step) = (&mut self.actors[place], &mut self.steps[number]);
            who.state = State::Running;
            if let Call::Semop { .. } = step.call {
                step.notes.extend(self.kernel.remover(&step.call, &answer));
            } else {
                let (touched, notes) =
                    self.kernel.done((who.process, &who.role, number), &step.call, &answer);
                step.footprint = touched;
                step.notes.extend(notes);
            }
            let takes = matches!(&step.call, Call::Semop { operations, .. } if operations.iter().all(|one| one.change <= 0));
            let signals = !takes && !matches!(answer, Answer::Failed(_)) && step.footprint.signals();
            step.answer = answer;
            if signals {
                return self.behind_signal(stopped, place);
            }
        }
        stopped.resume(0);
    }

    /// Another process may go on now. What this one stores before its next call may come later than what that one does,
    /// so it is a step of its own; one that has nothing attached stores nothing that another process sees.
    fn behind_signal(&mut self, stopped: Stopped, place: usize) {
        if self.kernel.attachments(self.actors[place].process).is_empty() {
            return stopped.resume(0);
        }
        self.actors[place].pending = Call::GoOn;
        self.held(stopped, Before::Code);
    }

    fn born(&mut self, stopped: Stopped, birth: Birth, child: i32) {
        let Some(place) = self.place(stopped.tid()) else { return stopped.resume(0) };
        let parent = self.actors[place].process;
        let thread = birth == Birth::Clone && proc::process_of(child) == Some(parent);
        if child > 0 && self.place(child).is_none() {
            let who = &mut self.actors[place];
            who.children += 1;
            let role = format!("{}/{}", who.role, who.children);
            let process = if thread { parent } else { child };
            let mut new = Actor::new(child, (process, who.program), role);
            // It is there because of the fork.
            new.after.extend(who.step);
            new.vforks = birth == Birth::Vfork;
            self.actors.push(new);
            if !thread {
                self.kernel.fork(parent, child);
            }
            if let Some(early) = self.early.remove(&child) {
                self.held(early, Before::Code);
            }
        }
        self.actors[place].vforks = birth == Birth::Vfork;
        if self.limit() {
            // One of too many: it is not let go on, and ends with the order.
            self.actors[place].state = State::Held(stopped, Before::Spin);
            return;
        }
        if birth == Birth::Fork || birth == Birth::Clone && !thread {
            return self.behind_signal(stopped, place);
        }
        stopped.resume(0);
    }

    fn exec(&mut self, stopped: Stopped) {
        let Some(place) = self.place(stopped.tid()) else { return stopped.resume(0) };
        let who = &mut self.actors[place];
        stopped.stop_at_end(true);
        if matches!(who.state, State::Starting) && who.input.is_some() {
            return self.held(stopped, Before::Code);
        }
        self.kernel.exec(who.process);
        stopped.resume(0);
    }

    fn started(&mut self, stopped: Stopped) {
        let Some(place) = self.place(stopped.tid()) else {
            self.early.insert(stopped.tid(), stopped);
            return;
        };
        let who = &mut self.actors[place];
        match who.state {
            // A program is held at its exec, which comes later.
            State::Starting if who.input.is_some() => stopped.resume(0),
            State::Starting => self.held(stopped, Before::Code),
            State::Running if who.interrupted => {
                who.interrupted = false;
                self.held(stopped, Before::Spin);
            }
            _ => {
                self.woken(place);
                self.actors[place].state = State::Running;
                stopped.resume(0);
            }
        }
    }

    fn signal(&mut self, stopped: Stopped, signal: i32) {
        if let Some(place) = self.place(stopped.tid()) {
            let faults = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE].contains(&signal);
            let address = stopped.signal_info().filter(|_| faults).map(|info| info.address);
            self.woken(place);
            self.actors[place].signal = Some((signal, address));
            if !matches!(self.actors[place].state, State::Starting) {
                self.actors[place].state = State::Running;
            }
        }
        stopped.sleep_on(signal);
        stopped.resume(signal);
    }

    fn gone(&mut self, tid: i32, ended: Ended) -> Result<(), Error> {
        self.early.remove(&tid);
        let Some(place) = self.place(tid) else { return Ok(()) };
        let starting = matches!(self.actors[place].state, State::Starting);
        if starting && ended == Ended::Exited(NOT_STARTED) {
            let name = self.actors[place].role.clone();
            return Err(Error::Machine(format!(
                "`{name}` can't be started so that lab can hold it: a file is not a program, or this machine takes no filter (seccomp)"
            )));
        }
        let (fate, answer) = match ended {
            Ended::Exited(status) => (Fate::Exited(status), Answer::Exited(status)),
            Ended::Killed(signal) => (Fate::Died(signal), Answer::Died(signal)),
            Ended::Unknown => (Fate::Cut, Answer::None),
        };
        let who = &mut self.actors[place];
        who.state = State::Gone;
        who.fate.get_or_insert(fate);
        let (process, role, step) = (who.process, who.role.clone(), who.step);
        if let Some(number) = step.filter(|number| self.steps[*number].call == Call::End) {
            self.steps[number].answer = answer;
        } else if tid == process {
            // It was killed and never stopped at its end.
            let number = step.unwrap_or_default();
            let (touched, notes) = self.kernel.done((process, &role, number), &Call::End, &answer);
            if let Some(step) = self.steps.get_mut(number) {
                step.footprint = std::mem::take(&mut step.footprint).joined(&touched);
                step.notes.extend(notes);
            }
        }
        Ok(())
    }
}
