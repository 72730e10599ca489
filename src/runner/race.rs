//! A step that two actors play at the same time on the same memory.

use super::Stage;
use super::actors::ActorReply;
use super::play::outcome_of;
use super::request::{Arg, Half, Request};
use crate::error::Error;
use crate::facts::event::{Mapping, Snapshot};
use crate::facts::outcome::Outcome;
use crate::lesson::{Action, Function};

impl Stage {
    /// Two actors at the same time on the same memory: each through its own mapping of it.
    pub(super) fn race(
        &mut self,
        step: &Action,
        request: Request,
        before: &Snapshot,
    ) -> Result<Outcome, Error> {
        let (Request::Call { function, args, .. }, [Some(first), Some(second)]) =
            (request, [step.roles().next(), step.roles().nth(1)])
        else {
            return Ok(Outcome::Failed(libc::EINVAL));
        };
        let [Arg::Int(address), Arg::Int(rounds)] = args.as_slice() else {
            return Ok(Outcome::Failed(libc::EINVAL));
        };
        let (address, rounds) = (address.cast_unsigned(), *rounds);
        let mapping = |role: &str, fits: &dyn Fn(&Mapping) -> bool| {
            before.mappings.iter().find(|mapping| mapping.role == role && fits(mapping))
        };
        let here = mapping(first, &|mapping| (mapping.start..mapping.end).contains(&address));
        let there = here.and_then(|here| mapping(second, &|mapping| mapping.shmid == here.shmid));
        let (Some(here), Some(there)) = (here, there) else {
            return Err(Error::Refused(format!(
                "needs {first} and {second} to have the same segment attached"
            )));
        };
        let half = |address: u64, first: bool| Request::Race(Half { function, address, rounds, first });
        let (one, other) = (half(address, true), half(there.start + (address - here.start), false));
        if function != Function::Tear {
            self.actors.request_untraced(first, &Request::Store { address, bytes: vec![0; 8] })?;
        }
        let answers = self.actors.ask_both([(first, &one), (second, &other)])?;
        let [ActorReply::Replied(_), ActorReply::Replied(looked)] = answers else {
            return Ok(answers.into_iter().find_map(gone_of).unwrap_or(Outcome::Silent));
        };
        if function == Function::Tear {
            return Ok(outcome_of(step, &looked));
        }
        match self.actors.request_untraced(first, &Request::Load { address, length: 8 })? {
            ActorReply::Replied(reply) => Ok(outcome_of(step, &reply)),
            other => Ok(gone_of(other).unwrap_or(Outcome::Silent)),
        }
    }
}

fn gone_of(answer: ActorReply) -> Option<Outcome> {
    match answer {
        ActorReply::Gone(outcome) => Some(outcome),
        ActorReply::Blocked => Some(Outcome::Blocked),
        ActorReply::Replied(_) => None,
    }
}
