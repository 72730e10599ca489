//! One order as a picture: a lane for each process, a row for each step, in the order in which they were made; and the
//! same as sentences, for whoever does not see the picture.

use crate::constants::{self, Name};
use crate::orders::step::{Answer, Call, Note, Operation, Played, Step};
use crate::output::line::{Line, Style, ink, plain};
use crate::text::{columns, quote};

/// More lanes than these stand in one, with the names before their steps.
const MAX_LANES: usize = 3;
/// The width of a row, and of the numbers at its beginning.
const WIDTH: usize = 80;
const NUMBER: usize = 4;
/// The width of the remarks to the right of the lanes, and of a name where all share one lane.
const REMARKS: usize = 26;
const ROLE: usize = 16;
/// More steps are not drawn.
const MAX_ROWS: usize = 80;
/// How many lines, and how much of each, are drawn of what a step printed.
const MAX_LINES: usize = 3;
const MAX_PRINTED: usize = 36;

/// A row: its number if it is a step, whose, what, and what is worth saying.
pub struct Row {
    pub number: Option<usize>,
    /// The step that it is of, by its place among all.
    pub step: usize,
    pub actor: usize,
    pub what: String,
    pub remarks: Vec<String>,
}

/// The steps that are shown: those before which nothing happens that another process could see are left out.
pub fn rows(played: &Played) -> Vec<Row> {
    let mut rows = Vec::new();
    // A note names a step by its number among those that are shown.
    let mut shown = vec![0; played.steps.len()];
    let mut number = 0;
    for (place, step) in played.steps.iter().enumerate() {
        let plain_end = matches!(step.answer, Answer::Exited(0)) && step.footprint.is_empty();
        let alone = matches!(step.call, Call::Begin | Call::GoOn) && step.footprint.is_empty();
        let quiet = alone || (step.call == Call::End && plain_end);
        if !quiet {
            number += 1;
            shown[place] = number;
            let remarks = remarks(played, step, &shown);
            let (actor, what) = (step.actor, what(step));
            rows.push(Row { number: Some(number), step: place, actor, what, remarks });
        }
        rows.extend(printed(step, place));
    }
    rows
}

/// What a step printed, a row for each line: of many only the last ones, of a long one its end.
fn printed(step: &Step, place: usize) -> Vec<Row> {
    let whole = step.printed.strip_suffix(b"\n").unwrap_or(&step.printed);
    let lines = whole.split(|byte| *byte == b'\n');
    let full: Vec<&[u8]> = lines.clone().filter(|line| !line.is_empty()).collect();
    let shown = if full.is_empty() { vec![whole] } else { full };
    let row = |line: &&[u8]| {
        let text = String::from_utf8_lossy(line);
        let over = text.chars().count().saturating_sub(MAX_PRINTED);
        let end: String = text.chars().skip(over).collect();
        let more = if over > 0 { "..." } else { "" };
        let what = format!("printed {more}{}", quote(end.as_bytes()));
        Row { number: None, step: place, actor: step.actor, what, remarks: Vec::new() }
    };
    let first = if step.printed.is_empty() { shown.len() } else { shown.len().saturating_sub(MAX_LINES) };
    shown[first..].iter().map(row).collect()
}

/// The picture, with the sentences that stand for it.
pub fn picture(played: &Played, words: &str) -> Vec<Line> {
    let rows = rows(played);
    if rows.is_empty() {
        return Vec::new();
    }
    let lanes = played.roles.len();
    let one_lane = lanes > MAX_LANES;
    let width = if one_lane { 0 } else { (WIDTH - NUMBER - REMARKS) / lanes };
    let mut lines = vec![Line::Blank];
    if !one_lane {
        let mut pieces = vec![plain(" ".repeat(NUMBER))];
        for (place, role) in played.roles.iter().enumerate() {
            pieces.push(ink(Style::Actor(place), filled(role, width)));
        }
        lines.push(Line::Drawn(pieces));
    }
    for row in rows.iter().take(MAX_ROWS) {
        let number = row.number.map_or_else(|| " ".repeat(NUMBER), |number| format!("{number:3} "));
        let role = played.roles.get(row.actor).map_or("", String::as_str);
        let mut pieces = vec![plain(number)];
        let lanes_width = if one_lane {
            pieces.push(ink(Style::Actor(row.actor), filled(role, ROLE)));
            pieces.push(plain(filled(&row.what, WIDTH - NUMBER - REMARKS - ROLE)));
            WIDTH - NUMBER - REMARKS
        } else {
            pieces.push(plain(" ".repeat(width * row.actor)));
            pieces.push(plain(filled(&row.what, width * (lanes - row.actor))));
            width * lanes
        };
        let mut remarks = packed(&row.remarks, WIDTH - NUMBER - lanes_width).into_iter();
        pieces.extend(remarks.next().map(plain));
        lines.push(Line::Drawn(pieces));
        for more in remarks {
            lines.push(Line::Drawn(vec![plain(" ".repeat(NUMBER + lanes_width)), plain(more)]));
        }
    }
    if rows.len() > MAX_ROWS {
        lines.push(Line::Drawn(vec![plain(format!("    and {} more steps", rows.len() - MAX_ROWS))]));
    }
    let told: Vec<String> = told(played);
    lines.push(Line::Instead(format!("{words}: {}.", told.join("; "))));
    lines
}

/// A text in a column, with at least one blank behind it.
fn filled(text: &str, width: usize) -> String {
    let gap = width.saturating_sub(columns(text)).max(1);
    format!("{text}{}", " ".repeat(gap))
}

/// Each row as a sentence: `1 server: shmget made 0`.
pub fn told(played: &Played) -> Vec<String> {
    let one = |row: &Row| {
        let role = played.roles.get(row.actor).map_or("", String::as_str);
        let number = row.number.map(|number| format!("{number} ")).unwrap_or_default();
        let remark =
            if row.remarks.is_empty() { String::new() } else { format!(" ({})", row.remarks.join(", ")) };
        format!("{number}{role}: {}{remark}", row.what)
    };
    rows(played).iter().map(one).collect()
}

/// What a step did, in a few words.
fn what(step: &Step) -> String {
    let made = step.notes.contains(&Note::Made);
    let came = |fine: String| match &step.answer {
        Answer::Failed(errno) => constants::errno(*errno),
        _ => fine,
    };
    match &step.call {
        Call::Begin => "begins".into(),
        Call::GoOn if step.footprint.written().next().is_some() => {
            let ids: Vec<String> = step.footprint.written().map(|id| id.to_string()).collect();
            format!("writes  {}", ids.join(", "))
        }
        Call::Wake | Call::GoOn => "goes on".into(),
        Call::Shmget { .. } => {
            let id = returned(step);
            format!("shmget  {}", came(format!("{} {id}", if made { "made" } else { "found" })))
        }
        Call::Shmat { id, .. } => format!("shmat   {}", came(id.to_string())),
        Call::Shmdt { id, .. } => {
            format!("shmdt   {}", came(id.map_or_else(String::new, |id| id.to_string())))
        }
        Call::Shmctl { id, command } => {
            let name = named(constants::COMMANDS, "shmctl", *command);
            format!("{name}  {}", came(destroyed(step).unwrap_or_else(|| id.to_string())))
        }
        Call::Semget { .. } => format!("semget  {}", came(returned(step))),
        Call::Semop { id, operations } => {
            let all: Vec<String> = operations.iter().map(operation).collect();
            format!("semop   {}", came(format!("{id}: {}", all.join(", "))))
        }
        Call::Semctl { id, command, .. } => {
            let name = named(constants::SEM_COMMANDS, "semctl", *command);
            format!("{name}  {}", came(format!("set {id}")))
        }
        Call::Fork => "fork".into(),
        Call::Sleep => "sleep".into(),
        Call::Spin => "computes".into(),
        Call::End => ended(step),
    }
}

/// A command by its name in C, or by its number.
fn named(table: &'static [Name], call: &str, command: i32) -> String {
    let row = constants::numbered(table, command.into());
    row.map_or_else(|| format!("{call} {command}"), |row| row.name.into())
}

fn returned(step: &Step) -> String {
    match step.answer {
        Answer::Returned(value) => value.to_string(),
        _ => String::new(),
    }
}

fn destroyed(step: &Step) -> Option<String> {
    step.notes.iter().find_map(|note| match note {
        Note::Destroyed(id) => Some(format!("destroyed {id}")),
        Note::Marked(id) => Some(format!("marked {id}")),
        _ => None,
    })
}

fn ended(step: &Step) -> String {
    match &step.answer {
        Answer::Exited(status) => format!("exit    {status}"),
        Answer::Died(signal) => {
            let address = step.notes.iter().find_map(|note| match note {
                Note::Signal { address, .. } => *address,
                _ => None,
            });
            let at = address.map(|address| format!(" at {address:#x}")).unwrap_or_default();
            format!("{}{at}", constants::signal(*signal))
        }
        _ => "ends".into(),
    }
}

/// `-1`, `+1`, `0`; with the semaphore's number unless it is the first.
fn operation(one: &Operation) -> String {
    let change = if one.change > 0 { format!("+{}", one.change) } else { one.change.to_string() };
    if one.number == 0 { change } else { format!("{change} of number {}", one.number) }
}

/// What is worth saying beside a step.
fn remarks(played: &Played, step: &Step, shown: &[usize]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for note in &step.notes {
        words.extend(match note {
            Note::Unwritten => Some("nothing was written yet".to_owned()),
            Note::RemovedBy { role, step } => {
                let number = shown.get(*step).copied().unwrap_or_default();
                Some(format!("{role} removed it at {number}"))
            }
            Note::Destroyed(id) if !matches!(step.call, Call::Shmctl { .. }) => {
                Some(format!("segment {id} goes with its last attachment"))
            }
            _ => None,
        });
    }
    let minus_one = matches!(step.call, Call::Shmget { key: -1, .. });
    words.extend(minus_one.then(|| "its key is -1".to_owned()));
    if step.call == Call::Wake {
        let woke = step.after.first().and_then(|after| played.steps.get(*after));
        let role = woke.and_then(|woke| played.roles.get(woke.actor));
        words.extend(role.map(|role| format!("{role} has woken it")));
    }
    // Without the folder, which the reader knows and for which a lane is too narrow.
    words.extend(step.line.as_ref().map(|line| line.rsplit('/').next().unwrap_or_default().to_owned()));
    words
}

/// Remarks in as few rows of this width as they fit in.
fn packed(remarks: &[String], width: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for remark in remarks {
        match rows.last_mut() {
            Some(row) if columns(row) + 2 + columns(remark) <= width => {
                row.push_str(", ");
                row.push_str(remark);
            }
            _ => rows.push(remark.clone()),
        }
    }
    rows
}
