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

/// The files of the program: those that hold nothing but tests are held to other rules.
fn sources() -> Vec<PathBuf> {
    let is_a_test = |path: &PathBuf| path.to_str().is_some_and(|path| path.ends_with("tests.rs"));
    files("src", "rs").into_iter().filter(|path| !is_a_test(path)).collect()
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

/// The rooms from the ground up, each with the words that its code may not hold. A room stands on those before it
/// and on no other: an arrow that runs up is a fault.
const ROOMS: [(&str, &[&str]); 20] = [
    ("text", &["libc::", "nix::"]),
    ("constants", &["nix::"]),
    ("facts", &["libc::", "nix::", "std::process", "std::fs"]),
    ("diagnostic", &["libc::", "nix::"]),
    ("sys", &["colored::"]),
    ("lesson", &["libc::", "nix::", "std::process", "std::fs"]),
    ("error", &["nix::"]),
    ("progress", &["libc::", "nix::"]),
    ("trace", &["stdout", "stderr"]),
    ("runner", &["stdout", "stderr"]),
    ("orders", &["stdout", "stderr"]),
    ("task", &["nix::", "stdout", "stderr", "colored::"]),
    ("quiz", &["libc::", "nix::"]),
    ("output", &["sys::shm", "crate::runner::play"]),
    ("session", &["sys::shm", "crate::trace"]),
    ("cli", &["libc::", "nix::"]),
    ("cmd", &["libc::", "nix::", "colored::"]),
    ("usage", &["libc::", "nix::", "std::fs", "std::process"]),
    ("main", &["libc::", "nix::"]),
    ("build", &["libc::", "nix::"]),
];

/// The code of a file without comments and tests; `use crate::{a::b, c}` as `crate::a::b` and `crate::c`.
fn code_of(text: &str) -> Vec<String> {
    let lines = without_tests(text).lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut code: Vec<String> = lines.map(str::to_owned).collect();
    let whole = code.join(" ");
    let groups = ["crate::{", "super::{"].map(|start| whole.match_indices(start).collect::<Vec<_>>());
    for (at, start) in groups.into_iter().flatten() {
        let base = start.trim_end_matches('{');
        let mut depth = 0;
        let mut word = String::new();
        for c in whole[at + start.len()..].chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => code.push(format!("{base}{}", std::mem::take(&mut word).trim())),
                _ => {}
            }
            if c != ',' || depth > 0 {
                word.push(c);
            }
        }
        code.push(format!("{base}{}", word.trim()));
    }
    code
}

/// Whether a line holds a word that does not begin in the middle of another.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The path of a file's module: `src/sys/seccomp/bpf.rs` is `crate::sys::seccomp::bpf`.
fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).expect("a file of src").with_extension("");
    let parts = inside.iter().map(|part| part.to_str().expect("a name"));
    let parts = parts.filter(|part| !["mod", "main"].contains(part));
    std::iter::once("crate").chain(parts).collect::<Vec<_>>().join("::")
}

/// Whether the one module is the other or stands around it.
fn around(outer: &str, inner: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The modules of ours that a file's code names, by `use` or by a path, as far as `modules` has them.
fn named(text: &str, own: &str, modules: &[String]) -> Vec<String> {
    let parent = own.rsplit_once("::").map_or("crate", |(parent, _)| parent);
    let mut paths: Vec<String> = Vec::new();
    for line in code_of(text) {
        for (start, base) in [("crate::", "crate"), ("super::", parent), ("self::", own)] {
            for (at, _) in line.match_indices(start) {
                let rest = &line[at + start.len()..];
                let end =
                    rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(rest.len());
                paths.push(format!("{base}::{}", rest[..end].trim_end_matches(':')));
            }
        }
    }
    let longest = |path: &String| {
        modules.iter().filter(|module| around(module, path)).max_by_key(|module| module.len()).cloned()
    };
    let mut found: Vec<String> =
        paths.iter().filter_map(longest).filter(|found| !around(found, own)).collect();
    found.sort();
    found.dedup();
    found
}

/// The modules that a file declares and whose names it uses.
fn parts_in_use(text: &str, own: &str) -> Vec<String> {
    let code = code_of(text);
    let declared = code.iter().filter_map(|line| {
        let name = line.trim().strip_suffix(';')?.rsplit_once("mod ")?.1;
        code.iter().any(|line| holds(line, &format!("{name}::"))).then(|| format!("{own}::{name}"))
    });
    declared.collect()
}

/// A way from a module back to itself, if there is one.
fn circle(arrows: &[(String, Vec<String>)]) -> Option<String> {
    let mut left: Vec<&(String, Vec<String>)> = arrows.iter().collect();
    loop {
        let before = left.len();
        let names: Vec<&String> = left.iter().map(|(module, _)| module).collect();
        let open: Vec<_> =
            left.iter().filter(|(_, to)| to.iter().any(|to| names.contains(&to))).copied().collect();
        left = open;
        if left.len() == before {
            return left
                .first()
                .map(|_| left.iter().map(|(module, _)| module.as_str()).collect::<Vec<_>>().join(", "));
        }
    }
}

/// What is wrong with the arrows between these files, by their paths below src.
fn wrong_arrows(files: &[(String, String)]) -> Vec<String> {
    let modules: Vec<String> = files.iter().map(|(module, _)| module.clone()).collect();
    let floor = |module: &str| {
        let room = module.split("::").nth(1).unwrap_or("main");
        let room = room.strip_suffix("_tests").unwrap_or(room);
        ROOMS.iter().position(|(known, _)| *known == room)
    };
    let mut wrong = Vec::new();
    let mut arrows = Vec::new();
    for (module, text) in files {
        let Some(own) = floor(module) else {
            wrong.push(format!("{module} has no row"));
            continue;
        };
        let to = named(text, module, &modules);
        for other in &to {
            if floor(other).is_none_or(|other| other > own) {
                wrong.push(format!("{module} names {other}, which stands above it"));
            }
        }
        // A file and the files that it is split into are one, and what it uses of them it stands on.
        let outside = to.into_iter().filter(|to| !around(module, to));
        arrows.push((module.clone(), outside.chain(parts_in_use(text, module)).collect()));
    }
    wrong.extend(circle(&arrows).map(|circle| format!("a circle: {circle}")));
    wrong
}

#[test]
fn no_arrow_runs_up_and_none_runs_in_a_circle() {
    let real: Vec<(String, String)> = sources().iter().map(|path| (module_of(path), read(path))).collect();
    assert_eq!(wrong_arrows(&real), Vec::<String>::new());
    let put_in = |module: &str, line: &str| {
        let mut files = real.clone();
        let file = files.iter_mut().find(|(known, _)| known == module).expect("a module");
        file.1.insert_str(0, line);
        wrong_arrows(&files)
    };
    let up = ["crate::trace::calls names crate::output::line, which stands above it"];
    assert_eq!(put_in("crate::trace::calls", "use crate::{output::line, text};\n"), up);
    let circle = put_in("crate::sys::status", "use super::{process, mark};\n");
    assert!(circle.len() == 1 && circle[0].contains("crate::sys::process"), "{circle:?}");
    let mut files = real.clone();
    files.push(("crate::attic".into(), String::new()));
    assert_eq!(wrong_arrows(&files), ["crate::attic has no row"]);
}

#[test]
fn a_traces_model_asks_nobody_and_only_its_engine_holds_stopped_threads() {
    let engine = ["engine", "stops", "calls", "cut_off", "effects", "exits", "escapes", "failing"];
    for path in files("src/trace", "rs") {
        let module = module_of(&path);
        let inside = module.strip_prefix("crate::trace::").unwrap_or_default();
        for line in code_of(&read(&path)) {
            let holds = holds(&line, "Stopped");
            assert!(!holds || engine.contains(&inside), "{module} holds stopped threads: {line}");
            let asks = ["crate::sys", "std::fs", "libc::", "Instant"].iter().any(|word| line.contains(word));
            assert!(!asks || !inside.starts_with("story"), "{module} asks the machine: {line}");
        }
    }
}

#[test]
fn rooms_keep_to_their_tools() {
    for path in sources() {
        let module = module_of(&path);
        let room = module.split("::").nth(1).unwrap_or("main");
        let words = ROOMS.iter().find(|(known, _)| *known == room).map_or(&[][..], |(_, words)| *words);
        for line in code_of(&read(&path)) {
            for word in words {
                assert!(!holds(&line, word), "{} uses {word}: {line}", path.display());
            }
        }
        let uses = read(&path).lines().any(|line| line.contains("unsafe {") || line.contains("unsafe fn"));
        assert!(room == "sys" || !uses, "{} is unsafe, and only src/sys may be", path.display());
    }
    assert_eq!(
        code_of("use crate::{tell, stage::{a, b}, c};")[1..],
        ["crate::tell", "crate::stage::{a, b}", "crate::c"]
    );
}

/// The string literals of a piece of code.
fn literals(code: &str) -> Vec<String> {
    let code = code.replace("'\"'", "");
    let mut chars = code.chars();
    let mut found = Vec::new();
    while chars.by_ref().any(|c| c == '"') {
        let mut literal = String::new();
        while let Some(c) = chars.next().filter(|c| *c != '"') {
            literal.push(c);
            literal.extend((c == '\\').then(|| chars.next()).flatten());
        }
        found.push(literal);
    }
    found
}

/// The sentences in a file that words nothing: literals of five words and more.
fn sentences(text: &str) -> Vec<String> {
    let code: Vec<&str> =
        without_tests(text).lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let long = literals(&code.join("\n")).into_iter().filter(|text| text.split_whitespace().count() >= 5);
    // A step of a lesson, as it is spelled there.
    long.filter(|text| !text.contains(" = ")).collect()
}

#[test]
fn the_tracer_finds_and_words_nothing() {
    // Errors, which are worded where they happen.
    let known = ["the program can't be traced here:", "the program's first process was lost"];
    for path in files("src/trace", "rs") {
        for sentence in sentences(&read(&path)) {
            let fine = known.iter().any(|known| sentence.starts_with(known));
            assert!(fine, "{} words what it finds: {sentence}", path.display());
        }
    }
    let text = "let c = '\"'; f(\"one two three four\", \"a \\\"b\\\" c\n d e\"); // \"not this one\"\n";
    assert_eq!(sentences(text), ["a \\\"b\\\" c\n d e"]);
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
        // Into a pipe that a lesson has made.
        "libc::write(self.number(end)",
    ];
    for path in sources() {
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
    assert!(packages < 90, "{packages} packages are locked");
}
