//! The keys at a pause, in whole lines and one by one.

use super::common::mask::{Mask, unwrapped};
use super::common::{Desk, Live, transcript};

/// The lesson in lines, with this input; as printed, with placeholders.
fn typed(options: &[&str], lines: &str) -> String {
    let desk = Desk::new();
    let mut lab = desk.lab(["step-through", "--line", "--plain"]);
    for option in options {
        lab = lab.arg(option);
    }
    let text = lab.stdin(lines).run().succeeds().text();
    Mask::of(&desk).text(&text)
}

/// The first prompt of a lesson on a terminal.
fn begun(desk: &std::sync::Arc<Desk>) -> Live {
    let mut live = desk.lab(["step-through", "--color", "never"]).on_terminal(50, 100);
    live.wait_for("[1/18 key file]");
    live.wait_for("q quit > ");
    live
}

#[test]
fn every_key_as_a_line() {
    // Explain, nothing earlier yet, run; explain, next; the recorded step, skip. At step 3: an earlier step, this step
    // again, no such step; no such key; a word; no such answer; the keys; no shell without a terminal; an answer. Then
    // the details, and on; to step 5, where the message is asked for; a word is no number; an answer; no more pauses.
    let lines = "e\nb\n\ne\n\nb\ns\ng 1\ng3\ng 99\ng 0\nx\nabc\n7\n?\n!\n2\nd\n\ng 5\nhi\nfour\n0\n\nc\n";
    transcript::matches("keys-lines", &typed(&[], lines));
}

#[test]
fn the_end_of_the_input_quits() {
    transcript::matches("keys-end", &typed(&[], "\n\n"));
}

#[test]
fn q_quits_and_says_what_is_removed() {
    transcript::matches("keys-quit", &typed(&["--from", "4"], "q\n"));
}

#[test]
fn from_plays_the_earlier_steps_without_a_pause() {
    let text = typed(&["--from", "9"], "q\n");
    let before = text.split("[9/18").next().expect("a prompt");
    assert!(!before.contains("q quit > "), "a pause before step 9:\n{before}");
    assert!(before.contains("FROM: steps 1 to 8 are played without a pause\n"), "{before}");
    assert!(before.contains("PLAYED: step 8: server: exit(0) gave done\n"), "{before}");
    assert!(
        before.contains("strcpy(ADDRESS1, \"hello world :)\")"),
        "the default is not asked for:\n{before}"
    );
}

#[test]
fn a_message_that_does_not_fit_is_asked_for_again() {
    let long = "x".repeat(1024);
    let text = typed(&["--from", "5"], &format!("{long}\na\0b\nfits\nq\n"));
    let asked = "Server : Write data to memory: [hello world :)] ";
    let wanted = format!(
        "{asked}the message is 1024 bytes long, and the segment has room for 1023 and the NUL that ends them; try again, or press Enter for the default\n\
         {asked}the message holds a NUL, which would end it; try again, or press Enter for the default\n\
         {asked}Step 5 of 18"
    );
    assert!(text.contains(&wanted), "{text}");
}

#[test]
fn resuming_is_offered_once() {
    let desk = Desk::new();
    let offer = "You stopped at step 2 of 18. Continue at step 3? [Y/n] ";
    let play = |lines: &str| {
        let text = desk.lab(["step-through", "--line", "--plain"]).stdin(lines).run().succeeds().text();
        let beginning = text.strip_prefix(offer).map(|rest| (true, rest.to_owned()));
        beginning.unwrap_or((false, text))
    };
    // Two steps, each with a pause before and after.
    assert!(!play("\n\n\n\nq\n").0, "nothing to resume yet");
    let (offered, text) = play("n\nq\n");
    assert!(offered && text.contains("[1/18]") && !text.contains("FROM:"), "{text}");
    let (offered, text) = play("q\n");
    assert!(!offered && text.contains("[1/18]"), "offered twice:\n{text}");
    // Progress makes it a new offer; Enter takes it.
    assert!(!play("\n\n\n\nq\n").0);
    let (offered, text) = play("\nq\n");
    assert!(offered && text.contains("FROM: steps 1 to 2 are played without a pause"), "{text}");
    assert!(!text.contains("[1/18") && !text.contains("[2/18") && text.contains("[3/18]"), "{text}");
}

#[test]
fn single_keys_on_a_terminal() {
    let desk = Desk::new();
    let mut live = begun(&desk);
    live.send("?").wait_for("q         quit and clean up (also Ctrl-D and Ctrl-C)\n");
    live.wait_for("q quit > ");
    live.send("e").wait_for("MORE      Of 95 public student programs");
    live.wait_for("q quit > ");
    // Enter, Space and n all go on.
    live.send("\r").wait_for("Enter next");
    live.wait_for("q quit > ");
    live.send(" ").wait_for("[2/18 ftok]  1-3 your answer · Enter don't know");
    live.wait_for("q quit > ");
    live.send("n").wait_for("YOU SAID  don't know. It is 2: one, which asks about the file\n");
    live.wait_for("[2/18 ftok]  Enter next · d details");
    live.wait_for("q quit > ");
    live.send("d").wait_for("KERNEL    newfstatat\n");
    live.wait_for("q quit > ");
    live.send("N").wait_for("[3/18 shmget]  1-3 your answer");
    live.wait_for("q quit > ");
    // What a jump takes is shown as it is typed, and can be taken back.
    live.send("g13").wait_for("g13");
    live.send("\u{7f}").wait_for("\u{8} \u{8}");
    live.send("\n").wait_for("Recorded: Step 1 of 18");
    live.wait_for("q quit > ");
    live.send("s").wait_for("PLAYED    step 3: server: shmget(");
    live.wait_for("[4/18 shmat]  type a number");
    live.wait_for("q quit > ");
    live.send("b").wait_for("Recorded: Step 3 of 18");
    live.wait_for("q quit > ");
    live.send("x").wait_for("`x` is not a key here; ? shows the keys\n");
    live.wait_for("q quit > ");
    // A number is typed, and can be taken back; another spelling is as good.
    live.send("0x2\u{7f}1\n").wait_for("YOU SAID  0x1  Right.\n");
    live.wait_for("q quit > ");
    // The message, with the line's own editing.
    live.send("\n").wait_for("Server : Write data to memory: [hello world :)] ");
    live.send("hallo\u{7f}\u{7f}\u{7f}y there\n").wait_for("[5/18 write]");
    live.wait_for("q quit > ");
    live.send("c").wait_for("Nothing stays behind: no segment, no\n          process, no file.\n");
    let text = live.wait_end().succeeds().text();
    assert!(text.contains("\"hay there\"") && text.contains("PREDICTED 1 of 3 right"), "{text}");
}

#[test]
fn what_was_not_typed_by_hand_is_no_wish() {
    let desk = Desk::new();
    let mut live = begun(&desk);
    // A paste, an arrow key, a function key; then a key that answers.
    live.send("qqqqqqqqqqqq").send("\u{1b}[A").send("\u{1b}OP");
    live.insist("?", "quit and clean up");
    live.insist("q", "Quitting: removing the folder");
    let text = live.wait_end().succeeds().text();
    assert!(!text.contains("is not a key here"), "{text}");
}

#[test]
fn the_end_of_transmission_quits() {
    let desk = Desk::new();
    let mut live = begun(&desk);
    live.send("\u{4}").wait_for("Quitting: removing the folder");
    live.wait_end().succeeds().text();
}

#[test]
fn the_shell_sees_the_segment_and_comes_back() {
    let desk = Desk::new();
    let mut live = begun(&desk);
    live.send("g4\n").wait_for("[4/18 shmat]");
    live.wait_for("q quit > ");
    live.send("!").wait_for(
        "A shell in this sandbox; everything stays as it is meanwhile. Try ipcs -m; exit comes back.\n",
    );
    live.send("awk 'END { print \"rows:\" NR }' /proc/sysvipc/shm\n").wait_for("rows:2\n");
    live.send("umask; echo end\n").wait_for("0022\nend\n");
    live.send("exit\n").wait_for("[4/18 shmat]  type a number");
    live.wait_for("q quit > ");
    live.send("\n").wait_for("AFTER     nattch 1");
    live.wait_for("q quit > ");
    // A shell that is killed, and one that is left by an interrupt of what it runs.
    live.send("!").wait_for("exit comes back.\n");
    live.send("kill -9 $$\n").wait_for("[4/18 shmat]");
    live.wait_for("q quit > ");
    live.send("q").wait_for("Quitting: removing segment 0 and the folder");
    // The shell says its prompts on standard error, which is no terminal here.
    let (_, _prompts) = live.wait_end().succeeds().both();
}

#[test]
fn by_itself_until_a_key_pauses() {
    let desk = Desk::new();
    let mut live = desk.lab(["step-through", "--auto", "3600", "--color", "never"]).on_terminal(50, 80);
    live.wait_for("How many shared memory");
    live.send(" ").wait_for("[1/18] type a number · Enter don't know · Space play on");
    live.wait_for("q quit > ");
    // Enter goes one beat further, Space plays on by itself.
    live.send("\n").wait_for("Enter next · Space play on · ? keys · q quit > ");
    live.send(" ").wait_for("3  two: one about the file, one that registers the key\n");
    // Space is one key more, and at 80 columns each key keeps its word.
    live.send("x").wait_for("[2/18] 1-3 answer · Enter don't know · Space play on · ? · q quit > ");
    live.send("q").wait_for("Quitting: removing the folder");
    live.wait_end().succeeds().text();
    let text = desk.lab(["step-through", "--auto", "0", "--plain"]).run().succeeds().text();
    assert!(!text.contains("q quit > "), "a prompt that nobody can answer:\n{text}");
    transcript::matches("sheet-plain", &Mask::of(&desk).text(&unwrapped(&text)));
}
