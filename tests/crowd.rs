//! Many students on one machine, in one IPC namespace, at the same time: nobody meets anybody else's segment.

use std::fs;
use std::os::unix::fs::MetadataExt;

use super::common::{Desk, Live, skip};

#[test]
fn forty_at_once_on_the_host() {
    let desk = Desk::new();
    let start = |number: usize| {
        let message = format!("from student {number}");
        let lab = desk.lab(["step-through", "--no-pause", "--plain", "--host", "--message", &message]);
        (message.clone(), lab.may_leave().start())
    };
    let mut runs: Vec<(String, Live)> = (0..40).map(start).collect();
    for (message, live) in &mut runs {
        let text = live.wait_end().succeeds().text();
        let printed = format!("PRINTED: \"Client: Data read from memory: {message}\"\n");
        assert!(text.contains(&printed), "not the own message:\n{text}");
    }
    desk.is_clean();
}

#[test]
fn forty_at_once_in_sandboxes() {
    let desk = Desk::new();
    let start = |_| desk.lab(["step-through", "--no-pause"]).may_leave().start();
    let mut runs: Vec<Live> = (0..40).map(start).collect();
    for live in &mut runs {
        live.wait_end().succeeds().text();
    }
    desk.is_clean();
}

#[test]
fn forty_with_a_segment_each_at_the_same_moment() {
    let desk = Desk::new();
    if !desk.private() {
        return skip("the machine's own namespace may hold others' segments");
    }
    let start = |_| {
        let mut live =
            desk.lab(["step-through", "--line", "--plain", "--host", "--from", "6"]).may_leave().start();
        live.wait_for("[6/18");
        live
    };
    let mut runs: Vec<Live> = (0..40).map(start).collect();
    assert_eq!(desk.segments().len(), 40);
    for live in &mut runs {
        live.send("c\n");
    }
    for live in &mut runs {
        live.wait_end().succeeds().text();
    }
    desk.is_clean();
}

/// The key that ftok makes of a file and 'L'.
fn key(file: &std::path::Path) -> u32 {
    let meta = fs::metadata(file).expect("a file");
    let (device, inode) = (meta.dev(), meta.ino());
    u32::from(b'L') << 24 | ((device & 0xff) as u32) << 16 | (inode & 0xffff) as u32
}

#[test]
fn a_key_that_is_taken_is_met_by_another_key_file() {
    let desk = Desk::new();
    let Some(segment) = super::common::tools::tool(&desk, "segment") else { return };
    if !desk.private() {
        return skip("keys of the machine's own namespace are not for tests to take");
    }
    // The run waits with its key made and its segment not yet; somebody else takes the key.
    let mut live =
        desk.lab(["step-through", "--line", "--plain", "--host", "--from", "3"]).may_leave().start();
    live.wait_for("[3/18");
    live.wait_for("q quit > ");
    let scratch = super::common::desk::names_in(&desk.tmp());
    let file = desk.tmp().join(&scratch[0]).join("lab.key");
    let taken = key(&file);
    let foreign = desk.shell(&format!("{segment} {taken} 1024"));
    desk.foreign();
    live.send("\n");
    let sentence = format!(
        "shmget(0x{taken:08x}, 1024, IPC_CREAT | IPC_EXCL | 0600) failed with EEXIST: the key of another run's segment is the same, since only 16 bits of an inode count. Lab made another key file, and the key is another now."
    );
    live.wait_for(&sentence);
    live.wait_for("CHECKED: ok, ");
    assert_ne!(key(&file), taken, "the key file is the same");
    live.wait_for("q quit > ");
    live.send("c\n");
    let text = live.wait_end().succeeds().text();
    assert!(
        !text.contains(&format!("segment {} ", foreign.trim())),
        "a foreign segment was played with:\n{text}"
    );
    desk.is_clean();
}
