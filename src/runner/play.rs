//! Playing a step: what the call stands for, who makes it, what is announced before and looked at after. The
//! result is one event.

use std::time::{Duration, Instant};

use super::actors::{ActorReply, SpawnOptions};
use super::request::{Arg, Reply, Request};
use super::resources::{AskedSegment, MadeSegment, ResourceEvent};
use super::snapshot::row_of;
use super::{Stage, gone, key_file, resolve};
use crate::constants;
use crate::error::Error;
use crate::facts::event::{Event, Segment, Snapshot};
use crate::facts::outcome::{Bindings, Outcome, Value, low_int};
use crate::lesson::{Action, Expect, Function, LAB, ReturnType, Statement, judge};
use crate::sys::{process, signals};

/// How often another key file is tried when a key turns out to be taken.
const MAX_TRIES: usize = 16;
/// How long the steps of a lesson may take together. What is shipped takes less than a second.
const MAX_LESSON_TIME: Duration = Duration::from_secs(60);

/// What came of a step's call: the outcome, IPC_STAT's record, what else is to be said.
type StepResult = (Outcome, Option<Segment>, Vec<String>);

impl Stage {
    /// Plays one step. A call that fails, or a process that dies, is not an error but the event's outcome.
    pub fn play(&mut self, step: &Action) -> Result<Event, Error> {
        let begun = Instant::now();
        let played = self.tried(step, begun);
        self.busy += begun.elapsed();
        played
    }

    fn tried(&mut self, step: &Action, begun: Instant) -> Result<Event, Error> {
        let mut notes = Vec::new();
        let mut tries = 1;
        loop {
            if self.busy + begun.elapsed() > MAX_LESSON_TIME {
                return Err(Error::Refused(format!(
                    "`{}` is not played any more: a lesson's steps may take {} seconds together",
                    step.call,
                    MAX_LESSON_TIME.as_secs()
                )));
            }
            Error::if_signalled(signals::check())?;
            self.ledger.keep_guarded();
            let mut event = self.once(step)?;
            let taken = self.taken(step, &event);
            if let (Some(taken), true) = (taken, notes.len() < MAX_TRIES) {
                notes.push(taken);
                self.take_other_keys()?;
                continue;
            }
            let alive = matches!(event.outcome, Outcome::Returned(_));
            if alive && tries < step.tries && !judge(step, &event).broken.is_empty() {
                tries += 1;
                continue;
            }
            event.notes.splice(0..0, notes);
            event.tries = tries;
            return Ok(event);
        }
    }

    fn once(&mut self, step: &Action) -> Result<Event, Error> {
        let file = self.file_fact(step);
        let lacks = self.lacks(step);
        let pid = match step.roles().next() {
            Some(role) if role != LAB && lacks.is_none() => self.enter(role)?,
            _ => process::own_pid(),
        };
        if let (Some(second), None) = (step.roles().nth(1), &lacks) {
            self.enter(second)?;
        }
        let call = resolve::spelled(&step.call, &self.names_of(&step.who));
        let before = self.look();
        let asleep = self.actors.asleep();
        let observed = lacks.is_none() && step.who != LAB;
        let (outcome, stat, mut notes) = match lacks {
            Some(why) => (Outcome::Skipped(why), None, Vec::new()),
            None if step.who == LAB => {
                let (outcome, notes) = self.direct(step);
                (outcome, None, notes)
            }
            None => self.ask(step, pid, &before)?,
        };
        // Whom this step has woken goes on in it.
        notes.extend(self.actors.came_back()?.iter().map(|(role, answer)| came_back(role, answer)));
        let kernel =
            if observed { self.actors.seen(&step.roles().collect::<Vec<_>>(), &asleep) } else { None };
        notes.extend(self.blindness());
        if let (Some(name), None, Outcome::Returned(_)) = (step.call.binds(), &step.call.bind, &outcome) {
            // A pipe has no value that another call could take, only its ends.
            self.names.insert(name.clone(), Value::Nothing);
        }
        if let (Some(name), Outcome::Returned(value)) = (&step.call.bind, &outcome) {
            self.names.insert(name.clone(), value.clone());
            if let Statement::Assign(_) = step.call.statement {
                self.variables.entry(step.who.clone()).or_default().insert(name.clone(), value.clone());
            }
        }
        let after = self.look();
        for shmid in self.ledger.resources.living() {
            if after.segments.is_some() && after.segment(shmid).is_none() {
                self.note(ResourceEvent::Gone { shmid });
            }
        }
        let segment = self.concerned(step, &outcome, &before);
        let content = self.content(segment, &after)?;
        Ok(Event {
            role: step.who.clone(),
            pid,
            function: step.call.name(),
            code: step.call.to_string(),
            call,
            outcome,
            segment,
            before,
            after,
            content,
            stat,
            file,
            kernel,
            notes,
            tries: 1,
            names: self.names_of(&step.who),
            seen: None,
        })
    }

    fn enter(&mut self, role: &str) -> Result<i32, Error> {
        let uid = self.uid_of(role);
        let Some(scratch) = &self.scratch else { return Err(gone()) };
        let guard = self.ledger.wire();
        let pid = self.actors.enter(role, &SpawnOptions { scratch: scratch.folder(), guard, uid })?;
        self.names.insert(role.into(), Value::Pid(pid));
        Ok(pid)
    }

    /// What names stand for where this role uses them: the lesson's, and over them the role's own variables.
    fn names_of(&self, role: &str) -> Bindings {
        let mut names = self.names.clone();
        names.extend(
            self.variables.get(role).into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())),
        );
        names
    }

    /// Said once: that the actors can't be observed.
    fn blindness(&mut self) -> Option<String> {
        let error = self.actors.unobserved.as_ref().filter(|_| !self.told_blind)?;
        self.told_blind = true;
        Some(format!(
            "ptrace is refused here ({}), so lab can't show which system calls the kernel saw during a step.",
            crate::error::plain(error)
        ))
    }

    /// Has an actor make the step's call, with its notes before and after.
    fn ask(&mut self, step: &Action, pid: i32, before: &Snapshot) -> Result<StepResult, Error> {
        let Some(mut request) = resolve::request(&step.call, &self.names_of(&step.who)) else {
            return Err(Error::Refused(format!(
                "`{}` can't be made: a name in it stands for another kind of thing",
                step.call
            )));
        };
        if let Some(file) = &self.key_file {
            key_file::name_in(&mut request, file);
        }
        self.permit(step, &request)?;
        let mut notes = Vec::new();
        if let Some(answer) = self.actors.come_back(&step.who)? {
            notes.push(came_back(&step.who, &answer));
        }
        let function = step.call.spec().map(|spec| spec.function);
        if let Some((key, size)) = asks_for(&request) {
            self.note(ResourceEvent::Asked(AskedSegment::now(key, size, pid)));
        }
        let answer = match function {
            Some(Function::Increase | Function::AtomicIncrease | Function::Tear) => {
                let raced = self.race(step, request, before).map_err(|error| of_call(step, error))?;
                return Ok((raced, None, notes));
            }
            Some(Function::Fork) => {
                let child = step.call.bind.clone().unwrap_or_else(|| "child".into());
                let answer = self.actors.fork(&step.who, &request, &child)?;
                let copied = self.variables.get(&step.who).cloned().unwrap_or_default();
                self.variables.insert(child, copied);
                answer
            }
            _ if step.expect == Expect::Blocks => {
                if let Request::Call { announce, .. } = &mut request {
                    *announce = true;
                }
                self.actors.ask_blocking(&step.who, &request).map_err(|error| of_call(step, error))?
            }
            _ => self.actors.ask(&step.who, &request).map_err(|error| of_call(step, error))?,
        };
        let (outcome, stat) = match answer {
            ActorReply::Replied(reply) => (outcome_of(step, &reply), reply.stat),
            // An actor that lab asked to end, and that did.
            ActorReply::Gone(Outcome::Exited(status)) if exit_status(&request) == Some(i64::from(status)) => {
                (Outcome::Returned(Value::Nothing), None)
            }
            ActorReply::Gone(outcome) => (outcome, None),
            ActorReply::Blocked => (Outcome::Blocked, None),
        };
        self.noted(&request, &outcome, pid);
        Ok((outcome, stat, notes))
    }

    /// Notes what a call has made or changed.
    fn noted(&mut self, request: &Request, outcome: &Outcome, pid: i32) {
        if asks_for(request).is_some() {
            self.given(outcome, pid);
        }
        if matches!(outcome, Outcome::Returned(_)) {
            self.count(request);
        }
        if let [Arg::Int(id), Arg::Int(command), ..] = request.args_of(Function::Shmctl)
            && *command == i64::from(libc::IPC_SET)
        {
            // ctime is another now, and it is one of the fields by which the segment is known.
            let id = low_int(*id);
            if let Some(row) = row_of(id).filter(|_| self.ledger.resources.owns(id)) {
                self.note(made(&row));
            }
        }
    }

    /// Notes whether shmget gave out a new segment, and which.
    fn given(&mut self, outcome: &Outcome, pid: i32) {
        if let Outcome::Returned(Value::Id(id)) = outcome {
            self.ledger.resources.meet(*id);
        }
        let row = match outcome {
            Outcome::Returned(Value::Id(id)) if !self.ledger.resources.owns(*id) => {
                row_of(*id).filter(|row| row.cpid == pid)
            }
            // Killed or stuck in the middle of it: the announcement stays.
            Outcome::Died { .. } | Outcome::Exited(_) | Outcome::Silent => return,
            _ => None,
        };
        self.note(row.map_or(ResourceEvent::NotMade, |row| made(&row)));
    }
}

/// What an actor has refused, with the call that it refused.
fn of_call(step: &Action, error: Error) -> Error {
    match error {
        Error::Refused(words) => Error::Refused(format!("`{}` {words}", step.call)),
        other => other,
    }
}

/// The key and size of a shmget.
fn asks_for(request: &Request) -> Option<(i32, u64)> {
    match request.args_of(Function::Shmget) {
        [Arg::Int(key), Arg::Int(size), ..] => Some((low_int(*key), size.cast_unsigned())),
        _ => None,
    }
}

fn exit_status(request: &Request) -> Option<i64> {
    match request.args_of(Function::Exit) {
        [Arg::Int(status), ..] => Some(status & 0xff),
        _ => None,
    }
}

fn made(row: &Segment) -> ResourceEvent {
    ResourceEvent::Made(MadeSegment::of(row))
}

fn came_back(role: &str, answer: &ActorReply) -> String {
    let how = match answer {
        ActorReply::Replied(Reply { result: Ok(value), .. }) => format!("returned {value}"),
        ActorReply::Replied(Reply { result: Err(errno), .. }) => {
            format!("failed with {}", constants::errno(*errno))
        }
        _ => "never did: the process is gone".into(),
    };
    format!("The call in which {role} was asleep came back meanwhile: it {how}.")
}

pub(super) fn outcome_of(step: &Action, reply: &Reply) -> Outcome {
    let value = match (&reply.result, &reply.text) {
        (Err(errno), _) => return Outcome::Failed(*errno),
        (Ok(_), Some(text)) => return Outcome::Returned(Value::Text(text.clone())),
        (Ok(value), None) => *value,
    };
    Outcome::Returned(match step.call.yields() {
        ReturnType::Key => Value::Key(low_int(value)),
        ReturnType::Id => Value::Id(low_int(value)),
        ReturnType::Address => Value::Address(value.cast_unsigned()),
        ReturnType::Pid => Value::Pid(low_int(value)),
        ReturnType::Number => Value::Number(value),
        ReturnType::Mode => Value::Mode(low_int(value).cast_unsigned()),
        ReturnType::Zero => Value::Zero,
        ReturnType::Text | ReturnType::Nothing => Value::Nothing,
    })
}
