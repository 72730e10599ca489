//! The explorer against programs on paper: for random small programs, every order is played by brute force, and the
//! explorer must play exactly one of each set of equal orders and count all of them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::footprint::{Access, Object};
use super::*;

/// A step on paper: an object and how it is touched.
type Paper = (i32, u8);

fn footprint((object, access): Paper) -> Footprint {
    let access = [Access::Reads, Access::Adds, Access::Writes][usize::from(access % 3)];
    Footprint::default().with(&[(Object::Memory(object), access)])
}

/// The relation of an order, which is the same for equal orders: which steps that matter to each other came first.
fn relation(programs: &[Vec<Paper>], order: &[usize]) -> BTreeSet<((usize, usize), (usize, usize))> {
    let mut done = vec![0; programs.len()];
    let mut steps = Vec::new();
    for actor in order {
        steps.push((*actor, done[*actor]));
        done[*actor] += 1;
    }
    let print = |(actor, place): (usize, usize)| footprint(programs[actor][place]);
    let mut pairs = BTreeSet::new();
    for (at, later) in steps.iter().enumerate() {
        for earlier in &steps[..at] {
            if earlier.0 != later.0 && print(*earlier).matters_to(&print(*later)) {
                pairs.insert((*earlier, *later));
            }
        }
    }
    pairs
}

fn every_order(programs: &[Vec<Paper>]) -> Vec<Vec<usize>> {
    let total: usize = programs.iter().map(Vec::len).sum();
    let mut orders = vec![Vec::new()];
    for _ in 0..total {
        let longer = |order: Vec<usize>| {
            let left =
                |actor: &usize| order.iter().filter(|one| *one == actor).count() < programs[*actor].len();
            let goes: Vec<usize> = (0..programs.len()).filter(left).collect();
            goes.into_iter().map(move |actor| [order.clone(), vec![actor]].concat()).collect::<Vec<_>>()
        };
        orders = orders.into_iter().flat_map(longer).collect();
    }
    orders
}

/// Plays them all: the orders that came to their end, how many orders those stand for, and how many were left.
fn explored(programs: &[Vec<Paper>]) -> (Vec<Vec<usize>>, u128, usize) {
    let (mut explorer, mut orders, mut all, mut left) = (Explorer::default(), Vec::new(), 0, 0);
    loop {
        explorer.begin();
        let mut done = vec![0; programs.len()];
        let mut order = Vec::new();
        loop {
            let enabled: Vec<usize> =
                (0..programs.len()).filter(|actor| done[*actor] < programs[*actor].len()).collect();
            if enabled.is_empty() {
                let clocks = explorer.learn(&[]);
                all += clocks.equal_orders(explorer.steps()).expect("few");
                orders.push(order);
                break;
            }
            let Next::Goes(actor) = explorer.choose(&enabled) else {
                explorer.learn(&[]);
                left += 1;
                break;
            };
            let step = programs[actor][done[actor]];
            done[actor] += 1;
            order.push(actor);
            explorer.made(
                Ordered { actor, footprint: footprint(step), counted: true, ..Ordered::default() },
                true,
            );
        }
        if !explorer.next() {
            return (orders, all, left);
        }
    }
}

#[test]
fn independent_programs_need_one_order_and_dependent_ones_every_one() {
    let apart = [vec![(1, 2); 5], vec![(2, 2); 4]];
    let (orders, all, left) = explored(&apart);
    assert_eq!((orders.len(), all, left), (1, 126, 0));
    let together = [vec![(1, 2); 3], vec![(1, 2); 3]];
    let (orders, all, _) = explored(&together);
    assert_eq!((orders.len(), all), (20, 20));
}

proptest! {
    #[test]
    fn one_of_each_set_of_equal_orders_is_played_and_all_are_counted(
        programs in prop::collection::vec(prop::collection::vec((0..3_i32, 0..3_u8), 0..4), 1..4)
    ) {
        let every = every_order(&programs);
        let wanted: BTreeSet<_> = every.iter().map(|order| relation(&programs, order)).collect();
        let (orders, all, _) = explored(&programs);
        let found: BTreeSet<_> = orders.iter().map(|order| relation(&programs, order)).collect();
        prop_assert_eq!(&found, &wanted);
        prop_assert_eq!(found.len(), orders.len(), "an order was played twice");
        prop_assert_eq!(all, every.len() as u128);
        prop_assert!(orders.iter().all(|order| every.contains(order)), "an impossible order");
    }
}
