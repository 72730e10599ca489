//! The calls themselves, by hand: ftok, shmget, shmat, shmdt, shmctl. Each takes the numbers C takes, makes the
//! call once, and keeps errno before anything else can touch it. Nothing is checked here: a wrong argument is
//! what many lessons are about.

use std::ffi::CString;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::returned;
use crate::constants::{SHM_INFO, SHM_STAT_ANY};
use crate::facts::event::Segment;

/// A call's return value, or the errno it left.
pub type Returned<T> = Result<T, i32>;

/// ftok(3). The kernel sees one stat of the file. The error is that stat's; ENOENT for a path with a NUL inside.
pub fn ftok(path: &Path, project: i32) -> Returned<i32> {
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| libc::ENOENT)?;
    // A file can have the key -1, and errno stays as it was then (kernel-facts FT27).
    nix::errno::Errno::clear();
    // SAFETY: the pointer is to a NUL-terminated string that outlives the call, which only reads it.
    let key = unsafe { libc::ftok(path.as_ptr(), project) };
    match io::Error::last_os_error().raw_os_error() {
        Some(errno) if key == -1 && errno != 0 => Err(errno),
        _ => Ok(key),
    }
}

/// The same with a pointer of the caller's choice in the path's place. EFAULT: nothing can be read there.
pub fn ftok_at(address: u64, project: i32) -> Returned<i32> {
    let path = std::ptr::with_exposed_provenance::<libc::c_char>(address as usize);
    // SAFETY: libc hands the pointer to stat(2) unread, and the kernel answers a bad one with EFAULT (kernel-facts
    // FT06). At worst this process, an actor, dies of it, which is an outcome like another.
    returned(unsafe { libc::ftok(path, project) })
}

pub fn shmget(key: i32, size: u64, flags: i32) -> Returned<i32> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    // SAFETY: shmget takes three numbers and touches no memory of this process.
    returned(unsafe { libc::shmget(key, size, flags) })
}

/// shmat(2). With SHM_REMAP the caller has made sure that what it replaces is not Rust's.
pub fn shmat(id: i32, address: u64, flags: i32) -> Returned<u64> {
    let address = std::ptr::with_exposed_provenance::<libc::c_void>(address as usize);
    // SAFETY: without SHM_REMAP the kernel maps only where nothing is mapped, and with it the actor that makes the
    // call has asked `Reach::replace` first, so no memory that Rust knows of changes; the actor reaches the mapping
    // only through sys::memory.
    let at = unsafe { libc::shmat(id, address, flags) };
    returned(at.expose_provenance().cast_signed() as i64).map(i64::cast_unsigned)
}

pub fn shmdt(address: u64) -> Returned<()> {
    let address = std::ptr::with_exposed_provenance::<libc::c_void>(address as usize);
    // SAFETY: shmdt unmaps only System V segments, and Rust holds no reference into one.
    returned(unsafe { libc::shmdt(address) }).map(|_| ())
}

/// shmctl(2) with a command that needs no buffer, such as IPC_RMID.
pub fn shmctl(id: i32, command: i32) -> Returned<()> {
    // SAFETY: with a null buffer the kernel writes nothing into this process; a command that wants a buffer
    // fails with EFAULT.
    returned(unsafe { libc::shmctl(id, command, std::ptr::null_mut()) }).map(|_| ())
}

/// shmctl(2) with IPC_STAT: the segment's record.
pub fn stat(id: i32) -> Returned<Segment> {
    control(id, libc::IPC_STAT).map(|(_, record)| segment(id, &record))
}

/// The fields of a record that IPC_SET reads, and the size, which it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub uid: u32,
    pub gid: u32,
    pub mode: u32,
    pub size: u64,
}

impl Owner {
    /// This process's ids and no permission at all: what is set blindly, without an IPC_STAT before.
    pub fn own() -> Owner {
        Owner { uid: nix::unistd::geteuid().as_raw(), gid: nix::unistd::getegid().as_raw(), mode: 0, size: 0 }
    }

    /// As a record has them, but for the group, which it does not say.
    pub fn read(&mut self, row: &Segment) {
        (self.uid, self.mode, self.size) = (row.uid, row.mode, row.size);
    }
}

/// shmctl(2) with IPC_SET.
pub fn set(id: i32, owner: &Owner) -> Returned<()> {
    // SAFETY: shmid_ds is plain integers, for which all bytes zero is a value.
    let mut record: libc::shmid_ds = unsafe { std::mem::zeroed() };
    record.shm_perm.uid = owner.uid;
    record.shm_perm.gid = owner.gid;
    record.shm_perm.mode = owner.mode as _;
    record.shm_segsz = owner.size as usize;
    // SAFETY: the kernel reads one shmid_ds, and the pointer is to one.
    returned(unsafe { libc::shmctl(id, libc::IPC_SET, &mut record) }).map(|_| ())
}

/// shmctl(2) with SHM_STAT_ANY (Linux 4.17): the record at an index of the kernel's table, whoever owns it.
/// Says what /proc/sysvipc/shm says where there is no /proc.
pub fn stat_index(index: i32) -> Returned<Segment> {
    control(index, SHM_STAT_ANY).map(|(id, record)| segment(id, &record))
}

/// shmctl(2) with SHM_INFO: the highest index in use.
pub fn highest_index() -> Returned<i32> {
    control(0, SHM_INFO).map(|(highest, _)| highest)
}

fn control(id: i32, command: i32) -> Returned<(i32, libc::shmid_ds)> {
    let mut record = MaybeUninit::<libc::shmid_ds>::zeroed();
    // SAFETY: the kernel writes at most a shmid_ds (SHM_INFO writes the smaller struct shm_info), and the
    // buffer is one.
    let value = returned(unsafe { libc::shmctl(id, command, record.as_mut_ptr()) })?;
    // SAFETY: shmid_ds is plain integers, for which all bytes zero is a value; the kernel filled the rest.
    Ok((value, unsafe { record.assume_init() }))
}

/// The size of a record, in bytes.
pub const RECORD: usize = size_of::<libc::shmid_ds>();

/// A record that was read as bytes, from another process's memory; without an id, which no record holds.
pub fn record(bytes: &[u8; RECORD]) -> Segment {
    // SAFETY: shmid_ds is plain integers, for which any bytes are a value; the array has its size.
    let record: libc::shmid_ds = unsafe { std::mem::transmute_copy(bytes) };
    segment(-1, &record)
}

#[allow(clippy::useless_conversion, reason = "the mode has 16 bits on x86-64 and 32 on others")]
fn segment(id: i32, record: &libc::shmid_ds) -> Segment {
    Segment {
        key: record.shm_perm.__key,
        shmid: id,
        mode: u32::from(record.shm_perm.mode),
        size: record.shm_segsz as u64,
        cpid: record.shm_cpid,
        lpid: record.shm_lpid,
        nattch: record.shm_nattch,
        uid: record.shm_perm.uid,
        cuid: record.shm_perm.cuid,
        atime: record.shm_atime,
        dtime: record.shm_dtime,
        ctime: record.shm_ctime,
        rss: None,
    }
}
