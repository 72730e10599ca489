//! Diagnoses in words: what was found, what it means for this program, where in its source, and which step of which
//! lesson shows it. Every sentence about a finding stands here. Causes stand before what follows from them. Pure
//! functions.

use super::line::{Line, Style, ink, labelled, plain};
use super::trace::{fault, remove, sentence, verdict, waits};
use crate::constants;
use crate::facts::meaning::ObjectKind;
use crate::facts::traced_call::TracedCall;
use crate::text;
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
    ("larger-than-segment", "More bytes than the segment has"),
    ("decimal-mode", "A mode in decimal"),
    ("mode-zero", "No permission for anybody"),
    ("owner-without-rights", "A mode that shuts the owner out"),
    ("id-from-comparison", "An identifier that no shmget returned"),
    ("shmget-unchecked", "shmget failed, and its -1 was used"),
    ("key-for-id", "The key in place of the identifier"),
    ("wrong-command", "A command that shmctl does not have"),
    ("address-in-use", "shmat at an address that is not free"),
    ("shmat-unchecked", "shmat failed, and its -1 was used"),
    ("crash-after-detach", "The pointer was used after shmdt"),
    ("store-read-only", "A store through a read-only attach"),
    ("store-past-page", "An access past the segment's last page"),
    ("pointer-in-int", "A pointer that went through an int"),
    ("foreign-pointer", "Another process's address"),
    ("shmdt-wrong-address", "shmdt of an address where nothing is attached"),
    ("reader-first", "The reader came before the writer"),
    ("private-lock", "A lock that is not shared between processes"),
    ("dead-holder", "Who held it is dead"),
    ("deadlock", "Each waits for the other"),
    ("split-key", "One key, two segments"),
    ("never-destroyed", "A segment that nobody has removed"),
    ("overrun", "More was written than was asked for"),
    ("creat-without-excl", "IPC_CREAT without IPC_EXCL"),
    ("world-writable", "Everybody may write"),
    ("excl-alone", "IPC_EXCL without IPC_CREAT"),
    ("mode-in-shmat", "A mode where shmat takes flags"),
    ("empty-segment", "A segment into which nobody wrote"),
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
fn level(level: Level) -> &'static str {
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
    lines.extend(diagnosis.source.as_ref().map(|source| {
        let text =
            source.text.as_ref().map(|text| format!("  {}", text::source(text.trim()))).unwrap_or_default();
        labelled("SOURCE", format!("{}:{}{text}", source.file, source.line))
    }));
    lines.extend(
        step.map(|(lesson, step)| labelled("READ", format!("lab step-through {lesson} --from {step}"))),
    );
    lines
}

/// What a finding means for this very program.
pub fn means(detail: &Detail) -> String {
    let errno = |number: &i32| constants::errno(*number);
    match detail {
        Detail::MissingFile { call, errno: number, user } => format!("{call} failed with {}: {}. {user} did not look, and went on with the -1, which is key 0xffffffff.", errno(number), constants::meaning(TracedCall::Ftok.name(), *number)),
        Detail::KeyMinusOne { errno: Some(number), .. } => format!("shmget was asked for key 0xffffffff and failed with {}.", errno(number)),
        Detail::KeyMinusOne { shmid: Some(shmid), .. } => format!("0xffffffff is a key like any other, so shmget worked: every program with this mistake gets the same segment, here {shmid}."),
        Detail::KeyMinusOne { .. } => "0xffffffff is a key like any other, so shmget worked.".into(),
        Detail::ProjectOver { project } => format!("Of the project number {project} ({project:#x}) only the low byte counts: {:#04x}. Every number that ends in it gives the same key.", project & 0xff),
        Detail::ProjectZero => "ftok promises nothing for project number 0. The key's top byte is 0 then, and for an unlucky file the whole key is 0: IPC_PRIVATE, a new segment for everybody.".into(),
        Detail::KeyChanged { call, inode, was } => format!("The file of {call} is another one than before: inode {inode} was {was}. So the key changed, and programs that started before and after do not meet. An editor that saves does this."),

        Detail::LargerThanSegment { shmid, size, asked } => format!("Segment {shmid} has this key and {size} bytes, and {asked} were asked for. A segment does not grow: ask for no more than it has, or remove it and make a larger one."),
        Detail::DecimalMode { decimal } => format!("{decimal} without the leading 0 is decimal: in octal it is 0{decimal:o}, where 01000 is IPC_CREAT, and so the mode is 0{:o} instead of 0{decimal}.", decimal & 0o777),
        Detail::ModeZero => "shmget was given no mode, and there is no default: the segment's mode is 0. Not even its creator may attach it, unless that is root.".into(),
        Detail::OwnerWithoutRights { shmid, bits, user, root, made } => {
            let worked = match root {
                true => format!("{user} could attach it only because {user} runs as root; every other owner gets EACCES."),
                false => format!("the kernel refused {user}'s shmat with EACCES because of that."),
            };
            let cure = match made {
                true => "A mode of three digits has the owner's first: 0600.".to_owned(),
                false => format!("An earlier run left it so, and every later run meets it: `ipcrm -m {shmid}` removes it."),
            };
            format!("Mode 0{bits:03o} of segment {shmid} gives its own owner less than an attach for reading and writing needs: {worked} {cure}")
        }
        Detail::CreatWithoutExcl { maker } => format!("The segment was new this time. Had one with this key been there, {maker} would have taken it, with its size, mode and content, and not known."),
        Detail::WorldWritable { mode } => format!("Mode 0{mode:o} lets every user of this machine change the segment; the umask takes nothing away. 0600 is enough for programs of one user."),
        Detail::ExclAlone => "IPC_EXCL is ignored without IPC_CREAT: an existing segment is found all the same.".into(),

        Detail::IdFromComparison { user, shmid, got } => {
            let compared = got.map_or("shmget failed".into(), |got| format!("shmget returned {got}"));
            let word = if *shmid == 0 { "false" } else { "true" };
            format!(
                "{compared}, and {user} attached {shmid}, which no shmget of its own returned. In `if (id = shmget(...) < 0)` what is stored is the comparison: {shmid} for {word}. Segment {shmid} is somebody else's."
            )
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
                Some(flag) => format!("{} is a flag of shmget and no command of shmctl, which did nothing.", flag.name),
                None => format!("shmctl has no command {command}, and did nothing."),
            }
        }

        Detail::AddressInUse { address } => format!("shmat was told where to attach, {address}, and that is unaligned or in use already. Memory from malloc or a variable is in use; NULL lets the kernel choose."),
        Detail::ShmatUnchecked { call, errno: number, address } => {
            let then = match address {
                Some(address) => format!("was used as an address: the signal at {address}"),
                None => "went into shmdt".into(),
            };
            format!("{call} failed with {} and returned (void *) -1, not NULL. That {then}.", errno(number))
        }
        Detail::Fault { user, address, why } => fault::finding(user, address, why),
        Detail::ShmdtWrongAddress { call, why } => format!("{call} failed with EINVAL. {}", why.as_ref().map(sentence).unwrap_or_default()),
        Detail::Overrun { shmid, size, first, last } => format!("Segment {shmid} was asked for with {size} bytes, and something stands at byte {first} and up to byte {last}. The segment comes in whole pages, so nothing failed; past the page it would."),
        Detail::ModeInShmat { mode } => format!("shmat takes SHM_RDONLY, SHM_RND, SHM_REMAP and SHM_EXEC; the 0{mode:o} in its flags means nothing to it. A mode belongs to shmget."),
        Detail::AttachedAfterRemoval { shmid, user } => format!("Segment {shmid} was marked for removal when {user} attached it. Linux allows that; POSIX does not promise it, and elsewhere it is EINVAL."),

        Detail::ReaderFirst { maker, shmid, later_maker, later } => format!("{maker} made segment {shmid}, found it empty and removed it. {later_maker} then made segment {later} with the same key. Two segments: nothing was passed on, and no call failed."),
        Detail::EmptySegment { maker, shmid } => format!("{maker} made segment {shmid}, left it as empty as it came, and removed it. A reader that starts before its writer does exactly this: without IPC_CREAT it would have been told ENOENT."),
        Detail::SplitKey { shmid, holder, later_maker, later } => format!("Segment {shmid} was marked and {holder} kept it; {later_maker} then made segment {later} with the same key. Both work, no call fails, and nothing passes between them."),
        Detail::NeverDestroyed { maker, shmid } => format!("Segment {shmid}, made by {maker}, is still there: the end of a process detaches and removes nothing. The last user calls shmctl(id, IPC_RMID, NULL); now `ipcrm -m {shmid}` does it."),
        Detail::LeftBehind { shmid, cut: true, .. } => format!("lab ended the program at its time limit, so lab did not see whether the program would have removed segment {shmid}. It stays: `ipcrm -m {shmid}`."),
        Detail::LeftBehind { maker, shmid, signal: Some(signal), .. } => format!("{maker} was killed by {} before it could remove segment {shmid}, which stays: `ipcrm -m {shmid}`. One that is marked right after shmat goes by itself even then.", constants::signal(*signal)),
        Detail::LeftBehind { maker, shmid, key, .. } => format!("Segment {shmid} stays after the end of {maker}. That is right if another program comes for key {} and removes it; else `ipcrm -m {shmid}`.", key),
        Detail::RemovedTwice { shmid, gone, forked } => {
            let what = if *gone { "gone already: EINVAL" } else { "marked already, and nothing more happened" };
            let forked = if *forked { " After fork both go through the same last lines." } else { "" };
            format!("Segment {shmid} was {what}. Harmless: one of the two is too many.{forked}")
        }
        Detail::NotDetached { user, shmid } => format!("{user} attached segment {shmid} and ended without shmdt. Its end detached it; a program that runs on would keep the mapping."),
        Detail::ObjectLeft { kind, id, key, maker, private } => {
            let (what, call) = match kind {
                ObjectKind::Set => ("Semaphore set", "semctl(id, 0, IPC_RMID)"),
                ObjectKind::Queue => ("Message queue", "msgctl(id, IPC_RMID, NULL)"),
            };
            let then = match private {
                true => format!("It has no key, so no later program finds it: the last user calls {call}."),
                false => format!("The next program with key {key} gets it as it is, and with IPC_EXCL it gets EEXIST. If no program shall find it, the last user calls {call}."),
            };
            format!("{what} {id}, made by {maker}, is still there after the end of the program. {then} Now `{}` removes it.", remove(*kind, *id))
        }
        Detail::PrivateLock { .. } | Detail::DeadHolder { .. } | Detail::Deadlock { .. } => waits::finding(detail),
        Detail::UnorderedWriters { user, other, shmid } => format!("{user} and {other} had segment {shmid} attached for writing at the same time, and neither has a semaphore, a lock, a pipe or anything else that makes one wait for the other. If both write, writes get lost. (Whether both do, or take turns by a flag in memory, no trace can see.)"),
    }
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
