//! Reports of every kind of block, with text in each place that would like to be more than text.

use super::*;
use crate::output::line::{Line, Style, ink, labelled, plain};

/// Text from outside as bad as it gets.
const HOSTILE: &str = "<script>alert(1)</script>&\"'\u{1b}[31m\u{202e}\n# x";
/// The same in HTML.
const SHOWN: &str = "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;\\033[31m\\342\\200\\256\\n# x";

fn report() -> Report {
    let lines = [
        Line::Heading { left: vec![ink(Style::Strong, HOSTILE)], right: vec![plain("sandbox")] },
        labelled("ASK", HOSTILE),
        labelled("", "1  one"),
        Line::Code { label: "IN C", text: "int id;".into() },
        Line::Code { label: "", text: format!("    puts({HOSTILE});") },
        Line::Blank,
        Line::Labelled { label: "MEANS", pieces: vec![ink(Style::Bad, HOSTILE), ink(Style::Actor(4), "x")] },
        Line::Drawn(vec![plain("+---+")]),
        Line::Instead("a box".into()),
    ];
    let mut drawing = Drawing::new(100, 50);
    drawing.rect((0, 0), (10, 10), "segment new");
    drawing.arrow((0, 0), (10, 0), "actor1");
    drawing.group(HOSTILE, "actor0", |drawing| {
        drawing.text((1, 2), Anchor::Middle, HOSTILE, "strong");
        drawing.circle((3, 4), 5, "bad");
    });
    let picture =
        Picture { title: HOSTILE.into(), words: HOSTILE.into(), drawing, characters: vec![HOSTILE.into()] };
    let inner = Section::new(HOSTILE, blocks(lines));
    let rest = vec![
        Block::Paragraph(vec![plain(HOSTILE)]),
        Block::Code(vec![HOSTILE.into(), "```".into()]),
        Block::Table {
            caption: HOSTILE.into(),
            head: vec![HOSTILE.into(), "b".into()],
            rows: vec![vec![HOSTILE.into(), "a | b".into()]],
        },
        Block::List { ordered: true, items: vec![vec![plain(HOSTILE)]] },
        Block::Picture(picture),
    ];
    let outer = Section { sections: vec![inner], ..Section::new("Steps", rest) };
    Report {
        title: HOSTILE.into(),
        about: About::run(Ending::Stopped, HOSTILE),
        facts: blocks([labelled("GOAL", HOSTILE)]),
        sections: vec![outer],
        events: vec![Safe::json(&HOSTILE).expect("text"), Safe::json(&[1, 2]).expect("numbers")],
    }
}

#[test]
fn html_holds_text_where_text_would_be_more() {
    let page = report().text(Format::Html);
    assert!(!page.contains("<script") && !page.contains('\u{1b}') && !page.contains('\u{202e}'), "{page}");
    // The title twice, the end, the goal, the contents; a paragraph, code, a table's 3, a list, a picture's 5; in the step
    // its heading, its line, its question, its code and its meaning.
    assert_eq!(page.matches(SHOWN).count(), 21, "{page}");
    for outside in ["http:", "https:", "src=", "url(", "@import", "<link", "<iframe", "javascript"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains(&format!("<pre><code>int id;\n    puts({SHOWN});</code></pre>")), "{page}");
    assert!(page.contains("<svg role=\"img\" width=\"100\" height=\"50\""), "{page}");
    assert!(page.contains("<polygon points=\"10,0 1.0,4.5 1.0,-4.5\" class=\"actor1 head\"/>"), "{page}");
    assert!(!page.contains("+---+") && !page.contains("a box"), "{page}");
}

#[test]
fn markdown_holds_text_where_text_would_be_more() {
    let page = report().text(Format::Markdown);
    let outside = page.lines().filter(|line| !line.trim_start().starts_with("puts(")).filter(|line| {
        let code = line.starts_with("<script>alert(1)</script>&\"'\\033");
        line.contains('<') && !line.contains("\\<script\\>") && !code
    });
    assert_eq!(outside.collect::<Vec<_>>(), Vec::<&str>::new(), "{page}");
    assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'));
    assert!(page.contains("\n| a \\| b |") || page.contains(" | a \\| b |\n"), "{page}");
    assert!(page.contains("\n````\n"), "{page}");
    assert!(page.contains("\n## Steps\n") && page.contains("\n### \\<script"), "{page}");
    assert!(page.contains("\n- **IN C**\n\n  ```\n  int id;\n      puts("), "{page}");
}

#[test]
fn json_is_one_document_with_the_events_in_it() {
    let document = report().text(Format::Json);
    let read: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    assert_eq!(read["report"], HOSTILE);
    assert_eq!(read["events"], serde_json::json!([HOSTILE, [1, 2]]));
    assert_eq!((&read["ended"], &read["version"]), (&"stopped".into(), &1.into()));
    assert!(document.chars().all(|c| c == '\n' || crate::text::printable(c)), "{document}");
    let none = Report { events: Vec::new(), ..report() }.text(Format::Json);
    let read: serde_json::Value = serde_json::from_str(&none).expect("JSON");
    assert_eq!(read["events"], serde_json::json!([]));
}
