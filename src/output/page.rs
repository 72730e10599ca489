//! One step, one screen: a page of the terminal begins at its top, what was there goes up whole into the scrollback,
//! and what a page has no room for is left out by what matters least. It writes two escape sequences, to go to an edge
//! and to clear; it decides nothing about words.

use super::line::{Line, labelled};
use super::screen::{Screen, write_all};
use crate::error::Error;
use crate::text::Safe;

/// To the upper left corner, and everything from there on is cleared.
const TOP: &str = "\u{1b}[H\u{1b}[J";
/// To the last row: a terminal stops there.
const BOTTOM: &str = "\u{1b}[999;1H";

/// What a line of a step is to its page, in the order in which lines go where not all of them fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The lesson's title page.
    Opening,
    /// The prototype of a call: `e` shows it too.
    Prototype,
    /// It has been read when the answer comes.
    Theory,
    /// A drawing goes, its sentence stays.
    Drawing,
    /// The sheet's own line.
    Sheet,
    /// What changed in the segment's row: the picture or its sentence says how it is now.
    Change,
    /// The picture's sentence. It goes in a narrow window only.
    Sentence,
    /// The options of a question. Once it is answered they may go in a narrow window: the answer repeats the right one
    /// and the chosen one.
    Options,
    /// Never left out: heading, question, answer, meaning.
    Kept,
}

/// A line and what it is to its page.
pub type Part = (Rank, Line);

/// A line that is never left out.
pub fn kept(line: Line) -> Part {
    (Rank::Kept, line)
}

/// A page under 80 columns has few words a row, and the meaning is worth more than the picture's sentence.
const NARROW: usize = 80;

/// All lines of these parts; the picture's sentence takes the place of a drawing that does not fit.
pub fn whole(parts: &[Part]) -> Vec<Line> {
    fitted(parts, usize::MAX, usize::MAX, |_| 0).0
}

/// What goes on a page of this number of rows, and whether all of it does. `height` counts the rows of lines.
fn fitted(parts: &[Part], rows: usize, width: usize, height: impl Fn(&[Line]) -> usize) -> (Vec<Line>, bool) {
    let drawn = parts.iter().any(|(_, line)| matches!(line, Line::Drawn(_)));
    let with = |gone: Option<Rank>| {
        let kept = parts.iter().filter(|(rank, _)| gone.is_none_or(|gone| *rank > gone));
        let sentence = !drawn || gone >= Some(Rank::Drawing);
        let shown = kept.map(|(_, line)| match line {
            Line::Instead(words) if sentence => labelled("PICTURE", words),
            line => line.clone(),
        });
        shown.collect::<Vec<_>>()
    };
    let last = if width < NARROW { Rank::Options } else { Rank::Change };
    let steps = [
        Rank::Opening,
        Rank::Prototype,
        Rank::Theory,
        Rank::Drawing,
        Rank::Sheet,
        Rank::Change,
        Rank::Sentence,
        Rank::Options,
    ];
    let steps = steps.into_iter().filter(|rank| *rank <= last).map(Some);
    let all = with(None);
    let tried = std::iter::once(None).chain(steps).map(with);
    let mut smallest = Vec::new();
    for lines in tried {
        if height(&lines) <= rows {
            let whole = lines.len() == all.len();
            return (lines, whole);
        }
        smallest = lines;
    }
    (smallest, false)
}

/// A window with fewer rows has no room for a step.
const MIN_ROWS: usize = 12;

impl Screen {
    /// Whether it is a terminal that can be written on page by page, and a person who wants that: with NO_COLOR lab
    /// writes no escape sequence at all.
    pub fn turns_pages(&self) -> bool {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let knows = set("TERM").is_some_and(|term| term != "dumb") && set("NO_COLOR").is_none();
        !self.look.plain && knows && self.window_rows() >= MIN_ROWS
    }

    /// Begins a page: what stands on the screen goes up into the scrollback, and the cursor to the top.
    pub fn turn_page(&self) -> Result<(), Error> {
        let up = self.cursor_row().min(self.window_rows());
        write_all(&Safe::own(BOTTOM))?;
        write_all(&Safe::lines(&"\n".repeat(up)))?;
        self.clear_page()
    }

    /// Begins the page anew; what stands on the screen is lost.
    pub fn clear_page(&self) -> Result<(), Error> {
        self.take_end();
        write_all(&Safe::own(TOP))?;
        self.set_cursor_row(0);
        Ok(())
    }

    /// Shows as much of a page as has room above this prompt; whether all of it has.
    pub fn show_fitted(&self, parts: &[Part], prompt: &str) -> Result<bool, Error> {
        let rows = self.window_rows().saturating_sub(self.height_of_question(prompt));
        let (lines, whole) = fitted(parts, rows, self.width(), |lines| self.rows(lines));
        self.show(&lines).map(|()| whole)
    }

    /// Something else than lab has written on the screen: nothing is known of where the cursor is.
    pub fn lose_place(&self) {
        self.set_cursor_row(self.window_rows());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::line::plain;

    #[test]
    fn what_matters_least_goes_first() {
        let parts = [
            (Rank::Opening, labelled("GOAL", "g")),
            kept(labelled("", "heading")),
            (Rank::Theory, labelled("THEORY", "t")),
            (Rank::Prototype, labelled("PROTOTYPE", "p")),
            (Rank::Sheet, labelled("SHEET", "s")),
            kept(labelled("", "meaning")),
            (Rank::Change, labelled("CHANGED", "c")),
            (Rank::Drawing, Line::Drawn(vec![plain("box")])),
            (Rank::Drawing, Line::Drawn(vec![plain("box")])),
            (Rank::Sentence, Line::Instead("A box.".into())),
        ];
        // The sentence takes no row while the drawing stands for it.
        let height = |lines: &[Line]| lines.iter().filter(|line| !matches!(line, Line::Instead(_))).count();
        let words = |rows, width| {
            let (lines, whole) = fitted(&parts, rows, width, height);
            let text = |line: &Line| match line {
                Line::Labelled { label, pieces } => format!("{label}{}", pieces[0].text),
                Line::Drawn(_) => "#".into(),
                _ => String::new(),
            };
            (lines.iter().map(text).collect::<Vec<_>>().join(" "), whole)
        };
        let at_80 = |rows| words(rows, 80);
        assert_eq!(at_80(9), ("GOALg heading THEORYt PROTOTYPEp SHEETs meaning CHANGEDc # # ".into(), true));
        assert_eq!(at_80(8), ("heading THEORYt PROTOTYPEp SHEETs meaning CHANGEDc # # ".into(), false));
        assert_eq!(at_80(7), ("heading THEORYt SHEETs meaning CHANGEDc # # ".into(), false));
        assert_eq!(at_80(6), ("heading SHEETs meaning CHANGEDc # # ".into(), false));
        assert_eq!(at_80(5), ("heading SHEETs meaning CHANGEDc PICTUREA box.".into(), false));
        assert_eq!(at_80(4), ("heading meaning CHANGEDc PICTUREA box.".into(), false));
        assert_eq!(at_80(1), ("heading meaning PICTUREA box.".into(), false));
        assert_eq!(words(1, 79), ("heading meaning".into(), false));
    }
}
