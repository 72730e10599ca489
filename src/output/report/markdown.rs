//! A report as Markdown. What does not come from lab is text that Markdown leaves alone; a picture is its sentence, and
//! below it the drawing in characters where there is one.

use super::{Block, Content, Picture, Report, Row, Section, blocks};
use crate::output::line::{Piece, words};
use crate::output::markdown::{fenced, plain};

pub(super) fn page(report: &Report) -> String {
    let mut out = format!("# {}\n", plain(&report.title));
    out.extend(blocks(report.about.lines()).iter().chain(&report.facts).map(block));
    out.extend(report.sections.iter().map(|part| section(part, 2)));
    out
}

fn section(section: &Section, level: usize) -> String {
    let mut out = format!("\n{} {}\n", "#".repeat(level), plain(&section.heading));
    out.extend(section.blocks.iter().map(block));
    out.extend(section.sections.iter().map(|inner| self::section(inner, level + 1)));
    out
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(pieces) => format!("\n{}\n", text(pieces)),
        Block::Rows(rows) => format!("\n{}", rows.iter().map(row).collect::<String>()),
        Block::Code(lines) => fenced(lines, ""),
        Block::Table { caption, head, rows } => table(caption, head, rows),
        Block::List { ordered, items } => {
            let mark = |at: usize| if *ordered { format!("{}.", at + 1) } else { "-".into() };
            let items = items.iter().enumerate().map(|(at, item)| format!("{} {}\n", mark(at), text(item)));
            format!("\n{}", items.collect::<String>())
        }
        Block::Picture(picture) => drawn(picture),
    }
}

fn row(row: &Row) -> String {
    let mut out = format!("- **{}**", row.label);
    for (at, content) in row.values.iter().enumerate() {
        out += &match content {
            Content::Text(pieces) if at == 0 => format!(" {}\n", text(pieces)),
            Content::Text(pieces) => format!("  - {}\n", text(pieces)),
            Content::Code(lines) => format!("{}{}", if at == 0 { "\n" } else { "" }, fenced(lines, "  ")),
        };
    }
    out
}

fn table(caption: &str, head: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<_> = cells.iter().map(|cell| plain(cell)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule = "| --- ".repeat(head.len());
    let rows: String = rows.iter().map(|row| line(row)).collect();
    format!("\n{}\n\n{}{rule}|\n{rows}", plain(caption), line(head))
}

fn drawn(picture: &Picture) -> String {
    format!("\n{}\n{}", plain(&picture.words), fenced(&picture.characters, ""))
}

fn text(pieces: &[Piece]) -> String {
    plain(&words(pieces))
}
