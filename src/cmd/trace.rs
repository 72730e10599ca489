//! `lab trace`: finds the program, follows it, reports what it does, and ends as it ended.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use super::library;
use crate::cli::TraceArgs;
use crate::constants;
use crate::error::{Error, plain};
use crate::facts::event::Event;
use crate::output::findings::{self, Advised};
use crate::output::report::ReportFile;
use crate::output::screen::complain;
use crate::output::trace::Fold;
use crate::output::trace_output::TraceOutput;
use crate::output::trace_report::{self, Traced};
use crate::output::{json, trace as words};
use crate::runner::ground;
use crate::sys::board::telling;
use crate::sys::launch::{self, ProgramKind};
use crate::sys::{landlock_scope, namespace, process, signals};
use crate::text::Safe;
use crate::text::path_text;
use crate::trace::findings::{Binary, Diagnosis};
use crate::trace::{self, Audience, End, Plan, Story};

/// Traces a program; the exit status is the program's.
///
/// # Errors
/// What kept it from being run or traced; a signal that the program died of.
pub fn run(args: &TraceArgs) -> Result<u8, Error> {
    signals::let_go_if_first();
    let word = args.command.first().map_or(OsStr::new(""), |word| word.as_os_str());
    let (plan, mut remarks) = plan(args, word)?;
    // What a tracer changes for the program matters to its findings; where it ran does not.
    let changes = remarks.clone();
    let report = report_file(args)?;
    let paper = TraceOutput::open(args.output.as_deref(), args.looks.display_beside(args.output.is_some()))?;
    if args.sandbox {
        remarks.push(enter_sandbox()?);
    }
    let typed: Vec<_> = args.command.iter().map(|word| path_text(Path::new(word))).collect();
    let fold = (!args.all).then(Fold::default);
    let calls = !args.findings;
    let mut told = Summary { paper, json: args.json, calls, typed: typed.join(" "), remarks, fold };
    let (story, end) = trace::run(&plan, Some(&mut told))?;
    let (mut paper, fold) = (told.paper, told.fold);
    if args.findings && args.output.is_none() && story.prints_elsewhere() {
        paper.turn_to_standard_output();
    }
    let found = trace::findings::diagnose(&story);
    let verdict = trace::findings::judge(&story, &end, &found);
    let found = advised(found);
    let traced = Traced {
        typed: &told.typed,
        pid: process::own_pid(),
        remarks: &told.remarks,
        sandbox: args.sandbox,
        story: &story,
        end: &end,
        verdict: &verdict,
        found: &found,
    };
    let report = report.map(|file| file.write(&trace_report::report(&traced)));
    if args.json {
        paper.write(&json::trace_verdict(&verdict));
        found.iter().for_each(|diagnosis| paper.write(&json::trace_diagnosis(diagnosis)));
        paper.write(&json::trace_end(&story, &end));
    } else {
        let found = findings::lines(&verdict, &found);
        if args.findings {
            paper.show(&words::findings(&story, found, &changes));
        } else {
            paper.show(&words::summary(&story, &end, found, args.sandbox));
            fold.iter().for_each(|fold| paper.show(&words::silent(fold)));
        }
    }
    // As with the trace: the program has run, and its status is what the caller waits for.
    match report {
        Some(Ok(written)) if !args.json => paper.show(&[written]),
        Some(Err(error)) => complain(Safe::line(&format!("the report is lost: {error}"))),
        _ => {}
    }
    if let Some(error) = paper.error() {
        // The program has run anyway, and the caller waits for its status.
        let place = args.output.as_deref().map_or("standard error".into(), path_text);
        let why = plain(&error);
        complain(Safe::line(&format!("the trace is cut short: {place} can't be written: {why}")));
    }
    match end {
        End::Exited(status) => Ok(status as u8),
        End::TimedOut(_) => Ok(124),
        End::Killed(signal) => {
            // The program has left its core file, if it is to leave one; ours would overwrite it.
            process::no_core_file();
            Err(Error::Interrupted(signal))
        }
    }
}

/// Where the report will be, if one is wanted; not where the trace goes.
fn report_file(args: &TraceArgs) -> Result<Option<ReportFile>, Error> {
    let report = args.report.file()?;
    let same = |one: &Path, other: &Path| {
        let whole =
            |path: &Path| path.parent().and_then(|parent| Path::new(".").join(parent).canonicalize().ok());
        one.file_name() == other.file_name() && whole(one) == whole(other)
    };
    match (&args.report.report, &args.output) {
        (Some(report), Some(trace)) if same(report, trace) => Err(Error::Usage(format!(
            "`{}` can't be both: `-o` writes the trace and `--report` the report, so name two files",
            path_text(report)
        ))),
        _ => Ok(report),
    }
}

/// The diagnoses, each with the step to read.
fn advised(found: Vec<Diagnosis>) -> Vec<Advised> {
    let steps: Vec<_> = found.iter().map(|diagnosis| library::step_of(diagnosis.rule.reading)).collect();
    found.into_iter().zip(steps).collect()
}

/// Writes the trace, as text or JSON.
struct Summary {
    paper: TraceOutput,
    json: bool,
    /// Whether each call is printed.
    calls: bool,
    /// The program as it was typed, and what has to be said about it.
    typed: String,
    remarks: Vec<String>,
    /// What is kept back of processes that do nothing; none where every process is shown.
    fold: Option<Fold>,
}

impl Audience for Summary {
    fn begins(&mut self) {
        telling(|| {
            if self.json {
                self.paper.write(&json::trace_start(&self.typed, process::own_pid(), &self.remarks));
            } else if self.calls {
                self.paper.show(&words::opening(&self.typed, &self.remarks));
            }
            self.paper.flush();
        });
    }

    fn event(&mut self, story: &Story, event: &Event) {
        if !self.calls {
            return;
        }
        telling(|| {
            if self.json {
                self.paper.write(&json::trace_event(event));
            } else if let Some(fold) = &mut self.fold {
                self.paper.show(&words::folded(fold, story, event));
            } else {
                self.paper.show(&words::event(story, event));
            }
        });
    }

    fn pause(&mut self) {
        telling(|| self.paper.flush());
    }
}

/// What to run, and what has to be said about it first.
fn plan(args: &TraceArgs, word: &OsStr) -> Result<(Plan, Vec<String>), Error> {
    let named = path_text(Path::new(word));
    let (path, changes_user) = program(word)?;
    let mut remarks = Vec::new();
    if changes_user && process::own_uid() != 0 {
        remarks.push(format!(
            "{named} is setuid: under a tracer it runs with your own rights, not its owner's."
        ));
    }
    let off = std::env::var("ASAN_OPTIONS").is_ok_and(|options| options.contains("detect_leaks=0"));
    if !off && Binary::read(&path.to_string_lossy()).is_some_and(|binary| binary.looks_for_leaks) {
        remarks.push(format!(
            "{named} was compiled with AddressSanitizer, whose leak check does not work under a tracer: it fails at the end and changes the exit status. Set ASAN_OPTIONS=detect_leaks=0 for this run."
        ));
    }
    if path.file_name().is_some_and(|name| name == "valgrind") {
        remarks.push("valgrind runs your program inside of itself: lab shows the calls that valgrind makes for it, and knows no lines of its source.".into());
    }
    let role = path.file_name().map_or_else(|| named.clone(), |name| name.to_string_lossy().into_owned());
    let plan = Plan {
        path,
        args: args.command.clone(),
        role,
        timeout: args.timeout,
        apart: args.sandbox,
        all: args.all || args.json,
        last_words: Some(words::last_words),
        failing: None,
    };
    Ok((plan, remarks))
}

/// Where the program is that a word names, and whether it is setuid; an error if it can't be run and followed here.
pub fn program(word: &OsStr) -> Result<(PathBuf, bool), Error> {
    let named = path_text(Path::new(word));
    let path = launch::find(word).map_err(|_| missing(word))?;
    let program = launch::examine(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => missing(word),
        _ => Error::Usage(format!("`{named}` can't be run: {}", plain(&error))),
    })?;
    if path.is_dir() {
        return Err(Error::Usage(format!("`{named}` is a directory, not a program")));
    }
    if !launch::executable(&path) {
        return Err(Error::Usage(format!(
            "`{named}` may not be executed: `chmod +x {named}`, or compile it first"
        )));
    }
    match &program.kind {
        ProgramKind::Foreign(bits, machine) => {
            return Err(Error::Machine(format!(
                "`{named}` is a {bits}-bit program for {}, and lab follows programs of its own kind only: compile it on this machine, without -m32",
                constants::machine(*machine)
            )));
        }
        ProgramKind::Script(interpreter) if !interpreter.exists() => {
            return Err(Error::Usage(format!(
                "`{named}` is a script, and its first line names `{}`, which does not exist",
                path_text(interpreter)
            )));
        }
        ProgramKind::Native | ProgramKind::Script(_) | ProgramKind::Other => {}
    }
    Ok((path, program.changes_user))
}

fn missing(word: &OsStr) -> Error {
    let named = path_text(Path::new(word));
    let here = Path::new(".").join(word);
    Error::Usage(if named.starts_with('-') {
        format!(
            "there is no option `{named}`, see `lab trace --help`; a program with this name is `./{named}`"
        )
    } else if named.is_empty() {
        "the program's name is empty".into()
    } else if named.contains('/') {
        format!("there is no program `{named}`")
    } else if here.is_dir() {
        format!("`{named}` is a directory, not a program")
    } else if here.is_file() {
        format!("there is no program `{named}` in PATH; the one in this folder is `./{named}`")
    } else {
        format!("there is no program `{named}` in PATH or in this folder")
    })
}

/// Moves into an IPC namespace of our own, which the program inherits; what is to be said about it.
fn enter_sandbox() -> Result<String, Error> {
    let refused = |call: &str, why: String| {
        Error::Machine(format!("there is no sandbox here: {call} was refused, {why}; leave out `--sandbox`"))
    };
    let way = ground::sandbox_way()?.map_err(|(call, error)| refused(&call, plain(&error)))?;
    namespace::enter(way).map_err(|(call, error)| refused(call, plain(&error)))?;
    let apart = if landlock_scope::available() { " It can't signal a process outside." } else { "" };
    Ok(format!(
        "sandbox: an IPC namespace of its own. The program finds no segments, and the kernel frees what it leaves.{apart}"
    ))
}
