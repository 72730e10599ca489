//! What the kernel says about itself: /proc/sysvipc/shm, /proc/PID/maps, limits, a file's inode. Reading only;
//! where /proc is missing, what the calls can say instead.

use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::shm;
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

/// Identifiers of every semaphore set of this IPC namespace; none without /proc.
pub fn semaphores() -> Vec<i32> {
    set_rows().into_iter().map(|row| row.id).collect()
}

/// Identifiers of every message queue of this IPC namespace; none without /proc.
pub fn queues() -> Vec<i32> {
    queue_rows().into_iter().map(|row| row.id).collect()
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

/// Device and inode in a struct stat, or in a struct statx, of which `read` reads bytes from an offset on.
pub fn identity_in(statx: bool, read: impl Fn(u64, &mut [u8]) -> usize) -> Option<(u64, u64)> {
    let word = |at: usize| {
        let mut bytes = [0; 8];
        (read(at as u64, &mut bytes) == 8).then(|| u64::from_ne_bytes(bytes))
    };
    if !statx {
        let device = std::mem::offset_of!(libc::stat, st_dev);
        return Some((word(device)?, word(std::mem::offset_of!(libc::stat, st_ino))?));
    }
    // Major and minor device number, 32 bits each, in this order.
    let device = word(std::mem::offset_of!(libc::statx, stx_dev_major))?;
    let halves = device.to_ne_bytes();
    let half = |at: usize| u32::from_ne_bytes(std::array::from_fn(|byte| halves[at + byte]));
    Some((libc::makedev(half(0), half(4)), word(std::mem::offset_of!(libc::statx, stx_ino))?))
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

/// The segments that a process has attached: the lines of its maps that name one.
///
/// # Errors
/// The file's own: no /proc, or another user's process.
pub fn mappings(role: &str, pid: i32) -> io::Result<Vec<Mapping>> {
    let maps = proc_text(pid, "maps")?;
    Ok(maps.lines().filter_map(|line| mapping(role, pid, line)).collect())
}

/// `7f…-7f… rw-s 00000000 00:01 28   /SYSV00001234 (deleted)`: the inode is the shmid.
fn mapping(role: &str, pid: i32, line: &str) -> Option<Mapping> {
    // Most lines are a library's, and every step reads them all.
    if !line.contains("/SYSV") {
        return None;
    }
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [range, permissions, _offset, _device, inode, name, ..] = fields[..] else { return None };
    if !name.starts_with("/SYSV") {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    Some(Mapping {
        role: role.into(),
        pid,
        shmid: inode.parse().ok()?,
        start: u64::from_str_radix(start, 16).ok()?,
        end: u64::from_str_radix(end, 16).ok()?,
        permissions: permissions.into(),
        line: fields.join(" "),
    })
}

/// Who has a segment attached: the processes whose mappings name it, as far as this user may look.
pub fn holders(shmid: i32) -> Vec<Holder> {
    const MAX_LOOKED_AT: usize = 10_000;
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok());
    let has = |pid: &i32| {
        let found = mappings("", *pid).unwrap_or_default();
        found.iter().filter(|mapping| mapping.shmid == shmid).count()
    };
    let here = ipc_namespace();
    let found = pids.take(MAX_LOOKED_AT).filter(|pid| has(pid) > 0 && ipc_namespace_of(*pid) == here);
    found.map(|pid| Holder { pid, name: name_of(pid) }).collect()
}

/// A process that has a segment attached, and its name.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Holder {
    pub pid: i32,
    pub name: String,
}

/// What a process is called.
fn name_of(pid: i32) -> String {
    proc_text(pid, "comm").unwrap_or_default().trim_end_matches('\n').to_owned()
}

/// The state letter of a process: none when it is gone, `?` where /proc can't say.
pub fn state(pid: i32) -> Option<char> {
    match proc_text(pid, "stat") {
        Ok(stat) => stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()),
        Err(_) if Path::new("/proc/self/stat").exists() => None,
        Err(_) => Some('?'),
    }
}

/// When a process was started, in ticks since the machine was: another one that gets its pid has another moment. None
/// when it is gone, or has ended and its parent has not waited.
pub fn started(pid: i32) -> Option<u64> {
    /// The place behind the name, which comes second of all.
    const START: usize = 19;
    let stat = proc_text(pid, "stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ended = matches!(*fields.first()?, "Z" | "X");
    fields.get(START).filter(|_| !ended)?.parse().ok()
}

/// How many nanoseconds a process's first thread has had a processor.
pub fn computed(pid: i32) -> Option<u64> {
    fs::read_to_string(format!("/proc/{pid}/schedstat")).ok()?.split_whitespace().next()?.parse().ok()
}

/// Whether what a process writes to this descriptor goes nowhere.
pub fn writes_nowhere(pid: i32, descriptor: u64) -> bool {
    fs::read_link(format!("/proc/{pid}/fd/{descriptor}")).is_ok_and(|file| file == Path::new("/dev/null"))
}

/// Whether a process runs, or waits for a processor or a disk, rather than for another process.
pub fn busy(pid: i32) -> bool {
    matches!(state(pid), Some('R' | 'D'))
}

/// Files in /dev/shm that carry the name of a System V segment: none, ever (kernel-facts IN15).
pub fn segment_files() -> usize {
    let entries = fs::read_dir("/dev/shm").into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().contains("SYSV")).count()
}

/// Whether a new program gets another address space layout each time: the machine does so, and whoever started us has
/// not switched it off for us and our children, as setarch -R does.
pub fn randomises_addresses() -> bool {
    let here = fs::read_to_string("/proc/self/personality").unwrap_or_default();
    let kept = u32::from_str_radix(here.trim(), 16)
        .is_ok_and(|bits| bits & libc::ADDR_NO_RANDOMIZE.cast_unsigned() != 0);
    !kept && fs::read_to_string("/proc/sys/kernel/randomize_va_space").is_ok_and(|value| value.trim() != "0")
}

/// Whether memory comes in pages of 4096 bytes, one at a time: no other page size, no huge pages for segments.
pub fn small_pages() -> bool {
    let size = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE);
    let chosen = huge_pages_for_segments();
    size == Ok(Some(4096)) && matches!(chosen.as_str(), "never" | "advise" | "deny")
}

/// When the kernel gives a segment huge pages in place of small ones; never where it has none.
pub fn huge_pages_for_segments() -> String {
    let huge = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/shmem_enabled").unwrap_or_default();
    let chosen = huge.split_whitespace().find_map(|word| word.strip_prefix('[')?.strip_suffix(']'));
    chosen.unwrap_or("never").to_owned()
}

/// How many huge pages this machine keeps for whoever asks for them; none where the kernel has none.
pub fn huge_pages() -> Option<u64> {
    fs::read_to_string("/proc/sys/vm/nr_hugepages").ok()?.trim().parse().ok()
}

/// Whether the kernel has huge pages and keeps them from an ordinary user of ours.
pub fn refuses_huge_pages() -> bool {
    let may_use = fs::read_to_string("/proc/sys/vm/hugetlb_shm_group").ok();
    let Some(group) = may_use.and_then(|group| group.trim().parse::<u32>().ok()) else { return false };
    let ours = nix::unistd::getgroups().unwrap_or_default();
    let ours = ours.into_iter().chain([nix::unistd::getegid()]).any(|gid| gid.as_raw() == group);
    // Root plays an ordinary user without groups.
    nix::unistd::geteuid().is_root() || !ours
}

/// Whether the kernel refuses to promise more memory than the machine has.
pub fn limits_promises() -> bool {
    fs::read_to_string("/proc/sys/vm/overcommit_memory").is_ok_and(|value| value.trim() != "1")
}

/// Whether an ordinary process can't map page 0.
pub fn guards_page_zero() -> bool {
    fs::read_to_string("/proc/sys/vm/mmap_min_addr").is_ok_and(|value| value.trim() != "0")
}

/// A file's device and inode, as ftok sees them.
pub fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(path).map(|meta| (meta.dev(), meta.ino()))
}

/// The same for a path as another process would find it: from its root or from its folder.
pub fn identity_for(pid: i32, path: &[u8]) -> Result<(u64, u64), i32> {
    let from = if path.starts_with(b"/") { "root" } else { "cwd/" };
    let mut whole = format!("/proc/{pid}/{from}").into_bytes();
    whole.extend(path);
    identity(Path::new(std::ffi::OsStr::from_bytes(&whole))).map_err(|error| super::errno_of(&error))
}

/// Whether the machine removes every segment that no process has attached.
pub fn removes_unattached() -> bool {
    fs::read_to_string("/proc/sys/kernel/shm_rmid_forced").is_ok_and(|value| value.trim() == "1")
}

/// This boot's id: a record from another boot speaks of segments that are gone.
pub fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// The IPC namespace this process is in, such as `ipc:[4026531839]`; empty without /proc.
pub fn ipc_namespace() -> String {
    fs::read_link("/proc/self/ns/ipc").map(|link| link.display().to_string()).unwrap_or_default()
}

/// The PID namespace this process is in; empty without /proc.
pub fn pid_namespace() -> String {
    fs::read_link("/proc/self/ns/pid").map(|link| link.display().to_string()).unwrap_or_default()
}

/// The IPC namespace of a process; empty where it can't be seen.
pub fn ipc_namespace_of(pid: i32) -> String {
    fs::read_link(format!("/proc/{pid}/ns/ipc")).map(|link| link.display().to_string()).unwrap_or_default()
}

/// The size of a page, in bytes.
pub fn page_size() -> u64 {
    let size = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten();
    size.and_then(|size| u64::try_from(size).ok()).unwrap_or(4096)
}

/// Why ptrace is refused here, and what to change.
pub fn why_no_ptrace() -> &'static str {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let traced =
        status.lines().any(|line| line.strip_prefix("TracerPid:").is_some_and(|pid| pid.trim() != "0"));
    let yama = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    match (traced, yama.trim()) {
        (true, _) => {
            "another tracer (a debugger, strace, lab itself) follows lab, and a process can have only one: run it without"
        }
        (_, "2") => "kernel.yama.ptrace_scope is 2: run as root, or have an administrator set it to 1",
        (_, "3") => "kernel.yama.ptrace_scope is 3, which holds until the machine restarts",
        _ => "in a container, start it with --cap-add=SYS_PTRACE or a seccomp profile that allows ptrace",
    }
}

/// The process that a thread belongs to.
pub fn process_of(tid: i32) -> Option<i32> {
    let status = proc_text(tid, "status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("Tgid:")?.trim().parse().ok())
}

/// The user whose rights a process has: its effective one.
pub fn user_of(pid: i32) -> Option<u32> {
    let status = proc_text(pid, "status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().nth(1)?.parse().ok())
}

/// Whether a process's standard output is another file than ours; none where that can't be seen.
pub fn prints_elsewhere(pid: i32) -> Option<bool> {
    let own = identity(Path::new("/proc/self/fd/1")).ok()?;
    match identity(Path::new(&format!("/proc/{pid}/fd/1"))) {
        Ok(file) => Some(file != own),
        // It is closed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(true),
        Err(_) => None,
    }
}

/// The ctime that a row made from now on has at least, in seconds since 1970. The kernel's rows have the time of a coarse
/// clock, which may be a second behind (kernel-facts SG50).
pub fn earliest_ctime() -> i64 {
    super::since_1970().as_secs().cast_signed() - 1
}

/// Code of a file, mapped into a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub start: u64,
    pub end: u64,
    /// Where in the file it begins.
    pub offset: u64,
    pub path: PathBuf,
    /// The file's device and inode, as the mappings name them: what the path leads to may be another one.
    pub file: (u64, u64),
}

impl Code {
    /// Whether an address is in it.
    pub fn holds(&self, address: u64) -> bool {
        (self.start..self.end).contains(&address)
    }
}

/// The code that a process has mapped.
pub fn code(pid: i32) -> Vec<Code> {
    let maps = proc_text(pid, "maps").unwrap_or_default();
    let line = |line: &str| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let mut fields = rest.split_whitespace();
        let permissions = fields.next()?;
        let offset = u64::from_str_radix(fields.next()?, 16).ok()?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        let (major, minor) = fields.next()?.split_once(':')?;
        let device = libc::makedev(number(major)? as u32, number(minor)? as u32);
        let file = (device, fields.next()?.parse().ok()?);
        let path = rest.find('/').map(|at| PathBuf::from(&rest[at..]))?;
        let (start, end) = (number(start)?, number(end)?);
        permissions.contains('x').then_some(Code { start, end, offset, path, file })
    };
    maps.lines().filter_map(line).collect()
}

/// What a process has mapped at each of these addresses: none where nothing is.
pub fn memory_at(pid: i32, addresses: &[u64]) -> Vec<Option<&'static str>> {
    let maps = proc_text(pid, "maps").unwrap_or_default();
    let piece = |line: &str| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        let name = rest.split_whitespace().nth(4).unwrap_or_default();
        let kind = match name {
            "[heap]" => "heap",
            "[stack]" => "stack",
            name if name.starts_with("/SYSV") => "segment",
            name if name.starts_with('/') && rest.starts_with("r-x") => "code",
            name if name.starts_with('/') => "data",
            _ => "memory",
        };
        Some((number(start)?..number(end)?, kind))
    };
    let pieces: Vec<_> = maps.lines().filter_map(piece).collect();
    let one = |at: &u64| pieces.iter().find(|(range, _)| range.contains(at)).map(|(_, kind)| *kind);
    addresses.iter().map(one).collect()
}

/// A file of /proc about a process, as text. It may hold a name that the process gave itself and the paths that it
/// has mapped. These can be any bytes, and must not make the rest unreadable.
///
/// # Errors
/// The process is gone, or it is not ours to look at.
pub fn proc_text(pid: i32, file: &str) -> std::io::Result<String> {
    let bytes = fs::read(format!("/proc/{pid}/{file}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The code of the dynamic loader that started a process; none in a static program.
pub fn loader(pid: i32) -> Option<Code> {
    /// The loader's address among the words that the kernel gives a new program (getauxval(3)).
    const AT_BASE: u64 = 7;
    let words = fs::read(format!("/proc/{pid}/auxv")).ok()?;
    let (pairs, _) = words.as_chunks::<16>();
    let word = |pair: &[u8; 16], at: usize| u64::from_ne_bytes(std::array::from_fn(|byte| pair[at + byte]));
    let base = pairs.iter().find(|pair| word(pair, 0) == AT_BASE).map(|pair| word(pair, 8))?;
    let code = code(pid).into_iter().filter(|code| base != 0 && code.start >= base);
    code.min_by_key(|code| code.start)
}

/// The file that a process runs; empty where it can't be seen.
pub fn program_of(pid: i32) -> String {
    fs::read_link(format!("/proc/{pid}/exe")).map(|link| link.display().to_string()).unwrap_or_default()
}

/// The words a process was started with: the first of them, where they are more than a page or two. A program may
/// have a megabyte of them.
pub fn arguments_of(pid: i32) -> Vec<Vec<u8>> {
    const MAX_AUXV: u64 = 8192;
    let mut bytes = Vec::new();
    if let Ok(file) = fs::File::open(format!("/proc/{pid}/cmdline")) {
        // After an error, what was read so far counts.
        let _ = file.take(MAX_AUXV).read_to_end(&mut bytes);
    }
    let words = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    words.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
}

/// What stands below /proc/sys/kernel, such as the four numbers of sem, with one blank between words.
pub fn kernel_text(name: &str) -> String {
    let text = fs::read_to_string(format!("/proc/sys/kernel/{name}")).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a file of /proc can be read.
pub fn is_readable(path: &str) -> bool {
    fs::File::open(path).is_ok()
}

/// A limit below /proc/sys/kernel, such as shmmax.
pub fn limit(name: &str) -> Option<u64> {
    fs::read_to_string(format!("/proc/sys/kernel/{name}")).ok()?.trim().parse().ok()
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
    fn the_loader_is_a_file_of_its_own() {
        let code = loader(std::process::id() as i32).expect("a loader");
        let name = code.path.file_name().expect("a name").as_bytes();
        assert!(name.starts_with(b"ld"), "{}", code.path.display());
        assert!(!code.holds(loader as fn(i32) -> Option<Code> as usize as u64));
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
