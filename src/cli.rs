//! The command line, whole, on one page: every command and option with its help. It parses and does no work. What stands
//! below the options of a command is in `examples`, what a value can be in `values`.

mod examples;
mod values;

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, FromArgMatches, Parser, Subcommand};

use crate::output::report::ReportFile;
use crate::output::screen::{Colour, Display, Screen};
use crate::runner::key_file::Project;

pub use examples::{ABOUT, OVERVIEW};
use values::{COUNT, ORDERS, PERCENT, SEED, STEP, delay, project, sizes, time_limit, whole};
pub use values::{Sizes, Wanted};

/// Learn System V shared memory from real processes.
#[derive(Debug, Parser)]
#[command(name = "lab", version, after_help = examples::AFTER, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What lab can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play a lesson step by step: predict, run, see what the kernel did
    #[command(after_help = examples::step_through_after())]
    StepThrough(StepThroughArgs),
    /// Play the sheet's server in this terminal; its segment waits for `lab client`
    #[command(after_help = examples::server_after())]
    Server(ServerArgs),
    /// Play the sheet's client in another terminal: read the message, remove the segment
    #[command(after_help = examples::client_after())]
    Client(ClientArgs),
    /// Demonstrate one call in front of a room: ftok, shmget, shmat, write, shmdt, shmctl
    #[command(after_help = examples::demo_after())]
    Demo(DemoArgs),
    /// Questions whose answers the kernel gives: ten of them, mixed
    #[command(after_help = examples::quiz_after())]
    Quiz(QuizArgs),
    /// Run a program of your own and show what it does with shared memory
    #[command(after_help = examples::TRACE_AFTER)]
    Trace(TraceArgs),
    /// Write a lesson as C programs, one a role, that make the same calls
    #[command(after_help = examples::SOURCE_AFTER)]
    Source(SourceArgs),
    /// Play your programs in every order of their calls, and show how the orders end
    #[command(after_help = examples::ORDERS_AFTER)]
    Orders(OrdersArgs),
    /// Send a message by pipe, sockets, queue and segment, and measure what each costs
    #[command(after_help = examples::COMPARE_AFTER)]
    Compare(CompareArgs),
    /// Write the programs yourself: lab builds them, plays them and says what is wrong
    #[command(after_help = examples::TASK_AFTER, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
    Task(TaskArgs),
    /// List the lessons in order, how far you are, and what comes next
    List(ListArgs),
    /// Play lessons without pauses and report what is wrong with them
    #[command(after_help = examples::VALIDATE_AFTER)]
    Validate(ValidateArgs),
    /// Write a lesson, a quiz or a task of your own that validates, for you to change
    #[command(disable_help_subcommand = true, after_help = examples::NEW_AFTER)]
    New(NewArgs),
    /// Print a JSON Schema of lesson, quiz or task files, for editors
    Schema(SchemaArgs),
    /// Forget one lesson, or all that was played, predicted and answered
    Reset(ResetArgs),
    /// Say what this machine can do for lab and what not, and how to change it
    #[command(after_help = examples::DOCTOR_AFTER)]
    Doctor(DoctorArgs),
    /// Remove what killed runs left behind, and nothing else
    #[command(after_help = examples::CLEAN_AFTER)]
    Clean(CleanArgs),
    /// Explain a topic or a command; without one, list both
    Help(HelpArgs),
    /// Print the manual page, or write a page a command into a folder
    #[command(after_help = examples::MAN_AFTER)]
    Man(ManArgs),
    /// Print a script with which your shell completes lab's commands, options and names
    #[command(after_help = examples::COMPLETIONS_AFTER)]
    Completions(CompletionsArgs),
    /// One process of a lesson; started by lab itself
    #[command(hide = true)]
    Actor(ActorArgs),
    /// The first process of a task's play; started by lab itself
    #[command(hide = true)]
    Player(PlayerArgs),
}

/// How a run pauses.
#[derive(Debug, Default, Args)]
pub struct PauseOptions {
    /// Go on by itself after this number of seconds at each pause; any key pauses, Space plays on
    #[arg(long, value_name = "SECONDS", value_parser = delay, allow_negative_numbers = true, conflicts_with_all = ["no_pause", "line"])]
    pub auto: Option<Duration>,
    /// Never pause
    #[arg(long)]
    pub no_pause: bool,
    /// Read whole lines instead of single keys (dumb terminals, screen readers, scripts)
    #[arg(long, conflicts_with = "no_pause")]
    pub line: bool,
}

/// What is handed in.
#[derive(Debug, Clone, Default, Args)]
pub struct ReportOption {
    /// Write all of it to this new file at the end, to be handed in; the name's ending decides: HTML, Markdown, JSON
    #[arg(long, value_name = "FILE.html|.md|.json")]
    pub report: Option<PathBuf>,
}

impl ReportOption {
    /// The file, if a report can be written there: it is looked at before the run begins.
    pub fn file(&self) -> Result<Option<ReportFile>, crate::error::Error> {
        self.report.as_deref().map(ReportFile::at).transpose()
    }
}

/// How a lesson is played, for one person or in front of a room.
#[derive(Debug, Default, Args)]
pub struct RunOptions {
    /// The message the server writes, instead of asking for it
    #[arg(long, value_name = "TEXT")]
    pub message: Option<String>,
    #[command(flatten)]
    pub pauses: PauseOptions,
    /// Pause from this step on, by the number in its heading; earlier steps are played without a pause
    #[arg(long, value_name = "STEP", value_parser = whole::<u16>(1..=65535, STEP), allow_negative_numbers = true)]
    pub from: Option<u16>,
    /// Play in the machine's own IPC namespace instead of a sandbox
    #[arg(long)]
    pub host: bool,
    /// One JSON object a line instead of text; never pauses
    #[arg(long, conflicts_with_all = ["auto", "line", "plain"])]
    pub json: bool,
    #[command(flatten)]
    pub report: ReportOption,
    #[command(flatten)]
    pub looks: DisplayOptions,
}

/// `lab step-through`
#[derive(Debug, Default, Args)]
pub struct StepThroughArgs {
    /// A lesson's name (see `lab list`), a lesson file, or a folder, whose first lesson is played; the lab sheet
    /// without one
    #[arg(value_name = "NAME|FILE|DIR")]
    pub lesson: Option<String>,
    /// The earlier way to name a folder: the lesson is looked for in it by its name
    #[arg(long, value_name = "DIR", hide = true)]
    pub lessons: Option<PathBuf>,
    #[command(flatten)]
    pub run: RunOptions,
}

/// `lab demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// The call; without one, what can be demonstrated and how long it takes
    pub call: Option<String>,
    /// Print the speaker's notes and end
    #[arg(long, conflicts_with = "report")]
    pub notes: bool,
    /// With --notes: the notes of the step that `lab demo CALL` in another terminal is at, until it ends
    #[arg(long, requires = "notes", conflicts_with = "json")]
    pub follow: bool,
    #[command(flatten)]
    pub run: RunOptions,
}

/// `lab trace`
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// Write the trace to this file instead of standard error
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// One JSON object a line instead of text; every call, however often it repeats
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    /// Kill the program after this number of seconds and say what it was waiting for
    #[arg(long, value_name = "SECONDS", value_parser = time_limit, allow_negative_numbers = true)]
    pub timeout: Option<Duration>,
    /// Give the program an IPC namespace of its own: nothing there before, nothing left after
    #[arg(long)]
    pub sandbox: bool,
    /// Show every call, also those that repeat more than 50 times
    #[arg(long)]
    pub all: bool,
    /// Show the verdict and the findings only
    #[arg(long, conflicts_with = "all")]
    pub findings: bool,
    #[command(flatten)]
    pub report: ReportOption,
    #[command(flatten)]
    pub looks: DisplayOptions,
    /// The program and its arguments; `--` before it ends lab's own options
    #[arg(value_name = "PROGRAM", required = true, trailing_var_arg = true)]
    pub command: Vec<OsString>,
}

/// `lab source`
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// A lesson's name (see `lab list`), a lesson file, or a folder, of which it is the first lesson
    #[arg(value_name = "LESSON")]
    pub lesson: String,
    /// Where the files go: a new folder, or one without files of these names; standard output without it
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    #[command(flatten)]
    pub looks: DisplayOptions,
}

/// `lab orders`
#[derive(Debug, Args)]
pub struct OrdersArgs {
    /// The programs, each a command with its arguments, in quotes where it has some
    #[arg(value_name = "PROGRAM", required = true)]
    pub programs: Vec<String>,
    /// What a program finds on its standard input; without it, one line: hello from ROLE
    #[arg(long, value_name = "ROLE=FILE")]
    pub stdin: Vec<String>,
    /// Play no more than this number of orders
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = whole::<usize>(1..=1_000_000, ORDERS), allow_negative_numbers = true)]
    pub max: usize,
    /// Play no longer than this
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = time_limit, allow_negative_numbers = true)]
    pub seconds: Duration,
    /// Show the order with this number, whole
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1..=1_000_000, ORDERS), allow_negative_numbers = true, conflicts_with_all = ["max", "stress"])]
    pub replay: Option<usize>,
    /// Run the programs this number of times at full speed instead, all at once, and say how those runs end
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1..=1_000_000, ORDERS), allow_negative_numbers = true, conflicts_with = "max")]
    pub stress: Option<usize>,
    /// One JSON object a line instead of text
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    #[command(flatten)]
    pub report: ReportOption,
    #[command(flatten)]
    pub looks: DisplayOptions,
}

/// `lab compare`
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The sizes of the message, with commas between them: from 64 to 1048576, multiples of 64
    #[arg(long, value_name = "BYTES", default_value = "64,4096,1048576", value_parser = sizes, allow_negative_numbers = true)]
    pub bytes: Sizes,
    /// How long all the measuring takes
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = time_limit, allow_negative_numbers = true)]
    pub seconds: Duration,
    /// One JSON object a line instead of text
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    #[command(flatten)]
    pub looks: DisplayOptions,
}

/// `lab list`
#[derive(Debug, Args)]
pub struct ListArgs {
    /// A lesson's name or file, to see its steps and what it shows to be wrong; or a folder, to list its lessons
    #[arg(value_name = "NAME|FILE|DIR", conflicts_with = "coverage")]
    pub lesson: Option<String>,
    /// The earlier way to name a folder
    #[arg(long, value_name = "DIR", hide = true)]
    pub lessons: Option<PathBuf>,
    /// Which step shows which misconception to be wrong, and which question asks it
    #[arg(long)]
    pub coverage: bool,
    /// One JSON object a line
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    #[command(flatten)]
    pub looks: DisplayOptions,
}

/// `lab validate`
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Lesson files or folders of them, and folders of tasks; without one, the lessons that come with lab
    #[arg(value_name = "FILE|DIR")]
    pub paths: Vec<PathBuf>,
    /// The tasks that come with lab: each solution, each wrong program
    #[arg(long, conflicts_with = "paths")]
    pub tasks: bool,
    /// Validate again whenever one of them is saved, until Ctrl-C
    #[arg(long, requires = "paths", conflicts_with = "json")]
    pub watch: bool,
    /// One JSON object a file instead of text
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
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

impl ListArgs {
    /// The same with the folder in its place.
    #[must_use]
    pub fn settled(mut self) -> ListArgs {
        if let Some(folder) = self.lesson.take_if(|word| Path::new(word).is_dir()) {
            self.lessons = Some(folder.into());
        }
        self
    }
}

/// Whether a word of the command line names a file or a folder rather than what comes with lab.
pub fn is_path(word: &str) -> bool {
    word.contains('/') || word.ends_with(".toml") || Path::new(word).is_dir()
}

/// How things are shown.
#[derive(Debug, Clone, Default, Args)]
pub struct DisplayOptions {
    /// No boxes and no layout: a label, a colon, a value
    #[arg(long)]
    pub plain: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, ignore_case = true, default_value_t = Colour::Auto)]
    pub color: Colour,
    /// ASCII only, as where the locale is not UTF-8
    #[arg(long)]
    pub ascii: bool,
}

impl DisplayOptions {
    /// The screen that they mean, on standard output.
    pub fn screen(&self) -> Screen {
        Screen::new(Display::choose(self.color, self.ascii, self.plain))
    }

    /// The same where each line stands for a thing: piped, a line is not broken.
    pub fn screen_of_lines(&self) -> Screen {
        let plain = self.plain || !io::stdout().is_terminal();
        Screen::new(Display::choose(self.color, self.ascii, plain))
    }

    /// What they mean beside another program's output: on standard error, or in a file of its own.
    pub fn display_beside(&self, in_a_file: bool) -> Display {
        let colour = if in_a_file && self.color == Colour::Auto { Colour::Never } else { self.color };
        Display::choose_for(!in_a_file && io::stderr().is_terminal(), colour, self.ascii, self.plain)
    }
}

/// `lab doctor`
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// One JSON object a check instead of text
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    #[command(flatten)]
    pub looks: DisplayOptions,
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
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    #[command(flatten)]
    pub looks: DisplayOptions,
}

/// `lab schema`
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Which files
    #[arg(value_name = "FORMAT", value_enum, ignore_case = true, default_value_t = Format::Lesson)]
    pub format: Format,
}

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Lessons
    Lesson,
    /// Question banks
    Quiz,
    /// Tasks
    Task,
}

/// `lab help`
#[derive(Debug, Args)]
pub struct HelpArgs {
    /// trace, findings, orders, quiz, tasks, lesson, report, json, keys, status, strangers; or a command's name
    #[arg(value_name = "TOPIC|COMMAND")]
    pub topic: Option<String>,
}

/// `lab completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Your shell
    #[arg(value_name = "SHELL", value_enum, ignore_case = true)]
    pub shell: Shell,
}

/// A shell that lab's completions were tried in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// `lab man`
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder for lab.1 and a page a command; without it, lab.1 is printed
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// `lab task`
#[derive(Debug, Args)]
pub struct TaskArgs {
    #[command(subcommand)]
    pub what: Option<TaskCommand>,
    /// One JSON object a task instead of text
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    #[command(flatten)]
    pub looks: DisplayOptions,
}

/// What can be done with a task.
#[derive(Debug, Subcommand)]
pub enum TaskCommand {
    /// Write a task's files into a folder; what is there already stays as it is
    Start {
        /// A task's name (see `lab task`), or a folder that holds a task.toml
        #[arg(value_name = "NAME|DIR")]
        task: String,
        /// The folder for your files; without it, a new one with the task's name
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Build your programs, play them and judge them; status 1 if a check fails
    Check {
        /// The task; without it, the one of this folder, or the last one that was started
        #[arg(value_name = "NAME|DIR")]
        task: Option<String>,
        /// The folder with your files; without it, the one in which the task was started
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
        /// Check again whenever a file of the folder changes, until Ctrl-C
        #[arg(long, conflicts_with_all = ["json", "report"])]
        watch: bool,
        /// One JSON object a check instead of text
        #[arg(long, conflicts_with = "plain")]
        json: bool,
        #[command(flatten)]
        report: ReportOption,
        #[command(flatten)]
        looks: DisplayOptions,
    },
    /// A hint for the first check that failed; each further one says more
    Hint {
        /// The task; without it, as in check
        #[arg(value_name = "NAME|DIR")]
        task: Option<String>,
        #[command(flatten)]
        looks: DisplayOptions,
    },
    /// Show programs that pass, once yours do
    Solution {
        /// The task; without it, as in check
        #[arg(value_name = "NAME|DIR")]
        task: Option<String>,
        /// Show them although yours do not pass
        #[arg(long)]
        give_up: bool,
        #[command(flatten)]
        looks: DisplayOptions,
    },
    /// Forget what was kept of a task; your files stay
    Reset {
        /// A task's name, or a folder that holds a task.toml
        #[arg(value_name = "NAME|DIR")]
        task: String,
        #[command(flatten)]
        looks: DisplayOptions,
    },
}

/// `lab new`
#[derive(Debug, Args)]
pub struct NewArgs {
    #[command(subcommand)]
    pub what: NewCommand,
}

/// What can be written.
#[derive(Debug, Subcommand)]
pub enum NewCommand {
    /// A lesson: NAME.toml in this folder, whose comments teach the notation
    Lesson {
        /// Small letters, digits and `-`; students call the lesson by it
        name: String,
    },
    /// A question bank: NAME.toml in this folder, whose comments teach the notation
    Quiz {
        /// Small letters, digits and `-`; it is the bank's topic
        name: String,
    },
    /// A task: task.toml, start/, solution/ and wrong/
    Task {
        /// The folder to make
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// `lab player`: how lab starts a play.
#[derive(Debug, Args)]
pub struct PlayerArgs {
    pub orders: String,
}

/// `lab actor`: how lab starts itself.
#[derive(Debug, Args)]
pub struct ActorArgs {
    pub role: String,
    pub fd: i32,
    pub main_process: i32,
    /// It is confined already: an exec of an actor that was
    #[arg(long)]
    pub confined: bool,
}

impl ActorArgs {
    /// Those of a command line that starts an actor: it is read without all that the other commands take, since a
    /// lesson starts several.
    pub fn of(args: &[OsString]) -> Option<ActorArgs> {
        let (command, words) = args.get(1..)?.split_first().filter(|(command, _)| *command == "actor")?;
        let taken = ActorArgs::augment_args(clap::Command::new("actor"));
        let read = taken.try_get_matches_from(std::iter::once(command).chain(words)).ok()?;
        ActorArgs::from_arg_matches(&read).ok()
    }
}

/// `lab quiz`
#[derive(Debug, Default, Args)]
pub struct QuizArgs {
    /// A topic, or your own questions: a file, or a folder of them; all that come with lab without one
    #[arg(value_name = "TOPIC|FILE|DIR")]
    pub questions: Option<String>,
    /// Only questions about this topic
    #[arg(long, value_name = "TOPIC")]
    pub topic: Option<String>,
    /// How many questions
    #[arg(long, value_name = "N", value_parser = whole::<u16>(1..=65535, COUNT), allow_negative_numbers = true)]
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
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0..=u64::MAX, SEED), allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Go on with the quiz that was interrupted
    #[arg(long, conflicts_with_all = ["questions", "topic", "lesson", "count", "all", "missed", "due", "seed", "exam", "bank"])]
    pub resume: bool,
    /// Answers and reasons only at the end
    #[arg(long)]
    pub exam: bool,
    /// Show once more what was missed in the last quiz that was finished
    #[arg(long, conflicts_with_all = ["topic", "count", "all", "missed", "seed", "exam", "bank", "resume", "min", "export"])]
    pub review: bool,
    #[command(flatten)]
    pub report: ReportOption,
    /// Pause after each answer even where answers are piped in; a quiz reads whole lines anyway
    #[arg(long, conflicts_with_all = ["json", "export"])]
    pub line: bool,
    /// Give the answer and its reason without the calls that prove it
    #[arg(long)]
    pub no_proof: bool,
    /// Exit with status 1 under this percentage
    #[arg(long, value_name = "PERCENT", value_parser = whole::<u8>(0..=100, PERCENT), allow_negative_numbers = true)]
    pub min: Option<u8>,
    /// The earlier way to name your own questions
    #[arg(long, value_name = "FILE|DIR", hide = true, conflicts_with = "questions")]
    pub bank: Option<PathBuf>,
    /// Write the questions out instead of asking them
    #[arg(long, value_name = "FORMAT", value_enum, ignore_case = true, conflicts_with_all = ["report", "count", "all", "missed", "due", "resume", "exam", "no_proof", "min", "json"])]
    pub export: Option<Export>,
    /// With `--export md`: the answers instead of the questions
    #[arg(long, requires = "export")]
    pub key: bool,
    /// One JSON object a line instead of text; your answers are still lines of input
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
    /// The same as an argument of the command: a bank's path or a topic.
    #[must_use]
    pub fn settled(mut self) -> QuizArgs {
        match self.questions.take() {
            Some(word) if self.topic.is_none() && !is_path(&word) => self.topic = Some(word),
            Some(word) => self.bank = Some(word.into()),
            None => {}
        }
        self
    }

    /// Whether it is left to lab what is asked.
    pub fn chooses_nothing(&self) -> bool {
        let named = self.topic.is_some() || self.lesson.is_some() || self.bank.is_some();
        let chosen = named || self.count.is_some() || self.seed.is_some();
        !(chosen || self.all || self.missed || self.due || self.exam)
    }
}

/// `lab server`
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// The message the server writes, instead of asking for it
    #[arg(long, value_name = "TEXT")]
    pub message: Option<String>,
    #[command(flatten)]
    pub terminal: TerminalArgs,
}

/// `lab client`
#[derive(Debug, Args)]
pub struct ClientArgs {
    #[command(flatten)]
    pub terminal: TerminalArgs,
}

/// What the sheet's two programs have in common.
#[derive(Debug, Args)]
pub struct TerminalArgs {
    /// The key file; without it, lab.key in lab's state folder: the same for all your terminals, and not for other users
    #[arg(long, value_name = "PATH")]
    pub file: Option<PathBuf>,
    /// ftok()'s project number: one character, or a number from 1 to 255; L without it
    #[arg(long, value_name = "C", value_parser = project, allow_negative_numbers = true)]
    pub project: Option<Project>,
    #[command(flatten)]
    pub pauses: PauseOptions,
    /// Pause from this step on; earlier steps are played without a pause
    #[arg(long, value_name = "STEP", value_parser = whole::<u16>(1..=65535, STEP), allow_negative_numbers = true)]
    pub from: Option<u16>,
    /// One JSON object a line instead of text; never pauses
    #[arg(long, conflicts_with_all = ["auto", "line", "plain"])]
    pub json: bool,
    #[command(flatten)]
    pub looks: DisplayOptions,
}
