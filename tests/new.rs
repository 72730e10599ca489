//! `lab new` and `lab validate --watch`: what lab writes for an author validates as it is and takes nobody's place, and a
//! save is noticed however an editor saves.

use std::fs;

use nix::sys::signal::Signal;

use super::common::Desk;
use super::common::desk::names_in;

#[test]
fn a_new_lesson_and_a_new_quiz_validate_and_play() {
    for desk in Desk::of_everybody() {
        desk.lab(["new", "lesson", "my-page"])
            .run()
            .succeeds()
            .prints("FILE      my-page.toml\nNEXT      lab validate my-page.toml\n");
        let text = desk.lab(["validate", "my-page.toml"]).run().succeeds().text();
        assert!(text.ends_with("1 passed, 0 failed\n"), "{text}");
        let text =
            desk.lab(["step-through", "my-page.toml", "--no-pause", "--plain"]).run().succeeds().text();
        assert!(text.starts_with("LESSON: My page: a page for two\n"), "{text}");
        assert!(
            text.ends_with("every claim held. Nothing stays behind: no segment, no process, no file.\n"),
            "{text}"
        );
        desk.lab(["new", "quiz", "my-questions"])
            .run()
            .succeeds()
            .prints("FILE      my-questions.toml\nNEXT      lab validate my-questions.toml\n");
        let text = desk.lab(["validate", "my-questions.toml"]).run().succeeds().text();
        assert!(text.contains("my-questions-inside: ") && text.ends_with("1 passed, 0 failed\n"), "{text}");
        let text = desk.lab(["quiz", "my-questions.toml", "--export", "json"]).run().succeeds().text();
        assert_eq!(text.matches("\"my-questions-").count(), 2, "{text}");
        // As a folder, both together.
        let text = desk.lab(["validate", "."]).run().succeeds().text();
        assert!(text.ends_with("2 passed, 0 failed\n"), "{text}");
        // The longest name is still a topic and the beginning of ids.
        let longest = format!("a{}", "9".repeat(29));
        desk.lab(["new", "quiz", &longest]).run().succeeds().text();
        desk.lab(["validate", &format!("{longest}.toml")]).run().succeeds().text();
    }
}

#[test]
fn their_comments_name_what_there_is() {
    let desk = Desk::new();
    for what in ["lesson", "quiz"] {
        desk.lab(["new", what, "mine"]).run().succeeds().text();
        let text = fs::read_to_string(desk.work().join("mine.toml")).expect("a text");
        let comments = text.lines().filter(|line| line.starts_with('#')).count();
        assert!((10..=40).contains(&comments), "{comments} lines of comments");
        assert!(!text.contains('{') || !text.contains("{name}") && !text.contains("{file}"), "{text}");
        for line in text.lines().filter(|line| line.starts_with('#')) {
            assert!(line.chars().count() <= 120, "{line}");
        }
        // Whatever help it sends to is there.
        for topic in ["lesson", "quiz"].iter().filter(|topic| text.contains(&format!("lab help {topic}"))) {
            desk.lab(["help", topic]).run().succeeds().text();
        }
        fs::remove_file(desk.work().join("mine.toml")).expect("it is there");
    }
}

#[test]
fn names_that_are_none_and_places_that_are_taken() {
    for desk in Desk::of_everybody() {
        for (what, such) in [("lesson", "my-lesson"), ("quiz", "my-quiz")] {
            for name in
                ["", "a/b", "../mine", "Mine", "mine.toml", "1-mine", "-", "my page", "m\u{1b}[31m", "\u{e4}"]
            {
                let shown = match name {
                    "m\u{1b}[31m" => "m\\033[31m",
                    name => name,
                };
                let said = format!(
                    "lab: `{shown}` is not a name for a {what}: it takes a small letter and then small letters, digits and `-`, at most 30, such as `{such}`; the file is NAME.toml in this folder\n"
                );
                desk.lab(["new", what, "--", name]).run().fails(2).says(&said);
            }
            let long = "x".repeat(31);
            let said = desk.lab(["new", what, &long]).run().fails(2).error();
            assert!(said.starts_with(&format!("lab: `{long}` is not a name for a {what}: ")), "{said}");
        }
        assert_eq!(names_in(&desk.work()), Vec::<String>::new());
        let own = |name: &str| {
            format!(
                "lab: `{name}` comes with lab, and that name plays lab's own: choose another one, such as `my-{name}`\n"
            )
        };
        desk.lab(["new", "lesson", "sheet"]).run().fails(2).says(&own("sheet"));
        desk.lab(["new", "quiz", "lifetime"]).run().fails(2).says(&own("lifetime"));
        // A file, a folder and a link that leads nowhere stay as they are.
        desk.file("mine.toml", "mine");
        fs::create_dir(desk.work().join("folder.toml")).expect("a folder");
        std::os::unix::fs::symlink("nowhere", desk.work().join("link.toml")).expect("a link");
        for name in ["mine", "folder", "link"] {
            let said = format!("lab: `{name}.toml` is there already: choose another name\n");
            desk.lab(["new", "lesson", name]).run().fails(2).says(&said);
        }
        assert_eq!(fs::read_to_string(desk.work().join("mine.toml")).expect("a text"), "mine");
        // A folder that can't be written.
        let said =
            desk.lab(["new", "lesson", "other"]).script("cd /proc; exec \"$@\"").run().fails(2).error();
        assert!(said.starts_with("lab: `other.toml` can't be written: "), "{said}");
    }
}

/// Every way to name a file or a folder that is written.
const WRITES: [&[&str]; 6] = [
    &["task", "start", "read-it", "NAME"],
    &["new", "task", "NAME"],
    &["source", "sheet", "NAME"],
    &["man", "NAME"],
    &["trace", "-o", "NAME", "true"],
    &["trace", "--report", "NAME.md", "true"],
];

#[test]
fn what_is_in_the_way_of_a_file_to_write_is_said_with_the_way_out() {
    let desk = Desk::ordinary().unwrap_or_else(Desk::new);
    desk.shell("echo >file && mkdir -m 0555 closed");
    let fails = |words: &[&str], name: &str| {
        let args = words.iter().map(|word| word.replace("NAME", name));
        args.fold(desk.lab([]), |lab, arg| lab.arg(arg)).run().fails(2).error()
    };
    for words in WRITES {
        let says = |name: &str, why: &str| {
            let end = if words.contains(&"NAME.md") { ".md" } else { "" };
            assert_eq!(
                fails(words, name),
                format!("lab: `{}{end}` can't be written: {why}\n", name.replace('\u{1b}', "\\033")),
                "{words:?}"
            );
        };
        // All folders above a manual page are made.
        if words[0] != "man" {
            says("a b/c", "there is no folder `a b`; make it with `mkdir -p 'a b'`, or name another place");
        }
        if words[0] != "man" {
            says(
                "a\u{1b}[31m/c",
                "there is no folder `a\\033[31m`; make it with `mkdir -p $'a\\033[31m'`, or name another place",
            );
        }
        says("file/x", "`file` is not a folder; name another place");
        if desk.owner() != Some(0) {
            says("closed/x", "EACCES, permission denied by the mode bits; name another place");
        }
    }
    for words in [&["task", "start", "read-it", "NAME"][..], &["man", "NAME"], &["source", "sheet", "NAME"]] {
        let why = "`file` can't be written: a file stands where the folder would be: name a folder";
        assert_eq!(fails(words, "file"), format!("lab: {why}\n"), "{words:?}");
    }
    let said = fails(&["trace", "-o", "NAME", "true"], "closed");
    assert_eq!(said, "lab: `closed` can't be written: it is a folder; name a file\n");
    assert_eq!(names_in(&desk.work()), ["closed", "file"]);
}

const GOOD: &str = "title = \"A\"\ngoal = \"B\"\n[[step]]\nwho = \"server\"\ncall = \"id = shmget(IPC_PRIVATE, 1, IPC_CREAT | 0600)\"\nexpect = \"ok\"\nsay = \"It is made.\"\n[[step]]\nwho = \"server\"\ncall = \"shmctl(id, IPC_RMID, NULL)\"\nexpect = \"ok\"\nsay = \"It is gone.\"\n";

#[test]
fn a_watch_notices_every_way_to_save_and_ends_with_ctrl_c() {
    let desk = Desk::new();
    let path = desk.file("mine.toml", GOOD);
    let mut live = desk.lab(["validate", "--watch", "mine.toml"]).on_terminal(24, 80);
    let mut again = |text: &str| {
        if !text.is_empty() {
            live.wait_for(text);
        }
        live.wait_for("WATCHING  Save a file, and lab validates again. Ctrl-C ends it.");
    };
    again("1 passed, 0 failed");
    // Written in place.
    let bad = GOOD.replace("expect = \"ok\"", "expect = \"no\"");
    fs::write(&path, &bad).expect("a file");
    again("0 passed, 1 failed");
    // Replaced by a new file of the same size and the same time, as an editor that keeps a copy may do.
    let time = fs::metadata(&path).expect("a file").modified().expect("a time");
    let new = desk.file("new", bad.replace("It is made.", "It is mode."));
    fs::File::options().write(true).open(&new).and_then(|file| file.set_modified(time)).expect("a time");
    fs::rename(&new, &path).expect("a rename");
    again("0 passed, 1 failed");
    // Gone, which is said; and made anew.
    fs::remove_file(&path).expect("it is there");
    again("");
    fs::write(&path, GOOD).expect("a file");
    again("1 passed, 0 failed");
    let (_, said) = live.send("\u{3}").wait_end().dies_of(Signal::SIGINT).both();
    assert!(said.contains("lab: `mine.toml` can't be read: ENOENT, no such thing\n"), "{said}");
    // A mistake is shown each time, with its line.
    assert_eq!(said.matches("mine.toml:6:").count(), 2, "{said}");
}

#[test]
fn a_watched_folder_and_a_pipe() {
    let desk = Desk::new();
    fs::create_dir(desk.work().join("all")).expect("a folder");
    desk.file("all/a.toml", GOOD);
    let mut live = desk.lab(["validate", "all", "--watch", "--plain"]).start();
    live.wait_for("1 passed, 0 failed\nWATCHING: ");
    // A new file counts, a hidden one and a copy do not.
    desk.file("all/.b.toml.swp", "x");
    desk.file("all/b.toml~", "x");
    desk.file("all/b.toml", GOOD);
    live.wait_for("2 passed, 0 failed\nWATCHING: ");
    fs::remove_dir_all(desk.work().join("all")).expect("it is there");
    live.wait_for("WATCHING: ");
    fs::create_dir(desk.work().join("all")).expect("a folder");
    desk.file("all/c.toml", GOOD);
    live.wait_for("all/c.toml");
    live.wait_for("1 passed, 0 failed\nWATCHING: ");
    live.signal(Signal::SIGTERM);
    let (_, said) = live.wait_end().dies_of(Signal::SIGTERM).both();
    assert!(said.lines().all(|line| line.starts_with("lab: `all` ")), "{said}");
}

#[test]
fn what_can_not_be_watched() {
    let desk = Desk::new();
    for (args, said) in [
        (
            &["validate", "--watch"][..],
            "`FILE|DIR` is missing: write `lab validate --watch FILE|DIR`; see `lab validate --help`",
        ),
        (
            &["validate", "--watch", "--json", "x.toml"],
            "`--watch` and `--json` can't go together: leave one of them out; see `lab validate --help`",
        ),
        (&["validate", "--watch", "nowhere.toml"], "`nowhere.toml` can't be read: ENOENT, no such thing"),
    ] {
        let lab = args.iter().fold(desk.lab([]), |lab, arg| lab.arg(arg));
        lab.run().fails(2).says(&format!("lab: {said}\n"));
    }
}
