//! Which calls of a program stop while lab plays its orders: those whose order is tried, those that only pass time, and
//! what it prints. No call is forbidden. Standard output looks like a terminal to it, so that the C library writes a
//! line when it is complete.

use std::io;

use super::bpf::{self, ARCH, Wants};

use OrderedCall::*;

/// A call that stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderedCall {
    Shmget,
    Shmat,
    Shmdt,
    Shmctl,
    Semget,
    /// semop(id, operations, number), or semtimedop, which waits no longer than its fourth argument says.
    Semop,
    SemTimedOp,
    Semctl,
    /// fork or vfork.
    Fork,
    /// clone(flags, ...).
    Clone,
    /// clone3: its flags are in memory.
    Clone3,
    /// A call that sleeps for a time.
    Sleep,
    /// sched_yield.
    Yield,
    /// write(stream, bytes, length), but for stream 0.
    Write,
}

impl OrderedCall {
    /// As C spells it, of the calls about shared memory and semaphores.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Shmget => "shmget",
            Shmat => "shmat",
            Shmdt => "shmdt",
            Shmctl => "shmctl",
            Semget => "semget",
            Semop | SemTimedOp => "semop",
            Semctl => "semctl",
            Fork | Clone | Clone3 | Sleep | Yield | Write => return None,
        })
    }

    /// Whether it makes a process or a thread.
    pub fn forks(self) -> bool {
        matches!(self, Fork | Clone | Clone3)
    }
}

const ROWS: &[(OrderedCall, libc::c_long)] = &[
    (Shmget, libc::SYS_shmget),
    (Shmat, libc::SYS_shmat),
    (Shmdt, libc::SYS_shmdt),
    (Shmctl, libc::SYS_shmctl),
    (Semget, libc::SYS_semget),
    (Semop, libc::SYS_semop),
    (SemTimedOp, libc::SYS_semtimedop),
    (Semctl, libc::SYS_semctl),
    #[cfg(target_arch = "x86_64")]
    (Fork, libc::SYS_fork),
    #[cfg(target_arch = "x86_64")]
    (Fork, libc::SYS_vfork),
    (Clone, libc::SYS_clone),
    (Clone3, libc::SYS_clone3),
    (Sleep, libc::SYS_nanosleep),
    (Sleep, libc::SYS_clock_nanosleep),
    (Yield, libc::SYS_sched_yield),
    (Write, libc::SYS_write),
];

/// Commands of ioctl that ask for a terminal's modes: TCGETS, and TCGETS2 of newer C libraries.
const TCGETS2: u32 = 0x802c_542a;

/// What a program's filter stops at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stops {
    /// Every row.
    Everything,
    /// Only what it prints: it runs at full speed.
    Prints,
    /// Only semop and semtimedop, which `lab trace` lets pass.
    Semops,
}

impl Stops {
    fn has(self, call: OrderedCall) -> bool {
        match self {
            Stops::Everything => true,
            Stops::Prints => call == Write,
            Stops::Semops => matches!(call, Semop | SemTimedOp),
        }
    }
}

/// The call with this number, if it is one of these.
pub fn by_number(arch: u32, number: u64) -> Option<OrderedCall> {
    let number = libc::c_long::try_from(number).ok().filter(|_| arch == ARCH)?;
    ROWS.iter().find(|row| row.1 == number).map(|row| row.0)
}

fn program(stops: Stops) -> Vec<libc::sock_filter> {
    const TERMINAL: &[u32] = &[libc::TCGETS as u32, TCGETS2];
    let mut own = Vec::new();
    let mut row = |call: libc::c_long, wants: &[Wants], answer: u32| {
        own.extend(bpf::row(call as u32, wants, answer, libc::SECCOMP_RET_ALLOW));
    };
    if stops.has(Write) {
        // Not only to 1 and 2: perror() of the GNU C library writes to a copy of 2.
        row(libc::SYS_write, &[Wants::Has(0, u32::MAX)], libc::SECCOMP_RET_TRACE);
        // Answered with 0 and not made: yes, a terminal.
        row(libc::SYS_ioctl, &[Wants::OneOf(1, TERMINAL)], libc::SECCOMP_RET_ERRNO);
    }
    for (call, number) in ROWS.iter().filter(|row| row.0 != Write && stops.has(row.0)) {
        // Elsewhere no call can be skipped at its stop: the kernel answers a sleep with 0 by itself.
        let skipped = *call == Sleep && !cfg!(target_arch = "x86_64");
        row(*number, &[], if skipped { libc::SECCOMP_RET_ERRNO } else { libc::SECCOMP_RET_TRACE });
    }
    let mut program = vec![
        bpf::load(bpf::ARCHITECTURE),
        bpf::unless(libc::BPF_JEQ, ARCH, own.len() + 1),
        bpf::load(bpf::NUMBER),
    ];
    program.extend(own);
    program.push(bpf::answer(libc::SECCOMP_RET_ALLOW));
    program
}

/// Puts the filter on this process, for ever, and on all it will start; without privileges with PR_SET_NO_NEW_PRIVS.
pub fn install(stops: Stops) -> io::Result<()> {
    bpf::install_for_anyone(&mut program(stops))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_stops_and_nothing_else_does() {
        let all = program(Stops::Everything);
        let prints = program(Stops::Prints);
        let semops = program(Stops::Semops);
        let run = |rows: &[libc::sock_filter], call: libc::c_long, args: [u64; 6]| {
            bpf::run(rows, ARCH, call as u32, args)
        };
        let (stops, goes) = (libc::SECCOMP_RET_TRACE, libc::SECCOMP_RET_ALLOW);
        for (call, number) in ROWS {
            let args = [1, 0, 0, 0, 0, 0];
            let skipped = *call == Sleep && !cfg!(target_arch = "x86_64");
            let wanted = if skipped { libc::SECCOMP_RET_ERRNO } else { stops };
            assert_eq!(run(&all, *number, args), wanted, "{call:?}");
            assert_eq!(run(&prints, *number, args) == stops, *call == Write, "{call:?}");
            assert_eq!(run(&semops, *number, args) == stops, call.name() == Some("semop"), "{call:?}");
            assert_eq!(bpf::run(&all, ARCH ^ 0x100, *number as u32, args), goes, "{call:?}");
            assert_eq!(by_number(ARCH, *number as u64), Some(*call), "{call:?}");
        }
        for fd in 0..5 {
            let wanted = if fd == 0 { goes } else { stops };
            assert_eq!(run(&all, libc::SYS_write, [fd, 0, 0, 0, 0, 0]), wanted);
            assert_eq!(run(&semops, libc::SYS_write, [fd, 0, 0, 0, 0, 0]), goes);
        }
        for (command, wanted) in [(0x5401, libc::SECCOMP_RET_ERRNO), (0x5402, goes)] {
            assert_eq!(run(&all, libc::SYS_ioctl, [1, command, 0, 0, 0, 0]), wanted);
        }
        for call in [libc::SYS_read, libc::SYS_exit_group, libc::SYS_openat, libc::SYS_wait4] {
            assert_eq!(run(&all, call, [1; 6]), goes);
            assert_eq!(by_number(ARCH, call as u64), None);
        }
    }
}
