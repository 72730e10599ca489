//! The command line, whole, on one page: every command, option and help text. It parses and does no work.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;
use indoc::indoc;

use crate::output::report::ReportFile;
use crate::output::screen::{Colour, Display};
use crate::quiz::answer;
use crate::runner::key_file::Project;
use crate::session;

/// What `lab` alone says to a student who has not begun.
pub const ABOUT: &str = indoc! {"
    lab teaches System V shared memory: real processes make the real calls, and
    every number on the screen was returned by a call or read from the kernel.

    Start here:
      lab step-through why  a pipe, a queue, a segment: what shared memory saves
      lab step-through      then the lab sheet: a server writes, a client reads

"};

/// What else there is: said by `lab` alone to everybody.
pub const OVERVIEW: [(&str, &str); 14] = [
    ("lab list", "all lessons: every call, every classic mistake"),
    ("lab step-through NAME", "play one of them"),
    ("lab server", "the same in two terminals: the server in this one,"),
    ("lab client", "the client in another"),
    ("lab demo CALL", "one call in front of a room: ftok, shmget, shmat, ..."),
    ("lab quiz", "questions; the kernel gives the answers"),
    ("lab task", "programs to write yourself, and lab judges them"),
    ("lab trace PROGRAM", "your own program: what it does, and what went wrong"),
    ("lab orders PROGRAM...", "your programs in every order: how they can end"),
    ("lab validate", "check lessons, ours and your own"),
    ("lab clean", "remove what killed runs left behind"),
    ("lab --help", "all commands and options"),
    ("lab COMMAND --help", "one command, with examples"),
    (
        "lab help TOPIC",
        "a page about trace, findings, orders, quiz, tasks, lesson, json, keys, status or strangers",
    ),
];

const AFTER: &str = indoc! {"
    Exit status:
      0    done
      1    a claim of the lesson did not hold, a check of your task failed, a quiz is
           under --min, something could not be removed, or server and client do not
           find the segment they need
      2    wrong usage
      3    this machine can't do it (no System V shared memory, a limit reached,
           ptrace refused)
      4    a lesson, quiz or task file is wrong
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
      lab step-through --from 9         the client's half; the server's runs by itself
      lab step-through --auto 3         by itself, three seconds a beat; a key pauses, Space plays on
      lab step-through --host           then `ipcs -m` in any terminal shows the segment
      lab step-through --no-pause --json | jq .function
      lab step-through shmat --report shmat.html   to hand in: every step, what you said, pictures

    Not a terminal, no pauses: piped, it runs through.
"};

const DEMO_EXAMPLES: &str = indoc! {"
    Examples:
      lab demo                what can be demonstrated, with minutes
      lab demo shmat          predict, Enter, see
      lab demo shmat --notes  what to say, what students usually answer
      lab demo shmat --notes --follow
                              in a second terminal: the notes of the step that
                              the first one shows
"};

const VALIDATE_AFTER: &str = indoc! {"
    Each lesson is played in a process and a sandbox of its own. Reported are: mistakes
    in the file, with line, column and caret; claims that this kernel does not confirm;
    lines too wide for 80 columns; segments left behind. Exit status 4 for any of them.

    With --watch lab validates again at each save, also if your editor puts a new file in
    the old one's place, and also where its output goes into a pipe or a file. Ctrl-C ends
    it with status 130. It goes without --json: a tool runs lab validate --json itself,
    since it knows of each save.

    Examples:
      lab validate
      lab validate my-lessons/ draft.toml
      lab validate --watch draft.toml
      lab validate --json my-lessons/ | jq 'select(.ok | not)'
"};

const QUIZ_EXAMPLES: &str = indoc! {"
    Examples:
      lab quiz                          ten questions, mixed
      lab quiz shmat --all              everything about one call
      lab quiz --missed                 what you missed the last time, in lessons too
      lab quiz --due                    what it is time to ask again
      lab quiz --lesson ftok --count 3  three questions on one lesson
      lab quiz --exam --min 80          no reasons until the end; status 1 under 80%
      lab quiz --report quiz.html       all of it in a file, to be handed in
      lab quiz --review                 what you missed in the last one, once more
      lab quiz --seed 7                 the same questions in the same order for everybody
      lab quiz my-questions.toml        your own; `lab validate` checks them
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

const MAN_AFTER: &str = indoc! {"
    A page that lab has written earlier is written anew. Any other file stays as it is,
    and then nothing is written.

    Examples:
      lab man | man -l -
      lab man ~/.local/share/man/man1     then man lab-trace
"};

const COMPLETIONS_AFTER: &str = indoc! {"
    The script holds the names of the lessons, calls, topics and tasks that come with
    lab. Write it anew after an update of lab.

    Examples:
      lab completions bash >~/.local/share/bash-completion/completions/lab
      lab completions zsh >~/.zfunc/_lab     with fpath=(~/.zfunc $fpath) before compinit
      lab completions fish >~/.config/fish/completions/lab.fish
"};

const NEW_AFTER: &str = indoc! {"
    A file or folder that is there already stays as it is, and nothing is written.

    Examples:
      lab new lesson my-page      then lab step-through my-page.toml
      lab new quiz my-questions   then lab quiz my-questions.toml
      lab new task my-task        then lab validate my-task
"};

const DOCTOR_AFTER: &str = indoc! {"
    Each check tries the thing itself, in a process of its own, and nothing of it stays:
    doctor changes nothing. OK: it works. NOTE: lab leaves something out, or shows it
    otherwise. NO: a command of lab can't do its work. A NOTE and a NO say what follows,
    and CHANGE says how you change it, and where that takes an administrator.

    Exit status: 0 if lessons can be played, 3 if they can't.

    Examples:
      lab doctor
      lab doctor --json | jq -r 'select(.state == \"no\") | .change'
"};

const TRACE_AFTER: &str = indoc! {"
    The program runs as it would without lab: its input, output, signals and exit status
    are its own. lab writes what it does to standard error, or with -o FILE to a file: open
    that, or page both streams with `lab trace ./server 2>&1 | less`. When lab is
    killed, the program is killed with it: without its tracer every shm call of it would
    fail.

    Exit status: the program's own; if a signal killed it, lab dies of the same one.
    124 when --timeout cut it off, 2 when there is no such program, 3 when this machine
    lets nobody trace.

    Examples:
      lab trace ./server
      lab trace --findings ./server               what is wrong, without the calls
      lab trace ./server 2>&1 | less              page by page, with the program's output
      lab trace -o server.txt -- ./server 5 'hello world'
      lab trace --sandbox --timeout 10 ./both     a clean namespace, ten seconds at most
      lab trace --json ./server 2>&1 >/dev/null | jq -r '.call? // empty'
"};

const ORDERS_AFTER: &str = indoc! {"
    lab starts the programs again and again, each time in an empty IPC namespace and in a
    folder with copies of your files, holds each at each of its shared memory and semaphore
    calls, forks and ends, and decides which goes on. Two steps that do not matter to each
    other are not tried both ways.

    Exit status: 0 all orders end alike, 1 they do not, or one of them never ends, 2 there is
    no such program, 3 this machine lets nobody trace or has no namespace.

    Examples:
      lab orders ./server ./client
      lab orders './server 5' './client 5' --stdin server=message.txt
      lab orders ./forks                    one program that forks
      lab orders ./server ./client --replay 12
      lab orders ./server ./client --stress 1000
      lab orders ./server ./client --json | jq 'select(.orders == \"end\")'
"};

const SOURCE_AFTER: &str = indoc! {"
    Each role is a program, with a comment a step and a check of every call. play.sh starts
    them in the lesson's order, and a Makefile builds them. Where two programs take turns,
    turn.h says how. What only lab can show is left out, and the files say what and why.

    Exit status: 0 done, 2 there is no such lesson, no program can make any of its steps, or
    a file can't be written, 4 the lesson file is wrong.

    Examples:
      lab source sheet | less
      lab source sheet my-sheet     a new folder; then: cd my-sheet && make play
      lab source page.toml page     a lesson of your own
"};

const COMPARE_AFTER: &str = indoc! {"
    Two processes in a sandbox, the writer and the reader. In each trip the writer makes
    a message (its number, and a pattern that follows from it) and sends it; the reader
    gets it, checks every byte and answers with the number, 8 bytes. It is the same for
    each way; in a segment the answer takes the number's place.

      PIPE       two pipes: write() and read()
      SOCKETS    a pair of Unix stream sockets: write() and read()
      QUEUE      a System V queue: msgsnd() and msgrcv(), in pieces of kernel.msgmax
      SEMAPHORE  a segment; the writer makes the message there, the reader checks it
                 there, and each waits in semop() until the other one is done
      SPINNING   the same segment; each looks at the number until it is another

    trips and bytes are what went to and fro in a second: the median of 9 rounds, each
    through all ways in turn. A longer bar is faster; the longest is the fastest of its
    column. k, M and G are 1000, 1000000, 1000000000; KiB and MiB are 1024 and 1048576
    bytes. A number has three digits if half of the rounds are within 1% of the median,
    two if they are within 20%, and else one.

    CALLS counts the system calls of both processes, by a tracer, in a run that is not
    timed. How the reader waits was seen in /proc; how often both sleep in a trip and how
    many processors they keep busy is from getrusage(), in the timed run.

    LINE is what a cache line costs without a message: one process stores a number, the
    other one sees it and stores another. SPINNING can't be faster.

    With one processor (try taskset -c 0) there is no LINE, and SPINNING calls
    sched_yield() each time it has looked.

    Exit status: 0 done, 3 this machine has none of the ways.

    Examples:
      lab compare
      lab compare --bytes 64,1024,16384 --seconds 10
      lab compare --json | jq 'select(.compare == \"way\") | .round_trips_per_second'
"};

const TASK_AFTER: &str = indoc! {"
    Your programs are built and played as copies, in a sandbox of their own; your files
    are read and nothing else. A check plays them, and the kernel says what they did.
    `lab help tasks` says how a task is judged, and how you write one.

    Examples:
      lab task                    the tasks and how far you are
      lab task start read-it      a folder read-it with what you begin with
      lab task check              in that folder, as often as you like
      lab task check --watch      again at each save
      lab task hint
      lab task solution read-it
"};

fn step_through_after() -> String {
    with_examples(&format!("Keys at a pause: {}.", session::keys_in_help()), STEP_THROUGH_EXAMPLES)
}

fn demo_after() -> String {
    let keys = format!("Keys as in step-through, and {}", session::keys_in_help_of_a_demo());
    with_examples(&keys, DEMO_EXAMPLES)
}

fn quiz_after() -> String {
    let (keys, after) = (answer::keys(|key| key.help, ", "), session::quiz::pause_keys());
    let text = format!(
        "An answer is the number of an option, a number or a text, and Enter: a quiz reads whole lines. {keys}. \
         After each answer the calls are really played, in a sandbox, and what the kernel says is the answer. \
         Then, on a terminal: {after}. What was answered is kept after every answer: an interrupted quiz can be \
         resumed."
    );
    with_examples(&text, QUIZ_EXAMPLES)
}

fn with_examples(text: &str, examples: &str) -> String {
    format!("{}\n\n{examples}", textwrap::fill(text, 80))
}

/// Learn System V shared memory from real processes.
#[derive(Debug, Parser)]
#[command(name = "lab", version, after_help = AFTER, disable_help_subcommand = true)]
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
    /// Play the sheet's server in this terminal; its segment waits for `lab client`
    #[command(after_help = with_examples(SERVER_TEXT, SERVER_EXAMPLES))]
    Server(ServerArgs),
    /// Play the sheet's client in another terminal: read the message, remove the segment
    #[command(after_help = with_examples(CLIENT_TEXT, CLIENT_EXAMPLES))]
    Client(ClientArgs),
    /// Demonstrate one call in front of a room: ftok, shmget, shmat, write, shmdt, shmctl
    #[command(after_help = demo_after())]
    Demo(DemoArgs),
    /// Questions whose answers the kernel gives: ten of them, mixed
    #[command(after_help = quiz_after())]
    Quiz(QuizArgs),
    /// Run a program of your own and show what it does with shared memory
    #[command(after_help = TRACE_AFTER)]
    Trace(TraceArgs),
    /// Write a lesson as C programs, one a role, that make the same calls
    #[command(after_help = SOURCE_AFTER)]
    Source(SourceArgs),
    /// Play your programs in every order of their calls, and show how the orders end
    #[command(after_help = ORDERS_AFTER)]
    Orders(OrdersArgs),
    /// Send a message by pipe, sockets, queue and segment, and measure what each costs
    #[command(after_help = COMPARE_AFTER)]
    Compare(CompareArgs),
    /// Write the programs yourself: lab builds them, plays them and says what is wrong
    #[command(after_help = TASK_AFTER, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
    Task(TaskArgs),
    /// List the lessons in order, how far you are, and what comes next
    List(ListArgs),
    /// Play lessons without pauses and report what is wrong with them
    #[command(after_help = VALIDATE_AFTER)]
    Validate(ValidateArgs),
    /// Write a lesson, a quiz or a task of your own that validates, for you to change
    #[command(disable_help_subcommand = true, after_help = NEW_AFTER)]
    New(NewArgs),
    /// Print a JSON Schema of lesson, quiz or task files, for editors
    Schema(SchemaArgs),
    /// Forget one lesson, or all that was played, predicted and answered
    Reset(ResetArgs),
    /// Say what this machine can do for lab and what not, and how to change it
    #[command(after_help = DOCTOR_AFTER)]
    Doctor(DoctorArgs),
    /// Remove what killed runs left behind, and nothing else
    #[command(after_help = CLEAN_AFTER)]
    Clean(CleanArgs),
    /// Explain a topic or a command; without one, list both
    Help(HelpArgs),
    /// Print the manual page, or write a page a command into a folder
    #[command(after_help = MAN_AFTER)]
    Man(ManArgs),
    /// Print a script with which your shell completes lab's commands, options and names
    #[command(after_help = COMPLETIONS_AFTER)]
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
    /// The file, looked at before the run begins.
    ///
    /// # Errors
    /// [`Usage`](crate::error::Error::Usage) if no report can be written there.
    pub fn file(&self) -> Result<Option<ReportFile>, crate::error::Error> {
        self.report.as_deref().map(ReportFile::at).transpose()
    }
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
    /// The message the server writes, instead of asking for it
    #[arg(long, value_name = "TEXT")]
    pub message: Option<String>,
    #[command(flatten)]
    pub pauses: PauseOptions,
    /// Pause from this step on; earlier steps are played without a pause
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
    /// The message the server writes, instead of asking for it
    #[arg(long, value_name = "TEXT")]
    pub message: Option<String>,
    #[command(flatten)]
    pub pauses: PauseOptions,
    /// Pause from this step on, by the number in its heading
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

/// Sizes of messages, each once and the smallest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes(pub Vec<u64>);

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
    /// What they mean on standard output.
    pub fn display(&self) -> Display {
        Display::choose(self.color, self.ascii, self.plain)
    }

    /// The same where each line stands for a thing: piped, a line is not broken.
    pub fn display_of_lines(&self) -> Display {
        Display::choose(self.color, self.ascii, self.plain || !io::stdout().is_terminal())
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

/// Why an option refused a value: what the value is not, what the option takes instead, and the command that shows it,
/// if it is not the option's own with --help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub what: &'static str,
    pub takes: &'static str,
    pub see: &'static str,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {}: it takes {}", self.what, self.takes)
    }
}

impl Error for Wanted {}

const STEP: Wanted =
    Wanted { what: "a step", takes: "a number from 1 to that of the lesson's last step", see: "lab list" };
const COUNT: Wanted = Wanted { what: "a number of questions", takes: "a number from 1 to 65535", see: "" };
const SEED: Wanted = Wanted { what: "a seed", takes: "a number from 0 to 18446744073709551615", see: "" };
const ORDERS: Wanted = Wanted { what: "a number of orders", takes: "a number from 1 to 1000000", see: "" };
const PERCENT: Wanted = Wanted { what: "a percentage", takes: "a number from 0 to 100", see: "" };
const DELAY: Wanted = Wanted { what: "a delay", takes: "seconds from 0 to 3600, such as 2 or 0.5", see: "" };
const TIME_LIMIT: Wanted = Wanted {
    what: "a time limit",
    takes: "seconds, more than 0 and at most 3600, such as 10 or 0.5",
    see: "",
};

const SIZES: Wanted = Wanted {
    what: "a list of message sizes",
    takes: "1 to 6 multiples of 64 from 64 to 1048576, with commas between them, such as 64,4096",
    see: "",
};

const CHARACTER_OR_BYTE: &str = "one character such as L, or a number from 1 to 255";
const PROJECT: Wanted = Wanted { what: "a project", takes: CHARACTER_OR_BYTE, see: "" };
const PROJECT_0: Wanted =
    Wanted { what: "a project that ftok() defines a key for", takes: CHARACTER_OR_BYTE, see: "" };
const LARGE_PROJECT: Wanted =
    Wanted { what: "a project, since ftok() uses only its low byte", takes: CHARACTER_OR_BYTE, see: "" };

/// The second argument of ftok().
fn project(text: &str) -> Result<Project, Wanted> {
    Project::parse(text).ok_or_else(|| match text.parse::<u64>() {
        Ok(0) => PROJECT_0,
        Ok(_) => LARGE_PROJECT,
        Err(_) => PROJECT,
    })
}

/// A parser of whole numbers in this range.
fn whole<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
    wanted: Wanted,
) -> impl Fn(&str) -> Result<T, Wanted> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or(wanted)
    }
}

/// Sizes of messages: whole cache lines, and no more than fit beside each other.
fn sizes(text: &str) -> Result<Sizes, Wanted> {
    let size = |word: &str| {
        let bytes = word.trim().parse().ok().filter(|bytes| (64..=1 << 20).contains(bytes));
        bytes.filter(|bytes: &u64| bytes.is_multiple_of(64)).ok_or(SIZES)
    };
    let mut sizes = text.split(',').map(size).collect::<Result<Vec<_>, _>>()?;
    sizes.sort_unstable();
    sizes.dedup();
    if sizes.len() > 6 { Err(SIZES) } else { Ok(Sizes(sizes)) }
}

/// A number of seconds, 0 included.
fn delay(text: &str) -> Result<Duration, Wanted> {
    let number = text.parse().ok().filter(|number| (0.0..=3600.0).contains(number));
    number.map(Duration::from_secs_f64).ok_or(DELAY)
}

/// A number of seconds, but not 0: a program that may not run at all leaves no trace.
fn time_limit(text: &str) -> Result<Duration, Wanted> {
    delay(text).ok().filter(|time| !time.is_zero()).ok_or(TIME_LIMIT)
}

const SERVER_TEXT: &str = "The server makes a segment in the machine's own IPC namespace, writes your message and ends. \
    The segment stays: `ipcs -m` shows it in any terminal, `lab client` reads and removes it, `lab clean` removes it. If \
    you quit or press Ctrl-C, lab removes it at once. Keys at a pause: as in `lab step-through`.";

const SERVER_EXAMPLES: &str = indoc! {"
    Examples:
      lab server                                   then, in another terminal, lab client
      lab server --message 'hello from row 7'
      touch here; lab server --file here --project a
"};

const CLIENT_TEXT: &str = "Start `lab server` in another terminal first and let it end. The client attaches and removes \
    only a segment that lab's own record of that server matches in every field, as `lab clean` does; whatever else has the \
    key is named and not touched. If you quit before the segment is removed, it stays for the next `lab client`. Keys at a \
    pause: as in `lab step-through`.";

const CLIENT_EXAMPLES: &str = indoc! {"
    Examples:
      lab client
      lab client --file here --project a           if the server was started so
"};

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
