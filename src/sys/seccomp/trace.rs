//! Which calls of a traced program stop: the table of watched calls, and the BPF program made of it. It never
//! forbids a call; what is not in the table runs as if there were no filter.
//!
//! A program of this machine can make a call in three ways: with the machine's own number, with an x32 number (bit 30
//! set), and with a 32-bit number through `int $0x80`. All three are in the table. By hand and not with a crate: what
//! is not in it must be let through here, of a 32-bit program too, and the crates for sandboxes rightly kill it.

use std::io;

use super::bpf::{self, ARCH, Wants};

use Wants::{Has, OneOf, Within};
use WatchedCall::*;

/// A call worth stopping at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum WatchedCall {
    Shmget,
    Shmat,
    Shmdt,
    Shmctl,
    /// stat(path, buffer), or another call with these two arguments.
    Stat,
    /// newfstatat(directory, path, buffer, flags).
    StatAt,
    /// statx(directory, path, flags, mask, buffer).
    Statx,
    Semget,
    Semctl,
    Msgget,
    /// msgctl with IPC_RMID.
    Msgctl,
    Ptrace,
    /// unshare or setns: perhaps into another IPC namespace.
    Namespace,
    /// clone with CLONE_UNTRACED among its flags, which are its first argument.
    Clone,
    /// clone3: its flags are in memory, where no filter reads.
    Clone3,
    /// seccomp or prctl, about to put a filter of the program's own on it; the third argument is the filter.
    Filter,
    /// A call about shared memory by a number that is not this machine's own. It is not decoded.
    Undecoded,
}

/// A row: the call, its number, and what its arguments must be for it to stop.
type FilterRow = (WatchedCall, libc::c_long, &'static [Wants]);

/// clone(2)'s flag that keeps a new process from its parent's tracer.
pub const CLONE_UNTRACED: u32 = libc::CLONE_UNTRACED.cast_unsigned();

const AT_FDCWD: u32 = libc::AT_FDCWD.cast_unsigned();

/// The calls, the commonest first. semop is not among them: a program may make it hundreds of thousands of
/// times, and semget says already that its processes order themselves. Of the stat family only what an ftok can
/// be: a path, relative to the working directory, and no flags.
const ROWS: &[FilterRow] = &[
    (Shmat, libc::SYS_shmat, &[]),
    (Shmdt, libc::SYS_shmdt, &[]),
    (Shmctl, libc::SYS_shmctl, &[]),
    (Shmget, libc::SYS_shmget, &[]),
    (StatAt, libc::SYS_newfstatat, &[OneOf(0, &[AT_FDCWD]), OneOf(3, &[0])]),
    (Statx, libc::SYS_statx, &[OneOf(0, &[AT_FDCWD])]),
    #[cfg(target_arch = "x86_64")]
    (Stat, libc::SYS_stat, &[]),
    (Semget, libc::SYS_semget, &[]),
    (Semctl, libc::SYS_semctl, &[]),
    (Msgget, libc::SYS_msgget, &[]),
    (Msgctl, libc::SYS_msgctl, &[OneOf(1, &[libc::IPC_RMID.cast_unsigned()])]),
    (Ptrace, libc::SYS_ptrace, &[]),
    (Namespace, libc::SYS_unshare, &[]),
    (Namespace, libc::SYS_setns, &[]),
    (Clone, libc::SYS_clone, &[Has(0, CLONE_UNTRACED)]),
    (Clone3, libc::SYS_clone3, &[]),
    (Filter, libc::SYS_seccomp, &[OneOf(0, &[libc::SECCOMP_SET_MODE_FILTER])]),
    (
        Filter,
        libc::SYS_prctl,
        &[OneOf(0, &[libc::PR_SET_SECCOMP.cast_unsigned()]), OneOf(1, &[libc::SECCOMP_MODE_FILTER])],
    ),
];

/// Bit 30 of the number: x32's calls, on the machine's own architecture.
const X32: u32 = 0x4000_0000;

/// The same by x32 numbers. Of these calls they are the machine's own but for the bit.
#[cfg(target_arch = "x86_64")]
const X32_ROWS: &[FilterRow] = &[
    (Undecoded, libc::SYS_shmat, &[]),
    (Undecoded, libc::SYS_shmdt, &[]),
    (Undecoded, libc::SYS_shmctl, &[]),
    (Undecoded, libc::SYS_shmget, &[]),
    (Clone, libc::SYS_clone, &[Has(0, CLONE_UNTRACED)]),
    (Clone3, libc::SYS_clone3, &[]),
];
#[cfg(not(target_arch = "x86_64"))]
const X32_ROWS: &[FilterRow] = &[];

/// AUDIT_ARCH_I386.
const I386: u32 = 0x4000_0003;

/// The same by 32-bit numbers, from arch/x86/entry/syscalls/syscall_32.tbl. ipc(2) makes all of System V IPC; SHMAT
/// to SHMCTL are 21 to 24, below a version in the upper half.
#[cfg(target_arch = "x86_64")]
const I386_ROWS: &[FilterRow] = &[
    (Undecoded, 117, &[Within(0, 0xffff, 21, 24)]),
    (Clone, 120, &[Has(0, CLONE_UNTRACED)]),
    (Undecoded, 395, &[]),
    (Undecoded, 396, &[]),
    (Undecoded, 397, &[]),
    (Undecoded, 398, &[]),
    (Clone3, 435, &[]),
];
#[cfg(not(target_arch = "x86_64"))]
const I386_ROWS: &[FilterRow] = &[];

/// The watched call with this number and these arguments. The filter's own answer is not asked: a program may have
/// a filter that gives the same.
pub fn by_number(arch: u32, number: u64, args: &[u64; 6]) -> Option<WatchedCall> {
    let number = u32::try_from(number).ok()?;
    let (rows, number) = match arch {
        ARCH if number & X32 != 0 && !X32_ROWS.is_empty() => (X32_ROWS, number & !X32),
        ARCH => (ROWS, number),
        I386 => (I386_ROWS, number),
        _ => return None,
    };
    let fits =
        |row: &&FilterRow| row.1 == libc::c_long::from(number) && row.2.iter().all(|wants| wants.holds(args));
    rows.iter().find(fits).map(|row| row.0)
}

/// What becomes of a call that a filter of the program's own answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is not made, and fails with this errno; 0: it only seems to work.
    Fails(i32),
    /// Whoever makes it gets SIGSYS.
    Signal,
}

/// Which of the four calls about shared memory these rows of a filter answer in the kernel's place: each with its
/// number.
pub fn answered(rows: &[libc::sock_filter]) -> Vec<(libc::c_long, Answer)> {
    let calls = [libc::SYS_shmget, libc::SYS_shmat, libc::SYS_shmdt, libc::SYS_shmctl];
    let one = |number: libc::c_long| {
        let answer = bpf::answers(rows, ARCH, number as u32)?;
        Some(match answer & libc::SECCOMP_RET_ACTION_FULL {
            libc::SECCOMP_RET_ERRNO => (number, Answer::Fails((answer & libc::SECCOMP_RET_DATA) as i32)),
            libc::SECCOMP_RET_TRAP | libc::SECCOMP_RET_KILL_PROCESS | libc::SECCOMP_RET_KILL_THREAD => {
                (number, Answer::Signal)
            }
            _ => return None,
        })
    };
    calls.into_iter().filter_map(one).collect()
}

/// The program: the architecture, then the number; each row compares it, then the arguments, and stops; the rest is
/// let through.
fn program() -> Vec<libc::sock_filter> {
    let mut own = Vec::new();
    if !X32_ROWS.is_empty() {
        let rows = rows(X32_ROWS, X32);
        own.push(bpf::unless(libc::BPF_JGE, X32, rows.len()));
        own.extend(rows);
    }
    own.extend(rows(ROWS, 0));
    let mut program = vec![bpf::load(bpf::ARCHITECTURE)];
    for (arch, rows) in [(ARCH, own), (I386, rows(I386_ROWS, 0))] {
        program.push(bpf::unless(libc::BPF_JEQ, arch, rows.len() + 1));
        program.push(bpf::load(bpf::NUMBER));
        program.extend(rows);
    }
    program.push(bpf::answer(libc::SECCOMP_RET_ALLOW));
    program
}

/// The rows of one way to make a call, the number loaded; what is in none of them is let through.
fn rows(rows: &[FilterRow], bit: u32) -> Vec<libc::sock_filter> {
    let (stops, goes) = (libc::SECCOMP_RET_TRACE, libc::SECCOMP_RET_ALLOW);
    let row = |(_, number, wants): &FilterRow| bpf::row(*number as u32 | bit, wants, stops, goes);
    rows.iter().flat_map(row).chain([bpf::answer(goes)]).collect()
}

/// Puts the filter on this process, for ever, and on all it will start. Without privileges the kernel wants
/// PR_SET_NO_NEW_PRIVS first: from then on no exec gains rights, so a setuid program runs with the rights of the user
/// who starts it, as it would under any tracer.
pub fn install() -> io::Result<()> {
    bpf::install_for_anyone(&mut program())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stops(arch: u32, number: u32, args: [u64; 6]) -> bool {
        bpf::run(&program(), arch, number, args) == libc::SECCOMP_RET_TRACE
    }

    #[test]
    fn a_filter_that_answers_for_a_call_is_seen_through() {
        let filter = |answer| {
            vec![
                bpf::load(bpf::ARCHITECTURE),
                bpf::unless(libc::BPF_JEQ, ARCH, 3),
                bpf::load(bpf::NUMBER),
                bpf::unless(libc::BPF_JEQ, libc::SYS_shmat as u32, 1),
                bpf::answer(answer),
                bpf::answer(libc::SECCOMP_RET_ALLOW),
            ]
        };
        let errno = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
        assert_eq!(answered(&filter(errno)), [(libc::SYS_shmat, Answer::Fails(libc::EPERM))]);
        for answer in [libc::SECCOMP_RET_TRAP, libc::SECCOMP_RET_KILL_PROCESS] {
            assert_eq!(answered(&filter(answer)), [(libc::SYS_shmat, Answer::Signal)]);
        }
        for answer in [libc::SECCOMP_RET_ALLOW, libc::SECCOMP_RET_TRACE, libc::SECCOMP_RET_LOG] {
            assert_eq!(answered(&filter(answer)), []);
        }
        assert_eq!(answered(&program()), []);
        assert_eq!(answered(&filter(errno)[..3]), [], "one without an end");
    }

    /// Every way to make a call: architecture, the number's bit, its rows.
    const WAYS: [(u32, u32, &[FilterRow]); 3] =
        [(ARCH, 0, ROWS), (ARCH, X32, X32_ROWS), (I386, 0, I386_ROWS)];

    #[test]
    fn each_row_stops_and_nothing_else_does() {
        for (arch, bit, rows) in WAYS {
            for (watched, number, arguments) in rows {
                let number = *number as u32 | bit;
                let mut args = [7; 6];
                for wants in *arguments {
                    let (argument, value) = match *wants {
                        OneOf(argument, values) => (argument, values[0]),
                        Has(argument, value) => (argument, value),
                        Wants::Clear(argument, bits) => (argument, !bits),
                        Within(argument, mask, first, _) => (argument, first | !mask),
                    };
                    args[argument as usize] = u64::from(value) | 0xabcd << 32;
                }
                let agree = |args: [u64; 6], wanted: Option<WatchedCall>| {
                    assert_eq!(
                        stops(arch, number, args),
                        wanted.is_some(),
                        "{watched:?} {number:#x} {args:x?}"
                    );
                    assert_eq!(by_number(arch, number.into(), &args), wanted);
                };
                agree(args, Some(*watched));
                assert!(!stops(arch ^ 0x100, number, args));
                assert_eq!(by_number(arch ^ 0x100, number.into(), &args), None);
                for wants in *arguments {
                    let (argument, wrong) = match *wants {
                        // Also not where the argument looks like the number of another row.
                        OneOf(argument, _) => {
                            (argument, rows.iter().map(|row| row.1 as u64 | 1 << 31).collect())
                        }
                        Has(argument, bits) => (argument, vec![u64::from(!bits)]),
                        Wants::Clear(argument, bits) => (argument, vec![u64::from(bits)]),
                        Within(argument, _, first, last) => {
                            (argument, vec![u64::from(first) - 1, u64::from(last) + 1])
                        }
                    };
                    for value in wrong {
                        let mut args = args;
                        args[argument as usize] = value;
                        agree(args, None);
                    }
                }
            }
        }
        for number in [libc::SYS_getppid, libc::SYS_write, libc::SYS_semop, libc::SYS_exit_group] {
            assert!(!stops(ARCH, number as u32, [0; 6]));
        }
        for number in [1, 2, 4, 64, 190, 394, 399] {
            assert!(!stops(I386, number, [0; 6]));
        }
    }
}
