//! What the address of a fault was, in a sentence: one for each variant of [`FaultCause`]. Pure functions.

use crate::facts::meaning::FaultCause;

/// The sentence for a fault.
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
        FaultCause::AfterShmdt { shmid } => stale(shmid, "shmdt"),
        FaultCause::AfterUnmap { shmid } => stale(shmid, "munmap, mremap or another mapping"),
        FaultCause::AfterExec { shmid } => stale(shmid, "exec"),
        FaultCause::PastEnd { shmid, size, offset } => format!(
            "The address is {offset} bytes behind the start of segment {shmid}, which has {size} bytes and ends with its page: the access ran over the end."
        ),
        FaultCause::HalfAddress { shmid, start } => format!(
            "The address is the lower half of {start}, where segment {shmid} is attached: the pointer went through an int, which has 32 bits."
        ),
        FaultCause::Foreign { shmid, owner } => format!(
            "The address is where {owner} has segment {shmid} attached; in this process nothing is mapped there. A pointer means something in one process only."
        ),
        FaultCause::MinusOne => {
            "The address is (void *) -1, which is what a failed shmat returns, or next to it.".into()
        }
        FaultCause::Null => {
            "The address is NULL, or one that no process can have (the kernel then says 0).".into()
        }
        FaultCause::NearNull => "The address is next to NULL.".into(),
        FaultCause::Unknown => "The address has nothing to do with a segment that was seen attached.".into(),
    }
}
