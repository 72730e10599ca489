//! From a call with names to a call with numbers: what an actor is asked to do, and how the line reads with
//! every name replaced. One rule for all calls; it never asks the kernel anything.

use super::request::{Arg, Request};
use crate::facts::outcome::{Bindings, Value};
use crate::lesson::{Call, Expr, Statement};

/// The call with its values in place of its names: `shmat(5, NULL, 0)`.
pub fn spelled(call: &Call, names: &Bindings) -> String {
    let name = |name: &String| names.get(name).map_or_else(|| name.clone(), Value::to_string);
    let called = |args: &[Expr]| {
        let args: Vec<_> = args.iter().map(|arg| value(arg, names)).collect();
        format!("{}({})", call.name(), args.join(", "))
    };
    match &call.statement {
        Statement::Invoke { args, .. } => called(args),
        Statement::Repeat { times, args, .. } => format!("{}, {times} times", called(args)),
        Statement::Store { base, index, value: byte } => {
            format!("*({} + {index}) = {}", name(base), value(byte, names))
        }
        Statement::Load { base, index } => format!("*({} + {index})", name(base)),
        Statement::StorePointer { at, value: what } => format!("*{} = {}", name(at), value(what, names)),
        Statement::LoadPointer { at } => format!("*{}", name(at)),
        Statement::Assign(what) => {
            format!("{} = {}", call.bind.as_deref().unwrap_or_default(), value(what, names))
        }
        Statement::Field { path, value } => format!("{path} = {value}"),
    }
}

fn value(expr: &Expr, names: &Bindings) -> String {
    match expr {
        Expr::Name(name) => names.get(name).map_or_else(|| name.clone(), Value::to_string),
        Expr::Cast(name) => match names.get(name) {
            Some(value) => format!("(int) {value}"),
            None => expr.to_string(),
        },
        Expr::Plus(name, more) => match names.get(name) {
            Some(base) => format!("{base} + {}", value(more, names)),
            None => expr.to_string(),
        },
        _ => expr.to_string(),
    }
}

/// What an actor is to do. None where a name stands for nothing, or for the wrong kind of thing.
pub fn request(call: &Call, names: &Bindings) -> Option<Request> {
    let address = |name: &String| names.get(name)?.number();
    let called = |function, args: &[Expr], times| {
        let args = args.iter().map(|arg| argument(arg, names)).collect::<Option<_>>()?;
        Some(Request::Call { function, args, announce: false, times })
    };
    Some(match &call.statement {
        Statement::Invoke { function, args } => called(*function, args, 1)?,
        Statement::Repeat { times, function, args, .. } => called(*function, args, times.cast_unsigned())?,
        Statement::Store { base, index, value } => {
            let address = address(base)?.wrapping_add(index.value).cast_unsigned();
            Request::Store { address, bytes: vec![value.number(names)?.to_le_bytes()[0]] }
        }
        Statement::Load { base, index } => {
            Request::Load { address: address(base)?.wrapping_add(index.value).cast_unsigned(), length: 1 }
        }
        Statement::StorePointer { at, value } => Request::Store {
            address: address(at)?.cast_unsigned(),
            bytes: value.number(names)?.to_le_bytes().to_vec(),
        },
        Statement::LoadPointer { at } => {
            Request::Load { address: address(at)?.cast_unsigned(), length: size_of::<u64>() }
        }
        Statement::Assign(Expr::Text(text)) => Request::Literal { bytes: text.clone().into_bytes() },
        Statement::Assign(value) => {
            Request::Assign { name: call.bind.clone().unwrap_or_default(), value: value.number(names)? }
        }
        Statement::Field { path, value } => Request::Field { path: path.clone(), value: value.value },
    })
}

fn argument(expr: &Expr, names: &Bindings) -> Option<Arg> {
    Some(match expr {
        Expr::Text(text) => Arg::Text(text.clone().into_bytes()),
        Expr::Buffer(_) => Arg::Buffer,
        Expr::Array(name) => Arg::Name(name.clone()),
        Expr::Element(name, end) => Arg::End { pipe: name.clone(), end: usize::from(*end) },
        Expr::Name(name) => match names.get(name) {
            Some(Value::Text(bytes)) => Arg::Text(bytes.clone()),
            Some(Value::Number(_)) => Arg::Name(name.clone()),
            Some(value) => Arg::Int(value.number()?),
            None => return None,
        },
        _ => Arg::Int(expr.number(names)?),
    })
}
