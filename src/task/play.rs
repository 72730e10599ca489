//! One play of a task's check: a process of its own moves into the jail, lays out the student's files in a fresh folder,
//! has the player start the programs under the tracer, and reports what the kernel saw. Message, folder and the order of
//! pids are others in every play. It judges nothing.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::build;
use super::orders::{Ordered, Orders, Report};
use super::{Ended, Finding, Left, Played, Ran, Submission, Values, Wording};
use crate::error::{self, Error};
use crate::facts::event::Source;
use crate::facts::traced_call::{Failing, TracedCall};
use crate::lesson::task::{Check, Task};
use crate::sys::jail::{self, Limits, Room};
use crate::sys::namespace::Way;
use crate::sys::reporting_child::ReportingChild;
use crate::sys::{evidence, memory_file, process, random, signals};
use crate::trace::findings::{Diagnosis, diagnose};
use crate::trace::{self, AtTimeout, End, Plan, Story};

/// How long a traced play may take at first; one that needs more shows untraced how much.
const LIMIT: Duration = Duration::from_secs(2);
/// How long it may take untraced.
const UNTRACED: Duration = Duration::from_secs(3);
/// How many times as long the tracer lets it take, and the longest that it ever waits.
const SLOWER: u32 = 20;
const LONGEST: Duration = Duration::from_secs(60);
/// What the player is called in a trace.
const PLAYER: &str = "lab player";
/// How much later a process of ours that has not reported is ended.
const GRACE: Duration = Duration::from_secs(3);
/// What a program may use; its output is cut at the largest file.
pub(super) const LIMITS: Limits =
    Limits { processes: 64, memory: 1 << 30, file: 1 << 20, files: 256, computing: 60 };
/// What all files of a play may use together.
pub(super) const ROOM_BYTES: u64 = 32 << 20;

/// How much of shared memory all segments of a play may have together, in pages, and in bytes.
const SEGMENTS: &[(&str, u64)] = &[("shmall", SEGMENT_BYTES >> 12)];
pub(super) const SEGMENT_BYTES: u64 = 64 << 20;

/// What every play of an examination has in common.
pub struct Ground<'a> {
    pub way: Way,
    pub task: &'a Task,
    pub files: &'a Submission,
    /// Where the built programs are.
    pub built: &'a Path,
    /// Where the folder of a play is made.
    pub room: &'a Path,
    pub wording: Wording,
}

/// Plays a check.
///
/// # Errors
/// No process can be started, the play could not be set up, or a signal ends the run.
pub fn play(ground: &Ground<'_>, check: &Check) -> Result<Played, Error> {
    let first = once(ground, check, Some(LIMIT))?;
    if first.late.is_none() {
        return Ok(first);
    }
    // Is it the tracer that makes it so slow?
    let alone = once(ground, check, None)?;
    match alone.late {
        Some((milliseconds, still)) if still.is_empty() => {
            let time = Duration::from_millis(milliseconds);
            once(ground, check, Some((LIMIT + SLOWER * time).min(LONGEST)))
        }
        _ => Ok(first),
    }
}

/// Plays it once. Untraced (`limit` is none), only how long it took is of use.
fn once(ground: &Ground<'_>, check: &Check, limit: Option<Duration>) -> Result<Played, Error> {
    let child =
        ReportingChild::that_reports(|| inside(ground, check, limit).map_err(|error| error::plain(&error)));
    reported(child, "play the programs", check, limit.unwrap_or(UNTRACED) + GRACE)
}

/// The play that a child reports, which has at most this time.
pub(super) fn reported(
    child: io::Result<ReportingChild>,
    what: &'static str,
    check: &Check,
    most: Duration,
) -> Result<Played, Error> {
    let (report, _) = child.and_then(|child| child.wait_at_most(most)).map_err(Error::context(what))?;
    Error::if_signalled(signals::check())?;
    match postcard::from_bytes::<Result<Played, String>>(&report) {
        Ok(played) => played.map_err(|why| Error::Machine(format!("can't {what}: {why}"))),
        // The process that plays was held up by what it plays.
        Err(_) => Ok(lost(check, most)),
    }
}

fn lost(check: &Check, time: Duration) -> Played {
    let ran = |(_, role): (_, &str)| Ran { role: role.into(), ended: Ended::Running, ..Ran::default() };
    Played {
        programs: check.play.roles().map(ran).collect(),
        late: Some((time.as_secs(), Vec::new())),
        ..Played::default()
    }
}

/// The files of a program's streams.
struct Streams {
    input: File,
    printed: File,
    complained: File,
}

/// In a process of its own.
fn inside(ground: &Ground<'_>, check: &Check, limit: Option<Duration>) -> io::Result<Played> {
    let walls = jail::enter(ground.way, SEGMENTS, Room::InMemory(ground.room, ROOM_BYTES), &homes())?;
    let folder = lay_out(ground, check)?;
    let values = values(20_000 + random::below(10_000));
    let roles: Vec<(usize, &str)> = (0..)
        .zip(&check.play.groups)
        .flat_map(|(group, roles)| roles.iter().map(move |(_, role)| (group, role.as_str())))
        .collect();
    let mut streams = Vec::new();
    for (_, role) in &roles {
        streams.push(Streams::make(&input(ground, role, &values))?);
    }
    let mut report = memory_file::make()?;
    let ordered = |((group, role), streams): (&(usize, &str), &Streams)| Ordered {
        path: ground.built.join(role),
        role: (*role).to_owned(),
        group: *group,
        streams: [&streams.input, &streams.printed, &streams.complained].map(jail::hand_down),
        interrupt: check.interrupt.as_deref() == Some(role),
        semop_fails: check.fail.as_ref().is_some_and(|fault| fault.role == *role && fault.call == "semop"),
    };
    let orders = Orders {
        programs: roles.iter().zip(&streams).map(ordered).collect(),
        born: random::shuffled(roles.len()),
        folder,
        limits: LIMITS,
        walls,
        report: jail::hand_down(&report),
    };
    let mut played = match limit {
        Some(limit) => traced(ground, check, &orders, limit)?,
        None => untraced(&orders)?,
    };
    let reports = Report::all(&memory_file::content(&mut report, 1 << 20)?);
    for (at, ran) in played.programs.iter_mut().enumerate() {
        ran.ended = Report::of(&reports, at);
        ran.printed = memory_file::content(&mut streams[at].printed, LIMITS.file)?;
        ran.complained = memory_file::content(&mut streams[at].complained, LIMITS.file)?;
    }
    let stayed = reports.iter().find_map(|report| match report {
        Report::Stayed(number) => Some(*number),
        _ => None,
    });
    played.stayed = stayed.unwrap_or_default();
    (played.walls, played.values) = (walls, values);
    Ok(played)
}

/// What a program reads.
pub(super) fn input(ground: &Ground<'_>, role: &str, values: &Values) -> String {
    let program = ground.task.programs.iter().find(|program| program.name == role);
    program.map(|program| values.fill(&program.stdin)).unwrap_or_default()
}

impl Streams {
    fn make(text: &str) -> io::Result<Streams> {
        let mut input = memory_file::make()?;
        input.write_all(text.as_bytes())?;
        input.rewind()?;
        Ok(Streams { input, printed: memory_file::make()?, complained: memory_file::make()? })
    }
}

/// The folders of students, which a program must not see.
pub(super) fn homes() -> Vec<PathBuf> {
    let named = std::env::var_os("HOME").map(PathBuf::from);
    let homes = named.into_iter().chain(["/root".into(), "/home".into()]);
    homes.filter(|home| home.is_absolute() && home.is_dir() && home.parent().is_some()).collect()
}

/// A new folder with the student's files. Its inode is another in every play, and so is the key of each file.
pub(super) fn lay_out(ground: &Ground<'_>, check: &Check) -> io::Result<PathBuf> {
    for number in 0..random::below(200) {
        File::create(ground.room.join(format!(".{number}")))?;
    }
    let folder = ground.room.join(format!("run-{:06x}", random::below(1 << 24)));
    fs::create_dir(&folder)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
    build::copy(ground.files, &folder, &check.without)?;
    jail::give(&folder)?;
    Ok(folder)
}

const WORDS: [&str; 16] = [
    "heron", "walnut", "copper", "lantern", "saddle", "pebble", "thistle", "anchor", "marble", "falcon",
    "ginger", "harbour", "meadow", "quartz", "ribbon", "timber",
];

/// A message that is another one in every play, and this number.
pub(super) fn values(number: u64) -> Values {
    let word = || WORDS[random::below(WORDS.len() as u64) as usize];
    Values { message: format!("{} {} {}", word(), random::below(9000) + 1000, word()), number }
}

fn plan(orders: &Orders, limit: Duration, failing: Option<Failing>) -> io::Result<Plan> {
    let words =
        ["lab".to_owned(), "player".to_owned(), serde_json::to_string(orders).map_err(io::Error::other)?];
    Ok(Plan {
        path: "/proc/self/exe".into(),
        args: words.into_iter().map(Into::into).collect(),
        role: PLAYER.into(),
        timeout: Some(limit),
        apart: false,
        all: false,
        last_words: None,
        failing,
    })
}

fn traced(ground: &Ground<'_>, check: &Check, orders: &Orders, limit: Duration) -> io::Result<Played> {
    let plan = plan(orders, limit, check.fail.clone())?;
    let (story, end) = trace::run(&plan, None).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(Played {
        programs: orders.programs.iter().map(|program| ran(&story, &program.role)).collect(),
        segments: left(&story),
        semaphores: evidence::set_rows().len(),
        findings: findings(ground, &story),
        late: matches!(end, End::TimedOut(_)).then(|| {
            let still = (ground.wording.late)(&others(end)).into_iter();
            (limit.as_secs(), still.map(|words| short(ground, &words)).collect())
        }),
        failed: story.refused,
        ..Played::default()
    })
}

/// The student knows the files by their names, and not by the folder in which lab has built them.
fn short(ground: &Ground<'_>, words: &str) -> String {
    words.replace(&format!("{}/", ground.built.display()), "")
}

pub(super) fn findings(ground: &Ground<'_>, story: &Story) -> Vec<Finding> {
    let finding = |diagnosis: &Diagnosis| Finding {
        name: diagnosis.name.to_owned(),
        means: short(ground, &(ground.wording.means)(diagnosis)),
        place: diagnosis.source.as_ref().map(Source::without_folder),
    };
    diagnose(story).iter().map(finding).collect()
}

/// What the tracer saw of a program; the rest is read from the report.
pub(super) fn ran(story: &Story, role: &str) -> Ran {
    let crash = story.events.iter().rfind(|event| event.is(TracedCall::Fault) && event.role == role);
    let crash = crash.and_then(|event| event.seen().source.as_ref()).map(Source::without_folder);
    Ran { role: role.to_owned(), crash, ..Ran::default() }
}

pub(super) fn left(story: &Story) -> Vec<Left> {
    let one = |shmid: i32| {
        let life = story.life(shmid);
        let event = life.and_then(|life| story.event(life.made_at?));
        let place = event.and_then(|event| event.seen().source.as_ref()).map(Source::without_folder);
        Left { shmid, maker: life.map(|life| life.made_by.clone()), place }
    };
    evidence::left().iter().map(|row| one(row.shmid)).collect()
}

/// The same without the player, which waits for the others, and without its own children: a program that has not been
/// started is a process of lab's, which waits at its gate.
fn others(end: End) -> End {
    let ours = |role: &str| {
        role.starts_with(PLAYER) || role.strip_prefix("child ").is_some_and(|rest| !rest.contains(" of "))
    };
    match end {
        End::TimedOut(mut doing) => {
            doing.retain(|one| !matches!(one, AtTimeout::Process(waiter) if ours(&waiter.role)));
            End::TimedOut(doing)
        }
        end => end,
    }
}

/// Plays it without a tracer. `late` is how many milliseconds it took, and empty inside if it ended by itself.
fn untraced(orders: &Orders) -> io::Result<Played> {
    let text = serde_json::to_string(orders).map_err(io::Error::other)?;
    let start = std::time::Instant::now();
    let pid = process::spawn_first(|| {
        let _ = process::exec_self(&["lab".into(), "player".into(), text]);
        1
    })?;
    let ended = process::wait_for(pid, UNTRACED).is_some();
    if !ended {
        let _ = process::end(pid, Duration::ZERO);
    }
    let still = if ended { Vec::new() } else { vec![String::new()] };
    let programs = orders.programs.iter().map(|program| ran(&Story::default(), &program.role));
    Ok(Played {
        programs: programs.collect(),
        late: Some((start.elapsed().as_millis() as u64, still)),
        ..Played::default()
    })
}
