//! What the machine says about its processors, and what this process has used of them. Reading only; what a machine does
//! not say is none.

use std::fs;
use std::time::Duration;

use nix::sched::CpuSet;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde::{Deserialize, Serialize};

use super::schedule;

/// The name of the processor's model.
pub fn model() -> Option<String> {
    let all = fs::read_to_string("/proc/cpuinfo").ok()?;
    // x86 and some others; on Arm the kernel knows no name.
    let name = all.lines().find_map(|line| {
        let (field, name) = line.split_once(':')?;
        matches!(field.trim(), "model name" | "cpu model" | "cpu").then(|| name.trim().to_owned())
    });
    name.filter(|name| !name.is_empty())
}

/// The numbers of the processors that this process may use; none where that can't be asked.
pub fn allowed() -> Vec<usize> {
    let Some(set) = schedule::processors() else { return Vec::new() };
    (0..CpuSet::count()).filter(|number| set.is_set(*number) == Ok(true)).collect()
}

/// The package and the core in it that a processor belongs to: two that have both in common are threads of one core.
pub fn core_of(processor: usize) -> Option<(i64, i64)> {
    let read = |name: &str| {
        let path = format!("/sys/devices/system/cpu/cpu{processor}/topology/{name}");
        fs::read_to_string(path).ok()?.trim().parse().ok()
    };
    Some((read("physical_package_id")?, read("core_id")?))
}

/// How many threads ran or waited for a processor, on average over the last minute.
pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// How long all processors together have been idle, busy or taken away by the machine below (steal) since it was
/// started, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticks {
    pub all: u64,
    pub stolen: u64,
}

/// The ticks until now.
pub fn ticks() -> Option<Ticks> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    // user, nice, system, idle, iowait, irq, softirq, steal; what follows is in the first two as well.
    let fields: Vec<u64> = fields.take(8).map_while(|field| field.parse().ok()).collect();
    Some(Ticks { all: fields.iter().sum(), stolen: *fields.get(7)? })
}

/// How many processors' time this control group may use, if it is limited.
pub fn quota() -> Option<f64> {
    let text = fs::read_to_string("/sys/fs/cgroup/cpu.max").ok()?;
    let (most, period) = text.trim().split_once(' ')?;
    let (most, period): (f64, f64) = (most.parse().ok()?, period.parse().ok()?);
    (period > 0.0).then_some(most / period)
}

/// What this process has used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// How long it had a processor.
    pub computed: Duration,
    /// How often it went to sleep.
    pub sleeps: u64,
    /// How often it had to give a processor away.
    pub displaced: u64,
}

/// Asks for it; all zeros where that is refused.
pub fn usage() -> Usage {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else { return Usage::default() };
    let time = |time: TimeVal| {
        let part = |number: i64| u64::try_from(number).unwrap_or(0);
        Duration::from_secs(part(time.tv_sec())) + Duration::from_micros(part(time.tv_usec()))
    };
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    Usage {
        computed: time(usage.user_time()) + time(usage.system_time()),
        sleeps: count(usage.voluntary_context_switches()),
        displaced: count(usage.involuntary_context_switches()),
    }
}

impl Usage {
    /// What was used since an earlier moment.
    pub fn since(self, earlier: Usage) -> Usage {
        Usage {
            computed: self.computed.saturating_sub(earlier.computed),
            sleeps: self.sleeps.saturating_sub(earlier.sleeps),
            displaced: self.displaced.saturating_sub(earlier.displaced),
        }
    }
}
