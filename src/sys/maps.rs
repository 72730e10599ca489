//! What a process has mapped at an address, asked of the kernel: with one call where it answers it (Linux 6.11), else
//! from the lines of /proc/PID/maps. A process may have 65,530 mappings, too many to read them all for one address.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::fd::AsRawFd;

use super::checked;

/// A mapping of a segment, or what is left of one: munmap and mremap cut them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapPart {
    pub shmid: i32,
    pub start: u64,
    pub end: u64,
    /// Where in the segment it begins, in bytes.
    pub offset: u64,
}

/// A line of /proc/PID/maps: `7f…-7f… rw-s 00000000 00:01 28   /SYSV00001234 (deleted)`. A segment's inode is its shmid.
pub(super) struct MapLine<'a> {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) permissions: &'a str,
    pub(super) offset: u64,
    pub(super) device: u64,
    pub(super) inode: u64,
    /// All of it, with the blanks in it and behind it; empty where there is none.
    pub(super) name: &'a str,
}

impl MapLine<'_> {
    pub(super) fn of(line: &str) -> Option<MapLine<'_>> {
        let hex = |text| u64::from_str_radix(text, 16).ok();
        let mut fields = line.splitn(6, ' ');
        let (start, end) = fields.next()?.split_once('-')?;
        let (permissions, offset) = (fields.next()?, fields.next()?);
        let (major, minor) = fields.next()?.split_once(':')?;
        Some(MapLine {
            start: hex(start)?,
            end: hex(end)?,
            permissions,
            offset: hex(offset)?,
            device: libc::makedev(hex(major)? as u32, hex(minor)? as u32),
            inode: fields.next()?.parse().ok()?,
            name: fields.next().unwrap_or_default().trim_start_matches(' '),
        })
    }

    /// The same for a segment's line and no other: most lines are a library's, and there may be thousands.
    pub(super) fn of_segment(line: &str) -> Option<MapLine<'_>> {
        line.contains(NAME).then(|| MapLine::of(line)).flatten().filter(|line| line.name.starts_with(NAME))
    }
}

/// A process's mappings of segments.
#[derive(Debug)]
pub enum Maps {
    /// Each address is asked for by itself.
    Asked(File),
    /// All of them, in the order of their addresses.
    Read(Vec<MapPart>),
}

/// struct procmap_query of linux/fs.h.
#[repr(C)]
#[derive(Default)]
struct Query {
    size: u64,
    flags: u64,
    address: u64,
    start: u64,
    end: u64,
    vma_flags: u64,
    page_size: u64,
    offset: u64,
    inode: u64,
    major: u32,
    minor: u32,
    name_size: u32,
    build_id_size: u32,
    name: u64,
    build_id: u64,
}

/// PROCMAP_QUERY: _IOWR('f', 17, struct procmap_query).
const QUERY: libc::c_ulong = 0xc068_6611;
/// The mapping that holds the address or the next one; only shared ones, and only of files.
const SHARED_FILE_FROM: u64 = 0x08 | 0x10 | 0x20;
/// What every segment's mapping is named, before its key.
const NAME: &str = "/SYSV";

impl Maps {
    /// For a process that will be asked about a few addresses. It fails without /proc, and for a process that hides its
    /// memory from this user.
    pub fn few(pid: i32) -> io::Result<Maps> {
        let file = File::open(format!("/proc/{pid}/maps"))?;
        match ask(&file, 0) {
            Err(error) if error.raw_os_error() == Some(libc::ENOTTY) => Ok(Maps::Read(read(file)?)),
            _ => Ok(Maps::Asked(file)),
        }
    }

    /// For one that will be asked about many.
    pub fn all(pid: i32) -> io::Result<Maps> {
        Ok(Maps::Read(read(File::open(format!("/proc/{pid}/maps"))?)?))
    }

    /// The first piece of any segment that ends behind `from`; none where there is none.
    fn from(&self, from: u64) -> Option<MapPart> {
        match self {
            Maps::Read(pieces) => pieces.get(pieces.partition_point(|piece| piece.end <= from)).copied(),
            Maps::Asked(file) => {
                let mut from = from;
                loop {
                    match ask(file, from) {
                        Ok((piece, true)) => return Some(piece),
                        // Another file's.
                        Ok((piece, false)) => from = piece.end,
                        Err(_) => return None,
                    }
                }
            }
        }
    }

    /// The segment that is mapped at an address.
    pub fn at(&self, address: u64) -> Option<MapPart> {
        self.from(address).filter(|piece| piece.start <= address)
    }

    /// Whether anything of a segment is mapped where shmat put it, of which this is the address range.
    pub fn holds(&self, shmid: i32, from: u64, to: u64) -> bool {
        let mut at = from;
        while let Some(piece) = self.from(at).filter(|piece| piece.start < to) {
            if piece.shmid == shmid && piece.start.wrapping_sub(from) == piece.offset {
                return true;
            }
            at = piece.end;
        }
        false
    }

    /// The pieces that begin with their segment's first byte, if they have all been read.
    pub fn beginnings(&self) -> impl Iterator<Item = &MapPart> {
        let pieces = if let Maps::Read(pieces) = self { pieces.as_slice() } else { &[] };
        pieces.iter().filter(|piece| piece.offset == 0)
    }
}

/// The first mapping of a shared file that ends behind an address, and whether it is a segment's.
fn ask(file: &File, address: u64) -> io::Result<(MapPart, bool)> {
    let mut name = [0_u8; 256];
    let mut query = Query {
        size: size_of::<Query>() as u64,
        flags: SHARED_FILE_FROM,
        address,
        name_size: name.len() as u32,
        name: name.as_mut_ptr().expose_provenance() as u64,
        ..Query::default()
    };
    // SAFETY: the kernel reads and writes one procmap_query of the size it says, and at most `name_size` bytes of
    // the name; both live until the call is over.
    if let Err(error) = checked(unsafe { libc::ioctl(file.as_raw_fd(), QUERY, &raw mut query) }) {
        if error.raw_os_error() != Some(libc::ENAMETOOLONG) {
            return Err(error);
        }
        // A name that does not fit is not a segment's. Where the mapping ends must be asked again without the name.
        (query.name_size, query.name) = (0, 0);
        // SAFETY: as above, and no name is written.
        checked(unsafe { libc::ioctl(file.as_raw_fd(), QUERY, &raw mut query) })?;
    }
    let piece =
        MapPart { shmid: query.inode as i32, start: query.start, end: query.end, offset: query.offset };
    Ok((piece, name.starts_with(NAME.as_bytes())))
}

fn read(file: File) -> io::Result<Vec<MapPart>> {
    let mut lines = BufReader::new(file);
    let (mut pieces, mut line) = (Vec::new(), Vec::new());
    while lines.read_until(b'\n', &mut line)? > 0 {
        pieces.extend(piece(&line));
        line.clear();
    }
    Ok(pieces)
}

fn piece(line: &[u8]) -> Option<MapPart> {
    let MapLine { start, end, offset, inode, .. } = MapLine::of_segment(std::str::from_utf8(line).ok()?)?;
    Some(MapPart { shmid: i32::try_from(inode).ok()?, start, end, offset })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::{process, shm};

    #[test]
    fn a_line_of_maps_is_a_piece_if_it_is_a_segments() {
        let line = b"7f6f7bd99000-7f6f7bd9b000 rw-s 00001000 00:01 28                         /SYSV00001234 (deleted)";
        let wanted = MapPart { shmid: 28, start: 0x7f6f_7bd9_9000, end: 0x7f6f_7bd9_b000, offset: 0x1000 };
        assert_eq!(piece(line), Some(wanted));
        assert_eq!(piece(b"7f00-7f01 r-xp 00000000 08:01 28 /usr/bin/lab"), None);
        assert_eq!(piece(b"7f00-7f01 rw-p 00000000 00:00 0"), None);
    }

    #[test]
    fn a_file_of_maps_has_the_blanks_of_its_name() {
        let name = |line| MapLine::of(line).expect("a line").name;
        assert_eq!(name("7f00-7f01 r-xp 00000000 08:01 28      /a  b "), "/a  b ");
        assert_eq!(name("7f00-7f01 rw-p 00000000 00:00 0 "), "");
    }

    #[test]
    fn both_ways_to_ask_find_the_same() {
        let id = shm::shmget(libc::IPC_PRIVATE, 3 * 4096, libc::IPC_CREAT | 0o600).expect("a segment");
        let at = shm::shmat(id, 0, 0).expect("attached");
        let marked = shm::shmctl(id, libc::IPC_RMID);
        let (few, all) = (Maps::few(process::own_pid()), Maps::all(process::own_pid()));
        let size = 3 * crate::sys::settings::page_size().max(4096);
        for maps in [few.expect("maps"), all.expect("maps")] {
            let piece = maps.at(at + 4097).expect("a piece");
            assert_eq!((piece.shmid, piece.start, piece.offset), (id, at, 0));
            assert!(maps.holds(id, at, at + size) && !maps.holds(id, at + 4096, at + size));
            assert!(!maps.holds(id + 1, at, at + size));
            assert_eq!(maps.at(piece.end).filter(|piece| piece.shmid == id), None);
            assert_eq!(maps.at(0), None);
        }
        shm::shmdt(at).expect("detached");
        marked.expect("marked");
    }
}
