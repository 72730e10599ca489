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

use super::landlock_scope;
use super::seccomp::bpf::{
    self,
    Wants::{self, Clear, OneOf},
};

/// The newest Landlock that these walls were tried with; an older kernel's does what it can.
const NEWEST: ABI = ABI::V6;

/// The walls that this machine does not give an actor, by their usual names. The two others need the first.
pub fn missing() -> Vec<&'static str> {
    // A filter around us may refuse prctl.
    let base = nix::sys::prctl::get_no_new_privs().is_ok();
    let walls = [
        ("no_new_privs", base),
        ("seccomp", base && bpf::available()),
        ("Landlock", base && landlock_scope::interface().is_some()),
    ];
    walls.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect()
}

/// Puts up every wall that this machine has.
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
const PASS: &[(libc::c_long, &[Wants])] = &[
    // The notation's own.
    (libc::SYS_shmget, &[]), (libc::SYS_shmat, &[]), (libc::SYS_shmdt, &[]), (libc::SYS_shmctl, &[]),
    (libc::SYS_msgget, &[]), (libc::SYS_msgsnd, &[]), (libc::SYS_msgrcv, &[]), (libc::SYS_msgctl, &[]),
    (libc::SYS_pipe2, &[OneOf(1, &[0])]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_pipe, &[]),
    (libc::SYS_semget, &[]), (libc::SYS_semop, &[]), (libc::SYS_semtimedop, &[]), (libc::SYS_semctl, &[]),
    (libc::SYS_newfstatat, &[]), (libc::SYS_statx, &[]), (libc::SYS_fstat, &[]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_stat, &[]),
    (libc::SYS_umask, &[]), (libc::SYS_unshare, &[Clear(0, NO_LEAVING)]), (libc::SYS_prlimit64, &[OneOf(0, &[0])]),
    (libc::SYS_seccomp, &[OneOf(0, &[libc::SECCOMP_SET_MODE_FILTER])]), (libc::SYS_prctl, &[OneOf(0, OWN_AFFAIRS)]),
    (libc::SYS_clone, &[Clear(0, NO_FORK)]), (libc::SYS_execve, &[]), (libc::SYS_wait4, &[]), (libc::SYS_waitid, &[]),
    (libc::SYS_nanosleep, &[]), (libc::SYS_clock_nanosleep, &[]), (libc::SYS_restart_syscall, &[]),
    (libc::SYS_exit, &[]), (libc::SYS_exit_group, &[]),
    // Memory: the notation's mmap, the allocator's, and the look before each access.
    (libc::SYS_mmap, &[]), (libc::SYS_munmap, &[]), (libc::SYS_mprotect, &[]), (libc::SYS_brk, &[]),
    (libc::SYS_mremap, &[]), (libc::SYS_madvise, &[]), (libc::SYS_mincore, &[]),
    // The wire, the marks, and the signals that report a fault.
    (libc::SYS_read, &[]), (libc::SYS_write, &[]), (libc::SYS_close, &[]), (libc::SYS_fcntl, &[]),
    (libc::SYS_sendto, &[]), (libc::SYS_sendmsg, &[]), (libc::SYS_recvfrom, &[]), (libc::SYS_recvmsg, &[]),
    (libc::SYS_getsockopt, &[]), (libc::SYS_ppoll, &[]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_poll, &[]),
    (libc::SYS_getppid, &[]), (libc::SYS_getpid, &[]), (libc::SYS_gettid, &[]), (libc::SYS_setpgid, &[]),
    (libc::SYS_getuid, &[]), (libc::SYS_geteuid, &[]), (libc::SYS_getgid, &[]), (libc::SYS_getegid, &[]),
    (libc::SYS_rt_sigaction, &[]), (libc::SYS_rt_sigprocmask, &[]), (libc::SYS_rt_sigreturn, &[]),
    (libc::SYS_sigaltstack, &[]), (libc::SYS_futex, &[]), (libc::SYS_sched_yield, &[]),
    (libc::SYS_clock_gettime, &[]), (libc::SYS_gettimeofday, &[]), (libc::SYS_getrandom, &[]),
    // The start of a program: lab itself, after an exec.
    (libc::SYS_openat, &[Clear(2, CHANGES_FILES)]), (libc::SYS_pread64, &[]), (libc::SYS_lseek, &[]),
    (libc::SYS_set_tid_address, &[]), (libc::SYS_set_robust_list, &[]), (libc::SYS_rseq, &[]),
    (libc::SYS_readlinkat, &[]), (libc::SYS_faccessat, &[]), (libc::SYS_uname, &[]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_arch_prctl, &[]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_access, &[]),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_readlink, &[]),
];

/// The list as a filter: a call of another architecture fails as one that is not in the list.
fn program() -> Vec<libc::sock_filter> {
    let (pass, fail) = (libc::SECCOMP_RET_ALLOW, libc::SECCOMP_RET_ERRNO | bits(libc::ENOSYS));
    let mut rows = vec![
        bpf::load(bpf::ARCHITECTURE),
        bpf::when(libc::BPF_JEQ, bpf::ARCH, 1),
        bpf::answer(fail),
        bpf::load(bpf::NUMBER),
    ];
    rows.extend(PASS.iter().flat_map(|(number, wants)| bpf::row(*number as u32, wants, pass, fail)));
    rows.push(bpf::answer(fail));
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
        for (number, wants) in PASS {
            let with = |argument: u32, value: u32| {
                let mut args = [0xffff_ffff_ffff_ffff; 6];
                // The upper half is not compared, because the kernel ignores it too.
                args[argument as usize] = 0x1234_5678_0000_0000 | u64::from(value);
                passes(bpf::ARCH, *number, args)
            };
            assert!(!passes(bpf::ARCH ^ 1, *number, [0; 6]), "{number} of another architecture");
            assert!(!passes(bpf::ARCH, number | 0x4000_0000, [0; 6]), "{number} with x32's bit");
            match *wants {
                [] => assert!(with(0, 7)),
                [Clear(argument, bits)] => {
                    assert!(with(*argument, !bits), "{number}");
                    for bit in (0..32).map(|bit| 1 << bit).filter(|bit| bits & bit != 0) {
                        assert!(!with(*argument, bit), "{number} with {bit:#x}");
                    }
                }
                [OneOf(argument, values)] => {
                    for value in 0..100 {
                        assert_eq!(with(*argument, value), values.contains(&value), "{number} with {value}");
                    }
                }
                _ => panic!("{number}: {wants:?} is not tested"),
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
