//! An order of some programs as a picture: each step is a row with its number in the order, each process a lane, each
//! segment a bar; what is remarkable about a step, and what was found, stands below it.

use std::collections::HashMap;

use super::{Bar, Hold, Lane, Mark, Row, Timeline, Touch};
use crate::orders::step::{Answer, Call, Finding, Note, Played, Step};
use crate::output::findings::{level, title};
use crate::output::orders::rows;
use crate::output::phrase::in_brackets;
use crate::trace::findings::RULES;

/// The picture of an order, whole: see [`super::fold()`]. `name`: such as `order 12`.
pub fn of_order(played: &Played, name: String) -> Timeline {
    let mut timeline = Timeline { name, ..Timeline::default() };
    let mut row_of: Vec<Option<usize>> = vec![None; played.steps.len()];
    let mut after: Vec<(usize, Row)> = Vec::new();
    for told in rows(played) {
        let (place, step) = (timeline.rows.len(), &played.steps[told.step]);
        let what = told.what.split_whitespace().collect::<Vec<_>>().join(" ");
        let sign = if told.number.is_some() { mark(step) } else { Mark::Printed };
        let mut row = Row::of(told.actor, sign, what);
        row.number = told.number;
        if told.number.is_some() {
            row_of[told.step] = Some(place);
            if let Some(line) = &step.line {
                row.whole = format!("{} ({})", row.what, file_of(line));
            }
            // The place in the source is the last remark, and stands with the step.
            let notable = told.remarks.len() - usize::from(step.line.is_some());
            let remark = |what: &String| (place, Row::of(told.actor, Mark::Finding, what.clone()));
            after.extend(told.remarks[..notable].iter().map(remark));
        }
        timeline.rows.push(row);
    }
    timeline.lanes = lanes(played, &row_of);
    bars(&mut timeline, played, &row_of);
    after.extend(played.findings.iter().map(|found| finding(played, found, &timeline, &row_of)));
    super::rows::inserted(timeline, after)
}

fn mark(step: &Step) -> Mark {
    match (&step.call, &step.answer) {
        (_, Answer::Failed(_)) => Mark::Refused,
        (_, Answer::Died(_)) => Mark::Crash,
        (Call::End, _) => Mark::End,
        (Call::Fork | Call::Begin | Call::GoOn | Call::Wake, _) => Mark::Process,
        _ => Mark::Call,
    }
}

/// A lane for each process, from the fork that made it to its last row.
fn lanes(played: &Played, row_of: &[Option<usize>]) -> Vec<Lane> {
    let lane = |(actor, name): (usize, &String)| {
        let own = || played.steps.iter().enumerate().filter(move |(_, step)| step.actor == actor);
        let born = own().next().and_then(|(_, step)| fork_of(played, step)).and_then(|fork| row_of[fork]);
        let ends = own().any(|(_, step)| step.call == Call::End);
        let last = own().filter_map(|(place, _)| row_of[place]).next_back();
        Lane { name: name.clone(), detail: String::new(), born, ended: last.filter(|_| ends) }
    };
    played.roles.iter().enumerate().map(lane).collect()
}

/// The fork without which a process's first step could not have been made.
fn fork_of(played: &Played, step: &Step) -> Option<usize> {
    step.after.iter().copied().find(|after| {
        played.steps.get(*after).is_some_and(|after| after.call == Call::Fork && after.actor != step.actor)
    })
}

/// The bars that a walk through the steps makes.
struct Walk<'a> {
    timeline: &'a mut Timeline,
    /// Of each identifier the bar of its segment.
    bar_of: HashMap<i32, usize>,
}

fn bars(timeline: &mut Timeline, played: &Played, row_of: &[Option<usize>]) {
    let mut walk = Walk { timeline, bar_of: HashMap::new() };
    let mut begun = vec![false; played.roles.len()];
    for (place, step) in played.steps.iter().enumerate() {
        // A step that is not shown changes nothing that another process could see.
        let next = row_of[place..].iter().find_map(|row| *row);
        let row = next.unwrap_or(walk.timeline.rows.len().saturating_sub(1));
        if let Some(first) = begun.get_mut(step.actor).filter(|begun| !**begun) {
            *first = true;
            if let Some(fork) = fork_of(played, step) {
                walk.inherits(played.steps[fork].actor, step.actor, row_of[fork].unwrap_or(row));
            }
        }
        let touched = walk.step(step, row);
        if let (Some(row), Some(_)) = (row_of[place], touched) {
            walk.timeline.rows[row].bar = touched;
        }
    }
}

impl Walk<'_> {
    /// What a step did to a segment.
    fn step(&mut self, step: &Step, row: usize) -> Option<(usize, Touch)> {
        let lane = step.actor;
        let worked = |id: i64| matches!(&step.answer, Answer::Returned(value) if *value == id);
        let touched = match (&step.call, &step.answer) {
            (Call::Shmget { size, .. }, Answer::Returned(id)) => {
                let id = i32::try_from(*id).ok()?;
                let new = step.notes.contains(&Note::Made);
                if new {
                    let (name, detail) = (id.to_string(), format!("{size} B"));
                    self.bar_of.insert(id, self.timeline.bars.len());
                    self.timeline.bars.push(Bar { name, detail, made: Some(row), ..Bar::default() });
                }
                self.touched(id, if new { Touch::Made } else { Touch::Met })
            }
            (Call::Shmat { id, .. }, Answer::Returned(_)) => {
                let bar = *self.bar_of.get(id)?;
                self.timeline.bars[bar].holds.push(Hold { lane, from: row, to: None });
                Some((bar, Touch::Attached))
            }
            (Call::Shmdt { id: Some(id), .. }, _) if worked(0) => {
                let bar = *self.bar_of.get(id)?;
                let holds = &mut self.timeline.bars[bar].holds;
                holds.iter_mut().find(|hold| hold.lane == lane && hold.to.is_none())?.to = Some(row);
                Some((bar, Touch::Detached))
            }
            (Call::Shmctl { id, .. } | Call::Shmat { id, .. } | Call::Shmdt { id: Some(id), .. }, _) => {
                self.touched(*id, Touch::Met)
            }
            (Call::End, _) => self.leaves(lane, row),
            _ => None,
        };
        self.ends(step, row).or(touched)
    }

    fn touched(&self, id: i32, touch: Touch) -> Option<(usize, Touch)> {
        self.bar_of.get(&id).map(|bar| (*bar, touch))
    }

    /// A process is gone, and its attachments with it.
    fn leaves(&mut self, lane: usize, row: usize) -> Option<(usize, Touch)> {
        let mut left = None;
        for (place, bar) in self.timeline.bars.iter_mut().enumerate() {
            for hold in bar.holds.iter_mut().filter(|hold| hold.lane == lane && hold.to.is_none()) {
                hold.to = Some(row);
                left = left.or(Some((place, Touch::Detached)));
            }
        }
        left
    }

    /// What its notes say of a segment's end.
    fn ends(&mut self, step: &Step, row: usize) -> Option<(usize, Touch)> {
        step.notes.iter().find_map(|note| {
            let (id, gone) = match note {
                Note::Destroyed(id) => (id, true),
                Note::Marked(id) => (id, false),
                _ => return None,
            };
            let place = *self.bar_of.get(id)?;
            let bar = self.timeline.bars.get_mut(place)?;
            if gone {
                bar.gone = Some(row);
            }
            bar.marked = bar.marked.or(Some(row));
            Some((place, if gone { Touch::Destroyed } else { Touch::Marked }))
        })
    }

    /// A child has what its parent has attached.
    fn inherits(&mut self, parent: usize, child: usize, row: usize) {
        for bar in &mut self.timeline.bars {
            let held = bar.holds.iter().any(|hold| hold.lane == parent && hold.to.is_none());
            if held {
                bar.holds.push(Hold { lane: child, from: row, to: None });
            }
        }
    }
}

/// A place in a source as a report names it, without its folder, which is the reader's own.
fn file_of(line: &str) -> &str {
    line.rsplit('/').next().unwrap_or_default()
}

/// File and number of a line.
fn parted(line: &str) -> Option<(&str, u32)> {
    let (file, number) = line.rsplit_once(':')?;
    Some((file, number.parse().ok()?))
}

/// A finding in a few words, and in a sentence.
pub fn found(finding: &Finding) -> (String, String) {
    let rule = RULES.iter().find(|rule| rule.name == finding.name);
    let bad = rule.map_or("remark", |rule| level(rule.level));
    let line = in_brackets(finding.line.as_deref().map(file_of).as_ref());
    let what = format!("{bad}: {}", finding.name);
    let whole = format!("{what}. {}{line}.", title(&finding.name));
    (what, whole)
}

/// A finding below the step that it is about: the one of its line. A finding about a call that is not a step, such as
/// ftok(), comes at the next step of its process in the source, or else at the last one.
fn finding(
    played: &Played,
    finding: &Finding,
    timeline: &Timeline,
    row_of: &[Option<usize>],
) -> (usize, Row) {
    let actor = finding.role.as_ref().and_then(|role| played.roles.iter().position(|one| one == role));
    let own =
        played.steps.iter().enumerate().filter(|(_, step)| actor.is_none_or(|actor| step.actor == actor));
    let own: Vec<(usize, Option<(&str, u32)>)> = own
        .filter_map(|(place, step)| Some((row_of[place]?, step.line.as_deref().and_then(parted))))
        .collect();
    let wanted = finding.line.as_deref().and_then(parted);
    let there = own.iter().find(|(_, line)| line.is_some() && *line == wanted);
    let next = || {
        let (file, number) = wanted?;
        own.iter().find(|(_, line)| line.is_some_and(|(other, line)| other == file && line > number))
    };
    let row =
        there.or_else(next).or(own.last()).map_or(timeline.rows.len().saturating_sub(1), |(row, _)| *row);
    let (what, whole) = found(finding);
    let lane = actor.or(timeline.rows.get(row).and_then(|row| row.lane));
    (row, Row { lane, whole, ..Row::of(0, Mark::Finding, what) })
}
