//! One sentence for this very situation: what the call met in the kernel and what that means. Each sentence is
//! chosen by what was observed; none is said of a thing that was not.

use super::call::CompletedCall;
use super::story::{Attach, How, Story};
use crate::constants;
use crate::facts::event::{FileFact, Segment};
use crate::facts::outcome::{Outcome, Value};
use crate::sys::evidence;
use crate::text::quote;

/// The sentence for a finished call. `row` is the segment's after it.
pub fn of(
    story: &Story,
    done: &CompletedCall<'_>,
    segment: Option<i32>,
    row: Option<&Segment>,
    page: u64,
) -> String {
    let args = done.pending.args();
    match (done.function, &done.outcome) {
        ("shmget", Outcome::Failed(errno)) => shmget_failed(args, *errno, row),
        ("shmget", _) => shmget(story, done, row, page),
        ("shmat", Outcome::Failed(errno)) => shmat_failed(done, *errno),
        ("shmat", Outcome::Returned(Value::Address(at))) => shmat(story, done, *at, row),
        ("shmdt", Outcome::Failed(_)) => shmdt_failed(story, done),
        ("shmdt", _) => match (segment, row) {
            (Some(id), None) => format!("That was the last attach of segment {id}, which was marked: now it is destroyed."),
            (Some(id), Some(row)) if row.nattch == 0 => format!("Segment {id} is not attached anywhere now; it stays, with its content, until IPC_RMID."),
            (Some(id), Some(row)) => {
                let left = if row.nattch == 1 { "1 attach is".to_owned() } else { format!("{} attaches are", row.nattch) };
                format!("Segment {id} is not mapped at this address any more; {left} left of it.")
            }
            (None, _) => String::new(),
        },
        ("shmctl", _) => shmctl(done, row),
        ("semget", Outcome::Returned(_)) => "A set of semaphores: the usual way to order processes that share memory. What they do with it (semop) is not stopped at.".into(),
        ("ptrace", Outcome::Failed(libc::EPERM)) => "The program is a tracer itself, and a process can have only one: lab follows its children already.".into(),
        _ => String::new(),
    }
}

fn shmget(story: &Story, done: &CompletedCall<'_>, row: Option<&Segment>, page: u64) -> String {
    let args = done.pending.args();
    let (key, flags) = (args[0] as i32, args[2] as i32);
    let Some(row) = row else { return "The kernel returned an identifier.".into() };
    let known = story.life(row.shmid).is_some_and(|life| !life.destroyed);
    if known || row.cpid != done.pid {
        let by = match story.process(row.cpid) {
            Some(process) if process.pid == done.pid => "this process".to_owned(),
            Some(process) => process.role.clone(),
            None => format!("process {}, which is not of this program", row.cpid),
        };
        let surprise = if flags & libc::IPC_CREAT != 0 {
            " IPC_CREAT without IPC_EXCL takes what is there, with its size, mode and content."
        } else {
            ""
        };
        return format!("Segment {} has this key already, made by {by}.{surprise}", row.shmid);
    }
    let pages = row.size.div_ceil(page).max(1);
    let pages = if pages == 1 { "one page".to_owned() } else { format!("{pages} pages") };
    let new = if key == libc::IPC_PRIVATE {
        "IPC_PRIVATE always makes a new segment"
    } else {
        "No segment had this key, and the kernel made one"
    };
    format!("{new}: {} bytes, {pages} of zeros, mode 0{:o}.", row.size, row.mode & 0o777)
}

fn shmget_failed(args: &[u64; 6], errno: i32, row: Option<&Segment>) -> String {
    let (key, size, flags) = (args[0] as i32, args[1], args[2] as i32);
    let there = |row: &Segment| {
        format!(
            "segment {} has this key, {} bytes, mode 0{:o}, made by process {}",
            row.shmid,
            row.size,
            row.mode & 0o777,
            row.cpid
        )
    };
    match (errno, row) {
        (libc::ENOENT, _) if key == -1 => "The key is -1, what a failed ftok returns, and no segment has it.".into(),
        (libc::ENOENT, _) => "No segment has this key, and without IPC_CREAT none is made: whoever makes it has not run yet, used another key, or has removed it.".into(),
        (libc::EEXIST, Some(row)) => format!("IPC_EXCL insists on a new segment, and {}: perhaps left by an earlier run.", there(row)),
        (libc::EINVAL, Some(row)) if size > row.size => format!("It asks for {size} bytes, and {}: a segment does not grow.", there(row)),
        (libc::EINVAL, None) if size == 0 => "A new segment needs a size, and 0 was asked for.".into(),
        (libc::EINVAL, None) => match evidence::limit("shmmax") {
            Some(most) if size > most => format!("{size} bytes are more than this kernel allows for a segment (SHMMAX, {most})."),
            _ => format!("{}.", capital(constants::meaning("shmget", errno))),
        },
        (libc::EACCES, Some(row)) => format!("It asks for mode 0{:o}, and {}: that mode gives this user less.", flags & 0o777, there(row)),
        _ => format!("{}.", capital(constants::meaning("shmget", errno))),
    }
}

fn shmat(story: &Story, done: &CompletedCall<'_>, at: u64, row: Option<&Segment>) -> String {
    let (id, flags) = (done.pending.args()[0] as i32, done.pending.args()[2] as i32);
    let how = if flags & libc::SHM_RDONLY != 0 { "for reading only" } else { "for reading and writing" };
    let again = story.memory(done.pid).and_then(|process| process.attaches.of(id));
    let marked = row.is_some_and(|row| row.mode & 0o1000 != 0);
    let twice = again
        .map(|attach| format!(" This process has it attached at {:#x} as well.", attach.address))
        .unwrap_or_default();
    let late = if marked { " It is marked for removal: only Linux still lets it be attached." } else { "" };
    format!("Segment {id} is now mapped at {at:#x}, {how}.{twice}{late}")
}

fn shmat_failed(done: &CompletedCall<'_>, errno: i32) -> String {
    let (id, address) = (done.pending.args()[0] as i32, done.pending.args()[1]);
    let exists = !done.pending.before().is_empty();
    match errno {
        libc::EINVAL if id == -1 => "The identifier is -1, what a failed shmget returns.".into(),
        libc::EINVAL | libc::EIDRM if !exists => format!("There is no segment {id} (any more)."),
        libc::EINVAL if address != 0 => format!(
            "Segment {id} can't be mapped at {address:#x}: the address is unaligned, or something is mapped there. NULL lets the kernel choose."
        ),
        libc::EACCES => match done.pending.before().first() {
            Some(row) => format!(
                "Segment {id} has mode 0{:o} and belongs to user {}: that does not allow this attach.",
                row.mode & 0o777,
                row.uid
            ),
            None => format!("{}.", capital(constants::meaning("shmat", errno))),
        },
        _ => format!("{}.", capital(constants::meaning("shmat", errno))),
    }
}

fn shmdt_failed(story: &Story, done: &CompletedCall<'_>) -> String {
    let at = done.pending.args()[0];
    if at == u64::MAX {
        return "The address is -1, what a failed shmat returns.".into();
    }
    if at == 0 {
        return "The address is NULL: nothing was ever attached there.".into();
    }
    let Some(attaches) = story.memory(done.pid).map(|process| &process.attaches) else {
        return String::new();
    };
    let inside =
        |attach: &&Attach| (attach.address..attach.address.saturating_add(attach.size)).contains(&at);
    match attaches.below(at).filter(inside) {
        Some(attach) if attach.address == at => {
            return format!(
                "Segment {} was attached there, and shmdt does not find its beginning: munmap, mremap or another mapping has changed what is there.",
                attach.shmid
            );
        }
        Some(attach) => {
            return format!(
                "The address is {} bytes into segment {}, which is attached at {:#x}: shmdt wants exactly what shmat returned.",
                at - attach.address,
                attach.shmid,
                attach.address
            );
        }
        None => {}
    }
    let unmapped = |attach: &Attach| attach.closed.is_some_and(|closed| closed.how == How::Unmapped);
    match attaches.closed().rfind(|attach| attach.address == at) {
        Some(attach) if unmapped(attach) => format!(
            "Segment {} was attached there, until munmap, mremap or another mapping ended that: shmdt finds nothing of it.",
            attach.shmid
        ),
        Some(attach) => format!("Segment {} was attached there, and is detached already.", attach.shmid),
        None => match attaches.open().next() {
            Some(attach) => {
                format!("Nothing is attached there; segment {} is, at {:#x}.", attach.shmid, attach.address)
            }
            None => "Nothing is attached there.".into(),
        },
    }
}

fn shmctl(done: &CompletedCall<'_>, row: Option<&Segment>) -> String {
    let (id, command) = (done.pending.args()[0] as i32, done.pending.args()[1] as i32);
    match (&done.outcome, command) {
        (Outcome::Failed(libc::EINVAL | libc::EIDRM), _) if id == -1 => {
            "The identifier is -1, what a failed shmget returns.".into()
        }
        (Outcome::Failed(libc::EINVAL | libc::EIDRM), libc::IPC_RMID | libc::IPC_STAT | libc::IPC_SET)
            if done.pending.before().is_empty() =>
        {
            match evidence::with_key(id) {
                Some(shmid) => format!(
                    "There is no segment {id}; but segment {shmid} has this number as its key: shmctl wants the identifier."
                ),
                None => format!("There is no segment {id} (any more)."),
            }
        }
        (Outcome::Failed(errno), _) => format!("{}.", capital(constants::meaning("shmctl", *errno))),
        (_, libc::IPC_RMID) => match row {
            None => format!("Nobody had segment {id} attached: it is destroyed at once."),
            Some(row) if done.pending.before().first().is_some_and(|row| row.mode & 0o1000 != 0) => {
                format!(
                    "Segment {} was marked for removal already: the second IPC_RMID changes nothing and does no harm.",
                    row.shmid
                )
            }
            Some(row) => format!(
                "Segment {id} is marked (its key is 0 now): it works on until the last of its {} attaches is gone.",
                row.nattch
            ),
        },
        (_, libc::IPC_SET) => match done.pending.set() {
            Some(set) => format!("Owner and mode are now user {} and 0{:o}.", set.uid, set.mode & 0o777),
            None => "Owner and mode may have changed.".into(),
        },
        (_, libc::IPC_STAT) => "The kernel copied the segment's record into the program.".into(),
        _ => String::new(),
    }
}

/// What a file had to do with a key.
pub fn of_ftok(path: &[u8], file: Option<&FileFact>, key: i32) -> String {
    match file {
        Some(file) => format!(
            "The kernel saw only a stat. Its inode and device make the key: project {:#04x}{}, device {:#x} & 0xff, inode {} & 0xffff give {} again.",
            file.project,
            if (0..=0xff).contains(&file.project) { "" } else { " & 0xff" },
            file.device,
            file.inode,
            Value::Key(key)
        ),
        None => format!(
            "The program looked for {} and did not find it; a key of 0xffffffff follows: ftok needs a file that exists.",
            quote(path)
        ),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
