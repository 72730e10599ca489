//! Small C programs of the tests' own, from tests/tools: compiled once, and brought to a desk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{Desk, skip};

/// The tools compiled; none where there is no C compiler.
fn compiled() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tools-{}", std::process::id()));
            fs::create_dir_all(&folder).expect("a folder");
            let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools");
            for name in ["refuse", "segment", "inject", "stranger"] {
                let source = sources.join(format!("{name}.c"));
                let mut cc = Command::new("cc");
                cc.args(["-O1", "-Wall", "-Werror", "-o"]).arg(folder.join(name)).arg(source);
                assert!(cc.status().ok()?.success(), "{name}.c does not compile");
            }
            Some(folder)
        })
        .as_deref()
}

/// A tool's path at a desk; none, with a reason, where there is no C compiler.
pub fn tool(desk: &Desk, name: &str) -> Option<String> {
    let Some(folder) = compiled() else {
        skip("there is no C compiler (cc)");
        return None;
    };
    let path = desk.folder().join(name);
    if !path.exists() {
        fs::copy(folder.join(name), &path).expect("a copy");
    }
    Some(path.display().to_string())
}
