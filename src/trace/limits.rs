//! Which of the kernel's limits on segments a refused shmget has met, how much of it is in use, and by whom. It reads the
//! limits and the kernel's table, and only after a call that failed.

use std::collections::HashMap;

use super::Story;
use crate::facts::meaning::LimitMet;
use crate::sys::{evidence, settings};

/// The limit behind this errno; none where no limit explains it, or where the process's namespace can't be looked at.
pub fn met(story: &Story, pid: i32, errno: i32, asked: u64, page: u64) -> Option<LimitMet> {
    if story.is_elsewhere(pid) {
        return None;
    }
    match errno {
        libc::EINVAL => {
            let allowed = settings::limit("shmmax").filter(|most| asked > *most)?;
            Some(LimitMet { limit: "shmmax", allowed, used: 0, asked, own: 0, other: None })
        }
        libc::ENOSPC => {
            let pages = |size: u64| size.div_ceil(page);
            full(story, "shmmni", 1, |_| 1).or_else(|| full(story, "shmall", pages(asked), pages))
        }
        _ => None,
    }
}

/// A limit that leaves less than is asked for; `weight`: what a segment of this size takes of it.
fn full(story: &Story, limit: &'static str, asked: u64, weight: impl Fn(u64) -> u64) -> Option<LimitMet> {
    let allowed = settings::limit(limit)?;
    let (rows, _) = evidence::segments()?;
    let (mut used, mut own) = (0_u64, 0_u64);
    let mut others: HashMap<i32, u64> = HashMap::new();
    for row in &rows {
        let takes = weight(row.size);
        used += takes;
        if story.life(row.shmid).is_some_and(|life| life.made) {
            own += takes;
        } else {
            *others.entry(row.cpid).or_default() += takes;
        }
    }
    let other = others.into_iter().max_by_key(|(_, takes)| *takes);
    (used.saturating_add(asked) > allowed).then_some(LimitMet { limit, allowed, used, asked, own, other })
}
