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
fn relation(
    order: &[usize],
    footprint: impl Fn(usize, usize) -> Footprint,
) -> BTreeSet<((usize, usize), (usize, usize))> {
    let nth = |at: usize| order[..at].iter().filter(|actor| **actor == order[at]).count();
    let steps: Vec<_> = order.iter().enumerate().map(|(at, actor)| (*actor, nth(at))).collect();
    let print = |(actor, place): (usize, usize)| footprint(actor, place);
    let mut pairs: BTreeSet<_> = steps.iter().map(|step| (*step, *step)).collect();
    for (at, later) in steps.iter().enumerate() {
        let before = steps[..at].iter().filter(|earlier| print(**earlier).matters_to(&print(*later)));
        pairs.extend(before.map(|earlier| (*earlier, *later)));
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
        let of = |order: &Vec<usize>| relation(order, |actor, place| footprint(programs[actor][place]));
        let wanted: BTreeSet<_> = every.iter().map(of).collect();
        let (orders, all, _) = explored(&programs);
        let found: BTreeSet<_> = orders.iter().map(of).collect();
        prop_assert_eq!(&found, &wanted);
        prop_assert_eq!(found.len(), orders.len(), "an order was played twice");
        prop_assert_eq!(all, every.len() as u128);
        prop_assert!(orders.iter().all(|order| every.contains(order)), "an impossible order");
    }
}

/// A step on paper of programs with semaphores, which begin at 0: which one, and whether it counts up; else it takes one,
/// and waits while there is none. Or an object that is written, or read, or nothing that matters.
#[derive(Debug, Clone, Copy)]
enum Waiting {
    Semaphore(i32, bool),
    Writes(i32),
    Reads(i32),
    Nothing,
}

fn waiting() -> impl Strategy<Value = Waiting> {
    prop_oneof![
        (0..2_i32, any::<bool>()).prop_map(|(id, up)| Waiting::Semaphore(id, up)),
        (0..2_i32).prop_map(Waiting::Writes),
        (0..2_i32).prop_map(Waiting::Reads),
        Just(Waiting::Nothing),
    ]
}

impl Waiting {
    fn footprint(self) -> Footprint {
        Footprint::default().with(&[match self {
            Waiting::Semaphore(id, true) => (Object::Semaphore(id), Access::Adds),
            Waiting::Semaphore(id, false) => (Object::Semaphore(id), Access::Writes),
            Waiting::Writes(object) => (Object::Memory(object), Access::Writes),
            Waiting::Reads(object) => (Object::Memory(object), Access::Reads),
            Waiting::Nothing => return Footprint::default(),
        }])
    }
}

/// Where an order has come to: how far each program is, and the semaphores' values.
#[derive(Clone)]
struct Stand {
    done: Vec<usize>,
    values: [i32; 2],
}

impl Stand {
    fn of(programs: &[Vec<Waiting>]) -> Stand {
        Stand { done: vec![0; programs.len()], values: [0; 2] }
    }

    fn next(&self, programs: &[Vec<Waiting>], actor: usize) -> Option<Waiting> {
        programs[actor].get(self.done[actor]).copied()
    }

    fn can(&self, programs: &[Vec<Waiting>], actor: usize) -> bool {
        self.next(programs, actor).is_some_and(|step| match step {
            Waiting::Semaphore(id, up) => up || self.values[id as usize] > 0,
            _ => true,
        })
    }

    fn makes(&mut self, programs: &[Vec<Waiting>], actor: usize) {
        if let Some(Waiting::Semaphore(id, up)) = self.next(programs, actor) {
            self.values[id as usize] += if up { 1 } else { -1 };
        }
        self.done[actor] += 1;
    }

    fn enabled(&self, programs: &[Vec<Waiting>]) -> Vec<usize> {
        (0..programs.len()).filter(|actor| self.can(programs, *actor)).collect()
    }
}

/// All that can happen, by brute force: until every process has ended, or none can go on.
fn every_possible(programs: &[Vec<Waiting>]) -> Vec<Vec<usize>> {
    let (mut open, mut ended) = (vec![(Vec::new(), Stand::of(programs))], Vec::new());
    while let Some((order, stand)) = open.pop() {
        let enabled = stand.enabled(programs);
        if enabled.is_empty() {
            ended.push(order.clone());
        }
        for actor in enabled {
            let (mut longer, mut next) = (order.clone(), stand.clone());
            longer.push(actor);
            next.makes(programs, actor);
            open.push((longer, next));
        }
    }
    ended
}

/// What the explorer plays of them, and how many orders those stand for.
fn explored_waiting(programs: &[Vec<Waiting>]) -> (Vec<Vec<usize>>, u128) {
    let (mut explorer, mut orders, mut all) = (Explorer::default(), Vec::new(), 0);
    loop {
        explorer.begin();
        let (mut order, mut stand) = (Vec::new(), Stand::of(programs));
        let ended = loop {
            let enabled = stand.enabled(programs);
            if enabled.is_empty() {
                break true;
            }
            let Next::Goes(actor) = explorer.choose(&enabled) else { break false };
            let step = stand.next(programs, actor).expect("a step");
            stand.makes(programs, actor);
            order.push(actor);
            let footprint = step.footprint();
            explorer.made(Ordered { actor, footprint, counted: true, ..Ordered::default() }, true);
        };
        let wants = |actor: usize| {
            let footprint = stand.next(programs, actor)?.footprint();
            (!stand.can(programs, actor)).then_some(Ordered {
                actor,
                footprint,
                counted: true,
                ..Ordered::default()
            })
        };
        let blocked: Vec<Ordered> = (0..programs.len()).filter_map(wants).collect();
        let clocks = explorer.learn(&blocked);
        if ended {
            all += clocks.equal_orders(explorer.steps()).expect("few");
            orders.push(order);
        }
        if !explorer.next() {
            return (orders, all);
        }
    }
}

/// One takes a semaphore and gives it back, another one takes it for good: then the first may find it taken for ever.
#[test]
fn a_step_that_waits_is_tried_before_the_one_that_took_the_semaphore() {
    let (take, give) = (Waiting::Semaphore(1, false), Waiting::Semaphore(1, true));
    let programs = [vec![take, give], vec![give], vec![take]];
    let (mut orders, _) = explored_waiting(&programs);
    orders.sort();
    assert_eq!(orders, [vec![1, 0, 0, 2], vec![1, 2]]);
}

proptest! {
    #[test]
    fn with_semaphores_every_order_played_is_a_possible_one_and_every_end_is_found(
        programs in prop::collection::vec(prop::collection::vec(waiting(), 0..4), 1..4)
    ) {
        let every = every_possible(&programs);
        let of = |order: &Vec<usize>| relation(order, |actor, place| programs[actor][place].footprint());
        let wanted: BTreeSet<_> = every.iter().map(of).collect();
        let (orders, all) = explored_waiting(&programs);
        prop_assert!(orders.iter().all(|order| every.contains(order)), "an impossible order");
        let found: BTreeSet<_> = orders.iter().map(of).collect();
        prop_assert_eq!(&found, &wanted);
        prop_assert_eq!(found.len(), orders.len(), "an order was played twice");
        prop_assert_eq!(all, every.len() as u128);
    }
}
