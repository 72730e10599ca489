//! A page of memory that a process of ours shares with its watchdog. The process writes its state there, also from
//! signal handlers, and the watchdog reads it. A process without a watchdog has no board, and its writes do nothing.

use std::io;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, AtomicU64, Ordering::SeqCst};

use super::memory;

#[derive(Debug, Default)]
pub(super) struct Board {
    /// Signals that have come and were not handled yet: one bit each.
    pub(super) waiting: AtomicU64,
    /// Signals that were forwarded to the program since the watchdog last looked.
    pub(super) handed: AtomicU64,
    /// Counts the master's turns: it rises as long as the master makes progress.
    pub(super) turns: AtomicU32,
    /// The master is writing output, and may have to wait for its reader.
    pub(super) telling: AtomicU32,
    /// Why the program was killed: 0 it was not, -1 the deadline, or the signal.
    pub(super) cut: AtomicI32,
}

static BOARD: AtomicPtr<Board> = AtomicPtr::new(std::ptr::null_mut());

/// This process's board, once there is one.
pub(super) fn board() -> Option<&'static Board> {
    // SAFETY: it is null or what `make` has mapped, which is never unmapped.
    unsafe { BOARD.load(SeqCst).as_ref() }
}

pub(super) fn make() -> io::Result<&'static Board> {
    if let Some(board) = board() {
        return Ok(board);
    }
    BOARD.store(memory::shared(None)?.as_ptr(), SeqCst);
    board().ok_or_else(|| io::ErrorKind::OutOfMemory.into())
}

/// A signal has come. For handlers: it touches one atomic.
pub fn came(signal: i32) {
    if let Some(board) = board() {
        board.waiting.fetch_or(1 << signal, SeqCst);
    }
}

/// The master has taken another turn. Of the signals that came before it, those in `still` are not handled yet.
pub fn turn(before: u64, still: impl Iterator<Item = i32>) {
    if let Some(board) = board() {
        let still = still.fold(0, |bits, signal| bits | 1 << signal);
        board.waiting.fetch_and(!(before & !still), SeqCst);
        board.turns.fetch_add(1, SeqCst);
    }
}

/// A signal was forwarded: the program can take it only if the master goes on.
pub fn handed(signal: i32) {
    if let Some(board) = board() {
        board.handed.fetch_or(1 << signal, SeqCst);
    }
}

/// The signals that are not handled yet, for [`turn`].
pub fn waiting() -> u64 {
    board().map_or(0, |board| board.waiting.load(SeqCst))
}

/// Does work that may have to wait for a reader: meanwhile the watchdog does not take the master for one that hangs.
pub fn telling<T>(tell: impl FnOnce() -> T) -> T {
    let set = |telling| board().into_iter().for_each(|board| board.telling.store(telling, SeqCst));
    set(1);
    let told = tell();
    set(0);
    told
}
