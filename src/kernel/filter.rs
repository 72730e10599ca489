//! Which calls of a traced program stop: the table of watched calls, and the BPF program made of it. It never
//! forbids a call; what is not in the table runs as if there were no filter.
//!
//! By hand and not with a crate: a call of another architecture (a 32-bit program) must be let through here,
//! and the crates for sandboxes rightly kill it.

use std::io;

use Watched::*;

/// A call worth stopping at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Watched {
    Shmget,
    Shmat,
    Shmdt,
    Shmctl,
    /// stat(path, buffer) and its like: two arguments.
    Stat,
    /// newfstatat(directory, path, buffer, flags).
    StatAt,
    /// statx(directory, path, flags, mask, buffer).
    Statx,
    Semget,
    Semctl,
    Ptrace,
    /// unshare or setns: perhaps into another IPC namespace.
    Namespace,
}

/// A row: the call, its number, and what its arguments must be (argument, value) for it to stop.
type Row = (Watched, libc::c_long, &'static [(u32, u32)]);

const AT_FDCWD: u32 = libc::AT_FDCWD.cast_unsigned();

/// The calls, the commonest first. semop is not among them: a program may make it hundreds of thousands of
/// times, and semget says already that its processes order themselves. Of the stat family only what an ftok can
/// be: a path, relative to the working directory, and no flags.
const ROWS: &[Row] = &[
    (Shmat, libc::SYS_shmat, &[]),
    (Shmdt, libc::SYS_shmdt, &[]),
    (Shmctl, libc::SYS_shmctl, &[]),
    (Shmget, libc::SYS_shmget, &[]),
    (StatAt, libc::SYS_newfstatat, &[(0, AT_FDCWD), (3, 0)]),
    (Statx, libc::SYS_statx, &[(0, AT_FDCWD)]),
    #[cfg(target_arch = "x86_64")]
    (Stat, libc::SYS_stat, &[]),
    (Semget, libc::SYS_semget, &[]),
    (Semctl, libc::SYS_semctl, &[]),
    (Ptrace, libc::SYS_ptrace, &[]),
    (Namespace, libc::SYS_unshare, &[]),
    (Namespace, libc::SYS_setns, &[]),
];

#[cfg(target_arch = "x86_64")]
pub const ARCH: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
pub const ARCH: u32 = 0xc000_00b7;
#[cfg(target_arch = "riscv64")]
pub const ARCH: u32 = 0xc000_00f3;

/// The watched call that the filter's number stands for.
pub fn by_mark(mark: u16) -> Option<Watched> {
    ROWS.get(usize::from(mark)).map(|row| row.0)
}

/// The watched call with this number and these arguments, for a tracer without a filter.
pub fn by_number(arch: u32, number: u64, args: &[u64; 6]) -> Option<Watched> {
    let fits = |row: &&Row| {
        u64::try_from(row.1) == Ok(number)
            && row.2.iter().all(|(argument, value)| args[*argument as usize] as u32 == *value)
    };
    ROWS.iter().filter(|_| arch == ARCH).find(fits).map(|row| row.0)
}

const fn statement(code: u32, k: u32) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt: 0, jf: 0, k }
}

/// Goes on with the next statement if the word is `k`, else `over` so many.
const fn unless_equal(k: u32, over: usize) -> libc::sock_filter {
    let code = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    libc::sock_filter { code: code as u16, jt: 0, jf: over as u8, k }
}

/// The program: another architecture is let through; each row compares the number, then its arguments, and
/// stops; the rest is let through. struct seccomp_data: number at 0, architecture at 4, arguments from 16.
fn program() -> Vec<libc::sock_filter> {
    let load = |at: u32| statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, at);
    let answer = |action: u32| statement(libc::BPF_RET | libc::BPF_K, action);
    let allow = answer(libc::SECCOMP_RET_ALLOW);
    // The low half of an argument of eight bytes.
    let low = |argument: u32| 16 + 8 * argument + if cfg!(target_endian = "little") { 0 } else { 4 };
    let ours = libc::sock_filter { jt: 1, ..unless_equal(ARCH, 0) };
    let mut program = vec![load(4), ours, allow, load(0)];
    for (mark, (_, number, arguments)) in (0_u32..).zip(ROWS) {
        let checks = arguments.len();
        // The number is gone once an argument is loaded: what fails a check is let through at once.
        program.push(unless_equal(*number as u32, 2 * checks + 2));
        for (done, (argument, value)) in arguments.iter().enumerate() {
            program.push(load(low(*argument)));
            program.push(unless_equal(*value, 2 * (checks - done - 1) + 1));
        }
        program.extend([answer(libc::SECCOMP_RET_TRACE | mark), allow]);
    }
    program.push(allow);
    program
}

/// Puts the filter on this process, for ever, and on all it will start. Without privileges the kernel wants
/// PR_SET_NO_NEW_PRIVS first: from then on no exec gains rights, so a setuid program runs as whoever starts it
/// (as it would under any tracer).
///
/// # Errors
/// seccomp(2)'s: EINVAL or ENOSYS where the kernel has none, EPERM where a sandbox forbids it.
pub fn install() -> io::Result<()> {
    let mut rows = program();
    let program = libc::sock_fprog { len: rows.len() as u16, filter: rows.as_mut_ptr() };
    let set = |flags: libc::c_ulong| {
        // SAFETY: the kernel copies the program, whose length and rows are right for as long as this runs.
        let done = unsafe {
            libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program)
        };
        if done == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
    };
    // Without this flag older kernels make a filtered program slower than it is.
    let try_both = || set(libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW).or_else(|_| set(0));
    try_both().or_else(|_| {
        nix::sys::prctl::set_no_new_privs()?;
        try_both()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the program as the kernel would.
    fn answer(arch: u32, number: i64, args: [u64; 6]) -> u32 {
        let program = program();
        let word = |at: u32| match at {
            0 => number as u32,
            4 => arch,
            at => args[(at as usize - 16) / 8] as u32,
        };
        let (mut accumulator, mut at) = (0, 0);
        loop {
            let row = program[at];
            at += 1;
            match u32::from(row.code) {
                code if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS => accumulator = word(row.k),
                code if code == libc::BPF_RET | libc::BPF_K => return row.k,
                _ => at += usize::from(if accumulator == row.k { row.jt } else { row.jf }),
            }
        }
    }

    #[test]
    fn each_row_stops_with_its_own_mark_and_nothing_else_does() {
        for (mark, (watched, number, arguments)) in (0..).zip(ROWS) {
            let mut args = [7; 6];
            for (argument, value) in *arguments {
                args[*argument as usize] = u64::from(*value);
            }
            assert_eq!(answer(ARCH, *number, args), libc::SECCOMP_RET_TRACE | u32::from(mark));
            assert_eq!(by_mark(mark), Some(*watched));
            assert_eq!(by_number(ARCH, *number as u64, &args), Some(*watched));
            assert_eq!(answer(ARCH ^ 1, *number, args), libc::SECCOMP_RET_ALLOW);
            for (argument, _) in *arguments {
                // Also not where the argument looks like the number of another row.
                for other in ROWS.iter().map(|row| row.1 as u64) {
                    let mut args = args;
                    args[*argument as usize] = other;
                    assert_eq!(answer(ARCH, *number, args), libc::SECCOMP_RET_ALLOW);
                    assert_eq!(by_number(ARCH, *number as u64, &args), None);
                }
            }
        }
        for number in [libc::SYS_getppid, libc::SYS_write, libc::SYS_semop, libc::SYS_exit_group] {
            assert_eq!(answer(ARCH, number, [0; 6]), libc::SECCOMP_RET_ALLOW);
        }
    }
}
