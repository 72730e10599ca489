//! Lines of the screen as blocks of a report, so that both say the same. What is drawn with characters, and the sentence
//! that stands for it, is left out: a report has pictures of its own.

use super::{Block, Content, Row};
use crate::output::line::{Line, plain};

/// The blocks of these lines: labels and what they mark become rows, and a blank line ends a row of them.
pub fn blocks(lines: impl IntoIterator<Item = Line>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    for line in lines {
        let (label, content) = match line {
            Line::Labelled { label, pieces } => (label, Content::Text(pieces)),
            Line::Code { label, text } => (label, Content::Code(vec![text])),
            Line::Blank => {
                end(&mut rows, &mut blocks);
                continue;
            }
            Line::Heading { left, right } => {
                end(&mut rows, &mut blocks);
                // Its words, in the order in which they are read.
                let between = (!left.is_empty() && !right.is_empty()).then(|| plain(", "));
                blocks.push(Block::Paragraph(left.into_iter().chain(between).chain(right).collect()));
                continue;
            }
            Line::Drawn(_) | Line::Instead(_) => continue,
        };
        match (rows.last_mut(), label, content) {
            // What has no label goes on what stands above it; lines of code stay together.
            (Some(row), "", content) => match (row.values.last_mut(), content) {
                (Some(Content::Code(lines)), Content::Code(more)) => lines.extend(more),
                (_, content) => row.values.push(content),
            },
            (None, "", Content::Text(pieces)) => blocks.push(Block::Paragraph(pieces)),
            (None, "", Content::Code(lines)) => blocks.push(Block::Code(lines)),
            (_, label, content) => rows.push(Row { label, values: vec![content] }),
        }
    }
    end(&mut rows, &mut blocks);
    blocks
}

fn end(rows: &mut Vec<Row>, blocks: &mut Vec<Block>) {
    if !rows.is_empty() {
        blocks.push(Block::Rows(std::mem::take(rows)));
    }
}
