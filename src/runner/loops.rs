//! What an actor does many times over for one line of a lesson: one half of a race, and segments made and removed. It
//! goes where [`super::actor`] has found that the lesson may go.

use super::request::{Half, Reply};
use crate::lesson::Function;
use crate::sys::barrier::Barrier;
use crate::sys::{memory, shm};

/// How many bytes one actor writes while another copies them.
pub const TEXT_BYTES: usize = 24;
/// How many texts are written for each copy that is made, at most: the writer is not done before the reader.
const TEXTS_FOR_A_COPY: i64 = 16;

/// Waits for the other one, and does this half of a race.
pub fn race(half: &Half, barrier: &Barrier) -> Reply {
    let (address, rounds) = (half.address, half.rounds);
    let writes = half.first && half.function == Function::Tear;
    if writes {
        // So that a reader never sees what was there before.
        memory::fill(address, b'A', TEXT_BYTES as u64);
    }
    barrier.meet();
    let mut reply = Reply::done(Ok(()));
    match half.function {
        Function::AtomicIncrease => memory::atomic_increase(address, rounds),
        Function::Increase => memory::increase(address, rounds),
        Function::Tear if writes => alternate(address, rounds.saturating_mul(TEXTS_FOR_A_COPY), barrier),
        Function::Tear => reply = Reply::text(torn(address, rounds).unwrap_or_default()),
        _ => reply = Reply::failed(libc::ENOSYS),
    }
    barrier.leave();
    reply
}

/// Writes a text of As, then one of Bs, and so on, until the other one is done.
fn alternate(address: u64, most: i64, barrier: &Barrier) {
    for text in 0..most {
        if barrier.is_over() {
            return;
        }
        memory::fill(address, if text % 2 == 0 { b'B' } else { b'A' }, TEXT_BYTES as u64);
    }
}

/// Copies that text until a copy is neither all As nor all Bs: that copy.
fn torn(address: u64, most: i64) -> Option<Vec<u8>> {
    let copies = (0..most).map(|_| memory::copy::<TEXT_BYTES>(address));
    copies.into_iter().find(|copy| copy.iter().any(|byte| *byte != copy[0])).map(Vec::from)
}

/// Makes and removes a segment, again and again.
pub fn churn(rounds: i64) -> Reply {
    let once = || {
        let id = shm::shmget(libc::IPC_PRIVATE, 1, libc::IPC_CREAT | 0o600)?;
        shm::shmctl(id, libc::IPC_RMID)
    };
    Reply::done((0..rounds).try_for_each(|_| once()))
}
