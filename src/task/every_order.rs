//! A check that is played in every order: a process of its own moves into the jail and plays the programs there, one
//! order after the other, each in a namespace and a folder that are as they were, until an order is not as the check
//! wants it, or the bounds are reached. The first bad order is played once more before a witness, for its lines.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::play::{self, Ground};
use super::{Ended, Played, Ran, Tried, Values, build, judge};
use crate::error::Error;
use crate::lesson::task::Check;
use crate::orders::step::{self, Cut, Fate};
use crate::orders::{self, Explorer, Jail, Order, Outcome, Program, Reached, Scene, Stage, search};
use crate::runner::work_folder::{Looks, looks};
use crate::sys::jail::{self, Room};
use crate::sys::reporting_child::ReportingChild;
use crate::sys::seccomp::orders::Stops;
use crate::sys::{held_launch, namespace, process, random};
use crate::trace::{Sources, Story, Witness};

/// How many orders are played, and how long that may take.
const MAX_ORDERS: usize = 200;
const WITHIN: Duration = Duration::from_secs(6);
/// How long it may take to play the bad one once more.
const AGAIN_WITHIN: Duration = Duration::from_secs(2);
const GRACE: Duration = Duration::from_secs(2);

/// Plays a check in every order. It fails as [`play::play`] does.
pub fn play(ground: &Ground<'_>, check: &Check) -> Result<Played, Error> {
    let child = ReportingChild::that_reports(|| {
        process::set_name("lab-orders");
        process::no_core_file();
        process::adopt_orphans();
        inside(ground, check).map_err(|error| error.to_string())
    });
    play::reported(child, "play the programs in every order", check, WITHIN + AGAIN_WITHIN + GRACE)
}

/// In a process of its own.
fn inside(ground: &Ground<'_>, check: &Check) -> Result<Played, Error> {
    let room = Room::InMemory(ground.room, play::ROOM_BYTES);
    let walls = jail::enter(ground.way, &[], room, &play::homes()).map_err(set_up)?;
    jail::keep_pids(walls).map_err(set_up)?;
    orders::stay_here();
    let folder = play::lay_out(ground, check).map_err(set_up)?;
    // Each round has calls of its own, and these have to be put in every order.
    let values = play::values(1 + random::below(2));
    let mut playing = Playing {
        ground,
        check,
        programs: programs(ground, check, &values)?,
        jail: Jail { limits: play::LIMITS, walls, segments: play::SEGMENT_BYTES },
        filled: looks(&folder),
        folder,
        values,
        deadline: Instant::now() + WITHIN,
        sources: None,
        cut: 0,
        last: None,
        bad: None,
    };
    let deadline = playing.deadline;
    let reached = search(&mut playing, MAX_ORDERS, deadline)?;
    if let Some((number, first)) = playing.bad.take() {
        playing.deadline = Instant::now() + AGAIN_WITHIN;
        playing.last = Some(playing.again(number, &first)?.unwrap_or(first));
    }
    let mut played = playing.last.take().unwrap_or_default();
    let tried = played.tried.get_or_insert_default();
    (tried.reached, tried.cut, tried.none) = (reached, playing.cut, reached.played == playing.cut);
    played.values = playing.values;
    played.walls = walls;
    Ok(played)
}

fn set_up(error: std::io::Error) -> Error {
    Error::System("set up the play in every order", error)
}

fn programs(ground: &Ground<'_>, check: &Check, values: &Values) -> Result<Vec<Program>, Error> {
    let program = |(_, role): (_, &str)| {
        Ok(Program {
            role: role.to_owned(),
            path: ground.built.join(role),
            args: vec![format!("./{role}").into()],
            input: held_launch::text(play::input(ground, role, values).as_bytes())?,
        })
    };
    check.play.roles().map(program).collect::<std::io::Result<_>>().map_err(set_up)
}

/// The orders of one check.
struct Playing<'a> {
    ground: &'a Ground<'a>,
    check: &'a Check,
    programs: Vec<Program>,
    jail: Jail,
    folder: PathBuf,
    filled: Looks,
    values: Values,
    deadline: Instant,
    /// Who finds the lines of findings, from one order to the next.
    sources: Option<Sources>,
    cut: usize,
    last: Option<Played>,
    bad: Option<(usize, Played)>,
}

impl Playing<'_> {
    /// A new namespace, and the folder as it was.
    fn set_up(&mut self) -> Result<Scene<'_>, Error> {
        namespace::enter_another().map_err(set_up)?;
        if looks(&self.folder) != self.filled {
            self.refill().map_err(set_up)?;
        }
        Ok(Scene {
            programs: &self.programs,
            folder: &self.folder,
            jail: Some(&self.jail),
            failing: self.check.fail.as_ref(),
            deadline: self.deadline,
        })
    }

    fn refill(&mut self) -> std::io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if fs::symlink_metadata(&path)?.is_dir() {
                fs::remove_dir_all(&path)?;
            } else {
                fs::remove_file(&path)?;
            }
        }
        build::copy(self.ground.files, &self.folder, &self.check.without)?;
        self.filled = looks(&self.folder);
        Ok(())
    }

    fn sources(&mut self) -> Sources {
        self.sources.take().unwrap_or_else(|| Sources::new(self.ground.built.into()))
    }

    /// An order as a play. None: lab ended it, so that nothing follows from it.
    fn told(&self, played: &step::Played, story: &Story) -> Option<Played> {
        let fates = played.ending.roles.iter();
        let stuck = match played.ending.cut {
            None => Vec::new(),
            Some(Cut::Deadlock) => {
                let waits =
                    fates.clone().filter(|(_, _, fate)| !matches!(fate, Fate::Exited(_) | Fate::Died(_)));
                waits.map(|(role, _, fate)| (role.clone(), fate.clone())).collect()
            }
            Some(Cut::Processes | Cut::Steps | Cut::Output | Cut::Time) => return None,
        };
        let program = |((streams, program), (_, _, fate)): ((&step::Streams, &Program), &(_, _, Fate))| Ran {
            ended: match fate {
                Fate::Exited(status) => Ended::Exited(*status),
                Fate::Died(signal) => Ended::Killed(*signal),
                _ => Ended::Running,
            },
            printed: streams.printed.clone(),
            complained: streams.complained.clone(),
            ..play::ran(story, &program.role)
        };
        Some(Played {
            programs: played.streams.iter().zip(&self.programs).zip(fates).map(program).collect(),
            segments: play::left(story),
            semaphores: played.ending.semaphores,
            findings: play::findings(self.ground, story),
            failed: played.refused,
            values: self.values.clone(),
            tried: Some(Tried { stuck, ..Tried::default() }),
            ..Played::default()
        })
    }

    /// The bad order once more, with lines and before a witness; none if it comes out otherwise.
    fn again(&mut self, number: usize, first: &Played) -> Result<Option<Played>, Error> {
        let Some((_, order)) = first.tried.as_ref().and_then(|tried| tried.bad.as_ref()) else {
            return Ok(None);
        };
        let mut explorer = Explorer::along(order.choices());
        let witness = Witness::new(self.sources());
        let again =
            Order::new(self.set_up()?, Stops::Everything).before(witness, true).play(&mut explorer)?;
        let Outcome::Ended(again) = again else { return Ok(None) };
        let orders::Ended { played, seen: Some((story, _)), .. } = *again else { return Ok(None) };
        let told = self.told(&played, &story).filter(|told| !judge(self.check, told).is_empty());
        Ok(told.map(|mut told| {
            told.tried.get_or_insert_default().bad = Some((number, played));
            told
        }))
    }
}

impl Stage for Playing<'_> {
    fn play(&mut self, explorer: &mut Explorer) -> Result<Outcome, Error> {
        if self.check.never.is_empty() {
            return Order::new(self.set_up()?, Stops::Everything).play(explorer);
        }
        let witness = Witness::new(self.sources());
        Order::new(self.set_up()?, Stops::Everything).before(witness, false).play(explorer)
    }

    fn ended(&mut self, reached: &Reached, ended: orders::Ended) -> bool {
        let (story, sources) = ended.seen.unzip();
        self.sources = sources;
        let Some(mut told) = self.told(&ended.played, &story.unwrap_or_default()) else {
            self.cut += 1;
            return false;
        };
        if judge(self.check, &told).is_empty() {
            self.last = Some(told);
            return false;
        }
        told.tried.get_or_insert_default().bad = Some((reached.played, ended.played));
        self.bad = Some((reached.played, told));
        true
    }
}
