//! What a thread of another process waits for, as the kernel shows it: the call it sleeps in with its arguments, a file
//! behind a descriptor and who else has it open. Reading only; whoever asks must be its tracer, or its user.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::proc::{field, file_of, numbers_in, proc_text};

/// A thread at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreadState {
    /// It runs in its own code.
    Running,
    /// It is in a system call.
    InCall(SleepingCall),
    /// It can't be seen.
    Hidden,
}

/// The call that a thread is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SleepingCall {
    pub number: i64,
    pub args: [u64; 6],
    pub stack: u64,
}

/// How many threads of a process are looked at.
const MAX_THREADS: usize = 64;
/// How many descriptors of a process are looked at.
const MAX_FILES: usize = 1024;

/// The threads of a process, the first one first.
pub fn threads(pid: i32) -> Vec<i32> {
    let mut threads: Vec<i32> = numbers_in(&format!("/proc/{pid}/task")).take(MAX_THREADS).collect();
    threads.sort_unstable_by_key(|tid| (*tid != pid, *tid));
    threads
}

/// What a thread does.
pub fn state(tid: i32) -> ThreadState {
    let text = proc_text(tid, "syscall").unwrap_or_default();
    let mut words = text.split_whitespace();
    match words.next() {
        Some("running") => ThreadState::Running,
        Some(number) => in_call(number, words).map_or(ThreadState::Hidden, ThreadState::InCall),
        None => ThreadState::Hidden,
    }
}

/// `202 0x7f.. 0x80 0x2 0x0 0x0 0x0 0x7ffe.. 0x7f..`: the number, six arguments, the stack, the instruction. A thread
/// that is blocked in no call has -1 and no arguments.
fn in_call<'a>(number: &str, words: impl Iterator<Item = &'a str>) -> Option<SleepingCall> {
    let number: i64 = number.parse().ok().filter(|number| *number >= 0)?;
    let hex = |word: &str| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok();
    let all: Vec<u64> = words.map_while(hex).collect();
    let [a, b, c, d, e, f, stack, ..] = all[..] else { return None };
    Some(SleepingCall { number, args: [a, b, c, d, e, f], stack })
}

/// How often a thread has gone to sleep so far: two equal counts mean that it slept all the time between.
pub fn sleeps(tid: i32) -> Option<u64> {
    field(&proc_text(tid, "status").ok()?, "voluntary_ctxt_switches:")?.parse().ok()
}

/// Reads a process's memory, as much as there is.
pub fn read(pid: i32, address: u64, bytes: &mut [u8]) -> usize {
    let Ok(file) = File::open(format!("/proc/{pid}/mem")) else { return 0 };
    let mut read = 0;
    while read < bytes.len() {
        match file.read_at(&mut bytes[read..], address.saturating_add(read as u64)) {
            Ok(more @ 1..) => read += more,
            _ => break,
        }
    }
    read
}

/// Whether a process has this file open for reading, and for writing.
pub fn has_open(pid: i32, file: &str) -> (bool, bool) {
    let descriptors = numbers_in(&format!("/proc/{pid}/fd")).take(MAX_FILES);
    let same = descriptors.filter(|descriptor| file_of(pid, *descriptor).as_deref() == Some(file));
    same.fold((false, false), |(reads, writes), descriptor| match access(pid, descriptor) {
        libc::O_RDONLY => (true, writes),
        libc::O_WRONLY => (reads, true),
        _ => (true, true),
    })
}

/// O_RDONLY, O_WRONLY or O_RDWR.
fn access(pid: i32, descriptor: u64) -> i32 {
    let text = proc_text(pid, &format!("fdinfo/{descriptor}")).unwrap_or_default();
    let flags = field(&text, "flags:").and_then(|flags| i32::from_str_radix(flags, 8).ok());
    flags.unwrap_or_default() & libc::O_ACCMODE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_proc_is_a_call_with_its_arguments() {
        let line = "0x7f0000001000 0x80 0x2 0x0 0x0 0x0 0x7ffe00000000 0x7f0000002000";
        let call = in_call("202", line.split(' ')).expect("a call");
        assert_eq!((call.number, call.args[1], call.stack), (202, 0x80, 0x7ffe_0000_0000));
        assert_eq!(in_call("-1", "0x7ffe 0x7f".split(' ')), None);
        assert_eq!(in_call("202", "0x1 0x2".split(' ')), None);
    }

    #[test]
    fn own_memory_and_files_are_seen() {
        let here = super::super::process::own_pid();
        let text = *b"seen";
        let mut bytes = [0; 4];
        assert_eq!(read(here, text.as_ptr().addr() as u64, &mut bytes), 4);
        assert_eq!(bytes, text);
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let number = |file: &dyn std::os::fd::AsRawFd| file.as_raw_fd() as u64;
        let file = file_of(here, number(&reader)).expect("a link");
        assert_eq!(has_open(here, &file), (true, true));
        drop(writer);
        assert_eq!(has_open(here, &file), (true, false));
    }
}
