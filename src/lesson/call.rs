//! A call as data: what a student would write in C, parsed. It prints back the way it is read, and it
//! refuses to know what happens when it is made.

use std::fmt;

use super::functions::{Function, ReturnType, Spec, spec};
use crate::constants;
use crate::facts::outcome::{Bindings, low_int};
use crate::text::{escape, quote};

/// One statement of the notation: `id = shmget(key, 1024, IPC_CREAT | 0600)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name that keeps what comes back, for later steps of any actor.
    pub bind: Option<String>,
    pub statement: Statement,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// A function is called.
    Invoke { function: Function, args: Vec<Expr> },
    /// The same again and again: `for (i = 0; i < 2048; i++) msgsnd(queue, m, 8192, 0)`.
    Repeat { counter: String, times: i64, function: Function, args: Vec<Expr> },
    /// A byte is stored: `p[0] = 'B'`.
    Store { base: String, index: Number, value: Expr },
    /// A byte is read: `c = p[0]`.
    Load { base: String, index: Number },
    /// A pointer-sized value is stored: `*p = q`.
    StorePointer { at: String, value: Expr },
    /// A pointer-sized value is read: `r = *q`.
    LoadPointer { at: String },
    /// A name is bound without any call: `p = "hello"`, `g = 0`, `i = (int) p`.
    Assign(Expr),
    /// A field of the actor's own struct is set: `ds.shm_perm.mode = 0644`.
    Field { path: String, value: Number },
}

impl Call {
    /// The row of the function called; none for plain C.
    pub fn spec(&self) -> Option<&'static Spec> {
        match &self.statement {
            Statement::Invoke { function, .. } | Statement::Repeat { function, .. } => Some(spec(*function)),
            _ => None,
        }
    }

    /// The short word of headers and prompts.
    pub fn title(&self) -> &'static str {
        self.spec().map_or(self.name(), |spec| spec.title)
    }

    /// The names it uses.
    pub fn names(&self) -> Vec<&str> {
        match &self.statement {
            Statement::Invoke { args, .. } | Statement::Repeat { args, .. } => {
                args.iter().flat_map(Expr::names).collect()
            }
            Statement::Store { base, value, .. } => {
                [base.as_str()].into_iter().chain(value.names()).collect()
            }
            Statement::StorePointer { at, value } => [at.as_str()].into_iter().chain(value.names()).collect(),
            Statement::Load { base: name, .. } | Statement::LoadPointer { at: name } => vec![name],
            Statement::Assign(value) => value.names(),
            Statement::Field { .. } => Vec::new(),
        }
    }

    /// The function's name; for plain C, a word for what is done.
    pub fn name(&self) -> &'static str {
        match &self.statement {
            Statement::Invoke { function, .. } | Statement::Repeat { function, .. } => spec(*function).name,
            Statement::Store { .. } | Statement::StorePointer { .. } => "store",
            Statement::Load { .. } | Statement::LoadPointer { .. } => "load",
            Statement::Assign(_) | Statement::Field { .. } => "assign",
        }
    }

    /// What it gives back.
    pub fn yields(&self) -> ReturnType {
        match &self.statement {
            Statement::Invoke { function, .. } => spec(*function).yields,
            Statement::Store { .. }
            | Statement::StorePointer { .. }
            | Statement::Field { .. }
            | Statement::Repeat { .. } => ReturnType::Nothing,
            Statement::Load { .. } | Statement::Assign(Expr::Number(_)) => ReturnType::Number,
            Statement::LoadPointer { .. } | Statement::Assign(_) => ReturnType::Address,
        }
    }

    /// An argument of a function call.
    pub fn arg(&self, at: usize) -> Option<&Expr> {
        self.args().get(at)
    }

    /// The arguments of a function call.
    pub fn args(&self) -> &[Expr] {
        match &self.statement {
            Statement::Invoke { args, .. } | Statement::Repeat { args, .. } => args,
            _ => &[],
        }
    }

    /// The name that stands for something once it has been made: what keeps its value, or a pipe's two ends.
    pub fn binds(&self) -> Option<&String> {
        let array =
            self.args().iter().find_map(|arg| if let Expr::Array(name) = arg { Some(name) } else { None });
        self.bind.as_ref().or(array)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    Number(Number),
    /// `'L'`, one byte.
    Char(u8),
    /// `"lab.key"`.
    Text(String),
    /// A name bound by an earlier step.
    Name(String),
    /// A constant of the kernel's, such as IPC_CREAT.
    Constant(&'static str),
    /// `IPC_CREAT | IPC_EXCL | 0600`.
    Or(Vec<Expr>),
    Null,
    /// `&ds`: a buffer of the actor's own.
    Buffer(String),
    /// `p + 1`, `p + offset`.
    Plus(String, Box<Expr>),
    /// `(int) p`: what is left of an address in 32 bits.
    Cast(String),
    /// `fd`: two descriptors that the call fills in.
    Array(String),
    /// `fd[0]`, one of them: where a pipe is read, and `fd[1]`, where it is written.
    Element(String, u8),
}

impl Expr {
    /// The names that it uses.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Expr::Name(name) | Expr::Cast(name) | Expr::Element(name, _) => vec![name],
            Expr::Plus(name, more) => [name.as_str()].into_iter().chain(more.names()).collect(),
            _ => Vec::new(),
        }
    }

    /// The number it stands for.
    pub fn number(&self, names: &Bindings) -> Option<i64> {
        match self {
            Expr::Number(number) => Some(number.value),
            Expr::Char(byte) => Some(i64::from(*byte)),
            Expr::Null => Some(0),
            Expr::Constant(name) => constants::constant(name).map(|row| row.value),
            Expr::Name(name) => names.get(name)?.number(),
            Expr::Plus(name, more) => Some(names.get(name)?.number()?.wrapping_add(more.number(names)?)),
            // What is left in an int, and what a pointer made of it again is: sign-extended.
            Expr::Cast(name) => Some(i64::from(low_int(names.get(name)?.number()?))),
            Expr::Or(parts) => parts.iter().try_fold(0, |all, part| Some(all | part.number(names)?)),
            Expr::Text(_) | Expr::Buffer(_) | Expr::Array(_) | Expr::Element(..) => None,
        }
    }
}

/// A whole number, and how it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    pub value: i64,
    pub base: Base,
}

/// The spelling of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    Decimal,
    Hex,
    Octal,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.base {
            Base::Decimal => write!(f, "{}", self.value),
            Base::Hex => write!(f, "{:#x}", self.value),
            Base::Octal => write!(f, "0{:03o}", self.value),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Number(number) => write!(f, "{number}"),
            Expr::Char(byte) => write!(f, "'{}'", escape(&[*byte], Some('\''))),
            Expr::Text(text) => f.write_str(&quote(text.as_bytes())),
            Expr::Name(name) => f.write_str(name),
            Expr::Constant(name) => f.write_str(name),
            Expr::Or(parts) => f.write_str(&joined(parts, " | ")),
            Expr::Null => f.write_str("NULL"),
            Expr::Buffer(name) => write!(f, "&{name}"),
            Expr::Plus(name, more) => write!(f, "{name} + {more}"),
            Expr::Cast(name) => write!(f, "(int) {name}"),
            Expr::Array(name) => f.write_str(name),
            Expr::Element(name, at) => write!(f, "{name}[{at}]"),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.bind {
            write!(f, "{name} = ")?;
        }
        match &self.statement {
            Statement::Invoke { function, args } => invoked(f, *function, args),
            Statement::Repeat { counter: i, times, function, args } => {
                write!(f, "for ({i} = 0; {i} < {times}; {i}++) ")?;
                invoked(f, *function, args)
            }
            Statement::Store { base, index, value } => write!(f, "{base}[{index}] = {value}"),
            Statement::Load { base, index } => write!(f, "{base}[{index}]"),
            Statement::StorePointer { at, value } => write!(f, "*{at} = {value}"),
            Statement::LoadPointer { at } => write!(f, "*{at}"),
            Statement::Assign(value) => write!(f, "{value}"),
            Statement::Field { path, value } => write!(f, "{path} = {value}"),
        }
    }
}

fn invoked(f: &mut fmt::Formatter<'_>, function: Function, args: &[Expr]) -> fmt::Result {
    write!(f, "{}({})", spec(function).name, joined(args, ", "))
}

fn joined(parts: &[Expr], between: &str) -> String {
    parts.iter().map(Expr::to_string).collect::<Vec<_>>().join(between)
}
