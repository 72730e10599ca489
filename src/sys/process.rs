//! Processes: fork, exec of this same binary, bounded waits, and endings that can't be refused. Every child
//! asks to be killed with its parent and then checks that the parent is still there, since it may have died
//! before the asking (measured: without the check 187 of 200 early deaths left an orphan).

use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl, open};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid, getppid, setpgid, setsid};

use super::busy_deadline::BusyDeadline;
use super::ptrace::{self, Stop, Waited};
use super::status::{Ended, exit_now};
use super::{mark, proc, signals};

pub fn own_pid() -> i32 {
    getpid().as_raw()
}

/// The effective user id.
pub fn own_uid() -> u32 {
    nix::unistd::geteuid().as_raw()
}

/// Forks; the child runs `body` and exits with its status. The child of a main process that dies is killed unless
/// `outlives`.
pub fn spawn(outlives: bool, body: impl FnOnce() -> i32) -> io::Result<i32> {
    let parent = own_pid();
    mark::mark();
    // SAFETY: this process has one thread, so the child may go on as any program would.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => {
            mark::mark();
            Ok(child.as_raw())
        }
        ForkResult::Child => {
            let status = catch_unwind(AssertUnwindSafe(|| {
                if !outlives && !die_with(parent) {
                    return 0;
                }
                body()
            }));
            // A panic must not unwind into the parent's half of the program.
            exit_now(status.unwrap_or(101))
        }
    }
}

/// Forks for a shell. When we die it gets a SIGHUP, so that it can end its own jobs.
pub fn spawn_shell(body: impl FnOnce() -> i32) -> io::Result<i32> {
    let parent = own_pid();
    spawn(true, || {
        let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGHUP);
        if parent_pid() == parent { body() } else { 0 }
    })
}

/// Forks the first process of a PID namespace. To it the parent has no pid, so it can't look whether that is still
/// there; whoever started the parent ends what this leaves.
pub fn spawn_first(body: impl FnOnce() -> i32) -> io::Result<i32> {
    spawn(true, || {
        let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
        body()
    })
}

/// Asks to be killed when `parent` dies; false if it has died already.
pub fn die_with(parent: i32) -> bool {
    let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
    parent_pid() == parent
}

/// Moves into a session of its own, away from the terminal's signals.
pub fn leave_session() {
    let _ = setsid();
}

/// Moves into a process group of its own: Ctrl-C is for the main process, not for its actors.
pub fn leave_group() {
    let _ = setpgid(Pid::from_raw(0), Pid::from_raw(0));
}

/// Moves a child into a process group of its own, before it may have had its turn.
pub fn part_with(pid: i32) {
    let _ = setpgid(Pid::from_raw(pid), Pid::from_raw(pid));
}

/// The name that `ps` shows.
pub fn set_name(name: &str) {
    if let Ok(name) = CString::new(name) {
        let _ = nix::sys::prctl::set_name(&name);
    }
}

/// From now on only root may read or change this process's memory, or trace it (PR_SET_DUMPABLE). Its children
/// inherit that until they exec.
pub fn hide() {
    let _ = nix::sys::prctl::set_dumpable(false);
}

/// Limits the memory of this process to this many bytes, but never raises its limit.
pub fn limit_memory(most: u64) {
    use nix::sys::resource::{Resource::RLIMIT_DATA, getrlimit, setrlimit};
    if let Ok((soft, hard)) = getrlimit(RLIMIT_DATA) {
        let _ = setrlimit(RLIMIT_DATA, soft.min(most), hard);
    }
}

/// No core file for a crash that is a lesson.
pub fn no_core_file() {
    let _ = nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0);
}

/// Puts /dev/null on the standard streams that `which` names; where there is none, closes them.
pub fn silence(which: &[RawFd]) {
    let null = open("/dev/null", OFlag::O_RDWR, Mode::empty());
    for stream in which {
        match &null {
            // SAFETY: dup2 replaces a standard stream, which no owned descriptor of ours refers to.
            Ok(null) => unsafe { libc::dup2(null.as_raw_fd(), *stream) },
            // SAFETY: as above, and nothing here uses the number again.
            Err(_) => unsafe { libc::close(*stream) },
        };
    }
}

/// Writes to standard output as puts and printf do at a newline: one write(2), whose result is ignored.
pub fn print(text: &[u8]) {
    let line = [text, b"\n"].concat();
    // SAFETY: write only reads the bytes, and there are as many as the call says.
    unsafe { libc::write(1, line.as_ptr().cast(), line.len()) };
}

/// Keeps a descriptor open over an exec.
pub fn keep_over_exec(fd: BorrowedFd<'_>) {
    let _ = fcntl(fd, FcntlArg::F_SETFD(FdFlag::empty()));
}

/// Takes over a descriptor that an exec handed down; closed by the next one. EBADF: none was handed down.
pub(super) fn inherited(fd: RawFd) -> io::Result<OwnedFd> {
    if fd <= 2 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: it is only borrowed for the question whether it is open.
    let asked = unsafe { BorrowedFd::borrow_raw(fd) };
    fcntl(asked, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    // SAFETY: it is open, our parent made it for us, and nothing else in this process knows its number.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Closes every descriptor but the standard streams and those that `kept` names: the process that started lab may
/// have left files of its own open. Linux 5.9 and newer; before that they stay open.
pub fn close_all_but(kept: &[RawFd]) {
    let mut kept: Vec<u32> = kept.iter().filter_map(|fd| u32::try_from(*fd).ok()).collect();
    kept.sort_unstable();
    let mut first = 3;
    for last in kept.into_iter().map(|fd| fd.checked_sub(1)).chain([Some(u32::MAX)]).flatten() {
        if first <= last {
            // SAFETY: nothing in this process uses a descriptor again that is not kept: it is a child that ends
            // without running a destructor, or becomes another program.
            unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
        }
        first = last.saturating_add(2);
    }
}

/// Has every descriptor but the standard streams closed by the next exec. Linux 5.11 and newer; before that they stay
/// as they are.
pub fn close_all_at_exec() {
    const CLOSE_RANGE_CLOEXEC: libc::c_uint = 4;
    // SAFETY: it only sets a flag of descriptors and touches no memory.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, CLOSE_RANGE_CLOEXEC) };
}

/// Runs this same binary again in place of this process, with an empty environment. Returns only if that can't be
/// done: without /proc there may be no path to it.
pub fn exec_self(args: &[String]) -> io::Error {
    let args: Vec<CString> = args.iter().filter_map(|arg| CString::new(arg.as_str()).ok()).collect();
    let Err(error) = nix::unistd::execve::<_, CString>(c"/proc/self/exe", &args, &[]);
    error.into()
}

/// Runs a program in place of this process; returns only if it can't.
pub fn exec(program: &OsStr, args: &[&OsStr]) -> io::Error {
    let Ok(program) = CString::new(program.as_bytes()) else { return io::ErrorKind::InvalidInput.into() };
    let args: Vec<CString> = args.iter().filter_map(|arg| CString::new(arg.as_bytes()).ok()).collect();
    let Err(error) = nix::unistd::execvp(&program, &args);
    error.into()
}

/// How the child ended, if it has.
pub fn ended(pid: i32) -> Option<Ended> {
    loop {
        return match ptrace::look(pid) {
            Ok(Waited::Stop(Stop::Ended(_, ended))) => Some(ended),
            // An observed process may stop on its way out; no tracer looks after it any more.
            Ok(Waited::Stop(stop)) => {
                stop.go_on();
                continue;
            }
            Ok(Waited::Interrupted) => continue,
            Ok(Waited::Nobody) => Some(Ended::Unknown),
            Ok(Waited::Nothing) | Err(_) => None,
        };
    }
}

/// Waits for a child, no longer than `time`, whatever signals come meanwhile: a second Ctrl-C must not cut a
/// clean-up short.
pub fn wait_for(pid: i32, time: Duration) -> Option<Ended> {
    let deadline = signals::after(time);
    loop {
        if let Some(ended) = ended(pid) {
            return Some(ended);
        }
        if Instant::now() >= deadline {
            return None;
        }
        // SIGCHLD ends this wait. Where it could not be installed, look again soon anyway.
        let _ = signals::wait(None, Some(deadline.min(signals::after(Duration::from_millis(50)))));
    }
}

/// Kills one process of ours and takes its status. Never a group, never everything: pid must be positive.
pub fn end(pid: i32, grace: Duration) -> Option<Ended> {
    if pid <= 0 {
        return None;
    }
    wait_for(pid, grace).or_else(|| {
        send(pid, libc::SIGKILL);
        wait_for(pid, Duration::from_secs(2))
    })
}

/// Waits for a child that tries something out; killed when it sleeps or stands still for longer than `grace`.
pub fn tried_out(pid: i32, grace: Duration) -> Option<Ended> {
    let mut patience = BusyDeadline::of(grace);
    while patience.keep_waiting(|| proc::busy(pid)) {
        let left = patience.deadline().saturating_duration_since(Instant::now());
        if let Some(ended) = wait_for(pid, left) {
            return Some(ended);
        }
    }
    end(pid, Duration::ZERO)
}

/// Whether something works, tried in a child, whose end takes back what it has changed of itself.
pub(super) fn works(trial: impl FnOnce() -> bool) -> bool {
    /// How long it may stand still. A busy machine is not one that refuses.
    const WITHIN: Duration = Duration::from_secs(2);
    let tried = spawn(false, || i32::from(!trial()));
    tried.is_ok_and(|pid| tried_out(pid, WITHIN) == Some(Ended::Exited(0)))
}

/// How a child ended, as one number, without taking its status: the exit status, 256 and the signal, or -1 if
/// it lives or is not a child. Waits a moment: a socket closes just before its process counts as ended.
pub fn fate(pid: i32) -> i64 {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::WNOHANG;
    for _ in 0..200 {
        match waitid(Id::Pid(Pid::from_raw(pid)), flags) {
            Ok(WaitStatus::Exited(_, status)) => return i64::from(status),
            Ok(WaitStatus::Signaled(_, signal, _)) => return 256 + signal as i64,
            Ok(_) => std::thread::sleep(Duration::from_millis(5)),
            Err(_) => return -1,
        }
    }
    -1
}

/// wait(2): takes the status of any child, when one has ended.
pub fn wait_any() -> Result<i32, i32> {
    match nix::sys::wait::wait() {
        Ok(status) => Ok(status.pid().map_or(0, Pid::as_raw)),
        Err(error) => Err(error as i32),
    }
}

/// setrlimit(2), both limits.
pub fn limit(resource: i32, value: u64) -> Result<(), i32> {
    use nix::sys::resource::{Resource, setrlimit};
    if resource != Resource::RLIMIT_MEMLOCK as i32 {
        return Err(libc::EINVAL);
    }
    setrlimit(Resource::RLIMIT_MEMLOCK, value, value).map_err(|error| error as i32)
}

/// unshare(2).
pub fn leave_namespaces(flags: i32) -> Result<(), i32> {
    let flags = nix::sched::CloneFlags::from_bits_truncate(flags);
    nix::sched::unshare(flags).map_err(|error| error as i32)
}

/// Whether this machine gives us another user and IPC namespace.
pub fn can_leave_namespaces() -> bool {
    works(|| leave_namespaces(libc::CLONE_NEWUSER | libc::CLONE_NEWIPC).is_ok())
}

/// Becomes another user for good, without groups.
pub fn become_user(uid: u32) -> io::Result<()> {
    nix::unistd::setgroups(&[])?;
    nix::unistd::setgid(uid.into())?;
    nix::unistd::setuid(uid.into())?;
    Ok(())
}

/// Orphans of our children become our children, so that they can be reaped.
pub fn adopt_orphans() {
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

pub fn parent_pid() -> i32 {
    getppid().as_raw()
}

/// Sends a signal to one process.
pub fn send(pid: i32, signal: i32) {
    if let (true, Ok(signal)) = (pid > 0, Signal::try_from(signal)) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

/// Sends a child's process group what Ctrl-C sends. It leads the group, or there is none of this number.
pub fn interrupt_group(pid: i32) {
    if pid > 1 {
        let _ = nix::sys::signal::killpg(Pid::from_raw(pid), Signal::SIGINT);
    }
}

/// Takes the status of whatever else has ended: as pid 1 of a container we inherit strangers' children.
pub fn reap_strangers() {
    while matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Ok(status) if status != WaitStatus::StillAlive)
    {
    }
}

/// Sets the file mode creation mask; returns the old one.
pub fn set_umask(mask: u32) -> u32 {
    nix::sys::stat::umask(Mode::from_bits_truncate(mask)).bits()
}
