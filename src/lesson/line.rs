//! A line of a proof, `server: id = shmget(key, 1024, 0600) -> EINVAL`, and an option's claim, `ok, nattch == 2`:
//! the notation of lessons in one string each. It parses, with the place of a mistake; it plays nothing.

use super::Action;
use super::expect::{Expect, expect, look};
use super::parse::call;
use super::question::{Claim, Played};
use super::token::ParseError;
use crate::constants;

type Parsed<T> = Result<T, ParseError>;

/// Between a call and what is hoped of it.
const ARROW: &str = " -> ";

/// Reads a line: the listing's line number if there is one, who, the call, and what is hoped of it (`ok`).
pub fn line(text: &str) -> Parsed<Played> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let listed = text[..digits].parse().ok();
    let Some(colon) = text.find(':') else {
        return Err(ParseError::new(0..text.len(), "a line is `who: call`")
            .help("such as \"server: id = shmget(key, 1024, IPC_CREAT | 0600)\""));
    };
    let who = text[digits..colon].trim().to_owned();
    let arrow = unquoted(text, ARROW).last();
    let end = arrow.unwrap_or(text.len());
    let from = colon + 1 + blanks(&text[colon + 1..]);
    if from >= end {
        return Err(ParseError::new(colon..text.len(), "a call is missing after the colon"));
    }
    let call = call(text[from..end].trim_end()).map_err(|wrong| moved(wrong, from))?;
    let (expect, look) = match arrow {
        Some(arrow) => {
            let from = arrow + ARROW.len();
            let hope = claim(&text[from..]).map_err(|wrong| moved(wrong, from))?;
            (hope.outcome.unwrap_or(Expect::Ok), hope.looks)
        }
        None => (Expect::Ok, Vec::new()),
    };
    Ok(Played {
        text: text.into(),
        action: Action { who, call, expect, look, needs: Vec::new(), tries: 1 },
        listed,
        place: 0..0,
    })
}

/// Reads an outcome, facts, or both, with commas between: `EINVAL`, `nattch == 2`, `ok, dest`.
pub fn claim(text: &str) -> Parsed<Claim> {
    let mut claim = Claim { text: text.trim().into(), outcome: None, looks: Vec::new() };
    let mut from = 0;
    for comma in unquoted(text, ",").chain([text.len()]) {
        let start = from + blanks(&text[from..comma]);
        let part = text[start..comma].trim_end();
        from = comma + 1;
        let word = part.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
        // A small word with a comparison can only be meant for a fact.
        let compared = word.starts_with(|c: char| c.is_ascii_lowercase()) && part.contains(['=', '<', '>']);
        if constants::named(constants::FACTS, word).is_some() || compared {
            claim.looks.push(look(part).map_err(|wrong| moved(wrong, start))?);
        } else if claim.outcome.is_none() {
            claim.outcome = Some(expect(part).map_err(|wrong| moved(wrong, start))?);
        } else {
            return Err(ParseError::new(start..start + part.len(), "a call has one outcome")
                .help("after the outcome, facts: \"ok, nattch == 2\""));
        }
    }
    Ok(claim)
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

fn moved(mut wrong: ParseError, by: usize) -> ParseError {
    wrong.at = wrong.at.start + by..wrong.at.end + by;
    wrong
}

/// Where a sign stands outside of quotes.
fn unquoted<'a>(text: &'a str, sign: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut quote = None;
    let mut escaped = false;
    text.char_indices().filter_map(move |(at, c)| {
        let found = quote.is_none() && text[at..].starts_with(sign);
        match quote {
            _ if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if open == c => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
        found.then_some(at)
    })
}
