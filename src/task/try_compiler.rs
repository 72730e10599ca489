//! Tries the C compiler out, for whoever asks before a task is begun: it compiles and links a program of three lines in
//! memory that goes with the trial. Where lab has no such memory, because a namespace is missing, the compiler only reads
//! the program and its headers. It leaves nothing anywhere.

use std::ffi::OsString;
use std::io::{self, Seek, Write};
use std::path::Path;

use super::build::{WITHIN, compiler, run};
use crate::error;
use crate::facts::machine::Compiler;
use crate::sys::jail::{self, Room, Walls};
use crate::sys::namespace::Way;
use crate::sys::reporting_child::ReportingChild;
use crate::sys::{memory_file, process};

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
    let child = ReportingChild::that_reports(|| {
        said(way, &words).unwrap_or_else(|error| (false, error::plain(&error).into_bytes(), None))
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
    let mut program = memory_file::make()?;
    program.write_all(PROGRAM)?;
    program.rewind()?;
    let (said, status) = run(&args, &program, folder, walls)?;
    Ok((links, said, status))
}
