//! The `!` key: the student's own shell in the middle of a step, inside the sandbox if there is one, with the
//! segment still there. It waits for the shell and takes the terminal back; what the shell does is the
//! student's business.

use std::env;
use std::ffi::OsString;

use crate::error::Error;
use crate::sys::{process, signals, terminal};

/// Runs $SHELL until it ends.
pub fn run(umask: u32) -> Result<(), Error> {
    let shell =
        env::var_os("SHELL").filter(|shell| !shell.is_empty()).unwrap_or_else(|| OsString::from("/bin/sh"));
    let pid = process::spawn_shell(|| {
        signals::reset_in_child();
        process::set_umask(umask);
        let _ = process::exec(&shell, &[&shell]);
        let _ = process::exec("/bin/sh".as_ref(), &["/bin/sh".as_ref()]);
        127
    });
    let pid = pid.map_err(Error::context("fork a shell"))?;
    while process::ended(pid).is_none() {
        signals::wait(None, None).map_err(Error::context("wait for the shell"))?;
        // Ctrl-C and Ctrl-\ are for the shell and what it runs; the others are for us.
        signals::forget(&[libc::SIGINT, libc::SIGQUIT, libc::SIGTSTP]);
        if let Some(signal) = signals::ending() {
            process::send(pid, libc::SIGHUP);
            process::send(pid, libc::SIGCONT);
            process::end(pid, std::time::Duration::from_secs(1));
            terminal::take_back();
            return Err(Error::Interrupted(signal));
        }
    }
    let _ = signals::check();
    signals::forget(&[libc::SIGINT, libc::SIGQUIT, libc::SIGTSTP]);
    terminal::take_back();
    Ok(())
}
