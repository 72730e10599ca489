//! `lab trace` of a program that somebody else wrote: the files that it names are opened safely or not at all and
//! with its own rights, and whatever it does to lab, the time limit and signals hold.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::sync::Arc;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::common::tools::tool;
use super::common::{Desk, Lab, root, skip, until};

const NOBODY: u32 = 65534;
/// What stands in a file that is not to be shown.
const MARKER: &str = "mark-4711";
/// The line of the call in every program here.
const LINE: usize = 5;

/// A file whose fifth line is a call, and the marker.
fn text() -> String {
    format!("1\n2\n3\n4\n{MARKER} shmget\n")
}

/// Compiles a program at a desk whose debug information names `source`.
fn program(desk: &Desk, name: &str, source: &str) {
    let code = format!(
        "#include <sys/shm.h>\nint main(void) {{ int id;\n#line {LINE} \"{source}\"\nid = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);\nshmctl(id, IPC_RMID, 0); return 0; }}\n"
    );
    desk.file(&format!("{name}.c"), code);
    desk.shell(&format!("cc -g -o {name} {name}.c"));
}

/// Makes a file older than every program here.
fn older(path: &Path) {
    let time = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
    fs::File::options().append(true).open(path).and_then(|file| file.set_modified(time)).expect("a time");
}

/// How a trace tells the line of the shmget: file, number and text; and all that it told, in every form.
fn told(desk: &Arc<Desk>, words: &[&str]) -> (Value, String) {
    let all = ["--json", "--all"].map(|form| {
        let lab = desk.lab(["trace", "-o", "told.txt", form, "--"]);
        // Enough for lab, and too little for a file without an end.
        let lab = lab.script("ulimit -v 600000; exec \"$@\"");
        let (out, err) = words.iter().fold(lab, |lab, word| lab.arg(word)).run().succeeds().both();
        let file = fs::read_to_string(desk.work().join("told.txt")).expect("a trace");
        (file.clone(), format!("{file}{out}{err}"))
    });
    let [(json, one), (_, other)] = all;
    let mut events = json.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let call = events.find(|event| event["function"] == "shmget").expect("a shmget");
    (call["seen"]["source"].clone(), one + &other)
}

#[test]
fn what_is_no_file_of_text_is_named_with_its_line_and_not_opened() {
    for desk in Desk::of_everybody() {
        let make = "mkfifo fifo.c; mkdir folder.c; ln -s nowhere.c dangling.c; ln -s fifo.c to-fifo.c; ln -s /dev/zero to-zero.c
            ln -s target.c link.c; ln -s loop.c loop.c; truncate -s 20G huge.c; truncate -s 500000 holes.c
            ln -s /proc/self magic; yes 'text of shmget' | head -c 1100000 >long.c; mkfifo folder.c/fifo.c; ln -s . here
            python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"socket.c\")' || mkfifo socket.c";
        desk.shell(make);
        let target = desk.file("target.c", text());
        older(&target);
        let work = desk.work().display().to_string();
        let at = |name: &str| format!("{work}/{name}");
        let names = [
            "fifo.c",
            "folder.c",
            "dangling.c",
            "to-fifo.c",
            "to-zero.c",
            "link.c",
            "loop.c",
            "huge.c",
            "holes.c",
            "long.c",
            "socket.c",
            "magic/environ",
            "magic/fd/0",
            "magic/cwd/target.c",
            "here/here/fifo.c",
            "folder.c/../fifo.c",
            "folder.c/fifo.c",
            "target.c/",
            "target.c/.",
            "nothing.c",
        ];
        let fixed = [
            "/dev/zero",
            "/dev/tty",
            "/dev/full",
            "/dev/stdin",
            "/dev/fd/0",
            "/proc/self/environ",
            "/proc/self/mem",
            "/proc/1/status",
            "/proc/kmsg",
            "/sys/kernel/uevent_seqnum",
            "/",
            "..",
            "",
        ];
        for name in names.map(at).into_iter().chain(fixed.map(String::from)) {
            program(&desk, "program", &name);
            let (source, all) = told(&desk, &["./program"]);
            assert!(source["text"].is_null(), "{name}: {source}");
            assert!(name.is_empty() || source.is_null() || source["line"] == LINE, "{name}: {source}");
            assert!(!all.contains(MARKER), "{name}");
        }
    }
}

#[test]
fn a_source_that_everybody_may_read_is_shown_by_whatever_path() {
    for desk in Desk::of_everybody() {
        desk.shell("mkdir -p src/deep; ln -s src link; ln -s ../../src src/deep/up");
        let work = desk.work().display().to_string();
        older(&desk.file("src/server.c", text()));
        let absolute = [
            "src/server.c",
            "link/server.c",
            "src/deep/../server.c",
            "link/deep/up/server.c",
            "./src//server.c",
        ]
        .map(|name| format!("{work}/{name}"));
        let outside = format!("{work}/../../../../../../../../..{work}/src/server.c");
        for name in
            absolute.into_iter().chain([outside, "src/server.c".into(), "./src/../link/server.c".into()])
        {
            program(&desk, "program", &name);
            let (source, _) = told(&desk, &["./program"]);
            assert_eq!(source["text"], format!("{MARKER} shmget"), "{name}: {source}");
            assert_eq!(source["line"], LINE);
        }
        // A newer source is another program's.
        fs::write(desk.work().join("src/server.c"), text()).expect("a file");
        desk.shell("touch -d tomorrow src/server.c");
        let (source, all) = told(&desk, &["./program"]);
        assert!(source["text"].is_null() && !all.contains(MARKER), "{source}");
    }
}

#[test]
fn a_source_is_shown_only_if_it_is_called_so_and_both_the_process_and_the_owner_may_read_it() {
    if !root() {
        return skip("only root can trace a program of somebody else's with more rights than he has");
    }
    let desk = Desk::new();
    let work = desk.work();
    fs::create_dir(work.join("closed")).expect("a folder");
    fs::create_dir(work.join("open")).expect("a folder");
    let mode = |path: &str, mode| {
        fs::set_permissions(work.join(path), fs::Permissions::from_mode(mode)).expect("a mode");
    };
    let own = |path: &str, user, group| chown(work.join(path), Some(user), Some(group)).expect("chown");
    for (file, owner, group, bits) in [
        ("closed/all.c", 0, 0, 0o644),
        ("open/all.c", 0, 0, 0o644),
        ("open/root.c", 0, 0, 0o600),
        ("open/group.c", 0, NOBODY, 0o640),
        ("open/others.c", 0, NOBODY, 0o604),
        ("open/nobody.c", NOBODY, 0, 0o600),
        ("open/listed.c", 0, 0, 0o644),
        ("open/passwords", 0, 0, 0o644),
        ("open/c", 0, 0, 0o644),
    ] {
        older(&desk.file(file, text()));
        own(file, owner, group);
        mode(file, bits);
    }
    mode("closed", 0o700);
    let listed = desk.shell("setfacl -m u:65534:--- open/listed.c 2>/dev/null && echo yes || :") == "yes\n";
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "./program"];
    let caps = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "./program"];
    // Of a program that belongs to root, of one that belongs to nobody, of one that everybody may change: whether
    // root may see it; and of root's own, whether its process as nobody may, and as root without rights over files.
    for (file, roots, nobodys, everybodys, as_nobody, without) in [
        ("closed/all.c", true, false, false, false, true),
        ("open/all.c", true, true, true, true, true),
        ("open/root.c", true, false, false, false, true),
        ("open/group.c", true, false, false, true, true),
        ("open/others.c", true, false, false, false, true),
        ("open/nobody.c", true, true, false, true, false),
        ("open/listed.c", true, !listed, !listed, !listed, true),
        // Everybody may read them, and they are not called as sources are.
        ("open/passwords", false, false, false, false, false),
        ("open/c", false, false, false, false, false),
    ] {
        program(&desk, "program", &work.join(file).display().to_string());
        let shown = |words: &[&str]| {
            let (source, all) = told(&desk, words);
            assert_eq!(source["line"], LINE, "{file}");
            assert_eq!(all.contains(MARKER), !source["text"].is_null(), "{file} {words:?}");
            !source["text"].is_null()
        };
        assert_eq!(shown(&["./program"]), roots, "{file}: root's");
        assert_eq!(shown(&nobody), as_nobody, "{file}: run by nobody");
        assert_eq!(shown(&caps), without, "{file}: without capabilities");
        mode("program", 0o777);
        assert_eq!(shown(&["./program"]), everybodys, "{file}: everybody's");
        mode("program", 0o755);
        own("program", NOBODY, NOBODY);
        assert_eq!(shown(&["./program"]), nobodys, "{file}: nobody's");
    }
}

#[test]
fn a_program_that_may_not_be_read_has_no_lines() {
    if !root() {
        return skip("only root can trace a process that may not read its own program");
    }
    let desk = Desk::new();
    older(&desk.file("source.c", text()));
    program(&desk, "program", "source.c");
    desk.shell("chmod 711 program");
    let (source, _) =
        told(&desk, &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "./program"]);
    assert!(source.is_null(), "{source}");
    let (source, _) = told(&desk, &["./program"]);
    assert_eq!(source["line"], LINE);
}

#[test]
fn debug_information_of_any_size_and_kind_ends_with_the_program_and_not_with_lab() {
    for desk in Desk::of_everybody() {
        older(&desk.file("source.c", text()));
        program(&desk, "program", "source.c");
        // Behind the code, so that it still runs: cut off, without an end, and with what is no debug information.
        for damage in [
            "truncate -s 300M program",
            "objcopy --remove-section=.debug_line program",
            "objcopy --remove-section=.debug_abbrev program",
            "head -c 70000000 /dev/zero >more; objcopy --update-section .debug_str=more program",
            "head -c 70000000 /dev/zero >more; objcopy --update-section .debug_info=more program",
            "head -c 7000000 /dev/urandom >more; objcopy --update-section .debug_line=more program",
            "head -c 3000000 /dev/urandom >more; objcopy --update-section .debug_info=more --update-section .debug_abbrev=more program",
        ] {
            program(&desk, "program", "source.c");
            desk.shell(&format!("{damage} 2>/dev/null; rm -f more"));
            let (source, _) = told(&desk, &["./program"]);
            assert!(source.is_null() || source["line"].is_number(), "{damage}: {source}");
        }
    }
}

/// A trace of the tool that does what it can to lab.
fn stranger(desk: &Arc<Desk>, options: &[&str], words: &[&str]) -> Option<Lab> {
    let tool = tool(desk, "stranger")?;
    let lab = desk.lab(["trace", "-o", "told.txt"]);
    let lab = options.iter().chain(&["--"]).fold(lab, |lab, word| lab.arg(word)).arg(tool);
    Some(words.iter().fold(lab, |lab, word| lab.arg(word)))
}

fn trace_of(desk: &Desk) -> String {
    let told = fs::read_to_string(desk.work().join("told.txt")).expect("a trace");
    super::common::mask::unwrapped(&told)
}

/// What the summary says of a program that kept lab from seeing its time limit pass.
const KEPT: &str = "TIMEOUT lab itself was kept from running, perhaps by the program, and did not see the time limit pass: its watchdog ended the program\n";

#[test]
fn an_ordinary_program_can_neither_change_nor_trace_its_tracer() {
    let Some(desk) = Desk::ordinary() else { return };
    let Some(lab) = stranger(&desk, &[], &["memory", "attach"]) else { return };
    lab.run().succeeds().prints("memory: Permission denied\nattach: Operation not permitted\n");
}

#[test]
fn a_program_that_keeps_stopping_lab_ends_with_its_time_limit() {
    for desk in Desk::of_everybody() {
        let Some(lab) = stranger(&desk, &["--timeout", "1"], &["keep-stopping"]) else { return };
        lab.run().fails(124).prints("");
        let told = trace_of(&desk);
        assert!(told.contains(KEPT), "{told}");
    }
}

#[test]
fn signals_hold_where_a_program_keeps_stopping_lab_and_is_deaf() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        for desk in Desk::of_everybody() {
            for words in [&["ready", "keep-stopping"][..], &["deaf", "ready", "keep-stopping"]] {
                let Some(lab) = stranger(&desk, &[], words) else { return };
                let mut live = lab.start();
                live.wait_for("ready");
                live.signal(signal);
                live.wait_end().dies_of(signal).text();
                let told = trace_of(&desk);
                let kept = format!(
                    "UNSEEN lab itself was kept from running, perhaps by the program, and did not hand {signal} on: its watchdog ended the program.\n"
                );
                assert!(told.contains(&kept) || words[0] == "ready", "{told}");
            }
        }
    }
}

/// A child of this name. Not by its environment, which nobody but root can read of a lab that traces.
fn child_of(pid: i32, name: &str) -> i32 {
    let named = |child: &i32| {
        fs::read_to_string(format!("/proc/{child}/comm")).is_ok_and(|found| found.trim_end() == name)
    };
    let find = || {
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        children.split_whitespace().filter_map(|child| child.parse().ok()).find(named)
    };
    until(&format!("there is a {name}"), || find().is_some());
    find().expect("a child")
}

fn send(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).expect("a signal");
}

fn stopped(pid: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.contains("State:\tT")
}

/// How often a process has gone to sleep.
fn sleeps(pid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    count.and_then(|count| count.trim().parse().ok()).unwrap_or_default()
}

#[test]
fn who_is_merely_stopped_is_not_woken_and_a_signal_wakes() {
    for desk in Desk::of_everybody() {
        let Some(lab) = stranger(&desk, &[], &["ready", "wait"]) else { return };
        let mut live = lab.start();
        live.wait_for("ready");
        let pid = live.pid();
        let watchdog = child_of(pid, "lab-watchdog");
        live.signal(Signal::SIGSTOP);
        until("lab is stopped", || stopped(pid));
        let before = sleeps(watchdog);
        until("its watchdog has looked", || sleeps(watchdog) >= before + 5);
        assert!(stopped(pid), "a stopped job was woken");
        live.signal(Signal::SIGTERM);
        live.wait_end().dies_of(Signal::SIGTERM).text();
    }
}

#[test]
fn the_time_limit_of_a_stopped_job_holds() {
    for desk in Desk::of_everybody() {
        // The whole group, as Ctrl-Z does: lab, the program, and not the watchdog. On a terminal it is their own.
        let Some(lab) = stranger(&desk, &["--timeout", "1"], &["raw", "stop-group", "wait"]) else { return };
        let mut live = lab.on_terminal(24, 80);
        live.wait_end().fails(124).text();
        let told = trace_of(&desk);
        assert!(told.contains(KEPT), "{told}");
    }
}

#[test]
fn the_terminal_comes_back_from_a_program_that_is_ended() {
    for desk in Desk::of_everybody() {
        for words in [&["raw", "ready", "wait"][..], &["raw", "ready", "keep-stopping"]] {
            let Some(lab) = stranger(&desk, &["--timeout", "1"], words) else { return };
            let mut live = lab.script("\"$@\"; echo \"status $?\"; read word").on_terminal(24, 80);
            live.wait_for("status 124");
            live.mode_is_restored();
            live.send("\n");
            live.wait_end().succeeds().text();
        }
        for signal in [Signal::SIGTERM, Signal::SIGHUP] {
            let Some(lab) = stranger(&desk, &[], &["raw", "ready", "wait"]) else { return };
            let mut live = lab.script("\"$@\"; echo \"status $?\"; read word").on_terminal(24, 80);
            live.wait_for("ready");
            assert!(!live.mode_is_as_before());
            send(child_of(live.pid(), "lab"), signal);
            live.wait_for(&format!("status {}", 128 + signal as i32));
            live.mode_is_restored();
            live.send("\n");
            // The shell may say what the program died of.
            let _ = live.wait_end().succeeds().both();
        }
        // A program that ends by itself leaves the terminal as it wants it.
        let Some(lab) = stranger(&desk, &[], &["raw"]) else { return };
        let mut live = lab.script("\"$@\"; echo \"status $?\"; read word").on_terminal(24, 80);
        live.wait_for("status 0");
        assert!(!live.mode_is_as_before());
        live.send("\n");
        live.wait_end().succeeds().text();
    }
}

#[test]
fn a_lab_that_hangs_is_ended_by_its_watchdog_which_says_so() {
    if !root() {
        return skip("only root can hold lab fast");
    }
    for (options, why) in [(&["--timeout", "2"][..], "the time limit has passed"), (&[], "SIGTERM has come")]
    {
        let desk = Desk::new();
        let Some(lab) = stranger(&desk, options, &["raw", "ready", "wait"]) else { return };
        let script = "\"$@\" 2>said; echo \"status $?\"; read word";
        let mut live = lab.script(script).on_terminal(24, 80);
        live.wait_for("ready");
        let pid = child_of(live.pid(), "lab");
        let holder = std::process::Command::new(tool(&desk, "stranger").expect("a tool"))
            .args(["hold", &pid.to_string()])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn();
        let mut holder = holder.expect("a holder");
        let mut answer = [0; 10];
        std::io::Read::read_exact(holder.stdout.as_mut().expect("a pipe"), &mut answer).expect("an answer");
        assert_eq!(&answer, b"hold: done");
        if options.is_empty() {
            send(pid, Signal::SIGTERM);
        }
        let said = || fs::read_to_string(desk.work().join("said")).expect("what lab said");
        until("the watchdog says something", || !said().is_empty());
        // A killed process that is held fast is the holder's to bury.
        drop(holder.stdin.take());
        let _ = holder.wait();
        live.wait_for("status 137");
        live.mode_is_restored();
        let said = said();
        let sentence =
            format!("lab: {why}, and lab did not get to it: its watchdog ends lab and the program\n");
        assert_eq!(said.lines().next().map(|line| format!("{line}\n")), Some(sentence), "{said}");
        live.send("\n");
        let _ = live.wait_end().succeeds().both();
    }
}

#[test]
fn a_killed_watchdog_is_told_and_the_time_limit_still_holds() {
    for desk in Desk::of_everybody() {
        let Some(lab) = stranger(&desk, &["--timeout", "1"], &["kill-watchdog", "wait"]) else { return };
        lab.run().fails(124).prints("kill-watchdog: done\n");
        let told = trace_of(&desk);
        assert!(told.contains("UNSEEN Something killed lab's watchdog: "), "{told}");
    }
}

#[test]
fn in_a_sandbox_a_program_reaches_neither_lab_nor_its_watchdog() {
    for desk in Desk::of_everybody() {
        let words = ["memory", "attach", "signal", "kill-watchdog"];
        let Some(lab) = stranger(&desk, &["--sandbox"], &words) else { return };
        let run = lab.run();
        if !trace_of(&desk).contains("It can't signal a process outside.") {
            let _ = run.exits_with(&[0, 3]).both();
            return skip("no sandbox here, or one that lets signals out (Landlock before Linux 6.12)");
        }
        let refused = "Operation not permitted";
        let memory = "Permission denied";
        run.succeeds().prints(&format!(
            "memory: {memory}\nattach: {refused}\nsignal: {refused}\nkill-watchdog: {refused}\n"
        ));
    }
}

/// What a program has put in its own file's place by the time it is judged.
#[test]
fn a_program_that_is_something_else_by_its_end_is_not_waited_for() {
    let code = "#include <stdlib.h>\n#include <sys/shm.h>\n#include <sys/wait.h>\n#include <unistd.h>\n\
        int main(int count, char **words) {\n\
        int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600); char *p = shmat(id, 0, 0);\n\
        if (fork() == 0) { p[0] = 1; shmdt(p); _exit(0); }\n\
        wait(0); shmdt(p); shmctl(id, IPC_RMID, 0); return system(words[1]); }\n";
    for desk in Desk::of_everybody() {
        desk.file("changes.c", code);
        for instead in
            ["mkfifo changes", "ln -s /dev/zero changes", "mkdir changes", "ln -s changes changes", ":"]
        {
            desk.shell("rm -rf changes; cc -g -o changes changes.c");
            let script = format!("rm changes && {instead}");
            let lab = desk.lab(["trace", "--plain", "--timeout", "30", "--", "./changes"]).arg(&script);
            let (_, err) = lab.run().succeeds().both();
            assert!(err.contains("\nENDED: changes ended with exit status 0\n"), "{instead}: {err}");
        }
    }
}
