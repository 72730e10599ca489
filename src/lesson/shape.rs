//! What can be written in a field, as data: the schema and the help are made of it. It reads nothing.

use super::User;
use super::question::QuestionKind;
use crate::constants::Name;

/// No limit.
pub const ANY: usize = usize::MAX;

/// One field of a table: what the schema and the help say of it.
pub struct Field {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    pub doc: &'static str,
}

/// What can be written in a field.
#[derive(Clone, Copy)]
pub enum Shape {
    Text,
    /// A word of small letters, digits and dashes, this long at most.
    Word(usize),
    /// One text, or a list of this many at most.
    Texts(usize),
    Flag,
    /// From, and to.
    Number(usize, usize),
    Numbers,
    /// One of these, or a list of them.
    Names(&'static [Name]),
    /// Texts that each begin with one of these.
    Facts(&'static [Name]),
    Kind(&'static [(&'static str, QuestionKind)]),
    /// A number for each of these.
    Limits(&'static [Name]),
    /// One of these for each role.
    Users(&'static [(&'static str, User)]),
    Table(&'static [Field]),
    /// This many at most.
    Tables(&'static [Field], usize),
    /// This many at most, whose fields their kinds decide.
    Questions(usize),
}
