//! What a program's own file tells about it: which functions it names, and whether its code has atomic
//! instructions. In doubt it answers yes: that keeps a diagnosis silent.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use object::elf::PF_X;
use object::read::elf::ElfFile64;
use object::{Architecture, Object, ObjectSegment, ObjectSymbol, SegmentFlags};

use crate::sys::files;

/// Functions that make one process wait for another, or can be made to.
const ORDERING: [&str; 33] = [
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
    // What it looks up at run time may be any of them.
    "dlopen",
    "dlsym",
];
/// Libraries without a function that orders processes but for those above.
const PLAIN: [&str; 5] = ["libc.so", "libm.so", "libpthread.so", "librt.so", "ld-linux"];
/// What gcc's and clang's runtimes for them are called through.
const LEAK_CHECKS: [&str; 3] = ["__asan_init", "__lsan_init", "__lsan_do_leak_check"];
const WAITING: [&str; 5] = ["wait", "waitpid", "wait3", "wait4", "waitid"];

/// No student's program is larger, and a larger one is not read.
const MAX_BINARY_BYTES: u64 = 16 << 20;

/// What of a file is looked at in all. Its tables may name the same bytes again and again, so its size alone is no
/// limit to the work.
const MAX_LOOKED_AT: usize = 64 << 20;

/// What the files of a run's programs tell, each read once.
#[derive(Debug, Default)]
pub struct Programs<'a>(HashMap<&'a str, Option<Binary>>);

impl<'a> Programs<'a> {
    /// A program's file, if nothing in it can make processes take turns.
    pub fn unordered(&mut self, program: &'a str) -> Option<&Binary> {
        let known = self.0.entry(program).or_insert_with(|| Binary::read(program));
        known.as_ref().filter(|binary| !binary.orders)
    }
}

/// What a program's file tells.
#[derive(Debug, PartialEq, Eq)]
pub struct Binary {
    /// It has something that could make processes take turns: a function, a library of which nothing is known here,
    /// or an atomic instruction.
    pub orders: bool,
    /// It waits for children.
    pub waits: bool,
    /// It was compiled with AddressSanitizer or LeakSanitizer.
    pub looks_for_leaks: bool,
}

impl Binary {
    /// Reads it; none where it can't be read, is not a dynamically linked program of this machine, or is larger than a
    /// student's. The program may have put anything in its file's place meanwhile.
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
        Binary::of(&bytes)
    }

    fn of(bytes: &[u8]) -> Option<Binary> {
        let elf = ElfFile64::<object::Endianness>::parse(bytes).ok()?;
        if !cfg!(target_arch = "x86_64") || elf.architecture() != Architecture::X86_64 {
            return None;
        }
        let mut left = MAX_LOOKED_AT;
        let mut counted = |bytes: &[u8]| {
            left = left.checked_sub(bytes.len())?;
            Some(())
        };
        let (mut imports, mut orders, mut waits, mut looks_for_leaks) = (0, false, false, false);
        for symbol in elf.dynamic_symbols() {
            let name = symbol.name_bytes().ok()?;
            counted(name)?;
            // clang puts its runtime into the program, gcc into a library.
            looks_for_leaks |= LEAK_CHECKS.iter().any(|known| known.as_bytes() == name);
            if !symbol.is_undefined() {
                continue;
            }
            let is = |known: &&str| known.as_bytes() == name;
            orders |= ORDERING.iter().any(is);
            waits |= WAITING.iter().any(is);
            imports += 1;
        }
        for library in elf.import_libraries().ok()? {
            let library = library.ok()?;
            let name = library.name();
            counted(name)?;
            orders |= !PLAIN.iter().any(|plain| name.starts_with(plain.as_bytes()));
        }
        for segment in elf.segments() {
            if let SegmentFlags::Elf { p_flags, .. } = segment.flags()
                && p_flags.contains(PF_X)
            {
                let code = segment.data().ok()?;
                counted(code)?;
                orders |= has_atomics(code);
            }
        }
        // A program without imports brings its own functions, under whatever names.
        (imports > 0).then_some(Binary { orders, waits, looks_for_leaks })
    }
}

/// Whether there is a `lock` prefix or an `xchg` with memory. Bytes that only look so may be taken for one.
fn has_atomics(code: &[u8]) -> bool {
    (2..code.len().saturating_sub(4)).any(|at| {
        let before = code[at - 1];
        // Behind such a byte a displacement follows: 8b 45 f0 is not a lock.
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
            let own = Binary::up_to(u64::MAX, "/proc/self/exe");
            assert_eq!(own, Some(Binary { orders: true, waits: true, looks_for_leaks: false }));
        }
    }

    /// A 64-bit program for x86-64 with these program headers and nothing else.
    fn program(headers: &[[u64; 7]]) -> Vec<u8> {
        let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".to_vec();
        for word in [0, 64, 0] {
            file.extend(u64::to_le_bytes(word));
        }
        for half in [0, 0, 64, 56, headers.len() as u16, 0, 0, 0] {
            file.extend(u16::to_le_bytes(half));
        }
        headers.iter().flatten().for_each(|word| file.extend(word.to_le_bytes()));
        file
    }

    #[test]
    fn a_file_that_names_its_bytes_again_and_again_is_left() {
        let code = |bytes: u64| [1 | 5 << 32, 0, 0, 0, bytes, bytes, 1];
        let mut file = program(&vec![code(4 << 20); 60000]);
        assert!(file.len() < 4 << 20);
        file.resize(4 << 20, 0);
        // Looked at as often as they say, it would be 240 GB.
        assert_eq!(Binary::of(&file), None);
        for end in 0..400 {
            assert_eq!(Binary::of(&file[..end]), None, "{end} bytes of it");
        }
    }
}
