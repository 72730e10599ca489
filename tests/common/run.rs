//! One run of the binary, and what came of it. It waits with a deadline for every process of the run, and kills
//! what is left when the deadline passes; that is a failure of the test.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::fd::AsFd;
use std::os::unix::fs::{OpenOptionsExt, chown};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::sys::termios::{self, Termios};
use nix::unistd::Pid;

use super::{DEADLINE, Desk};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Marks every process of a run, in its environment.
const MARK: &str = "LAB_TEST_RUN";

/// The shell's words before a run: descriptor 3 tells that a process of it lives. What whoever started the tests left
/// open goes, since lab shall have the descriptors of a shell's command: make leaves two open, perf one.
const TO_START: &str = "exec 3>\"$0\" 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exec \"$@\"";

/// Whether whoever started the tests has had signals ignored: nohup does, and a shell for what runs behind it. Not
/// SIGPIPE, which Rust ignores and lets its children have.
fn signals_are_ignored() -> bool {
    static IGNORED: OnceLock<bool> = OnceLock::new();
    *IGNORED.get_or_init(|| {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status
            .lines()
            .find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
        mask.is_none_or(|mask| mask & !(1 << (Signal::SIGPIPE as u32 - 1)) != 0)
    })
}

/// A command to be run.
#[must_use = "a command that is not run tests nothing"]
pub struct Lab {
    desk: Arc<Desk>,
    args: Vec<OsString>,
    environment: Vec<(OsString, Option<OsString>)>,
    stdin: Vec<u8>,
    /// Words before the binary, such as `prlimit --nofile=8`.
    through: Vec<String>,
    may_leave: bool,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Exited(i32),
    Died(Signal),
}

/// What came of a run.
#[must_use = "what a run did has to be looked at"]
#[derive(Debug)]
pub struct Run {
    pub status: Status,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    what: String,
}

/// What a run said, after its status was looked at.
#[must_use = "what a run printed has to be looked at"]
#[derive(Debug)]
pub struct Told {
    out: String,
    err: String,
    what: String,
}

impl Lab {
    pub fn new(desk: Arc<Desk>, args: &[&str]) -> Lab {
        let args = args.iter().map(OsString::from).collect();
        Lab { desk, args, environment: Vec::new(), stdin: Vec::new(), through: Vec::new(), may_leave: false }
    }

    pub fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// One more argument, of any bytes.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Lab {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Sets a variable; the environment is otherwise the desk's, with LANG=C.UTF-8 and no TERM or NO_COLOR.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Lab {
        self.environment.push((name.into(), Some(value.as_ref().to_owned())));
        self
    }

    /// Takes a variable away.
    pub fn without(mut self, name: &str) -> Lab {
        self.environment.push((name.into(), None));
        self
    }

    /// What it can read on standard input; nothing without this.
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Lab {
        self.stdin = bytes.as_ref().to_owned();
        self
    }

    /// Has another program start it: `["prlimit", "--nofile=8"]`.
    pub fn through<const N: usize>(mut self, words: [&str; N]) -> Lab {
        self.through.extend(words.map(String::from));
        self
    }

    /// Has a shell start it: in the script, `"$@"` is the whole command, as in `exec "$@" >/dev/full`.
    pub fn script(self, script: &str) -> Lab {
        self.through(["sh", "-c", script, "sh"])
    }

    /// What it leaves behind is looked at by the test itself.
    pub fn may_leave(mut self) -> Lab {
        self.may_leave = true;
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn run(self) -> Run {
        let input = self.desk.folder().join(format!("stdin-{}", COUNT.fetch_add(1, Ordering::SeqCst)));
        fs::write(&input, &self.stdin).expect("a written file");
        let stdin = File::open(&input).expect("the file");
        let out = self.desk.folder().join(format!("stdout-{}", COUNT.fetch_add(1, Ordering::SeqCst)));
        let stdout = File::create(&out).expect("a new file");
        let mut live = self.spawn(stdin.into(), stdout.into(), &[]);
        let mut run = live.finish();
        run.stdout = fs::read(&out).expect("what it printed");
        run
    }

    /// Starts it with pipes on standard input and output.
    #[track_caller]
    pub fn start(self) -> Live {
        let (stdin, writer) = std::io::pipe().expect("a pipe");
        let (reader, stdout) = std::io::pipe().expect("a pipe");
        let mut live = self.spawn(stdin.into(), stdout.into(), &[]);
        live.reader = Some(File::from(std::os::fd::OwnedFd::from(reader)));
        live.writer = Some(File::from(std::os::fd::OwnedFd::from(writer)));
        live
    }

    /// Starts it on a pseudo-terminal of this size, which is its controlling terminal.
    #[track_caller]
    pub fn on_terminal(self, rows: u16, columns: u16) -> Live {
        use nix::fcntl::OFlag;
        use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let master = posix_openpt(flags).expect("a pseudo-terminal");
        grantpt(&master).and_then(|()| unlockpt(&master)).expect("a pseudo-terminal");
        let name = ptsname_r(&master).expect("its name");
        let noctty = OFlag::O_NOCTTY.bits();
        let slave = OpenOptions::new().read(true).write(true).custom_flags(noctty).open(name);
        let slave = slave.expect("its other side");
        if let Some(uid) = self.desk.owner() {
            nix::unistd::fchown(&slave, Some(uid.into()), None).expect("fchown");
        }
        let master = File::from(std::os::fd::OwnedFd::from(master));
        resized(&master, rows, columns);
        let before = termios::tcgetattr(&slave).expect("its mode");
        let copy = |fd: &File| Stdio::from(fd.try_clone().expect("a copy"));
        let mut live = self.spawn(copy(&slave), copy(&slave), &["setsid", "--ctty"]);
        live.writer = Some(master.try_clone().expect("a copy"));
        live.reader = Some(master);
        live.before = Some(before);
        live
    }

    fn command(&self, first: &[&str]) -> (Command, PathBuf, String) {
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let fifo = self.desk.folder().join(format!("alive-{number}"));
        nix::unistd::mkfifo(&fifo, Mode::S_IRUSR | Mode::S_IWUSR).expect("a fifo");
        if let Some(uid) = self.desk.owner() {
            chown(&fifo, Some(uid), None).expect("chown");
        }
        let mark = format!("{}/{number}", self.desk.folder().display());
        let mut command = Command::new(if signals_are_ignored() { "env" } else { "sh" });
        if signals_are_ignored() {
            command.args(["--default-signal", "sh"]);
        }
        command.args(["-c", TO_START]).arg(&fifo);
        command.args(first).args(self.desk.way_in()).args(&self.through);
        command.arg(self.desk.program()).args(&self.args);
        command.env_clear().envs(self.desk.environment()).env(MARK, &mark);
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.current_dir(self.desk.work());
        (command, fifo, mark)
    }

    #[track_caller]
    fn spawn(self, stdin: Stdio, stdout: Stdio, first: &[&str]) -> Live {
        let (mut command, fifo, mark) = self.command(first);
        let flags = nix::fcntl::OFlag::O_NONBLOCK.bits();
        let alive = OpenOptions::new().read(true).custom_flags(flags).open(&fifo).expect("the fifo");
        let err = fifo.with_extension("stderr");
        let stderr = File::create(&err).expect("a new file");
        let words: Vec<_> = self.args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        let child = self.desk.spawn(&mut command).expect("lab starts");
        Live {
            desk: self.desk,
            child,
            reader: None,
            writer: None,
            before: None,
            printed: Vec::new(),
            plain: Plain::default(),
            screen: None,
            seen: 0,
            alive,
            err,
            mark,
            may_leave: self.may_leave,
            what: format!("lab {}", words.join(" ")),
            ended: None,
        }
    }
}

/// A run under way, in the hand of the test.
pub struct Live {
    desk: Arc<Desk>,
    child: Child,
    reader: Option<File>,
    writer: Option<File>,
    /// The terminal's mode before lab was started; none where there is no terminal.
    before: Option<Termios>,
    printed: Vec<u8>,
    plain: Plain,
    screen: Option<Screen>,
    /// How much of the plain text earlier waits have taken.
    seen: usize,
    alive: File,
    err: PathBuf,
    mark: String,
    may_leave: bool,
    what: String,
    ended: Option<Status>,
}

/// What was shown without its colours. Only what is new is gone through, since a long run is waited for often.
#[derive(Default)]
struct Plain {
    text: String,
    /// How many bytes of what was printed, and of the text, are whole lines: nothing that comes changes them.
    whole: (usize, usize),
}

impl Plain {
    fn of(&mut self, printed: &[u8]) -> &str {
        self.text.truncate(self.whole.1);
        let new = &printed[self.whole.0..];
        let lines = new.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.text += &uncoloured(&new[..lines]);
        self.whole = (self.whole.0 + lines, self.text.len());
        self.text += &uncoloured(&new[lines..]);
        &self.text
    }
}

/// A terminal of some size, and how much of what was printed it has read.
struct Screen {
    terminal: vt100::Parser,
    size: (u16, u16),
    read: usize,
}

impl Screen {
    fn new(rows: u16, columns: u16) -> Screen {
        Screen { terminal: terminal(rows, columns, 0), size: (rows, columns), read: 0 }
    }
}

fn terminal(rows: u16, columns: u16, scrollback: usize) -> vt100::Parser {
    let [rows, columns] = [rows, columns].map(|size| NonZero::new(size).expect("a size"));
    vt100::Parser::new(rows, columns, scrollback)
}

impl Live {
    /// The pid of lab itself, or of what starts it as long as that has not made way.
    pub fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    pub fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// Waits until `text` is shown, after whatever earlier waits have taken; what was shown up to its end.
    /// Colours are left out of the comparison and of the answer.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let shown = &self.plain.of(&self.printed)[self.seen..];
            if let Some(at) = shown.find(text) {
                let taken = shown[..at + text.len()].to_owned();
                self.seen += taken.len();
                return taken;
            }
            if let Err(why) = self.read_more(deadline) {
                let shown = &self.plain.of(&self.printed)[self.seen..];
                panic!("`{}`: waited for {text:?} and {why}; shown since the last wait:\n{shown}", self.what);
            }
        }
    }

    /// Types a key until it is answered: where it may be swallowed, since what is typed too early or too fast
    /// counts for nothing.
    #[track_caller]
    pub fn insist(&mut self, key: &str, text: &str) {
        let deadline = Instant::now() + DEADLINE;
        while Instant::now() < deadline {
            self.send(key);
            let soon = Instant::now() + Duration::from_millis(200);
            while self.read_more(soon).is_ok() {
                if self.plain.of(&self.printed)[self.seen..].contains(text) {
                    self.wait_for(text);
                    return;
                }
            }
        }
        panic!("`{}`: {key:?} was never answered with {text:?}:\n{}", self.what, self.raw());
    }

    /// Waits until what is shown ends with one of these, and nothing behind it; which. None if the run ends first.
    #[track_caller]
    pub fn ends_with<'t>(&mut self, ends: &[&'t str]) -> Option<&'t str> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let all = self.plain.of(&self.printed);
            if let Some(end) = ends.iter().find(|end| all[self.seen..].ends_with(**end)) {
                self.seen = all.len();
                return Some(end);
            }
            match self.read_more(deadline) {
                Ok(()) => {}
                Err("nothing more comes") => return None,
                Err(why) => panic!("`{}`: waited for {ends:?} and {why}:\n{}", self.what, self.raw()),
            }
        }
    }

    /// What a terminal of this size shows of everything so far, with its scrollback.
    pub fn terminal(&self, rows: u16, columns: u16) -> vt100::Parser {
        let mut terminal = terminal(rows, columns, 10_000);
        terminal.process(&self.printed);
        terminal
    }

    /// The rows that a terminal of this size shows of everything so far, without the empty ones at its end.
    pub fn rows(&mut self, rows: u16, columns: u16) -> Vec<String> {
        let known = self.screen.take().filter(|screen| screen.size == (rows, columns));
        let screen = self.screen.insert(known.unwrap_or_else(|| Screen::new(rows, columns)));
        screen.terminal.process(&self.printed[screen.read..]);
        screen.read = self.printed.len();
        let mut shown: Vec<String> = screen.terminal.screen().rows(0, columns).collect();
        while shown.last().is_some_and(|row| row.trim().is_empty()) {
            shown.pop();
        }
        shown
    }

    /// Everything shown so far, as it came.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.printed).into_owned()
    }

    /// Types.
    #[track_caller]
    pub fn send(&mut self, keys: &str) -> &mut Live {
        let writer = self.writer.as_mut().expect("an open input");
        writer.write_all(keys.as_bytes()).expect("typed keys");
        self
    }

    /// Ends the input of a run with pipes.
    pub fn end_input(&mut self) {
        self.writer = None;
    }

    /// Nobody reads what it prints any more.
    pub fn close_output(&mut self) {
        self.reader = None;
    }

    /// Hangs the terminal up, or closes both pipes: nobody reads or types any more.
    pub fn hang_up(&mut self) {
        self.writer = None;
        self.reader = None;
    }

    /// Sends a signal to lab itself.
    pub fn signal(&self, signal: Signal) {
        let _ = kill(Pid::from_raw(self.pid()), signal);
    }

    /// The terminal's mode is as it was before the start.
    #[track_caller]
    pub fn mode_is_restored(&self) {
        let before = self.before.as_ref().expect("a terminal");
        assert_eq!(self.termios(), *before, "the terminal's mode");
    }

    /// Whether the terminal's mode is as it was before the start.
    pub fn mode_is_as_before(&self) -> bool {
        self.before.as_ref().is_some_and(|before| *before == self.termios())
    }

    fn termios(&self) -> Termios {
        termios::tcgetattr(self.reader.as_ref().expect("a terminal").as_fd()).expect("its mode")
    }

    /// Gives the terminal another size; whoever has it in the foreground gets SIGWINCH.
    pub fn resize(&self, rows: u16, columns: u16) {
        resized(self.reader.as_ref().expect("a terminal"), rows, columns);
    }

    /// Every living process of this run: pid and name.
    pub fn processes(&self) -> Vec<(i32, String)> {
        processes(&self.mark)
    }

    /// Waits until lab and every process it started are gone; what came of it. Its input stays open.
    #[track_caller]
    pub fn wait_end(&mut self) -> Run {
        self.finish()
    }

    /// The pid of the actor that plays this role now, of the `guard`, or of `lab` itself.
    #[track_caller]
    pub fn pid_of(&self, role: &str) -> i32 {
        let plays = |pid: i32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let mut words = line.split(|byte| *byte == 0);
            words.nth(1) == Some(b"actor") && words.next() == Some(role.as_bytes())
        };
        // A forked actor has the words of the one that forked it, and a name of its own.
        let named = |name: &str| role == name || (role, name) == ("guard", "lab-guard");
        let find = || self.processes().into_iter().find(|(pid, name)| named(name) || plays(*pid));
        // A new process needs a moment until it is what it will be.
        super::until(&format!("there is a {role}"), || find().is_some());
        find().expect("a process").0
    }

    /// Waits until a process is gone.
    #[track_caller]
    pub fn wait_gone(&self, pid: i32) {
        super::until("a process is gone", || self.processes().iter().all(|(living, _)| *living != pid));
    }

    /// Sends a signal to one of these processes.
    #[track_caller]
    pub fn signal_to(&self, role: &str, signal: Signal) {
        kill(Pid::from_raw(self.pid_of(role)), signal).expect("a signal");
    }

    #[track_caller]
    fn finish(&mut self) -> Run {
        let deadline = Instant::now() + DEADLINE;
        while self.reader.is_some() && self.read_more(deadline).is_ok() {}
        // An actor closes what it was not given, the fifo as well, and is looked for by name.
        let gone = || self.processes().is_empty();
        if !at_end(&self.alive, deadline) || !soon(deadline, gone) {
            let left = self.processes();
            self.kill_all();
            panic!("`{}` did not end; still there: {left:?}\nit showed:\n{}", self.what, self.raw());
        }
        let status = self.child.wait().expect("its status");
        let status = match (status.code(), status.signal()) {
            (Some(code), _) => Status::Exited(code),
            (None, Some(signal)) => Status::Died(Signal::try_from(signal).expect("a signal")),
            (None, None) => panic!("neither exited nor killed: {status}"),
        };
        self.ended = Some(status);
        if !self.may_leave {
            self.desk.is_clean();
        }
        let printed = std::mem::take(&mut self.printed);
        // A terminal makes two bytes of a line's end.
        let stdout = if self.before.is_some() { lines(&printed) } else { printed };
        Run { status, stdout, stderr: fs::read(&self.err).expect("what it said"), what: self.what.clone() }
    }

    fn read_more(&mut self, deadline: Instant) -> Result<(), &'static str> {
        let reader = self.reader.as_mut().ok_or("nothing more comes")?;
        if !ready(reader, deadline) {
            return Err("the deadline passed");
        }
        let mut buffer = [0; 4096];
        match reader.read(&mut buffer) {
            // EIO: the last process has let the terminal go.
            Ok(0) | Err(_) => Err("nothing more comes"),
            Ok(length) => {
                self.printed.extend_from_slice(&buffer[..length]);
                Ok(())
            }
        }
    }

    fn kill_all(&mut self) {
        for (pid, _) in self.processes() {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if self.ended.is_none() {
            self.kill_all();
        }
    }
}

impl Run {
    /// It ended with this exit status.
    #[track_caller]
    pub fn exits(self, code: i32) -> Told {
        self.ends(Status::Exited(code))
    }

    /// It ended with one of these exit statuses.
    #[track_caller]
    pub fn exits_with(self, codes: &[i32]) -> Told {
        let found = codes.iter().copied().find(|code| self.status == Status::Exited(*code));
        self.exits(found.unwrap_or(codes[0]))
    }

    /// Exit status 0.
    #[track_caller]
    pub fn succeeds(self) -> Told {
        self.exits(0)
    }

    /// This exit status, which is not 0.
    #[track_caller]
    pub fn fails(self, code: i32) -> Told {
        assert_ne!(code, 0, "0 is no failure");
        self.exits(code)
    }

    /// It was killed by this signal.
    #[track_caller]
    pub fn dies_of(self, signal: Signal) -> Told {
        self.ends(Status::Died(signal))
    }

    #[track_caller]
    fn ends(self, status: Status) -> Told {
        let Run { status: found, stdout, stderr, what } = self;
        let (out, err) = (text(stdout), text(stderr));
        assert_eq!(found, status, "`{what}` ended otherwise; it printed:\n{out}\nand said:\n{err}");
        Told { out, err, what }
    }
}

impl Told {
    /// Exactly this on standard output, and nothing on standard error.
    #[track_caller]
    pub fn prints(self, whole: &str) {
        self.prints_and_says(whole, "");
    }

    /// Exactly this on standard error, and nothing on standard output.
    #[track_caller]
    pub fn says(self, whole: &str) {
        self.prints_and_says("", whole);
    }

    /// Exactly this on both.
    #[track_caller]
    pub fn prints_and_says(self, out: &str, err: &str) {
        assert_eq!(
            (self.out.as_str(), self.err.as_str()),
            (out, err),
            "`{}` printed or said otherwise",
            self.what
        );
    }

    /// Standard output, for the test to look at; standard error must be empty.
    #[track_caller]
    pub fn text(self) -> String {
        assert_eq!(self.err, "", "`{}` said something; it printed:\n{}", self.what, self.out);
        self.out
    }

    /// Standard error, for the test to look at; standard output must be empty.
    #[track_caller]
    pub fn error(self) -> String {
        assert_eq!(self.out, "", "`{}` printed something; it said:\n{}", self.what, self.err);
        self.err
    }

    /// Both, for the test to look at.
    pub fn both(self) -> (String, String) {
        (self.out, self.err)
    }
}

fn lines(bytes: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n").into_bytes()
}

#[track_caller]
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text in UTF-8")
}

/// Waits until the descriptor can be read without blocking; false when the deadline passed first.
fn ready(fd: &File, deadline: Instant) -> bool {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let time = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        let mut fds = [PollFd::new(fd.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, time) {
            Ok(0) if Instant::now() >= deadline => return false,
            Ok(0) | Err(nix::Error::EINTR) => {}
            Ok(_) => return true,
            Err(error) => panic!("poll: {error}"),
        }
    }
}

/// Waits until nobody has the fifo open for writing any more.
fn at_end(mut fifo: &File, deadline: Instant) -> bool {
    let mut buffer = [0; 64];
    while ready(fifo, deadline) {
        if matches!(fifo.read(&mut buffer), Ok(0)) {
            return true;
        }
    }
    false
}

/// The living processes of a run: those that have its mark in their environment, and its actors, which have no
/// environment: they name their narrator and work in a folder of the desk's.
fn processes(mark: &str) -> Vec<(i32, String)> {
    let desk = mark.rsplit_once('/').expect("a desk's folder").0;
    let mark = format!("{MARK}={mark}");
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids: Vec<i32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    let read = |pid: i32, file: &str| fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let is_marked =
        |pid: &i32| read(*pid, "environ").split(|byte| *byte == 0).any(|it| it == mark.as_bytes());
    let marked: Vec<i32> = pids.iter().copied().filter(is_marked).collect();
    let plays = |pid: i32| {
        let line = read(pid, "cmdline");
        let mut words = line.split(|byte| *byte == 0).skip(1);
        if words.next() != Some(b"actor") {
            return false;
        }
        let narrator = words.nth(2).and_then(|word| std::str::from_utf8(word).ok()?.parse::<i32>().ok());
        narrator.is_some_and(|narrator| marked.contains(&narrator) || !pids.contains(&narrator))
            && fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder.starts_with(desk))
    };
    let ours = pids.iter().copied().filter(|pid| marked.contains(pid) || plays(*pid));
    let named = |pid: i32| {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        Some((pid, name.trim_end().to_owned()))
    };
    ours.filter_map(named).collect()
}

/// Looks again until `holds`, or until the deadline; whether it does.
pub fn soon(deadline: Instant, holds: impl Fn() -> bool) -> bool {
    while !holds() {
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}

/// Sets a terminal's size.
fn resized(terminal: &File, rows: u16, columns: u16) {
    let mut stty = Command::new("stty");
    stty.args(["rows", &rows.to_string(), "cols", &columns.to_string()]);
    stty.stdin(terminal.try_clone().expect("a copy"));
    assert!(stty.status().expect("stty").success(), "stty");
}

/// Text without the escape sequences that colour it or steer a page, and with plain line ends.
pub fn uncoloured(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let parameters = after.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
        match after.as_bytes().get(parameters) {
            Some(b'm' | b'H' | b'J') => rest = &after[parameters + 1..],
            _ => {
                plain.push_str("\u{1b}[");
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}
