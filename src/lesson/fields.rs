//! The file formats, each field declared once: its name, what it holds, and what is said of it. The reader, the schema
//! and `lab help lesson` and `quiz` are made of these tables. A field that nobody reads does not compile, and neither
//! does reading one that has no row. It says nothing about how fields go together.

#![deny(dead_code)]

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Question;
use super::question::QuestionKind;
use super::reader::{FileReader, Text};
use super::shape::{Field, Shape};
use super::values::{
    Facts, Item, Level, Limits, Listing, Needs, Numbers, Slot, Table, Texts, Users, Value, Version, Whole,
    Word,
};

/// The most steps of a lesson, and tries of a step.
const MAX_STEPS: usize = 200;
const MAX_TRIES: usize = 100;
/// The most questions of a file, and lines of a proof.
pub(super) const MAX_QUESTIONS: usize = 200;
const MAX_LINES: usize = 40;
/// Options have letters, and a screen has an end.
const MAX_OPTIONS: usize = 6;

/// A table of a file: how it is written, and its fields. The type of a field says whether it has to be there.
macro_rules! fields {
    ($table:ident: $written:literal { $($(#[doc = $doc:literal])+ $name:ident: $value:ty,)+ }) => {
        pub(super) struct $table { $(pub $name: $value,)+ }

        impl Table for $table {
            const WRITTEN: &'static str = $written;
            const FIELDS: &'static [Field] = &[$(Field {
                name: stringify!($name),
                shape: <$value as Value>::SHAPE,
                required: <$value as Value>::REQUIRED,
                doc: concat!($($doc),+),
            }),+];

            fn read(reader: &mut FileReader<'_>, table: &DeTable<'_>, around: &Range<usize>) -> Self {
                let slot = |name| Slot { name, value: table.get(name), around };
                $table { $($name: <$value as Value>::read(reader, &slot(stringify!($name)))),+ }
            }
        }
    };
}

fields! { LessonFields: "a lesson" {
    /// the version of the format; a file without it is of version 1
    format_version: Version,
    /// one line
    title: Text,
    /// what the student will have seen, in one line
    goal: Text,
    /// allows --host; then the lesson has no written-down keys, no semaphores and no limits
    host: bool,
    /// what the machine must have, for all steps
    needs: Needs,
    /// a text that lab asks the student for
    input: Option<InputFields>,
    /// limits of the sandbox
    limits: Limits,
    /// ordinary is never root, other is another user; whoever runs lab plays every other role
    users: Users,
    /// for the speaker of a demonstration
    notes: Option<NotesFields>,
    /// the steps, in order
    step: Vec<StepFields>,
} }

fields! { InputFields: "[input]" {
    /// the name that holds the answer: steps use it
    name: Text,
    /// the question
    prompt: Text,
    /// the answer of whoever presses Enter
    default: Text,
    /// bytes; 79 without it
    max: Whole<1>,
} }

fields! { NotesFields: "[notes]" {
    /// at a talking pace
    minutes: Whole<1>,
    /// what to say
    say: Texts,
    /// what students usually answer
    answers: Text,
    /// the manual page to show
    page: Text,
} }

fields! { StepFields: "[[step]]" {
    /// an actor (a short word in small letters; its process starts when a step first names it), lab for a stage
    /// direction, "server & client" for two at once
    who: Text,
    /// one call of the notation, as in C: p = shmat(id, NULL, 0)
    call: Text,
    /// ok, blocks, an errno, a signal, == value (or !=, <, >, <=, >=), or "text"
    expect: Text,
    /// facts after the step, such as nattch == 2
    look: Facts,
    /// what it means; {name} becomes that name's value
    say: Text,
    /// a question before the call
    ask: Option<Text>,
    /// the longer explanation behind e
    more: Option<Text>,
    /// what the sheet says here
    theory: Option<Text>,
    /// what the machine must have; without it lab skips the step and says why
    needs: Needs,
    /// the misconceptions that this step shows to be wrong
    covers: Numbers,
    /// lab plays the step again until it comes out as expected, and shows how often; if it never does, lab skips the
    /// step
    tries: Whole<1, MAX_TRIES>,
} }

fields! { SyllabusFields: "a syllabus" {
    /// what students believe
    misconception: Vec<MisconceptionFields>,
} }

fields! { MisconceptionFields: "[[misconception]]" {
    /// what covers names
    number: Whole<1>,
    /// what students believe
    belief: Text,
    /// why no step shows it to be wrong, where none can
    reason: Option<Text>,
} }

fields! { BankFields: "a question bank" {
    /// the version of the format; a file without it is of version 1
    format_version: Version,
    /// what --topic takes
    topic: Word,
    /// one line
    title: Text,
    /// the questions
    question: Vec<Question>,
} }

// What decides which fields a question has comes first.
fields! { QuestionHead: "[[question]]" {
    /// stable, and unique over all files, because lab keeps progress under it
    id: Word,
    /// what decides
    kind: Option<QuestionKind>,
} }

fields! { QuestionFields: "[[question]]" {
    /// 1 easy, 3 hard
    level: Level,
    /// the misconceptions that it asks about
    covers: Numbers,
    /// the lesson and the step to go back to, such as "ftok 3"
    lesson: Text,
    /// the question
    ask: Text,
    /// what ? shows
    hint: Option<Text>,
} }

fields! { ProofFields: "[[question]]" {
    /// as in a lesson
    users: Users,
    /// as in a lesson
    limits: Limits,
    /// as in a lesson; lab does not ask a question that this machine can't prove
    needs: Needs,
    /// lines "who: call" or "who: call -> hope"; a hope is an outcome and facts, with commas between, and ok without
    /// an arrow
    prove: Texts<MAX_LINES>,
} }

fields! { PredictFields: "[[question]]" {
    /// shows the calls only after the answer
    hidden: bool,
    /// what the last line of prove may do
    options: Vec<Spanned<ClaimFields>>,
    /// keeps the order of the options
    order_matters: bool,
} }

fields! { NumberFields: "[[question]]" {
    /// shows the calls only after the answer
    hidden: bool,
    /// the fact that is asked for, after the last line of prove, such as mapped; without it, or with returned, what
    /// that line returned
    read: Option<Text>,
    /// the reason for the right answer
    why: Text,
    /// common wrong answers; the run shows that they are wrong
    options: Vec<Spanned<ClaimFields>>,
} }

fields! { OrderFields: "[[question]]" {
    /// the lines to put in order, three to eight, in an order that works; prove comes before them
    order: Texts,
    /// facts that must be true at the end
    goal: Facts,
    /// the reason
    why: Text,
} }

fields! { BugFields: "[[question]]" {
    /// a program in C, line by line
    listing: Listing,
    /// the reason for the right answer
    why: Text,
    /// reasons why other lines are right
    options: Vec<Spanned<LineFields>>,
} }

fields! { TheoryFields: "[[question]]" {
    /// where to read it
    source: Text,
    /// the answers
    options: Vec<Spanned<StatementFields>>,
    /// keeps the order of the options
    order_matters: bool,
} }

fields! { ClaimFields: "{ is = \"ok\", why = \"…\" }" {
    /// an outcome, facts, or both: ok, nattch == 2
    is: Text,
    /// how lab shows it, instead of the claim in plain words
    say: Option<Text>,
    /// why it is right, or what would have to be true for it to be right
    why: Text,
} }

fields! { LineFields: "{ is = \"ok\", why = \"…\" }" {
    /// which line of the listing
    line: Whole<1>,
    /// why it is right
    why: Text,
} }

fields! { StatementFields: "{ is = \"ok\", why = \"…\" }" {
    /// the answer
    say: Text,
    /// why it is right or wrong
    why: Text,
    /// true for exactly one
    right: bool,
} }

/// The tables of fields that a question of this kind has.
pub fn fields_of(kind: QuestionKind) -> [&'static [Field]; 4] {
    let proof = if kind == QuestionKind::Theory { &[] } else { ProofFields::FIELDS };
    let own = match kind {
        QuestionKind::Predict | QuestionKind::Several => PredictFields::FIELDS,
        QuestionKind::Number => NumberFields::FIELDS,
        QuestionKind::Order => OrderFields::FIELDS,
        QuestionKind::Bug => BugFields::FIELDS,
        QuestionKind::Theory => TheoryFields::FIELDS,
    };
    [QuestionHead::FIELDS, QuestionFields::FIELDS, proof, own]
}

/// The fields of a lesson's file, and of a bank's.
pub const LESSON: &[Field] = LessonFields::FIELDS;
pub const BANK: &[Field] = BankFields::FIELDS;

impl Item for StepFields {
    const SHAPE: Shape = Shape::Tables(Self::FIELDS, MAX_STEPS);
    const REQUIRED: bool = true;
    const MOST: usize = MAX_STEPS;
    const NO_LIST: &'static str = "steps are written [[step]]";
    const TOO_LONG: &'static str = "a lesson has at most {} steps";
    fn item(reader: &mut FileReader<'_>, value: &Spanned<DeValue<'_>>) -> Option<Self> {
        Self::of(reader, value)
    }
    fn missing(reader: &mut FileReader<'_>) {
        reader.wrong_at_end("a lesson needs at least one [[step]]", "a step has who, call, expect and say");
    }
}

impl Item for MisconceptionFields {
    const SHAPE: Shape = Shape::Tables(Self::FIELDS, MAX_STEPS);
    const MOST: usize = MAX_STEPS;
    const NO_LIST: &'static str = "misconceptions are written [[misconception]]";
    const TOO_LONG: &'static str = "there are at most {} misconceptions";
    fn item(reader: &mut FileReader<'_>, value: &Spanned<DeValue<'_>>) -> Option<Self> {
        Self::of(reader, value)
    }
}

/// An option, and where it stands.
impl<T: Table> Item for Spanned<T> {
    const SHAPE: Shape = Shape::Tables(T::FIELDS, MAX_OPTIONS);
    const MOST: usize = MAX_OPTIONS;
    const NO_LIST: &'static str = "`options` is a list of { is = …, why = … }";
    const TOO_LONG: &'static str = "there are at most {} options";
    // With none at all, the question would seem to lack them.
    const TAKEN_OF_TOO_MANY: usize = MAX_OPTIONS;
    fn item(reader: &mut FileReader<'_>, value: &Spanned<DeValue<'_>>) -> Option<Self> {
        T::of(reader, value).map(|option| Spanned::new(value.span(), option))
    }
}
