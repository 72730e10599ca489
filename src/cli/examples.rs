//! What stands below the options in the help of a command: what it promises, its exit status, and examples.

use indoc::indoc;

use crate::quiz::answer;
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

pub(super) const AFTER: &str = indoc! {"
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

pub(super) const VALIDATE_AFTER: &str = indoc! {"
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

pub(super) const CLEAN_AFTER: &str = indoc! {"
    Every run writes down what it is about to make. A run that was killed before it
    could clean up leaves that record, and only what matches it in every field (id,
    key, creator, size, time of creation) is removed. Nothing else ever is.

    Examples:
      lab clean --dry-run
      lab clean --yes
"};

pub(super) const MAN_AFTER: &str = indoc! {"
    A page that lab has written earlier is written anew. Any other file stays as it is,
    and then nothing is written.

    Examples:
      lab man | man -l -
      lab man ~/.local/share/man/man1     then man lab-trace
"};

pub(super) const COMPLETIONS_AFTER: &str = indoc! {"
    The script holds the names of the lessons, calls, topics and tasks that come with
    lab. Write it anew after an update of lab.

    Examples:
      lab completions bash >~/.local/share/bash-completion/completions/lab
      lab completions zsh >~/.zfunc/_lab     with fpath=(~/.zfunc $fpath) before compinit
      lab completions fish >~/.config/fish/completions/lab.fish
"};

pub(super) const NEW_AFTER: &str = indoc! {"
    A file or folder that is there already stays as it is, and nothing is written.

    Examples:
      lab new lesson my-page      then lab step-through my-page.toml
      lab new quiz my-questions   then lab quiz my-questions.toml
      lab new task my-task        then lab validate my-task
"};

pub(super) const DOCTOR_AFTER: &str = indoc! {"
    Each check tries the thing itself, in a process of its own, and nothing of it stays:
    doctor changes nothing. OK: it works. NOTE: lab leaves something out, or shows it
    otherwise. NO: a command of lab can't do its work. A NOTE and a NO say what follows,
    and CHANGE says how you change it, and where that takes an administrator.

    Exit status: 0 if lessons can be played, 3 if they can't.

    Examples:
      lab doctor
      lab doctor --json | jq -r 'select(.state == \"no\") | .change'
"};

pub(super) const TRACE_AFTER: &str = indoc! {"
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

pub(super) const ORDERS_AFTER: &str = indoc! {"
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

pub(super) const SOURCE_AFTER: &str = indoc! {"
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

pub(super) const COMPARE_AFTER: &str = indoc! {"
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

pub(super) const TASK_AFTER: &str = indoc! {"
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

pub(super) fn step_through_after() -> String {
    with_examples(&format!("Keys at a pause: {}.", session::keys_in_help()), STEP_THROUGH_EXAMPLES)
}

pub(super) fn demo_after() -> String {
    let keys = format!("Keys as in step-through, and {}", session::keys_in_help_of_a_demo());
    with_examples(&keys, DEMO_EXAMPLES)
}

pub(super) fn quiz_after() -> String {
    let (keys, after) = (answer::keys(|key| key.help, ", "), session::quiz::pause_keys());
    let text = format!(
        "An answer is the number of an option, a number or a text, and Enter: a quiz reads whole lines. {keys}. \
         After each answer the calls are really played, in a sandbox, and what the kernel says is the answer. \
         Then, on a terminal: {after}. What was answered is kept after every answer: an interrupted quiz can be \
         resumed."
    );
    with_examples(&text, QUIZ_EXAMPLES)
}

pub(super) fn server_after() -> String {
    with_examples(SERVER_TEXT, SERVER_EXAMPLES)
}

pub(super) fn client_after() -> String {
    with_examples(CLIENT_TEXT, CLIENT_EXAMPLES)
}

fn with_examples(text: &str, examples: &str) -> String {
    format!("{}\n\n{examples}", textwrap::fill(text, 80))
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
