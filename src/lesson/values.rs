//! What a field of a file can hold: how each kind of value is read. Where it can't be, the reader reports that, and
//! something stands for it. It knows no field by its name.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeValue;

use super::expect::{FactCheck, look};
use super::question::{KINDS, QuestionKind};
use super::reader::{FileReader, MAX_COLUMNS, Text};
use super::table::{ANY, FieldValue, Shape, Slot, Table};
use super::token::{ParseError, unknown};
use super::{PARTS, Part, User};
use crate::constants::{self, Name};

/// The version of the format that this lab reads.
const FORMAT_VERSION: usize = 1;
/// The longest name of a question or a topic.
const MAX_WORD: usize = 40;
/// Who can play a role.
const USERS: [(&str, User); 2] = [("ordinary", User::Ordinary), ("other", User::Other)];

impl FieldValue for Option<Text> {
    const SHAPE: Shape = Shape::Text;
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let text = slot.value.and_then(|value| reader.text(slot.name, value));
        match &text {
            _ if !slot.needed => {}
            None if slot.value.is_none() => slot.wrong(reader, "is missing"),
            Some(text) if text.get_ref().trim().is_empty() => slot.wrong(reader, "is empty"),
            _ => {}
        }
        text
    }
}

impl FieldValue for Text {
    const SHAPE: Shape = Shape::Text;
    const REQUIRED: bool = true;
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let nothing = || Spanned::new(slot.around.clone(), String::new());
        Option::<Text>::read(reader, slot).unwrap_or_else(nothing)
    }
}

/// A text or a list of texts.
pub(super) struct Texts<const MOST: usize = ANY>(pub Vec<Text>);

impl<const MOST: usize> FieldValue for Texts<MOST> {
    const SHAPE: Shape = Shape::Texts(MOST);
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let Some(value) = slot.value else { return Texts(Vec::new()) };
        let items = value.get_ref().as_array().map_or(std::slice::from_ref(value), |items| items);
        let texts: Vec<_> = items.iter().filter_map(|item| reader.text(slot.name, item)).collect();
        let Some(further) = texts.get(MOST) else { return Texts(texts) };
        let what = format!("`{}` has at most {MOST} lines", slot.name);
        reader.wrong(ParseError::new(further.span(), what));
        Texts(Vec::new())
    }
}

/// A word of small letters, digits and dashes.
pub(super) struct Word(pub Text);

impl FieldValue for Word {
    const SHAPE: Shape = Shape::Word(MAX_WORD);
    const REQUIRED: bool = true;
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let text = Text::read(reader, slot);
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.get_ref().len() > MAX_WORD || !text.get_ref().chars().all(good) {
            let what = format!("is a word of small letters, digits and dashes, {MAX_WORD} at most");
            slot.wrong(reader, &what);
        }
        Word(text)
    }
}

/// A text's lines, as they are.
pub(super) struct Listing(pub Vec<String>);

impl FieldValue for Listing {
    const SHAPE: Shape = Shape::Text;
    const REQUIRED: bool = true;
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        Text::read(reader, slot);
        let text = slot.value.and_then(|value| value.get_ref().as_str()).unwrap_or_default();
        Listing(text.trim_end().lines().map(|line| line.replace('\t', "    ")).collect())
    }
}

/// A text as it is, with its ends of lines; empty where there is none.
pub(super) struct Raw(pub String);

impl FieldValue for Raw {
    const SHAPE: Shape = Shape::Text;
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let text = |value: &Spanned<DeValue<'_>>| value.get_ref().as_str().map(str::to_owned);
        Raw(slot.read_as(reader, "is text in quotes", text).unwrap_or_default())
    }
}

/// A table of tables, each with a name of its own.
pub(super) struct Rows<T>(pub Vec<(Text, T)>);

impl<T: Table> FieldValue for Rows<T> {
    const SHAPE: Shape = Shape::Rows(T::FIELDS);
    const REQUIRED: bool = true;
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let table = slot.value.and_then(|value| reader.table(value, T::WRITTEN));
        let row = |(name, value)| {
            let name: &Spanned<std::borrow::Cow<'_, str>> = name;
            let read = T::of(reader, value)?;
            Some((Spanned::new(name.span(), name.get_ref().to_string()), read))
        };
        let mut rows: Vec<(Text, T)> = table.into_iter().flatten().filter_map(row).collect();
        rows.sort_by_key(|(name, _)| name.span().start);
        Rows(rows)
    }
}

/// Lines of C, as they are.
pub(super) struct CLines(pub String);

impl FieldValue for Option<CLines> {
    const SHAPE: Shape = Shape::Text;
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        slot.value?;
        let lines = Listing::read(reader, slot).0;
        let is_wide = |line: &String| line.chars().count() > MAX_COLUMNS;
        if let (true, Some(line)) = (reader.strict, lines.iter().find(|line| is_wide(line))) {
            let what = format!(
                "has the line `{line}`, and a screen of 80 has room for {MAX_COLUMNS} characters of it"
            );
            slot.wrong(reader, &what);
        }
        Some(CLines(lines.join("\n")))
    }
}

impl FieldValue for bool {
    const SHAPE: Shape = Shape::Flag;
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        slot.read_as(reader, "is true or false", |value| value.get_ref().as_bool()).unwrap_or(false)
    }
}

fn whole(value: &Spanned<DeValue<'_>>) -> Option<usize> {
    let number = value.get_ref().as_integer()?;
    usize::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A number from one to another.
pub(super) struct Whole<const FROM: usize, const TO: usize = ANY>(pub Option<usize>);

impl<const FROM: usize, const TO: usize> FieldValue for Whole<FROM, TO> {
    const SHAPE: Shape = Shape::Number(FROM, TO);
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        match slot.value.map(whole) {
            Some(Some(number)) if (FROM..=TO).contains(&number) => return Whole(Some(number)),
            Some(Some(_)) if TO == ANY => slot.wrong(reader, &format!("is {FROM} or more")),
            Some(Some(_)) => slot.wrong(reader, &format!("is from {FROM} to {TO}")),
            Some(None) => slot.wrong(reader, "is a whole number"),
            None => {}
        }
        Whole(None)
    }
}

/// How hard a question is.
pub(super) struct Difficulty(pub usize);

impl FieldValue for Difficulty {
    const SHAPE: Shape = Shape::Number(1, 3);
    const REQUIRED: bool = true;
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let level = slot.value.and_then(whole).filter(|level| (1..=3).contains(level));
        if level.is_none() {
            slot.wrong(reader, "is 1 (easy), 2 or 3 (hard)");
        }
        Difficulty(level.unwrap_or(1))
    }
}

/// The version of the format; a file without one is of the first.
pub(super) struct Version(Option<Spanned<usize>>);

impl FieldValue for Version {
    const SHAPE: Shape = Shape::Number(FORMAT_VERSION, FORMAT_VERSION);
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        Version(Whole::<0>::read(reader, slot).0.map(|version| Spanned::new(slot.place(), version)))
    }
}

impl Version {
    pub(super) fn check(&self, reader: &mut FileReader<'_>) {
        if let Some(version) = self.0.as_ref().filter(|version| *version.get_ref() != FORMAT_VERSION) {
            let found = version.get_ref();
            let what =
                format!("format {found} is not known to this lab, which reads format {FORMAT_VERSION}");
            reader.wrong(ParseError::new(version.span(), what));
        }
    }
}

/// Numbers of the syllabus.
pub(super) type Numbers = Vec<usize>;

impl FieldValue for Numbers {
    const SHAPE: Shape = Shape::Numbers;
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let numbers = |value: &Spanned<DeValue<'_>>| value.get_ref().as_array()?.iter().map(whole).collect();
        slot.read_as(reader, "is a list of numbers, such as [1, 3]", numbers).unwrap_or_default()
    }
}

/// What the machine must have.
pub(super) type Needs = Vec<&'static Name>;

impl FieldValue for Needs {
    const SHAPE: Shape = Shape::Names(constants::NEEDS);
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let texts = Texts::<ANY>::read(reader, slot).0;
        let need = |text: &Text| {
            let found = constants::named(constants::NEEDS, text.get_ref());
            if found.is_none() {
                let known = constants::NEEDS.iter().map(|row| row.name);
                reader.wrong(unknown(text.span(), "need", text.get_ref(), known));
            }
            found
        };
        texts.iter().filter_map(need).collect()
    }
}

/// Facts and the texts that claim them.
pub(super) struct Facts(pub Vec<(Text, FactCheck)>);

impl FieldValue for Facts {
    const SHAPE: Shape = Shape::Facts(constants::FACTS);
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let texts = Texts::<ANY>::read(reader, slot).0.into_iter();
        Facts(texts.filter_map(|text| reader.parsed(&text, look).map(|fact| (text, fact))).collect())
    }
}

impl FieldValue for Option<QuestionKind> {
    const SHAPE: Shape = Shape::Kind(&KINDS);
    const REQUIRED: bool = true;
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let name = Text::read(reader, slot);
        let kind = KINDS.iter().find(|(known, _)| known == name.get_ref());
        if kind.is_none() && !name.get_ref().is_empty() {
            let known = KINDS.iter().map(|(name, _)| *name);
            reader.wrong(unknown(name.span(), "kind", name.get_ref(), known));
        }
        kind.map(|(_, kind)| *kind)
    }
}

impl FieldValue for Part {
    const SHAPE: Shape = Shape::Part(&PARTS);
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let part = |value: &Spanned<DeValue<'_>>| {
            let name = value.get_ref().as_str()?;
            PARTS.iter().find(|(known, _)| *known == name).map(|(_, part)| *part)
        };
        slot.read_as(reader, "is \"core\" or \"further\"", part).unwrap_or(Part::Further)
    }
}

/// The sandbox's own limits, and where they stand.
pub(super) type Limits = Spanned<Vec<(String, u64)>>;

impl FieldValue for Limits {
    const SHAPE: Shape = Shape::Limits(constants::SYSCTLS);
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let around = slot.place();
        let mut limits = Vec::new();
        if let Some(table) = slot.value.and_then(|value| reader.table(value, "[limits]")) {
            let names = constants::SYSCTLS.iter().map(|row| row.name);
            reader.known(table, names.clone());
            for name in names {
                let limit = Slot { name, value: table.get(name), needed: false, around: &around };
                let limit = Whole::<0>::read(reader, &limit).0;
                limits.extend(limit.map(|limit| (name.to_owned(), limit as u64)));
            }
        }
        Spanned::new(around, limits)
    }
}

/// Roles and who plays them.
pub(super) struct Users(pub Vec<(Text, User)>);

impl FieldValue for Users {
    const SHAPE: Shape = Shape::Users(&USERS);
    fn read(reader: &mut FileReader<'_>, slot: &Slot<'_, '_>) -> Self {
        let table = slot.value.and_then(|value| reader.table(value, "[users]"));
        let mut users = Vec::new();
        for (role, value) in table.into_iter().flatten() {
            match USERS.iter().find(|(name, _)| Some(*name) == value.get_ref().as_str()) {
                Some((_, user)) => users.push((Spanned::new(role.span(), role.get_ref().to_string()), *user)),
                None => {
                    let what = "a role's user is \"ordinary\" or \"other\"";
                    reader.wrong(ParseError::new(value.span(), what));
                }
            }
        }
        Users(users)
    }
}

impl Users {
    pub(super) fn map(&self) -> BTreeMap<String, User> {
        self.0.iter().map(|(role, user)| (role.get_ref().clone(), *user)).collect()
    }
}
