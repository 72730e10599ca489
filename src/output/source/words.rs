//! What the files say in sentences, and how a sentence gets into a comment: whatever a lesson holds, it stays inside
//! the comment, and no compiler warns about it. It knows no plan and no C.

use textwrap::Options;

use super::steps::LeftOut;
use crate::lesson::Words;
use crate::output::phrase::{capital, steps};
use crate::text::{filled_with, line};

/// The columns of a comment.
const COLUMNS: usize = 88;

/// A text as it may stand in a comment of C: nothing in it ends the comment, begins another, or is a trigraph.
fn harmless(text: &str) -> String {
    line(text).replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?").replace("??", "? ?")
}

/// A comment of C, so far in.
pub fn comment(text: &str, indent: usize) -> String {
    let blanks = " ".repeat(indent);
    let (first, later) = (format!("{blanks}/* "), format!("{blanks}   "));
    let options = Options::new(COLUMNS).initial_indent(&first).subsequent_indent(&later);
    let text: Vec<_> = text.lines().map(harmless).collect();
    let mut filled = textwrap::fill(&text[0], &options);
    for more in &text[1..] {
        let options = Options::new(COLUMNS).initial_indent(&later).subsequent_indent(&later);
        filled = format!("{filled}\n{}", textwrap::fill(more, options).trim_end());
    }
    format!("{filled} */\n")
}

/// Comment lines of a shell script or a Makefile.
pub fn hashed(text: &str) -> String {
    let options = Options::new(COLUMNS).initial_indent("# ").subsequent_indent("# ");
    text.lines().map(|text| format!("{}\n", textwrap::fill(&line(text), &options).trim_end())).collect()
}

/// What a step asks, and the first sentence of what it means: as both are true of every run, with a name where its
/// value would stand.
pub fn meaning(words: &Words) -> String {
    let named = |text: &str| filled_with(text, |name| Some(format!("`{name}`"))).replace("``", "`");
    let asked = words.ask.iter().map(|ask| named(ask) + " ").collect::<String>();
    asked + first_sentence(&named(&words.say))
}

fn first_sentence(text: &str) -> &str {
    let end = text.match_indices(". ").map(|(at, _)| at).find(|at| {
        let next = text[at + 2..].trim_start_matches(['`', '(', '"']).chars().next();
        next.is_some_and(char::is_uppercase)
    });
    end.map_or(text, |end| &text[..=end])
}

impl LeftOut {
    /// Why, as the end of a sentence that begins with the step.
    pub fn why(&self) -> String {
        match self {
            LeftOut::Race => {
                "lab starts two processes at the same moment, and again until something is lost".into()
            }
            LeftOut::OtherUser => "another user makes the call, and your programs all run as you".into(),
            LeftOut::Root => "root makes the call".into(),
            LeftOut::Limits => {
                "lab lowers the kernel's limits in its sandbox, and without that the call does something else"
                    .into()
            }
            LeftOut::Twins => "lab has to find two files with the same key first".into(),
            LeftOut::FileName => {
                "the file's name holds characters that a shell script can't hold as they are".into()
            }
            LeftOut::Descriptor => {
                "a pipe's ends belong to the process that made them and to those that it forks".into()
            }
            LeftOut::Needs(name) => format!("it needs `{name}`, which a step makes that is left out"),
        }
    }
}

/// `Step 3 is left out: ...`: places from 0, in order.
pub fn left_out(places: &[usize], why: &LeftOut) -> String {
    let are = if places.len() == 1 { "is" } else { "are" };
    let numbers: Vec<usize> = places.iter().map(|at| at + 1).collect();
    format!("{} {are} left out: {}.", capital(&steps(&numbers)), why.why())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_in_its_comment() {
        assert_eq!(comment("a */ b /* c **// d ??/ e", 4), "    /* a * / b / * c ** // d ? ?/ e */\n");
        assert_eq!(comment("a\u{1b}[2J\u{202e}b", 0), "/* a\\033[2J\\342\\200\\256b */\n");
        assert_eq!(hashed("a\u{1b}\nb"), "# a\\033\n# b\n");
    }

    #[test]
    fn a_question_and_the_first_sentence_are_what_a_step_means() {
        let words = |ask: Option<&str>, say: &str| {
            meaning(&Words { ask: ask.map(str::to_owned), say: say.into(), ..Words::default() })
        };
        assert_eq!(words(None, "{id} is 0, e.g. for this. It stays."), "`id` is 0, e.g. for this.");
        assert_eq!(words(Some("How many?"), "None, because it runs."), "How many? None, because it runs.");
    }

    #[test]
    fn what_is_left_out_is_named_by_number() {
        assert_eq!(left_out(&[2], &LeftOut::Root), "Step 3 is left out: root makes the call.");
        assert_eq!(
            left_out(&[0, 2, 3], &LeftOut::Root),
            "Steps 1, 3 and 4 are left out: root makes the call."
        );
    }
}
