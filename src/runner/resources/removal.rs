//! Removes what a run has left: its segments and its scratch folder, and nothing that is not the run's.

use std::path::PathBuf;

use super::Resources;
use crate::constants;
use crate::facts::event::Segment;
use crate::sys::{evidence, files, shm};
use crate::text::path_text;

impl Resources {
    /// Removes what no program waits for; and whether something waits.
    pub fn tidy(&self) -> (Cleaned, bool) {
        let waits = self.stays.is_some() && self.waits(&evidence::rows());
        (if waits { self.clean_folder() } else { self.clean() }, waits)
    }

    /// Removes what the run left: segments that match and its scratch folder.
    pub fn clean(&self) -> Cleaned {
        let (mut removed, mut refused) = (Vec::new(), Vec::new());
        for row in self.left_of(&evidence::rows()) {
            match remove(&row) {
                Ok(true) => removed.push(row),
                // Another process removed it meanwhile, which is what was wanted.
                Ok(false) => {}
                Err(errno) => refused.push((row, errno)),
            }
        }
        Cleaned { removed, refused, ..self.clean_folder() }
    }

    /// Removes the run's scratch folder.
    pub fn clean_folder(&self) -> Cleaned {
        let mut cleaned = Cleaned::default();
        if let Some(path) = &self.scratch {
            match files::remove_scratch(path, &self.scratch_made()) {
                Ok(true) => cleaned.folder = Some(path.clone()),
                Ok(false) => {}
                Err(error) => cleaned.folder_refused = Some((path.clone(), error.to_string())),
            }
        }
        cleaned
    }
}

/// Removes a segment; whether it was we who did. An error counts only while the segment is really still there,
/// and is not taken for an answer the first time: what is left behind now is left for good.
fn remove(row: &Segment) -> Result<bool, i32> {
    let mut last = 0;
    for _ in 0..3 {
        match shm::shmctl(row.shmid, libc::IPC_RMID) {
            Ok(()) => return Ok(true),
            Err(errno) => last = errno,
        }
        let same = |now: &Segment| (now.shmid, now.key) == (row.shmid, row.key);
        if evidence::segments().is_some_and(|(rows, _)| !rows.iter().any(same)) {
            return Ok(false);
        }
    }
    Err(last)
}

/// What a clean-up came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleaned {
    pub removed: Vec<Segment>,
    /// Not removed, with the errno of IPC_RMID.
    pub refused: Vec<(Segment, i32)>,
    pub folder: Option<PathBuf>,
    pub folder_refused: Option<(PathBuf, String)>,
}

impl Cleaned {
    /// Whether nothing is left.
    pub fn complete(&self) -> bool {
        self.refused.is_empty() && self.folder_refused.is_none()
    }

    /// What could not be removed, in words; `hint`: what to do about a segment.
    pub fn left(&self, hint: impl Fn(i32) -> String) -> Vec<String> {
        let segments = self.refused.iter().map(|(row, errno)| {
            let (id, errno) = (row.shmid, constants::errno(*errno));
            let hint = hint(id);
            format!(
                "segment {id} could not be removed: shmctl({id}, IPC_RMID, NULL) returned {errno}; {hint}"
            )
        });
        let folder = self.folder_refused.iter();
        let folder =
            folder.map(|(path, why)| format!("the folder {} could not be removed: {why}", path_text(path)));
        segments.chain(folder).collect()
    }
}
