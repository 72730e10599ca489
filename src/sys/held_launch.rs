//! Starts a program so that its tracer holds it before its first instruction: forked, attached, filtered, then exec'd in
//! a folder and with an input of its own. What it prints goes to /dev/null, which looks like a terminal to it; the tracer
//! reads it from the calls. Unlike `launch`, this can be done again and again by one tracer, and cheaply.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, PipeWriter, Read, Write};
use std::os::fd::AsRawFd;
use std::path::Path;

use nix::sys::resource::{Resource, setrlimit};

use super::jail::{self, Limits, Walls};
use super::seccomp::orders::{self, Stops};
use super::{launch, memory_file, process, ptrace, seccomp, signals};

/// What a program may do in one order: bytes of a file, seconds of processor time, open files.
const LIMITS: [(Resource, u64); 4] = [
    (Resource::RLIMIT_CORE, 0),
    (Resource::RLIMIT_FSIZE, 16 << 20),
    (Resource::RLIMIT_CPU, 30),
    (Resource::RLIMIT_NOFILE, 256),
];

/// The exit status of a child that could not become the program: no shell gives it to a program that runs.
pub const NOT_STARTED: i32 = 113;

/// How a program is started.
#[derive(Debug)]
pub struct HeldLaunch<'a> {
    pub path: &'a Path,
    /// argv, its first word included.
    pub args: &'a [OsString],
    pub folder: &'a Path,
    /// Its standard input; what it reads moves this file's offset.
    pub input: &'a File,
    pub stops: Stops,
    /// It stops where the tracer of `lab trace` wants it to as well.
    pub witnessed: bool,
    /// What a program that is not the user's own may use, and the walls of the jail that this process has entered.
    pub jail: Option<(&'a Limits, Walls)>,
}

/// An attached child that waits for its tracer's word.
#[derive(Debug)]
pub struct Waiting {
    pub pid: i32,
    go: PipeWriter,
}

impl Waiting {
    /// Lets it go on to its exec, which is a stop.
    pub fn exec(mut self) {
        // A child that is gone already is reported by wait.
        let _ = self.go.write_all(&[1]);
    }
}

/// Forks and attaches. `PermissionDenied`: tracing is refused here.
pub fn start(what: &HeldLaunch<'_>) -> io::Result<Waiting> {
    let (mut may_go, go) = io::pipe()?;
    let body = || {
        // Closed in the child, or it would wait for itself when the tracer dies.
        let _ = nix::unistd::close(go.as_raw_fd());
        if may_go.read_exact(&mut [0]).is_err() {
            return NOT_STARTED;
        }
        let _ = become_it(what);
        NOT_STARTED
    };
    let elsewhere = what.jail.is_some_and(|(_, walls)| walls.pids);
    let pid = if elsewhere { process::spawn_first(body) } else { process::spawn(false, body) }?;
    drop(may_go);
    if let Err(error) = ptrace::seize(pid) {
        drop(go);
        let _ = process::end(pid, std::time::Duration::from_secs(2));
        return Err(error);
    }
    Ok(Waiting { pid, go })
}

fn become_it(what: &HeldLaunch<'_>) -> io::Result<()> {
    signals::reset_in_child();
    process::silence(&[1, 2]);
    memory_file::becomes_stream(what.input, 0)?;
    if let Some((limits, walls)) = what.jail {
        jail::confine(limits, what.folder, walls)?;
        filter(what)?;
        let args: Vec<&OsStr> = what.args.iter().map(OsString::as_os_str).collect();
        return Err(jail::exec(what.path.as_os_str(), &args, what.folder));
    }
    process::leave_session();
    std::env::set_current_dir(what.folder)?;
    for (resource, most) in LIMITS {
        setrlimit(resource, most, most)?;
    }
    filter(what)?;
    Err(launch::exec(what.path, what.args))
}

/// The tracer's filter comes last: it stops at a call that puts on a filter.
fn filter(what: &HeldLaunch<'_>) -> io::Result<()> {
    orders::install(what.stops)?;
    if what.witnessed { seccomp::trace::install() } else { Ok(()) }
}

/// A file in memory that holds these bytes, to be read by [`again`].
pub fn text(bytes: &[u8]) -> io::Result<File> {
    let mut file = memory_file::unnamed()?;
    file.write_all(bytes)?;
    Ok(file)
}

/// The same file opened once more, at its beginning.
pub fn again(file: &File) -> io::Result<File> {
    File::open(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// Whether a program has read from it.
pub fn was_read(file: &File) -> bool {
    let mut file = file;
    io::Seek::stream_position(&mut file).is_ok_and(|at| at > 0)
}
