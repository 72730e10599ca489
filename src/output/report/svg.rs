//! A drawing as SVG inside a page: boxes, lines, arrows and text, in pixels from the upper left corner. Colours and strokes
//! come from the classes of page.css, so that a drawing is readable in the dark, on paper and without colour. It names no
//! other file and holds no script.

use std::fmt::Write;

use super::html::text;

/// Where a text has its given point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing under way.
#[derive(Debug, Default)]
pub struct Drawing {
    pub width: i32,
    pub height: i32,
    inside: String,
}

/// Columns and rows of the drawings' type, in pixels: no letter of it is wider.
pub const COLUMN: i32 = 8;
pub const ROW: i32 = 18;
/// A drawing that is wider than this may become as small as this.
const BROAD: i32 = 760;

impl Drawing {
    pub fn new(width: i32, height: i32) -> Drawing {
        Drawing { width, height, inside: String::new() }
    }

    pub fn rect(&mut self, (x, y): (i32, i32), (width, height): (i32, i32), class: &'static str) {
        self.add(format_args!(
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="3" class="{class}"/>"#
        ));
    }

    pub fn line(&mut self, (x1, y1): (i32, i32), (x2, y2): (i32, i32), class: &'static str) {
        self.add(format_args!(r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="{class}"/>"#));
    }

    /// A line with a head at its second end.
    pub fn arrow(&mut self, from: (i32, i32), to: (i32, i32), class: &'static str) {
        const HEAD: f64 = 9.0;
        self.line(from, to, class);
        let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        let length = dx.hypot(dy).max(1.0);
        let (ux, uy) = (dx / length * HEAD, dy / length * HEAD);
        let (x, y) = (f64::from(to.0), f64::from(to.1));
        let (left, right) = ((x - ux - uy / 2.0, y - uy + ux / 2.0), (x - ux + uy / 2.0, y - uy - ux / 2.0));
        self.add(format_args!(
            r#"<polygon points="{x},{y} {:.1},{:.1} {:.1},{:.1}" class="{class} head"/>"#,
            left.0, left.1, right.0, right.1
        ));
    }

    /// Any other shape, as SVG has it, from this point on.
    pub fn path(&mut self, (x, y): (i32, i32), shape: &str, class: &'static str) {
        self.add(format_args!(r#"<path transform="translate({x} {y})" d="{shape}" class="{class}"/>"#));
    }

    pub fn circle(&mut self, (x, y): (i32, i32), radius: i32, class: &'static str) {
        self.add(format_args!(r#"<circle cx="{x}" cy="{y}" r="{radius}" class="{class}"/>"#));
    }

    /// Text, whose point is at its base line.
    pub fn text(&mut self, (x, y): (i32, i32), anchor: Anchor, words: &str, class: &'static str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let words = text(words);
        self.add(format_args!(
            r#"<text x="{x}" y="{y}" text-anchor="{anchor}" class="{class}">{words}</text>"#
        ));
    }

    /// What belongs together; `title` appears when the mouse rests on it.
    pub fn group(&mut self, title: &str, class: &'static str, draw: impl FnOnce(&mut Drawing)) {
        self.add(format_args!(r#"<g class="{class}"><title>{}</title>"#, text(title)));
        draw(self);
        self.add(format_args!("</g>"));
    }

    fn add(&mut self, shape: std::fmt::Arguments<'_>) {
        // A String takes all that it is given.
        let _ = self.inside.write_fmt(shape);
        self.inside.push('\n');
    }

    /// What is drawn, a shape a line.
    #[cfg(test)]
    pub fn shapes(&self) -> &str {
        &self.inside
    }

    /// The whole picture; each picture on a page has another `id`.
    pub(in crate::output) fn element(&self, id: &str, title: &str, words: &str) -> String {
        let Drawing { width, height, inside } = self;
        // It shrinks with the page as far as its type can be read.
        let class = if *width > BROAD { "class=\"broad\" " } else { "" };
        format!(
            "<svg role=\"img\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             {class}\
             aria-labelledby=\"{id}-title\" aria-describedby=\"{id}-words\">\n\
             <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-words\">{}</desc>\n{inside}</svg>\n",
            text(title),
            text(words)
        )
    }
}
