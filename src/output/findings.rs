//! Diagnoses in words: what was found, what it means for this program, where in its source, and which step of which
//! lesson shows it. Every sentence about a finding stands here. Causes stand before what follows from them. Pure
//! functions.

use super::evidence::{shown, source_line};
use super::line::{Line, Style, ink, labelled, plain};
use super::phrase::{capital, counted, in_brackets, way_to};
use super::trace::{ago, cure, fault, kind_of, limit, remove, removed, sentence, verdict, waits};
use crate::constants;
use crate::facts::meaning::{Existing, ObjectKind};
use crate::facts::traced_call::TracedCall;
use crate::trace::findings::{Detail, Diagnosis, Level, RULES, Verdict};

/// A diagnosis and where to read about it: a lesson's name and a step, from 1.
pub type Advised = (Diagnosis, Option<(String, usize)>);

/// What each rule's findings are called.
const TITLES: &[(&str, &str)] = &[
    ("missing-file", "ftok's file does not exist"),
    ("key-minus-one", "The key is -1"),
    ("project-over-8-bits", "A project number that does not fit"),
    ("project-zero", "A project number of 0"),
    ("key-changed", "One path, two keys"),
    ("twin-files", "Two files, one key"),
    ("private-lookup", "A look-up with key 0 makes a segment"),
    ("impossible-size", "A size that no segment can have"),
    ("larger-than-segment", "More bytes than the segment has"),
    ("old-segment", "An old segment was taken for a new one"),
    ("decimal-mode", "A mode in decimal"),
    ("mode-zero", "No permission for anybody"),
    ("owner-without-rights", "A mode that shuts the owner out"),
    ("id-from-comparison", "An identifier that no shmget returned"),
    ("shmget-unchecked", "shmget failed, and its -1 was used"),
    ("other-namespace", "An identifier of another IPC namespace"),
    ("used-after-removal", "The segment was removed before it was used"),
    ("attach-against-removal", "An attachment that came in time"),
    ("removed-too-early", "The segment was removed before it was looked up"),
    ("key-for-id", "The key in place of the identifier"),
    ("wrong-command", "A command that shmctl does not have"),
    ("address-in-use", "shmat at an address that is not free"),
    ("shmat-unchecked", "shmat failed, and its -1 was used"),
    ("crash-after-detach", "The pointer was used after shmdt"),
    ("crash-after-exec", "The pointer was used after exec"),
    ("store-read-only", "A store through a read-only attach"),
    ("store-past-page", "An access past the segment's last page"),
    ("before-segment", "An access before the segment's first byte"),
    ("pointer-in-int", "A pointer that went through an int"),
    ("foreign-pointer", "Another process's address"),
    ("shmdt-wrong-address", "shmdt of an address where nothing is attached"),
    ("reader-first", "The reader came before the writer"),
    ("private-lock", "A lock that is not shared between processes"),
    ("dead-holder", "Who held it is dead"),
    ("semaphore-not-set", "A semaphore without a first value"),
    ("all-asleep", "Every process waits for a semaphore"),
    ("deadlock", "Each waits for the other"),
    ("own-attach-counted", "nattch counts the own attachment too"),
    ("split-key", "One key, two segments"),
    ("never-destroyed", "A segment that no process has removed"),
    ("kept-attached", "Removed, and attached to the end"),
    ("overrun", "More was written than was asked for"),
    ("creat-without-excl", "IPC_CREAT without IPC_EXCL"),
    ("world-writable", "Everybody may write"),
    ("in-the-way", "What an earlier run left is in the way"),
    ("limit-reached", "A limit of the kernel's is reached"),
    ("excl-alone", "IPC_EXCL without IPC_CREAT"),
    ("mode-in-shmat", "A mode where shmat takes flags"),
    ("empty-segment", "A segment into which no process wrote"),
    ("unordered-writers", "Nothing that makes two processes take turns"),
    ("left-behind", "A segment is left"),
    ("set-or-queue-left", "A semaphore set or a message queue is left"),
    ("attached-after-removal", "shmat after IPC_RMID"),
    ("removed-twice", "IPC_RMID twice"),
    ("not-detached", "No shmdt"),
];

/// The heading of a rule's findings.
pub fn title(rule: &str) -> &'static str {
    TITLES.iter().find(|(name, _)| *name == rule).map_or("", |(_, title)| title)
}

/// Every finding with its level and title, a line each.
pub fn list() -> String {
    RULES
        .iter()
        .map(|rule| format!("{} ({}): {}\n", rule.name, level(rule.level), title(rule.name)))
        .collect()
}

/// In words, after `a`: `diagnostic`.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Mistake => "mistake",
        Level::RightByAccident => "right by accident",
        Level::Remark => "remark",
    }
}

/// What a trace's summary says of them: the verdict first.
pub fn lines(verdict: &Verdict, found: &[Advised]) -> Vec<Line> {
    let told = found.iter().flat_map(|(diagnosis, step)| told(diagnosis, step.as_ref()));
    let end = (!found.is_empty()).then_some(Line::Blank);
    verdict::lines(verdict).into_iter().chain(told).chain(end).collect()
}

fn told(diagnosis: &Diagnosis, step: Option<&(String, usize)>) -> Vec<Line> {
    let bad = if diagnosis.level == Level::Mistake { Style::Bad } else { Style::Strong };
    let times = match diagnosis.times {
        1 => String::new(),
        times => format!(" ({times} times)"),
    };
    // What follows from a cause stands with it.
    let mut lines: Vec<Line> = diagnosis.because.is_none().then_some(Line::Blank).into_iter().collect();
    lines.push(Line::Labelled {
        label: if diagnosis.because.is_some() { "SO" } else { "FOUND" },
        pieces: vec![
            ink(bad, format!("{}: {}", level(diagnosis.level), diagnosis.name)),
            plain(format!("  {}{times}", title(diagnosis.name))),
        ],
    });
    lines.push(labelled("MEANS", means(&diagnosis.detail)));
    lines.extend(diagnosis.source.as_ref().map(source_line));
    lines.extend(step.map(|step| labelled("READ", way_to(step))));
    lines
}

/// What a finding means for this very program.
pub fn means(detail: &Detail) -> String {
    let errno = |number: &i32| constants::errno(*number);
    match detail {
        Detail::MissingFile { call, errno: number, user } => format!("{call} failed with {}: {}. {user} did not check the result, and used the -1 as key 0xffffffff.", errno(number), constants::meaning(TracedCall::Ftok.name(), *number)),
        Detail::KeyMinusOne { errno: Some(libc::ENOENT), .. } => "The key 0xffffffff is a key like any other, and no segment has it now (ENOENT). The right key leads nowhere either before a process has made the segment.".into(),
        Detail::KeyMinusOne { errno: Some(number), .. } => format!("The key 0xffffffff is a key like any other: a segment has it, and shmget failed with {} because of that segment.", errno(number)),
        Detail::KeyMinusOne { shmid: Some(shmid), .. } => format!("0xffffffff is a key like any other, so shmget() succeeded, and every program with this mistake gets the same segment, here {shmid}."),
        Detail::KeyMinusOne { .. } => "0xffffffff is a key like any other, so shmget() succeeded.".into(),
        Detail::ProjectOver { project } => {
            let pointer = if (-0x100_0000..0x100_0000).contains(project) { "" } else { " A number that large may be a pointer: \"Q\" is the address of a string, and 'Q' is a letter." };
            format!("Of the project number {project} ({project:#x}) only the low byte counts: {:#04x}. Every number that ends in it gives the same key.{pointer}", project & 0xff)
        }
        Detail::ProjectZero => "ftok promises nothing for project number 0. The key's top byte is 0 then, and for an unlucky file the whole key is 0. That is IPC_PRIVATE, and every program then makes a new segment.".into(),
        Detail::KeyChanged { call, inode, was } => format!("The file of {call} is another one than before: inode {inode} was {was}. So the key changed, and programs that started before and after do not meet. An editor that saves the file does this."),

        Detail::TwinFiles { path, inode, other, other_inode, key, .. } => format!("{path} (inode {inode}) and {other} (inode {other_inode}) give the same key, {key}, because ftok takes only 16 bits of the inode. Two services with these files share one segment: give one of them another project number."),
        Detail::PrivateLookup { user, shmid, earlier } => format!("The key was 0, which is IPC_PRIVATE, so {user}'s shmget without IPC_CREAT made a new segment, {shmid}, and did not find segment {earlier}, which {user} had made with key 0 before. A segment that is to be looked up needs a key of its own; else keep its identifier."),
        Detail::ImpossibleSize { call, why } => format!("{call} failed with EINVAL. {}", sentence(why)),
        Detail::LimitReached { call, met } => format!("{call} was refused. {}", limit(met)),
        Detail::OldSegment { user, there, asked, holds, removed } => old_segment(user, there, *asked, holds, *removed),
        Detail::InTheWay { user, call, errno: number, there } => format!("{user}'s {call} failed with {}: segment {} was there before this run, mode 0{:03o}, {} bytes, made by process {}{}, and belongs to user {}.{}", errno(number), there.shmid, there.mode, there.size, there.maker, ago(there), there.uid, cure(there)),
        Detail::ObjectInTheWay { user, call, kind, id } => {
            format!("{user}'s {call} failed with EEXIST: {} {id} has this key and was there before this run. If no process uses it any more, `{}` removes it. Its last user has to do that, or the next run meets it again.", kind_of(*kind), remove(*kind, *id))
        }
        Detail::LargerThanSegment { shmid, size, asked, made: Some(made) } => {
            let place = in_brackets(made.place.as_ref());
            format!("Segment {shmid} has this key and {size} bytes, because {} made it with this size{place}, and the call asked for {asked}. A segment does not grow: let everyone who uses the key ask for one size, from one header.", made.role)
        }
        Detail::LargerThanSegment { shmid, size, asked, made: None } => format!("Segment {shmid} has this key and {size} bytes, and the call asked for {asked}. A segment does not grow: if an earlier run left it, `ipcrm -m {shmid}` removes it, and the next run makes one that is large enough."),
        Detail::DecimalMode { decimal } => format!("{decimal} without the leading 0 is decimal: in octal it is 0{decimal:o}, where 01000 is IPC_CREAT, and so the mode is 0{:o} instead of 0{decimal}.", decimal & 0o777),
        Detail::ModeZero => "The call passed no mode bits, and the kernel has no default, so the segment's mode is 0. Not even its creator may attach it, unless that is root.".into(),
        Detail::OwnerWithoutRights { shmid, bits, user, root, made } => {
            let worked = match root {
                true => format!("{user} could attach it only because {user} runs as root; every other owner gets EACCES."),
                false => format!("the kernel refused {user}'s shmat with EACCES because of that."),
            };
            let cure = match made {
                true => "A mode of three digits has the owner's first: 0600.".to_owned(),
                false => format!("An earlier run left it so, and every later run meets it: `ipcrm -m {shmid}` removes it."),
            };
            format!("Mode 0{bits:03o} of segment {shmid} gives its own owner less than an attachment for reading and writing needs: {worked} {cure}")
        }
        Detail::CreatWithoutExcl { maker } => format!("In this run {maker} made the segment. If a segment with this key had existed, {maker} would have taken it, with its size, mode and content, and no call would have failed. With IPC_CREAT | IPC_EXCL shmget() fails then."),
        Detail::WorldWritable { mode, other: None } => format!("Mode 0{mode:o} lets every user of this machine change the segment; the umask takes nothing away. 0600 is enough for programs of one user."),
        Detail::WorldWritable { mode, other: Some(other) } => format!("Mode 0{mode:o} lets every user of this machine change the segment, and {other}, which belongs to another user, attached it. Give both a group and the mode 0660."),
        Detail::ExclAlone => "IPC_EXCL is ignored without IPC_CREAT: an existing segment is found anyway.".into(),

        Detail::IdFromComparison { user, shmid, got: Some(0) } => format!("shmget returned 0, but {user} stores what the comparison says, because `<` and `==` bind tighter than `=`: {shmid}, for false. Both are 0 in this run; with any other identifier {user} would have attached another process's segment, or none. Write `if ((id = shmget(...)) < 0)`."),
        Detail::IdFromComparison { user, shmid, got } => {
            let compared = got.map_or("shmget failed".into(), |got| format!("shmget returned {got}"));
            let word = if *shmid == 0 { "false" } else { "true" };
            format!(
                "{compared}, and {user} attached {shmid}, which no shmget of its own returned. In `if (id = shmget(...) < 0)` the program stores the comparison: {shmid} for {word}. Segment {shmid} is another process's."
            )
        }
        Detail::OtherNamespace { user, owner, shmid } => format!("{owner} made segment {shmid} in another IPC namespace than {user}'s, where no segment has this identifier. An identifier means something in one namespace only: run both in one (with Docker: --ipc=host, or --ipc=container:NAME for both)."),
        Detail::UsedAfterRemoval { user, call, removal, at_exit, by_child } => {
            let how = match at_exit {
                true => format!(" {} is a forked child, and its exit() ran the handlers that its parent had registered with atexit(): leave a child with _exit(), or compare getpid() with the owner's in the handler.", removal.by.role),
                false if removal.own => format!(" {user} removed the segment first and attached it then."),
                false if *by_child => format!(" {} is a child of {user}: let {user} remove the segment, since {user} needs it longer.", removal.by.role),
                false => format!(" Remove a segment only when its last user has attached it: let {} wait for {user}.", removal.by.role),
            };
            format!("{user}'s {call} failed because {} before it.{how}", removed(removal, &format!("segment {}", removal.shmid)))
        }
        Detail::AttachRace { user, shmid, by, may_look } => {
            let place = in_brackets(by.place.as_ref());
            let looked = if *may_look { " (A flag in memory may do so; no trace can see that.)" } else { "" };
            format!("{user} attached segment {shmid} before {} removed it{place}, and {}'s program has nothing that makes it wait for {user}. Had the removal come first, shmat would have failed with EINVAL.{looked}", by.role, by.role)
        }
        Detail::RemovedTooEarly { user, call, removal } => {
            let then = if removal.marked { "A marked segment has no key, so no shmget finds it, although it lives on until its last shmdt: mark it when the last partner has attached." } else { "Its key went with it: remove it when the last partner is done." };
            format!("{user}'s {call} failed with ENOENT because {} before it. {then}", removed(removal, &format!("segment {}", removal.shmid)))
        }
        Detail::ShmgetUnchecked { call, errno: number, then } => format!("{call} failed with {}: {}. Its -1 went into {then}, which could not work.", errno(number), constants::meaning(TracedCall::Shmget.name(), *number)),
        Detail::KeyForId { key, errno: number, then, shmid } => format!(
            "{} is the key, and {then} wants the identifier that shmget returned: {}{}.",
            key,
            errno(number),
            shmid.map(|shmid| format!("; the identifier is {shmid}")).unwrap_or_default()
        ),
        Detail::WrongCommand { command } => {
            match constants::numbered(constants::GET_FLAGS, (*command).into()) {
                Some(flag) => format!("{} is a flag of shmget() and not a command of shmctl(), so the call changed nothing.", flag.name),
                None => format!("shmctl() has no command {command}, so the call changed nothing."),
            }
        }

        Detail::AddressInUse { address } => format!("shmat got the address {address}, which is unaligned or in use already. Memory from malloc or a variable is in use; NULL lets the kernel choose."),
        Detail::ShmatUnchecked { call, errno: number, address } => {
            let then = match address {
                Some(address) => format!("was used as an address: the signal at {address}"),
                None => "went into shmdt".into(),
            };
            format!("{call} failed with {} and returned (void *) -1, not NULL. That {then}.", errno(number))
        }
        Detail::Fault { user, address, why } => fault::finding(user, address, why),
        Detail::ShmdtWrongAddress { call, why } => format!("{call} failed with EINVAL. {}", why.as_ref().map(sentence).unwrap_or_default()),
        Detail::Overrun { shmid, size, first, last, full } => {
            let further = if *full { format!(" Byte {last} is the page's last one, so the process may have written on, into what is mapped behind the segment: a crash later may come from that.") } else { String::new() };
            format!("Segment {shmid} has {size} bytes, and behind its end the bytes from {first} to {last} are not all 0: a process wrote there. The kernel maps whole pages, so up to the end of the last page no access fails.{further}")
        }
        Detail::ModeInShmat { mode } => format!("shmat takes SHM_RDONLY, SHM_RND, SHM_REMAP and SHM_EXEC; the 0{mode:o} in its flags means nothing to it. A mode belongs to shmget."),
        Detail::AttachedAfterRemoval { shmid, user } => format!("Segment {shmid} was marked for removal when {user} attached it. Linux allows that; POSIX does not promise it, and elsewhere it is EINVAL."),

        Detail::ReaderFirst { maker, shmid, later_maker, later } => format!("{maker} made segment {shmid}, which was new and empty, and removed it. {later_maker} then made segment {later} with the same key. So nothing passed between the two. Without IPC_CREAT {maker}'s shmget() would have failed with ENOENT."),
        Detail::LookedTooEarly { user, call, later_maker, later } => format!("{user}'s {call} failed with ENOENT because no segment had this key yet: {later_maker} made segment {later} with it later. Start {later_maker} first, or let {user} try again until it is there."),
        Detail::LeftEmpty { user, shmid, writer, bytes, made, crashed } => {
            let first = match (made, crashed) {
                (true, false) => format!("{user} made segment {shmid} itself, because it came first, and left it"),
                (true, true) => format!("{user} made segment {shmid} itself, because it came first, and crashed"),
                (false, false) => format!("{user} left segment {shmid}"),
                (false, true) => format!("{user} crashed with segment {shmid}"),
            };
            let cure = if *made { "Without IPC_CREAT its shmget() would have failed with ENOENT." } else { "That the segment is there does not say that it is filled: let the writer say so, with a semaphore for example." };
            format!("{first} while all its {bytes} bytes were 0; what is there at the end was written later, when {writer} had it. {cure}")
        }
        Detail::EmptySegment { maker, shmid, apart: Some(apart) } => {
            let path = apart.path.as_ref().map(|path| format!(" Both keys come from the path {path}, with two project numbers.")).unwrap_or_default();
            format!("{maker} made segment {shmid}, left it as empty as it came, and removed it. What {} wrote is in segment {}, with key {}, which {maker} did not look up.{path} If {maker} was to read that, both need one key.", apart.writer, apart.filled, apart.other)
        }
        Detail::EmptySegment { maker, shmid, apart: None } => format!("{maker} made segment {shmid}, left it as empty as it came, and removed it. A reader that starts before its writer does exactly this. Without IPC_CREAT its shmget() would have failed with ENOENT."),
        Detail::SplitKey { shmid, holder, later_maker, later } => format!("Segment {shmid} was marked and {holder} kept it; {later_maker} then made segment {later} with the same key. Both work, no call fails, and nothing passes between them."),
        Detail::NeverDestroyed { maker, shmid, process, all } => {
            let cure = match (process, all) {
                (Some(process), 4..) => format!("now `for id in $(ipcs -mp | awk '$3 == {process} {{print $1}}'); do ipcrm -m $id; done` removes the {all} that {maker} has left"),
                _ => format!("now `ipcrm -m {shmid}` does it"),
            };
            format!("Segment {shmid}, made by {maker}, is still there: the end of a process detaches and removes nothing. The last user calls shmctl(id, IPC_RMID, NULL); {cure}.")
        }
        Detail::LeftBehind { shmid, cut: true, .. } => format!("lab ended the program at its time limit, so lab did not see whether the program would have removed segment {shmid}. It stays: `ipcrm -m {shmid}`."),
        Detail::LeftBehind { maker, shmid, signal: Some(signal), .. } => format!("{maker} was killed by {} before it could remove segment {shmid}, which stays: `ipcrm -m {shmid}`. One that is marked right after shmat goes by itself even then.", constants::signal(*signal)),
        Detail::LeftBehind { maker, shmid, key, .. } => format!("Segment {shmid} stays after the end of {maker}. That is right if another program comes for key {} and removes it; else `ipcrm -m {shmid}`.", key),
        Detail::RemovedTwice { shmid, gone, forked } => {
            let what = if *gone { "gone already: EINVAL" } else { "marked already, and nothing more happened" };
            let forked = if *forked { " After fork both go through the same last lines." } else { "" };
            format!("Segment {shmid} was {what}. Harmless: one of the two is too many.{forked}")
        }
        Detail::OwnAttachCounted { user, shmid, own } => {
            let counted = if *own == 1 { "nattch was 1, and that one was its own attachment".to_owned() } else { format!("nattch was {own}, and all of them were its own attachments") };
            format!("{user} asked for the record of segment {shmid}, while it had the segment attached itself: {counted}. No process removed the segment. Call shmdt first, and then ask.")
        }
        Detail::KeptAttached { user, segments, bytes: size } => format!("{segments} segments were marked for removal while {user} had them attached, and {user} called shmdt for none of these attachments: {} stayed in memory until {user} ended. IPC_RMID frees nothing before the last shmdt.", counted(*size, "byte")),
        Detail::NotDetached { user, shmid } => format!("{user} attached segment {shmid} and ended without shmdt. Its end detached it; a program that runs on would keep the mapping."),
        Detail::ObjectLeft { kind, id, key, maker, private } => {
            let call = match kind {
                ObjectKind::Set => "semctl(id, 0, IPC_RMID)",
                ObjectKind::Queue => "msgctl(id, IPC_RMID, NULL)",
            };
            let then = match private {
                true => format!("It has no key, so no later program finds it: the last user calls {call}."),
                false => format!("The next program with key {key} gets it as it is, and with IPC_EXCL it gets EEXIST. If no program shall find it, the last user calls {call}."),
            };
            format!("{} {id}, made by {maker}, is still there after the end of the program. {then} Now `{}` removes it.", capital(kind_of(*kind)), remove(*kind, *id))
        }
        Detail::PrivateLock { .. } | Detail::DeadHolder { .. } | Detail::SemaphoreNotSet { .. } | Detail::AllAsleep { .. } | Detail::Deadlock { .. } => waits::finding(detail),
        Detail::UnorderedWriters { user, other, shmid, busy } => {
            let busy = if *busy { format!(" Both, {user} and {other}, computed for milliseconds in that time.") } else { String::new() };
            format!("{user} and {other} had segment {shmid} attached for writing at the same time, and neither has a semaphore, a lock, a pipe or anything else that makes one wait for the other.{busy} If both write to the same place, writes get lost. (Whether both do, or take turns by a flag in memory, no trace can see.)")
        }
    }
}

/// A segment that was taken and not made: whose it was, how large, what was in it, and how to get rid of others like it.
fn old_segment(user: &str, there: &Existing, asked: u64, holds: &[u8], removed: bool) -> String {
    let size = match asked {
        0 => String::new(),
        asked if asked == there.size => String::new(),
        asked => format!(" It has {} bytes, and {asked} were asked for.", there.size),
    };
    let held = if holds.is_empty() { String::new() } else { format!(" It began with {}.", shown(holds)) };
    let Existing { shmid, maker, .. } = there;
    let then = match removed {
        true => format!(
            " This program removed it, although another had made it: if it was not meant for {user}, it is lost."
        ),
        false => format!(" If it is not needed any more, `ipcrm -m {shmid}` removes it."),
    };
    format!(
        "{user} did not make segment {shmid}, but took one that process {maker} made and left{}.{size}{held}{then} IPC_CREAT | IPC_EXCL would have said that it is there; a reader leaves IPC_CREAT out.",
        ago(there)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_title_and_no_title_is_left_over() {
        let rules: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(TITLES.iter().map(|(name, _)| *name).collect::<Vec<_>>(), rules);
    }
}
