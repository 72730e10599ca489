//! The words for those findings of `lab doctor` that say different things for different values.

use super::{Found, NAMESPACES, said, trial as trial_words, tried, well};
use crate::constants;
use crate::facts::machine::{Compiler, Folder, Namespace, SecondUser, Trial};
use crate::output::line::counted;

/// One of the limits of the host.
pub fn limit(name: &str, value: Option<u64>, used: Option<u64>, least: u64) -> Found {
    let (unit, errno) = match name {
        "shmmax" => ("bytes a segment", "EINVAL"),
        "shmall" => ("pages in all", "ENOSPC"),
        _ => ("segments", "ENOSPC"),
    };
    let used = used.map_or(String::new(), |used| format!(", {used} in use"));
    let Some(value) = value else { return well(format!("the host's limit can't be read{used}")) };
    said(
        format!("at most {value} {unit}{used}"),
        &format!(
            "With --host, and for lab server, shmget() may return {errno}, because lessons need {least}. A sandbox has \
             limits of its own."
        ),
        &format!(
            "Remove segments that nobody needs (ipcs -m, ipcrm -m ID), or as an administrator: sudo sysctl \
             kernel.{name}=NUMBER"
        ),
    )
}

/// A namespace around the programs of a task.
pub fn namespace(kind: Namespace, trial: &Trial) -> Found {
    let (well, follows) = match kind {
        Namespace::User => (
            "lab can make one",
            "Without root there is no sandbox, because only a user namespace's own root may make the others.",
        ),
        Namespace::Pid => (
            "lab can make one",
            "The programs of a task can see and signal processes outside, because no namespace keeps them in.",
        ),
        Namespace::Mount => (
            "lab can make one, with every file system in it read-only",
            "The programs of a task can read your files, and where Landlock is missing too they can write to them.",
        ),
        Namespace::Network => (
            "lab can make one",
            "The programs of a task can use the network, because no namespace keeps them from it.",
        ),
    };
    let follows = match trial {
        Trial::NotTried => "lab plays no task, because it builds and plays programs in namespaces only.",
        _ => follows,
    };
    tried(trial, well, follows, NAMESPACES)
}

const OTHER_USERS: &str = "lab leaves out the steps of who-may that need another user.";

/// Who plays the other user.
pub fn second_user(who: SecondUser) -> Found {
    match who {
        SecondUser::Root => well("as root, lab plays other users itself"),
        SecondUser::Mapped => well("newuidmap gives a sandbox a second user"),
        SecondUser::NoRange => said(
            "newuidmap is there, but it gives lab none: /etc/subuid and /etc/subgid have no range for you",
            OTHER_USERS,
            "An administrator gives you a range: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 YOU",
        ),
        SecondUser::None => said(
            "lab can play no other user here",
            OTHER_USERS,
            "Run lab as root, or have an administrator install newuidmap and give you a range: sudo apt install \
             uidmap; sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 YOU",
        ),
    }
}

pub fn landlock(trial: &Trial, version: Option<u32>) -> Found {
    let follows = "A stranger's lesson, a traced program under --sandbox and a task's programs have one wall less, and \
        lab says so before it plays them.";
    let change = "It takes Linux 6.12 for all of it, with landlock in the kernel's lsm= list: an administrator's work.";
    let number = version.map_or(String::new(), |version| format!("; version {version} of its interface"));
    let trial_words = |trial: &Trial| match trial {
        Trial::Refused(_, libc::ENOSYS) => "this kernel has no Landlock (ENOSYS)".into(),
        Trial::Refused(_, libc::EOPNOTSUPP) => {
            "this kernel has Landlock and does not use it (EOPNOTSUPP)".into()
        }
        trial => trial_words(trial),
    };
    match trial.works() {
        true => well(format!("a child entered a domain{number}")),
        false => said(format!("{}{number}", trial_words(trial)), follows, change),
    }
}

pub fn compiler(compiler: &Compiler) -> Found {
    let follows = "lab task check can't build your programs; lessons and the quiz need no compiler.";
    match compiler {
        Compiler::Links(name) => well(format!("{name} compiled and linked a program")),
        Compiler::Reads(name) => well(format!("{name} read a program and its headers")),
        // Its sentence ends with what to do.
        Compiler::None(why) => said(why.clone(), follows, ""),
        Compiler::Fails(name, first) => said(
            format!("{name} failed: {first}"),
            follows,
            "Install the C library's headers with it: sudo apt install gcc libc6-dev",
        ),
    }
}

/// What lab reads its evidence from.
pub fn evidence(proc: bool, table: bool) -> Found {
    let found = match (proc, table) {
        (true, true) => return well("/proc/sysvipc/shm lists the segments"),
        (true, false) => "/proc is there, but has no sysvipc/shm",
        _ => "/proc is not mounted",
    };
    said(
        found,
        "lab shows less evidence, asks shmctl(SHM_STAT_ANY) for it, and can't show mappings.",
        "As an administrator: sudo mount -t proc proc /proc",
    )
}

/// The pages of a segment.
pub fn pages(size: u64, small: bool, shmem: &str) -> Found {
    let found = format!("a page has {size} bytes; huge pages for segments: {shmem}");
    let change = "An administrator changes it: echo never | sudo tee \
        /sys/kernel/mm/transparent_hugepage/shmem_enabled; a page's size is the kernel's own.";
    match small {
        true => well(found),
        false => said(found, "lab leaves out the steps whose numbers are for pages of 4096 bytes.", change),
    }
}

/// SHM_HUGETLB.
pub fn huge_pages(total: Option<u64>, trial: &Trial) -> Found {
    let Some(total) = total else {
        return well("this kernel has none, and SHM_HUGETLB fails");
    };
    let answer = match trial {
        Trial::Works => "SHM_HUGETLB works".into(),
        Trial::Refused(call, errno) => format!("{call}(SHM_HUGETLB) returned {}", constants::errno(*errno)),
        other => trial_words(other),
    };
    said(
        format!("{} in the pool (vm.nr_hugepages); {answer}", counted(total, "huge page")),
        "The step of errnos that asks for huge pages comes out otherwise.",
        "An administrator changes it: sudo sysctl vm.nr_hugepages=NUMBER",
    )
}

pub fn terminal(size: Option<(u16, u16)>, term: &str, keys: bool, colour: bool) -> Found {
    let term = if term.is_empty() { "TERM is not set".into() } else { format!("TERM={term}") };
    let colour = if colour { "colour" } else { "no colour" };
    let Some((rows, columns)) = size.filter(|_| keys) else {
        return said(
            format!("input and output are not a terminal; {term}, {colour}"),
            "lab runs through without a pause, and asks nothing.",
            "Start it in a terminal, without a pipe; --line reads whole lines where single keys can't be read.",
        );
    };
    said(
        format!("{rows} rows, {columns} columns; {term}, {colour}"),
        "A step does not fit on the screen, so that you scroll back for its beginning.",
        "Make the window larger: 24 rows and 80 columns show every step whole.",
    )
}

/// Where lab keeps progress and records.
pub fn state_folder(folder: &Folder) -> Found {
    let follows = "lab keeps no progress, and no record of what a run makes on the host.";
    match folder {
        Folder::Writable { path, there: true } => well(format!("{path} is yours and can be written")),
        Folder::Writable { path, there: false } => {
            well(format!("there is none yet; lab can make it below {path}"))
        }
        Folder::Refused { path, errno } => said(
            format!("{path} can't be written: {}", constants::errno(*errno)),
            follows,
            "Name a folder of yours: export XDG_STATE_HOME=$HOME/.local/state",
        ),
        Folder::None(why) => said(
            why.clone(),
            follows,
            "Name a folder of yours: export XDG_STATE_HOME=/path/of/yours; with sudo, sudo -H sets root's own home.",
        ),
    }
}

/// Where the key files are made.
pub fn key_folder(folder: &Folder) -> Found {
    match folder {
        Folder::Writable { path, .. } => well(format!("lab makes the key files' folder in {path}")),
        Folder::Refused { errno, .. } => said(
            format!(
                "neither $TMPDIR, /tmp, /dev/shm nor your home takes a folder: {}",
                constants::errno(*errno)
            ),
            "lab can play no lesson, because ftok() needs a file.",
            "Name a folder of yours: export TMPDIR=$HOME/tmp",
        ),
        Folder::None(why) => said(why.clone(), "lab can play no lesson, because ftok() needs a file.", ""),
    }
}
