//! From a call with names to a call with numbers: what an actor is asked to do, and how the line reads with
//! every name replaced. It never asks the kernel anything.

use super::request::Request;
use crate::lesson::{Bindings, Call, Deed, Expr, Function, Value, quote};
use crate::names;

/// The call with its values in place of its names: `shmat(5, NULL, 0)`.
pub fn spelled(call: &Call, names: &Bindings) -> String {
    let arg = |expr: &Expr| match expr {
        Expr::Name(name) => names.get(name).map_or_else(|| name.clone(), Value::to_string),
        Expr::Plus(name, more) => match names.get(name) {
            Some(value) => format!("{value} + {more}"),
            None => expr.to_string(),
        },
        _ => expr.to_string(),
    };
    match &call.deed {
        Deed::Invoke { args, .. } => {
            let args: Vec<_> = args.iter().map(arg).collect();
            format!("{}({})", call.name(), args.join(", "))
        }
        Deed::Store { base, index, value } => {
            let base = names.get(base).map_or_else(|| base.clone(), Value::to_string);
            format!("*({base} + {index}) = {value}")
        }
    }
}

/// What an actor is to do. None for a stage direction, or where a name stands for the wrong kind of thing.
pub fn request(call: &Call, names: &Bindings) -> Option<Request> {
    let args = match &call.deed {
        Deed::Store { base, index, value } => {
            let address = names.get(base)?.number()?.wrapping_add(index.value).cast_unsigned();
            return Some(Request::Store { address, bytes: vec![low_byte(number(value, names)?)] });
        }
        Deed::Invoke { args, .. } => args,
    };
    let value = |at: usize| number(args.get(at)?, names);
    let int = |at: usize| value(at).map(low_int);
    Some(match call.spec()?.function {
        Function::Create => return None,
        Function::Exit => Request::Exit { status: int(0)? },
        Function::Ftok => Request::Ftok { path: path(call)?.to_owned(), project: int(1)? },
        Function::Puts => Request::Puts { address: value(0)?.cast_unsigned() },
        Function::Shmat => Request::Shmat { id: int(0)?, address: value(1)?.cast_unsigned(), flags: int(2)? },
        Function::Shmctl => {
            Request::Shmctl { id: int(0)?, command: int(1)?, buffer: matches!(args.get(2)?, Expr::Buffer(_)) }
        }
        Function::Shmdt => Request::Shmdt { address: value(0)?.cast_unsigned() },
        Function::Shmget => Request::Shmget { key: int(0)?, size: value(1)?.cast_unsigned(), flags: int(2)? },
        Function::Strcpy => {
            let mut bytes = match args.get(1)? {
                Expr::Text(text) => text.clone().into_bytes(),
                Expr::Name(name) => match names.get(name)? {
                    Value::Text(bytes) => bytes.clone(),
                    _ => return None,
                },
                _ => return None,
            };
            bytes.push(0);
            Request::Store { address: value(0)?.cast_unsigned(), bytes }
        }
    })
}

/// The file a call names.
pub fn path(call: &Call) -> Option<&str> {
    match &call.deed {
        Deed::Invoke { args, .. } => match args.first()? {
            Expr::Text(path) => Some(path),
            _ => None,
        },
        Deed::Store { .. } => None,
    }
}

/// What a C compiler keeps of a number that becomes an int: its low 32 bits.
fn low_int(value: i64) -> i32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

/// The same for a char.
fn low_byte(value: i64) -> u8 {
    value.to_le_bytes()[0]
}

fn number(expr: &Expr, names: &Bindings) -> Option<i64> {
    match expr {
        Expr::Number(number) => Some(number.value),
        Expr::Char(byte) => Some(i64::from(*byte)),
        Expr::Null => Some(0),
        Expr::Constant(name) => names::constant(name).map(|row| row.value),
        Expr::Name(name) => names.get(name)?.number(),
        Expr::Plus(name, more) => Some(names.get(name)?.number()?.wrapping_add(more.value)),
        Expr::Or(parts) => parts.iter().try_fold(0, |all, part| Some(all | number(part, names)?)),
        Expr::Text(_) | Expr::Buffer(_) => None,
    }
}

/// A path as the evidence shows it.
pub fn shown(path: &std::path::Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let quoted = quote(path.as_os_str().as_bytes());
    quoted[1..quoted.len() - 1].to_owned()
}
