//! What came of all orders: the classes of their ends, each with its easiest order. Its memory does not grow with the
//! number of orders.

use serde::{Deserialize, Serialize};

use super::search::Reached;
pub use super::search::Why;
use super::step::{Ending, Played};

/// More classes are counted and not kept.
const MAX_CLASSES: usize = 40;

/// Orders that end alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// How many orders there are that end so, as far as they were played or are equal to one; none if too many to count.
    pub orders: Option<u128>,
    pub played: usize,
    /// The number of the order that is easiest to read, from 1, and that order.
    pub number: usize,
    pub example: Played,
    /// The order in which the processes took the most turns: what two of them do at the same time shows here.
    pub mixed: Played,
}

impl Class {
    pub fn ending(&self) -> &Ending {
        &self.example.ending
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub classes: Vec<Class>,
    pub reached: Reached,
    /// Orders of classes that were not kept.
    pub unkept: usize,
    /// Which of the programs have read their input.
    pub read_input: Vec<bool>,
    /// Not every file of the folder was copied.
    pub partly: bool,
    /// The order that was asked for, with its number.
    pub shown: Option<(usize, Played)>,
    /// How the runs at full speed ended, and how many ended so.
    pub stressed: Vec<(Ending, usize)>,
    /// How long the orders took, in microseconds.
    pub microseconds: u64,
}

impl Report {
    /// The order with this number.
    pub fn add(&mut self, number: usize, played: Played, equal: Option<u128>) {
        if let Some(class) = self.classes.iter_mut().find(|class| *class.ending() == played.ending) {
            class.played += 1;
            class.orders = class.orders.zip(equal).and_then(|(sum, equal)| sum.checked_add(equal));
            let ease = |played: &Played| (played.changes(), played.steps.len());
            if ease(&played) < ease(&class.example) {
                (class.number, class.example) = (number, played);
            } else if played.changes() > class.mixed.changes() {
                class.mixed = played;
            }
        } else if self.classes.len() < MAX_CLASSES {
            let mixed = played.clone();
            self.classes.push(Class { orders: equal, played: 1, number, example: played, mixed });
        } else {
            self.unkept += 1;
        }
    }

    /// One more run at full speed.
    pub fn stress(&mut self, ending: Ending) {
        match self.stressed.iter().position(|(known, _)| *known == ending) {
            Some(place) => self.stressed[place].1 += 1,
            None if self.stressed.len() < MAX_CLASSES => self.stressed.push((ending, 1)),
            None => self.unkept += 1,
        }
    }

    /// How many orders there are: played ones and those equal to them; none if too many to count.
    pub fn orders(&self) -> Option<u128> {
        self.classes.iter().try_fold(self.unkept as u128, |sum, class| sum.checked_add(class.orders?))
    }

    /// The classes, those with the most orders first.
    pub fn sort(&mut self) {
        self.classes
            .sort_by_key(|class| (std::cmp::Reverse(class.orders.unwrap_or(u128::MAX)), class.number));
        self.stressed.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    }
}
