//! Which paths a lesson may name: those that stay in the folder of its run. One rule, for the check before anything is
//! played, for the stage directions and for what an actor reads from memory. It asks no file system.

use std::ffi::OsStr;
use std::path::{Component, Path};

/// The names along a path that stays in the folder; none where it leads out, or could: an absolute path, or `..`.
pub fn names_inside(path: &Path) -> Option<Vec<&OsStr>> {
    let mut names = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => names.push(name),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside_or_is_none() {
        let names = |path: &'static str| names_inside(Path::new(path));
        for (path, found) in [
            ("a", &["a"][..]),
            ("./a", &["a"]),
            ("a/./b", &["a", "b"]),
            ("a//b/", &["a", "b"]),
            (".", &[]),
            ("", &[]),
        ] {
            assert_eq!(names(path), Some(found.iter().map(OsStr::new).collect()), "{path}");
        }
        for path in ["/a", "..", "../a", "a/../b", "./../a", "/"] {
            assert_eq!(names(path), None, "{path}");
        }
    }
}
