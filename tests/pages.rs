//! One step, one screen: what a terminal really shows of each page, and what its scrollback keeps.

use std::sync::Arc;

use serde_json::Value;

use super::common::{Desk, Lab, Live};

/// A lesson, or a demonstration, on a terminal that knows how to clear.
pub fn paged(desk: &Arc<Desk>, args: &[&str]) -> Lab {
    let lab = args.iter().fold(desk.lab([]), |lab, arg| lab.arg(arg));
    lab.arg("--color").arg("never").env("TERM", "xterm")
}

/// The rows of a window that are not empty, from the first to the last.
pub fn rows(live: &mut Live, rows: u16, columns: u16) -> Vec<String> {
    live.rows(rows, columns).iter().map(|row| row.trim_end().to_owned()).collect()
}

/// What is wrong with a page that stands before or after a step.
fn wrong(page: &[String], after: bool, narrow: bool) -> Vec<&'static str> {
    let begins = |word: &str| page.iter().any(|row| row.starts_with(word));
    let mut wrong = Vec::new();
    let mut must = |there: bool, what| wrong.extend((!there).then_some(what));
    must(begins("Step "), "the heading");
    must(begins("CODE"), "the call");
    must(page.last().is_some_and(|row| row.ends_with('>') || row.ends_with("> ")), "the prompt");
    if after && !begins("SKIPPED") {
        must(begins("MEANS"), "the meaning");
        must(
            narrow || begins("PICTURE") || page.iter().any(|row| row.contains('┌')) || !begins("CHANGED"),
            "the picture",
        );
    }
    wrong
}

/// Plays to the end and looks at every page: as `(step, what is missing)`.
fn pages(desk: &Arc<Desk>, args: &[&str], size: (u16, u16)) -> (usize, Vec<String>) {
    let mut live = paged(desk, args).on_terminal(size.0, size.1);
    let (mut seen, mut missing) = (0, Vec::new());
    let mut question: Option<String> = None;
    while let Some(end) = live.ends_with(&["quit > ", "q > ", "] "]) {
        let page = rows(&mut live, size.0, size.1);
        let prompt = page.last().cloned().unwrap_or_default();
        if end == "] " || !prompt.starts_with('[') {
            // The message, or the end: Enter takes the default, q ends.
            live.send(if end == "] " { "\n" } else { "q" });
            continue;
        }
        let after = prompt.contains("Enter next") || prompt.contains("Enter d ");
        let asks = page.iter().find(|row| row.starts_with("PREDICT")).cloned();
        if !after {
            question = asks.clone();
        } else if question.is_some() && asks != question {
            missing.push(format!("{args:?} {prompt} the question\n{}", page.join("\n")));
        }
        for what in wrong(&page, after, size.1 < 80) {
            missing.push(format!("{args:?} {prompt} {what}\n{}", page.join("\n")));
        }
        seen += usize::from(after);
        live.send("\n");
    }
    live.wait_end().succeeds().text();
    (seen, missing)
}

/// The names of all lessons, and what can be demonstrated.
fn everything(desk: &Arc<Desk>) -> Vec<Vec<String>> {
    let json = desk.lab(["list", "--json"]).run().succeeds().text();
    let names: Vec<String> = json
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|row| row["name"].as_str().expect("a name").to_owned())
        .collect();
    let lessons = names.iter().map(|name| vec!["step-through".to_owned(), name.clone()]);
    let calls = ["ftok", "shmget", "shmat", "write", "shmdt", "shmctl"];
    lessons.chain(calls.iter().map(|call| vec!["demo".to_owned(), (*call).to_owned()])).collect()
}

fn all_pages_hold(size: (u16, u16)) {
    let desk = Desk::new();
    let (mut seen, mut missing) = (0, Vec::new());
    for args in everything(&desk) {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let (pages, wrong) = pages(&desk, &args, size);
        seen += pages;
        missing.extend(wrong);
    }
    assert!(seen > 320, "only {seen} pages");
    assert!(missing.is_empty(), "{} pages lack something:\n\n{}", missing.len(), missing.join("\n\n"));
}

#[test]
fn every_step_of_every_lesson_and_demonstration_has_its_whole_page_at_80_columns() {
    all_pages_hold((24, 80));
}

#[test]
fn every_step_has_its_page_without_the_picture_at_40_columns() {
    all_pages_hold((24, 40));
}

/// Each step of the sheet's lesson as a run in JSON tells it.
fn steps(desk: &Arc<Desk>) -> Vec<Value> {
    let json = desk.lab(["step-through", "--json"]).run().succeeds().text();
    let lines = json.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| line["event"] == "step").collect()
}

/// How the questions of a run are answered.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Right,
    Wrong,
    Not,
}

/// The keys that answer a step's question, and what the page says of it; none where it asks nothing to be answered.
fn answer(step: &Value, way: Way) -> Option<(String, Vec<String>)> {
    let answer = step["answer"].as_str()?;
    let options = step["options"].as_array().expect("options");
    let labelled =
        |option: &Value| format!("{}: {}", option["label"], option["text"].as_str().expect("a text"));
    let right = options.iter().find(|option| option["right"] == true);
    let it = right.map_or_else(|| answer.to_owned(), labelled);
    let chosen = match (way, right) {
        (Way::Not, _) => return Some(("\n".into(), vec![format!("YOU SAID  don't know. It is {it}")])),
        (Way::Right, Some(right)) => right,
        (Way::Right, None) => {
            return Some((format!("{answer}\n"), vec![format!("YOU SAID  {answer}  Right.")]));
        }
        (Way::Wrong, Some(_)) => options.iter().find(|option| option["right"] == false).expect("a wrong one"),
        (Way::Wrong, None) => &options[0],
    };
    let (text, why) = (labelled(chosen), chosen["why"].as_str().expect("a reason").to_owned());
    let keys = match right {
        Some(_) => chosen["label"].to_string(),
        None => format!("{}\n", chosen["text"].as_str().expect("a number")),
    };
    let said = match (way, right) {
        (Way::Right, _) => vec![format!("YOU SAID  {text}  Right.")],
        (_, Some(_)) => vec![format!("YOU SAID  {text}  Not this time: it is {it}"), why],
        (_, None) => vec![format!("YOU SAID  {}  Not this time: it is {it}", keys.trim()), why],
    };
    Some((keys, said))
}

/// Rows as one line, however they are wrapped.
fn in_one_line(rows: &[String]) -> String {
    rows.iter().map(|row| row.trim()).collect::<Vec<_>>().join(" ")
}

/// Everything that the terminal keeps, from the first row of its scrollback to the last of its screen.
fn kept(live: &Live, rows: u16, columns: u16) -> Vec<String> {
    let mut terminal = live.terminal(rows, columns);
    terminal.screen_mut().set_scrollback(usize::MAX);
    let above = terminal.screen().scrollback();
    let mut kept = Vec::new();
    for offset in (1..=above).rev() {
        terminal.screen_mut().set_scrollback(offset);
        kept.extend(terminal.screen().rows(0, columns).next());
    }
    terminal.screen_mut().set_scrollback(0);
    kept.extend(terminal.screen().rows(0, columns));
    kept.iter().map(|row| row.trim_end().to_owned()).collect()
}

#[test]
fn the_sheet_with_every_answer_right_every_answer_wrong_and_none() {
    let desk = Desk::new();
    let steps = steps(&desk);
    let asked = steps.iter().filter(|step| !step["answer"].is_null()).count();
    assert_eq!((steps.len(), asked), (18, 17));
    for (way, right) in [(Way::Right, 17), (Way::Wrong, 0), (Way::Not, 0)] {
        let mut live = paged(&desk, &["step-through", "--message", "hello world :)"]).on_terminal(24, 80);
        for (at, step) in steps.iter().enumerate() {
            live.ends_with(&["q quit > "]).expect("a prompt before it");
            let (keys, said) = answer(step, way).unwrap_or(("\n".into(), Vec::new()));
            live.send(&keys);
            live.ends_with(&["q quit > "]).expect("a prompt after it");
            let page = rows(&mut live, 24, 80);
            let text = in_one_line(&page);
            for words in said {
                let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                // Values differ from run to run.
                let stem = words.split("0x").next().unwrap_or_default();
                assert!(text.contains(stem), "step {}: {words}\n{}", at + 1, page.join("\n"));
            }
            live.send("\n");
        }
        live.ends_with(&["q quit > "]).expect("what is next");
        let page = in_one_line(&rows(&mut live, 24, 80));
        let missed = if right == 17 { "" } else { ". `lab quiz --missed` asks about the others again" };
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            page.contains(&format!(
                "PREDICTED {right} of 17 right{missed} TASK Write it yourself: lab task start read-it NEXT "
            )),
            "{page}"
        );
        assert!(
            page.ends_with("Enter next lesson · k three questions on this one · t its task · q quit >"),
            "{page}"
        );
        live.send("q");
        // What a page had no room for is in the scrollback: every step once, whole.
        let kept = kept(&live, 24, 80);
        for (at, step) in steps.iter().enumerate() {
            let heading = format!("Step {} of 18", at + 1);
            let places: Vec<_> =
                kept.iter().enumerate().filter(|(_, row)| row.starts_with(&heading)).collect();
            assert_eq!(places.len(), 1, "{heading}: {}", kept.join("\n"));
            let own = kept[places[0].0 + 1..].iter().take_while(|row| !row.starts_with("Step ")).cloned();
            let own: Vec<String> = own.collect();
            let has = |label: &str| own.iter().any(|row| row.starts_with(label));
            assert!(has("THEORY") && has("CODE") && has("MEANS"), "{}", own.join("\n"));
            assert_eq!(has("PREDICT"), !step["ask"].is_null(), "{}", own.join("\n"));
            let drawn = own.iter().any(|row| row.contains('┌'));
            assert!(
                drawn || step["after"]["segments"].as_array().is_none_or(Vec::is_empty),
                "{}",
                own.join("\n")
            );
        }
        live.wait_end().succeeds().text();
        // What was missed is kept, and comes back: by its misconception, or where it is about none as the step asked it.
        let listed = desk.lab(["list", "--json"]).run().succeeds().text();
        let sheet = listed.lines().find(|line| line.contains("\"name\":\"sheet\"")).expect("the sheet");
        let sheet: Value = serde_json::from_str(sheet).expect("JSON");
        assert_eq!((&sheet["predicted"], &sheet["right"]), (&17.into(), &right.into()), "{sheet}");
        let again = desk.lab(["quiz", "--missed", "--json"]).stdin("").run().succeeds().text();
        let first: Value = serde_json::from_str(again.lines().next().expect("a line")).expect("JSON");
        match right {
            17 => assert_eq!(first["text"], "none: the last time, you missed no question and no prediction"),
            _ => assert!(first["questions"].as_u64() > Some(10), "{again}"),
        }
        let reset = desk.lab(["reset", "--yes"]).run().succeeds().text();
        assert_eq!(reset, "all progress is forgotten\n");
    }
}

#[test]
fn a_page_is_drawn_anew_in_a_window_of_another_size() {
    let desk = Desk::new();
    let mut live = paged(&desk, &["step-through", "--from", "3"]).on_terminal(24, 80);
    live.ends_with(&["q quit > "]).expect("a prompt");
    // One dimension at a time: stty sets them one after the other, and each change is a signal of its own.
    let sizes = [(24, 60), (24, 40), (30, 40), (30, 100), (24, 100), (24, 80)];
    for after in [false, true] {
        for size in sizes {
            live.resize(size.0, size.1);
            live.ends_with(&["q quit > ", "q > "]).expect("the prompt again");
            let page = rows(&mut live, size.0, size.1);
            assert!(page[0].starts_with("Step 3 of 18 · shmget"), "{size:?}: {}", page.join("\n"));
            assert_eq!(wrong(&page, after, size.1 < 80), Vec::<&str>::new(), "{}", page.join("\n"));
        }
        // An earlier step is on a page of its own, and the one at hand comes back with its answer.
        live.send("b");
        live.ends_with(&["q quit > "]).expect("an earlier step");
        let page = rows(&mut live, 24, 80);
        assert!(page[0].starts_with("Recorded: Step 2 of 18 · ftok"), "{}", page.join("\n"));
        live.send(if after { "q" } else { "2" });
        if !after {
            live.ends_with(&["q quit > "]).expect("what happened");
        }
    }
    live.wait_end().succeeds().text();
}

#[test]
fn after_the_last_step_come_questions_what_is_due_and_the_next_lesson() {
    let desk = Desk::new();
    let mut live = paged(&desk, &["step-through", "shmdt", "--from", "39"]).on_terminal(24, 80);
    for _ in 0..4 {
        live.ends_with(&["q quit > "]).expect("a prompt");
        live.send("\n");
    }
    live.wait_for("LEARNED   ");
    live.wait_for("NEXT      ");
    live.wait_for("Enter next lesson · k three questions on this one · t its task · q quit > ");
    live.send("x").wait_for("`x` is not a key here\n");
    live.wait_for("q quit > ");
    live.send("k").wait_for("QUIZ      3 questions\n");
    for question in 1..=3 {
        live.wait_for(&format!("Question {question} of 3 "));
        live.wait_for("q stop > ");
        live.send("s\n").wait_for("SKIPPED   no credit, and here is the answer\n");
        live.wait_for(&format!("[{question}/3] Enter "));
        live.wait_for(" > ");
        live.send("\n");
    }
    live.wait_for("SCORE     0 of 3 right");
    // The questions were asked: they are not offered again. What was skipped is due at once.
    live.wait_for("Enter next lesson · t its task · q quit > ");
    // Two tasks go with this lesson, and t starts the first of them in the folder where lab runs.
    live.send("t").wait_for("NEXT      cd leave-nothing && lab task check");
    assert!(desk.work().join("leave-nothing").is_dir(), "the task's files");
    live.wait_for("Enter next lesson · t its task · q quit > ");
    live.send("t").wait_for("NEXT      cd your-own && lab task check");
    live.wait_for("Enter next lesson · q quit > ");
    live.send("\n").wait_for("DUE       first a look back");
    // One question or two: the seed decides what was asked, and with it which misconceptions are due.
    live.wait_for("Question 1 of ");
    live.wait_for("q stop > ");
    live.send("q\n").wait_for("STOPPED   after 0 of ");
    // Its first steps only set up, and share a line.
    live.wait_for("SET UP    ");
    live.ends_with(&["q quit > "]).expect("the next lesson");
    live.send("q");
    live.wait_end().succeeds().text();
}

#[test]
fn a_shorthand_says_so_and_e_shows_the_c_and_the_prototype() {
    let desk = Desk::new();
    let step = |call: &str| {
        format!(
            "[[step]]\nwho = \"server\"\ncall = \"{call}\"\nexpect = \"ok\"\nsay = \"The call succeeded.\"\n"
        )
    };
    let steps = step("sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600)") + &step("semop(sem, 0, 1)");
    desk.file("sem.toml", format!("title = \"Semaphores\"\ngoal = \"One operation.\"\n{steps}"));
    let mut live = paged(&desk, &["step-through", "./sem.toml", "--from", "2"]).on_terminal(24, 80);
    live.ends_with(&["q quit > "]).expect("a prompt");
    let page = rows(&mut live, 24, 80);
    assert!(page.contains(&"CODE      semop(sem, 0, 1)   (shorthand; e shows the C)".into()), "{page:?}");
    live.send("e");
    live.ends_with(&["q quit > "]).expect("the C");
    let page = rows(&mut live, 24, 80).join("\n");
    let wanted = "IN C      struct sembuf op = { .sem_num = 0, .sem_op = 1, .sem_flg = 0 };\n\
                  \u{20}         semop(sem, &op, 1);\n\
                  PROTOTYPE int semop(int semid, struct sembuf *sops, size_t nsops);\n\
                  READ      semop(2): man 2 semop\n";
    assert!(page.contains(wanted), "{page}");
    live.send("q");
    live.wait_end().succeeds().text();
    let json = desk.lab(["step-through", "./sem.toml", "--json"]).run().succeeds().text();
    let steps: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        (&steps[1]["c"], &steps[1]["shorthand"]),
        (&"int sem = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);".into(), &false.into())
    );
    assert_eq!(steps[2]["shorthand"], true);
}
