//! What each process was doing when the time was up, and what it waited for, in sentences. Pure functions.

use crate::constants;
use crate::facts::event::Source;
use crate::output::evidence::{shown, source_line};
use crate::output::line::{Line, labelled};
use crate::output::phrase::{counted, in_brackets, listed};
use crate::sys::watchdog::Why;
use crate::text;
use crate::trace::findings::{Detail, HeldLock, RingLink, RingWait, SleptIn};
use crate::trace::{AtTimeout, Doing, End, Party, Polled, Wait, Waiter};

/// Calls in which programs are found asleep and of which no more is known: the number, and what it is to be in there.
const SLEEPS: &[(libc::c_long, &str)] = &[
    (libc::SYS_semop, "waits in semop for a semaphore that lab can't look at"),
    (libc::SYS_semtimedop, "waits in semtimedop for a semaphore that lab can't look at"),
    (libc::SYS_rt_sigtimedwait, "waits in sigwait for a signal"),
    (libc::SYS_rt_sigsuspend, "waits in sigsuspend for a signal"),
    (libc::SYS_accept, "waits in accept for a connection"),
    (libc::SYS_flock, "waits in flock for a lock on a file"),
    (libc::SYS_fcntl, "waits in fcntl for a lock on a file"),
    (libc::SYS_ppoll, "waits in poll"),
    (libc::SYS_pselect6, "waits in select"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_pause, "waits in pause for a signal"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_poll, "waits in poll"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_select, "waits in select"),
];

/// What each process was doing when the time was up; none where it was not.
pub fn timeout(end: &End) -> Option<Vec<String>> {
    let End::TimedOut(found) = end else { return None };
    let told = |found| {
        let (text, source) = told(found);
        text + &in_brackets(source)
    };
    Some(found.iter().map(told).collect())
}

/// The same as lines, with the line of source that each is in.
pub(super) fn lines(end: &End) -> Vec<Line> {
    let End::TimedOut(found) = end else { return Vec::new() };
    let lines = |found| {
        let (text, source) = told(found);
        [Some(labelled("TIMEOUT", text)), source.map(source_line)]
    };
    let idle = |one: &&AtTimeout| matches!(one, AtTimeout::Process(waiter) if waiter.idle);
    let busy: Vec<&AtTimeout> = found.iter().filter(|one| !idle(one)).collect();
    // A shell that waits is reported only where no other process is left to report.
    if busy.is_empty() {
        return found.iter().flat_map(lines).flatten().collect();
    }
    busy.into_iter().flat_map(lines).flatten().collect()
}

fn told(found: &AtTimeout) -> (String, Option<&Source>) {
    match found {
        AtTimeout::Process(waiter) => {
            let thread = waiter.thread.map(|tid| format!(" (thread {tid})")).unwrap_or_default();
            let text = format!("{} {}{thread} {}", waiter.role, waiter.pid, doing(waiter));
            (text, waiter.source.as_ref())
        }
        AtTimeout::More(more) => (format!("{more} more processes were running"), None),
        AtTimeout::LabStopped => (kept_from(Why::Deadline), None),
    }
}

fn doing(waiter: &Waiter) -> String {
    match &waiter.doing {
        Doing::Running { polls: Some(polls) } => format!(
            "runs in its own code, and reads {}, which {}; lab did not see what it waits for",
            span(polls),
            holds(&polls.bytes)
        ),
        Doing::Running { polls: None } => {
            format!("runs in its own code, perhaps in a loop that does not end{}", attached(waiter))
        }
        Doing::InCall(number) => {
            let known = SLEEPS.iter().find(|(call, _)| call == number);
            let call = || format!("is in {}", constants::system_call(number.unsigned_abs()));
            known.map_or_else(call, |(_, words)| (*words).into())
        }
        Doing::Waiting(wait) => waits(waiter, wait),
        Doing::Halted => "was stopped by a signal, and nothing continued it".into(),
        Doing::Hidden => "does something that lab can't see".into(),
    }
}

/// What lab did not do because it did not run.
pub(super) fn kept_from(why: Why) -> String {
    let what = match why {
        Why::Deadline => "see the time limit pass".to_owned(),
        Why::Signal(signal) => format!("hand {} on", constants::signal(signal)),
    };
    format!(
        "lab itself was kept from running, perhaps by the program, and did not {what}: its watchdog ended the program"
    )
}

/// What a process that waits without a call may be looking at.
fn attached(waiter: &Waiter) -> String {
    match &waiter.holds {
        Some((shmid, bytes)) if !bytes.is_empty() => {
            format!("; segment {shmid}, which it has attached, begins with {}", shown(bytes))
        }
        Some((shmid, _)) => format!("; it has segment {shmid} attached"),
        None => String::new(),
    }
}

fn span(polls: &Polled) -> String {
    match polls.bytes.len() {
        1 => format!("byte {} of segment {}", polls.offset, polls.shmid),
        many => format!("the {many} bytes from byte {} of segment {} on", polls.offset, polls.shmid),
    }
}

fn holds(bytes: &[u8]) -> String {
    let value = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    match bytes {
        [] => "lab can't read".into(),
        [one] if one.is_ascii_graphic() => format!("holds {one} ('{}')", char::from(*one)),
        bytes => format!("hold{} {}", if bytes.len() == 1 { "s" } else { "" }, value(bytes)),
    }
}

/// What a thread waits for.
fn waits(waiter: &Waiter, wait: &Wait) -> String {
    match wait {
        Wait::Semaphore { set, number, change, now, .. } => {
            let need = match change {
                0 => "to become 0".to_owned(),
                -1 => "to be at least 1".into(),
                change => format!("to be at least {}", -i32::from(*change)),
            };
            let state = now.as_ref().map_or("lab can't read its value".to_owned(), |(value, last)| {
                let last = last.as_ref().map_or(", and no process has changed it since".into(), |last| {
                    let again = if last.pid == waiter.pid { " itself" } else { "" };
                    let fate = fate(last).filter(|_| last.pid != waiter.pid).unwrap_or_default();
                    format!(", and {}{again} changed it last{fate}", name(last))
                });
                format!("its value is {value}{last}")
            });
            format!("waits in semop for semaphore {number} of set {set} {need}: {state}")
        }
        Wait::Futex { address, word, private, place, owner, .. } => {
            let what = match place {
                Some((shmid, offset)) => format!("at byte {offset} of segment {shmid}"),
                None => format!("at {address:#x}, which is in no segment"),
            };
            let word = word.map(|word| format!(": the word there is {word}")).unwrap_or_default();
            let alone = match (private, place) {
                (true, Some(_)) => format!(
                    ". The wait is private to this process (FUTEX_PRIVATE_FLAG), so no other process can wake {}",
                    waiter.role
                ),
                _ => String::new(),
            };
            let owner = owner.as_ref().map(|owner| {
                format!(
                    ", and the word after the next, where glibc keeps a mutex's owner, names {}{}",
                    name(owner),
                    fate(owner).unwrap_or_default()
                )
            });
            format!(
                "waits in futex for a lock, a semaphore or a condition {what}{word}{}{alone}",
                owner.unwrap_or_default()
            )
        }
        Wait::Children { children } if children.is_empty() => "waits for a child to end".into(),
        Wait::Children { children } => format!("waits for {} to end", names(children, "or")),
        Wait::Pipe { writes, other, own, .. } => {
            let (what, end) = match writes {
                true => ("room in a pipe", "reading"),
                false => ("bytes from a pipe", "writing"),
            };
            let holders = match (other.is_empty(), own) {
                (true, true) => format!(
                    "{} itself is the only process of the program that has it open for {end}",
                    waiter.role
                ),
                (true, false) => format!("no process of the program has it open for {end}"),
                (false, true) => format!(
                    "{} has it open for {end}, and so has {} itself",
                    names(other, "and"),
                    waiter.role
                ),
                (false, false) => format!(
                    "{} {} it open for {end}",
                    names(other, "and"),
                    if other.len() == 1 { "has" } else { "have" }
                ),
            };
            format!("waits for {what}: {holders}")
        }
        Wait::File { file } if file.starts_with("/dev/pts/") || file == "/dev/console" => {
            "waits for input from the terminal".into()
        }
        Wait::File { file } if file.starts_with("socket:") => "waits at a socket".into(),
        Wait::File { file } => format!("waits at {}", text::quote(file.as_bytes())),
        Wait::Queue { queue, sends, messages } => {
            let state = messages.map(|count| format!(", which holds {}", counted(count, "message")));
            let what = if *sends { "room in" } else { "a message from" };
            format!("waits for {what} queue {queue}{}", state.unwrap_or_default())
        }
        Wait::Sleep => format!("is asleep in sleep{}", attached(waiter)),
    }
}

/// A process by its name, and by its number if it is not of this program.
pub(super) fn name(party: &Party) -> String {
    if party.ours {
        party.role.clone()
    } else {
        format!("process {}, which is not of this program,", party.pid)
    }
}

/// What became of it.
fn fate(party: &Party) -> Option<String> {
    let role = &party.role;
    Some(match (party.alive, party.signal) {
        (true, _) if party.ours => format!(" ({role} still runs)"),
        (true, _) => return None,
        (false, Some(signal)) => format!("; {role} was killed by {}", constants::signal(signal)),
        (false, None) => format!("; {role} has ended"),
    })
}

fn names(parties: &[Party], word: &str) -> String {
    listed(&parties.iter().map(name).collect::<Vec<_>>(), word)
}

/// What a finding about a wait means for this very program.
pub fn finding(detail: &Detail) -> String {
    let place = |at: &Option<String>| in_brackets(at.as_ref());
    match detail {
        Detail::PrivateLock { user, shmid, offset, was, is, at, woken } => {
            let waits = if *woken { "waited" } else { "waits" };
            let changed = match is {
                Some(is) if *woken => format!(
                    " The word there was {was} when the wait began and {is} when a child of {user} ended. Only the SIGCHLD of that end woke {user}, because lab traces it: alone, a process without a handler for SIGCHLD sleeps on."
                ),
                Some(is) if is != was => format!(
                    " The word there was {was} when the wait began and is {is} now: the process that changed it could not wake {user}."
                ),
                _ => String::new(),
            };
            format!(
                "{user}{} {waits} for a lock at byte {offset} of segment {shmid}, and the lock is private to a process: the kernel wakes only waiters of the process that unlocks.{changed} In shared memory a mutex needs pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED), and sem_init a second argument of 1.",
                place(at)
            )
        }
        Detail::DeadHolder { user, at, holder, signal, what } => {
            let ended = signal
                .map_or("has ended".into(), |signal| format!("was killed by {}", constants::signal(signal)));
            match what {
                HeldLock::Semaphore { set, number } => format!(
                    "{user}{} waits for semaphore {number} of set {set}. {holder} changed it last and {ended}: the kernel takes back what a dead process did to a semaphore only where its semop had SEM_UNDO.",
                    place(at)
                ),
                HeldLock::Mutex { shmid, offset } => format!(
                    "{user}{} waits for the mutex at byte {offset} of segment {shmid}, and its owner, {holder}, {ended}. Only a robust mutex (pthread_mutexattr_setrobust) tells the next process, with EOWNERDEAD.",
                    place(at)
                ),
            }
        }
        Detail::SemaphoreNotSet { user, at, set, number, need } => format!(
            "{user}{} waits for semaphore {number} of set {set} to be at least {need}. It has been 0 since semget() made the set, because no process has called semctl() with SETVAL or SETALL, and no semop() has raised it. Every process of the program slept when the time was up, so none was about to. Let the process that makes the set give each semaphore its first value.",
            place(at)
        ),
        Detail::AllAsleep { waits } => {
            let one = |wait: &SleptIn| {
                let last = wait.last.as_ref().map(|last| match *last == wait.role {
                    true => format!(" and which {last} itself changed last"),
                    false => format!(" and which {last} changed last"),
                });
                let (role, at, number, set, value) =
                    (&wait.role, place(&wait.at), wait.number, wait.set, wait.value);
                format!(
                    "{role}{at} waits for semaphore {number} of set {set}, which is {value}{}",
                    last.unwrap_or_default()
                )
            };
            let cure = match waits.len() {
                1 => "",
                _ => {
                    " Whoever waits with a lock in hand keeps out the process that could help: wait for the count first, and take the lock after it."
                }
            };
            format!(
                "{}. Every process of the program slept when the time was up, so none of them raises a semaphore any more.{cure}",
                waits.iter().map(one).collect::<Vec<_>>().join("; ")
            )
        }
        Detail::Deadlock { waits } => {
            let one = |link: &RingLink| {
                let at = place(&link.at);
                let (role, next) = (&link.role, &link.next);
                match &link.what {
                    RingWait::Semaphore { set, number } => {
                        format!(
                            "{role}{at} waits for semaphore {number} of set {set}, which {next} changed last"
                        )
                    }
                    RingWait::Mutex { shmid, offset } => {
                        format!(
                            "{role}{at} waits for the mutex at byte {offset} of segment {shmid}, whose owner is {next}"
                        )
                    }
                    RingWait::Child => format!("{role}{at} waits for {next} to end"),
                    RingWait::Pipe => format!("{role}{at} waits at a pipe whose other end {next} has"),
                }
            };
            let lock =
                |link: &RingLink| matches!(link.what, RingWait::Semaphore { .. } | RingWait::Mutex { .. });
            let locks = waits.iter().all(lock);
            let links: Vec<String> = waits.iter().map(one).collect();
            format!(
                "{}. All of them slept when the time was up, and unless another process helps, none goes on.{}",
                links.join("; "),
                if locks { " Take locks in the same order everywhere." } else { "" }
            )
        }
        _ => String::new(),
    }
}
