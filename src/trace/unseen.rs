//! What a trace has to say besides its events, as data: what it could not see, and what everybody was doing when the
//! time was up. It words nothing.

/// What a trace could not see, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unseen {
    // Nothing lists the machine's segments.
    LeftBehind,
    Namespace { role: String, pid: i32 },
    Architecture { program: String },
    NoFilter { errno: i32 },
    NoWatchdog { errno: i32 },
    WatchdogLost,
    // lab did not run, and its watchdog ended the program because of this signal.
    LabStopped { signal: i32 },
    // Killed within a clone, in a program that hides children from a tracer.
    KilledInClone { role: String, pid: i32 },
    // It has hidden `child` in another PID namespace.
    PidNamespace { role: String, pid: i32, child: i32 },
    // A child that was hidden from lab and can't be followed.
    NotFollowed { pid: i32, errno: i32 },
    // A child that was hidden from lab and was followed from some moment on.
    FollowedLate { role: String, pid: i32 },
    // A segment that is still there, made by a call that lab does not decode.
    Segment { shmid: i32, size: u64, role: String, pid: i32 },
}

/// What else has to be said of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    // A process has a filter of its own that answers in a tracer's name.
    TracingFilter { role: String, pid: i32 },
}

/// What was found when the time was up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtTimeout {
    Process { role: String, pid: i32, doing: Doing },
    // So many more processes were running.
    More(usize),
    // lab did not run, and its watchdog ended the program.
    LabStopped,
}

/// What a process is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    Running,
    // It is in the system call with this number.
    InCall(i64),
    Hidden,
}
