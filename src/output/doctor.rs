//! What `lab doctor` says: of each finding what was found, what follows for lab, and how it is changed, by whom. It asks
//! the machine nothing and knows no check by name.

use super::line::{Line, Style, counted, ink, labelled, plain};
use crate::constants;
use crate::facts::machine::{Compiler, Finding, Folder, Namespace, SecondUser, State, Trial};

/// The words for a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub found: String,
    /// What lab can't do because of it.
    pub follows: Option<String>,
    pub change: Option<String>,
}

/// What all checks come to.
#[derive(Debug, Default)]
pub struct Sum {
    rows: Vec<(&'static str, State)>,
    /// Why no lesson can be played, if none can.
    pub stops: Option<String>,
}

impl Sum {
    /// Counts a check.
    pub fn add(&mut self, name: &'static str, finding: &Finding, found: &Found) {
        self.rows.push((name, finding.state()));
        if finding.stops_lessons() && self.stops.is_none() {
            self.stops = Some(format!("{name}: {}", found.found));
        }
    }

    /// How many came out so.
    pub fn count(&self, state: State) -> usize {
        self.rows.iter().filter(|(_, found)| *found == state).count()
    }

    fn names(&self, state: State) -> String {
        let rows = self.rows.iter().filter(|(_, found)| *found == state);
        rows.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }
}

/// The states as a person and as a tool reads them.
const STATES: [(State, &str, &str, Style); 3] = [
    (State::Ok, "OK", "ok", Style::Good),
    (State::Note, "NOTE", "note", Style::Kernel),
    (State::No, "NO", "no", Style::Bad),
];

/// A state's name for tools.
pub fn state(state: State) -> &'static str {
    STATES.iter().find(|row| row.0 == state).map_or("", |row| row.2)
}

/// The line above a group's checks.
pub fn heading(group: &'static str, first: bool) -> Vec<Line> {
    let blank = if first { None } else { Some(Line::Blank) };
    let title = Line::Labelled { label: "ABOUT", pieces: vec![ink(Style::Strong, group)] };
    blank.into_iter().chain([title]).collect()
}

/// A check's lines: one where all is well.
pub fn lines(name: &str, state: State, found: &Found) -> Vec<Line> {
    let (label, style) =
        STATES.iter().find(|row| row.0 == state).map_or(("", Style::Plain), |row| (row.1, row.3));
    // The state stands in the column of the labels, and the check's name in the state's colour.
    let pieces = vec![ink(style, name), plain(format!(": {}", found.found))];
    let mut lines = vec![Line::Labelled { label, pieces }];
    if state != State::Ok {
        lines.extend(found.follows.as_ref().map(|what| labelled("", what.clone())));
        lines.extend(found.change.as_ref().map(|how| labelled("CHANGE", how.clone())));
    }
    lines
}

/// The last lines: how many of each, which are not well, and whether a lesson can be played.
pub fn end(sum: &Sum, place: &str) -> Vec<Line> {
    let count = |row: &(State, &str, &str, Style)| format!("{} {}", sum.count(row.0), row.1);
    let mut lines = vec![Line::Blank];
    lines.push(labelled("SUM", STATES.iter().map(count).collect::<Vec<_>>().join(", ")));
    for row in STATES.iter().rev().filter(|row| row.0 != State::Ok && sum.count(row.0) > 0) {
        lines.push(labelled(row.1, sum.names(row.0)));
    }
    let (style, text) = match (&sum.stops, place) {
        (Some(_), _) => (Style::Bad, "can't be played on this machine"),
        (None, "sandbox") => (Style::Good, "can be played, each in a sandbox: lab step-through"),
        (None, _) => (Style::Good, "can be played as far as they may on the host: lab step-through"),
    };
    lines.push(Line::Labelled { label: "LESSONS", pieces: vec![ink(style, text)] });
    lines
}

/// Found, what follows, how to change it: two of them may be empty.
fn said(found: impl Into<String>, follows: &str, change: &str) -> Found {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Found { found: found.into(), follows: some(follows), change: some(change) }
}

/// What came of a trial that did not work.
fn trial(trial: &Trial) -> String {
    match trial {
        Trial::Works => "it works".into(),
        Trial::Refused(call, errno) => {
            let (name, plain) = (constants::errno(*errno), constants::meaning(call, *errno));
            format!("{call}() returned {name}, {plain}")
        }
        Trial::Killed(signal) => format!("{} killed a process that tried it", constants::signal(*signal)),
        Trial::Silent => "the process that tried it did not answer".into(),
        Trial::NoProcess(errno) => {
            format!("no process could be started to try it: {}", constants::errno(*errno))
        }
        Trial::NotTried => "not tried, because it takes a sandbox of its own".into(),
    }
}

fn tried(of: &Trial, well: impl Into<String>, follows: &str, change: &str) -> Found {
    if of.works() { said(well, "", "") } else { said(trial(of), follows, change) }
}

/// `unlimited`, or the number.
fn most(limit: Option<u64>) -> String {
    limit.map_or("unlimited".into(), |limit| limit.to_string())
}

/// A number of the kernel's that could not be read.
fn known(value: Option<u64>) -> String {
    value.map_or("unknown".into(), |value| value.to_string())
}

const CONTAINER: &str = "In a container, start it with a seccomp profile that allows these calls: docker run \
    --security-opt seccomp=unconfined. A kernel without CONFIG_SYSVIPC needs an administrator to replace it.";
const NAMESPACES: &str = "An administrator allows it: sudo sysctl kernel.unprivileged_userns_clone=1 (Debian), sudo \
    sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), sudo sysctl user.max_user_namespaces=10000; in a \
    container: docker run --cap-add=SYS_ADMIN --security-opt seccomp=unconfined.";

/// The words for a finding.
pub fn words(finding: &Finding) -> Found {
    match finding {
        Finding::SharedMemory { trial, in_sandbox } => {
            let place = if *in_sandbox { "in a sandbox" } else { "on the host" };
            let well = format!("a segment was made, attached, written to, detached and removed {place}");
            tried(trial, well, "lab can play no lesson, no question and no task.", CONTAINER)
        }
        Finding::Limit { name, value, used, least } => limit(name, *value, *used, *least),
        Finding::RemovesUnattached { on, sandbox } => match (on, sandbox) {
            (false, _) => said("a segment outlives its last detach", "", ""),
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
            let with = if *with_user { "a user namespace with an IPC namespace in it" } else { "as root, an IPC namespace" };
            tried(
                trial,
                format!("lab can make a sandbox: {with}"),
                "Lessons that may play on the host do so, where other processes can see their segments; limits and \
                 every lesson from a file are refused, and so are lab task and lab orders.",
                NAMESPACES,
            )
        }
        Finding::Namespace(kind, trial) => namespace(*kind, trial),
        Finding::SandboxLimits(true) => said("a sandbox can have lower limits than the machine", "", ""),
        Finding::SandboxLimits(false) => said(
            "a sandbox can't have lower limits than the machine",
            "lab leaves out the steps of limits that fill a sandbox, because no limit of it can be lowered.",
            "It takes root, or user namespaces and a kernel that lets their root lower them (Linux 5.19).",
        ),
        Finding::SecondUser(who) => second_user(*who),
        Finding::Landlock { trial, version } => landlock(trial, *version),
        Finding::Ptrace { trial, change } => tried(
            trial,
            "a child was attached to, stopped, and its memory read",
            "lab trace, lab orders and lab task can't follow a program, and a lesson can't count a step's calls.",
            change,
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
            let found = format!("{started} of {tried} processes could be started at once; RLIMIT_NPROC is {}", most(*limit));
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
        Finding::Processors(count) => said(format!("{count} processors are there for lab"), "", ""),
        Finding::RandomAddresses(true) => said("each program gets another address space layout", "", ""),
        Finding::RandomAddresses(false) => said(
            "every program gets the same address space layout",
            "lab leaves out the steps that show one segment at two addresses, because both would be equal.",
            "Start lab without setarch -R, or as an administrator: sudo sysctl kernel.randomize_va_space=2",
        ),
        Finding::Pages { size, small, shmem } => pages(*size, *small, shmem),
        Finding::HugePages { total, trial } => huge_pages(*total, trial),
        Finding::LimitsPromises(true) => said("the kernel refuses to promise more memory than there is", "", ""),
        Finding::LimitsPromises(false) => said(
            "the kernel promises any amount of memory",
            "lab leaves out the steps that ask for more memory than there is and get ENOMEM.",
            "An administrator changes it: sudo sysctl vm.overcommit_memory=0",
        ),
        Finding::GuardsPageZero(true) => said("no ordinary process can map page 0", "", ""),
        Finding::GuardsPageZero(false) => said(
            "every process can map page 0",
            "lab leaves out the step that shows why a segment can't be attached there.",
            "An administrator changes it: sudo sysctl vm.mmap_min_addr=65536",
        ),
        Finding::Terminal { size, term, keys, colour } => terminal(*size, term, *keys, *colour),
        Finding::Locale { utf8: true, name } => said(format!("{name} is UTF-8"), "", ""),
        Finding::Locale { utf8: false, name } => said(
            format!("{} is not UTF-8", if name.is_empty() { "no locale" } else { name }),
            "lab draws its pictures in ASCII.",
            "Set one: export LANG=C.UTF-8",
        ),
        Finding::StateFolder(folder) => state_folder(folder),
        Finding::KeyFolder(folder) => key_folder(folder),
        Finding::Leftovers { ours, folders, segments, sets, queues } => {
            let others = [(segments, "segment"), (sets, "semaphore set"), (queues, "message queue")];
            let others = others.map(|(count, what)| counted(*count, what)).join(", ");
            let found = match ours + folders {
                0 => format!("no killed run has left anything; of others there are {others}"),
                _ => format!(
                    "killed runs have left {} and {}; of others there are {others}",
                    counted(*ours, "segment"),
                    counted(*folders, "folder")
                ),
            };
            let follows = "They take up memory and identifiers until somebody removes them. lab touches nothing of others.";
            said(found, follows, "lab clean removes what killed runs have left, and nothing else.")
        }
    }
}

fn limit(name: &str, value: Option<u64>, used: Option<u64>, least: u64) -> Found {
    let (unit, errno) = match name {
        "shmmax" => ("bytes a segment", "EINVAL"),
        "shmall" => ("pages in all", "ENOSPC"),
        _ => ("segments", "ENOSPC"),
    };
    let used = used.map_or(String::new(), |used| format!(", {used} in use"));
    let Some(value) = value else { return said(format!("the host's limit can't be read{used}"), "", "") };
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

fn namespace(kind: Namespace, trial: &Trial) -> Found {
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
    tried(trial, well, follows, NAMESPACES)
}

const OTHER_USERS: &str = "lab leaves out the steps of who-may that need another user.";

fn second_user(who: SecondUser) -> Found {
    match who {
        SecondUser::Root => said("as root, lab plays other users itself", "", ""),
        SecondUser::Mapped => said("newuidmap gives a sandbox a second user", "", ""),
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

fn landlock(trial: &Trial, version: Option<u32>) -> Found {
    let follows = "A stranger's lesson, a traced program under --sandbox and a task's programs have one wall less, and \
        lab says so before it plays them.";
    let change = "It takes Linux 6.12 for all of it, with landlock in the kernel's lsm= list: an administrator's work.";
    let number = version.map_or(String::new(), |version| format!("; version {version} of its interface"));
    match trial.works() {
        true => said(format!("a child entered a domain{number}"), "", ""),
        false => said(format!("{}{number}", self::trial(trial)), follows, change),
    }
}

fn compiler(compiler: &Compiler) -> Found {
    let follows = "lab task check can't build your programs; lessons and the quiz need no compiler.";
    match compiler {
        Compiler::Links(name) => said(format!("{name} compiled and linked a program"), "", ""),
        Compiler::Reads(name) => said(format!("{name} read a program and its headers"), "", ""),
        // Its sentence ends with what to do.
        Compiler::None(why) => said(why.clone(), follows, ""),
        Compiler::Fails(name, first) => said(
            format!("{name} failed: {first}"),
            follows,
            "Install the C library's headers with it: sudo apt install gcc libc6-dev",
        ),
    }
}

fn evidence(proc: bool, table: bool) -> Found {
    let found = match (proc, table) {
        (true, true) => return said("/proc/sysvipc/shm lists the segments", "", ""),
        (true, false) => "/proc is there, but has no sysvipc/shm",
        _ => "/proc is not mounted",
    };
    said(
        found,
        "lab shows less evidence, asks shmctl(SHM_STAT_ANY) for it, and can't show mappings.",
        "As an administrator: sudo mount -t proc proc /proc",
    )
}

fn pages(size: u64, small: bool, shmem: &str) -> Found {
    let found = format!("a page has {size} bytes; huge pages for segments: {shmem}");
    let change = "An administrator changes it: echo never | sudo tee \
        /sys/kernel/mm/transparent_hugepage/shmem_enabled; a page's size is the kernel's own.";
    match small {
        true => said(found, "", ""),
        false => said(found, "lab leaves out the steps whose numbers are for pages of 4096 bytes.", change),
    }
}

fn huge_pages(total: Option<u64>, trial: &Trial) -> Found {
    let Some(total) = total else {
        return said("this kernel has none, and SHM_HUGETLB fails", "", "");
    };
    let answer = match trial {
        Trial::Works => "SHM_HUGETLB works".into(),
        Trial::Refused(call, errno) => format!("{call}(SHM_HUGETLB) returned {}", constants::errno(*errno)),
        other => self::trial(other),
    };
    said(
        format!("{} in the pool (vm.nr_hugepages); {answer}", counted(usize::try_from(total).unwrap_or(0), "huge page")),
        "The step of errnos that asks for huge pages comes out otherwise.",
        "An administrator changes it: sudo sysctl vm.nr_hugepages=NUMBER",
    )
}

fn terminal(size: Option<(u16, u16)>, term: &str, keys: bool, colour: bool) -> Found {
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

fn state_folder(folder: &Folder) -> Found {
    let follows = "lab keeps no progress, and no record of what a run makes on the host.";
    match folder {
        Folder::Writable { path, there: true } => said(format!("{path} is yours and can be written"), "", ""),
        Folder::Writable { path, there: false } => {
            said(format!("there is none yet; lab can make it below {path}"), "", "")
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

fn key_folder(folder: &Folder) -> Found {
    match folder {
        Folder::Writable { path, .. } => said(format!("lab makes the key files' folder in {path}"), "", ""),
        Folder::Refused { errno, .. } => said(
            format!("neither $TMPDIR, /tmp, /dev/shm nor your home takes a folder: {}", constants::errno(*errno)),
            "lab can play no lesson, because ftok() needs a file.",
            "Name a folder of yours: export TMPDIR=$HOME/tmp",
        ),
        Folder::None(why) => said(why.clone(), "lab can play no lesson, because ftok() needs a file.", ""),
    }
}
