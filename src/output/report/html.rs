//! A report as one HTML file: no script, no other file, no network, and a policy in it that forbids all three. Everything
//! is a heading, a list of labels, a table or a picture with its words, so that it is read without a style sheet as well.

use super::about::program;
use super::{Block, Content, Picture, Report, Row, Section, blocks};
use crate::output::line::{Piece, Style};
use crate::text::line;

const CSS: &str = include_str!("page.css");
/// The styles are in the file; nothing else is loaded, run or sent.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'";

/// Text between tags and inside a quoted attribute: what is not printable is spelled, what HTML would read is a reference.
pub(super) fn text(from: &str) -> String {
    let mut out = String::with_capacity(from.len());
    for c in line(from).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

pub(super) fn page(report: &Report) -> String {
    let mut writer = Writer::default();
    let about: String =
        blocks(report.about.lines()).iter().chain(&report.facts).map(|it| writer.block(it)).collect();
    let contents = contents(&report.sections, "s");
    let numbered = (1..).zip(&report.sections);
    let sections: String =
        numbered.map(|(number, section)| writer.section(section, &format!("s{number}"), 2)).collect();
    let (title, date) = (text(&report.title), text(&report.about.date()));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"{program}\">\n<title>{title}</title>\n<style>\n{CSS}</style>\n</head>\n\
         <body>\n<a class=\"skip\" href=\"#report\">Skip to the report</a>\n\
         <header>\n<h1>{title}</h1>\n{about}</header>\n\
         <nav aria-label=\"Contents\">\n<h2>Contents</h2>\n{contents}</nav>\n\
         <main id=\"report\">\n{sections}</main>\n\
         <footer>\n<p>Written by {program} on <time datetime=\"{stamp}\">{date}</time>. Every number in it was returned by \
         a call or read from the kernel.</p>\n</footer>\n</body>\n</html>\n",
        program = text(&program()),
        stamp = text(&report.about.timestamp()),
    )
}

/// The headings as links, a list in a list.
fn contents(sections: &[Section], id: &str) -> String {
    if sections.is_empty() {
        return String::new();
    }
    let item = |(number, section): (usize, &Section)| {
        let id = format!("{id}{number}");
        let inner = contents(&section.sections, &format!("{id}-"));
        format!("<li><a href=\"#{id}\">{}</a>{inner}</li>\n", text(&section.heading))
    };
    format!("<ul>\n{}</ul>\n", (1..).zip(sections).map(item).collect::<String>())
}

/// Counts the pictures, whose parts need names of their own.
#[derive(Default)]
struct Writer {
    pictures: usize,
}

impl Writer {
    fn section(&mut self, section: &Section, id: &str, level: usize) -> String {
        let blocks: String = section.blocks.iter().map(|block| self.block(block)).collect();
        let numbered = (1..).zip(&section.sections);
        let inner: String = numbered
            .map(|(number, inner)| self.section(inner, &format!("{id}-{number}"), level + 1))
            .collect();
        let heading = text(&section.heading);
        format!(
            "<section aria-labelledby=\"{id}\">\n<h{level} id=\"{id}\">{heading}</h{level}>\n{blocks}{inner}</section>\n"
        )
    }

    fn block(&mut self, block: &Block) -> String {
        match block {
            Block::Paragraph(pieces) => format!("<p>{}</p>\n", inked(pieces)),
            Block::Rows(rows) => format!("<dl>\n{}</dl>\n", rows.iter().map(row).collect::<String>()),
            Block::Code(lines) => code(lines),
            Block::Table { caption, head, rows } => table(caption, head, rows),
            Block::List { ordered, items } => {
                let tag = if *ordered { "ol" } else { "ul" };
                let items = items.iter().map(|item| format!("<li>{}</li>\n", inked(item)));
                format!("<{tag}>\n{}</{tag}>\n", items.collect::<String>())
            }
            Block::Picture(picture) => self.figure(picture),
        }
    }

    fn figure(&mut self, picture: &Picture) -> String {
        self.pictures += 1;
        let id = format!("picture{}", self.pictures);
        let svg = picture.drawing.element(&id, &picture.title, &picture.words);
        format!(
            "<figure>\n<div class=\"wide\">\n{svg}</div>\n<figcaption>{}</figcaption>\n</figure>\n",
            text(&picture.words)
        )
    }
}

fn row(row: &Row) -> String {
    let value = |content: &Content| match content {
        Content::Text(pieces) => format!("<dd>{}</dd>", inked(pieces)),
        Content::Code(lines) => format!("<dd>{}</dd>", code(lines).trim_end()),
    };
    let values: String = row.values.iter().map(value).collect();
    let class = row.label.to_lowercase().replace(' ', "-");
    format!("<div class=\"{}\"><dt>{}</dt>{values}</div>\n", text(&class), text(row.label))
}

fn code(lines: &[String]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| text(line)).collect();
    format!("<pre><code>{}</code></pre>\n", lines.join("\n"))
}

/// What is short stays in one line, so that it does not give its room to what is long.
fn cell(words: &str) -> String {
    const SHORT: usize = 20;
    let class = if words.chars().count() <= SHORT { " class=\"short\"" } else { "" };
    format!("<td{class}>{}</td>", text(words))
}

fn table(caption: &str, head: &[String], rows: &[Vec<String>]) -> String {
    let head: String = head.iter().map(|cell| format!("<th scope=\"col\">{}</th>", text(cell))).collect();
    let row = |cells: &Vec<String>| {
        let cells: String = cells.iter().map(|words| cell(words)).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<div class=\"wide\">\n<table>\n<caption>{}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n\
         </table>\n</div>\n",
        text(caption)
    )
}

/// Pieces in their inks: a class for the colour, and a tag that says as much without it.
fn inked(pieces: &[Piece]) -> String {
    let piece = |Piece { ink, text: words }: &Piece| {
        let words = text(words);
        match ink {
            Style::Plain => words,
            Style::Strong => format!("<strong>{words}</strong>"),
            Style::Actor(place) => format!("<span class=\"actor{}\">{words}</span>", place % 3),
            Style::Kernel => format!("<span class=\"kernel\">{words}</span>"),
            Style::Good => format!("<strong class=\"good\">{words}</strong>"),
            Style::Bad => format!("<strong class=\"bad\">{words}</strong>"),
        }
    };
    pieces.iter().map(piece).collect()
}
