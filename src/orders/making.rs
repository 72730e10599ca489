//! One step of an order: whoever was chosen goes on to its next call, and what it touched on the way is found out.

use super::actor::{Before, State};
use super::explore::Explorer;
use super::footprint::{Access, Object};
use super::kernel;
use super::order::Order;
use super::step::{Call, Step};
use crate::error::Error;
use crate::sys::evidence;
use crate::sys::ptrace::{self, Stop, Syscall};
use crate::sys::seccomp::orders::OrderedCall;
use crate::trace::callers;

impl Order<'_> {
    /// One step: its call, and what follows up to the next.
    pub(super) fn step(&mut self, actor: usize, chosen: bool, explorer: &mut Explorer) -> Result<(), Error> {
        let number = self.steps.len();
        let who = &mut self.actors[actor];
        let call = match &who.state {
            State::Held(_, Before::End) => Call::End,
            State::Held(_, Before::Spin) => Call::Spin,
            _ => who.pending.clone(),
        };
        let after = std::mem::take(&mut who.after);
        let mut step = Step { actor, call, chosen, after, ..Step::default() };
        (who.step, who.call, who.computed, who.interrupted) = (Some(number), Some(number), None, false);
        who.children_before = who.children;
        who.left |= step.call == Call::End;
        if let Call::Begin
        | Call::Fork
        | Call::GoOn
        | Call::Sleep
        | Call::Spin
        | Call::End
        | Call::Semop { .. } = step.call
        {
            let by = (who.process, who.role.as_str(), number);
            (step.footprint, step.notes) = self.kernel.done(by, &step.call, &step.answer);
        }
        step.line = self.line(actor);
        self.steps.push(step);
        self.let_go(actor);
        self.settle()?;
        self.finish(actor, number, explorer);
        self.woken_finish(number + 1, explorer);
        Ok(())
    }

    /// `server.c:9`, for the call before which a process is held.
    fn line(&mut self, actor: usize) -> Option<String> {
        let who = &self.actors[actor];
        let State::Held(stopped, Before::Call(info, call)) = &who.state else { return None };
        let function = call.name().unwrap_or(if call.forks() { "fork" } else { "sleep" });
        let witness = self.witness.as_mut().filter(|_| self.lines)?;
        Some(witness.line(who.process, function, &callers(stopped, info))?.to_string())
    }

    /// Those that were woken have gone on to their next call: what they touched on the way.
    pub(super) fn woken_finish(&mut self, first: usize, explorer: &mut Explorer) {
        for number in first..self.steps.len() {
            let actor = self.steps[number].actor;
            let touched = self.memory_touched(actor);
            let step = &mut self.steps[number];
            step.footprint = std::mem::take(&mut step.footprint).with(&touched);
            explorer.made(step.ordered(), false);
        }
    }

    /// Lets a held process go on.
    fn let_go(&mut self, actor: usize) {
        self.show_before(actor);
        let refused = self.refusal(actor);
        let who = &mut self.actors[actor];
        let Some((stopped, before)) = who.released() else { return };
        match before {
            Before::Code | Before::Spin | Before::End | Before::Call(_, OrderedCall::Yield) => {
                stopped.resume(0);
            }
            Before::Call(_, OrderedCall::Sleep) => stopped.skip_call(),
            Before::Call(info, call) if call.forks() => {
                if call != OrderedCall::Fork {
                    // A child that is kept from its parent's tracer could not be held, nor ended.
                    let _ = stopped.take_untraced(&info, call == OrderedCall::Clone3);
                }
                stopped.resume(0);
            }
            Before::Call(..) => {
                who.calling = true;
                self.refused |= refused.is_some_and(|(errno, wanted)| stopped.refuse(errno) && wanted);
                stopped.resume_to_call(0);
            }
        }
    }

    /// Shows the witness what is about to happen: not when its process came to it, since others have moved meanwhile.
    fn show_before(&mut self, actor: usize) {
        let Some(witness) = &mut self.witness else { return };
        match &self.actors[actor].state {
            State::Held(stopped, Before::Call(_, call)) if call.name().is_some() => {
                witness.sees(Stop::Watched(stopped.to_look_at()));
            }
            State::Held(stopped, Before::End) => witness.sees(Stop::Ending(stopped.to_look_at())),
            _ => {}
        }
    }

    /// With which errno the call of a held process has to fail, and whether a check wants it.
    fn refusal(&mut self, actor: usize) -> Option<(i32, bool)> {
        let who = &self.actors[actor];
        let State::Held(_, Before::Call(info, call)) = &who.state else { return None };
        let role = &self.scene.programs[who.program].role;
        if let Some(failing) = self.scene.failing
            && failing.role == *role
            && call.name() == Some(failing.call.as_str())
        {
            self.struck += 1;
            if self.struck == failing.nth {
                return Some((failing.errno, true));
            }
        }
        let Syscall::Entry { args, .. } = info.call else { return None };
        let (jail, Call::Shmget { key, size, .. }) = (self.scene.jail?, &who.pending) else { return None };
        let full = self.kernel.all_bytes().saturating_add(*size) > jail.segments;
        // The size counts only for a segment that shmget() would make.
        let there = *key != libc::IPC_PRIVATE && evidence::with_key(args[0] as i32).is_some();
        (full && !there).then_some((libc::ENOSPC, false))
    }

    /// The step is done: what it touched besides its call, and whether it got its process anywhere.
    fn finish(&mut self, actor: usize, number: usize, explorer: &mut Explorer) {
        let touched = self.memory_touched(actor);
        let step = &mut self.steps[number];
        step.footprint = std::mem::take(&mut step.footprint).with(&touched);
        let wrote = touched.iter().any(|(_, access)| *access == Access::Writes);
        let moved = !step.only_looks() || wrote;
        // What only went on has changed nothing for who waits for a change.
        let changed = wrote || moved && !matches!(step.call, Call::Begin | Call::GoOn | Call::Spin);
        let seen = (step.call.clone(), step.answer.clone());
        explorer.made(step.ordered(), step.chosen);
        for (place, other) in self.actors.iter_mut().enumerate() {
            other.others_moved |= changed && place != actor;
        }
        let who = &mut self.actors[actor];
        // What it computes for is not known: a moment more may be all that it needs, but another goes first.
        who.others_moved = false;
        if moved && seen.0 != Call::Spin {
            (who.looks, who.alone) = (0, 0);
            who.seen.clear();
        } else if who.seen.contains(&seen) {
            who.looks += 1;
        } else {
            who.seen.push(seen);
        }
    }

    /// The memory that a process could touch after its call: it may have read all that it has attached, and it has
    /// written where other bytes are.
    fn memory_touched(&mut self, actor: usize) -> Vec<(Object, Access)> {
        let process = self.actors[actor].process;
        // Behind a call that signals, it may have read as well; but that counts as the call's, unless it shows.
        let step = self.actors[actor].step.map(|step| &self.steps[step]);
        let looks = step.is_none_or(|step| step.call != Call::GoOn || !step.printed.is_empty());
        let mut touched = Vec::new();
        let attached: Vec<_> =
            if self.actors[actor].left { Vec::new() } else { self.kernel.attachments(process).to_vec() };
        for (address, id, writes) in attached {
            let size = self.kernel.size(id);
            let mut bytes = vec![0; size.min(kernel::MAX_COMPARED) as usize];
            let read = ptrace::read_at_rest(self.actors[actor].tid, address, &mut bytes) as u64;
            let wrote = if read == size { self.kernel.now_holds(id, &bytes) } else { writes };
            if wrote || looks {
                touched.push((Object::Memory(id), if wrote { Access::Writes } else { Access::Reads }));
            }
        }
        if self.has_threads(process) {
            let first = self.actors.iter().position(|one| one.process == process).unwrap_or(actor);
            touched.push((Object::Process(first as i32), Access::Writes));
        }
        touched
    }
}
