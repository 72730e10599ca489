//! What a step does to processes and names, and which steps are in no program: what a program can't make, and what needs
//! such a step. It knows no sentence for the reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::lesson::{Action, Expr, Function, LAB, Lesson, ParamKind, Statement, User};

/// Why a step is in no program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// Two processes at the same moment, again and again until something is lost.
    Race,
    /// A second user makes the call.
    OtherUser,
    Root,
    /// It fails because of a limit that lab sets in its sandbox.
    Limits,
    /// Two files with one key have to be found first.
    Twins,
    /// A file's name that a shell script does not hold as it is.
    FileName,
    /// A pipe's ends that the process has not: it is neither the one that made them nor its child.
    Descriptor,
    /// It needs this name, which only a step that is left out makes.
    Needs(String),
}

/// The function that a step calls, if it calls one.
pub fn function(action: &Action) -> Option<Function> {
    action.call.spec().map(|spec| spec.function)
}

/// The role that a step forks.
pub fn forks(action: &Action) -> Option<&str> {
    action.call.bind.as_deref().filter(|_| function(action) == Some(Function::Fork))
}

/// The role that a stage direction kills.
pub fn killed(action: &Action) -> Option<&str> {
    match action.call.arg(0) {
        Some(Expr::Name(role)) if function(action) == Some(Function::Kill) => Some(role),
        _ => None,
    }
}

/// The program that a step runs in its process's place.
pub fn execs(action: &Action) -> Option<&str> {
    match action.call.arg(1) {
        Some(Expr::Text(program)) if function(action) == Some(Function::Execl) => Some(program),
        _ => None,
    }
}

/// The name of the identifier of a segment that a step makes.
pub fn makes(action: &Action) -> Option<&str> {
    let shmget = action.call.spec().is_some_and(|spec| spec.function == Function::Shmget);
    let text = action.call.to_string();
    let new = shmget && ["IPC_CREAT", "IPC_PRIVATE"].iter().any(|word| text.contains(word));
    action.call.bind.as_deref().filter(|_| new)
}

/// The name of the identifier of a segment that a step removes.
pub fn removes(action: &Action) -> Option<&str> {
    let shmctl = action.call.spec().is_some_and(|spec| spec.function == Function::Shmctl);
    match action.call.arg(0) {
        Some(Expr::Name(id)) if shmctl && action.call.to_string().contains("IPC_RMID") => Some(id),
        _ => None,
    }
}

/// The same lesson with a role of its own for what a process is after execl(): lab runs itself again there, and a
/// student another program.
pub fn with_programs_to_exec(lesson: &Lesson) -> Lesson {
    let mut lesson = lesson.clone();
    let actions = &mut lesson.script.actions;
    for at in 0..actions.len() {
        if execs(&actions[at]).is_none() {
            continue;
        }
        let role = actions[at].who.clone();
        let free = |name: &String| actions.iter().all(|action| action.who != *name);
        let Some(program) = (2..).map(|number| format!("{role}{number}")).find(free) else { continue };
        if let Statement::Invoke { args, .. } = &mut actions[at].call.statement {
            args[0] = Expr::Text(format!("./{program}"));
            args[1] = Expr::Text(program.clone());
        }
        if let Some(user) = lesson.script.users.get(&role).copied() {
            lesson.script.users.insert(program.clone(), user);
        }
        for later in actions[at + 1..].iter_mut().filter(|later| later.who == role) {
            later.who.clone_from(&program);
        }
    }
    lesson
}

/// The names that a step uses, those behind a `&` as well.
pub fn uses(action: &Action) -> Vec<&str> {
    let behind = action.call.args().iter().filter_map(|arg| match arg {
        Expr::Buffer(name) => Some(name.as_str()),
        _ => None,
    });
    action.call.names().into_iter().chain(behind).collect()
}

/// The steps that are left out, by their places from 0.
pub fn left_out(lesson: &Lesson) -> BTreeMap<usize, LeftOut> {
    let mut left: BTreeMap<usize, LeftOut> = BTreeMap::new();
    let input = lesson.input.iter().map(|input| input.name.as_str());
    let mut made: BTreeSet<&str> = input.chain(["ds"]).collect();
    let mut pipes: BTreeSet<(&str, &str)> = BTreeSet::new();
    let forked: BTreeSet<&str> = lesson.script.actions.iter().filter_map(forks).collect();
    for (at, action) in lesson.script.actions.iter().enumerate() {
        let role = action.who.as_str();
        let why = by_itself(lesson, action).or_else(|| {
            let unforked = action.roles().find(|role| forked.contains(role) && !made.contains(role));
            let unmade =
                uses(action).into_iter().find(|name| !made.contains(name) && killed(action).is_none());
            let needs = unforked.or(unmade).map(|name| LeftOut::Needs(name.to_owned()));
            let ends = |arg: &Expr| matches!(arg, Expr::Element(name, _) if !pipes.contains(&(role, name)));
            needs.or_else(|| action.call.args().iter().any(ends).then_some(LeftOut::Descriptor))
        });
        if let Some(why) = why {
            left.insert(at, why);
            continue;
        }
        made.extend(action.call.binds().map(String::as_str));
        if let (Some(name), None) = (action.call.binds(), &action.call.bind) {
            pipes.insert((role, name));
        }
        if let Some(child) = forks(action) {
            let own: Vec<_> = pipes.iter().filter(|(of, _)| *of == role).map(|(_, name)| *name).collect();
            pipes.extend(own.into_iter().map(|name| (child, name)));
        }
    }
    left
}

/// Why no program makes this step, whatever the others are.
fn by_itself(lesson: &Lesson, action: &Action) -> Option<LeftOut> {
    let other = |role: &str| lesson.script.users.get(role) == Some(&User::Other);
    let needs = |need: &str| action.needs.iter().any(|row| row.name == need);
    let plain = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let strange = |arg: &Expr| matches!(arg, Expr::Text(text) if !plain(text));
    match function(action) {
        _ if action.roles().count() > 1 => Some(LeftOut::Race),
        Some(Function::Twins) => Some(LeftOut::Twins),
        _ if action.roles().any(other) => Some(LeftOut::OtherUser),
        _ if needs("root") => Some(LeftOut::Root),
        _ if needs("limits") => Some(LeftOut::Limits),
        _ if needs("twin files") => Some(LeftOut::Twins),
        _ if action.who == LAB && action.call.args().iter().any(strange) => Some(LeftOut::FileName),
        _ => None,
    }
}

/// Whether the lesson names a key or an identifier by its number, which on the machine itself may be another
/// program's.
pub fn names_numbers(lesson: &Lesson) -> bool {
    let actions = &lesson.script.actions;
    // A variable that no call has filled is a number too.
    let by_call = |name: &str| {
        let binds = |action: &&Action| action.call.bind.as_deref() == Some(name);
        actions.iter().filter(binds).all(|action| matches!(action.call.statement, Statement::Invoke { .. }))
    };
    let counted = |(kind, arg): (&ParamKind, &Expr)| match (kind, arg) {
        (ParamKind::Id, Expr::Number(number)) => number.value >= 0,
        (ParamKind::Key | ParamKind::Id, Expr::Name(name)) => !by_call(name),
        (ParamKind::Key, Expr::Constant(_)) => false,
        (kind, _) => matches!(kind, ParamKind::Key | ParamKind::Id),
    };
    actions.iter().any(|action| {
        let Some(spec) = action.call.spec() else { return false };
        spec.function == Function::Churn || spec.params.iter().zip(action.call.args()).any(counted)
    })
}
