//! The command line, whole, on one page: every command, option and help text. It parses and does no work.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use indoc::indoc;

use crate::output::screen::{Colour, Display};
use crate::quiz::answer;
use crate::session;

/// Said by `lab` alone to somebody who has not begun.
pub const ABOUT: &str = indoc! {"
    lab teaches System V shared memory: real processes make the real calls, and
    every number on the screen was returned by a call or read from the kernel.

    Start here:
      lab step-through      play the lab sheet: a server writes, a client reads

"};

/// What else there is: said by `lab` alone to everybody.
pub const OVERVIEW: [(&str, &str); 10] = [
    ("lab list", "all lessons: every call, every classic mistake"),
    ("lab step-through NAME", "play one of them"),
    ("lab demo CALL", "one call in front of a room: ftok, shmget, shmat, ..."),
    ("lab quiz", "questions; the kernel gives the answers"),
    ("lab trace PROGRAM", "your own program: what it does, and what went wrong"),
    ("lab validate", "check lessons, ours and your own"),
    ("lab clean", "remove what killed runs left behind"),
    ("lab --help", "all commands and options"),
    ("lab COMMAND --help", "one command, with examples"),
    ("lab help TOPIC", "a page about trace, findings, quiz, lesson, json, keys, status or strangers"),
];

const AFTER: &str = indoc! {"
    Exit status:
      0    done
      1    a claim of the lesson did not hold, a quiz is under --min, or something
           could not be removed
      2    wrong usage
      3    this machine can't do it (no System V shared memory, a limit reached,
           ptrace refused)
      4    a lesson or quiz file is wrong
      124  a traced program ran out of time; else its own status is passed on
      130  interrupted, after cleaning up; other signals: 128 and their number

    Environment:
      NO_COLOR, CLICOLOR_FORCE, TERM=dumb   colour, when --color does not say
      ACCESSIBLE=1                          the same as --plain
      XDG_STATE_HOME, TMPDIR, SHELL         records, key files, the ! key
"};

const STEP_THROUGH_EXAMPLES: &str = indoc! {"
    Examples:
      lab step-through
      lab step-through --message 'hello from row 7'
      lab step-through --from 8         the client's half; the server's runs by itself
      lab step-through --auto 3         by itself, three seconds a beat; a key pauses
      lab step-through --host           then `ipcs -m` in any terminal shows the segment
      lab step-through --no-pause --json | jq .function

    Not a terminal, no pauses: piped, it runs through.
"};

const DEMO_EXAMPLES: &str = indoc! {"
    Examples:
      lab demo                what can be demonstrated, with minutes
      lab demo shmat          predict, Enter, see
      lab demo shmat --notes  what to say, what students usually answer
"};

const VALIDATE_AFTER: &str = indoc! {"
    Each lesson is played in a process and a sandbox of its own. Reported are: mistakes
    in the file, with line, column and caret; claims that this kernel does not confirm;
    lines too wide for 80 columns; segments left behind. Exit status 4 for any of them.

    Examples:
      lab validate
      lab validate my-lessons/ draft.toml
"};

const QUIZ_EXAMPLES: &str = indoc! {"
    Examples:
      lab quiz                          ten questions, mixed
      lab quiz --topic shmat --all      everything about one call
      lab quiz --missed                 what you missed the last time, in lessons too
      lab quiz --due                    what it is time to ask again
      lab quiz --lesson ftok --count 3  three questions on one lesson
      lab quiz --exam --min 80          no reasons until the end; status 1 under 80%
      lab quiz --seed 7                 the same questions in the same order for everybody
      lab quiz --bank my-questions.toml your own; `lab validate` checks them
      lab quiz --export gift > lab.gift for Moodle; md and md --key for paper
"};

const CLEAN_AFTER: &str = indoc! {"
    Every run writes down what it is about to make. A run that was killed before it
    could clean up leaves that record, and only what matches it in every field (id,
    key, creator, size, time of creation) is removed. Nothing else ever is.

    Examples:
      lab clean --dry-run
      lab clean --yes
"};

const TRACE_AFTER: &str = indoc! {"
    The program runs as it would without lab: its input, output, signals and exit status
    are its own. What it does is told on standard error, or in FILE. When lab is killed,
    the program is killed with it: without its tracer every shm call of it would fail.

    Exit status: the program's own; if a signal killed it, lab dies of the same one.
    124 when --timeout cut it off, 2 when there is no such program, 3 when this machine
    lets nobody trace.

    Examples:
      lab trace ./server
      lab trace -o server.txt -- ./server 5 'hello world'
      lab trace --sandbox --timeout 10 ./both     a clean namespace, ten seconds at most
      lab trace --json ./server 2>&1 >/dev/null | jq -r '.call? // empty'
"};

fn step_through_after() -> String {
    with_examples(&format!("Keys at a pause: {}.", session::keys_in_help()), STEP_THROUGH_EXAMPLES)
}

fn demo_after() -> String {
    let keys = format!("Keys as in step-through, and {}", session::keys_in_help_of_a_demo());
    with_examples(&keys, DEMO_EXAMPLES)
}

fn quiz_after() -> String {
    let keys = answer::keys(|key| key.help, ", ");
    let text = format!(
        "An answer is a letter, a number or a text, and Enter; {keys}. After each answer the calls are \
         really played, in a sandbox, and what the kernel says is the answer. What was answered is kept \
         after every answer: an interrupted quiz can be resumed."
    );
    with_examples(&text, QUIZ_EXAMPLES)
}

fn with_examples(text: &str, examples: &str) -> String {
    format!("{}\n\n{examples}", textwrap::fill(text, 80))
}

/// Learn System V shared memory from real processes.
#[derive(Debug, Parser)]
#[command(name = "lab", version, after_help = AFTER, disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What lab can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play a lesson step by step: predict, run, see what the kernel did
    #[command(after_help = step_through_after())]
    StepThrough(StepThroughArgs),
    /// Demonstrate one call in front of a room: ftok, shmget, shmat, write, shmdt, shmctl
    #[command(after_help = demo_after())]
    Demo(DemoArgs),
    /// Questions whose answers the kernel gives: ten of them, mixed
    #[command(after_help = quiz_after())]
    Quiz(QuizArgs),
    /// Run a program of your own and tell what it does with shared memory
    #[command(after_help = TRACE_AFTER)]
    Trace(TraceArgs),
    /// List the lessons in order, how far you are, and what comes next
    List(ListArgs),
    /// Play lessons without pauses and report what is wrong with them
    #[command(after_help = VALIDATE_AFTER)]
    Validate(ValidateArgs),
    /// Print a JSON Schema of lesson or quiz files, for editors
    Schema(SchemaArgs),
    /// Forget one lesson, or all that was played, predicted and answered
    Reset(ResetArgs),
    /// Remove what killed runs left behind, and nothing else
    #[command(after_help = CLEAN_AFTER)]
    Clean(CleanArgs),
    /// Explain a topic or a command; without one, list both
    Help(HelpArgs),
    /// The manual page: `lab man >lab.1`
    #[command(hide = true)]
    Man,
    /// Completions for a shell, as a script for it
    #[command(hide = true)]
    Completions(CompletionsArgs),
    /// One process of a lesson; started by lab itself
    #[command(hide = true)]
    Actor(ActorArgs),
}

/// How a run pauses.
#[derive(Debug, Default, Args)]
pub struct PauseOptions {
    /// Go on by itself after so many seconds at each pause; any key pauses
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true, conflicts_with_all = ["no_pause", "line"])]
    pub auto: Option<Duration>,
    /// Never pause
    #[arg(long)]
    pub no_pause: bool,
    /// Read whole lines instead of single keys (dumb terminals, screen readers, scripts)
    #[arg(long, conflicts_with = "no_pause")]
    pub line: bool,
}

/// `lab step-through`
#[derive(Debug, Default, Args)]
pub struct StepThroughArgs {
    /// A lesson's name (see `lab list`) or a lesson file; the lab sheet without one
    #[arg(value_name = "NAME|FILE")]
    pub lesson: Option<String>,
    /// Look for the lesson in this folder instead of the lessons that come with lab
    #[arg(long, value_name = "DIR")]
    pub lessons: Option<PathBuf>,
    /// The message the server writes, instead of asking for it
    #[arg(long, value_name = "TEXT")]
    pub message: Option<String>,
    #[command(flatten)]
    pub pauses: PauseOptions,
    /// Pause from this step on; earlier steps are played without a pause
    #[arg(long, value_name = "STEP", value_parser = clap::value_parser!(u16).range(1..))]
    pub from: Option<u16>,
    /// Play in the machine's own IPC namespace instead of a sandbox
    #[arg(long)]
    pub host: bool,
    /// One JSON object a line instead of text; never pauses
    #[arg(long, conflicts_with_all = ["auto", "line", "plain"])]
    pub json: bool,
    #[command(flatten)]
    pub looks: DisplayOptions,
}

/// `lab demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// The call; without one, what can be demonstrated and how long it takes
    pub call: Option<String>,
    /// Print the speaker's notes and end
    #[arg(long)]
    pub notes: bool,
    #[command(flatten)]
    pub pauses: PauseOptions,
    /// Play in the machine's own IPC namespace instead of a sandbox
    #[arg(long)]
    pub host: bool,
    #[command(flatten)]
    pub looks: DisplayOptions,
}

/// `lab trace`
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// Tell it in this file instead of on standard error
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// One JSON object a line instead of text; every call, however often it repeats
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    /// Kill the program after so many seconds and say what it was doing
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub timeout: Option<Duration>,
    /// Give the program an IPC namespace of its own: nothing there before, nothing left after
    #[arg(long)]
    pub sandbox: bool,
    /// Tell every call, also those that repeat more than 50 times
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub looks: DisplayOptions,
    /// The program and its arguments; `--` before it ends lab's own options
    #[arg(value_name = "PROGRAM", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<OsString>,
}

/// `lab list`
#[derive(Debug, Args)]
pub struct ListArgs {
    /// A lesson's name or a lesson file, to see its steps and what it shows to be wrong
    #[arg(value_name = "NAME|FILE", conflicts_with = "coverage")]
    pub lesson: Option<String>,
    /// The lessons of this folder
    #[arg(long, value_name = "DIR")]
    pub lessons: Option<PathBuf>,
    /// Which step shows which misconception to be wrong, and which question asks it
    #[arg(long)]
    pub coverage: bool,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub looks: DisplayOptions,
}

/// `lab validate`
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Lesson files or folders of them; without one, the lessons that come with lab
    #[arg(value_name = "FILE|DIR")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub looks: DisplayOptions,
}

/// `lab reset`
#[derive(Debug, Args)]
pub struct ResetArgs {
    /// The lesson to forget, by its name or file; without one, everything
    #[arg(value_name = "NAME|FILE")]
    pub lesson: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    #[command(flatten)]
    pub looks: DisplayOptions,
}

/// How things are shown.
#[derive(Debug, Default, Args)]
pub struct DisplayOptions {
    /// No boxes and no layout: a label, a colon, a value
    #[arg(long)]
    pub plain: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
    /// ASCII only, as where the locale is not UTF-8
    #[arg(long)]
    pub ascii: bool,
}

impl DisplayOptions {
    /// What they mean on standard output.
    pub fn display(&self) -> Display {
        Display::choose(self.color, self.ascii, self.plain)
    }

    /// What they mean beside another program's output: on standard error, or in a file of its own.
    pub fn display_beside(&self, in_a_file: bool) -> Display {
        let colour = if in_a_file && self.color == Colour::Auto { Colour::Never } else { self.color };
        Display::choose_for(!in_a_file && io::stderr().is_terminal(), colour, self.ascii, self.plain)
    }
}

/// `lab clean`
#[derive(Debug, Args)]
pub struct CleanArgs {
    /// List what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// One JSON object instead of text; does not ask
    #[arg(long)]
    pub json: bool,
}

/// `lab schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Which files
    #[arg(value_name = "FORMAT", value_enum, default_value_t = Format::Lesson)]
    pub format: Format,
}

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Lessons
    Lesson,
    /// Question banks
    Quiz,
}

/// `lab help`
#[derive(Debug, Args)]
pub struct HelpArgs {
    /// trace, findings, quiz, lesson, json, keys, status, strangers; or a command's name
    #[arg(value_name = "TOPIC|COMMAND")]
    pub topic: Option<String>,
}

/// `lab completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `lab actor`: how lab starts itself.
#[derive(Debug, Args)]
pub struct ActorArgs {
    pub role: String,
    pub fd: i32,
    pub narrator: i32,
    /// It is confined already: an exec of an actor that was
    #[arg(long)]
    pub confined: bool,
}

/// `lab quiz`
#[derive(Debug, Args)]
pub struct QuizArgs {
    /// Only questions about this topic
    #[arg(long, value_name = "TOPIC")]
    pub topic: Option<String>,
    /// How many questions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub count: Option<u16>,
    /// All questions
    #[arg(long, conflicts_with = "count")]
    pub all: bool,
    /// Only questions about this lesson: a name (see `lab list`) or a lesson file
    #[arg(long, value_name = "NAME|FILE")]
    pub lesson: Option<String>,
    /// Only what you missed the last time, in a quiz or in a lesson's prediction
    #[arg(long)]
    pub missed: bool,
    /// Only what is due to be asked again: what you missed, and after 1, 3, 7, 21 and 60 days what you knew
    #[arg(long)]
    pub due: bool,
    /// Draw and shuffle by this number, as an earlier run did
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Go on with the quiz that was interrupted
    #[arg(long, conflicts_with_all = ["topic", "lesson", "count", "all", "missed", "due", "seed", "exam", "bank"])]
    pub resume: bool,
    /// Answers and reasons only at the end
    #[arg(long)]
    pub exam: bool,
    /// Give the answer and its reason without the calls that prove it
    #[arg(long)]
    pub no_proof: bool,
    /// Exit with status 1 under so many percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub min: Option<u8>,
    /// Your own questions: a file, or a folder of them
    #[arg(long, value_name = "FILE|DIR")]
    pub bank: Option<PathBuf>,
    /// Write the questions out instead of asking them
    #[arg(long, value_name = "FORMAT", value_enum, conflicts_with_all = ["count", "all", "missed", "due", "resume", "exam", "no_proof", "min", "json"])]
    pub export: Option<Export>,
    /// With `--export md`: the answers instead of the questions
    #[arg(long, requires = "export")]
    pub key: bool,
    /// One JSON object a line instead of text; answers are lines of input all the same
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    #[command(flatten)]
    pub looks: DisplayOptions,
}

/// For whom questions are written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Export {
    /// Moodle and whatever else reads its GIFT format
    Gift,
    /// Paper
    Md,
    /// Other tools
    Json,
}

impl QuizArgs {
    /// Whether it is left to lab what is asked.
    pub fn chooses_nothing(&self) -> bool {
        let named = self.topic.is_some() || self.lesson.is_some() || self.bank.is_some();
        let chosen = named || self.count.is_some() || self.seed.is_some();
        !(chosen || self.all || self.missed || self.due || self.exam)
    }
}

/// A delay of so many seconds.
fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 =
        text.parse().map_err(|_| "a number of seconds is wanted, such as 2 or 0.5".to_owned())?;
    if !(0.0..=3600.0).contains(&number) {
        return Err("a delay is from 0 to 3600 seconds".into());
    }
    Ok(Duration::from_secs_f64(number))
}
