//! A report as one document of JSON: what was run, and in `events` the events of `--json`, in their order. The format is
//! versioned; fields are only ever added within a version.

use serde::Serialize;

use super::Report;
use super::about::{Ending, program};
use crate::output::screen::JSON_VERSION;
use crate::sys::machine::Machine;
use crate::text::Safe;

/// All but the events.
#[derive(Serialize)]
struct Head<'a> {
    report: &'a str,
    version: u32,
    program: String,
    command: &'a str,
    date: String,
    machine: &'a Machine,
    ended: Ending,
    end: &'a str,
}

pub(super) fn document(report: &Report) -> String {
    let about = &report.about;
    let head = Safe::json_over_lines(&Head {
        report: &report.title,
        version: JSON_VERSION,
        program: program(),
        command: &about.command,
        date: about.timestamp(),
        machine: &about.machine,
        ended: about.ending,
        end: &about.ended,
    });
    // Nothing in these types can fail to become JSON.
    let head = head.unwrap_or_else(|_| Safe::own("{\n}\n"));
    let head = head.as_str().trim_end().trim_end_matches('}').trim_end();
    let events: Vec<_> =
        report.events.iter().map(|event| format!("    {}", event.as_str().trim_end())).collect();
    format!("{head},\n  \"events\": [\n{}\n  ]\n}}\n", events.join(",\n"))
}
