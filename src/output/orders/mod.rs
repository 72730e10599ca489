//! What every order of some programs came to, in words: how many there are, how they end, and for each end that is not
//! the commonest an order that leads to it, as a picture of lanes and as sentences. Pure functions over the report.

mod json;
mod lanes;
mod report;

use super::line::{Line, Piece, Style, counted, ink, labelled, plain, strong};
use super::phrase::in_brackets;
use crate::constants;
use crate::orders::Task;
use crate::orders::report::{Class, Report, Why};
use crate::orders::step::{Cut, Ending, Fate, Finding};
use crate::text::{quote, shortened};

pub use json::json;
pub use lanes::{picture, rows, told};
pub use report::{Told, handed_in};

/// How much is shown of what a program printed, in characters.
const MAX_SHOWN: usize = 300;
/// More processes are counted and not shown.
const MAX_ROLES: usize = 8;
/// More ends are counted and not shown.
const MAX_ENDS: usize = 12;

/// What is said before anything is played.
pub fn opening(words: &str, task: Task) -> Vec<Line> {
    let how = match task {
        Task::Stress { .. } => "The programs run at full speed, all at once, and lab holds none of them.",
        _ => {
            "Sleeps return at once here, because a sleep promises nothing. Between two calls one process runs at a time, so stores are not ordered finer than calls."
        }
    };
    let title = strong("ORDERS", words);
    vec![title, labelled("NOTE", how)]
}

/// The report of every order. `typed`: how `lab orders` was called, for the commands that lead on.
pub fn report(report: &Report, roles: &[String], typed: &str) -> Vec<Line> {
    let mut lines = remarks(report, roles);
    lines.push(Line::Blank);
    lines.push(labelled("RESULT", result(report)));
    lines.extend(bounds(report).map(|text| labelled("NOTE", text)));
    for (place, class) in report.classes.iter().take(MAX_ENDS).enumerate() {
        lines.push(Line::Blank);
        lines.extend(end(report, place, class));
        let odd = class.ending().cut.is_some();
        if place > 0 || odd {
            let words = format!("order {} ends so", class.number);
            lines.extend(lanes::picture(&class.example, &words));
        }
    }
    let more = report.classes.len().saturating_sub(MAX_ENDS);
    if more > 0 {
        lines.push(labelled("NOTE", format!("{} not shown: `--json` has them.", ends_more(more))));
    }
    lines.extend(unkept(report).map(|text| labelled("NOTE", text)));
    if let Some(class) = report.classes.get(1) {
        lines.push(Line::Blank);
        lines.push(labelled("NEXT", format!("lab orders --replay {} {typed}", class.number)));
    }
    lines
}

/// How many orders ended in ways of which nothing is kept.
fn unkept(report: &Report) -> Option<String> {
    let orders = counted(report.unkept, "more order");
    (report.unkept > 0).then(|| format!("{orders} ended in ways that lab did not keep, because there were too many: the programs print something else in each run."))
}

fn ends_more(number: usize) -> String {
    if number == 1 { "One more end is".into() } else { format!("{number} more ends are") }
}

/// One order, shown whole.
pub fn replayed(report: &Report, roles: &[String]) -> Vec<Line> {
    let mut lines = remarks(report, roles);
    let Some((number, played)) = &report.shown else { return lines };
    lines.push(Line::Blank);
    lines.push(labelled("RESULT", format!("Order {number} was played again.")));
    lines.extend(ending(&played.ending));
    lines.extend(findings(&played.findings));
    lines.extend(lanes::picture(played, &format!("order {number}")));
    lines
}

/// How runs at full speed ended.
pub fn stressed(report: &Report, roles: &[String]) -> Vec<Line> {
    let mut lines = remarks(report, roles);
    lines.push(Line::Blank);
    let runs = counted(report.reached.played, "run");
    let ends = report.stressed.len();
    let text = match ends {
        1 => format!(
            "{runs} at full speed ended alike. That proves nothing: `lab orders` without `--stress` plays every order."
        ),
        _ => format!("{runs} at full speed ended in {ends} ways."),
    };
    lines.push(labelled("RESULT", text));
    if report.reached.why == Why::Time {
        lines.push(labelled("NOTE", "The time was up before all of them were made: `--seconds` gives more."));
    }
    for (place, (end, number)) in report.stressed.iter().enumerate() {
        lines.push(Line::Blank);
        lines.push(numbered(place, counted(*number, "run")));
        lines.extend(ending(end));
    }
    lines
}

/// What has to be known about how the programs were run.
fn remarks(report: &Report, roles: &[String]) -> Vec<Line> {
    let mut lines = Vec::new();
    for role in roles.iter().zip(&report.read_input).filter(|(_, read)| **read).map(|(role, _)| role) {
        lines.push(labelled(
            "NOTE",
            format!("{role} read its standard input; `--stdin {role}=FILE` says what it finds there."),
        ));
    }
    if report.partly {
        lines.push(labelled("NOTE", "The programs find copies of the files in this folder. Large files, folders and what is more than 200 files were not copied."));
    }
    lines
}

/// `70 orders: 62 end alike, 8 do not.`
fn result(report: &Report) -> String {
    let Some(all) = report.orders() else {
        let played = counted(report.reached.played, "order");
        let ends = counted(report.classes.len(), "way");
        return format!("There are too many orders to count them: {played} were played and ended in {ends}.");
    };
    let count = counted(all, "order");
    let alike = report.classes.first().and_then(|class| class.orders).unwrap_or_default();
    let verdict = match (all, all - alike) {
        (1, 0) => "there is no other one.".to_owned(),
        (_, 0) => "all of them end alike.".into(),
        (_, 1) => format!("{alike} end alike, 1 does not."),
        (_, other) => format!("{alike} end alike, {other} do not."),
    };
    let played = if report.reached.played == 1 {
        "1 was played".into()
    } else {
        format!("{} were played", report.reached.played)
    };
    let equal = match all - (report.reached.played as u128).min(all) {
        0 => String::new(),
        1 => "; the other one is equal to one of these, because the steps that change places do not matter to each other".into(),
        other => format!("; the other {other} are equal to one of these, because the steps that change places do not matter to each other"),
    };
    format!("{count}: {verdict} {played}{equal}.")
}

/// What was not reached, and why.
fn bounds(report: &Report) -> impl Iterator<Item = String> {
    let open = match report.reached.open {
        1 => "At least one more order was not reached".to_owned(),
        open => format!("At least {open} more orders were not reached"),
    };
    let bound = match report.reached.why {
        Why::Complete | Why::Enough => None,
        Why::Max => Some(format!("{open}: `--max` allows more.")),
        Why::Time => Some(format!("{open}: `--seconds` gives more time.")),
        Why::Interrupted(_) => Some(format!("{open}: lab was interrupted.")),
        Why::Lost => Some("lab's process that plays the orders has gone, killed by the programs or with them, so the rest was not reached.".into()),
    };
    let diverged = (report.reached.diverged > 0).then(|| {
        let times = if report.reached.diverged == 1 { "Once".into() } else { format!("{} times", report.reached.diverged) };
        format!("{times} the programs made other calls although the order was the same: what they do depends on something else too, such as the time or a random number.")
    });
    bound.into_iter().chain(diverged)
}

fn numbered(place: usize, words: String) -> Line {
    Line::Labelled {
        label: "END",
        pieces: vec![ink(Style::Strong, format!("{}", place + 1)), plain(format!("  {words}"))],
    }
}

fn end(report: &Report, place: usize, class: &Class) -> Vec<Line> {
    let words = match (class.orders, report.orders()) {
        (Some(1), Some(1)) => "the only order".into(),
        (Some(orders), Some(all)) if orders == all => format!("all {all} orders"),
        (Some(orders), Some(all)) => format!("{orders} of {all} orders"),
        _ => format!("{} played", counted(class.played, "order")),
    };
    let mut lines = vec![numbered(place, words)];
    lines.extend(ending(class.ending()));
    lines.extend(findings(&class.example.findings));
    lines
}

/// What the order that is shown has of findings: their names, as `lab trace` and `lab help findings` have them, and lines.
fn findings(all: &[Finding]) -> Option<Line> {
    let one = |finding: &Finding| {
        // The folder is the reader's own.
        let line = finding.line.as_ref().map(|line| line.rsplit('/').next().unwrap_or_default());
        format!("{}{}", finding.name, in_brackets(line.or(finding.role.as_deref()).as_ref()))
    };
    let names: Vec<String> = all.iter().map(one).collect();
    (!names.is_empty()).then(|| labelled("FINDINGS", names.join(", ")))
}

/// How an order ended: each process, and what is left.
fn ending(ending: &Ending) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(cut) = ending.cut {
        lines.push(labelled("STOPPED", why_cut(cut)));
    }
    for (place, (role, printed, fate)) in ending.roles.iter().enumerate().take(MAX_ROLES) {
        let mut pieces: Vec<Piece> = vec![ink(Style::Actor(place), role.clone()), plain(" ")];
        if !printed.is_empty() {
            pieces.push(plain(format!("printed {} and ", shortened(&quote(printed), MAX_SHOWN))));
        }
        pieces.push(plain(fate_text(fate)));
        lines.push(Line::Labelled { label: "", pieces });
    }
    let more = ending.roles.len().saturating_sub(MAX_ROLES);
    lines.extend((more > 0).then(|| labelled("", format!("and {more} more processes"))));
    lines.extend(left(ending).map(|text| labelled("LEFT", text)));
    lines
}

/// What is left in the kernel's tables.
fn left(ending: &Ending) -> Option<String> {
    let segments = (ending.segments > 0).then(|| counted(ending.segments, "segment"));
    let sets = (ending.semaphores > 0).then(|| counted(ending.semaphores, "set") + " of semaphores");
    let all: Vec<String> = segments.into_iter().chain(sets).collect();
    (!all.is_empty()).then(|| all.join(" and "))
}

/// How a process ended, as the end of a sentence about it.
pub fn fate_text(fate: &Fate) -> String {
    match fate {
        Fate::Exited(status) => format!("exited with {status}"),
        Fate::Died(signal) => format!("was killed by {}", constants::signal(*signal)),
        Fate::Waits { call } => format!("waits in {} for ever", waiting_call(*call)),
        Fate::WaitsForSemaphore { id, number, value, change } => match change {
            0 => format!("waits until semaphore {number} of set {id}, which is {value}, is 0"),
            change => format!(
                "waits to take {} from semaphore {number} of set {id}, which is {value}",
                change.unsigned_abs()
            ),
        },
        Fate::Looks => "looks or computes again and again, and no process changes what it looks at".into(),
        Fate::Stopped => "has stopped itself, and no process continues it".into(),
        Fate::Cut => "was ended by lab".into(),
    }
}

fn waiting_call(call: u64) -> String {
    let name = constants::system_call(call);
    match name.as_str() {
        "wait4" => "wait()".into(),
        _ => format!("{name}()"),
    }
}

fn why_cut(cut: Cut) -> String {
    match cut {
        Cut::Deadlock => "No process can go on.",
        Cut::Processes => "The programs made more than 64 processes in one order, and lab ended them.",
        Cut::Steps => "The programs made more than 1000 steps in one order, and lab ended them.",
        Cut::Output => "A program printed more than 64 KiB in one order, and lab ended it.",
        Cut::Time => "One order took longer than 20 seconds, and lab ended it.",
    }
    .into()
}
