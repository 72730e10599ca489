//! ptrace, as types: only a stopped tracee can be asked or read, and resuming it consumes the stop, so a tracee
//! is never left behind by a forgotten branch nor touched while it runs. Nothing is written into a tracee from here:
//! no memory, no register (the exceptions are in `registers` and `untraced_clone`). Arguments and results come from PTRACE_GET_SYSCALL_INFO,
//! which is the same on every architecture.

use std::io::{self, IoSliceMut};
use std::marker::PhantomData;

use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

use super::checked;
pub use registers::CAN_REFUSE;
pub use stop::{Birth, Stop};

mod registers;
mod stop;

/// Reads of a tracee are split here, so that what is readable before a hole is read.
const PAGE: u64 = 4096;

/// Every tracee: what its births, execs and watched calls report, and that it dies with its tracer. It must:
/// without a tracer each watched call would fail with ENOSYS.
const ALWAYS: libc::c_int = libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEEXEC
    | libc::PTRACE_O_TRACESECCOMP
    | libc::PTRACE_O_TRACESYSGOOD
    | libc::PTRACE_O_EXITKILL;

/// A tracee in a stop. Dropping it leaves the tracee stopped.
#[must_use = "a stopped tracee must be resumed"]
#[derive(Debug)]
pub struct Stopped {
    tid: i32,
    /// For somebody who only looks: whoever else has this stop resumes it.
    looks: bool,
    /// ptrace belongs to the thread that attached.
    here: PhantomData<*const ()>,
}

/// What [`wait`] came back with.
#[derive(Debug)]
pub enum Waited {
    Stop(Stop),
    /// A signal of our own cut the wait short.
    Interrupted,
    /// Not now; only from [`look`].
    Nothing,
    /// No tracee or child is left to wait for.
    Nobody,
}

/// Where a tracee is: its registers, as far as every architecture has them, and the call it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// The AUDIT_ARCH_ number of the call's convention.
    pub arch: u32,
    pub instruction: u64,
    pub stack: u64,
    pub call: Syscall,
}

/// The call of a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syscall {
    /// It is in none.
    None,
    /// About to be made.
    Entry { number: u64, args: [u64; 6] },
    /// The value, or the errno as a positive number.
    Exit(Result<i64, i32>),
}

/// What the kernel tells a process about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalInfo {
    pub code: i32,
    /// si_addr, for SIGSEGV, SIGBUS, SIGILL and SIGFPE.
    pub address: u64,
    /// si_pid, where a process sent it.
    pub sender: i32,
    /// si_syscall, of a SIGSYS.
    pub call: i32,
}

/// Attaches to a running child of ours. Its future children are attached from their first instruction. EPERM: ptrace is
/// refused here.
pub fn seize(tid: i32) -> io::Result<()> {
    call(libc::PTRACE_SEIZE as _, tid, 0, ALWAYS as usize)
}

/// Asks a running tracee to stop; a call in which it sleeps is begun again afterwards, unnoticed by it. ESRCH: it is
/// gone.
pub fn interrupt(tid: i32) -> io::Result<()> {
    call(libc::PTRACE_INTERRUPT as _, tid, 0, 0)
}

fn call(request: libc::c_uint, tid: i32, address: usize, data: usize) -> io::Result<()> {
    // SAFETY: only requests that take numbers come here; none makes the kernel write into this process, and
    // none changes a tracee's memory or registers.
    checked(unsafe { libc::ptrace(request as _, tid, address, data) }).map(|_| ())
}

/// Waits for any tracee.
pub fn wait() -> io::Result<Waited> {
    wait_for(-1, 0)
}

fn wait_for(tid: i32, flags: i32) -> io::Result<Waited> {
    let mut status = 0;
    // SAFETY: the kernel writes one int, and the pointer is to one.
    match checked(unsafe { libc::waitpid(tid, &mut status, libc::__WALL | flags) }) {
        Ok(0) => Ok(Waited::Nothing),
        Err(error) => match error.raw_os_error() {
            Some(libc::EINTR) => Ok(Waited::Interrupted),
            Some(libc::ECHILD) => Ok(Waited::Nobody),
            _ => Err(error),
        },
        Ok(tid) => Ok(Waited::Stop(Stop::of(tid, status))),
    }
}

/// Looks whether one tracee or child has stopped or ended. Never waits.
pub fn look(tid: i32) -> io::Result<Waited> {
    wait_for(tid, libc::WNOHANG)
}

/// Reads the memory of a tracee that is stopped or sleeps in a call, as much as there is.
pub fn read_at_rest(tid: i32, address: u64, bytes: &mut [u8]) -> usize {
    let end = address.saturating_add(bytes.len() as u64);
    let mut remote = Vec::new();
    let mut at = address;
    while at < end {
        let next = ((at / PAGE).saturating_add(1).saturating_mul(PAGE)).min(end);
        remote.push(RemoteIoVec { base: at as usize, len: (next - at) as usize });
        at = next;
    }
    // The kernel takes no more than 1024 pieces; no caller reads four megabytes.
    remote.truncate(1024);
    process_vm_readv(Pid::from_raw(tid), &mut [IoSliceMut::new(bytes)], &remote).unwrap_or(0)
}

impl Stopped {
    fn new(tid: i32) -> Stopped {
        Stopped { tid, looks: false, here: PhantomData }
    }

    /// See [`Stop::to_look_at`].
    pub fn to_look_at(&self) -> Stopped {
        Stopped { tid: self.tid, looks: true, here: PhantomData }
    }

    /// The thread's id.
    pub fn tid(&self) -> i32 {
        self.tid
    }

    /// Whether this is somebody else's stop, of which nothing may be changed.
    pub fn is_to_look_at(&self) -> bool {
        self.looks
    }

    /// The id that an event reports; 0 if it was killed meanwhile.
    fn message(&self) -> i32 {
        let mut message: libc::c_ulong = 0;
        // SAFETY: the kernel writes one unsigned long, and the pointer is to one.
        unsafe { libc::ptrace(libc::PTRACE_GETEVENTMSG as _, self.tid, 0, &mut message) };
        message as i32
    }

    /// Where it is, and the call it makes or has made. ESRCH: it was killed meanwhile.
    pub fn info(&self) -> io::Result<Info> {
        // SAFETY: ptrace_syscall_info is plain integers, for which all bytes zero is a value.
        let mut info: libc::ptrace_syscall_info = unsafe { std::mem::zeroed() };
        let (request, size) = (libc::PTRACE_GET_SYSCALL_INFO as _, size_of_val(&info));
        // SAFETY: the kernel writes at most as many bytes as the third argument says, which is the buffer's length.
        checked(unsafe { libc::ptrace(request, self.tid, size, &mut info) })?;
        // SAFETY: all variants of the union are plain integers; `op` says which of them the kernel has filled in.
        let (entry, exit) = unsafe { (info.u.entry, info.u.exit) };
        let call = match info.op {
            libc::PTRACE_SYSCALL_INFO_ENTRY | libc::PTRACE_SYSCALL_INFO_SECCOMP => {
                Syscall::Entry { number: entry.nr, args: entry.args }
            }
            libc::PTRACE_SYSCALL_INFO_EXIT if exit.is_error != 0 => Syscall::Exit(Err(-exit.sval as i32)),
            libc::PTRACE_SYSCALL_INFO_EXIT => Syscall::Exit(Ok(exit.sval)),
            _ => Syscall::None,
        };
        Ok(Info { arch: info.arch, instruction: info.instruction_pointer, stack: info.stack_pointer, call })
    }

    /// What the kernel says about the signal of this stop.
    pub fn signal_info(&self) -> Option<SignalInfo> {
        // SAFETY: siginfo_t is plain data, for which all bytes zero is a value.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: the kernel writes one siginfo_t, and the pointer is to one.
        let done = unsafe { libc::ptrace(libc::PTRACE_GETSIGINFO as _, self.tid, 0, &mut info) };
        // SAFETY: both read a field of the union that holds plain integers; which of them means something
        // depends on the signal, and the caller knows it.
        let (address, sender) = unsafe { (info.si_addr().addr() as u64, info.si_pid()) };
        // SAFETY: as above; a SIGSYS has its call's address first, and then its number.
        let call = unsafe { std::ptr::from_ref(&info).cast::<[i32; 8]>().read()[6] };
        (done != -1).then_some(SignalInfo { code: info.si_code, address, sender, call })
    }

    /// Whether to stop once more when it ends, while its memory is still there.
    pub fn stop_at_end(&self, wanted: bool) {
        if self.looks {
            return;
        }
        let options = ALWAYS | if wanted { libc::PTRACE_O_TRACEEXIT } else { 0 };
        // Only a tracee that was killed meanwhile refuses, and it has nothing more to show.
        let _ = call(libc::PTRACE_SETOPTIONS as _, self.tid, 0, options as usize);
    }

    /// Reads its memory, as much as there is.
    pub fn read(&self, address: u64, bytes: &mut [u8]) -> usize {
        read_at_rest(self.tid, address, bytes)
    }

    /// Reads a string of its memory, up to the NUL; none where there is nothing to read.
    pub fn read_string(&self, address: u64) -> Option<Vec<u8>> {
        const MAX_PATH: usize = libc::PATH_MAX as usize;
        let mut bytes = vec![0; MAX_PATH];
        let read = self.read(address, &mut bytes[..256]);
        let short = bytes[..read].contains(&0);
        let read = if short || read < 256 { read } else { self.read(address, &mut bytes) };
        bytes.truncate(read);
        let end = bytes.iter().position(|byte| *byte == 0);
        match end {
            Some(end) => bytes.truncate(end),
            None if read < MAX_PATH => return None,
            None => {}
        }
        Some(bytes)
    }

    /// Goes on to the next watched call or event, with this signal delivered; 0 for none.
    pub fn resume(self, signal: i32) {
        self.go(libc::PTRACE_CONT as _, signal);
    }

    /// Goes on to the entry or exit of the next call of any kind.
    pub fn resume_to_call(self, signal: i32) {
        self.go(libc::PTRACE_SYSCALL as _, signal);
    }

    /// Goes on for one instruction.
    pub fn step(self) {
        self.go(libc::PTRACE_SINGLESTEP as _, 0);
    }

    /// Leaves it in its group-stop, as it would be without us, and learns from wait when that ends.
    pub fn listen(self) {
        self.go(libc::PTRACE_LISTEN as _, 0);
    }

    fn go(self, request: libc::c_uint, signal: i32) {
        if self.looks {
            return;
        }
        // ESRCH: it was killed while it was stopped. Its end is reported by wait.
        let _ = call(request, self.tid, 0, signal as usize);
    }
}
