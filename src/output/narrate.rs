//! Events to lines: what is about to happen, what happened, what changed, and where each was read. Pure
//! functions; every word with a number in it comes from an event.

use super::code;
use super::evidence::{changed_fields, changed_in_a_line, changes, evidence, kernel, outcome};
use super::line::{Line, Style, ink, inked, labelled, plain, strong};
use super::page::{Part, Rank, kept};
use super::phrase::{self, filled};
use super::picture::picture;
use super::predict::{self, PlayedStep};
use crate::facts::event::{Event, Member};
use crate::facts::outcome::{Bindings, Outcome, Value};
use crate::lesson::{LAB, Lesson, Step, Verdict};
use crate::quiz::draw::{Asked, Item};
use crate::runner::Ground;
use crate::sys::namespace::Way;

/// What is known of the run besides the event.
#[derive(Debug)]
pub struct Scene<'a> {
    pub lesson: &'a Lesson,
    /// The step's place, from 0.
    pub at: usize,
    /// Its number among those that are shown, from 1, and how many those are.
    pub number: (usize, usize),
    pub ground: &'a Ground,
    /// The pid of lab itself, whose namespace the lesson plays in.
    pub main_process: i32,
    pub names: &'a Bindings,
    /// The actors that were started, in that order.
    pub members: &'a [Member],
    /// What was played before this step.
    pub earlier: &'a [PlayedStep],
    pub width: usize,
    /// Whether it is shown on a page of a terminal, with the details behind a key.
    pub page: bool,
    /// Whether it is shown to a room.
    pub demo: bool,
}

/// What a step has the student answer, as the quiz would ask it.
pub fn asked(lesson: &Lesson, at: usize) -> Option<Asked<'_>> {
    let question = lesson.question(at)?;
    Some(Asked::new(Item { bank: &lesson.bank, question }, 0))
}

impl Scene<'_> {
    fn step(&self) -> Step<'_> {
        self.lesson.step(self.at)
    }

    /// What was seen before this step.
    pub(super) fn earlier_events(&self) -> Vec<&Event> {
        self.earlier.iter().map(|step| &step.event).collect()
    }

    fn asked(&self) -> Option<Asked<'_>> {
        asked(self.lesson, self.at)
    }

    fn ink_of(&self, role: &str) -> Style {
        match self.members.iter().position(|member| member.role == role) {
            Some(place) => Style::Actor(place),
            // About to enter: the next colour.
            None if role != LAB => Style::Actor(self.members.len()),
            None => Style::Strong,
        }
    }

    fn heading(&self, mark: &str) -> Line {
        let (step, (number, of)) = (self.step(), self.number);
        let left = format!("{mark}Step {number} of {of} · {}", step.action.call.title());
        let place = if matches!(self.ground, Ground::Host(_)) { "host" } else { "sandbox" };
        let mut right = vec![plain(format!("{place} · "))];
        for (position, role) in step.action.roles().enumerate() {
            let pid = match self.names.get(role) {
                Some(Value::Pid(pid)) => format!("{role} {pid}"),
                _ => role.to_owned(),
            };
            right.extend((position > 0).then(|| plain(" & ")));
            right.push(ink(self.ink_of(role), pid));
        }
        Line::Heading { left: vec![ink(Style::Strong, left)], right }
    }
}

/// The lesson's title page. What can't be shown on this machine is a line for each reason, with all the steps that it
/// keeps away: a heading and a question for each of them would only tell what there is not to see.
pub fn opening(
    lesson: &Lesson,
    ground: &Ground,
    pid: i32,
    warnings: &[String],
    not_here: &[(String, Vec<usize>)],
) -> Vec<Line> {
    let mut lines = vec![strong("LESSON", &lesson.title), labelled("GOAL", &lesson.goal)];
    let place = match ground {
        Ground::Sandbox(_) => "sandbox: an IPC namespace of its own. Identifiers start at 0, `ipcs` outside does not list its segments, and the kernel frees it with its last process.".to_owned(),
        Ground::Host(None) => "host: the machine's own IPC namespace. `ipcs -m` in any terminal shows the segment while it exists.".to_owned(),
        Ground::Host(Some(why)) => format!("host, the machine's own IPC namespace, because a sandbox can't be had here: {why}."),
    };
    lines.push(labelled("WHERE", place));
    lines.extend(way_in(ground, pid).map(|way_in| labelled("LOOK IN", format!("{way_in}ipcs -m"))));
    lines.extend(warnings.iter().map(|warning| labelled("WARNING", warning)));
    lines.extend(not_here.iter().map(|(why, steps)| {
        let are = if steps.len() == 1 { "is" } else { "are" };
        labelled("SKIPPED", format!("{} {are} not played here: {why}", phrase::steps(steps)))
    }));
    lines.push(Line::Blank);
    lines
}

/// The words before a command that bring it, from another terminal, to where the lesson plays.
fn way_in(ground: &Ground, pid: i32) -> Option<String> {
    match ground {
        Ground::Sandbox(Way::Ipc) => Some(format!("nsenter -t {pid} -i ")),
        Ground::Sandbox(Way::UserAndIpc | Way::UsersAndIpc) => {
            Some(format!("nsenter -t {pid} -U -i --preserve-credentials "))
        }
        Ground::Host(_) => None,
    }
}

/// The first beat: what is about to happen.
pub fn before(scene: &Scene<'_>, mark: &str) -> Vec<Part> {
    let step = scene.step();
    let filled = |text: &String| filled(text, scene.names);
    let mut parts = vec![kept(scene.heading(mark))];
    parts.extend(step.words.theory.as_ref().map(|text| (Rank::Theory, labelled("THEORY", filled(text)))));
    parts.extend(step.words.sheet.as_ref().map(|text| (Rank::Sheet, labelled("SHEET", text))));
    let in_c = scene.lesson.in_c(scene.at);
    let call = ink(scene.ink_of(&step.action.who), step.action.call.to_string());
    parts.push(kept(code::line(call, &in_c, scene.page)));
    if !scene.page && (in_c.shorthand || step.words.c.is_some()) {
        parts.extend(code::lines(&in_c).into_iter().map(kept));
    }
    let prototype = scene.lesson.prototype(scene.at);
    if let Some(prototype) = prototype.filter(|_| scene.lesson.is_first_use(scene.at)) {
        parts.extend(code::prototype(&prototype).into_iter().map(|line| (Rank::Prototype, line)));
    }
    parts.extend(step.words.ask.as_ref().map(|text| kept(labelled("PREDICT", filled(text)))));
    if let Some(asked) = scene.asked() {
        let columns = scene.page.then_some(scene.width);
        let options = predict::options(&asked, scene.names, columns);
        parts.extend(options.into_iter().map(|line| (Rank::Options, line)));
    }
    parts
}

/// The second beat: what happened. On a page the details are behind a key.
pub fn after(scene: &Scene<'_>, played: &PlayedStep) -> Vec<Part> {
    let (step, PlayedStep { event, verdict, .. }) = (scene.step(), played);
    let brief = scene.page || scene.demo;
    let gap = scene.page.then_some((Rank::Opening, Line::Blank));
    let mut parts: Vec<Part> = gap.into_iter().collect();
    parts.extend(event.notes.iter().map(|note| kept(labelled("NOTE", note))));
    if let Outcome::Skipped(_) = event.outcome {
        parts.extend(outcome(event).into_iter().map(kept));
        parts.push(kept(Line::Blank));
        return parts;
    }
    if !brief {
        parts.push(kept(call(scene, event)));
    }
    parts.extend(outcome(event).into_iter().map(kept));
    parts.extend(tries(step, event).map(kept));
    let meant = match verdict.skipped {
        None => Some(&step.words.say),
        Some(_) => step.words.otherwise.as_ref(),
    };
    if meant.is_none() {
        // It was played, and did not show what it may show.
        parts.extend(verdict.skipped.as_ref().map(|why| kept(labelled("SKIPPED", why))));
    }
    if let Some(asked) = scene.asked() {
        parts.extend(predict::said(&asked, played).into_iter().map(kept));
    }
    if let (Some(meant), true) = (meant, played.held()) {
        parts.push(kept(labelled("MEANS", filled(meant, &event.names))));
    }
    if brief {
        parts.extend(changed_in_a_line(event).map(|line| (Rank::Change, line)));
        if !played.held() {
            parts.extend(verdicts(verdict).into_iter().map(kept));
        }
    } else {
        parts.extend(changed_fields(event).into_iter().map(|line| (Rank::Change, line)));
        parts.extend(evidence(event, false).into_iter().chain(kernel(event)).map(kept));
        parts.extend(verdicts(verdict).into_iter().map(kept));
    }
    parts.extend(picture(event, &scene.earlier_events(), scene.width).into_iter().map(|line| match line {
        Line::Drawn(_) => (Rank::Drawing, line),
        sentence => (Rank::Sentence, sentence),
    }));
    if !brief {
        parts.extend(look_yourself(scene, event).map(kept));
    }
    if !scene.page {
        parts.push(kept(Line::Blank));
    }
    parts
}

/// What a page leaves out: the exact call, the evidence and its sources, what was checked, and how to look oneself.
pub fn details(scene: &Scene<'_>, PlayedStep { event, verdict, .. }: &PlayedStep) -> Vec<Line> {
    let mut lines = vec![call(scene, event)];
    lines.extend(changes(event));
    lines.extend(evidence(event, true));
    lines.extend(kernel(event));
    lines.extend(verdicts(verdict));
    lines.extend(look_yourself(scene, event));
    lines
}

/// Behind `e`: the longer explanation, the call in C where that says more than its line, its prototype, and what to read.
pub fn explained(lesson: &Lesson, at: usize, names: &Bindings) -> Vec<Line> {
    let step = lesson.step(at);
    let more = step.words.more.as_ref();
    let mut lines: Vec<_> = more.map(|more| labelled("MORE", filled(more, names))).into_iter().collect();
    let in_c = lesson.in_c(at);
    if in_c.says_more {
        lines.extend(code::lines(&in_c));
    }
    lines.extend(lesson.prototype(at).iter().flat_map(code::prototype));
    if let Some(spec) = step.action.call.spec() {
        lines.push(labelled("READ", format!("{}: man {}", spec.page, man(spec.page))));
    }
    lines
}

/// `2 shmget` for `shmget(2)`.
fn man(page: &str) -> String {
    match page.trim_end_matches(')').split_once('(') {
        Some((name, section)) => format!("{section} {name}"),
        None => page.to_owned(),
    }
}

fn call(scene: &Scene<'_>, event: &Event) -> Line {
    let action = scene.step().action;
    let by = scene.ink_of(action.roles().next().unwrap_or_default());
    let who = match action.roles().count() {
        1 => format!("{} {}", event.role, event.pid),
        _ => event.role.clone(),
    };
    Line::Labelled { label: "CALL", pieces: vec![ink(by, who), plain(format!(": {}", event.call))] }
}

fn tries(step: Step<'_>, event: &Event) -> Option<Line> {
    let most = step.action.tries;
    (most > 1).then(|| labelled("TRIES", format!("{} of at most {most}", event.tries)))
}

fn look_yourself(scene: &Scene<'_>, event: &Event) -> Option<Line> {
    let row = event.after.segment(event.segment?)?;
    let way_in = way_in(scene.ground, scene.main_process).unwrap_or_default();
    Some(labelled("TRY", format!("{way_in}ipcs -m -i {}", row.shmid)))
}

/// One line for the steps that set up a demonstrated call, or clean up after it at the end, and what broke if a claim
/// did.
pub fn set_up(steps: &[PlayedStep], end: bool) -> Vec<Line> {
    let mut said = String::new();
    let mut role = "";
    for PlayedStep { event, .. } in steps {
        if !said.is_empty() {
            said.push_str("; ");
        }
        if event.role != role {
            role = &event.role;
            said.push_str(&format!("{role}: "));
        }
        said.push_str(&match &event.outcome {
            Outcome::Returned(Value::Nothing) => event.code.clone(),
            outcome => format!("{} gave {outcome}", event.code),
        });
    }
    let mut lines = vec![labelled(if end { "TIDY UP" } else { "SET UP" }, said)];
    lines.extend(steps.iter().filter(|step| !step.held()).flat_map(|step| verdicts(&step.verdict)));
    lines
}

/// A step in one line, for one without a pause; and what broke, if a claim did.
pub fn in_one_line(scene: &Scene<'_>, played: &PlayedStep) -> Vec<Line> {
    let event = &played.event;
    let mut lines = vec![Line::Labelled {
        label: "PLAYED",
        pieces: vec![
            plain(format!("step {}: ", scene.number.0)),
            ink(scene.ink_of(&scene.step().action.who), &event.role),
            plain(format!(": {} gave {}", event.call, event.outcome)),
        ],
    }];
    if !played.held() {
        lines.extend(verdicts(&played.verdict));
    }
    lines
}

fn verdicts(verdict: &Verdict) -> Vec<Line> {
    let mut lines = Vec::new();
    for broken in &verdict.broken {
        let (claim, found) = (&broken.claim, &broken.found);
        let text = format!("the lesson expected {claim}, the kernel said {found}");
        lines.push(inked("BROKEN", Style::Bad, text));
    }
    if !verdict.held.is_empty() && verdict.broken.is_empty() {
        lines.push(inked("CHECKED", Style::Good, verdict.held.join(", ")));
    }
    if !verdict.unseen.is_empty() {
        lines.push(labelled("UNSEEN", format!("no evidence here for {}", verdict.unseen.join(", "))));
    }
    lines
}
