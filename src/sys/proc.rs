//! What /proc says of one process: its state, user, program, arguments, and what it has mapped. Reading only; what can't be
//! seen is none, never a guess.

use std::fmt::Display;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::file_identity;
use super::maps::MapLine;

/// What a process is called.
pub fn name_of(pid: i32) -> String {
    proc_text(pid, "comm").unwrap_or_default().trim_end_matches('\n').to_owned()
}

/// What /proc/PID/stat says. Its fields are counted from 1, as proc_pid_stat(5) does.
pub(super) struct Stat(String);

impl Stat {
    pub(super) fn of(pid: i32) -> io::Result<Stat> {
        proc_text(pid, "stat").map(Stat)
    }

    /// Any field from the third on: the name in the second may hold blanks and parentheses.
    pub(super) fn field<T: FromStr>(&self, number: usize) -> Option<T> {
        self.0.rsplit_once(") ")?.1.split(' ').nth(number.checked_sub(3)?)?.parse().ok()
    }
}

/// What stands behind a name such as `Tgid:` in a text of /proc that has a line for each.
pub(super) fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

/// Where a link in a process's folder leads; `who`: a pid or `self`.
pub(super) fn link(who: impl Display, name: &str) -> Option<String> {
    fs::read_link(format!("/proc/{who}/{name}")).ok().map(|link| link.display().to_string())
}

/// The entries of a folder of /proc that are numbers, in no order.
pub(super) fn numbers_in<T: FromStr>(folder: &str) -> impl Iterator<Item = T> + use<T> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The state letter of a process: none when it is gone, `?` where /proc can't say.
pub fn state(pid: i32) -> Option<char> {
    match Stat::of(pid) {
        Ok(stat) => stat.field(3),
        Err(_) if Path::new("/proc/self/stat").exists() => None,
        Err(_) => Some('?'),
    }
}

/// When a process was started, in ticks since the machine was: another one that gets its pid has another moment. None
/// when it is gone, or has ended and its parent has not waited.
pub fn started(pid: i32) -> Option<u64> {
    let stat = Stat::of(pid).ok()?;
    let ended = matches!(stat.field(3)?, 'Z' | 'X');
    stat.field(22).filter(|_| !ended)
}

/// How many nanoseconds a process's first thread has had a processor.
pub fn computed(pid: i32) -> Option<u64> {
    proc_text(pid, "schedstat").ok()?.split_whitespace().next()?.parse().ok()
}

/// What a descriptor leads to: `pipe:[123]`, a path.
pub fn file_of(pid: i32, descriptor: u64) -> Option<String> {
    link(pid, &format!("fd/{descriptor}"))
}

/// Whether what a process writes to this descriptor goes nowhere.
pub fn writes_nowhere(pid: i32, descriptor: u64) -> bool {
    file_of(pid, descriptor).as_deref() == Some("/dev/null")
}

/// Whether a process runs, or waits for a processor or a disk, rather than for another process.
pub fn busy(pid: i32) -> bool {
    matches!(state(pid), Some('R' | 'D'))
}

/// The IPC namespace of a process; empty where it can't be seen.
pub fn ipc_namespace_of(pid: i32) -> String {
    link(pid, "ns/ipc").unwrap_or_default()
}

/// Whether a process sees the same pids as we do.
pub fn same_pids(pid: i32) -> bool {
    let theirs = link(pid, "ns/pid");
    link("self", "ns/pid").is_some_and(|ours| theirs.is_none_or(|theirs| theirs == ours))
}

/// The children of a process, those of its first thread; none where the kernel does not list them.
pub fn children_of(pid: i32) -> Vec<i32> {
    let list = proc_text(pid, &format!("task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

/// The process that a thread belongs to.
pub fn process_of(tid: i32) -> Option<i32> {
    field(&proc_text(tid, "status").ok()?, "Tgid:")?.parse().ok()
}

/// The user whose rights a process has: its effective one.
pub fn user_of(pid: i32) -> Option<u32> {
    field(&proc_text(pid, "status").ok()?, "Uid:")?.split_whitespace().nth(1)?.parse().ok()
}

/// Whether a process's standard output is another file than ours; none where that can't be seen.
pub fn prints_elsewhere(pid: i32) -> Option<bool> {
    let own = file_identity::identity(Path::new("/proc/self/fd/1")).ok()?;
    match file_identity::identity(Path::new(&format!("/proc/{pid}/fd/1"))) {
        Ok(file) => Some(file != own),
        // It is closed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(true),
        Err(_) => None,
    }
}

/// Code of a file, mapped into a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub start: u64,
    pub end: u64,
    /// Where in the file it begins.
    pub offset: u64,
    pub path: PathBuf,
    /// The file's device and inode, as the mappings name them: what the path leads to may be another one.
    pub file: (u64, u64),
}

impl Code {
    /// Whether an address is in it.
    pub fn holds(&self, address: u64) -> bool {
        (self.start..self.end).contains(&address)
    }
}

/// The code that a process has mapped.
pub fn code(pid: i32) -> Vec<Code> {
    let maps = proc_text(pid, "maps").unwrap_or_default();
    let piece = |line| {
        let MapLine { start, end, permissions, offset, device, inode, name } = MapLine::of(line)?;
        let is_code = permissions.contains('x') && name.starts_with('/');
        is_code.then(|| Code { start, end, offset, path: name.into(), file: (device, inode) })
    };
    maps.lines().filter_map(piece).collect()
}

/// What a process has mapped at each of these addresses: none where nothing is.
pub fn memory_at(pid: i32, addresses: &[u64]) -> Vec<Option<&'static str>> {
    let maps = proc_text(pid, "maps").unwrap_or_default();
    let pieces: Vec<_> = maps.lines().filter_map(MapLine::of).collect();
    let kind = |piece: &MapLine<'_>| match piece.name {
        "[heap]" => "heap",
        "[stack]" => "stack",
        name if name.starts_with("/SYSV") => "segment",
        name if name.starts_with('/') && piece.permissions.starts_with("r-x") => "code",
        name if name.starts_with('/') => "data",
        _ => "memory",
    };
    let one = |at: &u64| pieces.iter().find(|piece| (piece.start..piece.end).contains(at)).map(kind);
    addresses.iter().map(one).collect()
}

/// A file of /proc about a process, as text. It may hold a name that the process gave itself and the paths that it
/// has mapped. These can be any bytes, and must not make the rest unreadable.
pub fn proc_text(pid: i32, file: &str) -> io::Result<String> {
    let bytes = fs::read(format!("/proc/{pid}/{file}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The code of the dynamic loader that started a process; none in a static program.
pub fn loader(pid: i32) -> Option<Code> {
    /// The loader's address among the words that the kernel gives a new program (getauxval(3)).
    const AT_BASE: u64 = 7;
    let words = fs::read(format!("/proc/{pid}/auxv")).ok()?;
    let (pairs, _) = words.as_chunks::<16>();
    let word = |pair: &[u8; 16], at: usize| u64::from_ne_bytes(std::array::from_fn(|byte| pair[at + byte]));
    let base = pairs.iter().find(|pair| word(pair, 0) == AT_BASE).map(|pair| word(pair, 8))?;
    let code = code(pid).into_iter().filter(|code| base != 0 && code.start >= base);
    code.min_by_key(|code| code.start)
}

/// The file that a process runs; empty where it can't be seen.
pub fn program_of(pid: i32) -> String {
    link(pid, "exe").unwrap_or_default()
}

/// The words a process was started with: the first of them, where they are more than a page or two. A program may
/// have a megabyte of them.
pub fn arguments_of(pid: i32) -> Vec<Vec<u8>> {
    const MAX_AUXV: u64 = 8192;
    let mut bytes = Vec::new();
    if let Ok(file) = fs::File::open(format!("/proc/{pid}/cmdline")) {
        // After an error, what was read so far counts.
        let _ = file.take(MAX_AUXV).read_to_end(&mut bytes);
    }
    let words = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    words.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn the_loader_is_a_file_of_its_own() {
        let code = loader(std::process::id() as i32).expect("a loader");
        let name = code.path.file_name().expect("a name").as_bytes();
        assert!(name.starts_with(b"ld"), "{}", code.path.display());
        assert!(!code.holds(loader as fn(i32) -> Option<Code> as usize as u64));
    }
}
