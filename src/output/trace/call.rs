//! What a call met and what that means, in a sentence: one for each variant of [`Meaning`]. Pure functions.

use super::fault;
use crate::constants;
use crate::facts::meaning::{Existing, Holding, LimitMet, Meaning, ObjectKind, Removal};
use crate::output::phrase::{capital, counted, in_brackets};

/// What a call means, in a sentence or two.
pub fn sentence(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Errno { function, errno } => capital(constants::meaning(function, *errno)) + ".",
        Meaning::KeyMinusOne => "The key is -1, what a failed ftok returns, and no segment has it.".into(),
        Meaning::IdMinusOne => "The identifier is -1, what a failed shmget returns.".into(),
        Meaning::AddressMinusOne => "The address is -1, what a failed shmat returns.".into(),
        Meaning::NoSegment { shmid, elsewhere: Some(role), .. } => format!("Segment {shmid} is in the IPC namespace of {role}, and this process is in another one, where no segment has this identifier. An identifier means something in one namespace only (with Docker: --ipc=host, or --ipc=container:NAME for both)."),
        Meaning::NoSegment { shmid, removal: Some(removal), .. } => format!("There is no segment {shmid} any more, because {} before this call.", removed(removal, "it")),
        Meaning::NoSegment { shmid, .. } => format!("There is no segment {shmid}: it was removed before lab looked, or there never was one."),

        Meaning::ReturnedId => "The kernel returned an identifier.".into(),
        Meaning::Found { there, own, creat, asked } => {
            let by = if *own { "made by this process".to_owned() } else { maker(there) };
            let size = match (asked, there.size) {
                (0, _) => String::new(),
                (asked, size) if *asked == size => String::new(),
                (asked, size) => format!(" It has {size} bytes, and {asked} were asked for."),
            };
            let surprise = " IPC_CREAT without IPC_EXCL takes what is there, with its size, mode and content.";
            let surprise = if *creat && !own { surprise } else { "" };
            format!("Segment {} has this key already, {by}.{size}{surprise}", there.shmid)
        }
        Meaning::Created { private, size, pages, mode } => {
            let new = match private {
                true => "IPC_PRIVATE always makes a new segment",
                false => "No segment had this key, and the kernel made one",
            };
            let pages = if *pages == 1 { "one page".to_owned() } else { format!("{pages} pages") };
            format!("{new}: {}, {pages} of zeros, mode 0{mode:o}.", counted(*size, "byte"))
        }
        Meaning::NoSegmentWithKey { removal: Some(removal) } => {
            let then = match removal.marked {
                true => format!("a segment that is marked has no key from then on, so no shmget finds it, although segment {} was still attached", removal.shmid),
                false => "its key went with it".to_owned(),
            };
            format!("No segment has this key any more, because {} before this call: {then}.", removed(removal, &format!("segment {}", removal.shmid)))
        }
        Meaning::NoSegmentWithKey { removal: None } => "No segment has this key now, and without IPC_CREAT shmget makes none: whoever makes it has not run yet, or used another key.".into(),
        Meaning::ExistsAlready { there } => format!("IPC_EXCL insists on a new segment, and {}.{}", existing(there), cure(there)),
        Meaning::TooSmall { asked, there } => format!("It asks for {asked} bytes, and {}. A segment does not grow.{}", existing(there), cure(there)),
        Meaning::ModeRefused { asked, there } => format!("It asks for mode 0{asked:03o}, and segment {} of user {} has this key and mode 0{:03o}, which gives this user less. It was {}. Ask for what the mode gives, or let the owner change it.{}", there.shmid, there.uid, there.mode, maker(there), cure(there)),
        Meaning::NoSize { negative } => {
            let overflow = "An earlier size of this process did not fit into an int, and so it may be with this one: of 4294967296 an int keeps nothing but 0. Compute sizes in size_t.";
            format!("A new segment needs a size, and 0 was asked for.{}{}", if *negative { " " } else { "" }, if *negative { overflow } else { "" })
        }
        Meaning::NegativeSize { asked, int } => format!("The size {asked} is {int} as an int: the program computed the size in an int, where it did not fit and became negative. Compute sizes in size_t."),
        Meaning::LimitReached { met } => limit(met),

        Meaning::Attached { shmid, address, read_only, again, marked } => {
            let how = if *read_only { "for reading only" } else { "for reading and writing" };
            let twice = again.as_ref()
                .map(|at| format!(" This process has it attached at {at} as well."))
                .unwrap_or_default();
            let late = " It is marked for removal: only Linux still lets it be attached.";
            let late = if *marked { late } else { "" };
            format!("Segment {shmid} is now mapped at {address}, {how}.{twice}{late}")
        }
        Meaning::AddressRefused { shmid, address } => format!("Segment {shmid} can't be mapped at {address}: the address is unaligned, or something is mapped there. NULL lets the kernel choose."),
        Meaning::AttachRefused { there } => format!("Segment {} belongs to user {}, and its mode 0{:03o} does not allow this attach. It was {}.{}", there.shmid, there.uid, there.mode, maker(there), cure(there)),

        Meaning::DestroyedByDetach { shmid } => format!("That was the last attach of segment {shmid}, which was marked: now it is destroyed."),
        Meaning::GoneMeanwhile { shmid } => format!("Segment {shmid} is destroyed now: it was marked, and the other processes that had it attached have left it at the same time."),
        Meaning::Detached { shmid, attaches: 0, .. } => format!("Segment {shmid} is not attached anywhere now; it stays, with its content, until IPC_RMID."),
        Meaning::Detached { shmid, again: Some(again), .. } => format!("Segment {shmid} is not mapped at this address any more; this process still has it attached at {again}."),
        Meaning::Detached { shmid, attaches, .. } => {
            let left = if *attaches == 1 { "1 attachment is".into() } else { format!("{attaches} attachments are") };
            format!("Segment {shmid} is not mapped at this address any more; {left} left of it.")
        }
        Meaning::AddressNull => "The address is NULL: nothing was ever attached there.".into(),
        Meaning::BeginningGone { shmid } => format!("Segment {shmid} was attached there, and shmdt does not find its beginning: munmap, mremap or another mapping has changed what is there."),
        Meaning::InsideSegment { shmid, offset, start } => format!("The address is {offset} bytes into segment {shmid}, which is attached at {start}: shmdt wants exactly what shmat returned."),
        Meaning::UnmappedBefore { shmid } => format!("Segment {shmid} was attached there, until munmap, mremap or another mapping ended that: shmdt finds nothing of it."),
        Meaning::DetachedBefore { shmid } => format!("Segment {shmid} was attached there, and is detached already."),
        Meaning::AttachedElsewhere { shmid, start } => format!("Nothing is attached there; segment {shmid} is, at {start}."),
        Meaning::NothingAttached => "Nothing is attached there.".into(),

        Meaning::KeyForId { given, shmid } => format!("There is no segment {given}; but segment {shmid} has this number as its key: shmctl wants the identifier."),
        Meaning::DestroyedAtOnce { shmid } => format!("No process had segment {shmid} attached: it is destroyed at once."),
        Meaning::RemovedElsewhere { shmid } => format!("Segment {shmid} is marked for removal in this process's IPC namespace. Whether it is destroyed already, lab can't see from here."),
        Meaning::AlreadyMarked { shmid } => format!("Segment {shmid} was marked for removal already: the second IPC_RMID changes nothing and does no harm."),
        Meaning::MarkedWhileAttached { shmid, attaches, holders } => {
            let last = match attaches {
                1 => "its one attach is".to_owned(),
                many => format!("the last of its {many} attachments is"),
            };
            let by = if holders.is_empty() { String::new() } else { format!(" Attached in: {}.", holders.join(", ")) };
            format!("Segment {shmid} is marked (its key is 0 now): it works on until {last} gone.{by}")
        }
        Meaning::ControlRefused { there } => format!("Segment {} belongs to user {}, and its mode is 0{:03o}: this command is for its owner, its creator and root, and IPC_STAT for whom the mode lets read. It was {}.", there.shmid, there.uid, there.mode, maker(there)),
        Meaning::OwnerAndModeSet { uid, mode } => format!("Owner and mode are now user {uid} and 0{mode:o}."),
        Meaning::PerhapsSet => "Owner and mode may have changed.".into(),
        Meaning::NoCommand { command } => format!("shmctl has no command {command}, and did nothing."),
        Meaning::RecordOfUnknown => "The kernel copied the segment's record into the program.".into(),
        Meaning::RecordRead { attaches, own, others, .. } => {
            let strangers: Vec<String> = others.iter().filter(|one| !one.ours).map(|one| one.pid.to_string()).collect();
            let cure = match strangers.as_slice() {
                [] => String::new(),
                all => format!(" What is not of this program was there before it: if an earlier run has left it, end it (`kill {}`).", all.join(" ")),
            };
            format!("The kernel copied the segment's record into the program: nattch is {attaches}{}.{cure}", holding(*attaches, *own, others))
        }

        Meaning::ObjectMade { kind, id, count, private } => {
            let new = if *private { "IPC_PRIVATE always makes a new one" } else { "the key was free" };
            format!("The kernel made {}, because {new}.", object(*kind, *id, *count))
        }
        Meaning::ObjectFound { kind, id, count, maker } => {
            format!("{} has this key already, made by {}.", capital(&object(*kind, *id, *count)), made_by(maker.as_ref()))
        }
        Meaning::ObjectExists { kind, id, count, maker } => {
            let cure = match maker {
                Some(_) => String::new(),
                None => format!(" If no process uses it any more, remove it with `{}` and run again.", remove(*kind, *id)),
            };
            format!(
                "IPC_EXCL insists on a new one, and {} has this key, made by {}.{cure}",
                object(*kind, *id, *count),
                made_by(maker.as_ref())
            )
        }
        Meaning::NoObjectWithKey { kind } => {
            format!("No {} has this key, and without IPC_CREAT the call does not make one.", kind_of(*kind))
        }
        Meaning::ObjectRemoved { kind, id } => match kind {
            ObjectKind::Set => format!("Semaphore set {id} is removed at once, and whoever waits in it gets EIDRM."),
            ObjectKind::Queue => format!("Message queue {id} is removed at once, with the messages in it."),
        },
        Meaning::TracedAlready => "The program is a tracer itself, and a process can have only one: lab follows its children already.".into(),
        Meaning::KeyOfFile { project, device, inode, key } => {
            let cut = if (0..=0xff).contains(project) { "" } else { " & 0xff" };
            format!(
                "ftok() asked the kernel only about the file, and put the key together: project {project:#04x}{cut}, device {device:#x} & 0xff, inode {inode} & 0xffff give {key}."
            )
        }
        Meaning::NoFile { path, .. } => format!("The program looked for {path} and did not find it, so ftok returned -1, which is 0xffffffff as a key: ftok needs a file that exists."),

        Meaning::BorrowsMemory { child } => format!("{child} borrows this process's memory until it runs another program."),
        Meaning::Inherits { child, attaches, shmid } => match (attaches, shmid) {
            (1, Some(shmid)) => format!("{child} inherits the attachment of segment {shmid}: one attachment more."),
            (0, _) => format!("{child} begins as a copy; nothing is attached to inherit."),
            (attaches, _) => format!("{child} inherits {attaches} attachments."),
        },
        Meaning::Becomes { was, name, attaches, shmid } => {
            let lost = match (attaches, shmid) {
                (1, Some(shmid)) => format!(" Its attachment of segment {shmid} is gone: attachments do not survive exec."),
                (0, _) => String::new(),
                (attaches, _) => format!(" Its {attaches} attachments are gone: attachments do not survive exec."),
            };
            format!("{was} becomes {name}.{lost}")
        }
        Meaning::ExitDetaches { attaches: 1, shmid } => format!("Segment {shmid} was still attached: the exit detaches it."),
        Meaning::ExitDetaches { attaches, .. } => format!("{attaches} attachments were still there: the exit ends them."),
        Meaning::Fault { why } => fault::sentence(why),
    }
}

/// Whose attachments nattch counts, where there are any.
fn holding(attaches: u64, own: u64, others: &[Holding]) -> String {
    let names: Vec<String> = others.iter().map(holder).collect();
    let many = if own == 1 { "one".to_owned() } else { own.to_string() };
    match (attaches, own) {
        (0, _) => String::new(),
        (1, 1) => ", and that one is this process's own attachment".into(),
        (all, own) if all == own => format!(", and all {own} are this process's own attachments"),
        _ if names.is_empty() && own > 0 => format!(", of which {many} is this process's own"),
        _ if names.is_empty() => String::new(),
        (_, 0) => format!(", because {} it attached", having(&names)),
        _ => format!(", of which {many} is this process's own, and {} it attached too", having(&names)),
    }
}

fn having(names: &[String]) -> String {
    format!("{} {}", names.join(", "), if names.len() == 1 { "has" } else { "have" })
}

/// `child 1`, or `process 7 (worker)` for one that is not of the program.
pub fn holder(holder: &Holding) -> String {
    if holder.ours { holder.name.clone() } else { format!("process {} ({})", holder.pid, holder.name) }
}

/// A set or a queue with what lab knows of it; 0 semaphores: they were not counted.
fn object(kind: ObjectKind, id: i32, count: u64) -> String {
    let semaphores = (kind == ObjectKind::Set && count > 0).then(|| counted(count, "semaphore"));
    format!("{} {id}{}", kind_of(kind), in_brackets(semaphores.as_ref()))
}

fn made_by(maker: Option<&String>) -> String {
    maker.map_or("a process that is not of this program".into(), Clone::clone)
}

pub fn kind_of(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Set => "semaphore set",
        ObjectKind::Queue => "message queue",
    }
}

/// How a person removes a set or a queue.
pub fn remove(kind: ObjectKind, id: i32) -> String {
    match kind {
        ObjectKind::Set => format!("ipcrm -s {id}"),
        ObjectKind::Queue => format!("ipcrm -q {id}"),
    }
}

fn existing(there: &Existing) -> String {
    let Existing { shmid, size, mode, .. } = there;
    format!("segment {shmid} has this key, {}, mode 0{mode:03o}, {}", counted(*size, "byte"), maker(there))
}

/// Who made it and when, whether that process runs, and how often it is attached.
fn maker(there: &Existing) -> String {
    let attached = match there.attaches {
        0 => "attached nowhere now".to_owned(),
        1 => "attached once now".to_owned(),
        many => format!("attached {many} times now"),
    };
    let by = match (&there.role, there.runs) {
        (Some(role), true) => format!("{role}, which runs"),
        (Some(role), false) => format!("{role}, which has ended"),
        (None, true) => format!("process {}{}, which is not of this program", there.maker, ago(there)),
        (None, false) => format!("process {}{}, which has ended", there.maker, ago(there)),
    };
    format!("made by {by}, and {attached}")
}

/// ` (made or last changed 10 minutes ago)`, in words that stay true while a person reads: the kernel keeps one time for
/// both.
pub fn ago(there: &Existing) -> String {
    let many = |count: u64, unit: &str| counted(count, unit) + " ago";
    let when = match there.age {
        None => return String::new(),
        Some(..60) => "a moment ago".into(),
        Some(age @ 60..3600) => many(age / 60, "minute"),
        Some(age @ 3600..86_400) => many(age / 3600, "hour"),
        Some(age) => many(age / 86_400, "day"),
    };
    format!(" (made or last changed {when})")
}

/// How to get rid of a segment that the program has not made and no process uses.
pub fn cure(there: &Existing) -> String {
    let Existing { shmid, .. } = there;
    match (&there.role, there.runs || there.attaches > 0) {
        (None, false) => {
            format!(
                " If it is not needed any more, `ipcrm -m {shmid}` removes it: its owner may do that, and root."
            )
        }
        _ => String::new(),
    }
}

/// `child 1 removed it (p.c:8)`: who did what, and where.
pub fn removed(removal: &Removal, what: &str) -> String {
    let place = in_brackets(removal.by.place.as_ref());
    let verb = if removal.marked { "marked" } else { "removed" };
    let who = if removal.own { "this process itself" } else { &removal.by.role };
    format!("{who} {verb} {what}{place}")
}

/// Which limit, how much of it is used and by whom, and how to raise it.
pub fn limit(met: &LimitMet) -> String {
    let LimitMet { limit, allowed, used, asked, own, other } = met;
    let name = limit.to_uppercase();
    let (what, enough) = match *limit {
        "shmmax" => (
            format!(
                "{asked} bytes are more than this kernel allows for one segment ({name}, {allowed} bytes)."
            ),
            *asked,
        ),
        "shmmni" => (
            format!("This kernel allows {allowed} segments at a time ({name}), and {used} exist."),
            allowed.saturating_mul(2),
        ),
        _ => (
            format!(
                "This kernel allows {allowed} pages for all segments together ({name}): {used} are in use, and {asked} were asked for."
            ),
            used.saturating_add(*asked),
        ),
    };
    let mut by = Vec::new();
    if *used > 0 && *own > 0 {
        by.push(format!("this program made {own} of them"));
    }
    by.extend(other.map(|(pid, many)| format!("process {pid} made {many} of them")));
    let by = if by.is_empty() {
        String::new()
    } else {
        format!(" Of those in use, {}.", by.join(", ").replace(" of them", ""))
    };
    format!(
        "{what}{by} An administrator raises it with `sysctl -w kernel.{limit}={enough}`; for a container, `docker run --sysctl kernel.{limit}={enough}`. (`df` and --shm-size are about /dev/shm, which is something else.)"
    )
}
