//! Text for a person or a tool, made safe in one place. Whatever comes from outside (a program's name, a line of
//! its source, a file's name, a word of the command line) may hold characters that steer a terminal, turn the
//! direction of a line around, or can't be seen; here they become escapes, and the streams take nothing but
//! [`Safe`]. It refuses nothing, makes no call, and knows nothing of what the text says.

use std::borrow::Cow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::Serialize;
use textwrap::core::display_width;

/// First and last code point of what is never shown as it is, in order. The rule, in Unicode 16.0's terms: general
/// categories Cc (controls), Cf (format), Zl and Zp (separators of lines and paragraphs) and Co (private use: what
/// it looks like is not Unicode's to say), and what is Default_Ignorable_Code_Point (not seen, or not yet), but for
/// the variation selectors 1 to 16, which belong to the sign before them. The noncharacters at the end of each
/// plane are in [`printable`]. Cf has the controls of CVE-2021-42574 ("Trojan Source"): U+202A-202E, 2066-2069.
///
/// Sources: UnicodeData.txt and DerivedCoreProperties.txt. What is not assigned yet is shown: terminals draw a box.
const SPELLED: &[(u32, u32)] = &[
    (0x0000, 0x001f),    // Cc: C0
    (0x007f, 0x009f),    // Cc: DEL, C1
    (0x00ad, 0x00ad),    // Cf: soft hyphen
    (0x034f, 0x034f),    // ignorable: combining grapheme joiner
    (0x0600, 0x0605),    // Cf: Arabic number signs
    (0x061c, 0x061c),    // Cf: Arabic letter mark
    (0x06dd, 0x06dd),    // Cf: Arabic end of ayah
    (0x070f, 0x070f),    // Cf: Syriac abbreviation mark
    (0x0890, 0x0891),    // Cf: Arabic pound and piastre marks
    (0x08e2, 0x08e2),    // Cf: Arabic disputed end of ayah
    (0x115f, 0x1160),    // ignorable: Hangul fillers
    (0x17b4, 0x17b5),    // ignorable: Khmer inherent vowels
    (0x180b, 0x180f),    // Cf, ignorable: Mongolian selectors and vowel separator
    (0x200b, 0x200f),    // Cf: zero width, U+200E and 200F: marks of direction
    (0x2028, 0x2029),    // Zl, Zp
    (0x202a, 0x202e),    // Cf: embeddings and overrides of direction
    (0x2060, 0x206f),    // Cf: word joiner, invisible operators, U+2066-2069: isolates; U+2065: ignorable
    (0x3164, 0x3164),    // ignorable: Hangul filler
    (0xe000, 0xf8ff),    // Co
    (0xfdd0, 0xfdef),    // noncharacters
    (0xfeff, 0xfeff),    // Cf: byte order mark
    (0xffa0, 0xffa0),    // ignorable: halfwidth Hangul filler
    (0xfff0, 0xfffb),    // ignorable, Cf: interlinear annotations
    (0x110bd, 0x110bd),  // Cf: Kaithi number sign
    (0x110cd, 0x110cd),  // Cf: Kaithi number sign above
    (0x13430, 0x1343f),  // Cf: Egyptian hieroglyph joiners
    (0x1bca0, 0x1bca3),  // Cf: shorthand format
    (0x1d173, 0x1d17a),  // Cf: musical beams and slurs
    (0xe0000, 0xe0fff),  // Cf, ignorable: tags, variation selectors 17 to 256
    (0xf0000, 0x10ffff), // Co: planes 15 and 16
];

/// What the screen's inks begin with, and what ends each: the only escape sequences that lab writes.
const INKS: [&str; 8] = [
    "\u{1b}[0m",
    "\u{1b}[1m",
    "\u{1b}[1;31m",
    "\u{1b}[32m",
    "\u{1b}[33m",
    "\u{1b}[34m",
    "\u{1b}[35m",
    "\u{1b}[36m",
];

/// Text that may go to a person or a tool. Only this file can make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Safe(String);

impl Safe {
    /// One line: an end of line in it came from outside, and is spelled.
    pub fn line(text: &str) -> Safe {
        Safe(line(text).into_owned())
    }

    /// Lines of lab's own: their ends stay. What is not lab's own in them went through [`line()`] before.
    pub fn lines(text: &str) -> Safe {
        Safe(spelled(text, |rest| usize::from(rest.starts_with('\n'))).into_owned())
    }

    /// The same with the screen's inks; what is not lab's own in it can't hold one after [`line()`].
    pub fn inked(text: &str) -> Safe {
        let ink = |rest: &str| INKS.iter().find(|ink| rest.starts_with(**ink)).map_or(0, |ink| ink.len());
        let own = |rest: &str| if rest.starts_with('\n') { 1 } else { ink(rest) };
        Safe(spelled(text, own).into_owned())
    }

    /// Words of the program itself, as they are.
    pub fn own(text: &'static str) -> Safe {
        Safe(text.into())
    }

    /// JSON in one line, and its end. What [`line()`] would spell is a JSON escape, which a reader turns back.
    pub fn json(value: &impl Serialize) -> serde_json::Result<Safe> {
        serde_json::to_string(value).map(in_json)
    }

    /// JSON over several lines, and its end.
    pub fn json_over_lines(value: &impl Serialize) -> serde_json::Result<Safe> {
        serde_json::to_string_pretty(value).map(in_json)
    }

    /// The same text and an end of line.
    #[must_use]
    pub fn ended(mut self) -> Safe {
        self.0.push('\n');
        self
    }

    /// The same text behind words of the program itself.
    #[must_use]
    pub fn after(self, own: &'static str) -> Safe {
        Safe(own.to_owned() + &self.0)
    }

    /// The same text for a terminal that knows ASCII only.
    #[must_use]
    pub fn in_ascii(self) -> Safe {
        if self.0.is_ascii() { self } else { Safe(self.0.chars().fold(String::new(), ascii)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Replaces `{name}` by what stands for it.
pub fn filled_with(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match value(name) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&format!("{{{name}}}")),
        }
        rest = tail;
    }
    out + rest
}

/// Whether a character may reach a terminal as it is: the rule is at the top of this file.
pub fn printable(c: char) -> bool {
    let point = u32::from(c);
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    let before = SPELLED.partition_point(|(first, _)| *first <= point);
    let spelled = before.checked_sub(1).is_some_and(|at| point <= SPELLED[at].1);
    !spelled && point & 0xfffe != 0xfffe
}

/// Text in one line, with everything that is not printable spelled as in C: `\n`, `\t`, `\r`, and otherwise its
/// bytes in octal, `\033`. Done twice, it is the same as done once.
pub fn line(text: &str) -> Cow<'_, str> {
    spelled(text, |_| 0)
}

/// The same of bytes that may not be UTF-8: those are in octal too.
pub fn line_of(bytes: &[u8]) -> String {
    escape(bytes, None)
}

/// A line of source: a tab is a blank.
pub fn source(text: &str) -> String {
    line(&text.replace('\t', " ")).into_owned()
}

/// Bytes as a C string literal, quotes included.
pub fn quote(bytes: &[u8]) -> String {
    format!("\"{}\"", escape(bytes, Some('"')))
}

/// A path as a person reads it: a C string literal without its quotes.
pub fn path_text(path: &Path) -> String {
    escape(path.as_os_str().as_bytes(), Some('"'))
}

/// Bytes as they stand inside C quotes of this kind, where the quote and a backslash are spelled as well. Octal
/// escapes, unlike `\x`, end by themselves.
pub fn escape(bytes: &[u8], quote: Option<char>) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if printable(c) && quote.is_some_and(|quote| c == quote || c == '\\') {
                out.push('\\');
                out.push(c);
            } else {
                spell(&mut out, c);
            }
        }
        chunk.invalid().iter().for_each(|byte| octal(&mut out, *byte));
    }
    out
}

/// A word as a shell takes it: in quotes unless each of its characters means itself.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+=:,./@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.into(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// A path as a shell takes it, even if it begins like an option or holds what a terminal must not get.
pub fn shell_path(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    let here = if bytes.starts_with(b"-") { "./" } else { "" };
    match path.to_str() {
        Some(text) if text == escape(bytes, None) => shell_word(&format!("{here}{text}")),
        _ => format!("$'{here}{}'", escape(bytes, Some('\''))),
    }
}

/// At most this many characters of a text, and a sign that there is more.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// How many columns of a terminal a text takes.
pub fn columns(text: &str) -> usize {
    display_width(text)
}

/// Whether a text is as [`line()`] would have it.
pub fn is_safe(text: &str) -> bool {
    is_plain(text) || text.chars().all(printable)
}

/// Whether a text is printable ASCII, as nearly all is: asked of pieces that a processor looks at as a whole.
fn is_plain(text: &str) -> bool {
    let plain = |piece: &[u8]| piece.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    text.as_bytes().chunks(32).all(plain)
}

/// Text with everything spelled that is not printable; `own`: how many bytes at the beginning of the rest are lab's
/// own and stay. Nearly all of it is printable ASCII, and goes over in one piece.
fn spelled(text: &str, own: impl Fn(&str) -> usize) -> Cow<'_, str> {
    if is_safe(text) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest.bytes().take_while(|byte| matches!(byte, b' '..=b'~')).count();
        let (start, more) = rest.split_at(plain);
        out.push_str(start);
        let Some(c) = more.chars().next() else { break };
        let taken = own(more);
        if taken > 0 {
            out.push_str(&more[..taken]);
            rest = &more[taken..];
        } else {
            spell(&mut out, c);
            rest = &more[c.len_utf8()..];
        }
    }
    out.into()
}

/// A character, or its escape.
fn spell(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        c if printable(c) => out.push(c),
        c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| octal(out, byte)),
    }
}

fn octal(out: &mut String, byte: u8) {
    let digit = |shift: u8| char::from(b'0' + (byte >> shift & 7));
    out.extend(['\\', digit(6), digit(3), digit(0)]);
}

/// A character's sign in ASCII, or its bytes in octal.
fn ascii(mut out: String, c: char) -> String {
    match c {
        '·' | '─' => out.push('-'),
        '│' | '├' | '┤' => out.push('|'),
        '┌' | '┐' | '└' | '┘' => out.push('+'),
        '▶' => out.push('>'),
        '◀' => out.push('<'),
        '→' => out.push_str("->"),
        '…' => out.push_str("..."),
        c if c.is_ascii() => out.push(c),
        c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| octal(&mut out, byte)),
    }
    out
}

/// Outside of its strings JSON is ASCII, and inside no line ends: what is left to spell is in a string.
fn in_json(text: String) -> Safe {
    if is_plain(&text) {
        return Safe(text).ended();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || printable(c) {
            out.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    Safe(out).ended()
}
