//! Keys that can't be used: ftok's sixteen bits of inode collide, and then another run's segment has the key, or the
//! key is one with another meaning. A lesson gets another key file and never a segment of another run.

use super::actors::ActorReply;
use super::request::{Arg, Reply, Request};
use super::{RunKey, Stage, gone};
use crate::error::Error;
use crate::facts::event::{Event, Segment};
use crate::facts::outcome::{Outcome, Value, low_int};
use crate::lesson::{Action, Expect, Function};

impl Stage {
    /// Why a key can't be used, if it can't: a segment that is not this run's has it, or it is 0 or -1.
    pub(super) fn taken(&self, step: &Action, event: &Event) -> Option<String> {
        match (&event.outcome, &step.expect) {
            (Outcome::Returned(Value::Key(key @ (0 | -1))), Expect::Ok) => Some(format!(
                "The file gave the key {}, which has another meaning. Lab made another key file.",
                Value::Key(*key)
            )),
            (Outcome::Failed(libc::EEXIST), expect)
                if event.function == "shmget" && !self.keys.is_empty() =>
            {
                let expected = matches!(expect, Expect::Errno(row) if row.value == i64::from(libc::EEXIST));
                let key = step.call.arg(0).and_then(|key| key.number(&self.names));
                let has_it = |row: &Segment| Some(i64::from(row.key.cast_unsigned())) == key;
                let ours = event.before.segments.iter().flatten().any(has_it);
                (!expected && !ours).then(|| {
                    format!(
                        "{} failed with EEXIST: the key of another run's segment is the same, since only 16 bits of an inode count. Lab made another key file, and the key is another now.",
                        event.call
                    )
                })
            }
            _ => None,
        }
    }

    /// Makes every key file anew, under its name, and has every key made again by the actor that made it.
    pub(super) fn take_other_keys(&mut self) -> Result<(), Error> {
        let keys = self.keys.clone();
        let scratch = self.scratch.as_ref().ok_or_else(gone)?;
        let mut paths: Vec<&String> = keys.iter().map(|key| &key.path).collect();
        paths.dedup();
        for path in paths {
            scratch.replace(path).map_err(Error::context("make another key file"))?;
        }
        for RunKey { role, name, path, project } in keys {
            let args = vec![Arg::Text(path.into_bytes()), Arg::Int(project)];
            let request = Request::Call { function: Function::Ftok, args, announce: false, times: 1 };
            let answer = self.actors.request_untraced(&role, &request)?;
            if let (ActorReply::Replied(Reply { result: Ok(key), .. }), Some(name)) = (answer, name) {
                self.names.insert(name, Value::Key(low_int(key)));
            }
        }
        Ok(())
    }
}
