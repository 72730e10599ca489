//! What [`super::text`] promises, of every code point and of bytes at random: nothing comes out that steers a
//! terminal, whichever way it goes in. What is dangerous is said here anew, from the standards and not from the table.

use proptest::prelude::*;

use crate::output::line::{Line, Style, ink, plain};
use crate::output::screen::{Display, Screen};
use crate::text::{
    Safe, columns, escape, line, line_of, printable, quote, shell_path, shell_word, shortened, source,
};

/// Every code point that is a character, 1,112,064 of them.
fn everything() -> String {
    (char::MIN..=char::MAX).collect()
}

/// What no terminal may get: the controls, and what Unicode's bidirectional algorithm (UAX #9) takes for one.
fn dangerous(c: char) -> bool {
    let directs =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || directs || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Other characters that are not seen, one of each kind: zero width, marks, fillers, tags, private use, no character.
const UNSEEN: &str = "\u{ad}\u{34f}\u{115f}\u{180e}\u{200b}\u{200c}\u{200d}\u{2060}\u{2064}\u{206f}\u{3164}\u{e000}\u{f8ff}\u{fdd0}\u{feff}\u{fff9}\u{fffb}\u{fffe}\u{ffff}\u{1d173}\u{1fffe}\u{e0001}\u{e0041}\u{e007f}\u{e0100}\u{f0000}\u{10ffff}";

/// Characters that people write, and look at: they stay.
const SEEN: &str = " ~aä€\u{a0}łжשم中\u{1f600}❤\u{fe0f}e\u{301}─▶…\u{fffd}";

#[track_caller]
fn holds_nothing_dangerous(text: &str, own: &[char]) {
    if let Some(c) = text.chars().find(|c| dangerous(*c) && !own.contains(c)) {
        panic!("{c:?} came through");
    }
}

#[test]
fn no_code_point_gets_through_that_steers() {
    let all = everything();
    for text in [line(&all).into_owned(), line_of(all.as_bytes()), source(&all), quote(all.as_bytes())] {
        holds_nothing_dangerous(&text, &[]);
    }
    for mark in ['"', '\u{1b}'] {
        let quoted = escape(all.as_bytes(), Some(mark));
        holds_nothing_dangerous(&quoted, &[]);
    }
    holds_nothing_dangerous(Safe::line(&all).as_str(), &[]);
    for text in [Safe::lines(&all), Safe::inked(&all)] {
        holds_nothing_dangerous(text.as_str(), &['\n']);
        assert!(text.in_ascii().as_str().is_ascii());
    }
}

#[test]
fn what_is_seen_stays() {
    assert_eq!(line(SEEN), SEEN);
    assert!(SEEN.chars().all(printable));
    assert!(!UNSEEN.chars().any(printable));
}

#[test]
fn one_spelling() {
    assert_eq!(line("a\n\t\r\u{1b}[31m\u{7f}\u{9b}\u{202e}"), r"a\n\t\r\033[31m\177\302\233\342\200\256");
    assert_eq!(line(r#"\ " '"#), r#"\ " '"#);
    assert_eq!(line_of(b"a\xff\\"), r"a\377\");
    assert_eq!(quote(b"a\xff\\\""), r#""a\377\\\"""#);
    assert_eq!(source("int\tid; \u{202e}"), r"int id; \342\200\256");
    assert_eq!(Safe::lines("a\nb\u{1b}c").as_str(), "a\nb\\033c");
    assert_eq!(Safe::inked("\u{1b}[1;31ma\u{1b}[0m\u{1b}[2J").as_str(), "\u{1b}[1;31ma\u{1b}[0m\\033[2J");
    assert_eq!(Safe::line("┌─▶ a · ü…").in_ascii().as_str(), "+-> a - \\303\\274...");
    assert_eq!(columns(&line("\u{1b}中")), 6);
    assert_eq!(shortened("grüße", 3), "grü…");
    assert_eq!(shortened("grü", 3), "grü");
}

#[test]
fn json_of_every_code_point_is_read_back() {
    let all = everything();
    for text in [Safe::json(&all), Safe::json_over_lines(&[&all])] {
        let text = text.expect("JSON");
        holds_nothing_dangerous(text.as_str(), &['\n']);
        let read: serde_json::Value = serde_json::from_str(text.as_str()).expect("JSON");
        assert!(read == all || read[0] == all);
    }
    assert_eq!(
        Safe::json(&"\u{1b}\u{7f}\u{9b}\u{e0001}").expect("JSON").as_str(),
        "\"\\u001b\\u007f\\u009b\\udb40\\udc01\"\n"
    );
}

/// Anything, with what a hostile program would choose more often than by chance.
fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        any::<String>(),
        Just("\u{1b}[31m".to_owned()),
        Just("\u{1b}[0m".to_owned()),
        Just("\u{1b}]0;x\u{7}".to_owned()),
        Just("\nlab: \r\u{202e}".to_owned()),
        Just("  ".to_owned()),
        Just("\t \u{2028}".to_owned()),
    ];
    proptest::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

fn screen(colour: bool, ascii: bool, plain: bool) -> Screen {
    // The crate's own switch is for all threads, and stays on.
    let mut screen = Screen::new(Display { colour: true, ascii, plain });
    screen.look.colour = colour;
    screen
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn twice_is_once(text in hostile()) {
        let once = line(&text).into_owned();
        prop_assert_eq!(&line(&once), &once);
        let lines = Safe::lines(&text);
        prop_assert_eq!(&Safe::lines(lines.as_str()), &lines);
        prop_assert_eq!(&Safe::inked(lines.as_str()), &lines);
        let source = source(&text);
        prop_assert_eq!(&super::text::source(&source), &source);
    }

    #[test]
    fn bytes_are_as_safe(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        holds_nothing_dangerous(&line_of(&bytes), &[]);
        holds_nothing_dangerous(&quote(&bytes), &[]);
        let once = line_of(&bytes);
        prop_assert_eq!(line(&once), once.as_str());
    }

    #[test]
    fn no_line_of_the_screen_has_more_than_its_own_inks(text in hostile(), width in 40..100_usize) {
        let pieces = || vec![plain(&text), ink(Style::Bad, &text), ink(Style::Actor(1), "\u{1b}[35m")];
        let lines = [
            Line::Heading { left: pieces(), right: pieces() },
            Line::Labelled { label: "LABEL", pieces: pieces() },
            Line::Drawn(pieces()),
            Line::Instead(text.clone()),
            Line::Code { label: "CODE", text: text.clone() },
        ];
        for (ascii, plain) in [(false, false), (false, true), (true, false), (true, true)] {
            let plainly = screen(false, ascii, plain).text(&lines, width);
            holds_nothing_dangerous(plainly.as_str(), &['\n']);
            prop_assert!(!ascii || plainly.as_str().is_ascii());
            // With ink it is the same text: no ink in it came from outside.
            let mut inked = screen(true, ascii, plain).text(&lines, width).as_str().to_owned();
            for ink in ["\u{1b}[1m", "\u{1b}[35m", "\u{1b}[1;31m", "\u{1b}[0m"] {
                inked = inked.replace(ink, "");
            }
            prop_assert_eq!(inked, plainly.as_str());
        }
    }
}

#[test]
fn a_word_is_quoted_where_a_shell_would_take_it_apart() {
    for (word, text) in [
        ("--from", "--from"),
        ("", "''"),
        ("a b", "'a b'"),
        ("it's", "'it'\\''s'"),
        ("$x", "'$x'"),
        ("./a=1", "./a=1"),
        ("é", "'é'"),
    ] {
        assert_eq!(shell_word(word), text);
    }
}

#[test]
fn a_path_is_what_a_shell_takes_whatever_it_holds() {
    for (path, text) in [
        ("a/b", "a/b"),
        ("a b", "'a b'"),
        ("-x/y", "./-x/y"),
        ("a\\b\"c", "'a\\b\"c'"),
        ("it's \u{1b}[31m\n", "$'it\\'s \\033[31m\\n'"),
    ] {
        assert_eq!(shell_path(std::path::Path::new(path)), text);
    }
}
