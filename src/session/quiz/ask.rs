//! Asks one question until a line answers it, skips it or stops. It judges nothing.

use std::io::{self, IsTerminal};

use super::Quiz;
use crate::error::Error;
use crate::output::quiz as words;
use crate::quiz::answer::{self, Given, TypedInput, understand};
use crate::quiz::draw::Asked;

/// How many lines in a row that answer nothing skip a question, and how many such questions in a row end the quiz: what
/// writes them is a program that will never answer. A person at a terminal has as many as they like.
pub(super) const IDLE_LINES: usize = 3;
const IDLE_QUESTIONS: usize = 10;

/// An answer, its text, and how many hints it took.
pub(super) type Answered = (Given, Option<String>, usize);

impl Quiz<'_> {
    /// Waits for an answer; none if the student stops.
    pub(super) fn answer(&mut self, asked: &Asked<'_>, at: usize) -> Result<Option<Answered>, Error> {
        let (mut hints, mut idle) = (0, 0);
        while idle < IDLE_LINES || io::stdin().is_terminal() {
            let prompt = words::prompt(asked, at + 1, self.dealt.asked.len(), self.output.width());
            let Some(line) = self.line_behind(&prompt)? else { return Ok(None) };
            match understand(asked, &line) {
                TypedInput::Answer(answer) => {
                    self.idle_questions = 0;
                    let text = (answer != Given::Skipped).then(|| line.trim().to_owned());
                    return Ok(Some((answer, text, hints)));
                }
                TypedInput::Stop => return Ok(None),
                TypedInput::Hint => {
                    // Asked for once more, it is not new.
                    idle += usize::from(hints > 0);
                    hints += self.hint(asked, hints)?;
                }
                TypedInput::Nothing(what) => {
                    idle += 1;
                    let (wanted, keys) = (answer::wanted(asked), answer::keys(|key| key.purpose, ", "));
                    self.say("NO ANSWER", &format!("{what}. Please type {wanted}; {keys}"))?;
                }
            }
        }
        self.idle_questions += 1;
        if self.idle_questions == IDLE_QUESTIONS {
            self.say("NO ANSWER", "ten questions in a row got no answer, so lab stops the quiz")?;
            return Ok(None);
        }
        self.say("NO ANSWER", "three lines in a row were no answer, so lab skips this question")?;
        Ok(Some((Given::Skipped, None, hints)))
    }

    /// Waits for a line behind a prompt; none at the end of the input.
    pub(super) fn line_behind(&mut self, prompt: &str) -> Result<Option<String>, Error> {
        self.output.ask(prompt)?;
        let Some(line) = self.keyboard.line()? else {
            self.output.say("")?;
            return Ok(None);
        };
        let line = String::from_utf8_lossy(&line).into_owned();
        if !io::stdin().is_terminal() {
            // What was piped in is not on the screen yet.
            self.output.say(&line)?;
        }
        Ok(Some(line))
    }

    /// Shows the hint; 1 the first time, if there is one.
    fn hint(&self, asked: &Asked<'_>, hints: usize) -> Result<usize, Error> {
        let hint = asked.question().hint.as_deref();
        self.say("HINT", hint.unwrap_or("there is none for this question"))?;
        Ok(usize::from(hint.is_some() && hints == 0))
    }
}
