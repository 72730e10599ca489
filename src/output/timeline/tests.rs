//! The picture at the sizes that it has to stand: nothing lies on anything else, nothing is lost without a word.

use super::*;
use crate::output::report::Picture;

/// Lanes that make calls in turn, and a segment that all have attached.
fn busy(lanes: usize, calls: usize, what: impl Fn(usize) -> String) -> Timeline {
    let names = ["server", "client", "a-program-with-a-rather-long-name", "child 1", "child 2", "logger"];
    let mut timeline = Timeline { name: "a test".into(), timed: true, ..Timeline::default() };
    for lane in 0..lanes {
        let detail = format!("pid {}", 4_194_300 + lane);
        let name = names.get(lane).map_or_else(|| format!("child {lane}"), |name| (*name).to_owned());
        timeline.lanes.push(Lane { name, detail, ..Lane::default() });
    }
    for place in 0..lanes * calls {
        let mut row = Row::of(place % lanes, Mark::Call, what(place));
        (row.number, row.at) = (Some(place + 1), Some(place as u64 * 1_234_567));
        timeline.rows.push(row);
    }
    let holds = (0..lanes).map(|lane| Hold { lane, from: 2 * lane + 1, to: None }).collect();
    let bar = Bar {
        name: "2147483647".into(),
        detail: "18446744073709551615 B".into(),
        made: Some(0),
        ..Bar::default()
    };
    timeline.bars.push(Bar { holds, ..bar });
    timeline.rows[0].bar = Some((0, Touch::Made));
    timeline
}

/// The texts of a drawing with the boxes that they take: left, top, right, bottom.
fn texts(svg: &str) -> Vec<(String, [f64; 4])> {
    let value = |tag: &str, name: &str| {
        let from = tag.split(&format!("{name}=\"")).nth(1).expect("an attribute");
        from.split('"').next().expect("its value").to_owned()
    };
    let mut found = Vec::new();
    for part in svg.split("<text ").skip(1) {
        let (tag, rest) = part.split_once('>').expect("a tag");
        let words = rest.split("</text>").next().expect("its text");
        let class = value(tag, "class");
        let size = [("dense", 10.5), ("step", 12.0), ("beside", 9.5)].into_iter();
        let size = size.clone().find(|(word, _)| class.contains(word)).expect("a size").1;
        let letters = crate::text::columns(words) as f64;
        // DejaVu Sans Mono, whose letters are as wide as any.
        let width = letters * size * 0.602;
        let x: f64 = value(tag, "x").parse().expect("a number");
        let y: f64 = value(tag, "y").parse().expect("a number");
        let left = match value(tag, "text-anchor").as_str() {
            "end" => x - width,
            "middle" => x - width / 2.0,
            _ => x,
        };
        found.push((words.to_owned(), [left, y - size * 0.76, left + width, y + size * 0.24]));
    }
    found
}

fn svg(picture: &Picture) -> String {
    picture.drawing.element("t", &picture.title, &picture.words)
}

/// No text lies on another, and none leaves the drawing.
fn clear(timeline: &Timeline) -> usize {
    let mut count = 0;
    for picture in pictures(timeline, Vec::new()) {
        let texts = texts(&svg(&picture));
        count += texts.len();
        for (place, (words, [left, top, right, bottom])) in texts.iter().enumerate() {
            let inside = *left >= 0.0 && *right <= f64::from(picture.drawing.width);
            let inside = inside && *top >= 0.0 && *bottom <= f64::from(picture.drawing.height);
            assert!(
                inside,
                "`{words}` leaves {}x{}: {left} {right}",
                picture.drawing.width, picture.drawing.height
            );
            for (other, [l, t, r, b]) in &texts[place + 1..] {
                let apart = right <= l || r <= left || bottom <= t || b <= top;
                assert!(apart, "`{words}` lies on `{other}`");
            }
        }
    }
    count
}

#[test]
fn no_label_lies_on_another_however_many_calls_and_processes_there_are() {
    let names =
        ["shmget 2147483647: found", "shmat 7", "IPC_RMID 2147483647: marked", "shmdt EINVAL", "SIGSEGV"];
    // Every call another one, so that nothing is folded.
    let calls = |place: usize| names[(place * place / 7 + place / 3) % names.len()].to_owned();
    for (lanes, times) in [(1, 1), (1, 30), (2, 60), (3, 40), (6, 20), (8, 15), (12, 10)] {
        let timeline = busy(lanes, times, calls);
        let found = [(0, 0), (5, lanes - 1), (5, lanes - 1), (9, lanes / 2)].map(|(row, lane)| {
            let words = "right by accident: attach-against-removal".to_owned();
            (row, Row::of(lane, Mark::Finding, words))
        });
        let timeline = fold(rows::inserted(timeline, found.to_vec()));
        assert!(clear(&timeline) > timeline.rows.len(), "{lanes} lanes");
        assert!(timeline.rows.len() >= (lanes * times).min(lanes.min(8) * times * 2 / 3), "{lanes} lanes");
    }
}

#[test]
fn rounds_of_a_loop_are_one_row_that_says_how_often() {
    let timeline = busy(1, 101, |place| {
        ["shmget 0: new", "shmat 0", "shmdt 0"][if place == 0 { 0 } else { 1 + place % 2 }].into()
    });
    let folded = fold(timeline.clone());
    let what: Vec<&str> = folded.rows.iter().map(|row| row.what.as_str()).collect();
    assert_eq!(what, ["shmget 0: new", "shmdt 0", "shmat 0", "the same 2 steps 49 more times"]);
    assert_eq!(folded.rows[3].mark, Mark::Folded(98));
    // What was found is never in such a row, and neither is the call that it was found at.
    let found = Row::of(0, Mark::Finding, "mistake: overrun".into());
    let folded = fold(rows::inserted(timeline, vec![(50, found)]));
    let place = folded.rows.iter().position(|row| row.mark == Mark::Finding).expect("the finding");
    assert_eq!(folded.rows[place - 1].number, Some(51));
    assert_eq!(folded.rows.iter().map(steps).sum::<usize>(), 101);
    clear(&folded);
}

/// How many calls a row stands for.
fn steps(row: &Row) -> usize {
    match row.mark {
        Mark::Folded(steps) => steps,
        Mark::Finding => 0,
        _ => 1,
    }
}

#[test]
fn a_long_run_is_bounded_and_says_what_it_leaves_out() {
    // Words of which none repeats, whatever the digits are.
    let word = |place: usize| format!("{place:b}").replace('0', "a").replace('1', "b");
    let mut timeline = busy(2, 5000, word);
    let middle = 5000;
    timeline.rows[middle].bar = Some((0, Touch::Marked));
    timeline.bars[0].marked = Some(middle);
    let found = Row::of(1, Mark::Finding, "mistake: overrun".into());
    let folded = fold(rows::inserted(timeline, vec![(7001, found)]));
    assert!(folded.rows.len() < 260, "{}", folded.rows.len());
    assert_eq!(folded.rows.iter().map(steps).sum::<usize>(), 10_000);
    let number = |wanted| folded.rows.iter().position(|row| row.number == Some(wanted));
    assert!([1, 60, middle + 1, 7002, 9_961, 10_000].into_iter().all(|wanted| number(wanted).is_some()));
    assert_eq!(folded.bars[0].marked, number(middle + 1));
    let gaps: Vec<&str> =
        folded.rows.iter().filter(|row| row.lane.is_none()).map(|row| row.what.as_str()).collect();
    assert!(gaps.contains(&"2000 steps are not drawn"), "{gaps:?}");
    let size: usize = pictures(&folded, Vec::new()).iter().map(|picture| svg(picture).len()).sum();
    assert!(size < 400_000, "{size} bytes");
    clear(&folded);
}

#[test]
fn more_processes_and_segments_than_a_person_reads_are_counted() {
    let mut timeline = busy(40, 3, |place| format!("shmat {place}"));
    let bar = timeline.bars[0].clone();
    timeline.bars.extend((1..10).map(|id| Bar { name: id.to_string(), ..bar.clone() }));
    timeline.rows.push(Row::of(39, Mark::Finding, "remark: not-detached".into()));
    let folded = fold(timeline);
    assert_eq!((folded.lanes.len(), folded.bars.len()), (8, 6));
    assert!(folded.lanes.iter().any(|lane| lane.name == "child 39"), "a finding's process is drawn");
    assert_eq!(
        folded.left_out,
        ["32 more processes, with 96 steps in all, are not drawn.", "4 more segments are not drawn."]
    );
    clear(&folded);
}

#[test]
fn what_comes_from_a_program_is_text() {
    let bad = "</svg><script>alert(1)</script>\"'&\u{1b}[31m\u{202e}";
    let mut timeline = busy(2, 3, |_| bad.into());
    for lane in &mut timeline.lanes {
        (lane.name, lane.detail) = (bad.into(), bad.into());
    }
    (timeline.bars[0].name, timeline.bars[0].detail, timeline.name) = (bad.into(), bad.into(), bad.into());
    timeline.rows.push(Row::of(1, Mark::Finding, bad.into()));
    for picture in pictures(&fold(timeline), Vec::new()) {
        let svg = svg(&picture);
        assert_eq!((svg.matches("</svg>").count(), svg.matches("<script").count()), (1, 0), "{svg}");
        assert!(!svg.contains('\u{1b}') && !svg.contains('\u{202e}'), "{svg}");
    }
}

#[test]
fn the_sentence_says_what_the_picture_shows() {
    let mut timeline = busy(2, 2, |_| "shmat 0".into());
    timeline.bars[0].name = "0".into();
    assert_eq!(
        timeline.sentence(),
        "4 steps of 2 processes, in the order in which they were made. Segment 0 is still there at the end."
    );
    timeline.bars[0].gone = Some(3);
    timeline.lanes.truncate(1);
    assert_eq!(
        timeline.sentence(),
        "4 steps of 1 process, in the order in which they were made. Segment 0 is destroyed."
    );
    assert_eq!(words(&timeline)[1], "2 1234.5 ms: shmat 0");
}
