//! Takes a quiz: question, answer, proof, reason, until the end or until the student stops. It connects the proofs
//! with the screen and keeps what was answered after every answer; it words no fact and judges by the proofs alone.

use std::io::{self, IsTerminal};

use super::{Keyboard, Output, PauseMode};
use crate::error::Error;
use crate::lesson::QuestionKind;
use crate::output::line::{Line, labelled};
use crate::output::quiz_json as json;
use crate::output::quiz_json::QuizEvent;
use crate::output::screen::json_line;
use crate::output::{quiz as words, reasons};
use crate::progress::Progress;
use crate::quiz::answer::{self, Given, TypedInput, understand};
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
    /// The percentage under which it counts as failed.
    pub min: Option<usize>,
}

/// A quiz under way.
pub struct Quiz<'a> {
    dealt: Dealt<'a>,
    plan: QuizPlan,
    output: Output,
    keyboard: Keyboard,
}

impl<'a> Quiz<'a> {
    pub fn new(dealt: Dealt<'a>, plan: QuizPlan, output: Output) -> Quiz<'a> {
        Quiz { dealt, plan, output, keyboard: Keyboard::new(PauseMode::Lines) }
    }

    /// Takes it.
    ///
    /// # Errors
    /// [`Error::Failed`] under the wanted percentage, and whatever ended it early.
    pub fn perform(mut self) -> Result<(), Error> {
        match self.take() {
            Ok(true) => self.end(),
            Ok(false) => {
                self.stopped()?;
                // What is not finished has reached no percentage.
                if self.plan.min.is_some() { Err(Error::Failed) } else { Ok(()) }
            }
            Err(error) => {
                if let Error::Interrupted(_) = error {
                    // Best effort: what interrupted us may have closed the screen too.
                    let _ = self.stopped();
                }
                Err(error)
            }
        }
    }

    /// Asks what has not been answered yet; whether it came to the end.
    fn take(&mut self) -> Result<bool, Error> {
        self.opening()?;
        self.plan.warnings.iter().try_for_each(|warning| self.say("WARNING", warning))?;
        self.output.show(&[Line::Blank])?;
        while self.dealt.marks.len() < self.dealt.asked.len() {
            let at = self.dealt.marks.len();
            let asked = self.dealt.asked[at].clone();
            self.question(&asked, at)?;
            let Some((answer, text, hints)) = self.answer(&asked, at)? else { return Ok(false) };
            let judged = judge(&asked, &answer)?;
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
            self.keep(&asked, &mark)?;
            self.feedback(&asked, &answer, &judged, &mark)?;
        }
        Ok(true)
    }

    fn opening(&self) -> Result<(), Error> {
        let (seed, count, done) = (self.dealt.seed, self.dealt.asked.len(), self.dealt.marks.len());
        match &self.output {
            Output::Tool => json_line(&QuizEvent::Start {
                version: json::VERSION,
                seed,
                questions: count,
                answered: done,
                exam: self.dealt.wanted.exam,
                not_asked: &self.dealt.not_asked,
            }),
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

    fn question(&self, asked: &Asked<'_>, at: usize) -> Result<(), Error> {
        let (number, of) = (at + 1, self.dealt.asked.len());
        match &self.output {
            Output::Person(screen) => screen.show(&words::question(asked, number, of)),
            Output::Tool => json::question(asked, number, of),
        }
    }

    /// Waits for an answer: the answer, its text, and how many hints it took; none if the student stops.
    fn answer(
        &mut self,
        asked: &Asked<'_>,
        at: usize,
    ) -> Result<Option<(Given, Option<String>, usize)>, Error> {
        let mut hints = 0;
        loop {
            let prompt = words::prompt(asked, at + 1, self.dealt.asked.len(), self.output.width());
            self.output.ask(&prompt)?;
            let Some(line) = self.keyboard.line()? else {
                self.output.say("")?;
                return Ok(None);
            };
            let line = String::from_utf8_lossy(&line).into_owned();
            if !io::stdin().is_terminal() {
                // What was piped in is not on the screen yet.
                self.output.say(&line)?;
            }
            match understand(asked, &line) {
                TypedInput::Answer(answer) => {
                    let text = (answer != Given::Skipped).then(|| line.trim().to_owned());
                    return Ok(Some((answer, text, hints)));
                }
                TypedInput::Stop => return Ok(None),
                TypedInput::Hint => hints += self.hint(asked, hints)?,
                TypedInput::Nothing(what) => {
                    let (wanted, keys) = (answer::wanted(asked), answer::keys(|key| key.purpose, ", "));
                    self.say("NO ANSWER", &format!("{what}: {wanted}; {keys}"))?;
                }
            }
        }
    }

    /// Shows the hint; 1 the first time, if there is one.
    fn hint(&self, asked: &Asked<'_>, hints: usize) -> Result<usize, Error> {
        let hint = asked.question().hint.as_deref();
        self.say("HINT", hint.unwrap_or("there is none for this question"))?;
        Ok(usize::from(hint.is_some() && hints == 0))
    }

    fn feedback(&self, asked: &Asked<'_>, answer: &Given, judged: &Judged, mark: &Mark) -> Result<(), Error> {
        match &self.output {
            Output::Tool if self.dealt.wanted.exam => Ok(()),
            Output::Tool => json::answer(asked, mark, judged),
            Output::Person(screen) if self.dealt.wanted.exam => {
                screen.show(&[labelled("NOTED", words::given(asked, answer)), Line::Blank])
            }
            Output::Person(screen) => screen.show(&self.told(asked, answer, judged)),
        }
    }

    /// All there is to say about an answer.
    fn told(&self, asked: &Asked<'_>, answer: &Given, judged: &Judged) -> Vec<Line> {
        let mut lines = vec![words::mark(asked, answer, judged.right)];
        if self.plan.show_proof && asked.question().kind != QuestionKind::Theory {
            lines.extend(reasons::kernel(asked.question(), judged));
        }
        lines.extend(reasons::reasons(asked, answer, judged.right, judged));
        if !judged.right {
            lines.push(words::lesson(asked.question()));
        }
        lines.push(Line::Blank);
        lines
    }

    /// The score, what was missed, and how it compares.
    fn end(&mut self) -> Result<(), Error> {
        let marks = std::mem::take(&mut self.dealt.marks);
        let right = marks.iter().filter(|mark| mark.right).count();
        let score = Score { wanted: self.dealt.wanted.clone(), right, asked: marks.len() };
        let hints = marks.iter().map(|mark| mark.hints).sum();
        let skipped = marks.iter().filter(|mark| mark.given.is_none()).count();
        let all = self.dealt.wanted.exam && matches!(self.output, Output::Tool);
        for (asked, mark) in self.dealt.asked.iter().zip(&marks).filter(|(_, mark)| all || !mark.right) {
            self.missed(asked, mark)?;
        }
        let before = self.finish(&score)?;
        let under = self.plan.min.is_some_and(|min| score.percent() < min);
        match &self.output {
            Output::Tool => json::end(&score, hints, skipped, before.as_ref(), &self.dealt.asked, &marks)?,
            Output::Person(screen) => {
                screen.show(&words::score(&score, hints, skipped, before.as_ref()))?;
                if let (true, Some(min)) = (under, self.plan.min) {
                    screen.show(&[labelled("BELOW", format!("{min}% were asked for"))])?;
                }
            }
        }
        if under { Err(Error::Failed) } else { Ok(()) }
    }

    /// A question that was missed, once more. In an exam it is explained for the first time, and whole.
    fn missed(&self, asked: &Asked<'_>, mark: &Mark) -> Result<(), Error> {
        let answer = match mark.given.as_deref().map(|text| understand(asked, text)) {
            Some(TypedInput::Answer(answer)) => answer,
            _ => Given::Skipped,
        };
        let judged = judge(asked, &answer)?;
        match &self.output {
            Output::Tool if self.dealt.wanted.exam => json::answer(asked, mark, &judged),
            Output::Tool => Ok(()),
            Output::Person(screen) => {
                let question = asked.question();
                let mut lines = vec![labelled("MISSED", format!("{}: {}", question.id, question.ask))];
                if self.dealt.wanted.exam {
                    lines.extend(self.told(asked, &answer, &judged));
                } else {
                    lines.extend(reasons::reasons(asked, &answer, true, &judged));
                    lines.push(words::lesson(question));
                    lines.push(Line::Blank);
                }
                screen.show(&lines)
            }
        }
    }

    /// Keeps an answer. Where that can't be done, it is said once and not tried again.
    fn keep(&mut self, asked: &Asked<'_>, mark: &Mark) -> Result<(), Error> {
        let mut warnings = Vec::new();
        if self.plan.kept {
            let open = Open {
                wanted: self.dealt.wanted.clone(),
                seed: self.dealt.seed,
                keys: self.dealt.asked.iter().map(|asked| asked.item.key()).collect(),
                marks: self.dealt.marks.clone(),
            };
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

    fn finish(&mut self, score: &Score) -> Result<Option<Score>, Error> {
        let mut before = None;
        if self.plan.kept
            && let Err(why) = QuizRecord::change(|record| before = record.finish(score.clone()))
        {
            self.say("WARNING", &why)?;
        }
        Ok(before)
    }

    fn stopped(&self) -> Result<(), Error> {
        let (done, of) = (self.dealt.marks.len(), self.dealt.asked.len());
        if let Output::Tool = self.output {
            return json_line(&QuizEvent::Stopped { version: json::VERSION, answered: done, questions: of });
        }
        let rest = match (done, self.plan.kept) {
            (0, _) => "nothing was answered".to_owned(),
            (_, true) => "what was answered is kept; `lab quiz --resume` goes on".to_owned(),
            (_, false) => "what was answered could not be kept".to_owned(),
        };
        self.output
            .show(&[Line::Blank, labelled("STOPPED", format!("after {done} of {of} questions: {rest}"))])
    }

    fn say(&self, label: &'static str, text: &str) -> Result<(), Error> {
        match &self.output {
            Output::Person(_) => self.output.show(&[labelled(label, text)]),
            Output::Tool => json_line(&QuizEvent::Note { version: json::VERSION, label, text }),
        }
    }
}
