//! A table of a file, read by its fields. What a field holds is read by its type ([`super::values`]), and its shape is
//! data, of which the schema and the help are made. It knows no field.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::question::QuestionKind;
use super::reader::FileReader;
use super::token::ParseError;
use super::{Part, User};
use crate::constants::Name;

/// No limit.
pub const ANY: usize = usize::MAX;

/// One field of a table: what the schema and the help say of it.
pub struct Field {
    pub name: &'static str,
    pub shape: Shape,
    pub doc: &'static str,
    pub required: bool,
    /// The kinds of questions that have it, and those that need it though others don't. Without any it is everybody's.
    pub kinds: &'static [QuestionKind],
    pub needed_by: &'static [QuestionKind],
}

impl Field {
    /// Whether a table has it: in a question of this kind, or anywhere else.
    pub fn counts(&self, kind: Option<QuestionKind>) -> bool {
        self.kinds.is_empty() || kind.is_some_and(|kind| self.kinds.contains(&kind))
    }

    /// Whether it has to be there.
    pub fn is_needed(&self, kind: Option<QuestionKind>) -> bool {
        kind.is_some_and(|kind| self.needed_by.contains(&kind)) || (self.required && self.counts(kind))
    }
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
    /// One of these.
    Part(&'static [(&'static str, Part)]),
    /// A number for each of these.
    Limits(&'static [Name]),
    /// One of these for each role.
    Users(&'static [(&'static str, User)]),
    Table(&'static [Field]),
    /// One for each name.
    Rows(&'static [Field]),
    /// This many at most.
    Tables(&'static [Field], usize),
    /// This many at most, whose fields their kinds decide.
    Questions(usize),
}

/// A field as a file has it.
pub(super) struct Slot<'v, 'd> {
    pub name: &'static str,
    pub value: Option<&'v Spanned<DeValue<'d>>>,
    pub needed: bool,
    /// Where the table stands that the field belongs to.
    pub around: &'v Range<usize>,
}

impl Slot<'_, '_> {
    pub(super) fn place(&self) -> Range<usize> {
        self.value.map_or(self.around.clone(), Spanned::span)
    }

    pub(super) fn wrong(&self, reader: &mut FileReader<'_>, what: &str) {
        reader.wrong(ParseError::new(self.place(), format!("`{}` {what}", self.name)));
    }

    /// What the value is; where there is one and it is something else, `what` says what it has to be.
    pub(super) fn read_as<T>(
        &self,
        reader: &mut FileReader<'_>,
        what: &str,
        read: impl Fn(&Spanned<DeValue<'_>>) -> Option<T>,
    ) -> Option<T> {
        let found = read(self.value?);
        if found.is_none() {
            self.wrong(reader, what);
        }
        found
    }
}

/// What a field holds.
pub(super) trait FieldValue: Sized {
    const SHAPE: Shape;
    const REQUIRED: bool = false;
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self;
}

/// A table of a file, declared in [`super::fields`].
pub(super) trait Table: Sized {
    const WRITTEN: &'static str;
    /// For one of which there are several.
    const LIST: List;
    const FIELDS: &'static [Field];
    fn read(reader: &mut FileReader<'_>, table: &DeTable<'_>, around: &Range<usize>) -> Self;

    /// One of its fields, if it counts here.
    fn field<T: FieldValue>(
        reader: &mut FileReader<'_>,
        name: &'static str,
        table: &DeTable<'_>,
        around: &Range<usize>,
    ) -> T {
        let field = Self::FIELDS.iter().find(|field| field.name == name && field.counts(reader.kind));
        let needed = field.is_some_and(|field| field.is_needed(reader.kind));
        T::read(reader, &Slot { name, value: field.and_then(|_| table.get(name)), needed, around })
    }

    /// The table that this value is.
    fn of(reader: &mut FileReader<'_>, value: &Spanned<DeValue<'_>>) -> Option<Self> {
        let table = reader.table(value, Self::WRITTEN)?;
        known(reader, table, Self::FIELDS);
        Some(Self::read(reader, table, &value.span()))
    }

    fn of_file(reader: &mut FileReader<'_>) -> Self {
        let table = reader.parse();
        known(reader, table.get_ref(), Self::FIELDS);
        Self::read(reader, table.get_ref(), &table.span())
    }
}

/// Tells every field of a table that is none of these.
pub(super) fn known(
    reader: &mut FileReader<'_>,
    table: &DeTable<'_>,
    fields: impl IntoIterator<Item = &'static Field>,
) {
    let counting = fields.into_iter().filter(|field| field.counts(reader.kind));
    let names: Vec<_> = counting.map(|field| field.name).collect();
    reader.known(table, names.into_iter());
}

/// How a list of tables may be.
pub(super) struct List {
    pub most: usize,
    /// How many of a longer list are read anyway.
    pub taken: usize,
    pub no_list: &'static str,
    /// With the most in place of `{}`.
    pub too_long: &'static str,
    /// What is said where there is none, with a help.
    pub none: Option<(&'static str, &'static str)>,
}

/// The tables of a list.
pub(super) fn items<'v, 'd>(
    reader: &mut FileReader<'_>,
    slot: &Slot<'v, 'd>,
    list: &List,
) -> &'v [Spanned<DeValue<'d>>] {
    let items = match slot.value.map(|value| value.get_ref().as_array()) {
        Some(None) => {
            reader.wrong(ParseError::new(slot.place(), list.no_list));
            return &[];
        }
        items => items.flatten().map_or(&[][..], |items| items),
    };
    if let (true, Some((what, help))) = (items.is_empty(), list.none) {
        reader.wrong_at_end(what, help);
    }
    if items.len() <= list.most {
        return items;
    }
    reader.wrong(ParseError::new(slot.place(), list.too_long.replace("{}", &list.most.to_string())));
    &items[..list.taken]
}

impl<T: Table> FieldValue for Option<T> {
    const SHAPE: Shape = Shape::Table(T::FIELDS);
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        T::of(reader, slot.value?)
    }
}

impl<T: Table> FieldValue for Vec<T> {
    const SHAPE: Shape = Shape::Tables(T::FIELDS, T::LIST.most);
    const REQUIRED: bool = T::LIST.none.is_some();
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        items(reader, slot, &T::LIST).iter().filter_map(|item| T::of(reader, item)).collect()
    }
}
