//! A round trip, one half in each process: the writer makes a message and sends it, the reader checks each of its words and
//! answers with its number and a bit. The same for every way but the bare cache line, which carries only a number. It
//! times nothing.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use serde::{Deserialize, Serialize};

use super::kit::{Kit, Way};
use super::message::{ANSWER, ANSWERED, LAST, LINE, MESSAGE, Message};
use crate::sys::pipe::Pipe;
use crate::sys::place::{Place, WORD};
use crate::sys::shm::Returned;
use crate::sys::{msg, schedule, sem};

/// The types of a queue's messages.
const MESSAGES: i64 = 1;
const ANSWERS: i64 = 2;
/// Which semaphore counts what.
const SENT: i32 = 0;
const RECEIVED: i32 = 1;

/// What keeps a trip from coming to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// A call failed.
    Call { call: String, errno: i32 },
    /// Other bytes came than were sent.
    Wrong,
    /// The other process is gone.
    End,
}

/// One process's side of one way, for messages of one size.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    way: Way,
    bytes: u64,
    kit: &'a Kit,
    /// Where a message stands that is not in the segment.
    own: &'a Place,
    /// Whether a process that looks again and again lets others run in between, since both have one processor.
    gives_way: bool,
    /// The message where it stands, in the segment or in `own`.
    message: Message<'a>,
    /// The word in which the answer comes. In a segment it takes the number's place: the reader has the cache line of the
    /// message already, and another line would cost one more trip between the processors (measured: 240 ns for 115).
    answer: &'a AtomicU64,
}

type Done = Result<(), Fault>;

impl<'a> Exchange<'a> {
    /// Finds once where everything stands, because a trip by spinning is too short to look for it each time.
    /// [`Fault::End`]: the way has no segment.
    pub fn of(
        way: Way,
        bytes: u64,
        kit: &'a Kit,
        own: &'a Place,
        gives_way: bool,
    ) -> Result<Exchange<'a>, Fault> {
        let place = if way.in_segment() { kit.segment.as_ref().ok_or(Fault::End)? } else { own };
        let word = match way {
            Way::Line => LINE,
            way if way.in_segment() => MESSAGE,
            _ => ANSWER,
        };
        let (message, answer) = (Message::of(place, bytes), &place.words()[word]);
        Ok(Exchange { way, bytes, kit, own, gives_way, message, answer })
    }

    /// The writer's half: makes the message with this number, sends it, waits for the answer.
    #[inline]
    pub fn ask(&self, number: u64) -> Done {
        match self.way {
            Way::Line => self.answer.store(number, Release),
            _ => self.message.fill(number),
        }
        let is_answered = || self.answer.load(Acquire) == number | ANSWERED;
        match self.way {
            // The number was stored last: the reader has it already.
            Way::Spinning | Way::Line => self.look(is_answered),
            _ => self.send_and_wait()?,
        }
        if is_answered() { Ok(()) } else { Err(Fault::Wrong) }
    }

    /// The first part of the reader's half: waits for the message with this number, and checks it. The number, with the
    /// bit of the last one if it has it.
    #[inline]
    pub fn receive(&self, expected: u64) -> Result<u64, Fault> {
        let is_it = |number: u64| number & !LAST == expected;
        match self.way {
            Way::Line => {
                self.look(|| is_it(self.answer.load(Acquire)));
                return Ok(self.answer.load(Acquire));
            }
            Way::Spinning => self.look(|| is_it(self.message.number())),
            _ => self.wait()?,
        }
        let number = self.message.number();
        if is_it(number) && self.message.is_whole(number) { Ok(number) } else { Err(Fault::Wrong) }
    }

    /// The second part: answers with the number.
    #[inline]
    pub fn answer(&self, number: u64) -> Done {
        self.answer.store(number | ANSWERED, Release);
        match self.way {
            Way::Spinning | Way::Line => Ok(()),
            _ => self.send_answer(),
        }
    }

    /// Sends the message, and waits for the answer.
    fn send_and_wait(&self) -> Done {
        match self.way {
            Way::Queue => {
                self.pieces(|word, length| self.put(word, length, MESSAGES))?;
                self.take(ANSWER, WORD, ANSWERS)
            }
            Way::Semaphore => {
                self.semop(SENT, 1)?;
                self.semop(RECEIVED, -1)
            }
            _ => {
                write(self.stream()?, self.own, MESSAGE, self.bytes)?;
                read(self.stream()?, self.own, ANSWER, WORD)
            }
        }
    }

    /// Waits for the message.
    fn wait(&self) -> Done {
        match self.way {
            Way::Queue => self.pieces(|word, length| self.take(word, length, MESSAGES)),
            Way::Semaphore => self.semop(SENT, -1),
            _ => read(self.stream()?, self.own, MESSAGE, self.bytes),
        }
    }

    fn send_answer(&self) -> Done {
        match self.way {
            Way::Queue => self.put(ANSWER, WORD, ANSWERS),
            Way::Semaphore => self.semop(RECEIVED, 1),
            _ => write(self.stream()?, self.own, ANSWER, WORD),
        }
    }

    /// Looks again and again until it holds.
    #[inline]
    fn look(&self, holds: impl Fn() -> bool) {
        while !holds() {
            if self.gives_way { schedule::give_way() } else { std::hint::spin_loop() }
        }
    }

    fn stream(&self) -> Result<&Pipe, Fault> {
        let stream = if self.way == Way::Pipe { &self.kit.pipe } else { &self.kit.sockets };
        stream.as_ref().ok_or(Fault::End)
    }

    fn semop(&self, number: i32, change: i32) -> Done {
        let id = self.kit.shared.semaphores.ok_or(Fault::End)?;
        again("semop", || sem::semop(id, number, change))
    }

    /// Does something with each piece of the message that the queue takes: with its first word and its length.
    fn pieces(&self, mut with: impl FnMut(usize, u64) -> Done) -> Done {
        let mut done = 0;
        while done < self.bytes {
            let length = self.kit.shared.piece.min(self.bytes - done);
            with(MESSAGE + (done / WORD) as usize, length)?;
            done += length;
        }
        Ok(())
    }

    /// Does something with the type in front of a piece. There stands a word of the piece before, which is put back.
    fn typed<T>(&self, word: usize, kind: i64, call: impl FnOnce(u64) -> T) -> T {
        let before = &self.own.words()[word - 1];
        let kept = before.swap(kind.cast_unsigned(), Relaxed);
        let done = call(self.own.address(word - 1));
        before.store(kept, Relaxed);
        done
    }

    fn put(&self, word: usize, length: u64, kind: i64) -> Done {
        let id = self.kit.shared.queue.ok_or(Fault::End)?;
        self.typed(word, kind, |at| again("msgsnd", || msg::msgsnd(id, at, length, 0)))
    }

    fn take(&self, word: usize, length: u64, kind: i64) -> Done {
        let id = self.kit.shared.queue.ok_or(Fault::End)?;
        let taken = self.typed(word, kind, |at| again("msgrcv", || msg::msgrcv(id, at, length, kind, 0)))?;
        if taken.cast_unsigned() == length { Ok(()) } else { Err(Fault::Wrong) }
    }
}

/// Makes a call once more if a signal has cut it short.
fn again<T>(name: &str, mut call: impl FnMut() -> Returned<T>) -> Result<T, Fault> {
    loop {
        match call() {
            Err(libc::EINTR) => {}
            done => return done.map_err(|errno| Fault::Call { call: name.into(), errno }),
        }
    }
}

/// Writes this number of bytes, from this word on.
fn write(to: &Pipe, place: &Place, word: usize, bytes: u64) -> Done {
    moved(bytes, |done| again("write", || to.write(1, place.address(word) + done, bytes - done)))
}

/// Reads this number of bytes, which may come in several pieces.
fn read(from: &Pipe, place: &Place, word: usize, bytes: u64) -> Done {
    moved(bytes, |done| again("read", || from.read(0, place.address(word) + done, bytes - done)))
}

fn moved(bytes: u64, mut more: impl FnMut(u64) -> Result<i64, Fault>) -> Done {
    let mut done = 0;
    while done < bytes {
        match u64::try_from(more(done)?).unwrap_or(0) {
            0 => return Err(Fault::End),
            some => done += some,
        }
    }
    Ok(())
}
