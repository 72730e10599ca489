//! A step as C that a compiler takes: the statement with its variable declared, the cast that the notation leaves out,
//! the lines behind a shorthand, and the prototype of the call. Pure functions over a lesson; the C of each call is in
//! [`table`]. It refuses to guess: a step that says its own C with `c` is shown that.

mod checked;
mod table;

use std::collections::BTreeMap;

use super::call::{Call, Expr, Statement};
use super::functions::{ParamKind, ReturnType, spec};
use super::{Action, Lesson};

/// What a step is in C.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InC {
    /// Lines of C; a whole file if one of them includes a header.
    pub text: String,
    /// Whether the step's own line is lab's shorthand, which a compiler would refuse or warn about.
    pub shorthand: bool,
    /// Whether the lines say more than the step's own one with a semicolon.
    pub says_more: bool,
}

/// A call's prototype, and each of its parameters with the argument that the step has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prototype {
    pub text: &'static str,
    pub params: Vec<Param>,
}

/// A parameter of a prototype.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    pub name: &'static str,
    pub argument: String,
    /// What it is, in words.
    pub is: &'static str,
}

/// The C types of a lesson's names.
pub type Types<'a> = BTreeMap<&'a str, &'static str>;

const POINTER: &str = "char *";
/// What a pipe's two descriptors are where they were declared before.
const DESCRIPTORS: &str = "int *";

impl Lesson {
    /// The step at this place, from 0, as C.
    pub fn in_c(&self, at: usize) -> InC {
        let call = &self.script.actions[at].call;
        let (known, offsets) = (self.types(at), self.offsets());
        let (text, shorthand) = statement(call, &known, &offsets, &|name| known.contains_key(name));
        let own = self.words[at].c.clone();
        let says_more = own.is_some() || text != format!("{call};");
        InC { text: own.unwrap_or(text), shorthand, says_more }
    }

    /// The prototype of the call of the step at this place, where it is one of C's.
    pub fn prototype(&self, at: usize) -> Option<Prototype> {
        let call = &self.script.actions[at].call;
        let row = table::row(call.spec()?.function)?;
        let text = row.prototype?;
        let params = parameters(text).into_iter().zip(row.params).enumerate();
        let param = |(at, (name, is)): (usize, (&'static str, &&'static str))| {
            Some(Param { name, argument: call.arg(at)?.to_string(), is })
        };
        Some(Prototype { text, params: params.filter_map(param).collect() })
    }

    /// Whether the step at this place is the first that a student sees of its call.
    pub fn is_first_use(&self, at: usize) -> bool {
        let function = |action: &Action| action.call.spec().map(|spec| spec.function);
        let this = function(&self.script.actions[at]);
        let seen =
            |earlier: usize| function(&self.script.actions[earlier]) == this && !self.words[earlier].tidy;
        this.is_some() && !(0..at).any(seen)
    }

    /// The types of the names that stand for something before the step at this place.
    fn types(&self, at: usize) -> Types<'_> {
        let actions = &self.script.actions;
        // A child's role is a name that fork() gives a value to.
        let forked = |role: &str| actions.iter().any(|action| action.call.bind.as_deref() == Some(role));
        let roles =
            actions.iter().flat_map(Action::roles).filter(|role| !forked(role)).map(|role| (role, "pid_t"));
        let input = self.input.iter().map(|input| (input.name.as_str(), POINTER));
        let mut types: Types<'_> = roles.chain(input).collect();
        let offsets = self.offsets();
        for action in &actions[..at] {
            if let Some(name) = &action.call.bind {
                let of = type_of(&action.call, &types, &offsets);
                types.entry(name).or_insert(of);
            } else if let Some(name) = action.call.binds() {
                types.entry(name).or_insert(DESCRIPTORS);
            }
        }
        types
    }

    /// The names that are added to an address: numbers, though they were read from where an address fits.
    fn offsets(&self) -> Vec<&str> {
        let args = self.script.actions.iter().flat_map(|action| match &action.call.statement {
            Statement::Invoke { args, .. } => args.as_slice(),
            _ => &[],
        });
        let added = args.filter_map(|arg| match arg {
            Expr::Plus(_, more) => match more.as_ref() {
                Expr::Name(name) => Some(name.as_str()),
                _ => None,
            },
            _ => None,
        });
        added.collect()
    }
}

/// The names of a prototype's parameters, in their order.
fn parameters(prototype: &'static str) -> Vec<&'static str> {
    let inside = prototype.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(");"));
    let name = |param: &'static str| {
        let start = param.rfind([' ', '*']).map_or(0, |at| at + 1);
        param[start..].split('[').next().unwrap_or_default()
    };
    inside.split(',').map(name).filter(|name| *name != "void").collect()
}

/// The type of the name that a call binds.
fn type_of(call: &Call, known: &Types<'_>, offsets: &[&str]) -> &'static str {
    let named = |name: &str| known.get(name).copied().unwrap_or(POINTER);
    match &call.statement {
        Statement::Load { .. } => "char",
        Statement::LoadPointer { .. } if call.bind.as_deref().is_some_and(|name| offsets.contains(&name)) => {
            "long"
        }
        Statement::Assign(Expr::Name(name)) => named(name),
        Statement::Assign(Expr::Number(_) | Expr::Char(_) | Expr::Cast(_) | Expr::Constant(_)) => "int",
        Statement::Invoke { function, .. } => match spec(*function).yields {
            ReturnType::Key => "key_t",
            ReturnType::Address => POINTER,
            ReturnType::Pid => "pid_t",
            ReturnType::Mode => "mode_t",
            ReturnType::Number => "long",
            ReturnType::Text if table::template(*function).is_some() => POINTER,
            ReturnType::Id | ReturnType::Text | ReturnType::Zero | ReturnType::Nothing => "int",
        },
        _ => POINTER,
    }
}

/// A call as C, and whether its own line is a shorthand for that; `has`: whether a name was declared before.
fn statement(call: &Call, known: &Types<'_>, offsets: &[&str], has: &dyn Fn(&str) -> bool) -> (String, bool) {
    let keeps = call.bind.as_ref().map(|name| match has(name) {
        true => format!("{name} = "),
        false => {
            let of = known.get(name.as_str()).copied();
            let of = of.unwrap_or_else(|| type_of(call, known, offsets));
            format!("{} = ", variable(of, name))
        }
    });
    let start = keeps.clone().unwrap_or_default();
    match &call.statement {
        Statement::Invoke { function, args } => {
            if let Some(template) = table::template(*function) {
                return (expanded(template, args, keeps.as_deref()), true);
            }
            let spec = spec(*function);
            let kinds = spec.params.iter();
            let cast: Vec<_> =
                args.iter().zip(kinds).map(|(arg, kind)| (cast(arg, *kind, known), arg)).collect();
            let shorthand = cast.iter().any(|(cast, arg)| *cast != arg.to_string());
            let args: Vec<_> = cast.into_iter().map(|(cast, _)| cast).collect();
            // A pipe's descriptors need a place before they are made.
            let array = call.binds().filter(|name| keeps.is_none() && !has(name));
            let array = array.map_or_else(String::new, |name| format!("int {name}[2];\n"));
            (format!("{array}{start}{}({});", spec.name, args.join(", ")), shorthand)
        }
        Statement::Repeat { counter: i, times, function, args } => {
            let args: Vec<_> = args.iter().map(Expr::to_string).collect();
            let (name, args) = (spec(*function).name, args.join(", "));
            (format!("for (int {i} = 0; {i} < {times}; {i}++)\n    {name}({args});"), false)
        }
        Statement::StorePointer { at, value } => {
            let held = match value {
                Expr::Number(_) => "long *",
                Expr::Name(name) if known.get(name.as_str()) == Some(&"long") => "long *",
                _ => "char **",
            };
            (format!("*({held}) {at} = {value};"), true)
        }
        Statement::LoadPointer { at } => {
            let long = type_of(call, known, offsets) == "long";
            (format!("{start}*({}) {at};", if long { "long *" } else { "char **" }), true)
        }
        Statement::Assign(Expr::Cast(name)) => (format!("{start}(int) (long) {name};"), true),
        _ => {
            let line = Call { bind: None, ..call.clone() };
            (format!("{start}{line};"), false)
        }
    }
}

/// Whether a C type is an address's.
pub fn is_address(of: &str) -> bool {
    of.ends_with('*')
}

/// `int id`, `char *p`.
pub fn variable(of: &str, name: &str) -> String {
    format!("{of}{}{name}", if is_address(of) { "" } else { " " })
}

/// An argument with the cast that C wants: a number is not an address.
fn cast(arg: &Expr, kind: ParamKind, known: &Types<'_>) -> String {
    let to = match kind {
        ParamKind::Printed | ParamKind::Pathname | ParamKind::Text => "(char *) ",
        ParamKind::Address => "(void *) ",
        _ => return arg.to_string(),
    };
    match arg {
        Expr::Number(_) => format!("{to}{arg}"),
        Expr::Name(name) if known.get(name.as_str()).is_some_and(|of| *of != POINTER) => {
            format!("{to}(long) {arg}")
        }
        _ => arg.to_string(),
    }
}

/// A template with a call's arguments in it.
fn expanded(template: &str, args: &[Expr], keeps: Option<&str>) -> String {
    let mut lines = Vec::new();
    for line in template.lines() {
        let line = match (line.strip_prefix("$="), keeps) {
            (Some(_), None) => continue,
            (Some(value), Some(keeps)) => format!("{keeps}{value}"),
            (None, _) => line.to_owned(),
        };
        let filled = args.iter().enumerate().fold(line, |line, (at, arg)| {
            let text = arg.to_string();
            line.replace(&format!("$\"{at}"), text.trim_matches('"')).replace(&format!("${at}"), &text)
        });
        lines.push(filled);
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;
