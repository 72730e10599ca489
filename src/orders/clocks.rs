//! What had to happen before what in one order: a vector clock for each step. Two steps that matter to each other, two
//! steps of one process, and a step that woke a process and what that did next, stand in this relation. From it follow
//! the pairs whose order is worth reversing, and how many orders are equal to this one.

use std::collections::BTreeMap;

use super::footprint::Footprint;

/// A step as far as its order counts.
#[derive(Debug, Clone, Default)]
pub struct Ordered {
    pub actor: usize,
    pub footprint: Footprint,
    /// Whether it counts among the steps whose orders are counted.
    pub counted: bool,
    /// Steps without which it could not have been made.
    pub after: Vec<usize>,
    /// The step with which it comes at once; none where the scheduler chose it.
    pub with: Option<usize>,
}

/// How many steps of each process had to come before, the step itself included. It is as long as there are processes.
type Clock = Vec<usize>;

/// The relation of one order.
#[derive(Debug, Default)]
pub struct Clocks {
    clocks: Vec<Clock>,
    /// Which step of its process each is, from 1.
    place: Vec<usize>,
    actors: usize,
}

/// More states than these are not counted through.
const MAX_STATES: usize = 200_000;

impl Clocks {
    pub fn of(steps: &[Ordered]) -> Clocks {
        let actors = steps.iter().map(|step| step.actor + 1).max().unwrap_or_default();
        let mut made = Clocks { actors, ..Clocks::default() };
        for (at, step) in steps.iter().enumerate() {
            let mut clock = made.before(steps, step, at);
            for earlier in (0..at).filter(|earlier| step.footprint.matters_to(&steps[*earlier].footprint)) {
                join(&mut clock, &made.clocks[earlier]);
            }
            let place = steps[..at].iter().filter(|earlier| earlier.actor == step.actor).count() + 1;
            clock[step.actor] = place;
            made.clocks.push(clock);
            made.place.push(place);
        }
        made
    }

    /// What comes before a step whatever it touches: its own process's steps, and what made it possible.
    fn before(&self, steps: &[Ordered], step: &Ordered, at: usize) -> Clock {
        let mut clock = vec![0; self.actors.max(step.actor + 1)];
        let own = (0..at).rev().find(|earlier| steps[*earlier].actor == step.actor);
        for earlier in own.into_iter().chain(step.after.iter().copied().filter(|after| *after < at)) {
            join(&mut clock, &self.clocks[earlier]);
        }
        clock
    }

    /// Whether `earlier` had to come before `later`.
    pub fn ordered(&self, steps: &[Ordered], earlier: usize, later: usize) -> bool {
        self.clocks[later][steps[earlier].actor] >= self.place[earlier]
    }

    /// The earlier steps whose order with this one could be the other way round: each matters to it, and nothing that
    /// came between had to. `at`: the step's place, or the number of steps for one that was not made.
    pub fn races(&self, steps: &[Ordered], step: &Ordered, at: usize) -> Vec<usize> {
        let mut clock = self.before(steps, step, at);
        let mut found = Vec::new();
        for earlier in (0..at).rev() {
            let other = &steps[earlier];
            if other.actor == step.actor || !step.footprint.matters_to(&other.footprint) {
                continue;
            }
            let follows = |one: usize| clock[steps[one].actor] >= self.place[one];
            if !follows(earlier) {
                // What comes with another step can only come later together with that.
                let chosen = std::iter::successors(Some(earlier), |one| steps[*one].with).last();
                found.extend(chosen.filter(|one| *one == earlier || !follows(*one)));
            }
            join(&mut clock, &self.clocks[earlier]);
        }
        found.dedup();
        found
    }

    /// How many orders of the counted steps are equal to this one, itself included: the linear extensions of the
    /// relation. None if there are too many to count them.
    pub fn equal_orders(&self, steps: &[Ordered]) -> Option<u128> {
        // Of each process, what each of its counted steps needs of the others' counted steps.
        let mut needs: Vec<Vec<Vec<usize>>> = vec![Vec::new(); self.actors];
        let counted = |actor: usize, first: usize| {
            let own = steps.iter().filter(|step| step.actor == actor);
            own.take(first).filter(|step| step.counted).count()
        };
        for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.counted) {
            let of = |(actor, first): (usize, &usize)| {
                if actor == step.actor { 0 } else { counted(actor, *first) }
            };
            needs[step.actor].push(self.clocks[at].iter().enumerate().map(of).collect());
        }
        let total: usize = needs.iter().map(Vec::len).sum();
        let mut states = BTreeMap::from([(vec![0; self.actors], 1_u128)]);
        for _ in 0..total {
            let mut next: BTreeMap<Vec<usize>, u128> = BTreeMap::new();
            for (state, ways) in &states {
                for (actor, needs) in needs.iter().enumerate() {
                    let Some(need) = needs.get(state[actor]) else { continue };
                    if need.iter().zip(state).all(|(need, done)| done >= need) {
                        let mut after = state.clone();
                        after[actor] += 1;
                        let sum = next.entry(after).or_default();
                        *sum = sum.checked_add(*ways)?;
                    }
                }
            }
            if next.len() > MAX_STATES {
                return None;
            }
            states = next;
        }
        states.into_values().next()
    }
}

fn join(clock: &mut Clock, other: &Clock) {
    clock.iter_mut().zip(other).for_each(|(own, other)| *own = (*own).max(*other));
}

#[cfg(test)]
mod tests {
    use super::super::footprint::{Access, Object};
    use super::*;

    fn step(actor: usize, object: i32) -> Ordered {
        let footprint = Footprint::default().with(&[(Object::Memory(object), Access::Writes)]);
        Ordered { actor, footprint, counted: true, ..Ordered::default() }
    }

    #[test]
    fn independent_steps_have_as_many_orders_as_theory_says() {
        let mut steps: Vec<Ordered> = (0..6).map(|_| step(0, 1)).collect();
        steps.extend((0..4).map(|_| step(1, 2)));
        // C(10, 4).
        assert_eq!(Clocks::of(&steps).equal_orders(&steps), Some(210));
        steps.iter_mut().for_each(|one| one.footprint = step(0, 1).footprint);
        assert_eq!(Clocks::of(&steps).equal_orders(&steps), Some(1));
    }

    #[test]
    fn only_neighbours_in_the_relation_race() {
        let steps = [step(0, 1), step(1, 1), step(1, 2), step(0, 1)];
        let clocks = Clocks::of(&steps);
        assert_eq!(clocks.races(&steps, &steps[1], 1), [0]);
        assert_eq!(clocks.races(&steps, &steps[3], 3), [1]);
        assert!(clocks.ordered(&steps, 0, 3) && !clocks.ordered(&steps, 2, 3));
        // One that came with another step of a third process can come later only with that.
        let with = [step(0, 3), Ordered { with: Some(0), after: vec![0], ..step(2, 1) }, step(1, 1)];
        assert_eq!(Clocks::of(&with).races(&with, &with[2], 2), [0]);
        // One that had to wait for another can't come before it.
        let woken = [step(0, 1), Ordered { after: vec![0], ..step(1, 1) }];
        assert!(Clocks::of(&woken).races(&woken, &woken[1], 1).is_empty());
    }
}
