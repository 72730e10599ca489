//! The notation's parser: text to [`Call`], with the place of every mistake. It knows the words of
//! [`super::functions`] and [`crate::constants`], and guesses nothing: what it can't read, it points at.

use std::ops::Range;

use super::call::{Base, Call, Expr, Number, Statement};
use super::functions::{self, MAX_TIMES, ParamKind, REPEATED, ReturnType, Spec};
use super::token::{ParseError, Parsed, Reader, unknown};
use crate::constants;

/// Reads one call, or finds the first mistake in it and, where there is one, the way out.
pub fn call(text: &str) -> Parsed<Call> {
    let mut reader = Reader::new(text)?;
    let call = statement(&mut reader)?;
    reader.end()?;
    Ok(call)
}

fn statement(reader: &mut Reader<'_>) -> Parsed<Call> {
    let unbound = |statement| Ok(Call { bind: None, statement });
    if reader.one_of(&["*"])?.is_some() {
        let (at, _) = reader.word("a pointer's name")?;
        reader.sign("=")?;
        return unbound(Statement::StorePointer { at, value: small_value(reader)? });
    }
    let (word, span) = reader.word("a call such as shmdt(p)")?;
    if word == "for" && reader.is("(") {
        return unbound(repeated(reader)?);
    }
    if reader.is("(") {
        return unbound(invocation(reader, &word, span)?);
    }
    if reader.is("[") {
        let index = index(reader)?;
        reader.sign("=")?;
        return unbound(Statement::Store { base: word, index, value: small_value(reader)? });
    }
    if reader.is(".") {
        return unbound(field(reader, word, span)?);
    }
    reader.sign("=")?;
    lowercase(&word, &span)?;
    let start = reader.here().start;
    let call = Call { bind: Some(word.clone()), statement: right_side(reader)? };
    if matches!(call.yields(), ReturnType::Zero | ReturnType::Nothing) {
        let what = format!("`{}` gives back nothing to keep in `{word}`", call.name());
        return Err(ParseError::new(start..start + call.name().len(), what));
    }
    Ok(call)
}

/// What may stand behind `name =`.
fn right_side(reader: &mut Reader<'_>) -> Parsed<Statement> {
    if reader.one_of(&["*"])?.is_some() {
        return Ok(Statement::LoadPointer { at: reader.word("a pointer's name")?.0 });
    }
    if reader.one_of(&["("])?.is_some() {
        let (cast, span) = reader.word("int")?;
        if cast != "int" {
            return Err(ParseError::new(span, format!("`({cast})` is not a cast that can be written here"))
                .help("the notation knows (int)"));
        }
        reader.sign(")")?;
        return Ok(Statement::Assign(Expr::Cast(reader.word("a name")?.0)));
    }
    if reader.word_here().is_none() {
        let span = reader.here();
        return match reader.operand()? {
            value @ (Expr::Text(_) | Expr::Number(_)) => Ok(Statement::Assign(value)),
            other => Err(ParseError::new(span, format!("`{other}` can't be kept"))
                .help("a call, a number or text can")),
        };
    }
    let (name, span) = reader.word("a call such as ftok(\"lab.key\", 'L')")?;
    if reader.is("[") {
        return Ok(Statement::Load { base: name, index: index(reader)? });
    }
    invocation(reader, &name, span)
}

fn field(reader: &mut Reader<'_>, word: String, span: Range<usize>) -> Parsed<Statement> {
    const FIELDS: [&str; 4] = ["shm_perm.mode", "shm_perm.uid", "shm_perm.gid", "shm_segsz"];
    let mut path = word;
    let mut end = span.end;
    while reader.one_of(&["."])?.is_some() {
        let (part, span) = reader.word("a field's name")?;
        path = format!("{path}.{part}");
        end = span.end;
    }
    let known = path.split_once('.').is_some_and(|(_, rest)| FIELDS.contains(&rest));
    if !known {
        return Err(ParseError::new(
            span.start..end,
            format!("`{path}` is not a field that a lesson can set"),
        )
        .help(format!("known fields are {}", FIELDS.map(|field| format!("ds.{field}")).join(", "))));
    }
    reader.sign("=")?;
    let place = reader.here();
    match reader.operand()? {
        Expr::Number(value) => Ok(Statement::Field { path, value }),
        other => Err(ParseError::new(place, format!("`{other}` is not a number"))),
    }
}

fn index(reader: &mut Reader<'_>) -> Parsed<Number> {
    reader.sign("[")?;
    let span = reader.here();
    let Expr::Number(index) = reader.operand()? else {
        return Err(ParseError::new(span, "the index is a number"));
    };
    reader.sign("]")?;
    Ok(index)
}

/// What one store can hold.
fn small_value(reader: &mut Reader<'_>) -> Parsed<Expr> {
    let span = reader.here();
    match reader.operand()? {
        value @ (Expr::Char(_) | Expr::Number(_) | Expr::Name(_) | Expr::Plus(..)) => Ok(value),
        other => Err(ParseError::new(span, format!("`{other}` can't be stored"))
            .help("a character such as 'B', a number, a name or name + 1 can")),
    }
}

/// `for (i = 0; i < 2048; i++) CALL`, and no other loop.
fn repeated(reader: &mut Reader<'_>) -> Parsed<Statement> {
    let (counter, times) = header(reader)?;
    let (name, span) = reader.word("a call such as msgsnd(queue, m, 8192, 0)")?;
    match invocation(reader, &name, span.clone())? {
        Statement::Invoke { function, args } if REPEATED.contains(&function) => {
            Ok(Statement::Repeat { counter, times, function, args })
        }
        _ => {
            let names: Vec<_> = REPEATED.iter().map(|function| functions::spec(*function).name).collect();
            Err(ParseError::new(span, format!("a `for` does not make `{name}` again and again"))
                .help(format!("it can make {}", names.join(", "))))
        }
    }
}

fn header(reader: &mut Reader<'_>) -> Parsed<(String, i64)> {
    let start = reader.here().start;
    reader.sign("(")?;
    let (counter, span) = reader.word("a counter such as i")?;
    lowercase(&counter, &span)?;
    reader.sign("=")?;
    let first = reader.operand()?;
    reader.sign(";")?;
    let second = reader.word("the counter")?.0;
    reader.sign("<")?;
    let place = reader.here();
    let last = reader.operand()?;
    reader.sign(";")?;
    let third = reader.word("the counter")?.0;
    reader.sign("+")?;
    reader.sign("+")?;
    let end = reader.here().end;
    reader.sign(")")?;
    let decimal = |value: &Expr| match value {
        Expr::Number(Number { value, base: Base::Decimal }) => Some(*value),
        _ => None,
    };
    if second != counter || third != counter || decimal(&first) != Some(0) {
        return Err(ParseError::new(start..end, "this loop is not one of the notation's")
            .help("the notation knows for (i = 0; i < 2048; i++)"));
    }
    match decimal(&last).filter(|times| (1..=MAX_TIMES).contains(times)) {
        Some(times) => Ok((counter, times)),
        None => Err(ParseError::new(place, format!("a loop goes from 1 to {MAX_TIMES} times"))),
    }
}

fn lowercase(word: &str, span: &Range<usize>) -> Parsed<()> {
    if word.starts_with(|c: char| c.is_ascii_uppercase()) {
        return Err(ParseError::new(span.clone(), format!("`{word}` can't be a name"))
            .help("names that a lesson makes start with a small letter"));
    }
    Ok(())
}

fn invocation(reader: &mut Reader<'_>, name: &str, span: Range<usize>) -> Parsed<Statement> {
    let Some(spec) = functions::function(name) else {
        return Err(unknown(span, "call", name, functions::FUNCTIONS.iter().map(|spec| spec.name)));
    };
    reader.sign("(")?;
    let mut args = Vec::new();
    while !reader.is(")") {
        if !args.is_empty() {
            reader.sign(",")?;
        }
        let start = reader.here().start;
        let kind = spec.params.get(args.len());
        let value = argument(reader, kind)?;
        let end = reader.before();
        let Some(kind) = kind else {
            return Err(arity(start..end, spec));
        };
        fits(*kind, &value, start..end)?;
        args.push(value);
    }
    if args.len() < spec.params.len() {
        return Err(arity(reader.here(), spec));
    }
    reader.sign(")")?;
    Ok(Statement::Invoke { function: spec.function, args })
}

/// One argument: an expression, or where a pipe's descriptors are wanted the array that holds them, or one of the two.
fn argument(reader: &mut Reader<'_>, kind: Option<&ParamKind>) -> Parsed<Expr> {
    let value = reader.expression()?;
    let name = match (kind, &value) {
        (Some(ParamKind::Descriptors), Expr::Name(name)) => return Ok(Expr::Array(name.clone())),
        (Some(ParamKind::Descriptor), Expr::Name(name)) if reader.is("[") => name,
        _ => return Ok(value),
    };
    let place = reader.here();
    match index(reader)? {
        Number { value, base: Base::Decimal } if value == 0 || value == 1 => {
            Ok(Expr::Element(name.clone(), u8::from(value == 1)))
        }
        _ => Err(ParseError::new(place, "a pipe has two ends").help("fd[0] is read, fd[1] is written")),
    }
}

fn arity(at: Range<usize>, spec: &Spec) -> ParseError {
    let count = spec.params.len();
    let plural = if count == 1 { "" } else { "s" };
    let params: Vec<_> = spec.params.iter().map(|kind| kind.plain()).collect();
    let wrong = ParseError::new(at, format!("`{}` takes {count} argument{plural}", spec.name));
    if params.is_empty() { wrong } else { wrong.help(params.join("; ")) }
}

/// Whether `value` may stand where `kind` is wanted.
fn fits(kind: ParamKind, value: &Expr, at: Range<usize>) -> Parsed<()> {
    use ParamKind::*;
    let good = match value {
        Expr::Or(parts) => {
            matches!(kind, GetFlags | AtFlags | Protection | MapFlags | Namespaces)
                && parts.iter().all(|part| fits(kind, part, at.clone()).is_ok())
        }
        Expr::Constant(name) => kind.constants().iter().any(|table| constants::named(table, name).is_some()),
        Expr::Text(_) => matches!(kind, Path | Pathname | Text | Printed),
        Expr::Char(_) => matches!(kind, Project | Byte),
        Expr::Null => matches!(kind, Address | Printed | Pathname | Buffer | Null),
        Expr::Buffer(_) => matches!(kind, Address | Printed | Buffer),
        Expr::Plus(..) => matches!(kind, Address | Printed),
        Expr::Cast(_) => false,
        Expr::Array(_) => kind == Descriptors,
        Expr::Element(..) => kind == Descriptor,
        Expr::Name(_) => matches!(kind, Text | Printed | Pathname | Address | Key | Id | Role | Name),
        Expr::Number(_) => !matches!(
            kind,
            Path | Pathname | Text | Buffer | Role | Signal | Errno | Name | Null | Descriptors | Descriptor
        ),
    };
    if good {
        return Ok(());
    }
    Err(ParseError::new(at, format!("`{value}` can't stand here")).help(format!("wanted: {}", kind.plain())))
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
