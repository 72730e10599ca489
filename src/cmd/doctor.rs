//! `lab doctor`: what this machine can do for lab and what not. Each check is tried in a child, and nothing of it stays:
//! doctor changes nothing. Its exit status says whether a lesson can be played.

mod checks;

use serde::Serialize;

use checks::{CHECKS, Machine};

use crate::cli::DoctorArgs;
use crate::error::Error;
use crate::facts::machine::{Finding, State};
use crate::output::doctor::{self, Found, Sum};
use crate::output::screen::json_line;
use crate::sys::signals;

/// A check as JSON: fields are only ever added.
#[derive(Serialize)]
struct Checked<'a> {
    version: u32,
    doctor: &'static str,
    group: &'static str,
    check: &'static str,
    state: &'static str,
    found: &'a str,
    /// What follows for lab.
    follows: Option<&'a str>,
    change: Option<&'a str>,
}

/// The last line.
#[derive(Serialize)]
struct End<'a> {
    version: u32,
    doctor: &'static str,
    ok: usize,
    note: usize,
    no: usize,
    /// Whether a lesson can be played here, and where.
    lesson: bool,
    place: Option<&'a str>,
}

/// Tries everything and shows it.
///
/// # Errors
/// [`Error::Machine`] if no lesson can be played here; whatever ended it early.
pub fn run(args: &DoctorArgs) -> Result<(), Error> {
    signals::take_over(false);
    let screen = args.looks.screen_of_lines();
    let machine = Machine::look();
    let mut sum = Sum::default();
    let mut before = "";
    for check in &CHECKS {
        let finding = (check.look)(&machine);
        // A check that a signal has cut short found nothing out.
        Error::if_signalled(signals::check())?;
        let found = doctor::words(&finding);
        sum.add(check.name, &finding, &found);
        if args.json {
            json_line(&object(check, &finding, &found))?;
            continue;
        }
        if check.group != before {
            screen.show(&doctor::heading(check.group, before.is_empty()))?;
            before = check.group;
        }
        screen.show(&doctor::lines(check.name, finding.state(), &found))?;
    }
    let place = machine.place();
    if args.json {
        let [ok, note, no] = [State::Ok, State::Note, State::No].map(|state| sum.count(state));
        let lesson = sum.stops.is_none();
        let place = lesson.then_some(place);
        json_line(&End { version: 1, doctor: "end", ok, note, no, lesson, place })?;
    } else {
        screen.show(&doctor::end(&sum, place))?;
    }
    sum.stops.map_or(Ok(()), |why| Err(Error::Machine(format!("no lesson can be played here: {why}"))))
}

fn object<'a>(check: &checks::Check, finding: &Finding, found: &'a Found) -> Checked<'a> {
    Checked {
        version: 1,
        doctor: "check",
        group: check.group,
        check: check.name,
        state: doctor::state(finding.state()),
        found: &found.found,
        follows: found.follows.as_deref(),
        change: found.change.as_deref(),
    }
}
