//! A trace as a picture: every event that was kept is a row, every process that did something is a lane, every segment a
//! bar, and what was found stands below the call that shows it.

use std::collections::HashMap;

use super::of_event::{mark, touch, what};
use super::{Bar, Hold, Lane, Mark, Row, Timeline, Touch};
use crate::constants;
use crate::facts::event::Event;
use crate::facts::meaning::Meaning;
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall;
use crate::output::findings::{level, title};
use crate::output::phrase::{counted, in_brackets};
use crate::trace::findings::Diagnosis;
use crate::trace::{Attach, Life, Process, Story};

/// The picture of a trace, whole: see [`super::fold()`].
pub fn of_trace<'a>(story: &Story, found: impl Iterator<Item = &'a Diagnosis>) -> Timeline {
    let mut builder = Builder::of(story);
    builder.lanes();
    builder.bars();
    let mut timeline = builder.picture;
    timeline.left_out.extend(not_kept(story));
    with_findings(timeline, found, &builder.row_of)
}

/// Calls that were counted, and are in no row.
fn not_kept(story: &Story) -> Option<String> {
    let calls = counted(story.repeated, "more call");
    let were = if story.repeated == 1 { "was" } else { "were" };
    (story.repeated > 0)
        .then(|| format!("{calls} like earlier ones {were} counted and not kept, so none of them is drawn."))
}

/// A picture under way.
struct Builder<'a> {
    story: &'a Story,
    /// Where an event is, by its number.
    row_of: HashMap<usize, usize>,
    /// The process of each lane, if the story still has it.
    processes: Vec<Option<&'a Process>>,
    picture: Timeline,
}

impl<'a> Builder<'a> {
    fn of(story: &'a Story) -> Builder<'a> {
        let picture = Timeline {
            name: "The processes and their segments, in time".into(),
            timed: true,
            ..Timeline::default()
        };
        Builder { story, row_of: HashMap::new(), processes: Vec::new(), picture }
    }

    /// Every event as a row, and a lane for each process. A pid that comes round again is another process.
    fn lanes(&mut self) {
        let mut of_pid: HashMap<i32, Vec<&'a Process>> = HashMap::new();
        for process in &self.story.processes {
            of_pid.entry(process.pid).or_default().push(process);
        }
        let mut living: HashMap<i32, usize> = HashMap::new();
        let mut born: HashMap<i32, usize> = HashMap::new();
        let mut met: HashMap<i32, usize> = HashMap::new();
        for (place, event) in self.story.events.iter().enumerate() {
            let lane = *living.entry(event.pid).or_insert_with(|| {
                let before = met.entry(event.pid).or_default();
                let process = of_pid.get(&event.pid).and_then(|all| all.get(*before)).copied();
                *before += 1;
                let name = process.map_or(&event.role, |process| &process.role).clone();
                let (detail, born) = (format!("pid {}", event.pid), born.remove(&event.pid));
                self.picture.lanes.push(Lane { name, detail, born, ended: None });
                self.processes.push(process);
                self.picture.lanes.len() - 1
            });
            let seen = event.seen();
            self.row_of.insert(seen.number, place);
            let mut row = Row::of(lane, mark(event), what(event));
            (row.number, row.at, row.whole) = (Some(place + 1), Some(seen.at), whole(event));
            self.picture.rows.push(row);
            match (&event.outcome, seen.traced) {
                (Outcome::Returned(Value::Pid(child)), _) => {
                    born.insert(*child, place);
                }
                (_, Some(TracedCall::Exit)) => {
                    self.picture.lanes[lane].ended = Some(place);
                    living.remove(&event.pid);
                }
                _ => {}
            }
        }
    }

    /// A bar for each segment whose beginning is known, with whoever had it attached.
    fn bars(&mut self) {
        let mut places: HashMap<i32, Vec<usize>> = HashMap::new();
        let mut unplaced = 0;
        for life in &self.story.lives {
            let made = life.made_at.and_then(|number| self.row_of.get(&number)).copied();
            if life.made && made.is_none() {
                unplaced += 1;
                continue;
            }
            places.entry(life.shmid).or_default().push(self.picture.bars.len());
            self.picture.bars.push(self.bar(life, made));
        }
        for lane in 0..self.processes.len() {
            let process = self.processes[lane].filter(|process| process.memory == process.pid);
            for attach in process.iter().flat_map(|process| process.attaches.all()) {
                self.hold(lane, attach, &places);
            }
        }
        for (place, event) in self.story.events.iter().enumerate() {
            let touched =
                touch(event).and_then(|(shmid, touch)| Some((self.at(&places, shmid, place)?, touch)));
            self.picture.rows[place].bar = touched;
        }
        for bar in 0..self.picture.bars.len() {
            self.end(bar);
        }
        let passed = unplaced + self.story.passed;
        let left = format!("{} came and went in calls that are not drawn.", counted(passed, "more segment"));
        self.picture.left_out.extend((passed > 0).then_some(left));
    }

    fn bar(&self, life: &Life, made: Option<usize>) -> Bar {
        let marked = life.marked.and_then(|number| self.row_of.get(&number)).copied();
        let gone_unseen = life.destroyed || (life.left.is_none() && !self.story.lives_on(life.shmid));
        let (name, detail) = (life.shmid.to_string(), format!("{} B", life.size));
        Bar { name, detail, made, marked, gone_unseen, ..Bar::default() }
    }

    /// The bar of a segment at a row: identifiers come round again.
    fn at(&self, places: &HashMap<i32, Vec<usize>>, shmid: i32, row: usize) -> Option<usize> {
        let all = places.get(&shmid)?;
        let begun = |bar: &&usize| self.picture.bars[**bar].made.is_none_or(|made| made <= row);
        all.iter().rev().find(begun).or_else(|| all.first()).copied()
    }

    fn hold(&mut self, lane: usize, attach: &Attach, places: &HashMap<i32, Vec<usize>>) {
        let row = |number: Option<usize>| number.and_then(|number| self.row_of.get(&number)).copied();
        let known = &self.picture.lanes[lane];
        let from = if attach.inherited { known.born } else { row(attach.event) };
        let to = attach.closed.and_then(|closed| row(closed.event).or(known.ended));
        let Some(from) = from else { return };
        let Some(bar) = self.at(places, attach.shmid, from) else { return };
        let holds = &mut self.picture.bars[bar].holds;
        // One strip, also where a process has a segment attached twice.
        let meets = |hold: &&mut Hold| {
            hold.lane == lane
                && hold.to.is_none_or(|end| from <= end)
                && to.is_none_or(|end| hold.from <= end)
        };
        match holds.iter_mut().find(meets) {
            Some(hold) => {
                hold.from = hold.from.min(from);
                hold.to = hold.to.zip(to).map(|(one, other)| one.max(other));
            }
            None => holds.push(Hold { lane, from, to }),
        }
    }

    /// In which row a segment was destroyed: with its mark, or with the end of its last attachment.
    fn end(&mut self, bar: usize) {
        let Some(known) = self.picture.bars.get_mut(bar).filter(|bar| bar.gone_unseen) else { return };
        // One that is still attached somewhere is not gone.
        let end = |end: usize, hold: &Hold| hold.to.map(|to| to.max(end));
        let gone = known.marked.and_then(|marked| known.holds.iter().try_fold(marked, end));
        let Some(gone) = gone else { return };
        (known.gone, known.gone_unseen) = (Some(gone), false);
        if let Some((_, touch)) = self.picture.rows[gone].bar.as_mut().filter(|(one, _)| *one == bar) {
            *touch = Touch::Destroyed;
        }
    }
}

/// The call and what came back.
fn whole(event: &Event) -> String {
    let at = in_brackets(event.seen().source.as_ref());
    match (&event.outcome, event.seen().traced) {
        (Outcome::Exited(status), _) => format!("ended with exit status {status}"),
        (Outcome::Died { signal, .. }, Some(TracedCall::Exit)) => {
            format!("was killed by {}", constants::signal(*signal))
        }
        (Outcome::Died { signal, .. }, _) => format!("{}: {}{at}", event.call, constants::signal(*signal)),
        (Outcome::Returned(Value::Nothing), _) => format!("{}{at}", event.call),
        (outcome, _) => {
            let effect = match &event.seen().meaning {
                Some(Meaning::Inherits { child, .. } | Meaning::BorrowsMemory { child }) => {
                    format!(", {child}")
                }
                _ => String::new(),
            };
            format!("{} = {outcome}{effect}{at}", event.call)
        }
    }
}

/// The picture with a row for each finding, below the call that is to be mended; one without such a call is the last.
fn with_findings<'a>(
    timeline: Timeline,
    found: impl Iterator<Item = &'a Diagnosis>,
    row_of: &HashMap<usize, usize>,
) -> Timeline {
    let mut after: Vec<(usize, Row)> = Vec::new();
    for diagnosis in found {
        let place = |number: &usize| row_of.get(number).copied();
        let places: Vec<usize> = diagnosis.evidence.iter().filter_map(place).collect();
        let last = timeline.rows.len().saturating_sub(1);
        let at = places.last().copied();
        let what = format!("{}: {}", level(diagnosis.level), diagnosis.name);
        let whole = format!("{what}. {}.", title(diagnosis.name));
        let lane = at.and_then(|at| timeline.rows.get(at)?.lane);
        after.push((at.unwrap_or(last), Row { lane, whole, ..Row::of(0, Mark::Finding, what) }));
    }
    super::rows::inserted(timeline, after)
}
