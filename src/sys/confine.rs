//! The walls around an actor, put up before its first step and never taken down: no new privileges; a list of
//! system calls (seccomp), which are those that the notation's calls make and those that keep the actor talking;
//! and no file and no network (Landlock), but for what an exec of lab itself has to read.
//!
//! A wall that this machine does not have is left out, and [`missing`] names it. One that it has and that can't be
//! put up is an error: an actor with fewer walls than were announced plays nothing.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, Scope,
};

use super::seccomp::bpf;

/// The newest Landlock that these walls were tried with; an older kernel's does what it can.
const NEWEST: ABI = ABI::V6;

/// The walls that this machine does not give an actor, by their usual names. The two others need the first.
pub fn missing() -> Vec<&'static str> {
    let base = no_new_privs_available();
    let walls = [
        ("no_new_privs", base),
        ("seccomp", base && bpf::available()),
        ("Landlock", base && landlock_available()),
    ];
    walls.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect()
}

/// Puts up every wall that this machine has.
///
/// # Errors
/// One that it has was refused.
pub fn confine() -> io::Result<()> {
    let missing = missing();
    let there = |wall: &str| !missing.contains(&wall);
    if there("no_new_privs") {
        nix::sys::prctl::set_no_new_privs()?;
    }
    if there("Landlock") {
        close_files().map_err(|error| errno_in(&error))?;
    }
    if there("seccomp") {
        bpf::install(&mut program())?;
    }
    Ok(())
}

/// The system's error behind one of the crate's.
fn errno_in(error: &(dyn std::error::Error + 'static)) -> io::Error {
    let errors = std::iter::successors(Some(error), |error| error.source());
    let errno = errors.filter_map(|error| error.downcast_ref::<io::Error>()?.raw_os_error()).last();
    errno.map_or_else(|| io::Error::other(error.to_string()), io::Error::from_raw_os_error)
}

/// Whether prctl answers at all: a filter around us may refuse it.
fn no_new_privs_available() -> bool {
    nix::sys::prctl::get_no_new_privs().is_ok()
}

fn landlock_available() -> bool {
    const VERSION: u32 = 1;
    let nothing = std::ptr::null::<libc::c_void>();
    // SAFETY: with this flag the kernel reads nothing and only answers its version (landlock_create_ruleset(2)).
    let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, nothing, 0_usize, VERSION) };
    version > 0
}

/// No file may be opened or changed, no port used, no signal sent out; but lab's own binary may be run, and what its
/// loader reads may be read.
fn close_files() -> Result<(), RulesetError> {
    let may: BitFlags<AccessFs> = AccessFs::ReadFile | AccessFs::Execute;
    let files = needed().into_iter().filter_map(|path| PathFd::new(path).ok());
    let rules = files.map(|file| Ok::<_, RulesetError>(PathBeneath::new(file, may)));
    Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(rules)?
        .restrict_self()?;
    Ok(())
}

/// The files that an exec of this binary reads: itself, its loader and libraries, which are mapped now, and the
/// loader's cache. Without /proc it can't be run again anyway.
fn needed() -> BTreeSet<PathBuf> {
    let maps = fs::read("/proc/self/maps").unwrap_or_default();
    let path = |line: &[u8]| {
        let at = line.iter().position(|byte| *byte == b'/')?;
        Some(PathBuf::from(OsStr::from_bytes(&line[at..])))
    };
    let mapped = maps.split(|byte| *byte == b'\n').filter_map(path);
    mapped.chain(["/proc/self/exe".into(), "/etc/ld.so.cache".into()]).filter(|path| path.is_file()).collect()
}

/// What an argument must be for a call to pass. The kernel takes an int in each of these places.
#[derive(Debug, Clone, Copy)]
enum When {
    Always,
    /// This argument has none of these bits.
    Clear(u32, u32),
    /// This argument is one of these.
    OneOf(u32, &'static [u32]),
}

use When::{Always, Clear, OneOf};

const fn bits(flags: libc::c_int) -> u32 {
    flags.cast_unsigned()
}

/// Opening a file for anything but reading it.
const CHANGES_FILES: u32 = bits(
    libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC | (libc::O_TMPFILE & !libc::O_DIRECTORY),
);
/// What makes a fork more than a fork: a namespace, a thread, a child of another parent.
const NO_FORK: u32 = bits(
    libc::CLONE_NEWNS
        | libc::CLONE_NEWCGROUP
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUSER
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWNET
        | libc::CLONE_VM
        | libc::CLONE_FILES
        | libc::CLONE_PARENT
        | libc::CLONE_UNTRACED,
);
/// What a lesson may leave: `constants::NAMESPACES` has these two.
const NO_LEAVING: u32 = !bits(libc::CLONE_NEWIPC | libc::CLONE_NEWUSER);
const OWN_AFFAIRS: &[u32] =
    &[bits(libc::PR_SET_NAME), bits(libc::PR_SET_PDEATHSIG), bits(libc::PR_SET_NO_NEW_PRIVS)];

/// The calls that pass. Everything else fails with ENOSYS, as in a kernel that has no such call, so that the C
/// library takes the older way where there are two.
#[rustfmt::skip]
const PASS: &[(libc::c_long, When)] = &[
    // The notation's own.
    (libc::SYS_shmget, Always), (libc::SYS_shmat, Always), (libc::SYS_shmdt, Always), (libc::SYS_shmctl, Always),
    (libc::SYS_msgget, Always), (libc::SYS_msgsnd, Always), (libc::SYS_msgrcv, Always), (libc::SYS_msgctl, Always),
    (libc::SYS_pipe2, OneOf(1, &[0])),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_pipe, Always),
    (libc::SYS_semget, Always), (libc::SYS_semop, Always), (libc::SYS_semtimedop, Always), (libc::SYS_semctl, Always),
    (libc::SYS_newfstatat, Always), (libc::SYS_statx, Always), (libc::SYS_fstat, Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_stat, Always),
    (libc::SYS_umask, Always), (libc::SYS_unshare, Clear(0, NO_LEAVING)), (libc::SYS_prlimit64, OneOf(0, &[0])),
    (libc::SYS_seccomp, OneOf(0, &[libc::SECCOMP_SET_MODE_FILTER])), (libc::SYS_prctl, OneOf(0, OWN_AFFAIRS)),
    (libc::SYS_clone, Clear(0, NO_FORK)), (libc::SYS_execve, Always), (libc::SYS_wait4, Always), (libc::SYS_waitid, Always),
    (libc::SYS_nanosleep, Always), (libc::SYS_clock_nanosleep, Always), (libc::SYS_restart_syscall, Always),
    (libc::SYS_exit, Always), (libc::SYS_exit_group, Always),
    // Memory: the notation's mmap, the allocator's, and the look before each access.
    (libc::SYS_mmap, Always), (libc::SYS_munmap, Always), (libc::SYS_mprotect, Always), (libc::SYS_brk, Always),
    (libc::SYS_mremap, Always), (libc::SYS_madvise, Always), (libc::SYS_mincore, Always),
    // The wire, the marks, and the signals that report a fault.
    (libc::SYS_read, Always), (libc::SYS_write, Always), (libc::SYS_close, Always), (libc::SYS_fcntl, Always),
    (libc::SYS_sendto, Always), (libc::SYS_sendmsg, Always), (libc::SYS_recvfrom, Always), (libc::SYS_recvmsg, Always),
    (libc::SYS_getsockopt, Always), (libc::SYS_ppoll, Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_poll, Always),
    (libc::SYS_getppid, Always), (libc::SYS_getpid, Always), (libc::SYS_gettid, Always), (libc::SYS_setpgid, Always),
    (libc::SYS_getuid, Always), (libc::SYS_geteuid, Always), (libc::SYS_getgid, Always), (libc::SYS_getegid, Always),
    (libc::SYS_rt_sigaction, Always), (libc::SYS_rt_sigprocmask, Always), (libc::SYS_rt_sigreturn, Always),
    (libc::SYS_sigaltstack, Always), (libc::SYS_futex, Always), (libc::SYS_sched_yield, Always),
    (libc::SYS_clock_gettime, Always), (libc::SYS_gettimeofday, Always), (libc::SYS_getrandom, Always),
    // The start of a program: lab itself, after an exec.
    (libc::SYS_openat, Clear(2, CHANGES_FILES)), (libc::SYS_pread64, Always), (libc::SYS_lseek, Always),
    (libc::SYS_set_tid_address, Always), (libc::SYS_set_robust_list, Always), (libc::SYS_rseq, Always),
    (libc::SYS_readlinkat, Always), (libc::SYS_faccessat, Always), (libc::SYS_uname, Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_arch_prctl, Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_access, Always),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_readlink, Always),
];

/// The list as a filter: a call of another architecture fails as one that is not in the list.
fn program() -> Vec<libc::sock_filter> {
    let pass = bpf::answer(libc::SECCOMP_RET_ALLOW);
    let fail = bpf::answer(libc::SECCOMP_RET_ERRNO | bits(libc::ENOSYS));
    let mut rows = vec![
        bpf::load(bpf::ARCHITECTURE),
        bpf::when(libc::BPF_JEQ, bpf::ARCH, 1),
        fail,
        bpf::load(bpf::NUMBER),
    ];
    for (number, when) in PASS {
        let check: Vec<libc::sock_filter> = match when {
            Always => vec![pass],
            Clear(argument, bits) => {
                vec![bpf::load_low(*argument), bpf::when(libc::BPF_JSET, *bits, 1), pass, fail]
            }
            OneOf(argument, values) => {
                let left = |at: usize| values.len() - at;
                let compared =
                    values.iter().enumerate().map(|(at, value)| bpf::when(libc::BPF_JEQ, *value, left(at)));
                [bpf::load_low(*argument)].into_iter().chain(compared).chain([fail, pass]).collect()
            }
        };
        rows.push(bpf::unless(libc::BPF_JEQ, *number as u32, check.len()));
        rows.extend(check);
    }
    rows.push(fail);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(arch: u32, number: libc::c_long, args: [u64; 6]) -> bool {
        match bpf::run(&program(), arch, number as u32, args) {
            libc::SECCOMP_RET_ALLOW => true,
            answer => {
                assert_eq!(answer, libc::SECCOMP_RET_ERRNO | bits(libc::ENOSYS));
                false
            }
        }
    }

    #[test]
    fn each_call_of_the_list_passes_where_its_argument_fits() {
        for (number, when) in PASS {
            let with = |argument: u32, value: u32| {
                let mut args = [0xffff_ffff_ffff_ffff; 6];
                // The upper half is not compared, because the kernel ignores it too.
                args[argument as usize] = 0x1234_5678_0000_0000 | u64::from(value);
                passes(bpf::ARCH, *number, args)
            };
            assert!(!passes(bpf::ARCH ^ 1, *number, [0; 6]), "{number} of another architecture");
            assert!(!passes(bpf::ARCH, number | 0x4000_0000, [0; 6]), "{number} with x32's bit");
            match when {
                Always => assert!(with(0, 7)),
                Clear(argument, bits) => {
                    assert!(with(*argument, !bits), "{number}");
                    for bit in (0..32).map(|bit| 1 << bit).filter(|bit| bits & bit != 0) {
                        assert!(!with(*argument, bit), "{number} with {bit:#x}");
                    }
                }
                OneOf(argument, values) => {
                    for value in 0..100 {
                        assert_eq!(with(*argument, value), values.contains(&value), "{number} with {value}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_could_leave_the_actor_does_not_pass() {
        for number in [
            libc::SYS_ptrace,
            libc::SYS_process_vm_writev,
            libc::SYS_kill,
            libc::SYS_tgkill,
            libc::SYS_socket,
            libc::SYS_connect,
            libc::SYS_execveat,
            libc::SYS_clone3,
            libc::SYS_openat2,
            libc::SYS_mount,
            libc::SYS_setns,
            libc::SYS_setuid,
            libc::SYS_unlinkat,
            libc::SYS_mkdirat,
            libc::SYS_fchmodat,
            libc::SYS_shmget + 1000,
        ] {
            assert!(!passes(bpf::ARCH, number, [0; 6]), "{number}");
        }
    }
}
