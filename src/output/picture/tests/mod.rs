//! The picture says what the kernel's table says, and nothing else: pictures of snapshots at random are read back, the
//! drawing and the sentence alike, and so are the cases that teach.

mod reading;
mod scenes;

use proptest::prelude::*;

use crate::facts::event::{Content, Event, Mapping};
use crate::output::line::{Line, labelled, words};
use crate::output::picture::picture;
use crate::output::picture::view::View;
use crate::output::picture::words::sentence;
use crate::output::report::COLUMN;
use crate::text::columns;
use reading::{Facts, of_drawing, of_sentence};
use scenes::{Scene, expected, mapping, member, row, scene, snapshot};

fn rows(lines: &[Line]) -> Vec<String> {
    let text = |line: &Line| match line {
        Line::Drawn(pieces) => Some(words(pieces).trim_end().to_owned()),
        _ => None,
    };
    lines.iter().filter_map(text).collect()
}

fn in_words(now: &Event, earlier: &[&Event]) -> Option<String> {
    View::of(now, earlier).map(|view| sentence(&view))
}

/// The drawing at 80 columns, as it stands on a screen.
fn drawn(now: &Event, earlier: &[&Event]) -> String {
    rows(&picture(now, earlier, 80)).iter().map(|row| format!("{row}\n")).collect()
}

/// Whether so little is in it that it has to be drawn.
fn is_simple(scene: &Scene) -> bool {
    let (now, segments) = (&scene.now, scene.now.after.segments.iter().flatten());
    let all = now.before.segments.iter().flatten().chain(segments);
    let mut ids: Vec<i32> = all.map(|row| row.shmid).collect();
    ids.sort_unstable();
    ids.dedup();
    let holds = |role: &str, shmid: i32| {
        let of = now.after.mappings.iter().chain(&now.before.mappings);
        let mut places: Vec<u64> =
            of.filter(|held| held.role == role && held.shmid == shmid).map(|held| held.start).collect();
        places.sort_unstable();
        places.dedup();
        places.len()
    };
    let few = now.after.members.iter().all(|member| ids.iter().all(|shmid| holds(&member.role, *shmid) <= 1));
    let small = ids.iter().all(|id| *id < 1_000_000_000)
        && now.after.segments.iter().flatten().all(|row| row.size < 1_000_000_000);
    (1..=3).contains(&ids.len()) && small && now.after.members.len() <= 2 && few
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn no_picture_says_what_the_table_does_not(scene in scene(), width in 80_usize..=100) {
        let earlier: Vec<&Event> = scene.earlier.iter().collect();
        let lines = picture(&scene.now, &earlier, width);
        let Some(sentence) = in_words(&scene.now, &earlier) else {
            prop_assert!(lines.is_empty());
            prop_assert_eq!(expected(&scene).segments(), 0);
            return Ok(());
        };
        let facts = expected(&scene);
        prop_assert_eq!(of_sentence(&sentence), facts.clone(), "{}", sentence);
        let rows = rows(&lines);
        if rows.is_empty() {
            prop_assert!(!is_simple(&scene), "not drawn: {}", sentence);
            prop_assert_eq!(lines, [labelled("PICTURE", sentence)]);
            return Ok(());
        }
        let shown = rows.join("\n");
        prop_assert!(rows.iter().all(|row| columns(row) <= width), "wider than {}:\n{}", width, shown);
        let most = [8, 9, 12][facts.segments() - 1];
        prop_assert!(rows.len() <= most, "more than {} rows:\n{}", most, shown);
        let read = of_drawing(&rows);
        let left_out = facts.without_those_of(&read);
        prop_assert!(left_out.iter().all(|fact| fact.ends_with(": ended") || fact.ends_with(": zombie") || fact.ends_with(": reaped now")), "left out {:?}:\n{}", left_out, shown);
        prop_assert_eq!(read.seen_in(&facts), facts.less(&left_out), "\n{}", shown);
        prop_assert_eq!(lines.last(), Some(&Line::Instead(sentence)));
    }
}

/// The number that an attribute of a shape is.
fn number(shape: &str, attribute: &str) -> Option<i32> {
    let (_, value) = shape.split_once(&format!(" {attribute}=\""))?;
    value.split_once('"')?.0.parse().ok()
}

/// How far a shape of a report's drawing goes to the left and the right.
fn reach(shape: &str) -> Option<[i32; 2]> {
    let sides = |x: i32, width: i32| Some([x, x + width]);
    match (number(shape, "x"), number(shape, "x1"), number(shape, "cx")) {
        (Some(x), ..) if shape.starts_with("<rect") => sides(x, number(shape, "width")?),
        (Some(x), ..) => {
            let words = shape.split_once('>')?.1.strip_suffix("</text>")?;
            // A reference stands for one letter.
            let references = ["&quot;", "&#39;", "&lt;", "&gt;", "&amp;"];
            let letters = references.iter().fold(words.to_owned(), |words, it| words.replace(it, "x"));
            let wide = i32::try_from(columns(&letters)).ok()? * COLUMN;
            let before = match shape {
                _ if shape.contains("\"start\"") => 0,
                _ if shape.contains("\"end\"") => wide,
                _ => wide / 2,
            };
            sides(x - before, wide)
        }
        (_, Some(x), _) => sides(x, number(shape, "x2")? - x),
        (.., Some(x)) => sides(x, 0),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_reports_drawing_has_everything_and_nothing_goes_over_its_edge(scene in scene()) {
        let earlier: Vec<&Event> = scene.earlier.iter().collect();
        let Some(picture) = super::drawn(&scene.now, &earlier, String::new()) else { return Ok(()) };
        let view = View::of(&scene.now, &earlier).expect("a view");
        let (shapes, width, height) = (picture.drawing.shapes(), picture.drawing.width, picture.drawing.height);
        for shape in shapes.lines().filter(|shape| !shape.starts_with("<g") && !shape.starts_with("</g")) {
            let inside = reach(shape).is_none_or(|reach| reach.iter().all(|x| (0..=width).contains(x)));
            prop_assert!(inside, "{} is wider than {}", shape, width);
            let low = ["y", "y1", "y2", "cy"].map(|name| number(shape, name).unwrap_or(0));
            let tall = number(shape, "height").unwrap_or(0);
            prop_assert!(low.iter().all(|y| (0..=height).contains(&(y + tall))), "{} is lower than {}", shape, height);
        }
        let known = |mapping: &&Mapping| view.segments.iter().any(|segment| segment.shmid == mapping.shmid);
        let held = || view.processes.iter().flat_map(|process| &process.attached);
        let gone = view.processes.iter().flat_map(|process| process.gone.iter().copied());
        let marked = |word: &str| shapes.matches(&format!("\"strong mark\">{word}</text>")).count();
        prop_assert_eq!(shapes.matches("<polygon").count(), held().filter(|it| known(&it.mapping)).count());
        prop_assert_eq!(marked("new"), held().filter(|it| it.new && known(&it.mapping)).count());
        prop_assert_eq!(marked("gone"), gone.filter(known).count());
        for process in &view.processes {
            prop_assert!(shapes.contains(&process.name()), "{} is missing", process.name());
        }
        for mapping in &scene.now.after.mappings {
            prop_assert!(shapes.contains(&format!("{:#x}", mapping.start)), "{:?} is missing", mapping);
        }
    }
}

/// Two segments of one key: the server keeps the marked one, the client has made another.
fn split_brain() -> (Event, Event) {
    let old = row(0, 0, 0o1600, 1);
    let server = || mapping("server", 4014, 0, 0x7f59_a420_1000, "rw-s");
    let members = || vec![member("server", 4014), member("client", 5311)];
    let mut seen = Event::new("server".into(), 4014, "read", crate::facts::outcome::Outcome::Blocked);
    seen.segment = Some(0);
    seen.content =
        Some(Content { role: "server".into(), address: 0x7f59_a420_1000, bytes: b"hello\0\0".to_vec() });
    seen.before = snapshot(vec![old.clone()], vec![server()], members());
    seen.after = seen.before.clone();
    let mut now = Event::new("client".into(), 5311, "shmat", crate::facts::outcome::Outcome::Blocked);
    now.segment = Some(1);
    let new = |nattch| row(1, 0x4c_4142, 0o600, nattch);
    now.before = snapshot(vec![old.clone(), new(0)], vec![server()], members());
    let client = mapping("client", 5311, 1, 0x7f0c_31b5_e000, "rw-s");
    now.after = snapshot(vec![old, new(1)], vec![server(), client], members());
    (seen, now)
}

#[test]
fn the_split_brain_has_two_boxes_and_two_arrows() {
    let (seen, now) = split_brain();
    let wanted = " server 4014                                                   client 5311
┌────────────────┐     ┌ segment 0, no key, marked ─────┐     ┌────────────────┐
│ 0x7f59a4201000 ├────▶│ 4096 bytes, nattch 1           │     │                │
│ rw-s           │     │ was \"hello\"                    │     │                │
│                │     ├ segment 1, key 0x004c4142 ─────┤     │                │
│                │     │ 4096 bytes, nattch 0→1         │◀new─┤ 0x7f0c31b5e000 │
│                │     │ not in memory yet              │     │ rw-s           │
└────────────────┘     └────────────────────────────────┘     └────────────────┘
";
    assert_eq!(drawn(&now, &[&seen]), wanted);
    let sentence = "Segment 0 (no key, marked for removal, 4096 bytes, nattch 1) began with \"hello\" when last read; \
        server 4014 has it at 0x7f59a4201000 (rw-s). Segment 1 (key 0x004c4142, 4096 bytes, nattch 1, 0 before) \
        is not in memory yet; client 5311 has it at 0x7f0c31b5e000 (rw-s, new).";
    assert_eq!(in_words(&now, &[&seen]).as_deref(), Some(sentence));
    assert!(rows(&picture(&now, &[&seen], 79)).is_empty());
}

#[test]
fn a_third_process_stands_below_and_its_line_names_the_segment() {
    let (seen, mut now) = split_brain();
    now.after.members.push(member("heir", 5400));
    now.after.mappings.push(mapping("heir", 5400, 1, 0x7f11_0000_1000, "r--s"));
    let below = drawn(&now, &[&seen]);
    assert_eq!(below.lines().last(), Some(" heir 5400, new   0x7f1100001000 r--s ─new▶ 1"));
    assert_eq!(below.lines().count(), 9);
}

#[test]
fn what_the_step_removed_is_shown_as_gone() {
    let (seen, mut now) = split_brain();
    now.before = now.after.clone();
    now.after.segments =
        now.after.segments.map(|rows| rows.into_iter().filter(|row| row.shmid == 1).collect());
    now.after.mappings.retain(|mapping| mapping.shmid == 1);
    now.after.members[0].state = None;
    let wanted = " server 4014                                                   client 5311
┌────────────────┐     ┌ segment 0 ─────────────────────┐     ┌────────────────┐
│ 0x7f59a4201000 │     │ removed                        │     │                │
│ gone           │     │                                │     │                │
│                │     ├ segment 1, key 0x004c4142 ─────┤     │                │
│ now ended      │     │ 4096 bytes, nattch 1           │◀────┤ 0x7f0c31b5e000 │
│                │     │ not in memory yet              │     │ rw-s           │
└────────────────┘     └────────────────────────────────┘     └────────────────┘
";
    assert_eq!(drawn(&now, &[&seen]), wanted);
    let sentence = "This step removed segment 0; server 4014 no longer has it at 0x7f59a4201000. Segment 1 \
        (key 0x004c4142, 4096 bytes, nattch 1) is not in memory yet; client 5311 has it at 0x7f0c31b5e000 (rw-s). \
        Of the processes, server 4014 ended in this step.";
    assert_eq!(in_words(&now, &[&seen]).as_deref(), Some(sentence));
}

#[test]
fn a_segment_that_was_made_anew_has_not_the_old_ones_bytes() {
    let (mut seen, now) = split_brain();
    for snapshot in [&mut seen.before, &mut seen.after] {
        snapshot.segments.iter_mut().flatten().for_each(|row| row.cpid += 1);
    }
    assert!(drawn(&now, &[&seen]).contains("│ bytes not read  "));
}

#[test]
fn where_something_could_not_be_read_there_is_no_picture() {
    let (seen, now) = split_brain();
    let mut blind = now.clone();
    blind.after.mappings_seen = false;
    let mut no_table = now.clone();
    no_table.after.segments = None;
    for now in [blind, no_table] {
        assert_eq!(picture(&now, &[&seen], 80), []);
        assert_eq!(in_words(&now, &[&seen]), None);
    }
}

#[test]
fn an_attachment_that_no_segment_of_the_lesson_has_is_told_in_words() {
    let (seen, mut now) = split_brain();
    now.after.mappings.push(mapping("client", 5311, 7, 0x7f11_0000_1000, "r--s"));
    assert_eq!(drawn(&now, &[&seen]), "");
    let end = "Segment 7 is none of this lesson's; client 5311 has it at 0x7f1100001000 (r--s).";
    assert!(in_words(&now, &[&seen]).is_some_and(|sentence| sentence.ends_with(end)));
}

#[test]
fn in_ascii_every_row_keeps_its_columns() {
    use crate::output::screen::{Display, Screen};
    let (mut seen, now) = split_brain();
    seen.content.iter_mut().for_each(|content| content.bytes = "Grüße, Grüße, Grüße".into());
    let screen = Screen::new(Display { colour: false, ascii: true, plain: false });
    let wanted = " server 4014                                                   client 5311
+----------------+     + segment 0, no key, marked -----+     +----------------+
| 0x7f59a4201000 |---->| 4096 bytes, nattch 1           |     |                |
| rw-s           |     | was \"Gr\\303\\274\\303\\237e, G... |     |                |
|                |     | segment 1, key 0x004c4142 -----|     |                |
|                |     | 4096 bytes, nattch 0->1        |<new-| 0x7f0c31b5e000 |
|                |     | not in memory yet              |     | rw-s           |
+----------------+     +--------------------------------+     +----------------+
";
    assert_eq!(screen.text(&picture(&now, &[&seen], 80), 80).as_str(), wanted);
}

#[test]
fn facts_that_differ_are_seen() {
    let (seen, now) = split_brain();
    let sentence = in_words(&now, &[&seen]).unwrap_or_default();
    let other = sentence.replace("nattch 1,", "nattch 2,");
    assert_ne!(of_sentence(&sentence), of_sentence(&other));
    let rows = rows(&picture(&now, &[&seen], 80));
    let other: Vec<String> = rows.iter().map(|row| row.replace("────▶", "     ")).collect();
    assert_ne!(of_drawing(&rows), Facts::default());
    assert!(std::panic::catch_unwind(|| of_drawing(&other)).map_or(true, |other| other != of_drawing(&rows)));
}
