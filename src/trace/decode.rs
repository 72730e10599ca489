//! The kernel's numbers as a student would write them: every flag, mode and command by its name, what has no
//! name as the number it is. Pure text; it reads nothing from the tracee.

use crate::constants::{self, Name};
use crate::facts::outcome::Value;
use crate::text::quote;

/// `0x61004302`, or IPC_PRIVATE for 0.
pub fn key(key: i32) -> String {
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
        && constants::named(constants::GET_FLAGS, "SHM_HUGETLB").is_some_and(|row| table.contains(row));
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

/// shmget's third argument.
pub fn get_flags(value: i32) -> String {
    flags(constants::GET_FLAGS, value, true)
}

/// semget's third argument.
fn sem_flags(value: i32) -> String {
    flags(&constants::GET_FLAGS[..2], value, true)
}

/// A pointer: NULL, or the address.
pub fn pointer(address: u64) -> String {
    if address == 0 { "NULL".into() } else { format!("{address:#x}") }
}

fn command(tables: &[&'static [Name]], value: i32) -> String {
    let row = tables.iter().find_map(|table| constants::numbered(table, value.into()));
    row.map_or_else(|| value.to_string(), |row| row.name.into())
}

/// `shmget(0x61004302, 1024, IPC_CREAT | 0600)`
pub fn shmget(args: &[u64]) -> String {
    format!("shmget({}, {}, {})", key(args[0] as i32), args[1], get_flags(args[2] as i32))
}

/// `shmat(5, NULL, SHM_RDONLY)`
pub fn shmat(args: &[u64]) -> String {
    format!(
        "shmat({}, {}, {})",
        args[0] as i32,
        pointer(args[1]),
        flags(constants::AT_FLAGS, args[2] as i32, false)
    )
}

/// `shmdt(0x7f0012340000)`
pub fn shmdt(args: &[u64]) -> String {
    format!("shmdt({})", pointer(args[0]))
}

/// `shmctl(5, IPC_RMID, NULL)`; the buffer is `&ds` where the kernel and the program had a record in it, else
/// the address it is.
pub fn shmctl(args: &[u64], record: bool) -> String {
    const WITH_RECORD: [i32; 6] = [libc::IPC_STAT, libc::IPC_SET, 3, 13, 14, 15];
    let number = args[1] as i32;
    let name = command(&[constants::COMMANDS, constants::TOOL_COMMANDS], number);
    let buffer = if record && WITH_RECORD.contains(&number) { "&ds".into() } else { pointer(args[2]) };
    format!("shmctl({}, {name}, {buffer})", args[0] as i32)
}

/// `semget(0x61004302, 1, IPC_CREAT | 0600)`
pub fn semget(args: &[u64]) -> String {
    format!("semget({}, {}, {})", key(args[0] as i32), args[1] as i32, sem_flags(args[2] as i32))
}

/// `msgget(0x61004302, IPC_CREAT | 0600)`
pub fn msgget(args: &[u64]) -> String {
    format!("msgget({}, {})", key(args[0] as i32), sem_flags(args[1] as i32))
}

/// `msgctl(3, IPC_RMID, NULL)`
pub fn msgctl(args: &[u64]) -> String {
    let name = command(&[constants::COMMANDS], args[1] as i32);
    format!("msgctl({}, {name}, {})", args[0] as i32, pointer(args[2]))
}

/// `semctl(3, 0, SETVAL, 1)`
pub fn semctl(args: &[u64]) -> String {
    let number = args[2] as i32;
    let last = match number {
        16 => (args[3] as i32).to_string(),
        _ => pointer(args[3]),
    };
    format!(
        "semctl({}, {}, {}, {last})",
        args[0] as i32,
        args[1] as i32,
        command(&[constants::SEM_COMMANDS], number)
    )
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
    use super::*;

    #[test]
    fn what_has_a_name_is_named_and_the_rest_is_a_number() {
        assert_eq!(
            shmget(&[0x61004302, 1024, 0o3600]),
            "shmget(0x61004302, 1024, IPC_CREAT | IPC_EXCL | 0600)"
        );
        assert_eq!(shmget(&[0, 1, 0]), "shmget(IPC_PRIVATE, 1, 0)");
        assert_eq!(
            shmget(&[u64::MAX, u64::MAX, 0o1000]),
            "shmget(0xffffffff, 18446744073709551615, IPC_CREAT)"
        );
        assert_eq!(
            shmget(&[1, 1, 0xffff_ffff]),
            "shmget(0x00000001, 1, IPC_CREAT | IPC_EXCL | SHM_HUGETLB | SHM_NORESERVE | 0x3ffe000 | 63 << SHM_HUGE_SHIFT | 0777)"
        );
        assert_eq!(shmat(&[u64::MAX, 0, 0o12000]), "shmat(-1, NULL, SHM_RDONLY | 0x400)");
        assert_eq!(shmat(&[5, 0x1001, 0o70000]), "shmat(5, 0x1001, SHM_RDONLY | SHM_RND | SHM_REMAP)");
        assert_eq!(shmctl(&[5, 0, 0], true), "shmctl(5, IPC_RMID, NULL)");
        assert_eq!(shmctl(&[5, 2, 0x7ffe], true), "shmctl(5, IPC_STAT, &ds)");
        assert_eq!(shmctl(&[5, 14, 0x7ffe], true), "shmctl(5, SHM_INFO, &ds)");
        assert_eq!(shmctl(&[5, 99, 0x7ffe], true), "shmctl(5, 99, 0x7ffe)");
        assert_eq!(semctl(&[3, 0, 16, 1, 0, 0]), "semctl(3, 0, SETVAL, 1)");
        assert_eq!(execve(&[b"ls".to_vec(), b"-l".to_vec()]), "execve(\"ls\", \"-l\")");
        let long = execve(&vec![vec![b'x'; 300]; 300]);
        assert!(long.len() < 5000 && long.ends_with("xx\"..., ...)"), "{long}");
        assert_eq!(ftok(b"a b", 0x4c), "ftok(\"a b\", 'L')");
        assert_eq!(ftok(b"x", 0), "ftok(\"x\", 0)");
        assert_eq!(ftok(b"x", 7777), "ftok(\"x\", 7777)");
    }
}
