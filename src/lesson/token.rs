//! The words and signs of the notation, each with its place, and what is wrong with a piece of it. It knows the
//! names of [`crate::constants`] and no call.

use std::ops::Range;

use super::call::{Base, Expr, Number};
use crate::constants;

/// What is wrong with a piece of notation, and where: byte offsets into the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    pub at: Range<usize>,
    pub what: String,
    pub help: Option<String>,
}

impl ParseError {
    pub fn new(at: Range<usize>, what: impl Into<String>) -> Self {
        ParseError { at, what: what.into(), help: None }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

pub(super) type Parsed<T> = Result<T, ParseError>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Number(Number),
    Char(u8),
    Text(String),
    Sign(&'static str),
    End,
}

impl Token {
    fn plain(&self) -> String {
        match self {
            Token::Word(word) => format!("`{word}`"),
            Token::Number(number) => format!("`{number}`"),
            Token::Char(_) => "a character".into(),
            Token::Text(_) => "a string".into(),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::End => "the end".into(),
        }
    }
}

/// Reads tokens one by one; shared by calls, expectations and looks.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    token: Token,
    span: Range<usize>,
}

const SIGNS: [&str; 18] =
    ["==", "!=", "<=", ">=", "(", ")", "[", "]", ",", ";", "|", "=", "&", "+", "<", ">", "*", "."];

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Parsed<Self> {
        let mut reader = Reader { text, at: 0, token: Token::End, span: 0..0 };
        reader.advance()?;
        Ok(reader)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn advance(&mut self) -> Parsed<Token> {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t']).len();
        let start = self.at;
        let next = match self.rest().chars().next() {
            None => Token::End,
            Some('"') => {
                let text = String::from_utf8(self.quoted('"')?);
                let wrong = |_| ParseError::new(start..self.at, "these bytes are not text (UTF-8)");
                Token::Text(text.map_err(wrong)?)
            }
            Some('\'') => {
                let inside = self.quoted('\'')?;
                match inside.as_slice() {
                    [byte] => Token::Char(*byte),
                    _ => {
                        return Err(ParseError::new(
                            start..self.at,
                            "a character is one byte between quotes",
                        )
                        .help("text goes between double quotes: \"text\""));
                    }
                }
            }
            Some(c) if c.is_ascii_digit() || (c == '-' && self.digit_follows()) => {
                Token::Number(self.number()?)
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let word: String =
                    self.rest().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                self.at += word.len();
                Token::Word(word)
            }
            Some(c) => match SIGNS.into_iter().find(|sign| self.rest().starts_with(sign)) {
                Some(sign) => {
                    self.at += sign.len();
                    Token::Sign(sign)
                }
                None => {
                    return Err(ParseError::new(
                        start..start + c.len_utf8(),
                        format!("`{}` means nothing here", c.escape_debug()),
                    ));
                }
            },
        };
        self.span = start..self.at;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn digit_follows(&self) -> bool {
        self.rest()[1..].starts_with(|c: char| c.is_ascii_digit())
    }

    fn number(&mut self) -> Parsed<Number> {
        let start = self.at;
        let word: String =
            self.rest().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        self.at += word.len();
        let (negative, digits) = word.strip_prefix('-').map_or((false, &*word), |rest| (true, rest));
        let (base, radix, digits) = if let Some(hex) = digits.strip_prefix("0x") {
            (Base::Hex, 16, hex)
        } else if digits.len() > 1 && digits.starts_with('0') {
            (Base::Octal, 8, &digits[1..])
        } else {
            (Base::Decimal, 10, digits)
        };
        let wrong = |what: &str| {
            ParseError::new(start..start + word.len(), format!("`{word}` {what}"))
                .help("numbers are 1024, 0x400 or, with a leading 0, octal: 0600")
        };
        if !digits.chars().all(|c| c.is_digit(radix))
            || digits.is_empty()
            || (negative && base != Base::Decimal)
        {
            return Err(wrong("is not a number"));
        }
        let value = i64::from_str_radix(digits, radix).map_err(|_| wrong("is too large"))?;
        Ok(Number { value: if negative { -value } else { value }, base })
    }

    /// The bytes between quotes, escapes resolved.
    fn quoted(&mut self, quote: char) -> Parsed<Vec<u8>> {
        let start = self.at;
        let mut bytes = Vec::new();
        let mut chars = self.text[start + 1..].char_indices();
        while let Some((offset, c)) = chars.next() {
            let here = start + 1 + offset;
            match c {
                c if c == quote => {
                    self.at = here + 1;
                    return Ok(bytes);
                }
                '\\' => {
                    let Some((_, escaped)) = chars.next() else { break };
                    match escaped {
                        'n' => bytes.push(b'\n'),
                        't' => bytes.push(b'\t'),
                        'r' => bytes.push(b'\r'),
                        '\\' | '"' | '\'' => bytes.push(escaped as u8),
                        '0'..='7' => {
                            let digits: String =
                                self.text[here + 1..].chars().take_while(|c| c.is_digit(8)).take(3).collect();
                            for _ in 1..digits.len() {
                                chars.next();
                            }
                            let byte = u8::from_str_radix(&digits, 8).map_err(|_| {
                                ParseError::new(
                                    here..here + 1 + digits.len(),
                                    "this is more than a byte holds",
                                )
                            })?;
                            bytes.push(byte);
                        }
                        other => {
                            let end = here + 1 + other.len_utf8();
                            return Err(ParseError::new(here..end, format!("`\\{other}` is not an escape"))
                                .help("known escapes are \\n, \\t, \\r, \\\\, \\\", \\' and octal \\033"));
                        }
                    }
                }
                c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        Err(ParseError::new(start..self.text.len(), format!("the {quote} is never closed")))
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.token, Token::Sign(found) if found == sign)
    }

    pub(super) fn sign(&mut self, sign: &str) -> Parsed<()> {
        if !self.is(sign) {
            return Err(ParseError::new(
                self.here(),
                format!("expected `{sign}`, found {}", self.token.plain()),
            ));
        }
        self.advance().map(|_| ())
    }

    /// The sign here, if it is one of these.
    pub(super) fn one_of(&mut self, signs: &[&'static str]) -> Parsed<Option<&'static str>> {
        let found = signs.iter().copied().find(|sign| self.is(sign));
        if found.is_some() {
            self.advance()?;
        }
        Ok(found)
    }

    /// A word here and its place; `what` says what kind of word was expected.
    pub(super) fn word(&mut self, what: &str) -> Parsed<(String, Range<usize>)> {
        let span = self.here();
        match &self.token {
            Token::Word(word) => {
                let word = word.clone();
                self.advance()?;
                Ok((word, span))
            }
            other => Err(ParseError::new(span, format!("expected {what}, found {}", other.plain()))),
        }
    }

    pub(super) fn word_here(&self) -> Option<&str> {
        if let Token::Word(word) = &self.token { Some(word) } else { None }
    }

    pub(super) fn end(&self) -> Parsed<()> {
        match &self.token {
            Token::End => Ok(()),
            other => Err(ParseError::new(self.here(), format!("expected the end, found {}", other.plain()))),
        }
    }

    pub(super) fn here(&self) -> Range<usize> {
        if self.span.is_empty() { self.span.start..self.span.start + 1 } else { self.span.clone() }
    }

    /// Where what stands before the token here ends: before the blanks between them.
    pub(super) fn before(&self) -> usize {
        self.text[..self.span.start].trim_end().len()
    }

    /// One operand: everything but `|`.
    pub(super) fn operand(&mut self) -> Parsed<Expr> {
        let span = self.here();
        match self.advance()? {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Char(byte) => Ok(Expr::Char(byte)),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Word(word) if word == "NULL" => Ok(Expr::Null),
            Token::Word(word) => self.named(word, span),
            Token::Sign("&") => Ok(Expr::Buffer(self.word("a name")?.0)),
            other => Err(ParseError::new(span, format!("expected a value, found {}", other.plain()))),
        }
    }

    fn named(&mut self, word: String, span: Range<usize>) -> Parsed<Expr> {
        if word.starts_with(|c: char| c.is_ascii_uppercase()) {
            return match constants::constant(&word) {
                Some(row) => Ok(Expr::Constant(row.name)),
                None => Err(unknown(span, "constant", &word, constants::constants())),
            };
        }
        if self.one_of(&["+"])?.is_none() {
            return Ok(Expr::Name(word));
        }
        let span = self.here();
        match self.advance()? {
            Token::Number(number) => Ok(Expr::Plus(word, Box::new(Expr::Number(number)))),
            Token::Word(more) if more.starts_with(|c: char| c.is_ascii_lowercase()) => {
                Ok(Expr::Plus(word, Box::new(Expr::Name(more))))
            }
            other => {
                Err(ParseError::new(span, format!("expected a number or a name, found {}", other.plain())))
            }
        }
    }

    /// An operand, or several joined by `|`.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        let first = self.operand()?;
        let mut parts = vec![first];
        while self.one_of(&["|"])?.is_some() {
            parts.push(self.operand()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Or(parts) })
    }
}

/// "unknown call `shmgte`", with the nearest known one or the whole list.
pub(super) fn unknown<'a>(
    at: Range<usize>,
    kind: &str,
    word: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> ParseError {
    let help = constants::nearest_or_all(word, known, &format!("known {kind}s are"));
    ParseError::new(at, format!("unknown {kind} `{word}`")).help(help)
}

/// The name that a call which can't be read would have bound: using it is not another mistake.
pub(super) fn begun(text: &str) -> Option<String> {
    let (name, rest) = text.split_once('=')?;
    let name = name.trim();
    let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (named && !rest.starts_with('=')).then(|| name.to_owned())
}
