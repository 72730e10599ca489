//! The explorer against programs on paper: for random small programs, every order is played by brute force, and the
//! explorer must play exactly one of each set of equal orders and count all of them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::footprint::{Access, Object};
use super::*;

/// A step on paper: an object and how it is touched, a semaphore of which one is given or taken, or nothing that
/// matters. A semaphore begins at 0, and who takes one waits while there is none.
#[derive(Debug, Clone, Copy)]
enum Paper {
    Touches(i32, Access),
    Gives(i32),
    Takes(i32),
    Nothing,
}

impl Paper {
    fn footprint(self) -> Footprint {
        Footprint::default().with(&[match self {
            Paper::Touches(object, access) => (Object::Memory(object), access),
            Paper::Gives(id) => (Object::Semaphore(id), Access::Adds),
            Paper::Takes(id) => (Object::Semaphore(id), Access::Writes),
            Paper::Nothing => return Footprint::default(),
        }])
    }
}

/// The programs of a test, each by its steps.
type Programs = [Vec<Paper>];

fn touching() -> impl Strategy<Value = Paper> {
    let access = prop::sample::select(vec![Access::Reads, Access::Adds, Access::Writes]);
    (0..3_i32, access).prop_map(|(object, access)| Paper::Touches(object, access))
}

fn waiting() -> impl Strategy<Value = Paper> {
    prop_oneof![
        2 => touching(),
        1 => (0..2_i32, any::<bool>()).prop_map(|(id, up)| if up { Paper::Gives(id) } else { Paper::Takes(id) }),
        1 => Just(Paper::Nothing),
    ]
}

fn programs(step: impl Strategy<Value = Paper>) -> impl Strategy<Value = Vec<Vec<Paper>>> {
    prop::collection::vec(prop::collection::vec(step, 0..4), 1..4)
}

/// The relation of an order, which is the same for equal orders: which steps that matter to each other came first.
fn relation(programs: &Programs, order: &[usize]) -> BTreeSet<((usize, usize), (usize, usize))> {
    let nth = |at: usize| order[..at].iter().filter(|actor| **actor == order[at]).count();
    let steps: Vec<_> = order.iter().enumerate().map(|(at, actor)| (*actor, nth(at))).collect();
    let print = |(actor, place): (usize, usize)| programs[actor][place].footprint();
    let mut pairs: BTreeSet<_> = steps.iter().map(|step| (*step, *step)).collect();
    for (at, later) in steps.iter().enumerate() {
        let before = steps[..at].iter().filter(|earlier| print(**earlier).matters_to(&print(*later)));
        pairs.extend(before.map(|earlier| (*earlier, *later)));
    }
    pairs
}

/// Where an order has come to: how far each program is, and the semaphores' values.
#[derive(Clone)]
struct Stand {
    done: Vec<usize>,
    values: [i32; 2],
}

impl Stand {
    fn of(programs: &Programs) -> Stand {
        Stand { done: vec![0; programs.len()], values: [0; 2] }
    }

    fn next(&self, programs: &Programs, actor: usize) -> Option<Ordered> {
        let footprint = programs[actor].get(self.done[actor])?.footprint();
        Some(Ordered { actor, footprint, counted: true, ..Ordered::default() })
    }

    fn enabled(&self, programs: &Programs) -> Vec<usize> {
        let can = |actor: &usize| match programs[*actor].get(self.done[*actor]) {
            Some(Paper::Takes(id)) => self.values[*id as usize] > 0,
            step => step.is_some(),
        };
        (0..programs.len()).filter(can).collect()
    }

    fn makes(&mut self, programs: &Programs, actor: usize) {
        match programs[actor][self.done[actor]] {
            Paper::Gives(id) => self.values[id as usize] += 1,
            Paper::Takes(id) => self.values[id as usize] -= 1,
            Paper::Touches(..) | Paper::Nothing => {}
        }
        self.done[actor] += 1;
    }
}

/// All that can happen, by brute force: until every process has ended, or none can go on.
fn every_possible(programs: &Programs) -> Vec<Vec<usize>> {
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

/// What the explorer plays: the orders that came to their end, how many orders those stand for, and how many were left.
fn explored(programs: &Programs) -> (Vec<Vec<usize>>, u128, usize) {
    let (mut explorer, mut orders, mut all, mut left) = (Explorer::default(), Vec::new(), 0, 0);
    loop {
        explorer.begin();
        let (mut order, mut stand) = (Vec::new(), Stand::of(programs));
        let ended = loop {
            let enabled = stand.enabled(programs);
            if enabled.is_empty() {
                break true;
            }
            let Next::Goes(actor) = explorer.choose(&enabled) else { break false };
            explorer.made(stand.next(programs, actor).expect("a step"), true);
            stand.makes(programs, actor);
            order.push(actor);
        };
        let enabled = stand.enabled(programs);
        let stuck = (0..programs.len()).filter(|actor| !enabled.contains(actor));
        let blocked: Vec<Ordered> = stuck.filter_map(|actor| stand.next(programs, actor)).collect();
        let clocks = explorer.learn(&blocked);
        if ended {
            all += clocks.equal_orders(explorer.steps()).expect("few");
            orders.push(order);
        } else {
            left += 1;
        }
        if !explorer.next() {
            return (orders, all, left);
        }
    }
}

#[test]
fn independent_programs_need_one_order_and_dependent_ones_every_one() {
    let writes = |object, times| vec![Paper::Touches(object, Access::Writes); times];
    let (orders, all, left) = explored(&[writes(1, 5), writes(2, 4)]);
    assert_eq!((orders.len(), all, left), (1, 126, 0));
    let (orders, all, _) = explored(&[writes(1, 3), writes(1, 3)]);
    assert_eq!((orders.len(), all), (20, 20));
}

/// One takes a semaphore and gives it back, another one takes it for good: then the first may find it taken for ever.
#[test]
fn a_step_that_waits_is_tried_before_the_one_that_took_the_semaphore() {
    let (take, give) = (Paper::Takes(1), Paper::Gives(1));
    let (mut orders, ..) = explored(&[vec![take, give], vec![give], vec![take]]);
    orders.sort();
    assert_eq!(orders, [vec![1, 0, 0, 2], vec![1, 2]]);
}

/// One of each set of equal orders is played, and all are counted.
fn compared(programs: &Programs) -> Result<(), TestCaseError> {
    let every = every_possible(programs);
    let of = |order: &Vec<usize>| relation(programs, order);
    let wanted: BTreeSet<_> = every.iter().map(of).collect();
    let (orders, all, _) = explored(programs);
    prop_assert!(orders.iter().all(|order| every.contains(order)), "an impossible order");
    let found: BTreeSet<_> = orders.iter().map(of).collect();
    prop_assert_eq!(&found, &wanted);
    prop_assert_eq!(found.len(), orders.len(), "an order was played twice");
    prop_assert_eq!(all, every.len() as u128);
    Ok(())
}

proptest! {
    #[test]
    fn one_of_each_set_of_equal_orders_is_played_and_all_are_counted(programs in programs(touching())) {
        compared(&programs)?;
    }

    #[test]
    fn with_semaphores_every_order_played_is_a_possible_one_and_every_end_is_found(
        programs in programs(waiting())
    ) {
        compared(&programs)?;
    }
}
