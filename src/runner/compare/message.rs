//! The message that goes every way, word by word: its number first, and then a pattern that follows from the number, so
//! that no word of an earlier message passes for one of this. Each word is atomic, because it may stand in a segment.
//! Nothing is sent here.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::sys::place::{Place, WORD};

/// The index of the word in which an answer arrives that was sent. A message queue wants its type in the word before.
/// The answer, [`LINE`] and the message have a cache line each, and no two of these lines are neighbours.
pub const ANSWER: usize = 9;
/// The index of the word that [`Way::Line`](super::kit::Way::Line) passes to and fro.
pub const LINE: usize = 32;
/// The first word of a message; the one before is for its type as well.
pub const MESSAGE: usize = 64;

/// This bit of a number says that it is the last one for now.
pub const LAST: u64 = 1 << 63;
/// This bit of a number says that it is the answer.
pub const ANSWERED: u64 = 1 << 62;

/// How large a place has to be for messages of this size.
pub fn place_for(bytes: u64) -> u64 {
    MESSAGE as u64 * WORD + bytes
}

/// A message in its place.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a>(&'a [AtomicU64]);

impl Message<'_> {
    /// The message of this size in a place that is large enough.
    pub fn of(place: &Place, bytes: u64) -> Message<'_> {
        Message(&place.words()[MESSAGE..MESSAGE + (bytes / WORD) as usize])
    }

    /// Makes the message with this number. The number is stored last: whoever finds it finds all of it.
    pub fn fill(self, number: u64) {
        let mut word = first(number);
        for place in &self.0[1..] {
            place.store(word, Relaxed);
            word = word.wrapping_add(1);
        }
        self.0[0].store(number, Release);
    }

    /// The number that is there now.
    pub fn number(self) -> u64 {
        self.0[0].load(Acquire)
    }

    /// Whether every word is the one that belongs to this number.
    pub fn is_whole(self, number: u64) -> bool {
        let mut word = first(number);
        let mut differences = 0;
        for place in &self.0[1..] {
            differences |= place.load(Relaxed) ^ word;
            word = word.wrapping_add(1);
        }
        differences == 0 && self.number() == number
    }
}

/// The word after the number: it differs from number to number, even between neighbours, by much.
fn first(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_whole_as_long_as_no_word_is_another() {
        let bytes = 4096;
        let place = Place::own(place_for(bytes)).expect("pages");
        let message = Message::of(&place, bytes);
        assert!(!message.is_whole(0), "zeros are not a message");
        message.fill(7);
        assert!(message.is_whole(7) && !message.is_whole(8) && !message.is_whole(7 | LAST));
        for word in [MESSAGE, MESSAGE + 1, MESSAGE + 511] {
            let before = place.words()[word].fetch_xor(1, Relaxed);
            assert!(!message.is_whole(7), "{word}");
            place.words()[word].store(before, Relaxed);
        }
        assert!(message.is_whole(7));
        // Half of the next one.
        place.words()[MESSAGE].store(8, Relaxed);
        assert!(!message.is_whole(8));
    }

    #[test]
    fn no_two_of_them_share_a_cache_line_or_a_pair_of_lines() {
        let pair = |word: usize| word * WORD as usize / 128;
        assert!(pair(ANSWER) < pair(LINE) && pair(LINE) < pair(MESSAGE - 1));
        assert_eq!(MESSAGE * WORD as usize % 128, 0);
    }
}
