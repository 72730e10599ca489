//! Which questions are asked and in which order, and the order of their options: all from one seed, the same on
//! every machine and with every version of the compiler. It knows nothing of answers.

use crate::error::Error;
use crate::lesson::{Bank, Question, QuestionKind};

/// splitmix64 (Steele, Lea and Flood, 2014): a counter in steps of the golden ratio, each mixed by two
/// multiplications. Small, well known, and whole in six lines, so that a seed means the same for ever.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is small: the high bits of a product (Lemire).
    fn below(&mut self, limit: usize) -> usize {
        let product = u128::from(self.roll()) * limit as u128;
        usize::try_from(product >> 64).unwrap_or(0)
    }

    /// Fisher and Yates, from the end.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}

/// A question and where it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    pub bank: &'a Bank,
    pub question: &'a Question,
}

impl Item<'_> {
    /// Whether it came with lab.
    pub fn is_shipped(&self) -> bool {
        self.bank.origin.is_none()
    }

    /// A refusal with the question that it is about.
    pub fn refused(&self, error: Error) -> Error {
        match error {
            Error::Refused(words) => {
                Error::Refused(format!("{}: question `{}`: {words}", self.bank.file, self.question.id))
            }
            other => other,
        }
    }

    /// What progress is kept under: the id, and for a file from outside the file before it.
    pub fn key(&self) -> String {
        match &self.bank.origin {
            None => self.question.id.clone(),
            Some(origin) => format!("{origin}#{}", self.question.id),
        }
    }
}

/// A question as it is laid on the table: its options, or the lines to be ordered, in the order of this run.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    pub item: Item<'a>,
    /// The place in the file of what stands first, second, third…
    pub order: Vec<usize>,
}

impl<'a> Asked<'a> {
    /// The order depends on the seed and the question's id alone, not on what else is asked.
    pub fn new(item: Item<'a>, seed: u64) -> Asked<'a> {
        let question = item.question;
        let mut rng = Rng::new(seed ^ hash(&question.id));
        let count =
            if question.kind == QuestionKind::Order { question.order.len() } else { question.options.len() };
        let mut order: Vec<usize> = (0..count).collect();
        if !question.order_matters {
            rng.shuffle(&mut order);
        }
        // Lines that already stand in the file's order, or reversed, would give it away.
        if question.kind == QuestionKind::Order && (order.is_sorted() || order.iter().rev().is_sorted()) {
            order.rotate_left(1);
        }
        Asked { item, order }
    }

    pub fn question(&self) -> &'a Question {
        self.item.question
    }

    /// How many labels there are to choose from.
    pub fn labels(&self) -> usize {
        match self.question().kind {
            QuestionKind::Number | QuestionKind::Bug => 0,
            _ => self.order.len(),
        }
    }

    /// The label of the option, or line, at this place of the file.
    pub fn label(&self, place: usize) -> char {
        let at = self.order.iter().position(|known| *known == place).unwrap_or(0);
        label(at)
    }
}

/// The labels of options, in their order: digits, since letters are keys.
pub const LABELS: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// `1` for 0.
pub fn label(at: usize) -> char {
    LABELS.get(at).and_then(|label| label.chars().next()).unwrap_or('?')
}

/// FNV-1a, 64 bits.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_everywhere() {
        // The generator's published first numbers for the seed 1234567.
        let mut rng = Rng::new(1_234_567);
        let first = [rng.roll(), rng.roll(), rng.roll()];
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn a_shuffle_keeps_everything_and_moves_something() {
        let mut items: Vec<usize> = (0..20).collect();
        Rng::new(7).shuffle(&mut items);
        assert!(!items.is_sorted());
        items.sort_unstable();
        assert!(items.into_iter().eq(0..20));
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
    }
}
