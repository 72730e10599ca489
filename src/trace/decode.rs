//! The kernel's numbers as a student would write them: every flag, mode and command by its name, what has no
//! name as the number it is. Pure text; it reads nothing from the tracee.

use crate::constants::{self, AT_FLAGS, COMMANDS, GET_FLAGS, Name, SEM_COMMANDS, TOOL_COMMANDS};
use crate::facts::outcome::Value;
use crate::sys::seccomp::trace::WatchedCall;
use crate::text::quote;

/// `0x61004302`, or IPC_PRIVATE for 0.
fn key(key: i32) -> String {
    constants::numbered(constants::KEY_CONSTANTS, key.into())
        .map_or_else(|| Value::Key(key).to_string(), |row| row.name.into())
}

/// The huge page size in shmget's flags, as an exponent of 2: SHM_HUGE_SHIFT and SHM_HUGE_MASK.
const HUGE_SHIFT: u32 = 26;
const HUGE_MASK: u32 = 0x3f;

/// Names joined by `|`, then the bits without a name, then the mode if there is to be one.
fn flags(table: &[Name], value: i32, mode: bool) -> String {
    let mut left = value.cast_unsigned();
    let mut words = Vec::new();
    for row in table {
        let bits = row.value as u32;
        if bits != 0 && left & bits == bits {
            left &= !bits;
            words.push(row.name.to_owned());
        }
    }
    let permissions = left & 0o777;
    let mut rest = if mode { left & !0o777 } else { left };
    let huge = rest >> HUGE_SHIFT & HUGE_MASK;
    let sized = mode
        && huge != 0
        && constants::named(GET_FLAGS, "SHM_HUGETLB").is_some_and(|row| table.contains(row));
    if sized {
        rest &= !(HUGE_MASK << HUGE_SHIFT);
    }
    if rest != 0 {
        words.push(format!("{rest:#x}"));
    }
    if sized {
        words.push(format!("{huge} << SHM_HUGE_SHIFT"));
    }
    if mode && (permissions != 0 || words.is_empty()) {
        words.push(if permissions == 0 { "0".into() } else { format!("0{permissions:o}") });
    }
    if words.is_empty() { "0".into() } else { words.join(" | ") }
}

/// semget's and msgget's flags, which are the first two of shmget's, and the mode.
fn object_flags(value: i32) -> String {
    flags(&GET_FLAGS[..2], value, true)
}

/// A pointer: NULL, or the address.
fn pointer(address: u64) -> String {
    if address == 0 { "NULL".into() } else { format!("{address:#x}") }
}

fn command(tables: &[&'static [Name]], value: i32) -> String {
    let row = tables.iter().find_map(|table| constants::numbered(table, value.into()));
    row.map_or_else(|| value.to_string(), |row| row.name.into())
}

/// A call that is told, with its arguments: `shmget(0x61004302, 1024, IPC_CREAT | 0600)`, `shmat(5, NULL, SHM_RDONLY)`.
/// `record`: kernel and program had a record in shmctl's buffer, which then is `&ds` and else its address.
pub fn call(watched: WatchedCall, args: &[u64; 6], record: bool) -> String {
    const WITH_RECORD: [i32; 6] = [libc::IPC_STAT, libc::IPC_SET, 3, 13, 14, 15];
    let int = |at: usize| args[at] as i32;
    match watched {
        WatchedCall::Shmget => {
            format!("shmget({}, {}, {})", key(int(0)), args[1], flags(GET_FLAGS, int(2), true))
        }
        WatchedCall::Shmat => {
            format!("shmat({}, {}, {})", int(0), pointer(args[1]), flags(AT_FLAGS, int(2), false))
        }
        WatchedCall::Shmdt => format!("shmdt({})", pointer(args[0])),
        WatchedCall::Shmctl => {
            let known = record && WITH_RECORD.contains(&int(1));
            let buffer = if known { "&ds".into() } else { pointer(args[2]) };
            format!("shmctl({}, {}, {buffer})", int(0), command(&[COMMANDS, TOOL_COMMANDS], int(1)))
        }
        WatchedCall::Semget => format!("semget({}, {}, {})", key(int(0)), int(1), object_flags(int(2))),
        WatchedCall::Semctl => {
            let last = if int(2) == libc::SETVAL { int(3).to_string() } else { pointer(args[3]) };
            format!("semctl({}, {}, {}, {last})", int(0), int(1), command(&[SEM_COMMANDS], int(2)))
        }
        WatchedCall::Msgget => format!("msgget({}, {})", key(int(0)), object_flags(int(1))),
        WatchedCall::Msgctl => {
            format!("msgctl({}, {}, {})", int(0), command(&[COMMANDS], int(1)), pointer(args[2]))
        }
        WatchedCall::Ptrace => format!("ptrace({}, {}, ...)", int(0), int(1)),
        _ => String::new(),
    }
}

/// `execve("ls", "-l")`: the words the program was started with. What is longer than a person reads is cut, and
/// ends in dots.
pub fn execve(words: &[Vec<u8>]) -> String {
    const WORDS: usize = 20;
    const BYTES: usize = 200;
    let word = |word: &Vec<u8>| match word.get(..BYTES) {
        Some(start) if word.len() > BYTES => format!("{}...", quote(start)),
        _ => quote(word),
    };
    let mut shown: Vec<String> = words.iter().take(WORDS).map(word).collect();
    shown.extend((words.len() > WORDS).then(|| "...".to_owned()));
    format!("execve({})", shown.join(", "))
}

/// `ftok("lab.key", 'L')`, `ftok("ipc_shared_memory", 7777)`.
pub fn ftok(path: &[u8], project: i32) -> String {
    let project = match u8::try_from(project) {
        Ok(letter @ 0x21..=0x7e) if letter != b'\'' && letter != b'\\' => format!("'{}'", char::from(letter)),
        _ => project.to_string(),
    };
    format!("ftok({}, {project})", quote(path))
}

#[cfg(test)]
mod tests {
    use super::WatchedCall::{Semctl, Shmat, Shmctl, Shmget};
    use super::*;

    #[test]
    fn what_has_a_name_is_named_and_the_rest_is_a_number() {
        for (watched, args, spelled) in [
            (Shmget, [0x61004302, 1024, 0o3600, 0], "shmget(0x61004302, 1024, IPC_CREAT | IPC_EXCL | 0600)"),
            (Shmget, [0, 1, 0, 0], "shmget(IPC_PRIVATE, 1, 0)"),
            (Shmget, [u64::MAX, u64::MAX, 0o1000, 0], "shmget(0xffffffff, 18446744073709551615, IPC_CREAT)"),
            (
                Shmget,
                [1, 1, 0xffff_ffff, 0],
                "shmget(0x00000001, 1, IPC_CREAT | IPC_EXCL | SHM_HUGETLB | SHM_NORESERVE | 0x3ffe000 | 63 << SHM_HUGE_SHIFT | 0777)",
            ),
            (Shmat, [u64::MAX, 0, 0o12000, 0], "shmat(-1, NULL, SHM_RDONLY | 0x400)"),
            (Shmat, [5, 0x1001, 0o70000, 0], "shmat(5, 0x1001, SHM_RDONLY | SHM_RND | SHM_REMAP)"),
            (Shmctl, [5, 0, 0, 0], "shmctl(5, IPC_RMID, NULL)"),
            (Shmctl, [5, 2, 0x7ffe, 0], "shmctl(5, IPC_STAT, &ds)"),
            (Shmctl, [5, 14, 0x7ffe, 0], "shmctl(5, SHM_INFO, &ds)"),
            (Shmctl, [5, 99, 0x7ffe, 0], "shmctl(5, 99, 0x7ffe)"),
            (Semctl, [3, 0, 16, 1], "semctl(3, 0, SETVAL, 1)"),
        ] {
            let [first, second, third, fourth] = args;
            assert_eq!(call(watched, &[first, second, third, fourth, 0, 0], true), spelled);
        }
        assert_eq!(execve(&[b"ls".to_vec(), b"-l".to_vec()]), "execve(\"ls\", \"-l\")");
        let long = execve(&vec![vec![b'x'; 300]; 300]);
        assert!(long.len() < 5000 && long.ends_with("xx\"..., ...)"), "{long}");
        assert_eq!(ftok(b"a b", 0x4c), "ftok(\"a b\", 'L')");
        assert_eq!(ftok(b"x", 0), "ftok(\"x\", 0)");
        assert_eq!(ftok(b"x", 7777), "ftok(\"x\", 7777)");
    }
}
