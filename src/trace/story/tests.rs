//! The model by itself: what a story makes of the facts that it gets. Nothing here traces, forks or attaches.

use super::attaches::{FIRST_ENDED, MAX_ENDED};
use super::lives::{FIRST_LIVES, MAX_LIVES, MAX_ROLES_OF_ONE};
use super::members::{FIRST_PROCESSES, MAX_ATTACHES_HELD, MAX_PROCESSES};
use super::unseen::MAX_UNSEEN;
use super::{Attach, Change, How, LastLook, Life, Story, Unseen};
use crate::facts::event::{Event, Seen, Segment};
use crate::facts::outcome::Outcome;

/// The program's first process.
const FIRST: i32 = 100;

fn story() -> Story {
    let mut story = Story::default();
    story.enter(FIRST, "server");
    story
}

fn attach(shmid: i32, address: u64) -> Attach {
    Attach { shmid, address, size: 10, ..Attach::default() }
}

fn row(shmid: i32, cpid: i32) -> Segment {
    let (key, mode, size, nattch, rss, ctime) = (9, 0o1640, 10, 0, None, 50);
    let (lpid, uid, cuid, atime, dtime) = (0, 0, 0, 0, 0);
    Segment { key, shmid, mode, size, cpid, lpid, nattch, uid, cuid, atime, dtime, ctime, rss }
}

fn event(number: usize, pid: i32) -> Event {
    let seen = Some(Seen { number, ..Seen::default() });
    Event { seen, ..Event::new(String::new(), pid, "shmget", Outcome::Silent) }
}

/// The same with the lives of these segments.
fn story_of(segments: &[i32]) -> Story {
    let mut story = story();
    segments.iter().for_each(|shmid| begin(&mut story, *shmid));
    story
}

/// A segment's life begins; the kernel has none of those that are over.
fn begin(story: &mut Story, shmid: i32) {
    story.begin(Life { shmid, ..Life::default() }, |_| false);
}

/// How often a segment was attached and detached, and whether it is gone.
fn counts(story: &Story, shmid: i32) -> (u64, u64, bool) {
    story.life(shmid).map(|life| (life.attaches, life.detaches, life.destroyed)).expect("a life")
}

fn addresses(story: &Story, pid: i32) -> Vec<u64> {
    story.memory(pid).expect("a process").attaches.open().map(|attach| attach.address).collect()
}

/// How what a process had attached has ended.
fn endings(story: &Story, pid: i32) -> Vec<How> {
    let attaches = &story.process(pid).expect("a process").attaches;
    attaches.closed().filter_map(|attach| attach.closed).map(|closed| closed.how).collect()
}

#[test]
fn a_forked_child_has_all_that_its_parent_has_attached() {
    let mut story = story_of(&[7]);
    story.attach(FIRST, attach(7, 0x5000));
    story.attach(FIRST, attach(7, 0x1000));
    assert_eq!(story.fork(FIRST, 101, false, &[]), [(7, 2)]);
    assert_eq!(addresses(&story, 101), [0x5000, 0x1000]);
    assert!(story.memory(101).expect("a child").attaches.open().all(|attach| attach.inherited));
    assert_eq!(counts(&story, 7), (4, 0, false));
    assert_eq!(story.life(7).map(|life| life.attached_by.clone()).expect("a life"), ["server", "child 1"]);
    story.detach(101, 0x5000, None, None, Some(3));
    assert_eq!((addresses(&story, FIRST).len(), counts(&story, 7)), (2, (4, 1, false)));
}

#[test]
fn what_a_childs_mappings_do_not_show_it_never_had() {
    let mut story = story_of(&[7, 8]);
    story.attach(FIRST, attach(7, 0x1000));
    story.attach(FIRST, attach(8, 0x2000));
    let changes = [Change::Gone(0x1000), Change::Moved(0x2000, 0x9000)];
    assert_eq!(story.fork(FIRST, 101, false, &changes), [(8, 1)]);
    assert_eq!((addresses(&story, 101), addresses(&story, FIRST)), (vec![0x9000], vec![0x1000, 0x2000]));
    // No process has detached the first one.
    assert_eq!((counts(&story, 7), counts(&story, 8)), ((1, 0, false), (2, 0, false)));
    story.change(FIRST, Change::Gone(0x1000));
    assert_eq!((counts(&story, 7), endings(&story, FIRST)), ((1, 1, false), vec![How::Unmapped]));
}

#[test]
fn a_vforked_child_uses_its_parents_memory_until_it_runs_a_program() {
    let mut story = story_of(&[7]);
    story.attach(FIRST, attach(7, 0x1000));
    assert_eq!(story.fork(FIRST, 101, true, &[]), []);
    story.attach(101, attach(7, 0x2000));
    assert_eq!(addresses(&story, FIRST), [0x1000, 0x2000]);
    assert_eq!(story.exec(101, "/bin/true".into(), Some(1)), []);
    assert_eq!((addresses(&story, 101), addresses(&story, FIRST).len()), (vec![], 2));
    assert_eq!(story.process(101).map(|child| child.program.as_str()), Some("/bin/true"));
    // One that ends without an exec takes nothing along either.
    story.fork(FIRST, 102, true, &[]);
    assert_eq!(story.exit(102, Outcome::Exited(0), &[], None), []);
    assert_eq!((addresses(&story, FIRST).len(), counts(&story, 7)), (2, (2, 0, false)));
}

#[test]
fn an_exec_ends_every_attach_and_leaves_the_segment() {
    let mut story = story_of(&[7]);
    story.attach(FIRST, attach(7, 0x1000));
    story.attach(FIRST, attach(7, 0x2000));
    assert_eq!(story.exec(FIRST, "/bin/true".into(), Some(5)), [(7, 2)]);
    assert_eq!((addresses(&story, FIRST), endings(&story, FIRST)), (vec![], vec![How::Exec; 2]));
    assert_eq!(counts(&story, 7), (2, 2, false));
    assert_eq!((story.rename(FIRST, "true"), story.role(FIRST)), ("true".into(), "true".into()));
    // A program without a name changes nothing.
    assert_eq!(story.rename(FIRST, ""), "true");
}

#[test]
fn an_exit_detaches_and_what_was_last_seen_of_the_segment_stays() {
    let mut story = story_of(&[7]);
    story.attach(FIRST, attach(7, 0x1000));
    let last = LastLook {
        shmid: 7,
        address: 0x1000,
        begins: b"hello".to_vec(),
        beyond: Some((10, 2)),
        ..LastLook::default()
    };
    assert_eq!(story.exit(FIRST, Outcome::Exited(0), &[last], Some(4)), [(7, 1)]);
    assert_eq!((counts(&story, 7), endings(&story, FIRST)), ((1, 1, false), vec![How::Exit]));
    let life = story.life(7).expect("a life");
    let beyond = life.beyond.map(|beyond| (beyond.offset, beyond.bytes, beyond.event));
    assert_eq!((life.begins.as_slice(), beyond), (&b"hello"[..], Some((10, 2, 4))));
    assert_eq!(story.alive().count(), 0);
}

#[test]
fn a_marked_segment_ends_with_its_last_attach_and_not_before() {
    let mut story = story_of(&[7, 8]);
    story.attach(FIRST, attach(7, 0x1000));
    story.fork(FIRST, 101, false, &[]);
    story.mark(7, Some(3), false);
    story.mark(7, Some(4), false);
    story.detach(FIRST, 0x1000, None, None, None);
    assert_eq!((counts(&story, 7), story.lives_on(7)), ((2, 1, false), true));
    story.exit(101, Outcome::Exited(0), &[], None);
    assert_eq!((counts(&story, 7), story.lives_on(7)), ((2, 2, true), false));
    assert_eq!(story.life(7).and_then(|life| life.marked), Some(3), "the first mark counts");
    story.mark(8, None, false);
    // One that is attached nowhere ends at once.
    assert_eq!(counts(&story, 8), (0, 0, true));
}

#[test]
fn a_segment_that_is_not_there_any_more_has_ended_whatever_was_counted() {
    let mut story = story_of(&[7]);
    story.attach(FIRST, attach(7, 0x1000));
    story.mark(7, Some(3), true);
    assert_eq!(counts(&story, 7), (1, 0, true));
}

#[test]
fn an_identifier_that_comes_round_again_is_another_life() {
    let mut story = story_of(&[7]);
    story.attach(FIRST, attach(7, 0x1000));
    story.exit(FIRST, Outcome::Exited(0), &[], None);
    story.mark(7, None, false);
    begin(&mut story, 7);
    assert_eq!((story.lives.len(), counts(&story, 7), story.lives_on(7)), (2, (0, 0, false), true));
    story.remains(&[row(7, FIRST)], 0);
    let left: Vec<bool> = story.lives.iter().map(|life| life.left.is_some()).collect();
    assert_eq!((left, story.lives_on(7)), (vec![false, true], true));
}

#[test]
fn a_segment_was_made_by_whom_its_row_names() {
    let mut story = story();
    let asked = |shmid| Life { shmid, key: 3, size: 20, mode: 0o600, ..Life::default() };
    story.shmget(FIRST, asked(1), Some(&row(1, FIRST)), Some(2), |_| true);
    story.shmget(FIRST, asked(2), Some(&row(2, 55)), Some(3), |_| true);
    story.shmget(FIRST, asked(3), None, None, |_| true);
    let said = |life: &Life| (life.made, life.made_by.clone(), life.made_at, life.size, life.mode, life.key);
    assert_eq!(
        story.lives.iter().map(said).collect::<Vec<_>>(),
        [
            (true, "server".into(), Some(2), 10, 0o640, 3),
            (false, "55".into(), None, 10, 0o640, 3),
            (true, "server".into(), None, 20, 0o600, 3),
        ]
    );
}

#[test]
fn an_attach_in_the_place_of_another_has_ended_that_one() {
    let mut story = story_of(&[7, 8]);
    story.attach(FIRST, attach(7, 0x1000));
    story.attach(FIRST, attach(8, 0x1000));
    assert_eq!((counts(&story, 7), counts(&story, 8)), ((1, 1, false), (1, 0, false)));
    // An address that is not known counts for the segment that was seen there.
    story.detach(FIRST, 0x7000, Some(8), None, None);
    assert_eq!((counts(&story, 8), addresses(&story, FIRST).len()), ((1, 1, false), 1));
}

#[test]
fn of_segments_without_end_those_stay_that_are_there_or_were_told() {
    let mut story = story();
    story.events.push(event(1, FIRST));
    let there = |shmid: i32| shmid % 1000 == 0;
    for shmid in 0..10_000 {
        let made_at = (shmid == 1).then_some(1);
        story.begin(Life { shmid, made_at, ..Life::default() }, there);
    }
    assert!(story.lives.len() <= 2 * FIRST_LIVES && story.life(1).is_some() && story.life(2).is_none());
    assert!((0..10).all(|thousand| story.life(1000 * thousand).is_some()));
    assert_eq!(story.lives.len() + story.passed, 10_000);
    // Of the kernel's own tables there may be more than a story keeps.
    (10_000..(MAX_LIVES + 13 * FIRST_LIVES) as i32)
        .for_each(|shmid| story.begin(Life { shmid, ..Life::default() }, |_| true));
    assert!(story.lives.len() <= MAX_LIVES + FIRST_LIVES + 1, "{}", story.lives.len());
}

#[test]
fn of_processes_without_end_those_stay_that_run_came_first_or_were_told() {
    let mut story = story();
    story.events.push(event(1, 1500));
    for pid in FIRST + 1..10_000 {
        story.fork(FIRST, pid, false, &[]);
        if pid != 2000 {
            story.exit(pid, Outcome::Exited(0), &[], None);
        }
    }
    assert!(story.processes.len() <= MAX_PROCESSES, "{}", story.processes.len());
    assert_eq!(story.entered, 9900);
    let kept = |pid| story.process(pid).is_some();
    assert!(kept(FIRST) && kept(FIRST + FIRST_PROCESSES as i32 - 1) && kept(1500) && kept(2000));
    assert!(!kept(1600));
    assert_eq!(story.role(9999), "child 9899");
}

#[test]
fn attaches_beyond_all_use_are_counted_and_not_kept() {
    let mut story = story_of(&[7]);
    let half = MAX_ATTACHES_HELD as u64 / 2;
    (0..half + 1).for_each(|at| story.attach(FIRST, attach(7, at)));
    // A child would have more than are kept; it is counted for what it has anyway.
    assert_eq!(story.fork(FIRST, 101, false, &[]), [(7, half + 1)]);
    assert_eq!((addresses(&story, 101).len(), story.unheld), (0, half + 1));
    assert_eq!(counts(&story, 7).0, 2 * (half + 1));
    (half + 1..2 * half + 5).for_each(|at| story.attach(FIRST, attach(7, at)));
    assert_eq!(addresses(&story, FIRST).len(), MAX_ATTACHES_HELD);
    story.exec(FIRST, String::new(), None);
    story.attach(FIRST, attach(7, 1));
    // What has ended makes room.
    assert_eq!(addresses(&story, FIRST), [1]);
}

#[test]
fn of_what_a_process_had_attached_the_first_and_the_last_are_kept_and_of_one_that_is_gone_fewer() {
    let mut story = story_of(&[7]);
    for at in 0..1000 {
        story.attach(FIRST, attach(7, at));
        story.detach(FIRST, at, None, None, None);
    }
    assert_eq!(endings(&story, FIRST), vec![How::Shmdt; MAX_ENDED]);
    let kept: Vec<u64> =
        story.process(FIRST).expect("it").attaches.closed().map(|attach| attach.address).collect();
    assert_eq!((kept[0], kept[FIRST_ENDED], kept[MAX_ENDED - 1]), (0, 776, 999));
    story.exit(FIRST, Outcome::Exited(0), &[], None);
    assert_eq!((endings(&story, FIRST).len(), counts(&story, 7)), (2 * FIRST_ENDED, (1000, 1000, false)));
}

#[test]
fn whoever_attaches_a_segment_is_named_once_and_of_many_the_first() {
    let mut story = story_of(&[7]);
    (0..3).for_each(|at| story.attach(FIRST, attach(7, at)));
    (1..=20).for_each(|child| drop(story.fork(FIRST, FIRST + child, false, &[])));
    let life = story.life(7).expect("a life");
    assert_eq!((life.attached_by.len(), life.attached_by_more), (MAX_ROLES_OF_ONE, 5));
    assert_eq!((life.attached_by[0].as_str(), life.attached_by[1].as_str()), ("server", "child 1"));
}

#[test]
fn what_cannot_be_seen_is_said_once_and_not_without_end() {
    let mut story = story();
    (0..30).for_each(|number| story.cannot_see(Unseen::NoFilter { errno: number / 2 }));
    assert_eq!((story.unseen.len(), story.unsaid), (15, 0));
    (0..100).for_each(|number| story.cannot_see(Unseen::LabStopped { signal: number }));
    assert_eq!((story.unseen.len(), story.unsaid), (MAX_UNSEEN, 95));
}

#[test]
fn a_segment_that_the_program_was_not_seen_to_make_is_said_to_be_there() {
    let mut story = story();
    story.undecoded.count(555);
    let rows = [row(1, FIRST), row(2, 555), row(3, 9), Segment { ctime: 3, ..row(4, FIRST) }];
    story.remains(&rows, 10);
    let made = |shmid, role: &str, pid| Unseen::Segment { shmid, size: 10, role: role.into(), pid };
    assert_eq!(story.unseen, [made(1, "server", FIRST), made(2, "process 555", 555)]);
}

#[test]
fn a_process_in_a_namespace_of_its_own_is_said_to_be_so_and_so_are_its_children() {
    let mut story = story();
    story.looked_where(FIRST, 7, true);
    story.fork(FIRST, 101, false, &[]);
    assert!(story.process(101).is_some_and(|child| child.elsewhere) && story.elsewhere);
    assert_eq!(story.unseen, [Unseen::Namespace { role: "server".into(), pid: FIRST }]);
    // What is elsewhere can't be looked for, and stays.
    (0..2 * FIRST_LIVES as i32).for_each(|shmid| begin(&mut story, shmid));
    assert_eq!((story.lives.len(), story.passed), (2 * FIRST_LIVES, 0));
}
