//! Lessons and question banks that nobody would write: the shipped ones, and those of the tests, with bytes, words,
//! numbers, lines and calls changed at random. Whatever comes of one, lab ends with a documented status, prints no
//! control character, does not panic, and leaves nothing behind.
//!
//! Left out of `cargo test`. For a minute, or for as long and with the seed that you choose:
//!
//! ```sh
//! cargo test fuzz -- --ignored
//! LAB_FUZZ_SECONDS=600 LAB_FUZZ_SEED=7 cargo test fuzz -- --ignored
//! ```
//!
//! What fails is kept in target/tmp/fuzz, and the message names the seed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::common::{Desk, Status};

/// A reproducible die (xorshift64*, Marsaglia and Vigna).
struct Dice(u64);

impl Dice {
    /// A number below `most`.
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % most.max(1)
    }

    fn one_of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }
}

/// Numbers that are at an edge of something.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "7",
    "8",
    "4095",
    "4096",
    "4097",
    "65536",
    "2147483647",
    "2147483648",
    "-2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "99999999999999999999",
    "0x0",
    "0xffffffff",
    "0xffffffffffffffff",
    "017777777",
    "08",
    "1e9",
    "0.5",
];

/// Pieces of the notation, right and wrong.
const PIECES: &[&str] = &[
    "server",
    "client",
    "lab",
    "server & client",
    "child",
    "id",
    "p",
    "key",
    "NULL",
    "IPC_PRIVATE",
    "IPC_CREAT",
    "SHM_RDONLY",
    "SHM_RND | SHM_REMAP",
    "IPC_RMID",
    "&ds",
    "ok",
    "EINVAL",
    "SIGSEGV",
    "blocks",
    "nattch == 1",
    "gone(id)",
    "dest",
    "{id}",
    "{",
    "}",
    "\"",
    "'",
    "'''",
    "\\",
    "\\u0000",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{feff}",
    "é",
    "日本",
    "\t",
    "\r",
    "\0",
    "..",
    "/",
    "a/b",
    "(int) p",
    "p + 1",
    "*p",
    "p[0]",
    "''",
    "[[step]]",
    "[[question]]",
    "[input]",
    "=",
    "==",
    "#",
    "true",
];

/// Calls that reach for what is not theirs, with names that may be bound.
const CALLS: &[&str] = &[
    "p = shmat(id, NULL, 0)",
    "shmat(id, p, SHM_RND | SHM_REMAP)",
    "m = mmap(NULL, 4096, 3, 34, -1, 0)",
    "m = malloc(100)",
    "*m = m + -195808",
    "e = *m",
    "*e = m",
    "m[100] = 'x'",
    "c = m[4096]",
    "memset(p, 'a', 100000)",
    "puts(m)",
    "puts(-1)",
    "strcpy(m + -8, \"x\")",
    "child = fork()",
    "execl(\"lab\", \"lab\", NULL)",
    "wait(NULL)",
    "exit(3)",
    "usleep(1)",
    "seccomp(\"shmctl\", EINVAL)",
    "unshare(CLONE_NEWIPC)",
    "unshare(CLONE_NEWUSER)",
    "umask(0777)",
    "setrlimit(RLIMIT_MEMLOCK, 0)",
    "semop(0, 0, -1)",
    "pipe(fd)",
    "n = read(fd[0], m, 100)",
    "write(fd[1], m, 1000000)",
    "read(fd[1], p, -1)",
    "queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600)",
    "for (i = 0; i < 100; i++) msgsnd(0, m, 90, 0)",
    "for (i = 0; i < 9; i++) msgrcv(0, p, 4000, 0, 0)",
    "msgctl(0, IPC_RMID, NULL)",
    "shmctl(0, IPC_RMID, NULL)",
    "shmget(0, 99999999999, 0)",
    "churn(100)",
    "increase(p, 1000)",
    "tear(p, 1000)",
    "create(\"a\")",
    "symlink(\"a\", \"b\")",
    "save(\"b\")",
    "mkdir(\"d\", 0)",
    "chmod(\"d\", 0)",
    "rename(\"d\", \"e\")",
    "twins(\"x\", \"y\")",
    "unlink(\"x\")",
    "kill(server, SIGKILL)",
    "kill(server, SIGSTOP)",
    "ftok(p, 'L')",
    "key = ftok(\"lab.key\", 0)",
    "g = 0",
    "s = \"text\"",
    "printf(\"%d\", g)",
];

fn seeds() -> Vec<String> {
    let mut folders: Vec<PathBuf> = ["lessons", "tests/lessons", "tests/mistakes", "tests/quiz"]
        .map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .into();
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "toml") {
                texts.extend(fs::read_to_string(path));
            }
        }
    }
    texts.retain(|text| !text.trim().is_empty());
    texts.sort();
    texts
}

/// A few lines of one text, changed.
fn mutated(dice: &mut Dice, texts: &[String]) -> Vec<u8> {
    // Short enough that many are played to their end.
    let text = dice.one_of(texts);
    let parts: Vec<&str> = text.split_inclusive("\n\n").collect();
    let mut lines: Vec<String> =
        parts.iter().take(3 + dice.below(12)).flat_map(|part| part.lines().map(str::to_owned)).collect();
    for _ in 0..1 + dice.below(6) {
        if lines.is_empty() {
            lines.push(String::new());
        }
        let at = dice.below(lines.len());
        match dice.below(8) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[at].clone()),
            2 => {
                let other = dice.one_of(texts).lines().map(str::to_owned).collect::<Vec<_>>();
                lines.insert(at, dice.one_of(&other).clone());
            }
            3 => lines[at] = changed_number(dice, &lines[at]),
            4 => {
                let place = places(&lines[at])[dice.below(places(&lines[at]).len())];
                lines[at].insert_str(place, dice.one_of::<&str>(PIECES));
            }
            5 => {
                let (from, to) = (dice.below(lines.len()), dice.below(lines.len()));
                lines.swap(from, to);
            }
            _ => {
                let calls: Vec<usize> =
                    (0..lines.len()).filter(|at| lines[*at].trim_start().starts_with("call")).collect();
                if !calls.is_empty() {
                    let at = *dice.one_of(&calls);
                    lines[at] = format!("call = '''{}'''", dice.one_of::<&str>(CALLS));
                }
            }
        }
    }
    let mut bytes = lines.join("\n").into_bytes();
    if dice.below(8) == 0 && !bytes.is_empty() {
        let at = dice.below(bytes.len());
        bytes[at] = dice.below(256) as u8;
    }
    bytes
}

/// A lesson that can be read, of calls at random, after those that bind the names they use.
fn made(dice: &mut Dice) -> Vec<u8> {
    const BOUND: [&str; 7] = [
        "id = shmget(IPC_PRIVATE, 8192, IPC_CREAT | 0600)",
        "p = shmat(id, NULL, 0)",
        "m = mmap(NULL, 8192, 3, 34, -1, 0)",
        "s = \"text\"",
        "*m = m + 64",
        "e = *m",
        "g = 0",
    ];
    let mut text = String::from("title = \"t\"\ngoal = \"g\"\n");
    let mut step = |who: &str, call: &str, expect: &str| {
        text += &format!(
            "\n[[step]]\nwho = \"{who}\"\ncall = '''{call}'''\nexpect = \"{expect}\"\nsay = \"Done.\"\n"
        );
    };
    BOUND.iter().for_each(|call| step("server", call, "ok"));
    for _ in 0..1 + dice.below(20) {
        let mut call = (*dice.one_of::<&str>(CALLS)).to_owned();
        if dice.below(3) == 0 {
            call = changed_number(dice, &call);
        }
        let by_lab = ["create", "symlink", "save", "mkdir", "chmod", "rename", "twins", "unlink", "kill"];
        let by_two = ["increase", "tear"];
        let name = call.split('(').next().unwrap_or_default();
        let who = match name {
            name if by_lab.contains(&name) => "lab",
            name if by_two.contains(&name) => "server & client",
            _ => dice.one_of::<&str>(&["server", "client"]),
        };
        step(who, &call, dice.one_of::<&str>(&["ok", "ok", "EINVAL", "SIGSEGV", "blocks", "EACCES"]));
    }
    text.into_bytes()
}

/// Where a piece may be put into a line.
fn places(line: &str) -> Vec<usize> {
    line.char_indices().map(|(at, _)| at).chain([line.len()]).collect()
}

fn changed_number(dice: &mut Dice, line: &str) -> String {
    let starts: Vec<usize> = line.match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at).collect();
    if starts.is_empty() {
        return line.to_owned();
    }
    let at = *dice.one_of(&starts);
    format!("{}{}{}", &line[..at], dice.one_of::<&str>(NUMBERS), &line[at + 1..])
}

/// Says something past the test harness, which would keep it.
fn told(what: &str) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

fn number_of(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
#[ignore = "takes a minute, or LAB_FUZZ_SECONDS"]
fn no_mutation_breaks_out_of_the_documented_ends() {
    let begun = Instant::now();
    let seconds = number_of("LAB_FUZZ_SECONDS").unwrap_or(60);
    let seed = number_of("LAB_FUZZ_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    told(&format!("LAB_FUZZ_SEED={seed}"));
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let texts = seeds();
    let desks = Desk::of_everybody();
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    fs::create_dir_all(&kept).expect("a folder");
    let (mut runs, mut ends) = (0, [0; 5]);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let desk = dice.one_of(&desks);
        let bytes = if dice.below(2) == 0 { made(&mut dice) } else { mutated(&mut dice, &texts) };
        // Written before it is run, so that it is there whatever happens.
        let case = kept.join(format!("{seed}-{runs}.toml"));
        fs::write(&case, &bytes).expect("a kept case");
        desk.file("case.toml", &bytes);
        let lesson: &[&[&str]] = &[
            &["step-through", "--no-pause", "case.toml"],
            &["step-through", "--plain", "case.toml"],
            &["step-through", "--json", "case.toml"],
            &["validate", "--plain", "case.toml"],
        ];
        let bank: &[&[&str]] = &[&["quiz", "--bank", "case.toml"], &["validate", "--plain", "case.toml"]];
        let asks = String::from_utf8_lossy(&bytes).contains("[[question]]");
        let way = *dice.one_of(if asks { bank } else { lesson });
        let run = way.iter().fold(desk.lab([]), |lab, arg| lab.arg(arg)).run();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let told = text(&run.stdout) + &text(&run.stderr);
        let what = format!("{way:?} of {} printed:\n{told}", case.display());
        assert!(!told.contains("panicked"), "a panic: {what}");
        assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "a control character: {what}");
        match run.status {
            Status::Exited(code @ 0..=4) => ends[usize::try_from(code).expect("a status")] += 1,
            status => panic!("{status:?} is not documented: {what}"),
        }
        let _ = run.exits_with(&[0, 1, 2, 3, 4]);
        fs::remove_file(&case).expect("the case");
        runs += 1;
    }
    told(&format!("{runs} mutations; ends by exit status 0 to 4: {ends:?}"));
    assert!(runs == 0 || ends[0] > 0 && ends[4] > 0, "all ends are one: nothing is tried");
}
