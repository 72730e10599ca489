//! The file formats, each field declared once: its name, what it holds, and what is said of it. The reader, the schema
//! and `lab help lesson` and `quiz` are made of these tables. A field that is never read does not compile, and neither
//! does reading one that has no row. It says nothing about how fields go together.

#![deny(dead_code)]

use std::ops::Range;

use toml::de::DeTable;

use super::question::QuestionKind;
use super::reader::{FileReader, Text};
use super::table::{Field, FieldValue, List, Table};
use super::values::{
    CLines, Difficulty, Facts, Limits, Listing, Needs, Numbers, Raw, Rows, Texts, Users, Version, Whole, Word,
};
use super::{Part, Question};

/// The most tries of a step, and lines of a proof.
const MAX_TRIES: usize = 100;
const MAX_LINES: usize = 40;

const ONE: List = List { most: 1, taken: 0, no_list: "", too_long: "", none: None };
const STEPS: List = List {
    most: 200,
    no_list: "steps are written [[step]]",
    too_long: "a lesson has at most {} steps",
    none: Some(("a lesson needs at least one [[step]]", "a step has who, call, expect and say")),
    ..ONE
};
const CHECKS: List = List {
    most: 60,
    no_list: "checks are written [[check]]",
    too_long: "a task has at most {} checks",
    none: Some(("a task needs at least one [[check]]", "a check has say, play and hold")),
    ..ONE
};
const MISCONCEPTIONS: List = List {
    most: 200,
    no_list: "misconceptions are written [[misconception]]",
    too_long: "there are at most {} misconceptions",
    ..ONE
};
pub(super) const QUESTIONS: List = List {
    most: 200,
    no_list: "questions are written [[question]]",
    too_long: "a file has at most {} questions",
    none: Some(("a bank needs at least one [[question]]", "a question has id, kind, level, lesson and ask")),
    ..ONE
};
/// Options have labels of one digit, and a screen has an end. With none at all, the question would seem to lack them.
const OPTIONS: List = List {
    most: 6,
    taken: 6,
    no_list: "`options` is a list of { is = …, why = … }",
    too_long: "there are at most {} options",
    none: None,
};

/// A table of a file: how it is written, and its fields. A field's comment is its help; its type says what it holds and
/// whether it has to be there; after it, if only some kinds of questions have it, which.
macro_rules! fields {
    ($table:ident: $written:literal, $list:ident { $(
        $(#[doc = $doc:literal])+
        $name:ident: $holds:ty $(=> [$($kind:ident),+] $(needed by [$($by:ident),+])?)?,
    )+ }) => {
        pub(super) struct $table { $(pub $name: $holds,)+ }

        impl Table for $table {
            const WRITTEN: &'static str = $written;
            const LIST: List = $list;
            const FIELDS: &'static [Field] = &[$(Field {
                name: stringify!($name),
                shape: <$holds as FieldValue>::SHAPE,
                doc: concat!($($doc),+),
                required: <$holds as FieldValue>::REQUIRED,
                kinds: &[$($(QuestionKind::$kind),+)?],
                needed_by: &[$($($(QuestionKind::$by),+)?)?],
            }),+];

            fn read(reader: &mut FileReader<'_>, table: &DeTable<'_>, around: &Range<usize>) -> Self {
                $table { $($name: Self::field(reader, stringify!($name), table, around)),+ }
            }
        }
    };
}

fields! { LessonFields: "a lesson", ONE {
    /// the version of the format; a file without it is of version 1
    format_version: Version,
    /// one line
    title: Text,
    /// what the student will have seen, in one line
    goal: Text,
    /// core or further: lab shows the core lessons first; further without it
    part: Part,
    /// what the student knows after it, in one line; goal without it
    learned: Option<Text>,
    /// allows --host; then the lesson has no written-down keys and no limits, and semaphores and message queues only in
    /// steps that need a sandbox
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
    /// only of a lesson that comes with lab: what stays behind and what you do with it, said at the end; the segments of
    /// such a lesson outlive its run
    stays: Option<Text>,
    /// the steps, in order
    step: Vec<StepFields>,
} }

fields! { InputFields: "[input]", ONE {
    /// the name that holds the answer: steps use it
    name: Text,
    /// the question
    prompt: Text,
    /// the answer of whoever presses Enter
    default: Text,
    /// bytes; 79 without it
    max: Whole<1>,
} }

fields! { NotesFields: "[notes]", ONE {
    /// what to say
    say: Texts,
    /// what students usually answer
    answers: Text,
    /// the manual page to show
    page: Text,
} }

fields! { StepFields: "[[step]]", STEPS {
    /// an actor (a short word in small letters; its process starts when a step first names it), lab for a stage
    /// direction, "server & client" for two at once
    who: Text,
    /// one call of the notation, as in C: p = shmat(id, NULL, 0)
    call: Text,
    /// ok, blocks, an errno, a signal, == value (or !=, <, >, <=, >=), or "text", in which {name} becomes that name's
    /// value
    expect: Text,
    /// facts after the step, such as nattch == 2
    look: Facts,
    /// what it means; {name} becomes that name's value
    say: Text,
    /// a question before the call
    ask: Option<Text>,
    /// what can be answered: exactly one option is true of what the step comes to. Beside read: common wrong answers
    options: Vec<AnswerFields>,
    /// the number that the student types: a fact after the step, such as nattch, or returned, what the call returned
    read: Option<Text>,
    /// the sheet's own line, where it differs from the call
    sheet: Option<Text>,
    /// it only tidies up: lab plays it without a pause and tells it in a line
    tidy: bool,
    /// the longer explanation behind e
    more: Option<Text>,
    /// C for e in place of what lab makes of the call, such as the check of what it returned; a whole file if a line of
    /// it includes a header
    c: Option<CLines>,
    /// what the sheet says here
    theory: Option<Text>,
    /// what the machine must have; without it lab skips the step and says why
    needs: Needs,
    /// the misconceptions that this step shows to be wrong
    covers: Numbers,
    /// lab plays the step again until it comes out as expected, and shows how often; if it never does, lab says so
    tries: Whole<1, MAX_TRIES>,
    /// what it means if all its tries come out otherwise; in place of say
    otherwise: Option<Text>,
} }

fields! { AnswerFields: "{ is = \"rss == 0\", say = \"none\", why = \"…\" }", OPTIONS {
    /// an outcome of the step's call, facts after it, or both, such as ok, nattch == 2
    is: Text,
    /// how lab shows it
    say: Option<Text>,
    /// what would have to be true for it to be right; the right one can do without, because say follows
    why: Option<Text>,
} }

fields! { SyllabusFields: "a syllabus", ONE {
    /// what students believe
    misconception: Vec<MisconceptionFields>,
} }

fields! { MisconceptionFields: "[[misconception]]", MISCONCEPTIONS {
    /// what covers names
    number: Whole<1>,
    /// what students believe
    belief: Text,
    /// why no step shows it to be wrong, where none can
    reason: Option<Text>,
} }

fields! { BankFields: "a question bank", ONE {
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
fields! { QuestionHead: "[[question]]", ONE {
    /// stable, and unique over all files, because lab keeps progress under it
    id: Word,
    /// what decides
    kind: Option<QuestionKind>,
} }

fields! { QuestionFields: "[[question]]", ONE {
    /// 1 easy, 3 hard
    level: Difficulty,
    /// the misconceptions that it asks about
    covers: Numbers,
    /// the lesson and the step to go back to, such as "ftok 3"
    lesson: Text,
    /// the question
    ask: Text,
    /// what ? shows
    hint: Option<Text>,
    /// as in a lesson
    users: Users => [Predict, Several, Number, Order, Bug],
    /// as in a lesson
    limits: Limits => [Predict, Several, Number, Order, Bug],
    /// as in a lesson; lab does not ask a question that this machine can't prove
    needs: Needs => [Predict, Several, Number, Order, Bug],
    /// lines "who: call" or "who: call -> hope"; a hope is an outcome and facts, with commas between, and ok without
    /// an arrow
    prove: Texts<MAX_LINES> => [Predict, Several, Number, Order, Bug],
    /// shows the calls only after the answer
    hidden: bool => [Predict, Several, Number],
    /// the fact that is asked for, after the last line of prove, such as mapped; without it, or with returned, what
    /// that line returned
    read: Option<Text> => [Number],
    /// the lines to put in order, three to eight, in an order that works; prove comes before them
    order: Texts => [Order],
    /// what must be true at the end
    goal: Facts => [Order],
    /// a program in C, line by line
    listing: Listing => [Bug],
    /// where to read it
    source: Option<Text> => [Theory] needed by [Theory],
    /// the reason for the right answer
    why: Option<Text> => [Number, Order, Bug] needed by [Number, Order, Bug],
    /// what can be answered; of a number and a bug: common wrong answers, which the run shows to be wrong
    options: Vec<OptionFields> => [Predict, Several, Number, Bug, Theory],
    /// keeps the order of the options
    order_matters: bool => [Predict, Several, Theory],
} }

fields! { OptionFields: "{ is = \"ok\", why = \"…\" }", OPTIONS {
    /// which line of the listing
    line: Whole<1> => [Bug],
    /// what the last line of prove does: an outcome, facts, or both, such as ok, nattch == 2
    is: Text => [Predict, Several, Number],
    /// how lab shows it; in theory, what it says
    say: Option<Text> => [Predict, Several, Number, Theory] needed by [Theory],
    /// why it is right, or what would have to be true for it to be right
    why: Text,
    /// true for exactly one
    right: bool => [Theory],
} }

fields! { TaskFields: "a task", ONE {
    /// the version of the format; a file without it is of version 1
    format_version: Version,
    /// one line
    title: Text,
    /// what the student's programs do when they are right
    goal: Text,
    /// the lesson that it goes with: its name
    after: Text,
    /// the programs that the student hands in, each as [program.NAME]
    program: Rows<ProgramFields>,
    /// what must be true of them
    check: Vec<CheckFields>,
} }

fields! { ProgramFields: "[program.NAME]", ONE {
    /// the files that make it, in the task's folder; a program with `build` needs none
    sources: Texts<40>,
    /// the command that builds it in place of a compiler, such as make server; it leaves a file with the program's name
    build: Option<Text>,
    /// what the program reads on standard input; {message} in it is another text in every play, {number} another number
    /// from 20000 to 29999 (in every order 1 or 2, because each round has calls of its own), and {twice} is two times
    /// that
    stdin: Raw,
} }

fields! { CheckFields: "[[check]]", CHECKS {
    /// what is checked, in one line; a wrong program names the check by how this begins
    say: Text,
    /// which programs run: server; client runs one after the other, server & client both at once, client alone. every
    /// order plays all programs in every order of their shared memory and semaphore calls, client & server in every
    /// order only these; the check fails at the first bad order
    play: Text,
    /// what must be true afterwards: client prints "{message}", client does not print "text", client exits 0, client
    /// exits != 0, client says something, client does not crash, segments == 0, semaphores == 0
    hold: Texts,
    /// findings of lab trace that fail the check
    never: Texts,
    /// the call that lab makes fail: client: shmget = ENOSPC; with a number it is the call that fails, counted from 1
    fail: Option<Text>,
    /// the program that gets Ctrl-C as soon as it waits
    interrupt: Option<Text>,
    /// files of the folder that are not there in this play
    without: Texts,
    /// what a student whose program fails it should know
    why: Option<Text>,
    /// where to read it: a lesson's name and a step
    read: Option<Text>,
    /// what lab task hint says, one hint after the other
    hints: Texts<5>,
    /// what the check counts; 1 without it
    points: Whole<1, 100>,
} }

/// The fields of a lesson's file, of a bank's, of a task's, and of a question.
pub const LESSON: &[Field] = LessonFields::FIELDS;
pub const BANK: &[Field] = BankFields::FIELDS;
pub const TASK: &[Field] = TaskFields::FIELDS;
pub const QUESTION: [&[Field]; 2] = [QuestionHead::FIELDS, QuestionFields::FIELDS];
