//! The one thing that is written into a tracee: CLONE_UNTRACED, which would keep a new process from its parent's
//! tracer, is taken out of a clone's flags while the kernel works on that call, and put back before the program can
//! see it. Nothing else is ever written, and where the flags can't be reached they stay as they are.

use std::io;

use super::checked;
use super::ptrace::{Info, Stopped, Syscall};
#[cfg(target_arch = "x86_64")]
use super::seccomp::bpf;
use super::seccomp::trace::CLONE_UNTRACED;

/// Flags with CLONE_UNTRACED taken out of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    place: Place,
    was: u64,
}

/// Where a call's flags are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A register, by its offset in struct user.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "elsewhere no register is written"))]
    Register(usize),
    /// Of clone3: the first eight bytes of its struct clone_args.
    Memory(u64),
}

const FLAG: u64 = CLONE_UNTRACED as u64;

impl Place {
    /// Where clone (or, `in_memory`, clone3) has its flags, by whichever convention it is called.
    fn of(info: &Info, in_memory: bool) -> Option<Place> {
        let Syscall::Entry { args, .. } = info.call else { return None };
        if in_memory {
            return Some(Place::Memory(args[0]));
        }
        #[cfg(target_arch = "x86_64")]
        return Some(Place::Register(match info.arch {
            bpf::ARCH => std::mem::offset_of!(libc::user_regs_struct, rdi),
            _ => std::mem::offset_of!(libc::user_regs_struct, rbx),
        }));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }
}

impl Stopped {
    /// Takes CLONE_UNTRACED out of the flags of the call that is about to be made; none if it is not among them. It
    /// fails where they can't be read or written: then the call will be made as it is.
    pub fn take_untraced(&self, info: &Info, in_memory: bool) -> io::Result<Option<Taken>> {
        let place = Place::of(info, in_memory).ok_or(io::ErrorKind::Unsupported)?;
        let was = self.get(place)?;
        if was & FLAG == 0 {
            return Ok(None);
        }
        self.put(place, was & !FLAG)?;
        Ok(Some(Taken { place, was }))
    }

    /// Puts it back, unless something else was written there meanwhile.
    pub fn give_back(&self, taken: Taken) {
        if self.get(taken.place).is_ok_and(|now| now == taken.was & !FLAG) {
            // It was killed meanwhile, or has unmapped its own arguments.
            let _ = self.put(taken.place, taken.was);
        }
    }

    fn get(&self, place: Place) -> io::Result<u64> {
        match place {
            Place::Memory(address) => {
                let mut bytes = [0; 8];
                let read = self.read(address, &mut bytes);
                let whole = read == bytes.len();
                whole
                    .then(|| u64::from_ne_bytes(bytes))
                    .ok_or_else(|| io::Error::from_raw_os_error(libc::EFAULT))
            }
            Place::Register(offset) => {
                nix::errno::Errno::clear();
                // SAFETY: the request reads a word of a stopped tracee's registers and writes nothing anywhere.
                let word = unsafe { libc::ptrace(libc::PTRACE_PEEKUSER as _, self.tid(), offset, 0) };
                match io::Error::last_os_error() {
                    error if word == -1 && error.raw_os_error() != Some(0) => Err(error),
                    _ => Ok(word as u64),
                }
            }
        }
    }

    fn put(&self, place: Place, word: u64) -> io::Result<()> {
        if self.is_to_look_at() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let (request, address) = match place {
            Place::Register(offset) => (libc::PTRACE_POKEUSER, offset),
            Place::Memory(address) => (libc::PTRACE_POKEDATA, address as usize),
        };
        // SAFETY: the request writes one word into a stopped tracee and nothing into this process; it differs from
        // what was there in one flag.
        checked(unsafe { libc::ptrace(request as _, self.tid(), address, word as usize) }).map(|_| ())
    }
}
