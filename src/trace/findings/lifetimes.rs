//! Findings about whole lives: who made a segment, who used it, who removed it, and in which order; and which semaphore
//! sets and message queues are left.

use std::collections::{HashMap, HashSet};

use super::readers::{by_key, came_first, never_written};
use super::{Apart, Detail, Found, about, calls, failed, ids, int, line_of};
use crate::facts::event::Event;
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall::{Ftok, Shmat, Shmctl};
use crate::text::quote;
use crate::trace::{Attach, How, Life, Story};

/// This many segments of one key are compared.
const MAX_OF_ONE_KEY: usize = 1000;

/// Segments of this program that are still there, and not marked.
fn left(story: &Story) -> impl Iterator<Item = &Life> {
    story.lives.iter().filter(|life| life.made && life.marked.is_none() && life.left.is_some())
}

/// Whether its maker was killed by another process's signal: then no trace can say what it would have done.
fn maker_was_killed(story: &Story, life: &Life) -> Option<i32> {
    let maker = story.process(story.maker(life)?)?;
    match maker.ended {
        Some(Outcome::Died { signal, fault: None }) if !maker.cut => Some(signal),
        _ => None,
    }
}

/// Whether lab has ended a process that had to do with it: then no trace shows what that would have done.
fn was_cut(story: &Story, life: &Life) -> bool {
    let maker = story.maker(life);
    story.cut
        && story.processes.iter().any(|process| {
            let has = || process.attaches.all().any(|attach| attach.shmid == life.shmid);
            process.cut && (Some(process.pid) == maker || has())
        })
}

/// What a trace shows of its segments as a whole, looked for once.
struct Traces {
    /// Identifiers with which a shmat failed.
    shmat_failed: HashSet<i32>,
    /// Segments for which something else was taken.
    gone_wrong: HashSet<i32>,
    compared: bool,
}

impl Traces {
    fn of(story: &Story) -> Traces {
        let failed = calls(story, Shmat).filter(|event| failed(event).is_some());
        let gone_wrong = ids::key_for_id(story).into_iter().chain(ids::wrong_command(story));
        Traces {
            shmat_failed: failed.map(|event| int(event, 0)).collect(),
            gone_wrong: gone_wrong.filter_map(|found| found.segment).collect(),
            compared: !ids::from_comparison(story).is_empty(),
        }
    }

    /// Whether this trace shows that no process will come for the segment: no key to find it by, everybody who shares
    /// it has been here, or an attempt to use or remove it went wrong.
    fn nobody_comes(&self, story: &Story, life: &Life) -> bool {
        if maker_was_killed(story, life).is_some() || was_cut(story, life) {
            return false;
        }
        life.attached_by.len() > 1
            || self.gone_wrong.contains(&life.shmid)
            || (life.attaches == 0 && (self.compared || self.shmat_failed.contains(&life.shmid)))
            || (life.key == libc::IPC_PRIVATE && life.attaches > 0)
    }
}

fn about_life(story: &Story, life: &Life, detail: Detail) -> Found {
    Found::new(detail, life.made_at.into_iter().collect(), story.maker(life), Some(life.shmid))
}

/// Segments that no process will remove.
pub fn never_destroyed(story: &Story) -> Vec<Found> {
    let traces = Traces::of(story);
    let nobody: Vec<&Life> = left(story).filter(|life| traces.nobody_comes(story, life)).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    nobody.iter().for_each(|life| *counts.entry(&life.made_by).or_default() += 1);
    let found = nobody.iter().map(|life| {
        let (maker, shmid) = (life.made_by.clone(), life.shmid);
        let all = counts.get(maker.as_str()).copied().unwrap_or_default();
        let process = life.left.as_ref().map(|row| row.cpid);
        about_life(story, life, Detail::NeverDestroyed { maker, shmid, process, all })
    });
    found.collect()
}

/// Segments that another program may yet come for.
pub fn left_behind(story: &Story) -> Vec<Found> {
    let traces = Traces::of(story);
    let found =
        left(story).filter(|life| life.attaches > 0 && !traces.nobody_comes(story, life)).map(|life| {
            let (maker, shmid, key) = (life.made_by.clone(), life.shmid, Value::Key(life.key));
            let (signal, cut) = (maker_was_killed(story, life), was_cut(story, life));
            about_life(story, life, Detail::LeftBehind { maker, shmid, key, signal, cut })
        });
    found.collect()
}

/// IPC_RMID of a segment that was removed before.
pub fn removed_twice(story: &Story) -> Vec<Found> {
    let removals = calls(story, Shmctl).filter(|event| int(event, 1) == libc::IPC_RMID);
    let lives: HashMap<i32, &Life> = story.lives.iter().map(|life| (life.shmid, life)).collect();
    let found = removals.filter_map(|event| {
        let id = int(event, 0);
        let first = lives.get(&id)?.marked.filter(|first| *first < event.seen().number)?;
        let before = story.event(first)?;
        // Where the segment was missed in between, the first removal is what was wrong.
        let missed = |between: &Event| {
            between.is(Shmat)
                && int(between, 0) == id
                && failed(between).is_some()
                && (first..event.seen().number).contains(&between.seen().number)
        };
        if story.events.iter().any(missed) {
            return None;
        }
        let (gone, forked) = (failed(event).is_some(), forked(story, before.pid, event.pid));
        let found = about(story, event, Detail::RemovedTwice { shmid: id, gone, forked });
        Some(Found { segment: Some(id), ..found.after(first) })
    });
    found.collect()
}

/// Whether two processes run the same program because of a fork between them or above them both.
fn forked(story: &Story, one: i32, other: i32) -> bool {
    let parent = |pid: i32| story.process(pid).and_then(|process| process.parent);
    let related = line_of(story, one).contains(&other)
        || line_of(story, other).contains(&one)
        || parent(one)
            .is_some_and(|above| parent(other) == Some(above) && story.program(above) == story.program(one));
    one != other && related && story.program(one) == story.program(other)
}

/// Attaches of a process's own that only its exit ended.
pub fn not_detached(story: &Story) -> Vec<Found> {
    let ended = story.processes.iter().filter(|process| matches!(process.ended, Some(Outcome::Exited(_))));
    let found = ended.filter_map(|process| {
        let attach = process.attaches.all().find(|attach| {
            !attach.inherited && attach.closed.is_some_and(|closed| closed.how == How::Exit)
        })?;
        let detail = Detail::NotDetached { user: process.role.clone(), shmid: attach.shmid };
        let events = attach.event.into_iter().chain(attach.closed.and_then(|closed| closed.event)).collect();
        let found = Found::new(detail, events, Some(process.pid), Some(attach.shmid));
        Some(Found { place: attach.event, ..found })
    });
    found.collect()
}

/// The same seen from one side: made without IPC_EXCL, used by no other process, empty, and removed.
pub fn empty(story: &Story) -> Vec<Found> {
    let keyed = by_key(story);
    let found = story.lives.iter().filter_map(|life| {
        let maker = story.event(life.made_at?)?;
        let flags = int(maker, 2);
        let alone = life.made && life.attached_by.len() == 1 && life.marked.is_some();
        let open = life.key != libc::IPC_PRIVATE && flags & libc::IPC_EXCL == 0;
        (alone && open && never_written(life) && came_first(story, &keyed, life).is_none()).then(|| {
            let (maker, shmid, apart) = (life.made_by.clone(), life.shmid, apart(story, life));
            about_life(story, life, Detail::EmptySegment { maker, shmid, apart })
        })
    });
    found.collect()
}

/// What another program wrote under another key and left to others, while this segment stayed empty.
fn apart(story: &Story, empty: &Life) -> Option<Apart> {
    let program = |life: &Life| story.program(story.maker(life)?);
    let filled = left(story).find(|life| {
        life.attached_by.len() == 1
            && ![empty.key, libc::IPC_PRIVATE].contains(&life.key)
            && life.begins.iter().any(|byte| *byte != 0)
            && program(life) != program(empty)
    })?;
    let file = |key: i32| {
        let of_key = |event: &&Event| event.outcome == Outcome::Returned(Value::Key(key));
        calls(story, Ftok).find(of_key).and_then(|event| event.file.as_ref()).map(|file| &file.path)
    };
    let path = file(filled.key).filter(|path| file(empty.key) == Some(path));
    Some(Apart {
        writer: filled.made_by.clone(),
        filled: filled.shmid,
        other: Value::Key(filled.key),
        path: path.map(|path| quote(path.as_bytes())),
    })
}

/// One key, two segments at the same time: the first was marked and still attached when the second was made.
pub fn split(story: &Story) -> Vec<Found> {
    let keyed = by_key(story);
    let used = |life: &&Life| life.made && life.key != libc::IPC_PRIVATE && life.attaches > 0;
    let found = story.lives.iter().filter(used).filter_map(|old| {
        let marked = old.marked?;
        let mut same = keyed.get(&old.key)?.iter().filter(|life| life.attaches > 0).take(MAX_OF_ONE_KEY);
        same.find(|life| std::ptr::eq(**life, old))?;
        let new = same.next()?;
        let made = new.made_at.filter(|made| *made > marked)?;
        let holds = |attach: &Attach| {
            attach.shmid == old.shmid
                && attach.closed.is_none_or(|closed| closed.event.is_some_and(|at| at > made))
        };
        let holder = story.processes.iter().find(|process| process.attaches.all().any(holds))?;
        let (holder, later_maker) = (holder.role.clone(), new.made_by.clone());
        let detail = Detail::SplitKey { shmid: old.shmid, holder, later_maker, later: new.shmid };
        Some(about_life(story, new, detail).after(marked))
    });
    found.collect()
}

/// Sets and queues that are still there. One without a key is found only by its number.
pub fn object_left(story: &Story) -> Vec<Found> {
    let found = story.objects.iter().filter(|object| object.left && !story.cut).filter_map(|object| {
        let event = object.event?;
        let (kind, id, maker) = (object.kind, object.id, object.made_by.clone()?);
        let private = object.key == libc::IPC_PRIVATE;
        let detail = Detail::ObjectLeft { kind, id, key: Value::Key(object.key), maker, private };
        let pid = story.event(event).map(|event| event.pid);
        Some(Found::new(detail, vec![event], pid, None))
    });
    found.collect()
}
