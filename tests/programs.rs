//! The C programs in `tests/programs/`: their headers read, compiled with `cc`, and run as they are, without any
//! tracer, in an IPC namespace of their own: each must end and leave behind exactly what its header says. What the
//! tracer says about them is tested elsewhere, with the same headers.
//!
//! A header is the first comment; its lines `word: value` or `word (case): value` are data. The words: `diagnoses`
//! (names, `none`, or `any` for a program whose findings are nobody's business), `verdict` where it does not follow from
//! them, `flags` for cc, `files` to be made before, `stdin` (one line), `before` (the words with which the program is
//! run once before), `ends` (a status, a signal's name, or `never`), `leaves` (segments; 0 if not said).
//! The cases: `root`, `timeout` (killed because its time was up), `writer first`, `reader first`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const WORDS: [&str; 8] = ["diagnoses", "verdict", "flags", "files", "stdin", "before", "ends", "leaves"];
const CASES: [&str; 4] = ["root", "timeout", "writer first", "reader first"];

/// One C program and what its header declares.
pub struct Program {
    /// `mistakes/overrun`, `pairs/correct/writer`.
    pub name: String,
    /// Where the compiled program is; every user may run it.
    pub binary: PathBuf,
    header: Vec<(String, Option<String>, String)>,
}

impl Program {
    /// What the header says under this word, for this case if it says something for it, else for all.
    pub fn says(&self, word: &str, case: &str) -> Option<&str> {
        let find = |of: Option<&str>| {
            self.header.iter().find(|(w, c, _)| w == word && c.as_deref() == of).map(|(_, _, value)| value)
        };
        find(Some(case)).or_else(|| find(None)).map(String::as_str)
    }

    /// The diagnoses declared; none where the header says `any`.
    pub fn diagnoses(&self, case: &str) -> Option<BTreeSet<String>> {
        match self.says("diagnoses", case).unwrap_or_else(|| panic!("{}: no diagnoses", self.name)) {
            "any" => None,
            "none" => Some(BTreeSet::new()),
            names => Some(names.split(", ").map(str::to_owned).collect()),
        }
    }

    /// How many segments it leaves behind.
    pub fn leaves(&self, case: &str) -> usize {
        self.says("leaves", case).map_or(0, |number| number.parse().expect("leaves: a number"))
    }

    /// The exit status a shell shows: a signal is 128 and its number. None for `never`.
    pub fn ends(&self, case: &str) -> Option<i32> {
        match self.says("ends", case).unwrap_or_else(|| panic!("{}: no end", self.name)) {
            "never" => None,
            "SIGSEGV" => Some(128 + 11),
            "SIGKILL" => Some(128 + 9),
            "SIGSYS" => Some(128 + 31),
            status => Some(status.parse().expect("ends: a status")),
        }
    }

    /// Whether it is half of a pair.
    pub fn is_pair(&self) -> bool {
        self.name.starts_with("pairs/")
    }
}

/// Every program, compiled once, in the order of their names.
pub fn all() -> &'static [Program] {
    static ALL: OnceLock<Vec<Program>> = OnceLock::new();
    ALL.get_or_init(|| {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
        let room = room();
        let mut files = Vec::new();
        find(&sources, &mut files);
        files.sort();
        assert!(files.len() > 80, "tests/programs is not what it was: {} files", files.len());
        files
            .chunks(2)
            .flat_map(|some| {
                let compiling: Vec<_> = some.iter().map(|file| compile(&sources, file, &room)).collect();
                compiling.into_iter().map(|(program, fresh, mut cc)| {
                    assert!(cc.wait().expect("cc ends").success(), "{} does not compile", program.name);
                    // Another run of the tests may be executing the old one.
                    fs::rename(fresh, &program.binary).expect("the program takes its place");
                    program
                })
            })
            .collect()
    })
}

/// A folder for the compiled programs that every user may search: cargo's own, or one below the temporary folder
/// where cargo's is in a home that is closed to others.
fn room() -> PathBuf {
    let cargos = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let open =
        |folder: &Path| fs::metadata(folder).is_ok_and(|meta| meta.permissions().mode() & 0o005 == 0o005);
    let room = match cargos.ancestors().all(open) {
        true => cargos.join("programs"),
        false => std::env::temp_dir().join("lab-test-programs"),
    };
    fs::create_dir_all(&room).expect("a folder for the compiled programs");
    fs::set_permissions(&room, fs::Permissions::from_mode(0o755)).expect("a folder that all may search");
    room
}

/// The program of this name.
pub fn named(name: &str) -> &'static Program {
    all().iter().find(|program| program.name == name).unwrap_or_else(|| panic!("no program {name}"))
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("tests/programs") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            find(&path, files);
        } else {
            assert!(path.extension().is_some_and(|end| end == "c"), "{} is no C program", path.display());
            files.push(path);
        }
    }
}

fn compile(sources: &Path, file: &Path, room: &Path) -> (Program, PathBuf, std::process::Child) {
    let name = file.strip_prefix(sources).expect("below").with_extension("");
    let name = name.to_str().expect("a plain name").to_owned();
    let binary = room.join(name.replace('/', "-"));
    let program = Program { header: header(&name, file), name, binary };
    let fresh = program.binary.with_extension(std::process::id().to_string());
    let mut cc = Command::new("cc");
    cc.args(["-std=gnu11", "-g", "-O0", "-o"]).arg(&fresh).arg(file);
    cc.args(program.says("flags", "").unwrap_or_default().split_whitespace());
    if program.name.starts_with("mistakes/") {
        cc.arg("-w");
    } else {
        cc.args(["-Wall", "-Wextra", "-Werror"]);
    }
    (program, fresh, cc.spawn().expect("cc is needed to test a tracer"))
}

fn header(name: &str, file: &Path) -> Vec<(String, Option<String>, String)> {
    let text = fs::read_to_string(file).expect("a source");
    let (comment, _) = text.split_once("*/").expect("a header comment");
    let mut header = Vec::new();
    for line in comment.lines() {
        let Some((word, value)) = line.trim_start_matches(" * ").split_once(": ") else { continue };
        let (word, case) = match word.split_once(" (") {
            Some((word, case)) => (word, Some(case.trim_end_matches(')'))),
            None => (word, None),
        };
        if !WORDS.contains(&word) {
            continue;
        }
        assert!(case.is_none_or(|case| CASES.contains(&case)), "{name}: unknown case {case:?}");
        header.push((word.to_owned(), case.map(str::to_owned), value.to_owned()));
    }
    header
}

/// Whether the tests run as root.
pub fn root() -> bool {
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(1) == Some("0"))
}

/// A fresh folder with the files that these programs want, owned by whoever will run them.
pub fn folder(label: &str, files: Option<&str>, ordinary: bool) -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("lab-run-{}-{}", std::process::id(), label.replace('/', "-")));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("a folder to run in");
    for file in files.unwrap_or_default().split_whitespace() {
        fs::write(folder.join(file), "").expect("a key file");
    }
    if ordinary && root() {
        std::os::unix::fs::chown(&folder, Some(65534), Some(65534)).expect("chown");
    }
    folder
}

/// `command` in an IPC namespace of its own, as root or as an ordinary user; none where that user can't be had.
pub fn inside(ordinary: bool, command: &[&str]) -> Option<Command> {
    let mut inside = Command::new("unshare");
    match (root(), ordinary) {
        (true, false) => inside.arg("--ipc"),
        (true, true) => inside.args(["--ipc", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]),
        (false, true) => inside.args(["--ipc", "--user", "--map-current-user"]),
        (false, false) => return None,
    };
    inside.args(command);
    Some(inside)
}

/// Runs programs one after the other in one namespace, untraced: their statuses, and the segments left.
fn run(label: &str, programs: &[&Program], case: &str, ordinary: bool) -> Option<(Vec<i32>, usize)> {
    let files = programs.iter().find_map(|program| program.says("files", case));
    let folder = folder(&format!("{label}-{ordinary}"), files, ordinary);
    let stdin = programs.iter().find_map(|program| program.says("stdin", case)).unwrap_or_default();
    fs::write(folder.join("stdin"), format!("{stdin}\n")).expect("an input");
    // The pipe ends when its last writer does, a grandchild in the background included.
    let before = programs.iter().filter_map(|program| {
        let words = program.says("before", case)?;
        Some(format!("{} {words} >/dev/null 2>&1; ", program.binary.display()))
    });
    let script = before.collect::<String>()
        + "for program do { \"$program\" <stdin 2>&1; echo $? >>status; } | cat >>out; done; cat /proc/sysvipc/shm >left";
    let mut command = inside(ordinary, &["sh", "-c", &script, "sh"])?;
    command.args(programs.iter().map(|program| &program.binary)).current_dir(&folder);
    // The shell reports a program's signal on its own standard error.
    assert!(command.stderr(std::process::Stdio::null()).status().expect("unshare").success(), "{label}");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("what the script wrote");
    let ends = read("status").lines().map(|line| line.parse().expect("a status")).collect();
    let left = read("left").lines().count() - 1;
    fs::remove_dir_all(&folder).expect("the folder goes");
    Some((ends, left))
}

/// What the headers promise of an untraced run, one by one, for both orders of a pair.
fn all_end_and_leave_what_they_say(ordinary: bool) {
    let user = if ordinary { "ordinary" } else { "root" };
    for program in all() {
        if !program.is_pair() {
            let Some(end) = program.ends(user) else { continue };
            let Some((ends, left)) = run(&program.name, &[program], user, ordinary) else { continue };
            assert_eq!((ends, left), (vec![end], program.leaves(user)), "{} as {user}", program.name);
        } else if let Some(pair) = program.name.strip_suffix("/writer") {
            let reader = named(&format!("{pair}/reader"));
            for (case, order) in [("writer first", [program, reader]), ("reader first", [reader, program])] {
                let Some((ends, left)) = run(pair, &order, case, ordinary) else { continue };
                let expected = order.map(|program| program.ends(case).expect("a pair ends")).to_vec();
                assert_eq!((ends, left), (expected, program.leaves(case)), "{pair}, {case}, as {user}");
            }
        }
    }
}

#[test]
fn every_program_ends_and_leaves_what_its_header_says() {
    all_end_and_leave_what_they_say(true);
}

#[test]
fn every_program_of_root_does_so_too() {
    all_end_and_leave_what_they_say(false);
}

/// Every group is there, every mistake is declared, and everything correct declares none.
#[test]
fn mistakes_declare_diagnoses_and_correct_programs_none() {
    for program in all() {
        let declared = |case| program.diagnoses(case).is_none_or(|names| !names.is_empty());
        match program.name.split('/').next() {
            Some("mistakes") => assert!(declared(""), "{}", program.name),
            Some("correct" | "bench" | "escapes") => assert!(!declared(""), "{}", program.name),
            Some("orders") => {
                // How they end in each order is tested elsewhere.
            }
            Some("hard") => {
                program.diagnoses("");
            }
            Some("pairs") => {
                if program.name.ends_with("/writer") {
                    let sets = [program.diagnoses("writer first"), program.diagnoses("reader first")];
                    assert!(sets.iter().all(Option::is_some), "{}", program.name);
                }
            }
            other => panic!("{}: an unknown group {other:?}", program.name),
        }
    }
}
