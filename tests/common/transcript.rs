//! Transcripts: whole outputs kept in tests/transcripts and compared line by line.

use std::fs;
use std::path::Path;

/// Compares with tests/transcripts/NAME.txt, or writes it where LAB_BLESS is set.
#[track_caller]
pub fn matches(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(format!("{name}.txt"));
    if std::env::var_os("LAB_BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a written transcript");
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    same(text, &kept, &format!("{} (LAB_BLESS=1 cargo test writes it anew)", path.display()));
}

/// Compares two texts line by line, and shows where they part.
#[track_caller]
pub fn same(found: &str, wanted: &str, what: &str) {
    if found == wanted {
        return;
    }
    let at = found.lines().zip(wanted.lines()).take_while(|(found, wanted)| found == wanted).count();
    let around = |text: &str| {
        let lines = text.lines().enumerate().skip(at.saturating_sub(2)).take(8);
        lines.map(|(number, line)| format!("{:5} {line}\n", number + 1)).collect::<String>()
    };
    panic!("{what} differs from line {}\nfound:\n{}wanted:\n{}", at + 1, around(found), around(wanted));
}
