//! A lesson as C programs: one for each process that is not forked by another, a script that starts them in the
//! lesson's order, a Makefile, and where they take turns the header that says how. It makes texts and writes nothing.

mod plan;
mod process;
mod program;
mod script;
mod steps;
mod words;

use plan::{Plan, Program};
use steps::{LeftOut, with_programs_to_exec};

use crate::lesson::{Lesson, Statement};

const TURN: &str = include_str!("turn.h");

/// Names that a compiler, a header or the Makefile has already.
const TAKEN: &str = "\
    auto break case char const continue default do double else enum extern float for goto if inline \
    int long register restrict return short signed sizeof static struct switch typedef union \
    unsigned void volatile while asm bool errno exit false fflush fgets fprintf getenv linux main \
    nullptr perror printf setvbuf stderr stdin stdout strcspn tell thread_local told true typeof \
    unix";

/// What a lesson becomes.
pub struct Sources {
    /// Each file's name and text, in the order in which a reader wants them.
    pub files: Vec<(String, String)>,
    /// The steps that are in no program and why, as sentences.
    pub left_out: Vec<String>,
    /// What a person types in place of the script, where that is as simple.
    pub by_hand: Option<String>,
}

/// Makes the files, or says in a sentence why a lesson can't be programs.
pub fn sources(lesson: &Lesson) -> Result<Sources, String> {
    let lesson = &with_programs_to_exec(lesson);
    let called = |name: &str| lesson.script.actions.iter().any(|action| action.call.name() == name);
    let taken = |name: &&str| TAKEN.split(' ').any(|word| word == *name) || called(name);
    let counters = lesson.script.actions.iter().filter_map(|action| match &action.call.statement {
        Statement::Repeat { counter, .. } => Some(counter.as_str()),
        _ => None,
    });
    if let Some(name) = lesson.variables().keys().copied().chain(counters).find(taken) {
        return Err(format!("`{name}` has a meaning in C already: give it another name in the lesson"));
    }
    let plan = Plan::of(lesson);
    let left_out: Vec<_> =
        plan.left_out_by_reason().iter().map(|(places, why)| words::left_out(places, why)).collect();
    if plan.programs.is_empty() {
        let why = match left_out.is_empty() {
            true => "Lab itself makes them all.".to_owned(),
            false => left_out.join(" "),
        };
        return Err(format!("no step of `{}` can be a program of your own. {why}", lesson.name));
    }
    let mut files: Vec<_> =
        plan.programs.iter().map(|program| (program.file_c(), program::text(&plan, program))).collect();
    let header = files.iter().any(|(_, text)| text.contains("#include \"turn.h\""));
    if header {
        files.push(("turn.h".into(), TURN.into()));
    }
    files.push(("play.sh".into(), script::script(&plan)));
    files.push(("Makefile".into(), script::makefile(&plan, header)));
    Ok(Sources { files, left_out, by_hand: script::by_hand(&plan) })
}

impl Program<'_> {
    /// The name of what is built: the role's, unless make means something else by it.
    fn file(&self) -> String {
        match self.role {
            "all" | "play" | "clean" => format!("{}-role", self.role),
            role => role.to_owned(),
        }
    }

    fn file_c(&self) -> String {
        format!("{}.c", self.file())
    }
}

impl Plan<'_> {
    /// Whether at least two programs go on after one another.
    fn takes_turns(&self) -> bool {
        self.programs.iter().any(|program| !program.alone)
    }

    /// The steps that no program makes, by reason, in the order of the first of each.
    fn left_out_by_reason(&self) -> Vec<(Vec<usize>, LeftOut)> {
        let mut reasons: Vec<(Vec<usize>, LeftOut)> = Vec::new();
        for (at, why) in &self.left_out {
            match reasons.iter_mut().find(|(_, known)| known == why) {
                Some((places, _)) => places.push(*at),
                None => reasons.push((vec![*at], why.clone())),
            }
        }
        reasons
    }
}
