//! Lists `lessons/*.toml` and those of its folders quiz and terminals for the compiler, so that a new lesson or bank is
//! a new file and no new line of Rust.
//! It reads names only; what is in a file is checked when the file is parsed.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let lessons = Path::new(&root).join("lessons");
    // Naming a folder watches everything in it.
    println!("cargo:rerun-if-changed={}", lessons.display());
    table(&lessons, "lessons.rs")?;
    table(&lessons.join("quiz"), "quiz.rs")?;
    table(&lessons.join("terminals"), "terminals.rs")
}

/// Writes the table of a folder's TOML files: name and text, by name.
fn table(folder: &Path, name: &str) -> io::Result<()> {
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let mut files: Vec<_> = fs::read_dir(folder)?
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    files.sort();
    let mut table = String::from("&[\n");
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        table += &format!("    ({name:?}, include_str!({:?})),\n", path.display().to_string());
    }
    table += "]\n";
    fs::write(Path::new(&out).join(name), table)
}
