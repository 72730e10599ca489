//! How a lesson becomes programs: which role is a program and which a process that a program forks, whose turn comes
//! when, and which values go from one process to another. Facts about a lesson; it writes neither C nor a sentence.

use std::collections::{BTreeMap, BTreeSet};

use super::steps::{LeftOut, execs, forks, function, killed, left_out, uses};
use crate::lesson::{Action, Expect, Function, LAB, Lesson, Statement};

/// A call that can sleep, and the call that wakes it.
const WAKERS: &[(Function, Function)] = &[
    (Function::Msgrcv, Function::Msgsnd),
    (Function::Msgsnd, Function::Msgrcv),
    (Function::Read, Function::Write),
    (Function::Write, Function::Read),
    (Function::Semop, Function::Semop),
    (Function::Wait, Function::Exit),
];

/// Steps in a row that one process makes.
#[derive(Debug, PartialEq, Eq)]
pub struct Block<'a> {
    pub role: &'a str,
    /// Places from 0.
    pub steps: Vec<usize>,
}

/// One program: the process that runs it, and those that it forks.
#[derive(Debug)]
pub struct Program<'a> {
    pub role: &'a str,
    /// The roles that are forked in it, by whom; parents before children.
    pub children: Vec<(&'a str, &'a str)>,
    /// Whether it makes all its steps in a row and then ends, so that it takes no turns.
    pub alone: bool,
    /// The names that a forked process has from its parent.
    pub shared: BTreeSet<&'a str>,
}

impl Program<'_> {
    /// Whether this role plays in it.
    pub fn has(&self, role: &str) -> bool {
        self.role == role || self.children.iter().any(|(child, _)| *child == role)
    }
}

/// What becomes of a lesson.
#[derive(Debug)]
pub struct Plan<'a> {
    pub lesson: &'a Lesson,
    pub left_out: BTreeMap<usize, LeftOut>,
    pub blocks: Vec<Block<'a>>,
    pub programs: Vec<Program<'a>>,
    /// After which steps a process writes down a value for others.
    pub tells: BTreeMap<usize, &'a str>,
    /// The names that a process reads before a step, because another process made them.
    pub asks: BTreeMap<usize, Vec<&'a str>>,
    /// The steps that wake a process, and the step in which it sleeps until then, where the waker goes on before it.
    pub wakes: BTreeMap<usize, usize>,
    /// The roles that stay when their steps are over, until all steps are.
    pub stay: BTreeSet<&'a str>,
}

impl<'a> Plan<'a> {
    pub fn of(lesson: &'a Lesson) -> Plan<'a> {
        let left_out = left_out(lesson);
        let blocks = blocks(lesson, &left_out);
        let mut plan = Plan {
            lesson,
            left_out,
            blocks,
            programs: Vec::new(),
            tells: BTreeMap::new(),
            asks: BTreeMap::new(),
            wakes: BTreeMap::new(),
            stay: BTreeSet::new(),
        };
        plan.stay = plan.stay();
        plan.programs = plan.programs();
        plan.wakes = plan.wakes();
        plan.hand_over();
        plan
    }

    pub fn action(&self, at: usize) -> &'a Action {
        &self.lesson.script.actions[at]
    }

    /// The number of the step that comes after all others.
    pub fn end(&self) -> usize {
        self.lesson.len() + 1
    }

    /// The number of the step that comes next after a block.
    pub fn after(&self, block: usize) -> usize {
        self.blocks.get(block + 1).map_or(self.end(), |next| next.steps[0] + 1)
    }

    /// The program that this role plays in.
    pub fn program_of(&self, role: &str) -> Option<&Program<'a>> {
        self.programs.iter().find(|program| program.has(role))
    }

    /// The steps of a role that are played, in order.
    pub fn steps_of(&self, role: &str) -> impl Iterator<Item = usize> {
        let own = self.blocks.iter().filter(move |block| block.role == role);
        own.flat_map(|block| block.steps.iter().copied())
    }

    /// Whether a process ends in this step.
    pub fn ends_in(&self, at: usize) -> bool {
        let action = self.action(at);
        function(action) == Some(Function::Exit) || matches!(action.expect, Expect::Signal(_))
    }

    /// The step in which this role is forked, and by whom.
    fn fork_of(&self, role: &str) -> Option<(usize, &'a str)> {
        self.kept().find(|(_, action)| forks(action) == Some(role)).map(|(at, action)| (at, &*action.who))
    }

    /// The role that puts this program in its place.
    pub fn executed_by(&self, role: &str) -> Option<&'a str> {
        self.kept().find(|(_, action)| execs(action) == Some(role)).map(|(_, action)| &*action.who)
    }

    fn kept(&self) -> impl Iterator<Item = (usize, &'a Action)> {
        let actions = self.lesson.script.actions.iter().enumerate();
        actions.filter(|(at, _)| !self.left_out.contains_key(at))
    }

    fn stay(&self) -> BTreeSet<&'a str> {
        let last = self.blocks.last().map(|block| block.role);
        let killed = self.kept().filter_map(|(_, action)| killed(action)).collect::<BTreeSet<_>>();
        let attaches = |role: &str| {
            let calls = |of| self.steps_of(role).filter(|at| function(self.action(*at)) == Some(of)).count();
            calls(Function::Shmat) > calls(Function::Shmdt)
        };
        let stays = |role: &&str| {
            let ended = self.steps_of(role).any(|at| self.ends_in(at) || execs(self.action(at)).is_some());
            let holds = attaches(role) || self.fork_of(role).is_some() || self.executed_by(role).is_some();
            !ended && (killed.contains(role) || (holds && Some(*role) != last))
        };
        self.roles().into_iter().filter(stays).collect()
    }

    /// The roles in the order in which they enter.
    fn roles(&self) -> Vec<&'a str> {
        let mut roles: Vec<&str> = Vec::new();
        for (_, action) in self.kept() {
            let entering = [Some(&*action.who), forks(action), execs(action)];
            for role in entering.into_iter().flatten().filter(|role| *role != LAB) {
                if !roles.contains(&role) {
                    roles.push(role);
                }
            }
        }
        roles
    }

    fn programs(&self) -> Vec<Program<'a>> {
        let mut programs: Vec<Program<'a>> = Vec::new();
        for role in self.roles() {
            match self.fork_of(role) {
                None => programs.push(Program {
                    role,
                    children: Vec::new(),
                    alone: false,
                    shared: BTreeSet::new(),
                }),
                Some((_, parent)) => {
                    let program = programs.iter_mut().find(|program| program.has(parent));
                    program.into_iter().for_each(|program| program.children.push((role, parent)));
                }
            }
        }
        for program in &mut programs {
            let blocks = self.blocks.iter().filter(|block| block.role == program.role).count();
            program.alone = blocks == 1
                && program.children.is_empty()
                && !self.stay.contains(program.role)
                && self.executed_by(program.role).is_none();
        }
        programs
    }

    /// A step that wakes a process is over when that process is awake, unless the turn goes to it anyway.
    fn wakes(&self) -> BTreeMap<usize, usize> {
        let mut wakes = BTreeMap::new();
        for (at, action) in self.kept().filter(|(_, action)| action.expect == Expect::Blocks) {
            let row = WAKERS.iter().find(|(sleeps, _)| Some(*sleeps) == function(action));
            let mut later = self.kept().filter(|(later, _)| *later > at);
            let waker = row.and_then(|(_, wakes)| later.find(|(_, by)| function(by) == Some(*wakes)));
            let next = later.next().map(|(_, next)| &next.who);
            if let Some((waker, _)) = waker.filter(|_| next != Some(&action.who)) {
                wakes.insert(waker, at);
            }
        }
        wakes
    }

    /// Finds for each name that a step uses where its process has it from.
    fn hand_over(&mut self) {
        // The step that bound a name last, what each process has of it, and what it got with its fork.
        let mut made: BTreeMap<&str, usize> = BTreeMap::new();
        let mut has: BTreeMap<&str, BTreeMap<&str, Had>> = BTreeMap::new();
        let mut shared: BTreeSet<(&str, &str)> = BTreeSet::new();
        let assigns = |at: usize| matches!(self.action(at).call.statement, Statement::Assign(_));
        let (mut tells, mut asks) = (BTreeMap::new(), BTreeMap::<usize, Vec<&str>>::new());
        for (at, action) in self.kept().collect::<Vec<_>>() {
            let role = &*action.who;
            let own = has.entry(role).or_default();
            for name in uses(action) {
                let Some(bound) = made.get(name).copied() else { continue };
                match own.get(name) {
                    // A variable that was assigned belongs to its process.
                    Some(had) if had.since >= bound || assigns(bound) => {
                        if had.inherited {
                            shared.insert((role, name));
                        }
                    }
                    _ => {
                        tells.insert(bound, name);
                        if role != LAB {
                            asks.entry(at).or_default().push(name);
                            own.insert(name, Had { since: at, inherited: false });
                        }
                    }
                }
            }
            if let Some(name) = action.call.binds() {
                let inherited = own.get(name.as_str()).is_some_and(|had| had.inherited);
                if inherited {
                    shared.insert((role, name));
                }
                own.insert(name, Had { since: at, inherited });
                made.insert(name, at);
            }
            if let Some(child) = forks(action) {
                let copies = own.iter().map(|(name, had)| (*name, Had { inherited: true, ..*had })).collect();
                has.insert(child, copies);
            }
        }
        for program in &mut self.programs {
            let own = shared.iter().filter(|(role, _)| program.has(role));
            program.shared = own.map(|(_, name)| *name).collect();
        }
        (self.tells, self.asks) = (tells, asks);
    }
}

/// A value that a process has.
#[derive(Clone, Copy)]
struct Had {
    /// The step since which it has it.
    since: usize,
    inherited: bool,
}

fn blocks<'a>(lesson: &'a Lesson, left_out: &BTreeMap<usize, LeftOut>) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    for (at, action) in lesson.script.actions.iter().enumerate().filter(|(at, _)| !left_out.contains_key(at))
    {
        match blocks.last_mut() {
            Some(block) if block.role == action.who => block.steps.push(at),
            _ => blocks.push(Block { role: &action.who, steps: vec![at] }),
        }
    }
    blocks
}
