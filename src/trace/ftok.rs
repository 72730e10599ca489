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
    pub at: u64,
    /// The project number, if it was ftok that looked: what its caller's first kept register held. Believed only
    /// where a key with the same low byte follows.
    pub number: Option<i32>,
    /// The call's stack pointer and instruction, by which its line in the source is found.
    pub stack: Vec<u64>,
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
}

/// ftok's arithmetic, from the manual page's own words: the low byte of the project, the low byte of the minor
/// device number, the low 16 bits of the inode.
pub fn key_of(device: u64, inode: u64, project: u8) -> i32 {
    let key = u32::from(project) << 24 | ((device & 0xff) as u32) << 16 | (inode & 0xffff) as u32;
    key.cast_signed()
}

impl FileQueries {
    /// Remembers one.
    pub fn add(&mut self, look: FileQuery) {
        self.bytes += look.bytes();
        self.looks.push_back(Rc::new(look));
        while self.looks.len() > MAX_QUERIES || self.bytes > MAX_PATH_BYTES {
            let Some(oldest) = self.looks.pop_front() else { break };
            self.bytes -= oldest.bytes();
        }
    }

    /// The newest look at a file that gives this key, and the ftok it was.
    pub fn explain(&self, key: i32) -> Option<(&FileQuery, FileFact)> {
        let byte = key.cast_unsigned().to_be_bytes()[0];
        self.looks.iter().rev().find_map(|look| {
            let (device, inode) = look.found.ok()?;
            (key_of(device, inode, byte) == key).then(|| {
                let believed = |number: &i32| (-0x80..=MAX_COUNT).contains(number) && *number as u8 == byte;
                let whole = look.number.filter(believed);
                let path = String::from_utf8_lossy(&look.path).into_owned();
                (&**look, FileFact { path, device, inode, project: whole.unwrap_or(byte.into()) })
            })
        })
    }

    /// The newest look, if it found no file: what a key of -1 comes from.
    pub fn missing(&self) -> Option<(&FileQuery, i32)> {
        let look = self.looks.back()?;
        look.found.err().map(|errno| (&**look, errno))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(path: &str, found: Result<(u64, u64), i32>) -> FileQuery {
        FileQuery { path: path.into(), found, at: 0, number: Some(0x161), stack: Vec::new() }
    }

    #[test]
    fn the_newest_file_that_makes_the_key_explains_it() {
        let mut looks = FileQueries::default();
        looks.add(look("old", Ok((0xfe00, 0x9b423b))));
        looks.add(look("new", Ok((0xfd00, 0x42423b))));
        looks.add(look("other", Ok((0xfe00, 7))));
        let (look, file) = looks.explain(0x4100423b).expect("explained");
        assert_eq!((look.path.as_slice(), file.project), (&b"new"[..], 0x41));
        let whole = looks.explain(0x6100423b).map(|(_, file)| file.project);
        assert_eq!(whole, Some(0x161), "a number that ends in the key's byte is the project");
        assert!(looks.explain(0x41004302).is_none());
        assert!(looks.missing().is_none());
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
        assert_eq!(
            looks.missing().map(|(look, errno)| (look.path.clone(), errno)),
            Some((b"gone".to_vec(), 2))
        );
        looks.add(look("there", Ok((1, 2))));
        assert!(looks.missing().is_none());
    }

    #[test]
    fn the_key_is_the_one_libc_computes() {
        let found = std::fs::metadata("/").expect("a root");
        use std::os::unix::fs::MetadataExt;
        let key = crate::sys::shm::ftok(std::path::Path::new("/"), 0x161).expect("a key");
        assert_eq!(key_of(found.dev(), found.ino(), 0x61), key);
    }
}
