//! Other users on the machine: what is theirs, or could be changed by them, is not read, written, locked, removed or
//! waited for, in whatever way lab comes to it. A line says so, and the command does what it is for. Most of it needs
//! real users, which only root can be.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::sys::stat::{Mode, SFlag, mknod};
use nix::unistd::mkfifo;
use serde_json::{Value, json};

use super::clean::dead_run;
use super::common::desk::names_in;
use super::common::tools::tool;
use super::common::{Desk, Lab, root, skip};

/// Another user.
const STRANGER: u32 = 1234;

const GOOD: &str = "title = \"Good\"\ngoal = \"Nothing is wrong with it.\"\n\n[[step]]\nwho = \"server\"\ncall = \"shmdt(NULL)\"\nexpect = \"EINVAL\"\nsay = \"Nothing is attached there.\"\n";

/// Whether this machine lets us be several users.
fn several_users() -> bool {
    if !root() {
        skip("only root can give a file to another user");
    }
    root()
}

/// Every command that comes to the state folder, and how it ends when that is left alone.
fn commands(desk: &Arc<Desk>) -> Vec<(Lab, i32)> {
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quiz/small.toml");
    desk.file("small.toml", fs::read(small).expect("questions"));
    desk.file("good.toml", GOOD);
    vec![
        (desk.lab(["step-through", "shmdt", "--line", "--plain"]).stdin("c\n"), 0),
        (desk.lab(["step-through", "good.toml", "--no-pause", "--plain"]), 0),
        (desk.lab(["step-through", "shmdt", "--json"]), 0),
        (desk.lab(["demo", "shmdt", "--no-pause", "--plain"]), 0),
        (desk.lab(["quiz", "--bank", "small.toml", "--count", "1", "--plain"]).stdin("s\n"), 0),
        (desk.lab(["list", "--plain"]), 0),
        (desk.lab(["list", "--json"]), 0),
        (desk.lab([]).env("ACCESSIBLE", "1"), 0),
        (desk.lab(["reset", "shmdt", "--yes", "--plain"]), 1),
        (desk.lab(["validate", "good.toml", "--plain"]), 0),
        (desk.lab(["clean", "--dry-run"]), 0),
        (desk.lab(["clean", "--yes"]), 0),
        (desk.lab(["clean", "--json"]), 0),
        (desk.lab(["reset", "--yes"]), 1),
    ]
}

/// All below a folder: names, kinds, owners, modes, sizes, inodes, times, and when files were last read.
fn everything(desk: &Desk, folder: &Path) -> String {
    let listed = "-type d -printf '%p d %U %m %T@ %i\\n' -o -type l -printf '%p l %U %T@ %i\\n' -o -printf '%p %y %U %m %s %A@ %T@ %i\\n'";
    desk.shell(&format!("find {} {listed} | sort", folder.display()))
}

/// Gives something, and all below it, to another user.
fn give(path: &Path, user: u32) {
    let meta = fs::symlink_metadata(path).expect("it is there");
    std::os::unix::fs::lchown(path, Some(user), Some(user)).expect("chown");
    if meta.is_dir() {
        fs::read_dir(path).expect("a folder").flatten().for_each(|entry| give(&entry.path(), user));
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// A folder and those above it, as lab would make them.
fn folders(path: &Path) {
    fs::create_dir_all(path).expect("a folder");
    mode(path, 0o700);
}

fn opening(desk: &Desk, uid: u32) -> Value {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("a boot id");
    let ipc = desk.shell("readlink /proc/self/ns/ipc");
    json!({ "note": "run", "version": 1, "pid": 1, "uid": uid, "boot": boot.trim(), "ipc": ipc.trim() })
}

/// The uid of whoever runs lab at this desk.
fn uid(desk: &Desk) -> u32 {
    desk.shell("id -u").trim().parse().expect("a number")
}

/// The last row of the kernel's table, as a record names it.
fn row(desk: &Desk) -> Value {
    let table = desk.table_now();
    let fields: Vec<i64> = table
        .lines()
        .last()
        .expect("a segment")
        .split_whitespace()
        .map(|field| field.parse().expect("a number"))
        .collect();
    json!({ "note": "made", "key": fields[0], "shmid": fields[1], "size": fields[3], "cuid": fields[9], "ctime": fields[13] })
}

/// A record that names a segment with all its fields right.
fn forged(desk: &Desk, uid: u32) -> String {
    format!("{}\n{}\n", opening(desk, uid), row(desk))
}

/// A segment that no run of lab has made, made by whoever sits at the desk. False where there is no namespace for it.
fn foreign_segment(desk: &Desk) -> bool {
    let (true, Some(segment)) = (desk.private(), tool(desk, "segment")) else {
        skip("no namespace or no compiler to make a segment with");
        return false;
    };
    desk.shell(&format!("{segment} 0x4c4142 4096"));
    desk.foreign();
    true
}

/// Removes a desk's segments, so that nothing of a test stays.
fn remove_segments(desk: &Desk) {
    for id in desk.segments() {
        desk.shell(&format!("ipcrm -m {id}"));
    }
    desk.foreign();
}

/// Runs every command; each says the clause once, and nothing below `folder` has changed or been read.
fn is_left_alone(desk: &Arc<Desk>, folder: &Path, clause: &str, with: impl Fn(Lab) -> Lab) {
    let before = everything(desk, folder);
    for (lab, status) in commands(desk) {
        let (out, err) = with(lab).may_leave().run().exits(status).both();
        let told = format!("{out}{err}");
        assert_eq!(told.matches(clause).count(), 1, "{clause:?} is not said once:\n{told}");
        assert_eq!(everything(desk, folder), before, "something changed, or was read");
    }
}

#[test]
fn a_home_of_another_user_is_left_alone_with_all_that_is_planted_there() {
    if !several_users() {
        return;
    }
    let desk = Desk::new();
    if !foreign_segment(&desk) {
        return;
    }
    let home = desk.home();
    let state = home.join(".local/state/lab");
    folders(&state.join("runs"));
    let victim = desk.work().join("victim");
    fs::write(&victim, "precious").expect("a file");
    fs::write(state.join("runs/1-1.run"), forged(&desk, 0)).expect("a record");
    let treasure = desk.work().join("lab-1-aaaaaaaaaaaa");
    folders(&treasure.join("inner"));
    fs::write(treasure.join("inner/file"), "precious").expect("a file");
    let who = fs::metadata(&treasure).expect("a folder");
    let scratch = [
        json!({ "note": "scratch", "path": treasure }),
        json!({ "note": "scratch_made", "device": who.dev(), "inode": who.ino() }),
    ];
    let record = format!("{}\n{}\n{}\n", opening(&desk, 0), scratch[0], scratch[1]);
    fs::write(state.join("runs/1-2.run"), record).expect("a record");
    symlink(desk.work().join("victim2"), state.join("progress.lock")).expect("a link");
    symlink(&victim, state.join("progress.json")).expect("a link");
    mkfifo(&state.join("quiz.json"), Mode::S_IRWXU).expect("a fifo");
    give(&home, STRANGER);
    let clause = format!(
        "lab keeps nothing in {} because it belongs to user {STRANGER}, and lab runs as user 0",
        home.display()
    );
    // As with sudo, which may keep HOME, and with XDG_STATE_HOME kept as well.
    is_left_alone(&desk, &home, &clause, |lab| lab.env("HOME", &home).without("XDG_STATE_HOME"));
    let xdg = home.join(".local/state");
    let clause = clause.replace(&format!("in {}", home.display()), &format!("in {}", xdg.display()));
    is_left_alone(&desk, &home, &clause, |lab| lab.env("XDG_STATE_HOME", &xdg));
    assert_eq!(fs::read(treasure.join("inner/file")).expect("still there"), b"precious");
    assert_eq!(fs::read(&victim).expect("still there"), b"precious");
    assert!(!desk.work().join("victim2").exists(), "made through a link");
    remove_segments(&desk);
}

#[test]
fn nothing_is_made_in_another_users_home_and_his_own_lab_works_after_it() {
    let (true, Some(user)) = (several_users(), Desk::ordinary()) else { return };
    let desk = Desk::new();
    let home = user.home();
    for way in [&[][..], &[".local"], &[".local", "state"]] {
        let below = way.iter().fold(home.clone(), |below, name| below.join(name));
        fs::create_dir_all(&below).expect("a folder");
        give(&home, user.owner().expect("an owner"));
        // A folder of his that he has made sticky is no place for everybody.
        mode(&home, 0o1777);
        mode(&below, 0o1777);
        is_left_alone(&desk, &home, "and lab runs as user 0", |lab| {
            lab.env("HOME", &home).without("XDG_STATE_HOME")
        });
        is_left_alone(&desk, &home, "and lab runs as user 0", |lab| {
            lab.env("XDG_STATE_HOME", home.join("a/b"))
        });
    }
    let lab = user.lab(["step-through", "shmdt", "--line", "--plain"]).without("XDG_STATE_HOME").stdin("c\n");
    let text = lab.run().succeeds().text();
    assert!(!text.contains("WARNING"), "{text}");
    assert!(home.join(".local/state/lab/progress.json").is_file());
    // What an earlier lab left there as root is not this user's.
    give(&home.join(".local/state/lab"), 0);
    let clause = "alone because it belongs to user 0, and lab runs as user";
    is_left_alone(&user, &home, clause, |lab| lab.without("XDG_STATE_HOME"));
}

/// What is wrong with a folder of lab's, and how it is made so.
type Wrong = (&'static str, fn(&Path));

const FOLDERS: [Wrong; 7] = [
    ("can be written by others (mode 0777)", |path| mode(path, 0o777)),
    ("can be written by others (mode 1777)", |path| mode(path, 0o1777)),
    ("can be written by others (mode 0720)", |path| mode(path, 0o720)),
    ("is a symbolic link", |path| {
        let real = path.with_extension("real");
        fs::rename(path, &real).expect("renamed");
        symlink(real, path).expect("a link");
    }),
    ("is a file", |path| {
        fs::remove_dir_all(path).expect("removed");
        fs::write(path, "x").expect("a file");
    }),
    ("is a pipe", |path| {
        fs::remove_dir_all(path).expect("removed");
        mkfifo(path, Mode::S_IRWXU).expect("a fifo");
    }),
    ("belongs to user 1234, and lab runs as user", |path| give(path, STRANGER)),
];

#[test]
fn a_state_folder_that_is_not_ours_alone_is_left_alone() {
    for (clause, spoil) in FOLDERS {
        if clause.contains("1234") && !several_users() {
            continue;
        }
        let desk = Desk::new();
        if !foreign_segment(&desk) {
            return;
        }
        let record = forged(&desk, uid(&desk));
        fs::write(desk.runs().join("1-1.run"), record).expect("a record");
        fs::write(desk.state().join("progress.json"), "{ no").expect("a file");
        spoil(&desk.state());
        let clause = format!("lab leaves {} alone because it {clause}", desk.state().display());
        is_left_alone(&desk, &desk.folder().join("state"), &clause, |lab| lab);
        remove_segments(&desk);
    }
}

/// On the host the sentence about the record is said as well, with the reason.
#[test]
fn on_the_host_it_is_said_that_no_record_is_kept() {
    let desk = Desk::new();
    desk.runs();
    mode(&desk.state(), 0o777);
    let lab = desk.lab(["step-through", "--no-pause", "--plain", "--host"]);
    let text = lab.run().succeeds().text();
    let why = format!(
        "lab leaves {} alone because it can be written by others (mode 0777)",
        desk.state().display()
    );
    assert!(text.contains(&format!("WARNING: {why}: neither progress nor records are kept\n")), "{text}");
    assert!(text.contains(&format!("WARNING: no record of this run can be kept ({why}): ")), "{text}");
}

#[test]
fn a_folder_of_records_that_is_not_ours_alone_is_left_alone() {
    for (clause, spoil) in FOLDERS {
        if clause.contains("1234") && !several_users() {
            continue;
        }
        let desk = Desk::new();
        if !foreign_segment(&desk) {
            return;
        }
        let record = forged(&desk, uid(&desk));
        fs::write(desk.runs().join("1-1.run"), record).expect("a record");
        let runs = desk.state().join("runs");
        spoil(&runs);
        let before = everything(&desk, &desk.state());
        let clause = format!("lab leaves {} alone because it {clause}", runs.display());
        for args in [["clean", "--yes"], ["step-through", "shmdt"], ["demo", "shmdt"]] {
            let text = desk.lab(args).may_leave().run().succeeds().text();
            // Wrapped at some width.
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(text.matches(&clause).count(), 1, "{text}");
        }
        assert_eq!(everything(&desk, &desk.state()), before);
        remove_segments(&desk);
    }
}

/// What is wrong with a file, and how it is made so; it is given the file's right content.
type Odd = (&'static str, Box<dyn Fn(&Path, &str)>);

/// Things in the place of a file, and what is said of them.
fn odd(desk: &Desk) -> Vec<Odd> {
    fn write(path: &Path, text: &str) {
        fs::write(path, text).expect("a file");
        mode(path, 0o600);
    }
    let elsewhere = desk.work().join("elsewhere");
    let target = elsewhere.clone();
    let mut odd: Vec<Odd> = vec![
        ("is a pipe", Box::new(|path, _| mkfifo(path, Mode::S_IRWXU).expect("a fifo"))),
        ("is a socket", Box::new(|path, _| drop(UnixListener::bind(path).expect("a socket")))),
        ("is a folder", Box::new(|path, _| fs::create_dir(path).expect("a folder"))),
        ("is a symbolic link", Box::new(|path, _| symlink("/dev/zero", path).expect("a link"))),
        ("is a symbolic link", Box::new(|path, _| symlink("nowhere", path).expect("a link"))),
        (
            "is a symbolic link",
            Box::new(move |path, text| {
                write(&target, text);
                symlink(&target, path).expect("a link");
            }),
        ),
        (
            "has a second name, a hard link",
            Box::new(move |path, text| {
                write(&elsewhere, text);
                fs::hard_link(&elsewhere, path).expect("a link");
            }),
        ),
        (
            "can be written by others (mode 0666)",
            Box::new(|path, text| {
                write(path, text);
                mode(path, 0o666);
            }),
        ),
        (
            "is larger than 1024 KiB",
            Box::new(|path, text| {
                write(path, text);
                let file = fs::OpenOptions::new().write(true).open(path).expect("the file");
                file.set_len(20 << 30).expect("a size");
            }),
        ),
    ];
    if several_users() {
        odd.push((
            "belongs to user 1234, and lab runs as user 0",
            Box::new(|path, text| {
                write(path, text);
                give(path, STRANGER);
            }),
        ));
        odd.push((
            "is a device",
            Box::new(|path, _| {
                let zero = nix::sys::stat::makedev(1, 5);
                mknod(path, SFlag::S_IFCHR, Mode::S_IRWXU, zero).expect("a device");
            }),
        ));
    }
    odd
}

/// Takes away what stood in a file's place.
fn clear(path: &Path) {
    let _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
}

#[test]
fn a_record_that_is_not_ours_alone_is_not_believed() {
    let desk = Desk::new();
    if !foreign_segment(&desk) {
        return;
    }
    let runs = desk.runs();
    let (record, text) = (runs.join("1-1.run"), forged(&desk, uid(&desk)));
    for (clause, make) in odd(&desk) {
        make(&record, &text);
        let before = everything(&desk, &record);
        let clause = format!("lab leaves {} alone because it {clause}", record.display());
        for args in [&["clean", "--yes"][..], &["clean", "--json"], &["step-through", "shmdt", "--json"]] {
            let lab = args[1..].iter().fold(desk.lab([args[0]]), |lab, arg| lab.arg(arg));
            let told = lab.may_leave().run().succeeds().text();
            assert_eq!(told.matches(&clause).count(), 1, "{clause}:\n{told}");
        }
        assert_eq!(everything(&desk, &record), before);
        clear(&record);
        clear(&desk.work().join("elsewhere"));
    }
    // Without anything wrong it is believed: the tests above could fail.
    fs::write(&record, &text).expect("a record");
    mode(&record, 0o600);
    let told = desk.lab(["clean", "--yes"]).may_leave().run().succeeds().text();
    assert!(told.ends_with("removed 1 of them\n"), "{told}");
    desk.foreign();
}

/// As `a_record_that_is_not_ours_alone`, at the desk of an ordinary user whose state folder everybody shares.
#[test]
fn another_users_record_in_a_shared_folder_is_not_believed() {
    let (true, Some(desk)) = (several_users(), Desk::ordinary()) else { return };
    if !foreign_segment(&desk) {
        return;
    }
    let shared = desk.folder().join("shared");
    fs::create_dir_all(shared.join("lab/runs")).expect("a folder");
    let record = shared.join("lab/runs/1-5.run");
    fs::write(&record, forged(&desk, uid(&desk))).expect("a record");
    give(&record, 5678);
    mode(&record, 0o666);
    for folder in ["", "lab", "lab/runs"] {
        mode(&shared.join(folder), 0o1777);
    }
    let clause = format!("lab leaves {} alone because it ", shared.join("lab").display());
    is_left_alone(&desk, &shared, &clause, |lab| lab.env("XDG_STATE_HOME", &shared));
    // One of our own in it is used, since nobody else can take it away.
    fs::remove_dir_all(shared.join("lab")).expect("removed");
    let lab = desk.lab(["step-through", "shmdt", "--line", "--plain"]).env("XDG_STATE_HOME", &shared);
    assert!(!lab.stdin("c\n").run().succeeds().text().contains("WARNING"));
    assert!(shared.join("lab/progress.json").is_file());
    remove_segments(&desk);
}

#[test]
fn a_record_for_another_user_or_of_another_creator_removes_nothing() {
    let desk = Desk::new();
    if !foreign_segment(&desk) {
        return;
    }
    let record = desk.runs().join("1-1.run");
    let (own, made) = (uid(&desk), row(&desk));
    let nothing = |text: String| {
        fs::write(&record, text).expect("a record");
        mode(&record, 0o600);
        desk.lab(["clean", "--yes"]).run().succeeds().prints("nothing is left of any run\n");
    };
    nothing(format!("{}\n{made}\n", opening(&desk, own + 1)));
    nothing(format!("{made}\n"));
    remove_segments(&desk);
    if !several_users() {
        return;
    }
    let Some(segment) = tool(&desk, "segment") else { return };
    desk.shell(&format!("setpriv --reuid={STRANGER} --regid={STRANGER} --clear-groups {segment} 7 4096"));
    desk.foreign();
    nothing(forged(&desk, own));
    remove_segments(&desk);
}

/// A scratch folder of a dead run's, with this content, and the record that names it.
fn scratch_of_a_dead_run(desk: &Desk) -> PathBuf {
    let folder = desk.tmp().join("lab-1-18eb1084db9b5b55");
    folders(&folder);
    name_it(desk, &folder, &fs::metadata(&folder).expect("a folder"));
    folder
}

fn name_it(desk: &Desk, folder: &Path, who: &fs::Metadata) {
    let notes = [
        opening(desk, uid(desk)),
        json!({ "note": "scratch", "path": folder }),
        json!({ "note": "scratch_made", "device": who.dev(), "inode": who.ino() }),
    ];
    let record = desk.runs().join("1-1.run");
    fs::write(&record, notes.map(|note| format!("{note}\n")).concat()).expect("a record");
    mode(&record, 0o600);
}

fn refused(path: &Path) -> String {
    let path = path.display();
    format!("lab: the folder {path} could not be removed: this is not a scratch folder of ours\n")
}

#[test]
fn only_the_folder_that_was_made_is_removed_whatever_has_its_name() {
    let desk = Desk::new();
    let folder = scratch_of_a_dead_run(&desk);
    let aside = desk.work().join("aside");
    fs::rename(&folder, &aside).expect("renamed");
    // Another folder of ours that somebody has given this name, with another inode.
    folders(&folder);
    fs::write(folder.join("thesis"), "years of work").expect("a file");
    let (_, said) = desk.lab(["clean", "--yes"]).may_leave().run().fails(1).both();
    assert_eq!(said, refused(&folder));
    assert_eq!(fs::read(folder.join("thesis")).expect("still there"), b"years of work");
    fs::remove_dir_all(&folder).expect("removed");
    // A link to the very folder.
    symlink(&aside, &folder).expect("a link");
    let (_, said) = desk.lab(["clean", "--yes"]).may_leave().run().fails(1).both();
    assert_eq!(said, refused(&folder));
    fs::remove_file(&folder).expect("removed");
    // The folder itself: it goes, from wherever TMPDIR is now.
    fs::rename(&aside, &folder).expect("renamed");
    let clean = desk.lab(["clean", "--yes"]).env("TMPDIR", "/tmp");
    clean.run().succeeds().prints(&format!("folder {}\nremoved 1 of them\n", folder.display()));
}

#[test]
fn a_run_that_did_not_see_its_folder_has_put_nothing_in_it() {
    let desk = Desk::new();
    let folder = desk.tmp().join("lab-1-18eb1084db9b5b55");
    let announced = || {
        let notes = [opening(&desk, uid(&desk)), json!({ "note": "scratch", "path": folder })];
        let record = desk.runs().join("1-1.run");
        fs::write(&record, notes.map(|note| format!("{note}\n")).concat()).expect("a record");
        mode(&record, 0o600);
    };
    folders(&folder);
    announced();
    let told = format!("folder {}\nremoved 1 of them\n", folder.display());
    desk.lab(["clean", "--yes"]).run().succeeds().prints(&told);
    folders(&folder);
    fs::write(folder.join("thesis"), "years of work").expect("a file");
    announced();
    desk.lab(["clean", "--yes"]).may_leave().run().succeeds().prints("nothing is left of any run\n");
    assert_eq!(fs::read(folder.join("thesis")).expect("still there"), b"years of work");
    fs::remove_dir_all(&folder).expect("removed");
    desk.is_clean();
}

#[test]
fn another_users_folder_is_not_removed_even_if_it_is_the_one() {
    if !several_users() {
        return;
    }
    let desk = Desk::new();
    let folder = scratch_of_a_dead_run(&desk);
    fs::write(folder.join("file"), "precious").expect("a file");
    give(&folder, STRANGER);
    let (_, said) = desk.lab(["clean", "--yes"]).may_leave().run().fails(1).both();
    assert_eq!(said, refused(&folder));
    assert_eq!(fs::read(folder.join("file")).expect("still there"), b"precious");
}

#[test]
fn what_a_scratch_folder_leads_to_stays() {
    let desk = Desk::new();
    let folder = scratch_of_a_dead_run(&desk);
    let outside = desk.work().join("outside");
    folders(&outside);
    fs::write(outside.join("file"), "precious").expect("a file");
    symlink(&outside, folder.join("link")).expect("a link");
    fs::hard_link(outside.join("file"), folder.join("hard")).expect("a link");
    mkfifo(&folder.join("fifo"), Mode::S_IRWXU).expect("a fifo");
    folders(&folder.join("locked/inner"));
    fs::write(folder.join("locked/inner/file"), "x").expect("a file");
    mode(&folder.join("locked/inner"), 0o500);
    mode(&folder.join("locked"), 0);
    let before = fs::metadata(outside.join("file")).expect("a file");
    let told = format!("folder {}\nremoved 1 of them\n", folder.display());
    desk.lab(["clean", "--yes"]).run().succeeds().prints(&told);
    assert_eq!(fs::read(outside.join("file")).expect("still there"), b"precious");
    let after = fs::metadata(outside.join("file")).expect("a file");
    assert_eq!((before.mode(), before.uid()), (after.mode(), after.uid()));
}

#[test]
fn a_scratch_folder_without_a_bottom_is_told_and_overflows_nothing() {
    let desk = Desk::new();
    let folder = scratch_of_a_dead_run(&desk);
    let mut deep = folder.clone();
    for _ in 0..400 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).expect("folders");
    let (_, said) = desk.lab(["clean", "--yes"]).may_leave().run().fails(1).both();
    let why = "its folders are nested deeper than 256";
    assert_eq!(said, format!("lab: the folder {} could not be removed: {why}\n", folder.display()));
    fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn what_is_mounted_in_a_scratch_folder_stays() {
    if !several_users() {
        return;
    }
    let desk = Desk::new();
    let folder = scratch_of_a_dead_run(&desk);
    let outside = desk.work().join("outside");
    fs::create_dir(&outside).expect("a folder");
    fs::write(outside.join("file"), "precious").expect("a file");
    fs::create_dir(folder.join("mounted")).expect("a folder");
    // The same file system once more: only the mount is another one.
    let mount = format!("mount --bind {} {}", outside.display(), folder.join("mounted").display());
    let script = format!("{mount} || exit 99; exec \"$@\"");
    let words = ["unshare", "--mount", "sh", "-c", &script, "sh"];
    let run = desk.lab(["clean", "--yes"]).through(words).may_leave().run();
    let (out, said) = run.exits_with(&[1, 99]).both();
    if out.is_empty() {
        return skip("no mounts can be made here");
    }
    let why = format!("lab: the folder {} could not be removed: ", folder.display());
    assert!(said.starts_with(&why), "{said}");
    assert_eq!(fs::read(outside.join("file")).expect("still there"), b"precious");
}

/// The commands that come to a file of progress, and what they end with when it is left alone.
fn users_of(desk: &Arc<Desk>, file: &str) -> Vec<(Lab, i32)> {
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quiz/small.toml");
    desk.file("small.toml", fs::read(small).expect("questions"));
    let played = (desk.lab(["step-through", "shmdt", "--line", "--plain"]).stdin("c\n"), 0);
    let quiz = desk.lab(["quiz", "--bank", "small.toml", "--count", "1", "--plain"]).stdin("s\n");
    match file {
        "progress.json" => vec![
            played,
            (desk.lab(["list", "--plain"]), 0),
            (desk.lab(["list", "--json"]), 0),
            (desk.lab([]).env("ACCESSIBLE", "1"), 0),
            (quiz, 0),
            (desk.lab(["reset", "shmdt", "--yes", "--plain"]), 1),
            (desk.lab(["reset", "--yes"]), 1),
        ],
        "quiz.json" => vec![(quiz, 0), (desk.lab(["reset", "--yes"]), 1)],
        "progress.lock" => vec![played, (quiz, 0)],
        _ => vec![(quiz, 0)],
    }
}

#[test]
fn files_of_progress_that_are_not_ours_alone_are_left_alone() {
    let desk = Desk::new();
    for file in ["progress.json", "quiz.json", "progress.lock", "quiz.lock"] {
        for (clause, make) in odd(&desk) {
            desk.runs();
            let path = desk.state().join(file);
            make(&path, "{\"version\":1,\"lessons\":{},\"questions\":{},\"finished\":[],\"open\":null}");
            let elsewhere = desk.work().join("elsewhere");
            // What it leads to, where it leads anywhere.
            let target = |path: &Path| if path.exists() { everything(&desk, path) } else { String::new() };
            let all = || everything(&desk, &path) + &target(&elsewhere);
            let before = all();
            let clause = format!("lab leaves {} alone because it {clause}", path.display());
            for (lab, status) in users_of(&desk, file) {
                let (out, err) = lab.run().exits(status).both();
                let told = format!("{out}{err}");
                assert_eq!(told.matches(&clause).count(), 1, "{clause}:\n{told}");
                assert_eq!(all(), before, "{clause}");
            }
            assert!(!desk.state().join("nowhere").exists(), "made through a link");
            fs::remove_dir_all(desk.state()).expect("removed");
            clear(&elsewhere);
        }
    }
}

#[test]
fn a_file_that_can_not_be_read_is_not_replaced() {
    let Some(desk) = Desk::ordinary() else { return };
    desk.runs();
    let path = desk.state().join("progress.json");
    fs::write(&path, "{\"version\":1,\"lessons\":{}}").expect("a file");
    chown(&path, desk.owner(), desk.owner()).expect("chown");
    mode(&path, 0);
    let before = everything(&desk, &path);
    let clause = format!("progress can't be read from {}: EACCES, ", path.display());
    let commands = users_of(&desk, "progress.json");
    for (lab, _) in commands.into_iter().filter(|(_, status)| *status == 0) {
        let (out, err) = lab.run().succeeds().both();
        assert_eq!(format!("{out}{err}").matches(&clause).count(), 1, "{out}{err}");
        assert_eq!(everything(&desk, &path), before);
    }
}

/// A process knows its number before it is lab, and so does whoever plants something under the name of the file
/// that it will write first.
#[test]
fn a_planted_name_is_not_written_through_and_does_not_keep_progress_from_being_kept() {
    let desk = Desk::new();
    let victim = desk.work().join("victim");
    fs::write(&victim, "precious").expect("a file");
    let hard = desk.work().join("hard");
    let plants = [
        format!("ln -s {} \"$new\"", victim.display()),
        "ln -s nowhere \"$new\"".to_owned(),
        format!("ln {} \"$new\"", victim.display()),
        "mkfifo \"$new\"".to_owned(),
        "mkdir \"$new\"".to_owned(),
        "echo left by a dead run > \"$new\"".to_owned(),
        "for n in '' -1 -2 -3; do mkdir -p \"${new%.new}$n.new\"; done".to_owned(),
    ];
    for (file, args, stdin) in [
        ("progress", &["step-through", "shmdt", "--line"][..], "c\n"),
        ("quiz", &["quiz", "--bank", "small.toml"], "s\ns\ns\ns\ns\ns\n"),
    ] {
        for plant in &plants {
            desk.runs();
            users_of(&desk, "quiz.json");
            let script =
                format!("new={}/{file}.$$.new; {plant} || exit 99; exec \"$@\"", desk.state().display());
            let lab = args[1..].iter().fold(desk.lab([args[0]]), |lab, arg| lab.arg(arg));
            let text = lab.arg("--plain").stdin(stdin).script(&script).run().succeeds().text();
            assert!(!text.contains("WARNING"), "{plant}: {text}");
            assert!(desk.state().join(format!("{file}.json")).is_file(), "{plant}: nothing was kept");
            assert_eq!(fs::read(&victim).expect("still there"), b"precious", "{plant}");
            assert!(!desk.state().join("nowhere").exists() && !hard.exists(), "{plant}");
            let planted = names_in(&desk.state()).iter().filter(|name| name.ends_with(".new")).count();
            assert!(planted >= 1, "{plant}: what was planted was taken away");
            fs::remove_dir_all(desk.state()).expect("removed");
        }
    }
}

#[test]
fn a_lock_that_never_comes_free_is_not_waited_for_without_end() {
    let desk = Desk::new();
    desk.runs();
    let path = desk.state().join("progress.lock");
    fs::write(&path, "").expect("a file");
    mode(&path, 0o644);
    // Whoever may read it can lock it like this.
    let held = fs::File::open(&path).expect("the file");
    let lock = libc::flock {
        l_type: libc::F_RDLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(&held, FcntlArg::F_SETLK(&lock)).expect("the lock");
    let lab = desk.lab(["step-through", "shmdt", "--line", "--plain"]).stdin("c\n");
    let text = lab.run().succeeds().text();
    let why =
        format!("WARNING: progress is not kept: {}: its lock was not free for 5 seconds\n", path.display());
    assert_eq!(text.matches(&why).count(), 1, "{text}");
    assert!(!desk.state().join("progress.json").exists());
}

/// A place in which others can rename lab's folder, or put another one in its place, is none for a scratch folder.
#[test]
fn a_place_that_others_can_change_is_not_used() {
    let desk = Desk::new();
    let place = desk.work().join("place");
    let played = |place: &Path| {
        let lab = desk.lab(["step-through", "--no-pause", "--plain"]).env("TMPDIR", place);
        lab.run().succeeds().text()
    };
    let inside = format!("EVIDENCE: stat: {}/lab-", place.display());
    fs::create_dir(&place).expect("a folder");
    for (bits, used) in [(0o755, true), (0o1777, true), (0o777, false), (0o775, false)] {
        mode(&place, bits);
        assert_eq!(played(&place).contains(&inside), used, "{bits:o}");
        assert_eq!(names_in(&place), Vec::<String>::new());
    }
    mode(&place, 0o755);
    if several_users() {
        give(&place, STRANGER);
        for bits in [0o755, 0o1777] {
            mode(&place, bits);
            assert!(!played(&place).contains(&inside), "a stranger's folder, {bits:o}");
        }
    }
}

#[test]
fn lab_runs_no_program_but_itself() {
    let desk = Desk::new();
    let tried = std::process::Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status();
    if !tried.is_ok_and(|status| status.success()) {
        return skip("there is no strace");
    }
    let calls = desk.work().join("calls");
    let told = calls.display().to_string();
    let path = format!("PATH={}", desk.work().display());
    let words = ["strace", "-f", "-qq", "-E", &path, "-e", "trace=execve,execveat", "-o", &told];
    let text = desk.lab(["step-through", "--no-pause"]).through(words).run().succeeds().text();
    assert!(text.contains("DONE"), "{text}");
    let own = format!("execve(\"{}\"", desk.program().display());
    let calls = fs::read_to_string(&calls).expect("calls");
    for call in calls.lines().filter(|line| line.contains("exec")) {
        assert!(call.contains(&own) || call.contains("execve(\"/proc/self/exe\""), "{call}");
    }
}

/// A run on the host, killed with its guard: what it left goes at the next start, also from a TMPDIR that is not the
/// next one's.
#[test]
fn what_a_killed_run_left_is_still_removed_by_the_next_start() {
    for desk in Desk::of_everybody() {
        if !dead_run(&desk) {
            return;
        }
        assert_eq!(names_in(&desk.tmp()).len(), 1, "nothing is left to clean");
        let lab = desk.lab(["step-through", "--no-pause"]).env("TMPDIR", desk.work());
        assert!(!lab.run().succeeds().text().contains("WARNING"));
        desk.is_clean();
    }
}
