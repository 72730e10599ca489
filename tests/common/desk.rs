//! A student's place: folders, an IPC namespace, a user. It makes them, looks at what is left in them, and
//! takes them away again.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use nix::sched::{CloneFlags, setns, unshare};

use super::{Lab, root, skip};

/// The user that root becomes to be an ordinary one.
const NOBODY: u32 = 65534;
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static COUNT: AtomicU32 = AtomicU32::new(0);

/// One student's place.
pub struct Desk {
    folder: PathBuf,
    program: PathBuf,
    /// The user and the group that root has to become for whatever runs here.
    user: Option<(u32, u32)>,
    /// None where there is no namespace.
    room: Option<Room>,
    /// The table of segments that a run must leave as it was.
    table: Mutex<String>,
}

/// An IPC namespace.
enum Room {
    /// Root enters it on a thread: a program that enters it for every run costs more than the run.
    Open(File),
    /// Held open until this process's standard input closes: who is not root needs a user namespace with it, and no
    /// thread enters one.
    Held(Child),
}

impl Desk {
    /// A desk of whoever runs the tests.
    pub fn new() -> Arc<Desk> {
        Desk::furnished(None)
    }

    /// A desk of an ordinary user; none, with a reason, where root can't become one.
    pub fn ordinary() -> Option<Arc<Desk>> {
        if !root() {
            return Some(Desk::new());
        }
        static CAN: OnceLock<bool> = OnceLock::new();
        let trial = || Command::new("true").uid(NOBODY).gid(NOBODY).status().is_ok_and(|end| end.success());
        if !CAN.get_or_init(trial) {
            skip("root can't become an ordinary user here (setuid)");
            return None;
        }
        Some(Desk::furnished(Some((NOBODY, NOBODY))))
    }

    /// A desk of a user to whom /etc/subuid gives a range, where newuidmap is there to map it; none, with a reason, where
    /// this machine has none. Nobody's own namespace is of use for that: in it newuidmap has no rights.
    pub fn of_user_with_range() -> Option<Arc<Desk>> {
        let helper = |name: &str| Path::new("/usr/bin").join(name).exists();
        let user = user_with_range().filter(|_| root() && helper("newuidmap") && helper("newgidmap"));
        if user.is_none() {
            skip("it takes root, newuidmap, and a user with a range in /etc/subuid and /etc/subgid");
        }
        user.map(|user| Desk::furnished(Some(user)))
    }

    /// Desks of everybody this machine lets us be: ourselves and, as root, an ordinary user as well.
    pub fn of_everybody() -> Vec<Arc<Desk>> {
        let mut desks = vec![Desk::new()];
        if root() {
            desks.extend(Desk::ordinary());
        }
        desks
    }

    fn furnished(user: Option<(u32, u32)>) -> Arc<Desk> {
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("lab-test-{:07}-{number:04}", std::process::id());
        let folder = std::env::temp_dir().canonicalize().expect("a temporary folder").join(name);
        fs::create_dir(&folder).expect("a new folder");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("a mode");
        let own = |path: &Path| {
            if let Some((user, group)) = user {
                chown(path, Some(user), Some(group)).expect("chown");
            }
        };
        for part in ["home", "tmp", "state", "work"] {
            fs::create_dir(folder.join(part)).expect("a new folder");
            // Whatever the umask: what a group may write, lab does not use.
            fs::set_permissions(folder.join(part), fs::Permissions::from_mode(0o755)).expect("a mode");
            own(&folder.join(part));
        }
        let built = PathBuf::from(env!("CARGO_BIN_EXE_lab"));
        let program = if user.is_some() {
            // The build's own folder may not be open to everybody.
            let copy = folder.join("lab");
            fs::hard_link(&built, &copy)
                .or_else(|_| fs::copy(&built, &copy).map(|_| ()))
                .expect("a copy of lab");
            copy
        } else {
            built
        };
        let desk = Desk { folder, program, user, room: Room::new(), table: Mutex::new(String::new()) };
        *desk.table.lock().expect("a lock") = desk.table_now();
        Arc::new(desk)
    }

    /// `lab` with these arguments, to be run at this desk.
    pub fn lab<const N: usize>(self: &Arc<Desk>, args: [&str; N]) -> Lab {
        Lab::new(self.clone(), &args)
    }

    /// Whether nobody else's segments are seen here.
    pub fn private(&self) -> bool {
        self.room.is_some()
    }

    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The folder that holds all the others; private to this desk.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A folder to keep files in; the working directory of every run.
    pub fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    pub fn tmp(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// Where lab keeps what lasts.
    pub fn state(&self) -> PathBuf {
        self.folder.join("state/lab")
    }

    /// The folder of records, made as lab makes it.
    pub fn runs(&self) -> PathBuf {
        let runs = self.state().join("runs");
        for folder in [self.state(), runs.clone()] {
            fs::DirBuilder::new().mode(0o700).recursive(true).create(&folder).expect("a folder");
            if let Some((user, group)) = self.user {
                chown(&folder, Some(user), Some(group)).expect("chown");
            }
        }
        runs
    }

    /// Writes a file into the working directory; its path.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work().join(name);
        fs::write(&path, text).expect("a written file");
        if let Some((user, group)) = self.user {
            chown(&path, Some(user), Some(group)).expect("chown");
        }
        path
    }

    /// Where `path` is this user's, a new file's owner.
    pub fn owner(&self) -> Option<u32> {
        self.user.map(|(user, _)| user)
    }

    /// The environment of every run.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let at = |part: &str| self.folder.join(part).display().to_string();
        vec![
            ("PATH", PATH.to_owned()),
            ("HOME", at("home")),
            ("TMPDIR", at("tmp")),
            ("XDG_STATE_HOME", at("state")),
            ("LANG", "C.UTF-8".to_owned()),
            ("SHELL", "/bin/sh".to_owned()),
        ]
    }

    /// The words that bring a command to this desk, where a thread can't.
    pub fn way_in(&self) -> Vec<String> {
        let Some(Room::Held(holder)) = &self.room else { return Vec::new() };
        let words = ["nsenter", "-U", "-i", "--preserve-credentials", "-t", &holder.id().to_string()];
        words.map(String::from).into()
    }

    /// Starts a command, with the words of [`Desk::way_in`] in it, as this desk's user and in its namespace.
    pub fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        self.inside(|| command.spawn())
    }

    /// Does something in this desk's namespace, on a thread that ends with it, because nothing leads back.
    fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let Some(Room::Open(room)) = &self.room else { return work() };
        let enter = || {
            setns(room, CloneFlags::CLONE_NEWIPC).expect("a namespace to enter");
            work()
        };
        thread::scope(|scope| scope.spawn(enter).join().expect("the thread's end"))
    }

    /// Runs a shell script at this desk, `$LAB` being the binary; what it printed. It must succeed.
    #[track_caller]
    pub fn shell(&self, script: &str) -> String {
        let mut words = self.way_in();
        words.extend(["sh", "-c", script].map(String::from));
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env_clear().envs(self.environment()).env("LAB", &self.program);
        command.current_dir(self.work()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let done = self.spawn(&mut command).and_then(Child::wait_with_output).expect("a shell");
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "`{script}` failed: {}\n{errors}", done.status);
        String::from_utf8(done.stdout).expect("text")
    }

    /// The kernel's tables of message queues and of semaphore sets, as this desk sees them.
    fn sisters_now(&self) -> String {
        const TABLES: [&str; 2] = ["/proc/sysvipc/msg", "/proc/sysvipc/sem"];
        match self.room {
            Some(Room::Held(_)) => self.shell(&format!("cat {} 2>/dev/null || :", TABLES.join(" "))),
            _ => self.inside(|| {
                TABLES.iter().map(|table| fs::read_to_string(table).unwrap_or_default()).collect()
            }),
        }
    }

    /// The kernel's table of segments, as this desk sees it.
    pub fn table_now(&self) -> String {
        match self.room {
            Some(Room::Held(_)) => self.shell("cat /proc/sysvipc/shm 2>/dev/null || :"),
            _ => self.inside(|| fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default()),
        }
    }

    /// Identifiers of the segments that exist here.
    pub fn segments(&self) -> Vec<i32> {
        let rows = self.table_now();
        rows.lines().skip(1).filter_map(|row| row.split_whitespace().nth(1)?.parse().ok()).collect()
    }

    /// From now on the segments of this moment are somebody else's, and must stay as they are.
    pub fn foreign(&self) {
        *self.table.lock().expect("a lock") = self.table_now();
    }

    /// Nothing of lab's is here: no segment, no queue, no semaphore, no scratch folder, no record.
    #[track_caller]
    pub fn is_clean(&self) {
        if self.private() {
            assert_eq!(
                self.table_now(),
                *self.table.lock().expect("a lock"),
                "the kernel's table of segments changed"
            );
            let headings = |line: &str| line.trim_start().starts_with("key ");
            let sisters = self.sisters_now();
            assert!(sisters.lines().all(headings), "a message queue or a semaphore stayed:\n{sisters}");
        }
        assert_eq!(names_in(&self.tmp()), Vec::<String>::new(), "TMPDIR holds something");
        assert_eq!(names_in(&self.state().join("runs")), Vec::<String>::new(), "a record stayed");
    }
}

/// The first user and group that both files give a range, by name.
fn user_with_range() -> Option<(u32, u32)> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let (users, groups) = (read("/etc/subuid"), read("/etc/subgid"));
    let has = |ranges: &str, name: &str| ranges.lines().any(|line| line.split(':').next() == Some(name));
    read("/etc/passwd").lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let (user, group): (u32, u32) = (fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?);
        (user != 0 && has(&users, fields[0]) && has(&groups, fields[0])).then_some((user, group))
    })
}

/// Names in a folder, sorted; none where there is no folder.
pub fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

impl Room {
    /// A new one; none where the machine refuses it.
    fn new() -> Option<Room> {
        let room = if root() { Room::open() } else { Room::held() };
        if room.is_none() {
            skip("no IPC namespace for the tests: the machine's own is used, and its table is not compared");
        }
        room
    }

    fn open() -> Option<Room> {
        let make = || {
            unshare(CloneFlags::CLONE_NEWIPC).ok()?;
            File::open("/proc/thread-self/ns/ipc").ok()
        };
        thread::spawn(make).join().expect("the thread's end").map(Room::Open)
    }

    fn held() -> Option<Room> {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-current-user", "--ipc", "cat"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        // When it answers, it is inside.
        let greeted = child.stdin.as_mut()?.write_all(b"?").is_ok();
        let mut answer = [0];
        if greeted && child.stdout.as_mut()?.read_exact(&mut answer).is_ok() {
            return Some(Room::Held(child));
        }
        let _ = child.wait();
        None
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(Room::Held(mut holder)) = self.room.take() {
            drop(holder.stdin.take());
            let _ = holder.wait();
        }
        if fs::remove_dir_all(&self.folder).is_err() {
            // A test has taken somebody's permissions away.
            let _ = Command::new("chmod").args(["-R", "u+rwX"]).arg(&self.folder).status();
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
