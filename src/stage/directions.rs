//! Stage directions: what the lab itself does to files and processes between the actors' calls. Files are the
//! scratch folder's alone.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::{Stage, resolve};
use crate::lesson::{Deed, Expr, Function, Outcome, Step, Value};

impl Stage {
    /// Follows a stage direction.
    pub(super) fn direct(&mut self, step: &Step) -> Outcome {
        let Some(spec) = step.call.spec() else { return Outcome::Failed(libc::ENOSYS) };
        if spec.function == Function::Kill {
            return self.kill(step);
        }
        match self.file_work(spec.function, step) {
            Ok(()) if spec.yields == crate::lesson::Yields::Zero => Outcome::Returned(Value::Zero),
            Ok(()) => Outcome::Returned(Value::Nothing),
            Err(error) => Outcome::Failed(crate::kernel::errno_of(&error)),
        }
    }

    fn kill(&mut self, step: &Step) -> Outcome {
        let role = step.call.arg(0).and_then(|arg| arg.names().first().copied());
        let signal = step.call.arg(1).and_then(|arg| resolve::number(arg, &self.names));
        match (role, signal) {
            (Some(role), Some(signal)) if self.cast.kill(role, resolve::low_int(signal)) => {
                Outcome::Returned(Value::Zero)
            }
            _ => Outcome::Failed(libc::ESRCH),
        }
    }

    fn file_work(&self, function: Function, step: &Step) -> io::Result<()> {
        let scratch = self.scratch.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let Deed::Invoke { args, .. } = &step.call.deed else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let path = |at: usize| match args.get(at) {
            Some(Expr::Text(path)) => scratch.inside(path),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        };
        let mode = || {
            let mode = args.get(1).and_then(|mode| resolve::number(mode, &self.names)).unwrap_or(0);
            Permissions::from_mode(u32::try_from(mode & 0o777).unwrap_or(0))
        };
        match function {
            Function::Create => scratch.create(&path(0)?),
            Function::Save => scratch.save(&path(0)?),
            Function::Link => fs::hard_link(path(0)?, path(1)?),
            Function::Symlink => match args.first() {
                // As in the shell, the link says what was written, relative to where it stands.
                Some(Expr::Text(target)) if path(0).is_ok() => symlink(target, path(1)?),
                _ => Err(io::ErrorKind::InvalidInput.into()),
            },
            Function::Rename => fs::rename(path(0)?, path(1)?),
            Function::Unlink => fs::remove_file(path(0)?),
            Function::Chmod => fs::set_permissions(path(0)?, mode()),
            Function::Mkdir => {
                fs::create_dir(path(0)?)?;
                fs::set_permissions(path(0)?, mode())
            }
            Function::Twins => scratch.twins(&path(0)?, &path(1)?),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}
