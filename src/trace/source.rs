//! The line of source that makes a call, where the program was compiled with -g: found from addresses at the top
//! of its stack. An address counts only if a call instruction stands before it, and one that is not the very
//! first only if its line names the function: an old stack may hold old addresses.

use std::collections::HashMap;
use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, RunTimeEndian, SectionId};
use object::{Object, ObjectSection, ObjectSegment, ObjectSymbol, ReadCache};

use super::Tracer;
use crate::event::Source;
use crate::kernel::evidence::{self, Code};

type Slice = EndianSlice<'static, RunTimeEndian>;

/// The section that a file compiled with -g has.
const DEBUG: &str = ".debug_info";
/// No program of a student is larger; a larger one goes without lines.
const LARGEST: u64 = 256 << 20;
/// After so many addresses that are in no code a process's mappings are not read for another one: there may be
/// 65,530 of them.
const VAIN: usize = 50;

/// What is known of files and of processes' mappings.
#[derive(Default)]
pub struct Sources {
    files: HashMap<PathBuf, Option<Debug>>,
    /// The code that a process has mapped, as it was last read.
    code: HashMap<i32, Rc<[Code]>>,
    /// How often a process's mappings were read for an address that is in none of them.
    vain: HashMap<i32, usize>,
    /// The dynamic loader of each process that was asked about.
    loaders: HashMap<i32, Option<Code>>,
    /// Sources' lines.
    texts: HashMap<PathBuf, Vec<String>>,
    here: PathBuf,
}

/// A file's debug information.
struct Debug {
    context: Context<Slice>,
    bytes: &'static [u8],
    /// File offset, size, address.
    segments: Vec<(u64, u64, u64)>,
}

impl Sources {
    /// Names of files are told relative to this folder.
    pub fn new(here: PathBuf) -> Sources {
        Sources { here, ..Sources::default() }
    }

    /// A process runs another program, or has ended.
    pub fn forget(&mut self, pid: i32) {
        self.code.remove(&pid);
        self.vain.remove(&pid);
        self.loaders.remove(&pid);
    }

    /// A forked child has its parent's code.
    pub fn inherit(&mut self, parent: i32, child: i32) {
        if let Some(code) = self.code.get(&parent).cloned() {
            self.code.insert(child, code);
        }
        if let Some(loader) = self.loaders.get(&parent).cloned() {
            self.loaders.insert(child, loader);
        }
    }

    /// Whether an instruction is the dynamic loader's: what it asks the kernel, the program did not.
    pub fn of_loader(&mut self, pid: i32, instruction: u64) -> bool {
        let loader = self.loaders.entry(pid).or_insert_with(|| evidence::loader(pid));
        loader.as_ref().is_some_and(|code| code.holds(instruction))
    }

    /// The line that called `function`, from the words at the top of the stack.
    pub fn find(&mut self, pid: i32, function: &str, words: &[u64]) -> Option<Source> {
        self.read_code(pid, words.first().copied().unwrap_or_default());
        let mut first = None;
        for (place, word) in words.iter().enumerate() {
            let Some(source) = self.line_of(pid, *word, true) else { continue };
            if source.text.as_ref().is_some_and(|text| text.contains(function)) {
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
        let codes = self.code.get(&pid)?;
        let code = codes.iter().find(|code| code.holds(address))?.clone();
        let offset = address - code.start + code.offset;
        let debug = self.debug(&code.path)?;
        if called && !debug.after_call(offset) {
            return None;
        }
        let (from, _, base) =
            debug.segments.iter().find(|(from, size, _)| (*from..from + size).contains(&offset))?;
        let location = debug.context.find_location(offset - from + base - 1).ok()??;
        let (path, line) = (PathBuf::from(location.file?), location.line?);
        let shown = path.strip_prefix(&self.here).or_else(|_| path.strip_prefix(".")).unwrap_or(&path);
        let shown = shown.display().to_string();
        Some(Source { text: self.text(&path, &code.path, line), file: shown, line })
    }

    /// Reads which code a process has mapped, unless that is known and holds the address.
    fn read_code(&mut self, pid: i32, address: u64) {
        let holds = |codes: &Rc<[Code]>| codes.iter().any(|code| code.holds(address));
        let vain = self.vain.get(&pid).copied().unwrap_or_default();
        if vain < VAIN && !self.code.get(&pid).is_some_and(holds) {
            let codes: Rc<[Code]> = evidence::code(pid).into();
            if !holds(&codes) {
                self.vain.insert(pid, vain + 1);
            }
            self.code.insert(pid, codes);
        }
    }

    /// The line itself, unless the source is newer than the program made of it.
    fn text(&mut self, source: &Path, program: &Path, line: u32) -> Option<String> {
        let lines = self.texts.entry(source.to_owned()).or_insert_with(|| lines(source, program));
        lines.get(line.checked_sub(1)? as usize).cloned()
    }

    /// Whether one of the words is an address in this function of a library; none where no mapped file has it
    /// among the names it offers, or where return addresses are not on the stack.
    pub fn inside(&mut self, pid: i32, function: &str, words: &[u64]) -> Option<bool> {
        if cfg!(not(target_arch = "x86_64")) {
            return None;
        }
        let codes = evidence::code(pid);
        let (code, range) = codes.iter().find_map(|code| Some((code, offered(&code.path, function)?)))?;
        let holds = |word: &u64| {
            let offset = word.checked_sub(code.start).map(|offset| offset + code.offset);
            (code.start..code.end).contains(word) && offset.is_some_and(|offset| range.contains(&offset))
        };
        Some(words.iter().any(holds))
    }

    fn debug(&mut self, path: &Path) -> Option<&Debug> {
        self.files.entry(path.to_owned()).or_insert_with(|| Debug::read(path)).as_ref()
    }
}

impl Debug {
    /// Reads a file's debug information; none if it has none that can be read.
    fn read(path: &Path) -> Option<Debug> {
        if fs::metadata(path).ok()?.len() > LARGEST {
            return None;
        }
        // Most libraries have none: of such a file only the table of its sections is read.
        let sections = ReadCache::new(File::open(path).ok()?);
        object::File::parse(&sections).ok()?.section_by_name(DEBUG)?;
        // Kept as long as lab runs, which is as long as the program does.
        let bytes: &'static [u8] = fs::read(path).ok()?.leak();
        let object = object::File::parse(bytes).ok()?;
        let endian = if object.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let section = |id: SectionId| {
            let data = object.section_by_name(id.name()).and_then(|section| section.data().ok());
            Ok::<_, addr2line::gimli::Error>(Slice::new(data.unwrap_or_default(), endian))
        };
        let context = Context::from_dwarf(Dwarf::load(section).ok()?).ok()?;
        let segments = object.segments().map(|segment| (segment.file_range(), segment.address()));
        let segments = segments.map(|((from, size), address)| (from, size, address)).collect();
        Some(Debug { context, bytes, segments })
    }

    /// Whether the instruction before this place of the file is a call.
    #[cfg(target_arch = "x86_64")]
    fn after_call(&self, offset: u64) -> bool {
        let before = |bytes: usize| {
            let at = usize::try_from(offset).ok()?.checked_sub(bytes)?;
            self.bytes.get(at..at + bytes)
        };
        // call rel32; call [rip + rel32]; call register; call [register + rel8].
        matches!(before(5), Some([0xe8, ..]))
            || matches!(before(6), Some([0xff, 0x15, ..]))
            || matches!(before(2), Some([0xff, 0xd0..=0xd7]))
            || matches!(before(3), Some([0xff, 0x50..=0x57, _] | [0x41, 0xff, 0xd0..=0xd7]))
    }

    /// Elsewhere the return address of a leaf is in a register, which is not read: what is found on the stack
    /// counts if its line names the function.
    #[cfg(not(target_arch = "x86_64"))]
    fn after_call(&self, offset: u64) -> bool {
        (offset as usize) < self.bytes.len()
    }
}

/// Where in a file the code of a function is that it offers to others.
fn offered(path: &Path, function: &str) -> Option<Range<u64>> {
    if fs::metadata(path).ok()?.len() > LARGEST {
        return None;
    }
    let bytes = fs::read(path).ok()?;
    let object = object::File::parse(bytes.as_slice()).ok()?;
    let symbol = object.dynamic_symbols().find(|symbol| {
        symbol.is_definition() && symbol.size() > 0 && symbol.name().is_ok_and(|name| name == function)
    })?;
    object.segments().find_map(|segment| {
        let start =
            symbol.address().checked_sub(segment.address()).filter(|start| *start < segment.size())?;
        let start = segment.file_range().0 + start;
        Some(start..start + symbol.size())
    })
}

/// A source's lines; none of one that is newer than the program made of it.
fn lines(source: &Path, program: &Path) -> Vec<String> {
    let changed = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let current = changed(source).zip(changed(program)).is_some_and(|(source, program)| source <= program);
    let text = if current { fs::read(source).unwrap_or_default() } else { Vec::new() };
    text.split(|byte| *byte == b'\n').map(|line| String::from_utf8_lossy(line).trim().to_owned()).collect()
}

impl Tracer<'_> {
    /// The line of source that made a call, from the words of [`Tracer::callers`].
    pub(super) fn source(&mut self, pid: i32, function: &str, callers: &[u64]) -> Option<Source> {
        let memory = self.story.process(pid).map_or(pid, |process| process.memory);
        self.sources.find(memory, function, callers)
    }
}
