//! The words for each finding of `lab doctor`. It names the commands and lessons that do without, and who changes it.

use super::details::{
    compiler, evidence, huge_pages, key_folder, landlock, limit, namespace, pages, second_user, state_folder,
    terminal,
};
use super::{CONTAINER, Found, NAMESPACES, known, most, said, sentence, tried, well};
use crate::facts::machine::Finding;
use crate::output::line::counted;

pub fn words(finding: &Finding) -> Found {
    match finding {
        Finding::SharedMemory { trial, in_sandbox } => {
            let place = if *in_sandbox { "in a sandbox" } else { "on the host" };
            let well = format!("a segment was made, attached, written to, detached and removed {place}");
            tried(trial, well, "lab can play no lesson, no question and no task.", CONTAINER)
        }
        Finding::Limit { name, value, used, least } => limit(name, *value, *used, *least),
        Finding::RemovesUnattached { on, sandbox } => match (on, sandbox) {
            (false, _) => well("a segment outlives its last detach"),
            (true, true) => said(
                "the host removes every segment at its last detach",
                "lab server, lab client and --host refuse to start, because the server's segment would be gone before \
                 the client comes. Lessons in a sandbox are not affected.",
                "An administrator changes it: sudo sysctl kernel.shm_rmid_forced=0",
            ),
            (true, false) => said(
                "the host removes every segment at its last detach, and there is no sandbox",
                "lab can play no lesson, because the server's segment would be gone before the client comes.",
                "An administrator changes it: sudo sysctl kernel.shm_rmid_forced=0",
            ),
        },
        Finding::Queues { trial, limits: [max, bytes, count] } => {
            let well = format!(
                "a message queue was made, filled and removed; msgmax {}, msgmnb {}, msgmni {}",
                known(*max),
                known(*bytes),
                known(*count)
            );
            tried(trial, well, "lab leaves out the steps of why that send messages.", NAMESPACES)
        }
        Finding::Semaphores { trial, limits } => {
            let well = format!("a set was made, changed and removed; kernel.sem {limits}");
            tried(trial, well, "lab leaves out the steps of races that need a semaphore.", NAMESPACES)
        }
        Finding::Sandbox { trial, with_user } => {
            let with = if *with_user {
                "a user namespace with an IPC namespace in it"
            } else {
                "as root, an IPC namespace"
            };
            tried(
                trial,
                format!("lab can make a sandbox: {with}"),
                "Lessons that may play on the host do so, where other processes can see their segments. lab refuses the \
                 lesson limits, every lesson from a file, lab task and lab orders, because they need a sandbox.",
                NAMESPACES,
            )
        }
        Finding::Namespace(kind, trial) => namespace(*kind, trial),
        Finding::SandboxLimits(true) => well("a sandbox can have lower limits than the machine"),
        Finding::SandboxLimits(false) => said(
            "a sandbox can't have lower limits than the machine",
            "lab leaves out the steps of limits that fill a sandbox, because no limit of it can be lowered.",
            "It takes root, or user namespaces and a kernel that lets their root lower them.",
        ),
        Finding::SecondUser(who) => second_user(*who),
        Finding::Landlock { trial, version } => landlock(trial, *version),
        Finding::Ptrace { trial, change } => tried(
            trial,
            "a child was attached to, stopped, and its memory read",
            "lab trace, lab orders and lab task can't follow a program, and a lesson can't count a step's calls.",
            &sentence(change),
        ),
        Finding::Filters(trial) => tried(
            trial,
            "a filter was put on a child",
            "lab trace stops a program at every call, which is slower, and a stranger's lesson has one wall less.",
            CONTAINER,
        ),
        Finding::Compiler(compiler) => self::compiler(compiler),
        Finding::Evidence { proc, table } => evidence(*proc, *table),
        Finding::Processes { tried, started, limit } => {
            let found = format!(
                "{started} of {tried} processes could be started at once; RLIMIT_NPROC is {}",
                most(*limit)
            );
            said(
                found,
                "A lesson may end in the middle with EAGAIN from fork(), because it starts a process a role.",
                "Raise it with ulimit -u, end programs of yours, or have an administrator raise the limit in \
                 /etc/security/limits.conf.",
            )
        }
        Finding::Descriptors { tried, opened, limit } => said(
            format!("{opened} of {tried} files could be opened at once; RLIMIT_NOFILE is {}", most(*limit)),
            "A lesson may not start, because lab needs a few sockets for each process.",
            "Raise it: ulimit -n 1024",
        ),
        Finding::Memory { tried, trial, limit } => {
            let (mib, most) = (tried >> 20, most(*limit));
            self::tried(
                trial,
                format!("a process could map {mib} MiB; RLIMIT_AS is {most}"),
                &format!("RLIMIT_AS is {most}, so a step or a task that maps more gets ENOMEM."),
                "Raise it: ulimit -v unlimited",
            )
        }
        Finding::LockedMemory { trial, limit } => self::tried(
            trial,
            format!("SHM_LOCK of one page worked; RLIMIT_MEMLOCK is {}", most(*limit)),
            "The steps of shmctl and errnos that lock a segment come out otherwise.",
            "Raise it: ulimit -l 64; above the hard limit it takes an administrator.",
        ),
        Finding::Processors(1) => said(
            "1 processor is there for lab",
            "Processes take turns, so a race shows more rarely; lab plays such a step again until it does.",
            "taskset and a container's --cpus limit it; a virtual machine has it in its settings.",
        ),
        Finding::Processors(count) => well(format!("{count} processors are there for lab")),
        Finding::RandomAddresses(true) => well("each program gets another address space layout"),
        Finding::RandomAddresses(false) => said(
            "every program gets the same address space layout",
            "lab leaves out the steps that show one segment at two addresses, because both would be equal.",
            "Start lab without setarch -R, or as an administrator: sudo sysctl kernel.randomize_va_space=2",
        ),
        Finding::Pages { size, small, shmem } => pages(*size, *small, shmem),
        Finding::HugePages { total, trial } => huge_pages(*total, trial),
        Finding::LimitsPromises(true) => well("the kernel refuses to promise more memory than there is"),
        Finding::LimitsPromises(false) => said(
            "the kernel promises any amount of memory",
            "lab leaves out the steps that ask for more memory than there is and get ENOMEM.",
            "An administrator changes it: sudo sysctl vm.overcommit_memory=0",
        ),
        Finding::GuardsPageZero(true) => well("no ordinary process can map page 0"),
        Finding::GuardsPageZero(false) => said(
            "every process can map page 0",
            "lab leaves out the step that shows why a segment can't be attached there.",
            "An administrator changes it: sudo sysctl vm.mmap_min_addr=65536",
        ),
        Finding::Terminal { size, term, keys, colour } => terminal(*size, term, *keys, *colour),
        Finding::Locale { utf8: true, name } => well(format!("{name} is UTF-8")),
        Finding::Locale { utf8: false, name } => said(
            match name.as_str() {
                "" => "neither LC_ALL, LC_CTYPE nor LANG names a locale, so it is not UTF-8".into(),
                name => format!("{name} is not UTF-8"),
            },
            "lab draws its pictures in ASCII.",
            "Set one: export LANG=C.UTF-8",
        ),
        Finding::StateFolder(folder) => state_folder(folder),
        Finding::KeyFolder(folder) => key_folder(folder),
        Finding::Unread(path) => said(
            format!("{path} can't be read"),
            "lab leaves out the steps that depend on it.",
            "Where /proc is not mounted, an administrator does it: sudo mount -t proc proc /proc",
        ),
        Finding::Leftovers { ours, folders, segments, sets, queues } => {
            let others = [(segments, "segment"), (sets, "semaphore set"), (queues, "message queue")];
            let others = others.map(|(count, what)| match count {
                Some(count) => counted(*count, what),
                None => format!("{what}s that can't be counted"),
            });
            let others = others.join(", ");
            let found = match ours + folders {
                0 => format!("no killed run has left anything; of others there are {others}"),
                _ => format!(
                    "killed runs have left {} and {}; of others there are {others}",
                    counted(*ours, "segment"),
                    counted(*folders, "folder")
                ),
            };
            let follows = "They take up memory and identifiers until their owner or root removes them. lab never removes what others made.";
            said(found, follows, "lab clean removes what killed runs have left, and nothing else.")
        }
    }
}
