//! What a lesson or a question from a stranger can do to the machine of whoever plays it: the walls around its
//! processes, tried from inside, and addresses that it works out for itself. The lessons of tests/lessons/hostile,
//! which each try one thing by its name, are played in `authors`.

use std::fs;
use std::sync::Arc;

use nix::libc;

use super::authors::addresses_masked;
use super::common::tools::tool;
use super::common::{Desk, Live, skip};

/// A step of a lesson.
fn step(call: &str, expect: &str) -> String {
    format!("\n[[step]]\nwho = \"server\"\ncall = '''{call}'''\nexpect = \"{expect}\"\nsay = \"Done.\"\n")
}

fn lesson(steps: &[(&str, &str)]) -> String {
    let steps: String = steps.iter().map(|(call, expect)| step(call, expect)).collect();
    format!("title = \"t\"\ngoal = \"g\"\n{steps}")
}

/// A page of the lesson's own: readable, writable, private and anonymous.
const PAGE: &str = "m = mmap(NULL, 4096, 3, 34, -1, 0)";
const REFUSED: &str = ", which is lab's own memory: ";

/// An address that is reckoned from one of the lesson's own is refused or faults, whatever is there: libraries lie
/// at a distance from a mapping that is always the same on one machine, and another on the next.
#[test]
fn no_reckoned_address_leads_into_lab() {
    let desk = Desk::new();
    let ways = [
        ("c = e[0]", "SIGSEGV"),
        ("r = *e", "SIGSEGV"),
        ("*e = 1", "SIGSEGV"),
        ("memset(e, 0, 1)", "SIGSEGV"),
        ("strcpy(e, \"x\")", "SIGSEGV"),
        ("puts(e)", "SIGSEGV"),
        ("ftok(e, 'L')", "EFAULT"),
        ("shmat(id, e, SHM_RND | SHM_REMAP)", "!= 0"),
    ];
    let pages = [-1024_i64, -400, -100, -48, -16, -2, 1, 2, 16, 48, 100, 400, 1024];
    let mut refused = 0;
    for (at, page) in pages.into_iter().enumerate() {
        for (call, expect) in ways {
            let reckoned = format!("*m = m + {}", page * 4096 + at as i64);
            desk.file(
                "reach.toml",
                lesson(&[
                    ("id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600)", "ok"),
                    (PAGE, "ok"),
                    (&reckoned, "ok"),
                    ("e = *m", "ok"),
                    (call, expect),
                ]),
            );
            let run = desk.lab(["step-through", "--plain", "reach.toml"]).run();
            let (out, err) = run.exits_with(&[0, 4]).both();
            if err.is_empty() {
                continue;
            }
            refused += 1;
            assert!(err.starts_with(&format!("lab: reach.toml: step 5: `{call}` would touch 0x")), "{err}");
            assert!(err.contains(REFUSED), "{err}");
            // Nothing was read, so nothing of it is shown.
            let last = out.rsplit("CODE: ").next().expect("a step");
            assert!(last.starts_with(call), "{out}");
            assert!(["CALL: ", "VALUE: ", "RESULT: "].iter().all(|label| !last.contains(label)), "{out}");
        }
    }
    assert!(refused > ways.len(), "lab's memory is near a mapping; nothing was refused");
}

/// Whatever plays what a stranger wrote refuses the same, with the file and the place in it.
#[test]
fn every_way_to_play_it_refuses() {
    const CALLS: [&str; 2] = ["m = malloc(100)", "m[100] = 'x'"];
    let what = "`m[100] = 'x'` would touch ADDRESS, which is lab's own memory: a lesson may touch its segments, what its mmap and malloc gave it, its texts, and places where nothing is mapped";
    for desk in Desk::of_everybody() {
        desk.shell("mkdir lessons bank");
        for name in ["own.toml", "lessons/01-own.toml"] {
            desk.file(name, lesson(&CALLS.map(|call| (call, "ok"))));
        }
        let question = format!(
            "topic = \"t\"\ntitle = \"t\"\n\n[[question]]\nid = \"a\"\nkind = \"predict\"\nlevel = 1\nlesson = \"shmdt 2\"\nask = \"What?\"\nprove = [{}]\noptions = [{{ is = \"ok\", why = \"w\" }}, {{ is = \"EINVAL\", why = \"it would be right if x\" }}]\n",
            CALLS
                .map(|call| format!("'server: {}'", call.replace('\'', "\"")).replace("\"x\"", "120"))
                .join(", ")
        );
        for name in ["bank.toml", "bank/bank.toml"] {
            desk.file(name, &question);
        }
        let (of_lesson, of_question) = (format!("step 2: {what}"), what.replace("'x'", "120"));
        let ways: [(&[&str], String); 8] = [
            (&["step-through", "own.toml"], format!("own.toml: {of_lesson}")),
            (&["step-through", "--json", "own.toml"], format!("own.toml: {of_lesson}")),
            (&["step-through", "--lessons", "lessons", "own"], format!("lessons/01-own.toml: {of_lesson}")),
            (&["validate", "--plain", "own.toml"], format!("own.toml: {of_lesson}")),
            (&["validate", "--plain", "lessons"], format!("lessons/01-own.toml: {of_lesson}")),
            (&["validate", "--plain", "bank"], format!("bank/bank.toml:5:6: {of_question}")),
            (&["quiz", "--bank", "bank.toml"], format!("bank.toml:5:6: {of_question}")),
            (
                &["quiz", "--bank", "bank", "--export", "md"],
                format!("bank/bank.toml: question `a`: {of_question}"),
            ),
        ];
        for (args, says) in ways {
            let lab = args.iter().fold(desk.lab([]), |lab, arg| lab.arg(arg));
            let (out, err) = lab.run().fails(4).both();
            let told = addresses_masked(&(out + &err)).replace(['\n', ' '], "");
            assert!(told.contains(&says.replace(' ', "")), "{args:?}: {says}\n{told}");
        }
    }
}

/// A lesson at its third pause, whose server has been started, and which lab does not observe, so that another
/// process may look into it.
fn paused(desk: &Arc<Desk>, rules: &[String]) -> Option<Live> {
    let refuse = tool(desk, "refuse")?;
    // An earlier run's progress would be asked about first.
    let _ = fs::remove_dir_all(desk.state());
    let unobserved = format!("{}={}", libc::SYS_ptrace, libc::EPERM);
    let mut lab =
        desk.lab(["step-through", "--line", "--plain"]).env("SECRET", "of the player's").through([&refuse]);
    for rule in rules.iter().chain([&unobserved]) {
        lab = lab.through([rule]);
    }
    let mut live = lab.through(["--"]).start();
    live.wait_for("q quit > ");
    live.send("\n\n\n\n");
    live.wait_for("[3/18");
    Some(live)
}

/// What came of a process's tries, made by its own hand: `try: errno` or `try: done`.
fn tried(desk: &Desk, pid: i32, tries: &str) -> String {
    desk.shell(&format!("{}/inject {pid} {tries}", desk.folder().display()))
}

/// Every try, and what comes of it where Landlock, seccomp or both stand around the process.
const TRIES: &[(&str, &str, &str)] = &[
    // try, without Landlock, without seccomp
    ("read-a-file", "done", "EACCES"),
    ("read-a-folder", "done", "EACCES"),
    ("write-a-file", "ENOSYS", "EACCES"),
    ("make-a-file", "ENOSYS", "EACCES"),
    ("remove-a-file", "ENOSYS", "EACCES"),
    ("run-it-at", "ENOSYS", "EACCES"),
    ("signal-init", "ENOSYS", "EPERM"),
    ("trace", "ENOSYS", "EPERM"),
    ("open-a-socket", "ENOSYS", "done"),
    ("signal-everybody", "ENOSYS", ""),
    ("write-into-another", "ENOSYS", ""),
    ("gain-a-user", "ENOSYS", ""),
    ("leave-for-a-mount", "ENOSYS", ""),
    ("mount", "ENOSYS", ""),
    ("make-a-thread", "ENOSYS", ""),
    ("be-dumped", "ENOSYS", ""),
    ("another-limit", "ENOSYS", ""),
    ("32-bit", "ENOSYS", ""),
];

/// What the walls are worth if a lesson should ever run code of its own: each wall alone, and both.
#[test]
fn an_actor_is_confined_before_its_first_step() {
    if !cfg!(target_arch = "x86_64") {
        skip("system calls are made for another process on x86-64 only");
        return;
    }
    for desk in Desk::of_everybody() {
        if tool(&desk, "inject").is_none() {
            return;
        }
        let without = |number: libc::c_long| vec![format!("{number}={}", libc::ENOSYS)];
        let (no_landlock, no_seccomp) =
            (without(libc::SYS_landlock_create_ruleset), without(libc::SYS_seccomp));
        for (rules, column) in [(vec![], 0), (no_landlock, 1), (no_seccomp, 2)] {
            let Some(mut live) = paused(&desk, &rules) else { return };
            let pid = live.pid_of("server");
            let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
            assert!(status.contains("NoNewPrivs:\t1\n"), "{status}");
            assert_eq!(fs::read(format!("/proc/{pid}/environ")).expect("its environment"), b"");
            let open = desk.shell(&format!(
                "ls -l /proc/{pid}/fd | sed -n 's/.* -> //p' | sed 's/:.*//' | sort | uniq -c"
            ));
            let open: Vec<_> = open.split_whitespace().collect();
            assert_eq!(open, ["3", "/dev/null", "2", "socket"], "what it has open: its wire and the guard's");
            let all: Vec<_> = TRIES.iter().filter(|row| column < 2 || !row.2.is_empty()).collect();
            let words: Vec<_> = all.iter().map(|row| row.0).collect();
            let told = tried(&desk, pid, &words.join(" "));
            for (name, alone, landlock) in all {
                let wanted = match column {
                    0 if *alone == "done" => landlock,
                    2 => landlock,
                    _ => alone,
                };
                assert!(told.contains(&format!("{name}: {wanted}\n")), "{name}, column {column}:\n{told}");
            }
            if column != 1 {
                let told = tried(&desk, pid, "run-a-shell");
                assert_eq!(told, "run-a-shell: EACCES\n");
            }
            // Nothing of that has kept the lesson from going on.
            live.send("\nq\n");
            live.end_input();
            live.wait_end().succeeds().text();
        }
    }
}

/// Where a wall is missing a stranger's lesson is played all the same, and the header says so; lab's own lessons
/// say nothing, since nobody can have put anything into them.
#[test]
fn a_missing_wall_is_announced_before_a_strangers_lesson() {
    let desk = Desk::new();
    let Some(refuse) = tool(&desk, "refuse") else { return };
    let text = lesson(&[("shmdt(NULL)", "EINVAL")]);
    desk.file("own.toml", &text);
    let bank = "topic = \"t\"\ntitle = \"t\"\n\n[[question]]\nid = \"a\"\nkind = \"predict\"\nlevel = 1\nlesson = \"shmdt 2\"\nask = \"What?\"\nprove = [\"server: shmdt(NULL)\"]\noptions = [{ is = \"ok\", why = \"it would be right if x\" }, { is = \"EINVAL\", why = \"w\" }]\n";
    desk.file("bank.toml", bank);
    let rules = [
        (libc::SYS_landlock_create_ruleset, "this machine has no Landlock for"),
        (libc::SYS_seccomp, "this machine has no seccomp for"),
    ];
    for (number, says) in rules {
        for errno in [libc::ENOSYS, libc::EPERM, libc::EOPNOTSUPP] {
            let rule = format!("{number}={errno}");
            let refused = |args: &[&str]| {
                let mut lab = desk.lab([]).through([&refuse, &rule, "--"]);
                for arg in args {
                    lab = lab.arg(arg);
                }
                lab.run().succeeds().text()
            };
            for args in [
                &["step-through", "--plain", "own.toml"][..],
                &["step-through", "--json", "own.toml"],
                &["validate", "--plain", "own.toml"],
                &["validate", "--plain", "bank.toml"],
                &["quiz", "--plain", "--bank", "bank.toml"],
            ] {
                let out = refused(args);
                assert!(out.contains(says), "{args:?}: {out}");
                assert!(
                    args.contains(&"--json") || out.contains(&format!("WARNING: {says}")),
                    "{args:?}: {out}"
                );
            }
            // The look at every address holds alone.
            desk.file("reach.toml", lesson(&[("m = malloc(100)", "ok"), ("m[100] = 'x'", "ok")]));
            let lab = desk.lab(["step-through", "--plain", "reach.toml"]).through([&refuse, &rule, "--"]);
            let (_, err) = lab.run().fails(4).both();
            assert!(err.starts_with("lab: reach.toml: step 2: `m[100] = 'x'` would touch 0x"), "{err}");
            let out = refused(&["step-through", "--plain"]);
            assert!(!out.contains("this machine has no"), "{out}");
        }
    }
    for args in [["step-through", "--plain", "own.toml"], ["validate", "--plain", "own.toml"]] {
        let out = desk.lab(args).run().succeeds().text();
        assert!(!out.contains("WARNING"), "{out}");
    }
}
