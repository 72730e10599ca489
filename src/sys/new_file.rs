//! A file that is written once, whole, and never over another: it gets its name when everything is in it. What has the
//! name by then, a link that leads nowhere included, stays, and the file is not written.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{AccessFlags, access};

use super::folder::Folder;
use super::process::own_pid;

/// Where it will be.
#[derive(Debug)]
pub struct NewFile {
    folder: Folder,
    name: OsString,
    pub path: PathBuf,
}

impl NewFile {
    /// Looks whether it can be written there later. EEXIST: something has this name.
    pub fn at(path: &Path) -> io::Result<NewFile> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        let name = path.file_name().ok_or(Errno::EISDIR)?.to_owned();
        let folder = Folder::at(parent)?;
        match folder.look(&name) {
            Ok(_) => return Err(Errno::EEXIST.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        access(parent, AccessFlags::W_OK | AccessFlags::X_OK)?;
        Ok(NewFile { folder, name, path: path.to_owned() })
    }

    /// Writes it. Its mode is 0644, less what the umask takes away. EEXIST: something has the name meanwhile.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let draft = OsString::from(format!(".lab-report-{}", own_pid()));
        let mut file = self.folder.create(&draft, 0o644)?;
        let written = self.fill(&mut file, &draft, bytes);
        if written.is_err() {
            // The first error counts.
            let _ = self.folder.unlink(&draft);
        }
        written
    }

    fn fill(&self, file: &mut File, draft: &OsStr, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)?;
        file.sync_all()?;
        self.folder.rename_to_new(draft, &self.name)
    }
}
