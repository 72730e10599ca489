//! The end of an order: every process is ended, and what happened becomes data.

use super::actor::Actor;
use super::masks::hidden;
use super::order::Order;
use super::step::{Answer, Call, Ending, Fate, Finding, Note, Played};
use crate::sys::{evidence, held_launch};
use crate::trace::findings::{Diagnosis, diagnose};
use crate::trace::{Story, Witness};

impl Order<'_> {
    /// Ends every process of the order and waits until it is gone.
    pub(super) fn end_all(&mut self) {
        for actor in &mut self.actors {
            if actor.fate.is_none() {
                actor.fate = Some(actor.hindrance());
            }
        }
        let cut = !self.actors.iter().all(Actor::is_gone);
        self.witness.iter_mut().filter(|_| cut).for_each(Witness::cut);
        self.kill_all();
    }

    /// What came of it. Everybody is gone.
    pub(super) fn ended(mut self) -> Played {
        let pids: Vec<(String, &str)> =
            self.actors.iter().map(|actor| (actor.process.to_string(), actor.role.as_str())).collect();
        let role = |actor: &Actor| {
            let fate = actor.fate.clone().unwrap_or(Fate::Cut);
            (actor.role.clone(), hidden(&actor.printed, &pids), fate)
        };
        let mut roles: Vec<(String, Vec<u8>, Fate)> = self.actors.iter().map(role).collect();
        // Processes that appear by fork appear in another sequence in another order.
        roles[self.scene.programs.len()..].sort();
        for step in &mut self.steps {
            let signal = self.actors[step.actor].signal;
            if let (Call::End, Answer::Died(died), Some((signal, address))) =
                (&step.call, &step.answer, signal)
                && signal == *died
            {
                step.notes.push(Note::Signal { signal, address });
            }
        }
        let ending = Ending {
            roles,
            segments: evidence::left().len(),
            semaphores: evidence::set_rows().len(),
            cut: self.cut,
        };
        let roles = self.actors.iter().map(|actor| actor.role.clone()).collect();
        let read = |actor: &Actor| actor.input.as_ref().map(held_launch::was_read);
        let read_input = self.actors.iter().filter_map(read).collect();
        Played {
            steps: self.steps,
            roles,
            ending,
            read_input,
            streams: self.streams,
            refused: self.refused,
            findings: Vec::new(),
        }
    }
}

/// What a witness's story shows. What it saw of an order that was cut counts as far as it went.
pub fn findings(story: &Story) -> Vec<Finding> {
    let one = |diagnosis: Diagnosis| Finding {
        name: diagnosis.name.to_owned(),
        line: diagnosis.source.as_ref().map(ToString::to_string),
        role: diagnosis.role,
    };
    diagnose(story).into_iter().map(one).collect()
}
