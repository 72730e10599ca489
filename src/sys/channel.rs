//! One packet at a time between two processes of ours: a SOCK_SEQPACKET pair. A packet arrives whole or not at
//! all, the other side's end is seen as an end, and no wait is without a deadline.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::PollFlags;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, getsockopt, recvmsg,
    send, sendmsg, socketpair, sockopt,
};

use super::busy_deadline::BusyDeadline;
use super::signals::{self, Woken};
use super::{proc, process};

/// The largest packet: room for a segment's first page, as JSON.
const MAX_PACKET: usize = 64 * 1024;

/// One end of a pair.
#[derive(Debug)]
pub struct Channel(OwnedFd);

#[derive(Debug)]
pub enum Received {
    /// The bytes, and a descriptor if one was handed over with them.
    Packet(Vec<u8>, Option<OwnedFd>),
    /// The other side has closed its end, or died.
    End,
    Timeout,
    /// A signal that ends the run.
    Interrupted,
}

impl Channel {
    /// Makes a pair; both ends close on exec.
    pub fn pair() -> io::Result<(Channel, Channel)> {
        let (left, right) =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        Ok((Channel(left), Channel(right)))
    }

    /// Takes over a descriptor that an exec handed down. ENOTSOCK or EBADF: the parent handed none down.
    pub fn inherited(fd: RawFd) -> io::Result<Channel> {
        let socket = process::inherited(fd)?;
        match getsockopt(&socket, sockopt::SockType)? {
            SockType::SeqPacket => Ok(Channel(socket)),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// The descriptor's number, for the process that inherits it.
    pub fn number(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// Stays open over an exec.
    pub fn keep_over_exec(&self) {
        process::keep_over_exec(self.0.as_fd());
    }

    /// For a forked child that never returns to the owner of this end: closes the child's copy.
    pub fn close_copy(&self) {
        // SAFETY: the child ends with _exit and never uses or drops its copy of the owner.
        unsafe { libc::close(self.0.as_raw_fd()) };
    }

    /// Sends a packet. It never waits: the few packets that are ever under way fit into the socket. EPIPE, without a
    /// signal: the other side has gone.
    pub fn send(&self, packet: &[u8]) -> io::Result<()> {
        loop {
            return match send(self.0.as_raw_fd(), packet, MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT) {
                Ok(_) => Ok(()),
                Err(Errno::EINTR) => continue,
                Err(error) => Err(error.into()),
            };
        }
    }

    /// Waits for a packet with every signal blocked, for as long as it takes.
    pub fn receive_quietly(&self) -> io::Result<Received> {
        loop {
            if let Some(received) = self.take(MsgFlags::empty())? {
                return Ok(received);
            }
        }
    }

    /// Takes what is there; none if there is nothing after all.
    fn take(&self, flags: MsgFlags) -> io::Result<Option<Received>> {
        let mut buffer = vec![0; MAX_PACKET];
        let mut space = nix::cmsg_space!(RawFd);
        let mut pieces = [IoSliceMut::new(&mut buffer)];
        let flags = flags | MsgFlags::MSG_CMSG_CLOEXEC;
        let (length, gift) = match recvmsg::<()>(self.0.as_raw_fd(), &mut pieces, Some(&mut space), flags) {
            Ok(message) => {
                let fds = message.cmsgs()?.find_map(|part| match part {
                    ControlMessageOwned::ScmRights(fds) => fds.first().copied(),
                    _ => None,
                });
                // SAFETY: the kernel has just made this descriptor for us, and no other code knows its number.
                (message.bytes, fds.map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }))
            }
            Err(Errno::ECONNRESET) => (0, None),
            Err(Errno::EINTR | Errno::EAGAIN) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if length == 0 {
            return Ok(Some(Received::End));
        }
        buffer.truncate(length);
        Ok(Some(Received::Packet(buffer, gift)))
    }

    /// Sends a packet and hands a descriptor over with it.
    pub fn send_with(&self, packet: &[u8], gift: BorrowedFd<'_>) -> io::Result<()> {
        let fds = [gift.as_raw_fd()];
        let rights = [ControlMessage::ScmRights(&fds)];
        let pieces = [IoSlice::new(packet)];
        sendmsg::<()>(self.0.as_raw_fd(), &pieces, &rights, MsgFlags::MSG_NOSIGNAL, None)?;
        Ok(())
    }

    /// Waits for a packet until the deadline.
    pub fn receive(&self, deadline: Option<Instant>) -> io::Result<Received> {
        self.receive_meanwhile(deadline, || ())
    }

    /// The same from a process, which gets this much time, and more of it while it is busy.
    pub fn receive_from(&self, pid: i32, grace: Duration) -> io::Result<Received> {
        let mut patience = BusyDeadline::of(grace);
        let mut received = Received::Timeout;
        while matches!(received, Received::Timeout) && patience.keep_waiting(|| proc::busy(pid)) {
            received = self.receive(Some(patience.deadline()))?;
        }
        Ok(received)
    }

    /// The same; `meanwhile` is done first, and again after every signal.
    pub fn receive_meanwhile(
        &self,
        deadline: Option<Instant>,
        mut meanwhile: impl FnMut(),
    ) -> io::Result<Received> {
        loop {
            meanwhile();
            match signals::wait(Some((self.0.as_fd(), PollFlags::POLLIN)), deadline)? {
                Woken::Timeout => return Ok(Received::Timeout),
                Woken::Signal if signals::ending().is_some() => return Ok(Received::Interrupted),
                Woken::Signal => {}
                Woken::Ready => {
                    if let Some(received) = self.take(MsgFlags::MSG_DONTWAIT)? {
                        return Ok(received);
                    }
                }
            }
        }
    }
}

impl From<OwnedFd> for Channel {
    /// An end that was handed over with a packet.
    fn from(end: OwnedFd) -> Channel {
        Channel(end)
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
