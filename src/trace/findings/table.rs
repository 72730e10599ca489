//! The table of diagnoses: a row each. The rest of this room finds their evidence.

use super::{
    Found, Level, Reading, Rule, addresses, attachments, ids, keys, lifetimes, making, old, order, readers,
    removals, rights, waits,
};
use crate::trace::Story;

use Level::{Mistake, Remark, RightByAccident};
use Reading::{Call, Covers};

const fn rule(
    name: &'static str,
    level: Level,
    reading: Reading,
    syllabus: &'static [usize],
    find: fn(&Story) -> Vec<Found>,
) -> Rule {
    Rule { name, level, reading, syllabus, follows: &[], find }
}

impl Rule {
    const fn follows(mut self, follows: &'static [&'static [&'static str]]) -> Rule {
        self.follows = follows;
        self
    }
}

/// What keeps a program from tidying up.
const BEFORE_A_LEAK: &[&[&str]] = &[
    &["own-attach-counted", "reader-first", "private-lookup"],
    &["key-for-id", "id-from-comparison", "wrong-command"],
    CRASHES,
    REFUSED,
];

/// Findings that end their process.
pub const CRASHES: &[&str] = &[
    "shmat-unchecked",
    "crash-after-detach",
    "crash-after-exec",
    "store-read-only",
    "store-past-page",
    "before-segment",
    "pointer-in-int",
    "foreign-pointer",
];

/// Findings because of which a shmat may be refused.
pub const REFUSED: &[&str] = &["decimal-mode", "mode-zero", "owner-without-rights", "address-in-use"];

/// Every rule, in the order in which their findings are reported where nothing else decides.
pub const RULES: &[Rule] = &[
    rule("missing-file", Mistake, Call("ftok", "key = ftok(\"lab.key\", 'L')"), &[1], keys::missing_file),
    rule(
        "key-minus-one",
        RightByAccident,
        Call("as-written", "id = shmget(-1, 1024, 0666 | IPC_CREAT)"),
        &[1, 7],
        keys::minus_one,
    )
    .follows(&[&["missing-file"]]),
    rule(
        "project-over-8-bits",
        RightByAccident,
        Call("ftok", "low = ftok(\"lab.key\", 7777)"),
        &[3],
        keys::project_over,
    ),
    rule("project-zero", RightByAccident, Covers("ftok", 3), &[3], keys::project_zero),
    rule("key-changed", Mistake, Covers("ftok", 4), &[4], keys::changed),
    rule("twin-files", RightByAccident, Covers("ftok", 4), &[4], keys::twin_files),
    rule("private-lookup", Mistake, Covers("ftok", 5), &[5], keys::private_lookup),
    rule("impossible-size", Mistake, Covers("shmget", 16), &[16], making::impossible),
    rule("larger-than-segment", Mistake, Covers("shmget", 16), &[16], making::larger),
    rule("old-segment", RightByAccident, Covers("shmget", 13), &[13], old::taken),
    rule("decimal-mode", Mistake, Call("shmget", "dec = shmget(0x4c4144, 100, 666)"), &[19], making::decimal),
    rule(
        "mode-zero",
        Mistake,
        Call("shmget", "bare = shmget(0x4c4143, 100, IPC_CREAT)"),
        &[18],
        making::no_mode,
    ),
    rule("owner-without-rights", Mistake, Covers("shmget", 18), &[18], rights::owner_without_rights),
    rule(
        "id-from-comparison",
        Mistake,
        Call("shmget", "q = shmat(0, NULL, 0)"),
        &[11, 12],
        ids::from_comparison,
    ),
    rule("shmget-unchecked", Mistake, Call("shmat", "bad = shmat(-1, NULL, 0)"), &[], ids::shmget_unchecked)
        .follows(&[&[
            "reader-first",
            "removed-too-early",
            "missing-file",
            "key-minus-one",
            "impossible-size",
        ]]),
    rule("other-namespace", Mistake, Covers("shmdt", 39), &[39], removals::elsewhere),
    rule("used-after-removal", Mistake, Covers("shmdt", 44), &[44], removals::used_after),
    rule("attach-against-removal", RightByAccident, Covers("shmdt", 44), &[44], removals::race),
    rule("removed-too-early", Mistake, Covers("shmdt", 44), &[44], removals::too_early),
    rule("key-for-id", Mistake, Call("shmctl", "shmctl(0xf00f, IPC_RMID, NULL)"), &[10], ids::key_for_id),
    rule("wrong-command", Mistake, Call("errnos", "shmctl(id, 9999, NULL)"), &[], ids::wrong_command),
    rule("address-in-use", Mistake, Covers("shmat", 25), &[25], addresses::in_use),
    rule("shmat-unchecked", Mistake, Covers("shmat", 23), &[23], addresses::shmat_unchecked).follows(&[&[
        "shmget-unchecked",
        "address-in-use",
        "mode-zero",
        "decimal-mode",
        "owner-without-rights",
        "other-namespace",
        "used-after-removal",
    ]]),
    rule("crash-after-detach", Mistake, Call("shmdt", "p[0] = 'X'"), &[], addresses::after_detach),
    rule("crash-after-exec", Mistake, Covers("processes", 37), &[37], addresses::after_exec),
    rule("store-read-only", Mistake, Covers("shmat", 29), &[29], addresses::read_only),
    rule("store-past-page", Mistake, Call("write", "r[4096] = 'Z'"), &[15], addresses::past_page),
    rule("before-segment", Mistake, Call("write", "r[4096] = 'Z'"), &[15], addresses::before_segment),
    rule("pointer-in-int", Mistake, Covers("write", 24), &[24], addresses::in_int),
    rule("foreign-pointer", Mistake, Call("shmat", "puts(t)"), &[26], addresses::foreign),
    rule("shmdt-wrong-address", Mistake, Call("shmdt", "shmdt(&id)"), &[42], addresses::wrong_shmdt)
        .follows(&[&["shmat-unchecked"]]),
    rule("reader-first", Mistake, Covers("client-first", 35), &[35], readers::first)
        .follows(&[&["creat-without-excl"]]),
    rule("private-lock", Mistake, Covers("races", 32), &[32], waits::private_lock),
    rule("dead-holder", Mistake, Covers("races", 32), &[32], waits::dead_holder),
    rule("semaphore-not-set", Mistake, Covers("races", 32), &[32], waits::semaphore_not_set),
    rule("all-asleep", Mistake, Covers("races", 32), &[32], waits::all_asleep),
    rule("deadlock", Mistake, Covers("races", 32), &[32], waits::deadlock),
    rule("own-attach-counted", Mistake, Covers("shmdt", 39), &[39], attachments::own_counted),
    rule("split-key", Mistake, Covers("shmdt", 45), &[45], lifetimes::split),
    rule("never-destroyed", Mistake, Covers("shmdt", 39), &[39], lifetimes::never_destroyed)
        .follows(BEFORE_A_LEAK),
    rule("kept-attached", RightByAccident, Covers("shmdt", 44), &[44], attachments::kept),
    rule("overrun", RightByAccident, Covers("write", 15), &[15], addresses::overrun),
    rule("creat-without-excl", Remark, Covers("shmget", 13), &[13], making::without_excl),
    rule(
        "world-writable",
        Remark,
        Call("shmget", "open = shmget(0x4c4145, 100, IPC_CREAT | 0666)"),
        &[7, 20],
        making::world_writable,
    ),
    rule("in-the-way", Remark, Covers("shmget", 13), &[13], old::in_the_way)
        .follows(&[&["owner-without-rights", "mode-zero"]]),
    rule("limit-reached", Remark, Covers("limits", 21), &[21], making::limit)
        .follows(&[&["never-destroyed"]]),
    rule("excl-alone", Remark, Covers("shmget", 14), &[14], making::excl_alone),
    rule("mode-in-shmat", Remark, Covers("shmat", 30), &[30], addresses::mode_in_shmat),
    rule("empty-segment", Remark, Covers("client-first", 35), &[35], lifetimes::empty)
        .follows(&[&["creat-without-excl"]]),
    rule("unordered-writers", Remark, Covers("races", 32), &[32, 34], order::unordered),
    rule("left-behind", Remark, Covers("as-written", 39), &[39], lifetimes::left_behind)
        .follows(BEFORE_A_LEAK),
    rule("set-or-queue-left", Remark, Covers("as-written", 39), &[39], lifetimes::object_left)
        .follows(BEFORE_A_LEAK),
    rule("attached-after-removal", Remark, Covers("shmdt", 44), &[44], addresses::after_removal),
    rule("removed-twice", Remark, Covers("shmdt", 47), &[47], lifetimes::removed_twice),
    rule("not-detached", Remark, Call("shmdt", "shmdt(p)"), &[], lifetimes::not_detached)
        .follows(&[&["shmdt-wrong-address"]]),
];
