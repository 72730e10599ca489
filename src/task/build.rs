//! Building: the compiler that is there, or the task's own command, in the jail, on copies of the student's files. Of what a
//! compiler says only the first error and the first warning are kept, with their lines.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Submission;
use crate::error::{self, Error};
use crate::facts::event::Source;
use crate::lesson::task::Program;
use crate::sys::jail::{self, Limits, Room, Walls};
use crate::sys::namespace::Way;
use crate::sys::reporting_child::ReportingChild;
use crate::sys::status::Ended;
use crate::sys::{launch, memory_file, process};

/// How long one program may take to build.
pub(super) const WITHIN: Duration = Duration::from_secs(60);
pub(super) const LIMITS: Limits =
    Limits { processes: 256, memory: 4 << 30, file: 64 << 20, files: 1024, computing: 60 };
/// How much of what a compiler says is read.
pub(super) const MAX_SAID: u64 = 1 << 20;

/// Something a compiler said, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    pub words: String,
    pub place: Option<Source>,
}

/// What came of building one program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    pub program: String,
    pub error: Option<Remark>,
    pub warning: Option<Remark>,
}

/// The words that begin a compiler's command, if there is one: `$CC`, or the first of cc, gcc and clang that is on the path.
pub fn compiler() -> Result<Vec<OsString>, Error> {
    if let Some(named) = std::env::var("CC").ok().filter(|named| !named.trim().is_empty()) {
        let words: Vec<OsString> = named.split_whitespace().map(OsString::from).collect();
        return match launch::find(&words[0]) {
            Ok(_) => Ok(words),
            Err(_) => Err(Error::Machine(format!(
                "CC names `{}`, and there is no such program on the path: unset CC, or name a C compiler",
                words[0].display()
            ))),
        };
    }
    let found = ["cc", "gcc", "clang"].into_iter().find(|name| launch::find(name.as_ref()).is_ok());
    found.map(|name| vec![name.into()]).ok_or_else(|| {
        Error::Machine(
            "there is no C compiler on the path (cc, gcc or clang): install one, such as with `sudo apt install gcc libc6-dev`"
                .into(),
        )
    })
}

/// Copies a submission's files to a folder that programs can read.
pub fn copy(files: &Submission, folder: &Path, without: &[String]) -> io::Result<()> {
    for (name, bytes) in files.files.iter().filter(|(name, _)| !without.contains(name)) {
        let path = folder.join(name);
        fs::write(&path, bytes)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644))?;
        jail::give(&path)?;
    }
    Ok(())
}

/// Builds one program in a folder that holds the files.
///
/// # Errors
/// No process can be started, or a signal ends the run.
pub fn build(way: Way, program: &Program, files: &Submission, folder: &Path) -> Result<Built, Error> {
    let mut built = Built { program: program.name.clone(), error: None, warning: None };
    if let (None, Some(missing)) = (&program.build, program.sources.iter().find(|name| !files.has(name))) {
        let words = format!("there is no file `{missing}` in this folder");
        built.error = Some(Remark { words, place: None });
        return Ok(built);
    }
    let words = command(program)?;
    let failed = Error::context("start the compiler");
    let child = ReportingChild::that_reports(|| {
        said(way, &words, folder).unwrap_or_else(|error| (error::plain(&error).into_bytes(), None))
    });
    let (report, _) = child.and_then(|child| child.wait_at_most(WITHIN)).map_err(failed)?;
    Error::if_signalled(crate::sys::signals::check())?;
    let (said, status): (Vec<u8>, Option<i32>) = postcard::from_bytes(&report).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let made = folder.join(&program.name);
    if status == Some(0) && fs::symlink_metadata(&made).is_ok_and(|meta| meta.is_file()) {
        built.warning = first(&said, &["warning:"], files);
        return Ok(built);
    }
    let plain = || said.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned();
    let otherwise = || match (status, said.trim().is_empty()) {
        (Some(0), _) => format!("the command has left no file `{}`", program.name),
        (None, _) => format!("the build took longer than {} seconds, or was killed", WITHIN.as_secs()),
        (Some(status), true) => format!("the compiler failed with status {status}"),
        (_, false) => plain(),
    };
    // The compiler's, the linker's, and what the assembler and make say.
    let found = first(&said, &["error:", "undefined reference", "Error:", "*** "], files);
    built.error = Some(found.unwrap_or_else(|| Remark { words: otherwise(), place: None }));
    Ok(built)
}

fn command(program: &Program) -> Result<Vec<OsString>, Error> {
    if let Some(command) = &program.build {
        return Ok(command.split_whitespace().map(OsString::from).collect());
    }
    let mut words = compiler()?;
    words.extend(["-Wall", "-g", "-pthread", "-o", program.name.as_str()].map(OsString::from));
    words.extend(program.sources.iter().map(OsString::from));
    Ok(words)
}

/// In a process of its own: what the command says, and its status if it ended by itself.
fn said(way: Way, words: &[OsString], folder: &Path) -> io::Result<(Vec<u8>, Option<i32>)> {
    let walls = jail::enter(way, &[], Room::Folder(folder), &[])?;
    run(words, &fs::File::open("/dev/null")?, folder, walls)
}

/// Runs a compiler with this input in a jail that was entered: what it says, and its status if it ended by itself.
pub(super) fn run(
    words: &[OsString],
    input: &fs::File,
    folder: &Path,
    walls: Walls,
) -> io::Result<(Vec<u8>, Option<i32>)> {
    let path = launch::find(&words[0]).unwrap_or_else(|_| PathBuf::from(&words[0]));
    let mut said = memory_file::make()?;
    let pid = process::spawn_first(|| {
        let args: Vec<_> = words.iter().map(OsString::as_os_str).collect();
        let ready = || -> io::Result<()> {
            crate::sys::signals::reset_in_child();
            memory_file::becomes_stream(input, 0)?;
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
    Ok((memory_file::content(&mut said, MAX_SAID)?, status))
}

/// The first line with one of these words, and the place that it begins with: `client.c:9:5: error: ...`.
fn first(said: &str, words: &[&str], files: &Submission) -> Option<Remark> {
    let line = said.lines().find(|line| words.iter().any(|word| line.contains(word)))?;
    let mut parts = line.splitn(3, ':');
    let (file, number) =
        (parts.next().unwrap_or_default(), parts.next().and_then(|number| number.parse().ok()));
    let file = file.rsplit('/').next().unwrap_or_default();
    let source = files.files.iter().find(|(name, _)| name == file);
    let place = source.zip(number).map(|((name, bytes), line): (_, u32)| {
        let text = String::from_utf8_lossy(bytes);
        let text = text.lines().nth(line.saturating_sub(1) as usize).map(|text| text.trim().to_owned());
        Source { file: name.clone(), line, text }
    });
    let told = words.iter().find_map(|word| line.find(word)).unwrap_or(0);
    // Without a place the whole line is wanted.
    let words = if place.is_some() { line[told..].to_owned() } else { line.to_owned() };
    Some(Remark { words: words.trim().to_owned(), place })
}
