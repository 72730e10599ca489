//! A picture read back into facts, by a reader that knows how it is drawn and worded and not what it was made of. What
//! it can't read is a fault.

use std::collections::{BTreeMap, BTreeSet};

use crate::text::columns;

/// What a picture says: one line a fact, and how it describes each segment's bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    all: BTreeSet<String>,
    bytes: BTreeMap<i32, String>,
}

impl Facts {
    #[track_caller]
    pub fn add(&mut self, fact: String) {
        assert!(self.all.insert(fact.clone()), "said twice: {fact}");
    }

    #[track_caller]
    pub fn bytes(&mut self, shmid: i32, told: String) {
        assert_eq!(self.bytes.insert(shmid, told), None, "told twice");
    }

    pub fn segments(&self) -> usize {
        let names = self.all.iter().filter(|fact| fact.starts_with("segment "));
        names.filter_map(|fact| fact.split(':').next()).collect::<BTreeSet<_>>().len()
    }

    /// The facts of processes that the other says nothing of.
    pub fn without_those_of(&self, other: &Facts) -> Vec<String> {
        let name = |fact: &str| fact.split(':').next().unwrap_or_default().to_owned();
        let said: BTreeSet<String> = other.all.iter().map(|fact| name(fact)).collect();
        self.all.iter().filter(|fact| !said.contains(&name(fact))).cloned().collect()
    }

    pub fn less(&self, left_out: &[String]) -> Facts {
        let all = self.all.iter().filter(|fact| !left_out.contains(fact)).cloned().collect();
        Facts { all, bytes: self.bytes.clone() }
    }

    /// The same, where the beginning of a text is all that there was room for.
    pub fn seen_in(mut self, whole: &Facts) -> Facts {
        for (shmid, told) in &mut self.bytes {
            if let (Some(begin), Some(all)) = (told.strip_suffix('…'), whole.bytes.get(shmid))
                && all.starts_with(begin)
            {
                told.clone_from(all);
            }
        }
        self
    }
}

/// The columns from one to another, of a row in which no wide character lies across an edge.
fn part(row: &str, from: usize, to: usize) -> String {
    let mut at = 0;
    let mut out = String::new();
    for c in row.chars() {
        if (from..to).contains(&at) {
            out.push(c);
        }
        at += columns(c.encode_utf8(&mut [0; 4]));
    }
    out
}

/// A box in the row of the upper edges.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: usize,
    to: usize,
}

pub(super) fn of_drawing(rows: &[String]) -> Facts {
    let mut facts = Facts::default();
    let edges: Vec<char> = rows[1].chars().collect();
    let corners =
        |corner: char| edges.iter().enumerate().filter(move |(_, c)| **c == corner).map(|(at, _)| at);
    let spans: Vec<Span> =
        corners('┌').zip(corners('┐')).map(|(from, to)| Span { from, to: to + 1 }).collect();
    let middle = spans.iter().position(|span| edges[span.from + 1] == ' ').expect("the segments");
    let bottom = rows.iter().position(|row| part(row, spans[middle].from, spans[middle].to).starts_with('└'));
    let bottom = bottom.expect("the lower edge");
    let titles: Vec<usize> = (1..bottom)
        .filter(|at| "┌├".contains(part(&rows[*at], spans[middle].from, spans[middle].from + 1).as_str()))
        .collect();
    let ids = read_segments(&rows[..bottom], spans[middle], &titles, &mut facts);
    let names: Vec<&str> =
        rows[0].trim().split("  ").filter(|name| !name.is_empty()).map(str::trim).collect();
    assert_eq!(names.len(), spans.len() - 1, "a name for each box");
    for (span, name) in spans.iter().filter(|span| span.from != spans[middle].from).zip(names) {
        let name = read_name(name, &mut facts);
        let mut cells = Vec::new();
        for (at, row) in rows.iter().enumerate().take(bottom).skip(2) {
            let segment =
                titles.iter().rposition(|title| *title <= at).map(|place| ids[place]).expect("a segment");
            let text = part(row, span.from + 1, span.to - 1).trim().to_owned();
            let (gap, open, close) = match span.from < spans[middle].from {
                true => (part(row, span.to, spans[middle].from), '│', '├'),
                false => (part(row, spans[middle].to, span.from), '┤', '│'),
            };
            let new = match gap.trim() {
                "────▶" | "◀────" => Some(false),
                "─new▶" | "◀new─" => Some(true),
                other => {
                    assert_eq!(other, "", "no arrow");
                    None
                }
            };
            let ends = (part(row, span.from, span.from + 1), part(row, span.to - 1, span.to));
            let joined = if span.from < spans[middle].from { &ends.1 } else { &ends.0 };
            assert_eq!(joined.contains(if open == '│' { close } else { open }), new.is_some(), "{row}");
            cells.push((segment, text, new));
        }
        read_side(name, &cells, &mut facts);
    }
    read_below(&rows[bottom + 1..], &mut facts);
    facts
}

fn read_segments(rows: &[String], span: Span, titles: &[usize], facts: &mut Facts) -> Vec<i32> {
    let mut ids = Vec::new();
    for (place, title) in titles.iter().enumerate() {
        let text = part(&rows[*title], span.from + 1, span.to - 1);
        let text = text.trim().trim_end_matches('─').trim().trim_start_matches("segment ").replace(',', "");
        let (id, rest) = text.split_once(' ').unwrap_or((&text, ""));
        let id: i32 = id.parse().expect("an identifier");
        ids.push(id);
        let (rest, new) = rest.strip_suffix("new").map_or((rest, false), |rest| (rest.trim(), true));
        let (key, marked) = match rest.strip_suffix(" marked") {
            None => (rest, None),
            Some(rest) => {
                rest.strip_suffix(" now").map_or((rest, Some("marked")), |key| (key, Some("now marked")))
            }
        };
        let end = titles.get(place + 1).copied().unwrap_or(rows.len());
        let mut body: Vec<String> = (title + 1..end)
            .map(|at| part(&rows[at], span.from + 1, span.to - 1).trim().to_owned())
            .filter(|text| !text.is_empty())
            .collect();
        if body == ["removed"] {
            assert_eq!(rest, "");
            facts.add(format!("segment {id}: removed"));
            continue;
        }
        facts.bytes(id, shortly(&body.pop().expect("the bytes")));
        let said = [Some(key), marked, new.then_some("new")];
        said.into_iter().flatten().for_each(|fact| facts.add(format!("segment {id}: {fact}")));
        for fact in body.join(", ").split(", ") {
            match fact.strip_prefix("nattch ").and_then(|both| both.split_once('→')) {
                Some((was, is)) => {
                    facts.add(format!("segment {id}: nattch was {was}"));
                    facts.add(format!("segment {id}: nattch {is}"));
                }
                None => facts.add(format!("segment {id}: {fact}")),
            }
        }
    }
    ids
}

fn shortly(told: &str) -> String {
    told.replace("zeros at the start", "zeros").replace("bytes not read", "not read")
}

/// A name without what is said behind it.
fn read_name<'a>(name: &'a str, facts: &mut Facts) -> &'a str {
    let Some(old) = name.strip_suffix(", new") else { return name };
    facts.add(format!("{old}: new"));
    old
}

fn state(text: &str) -> String {
    match text.strip_prefix("now ") {
        Some(state) => format!("{} now", state.trim_start_matches("a ")),
        None => text.into(),
    }
}

fn read_side(name: &str, cells: &[(i32, String, Option<bool>)], facts: &mut Facts) {
    let mut cells = cells.iter().filter(|(_, text, _)| !text.is_empty());
    while let Some((segment, text, new)) = cells.next() {
        if !text.starts_with("0x") {
            assert_eq!(*new, None);
            facts.add(format!("{name}: {}", state(text)));
            continue;
        }
        let (address, word) = match text.split_once(' ') {
            Some((address, word)) => (address, word),
            None => {
                let (of, word, below) = cells.next().expect("a word about the address");
                assert_eq!((of, below), (segment, &None));
                (text.as_str(), word.as_str())
            }
        };
        facts.add(match (word, new) {
            ("gone", None) => format!("{name}: {address} gone from {segment}"),
            (permissions, Some(true)) => format!("{name}: {address} {permissions} on {segment} new"),
            (permissions, Some(false)) => format!("{name}: {address} {permissions} on {segment}"),
            (word, None) => panic!("{word} without a line"),
        });
    }
}

fn read_below(rows: &[String], facts: &mut Facts) {
    let mut name = String::new();
    for row in rows {
        let mut said: Vec<&str> = row.split("   ").collect();
        let first = said.remove(0).trim();
        if !first.is_empty() {
            name = read_name(first, facts).to_owned();
        }
        for fact in said {
            facts.add(match (fact.split_once(" ────▶ "), fact.split_once(" ─new▶ ")) {
                (Some((from, to)), None) => format!("{name}: {from} on {to}"),
                (None, Some((from, to))) => format!("{name}: {from} on {to} new"),
                _ => format!("{name}: {}", state(fact)),
            });
        }
    }
}

/// Parts a text outside of its quotes.
fn parts(text: &str, between: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let (mut quoted, mut rest) = (false, text);
    while let Some(c) = rest.chars().next() {
        let escaped = if quoted && c == '\\' { rest.chars().nth(1).map_or(0, char::len_utf8) } else { 0 };
        quoted ^= c == '"';
        let parted = !quoted && rest.starts_with(between);
        let (taken, after) = rest.split_at(if parted { between.len() } else { c.len_utf8() + escaped });
        match parted {
            true => found.push(String::new()),
            false => found.last_mut().expect("a part").push_str(taken),
        }
        rest = after;
    }
    found
}

pub(super) fn of_sentence(text: &str) -> Facts {
    let mut facts = Facts::default();
    let text = text.strip_suffix('.').expect("a sentence ends");
    for sentence in parts(text, ". ") {
        if let Some(others) = sentence.strip_prefix("Of the processes, ") {
            parts(others, "; ").iter().for_each(|clause| read_state(clause, &mut facts));
            continue;
        }
        let mut clauses = parts(&sentence, "; ").into_iter();
        let id = read_head(&clauses.next().expect("a head"), &mut facts);
        clauses.for_each(|clause| read_clause(id, &clause, &mut facts));
    }
    facts
}

fn read_head(head: &str, facts: &mut Facts) -> i32 {
    if let Some(id) = head.strip_prefix("This step removed segment ") {
        facts.add(format!("segment {id}: removed"));
        return id.parse().expect("an identifier");
    }
    let (id, rest) = head.strip_prefix("Segment ").and_then(|rest| rest.split_once(" (")).expect("a segment");
    let (said, bytes) = rest.split_once(") ").expect("the bytes");
    for fact in said.split(", ") {
        let fact = match fact.strip_suffix(" before") {
            Some(was) => format!("nattch was {was}"),
            None => fact.replace(" for removal", ""),
        };
        facts.add(format!("segment {id}: {fact}"));
    }
    let told = match bytes {
        "is not in memory yet" | "is not in memory now" => bytes.trim_start_matches("is ").to_owned(),
        "was not read in this step" => "not read".into(),
        _ => match (bytes.strip_prefix("has "), bytes.strip_prefix("began with ")) {
            (Some(part), _) => part.into(),
            (_, Some(was)) => format!("was {}", was.strip_suffix(" when last read").expect("when")),
            _ => bytes.replacen("begins with ", "", 1),
        },
    };
    let id = id.parse().expect("an identifier");
    facts.bytes(id, told);
    id
}

fn read_clause(id: i32, clause: &str, facts: &mut Facts) {
    if clause == "no process of this lesson has it" {
        assert!(!facts.all.contains(&format!("segment {id}: nattch 0")));
        return;
    }
    if let Some((name, address)) = clause.split_once(" no longer has it at ") {
        return facts.add(format!("{name}: {address} gone from {id}"));
    }
    let (name, places) = clause.split_once(" has it at ").expect("an attachment");
    for place in places.split(" and at ") {
        let (address, rest) = place.split_once(" (").expect("permissions");
        let rest = rest.strip_suffix(')').expect("permissions end");
        let (permissions, new) = rest.strip_suffix(", new").map_or((rest, ""), |rest| (rest, " new"));
        facts.add(format!("{name}: {address} {permissions} on {id}{new}"));
    }
}

fn read_state(clause: &str, facts: &mut Facts) {
    const STATES: [(&str, &str); 12] = [
        (" is new", "new"),
        (" are new", "new"),
        (" has no segment attached", "not attached"),
        (" have no segment attached", "not attached"),
        (" has ended", "ended"),
        (" have ended", "ended"),
        (" ended in this step", "ended now"),
        (" is a zombie", "zombie"),
        (" are zombies", "zombie"),
        (" a zombie in this step", "zombie now"),
        (" zombies in this step", "zombie now"),
        (" reaped in this step", "reaped now"),
    ];
    let found = STATES.iter().find_map(|(end, state)| Some((clause.strip_suffix(end)?, *state)));
    let (names, state) = found.unwrap_or_else(|| panic!("no state: {clause}"));
    let names = [" became", " was", " were"].iter().fold(names, |names, verb| names.trim_end_matches(verb));
    for name in names.replace(" and ", ", ").split(", ") {
        facts.add(format!("{name}: {state}"));
    }
}
