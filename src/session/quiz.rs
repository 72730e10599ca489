//! Takes a quiz: question, answer, proof, reason, until the end or until the student stops. It connects the proofs
//! with the screen and keeps what was answered after every answer; it words no fact and judges by the proofs alone.

mod ask;
mod pause;
mod report;
mod review;

use std::rc::Rc;

pub use pause::pause_keys;
use pause::{Next, Pause};

use super::{Keyboard, Output, PauseMode};
use crate::error::Error;
use crate::output::line::{Line, labelled};
use crate::output::quiz::{self as words, Tally};
use crate::output::quiz_json as json;
use crate::output::quiz_json::QuizEvent;
use crate::output::reasons::Settled;
use crate::output::report::{Ending, ReportFile};
use crate::output::screen::{JSON_VERSION, json_line};
use crate::progress::Progress;
use crate::quiz::answer::{Given, recorded};
use crate::quiz::deal::Dealt;
use crate::quiz::decide::Decision;
use crate::quiz::draw::Asked;
use crate::quiz::judge::{Judged, judge};
use crate::quiz::record::{Mark, Open, QuizRecord, Score};

/// How a quiz is to be taken.
#[derive(Debug)]
pub struct QuizPlan {
    /// What is worth saying once, before the first question.
    pub warnings: Vec<String>,
    /// Whether what is answered can be kept.
    pub kept: bool,
    /// Whether what is remembered of the misconceptions can be kept.
    pub recalled: bool,
    pub show_proof: bool,
    /// Whether a person reads each answer before the next question comes.
    pub pauses: bool,
    /// The percentage under which it counts as failed.
    pub min: Option<usize>,
    /// Where the whole of it is written at the end.
    pub report: Option<ReportFile>,
}

/// An answer and what the kernel made of it.
#[derive(Debug, Clone)]
struct Taken {
    given: Given,
    judged: Rc<Judged>,
}

/// A quiz under way.
pub struct Quiz<'a> {
    dealt: Dealt<'a>,
    plan: QuizPlan,
    output: Output,
    keyboard: Keyboard,
    /// What came of each mark; none yet for those of an earlier run.
    taken: Vec<Option<Taken>>,
    /// Questions in a row that got no answer.
    idle_questions: usize,
    /// Whether it is kept as finished.
    finished: bool,
    /// The last quiz of the same kind, once this one is finished.
    before: Option<Score>,
}

impl<'a> Quiz<'a> {
    pub fn new(dealt: Dealt<'a>, plan: QuizPlan, output: Output) -> Quiz<'a> {
        let taken = dealt.marks.iter().map(|_| None).collect();
        let keyboard = Keyboard::new(PauseMode::Lines);
        Quiz { dealt, plan, output, keyboard, taken, idle_questions: 0, finished: false, before: None }
    }

    /// Takes it.
    ///
    /// # Errors
    /// [`Error::Failed`] under the wanted percentage, and whatever ended it early.
    pub fn perform(mut self) -> Result<(), Error> {
        let ended = match self.take() {
            Ok(true) => self.end(),
            Ok(false) => {
                self.stopped(Ending::Stopped)?;
                // What is not finished has reached no percentage.
                if self.plan.min.is_some() { Err(Error::Failed) } else { Ok(()) }
            }
            Err(error) => Err(error),
        };
        // Best effort: what ended it early may have closed the screen too.
        match &ended {
            Err(_) if self.finished => {}
            Err(Error::Interrupted(_)) => drop(self.stopped(Ending::Interrupted)),
            Err(_) => drop(self.report(Ending::Failed)),
            Ok(()) => {}
        }
        ended
    }

    /// Asks what has not been answered yet; whether it came to the end.
    fn take(&mut self) -> Result<bool, Error> {
        self.opening()?;
        self.warn()?;
        self.output.show(&[Line::Blank])?;
        self.prepare_report()?;
        while self.dealt.marks.len() < self.dealt.asked.len() {
            let at = self.dealt.marks.len();
            let asked = self.dealt.asked[at].clone();
            let rows = self.question(&asked, at)?;
            let Some((given, text, hints)) = self.answer(&asked, at)? else { return Ok(false) };
            let judged = judge(&asked, &given)?;
            if let Decision::Invalid(_) | Decision::Skipped(_) = judged.decision {
                // The kernel decided it when the quiz was drawn and does not now (its limits or its load have
                // changed): drop it.
                self.dealt.asked.remove(at);
                let what = "the kernel answers otherwise than a moment ago, so this question does not count";
                self.output.show(&[labelled("DROPPED", what), Line::Blank])?;
                continue;
            }
            let mark = Mark { key: asked.item.key(), given: text, right: judged.right, hints };
            self.dealt.marks.push(mark.clone());
            self.taken.push(Some(Taken { given, judged: Rc::new(judged) }));
            self.keep(&asked, &mark)?;
            if self.feedback(at, rows)? == Next::Stop && at + 1 < self.dealt.asked.len() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What came of a mark. The kernel is asked once more about those of an earlier run.
    fn taken(&mut self, at: usize) -> Result<Taken, Error> {
        if let Some(taken) = &self.taken[at] {
            return Ok(taken.clone());
        }
        let asked = &self.dealt.asked[at];
        let given = recorded(asked, self.dealt.marks[at].given.as_deref());
        let judged = Rc::new(judge(asked, &given)?);
        Ok(self.taken[at].insert(Taken { given, judged }).clone())
    }

    fn warn(&self) -> Result<(), Error> {
        self.plan.warnings.iter().try_for_each(|warning| self.say("WARNING", warning))
    }

    fn opening(&self) -> Result<(), Error> {
        let (seed, count, done) = (self.dealt.seed, self.dealt.asked.len(), self.dealt.marks.len());
        match &self.output {
            Output::Tool => json_line(&self.start(done)),
            Output::Person(screen) => {
                let what = if count == 1 { "one question".into() } else { format!("{count} questions") };
                let mut lines = vec![labelled("QUIZ", what)];
                lines.push(labelled("SEED", format!("{seed}: `--seed {seed}` asks the same again")));
                if done > 0 {
                    lines.push(labelled("RESUMED", format!("{done} of {count} are answered already")));
                }
                if self.dealt.wanted.exam {
                    lines.push(labelled("EXAM", "answers and reasons come at the end"));
                }
                lines.extend(self.dealt.not_asked.iter().map(|why| labelled("LEFT OUT", why)));
                screen.show(&lines)
            }
        }
    }

    /// The first event; `answered`: how many questions were answered in an earlier run.
    fn start(&self, answered: usize) -> QuizEvent<'_> {
        QuizEvent::Start {
            version: JSON_VERSION,
            seed: self.dealt.seed,
            questions: self.dealt.asked.len(),
            answered,
            exam: self.dealt.wanted.exam,
            not_asked: &self.dealt.not_asked,
        }
    }

    /// Asks; how many rows of the screen that takes, with the prompt.
    fn question(&self, asked: &Asked<'_>, at: usize) -> Result<usize, Error> {
        let (number, of) = (at + 1, self.dealt.asked.len());
        match &self.output {
            Output::Person(screen) => {
                let lines = words::question(asked, number, of);
                screen.show(&lines).map(|()| screen.rows(&lines) + 1)
            }
            Output::Tool => json_line(&json::question(asked, number, of)).map(|()| 0),
        }
    }

    fn feedback(&mut self, at: usize, rows: usize) -> Result<Next, Error> {
        let (asked, Taken { given, judged }) = (self.dealt.asked[at].clone(), self.taken(at)?);
        if self.dealt.wanted.exam {
            self.output.show(&[labelled("NOTED", words::given(&asked, &given)), Line::Blank])?;
            return Ok(Next::On);
        }
        if let Output::Tool = self.output {
            return json_line(&json::answer(&asked, &self.dealt.marks[at], &judged)).map(|()| Next::On);
        }
        let of = self.dealt.asked.len();
        let (on, stop) = if at + 1 < of { ("next", "stop") } else { ("your score", "") };
        let pause = Pause::new(format!("[{}/{of}]", at + 1), on, stop);
        self.tell(Settled { asked: &asked, given: &given, judged: &judged }, rows, pause)
    }

    /// The score, what was missed, and how it compares.
    fn end(&mut self) -> Result<(), Error> {
        self.finish()?;
        let tally = self.tally();
        // What comes now can be interrupted and read again later.
        self.finished = true;
        self.prepare_report()?;
        let written = self.report(Ending::Complete);
        match (self.dealt.wanted.exam, &self.output) {
            (true, Output::Tool) => self.answers()?,
            (true, Output::Person(_)) => self.pages()?,
            (false, Output::Person(_)) => self.missed_again()?,
            (false, Output::Tool) => {}
        }
        let under = self.plan.min.is_some_and(|min| tally.score.percent() < min);
        match &self.output {
            Output::Tool => {
                json_line(&json::end(&tally, &self.dealt.asked, &self.dealt.marks))?;
            }
            Output::Person(screen) => {
                screen.show(&words::score(&tally))?;
                if let (true, Some(min)) = (under, self.plan.min) {
                    screen.show(&[labelled("BELOW", format!("{min}% were asked for"))])?;
                }
            }
        }
        self.say_written(written)?;
        if under { Err(Error::Failed) } else { Ok(()) }
    }

    fn tally(&self) -> Tally {
        let marks = &self.dealt.marks;
        let right = marks.iter().filter(|mark| mark.right).count();
        Tally {
            score: Score { wanted: self.dealt.wanted.clone(), right, asked: marks.len() },
            hints: marks.iter().map(|mark| mark.hints).sum(),
            skipped: marks.iter().filter(|mark| mark.given.is_none()).count(),
            before: self.before.clone(),
        }
    }

    /// All answers of an exam, for a tool.
    fn answers(&mut self) -> Result<(), Error> {
        for at in 0..self.dealt.marks.len() {
            let judged = self.taken(at)?.judged;
            json_line(&json::answer(&self.dealt.asked[at], &self.dealt.marks[at], &judged))?;
        }
        Ok(())
    }

    /// Keeps an answer. Where that can't be done, it is said once and not tried again.
    fn keep(&mut self, asked: &Asked<'_>, mark: &Mark) -> Result<(), Error> {
        let mut warnings = Vec::new();
        if self.plan.kept {
            let open = self.open();
            let kept = QuizRecord::change(|record| {
                record.note(mark);
                record.open = Some(open);
            });
            self.plan.kept = kept.is_ok();
            warnings.extend(kept.err());
        }
        if self.plan.recalled {
            let kept = Progress::answered(&asked.question().covers, mark.right);
            self.plan.recalled = kept.is_ok();
            // Both files are in one folder.
            warnings.extend(kept.err().filter(|why| !warnings.contains(why)));
        }
        warnings.iter().try_for_each(|why| self.say("WARNING", why))
    }

    fn open(&self) -> Open {
        Open {
            wanted: self.dealt.wanted.clone(),
            seed: self.dealt.seed,
            keys: self.dealt.asked.iter().map(|asked| asked.item.key()).collect(),
            marks: self.dealt.marks.clone(),
        }
    }

    /// Keeps the score, and finds the last one.
    fn finish(&mut self) -> Result<(), Error> {
        if !self.plan.kept {
            return Ok(());
        }
        let (score, last) = (self.tally().score, self.open());
        let kept = QuizRecord::change(|record| {
            self.before = record.finish(score);
            record.last = Some(last);
        });
        let Err(why) = kept else { return Ok(()) };
        self.plan.kept = false;
        self.say("WARNING", &why)
    }

    fn stopped(&mut self, how: Ending) -> Result<(), Error> {
        let (done, of) = (self.dealt.marks.len(), self.dealt.asked.len());
        let written = self.report(how);
        let rest = match (done, self.plan.kept) {
            (0, _) => "nothing was answered".to_owned(),
            (_, true) => "what was answered is kept; `lab quiz --resume` goes on".to_owned(),
            (_, false) => "what was answered could not be kept".to_owned(),
        };
        match self.output {
            Output::Tool => json_line(&json::stopped(done, of))?,
            Output::Person(_) => self.output.show(&[
                Line::Blank,
                labelled("STOPPED", format!("after {done} of {of} questions: {rest}")),
            ])?,
        }
        self.say_written(written)
    }

    fn say(&self, label: &'static str, text: &str) -> Result<(), Error> {
        match &self.output {
            Output::Person(_) => self.output.show(&[labelled(label, text)]),
            Output::Tool => json_line(&QuizEvent::Note { version: JSON_VERSION, label, text }),
        }
    }
}
