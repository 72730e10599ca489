//! The picture in words: a sentence for each segment, and one for the processes that have none attached. It says
//! every fact of the view, since it stands for the drawing in plain mode, for screen readers and on small screens.

use super::view::{Bytes, Process, Shown, Text, View, key, named};
use crate::output::phrase::listed;

pub(super) fn sentence(view: &View<'_>) -> String {
    let mut sentences: Vec<String> =
        view.segments.iter().map(|segment| about(segment, &view.processes)).collect();
    sentences.extend(view.strays.iter().map(|mapping| {
        format!(
            "Segment {} is none of this lesson's; {} has it at {:#x} ({}).",
            mapping.shmid,
            named(&mapping.role, mapping.pid),
            mapping.start,
            mapping.permissions
        )
    }));
    sentences.extend(the_others(&view.processes));
    sentences.join(" ")
}

/// A segment, whoever has it attached, and whoever has it attached no longer.
fn about(segment: &Shown<'_>, processes: &[Process<'_>]) -> String {
    let mut clauses = vec![head(segment)];
    for process in processes {
        let own = process.attached.iter().filter(|held| held.mapping.shmid == segment.shmid);
        let places: Vec<String> = own
            .map(|held| {
                let new = if held.new { ", new" } else { "" };
                format!("at {:#x} ({}{new})", held.mapping.start, held.mapping.permissions)
            })
            .collect();
        if !places.is_empty() {
            clauses.push(format!("{} has it {}", process.name(), places.join(" and ")));
        }
    }
    if clauses.len() == 1 && segment.row.is_some_and(|row| row.nattch > 0) {
        clauses.push("no process of this lesson has it".into());
    }
    for process in processes {
        let gone = process.gone.iter().filter(|mapping| mapping.shmid == segment.shmid);
        clauses.extend(
            gone.map(|mapping| format!("{} no longer has it at {:#x}", process.name(), mapping.start)),
        );
    }
    clauses.join("; ") + "."
}

fn head(segment: &Shown<'_>) -> String {
    let Some(row) = segment.row else { return format!("This step removed segment {}", segment.shmid) };
    let mut facts = Vec::new();
    facts.extend(segment.new.then(|| "new".to_owned()));
    facts.push(key(row));
    let marked = segment.marked();
    facts.extend(marked.map(|now| format!("{}marked for removal", if now { "now " } else { "" })));
    facts.push(format!("{} bytes", row.size));
    facts.push(format!("nattch {}", row.nattch));
    facts.extend(segment.nattch_before().map(|was| format!("{was} before")));
    format!("Segment {} ({}) {}", row.shmid, facts.join(", "), content(&segment.bytes))
}

fn content(bytes: &Bytes) -> String {
    let begins = |text: &Text| match text {
        Text::Zeros => "zeros".to_owned(),
        Text::Quoted(text) => text.clone(),
    };
    match bytes {
        Bytes::Read(text, false) => format!("begins with {}", begins(text)),
        Bytes::Read(text, true) => format!("now begins with {}", begins(text)),
        Bytes::Was(text) => format!("began with {} when last read", begins(text)),
        Bytes::NotYet => "is not in memory yet".into(),
        Bytes::NotNow => "is not in memory now".into(),
        Bytes::Partly(rss) => format!("has {rss} bytes in memory"),
        Bytes::NotRead => "was not read in this step".into(),
    }
}

/// The processes of which something is to be said besides their attachments.
fn the_others(processes: &[Process<'_>]) -> Option<String> {
    let mut groups: Vec<(Vec<String>, [&str; 2])> = Vec::new();
    for process in processes {
        let new = process.new.then_some(["is new", "are new"]);
        let states = new.into_iter().chain(process.state().map(|state| state.words));
        for words in states {
            match groups.iter_mut().find(|(_, known)| *known == words) {
                Some((names, _)) => names.push(process.name()),
                None => groups.push((vec![process.name()], words)),
            }
        }
    }
    let clause = |(names, [one, many]): &(Vec<String>, [&str; 2])| {
        format!("{} {}", listed(names, "and"), if names.len() == 1 { one } else { many })
    };
    let clauses: Vec<String> = groups.iter().map(clause).collect();
    (!clauses.is_empty()).then(|| format!("Of the processes, {}.", clauses.join("; ")))
}
