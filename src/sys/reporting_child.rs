//! A child of ours that works apart from our terminal and reports through a pipe until its end. When a signal ends our
//! run, the child gets the signal to end as well, and cleans up; it never outlives us. What it reports is not read here.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::PollFlags;
use serde::Serialize;

use super::signals::{self, Woken};
use super::{process, status::Ended};

/// How long the child may clean up once it has the signal to end.
const CLEAN_UP_WITHIN: Duration = Duration::from_secs(10);
/// How long it may take to end once it has reported everything.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

/// The parent's side.
#[derive(Debug)]
pub struct ReportingChild {
    pid: i32,
    report: PipeReader,
}

/// In the child: reports a value. A reader that has gone takes this process along, so that a failure need not be
/// reported.
pub fn report<T: Serialize>(out: &mut PipeWriter, value: &T) {
    let _ = postcard::to_stdvec(value).map(|bytes| out.write_all(&bytes));
}

impl ReportingChild {
    /// Forks a child that does `work` in a session of its own: what the terminal sends is for us alone.
    pub fn start(work: impl FnOnce(PipeWriter)) -> io::Result<ReportingChild> {
        let (report, writer) = io::pipe()?;
        let pid = process::spawn(false, move || {
            signals::reset_in_child();
            signals::take_over(false);
            process::leave_session();
            process::silence(&[0, 1]);
            work(writer);
            0
        })?;
        Ok(ReportingChild { pid, report })
    }

    /// The same for a child whose report is one value.
    pub fn that_reports<T: Serialize>(work: impl FnOnce() -> T) -> io::Result<ReportingChild> {
        ReportingChild::start(|mut out| report(&mut out, &work()))
    }

    /// The same for a child that has nothing to clean up: after `time`, and when a signal ends our run, it is killed.
    pub fn wait_at_most(mut self, time: Duration) -> io::Result<(Vec<u8>, Option<Ended>)> {
        let reported = self.listen(Some(signals::after(time)), libc::SIGKILL);
        let ended = process::end(self.pid, Duration::from_millis(200));
        Ok((reported?, ended))
    }

    /// Waits for everything it reports, and for its end. Every process of its own that it leaves behind to clean up
    /// holds the pipe open, so nothing is left when this returns.
    pub fn wait(self) -> io::Result<(Vec<u8>, Option<Ended>)> {
        self.wait_until(None)
    }

    /// The same, but no longer than until this moment: then the child is killed, and what it has reported counts.
    pub fn wait_until(mut self, latest: Option<Instant>) -> io::Result<(Vec<u8>, Option<Ended>)> {
        let reported = self.listen(latest, libc::SIGTERM);
        let ended = process::end(self.pid, LEAVE_WITHIN);
        Ok((reported?, ended))
    }

    fn listen(&mut self, mut deadline: Option<Instant>, signal: i32) -> io::Result<Vec<u8>> {
        let (mut reported, mut told) = (Vec::new(), false);
        let mut piece = [0; 16 * 1024];
        loop {
            match signals::wait(Some((self.report.as_fd(), PollFlags::POLLIN)), deadline)? {
                Woken::Ready => match self.report.read(&mut piece)? {
                    0 => return Ok(reported),
                    length => reported.extend_from_slice(&piece[..length]),
                },
                Woken::Signal if !told && signals::ending().is_some() => {
                    told = true;
                    process::send(self.pid, signal);
                    deadline = Some(signals::after(CLEAN_UP_WITHIN));
                }
                Woken::Signal => {}
                Woken::Timeout => return Ok(reported),
            }
        }
    }
}
