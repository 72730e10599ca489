//! The checks of `lab doctor`: a row each, in the order in which they are shown. A check asks the machine and words
//! nothing.

use std::path::Path;

use crate::constants;
use crate::facts::machine::{Finding, Folder, Namespace, SecondUser, Trial};
use crate::output::screen::{self, Colour, Display};
use crate::runner::{OTHER_UID, journal, scratch_place};
use crate::sys::evidence::IpcRow;
use crate::sys::namespace::Way;
use crate::sys::own_files::NotKept;
use crate::sys::terminal::{self, Modes};
use crate::sys::trials::{self, Limited};
use crate::sys::{errno_of, evidence, landlock_scope, process, settings, state_dir};
use crate::task::try_compiler;
use crate::text::path_text;

/// What a segment of a lesson takes at most on the host, in bytes.
const LARGEST_SEGMENT: u64 = 16 << 20;
/// How much of each limit is tried.
const PROCESSES: u64 = 24;
const DESCRIPTORS: u64 = 64;
const MEMORY: u64 = 256 << 20;

pub struct Check {
    pub group: &'static str,
    pub name: &'static str,
    pub look: fn(&Machine) -> Finding,
}

const fn row(group: &'static str, name: &'static str, look: fn(&Machine) -> Finding) -> Check {
    Check { group, name, look }
}

pub const CHECKS: [Check; 34] = [
    row("shared memory", "segments", segments),
    row("shared memory", "shmmax", |_| limit("shmmax", None, LARGEST_SEGMENT)),
    row("shared memory", "shmall", |_| {
        limit("shmall", pages_in_use(), LARGEST_SEGMENT / settings::page_size())
    }),
    row("shared memory", "shmmni", |_| limit("shmmni", segments_in_use(), 4)),
    row("shared memory", "shm_rmid_forced", removes_unattached),
    row("shared memory", "queues", queues),
    row("shared memory", "semaphores", semaphores),
    row("shared memory", "/proc", |_| proc()),
    row("shared memory", "leftovers", leftovers),
    row("sandbox", "ipc namespace", sandbox),
    row("sandbox", "user namespace", |machine| apart(machine, Namespace::User)),
    row("sandbox", "pid namespace", |machine| apart(machine, Namespace::Pid)),
    row("sandbox", "mount namespace", |machine| apart(machine, Namespace::Mount)),
    row("sandbox", "network namespace", |machine| apart(machine, Namespace::Network)),
    row("sandbox", "lower limits", |machine| Finding::SandboxLimits(trials::lower_limits(machine.way))),
    row("sandbox", "second user", second_user),
    row("sandbox", "landlock", landlock),
    row("tracing", "ptrace", ptrace),
    row("tracing", "seccomp", |_| Finding::Filters(trials::tried(trials::filter))),
    row("tracing", "compiler", |machine| Finding::Compiler(try_compiler::tried(machine.way))),
    row("memory and limits", "processes", processes),
    row("memory and limits", "descriptors", descriptors),
    row("memory and limits", "address space", memory),
    row("memory and limits", "locked memory", locked_memory),
    row("memory and limits", "pages", pages),
    row("memory and limits", "huge pages", huge_pages),
    row("memory and limits", "overcommit", |_| {
        read("/proc/sys/vm/overcommit_memory", Finding::LimitsPromises(settings::limits_promises()))
    }),
    row("memory and limits", "page 0", |_| {
        read("/proc/sys/vm/mmap_min_addr", Finding::GuardsPageZero(settings::guards_page_zero()))
    }),
    row("memory and limits", "random addresses", |_| {
        read(
            "/proc/sys/kernel/randomize_va_space",
            Finding::RandomAddresses(settings::randomises_addresses()),
        )
    }),
    row("memory and limits", "processors", |_| Finding::Processors(processors())),
    row("you and your terminal", "terminal", |_| terminal()),
    row("you and your terminal", "locale", |_| locale()),
    row("you and your terminal", "state folder", |_| Finding::StateFolder(state_folder())),
    row("you and your terminal", "key folder", |_| Finding::KeyFolder(key_folder())),
];

/// What several checks ask for, asked once.
pub struct Machine {
    probe: Trial,
    way: Option<Way>,
}

impl Machine {
    /// Looks whether there is a sandbox.
    pub fn look() -> Machine {
        let (probe, way) = trials::sandbox();
        Machine { probe, way }
    }

    /// Where a lesson is played.
    pub fn place(&self) -> &'static str {
        if self.way.is_some() { "sandbox" } else { "host" }
    }
}

fn segments(machine: &Machine) -> Finding {
    let trial = match machine.way {
        None => trials::tried(trials::segment),
        way => trials::tried_apart(way, trials::segment),
    };
    Finding::SharedMemory { trial, in_sandbox: machine.way.is_some() }
}

fn limit(name: &'static str, used: Option<u64>, least: u64) -> Finding {
    Finding::Limit { name, value: settings::limit(name), used, least }
}

fn rows() -> Option<Vec<crate::facts::event::Segment>> {
    evidence::segments().map(|(rows, _)| rows)
}

fn segments_in_use() -> Option<u64> {
    rows().map(|rows| rows.len() as u64)
}

fn pages_in_use() -> Option<u64> {
    let page = settings::page_size();
    rows().map(|rows| rows.iter().map(|row| row.size.div_ceil(page)).sum())
}

fn removes_unattached(machine: &Machine) -> Finding {
    Finding::RemovesUnattached { on: settings::removes_unattached(), sandbox: machine.way.is_some() }
}

fn queues(machine: &Machine) -> Finding {
    let limits = ["msgmax", "msgmnb", "msgmni"].map(settings::limit);
    Finding::Queues { trial: trials::tried_apart(machine.way, trials::queue), limits }
}

fn semaphores(machine: &Machine) -> Finding {
    let trial = trials::tried_apart(machine.way, trials::semaphores);
    Finding::Semaphores { trial, limits: settings::kernel_text("sem") }
}

fn proc() -> Finding {
    let there = |path: &str| Path::new(path).exists();
    Finding::Evidence { proc: there("/proc/self/stat"), table: there(evidence::TABLE) }
}

fn leftovers(_: &Machine) -> Finding {
    let known = rows();
    let rows = known.as_deref().unwrap_or_default();
    let records = journal::seen().dead;
    let runs: Vec<_> = records.iter().filter_map(journal::Dead::ledger_here).collect();
    let ours = runs.iter().map(|run| run.left_of(rows).len()).sum();
    let folders = runs.iter().filter(|run| run.scratch_left().is_some()).count();
    let listed = |table: &str, rows: Vec<IpcRow>| settings::is_readable(table).then_some(rows.len());
    Finding::Leftovers {
        ours,
        folders,
        segments: known.as_ref().map(|rows| rows.len().saturating_sub(ours)),
        sets: listed("/proc/sysvipc/sem", evidence::set_rows()),
        queues: listed("/proc/sysvipc/msg", evidence::queue_rows()),
    }
}

fn sandbox(machine: &Machine) -> Finding {
    Finding::Sandbox { trial: machine.probe.clone(), with_user: machine.way == Some(Way::UserAndIpc) }
}

fn apart(machine: &Machine, kind: Namespace) -> Finding {
    let trial = match machine.way {
        None if kind != Namespace::User => Trial::NotTried,
        way => trials::namespace(kind, way),
    };
    Finding::Namespace(kind, trial)
}

fn second_user(machine: &Machine) -> Finding {
    let who = match (process::own_uid(), machine.way) {
        (0, Some(Way::Ipc) | None) if trials::other_user(OTHER_UID) => SecondUser::Root,
        (0, _) | (_, None) => SecondUser::None,
        _ if trials::second_user(OTHER_UID) => SecondUser::Mapped,
        _ if trials::maps_users() => SecondUser::NoRange,
        _ => SecondUser::None,
    };
    Finding::SecondUser(who)
}

fn landlock(_: &Machine) -> Finding {
    let version = landlock_scope::interface();
    Finding::Landlock { trial: trials::tried(trials::landlock), version }
}

fn ptrace(_: &Machine) -> Finding {
    Finding::Ptrace { trial: trials::tried(trials::ptrace), change: settings::why_no_ptrace() }
}

/// A finding that rests on this file, which may not be there to be read.
fn read(path: &'static str, finding: Finding) -> Finding {
    if settings::is_readable(path) { finding } else { Finding::Unread(path) }
}

fn processes(_: &Machine) -> Finding {
    let (started, limit) = (trials::processes(PROCESSES), trials::limit(Limited::Processes));
    Finding::Processes { tried: PROCESSES, started, limit }
}

fn descriptors(_: &Machine) -> Finding {
    let (opened, limit) = (trials::descriptors(DESCRIPTORS), trials::limit(Limited::Files));
    Finding::Descriptors { tried: DESCRIPTORS, opened, limit }
}

fn memory(_: &Machine) -> Finding {
    let limit = trials::limit(Limited::AddressSpace);
    Finding::Memory { tried: MEMORY, trial: trials::memory(MEMORY), limit }
}

fn locked_memory(machine: &Machine) -> Finding {
    let trial = trials::tried_apart(machine.way, trials::locked_memory);
    Finding::LockedMemory { trial, limit: trials::limit(Limited::LockedMemory) }
}

fn pages(_: &Machine) -> Finding {
    Finding::Pages {
        size: settings::page_size(),
        small: settings::small_pages(),
        shmem: settings::huge_pages_for_segments(),
    }
}

fn huge_pages(machine: &Machine) -> Finding {
    let trial = trials::tried_apart(machine.way, trials::huge_pages);
    Finding::HugePages { total: settings::huge_pages(), trial }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn terminal() -> Finding {
    let term = std::env::var_os("TERM").unwrap_or_default().to_string_lossy().into_owned();
    let keys = terminal::interactive() && Modes::read().is_some();
    let size = terminal::interactive().then(terminal::size).flatten();
    let colour = Display::choose(Colour::Auto, false, false).colour;
    Finding::Terminal { size, term, keys, colour }
}

fn locale() -> Finding {
    let name = screen::locale().unwrap_or_default();
    Finding::Locale { utf8: screen::utf8(), name }
}

/// A folder that was found, tried with a write.
fn written(path: &Path, there: bool) -> Folder {
    let shown = path_text(path);
    match trials::write_in(path) {
        Ok(()) => Folder::Writable { path: shown, there },
        Err(error) => Folder::Refused { path: shown, errno: errno_of(&error) },
    }
}

fn state_folder() -> Folder {
    match state_dir::existing() {
        Ok(Some(ours)) => written(&ours.path(""), true),
        Ok(None) => match state_dir::nearest() {
            Ok(above) => written(&above, false),
            Err(error) => Folder::None(error.to_string()),
        },
        Err(NotKept::Alone(why)) => Folder::None(why),
        Err(NotKept::System(error)) => Folder::None(match error.raw_os_error() {
            Some(errno) => constants::errno(errno),
            None => error.to_string(),
        }),
    }
}

fn key_folder() -> Folder {
    match scratch_place() {
        Ok(path) => Folder::Writable { path: path_text(&path), there: true },
        Err(error) => Folder::Refused { path: String::new(), errno: errno_of(&error) },
    }
}
