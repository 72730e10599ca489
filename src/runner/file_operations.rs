//! Stage directions: what the lab itself does to files and processes between the actors' calls. Files are the
//! scratch folder's alone.

use std::io;

use super::Stage;
use crate::facts::outcome::{Outcome, Value, low_int};
use crate::lesson::{Action, Expr, Function, ReturnType, Spec, Statement};

impl Stage {
    /// Follows a stage direction.
    pub(super) fn direct(&mut self, step: &Action) -> (Outcome, Vec<String>) {
        let Some(spec) = step.call.spec() else { return (Outcome::Failed(libc::ENOSYS), Vec::new()) };
        let outcome = match spec.function {
            Function::Kill => self.kill(step),
            Function::Twins => {
                let found = self.twins(step);
                let looked = found.as_ref().ok().map(|looked| format!("Lab looked at {looked} files."));
                return (done(spec, found.map(|_| ())), looked.into_iter().collect());
            }
            function => done(spec, self.file_work(function, step)),
        };
        (outcome, Vec::new())
    }

    fn twins(&self, step: &Action) -> io::Result<usize> {
        let scratch = self.scratch.as_ref().ok_or(io::ErrorKind::NotFound)?;
        match (step.call.arg(0), step.call.arg(1)) {
            (Some(Expr::Text(one)), Some(Expr::Text(other))) => scratch.twins(one, other),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    fn kill(&mut self, step: &Action) -> Outcome {
        let role = step.call.arg(0).and_then(|arg| arg.names().first().copied());
        let signal = step.call.arg(1).and_then(|arg| arg.number(&self.names));
        match (role, signal) {
            (Some(role), Some(signal)) if self.actors.kill(role, low_int(signal)) => {
                Outcome::Returned(Value::Zero)
            }
            _ => Outcome::Failed(libc::ESRCH),
        }
    }

    fn file_work(&self, function: Function, step: &Action) -> io::Result<()> {
        let scratch = self.scratch.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let Statement::Invoke { args, .. } = &step.call.statement else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let path = |at: usize| match args.get(at) {
            Some(Expr::Text(path)) => Ok(path.as_str()),
            _ => Err(io::Error::from(io::ErrorKind::InvalidInput)),
        };
        let mode = || {
            let mode = args.get(1).and_then(|mode| mode.number(&self.names)).unwrap_or(0);
            u32::try_from(mode & 0o777).unwrap_or(0)
        };
        match function {
            Function::Create => scratch.create(path(0)?),
            Function::Save => scratch.save(path(0)?),
            Function::Link => scratch.link(path(0)?, path(1)?),
            Function::Symlink => scratch.symlink(path(0)?, path(1)?),
            Function::Rename => scratch.rename(path(0)?, path(1)?),
            Function::Unlink => scratch.unlink(path(0)?),
            Function::Chmod => scratch.chmod(path(0)?, mode()),
            Function::Mkdir => scratch.mkdir(path(0)?, mode()),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

/// What came of a stage direction.
fn done(spec: &Spec, result: io::Result<()>) -> Outcome {
    match result {
        Ok(()) if spec.yields == ReturnType::Zero => Outcome::Returned(Value::Zero),
        Ok(()) => Outcome::Returned(Value::Nothing),
        Err(error) => Outcome::Failed(crate::sys::errno_of(&error)),
    }
}
