//! What a program's own file tells about it: which functions it names, and whether its code has atomic
//! instructions. In doubt it answers yes: that keeps a diagnosis silent.

use std::io::Read;
use std::path::Path;

use crate::sys::files;

/// Functions that make one process wait for another, or can be made to.
const ORDERING: [&str; 32] = [
    "sem_wait",
    "sem_timedwait",
    "sem_trywait",
    "semop",
    "semtimedop",
    "pthread_mutex_lock",
    "pthread_mutex_trylock",
    "pthread_cond_wait",
    "pthread_rwlock_rdlock",
    "pthread_rwlock_wrlock",
    "pthread_spin_lock",
    "pthread_barrier_wait",
    "mtx_lock",
    "msgrcv",
    "mq_receive",
    "pipe",
    "pipe2",
    "popen",
    "mkfifo",
    "socket",
    "socketpair",
    "eventfd",
    "flock",
    "lockf",
    "fcntl",
    "pause",
    "sigsuspend",
    "sigwait",
    "sigwaitinfo",
    "kill",
    "syscall",
    // What it loads later may have all of them.
    "dlopen",
];
/// Libraries that hold nothing else which could.
const PLAIN: [&str; 5] = ["libc.so", "libm.so", "libpthread.so", "librt.so", "ld-linux"];
const WAITING: [&str; 5] = ["wait", "waitpid", "wait3", "wait4", "waitid"];

/// No student's program is larger, and a larger one is not read.
const MAX_BINARY_BYTES: u64 = 16 << 20;

/// A program's file.
pub struct Binary(Vec<u8>);

impl Binary {
    /// Reads it; none where it can't be read, is no program of this machine, or is larger than a student's. The
    /// program may have put anything in its file's place meanwhile.
    pub fn read(path: &str) -> Option<Binary> {
        Binary::up_to(MAX_BINARY_BYTES, path)
    }

    fn up_to(largest: u64, path: &str) -> Option<Binary> {
        let file = files::regular(Path::new(path)).ok()?;
        if file.metadata().ok()?.len() > largest {
            return None;
        }
        let mut bytes = Vec::new();
        file.take(largest).read_to_end(&mut bytes).ok()?;
        (cfg!(target_arch = "x86_64") && bytes.starts_with(b"\x7fELF\x02")).then_some(Binary(bytes))
    }

    /// Whether it has anything that could make processes take turns.
    pub fn orders(&self) -> bool {
        self.names(&ORDERING) || self.links() || self.code().any(has_atomics)
    }

    /// Whether it names a library of which nothing is known here.
    fn links(&self) -> bool {
        let has = |text: &[u8], part: &str| text.windows(part.len()).any(|window| window == part.as_bytes());
        let library = |text: &[u8]| has(text, ".so.") && !PLAIN.iter().any(|name| has(text, name));
        self.0.split(|byte| *byte == 0).filter(|text| text.len() < 256).any(library)
    }

    /// Whether it waits for children.
    pub fn waits(&self) -> bool {
        self.names(&WAITING)
    }

    /// Whether a string of the file ends in one of these: names of functions are stored with a NUL behind them,
    /// and one that ends another is stored once.
    fn names(&self, names: &[&str]) -> bool {
        let ends = |text: &[u8]| names.iter().any(|name| text.ends_with(name.as_bytes()));
        self.0.split(|byte| *byte == 0).any(ends)
    }

    /// The parts that are loaded to be executed.
    fn code(&self) -> impl Iterator<Item = &[u8]> {
        const HEADER: usize = 56;
        let number = |at: usize, bytes: usize| {
            let field = self.0.get(at..at + bytes).unwrap_or_default();
            field.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
        };
        let table = number(32, 8);
        (0..number(56, 2)).filter_map(move |header| {
            let at = table.checked_add(header * HEADER)?;
            let executable = number(at, 4) == 1 && number(at + 4, 4) & 1 == 1;
            let start = number(at + 8, 8);
            self.0.get(start..start.checked_add(number(at + 32, 8))?).filter(|_| executable)
        })
    }
}

/// Whether there is a `lock` prefix or an `xchg` with memory. Bytes that only look so may be taken for one.
fn has_atomics(code: &[u8]) -> bool {
    (2..code.len().saturating_sub(4)).any(|at| {
        let before = code[at - 1];
        // Behind such a byte a displacement follows: 8b 45 f0 is no lock.
        let displacement = (0x40..0x80).contains(&before) || (before == 0x24 && code[at - 2] & 0xc7 == 0x44);
        match code[at] {
            0xf0 if !displacement => locked(&code[at + 1..]),
            0x86 | 0x87 if !displacement || before & 0xf0 == 0x40 => code[at + 1] < 0xc0,
            _ => false,
        }
    })
}

/// Whether an instruction that `lock` allows follows: one that changes memory.
fn locked(code: &[u8]) -> bool {
    let code = if code[0] & 0xf0 == 0x40 { &code[1..] } else { code };
    let [first, second, third, ..] = *code else { return false };
    let memory = |modrm: u8| modrm < 0xc0;
    let field = |modrm: u8| modrm >> 3 & 7;
    match first {
        0x0f => {
            matches!(second, 0xb0 | 0xb1 | 0xc0 | 0xc1 | 0xc7 | 0xba | 0xab | 0xb3 | 0xbb) && memory(third)
        }
        0x01 | 0x09 | 0x11 | 0x19 | 0x21 | 0x29 | 0x31 => memory(second),
        0x80 | 0x81 | 0x83 => memory(second) && field(second) != 7,
        0xfe | 0xff => memory(second) && field(second) < 2,
        0xf6 | 0xf7 => memory(second) && matches!(field(second), 2 | 3),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atomic_instructions_are_seen_and_displacements_are_not() {
        // mov edx, 1; lock xadd [rax], edx
        assert!(has_atomics(&[0xba, 1, 0, 0, 0, 0xf0, 0x0f, 0xc1, 0x10, 0x90, 0x90, 0x90]));
        // lock cmpxchg with a REX prefix; xchg [rdx], rax
        assert!(has_atomics(&[0x90, 0x90, 0xf0, 0x48, 0x0f, 0xb1, 0x0a, 0x90, 0x90, 0x90]));
        assert!(has_atomics(&[0x90, 0x90, 0x48, 0x87, 0x02, 0x90, 0x90, 0x90]));
        // mov eax, [rbp-16]; add dword [rbp-4], 1
        assert!(!has_atomics(&[0x90, 0x90, 0x8b, 0x45, 0xf0, 0x83, 0x45, 0xfc, 1, 0x90, 0x90, 0x90]));
        // mov eax, [rsp-16]; add [rcx], eax
        assert!(!has_atomics(&[0x90, 0x90, 0x8b, 0x44, 0x24, 0xf0, 0x01, 0x01, 0x90, 0x90, 0x90, 0x90]));
    }

    #[test]
    fn a_program_names_what_it_uses() {
        assert!(Binary::read("/proc/version").is_none());
        assert!(Binary::read("/dev/zero").is_none());
        // This test itself, which is larger than any student's program.
        assert!(Binary::up_to(1000, "/proc/self/exe").is_none(), "it is larger");
        if cfg!(target_arch = "x86_64") {
            let own = Binary::up_to(u64::MAX, "/proc/self/exe").expect("this program");
            assert!(own.waits() && own.orders() && own.names(&ORDERING) && own.code().any(has_atomics));
            assert!(!own.names(&["\u{1}a_function_that_nobody_has_ever_written"]));
        }
    }
}
