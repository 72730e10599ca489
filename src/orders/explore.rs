//! Which order comes next: depth first over the choices, with the order of two steps reversed only where they matter to
//! each other (Flanagan and Godefroid 2005; source sets of Abdulla and others 2014), and with sleep sets, so that of
//! several equal orders one is played to its end. It knows processes by their number and steps by what they touch, and
//! plays nothing itself.

use std::collections::BTreeSet;

use super::clocks::{Clocks, Ordered};
use super::footprint::Footprint;

/// One choice of the order that is played now.
#[derive(Debug)]
struct Choice {
    /// Who could go on.
    enabled: Vec<usize>,
    /// Whose next step leads to an order that is equal to one that was played, and what that step touches.
    asleep: Vec<(usize, Footprint)>,
    /// Who was tried here, with what the step touched.
    tried: Vec<(usize, Footprint)>,
    /// Who is to be tried.
    wanted: BTreeSet<usize>,
    chosen: usize,
    /// What the chosen step touched; none before it was made.
    touched: Option<Footprint>,
}

impl Choice {
    fn of(chosen: usize, enabled: Vec<usize>, asleep: Vec<(usize, Footprint)>) -> Choice {
        let (tried, wanted) = (Vec::new(), BTreeSet::from([chosen]));
        Choice { enabled, asleep, tried, wanted, chosen, touched: None }
    }

    fn sleeps(&self, actor: usize) -> bool {
        self.asleep.iter().any(|(asleep, _)| *asleep == actor)
    }

    fn was_tried(&self, actor: usize) -> bool {
        self.tried.iter().any(|(tried, _)| *tried == actor)
    }

    /// Who is to be tried yet.
    fn left(&self) -> impl Iterator<Item = usize> {
        let left = |actor: &usize| !self.was_tried(*actor) && !self.sleeps(*actor);
        self.wanted.iter().copied().filter(left)
    }
}

/// What a scheduler answers when it has to choose a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Goes(usize),
    /// Whatever happens from here on is equal to an order that was played.
    Equal,
    /// The programs did not come as far as the last time with the same choices.
    Diverged,
}

/// The tree of choices, as far as it must be kept: one path.
#[derive(Debug, Default)]
pub struct Explorer {
    path: Vec<Choice>,
    /// How many choices of this order were made.
    depth: usize,
    /// Who sleeps at the next choice.
    asleep: Vec<(usize, Footprint)>,
    last: usize,
    steps: Vec<Ordered>,
    /// The choice that led to each step; none for one that was no choice.
    choice_of: Vec<Option<usize>>,
    /// A choice that can't be made again is made anew.
    loose: bool,
}

impl Explorer {
    /// One that makes these choices, and then whichever come.
    pub fn along(choices: impl Iterator<Item = usize>) -> Explorer {
        let choice = |chosen| Choice::of(chosen, vec![chosen], Vec::new());
        Explorer { path: choices.map(choice).collect(), ..Explorer::default() }
    }

    /// The same, but where one of these can't go on, whoever can does.
    pub fn loosely_along(choices: impl Iterator<Item = usize>) -> Explorer {
        Explorer { loose: true, ..Explorer::along(choices) }
    }

    /// Begins an order: the choices that are fixed are made again.
    pub fn begin(&mut self) {
        (self.depth, self.last) = (0, 0);
        self.asleep.clear();
        self.steps.clear();
        self.choice_of.clear();
    }

    /// Who goes on, of those who can.
    pub fn choose(&mut self, enabled: &[usize]) -> Next {
        let chosen = match self.path.get(self.depth).map(|choice| choice.chosen) {
            Some(chosen) if enabled.contains(&chosen) => chosen,
            Some(_) if !self.loose => return Next::Diverged,
            _ => {
                self.path.truncate(self.depth);
                let asleep = std::mem::take(&mut self.asleep);
                let mut awake = enabled.to_vec();
                awake.retain(|actor| !asleep.iter().any(|(sleeper, _)| sleeper == actor));
                let Some(first) = awake.first() else { return Next::Equal };
                // Whoever went last goes on: an order with few changes is the easiest to read.
                let chosen = if awake.contains(&self.last) { self.last } else { *first };
                self.path.push(Choice::of(chosen, enabled.into(), asleep));
                chosen
            }
        };
        (self.last, self.depth) = (chosen, self.depth + 1);
        Next::Goes(chosen)
    }

    /// The step of whoever was chosen was made; or, not `chosen`, one that had no choice.
    pub fn made(&mut self, step: Ordered, chosen: bool) {
        let place = self.depth.checked_sub(1).filter(|_| chosen);
        if let Some(choice) = place.and_then(|place| self.path.get_mut(place)) {
            choice.touched = Some(step.footprint.clone());
            self.asleep = choice.asleep.iter().chain(&choice.tried).cloned().collect();
        }
        self.asleep.retain(|(actor, touched)| *actor != step.actor && !touched.matters_to(&step.footprint));
        self.choice_of.push(place);
        self.steps.push(step);
    }

    /// The steps of this order so far.
    pub fn steps(&self) -> &[Ordered] {
        &self.steps
    }

    /// The order has ended, or was left: what it shows to be worth trying. `blocked`: steps that a process wanted to
    /// make and could not.
    pub fn learn(&mut self, blocked: &[Ordered]) -> Clocks {
        let clocks = Clocks::of(&self.steps);
        for at in 0..self.steps.len() {
            for earlier in clocks.races(&self.steps, &self.steps[at], at) {
                let after: Vec<usize> = (earlier + 1..at)
                    .filter(|between| !clocks.ordered(&self.steps, earlier, *between))
                    .collect();
                // Of what is left when the earlier step comes later, who can be the first?
                let mut first = BTreeSet::new();
                for (place, step) in after.iter().chain([&at]).enumerate() {
                    let free = !after[..place].iter().any(|one| clocks.ordered(&self.steps, *one, *step));
                    first.extend(free.then(|| self.steps[*step].actor));
                }
                self.want(earlier, &first);
            }
        }
        for step in blocked {
            for earlier in clocks.races(&self.steps, step, self.steps.len()) {
                self.want(earlier, &BTreeSet::from([step.actor]));
            }
        }
        // What can go on may depend on who took a semaphore long before, and no race between neighbours shows that: then
        // every process is tried wherever the chosen step touched a semaphore, and the sleep sets alone leave out equal
        // orders.
        if self.steps.iter().chain(blocked).any(|step| step.footprint.waits()) {
            let matters = |choice: &&mut Choice| choice.touched.as_ref().is_none_or(Footprint::semaphore);
            let choices = self.path.iter_mut().filter(matters);
            choices.for_each(|choice| choice.wanted.extend(choice.enabled.iter().copied()));
        }
        clocks
    }

    /// One of these is to go instead of the step, if none of them was or will be tried there.
    fn want(&mut self, step: usize, first: &BTreeSet<usize>) {
        let Some(choice) = self.choice_of[step].and_then(|place| self.path.get_mut(place)) else { return };
        let known = |actor: &usize| {
            choice.wanted.contains(actor) || choice.was_tried(*actor) || choice.sleeps(*actor)
        };
        if first.iter().any(known) {
            return;
        }
        match first.iter().find(|actor| choice.enabled.contains(actor)) {
            Some(actor) => choice.wanted.extend([*actor]),
            None => choice.wanted.extend(choice.enabled.iter().copied()),
        }
    }

    /// Goes back to the last choice where another process is to be tried; false when there is none.
    pub fn next(&mut self) -> bool {
        // What an order that was cut short never reached is not tried there.
        while let Some(choice) = self.path.last_mut() {
            let touched = choice.touched.take().unwrap_or_default();
            choice.tried.push((choice.chosen, touched));
            let left = choice.left().next();
            if let Some(actor) = left {
                choice.chosen = actor;
                return true;
            }
            self.path.pop();
        }
        false
    }

    /// How many choices are known to be open.
    pub fn open(&self) -> usize {
        self.path.iter().map(|choice| choice.left().filter(|actor| *actor != choice.chosen).count()).sum()
    }
}

#[cfg(test)]
#[path = "explore_tests.rs"]
mod tests;
