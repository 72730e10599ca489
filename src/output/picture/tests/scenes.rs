//! Snapshots at random, as a kernel could have them, and the facts that a picture of them has to say. Those are said
//! here anew, from what was put in and not from what the picture makes of it.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::reading::Facts;
use crate::facts::event::{Content, Event, Mapping, Member, Segment, Snapshot};
use crate::facts::outcome::Outcome;
use crate::text::quote;

const ROLES: [&str; 4] = ["server", "client", "heir", "admin"];

/// A segment's part: whether it is there before and after, and whether it is the same.
#[derive(Debug, Clone)]
struct Life {
    before: Option<(u64, bool)>,
    after: Option<(u64, bool)>,
    /// The identifier came back in this step for another segment.
    anew: bool,
    /// The earlier events saw this segment, or another one with its identifier.
    known: bool,
    key: i32,
    size: u64,
    rss: Option<u64>,
}

/// An event, those before it, and what was decided of them.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub now: Event,
    pub earlier: Vec<Event>,
    lives: Vec<(i32, Life)>,
}

pub(super) fn row(shmid: i32, key: i32, mode: u32, nattch: u64) -> Segment {
    let rss = if mode & 0o1000 == 0 { Some(0) } else { Some(4096) };
    let (cpid, lpid, uid, cuid) = (4014, 0, 0, 0);
    Segment { key, shmid, mode, size: 4096, cpid, lpid, nattch, uid, cuid, atime: 0, dtime: 0, ctime: 1, rss }
}

pub(super) fn mapping(role: &str, pid: i32, shmid: i32, start: u64, permissions: &str) -> Mapping {
    let (permissions, line) = (permissions.to_owned(), String::new());
    Mapping { role: role.into(), pid, shmid, start, end: start + 4096, permissions, line }
}

pub(super) fn member(role: &str, pid: i32) -> Member {
    Member { role: role.into(), pid, state: Some('S') }
}

pub(super) fn snapshot(rows: Vec<Segment>, mappings: Vec<Mapping>, members: Vec<Member>) -> Snapshot {
    Snapshot {
        segments: Some(rows),
        source: "/proc/sysvipc/shm",
        mappings,
        mappings_seen: true,
        members,
        devshm: 0,
    }
}

fn life() -> impl Strategy<Value = Life> {
    let row = || option::weighted(0.8, (0..6_u64, prop::bool::weighted(0.3)));
    let key = prop_oneof![Just(0), any::<i32>()];
    let size = prop_oneof![Just(1024), Just(4096), 1..2_000_000_u64, Just(u64::MAX)];
    let rss = option::weighted(0.9, prop_oneof![Just(0), Just(4096), Just(1 << 40)]);
    let rows = (row(), row())
        .prop_filter("is there at some time", |(before, after)| before.is_some() || after.is_some());
    (rows, prop::bool::weighted(0.1), any::<bool>(), key, size, rss).prop_map(
        |((before, after), anew, known, key, size, rss)| {
            // A mark stays.
            let keeps = before.is_some_and(|(_, marked)| marked) && !anew;
            let after = after.map(|(nattch, marked)| (nattch, marked || keeps));
            let anew = anew && before.is_some();
            Life { before, after, anew, known, key, size, rss }
        },
    )
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        "[ -~]{0,70}".prop_map(String::into_bytes),
        "[é世a\"\\\\│▶.;]{0,20}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..64),
        Just(vec![0; 64]),
    ];
    (text, prop::bool::weighted(0.2)).prop_map(|(mut text, nul)| {
        if nul {
            text.insert(0, 0);
        }
        text.resize(64, 0);
        text
    })
}

/// A process before and after, and its attachments: the segment's place, where, how, before, after.
type Played = (Option<Option<char>>, Option<char>, Vec<(usize, usize, bool, bool, bool)>);

fn process() -> impl Strategy<Value = Played> {
    let state = || prop_oneof![6 => Just(Some('S')), 1 => Just(Some('Z')), 1 => Just(None)];
    let held = (0..4_usize, 0..8_usize, any::<bool>(), prop::bool::weighted(0.8), prop::bool::weighted(0.8));
    (option::weighted(0.9, state()), state(), vec(held, 0..4))
}

type Read = Option<(usize, Vec<u8>)>;

pub(super) fn scene() -> impl Strategy<Value = Scene> {
    let id = prop_oneof![4 => 0..20_i32, 1 => 0..i32::MAX - 4];
    let ids = vec(id, 5).prop_map(|ids| {
        let mut at = 0;
        ids.iter()
            .map(|id| {
                at += 1;
                id / 5 * 5 + at - 1
            })
            .collect::<Vec<i32>>()
    });
    let read = || option::weighted(0.7, (0..4_usize, text()));
    (ids, vec(life(), 0..5), vec(process(), 1..5), vec(read(), 0..3), read(), 1..4_194_304_i32)
        .prop_map(|(ids, lives, played, earlier, read, pid)| made(&ids, &lives, &played, &earlier, read, pid))
}

fn made(ids: &[i32], lives: &[Life], played: &[Played], earlier: &[Read], read: Read, pid: i32) -> Scene {
    let lives: Vec<(i32, Life)> = ids.iter().copied().zip(lives.iter().cloned()).collect();
    let rows = |state: fn(&Life) -> Option<(u64, bool)>, cpid: fn(&Life) -> i32| -> Vec<Segment> {
        let there = lives.iter().filter_map(|(shmid, life)| state(life).map(|state| (*shmid, life, state)));
        there
            .map(|(shmid, life, (nattch, marked))| Segment {
                size: life.size,
                rss: life.rss,
                cpid: cpid(life),
                ctime: if marked { 9 } else { 1 },
                ..row(shmid, if marked { 0 } else { life.key }, if marked { 0o1600 } else { 0o600 }, nattch)
            })
            .collect()
    };
    let members = |after: bool| -> Vec<Member> {
        let all = played.iter().zip(ROLES).zip(pid..);
        let of = |((process, role), pid): ((&Played, &str), i32)| {
            let state = if after { Some(state_after(process)) } else { process.0 };
            state.map(|state| Member { role: role.into(), pid, state })
        };
        all.filter_map(of).collect()
    };
    let mappings = |after: bool| -> Vec<Mapping> {
        let mut found: Vec<Mapping> = Vec::new();
        for ((process, role), pid) in played.iter().zip(ROLES).zip(pid..) {
            let state = if after { state_after(process) } else { process.0.flatten() };
            for (place, slot, write, before, is_after) in &process.2 {
                let Some((shmid, life)) = lives.get(*place) else { continue };
                let there =
                    if after { *is_after && life.after.is_some() } else { *before && life.before.is_some() };
                let start = 0x7f00_0000_0000 + 0x1000 * *slot as u64;
                let free = !found.iter().any(|held| held.role == role && held.start == start);
                if there && free && state == Some('S') {
                    found.push(mapping(role, pid, *shmid, start, if *write { "rw-s" } else { "r--s" }));
                }
            }
        }
        found
    };
    let known = |life: &Life| life.before;
    let before = snapshot(rows(known, |_| 7), mappings(false), members(false));
    let past = snapshot(rows(known, |life| if life.known { 7 } else { 6 }), Vec::new(), Vec::new());
    let event = |read: &Read, before: &Snapshot, after: &Snapshot| {
        let mut event = Event::new("server".into(), pid, "read", Outcome::Blocked);
        let shmid = read.as_ref().and_then(|(place, _)| lives.get(*place)).map(|(shmid, _)| *shmid);
        let bytes = read.as_ref().map(|(_, bytes)| bytes.clone()).unwrap_or_default();
        event.segment = shmid;
        event.content = shmid.filter(|shmid| after.segment(*shmid).is_some()).map(|_| Content {
            role: "server".into(),
            address: 0,
            bytes,
        });
        (event.before, event.after) = (before.clone(), after.clone());
        event
    };
    let after = snapshot(
        rows(|life| life.after, |life| if life.anew { 8 } else { 7 }),
        mappings(true),
        members(true),
    );
    let earlier = earlier.iter().map(|read| event(read, &past, &past)).collect();
    Scene { now: event(&read, &before, &after), earlier, lives: lives.clone() }
}

/// No process comes back: one that has ended stays so, or is reaped.
fn state_after(process: &Played) -> Option<char> {
    match (process.0, process.1) {
        (Some(None), _) => None,
        (Some(Some('Z')), Some(_)) => Some('Z'),
        (_, after) => after,
    }
}

/// What a picture of the scene has to say.
pub(super) fn expected(scene: &Scene) -> Facts {
    let mut facts = Facts::default();
    for (shmid, life) in &scene.lives {
        let Some((nattch, marked)) = life.after else {
            facts.add(format!("segment {shmid}: removed"));
            continue;
        };
        let same = life.before.filter(|_| !life.anew);
        let key = match life.key {
            _ if marked => "no key".to_owned(),
            0 => "IPC_PRIVATE".into(),
            key => format!("key {:#010x}", key),
        };
        facts.add(format!("segment {shmid}: {key}"));
        facts.add(format!("segment {shmid}: {} bytes", life.size));
        facts.add(format!("segment {shmid}: nattch {nattch}"));
        match same {
            None => facts.add(format!("segment {shmid}: new")),
            Some((was, _)) if was != nattch => facts.add(format!("segment {shmid}: nattch was {was}")),
            Some(_) => {}
        }
        if marked {
            let now = if same.is_some_and(|(_, was)| !was) { "now " } else { "" };
            facts.add(format!("segment {shmid}: {now}marked"));
        }
        facts.bytes(*shmid, bytes(scene, *shmid, life, same.is_some()));
    }
    attachments(scene, &mut facts);
    facts
}

/// How a segment's bytes are described.
fn bytes(scene: &Scene, shmid: i32, life: &Life, same: bool) -> String {
    let of = |event: &Event| {
        event.content.as_ref().filter(|_| event.segment == Some(shmid)).map(|content| told(&content.bytes))
    };
    let last = scene.earlier.iter().rev().find_map(of).filter(|_| same && life.known);
    match (of(&scene.now), last) {
        (Some(now), Some(last)) if now == last => now,
        (Some(now), Some(_)) => format!("now {now}"),
        (Some(now), None) if same && life.rss == Some(0) => format!("now {now}"),
        (Some(now), None) => now,
        (None, Some(_)) if life.rss == Some(0) => "not in memory now".into(),
        (None, Some(last)) => format!("was {last}"),
        (None, None) => match life.rss {
            Some(0) => "not in memory yet".into(),
            Some(rss) if rss < life.size => format!("{rss} bytes in memory"),
            _ => "not read".into(),
        },
    }
}

fn told(bytes: &[u8]) -> String {
    let whole = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let string = bytes.iter().take_while(|byte| **byte != 0).count();
    match (string, whole) {
        (_, 0) => "zeros".into(),
        (0, whole) => quote(&bytes[..whole]),
        (string, _) => quote(&bytes[..string]),
    }
}

fn attachments(scene: &Scene, facts: &mut Facts) {
    let (before, after) = (&scene.now.before, &scene.now.after);
    let at = |held: &Mapping| (held.role.clone(), held.shmid, held.start);
    for held in &after.mappings {
        let new = if before.mappings.iter().any(|other| at(other) == at(held)) { "" } else { " new" };
        let Mapping { role, pid, shmid, start, permissions, .. } = held;
        facts.add(format!("{role} {pid}: {start:#x} {permissions} on {shmid}{new}"));
    }
    for held in
        before.mappings.iter().filter(|held| !after.mappings.iter().any(|other| at(other) == at(held)))
    {
        facts.add(format!("{} {}: {:#x} gone from {}", held.role, held.pid, held.start, held.shmid));
    }
    for member in &after.members {
        let was = before.members.iter().find(|was| was.role == member.role);
        let name = format!("{} {}", member.role, member.pid);
        if was.is_none() {
            facts.add(format!("{name}: new"));
        }
        let idle = !after.mappings.iter().any(|held| held.role == member.role);
        let state = match (was.map(|was| was.state), member.state) {
            (Some(Some('Z')), None) => "reaped now",
            (Some(None), None) => "ended",
            (_, None) => "ended now",
            (Some(Some('Z')), Some('Z')) => "zombie",
            (_, Some('Z')) => "zombie now",
            _ if idle => "not attached",
            _ => continue,
        };
        facts.add(format!("{name}: {state}"));
    }
}
