//! What an actor does many times over for one line of a lesson: torn reads, and segments made and removed. It goes
//! where [`super::actor`] has found that the lesson may go.

use super::request::Reply;
use crate::sys::{memory, shm};

/// How many bytes one actor writes while another looks at them.
pub const TEXT_BYTES: u64 = 64;

/// Writes a text of As, then one of Bs, and so on.
pub fn alternate(address: u64, rounds: i64) -> i64 {
    for round in 0..rounds {
        memory::fill(address, if round % 2 == 0 { b'A' } else { b'B' }, TEXT_BYTES);
    }
    rounds
}

/// Looks at that text and counts how often it is neither all As nor all Bs.
pub fn count_torn(address: u64, rounds: i64) -> i64 {
    let mut torn = 0;
    for _ in 0..rounds {
        let first = memory::byte(address);
        torn += i64::from((1..TEXT_BYTES).any(|offset| memory::byte(address.wrapping_add(offset)) != first));
    }
    torn
}

/// Makes and removes a segment, again and again.
pub fn churn(rounds: i64) -> Reply {
    let once = || {
        let id = shm::shmget(libc::IPC_PRIVATE, 1, libc::IPC_CREAT | 0o600)?;
        shm::shmctl(id, libc::IPC_RMID)
    };
    Reply::value((0..rounds).try_for_each(|_| once()).map(|()| 0))
}
