//! The rules of the house that no lint knows: what every file begins with, which words stand nowhere, which room
//! may use what, and what the project depends on.

use std::fs;
use std::path::{Path, PathBuf};

/// Files below a folder that end so, sorted.
fn files(folder: &str, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|found| found == end) {
                found.push(entry);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no file ends in .{end}");
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a text")
}

/// The part of a source file that is no test.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text)
}

#[test]
fn every_file_says_first_what_it_is_for() {
    for path in files("src", "rs").into_iter().chain(files("tests", "rs")) {
        let text = read(&path);
        let purpose = text.lines().take_while(|line| line.starts_with("//!")).collect::<String>();
        assert!(purpose.len() > 40, "{} does not open with what it is for", path.display());
    }
}

#[test]
fn some_words_stand_nowhere() {
    // Spelled in two halves, since this file is searched as well.
    let everywhere =
        [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"], ["dbg", "!("], ["to", "do!("], ["unimplemented", "!("]];
    let in_programs = [[".unwrap", "()"], ["println", "!("], ["print", "!("]];
    for path in files("src", "rs").into_iter().chain(files("tests", "rs")).chain(files("lessons", "toml")) {
        let text = read(&path);
        for halves in everywhere {
            assert!(!text.contains(&halves.concat()), "{} holds {}", path.display(), halves.concat());
        }
        for halves in in_programs {
            let text = without_tests(&text);
            // A build script speaks to cargo by printing.
            let program = path.starts_with(root().join("src")) && !path.ends_with("build.rs");
            assert!(
                !program || !text.contains(&halves.concat()),
                "{} holds {}",
                path.display(),
                halves.concat()
            );
        }
    }
}

/// Each room, and what its code may not name. A path of ours is a room of src, whichever way it is imported.
const BANNED: [(&str, &[&str]); 9] = [
    ("src/cmd", &["libc::", "nix::", "colored::", "unsafe"]),
    (
        "src/sys",
        &["crate::cmd", "crate::session", "crate::quiz", "crate::runner", "crate::output", "crate::trace"],
    ),
    (
        "src/lesson",
        &["libc::", "nix::", "std::process", "unsafe", "crate::sys", "crate::runner", "crate::output"],
    ),
    ("src/facts", &["libc::", "nix::", "unsafe", "crate::sys", "crate::runner", "crate::output"]),
    ("src/session", &["sys::shm", "unsafe", "crate::cmd", "crate::trace"]),
    ("src/quiz", &["libc::", "nix::", "unsafe", "crate::cmd", "crate::session", "crate::trace"]),
    (
        "src/runner",
        &["stdout", "stderr", "unsafe", "crate::cmd", "crate::session", "crate::quiz", "crate::output"],
    ),
    ("src/output", &["sys::shm", "crate::runner::play", "unsafe", "crate::cmd", "crate::session"]),
    (
        "src/trace",
        &["stdout", "stderr", "unsafe", "crate::cmd", "crate::session", "crate::quiz", "crate::output"],
    ),
];

/// The code of a file without comments and tests; `use crate::{a::b, c}` as `crate::a::b` and `crate::c`.
fn code_of(text: &str) -> Vec<String> {
    let lines = without_tests(text).lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut code: Vec<String> = lines.map(str::to_owned).collect();
    let whole = code.join(" ");
    for (at, start) in whole.match_indices("crate::{") {
        let mut depth = 0;
        let mut word = String::new();
        for c in whole[at + start.len()..].chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => code.push(format!("crate::{}", std::mem::take(&mut word).trim())),
                _ => {}
            }
            if c != ',' || depth > 0 {
                word.push(c);
            }
        }
        code.push(format!("crate::{}", word.trim()));
    }
    code
}

#[test]
fn rooms_keep_to_their_tools() {
    let rooms: Vec<PathBuf> =
        fs::read_dir(root().join("src")).expect("src").map(|entry| entry.expect("an entry").path()).collect();
    for room in rooms.iter().filter(|room| room.is_dir()) {
        assert!(BANNED.iter().any(|(known, _)| root().join(known) == *room), "{} has no row", room.display());
    }
    for (room, words) in BANNED {
        for path in files(room, "rs") {
            for line in code_of(&read(&path)) {
                for word in words {
                    assert!(!line.contains(word), "{} uses {word}: {line}", path.display());
                }
            }
        }
    }
    assert_eq!(
        code_of("use crate::{tell, stage::{a, b}, c};")[1..],
        ["crate::tell", "crate::stage::{a, b}", "crate::c"]
    );
    for path in files("src", "rs") {
        let allowed = path.starts_with(root().join("src/sys"));
        let uses = read(&path).lines().any(|line| line.contains("unsafe {") || line.contains("unsafe fn"));
        assert!(allowed || !uses, "{} is unsafe, and only src/sys may be", path.display());
    }
}

/// Every stream's name, and every other way to a terminal.
const STREAMS: [&str; 10] = [
    "stdout()",
    "stderr()",
    "eprint",
    "STDOUT_FILENO",
    "STDERR_FILENO",
    "/dev/std",
    "/dev/tty",
    "/dev/fd",
    "libc::write(",
    "unistd::write(",
];

#[test]
fn only_the_screen_the_paper_and_the_watchdog_write_to_a_stream() {
    // What is left: whether a stream is a terminal, the terminal whose mode comes back, the new process's pid on a pipe, and a child's `echo` of lab's own.
    let known = [
        "is_terminal()",
        "custom_flags(flags).open(\"/dev/tty\")",
        "use_stderr()",
        "write(tell.as_fd(), &message)",
        "write(1, line.as_ptr()",
    ];
    for path in files("src", "rs") {
        if ["output/screen.rs", "output/trace_output.rs", "sys/watchdog.rs"]
            .iter()
            .any(|file| path.ends_with(file))
        {
            continue;
        }
        let text = read(&path);
        let code = without_tests(&text).lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code.filter(|line| !known.iter().any(|word| line.contains(word))) {
            for word in STREAMS {
                assert!(!line.contains(word), "{} writes past the screen: {line}", path.display());
            }
        }
    }
    let safe = read(&root().join("src/text.rs"));
    assert!(!safe.contains("crate::") && !safe.contains("super::"), "text.rs stands on nothing of ours");
    // And those three take nothing but what was made safe.
    for (file, way) in [
        ("output/screen.rs", "pub fn write_all(text: &Safe)"),
        ("output/screen.rs", "pub fn complain(what: Safe)"),
        ("output/trace_output.rs", "pub fn write(&mut self, text: &Safe)"),
        ("sys/watchdog.rs", "words: fn(Why) -> Safe"),
    ] {
        assert!(read(&root().join("src").join(file)).contains(way), "{file} has another {way}");
    }
}

#[test]
fn the_project_stands_alone() {
    for path in files("src", "rs").into_iter().chain(files("tests", "rs")).chain(files("lessons", "toml")) {
        for halves in [["/wo", "rk/"], ["../sha", "red"]] {
            assert!(!read(&path).contains(&halves.concat()), "{} needs {}", path.display(), halves.concat());
        }
    }
}

/// The ids that follow the words in a text: `kernel-facts LM16, LM17`.
fn cited(text: &str) -> Vec<String> {
    let id = |word: &str| {
        let word = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let (letters, digits) = word.split_at_checked(2)?;
        let fits = letters.bytes().all(|b| b.is_ascii_uppercase())
            && digits.starts_with(|c: char| c.is_ascii_digit());
        fits.then(|| word.to_owned())
    };
    let after = text.split("kernel-facts ").skip(1);
    after.flat_map(|rest| rest.split_whitespace().map_while(id).collect::<Vec<_>>()).collect()
}

#[test]
fn every_fact_that_is_cited_was_measured() {
    let facts = read(&root().join("lessons/kernel-facts.md"));
    let mut citations = 0;
    for path in files("src", "rs").into_iter().chain(files("tests", "rs")).chain(files("lessons", "toml")) {
        for id in cited(&read(&path)) {
            // The example in this file's own comment is one, too.
            assert!(
                facts.contains(&format!("\n| {id} |")),
                "{} cites {id}, which nobody measured",
                path.display()
            );
            citations += 1;
        }
    }
    assert!(citations > 6, "only {citations} citations were found");
    assert_eq!(cited("(kernel-facts FT06). kernel-facts LM16, LM17: probe it"), ["FT06", "LM16", "LM17"]);
}

#[test]
fn every_dependency_has_a_reason_and_they_are_few() {
    let manifest = read(&root().join("Cargo.toml"));
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
        } else if inside && line.contains('=') {
            let reason = line.split_once(" # ").map_or("", |(_, reason)| reason);
            assert!(reason.len() > 10, "no reason: {line}");
        }
    }
    let lock = read(&root().join("Cargo.lock"));
    let packages = lock.lines().filter(|line| *line == "[[package]]").count();
    assert!(packages < 80, "{packages} packages are locked");
}
