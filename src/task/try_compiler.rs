//! Tries the C compiler out, for whoever asks before a task is begun: it compiles and links a program of three lines in
//! memory that goes with the trial. Where lab has no such memory, because a namespace is missing, the compiler only reads
//! the program and its headers. It leaves nothing anywhere.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::build::{LIMITS, MAX_SAID, WITHIN, compiler};
use crate::error;
use crate::facts::machine::Compiler;
use crate::sys::jail::{self, Room, Walls};
use crate::sys::namespace::Way;
use crate::sys::reporting_child::ReportingChild;
use crate::sys::status::Ended;
use crate::sys::{launch, memory_file, process, signals};

const PROGRAM: &[u8] = b"#include <stdio.h>\n#include <sys/shm.h>\nint main(void) { return shmget(IPC_PRIVATE, 1, 0) == -1 && puts(\"no\") < 0; }\n";
/// How much room there is for what the compiler writes.
const ROOM: u64 = 64 << 20;

/// What the trial reports: whether it could link, what the compiler said, and its status if it ended by itself.
type Report = (bool, Vec<u8>, Option<i32>);

/// Tries it, in this way to a sandbox if there is one.
pub fn tried(way: Option<Way>) -> Compiler {
    let words = match compiler() {
        Ok(words) => words,
        Err(error) => return Compiler::None(error.to_string()),
    };
    let name = words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    let child = ReportingChild::start(|mut out| {
        let report =
            said(way, &words).unwrap_or_else(|error| (false, error::plain(&error).into_bytes(), None));
        let _ = postcard::to_stdvec(&report).map(|bytes| out.write_all(&bytes));
    });
    let report = child.and_then(|child| child.wait_at_most(WITHIN)).map(|(report, _)| report);
    let report = match report {
        Ok(report) => report,
        Err(error) => return Compiler::Fails(name, error::plain(&error)),
    };
    let (linked, said, status): Report = postcard::from_bytes(&report).unwrap_or_default();
    match (status, linked) {
        (Some(0), true) => Compiler::Links(name),
        (Some(0), false) => Compiler::Reads(name),
        _ => {
            let said = String::from_utf8_lossy(&said);
            let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
            let first = lines().find(|line| line.contains("error")).or_else(|| lines().next());
            Compiler::Fails(name, first.unwrap_or("it prints nothing").to_owned())
        }
    }
}

/// In a process of its own.
fn said(way: Option<Way>, words: &[OsString]) -> io::Result<Report> {
    // What is in it is hidden meanwhile, and the compiler may be anywhere else.
    let folder = ["/mnt", "/media", "/tmp"].map(Path::new).into_iter().find(|path| path.is_dir());
    let folder = folder.unwrap_or(Path::new("/"));
    let bare = Walls { user: process::own_uid(), ..Walls::default() };
    let walls = match way {
        Some(way) => jail::enter(way, &[], Room::InMemory(folder, ROOM), &[])?,
        None => bare,
    };
    let links = walls.mounts;
    if links {
        // The folder in memory, which no other process sees.
        jail::give(folder)?;
    }
    let what: &[&str] =
        if links { &["-x", "c", "-", "-o", "tried"] } else { &["-fsyntax-only", "-x", "c", "-"] };
    let args: Vec<OsString> = words.iter().cloned().chain(what.iter().map(OsString::from)).collect();
    let path = launch::find(&words[0]).unwrap_or_else(|_| PathBuf::from(&words[0]));
    let (mut program, mut said) = (memory_file::make()?, memory_file::make()?);
    program.write_all(PROGRAM)?;
    memory_file::rewind(&mut program)?;
    let pid = process::spawn_first(|| {
        let args: Vec<_> = args.iter().map(OsString::as_os_str).collect();
        let ready = || -> io::Result<()> {
            signals::reset_in_child();
            memory_file::becomes_stream(&program, 0)?;
            memory_file::becomes_stream(&said, 1)?;
            memory_file::becomes_stream(&said, 2)?;
            jail::confine(&LIMITS, folder, walls)
        };
        let error = match ready() {
            Ok(()) => jail::exec(path.as_os_str(), &args, folder),
            Err(error) => error,
        };
        process::print(format!("{} can't be run: {}", path.display(), error::plain(&error)).as_bytes());
        127
    })?;
    let status = match process::end(pid, WITHIN) {
        Some(Ended::Exited(status)) => Some(status),
        _ => None,
    };
    Ok((links, memory_file::content(&mut said, MAX_SAID)?, status))
}
