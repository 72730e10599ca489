//! Where lab keeps what lasts: one folder of the effective user's own, found once and held open. In another user's
//! home, and below another user's folder, nothing is kept and nothing is made.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::folder::Folder;
use super::own_files::{NotKept, OwnFolder, belongs, entered, may_hold_ours};

/// Lab's folder once it is found to be ours. It stays open: in a sandbox's user namespace all foreign owners would
/// look alike.
static OURS: OnceLock<OwnFolder> = OnceLock::new();
/// Why it is left alone, once that is known.
static ALONE: OnceLock<String> = OnceLock::new();
/// Whether the way to it was looked at while there was none: it may be made from inside a sandbox.
static LOOKED_AT: OnceLock<()> = OnceLock::new();

/// Lab's folder, if there is one.
pub fn existing() -> Result<Option<&'static OwnFolder>, NotKept> {
    known(false)
}

/// Lab's folder, made if need be.
pub fn made() -> Result<&'static OwnFolder, NotKept> {
    known(true)?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound).into())
}

/// Why neither progress nor records are kept, if the place for them belongs to another user: a sentence.
pub fn refused() -> Option<String> {
    match existing() {
        Err(NotKept::Alone(why)) => Some(neither(&why)),
        _ => None,
    }
}

/// The sentence of [`refused`] for a folder that is left alone.
pub fn neither(why: &str) -> String {
    format!("{why}: neither progress nor records are kept")
}

fn known(make: bool) -> Result<Option<&'static OwnFolder>, NotKept> {
    if let Some(ours) = OURS.get() {
        return Ok(Some(ours));
    }
    if let Some(why) = ALONE.get() {
        return Err(NotKept::Alone(why.clone()));
    }
    match find(make) {
        Ok(Some(found)) => Ok(Some(OURS.get_or_init(|| found))),
        Err(NotKept::Alone(why)) => Err(NotKept::Alone(ALONE.get_or_init(|| why).clone())),
        Ok(None) => {
            LOOKED_AT.get_or_init(|| ());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The folder that lab's own is in or would be made in, as far up as there is one already.
pub fn nearest() -> io::Result<PathBuf> {
    let (_, state) = place()?;
    let there = state.ancestors().find(|folder| folder.is_dir());
    there.map(Path::to_owned).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// `$XDG_STATE_HOME/lab`, or `~/.local/state/lab`; with the home folder if it is below one.
fn place() -> io::Result<(Option<PathBuf>, PathBuf)> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(state) = absolute("XDG_STATE_HOME") {
        return Ok((None, state));
    }
    // A home that is not there is not made: some accounts have none on purpose.
    let home = absolute("HOME").filter(|home| home.is_dir());
    let home = home.ok_or_else(|| io::Error::other("neither XDG_STATE_HOME nor HOME names a folder"))?;
    let state = home.join(".local/state");
    Ok((Some(home), state))
}

fn find(make: bool) -> Result<Option<OwnFolder>, NotKept> {
    let (home, state) = place()?;
    if let Some(home) = &home {
        of_ours(&Folder::at(home)?, home)?;
    }
    let path = state.join("lab");
    // From the nearest folder that is there, down to lab's own.
    let mut above = state.as_path();
    let mut missing = vec![OsStr::new("lab")];
    let mut folder = loop {
        match Folder::at(above) {
            Ok(folder) => break folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let nowhere = || io::Error::from(io::ErrorKind::NotFound);
        missing.push(above.file_name().ok_or_else(nowhere)?);
        above = above.parent().ok_or_else(nowhere)?;
    };
    of_ours(&folder, above)?;
    let mut way = above.to_owned();
    for name in missing.into_iter().rev() {
        way.push(name);
        let Some(found) = entered(&folder, name, &way, make)? else { return Ok(None) };
        folder = found;
    }
    Ok(Some(OwnFolder::new(folder, path)))
}

fn of_ours(folder: &Folder, path: &Path) -> Result<(), NotKept> {
    let stat = folder.stat()?;
    if may_hold_ours(&stat) || LOOKED_AT.get().is_some() {
        return Ok(());
    }
    let path = path.display();
    Err(NotKept::Alone(format!("lab keeps nothing in {path} because it {}", belongs(&stat))))
}
