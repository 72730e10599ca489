//! The run as JSON, one event a line, for tools. The format is versioned and described in the README; fields
//! are only ever added within a version.

use serde::Serialize;

use super::findings::{self, Advised};
use super::predict::{Answered, PlayedStep};
use super::screen::JSON_VERSION;
use super::trace::{notes, sentence, timeout, unseen, verdict};
use super::{narrate, predict, quiz};
use crate::constants;
use crate::facts::event::{Event, Seen};
use crate::lesson::Lesson;
use crate::quiz::decide::Decision;
use crate::runner::Ground;
use crate::text::Safe;
use crate::trace::findings::{Diagnosis, Verdict as Judged};
use crate::trace::{End, Life, Object, Story};

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum JsonEvent<'a> {
    Start {
        version: u32,
        lesson: &'a str,
        title: &'a str,
        steps: usize,
        place: &'a str,
        fallback: Option<&'a str>,
        pid: i32,
        warnings: &'a [String],
    },
    Step {
        version: u32,
        step: usize,
        title: &'a str,
        expect: String,
        held: &'a [String],
        broken: Vec<JsonClaim<'a>>,
        unseen: &'a [String],
        /// Why it was not played, if it was not.
        skipped: Option<&'a str>,
        /// The call in C, and whether its own line is only a shorthand for that.
        c: String,
        shorthand: bool,
        prototype: Option<&'a str>,
        ask: Option<&'a str>,
        /// What could be answered.
        options: Vec<JsonOption<'a>>,
        /// What the run decided: the right answer.
        answer: Option<String>,
        /// What was answered, where a person was asked, and whether that was right.
        #[serde(skip_serializing_if = "Option::is_none")]
        given: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        right: Option<bool>,
        /// How many of a room gave which answer.
        #[serde(skip_serializing_if = "<[JsonHands]>::is_empty")]
        hands: &'a [JsonHands],
        #[serde(flatten)]
        what: &'a Event,
    },
    End {
        version: u32,
        steps: usize,
        ok: bool,
        /// Segments that the lesson's own steps did not remove; lab has removed them.
        segments: &'a [i32],
        /// Semaphores likewise.
        semaphores: &'a [i32],
        /// Message queues likewise.
        queues: &'a [i32],
        /// Segments that stay, for another program.
        #[serde(skip_serializing_if = "<[i32]>::is_empty")]
        stays: &'a [i32],
        left: Option<&'a str>,
    },
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Traced<'a> {
    TraceStart {
        version: u32,
        program: &'a str,
        pid: i32,
        remarks: &'a [String],
    },
    Call {
        version: u32,
        #[serde(flatten)]
        what: &'a Event,
        seen: JsonSeen<'a>,
    },
    /// Of a report, which has an end: calls that are not in it.
    LeftOut {
        version: u32,
        calls: u64,
    },
    Diagnosis {
        version: u32,
        title: &'a str,
        means: String,
        #[serde(flatten)]
        what: &'a Diagnosis,
        /// The lesson to read, and its step from 1.
        lesson: Option<&'a str>,
        lesson_step: Option<usize>,
    },
    Verdict {
        version: u32,
        #[serde(flatten)]
        verdict: &'a Judged,
        /// The same in words.
        means: String,
    },
    TraceEnd {
        version: u32,
        /// The exit status, or none.
        status: Option<i32>,
        /// The signal it died of, or none.
        signal: Option<String>,
        /// What each process was doing when the time was up.
        timeout: Option<Vec<String>>,
        segments: &'a [Life],
        /// How many segments more came and went.
        passed: usize,
        /// Semaphore sets and message queues.
        objects: &'a [Object],
        /// What else has to be said.
        notes: &'a [String],
        unseen: &'a [String],
    },
}

/// What only a tracer sees, and the sentence for what it means.
#[derive(Serialize)]
struct JsonSeen<'a> {
    #[serde(flatten)]
    seen: &'a Seen,
    situation: String,
}

/// An event as its line.
pub fn said(event: &impl Serialize) -> Safe {
    // Nothing in the types of our events can fail to become JSON.
    Safe::json(event).unwrap_or_else(|_| Safe::own(""))
}

/// A trace's first line.
pub fn trace_start(program: &str, pid: i32, remarks: &[String]) -> Safe {
    said(&Traced::TraceStart { version: JSON_VERSION, program, pid, remarks })
}

/// A traced call.
pub fn trace_event(event: &Event) -> Safe {
    let seen = event.seen();
    let situation = seen.meaning.as_ref().map(sentence).unwrap_or_default();
    said(&Traced::Call { version: JSON_VERSION, what: event, seen: JsonSeen { seen, situation } })
}

/// How many calls a report leaves out.
pub fn trace_left_out(calls: u64) -> Safe {
    said(&Traced::LeftOut { version: JSON_VERSION, calls })
}

/// What a trace shows to be wrong, or worth a remark.
pub fn trace_diagnosis((what, step): &Advised) -> Safe {
    let (lesson, lesson_step) = step.as_ref().map(|(lesson, step)| (lesson.as_str(), *step)).unzip();
    let (title, means) = (findings::title(what.name), findings::means(&what.detail));
    said(&Traced::Diagnosis { version: JSON_VERSION, title, means, what, lesson, lesson_step })
}

/// The verdict over the run.
pub fn trace_verdict(verdict: &Judged) -> Safe {
    said(&Traced::Verdict { version: JSON_VERSION, verdict, means: verdict::sentence(verdict) })
}

/// A trace's last line.
pub fn trace_end(story: &Story, end: &End) -> Safe {
    let (status, signal) = match end {
        End::Exited(status) => (Some(*status), None),
        End::Killed(signal) => (None, Some(constants::signal(*signal))),
        End::TimedOut(_) => (None, None),
    };
    said(&Traced::TraceEnd {
        version: JSON_VERSION,
        status,
        signal,
        timeout: timeout(end),
        segments: &story.lives,
        passed: story.passed,
        objects: &story.objects,
        notes: &notes(story),
        unseen: &unseen(story),
    })
}

#[derive(Serialize)]
struct JsonOption<'a> {
    label: usize,
    text: String,
    right: bool,
    why: &'a str,
}

/// How many of a room said that an option is right, or that the answer is this number.
#[derive(Serialize)]
struct JsonHands {
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<usize>,
    count: usize,
}

#[derive(Serialize)]
struct JsonClaim<'a> {
    expected: &'a str,
    found: &'a str,
}

/// The first line.
pub fn start(lesson: &Lesson, ground: &Ground, pid: i32, warnings: &[String]) -> Safe {
    let (place, fallback) = match ground {
        Ground::Sandbox(_) => ("sandbox", None),
        Ground::Host(why) => ("host", why.as_deref()),
    };
    said(&JsonEvent::Start {
        version: JSON_VERSION,
        lesson: &lesson.name,
        title: &lesson.title,
        steps: lesson.len(),
        place,
        fallback,
        pid,
        warnings,
    })
}

/// One step, from 0; `answered`: what of the answer is to be said.
pub fn step(lesson: &Lesson, at: usize, played: &PlayedStep, answered: &Answered) -> Safe {
    let (step, PlayedStep { event, verdict, .. }) = (lesson.step(at), played);
    let broken =
        verdict.broken.iter().map(|broken| JsonClaim { expected: &broken.claim, found: &broken.found });
    let asked = narrate::asked(lesson, at);
    let decision = asked.as_ref().map(|asked| predict::decided(asked, played));
    let (mut options, mut answer) = (Vec::new(), None);
    if let (Some(asked), Some(decision)) = (&asked, &decision) {
        let right = match decision {
            Decision::Options(places) => places.as_slice(),
            _ => &[],
        };
        let rows = asked.question().options.iter().enumerate();
        options.extend(rows.map(|(at, option)| JsonOption {
            label: at + 1,
            text: if asked.labels() == 0 { quiz::value(option) } else { quiz::in_words(option) },
            right: right.contains(&at),
            why: &option.why,
        }));
        answer = Some(quiz::answer(asked.question(), decision)).filter(|answer| !answer.is_empty());
    }
    let mut right = None;
    let (given, hands) = match (answered, &asked) {
        (Answered::Given(given), Some(asked)) => {
            right = predict::right(asked, played);
            (Some(quiz::given(asked, given)), Vec::new())
        }
        (Answered::Hands(hands), Some(asked)) => {
            let options = asked.labels() > 0;
            let hands = hands.iter().map(|(said, count)| JsonHands {
                label: Some(*said).filter(|_| options),
                number: Some(*said).filter(|_| !options),
                count: *count,
            });
            (None, hands.collect())
        }
        _ => (None, Vec::new()),
    };
    let in_c = lesson.in_c(at);
    said(&JsonEvent::Step {
        version: JSON_VERSION,
        step: at + 1,
        title: step.action.call.title(),
        expect: step.action.expect.to_string(),
        held: &verdict.held,
        broken: broken.collect(),
        unseen: &verdict.unseen,
        skipped: verdict.skipped.as_deref(),
        c: in_c.text,
        shorthand: in_c.shorthand,
        prototype: lesson.prototype(at).map(|prototype| prototype.text),
        ask: step.words.ask.as_deref(),
        options,
        answer,
        given: given.filter(|_| right.is_some()),
        right,
        hands: &hands,
        what: event,
    })
}

/// The last line; `left`: what could not be removed.
pub fn end(
    steps: usize,
    ok: bool,
    (segments, stays): (&[i32], &[i32]),
    (semaphores, queues): (&[i32], &[i32]),
    left: Option<&str>,
) -> Safe {
    said(&JsonEvent::End { version: JSON_VERSION, steps, ok, segments, semaphores, queues, stays, left })
}
