//! Starts a program traced: forked, attached, filtered, and then exec'd with the streams, folder, environment
//! and signal actions that it would have had without us. What can be known of a file beforehand is asked here;
//! the program itself is not touched.

use std::ffi::{CString, OsStr, OsString};
use std::fs;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::reporting_child::report;
use super::seccomp::trace;
use super::{errno_of, files, landlock_scope, process, ptrace, start};

/// A program that is on its way to its exec.
#[derive(Debug)]
pub struct Launched {
    pub pid: i32,
    /// What the child reports before its exec: see [`Launched::report`].
    told: PipeReader,
}

/// What became of the child's preparations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LaunchReport {
    /// Only watched calls stop.
    Filtered,
    /// No filter here, and the errno: every call stops.
    Unfiltered(i32),
    /// The exec failed with this errno.
    Failed(i32),
    /// It was killed before it could say.
    Silent,
}

/// Why it could not be started.
#[derive(Debug)]
pub enum Refused {
    Fork(io::Error),
    Ptrace(io::Error),
}

/// Forks, attaches and lets it exec. `apart`: it may signal and trace only its own children, where the kernel has
/// such a limit. `before` is called when this process is hidden from others and the program does not run yet.
pub fn launch(
    program: &Path,
    args: &[OsString],
    apart: bool,
    before: impl FnOnce(),
) -> Result<Launched, Refused> {
    let pipe = || io::pipe().map_err(Refused::Fork);
    let (mut may_go, mut go) = pipe()?;
    let (told, mut tell) = pipe()?;
    let pid = process::spawn(true, || {
        // Closed in the child, or it would wait for itself when the tracer dies.
        let _ = nix::unistd::close(go.as_raw_fd());
        if may_go.read_exact(&mut [0]).is_err() {
            return 127;
        }
        report(
            &mut tell,
            &match trace::install() {
                Ok(()) => LaunchReport::Filtered,
                Err(error) => LaunchReport::Unfiltered(errno_of(&error)),
            },
        );
        if apart {
            // A kernel without it is not an error: the caller promises it only where it is there.
            let _ = landlock_scope::enter();
        }
        start::close_streams();
        report(&mut tell, &LaunchReport::Failed(errno_of(&exec(program, args))));
        127
    })
    .map_err(Refused::Fork)?;
    drop((may_go, tell));
    // Not before the fork: a child that is hidden itself may not be attached.
    process::hide();
    if let Err(error) = ptrace::seize(pid) {
        drop(go);
        let _ = process::end(pid, std::time::Duration::from_secs(2));
        return Err(Refused::Ptrace(error));
    }
    // A child that is gone already is reported by wait.
    let _ = go.write_all(&[1]);
    // The child is on its way meanwhile: its exec is a stop, and nothing of the program runs before that stop is
    // seen.
    before();
    Ok(Launched { pid, told })
}

/// execve(2) with this environment; like execvp, a file without a magic number is given to /bin/sh.
pub(super) fn exec(program: &Path, args: &[OsString]) -> io::Error {
    let c = |text: &OsStr| CString::new(text.as_bytes()).unwrap_or_default();
    let mut list: Vec<CString> = args.iter().map(|arg| c(arg)).collect();
    let path = c(program.as_os_str());
    let error = nix::unistd::execv(&path, &list);
    if error == Err(nix::Error::ENOEXEC) {
        list.splice(..1.min(list.len()), [c"sh".into(), path]);
        let _ = nix::unistd::execv(c"/bin/sh", &list);
        return nix::Error::ENOEXEC.into();
    }
    let Err(error) = error;
    error.into()
}

impl Launched {
    /// What the child has said. Once it has exec'd or ended, this does not wait.
    pub fn report(mut self) -> LaunchReport {
        let mut bytes = Vec::new();
        let _ = self.told.read_to_end(&mut bytes);
        // The last word counts.
        let (mut said, mut rest) = (LaunchReport::Silent, bytes.as_slice());
        while let Ok((next, behind)) = postcard::take_from_bytes(rest) {
            (said, rest) = (next, behind);
        }
        said
    }
}

/// What kind of file a program is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramKind {
    /// For this machine.
    Native,
    /// An ELF file for something else: its class in bits and its machine number.
    Foreign(u8, u16),
    /// A script, and the interpreter that its first line names.
    Script(PathBuf),
    /// Neither: a shell may still know what to do with it.
    Other,
}

/// A file about to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    pub path: PathBuf,
    pub kind: ProgramKind,
    /// It has the setuid bit of another user than ours, or the setgid bit of another group.
    pub changes_user: bool,
}

/// Where a word that names a program leads, as execvp would look for it.
pub fn find(word: &OsStr) -> io::Result<PathBuf> {
    if word.as_bytes().contains(&b'/') {
        return Ok(word.into());
    }
    if word.is_empty() {
        return Err(io::Error::from_raw_os_error(libc::ENOENT));
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(word))
        .find(|file| file.is_file() && executable(file));
    found.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOENT))
}

/// Whether this user may run it.
pub fn executable(file: &Path) -> bool {
    nix::unistd::access(file, nix::unistd::AccessFlags::X_OK).is_ok()
}

/// Looks at a program before it runs.
pub fn examine(path: &Path) -> io::Result<Program> {
    let meta = fs::metadata(path)?;
    let mut head = Vec::new();
    // Executable but not readable: the exec will say what it is.
    if let Ok(file) = files::regular(path) {
        file.take(256).read_to_end(&mut head)?;
    }
    let setuid = meta.mode() & libc::S_ISUID != 0 && meta.uid() != process::own_uid();
    let setgid = meta.mode() & libc::S_ISGID != 0
        && meta.mode() & libc::S_IXGRP != 0
        && meta.gid() != nix::unistd::getegid().as_raw();
    Ok(Program { path: path.into(), kind: kind(&head), changes_user: setuid || setgid })
}

fn kind(head: &[u8]) -> ProgramKind {
    if let [0x7f, b'E', b'L', b'F', class, data, ..] = head
        && let Some(machine) = head.get(18..20)
    {
        let pair = [machine[0], machine[1]];
        let machine = if *data == 2 { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) };
        return match (*class, machine) {
            (2, NATIVE) => ProgramKind::Native,
            (class, machine) => ProgramKind::Foreign(if class == 1 { 32 } else { 64 }, machine),
        };
    }
    if let Some(line) = head.strip_prefix(b"#!") {
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let word = line.split(|byte| byte.is_ascii_whitespace()).find(|word| !word.is_empty());
        return ProgramKind::Script(PathBuf::from(OsStr::from_bytes(word.unwrap_or_default())));
    }
    ProgramKind::Other
}

/// EM_ of this machine.
#[cfg(target_arch = "x86_64")]
const NATIVE: u16 = 62;
#[cfg(target_arch = "aarch64")]
const NATIVE: u16 = 183;
#[cfg(target_arch = "riscv64")]
const NATIVE: u16 = 243;
