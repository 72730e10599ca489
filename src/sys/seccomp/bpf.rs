//! The few statements of classic BPF that our filters are made of, and the call that puts a filter on this
//! process. It knows no call by name and decides nothing.
//!
//! The kernel shows a filter a `struct seccomp_data`: the call's number at 0, the architecture at 4, six
//! arguments of eight bytes from 16 (seccomp(2)).

use std::io;

use crate::sys::checked;

/// Where the call's number stands.
pub const NUMBER: u32 = 0;
/// Where the architecture stands.
pub const ARCHITECTURE: u32 = 4;

/// This machine's architecture, as a filter sees it: AUDIT_ARCH_ of linux/audit.h.
#[cfg(target_arch = "x86_64")]
pub const ARCH: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
pub const ARCH: u32 = 0xc000_00b7;
#[cfg(target_arch = "riscv64")]
pub const ARCH: u32 = 0xc000_00f3;

/// Loads the 32 bits at this place.
pub const fn load(at: u32) -> libc::sock_filter {
    statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, at)
}

/// Loads the low half of an argument, which is all that the kernel looks at where it takes an int.
const fn load_low(argument: u32) -> libc::sock_filter {
    load(16 + 8 * argument + if cfg!(target_endian = "little") { 0 } else { 4 })
}

/// Ends with this action.
pub const fn answer(action: u32) -> libc::sock_filter {
    statement(libc::BPF_RET | libc::BPF_K, 0, 0, action)
}

/// Keeps only these bits of the loaded word.
const fn keep(bits: u32) -> libc::sock_filter {
    statement(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, 0, 0, bits)
}

/// Goes on with the next statement if the comparison (BPF_JEQ, JGT, JGE, JSET) of the loaded word with `k` holds,
/// else skips `over` statements.
pub const fn unless(comparison: u32, k: u32, over: usize) -> libc::sock_filter {
    statement(libc::BPF_JMP | comparison | libc::BPF_K, 0, over as u8, k)
}

/// Skips `over` statements if the comparison holds.
pub const fn when(comparison: u32, k: u32, over: usize) -> libc::sock_filter {
    statement(libc::BPF_JMP | comparison | libc::BPF_K, over as u8, 0, k)
}

const fn statement(code: u32, jt: u8, jf: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt, jf, k }
}

/// What an argument must be for a row of a filter to hold. Only its low half is looked at.
#[derive(Debug, Clone, Copy)]
pub enum Wants {
    /// One of these, of which there is at least one.
    OneOf(u32, &'static [u32]),
    /// One of these bits.
    Has(u32, u32),
    /// None of these bits.
    Clear(u32, u32),
    /// With only the bits of the mask, one of the range.
    Within(u32, u32, u32, u32),
}

impl Wants {
    /// Whether a call's arguments are so.
    pub fn holds(self, args: &[u64; 6]) -> bool {
        let low = |argument: u32| args[argument as usize] as u32;
        match self {
            Wants::OneOf(argument, values) => values.contains(&low(argument)),
            Wants::Has(argument, bits) => low(argument) & bits != 0,
            Wants::Clear(argument, bits) => low(argument) & bits == 0,
            Wants::Within(argument, mask, first, last) => (first..=last).contains(&(low(argument) & mask)),
        }
    }

    /// Goes on with the next statement if it holds, else skips `over` statements.
    fn statements(self, over: usize) -> Vec<libc::sock_filter> {
        match self {
            Wants::OneOf(argument, values) => {
                let mut statements = vec![load_low(argument)];
                if let Some((last, others)) = values.split_last() {
                    let left = |at: usize| others.len() - at;
                    statements.extend(
                        others.iter().enumerate().map(|(at, value)| when(libc::BPF_JEQ, *value, left(at))),
                    );
                    statements.push(unless(libc::BPF_JEQ, *last, over));
                }
                statements
            }
            Wants::Has(argument, bits) => vec![load_low(argument), unless(libc::BPF_JSET, bits, over)],
            Wants::Clear(argument, bits) => vec![load_low(argument), when(libc::BPF_JSET, bits, over)],
            Wants::Within(argument, mask, first, last) => vec![
                load_low(argument),
                keep(mask),
                unless(libc::BPF_JGE, first, over + 1),
                // Above the last one it does not hold.
                when(libc::BPF_JGT, last, over),
            ],
        }
    }
}

/// A row of a filter, the number loaded: answers `yes` to the call with this number if its arguments are so, else `no`.
/// Another call goes on behind the row.
pub fn row(number: u32, wants: &[Wants], yes: u32, no: u32) -> Vec<libc::sock_filter> {
    let mut row = if wants.is_empty() { vec![answer(yes)] } else { vec![answer(yes), answer(no)] };
    for one in wants.iter().rev() {
        // What fails goes to the last statement: the number is not loaded any more.
        let to_end = row.len() - 1;
        row.splice(0..0, one.statements(to_end));
    }
    row.insert(0, unless(libc::BPF_JEQ, number, row.len()));
    row
}

/// Whether this kernel takes filters from this process. A filter at address 0 is refused with EFAULT only where
/// filters are taken at all: EINVAL and ENOSYS come from a kernel without, EPERM and the like from a sandbox around
/// us. EACCES only asks for PR_SET_NO_NEW_PRIVS first.
pub fn available() -> bool {
    let nothing = std::ptr::null::<libc::sock_fprog>();
    // SAFETY: the kernel reads the program through the pointer, and answers a bad one with EFAULT.
    unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, nothing) };
    matches!(io::Error::last_os_error().raw_os_error(), Some(libc::EFAULT | libc::EACCES))
}

/// Puts a filter on this process, for ever, and on all that it will start. EINVAL or ENOSYS: the kernel has none;
/// EPERM: a sandbox forbids it; EACCES: without privileges it wants PR_SET_NO_NEW_PRIVS first.
pub fn install(rows: &mut [libc::sock_filter]) -> io::Result<()> {
    let program = libc::sock_fprog { len: rows.len() as u16, filter: rows.as_mut_ptr() };
    let set = |flags: libc::c_ulong| {
        // SAFETY: the kernel copies the program, whose length and rows are right for as long as this runs.
        checked(unsafe {
            libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program)
        })
    };
    // Older kernels force the mitigation of speculative store bypass on a filtered process unless this flag is set.
    set(libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW).or_else(|_| set(0)).map(|_| ())
}

/// The same, with PR_SET_NO_NEW_PRIVS where the kernel wants that first.
pub fn install_for_anyone(rows: &mut [libc::sock_filter]) -> io::Result<()> {
    install(rows).or_else(|_| {
        nix::sys::prctl::set_no_new_privs()?;
        install(rows)
    })
}

/// What a filter answers to this call whatever its arguments are; none where it looks at them, or at more than the few
/// statements that are known here.
pub fn answers(rows: &[libc::sock_filter], arch: u32, number: u32) -> Option<u32> {
    answer_of(rows, |at| match at {
        NUMBER => Some(number),
        ARCHITECTURE => Some(arch),
        _ => None,
    })
}

/// The same with the words that can be known.
fn answer_of(rows: &[libc::sock_filter], word: impl Fn(u32) -> Option<u32>) -> Option<u32> {
    let (mut loaded, mut at) = (0, 0_usize);
    loop {
        let row = rows.get(at)?;
        // Every jump goes forward, so this ends.
        at += 1;
        let over = |holds: bool| usize::from(if holds { row.jt } else { row.jf });
        match u32::from(row.code) {
            0x20 => loaded = word(row.k)?,
            0x54 => loaded &= row.k,
            0x05 => at = at.checked_add(row.k as usize)?,
            0x06 => return Some(row.k),
            0x15 => at += over(loaded == row.k),
            0x25 => at += over(loaded > row.k),
            0x35 => at += over(loaded >= row.k),
            0x45 => at += over(loaded & row.k != 0),
            _ => return None,
        }
    }
}

/// What a filter answers, as the kernel would run it.
#[cfg(test)]
pub fn run(rows: &[libc::sock_filter], arch: u32, number: u32, args: [u64; 6]) -> u32 {
    let word = |at: u32| match at {
        NUMBER => number,
        ARCHITECTURE => arch,
        at => args[(at as usize - 16) / 8] as u32,
    };
    answer_of(rows, |at| Some(word(at))).expect("statements that are known, and an end")
}
