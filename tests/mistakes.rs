//! Lesson files with mistakes: each is told with its file, line and column, the line itself, a caret under the
//! word and the way out. Every file in tests/mistakes, with what is said of it beside it.

use std::fs;
use std::path::Path;

use super::common::{Desk, transcript};

#[test]
fn each_with_its_message_its_line_and_its_caret() {
    let desk = Desk::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let files = super::common::desk::names_in(&folder);
    assert!(files.len() > 15, "tests/mistakes is not what it was: {files:?}");
    for name in files {
        let stem = name.strip_suffix(".toml").expect("a lesson file");
        fs::copy(folder.join(&name), desk.file(&name, "")).expect("a copy");
        let (out, said) = desk.lab(["validate"]).arg(&name).run().fails(4).both();
        assert_eq!(out, "0 passed, 1 failed\n", "{name}");
        transcript::matches(&format!("mistakes/{stem}"), &said);
        // A student who plays it reads the same, but for what only an author wants to know.
        let run = desk.lab(["step-through", "--no-pause"]).arg(format!("./{name}")).run();
        if stem != "wide" {
            let played = run.fails(4).error();
            assert_eq!(played.replace(&format!("./{name}"), &name), said, "{name}");
        }
    }
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let desk = Desk::new();
    desk.file("large.toml", "#".repeat(256 * 1024 + 1));
    let said =
        "lab: large.toml:1:1: the file is larger than 256 KiB, the most that a lesson has\n1 | \n  | ^\n";
    desk.lab(["validate", "large.toml"]).run().fails(4).prints_and_says("0 passed, 1 failed\n", said);
    // As large as it may be, and no lesson.
    desk.file("large.toml", "#".repeat(256 * 1024));
    let (_, said) = desk.lab(["validate", "large.toml"]).run().fails(4).both();
    assert!(said.contains("`title` is missing"), "{said}");
}

#[test]
fn what_is_no_file_is_said() {
    let desk = Desk::new();
    fs::create_dir(desk.work().join("folder.toml")).expect("a folder");
    nix::unistd::mkfifo(&desk.work().join("fifo.toml"), nix::sys::stat::Mode::S_IRWXU).expect("a fifo");
    let said = "lab: `./folder.toml` holds no lesson: a lesson is a file that ends in .toml\n";
    desk.lab(["step-through", "./folder.toml"]).run().fails(2).says(said);
    let said = "lab: `folder.toml` holds no lesson: a lesson is a file that ends in .toml\n";
    desk.lab(["validate", "folder.toml"]).run().fails(2).says(said);
    let said = "lab: `fifo.toml` can't be read: it is not a regular file\n";
    desk.lab(["validate", "fifo.toml"]).run().fails(2).says(said);
    desk.lab(["validate", "/dev/zero"])
        .run()
        .fails(2)
        .says("lab: `/dev/zero` can't be read: it is not a regular file\n");
}

#[test]
fn a_claim_that_does_not_hold_is_told_and_fails() {
    let desk = Desk::new();
    desk.file(
        "claims.toml",
        "title = \"t\"\ngoal = \"g\"\n\n\
         [[step]]\nwho = \"server\"\ncall = \"id = shmget(IPC_PRIVATE, 1024, 0600)\"\nexpect = \"EEXIST\"\nlook = [\"size == 1\", \"nattch == 0\"]\nsay = \"s\"\n",
    );
    let text = desk.lab(["step-through", "--no-pause", "--plain", "claims.toml"]).run().fails(1).text();
    assert!(text.contains("BROKEN: the lesson expected EEXIST, the kernel said 0\n"), "{text}");
    assert!(text.contains("BROKEN: the lesson expected size == 1, the kernel said size 1024\n"), "{text}");
    let text = desk.lab(["validate", "claims.toml"]).run().fails(4).text();
    assert!(text.contains("step 1: the lesson expected EEXIST, the kernel said 0\n"), "{text}");
    assert!(text.contains("step 1: the lesson expected size == 1, the kernel said size 1024\n"), "{text}");
    assert!(text.ends_with("0 passed, 1 failed\n"), "{text}");
}
