//! What the kernel says of segments, semaphore sets and queues: /proc/sysvipc, and the mappings that name a segment. Reading
//! only; where /proc is missing, what the calls can say instead.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use super::maps::MapLine;
use super::{proc, settings, shm, signals};
use crate::facts::event::{Mapping, Segment};

/// The kernel's table of segments.
pub const TABLE: &str = "/proc/sysvipc/shm";
/// What the table is called where its rows were asked for one by one.
pub const CALLS: &str = "shmctl(SHM_STAT_ANY)";

/// Every segment of this IPC namespace, and where the rows were read; none where neither way is open.
pub fn segments() -> Option<(Vec<Segment>, &'static str)> {
    if let Ok(table) = fs::read_to_string(TABLE) {
        return Some((table.lines().skip(1).filter_map(row).collect(), TABLE));
    }
    let highest = shm::highest_index().ok()?;
    let rows: Vec<_> = (0..=highest).map(shm::stat_index).collect();
    // A hole in the table is EINVAL; anything else means that this way is closed too.
    if rows.iter().any(|row| matches!(row, Err(errno) if *errno != libc::EINVAL)) {
        return None;
    }
    Some((rows.into_iter().flatten().collect(), CALLS))
}

/// The same rows alone; where neither way is open it looks as if there were none.
pub fn rows() -> Vec<Segment> {
    segments().map(|(rows, _)| rows).unwrap_or_default()
}

/// The rows, once none of them is `held` any more, or after half a second: whoever reads about a process in /proc keeps
/// its memory for that moment, and with it its attachments, even if it has ended.
pub fn settled(held: impl Fn(&Segment) -> bool) -> Vec<Segment> {
    const READ_WITHIN: Duration = Duration::from_millis(500);
    let deadline = signals::after(READ_WITHIN);
    loop {
        let rows = rows();
        if !rows.iter().any(&held) || Instant::now() >= deadline {
            return rows;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The segments that are left when every process that could use one has ended: one that is marked is about to go.
pub fn left() -> Vec<Segment> {
    settled(|row| row.is_marked() && row.nattch > 0)
}

/// A semaphore set or a message queue of this IPC namespace.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct IpcRow {
    pub key: i32,
    pub id: i32,
    pub mode: u32,
    /// How many semaphores or messages there are in it.
    pub count: u64,
    pub uid: u32,
}

/// Every semaphore set; none without /proc.
pub fn set_rows() -> Vec<IpcRow> {
    rows_of("/proc/sysvipc/sem", 3, 4)
}

/// Every message queue; none without /proc.
pub fn queue_rows() -> Vec<IpcRow> {
    rows_of("/proc/sysvipc/msg", 4, 7)
}

/// The rows of a table: key, id and mode come first, the others stand in these columns.
fn rows_of(table: &str, count: usize, uid: usize) -> Vec<IpcRow> {
    let table = fs::read_to_string(table).unwrap_or_default();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        Some(IpcRow {
            key: fields.first()?.parse().ok()?,
            id: fields.get(1)?.parse().ok()?,
            mode: u32::from_str_radix(fields.get(2)?, 8).ok()?,
            count: fields.get(count)?.parse().ok()?,
            uid: fields.get(uid)?.parse().ok()?,
        })
    };
    table.lines().skip(1).filter_map(row).collect()
}

/// One segment's row, if there is such a segment: a call or two, however many segments there are, which need no
/// permission and change nothing.
pub fn one(shmid: i32) -> Option<Segment> {
    // An id is a sequence number times 32768 and an index.
    if let Some(row) = shm::stat_index(shmid & 0x7fff).ok().filter(|row| row.shmid == shmid) {
        return Some(row);
    }
    match shm::stat(shmid) {
        Ok(row) => Some(row),
        Err(libc::EINVAL | libc::EIDRM) => None,
        // It is there and may not be read: an index of a larger table, or a kernel before 4.17.
        Err(_) => segments()?.0.into_iter().find(|row| row.shmid == shmid),
    }
}

/// The segment that has this key; one call, which asks for no permission and makes none.
pub fn with_key(key: i32) -> Option<i32> {
    (key != libc::IPC_PRIVATE).then(|| shm::shmget(key, 0, 0).ok()).flatten()
}

/// A shmid_ds in another process's memory, which `read` reads.
pub fn record(read: impl FnOnce(&mut [u8]) -> usize) -> Option<Segment> {
    let mut bytes = [0; shm::RECORD];
    (read(&mut bytes) == bytes.len()).then(|| shm::record(&bytes))
}

/// One row: key as signed decimal, perms as octal with its flags, sizes in bytes.
fn row(line: &str) -> Option<Segment> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [key, shmid, perms, size, cpid, lpid, nattch, uid, _gid, cuid, _cgid, atime, dtime, ctime, rss, ..] =
        fields[..]
    else {
        return None;
    };
    Some(Segment {
        key: key.parse().ok()?,
        shmid: shmid.parse().ok()?,
        mode: u32::from_str_radix(perms, 8).ok()?,
        size: size.parse().ok()?,
        cpid: cpid.parse().ok()?,
        lpid: lpid.parse().ok()?,
        nattch: nattch.parse().ok()?,
        uid: uid.parse().ok()?,
        cuid: cuid.parse().ok()?,
        atime: atime.parse().ok()?,
        dtime: dtime.parse().ok()?,
        ctime: ctime.parse().ok()?,
        rss: rss.parse().ok(),
    })
}

/// The segments that a process has attached: the lines of its maps that name one. It fails without /proc, and for
/// another user's process.
pub fn mappings(role: &str, pid: i32) -> io::Result<Vec<Mapping>> {
    let maps = proc::proc_text(pid, "maps")?;
    Ok(maps.lines().filter_map(|line| mapping(role, pid, line)).collect())
}

fn mapping(role: &str, pid: i32, line: &str) -> Option<Mapping> {
    let MapLine { start, end, permissions, inode, .. } = MapLine::of_segment(line)?;
    Some(Mapping {
        role: role.into(),
        pid,
        shmid: i32::try_from(inode).ok()?,
        start,
        end,
        permissions: permissions.into(),
        line: line.split_whitespace().collect::<Vec<_>>().join(" "),
    })
}

/// Who has a segment attached: the processes whose mappings name it, as far as this user may look.
pub fn holders(shmid: i32) -> Vec<Holder> {
    const MAX_LOOKED_AT: usize = 10_000;
    let has = |pid: &i32| {
        let found = mappings("", *pid).unwrap_or_default();
        found.iter().filter(|mapping| mapping.shmid == shmid).count()
    };
    let here = settings::ipc_namespace();
    let pids = proc::numbers_in("/proc").take(MAX_LOOKED_AT);
    let found = pids.filter(|pid| has(pid) > 0 && proc::ipc_namespace_of(*pid) == here);
    found.map(|pid| Holder { pid, name: proc::name_of(pid) }).collect()
}

/// A process that has a segment attached, and its name.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Holder {
    pub pid: i32,
    pub name: String,
}

/// Files in /dev/shm that carry the name of a System V segment: none, ever (kernel-facts IN15).
pub fn segment_files() -> usize {
    let entries = fs::read_dir("/dev/shm").into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().contains("SYSV")).count()
}

/// The ctime that a row made from now on has at least, in seconds since 1970. The kernel's rows have the time of a coarse
/// clock, which may be a second behind (kernel-facts SG50).
pub fn earliest_ctime() -> i64 {
    super::since_1970().as_secs().cast_signed() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_table_is_read_with_its_signed_key_and_octal_mode() {
        let line = "        -2   80740375   1640                    10 23573 23574      2  1000     0  1001     0 11 12 13 4096 0";
        let row = row(line).expect("a row");
        assert_eq!((row.key, row.shmid, row.mode, row.size), (-2, 80740375, 0o1640, 10));
        assert_eq!((row.cpid, row.lpid, row.nattch, row.uid, row.cuid), (23573, 23574, 2, 1000, 1001));
        assert_eq!((row.atime, row.dtime, row.ctime, row.rss), (11, 12, 13, Some(4096)));
        assert_eq!(super::row("key shmid perms"), None);
    }

    #[test]
    fn a_segment_whose_last_attachment_is_about_to_go_is_looked_at_again() {
        let id = shm::shmget(libc::IPC_PRIVATE, 1, libc::IPC_CREAT | 0o600).expect("a segment");
        let at = shm::shmat(id, 0, 0).expect("attached");
        shm::shmctl(id, libc::IPC_RMID).expect("marked");
        let looks = std::cell::Cell::new(0);
        let left = settled(|row| {
            if row.shmid == id {
                assert_eq!((row.is_marked(), row.nattch), (true, 1));
                looks.set(looks.get() + 1);
                shm::shmdt(at).expect("detached");
            }
            row.shmid == id
        });
        assert_eq!((looks.get(), left.iter().any(|row| row.shmid == id)), (1, false));
    }

    #[test]
    fn only_segments_are_read_from_maps() {
        let line = "7f6f7bd99000-7f6f7bd9b000 rw-s 00000000 00:01 28                         /SYSV00001234 (deleted)";
        let mapping = mapping("server", 7, line).expect("a mapping");
        assert_eq!((mapping.shmid, mapping.start, mapping.end), (28, 0x7f6f7bd99000, 0x7f6f7bd9b000));
        assert_eq!(mapping.line, "7f6f7bd99000-7f6f7bd9b000 rw-s 00000000 00:01 28 /SYSV00001234 (deleted)");
        assert_eq!(super::mapping("server", 7, "7f00-7f01 r-xp 00000000 08:01 28 /usr/bin/lab"), None);
    }
}
