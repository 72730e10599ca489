//! Events to lines: what is about to happen, what happened, what changed, and where each was read. Pure
//! functions; every word with a number in it comes from an event.

use super::evidence::{changes, evidence, kernel, outcome};
use super::line::{Line, Piece, Style, ink, labelled, plain};
use super::picture::picture;
use crate::facts::event::{Event, Member};
use crate::facts::outcome::{Bindings, Outcome, Value};
use crate::lesson::{LAB, Lesson, Step, Verdict};
use crate::runner::Ground;
use crate::sys::namespace::Way;

/// What the narrator knows of the run besides the event.
#[derive(Debug)]
pub struct Scene<'a> {
    pub lesson: &'a Lesson,
    /// From 0.
    pub step: usize,
    pub ground: &'a Ground,
    /// The pid of lab itself, whose namespace the lesson plays in.
    pub narrator: i32,
    pub names: &'a Bindings,
    /// The actors that were started, in that order.
    pub members: &'a [Member],
    pub width: usize,
    /// Whether it is shown to a room.
    pub demo: bool,
}

impl Scene<'_> {
    fn ink_of(&self, role: &str) -> Style {
        match self.members.iter().position(|member| member.role == role) {
            Some(place) => Style::Actor(place),
            // About to enter: the next colour.
            None if role != LAB => Style::Actor(self.members.len()),
            None => Style::Strong,
        }
    }

    fn heading(&self, step: Step<'_>, mark: &str) -> Line {
        let left =
            format!("{mark}Step {} of {} · {}", self.step + 1, self.lesson.len(), step.action.call.title());
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

/// Replaces `{name}` by the name's value.
pub fn filled(text: &str, names: &Bindings) -> String {
    filled_with(text, |name| names.get(name).map(Value::in_words))
}

/// Replaces `{name}` by what stands for it.
pub fn filled_with(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match value(name) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&format!("{{{name}}}")),
        }
        rest = tail;
    }
    out + rest
}

/// The lesson's title page.
pub fn opening(lesson: &Lesson, ground: &Ground, pid: i32, warnings: &[String]) -> Vec<Line> {
    let mut lines = vec![
        Line::Labelled { label: "LESSON", pieces: vec![ink(Style::Strong, &lesson.title)] },
        labelled("GOAL", &lesson.goal),
    ];
    let place = match ground {
        Ground::Sandbox(_) => "sandbox: an IPC namespace of its own. Identifiers start at 0, nobody else sees its segments, and the kernel frees it with its last process.".to_owned(),
        Ground::Host(None) => "host: the machine's own IPC namespace. `ipcs -m` in any terminal shows the segment while it exists.".to_owned(),
        Ground::Host(Some(why)) => format!("host, the machine's own IPC namespace, since there is no sandbox here: {why}."),
    };
    lines.push(labelled("WHERE", place));
    lines.extend(way_in(ground, pid).map(|way_in| labelled("LOOK IN", format!("{way_in}ipcs -m"))));
    lines.extend(warnings.iter().map(|warning| labelled("WARNING", warning)));
    lines.push(Line::Blank);
    lines
}

/// The words before a command that bring it, from another terminal, to where the lesson plays.
fn way_in(ground: &Ground, pid: i32) -> Option<String> {
    match ground {
        Ground::Sandbox(Way::Ipc) => Some(format!("nsenter -t {pid} -i ")),
        Ground::Sandbox(Way::UserAndIpc) => Some(format!("nsenter -t {pid} -U -i --preserve-credentials ")),
        Ground::Host(_) => None,
    }
}

/// The first beat: what is about to happen.
pub fn before(scene: &Scene<'_>, step: Step<'_>, mark: &str) -> Vec<Line> {
    let mut lines = vec![scene.heading(step, mark)];
    if scene.demo {
        lines.push(Line::Blank);
    }
    if let Some(theory) = &step.words.theory {
        lines.push(labelled("THEORY", filled(theory, scene.names)));
    }
    lines.push(Line::Labelled {
        label: "CODE",
        pieces: vec![ink(scene.ink_of(&step.action.who), step.action.call.to_string())],
    });
    if let Some(ask) = &step.words.ask {
        lines.push(labelled("PREDICT", filled(ask, scene.names)));
    }
    lines
}

/// The second beat: what happened.
pub fn after(scene: &Scene<'_>, step: Step<'_>, event: &Event, verdict: &Verdict) -> Vec<Line> {
    let mut lines: Vec<Line> = event.notes.iter().map(|note| labelled("NOTE", note)).collect();
    if let Outcome::Skipped(_) = event.outcome {
        lines.extend(outcome(event));
        lines.push(Line::Blank);
        return lines;
    }
    let by = scene.ink_of(step.action.roles().next().unwrap_or_default());
    let who = if step.action.roles().count() > 1 {
        event.role.clone()
    } else {
        format!("{} {}", event.role, event.pid)
    };
    lines.push(Line::Labelled {
        label: "CALL",
        pieces: vec![ink(by, who), plain(format!(": {}", event.call))],
    });
    lines.extend(outcome(event));
    if step.action.tries > 1 {
        lines.push(labelled("TRIES", format!("{} of at most {}", event.tries, step.action.tries)));
    }
    lines.extend(not_shown(event, verdict));
    if verdict.broken.is_empty() && verdict.skipped.is_none() {
        lines.push(labelled("MEANS", filled(&step.words.say, &event.names)));
    }
    lines.extend(changes(event));
    lines.extend(evidence(event));
    lines.extend(kernel(event));
    lines.extend(verdicts(verdict));
    lines.extend(picture(event, &[], scene.width));
    if let Some(row) = event.segment.and_then(|shmid| event.after.segment(shmid)) {
        let way_in = way_in(scene.ground, scene.narrator).unwrap_or_default();
        lines.push(labelled("TRY", format!("{way_in}ipcs -m -i {}", row.shmid)));
    }
    lines.push(Line::Blank);
    lines
}

/// The second beat for a room: what came back, what it means, what changed; the evidence is behind a key.
pub fn briefly(scene: &Scene<'_>, _step: Step<'_>, event: &Event, verdict: &Verdict) -> Vec<Line> {
    let mut lines = vec![Line::Blank];
    lines.extend(outcome(event));
    if verdict.broken.is_empty() && verdict.skipped.is_none() {
        lines.push(labelled("MEANS", filled(&scene.lesson.step(scene.step).words.say, &event.names)));
        lines.extend(changes(event));
        lines.extend(kernel(event));
    } else {
        lines.extend(not_shown(event, verdict));
        lines.extend(verdicts(verdict));
    }
    lines.extend([Line::Blank, Line::Blank]);
    lines
}

/// One line for the steps that set up a demonstrated call, or clean up after it at the end, and what broke if a claim
/// did.
pub fn set_up(steps: &[(Event, Verdict)], end: bool) -> Vec<Line> {
    let mut said = String::new();
    let mut role = "";
    for (event, _) in steps {
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
    lines.extend(
        steps.iter().filter(|(_, verdict)| !verdict.broken.is_empty()).flat_map(|(_, it)| verdicts(it)),
    );
    lines
}

/// A step in one line, for one that was skipped over.
pub fn in_one_line(scene: &Scene<'_>, step: Step<'_>, event: &Event, verdict: &Verdict) -> Vec<Line> {
    let mut lines = vec![Line::Labelled {
        label: "SKIPPED",
        pieces: vec![
            plain(format!("step {}: ", scene.step + 1)),
            ink(scene.ink_of(&step.action.who), &event.role),
            plain(format!(": {} returned {}", event.call, event.outcome)),
        ],
    }];
    lines.extend(verdicts(verdict));
    lines
}

/// That a step was played, and did not show what it may show.
fn not_shown(event: &Event, verdict: &Verdict) -> Option<Line> {
    let why = verdict.skipped.as_ref().filter(|_| !matches!(event.outcome, Outcome::Skipped(_)))?;
    Some(labelled("SKIPPED", why))
}

fn verdicts(verdict: &Verdict) -> Vec<Line> {
    let mut lines = Vec::new();
    for broken in &verdict.broken {
        let (claim, found) = (&broken.claim, &broken.found);
        let pieces: Vec<Piece> =
            vec![ink(Style::Bad, format!("the lesson expected {claim}, the kernel said {found}"))];
        lines.push(Line::Labelled { label: "BROKEN", pieces });
    }
    if !verdict.held.is_empty() && verdict.broken.is_empty() {
        let held = verdict.held.join(", ");
        lines.push(Line::Labelled { label: "CHECKED", pieces: vec![ink(Style::Good, held)] });
    }
    if !verdict.unseen.is_empty() {
        lines.push(labelled("UNSEEN", format!("no evidence here for {}", verdict.unseen.join(", "))));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_become_values() {
        let names = Bindings::from([
            ("key".into(), Value::Key(-2)),
            ("text".into(), Value::Text(b"a\x1b[31m".to_vec())),
        ]);
        assert_eq!(filled("{key}, {text}, {other}", &names), "0xfffffffe, a\\033[31m, {other}");
        assert_eq!(filled("no } and {", &names), "no } and {");
    }
}
