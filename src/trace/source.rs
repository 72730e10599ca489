//! The line of source that makes a call, where the program was compiled with -g: found from addresses at the top
//! of its stack. An address counts only if a call instruction stands before it, and one that is not the very
//! first only if its line names the function: an old stack may hold old addresses. Every file here is named by
//! the program, so each is opened with the program's rights and no others, and a source's text is shown only if
//! both the process and the owner of the file that names the source may read it.

use std::cell::Cell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::hash::Hash;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::Engine;
use super::debug::{self, Debug, Frames};
use super::unwind;
use crate::facts::event::Source;
use crate::sys::named_file::{self, Rights};
use crate::sys::proc::{self, Code};

/// How many bytes of debug information and of sources are read in all.
const MAX_DEBUG_BYTES: u64 = 64 << 20;
const MAX_SOURCE_BYTES: u64 = 1 << 20;
/// How many files of each kind are opened.
const MAX_SOURCES: usize = 256;
/// A longer name of a source is none.
const MAX_PATH: usize = libc::PATH_MAX as usize;

/// A mapped file: its path in the mappings, device and inode.
type FileKey = (PathBuf, (u64, u64));
/// After this many addresses that are in no code a process's mappings are not read for another one: there may be
/// 65,530 of them.
const MAX_VAIN_LOOKUPS: usize = 50;

/// What is known of files and of processes' mappings.
#[derive(Default)]
pub struct Sources {
    files: HashMap<FileKey, Option<Debug>>,
    processes: HashMap<i32, Mapped>,
    /// Sources' lines, by who reads, the file that names the source, and its name.
    texts: HashMap<(Rc<Rights>, FileKey, PathBuf), Vec<String>>,
    /// Where a mapped file has a function that it offers to others.
    offers: HashMap<(FileKey, String), Option<Range<u64>>>,
    /// The tables of mapped files for going from a function to its caller.
    frames: HashMap<FileKey, Option<Frames>>,
    here: PathBuf,
    debug_left: Cell<u64>,
    text_left: u64,
    /// A mapped file could not be opened: whether it has debug information is not known.
    unread: bool,
}

/// What is known of a process; none: it was not asked.
#[derive(Default)]
struct Mapped {
    /// The code that it has mapped, as it was last read.
    code: Option<Rc<[Code]>>,
    /// How often its mappings were read for an address that is in none of them.
    vain: usize,
    /// Its dynamic loader, if it has one.
    loader: Option<Option<Code>>,
    /// Who it was for files when that was asked last.
    reader: Option<Rc<Rights>>,
    /// Where a function that a mapped file offers is in its memory.
    places: HashMap<&'static str, Option<Range<u64>>>,
}

impl Sources {
    /// Names of files are shown relative to this folder.
    pub fn new(here: PathBuf) -> Sources {
        let debug_left = Cell::new(MAX_DEBUG_BYTES);
        Sources { here, debug_left, text_left: MAX_SOURCE_BYTES, ..Sources::default() }
    }

    /// Whether lines were looked for, and no file had any: compiled with -g, the program would have them.
    pub fn had_none(&self) -> bool {
        cfg!(target_arch = "x86_64")
            && !self.unread
            && !self.files.is_empty()
            && self.files.values().all(Option::is_none)
    }

    /// A process runs another program, or has ended.
    pub fn forget(&mut self, pid: i32) {
        self.processes.remove(&pid);
    }

    /// A forked child has its parent's code.
    pub fn inherit(&mut self, parent: i32, child: i32) {
        let Some(Mapped { code, loader, .. }) = self.processes.get(&parent) else { return };
        let inherited = Mapped { code: code.clone(), loader: loader.clone(), ..Mapped::default() };
        self.processes.insert(child, inherited);
    }

    /// Whether an instruction is the dynamic loader's: what it asks the kernel, the program did not.
    pub fn of_loader(&mut self, pid: i32, instruction: u64) -> bool {
        let process = self.processes.entry(pid).or_default();
        process
            .loader
            .get_or_insert_with(|| proc::loader(pid))
            .as_ref()
            .is_some_and(|code| code.holds(instruction))
    }

    /// The line that called one of these functions, from the words at the top of the stack.
    pub fn calling(&mut self, pid: i32, functions: &[&str], words: &[u64]) -> Option<Source> {
        self.read_code(pid, words.first().copied().unwrap_or_default());
        let mut first = None;
        for (place, word) in words.iter().enumerate() {
            let Some(source) = self.line_of(pid, *word, true) else { continue };
            let names = |text: &String| functions.iter().any(|function| text.contains(function));
            if source.text.as_ref().is_some_and(names) {
                return Some(source);
            }
            if place == 0 {
                first = Some(source);
            }
        }
        first
    }

    /// The line of the instruction before an address; `called`: it must be a call.
    pub fn line(&mut self, pid: i32, address: u64, called: bool) -> Option<Source> {
        self.read_code(pid, address);
        self.line_of(pid, address, called)
    }

    fn line_of(&mut self, pid: i32, address: u64, called: bool) -> Option<Source> {
        let codes = self.processes.get(&pid)?.code.clone()?;
        let (code, offset) = in_code(&codes, address)?;
        let debug = self.debug(pid, code)?;
        if called && !debug.after_call(offset) {
            return None;
        }
        let (path, line) = debug.line_before(offset)?;
        if path.len() > MAX_PATH {
            return None;
        }
        let path = PathBuf::from(path);
        let shown = path.strip_prefix(&self.here).or_else(|_| path.strip_prefix(".")).unwrap_or(&path);
        let shown = shown.display().to_string();
        Some(Source { text: self.text(pid, code, path, line), file: shown, line })
    }

    /// Reads which code a process has mapped, unless that is known and holds the address.
    fn read_code(&mut self, pid: i32, address: u64) {
        let holds = |codes: &Rc<[Code]>| codes.iter().any(|code| code.holds(address));
        let process = self.processes.entry(pid).or_default();
        if process.vain < MAX_VAIN_LOOKUPS && !process.code.as_ref().is_some_and(holds) {
            let codes = proc::code(pid).into();
            process.vain += usize::from(!holds(&codes));
            process.code = Some(codes);
        }
    }

    /// The line itself, unless the source is newer than the program made of it.
    fn text(&mut self, pid: i32, code: &Code, source: PathBuf, line: u32) -> Option<String> {
        let process = self.processes.entry(pid).or_default();
        let asked = || Some(Rc::new(Rights::of(pid)?));
        let mut known = (process.reader.clone().or_else(asked)?, key(code), source);
        if !self.texts.contains_key(&known) {
            // Before anything is opened it is asked again who reads: a process may have given up rights.
            known.0 = asked()?;
        }
        process.reader = Some(known.0.clone());
        if !self.texts.contains_key(&known) {
            if self.texts.len() >= MAX_SOURCES {
                return None;
            }
            let object = &self.files.get(&known.1)?.as_ref()?.about;
            let (lines, size) = lines(pid, &self.here.join(&known.2), object, &known.0, self.text_left);
            self.text_left -= size;
            self.texts.insert(known.clone(), lines);
        }
        self.texts.get(&known)?.get(line.checked_sub(1)? as usize).cloned()
    }

    /// Whether one of the words is an address in this function of a library; none where no mapped file has it
    /// among the names it offers, or where return addresses are not on the stack.
    pub fn inside(&mut self, pid: i32, function: &'static str, words: &[u64]) -> Option<bool> {
        if cfg!(not(target_arch = "x86_64")) {
            return None;
        }
        let known = self.processes.get(&pid).and_then(|process| process.places.get(function)).cloned();
        let place = known.unwrap_or_else(|| {
            let place = self.mapped_at(pid, function);
            self.processes.entry(pid).or_default().places.insert(function, place.clone());
            place
        })?;
        Some(words.iter().any(|word| place.contains(word)))
    }

    /// Where in a process's memory a function is that a mapped file offers to others.
    fn mapped_at(&mut self, pid: i32, function: &str) -> Option<Range<u64>> {
        let codes = proc::code(pid);
        let (code, range) = codes.iter().find_map(|code| Some((code, self.offered(pid, code, function)?)))?;
        let address =
            |offset: u64| Some(offset.checked_sub(code.offset)?.checked_add(code.start)?.min(code.end));
        Some(address(range.start)?..address(range.end)?)
    }

    fn offered(&mut self, pid: i32, code: &Code, function: &str) -> Option<Range<u64>> {
        let of = (key(code), function.to_owned());
        let read = || debug::offered(&opened(pid, code)?, &self.debug_left, function);
        known(&mut self.offers, of, read).cloned()
    }

    /// The line of the program in whose calls a thread is: that of the nearest caller that has lines.
    pub fn caller_line(
        &mut self,
        pid: i32,
        registers: [u64; unwind::REGISTERS],
        read: impl Fn(u64) -> Option<u64>,
    ) -> Option<Source> {
        self.read_code(pid, registers[unwind::REGISTERS - 1]);
        let codes = self.processes.get(&pid)?.code.clone()?;
        let tables = |address: u64| {
            let (code, offset) = in_code(&codes, address)?;
            let frames = self.frames(pid, code)?;
            Some((frames.tables, frames.segments.address_of(offset)?))
        };
        let callers = unwind::callers(registers.map(Some), tables, read);
        callers.into_iter().find_map(|address| self.line_of(pid, address, true))
    }

    fn frames(&mut self, pid: i32, code: &Code) -> Option<&Frames> {
        known(&mut self.frames, key(code), || Frames::read(&opened(pid, code)?, &self.debug_left))
    }

    fn debug(&mut self, pid: i32, code: &Code) -> Option<&Debug> {
        known(&mut self.files, key(code), || {
            let file = opened(pid, code);
            // The kernel's own code has no file.
            self.unread |= file.is_none() && code.path.is_absolute();
            Debug::read(file?, &self.debug_left)
        })
    }
}

/// What is known of a file; it is read the first time, while there is room for one more.
fn known<K: Eq + Hash, V>(
    all: &mut HashMap<K, Option<V>>,
    key: K,
    read: impl FnOnce() -> Option<V>,
) -> Option<&V> {
    let full = all.len() >= MAX_SOURCES;
    match all.entry(key) {
        Entry::Occupied(there) => there.into_mut().as_ref(),
        Entry::Vacant(_) if full => None,
        Entry::Vacant(free) => free.insert(read()).as_ref(),
    }
}

/// The code that an address is in, and which place of its file that is.
fn in_code(codes: &[Code], address: u64) -> Option<(&Code, u64)> {
    let code = codes.iter().find(|code| code.holds(address))?;
    Some((code, (address - code.start).checked_add(code.offset)?))
}

fn opened(pid: i32, code: &Code) -> Option<File> {
    Rights::of(pid).and_then(|reader| named_file::open_given(pid, &code.path, &[&reader]))
}

fn key(code: &Code) -> FileKey {
    (code.path.clone(), code.file)
}

/// What the name of a source ends in, in the languages whose compilers write debug information. Whoever copies or
/// builds a stranger's program owns it, and then only this keeps a key or a list of passwords from being one.
const SOURCE_SUFFIXES: &[&str] = &[
    "c", "h", "i", "cc", "cp", "cpp", "cxx", "c++", "C", "hh", "hpp", "hxx", "h++", "inc", "inl", "tcc",
    "ipp", "m", "mm", "s", "S", "asm", "l", "ll", "y", "yy", "rs", "go", "d", "zig", "nim", "v", "f", "F",
    "f90", "F90", "f95", "f03", "f08", "for", "pas", "pp", "adb", "ads", "ml", "hs", "cu", "swift", "kt",
];

/// Whether a file is called as a source is.
fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|end| SOURCE_SUFFIXES.iter().any(|known| end == *known))
}

/// A source's lines, and how many bytes it had; none of one that is not called as a source is, is newer than the
/// program made of it, is larger than what is `left`, or that the process or the owner of the program may not read.
fn lines(
    pid: i32,
    source: &Path,
    object: &named_file::About,
    reader: &Rights,
    left: u64,
) -> (Vec<String>, u64) {
    let read = || {
        if !is_source(source) {
            return None;
        }
        let owner = Rights::of_owner(object, reader);
        let file = named_file::open_given(pid, source, &[reader, &owner])?;
        let newer = named_file::about(&file)?.changed() > object.changed();
        if newer { None } else { named_file::read_whole(&file, left) }
    };
    let text = read().unwrap_or_default();
    let line = |line: &[u8]| String::from_utf8_lossy(line).trim().to_owned();
    let lines = text.split(|byte| *byte == b'\n').filter(|_| !text.is_empty()).map(line);
    (lines.collect(), text.len() as u64)
}

impl Engine<'_> {
    /// The line of source that made a call, from the words of [`super::callers`].
    pub(super) fn source(&mut self, pid: i32, function: &str, callers: &[u64]) -> Option<Source> {
        let memory = self.story.memory_of(pid);
        self.sources.calling(memory, &[function], callers)
    }
}
