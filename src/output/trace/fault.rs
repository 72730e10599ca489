//! What the address of a fault was, in a sentence: one for each variant of [`FaultCause`], and what is found in those
//! that are a mistake about shared memory. Pure functions.

use crate::facts::meaning::{FaultCause, StoredPointer};
use crate::facts::outcome::Value;
use crate::output::phrase::counted;

pub fn sentence(cause: &FaultCause) -> String {
    let stale = |shmid: &i32, ended: &str| {
        format!(
            "The address is where segment {shmid} was attached; {ended} has ended that attach, and the pointer is stale."
        )
    };
    match cause {
        FaultCause::OtherMapping { shmid } => format!(
            "The address is where segment {shmid} was attached; the program has put another mapping in its place, which does not allow this kind of access."
        ),
        FaultCause::ReadOnlyAttach { shmid, .. } => format!(
            "The address is in segment {shmid}, attached with SHM_RDONLY: reading is allowed, this store is not."
        ),
        FaultCause::Forbidden { shmid } => {
            format!("The address is in segment {shmid}, but the mapping does not allow this kind of access.")
        }
        FaultCause::PartGone { shmid } => {
            format!("The address is where segment {shmid} was attached, and it is not mapped there any more.")
        }
        FaultCause::AfterShmdt { shmid, .. } => stale(shmid, "shmdt"),
        FaultCause::AfterUnmap { shmid } => stale(shmid, "munmap, mremap or another mapping"),
        FaultCause::AfterExec { shmid } => stale(shmid, "exec"),
        FaultCause::PastEnd { shmid, size, offset } => format!(
            "The address is {offset} bytes behind the start of segment {shmid}, which has {size} bytes and ends with its page: the access ran over the end."
        ),
        FaultCause::HalfAddress { shmid, start } => format!(
            "The address is the lower half of {start}, where segment {shmid} is attached: the pointer went through an int, which has 32 bits."
        ),
        FaultCause::Foreign { shmid, owner } => format!(
            "The address is where {owner} has or had segment {shmid} attached; in this process nothing is mapped there. A pointer means something in one process only."
        ),
        FaultCause::BeforeStart { shmid, before } => {
            format!("The address is {} before the first byte of segment {shmid}.", counted(*before, "byte"))
        }
        FaultCause::Stored { pointer } => {
            format!("{} Nothing is mapped there in this process.", stored(pointer))
        }
        FaultCause::MinusOne => {
            "The address is (void *) -1, which is what a failed shmat returns, or next to it.".into()
        }
        FaultCause::Null => {
            "The address is NULL, or one that no process can have (the kernel then says 0).".into()
        }
        FaultCause::NearNull => "The address is next to NULL.".into(),
        FaultCause::Unknown => {
            "The address is in no segment that this process had attached, and next to none.".into()
        }
    }
}

/// What a finding about a fault means for this very program.
pub fn finding(user: &str, address: &Value, why: &FaultCause) -> String {
    match why {
        FaultCause::AfterShmdt { shmid, start } => format!(
            "shmdt({start}) detached segment {shmid}, and the pointer was used after it: nothing is mapped there any more."
        ),
        FaultCause::AfterExec { shmid } => format!(
            "{address} is where segment {shmid} was attached before exec, which ended that attachment: {user} has to attach the segment itself. An argument can hand over the identifier, but no address."
        ),
        FaultCause::ReadOnlyAttach { shmid, offset } => format!(
            "Segment {shmid} was attached with SHM_RDONLY, and byte {offset} of it was written. That is not an errno but a signal."
        ),
        FaultCause::PastEnd { shmid, size, offset } => format!(
            "Segment {shmid} has {size} bytes, and byte {offset} was touched, past its last page. (Often something else is mapped there, and then no signal shows it.)"
        ),
        FaultCause::HalfAddress { start, .. } => {
            format!("shmat returned {start}, and {address} was used: an int keeps 32 of a pointer's 64 bits.")
        }
        FaultCause::Foreign { shmid, owner } => format!(
            "{user} used {address}, where {owner} has or had segment {shmid} attached; here nothing is mapped there. A pointer means something in one process only: store an offset."
        ),
        FaultCause::BeforeStart { shmid, before } => format!(
            "{user} used {address}, {} before the first byte of segment {shmid}: an index below 0, or a pointer that went back too far.",
            counted(*before, "byte")
        ),
        FaultCause::Stored { pointer } => {
            let cure = if pointer.memory == Some("segment") {
                "A pointer means something in one process only, also one into the segment itself: store an offset."
            } else if pointer.string {
                "A C++ string keeps its text in its own process's memory, and in the segment stands only a pointer to that: store the characters themselves, in an array."
            } else {
                "A pointer means something in one process only: store the text or the structure itself, or an offset."
            };
            format!("{} In {user} nothing is mapped there. {cure}", stored(pointer))
        }
        other => sentence(other),
    }
}

/// Where a pointer stands, and whose memory it was made for.
fn stored(pointer: &StoredPointer) -> String {
    let StoredPointer { shmid, offset, address, behind, owner, memory, .. } = pointer;
    let reached = match behind {
        0 => format!("The address is in segment {shmid}, at offset {offset}"),
        behind => format!(
            "The address is {} behind the pointer {address}, which is in segment {shmid} at offset {offset}",
            counted(*behind, "byte")
        ),
    };
    let whose = match (owner, memory) {
        (Some(owner), Some("heap")) => format!(": a pointer to the heap (malloc or new) of {owner}."),
        (Some(owner), Some("stack")) => format!(": a pointer to the stack (a local variable) of {owner}."),
        (Some(owner), Some("segment")) => format!(": a pointer to where {owner} had the segment attached."),
        (Some(owner), Some("code")) => format!(": a pointer to a function of {owner}."),
        (Some(owner), Some("data")) => format!(
            ": a pointer to data of {owner}'s program (a global variable, a constant, or the table of a class's virtual functions)."
        ),
        (Some(owner), Some(_)) => format!(": a pointer to memory of {owner}."),
        _ => ": a pointer that another process stored.".into(),
    };
    reached + &whose
}
