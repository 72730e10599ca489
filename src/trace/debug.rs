//! A mapped file's debug information. The file is another program's, and may be anything: it is read in pieces, as
//! they are needed, and never mapped, since a mapping of a file that is cut off meanwhile would kill lab; what is
//! read is copied first and looked at then. All pieces of a trace together have one size.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, RunTimeEndian, SectionId};
use object::{Object, ObjectSection, ObjectSegment, ObjectSymbol, ReadRef};

use super::unwind::Tables;
use crate::sys::named_file;

type Slice = EndianSlice<'static, RunTimeEndian>;

/// What finding a line takes, and the most that is read of it, in bytes: a table of lines becomes thirty times as
/// large when it is unpacked.
const SECTIONS: [(SectionId, u64); 10] = [
    (SectionId::DebugInfo, u64::MAX),
    (SectionId::DebugAbbrev, 4 << 20),
    (SectionId::DebugLine, 8 << 20),
    (SectionId::DebugStr, u64::MAX),
    (SectionId::DebugLineStr, u64::MAX),
    (SectionId::DebugRanges, 8 << 20),
    (SectionId::DebugRngLists, 8 << 20),
    (SectionId::DebugAddr, u64::MAX),
    (SectionId::DebugStrOffsets, u64::MAX),
    (SectionId::DebugAranges, 8 << 20),
];
/// How many units are taken: each becomes some hundred bytes of a header of twelve.
const MAX_UNITS: usize = 10_000;
/// And this many bytes of the tables for going from a function to its caller.
const MAX_FRAMES_BYTES: u64 = 4 << 20;
/// Names are looked for in pieces of this size.
const WINDOW_BYTES: usize = 64 << 10;

/// A file's debug information.
pub struct Debug {
    file: File,
    /// Who owns the file, and when it was changed last.
    pub about: named_file::About,
    context: Context<Slice>,
    segments: Segments,
}

impl Debug {
    /// Reads a file's debug information; none if it has none that can be read. `left`: how many bytes all files
    /// together may still take.
    pub fn read(file: File, left: &Cell<u64>) -> Option<Debug> {
        let about = named_file::about(&file)?;
        let pieces = Pieces::of(&file, left)?;
        let object = object::File::parse(&pieces).ok()?;
        let mut found: [&[u8]; SECTIONS.len()] = [&[]; _];
        for section in object.sections() {
            let name = section.name().ok()?;
            let Some(place) = SECTIONS.iter().position(|(id, _)| id.name() == name) else { continue };
            if section.size() > SECTIONS[place].1 {
                return None;
            }
            found[place] = section.data().ok()?;
        }
        if found[0].is_empty() {
            return None;
        }
        let endian = if object.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let section = |id: SectionId| {
            let place = SECTIONS.iter().position(|(known, _)| *known == id);
            Ok::<_, addr2line::gimli::Error>(Slice::new(place.map_or(&[], |place| found[place]), endian))
        };
        let dwarf = Dwarf::load(section).ok()?;
        let mut units = dwarf.units();
        let mut number = 0;
        while number <= MAX_UNITS && units.next().ok()?.is_some() {
            number += 1;
        }
        if number > MAX_UNITS {
            return None;
        }
        let context = Context::from_dwarf(dwarf).ok()?;
        let segments = Segments::of(&object);
        drop(object);
        drop(pieces);
        Some(Debug { file, about, context, segments })
    }

    /// File and line of the instruction before this place of the file.
    pub fn line_before(&self, offset: u64) -> Option<(String, u32)> {
        let address = self.segments.address_of(offset)?.checked_sub(1)?;
        let location = self.context.find_location(address).ok()??;
        Some((location.file?.to_owned(), location.line?))
    }

    /// Whether the instruction before this place of the file is a call.
    #[cfg(target_arch = "x86_64")]
    pub fn after_call(&self, offset: u64) -> bool {
        let mut bytes = [0; 6];
        let Some(from) = offset.checked_sub(6) else { return false };
        if self.file.read_exact_at(&mut bytes, from).is_err() {
            return false;
        }
        // call rel32; call [rip + rel32]; call register; call [register + rel8].
        matches!(bytes[1..], [0xe8, ..])
            || matches!(bytes, [0xff, 0x15, ..])
            || matches!(bytes[4..], [0xff, 0xd0..=0xd7])
            || matches!(bytes[3..], [0xff, 0x50..=0x57, _] | [0x41, 0xff, 0xd0..=0xd7])
    }

    /// Elsewhere the return address of a leaf is in a register, which is not read: what is found on the stack
    /// counts if its line names the function.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn after_call(&self, offset: u64) -> bool {
        self.file.metadata().is_ok_and(|meta| offset < meta.len())
    }
}

/// Where in a file the code of a function is that it offers to others.
pub fn offered(file: &File, left: &Cell<u64>, function: &str) -> Option<Range<u64>> {
    let pieces = Pieces::of(file, left)?;
    let object = object::File::parse(&pieces).ok()?;
    let symbol = object.dynamic_symbols().find(|symbol| {
        symbol.is_definition() && symbol.size() > 0 && symbol.name().is_ok_and(|name| name == function)
    })?;
    object.segments().find_map(|segment| {
        let start =
            symbol.address().checked_sub(segment.address()).filter(|start| *start < segment.size())?;
        let start = segment.file_range().0.checked_add(start)?;
        Some(start..start.checked_add(symbol.size())?)
    })
}

/// A file's tables for going from a function to its caller, and the segments that it is mapped in.
pub struct Frames {
    pub tables: Tables,
    pub segments: Segments,
}

impl Frames {
    /// Reads them; none where the file has none.
    pub fn read(file: &File, left: &Cell<u64>) -> Option<Frames> {
        let pieces = Pieces::of(file, left)?;
        let object = object::File::parse(&pieces).ok()?;
        let section = object.section_by_name(".eh_frame")?;
        let (address, size) = (section.address(), section.size());
        if !object.is_little_endian() || size > MAX_FRAMES_BYTES {
            return None;
        }
        let bytes = section.data().ok()?;
        Some(Frames { tables: Tables { bytes, address }, segments: Segments::of(&object) })
    }
}

/// The segments of a file: which bytes of it each has, and at which address.
pub struct Segments(Vec<(Range<u64>, u64)>);

impl Segments {
    fn of(object: &object::File<'static, &Pieces<'_>>) -> Segments {
        let segments = object.segments().map(|segment| (segment.file_range(), segment.address()));
        Segments(segments.map(|((from, size), at)| (from..from.saturating_add(size), at)).collect())
    }

    /// The address that a place of the file has as the file counts it.
    pub fn address_of(&self, offset: u64) -> Option<u64> {
        let (bytes, address) = self.0.iter().find(|(bytes, _)| bytes.contains(&offset))?;
        (offset - bytes.start).checked_add(*address)
    }
}

/// A file, as the pieces that are asked for. They are kept as long as lab runs, which is as long as the program
/// does, and all of them count.
struct Pieces<'a> {
    file: &'a File,
    size: u64,
    left: &'a Cell<u64>,
    /// The piece in which a name was looked for last, and where it begins.
    window: RefCell<(u64, Vec<u8>)>,
}

impl<'a> Pieces<'a> {
    fn of(file: &'a File, left: &'a Cell<u64>) -> Option<Pieces<'a>> {
        let size = file.metadata().ok()?.len();
        Some(Pieces { file, size, left, window: RefCell::default() })
    }

    /// Takes this many bytes off what is left.
    fn take(&self, size: u64) -> Result<(), ()> {
        self.left.set(self.left.get().checked_sub(size).ok_or(())?);
        Ok(())
    }
}

impl ReadRef<'static> for &Pieces<'_> {
    fn len(self) -> Result<u64, ()> {
        Ok(self.size)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'static [u8], ()> {
        let end = offset.checked_add(size).filter(|end| *end <= self.size).ok_or(())?;
        self.take(end - offset)?;
        let mut bytes = vec![0; usize::try_from(size).map_err(drop)?];
        self.file.read_exact_at(&mut bytes, offset).map_err(drop)?;
        Ok(bytes.leak())
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'static [u8], ()> {
        let mut window = self.window.borrow_mut();
        let inside = |window: &(u64, Vec<u8>)| {
            let from = usize::try_from(range.start.checked_sub(window.0)?).ok()?;
            let rest = window.1.get(from..)?;
            let length = rest.iter().position(|byte| *byte == delimiter)?;
            (range.start + length as u64 <= range.end).then(|| rest[..length].to_vec())
        };
        if let Some(name) = inside(&window) {
            self.take(name.len() as u64)?;
            return Ok(name.leak());
        }
        let mut bytes = vec![0; WINDOW_BYTES];
        let read = self.file.read_at(&mut bytes, range.start).map_err(drop)?;
        bytes.truncate(read);
        *window = (range.start, bytes);
        // A name longer than a window is none of ours.
        let name = inside(&window).ok_or(())?;
        self.take(name.len() as u64)?;
        Ok(name.leak())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_files_together_may_take_has_an_end() {
        let file = File::open("/proc/self/exe").expect("this binary");
        // More than this binary of all tests has, which grows with them.
        const MOST: u64 = 512 << 20;
        let left = Cell::new(MOST);
        assert!(Debug::read(file.try_clone().expect("a copy"), &left).is_some());
        let taken = MOST - left.get();
        assert!(taken > 1000 && left.get() > 0, "{taken}");
        let left = Cell::new(taken - 1);
        assert!(Debug::read(file, &left).is_none());
    }

    #[test]
    fn a_name_is_found_in_the_next_window_too() {
        let path = std::env::temp_dir().join(format!("lab-unit-{}-window", std::process::id()));
        let names =
            [vec![b'a'; WINDOW_BYTES - 3], b"\0name\0".to_vec(), vec![b'b'; 2 * WINDOW_BYTES]].concat();
        std::fs::write(&path, &names).expect("a file");
        let file = File::open(&path).expect("the file");
        std::fs::remove_file(&path).expect("gone");
        let left = Cell::new(u64::MAX);
        let pieces = Pieces::of(&file, &left).expect("its size");
        let end = names.len() as u64;
        let at = |from: usize| (&pieces).read_bytes_at_until(from as u64..end, 0);
        assert_eq!(at(1).map(<[u8]>::len), Ok(WINDOW_BYTES - 4));
        assert_eq!(at(WINDOW_BYTES - 2), Ok(&b"name"[..]));
        assert_eq!(at(WINDOW_BYTES + 3), Err(()), "no end within a window");
        assert_eq!((&pieces).read_bytes_at(end - 1, 2), Err(()));
        assert_eq!((&pieces).read_bytes_at(u64::MAX, 2), Err(()));
    }
}
