//! What a lesson says will happen: the outcome of a step, and facts to be read from the kernel after it.
//! These are claims; [`super::judge()`] compares them with what did happen.

use std::fmt;

use super::call::Expr;
use super::token::{ParseError, Reader, unknown};
use crate::constants::{self, Name};

/// The outcome a step is expected to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// It succeeds, whatever it returns.
    Ok,
    /// It fails with this errno.
    Errno(&'static Name),
    /// The process dies of this signal.
    Signal(&'static Name),
    /// It does not come back: the process waits inside it.
    Blocks,
    /// It succeeds and returns this: `== key`, `"hello"`.
    Value(Op, Expr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Equal,
    Different,
    Less,
    More,
    AtMost,
    AtLeast,
}

const OPS: [(&str, Op); 6] = [
    ("==", Op::Equal),
    ("!=", Op::Different),
    ("<", Op::Less),
    (">", Op::More),
    ("<=", Op::AtMost),
    (">=", Op::AtLeast),
];

impl Op {
    /// Whether `left op right` holds.
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Op::Equal => left == right,
            Op::Different => left != right,
            Op::Less => left < right,
            Op::More => left > right,
            Op::AtMost => left <= right,
            Op::AtLeast => left >= right,
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = OPS.iter().find(|(_, op)| op == self);
        f.write_str(row.map_or("", |(sign, _)| sign))
    }
}

/// A fact to be read from the kernel after a step: `nattch == 2`, `dest`, `gone(id)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactCheck {
    /// A row of [`constants::FACTS`].
    pub fact: &'static Name,
    /// Whose: an identifier's name; the step's own segment without one.
    pub of: Option<String>,
    /// Compared with what; none for `dest` and `gone`, which are true or false.
    pub is: Option<(Op, Expr)>,
}

/// Facts that are true or false.
const YES_NO: [&str; 3] = ["dest", "gone", "zombie"];

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expect::Ok => f.write_str("ok"),
            Expect::Blocks => f.write_str("blocks"),
            Expect::Errno(row) | Expect::Signal(row) => f.write_str(row.name),
            Expect::Value(Op::Equal, text @ Expr::Text(_)) => text.fmt(f),
            Expect::Value(op, value) => write!(f, "{op} {value}"),
        }
    }
}

impl FactCheck {
    /// The names in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let compared = self.is.iter().flat_map(|(_, value)| value.names());
        self.of.as_deref().into_iter().chain(compared)
    }

    /// `nattch`, or `nattch(id)` where it says whose.
    pub fn subject(&self) -> String {
        self.of.as_ref().map_or_else(|| self.fact.name.into(), |of| format!("{}({of})", self.fact.name))
    }
}

impl fmt::Display for FactCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.subject())?;
        match &self.is {
            Some((op, value)) => write!(f, " {op} {value}"),
            None => Ok(()),
        }
    }
}

/// Reads an expected outcome, or finds the first mistake in it.
pub fn expect(text: &str) -> Result<Expect, ParseError> {
    let mut reader = Reader::new(text)?;
    let found = if let Some(op) = comparison(&mut reader)? {
        Expect::Value(op, reader.operand()?)
    } else if let Some(word) = reader.word_here() {
        let word = word.to_owned();
        let span = reader.here();
        reader.word("an outcome")?;
        match (
            &*word,
            constants::named(constants::ERRNOS, &word),
            constants::named(constants::SIGNALS, &word),
        ) {
            ("ok", _, _) => Expect::Ok,
            ("blocks", _, _) => Expect::Blocks,
            (_, Some(row), _) => Expect::Errno(row),
            (_, _, Some(row)) => Expect::Signal(row),
            _ => {
                let known = constants::ERRNOS.iter().chain(constants::SIGNALS).map(|row| row.name);
                return Err(unknown(span, "outcome", &word, ["ok", "blocks"].into_iter().chain(known)));
            }
        }
    } else {
        let span = reader.here();
        match reader.operand()? {
            text @ Expr::Text(_) => Expect::Value(Op::Equal, text),
            _ => {
                return Err(ParseError::new(span, "expected an outcome")
                    .help("an outcome is `ok`, an errno such as EINVAL, a signal, `== value` or \"text\""));
            }
        }
    };
    reader.end()?;
    Ok(found)
}

/// Reads a fact to look at, or finds the first mistake in it.
pub fn look(text: &str) -> Result<FactCheck, ParseError> {
    let mut reader = Reader::new(text)?;
    let (word, span) = reader.word("a fact such as nattch")?;
    let Some(fact) = constants::named(constants::FACTS, &word) else {
        return Err(unknown(span, "fact", &word, constants::FACTS.iter().map(|row| row.name)));
    };
    let mut of = None;
    if reader.one_of(&["("])?.is_some() {
        of = Some(reader.word("an identifier's name")?.0);
        reader.sign(")")?;
    }
    let place = reader.here();
    let is = match comparison(&mut reader)? {
        Some(op) => Some((op, reader.operand()?)),
        None => None,
    };
    reader.end()?;
    match (YES_NO.contains(&fact.name), &is) {
        (false, None) => Err(ParseError::new(place, format!("`{word}` needs a comparison"))
            .help(format!("such as `{word} == 1`"))),
        (true, Some(_)) => Err(ParseError::new(place, format!("`{word}` is true or false, not compared"))),
        _ => Ok(FactCheck { fact, of, is }),
    }
}

fn comparison(reader: &mut Reader<'_>) -> Result<Option<Op>, ParseError> {
    let signs: Vec<_> = OPS.iter().map(|(sign, _)| *sign).collect();
    let found = reader.one_of(&signs)?;
    Ok(found.and_then(|sign| OPS.iter().find(|(known, _)| *known == sign)).map(|(_, op)| *op))
}
