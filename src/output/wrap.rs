//! Where a line is broken: coloured pieces between their words or facts, sentences between their words. A word is
//! never cut, but for the name of a setting that is longer than a row.

use textwrap::core::{Fragment, display_width};
use textwrap::wrap_algorithms::wrap_first_fit;

use super::line::{Piece, Style};

/// What stays together in a row, with the blanks behind it.
#[derive(Debug)]
struct Unit<'a> {
    ink: Style,
    text: &'a str,
}

impl Fragment for Unit<'_> {
    fn width(&self) -> f64 {
        display_width(self.text.trim_end()) as f64
    }

    fn whitespace_width(&self) -> f64 {
        display_width(self.text) as f64 - self.width()
    }

    /// Blanks alone never begin a row.
    fn penalty_width(&self) -> f64 {
        if self.width() == 0.0 { f64::NEG_INFINITY } else { 0.0 }
    }
}

/// A word whole, or in parts that end behind `_` or `.`: a setting such as
/// `kernel.apparmor_restrict_unprivileged_userns=0` is longer than a row of a narrow window.
fn parts_of(word: &str, width: usize) -> impl Iterator<Item = &str> {
    let parted = word.contains('_') && display_width(word.trim_end()) > width;
    word.split_inclusive(move |c| parted && matches!(c, '_' | '.'))
}

/// A piece's units: words; and in facts that double blanks part, a name with its value, unless that is longer than a
/// row. A line of code behind its number is not such a fact.
fn units(piece: &Piece, width: usize) -> Vec<Unit<'_>> {
    let facts = piece.text.split_once("  ").is_some_and(|(first, _)| first.contains(' '));
    let unit = |text| Unit { ink: piece.ink, text };
    let parts = piece.text.split_inclusive("  ").flat_map(|part| {
        let whole = facts && display_width(part.trim_end()) <= width;
        let (whole, words) = if whole { (Some(part), "") } else { (None, part) };
        let words = words.split_inclusive(' ').flat_map(move |word| parts_of(word, width));
        whole.into_iter().chain(words)
    });
    parts.map(unit).collect()
}

/// Breaks pieces into rows at blanks only: a value longer than the row is never cut.
pub fn wrapped(pieces: &[Piece], width: usize) -> Vec<Vec<Piece>> {
    let units = pieces.iter().flat_map(|piece| units(piece, width));
    let units: Vec<_> = units.skip_while(|unit| unit.width() == 0.0).collect();
    wrap_first_fit(&units, &[width as f64]).into_iter().map(without_last_blanks).collect()
}

fn without_last_blanks(row: &[Unit<'_>]) -> Vec<Piece> {
    let kept = row.iter().rposition(|unit| unit.width() > 0.0).map_or(0, |last| last + 1);
    let mut pieces: Vec<_> =
        row[..kept].iter().map(|unit| Piece { ink: unit.ink, text: unit.text.to_owned() }).collect();
    if let Some(last) = pieces.last_mut() {
        last.text.truncate(last.text.trim_end().len());
    }
    pieces
}

/// A line of C broken at blanks; what does not fit goes on further in than it began.
pub fn code(text: &str, width: usize) -> Vec<String> {
    const FURTHER: &str = "        ";
    let body = text.trim_start_matches(' ');
    let start = &text[..text.len() - body.len()];
    let further = format!("{start}{FURTHER}");
    let options = at_blanks(width).initial_indent(start).subsequent_indent(&further);
    textwrap::wrap(body, options).into_iter().map(|row| row.into_owned()).collect()
}

/// Text broken at blanks, never inside a word.
pub fn filled(text: &str, width: usize) -> String {
    let body = text.trim_end_matches(' ');
    textwrap::fill(body, at_blanks(width)) + &text[body.len()..]
}

fn at_blanks(width: usize) -> textwrap::Options<'static> {
    textwrap::Options::new(width)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::output::line::{ink, words};

    #[test]
    fn a_sentence_wraps_between_words_and_keeps_its_end() {
        assert_eq!(filled("removing /tmp/lab-1 now? ", 12), "removing\n/tmp/lab-1\nnow? ");
        assert_eq!(filled("a-b-c-d-e", 5), "a-b-c-d-e");
    }

    #[test]
    fn a_line_of_c_keeps_its_blanks_and_goes_on_further_in() {
        let rows = code("    if (id == -1) perror(name);", 24);
        assert_eq!(rows, ["    if (id == -1)", "            perror(name);"]);
        assert_eq!(code("", 24), [""]);
    }

    #[test]
    fn the_name_of_a_setting_is_parted_only_where_it_is_longer_than_a_row() {
        let text =
            "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), /a/longer-path.than/a.row";
        let rows = |width| {
            let row = |row: Vec<Piece>| row.into_iter().map(|piece| piece.text).collect::<String>();
            wrapped(&[ink(Style::Plain, text)], width).into_iter().map(row).collect::<Vec<_>>()
        };
        assert_eq!(
            rows(30),
            [
                "sudo sysctl kernel.apparmor_",
                "restrict_unprivileged_userns=0",
                "(Ubuntu),",
                "/a/longer-path.than/a.row"
            ]
        );
        assert_eq!(
            rows(60),
            [
                "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
                "(Ubuntu), /a/longer-path.than/a.row"
            ]
        );
    }

    /// Pieces of words, values and blanks.
    fn pieces() -> impl Strategy<Value = Vec<Piece>> {
        let word = prop_oneof![
            "[a-z]{1,12} {0,3}",
            "[a-z]{1,4} [0-9]{1,6}  ",
            " {1,3}",
            "[0-9a-f]{30,50}",
            "[│é世]{1,5} "
        ];
        let style = prop_oneof![Just(Style::Plain), Just(Style::Kernel)];
        let piece = (style, vec(word, 0..6)).prop_map(|(style, words)| ink(style, words.concat()));
        vec(piece, 0..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

        #[test]
        fn no_row_is_wider_than_the_window_but_for_one_long_value(pieces in pieces(), width in 30_usize..90) {
            let rows: Vec<String> = wrapped(&pieces, width).iter().map(|row| words(row)).collect();
            let seen = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(seen(&rows.concat()), seen(&words(&pieces)));
            let mut values = pieces.iter().flat_map(|piece| units(piece, width));
            for row in &rows {
                prop_assert_eq!(row.trim_end(), row.as_str());
                let mut alone = || values.any(|unit| unit.text.trim_end() == row);
                prop_assert!(display_width(row) <= width || alone(), "{:?}", row);
            }
        }
    }
}
