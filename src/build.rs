//! Lists `lessons/*.toml` and those of its folders quiz, terminals and tasks for the compiler, so that a new lesson or bank is
//! a new file and no new line of Rust.
//! It reads names only; what is in a file is checked when the file is parsed.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let lessons = Path::new(&root).join("lessons");
    // Naming a folder watches everything in it.
    println!("cargo:rerun-if-changed={}", lessons.display());
    table(&lessons, "lessons.rs")?;
    table(&lessons.join("quiz"), "quiz.rs")?;
    table(&lessons.join("terminals"), "terminals.rs")?;
    tasks(&lessons.join("tasks"))
}

/// Writes the table of the tasks: name, and each file's path in the task's folder and its text.
fn tasks(folder: &Path) -> io::Result<()> {
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let mut table = String::from("&[\n");
    for task in inside(folder)?.into_iter().filter(|path| path.is_dir()) {
        let name = task.file_name().unwrap_or_default().to_string_lossy().into_owned();
        table += &format!("    ({name:?}, &[\n");
        for path in inside(&task)? {
            let files = if path.is_dir() { inside(&path)? } else { vec![path] };
            for path in files {
                let below = path.strip_prefix(&task).unwrap_or(&path).display().to_string();
                table += &format!("        ({below:?}, include_bytes!({:?})),\n", path.display().to_string());
            }
        }
        table += "    ]),\n";
    }
    table += "]\n";
    fs::write(Path::new(&out).join("tasks.rs"), table)
}

/// What is in a folder, by name.
fn inside(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths)
}

/// Writes the table of a folder's TOML files: name and text, by name.
fn table(folder: &Path, name: &str) -> io::Result<()> {
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let mut table = String::from("&[\n");
    for path in inside(folder)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "toml")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        table += &format!("    ({name:?}, include_str!({:?})),\n", path.display().to_string());
    }
    table += "]\n";
    fs::write(Path::new(&out).join(name), table)
}
