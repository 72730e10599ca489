//! A call as data: what a student would write in C, parsed. It prints back the way it is read, and it
//! refuses to know what happens when it is made.

use std::fmt;

use super::functions::{Function, Spec, spec};

/// One statement of the notation: `id = shmget(key, 1024, IPC_CREAT | 0600)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name that keeps what comes back, for later steps of any actor.
    pub bind: Option<String>,
    pub deed: Deed,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A function is called.
    Invoke { function: Function, args: Vec<Expr> },
    /// A byte is stored: `p[0] = 'B'`.
    Store { base: String, index: Number, value: Expr },
}

impl Call {
    /// The row of the function called; none for a plain store.
    pub fn spec(&self) -> Option<&'static Spec> {
        match &self.deed {
            Deed::Invoke { function, .. } => Some(spec(*function)),
            Deed::Store { .. } => None,
        }
    }

    /// The short word of headers and prompts.
    pub fn title(&self) -> &'static str {
        self.spec().map_or("store", |spec| spec.title)
    }

    /// The names it uses.
    pub fn names(&self) -> Vec<&str> {
        match &self.deed {
            Deed::Invoke { args, .. } => args.iter().filter_map(Expr::name).collect(),
            Deed::Store { base, .. } => vec![base],
        }
    }

    /// The function's name, `store` for a store.
    pub fn name(&self) -> &'static str {
        self.spec().map_or("store", |spec| spec.name)
    }
}

/// An argument.
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
    /// `NULL`.
    Null,
    /// `&ds`: a buffer of the actor's own.
    Buffer(String),
    /// `p + 1`.
    Plus(String, Number),
}

impl Expr {
    /// The name in it, if it has one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Expr::Name(name) | Expr::Plus(name, _) => Some(name),
            _ => None,
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
            Base::Octal => write!(f, "0{:o}", self.value),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Number(number) => write!(f, "{number}"),
            Expr::Char(byte) => write!(f, "'{}'", escape(&[*byte], '\'')),
            Expr::Text(text) => f.write_str(&quote(text.as_bytes())),
            Expr::Name(name) => f.write_str(name),
            Expr::Constant(name) => f.write_str(name),
            Expr::Or(parts) => join(f, parts, " | "),
            Expr::Null => f.write_str("NULL"),
            Expr::Buffer(name) => write!(f, "&{name}"),
            Expr::Plus(name, number) => write!(f, "{name} + {number}"),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.bind {
            write!(f, "{name} = ")?;
        }
        match &self.deed {
            Deed::Invoke { function, args } => {
                write!(f, "{}(", spec(*function).name)?;
                join(f, args, ", ")?;
                f.write_str(")")
            }
            Deed::Store { base, index, value } => write!(f, "{base}[{index}] = {value}"),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Expr], between: &str) -> fmt::Result {
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            f.write_str(between)?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}

/// Bytes as a C string literal, quotes included: nothing in it can move a terminal's cursor.
pub fn quote(bytes: &[u8]) -> String {
    format!("\"{}\"", escape(bytes, '"'))
}

/// Bytes as they stand inside C quotes. Printable text stays as it is, UTF-8 included; a control character
/// becomes its escape, an invalid byte three octal digits (which, unlike `\x`, end by themselves).
pub fn escape(bytes: &[u8], quote: char) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                '\\' => out.push_str("\\\\"),
                c if c == quote => {
                    out.push('\\');
                    out.push(c);
                }
                c if c.is_control() => {
                    let mut buffer = [0; 4];
                    for byte in c.encode_utf8(&mut buffer).bytes() {
                        out.push_str(&format!("\\{byte:03o}"));
                    }
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\{byte:03o}"));
        }
    }
    out
}
