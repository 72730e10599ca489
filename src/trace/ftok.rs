//! ftok from outside: the kernel sees only a stat, so the files that a process has looked at are remembered, and
//! the one whose device and inode make up a key is the ftok it was. The key is computed again as the proof.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::facts::event::FileFact;

/// How many looks of a process are remembered: the newest explain a key.
const MAX_QUERIES: usize = 64;
/// And not more bytes of paths and stacks: a path may have thousands.
const MAX_PATH_BYTES: usize = 40 << 10;

/// The largest project number that a register's content is taken for; addresses are larger.
const MAX_COUNT: i32 = 0xff_ffff;

/// One stat that a process made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileQuery {
    pub path: Vec<u8>,
    /// Device and inode, or the errno.
    pub found: Result<(u64, u64), i32>,
    /// The project number, if it was ftok that looked: what its caller's first kept register held. Believed only
    /// where a key with the same low byte follows.
    pub number: Option<i32>,
    /// The call's stack pointer and instruction, by which its line in the source is found.
    pub stack: Vec<u64>,
    /// Whether libc's ftok looked; none where that can't be known.
    pub of_ftok: Option<bool>,
    /// The event that tells this look as an ftok; `usize::MAX` for one that was only counted.
    pub told: Option<usize>,
}

/// A process's looks, the oldest first. A forked child shares those that were made before it.
#[derive(Debug, Clone, Default)]
pub struct FileQueries {
    looks: VecDeque<Rc<FileQuery>>,
    bytes: usize,
}

impl FileQuery {
    fn bytes(&self) -> usize {
        self.path.len() + 8 * self.stack.len()
    }

    /// The key that ftok made of it.
    pub fn key(&self) -> Option<i32> {
        let (device, inode) = self.found.ok()?;
        Some(key_of(device, inode, self.number? as u8))
    }
}

/// ftok's arithmetic, from the manual page's own words: the low byte of the project, the low byte of the minor
/// device number, the low 16 bits of the inode.
pub fn key_of(device: u64, inode: u64, project: u8) -> i32 {
    let key = u32::from(project) << 24 | ((device & 0xff) as u32) << 16 | (inode & 0xffff) as u32;
    key.cast_signed()
}

impl FileQueries {
    pub fn add(&mut self, look: FileQuery) {
        self.bytes += look.bytes();
        self.looks.push_back(Rc::new(look));
        while self.looks.len() > MAX_QUERIES || self.bytes > MAX_PATH_BYTES {
            let Some(oldest) = self.looks.pop_front() else { break };
            self.bytes -= oldest.bytes();
        }
    }

    /// The newest look at a file that gives this key, and the ftok it was. What was reported already is reported no more.
    pub fn explain(&self, key: i32) -> Option<(usize, FileFact)> {
        let byte = key.cast_unsigned().to_be_bytes()[0];
        let (place, look, (device, inode)) =
            self.looks.iter().enumerate().rev().find_map(|(place, look)| {
                let (device, inode) = look.found.ok()?;
                (key_of(device, inode, byte) == key).then_some((place, look, (device, inode)))
            })?;
        if self.looks.iter().any(|look| look.told.is_some() && look.key() == Some(key)) {
            return None;
        }
        let believed = |number: &i32| (-0x80..=MAX_COUNT).contains(number) && *number as u8 == byte;
        let whole = look.number.filter(believed);
        let path = String::from_utf8_lossy(&look.path).into_owned();
        Some((place, FileFact { path, device, inode, project: whole.unwrap_or(byte.into()) }))
    }

    /// The look that made a key of -1: the last ftok, or, where nothing tells which looks were, the last look.
    pub fn missing(&self) -> Option<usize> {
        let last = self.looks.iter().rposition(|look| look.of_ftok == Some(true));
        let place = last.or_else(|| self.looks.len().checked_sub(1))?;
        self.looks[place].found.is_err().then_some(place)
    }

    /// The look at this place.
    pub fn at(&self, place: usize) -> Option<&FileQuery> {
        self.looks.get(place).map(|look| &**look)
    }

    /// A look has been told as an ftok, in this event.
    pub fn tell(&mut self, place: usize, event: usize) {
        if let Some(look) = self.looks.get_mut(place) {
            Rc::make_mut(look).told = Some(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(path: &str, found: Result<(u64, u64), i32>) -> FileQuery {
        let (path, number, stack) = (path.into(), Some(0x161), Vec::new());
        FileQuery { path, found, number, stack, of_ftok: None, told: None }
    }

    #[test]
    fn the_newest_file_that_makes_the_key_explains_it() {
        let mut looks = FileQueries::default();
        looks.add(look("old", Ok((0xfe00, 0x9b423b))));
        looks.add(look("new", Ok((0xfd00, 0x42423b))));
        looks.add(look("other", Ok((0xfe00, 7))));
        let (place, file) = looks.explain(0x4100423b).expect("explained");
        assert_eq!((place, file.path.as_str(), file.project), (1, "new", 0x41));
        let whole = looks.explain(0x6100423b).map(|(_, file)| file.project);
        assert_eq!(whole, Some(0x161), "a number that ends in the key's byte is the project");
        assert!(looks.explain(0x41004302).is_none());
        assert!(looks.missing().is_none());
        looks.tell(1, 7);
        assert_eq!(looks.explain(0x6100423b), None, "it was told");
    }

    #[test]
    fn of_long_paths_few_are_kept() {
        let mut looks = FileQueries::default();
        (0..1000).for_each(|_| looks.add(look(&"x".repeat(4000), Ok((1, 2)))));
        assert!(looks.looks.len() == MAX_PATH_BYTES / 4000 && looks.bytes <= MAX_PATH_BYTES);
        (0..1000).for_each(|_| looks.add(look("x", Ok((1, 2)))));
        assert_eq!((looks.looks.len(), looks.bytes), (MAX_QUERIES, MAX_QUERIES));
    }

    #[test]
    fn only_the_last_look_makes_a_key_of_minus_one() {
        let mut looks = FileQueries::default();
        looks.add(look("gone", Err(libc::ENOENT)));
        assert_eq!(looks.missing(), Some(0));
        looks.add(look("there", Ok((1, 2))));
        assert!(looks.missing().is_none());
        looks.add(FileQuery { of_ftok: Some(true), ..look("gone", Err(libc::ENOENT)) });
        looks.add(look("there", Ok((1, 2))));
        assert_eq!(looks.missing(), Some(2), "what else was looked at is not an ftok");
    }

    #[test]
    fn the_key_is_the_one_libc_computes() {
        let found = std::fs::metadata("/").expect("a root");
        use std::os::unix::fs::MetadataExt;
        let key = crate::sys::shm::ftok(std::path::Path::new("/"), 0x161).expect("a key");
        assert_eq!(key_of(found.dev(), found.ino(), 0x61), key);
    }
}
