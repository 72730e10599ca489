//! What was missed, once more: at the end of an exam, where it is explained for the first time, and whenever it is
//! asked for. On a terminal a question has a page. What is shown comes from a run, as after an answer.

use super::pause::{Next, Pause};
use super::{Quiz, QuizPlan};
use crate::error::Error;
use crate::output::line::{Line, labelled};
use crate::output::reasons::Settled;
use crate::output::report::Ending;
use crate::output::screen::json_line;
use crate::output::{quiz as words, quiz_json as json};
use crate::quiz::deal::Dealt;
use crate::session::Output;

impl<'a> Quiz<'a> {
    /// Shows what was missed in a quiz that has ended, as `dealt` has it.
    pub fn review(dealt: Dealt<'a>, plan: QuizPlan, output: Output) -> Result<(), Error> {
        let mut quiz = Quiz::new(dealt, plan, output);
        quiz.finished = true;
        let score = quiz.tally().score;
        let missed = match score.asked - score.right {
            0 => "nothing was missed".to_owned(),
            missed => format!("{missed} missed"),
        };
        let (right, asked, percent) = (score.right, score.asked, score.percent());
        quiz.say("REVIEW", &format!("the last quiz: {right} of {asked} right, {percent}%; {missed}"))?;
        quiz.warn()?;
        quiz.output.show(&[Line::Blank])?;
        quiz.prepare_report()?;
        let written = quiz.report(Ending::Complete);
        quiz.pages()?;
        quiz.say_written(written)
    }

    fn missed(&self) -> Vec<usize> {
        (0..self.dealt.marks.len()).filter(|at| !self.dealt.marks[*at].right).collect()
    }

    /// Every missed question, explained; on a terminal until the student has seen enough.
    pub(super) fn pages(&mut self) -> Result<(), Error> {
        let missed = self.missed();
        for (page, at) in missed.iter().enumerate() {
            let (asked, taken) = (self.dealt.asked[*at].clone(), self.taken(*at)?);
            let of = Settled { asked: &asked, given: &taken.given, judged: &taken.judged };
            match &self.output {
                Output::Tool => json_line(&json::answer(&asked, &self.dealt.marks[*at], &taken.judged))?,
                Output::Person(screen) if !self.plan.pauses => {
                    let question = asked.question();
                    screen.show(&[labelled("MISSED", format!("{}: {}", question.id, question.ask))])?;
                    screen.show(&self.told(of))?;
                }
                Output::Person(screen) => {
                    let question = words::question(&asked, at + 1, self.dealt.asked.len());
                    screen.show(&question)?;
                    let above = screen.rows(&question);
                    let place = format!("[missed {}/{}]", page + 1, missed.len());
                    let (on, stop) = if page + 1 < missed.len() { ("next", "end") } else { ("end", "") };
                    if self.tell(of, above, Pause::new(place, on, stop))? == Next::Stop {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// What was missed in a quiz whose answers were explained one by one: on a terminal their names, else briefly.
    pub(super) fn missed_again(&mut self) -> Result<(), Error> {
        let missed = self.missed();
        if self.plan.pauses && self.plan.kept && !missed.is_empty() {
            let ids = missed.iter().map(|at| self.dealt.asked[*at].question().id.as_str());
            let ids = ids.collect::<Vec<_>>().join(", ");
            return self.say("MISSED", &format!("{ids}: `lab quiz --review` shows them once more"));
        }
        for at in missed {
            let (asked, taken) = (self.dealt.asked[at].clone(), self.taken(at)?);
            let question = asked.question();
            let mut lines = vec![labelled("MISSED", format!("{}: {}", question.id, question.ask))];
            let of = Settled { asked: &asked, given: &taken.given, judged: &taken.judged };
            lines.extend(of.reasons(true));
            lines.extend([words::lesson(question), Line::Blank]);
            self.output.show(&lines)?;
        }
        Ok(())
    }
}
