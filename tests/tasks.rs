//! `lab task`: each task that comes with lab proved whole, what a student reads of a check, what is kept, mistakes in a
//! task's file, and programs that mean harm, after which nothing is left.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::common::tools::tool;
use super::common::{Desk, transcript};

/// A file of a task that comes with lab.
fn shipped(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons/tasks").join(path)).expect(path)
}

/// A task of one program that reads nothing and is to end with 0, written into the desk's folder.
fn author(desk: &Arc<Desk>, toml: &str, start: &str, solution: &str) {
    for (name, text) in [("start", start), ("solution", solution)] {
        fs::create_dir_all(desk.work().join("mine").join(name)).expect("a folder");
        fs::write(desk.work().join("mine").join(name).join("main.c"), text).expect("a file");
    }
    fs::write(desk.work().join("mine/task.toml"), toml).expect("a file");
}

const TASK: &str = "title = \"Mine\"\ngoal = \"It ends well.\"\nafter = \"sheet\"\n\n[program.main]\nsources = [\"main.c\"]\n\n[[check]]\nsay = \"It ends well\"\nplay = \"main\"\nhold = [\"main exits 0\", \"segments == 0\"]\n";
const FAILS: &str = "int main(void)\n{\n    return 1;\n}\n";
const PASSES: &str = "int main(void)\n{\n    return 0;\n}\n";

#[test]
fn each_task_is_proved_with_its_start_its_solution_and_every_wrong_program() {
    let desk = Desk::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons/tasks");
    let names = super::common::desk::names_in(&folder);
    // Each by itself: all of them together take longer than a run may.
    for name in &names {
        let lab = desk.lab(["validate", "--json"]).arg(folder.join(name).to_str().expect("a path"));
        let (out, err) = lab.run().succeeds().both();
        assert_eq!((err.as_str(), out.lines().count()), ("", 1), "{out}");
        let report: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(report["ok"], true, "{report:#}");
    }
    for name in names {
        let wrong = super::common::desk::names_in(&folder.join(&name).join("wrong"));
        assert!(wrong.len() >= 5, "{name} has {} wrong programs", wrong.len());
    }
}

#[test]
fn an_ordinary_user_proves_a_task_too() {
    let Some(desk) = Desk::ordinary() else { return };
    author(&desk, TASK, FAILS, PASSES);
    desk.lab(["validate", "mine", "--plain"])
        .run()
        .succeeds()
        .prints("mine/task.toml  1 check, 0 wrong programs, ok\n1 passed, 0 failed\n");
}

#[test]
fn a_student_starts_checks_reads_hints_and_at_last_the_solution() {
    let desk = Desk::new();
    let mut told = String::new();
    let mut say = |args: &[&str], status: i32| {
        let mut lab = desk.lab(["task"]);
        for arg in args {
            lab = lab.arg(arg);
        }
        let run = lab.run();
        let told_by = if status == 0 { run.succeeds() } else { run.fails(status) };
        let (out, err) = told_by.both();
        let words = args.join(" ");
        told += &format!("$ lab task {words}\n{out}{err}[{status}]\n\n");
    };
    say(&["--plain"], 0);
    say(&["check"], 2);
    say(&["start", "read-it", "mine"], 0);
    say(&["hint", "--plain"], 2);
    say(&["check", "--plain"], 1);
    say(&["solution"], 2);
    say(&["hint", "--plain"], 0);
    say(&["hint", "--plain"], 0);
    say(&["hint", "--plain"], 0);
    fs::write(desk.work().join("mine/client.c"), "int main(void)\n{\n    return x;\n}\n").expect("a file");
    say(&["check", "--plain"], 1);
    fs::write(desk.work().join("mine/client.c"), shipped("read-it/wrong/removes-first.c")).expect("a file");
    say(&["check", "read-it", "--plain"], 1);
    fs::write(desk.work().join("mine/client.c"), shipped("read-it/solution/client.c")).expect("a file");
    say(&["check", "--plain"], 0);
    say(&["--plain"], 0);
    say(&["start", "read-it", "mine"], 0);
    say(&["reset", "read-it", "--plain"], 0);
    say(&["reset", "read-it", "--plain"], 0);
    say(&["chekc"], 2);
    say(&["start", "read-ti"], 2);
    let told = told.replace(&desk.work().display().to_string(), "WORK");
    transcript::matches("tasks/student", &steady(&told));
    // What was there when it was started again is the student's own.
    let kept = fs::read_to_string(desk.work().join("mine/client.c")).expect("the file");
    assert_eq!(kept, shipped("read-it/solution/client.c"));
}

/// The message of a play is another one every time.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    for line in text.lines() {
        match line.split_once(" should print \"") {
            Some((before, after)) => {
                let rest = after.split_once('"').map_or("", |(_, rest)| rest);
                steady += &format!("{before} should print \"MESSAGE\"{rest}\n");
            }
            None => steady += &format!("{line}\n"),
        }
    }
    steady
}

#[test]
fn a_tool_reads_one_object_a_check() {
    let desk = Desk::new();
    desk.lab(["task", "start", "right-order", "."]).run().succeeds().text();
    let (out, _) = desk.lab(["task", "check", "--json"]).run().fails(1).both();
    let checks: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let passed: Vec<bool> = checks.iter().map(|check| check["passed"] == true).collect();
    assert_eq!(passed, [true, true, false, false], "{out}");
    assert_eq!(
        checks[2]["found"][0]["what"],
        "client should report the failure with a status other than 0, and it ended with status 0."
    );
    assert_eq!(checks[2]["read"], "client-first 3");
    let (out, _) = desk.lab(["task", "--json"]).run().succeeds().both();
    let first: Value = serde_json::from_str(out.lines().nth(1).expect("a line")).expect("JSON");
    assert_eq!(
        (&first["name"], &first["checks"], &first["passed"]),
        (&"right-order".into(), &4.into(), &2.into())
    );
}

/// What was printed yesterday, or what the task's own solution printed once, is another message in the next play.
#[test]
fn a_program_that_prints_a_fixed_text_passes_nothing() {
    let desk = Desk::new();
    desk.lab(["task", "start", "read-it", "."]).run().succeeds().text();
    fs::write(
        desk.work().join("client.c"),
        shipped("read-it/solution/client.c").replace("Client: %s\\n\", text", "heron 1234 walnut\\n\""),
    )
    .expect("a file");
    let (out, _) = desk.lab(["task", "check", "--plain"]).run().fails(1).both();
    assert!(out.contains("FAIL: The client prints the message\n"), "{out}");
}

#[test]
fn an_authors_task_is_played_from_its_folder_and_its_mistakes_are_told() {
    let desk = Desk::new();
    author(&desk, TASK, FAILS, PASSES);
    let wrong = desk.work().join("mine/wrong");
    fs::create_dir(&wrong).expect("a folder");
    let mut told = String::new();
    let mut say = |desk: &Arc<Desk>| {
        let (out, err) = desk.lab(["validate", "mine", "--plain"]).run().fails(4).both();
        told += &format!("{out}{err}\n");
    };
    for text in [
        "/* fails: it ends */\nint main(void) { return 0; }\n",
        "/* fails: nothing */\nint main(void) { return 1; }\n",
        "/* fails: it ends */\nint main(void) { return y; }\n",
        "/* replaces: other.c\n * fails: it ends */\nint main(void) { return 1; }\n",
        "int main(void) { return 1; }\n",
    ] {
        fs::write(wrong.join("one.c"), text).expect("a file");
        say(&desk);
    }
    fs::remove_file(wrong.join("one.c")).expect("the file");
    author(&desk, TASK, PASSES, FAILS);
    say(&desk);
    author(&desk, TASK, "int main(void) { return z; }\n", PASSES);
    say(&desk);
    fs::remove_dir_all(desk.work().join("mine/start")).expect("the folder");
    say(&desk);
    transcript::matches("tasks/author", &told);
    author(&desk, TASK, FAILS, PASSES);
    desk.lab(["task", "start", "./mine", "here"]).run().succeeds().text();
    let (out, _) = desk.lab(["task", "check", "--plain"]).run().fails(1).both();
    assert!(
        out.starts_with("TASK: No task was started in this folder, so lab checks the last one: mine, in "),
        "{out}"
    );
    assert!(out.contains("\nPASS: It compiles without a warning\nFAIL: It ends well\n"), "{out}");
}

/// A command of the task's in place of a compiler: it needs no list of files, and of what it says the error counts.
#[test]
fn a_task_can_be_built_by_a_command_of_its_own() {
    let desk = Desk::new();
    author(&desk, &TASK.replace("sources = [\"main.c\"]", "build = \"sh build.sh\""), FAILS, PASSES);
    let script = "echo cc main.c\ncc -o main main.c || echo '*** no main' && test -f main\n";
    for folder in ["start", "solution"] {
        fs::write(desk.work().join("mine").join(folder).join("build.sh"), script).expect("a file");
    }
    desk.lab(["validate", "mine", "--plain"])
        .run()
        .succeeds()
        .prints("mine/task.toml  1 check, 0 wrong programs, ok\n1 passed, 0 failed\n");
    for (text, says) in [
        (
            "int main(void) { return z; }\n",
            "  error: 'z' undeclared (first use in this function)\nSOURCE: main.c:1  ",
        ),
        ("int f(void);\nint main(void) { return f(); }\n", "undefined reference to `f'\n"),
    ] {
        fs::write(desk.work().join("mine/start/main.c"), text).expect("a file");
        let (out, _) = desk.lab(["task", "check", "./mine", "mine/start", "--plain"]).run().fails(1).both();
        assert!(out.contains(says), "{out}");
    }
    fs::write(desk.work().join("mine/start/build.sh"), "echo begun\necho '*** no rule'\nexit 2\n")
        .expect("a file");
    let (out, _) = desk.lab(["task", "check", "./mine", "mine/start", "--plain"]).run().fails(1).both();
    assert!(out.starts_with("FAIL: It compiles without a warning\n  *** no rule\n"), "{out}");
}

#[test]
fn mistakes_in_a_tasks_file_are_told_with_their_line_and_caret() {
    let desk = Desk::new();
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tasks/mistakes.toml"))
        .expect("a file");
    author(&desk, &text, FAILS, PASSES);
    let (out, err) = desk.lab(["validate", "mine"]).run().fails(4).both();
    assert_eq!(out, "0 passed, 1 failed\n");
    transcript::matches("tasks/mistakes", &err);
    author(&desk, "title = \"t\"\ngoal = \"g\"\nafter = \"sheet\"\n", FAILS, PASSES);
    let (_, err) = desk.lab(["task", "start", "./mine"]).run().fails(4).both();
    assert!(err.contains("a task needs at least one [[check]]"), "{err}");
}

/// Programs that mean harm: each check ends with a sentence, and nothing stays. What a run leaves is looked at by the
/// harness; a file that a program has written elsewhere is looked for here.
#[test]
fn nothing_that_a_program_does_gets_out_or_stays() {
    let rows = [
        ("endless.c", "main wrote more than 1 MiB, so lab cut it off: a loop prints without end.\n"),
        ("fill.c", "On standard error it printed \"write: No space left on device\".\n"),
        ("stop.c", " was stopped by a signal, and nothing continued it.\n"),
        ("daemon.c", " that they started went on; lab ended "),
        ("signals.c", "and SIGTERM ended it.\n"),
        ("fork-bomb.c", " waits in pause for a signal; child 1 of main "),
        ("segments.c", "On standard error it printed \"shmget: No space left on device\".\n"),
        ("escape.c", "On standard error it printed \"\\033[2J\".\n"),
        ("outside.c", "On standard error it printed \"temp home net kill\".\n"),
    ];
    for desk in Desk::of_everybody() {
        author(&desk, TASK, FAILS, PASSES);
        fs::create_dir(desk.work().join("theirs")).expect("a folder");
        for (name, sentence) in rows {
            let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tasks/hostile").join(name);
            fs::copy(text, desk.work().join("theirs/main.c")).expect("a copy");
            let (out, err) = desk.lab(["task", "check", "./mine", "theirs", "--plain"]).run().fails(1).both();
            assert!(out.contains(sentence), "{name}: {out}{err}");
            assert!(out.contains("FAIL: It ends well\n") && err.is_empty(), "{name}: {out}{err}");
        }
        // The same programs, held at each call.
        author(&desk, &TASK.replace("play = \"main\"", "play = \"every order\""), FAILS, PASSES);
        for (name, sentence) in [
            ("endless.c", " and none came to its end: "),
            ("fill.c", "On standard error it printed \"write: No space left on device\".\n"),
            ("stop.c", "No process can go on: main has stopped itself, and no process continues it.\n"),
            // Its parent is outside of its namespace and has the number 0 there, which is its own group to kill().
            ("signals.c", "SIGKILL ended it.\n"),
            // It meets the limit of its user or that of an order, whichever comes first.
            ("fork-bomb.c", "; and so on for | and none came to its end: "),
            ("segments.c", "On standard error it printed \"shmget: No space left on device\".\n"),
            ("outside.c", "On standard error it printed \"temp home net\".\n"),
        ] {
            let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tasks/hostile").join(name);
            fs::copy(text, desk.work().join("theirs/main.c")).expect("a copy");
            let (out, err) = desk.lab(["task", "check", "./mine", "theirs", "--plain"]).run().fails(1).both();
            assert!(sentence.split('|').any(|one| out.contains(one)) && err.is_empty(), "{name}: {out}{err}");
        }
        assert_eq!(super::common::desk::names_in(&desk.work().join("theirs")), ["main.c"]);
    }
    assert!(!Path::new("/tmp/lab-test-was-here").exists());
}

/// A task of two programs that are played in every order.
fn pair(desk: &Arc<Desk>, check: &str, [server, client]: [&str; 2]) {
    let toml = format!(
        "title = \"Pair\"\ngoal = \"They meet.\"\nafter = \"sheet\"\n\n[program.server]\nsources = [\"server.c\"]\n\n[program.client]\nsources = [\"client.c\"]\n\n[[check]]\nsay = \"In every order\"\nplay = \"every order\"\n{check}\n"
    );
    for folder in ["start", "solution"] {
        let folder = desk.work().join("pair").join(folder);
        fs::create_dir_all(&folder).expect("a folder");
        for (name, body) in [("server.c", server), ("client.c", client)] {
            let heads =
                "#include <stdio.h>\n#include <sys/sem.h>\n#include <sys/shm.h>\n#include <unistd.h>\n\n";
            let text = format!("{heads}int main(void)\n{{\n{body}\n}}\n");
            fs::write(folder.join(name), text).expect("a file");
        }
    }
    fs::write(desk.work().join("pair/task.toml"), toml).expect("a file");
}

fn check_pair(desk: &Arc<Desk>, status: i32) -> String {
    let run = desk.lab(["task", "check", "./pair", "pair/start", "--plain"]).run();
    let (out, err) = if status == 0 { run.succeeds().both() } else { run.fails(status).both() };
    assert_eq!(err, "");
    out
}

#[test]
fn a_check_in_every_order_shows_the_first_bad_one() {
    for desk in Desk::of_everybody() {
        desk.lab(["task", "start", "handshake", "."]).run().succeeds().text();
        for (name, wrong) in [("client.c", "wrong/sleeps.c"), ("server.c", "solution/server.c")] {
            fs::write(desk.work().join(name), shipped(&format!("handshake/{wrong}"))).expect("a file");
        }
        let (out, _) = desk.lab(["task", "check", "--plain"]).run().fails(1).both();
        transcript::matches("tasks/every-order", &steady(&out));
        let (out, _) = desk.lab(["task", "check", "--json"]).run().fails(1).both();
        let checks: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let orders = &checks[3]["orders"];
        assert_eq!((&orders["number"], &orders["complete"]), (&5.into(), &false.into()), "{out}");
        assert_eq!(orders["steps"][5], "6 client: sleep (client.c:29)");
        assert_eq!(orders["choices"].as_array().expect("choices").len(), 12);
        assert_eq!(checks[1]["orders"], Value::Null);
        fs::write(desk.work().join("client.c"), shipped("handshake/solution/client.c")).expect("a file");
        let (out, _) = desk.lab(["task", "check", "--plain"]).run().succeeds().both();
        assert!(
            out.contains("  lab played 8 orders, and every other one is equal to one of these.\n"),
            "{out}"
        );
    }
}

#[test]
fn what_an_order_can_come_to_is_told() {
    let desk = Desk::new();
    // Each takes a semaphore of which nobody gives one.
    let waits = "    int set = semget(77, 1, IPC_CREAT | 0600);\n    struct sembuf take = {0, -1, 0};\n    semop(set, &take, 1);\n    return 0;";
    pair(&desk, "hold = [\"client exits 0\"]", [waits, waits]);
    let out = check_pair(&desk, 1);
    let stuck = "  No process can go on: server waits to take 1 from semaphore 0 of set 0, which is 0; client waits to take 1 from semaphore 0 of set 0, which is 0.\n";
    assert!(out.contains(stuck), "{out}");
    // More orders than a check plays.
    let many = "    for (int turn = 0; turn < 8; turn++)\n        shmget(100 + turn, 10, IPC_CREAT | 0600);\n    return 0;";
    pair(&desk, "hold = [\"client exits 0\"]", [many, many]);
    let out = check_pair(&desk, 0);
    assert!(out.contains("PASS: In every order\n  lab played 200 orders, and at least "), "{out}");
    assert!(out.contains(" not reached in the time that a check has.\n"), "{out}");
    // One after the other: whoever never came to its turn is no process that the student knows.
    let takes = "    int set = semget(77, 1, IPC_CREAT | 0600);\n    struct sembuf take = {0, -1, 0};\n    return semop(set, &take, 1);";
    pair(&desk, "hold = [\"client exits 0\"]", [takes, "    return 0;"]);
    let toml = desk.work().join("pair/task.toml");
    let text = fs::read_to_string(&toml).expect("the file").replace("every order", "server; client");
    fs::write(&toml, text).expect("a file");
    let out = check_pair(&desk, 1);
    let late =
        "(server.c:10). lab starts client when the programs before it have ended, so client never started.\n";
    assert!(out.contains(late) && !out.contains("child") && !out.contains("pipe"), "{out}");
    // A finding of one order, with its line.
    let makes = "    int id = shmget(77, 10, IPC_CREAT | 0600);\n    char *text = shmat(id, NULL, 0);\n    text[0] = 'x';\n    return 0;";
    let looks = "    int id = shmget(77, 0, 0);\n    return id == -1;";
    pair(&desk, "never = [\"reader-first\"]", [makes, looks]);
    let out = check_pair(&desk, 1);
    assert!(out.contains("SOURCE: client.c:8  int id = shmget(77, 0, 0);\n"), "{out}");
    // A call that fails, in every order.
    pair(&desk, "hold = [\"client exits 0\"]\nfail = \"client: shmget = ENOSPC\"", [makes, looks]);
    let out = check_pair(&desk, 1);
    assert!(out.contains("  1 client: shmget  ENOSPC") || out.contains(" client: shmget  ENOSPC"), "{out}");
    pair(&desk, "hold = [\"client exits 0\"]\nfail = \"client: semop = EINVAL\"", [makes, looks]);
    let out = check_pair(&desk, 1);
    assert!(out.contains("  lab wanted to make semop() fail, and client never called it.\n"), "{out}");
    // Nothing can be said of orders that lab has to end.
    let endless = "    for (;;)\n        puts(\"hello\");";
    pair(&desk, "hold = [\"client exits 0\"]", [endless, looks]);
    let out = check_pair(&desk, 1);
    assert!(out.contains(" and none came to its end: an order may have "), "{out}");
}

#[test]
fn a_semop_can_be_made_to_fail() {
    let desk = Desk::new();
    let program = |checked: &str| {
        format!(
            "#include <stdio.h>\n#include <sys/sem.h>\n\nint main(void)\n{{\n    int set = semget(IPC_PRIVATE, 1, 0600);\n    struct sembuf one = {{0, 1, 0}};\n    int all = semop(set, &one, 1) + semop(set, &one, 1);\n    semctl(set, 0, IPC_RMID);\n    {checked}\n    return 0;\n}}\n"
        )
    };
    for play in ["main", "every order"] {
        let check = format!("play = \"{play}\"\nfail = \"main: semop 2 = EIDRM\"\n");
        let toml = TASK.replace("play = \"main\"\n", &check).replace("exits 0", "exits 1");
        let right = program("if (all != 0) { perror(\"semop\"); return 1; }");
        author(&desk, &toml, &program(""), &right);
        desk.lab(["validate", "mine", "--plain"])
            .run()
            .succeeds()
            .prints("mine/task.toml  1 check, 0 wrong programs, ok\n1 passed, 0 failed\n");
    }
}

#[test]
fn links_devices_and_large_files_are_left_out_and_told() {
    let desk = Desk::new();
    author(&desk, TASK, FAILS, PASSES);
    let theirs = desk.work().join("theirs");
    fs::create_dir(&theirs).expect("a folder");
    fs::write(theirs.join("main.c"), PASSES).expect("a file");
    fs::write(theirs.join("large.txt"), vec![b'x'; (1 << 20) + 1]).expect("a file");
    std::os::unix::fs::symlink("/etc/passwd", theirs.join("link.c")).expect("a link");
    nix::unistd::mkfifo(&theirs.join("pipe.c"), nix::sys::stat::Mode::S_IRWXU).expect("a fifo");
    let (out, _) = desk.lab(["task", "check", "./mine", "theirs", "--plain"]).run().succeeds().both();
    for left in [
        "`large.txt` is larger than 1 MiB",
        "`link.c` is not a regular file",
        "`pipe.c` is not a regular file",
    ] {
        assert!(out.contains(&format!("WARNING: {left}, so lab leaves it out\n")), "{out}");
    }
}

#[test]
fn any_compiler_will_do_and_none_is_said() {
    let desk = Desk::new();
    author(&desk, TASK, FAILS, PASSES);
    let none = "lab: there is no C compiler on the path (cc, gcc or clang): install one, such as with `sudo apt install gcc libc6-dev`\n";
    desk.lab(["task", "check", "./mine", "mine/solution"])
        .script("PATH=/nowhere; export PATH; exec \"$@\"")
        .run()
        .fails(3)
        .says(none);
    let named =
        "lab: CC names `nocc`, and there is no such program on the path: unset CC, or name a C compiler\n";
    desk.lab(["task", "check", "./mine", "mine/solution"]).env("CC", "nocc").run().fails(3).says(named);
    let check = desk.lab(["task", "check", "./mine", "mine/solution"]).env("CC", "gcc -O2");
    check.run().succeeds().text();
}

/// A machine that can't play a task says why, with the status for machines.
#[test]
fn where_ptrace_is_refused_no_task_is_judged() {
    let desk = Desk::new();
    let Some(refuse) = tool(&desk, "refuse") else { return };
    author(&desk, TASK, FAILS, PASSES);
    let ptrace = format!("{}={}", nix::libc::SYS_ptrace, nix::libc::EPERM);
    let check = desk.lab(["task", "check", "./mine", "mine/solution"]).through([&refuse, &ptrace, "--"]);
    check.run().fails(3).says("lab: can't play the programs: the program can't be traced here: ptrace was refused (EPERM); in a container, start it with --cap-add=SYS_PTRACE or a seccomp profile that allows ptrace\n");
}

#[test]
fn a_new_task_validates_and_takes_nobodys_place() {
    let desk = Desk::new();
    let (out, _) = desk.lab(["new", "task", "mine"]).run().succeeds().both();
    assert!(out.contains("mine/task.toml") && out.contains("lab validate mine"), "{out}");
    desk.lab(["validate", "mine", "--plain"])
        .run()
        .succeeds()
        .prints("mine/task.toml  3 checks, 1 wrong program, ok\n1 passed, 0 failed\n");
    let said = "lab: `mine` is there already: name a folder that is not\n";
    desk.lab(["new", "task", "mine"]).run().fails(2).says(said);
}

#[test]
fn a_watch_checks_again_at_each_save_and_ends_with_ctrl_c() {
    let desk = Desk::new();
    author(&desk, TASK, FAILS, PASSES);
    let mut live = desk.lab(["task", "check", "./mine", "mine/start", "--watch"]).on_terminal(24, 80);
    live.wait_for("1 of 2 checks passed");
    live.wait_for("Ctrl-C ends it");
    fs::write(desk.work().join("mine/start/main.c"), PASSES).expect("a file");
    live.wait_for("2 of 2 checks passed");
    live.wait_for("Ctrl-C ends it");
    live.send("\u{3}").wait_end().dies_of(nix::sys::signal::Signal::SIGINT).text();
}

#[test]
fn ctrl_c_in_a_check_ends_everything_of_it() {
    let desk = Desk::new();
    author(&desk, TASK, FAILS, PASSES);
    let waits = "#include <stdio.h>\n#include <unistd.h>\n\nint main(void)\n{\n    FILE *file = fopen(\"here\", \"w\");\n    fclose(file);\n    for (;;)\n        pause();\n}\n";
    fs::write(desk.work().join("mine/start/main.c"), waits).expect("a file");
    let mut live = desk.lab(["task", "check", "./mine", "mine/start"]).on_terminal(24, 80);
    // The scratch folder is there while the play lasts.
    let tmp = desk.folder().join("tmp");
    while super::common::desk::names_in(&tmp).is_empty() {
        std::thread::yield_now();
    }
    live.send("\u{3}").wait_end().dies_of(nix::sys::signal::Signal::SIGINT).text();
    assert_eq!(super::common::desk::names_in(&tmp), Vec::<String>::new());
}
