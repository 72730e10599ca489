//! A lesson file: TOML in, [`Lesson`] out, or every mistake in it at its place. Its fields are declared in
//! [`super::fields`].

use super::call::{Call, Expr, Statement};
use super::check::{Checker, Places, roles_of, users_play};
use super::fields::{InputFields, LessonFields, NotesFields, StepFields, SyllabusFields};
use super::reader::{FileReader, Text};
use super::table::Table;
use super::token::{ParseError, begun};
use super::values::Needs;
use super::{
    Action, Bank, Expect, Input, Lesson, Misconception, Notes, Script, Words, call, expect, prediction,
};
use crate::diagnostic::Diagnostic;

/// The largest lesson file that is read: a lesson is a page of text, and a file from a stranger may be anything.
pub const MAX_FILE_BYTES: usize = 256 * 1024;
/// The longest answer to a lesson's question, where the lesson does not say.
const MAX_INPUT_BYTES: usize = 79;

/// Reads a lesson, or finds all mistakes of the file, in the order of their lines. `strict`, as its author wants it:
/// what would only look bad counts too. `outside`: it did not come with lab.
pub fn read(file: &str, text: &str, strict: bool, outside: bool) -> Result<Lesson, Vec<Diagnostic>> {
    let mut reader = FileReader::new(file, text, strict);
    let fields = LessonFields::of_file(&mut reader);
    if let (true, Some(stays)) = (outside, &fields.stays) {
        let what = "only a lesson that comes with lab may leave a segment behind";
        reader.wrong(
            ParseError::new(stays.span(), what).help("leave out `stays`, and remove the segment in a step"),
        );
    }
    let mut lesson = lesson(&mut reader, file, text, fields);
    lesson.outside = outside;
    reader.finish(lesson)
}

fn lesson(reader: &mut FileReader<'_>, file: &str, text: &str, fields: LessonFields) -> Lesson {
    fields.format_version.check(reader);
    let host = fields.host;
    if host && !fields.limits.get_ref().is_empty() {
        let what = "only a sandbox has limits of its own, and `host = true` allows to play without one";
        reader.wrong(ParseError::new(fields.limits.span(), what).help("leave out `host = true`"));
    }
    let input = fields.input.map(|fields| input(reader, fields));
    let actions: Vec<_> = fields.step.iter().map(|step| action(reader, step, &fields.needs)).collect();
    let roles = roles_of(actions.iter().map(|(action, _)| action));
    users_play(reader, &fields.users, &roles);
    let name = name_of(file);
    let mut checker = Checker::new(roles, host);
    checker.bound.extend(input.iter().map(|input| input.name.clone()));
    let mut asked = Vec::new();
    for (at, (step, (action, places))) in fields.step.iter().zip(&actions).enumerate() {
        let shown = step.options.iter().filter_map(|option| option.say.as_ref());
        checker.texts(reader, step.ask.iter().chain(&step.theory).chain(&step.sheet).chain(shown));
        checker.action(reader, action, places);
        checker.texts(reader, std::iter::once(&step.say).chain(&step.more).chain(&step.otherwise));
        if let (Some(text), 1) = (&step.otherwise, action.tries) {
            let what = "`otherwise` is what a step means whose `tries` all came out otherwise, and this one has no `tries`";
            reader
                .wrong(ParseError::new(text.span(), what).help("leave it out, or add such as `tries = 20`"));
        }
        asked.extend(prediction::read(reader, &checker, step, action).map(|question| (at, question)));
    }
    checker.texts(reader, &fields.stays);
    let actions: Vec<_> = actions.into_iter().map(|(action, _)| action).collect();
    let mut words: Vec<_> = fields.step.into_iter().map(words).collect();
    let script = Script {
        host,
        limits: fields.limits.into_inner(),
        users: fields.users.map(),
        leaves: fields.stays.as_ref().map(|_| name.clone()),
        actions,
    };
    for (place, (at, _)) in asked.iter().enumerate() {
        words[*at].question = Some(place);
    }
    let questions = asked.into_iter().map(|(at, question)| {
        prediction::of_step(question, (&name, at), &script, input.as_ref(), &words[at])
    });
    let bank = Bank {
        file: file.into(),
        origin: None,
        text: text.into(),
        topic: name.clone(),
        title: fields.title.get_ref().clone(),
        questions: questions.collect(),
    };
    Lesson {
        file: file.to_owned(),
        key: name.clone(),
        name,
        outside: false,
        title: fields.title.into_inner(),
        part: fields.part,
        learned: fields.learned.map(Text::into_inner),
        goal: fields.goal.into_inner(),
        input,
        notes: fields.notes.map(notes),
        stays: fields.stays.map(Text::into_inner),
        script,
        words,
        bank,
    }
}

fn input(reader: &mut FileReader<'_>, fields: InputFields) -> Input {
    let max = fields.max.0.unwrap_or(MAX_INPUT_BYTES);
    if fields.default.get_ref().len() > max {
        let what = format!("the default is longer than max, {max} bytes");
        reader.wrong(ParseError::new(fields.default.span(), what));
    }
    Input {
        name: fields.name.into_inner(),
        prompt: fields.prompt.into_inner(),
        default: fields.default.into_inner(),
        max,
    }
}

fn notes(fields: NotesFields) -> Notes {
    Notes {
        say: fields.say.0.into_iter().map(Text::into_inner).collect(),
        answers: fields.answers.into_inner(),
        page: fields.page.into_inner(),
    }
}

/// What a step does, and where it says so; it needs what the whole lesson needs.
fn action<'f>(reader: &mut FileReader<'_>, fields: &'f StepFields, common: &Needs) -> (Action, Places<'f>) {
    let read = reader.parsed(&fields.call, call);
    let expect = reader.parsed(&fields.expect, expect);
    let places = Places {
        who: &fields.who,
        call: &fields.call,
        expect: &fields.expect,
        look: fields.look.0.iter().map(|(text, _)| text).collect(),
        readable: read.is_some(),
    };
    // A call that can't be read binds its name anyway: to use that is not a second mistake.
    let unread = || Call { bind: begun(fields.call.get_ref()), statement: Statement::Assign(Expr::Null) };
    let action = Action {
        who: fields.who.get_ref().clone(),
        call: read.unwrap_or_else(unread),
        expect: expect.unwrap_or(Expect::Ok),
        look: fields.look.0.iter().map(|(_, fact)| fact.clone()).collect(),
        needs: common.iter().chain(&fields.needs).copied().collect(),
        tries: fields.tries.0.unwrap_or(1),
    };
    (action, places)
}

fn words(fields: StepFields) -> Words {
    Words {
        say: fields.say.into_inner(),
        otherwise: fields.otherwise.map(Text::into_inner),
        ask: fields.ask.map(Text::into_inner),
        question: None,
        sheet: fields.sheet.map(Text::into_inner),
        tidy: fields.tidy,
        more: fields.more.map(Text::into_inner),
        c: fields.c.map(|lines| lines.0),
        theory: fields.theory.map(Text::into_inner),
        covers: fields.covers,
    }
}

/// The syllabus: what students believe, and why no step shows it to be wrong where none can.
pub fn syllabus() -> Result<Vec<Misconception>, Vec<Diagnostic>> {
    const FILE: &str = "lessons/syllabus/misconceptions.toml";
    let mut reader = FileReader::new(FILE, include_str!("../../lessons/syllabus/misconceptions.toml"), true);
    let entries = SyllabusFields::of_file(&mut reader).misconception.into_iter();
    let syllabus = entries.map(|fields| Misconception {
        number: fields.number.0.unwrap_or(0),
        belief: fields.belief.into_inner(),
        reason: fields.reason.map(Text::into_inner),
    });
    reader.finish(syllabus.collect())
}

/// `sheet` for `lessons/01-sheet.toml`.
pub fn name_of(file: &str) -> String {
    let stem = file.rsplit('/').next().unwrap_or(file);
    let stem = stem.strip_suffix(".toml").unwrap_or(stem);
    stem.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches('-').to_owned()
}
