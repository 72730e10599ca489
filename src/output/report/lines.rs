//! Lines of the screen as blocks of a report, so that both say the same. What is drawn with characters, and the sentence
//! that stands for it, is left out: a report has pictures of its own.

use super::{Block, Content, Row};
use crate::output::line::{Line, Piece, plain};

/// The blocks of these lines: labels and what they mark become rows, and a blank line ends a row of them.
pub fn blocks(lines: &[Line]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    for line in lines {
        let (label, content) = match line {
            Line::Labelled { label, pieces } => (*label, Content::Text(pieces.clone())),
            Line::Code { label, text } => (*label, Content::Code(vec![text.clone()])),
            Line::Blank | Line::Heading { .. } => {
                end(&mut rows, &mut blocks);
                blocks.extend(heading(line).map(Block::Paragraph));
                continue;
            }
            Line::Drawn(_) | Line::Instead(_) => continue,
        };
        match (rows.last_mut(), label) {
            (Some(row), "") => under(row, content),
            (None, "") => blocks.push(alone(content)),
            _ => rows.push(Row { label, values: vec![content] }),
        }
    }
    end(&mut rows, &mut blocks);
    blocks
}

/// A heading's words, in the order in which they are read.
fn heading(line: &Line) -> Option<Vec<Piece>> {
    let Line::Heading { left, right } = line else { return None };
    let between = (!left.is_empty() && !right.is_empty()).then(|| plain(", "));
    Some(left.iter().cloned().chain(between).chain(right.iter().cloned()).collect())
}

fn end(rows: &mut Vec<Row>, blocks: &mut Vec<Block>) {
    if !rows.is_empty() {
        blocks.push(Block::Rows(std::mem::take(rows)));
    }
}

/// What has no label goes on what stands above it; lines of code stay together.
fn under(row: &mut Row, content: Content) {
    match (row.values.last_mut(), content) {
        (Some(Content::Code(lines)), Content::Code(more)) => lines.extend(more),
        (_, content) => row.values.push(content),
    }
}

fn alone(content: Content) -> Block {
    match content {
        Content::Text(pieces) => Block::Paragraph(pieces),
        Content::Code(lines) => Block::Code(lines),
    }
}
