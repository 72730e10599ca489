//! The notation prints back the way it is read, and whatever is written in its place is a mistake and never a
//! panic.

use proptest::prelude::*;

use super::super::call::Base;
use super::super::expect::{Expect, FactCheck, Op, expect, look};
use super::super::functions::{FUNCTIONS, ParamKind};
use super::*;

/// A name that a lesson can make.
fn name() -> impl Strategy<Value = String> {
    (prop::char::range('a', 'z'), prop::collection::vec(prop::sample::select(b"az09_".to_vec()), 0..6))
        .prop_map(|(first, rest)| {
            rest.into_iter().fold(String::from(first), |name, byte| name + &char::from(byte).to_string())
        })
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        (-i64::MAX..=i64::MAX).prop_map(|value| Number { value, base: Base::Decimal }),
        (0..=i64::MAX).prop_map(|value| Number { value, base: Base::Hex }),
        (0..=i64::MAX).prop_map(|value| Number { value, base: Base::Octal }),
        (0..4096_i64).prop_map(|value| Number { value, base: Base::Decimal }),
    ]
}

/// Text of any characters, those that need an escape more often than by chance.
fn text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(
        "\"'\\\n\t\r\0\u{7f}\u{1b}\u{200b}\u{202e}äß€\u{1f600}0123".chars().collect::<Vec<_>>(),
    );
    prop::collection::vec(prop_oneof![odd, any::<char>()], 0..12)
        .prop_map(|chars| chars.into_iter().collect())
}

fn operand() -> impl Strategy<Value = Expr> {
    prop_oneof![
        number().prop_map(Expr::Number),
        any::<u8>().prop_map(Expr::Char),
        text().prop_map(Expr::Text),
        name().prop_map(Expr::Name),
        prop::sample::select(constants::constants().collect::<Vec<_>>()).prop_map(Expr::Constant),
        Just(Expr::Null),
        name().prop_map(Expr::Buffer),
        (name(), number()).prop_map(|(name, more)| Expr::Plus(name, Box::new(Expr::Number(more)))),
        (name(), name()).prop_map(|(name, more)| Expr::Plus(name, Box::new(Expr::Name(more)))),
    ]
}

/// An argument, one operand or several joined.
fn argument() -> impl Strategy<Value = Expr> {
    prop_oneof![
        4 => operand(),
        1 => prop::collection::vec(operand(), 2..4).prop_map(Expr::Or),
        1 => name().prop_map(Expr::Array),
        1 => (name(), 0..2_u8).prop_map(|(name, at)| Expr::Element(name, at)),
    ]
}

fn small() -> impl Strategy<Value = Expr> {
    operand().prop_filter("it can be stored", |value| {
        matches!(value, Expr::Char(_) | Expr::Number(_) | Expr::Name(_) | Expr::Plus(..))
    })
}

/// A call of a function, with arguments that may stand where they stand.
fn invocation() -> impl Strategy<Value = Statement> {
    prop::sample::select(FUNCTIONS.iter().collect::<Vec<_>>()).prop_flat_map(|spec| {
        let fitting = |kind: &ParamKind| {
            let kind = *kind;
            argument().prop_filter("it may stand here", move |value| fits(kind, value, 0..0).is_ok())
        };
        let args: Vec<_> = spec.params.iter().map(fitting).collect();
        args.prop_map(|args| Statement::Invoke { function: spec.function, args })
    })
}

/// One that a `for` can make.
fn repeated() -> impl Strategy<Value = Statement> {
    (name(), 1..=MAX_TIMES, invocation()).prop_filter_map("it can be repeated", |(counter, times, call)| {
        match call {
            Statement::Invoke { function, args } if REPEATED.contains(&function) => {
                Some(Statement::Repeat { counter, times, function, args })
            }
            _ => None,
        }
    })
}

fn statements() -> impl Strategy<Value = Call> {
    let unbound = prop_oneof![
        4 => invocation(),
        1 => repeated(),
        1 => (name(), number(), small()).prop_map(|(base, index, value)| Statement::Store { base, index, value }),
        1 => (name(), small()).prop_map(|(at, value)| Statement::StorePointer { at, value }),
        1 => (name(), prop::sample::select(vec!["shm_perm.mode", "shm_perm.uid", "shm_perm.gid", "shm_segsz"]), number())
            .prop_map(|(name, field, value)| Statement::Field { path: format!("{name}.{field}"), value }),
    ];
    let bound = prop_oneof![
        4 => invocation(),
        1 => (name(), number()).prop_map(|(base, index)| Statement::Load { base, index }),
        1 => name().prop_map(|at| Statement::LoadPointer { at }),
        1 => name().prop_map(|name| Statement::Assign(Expr::Cast(name))),
        1 => number().prop_map(|number| Statement::Assign(Expr::Number(number))),
        1 => text().prop_map(|text| Statement::Assign(Expr::Text(text))),
    ];
    let kept = |call: &Call| !matches!(call.yields(), ReturnType::Zero | ReturnType::Nothing);
    prop_oneof![
        unbound.prop_map(|statement| Call { bind: None, statement }),
        (name(), bound)
            .prop_map(|(name, statement)| Call { bind: Some(name), statement })
            .prop_filter("it gives something back", kept),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop::sample::select(vec![Op::Equal, Op::Different, Op::Less, Op::More, Op::AtMost, Op::AtLeast])
}

fn expected() -> impl Strategy<Value = Expect> {
    prop_oneof![
        Just(Expect::Ok),
        Just(Expect::Blocks),
        prop::sample::select(constants::ERRNOS.iter().collect::<Vec<_>>()).prop_map(Expect::Errno),
        prop::sample::select(constants::SIGNALS.iter().collect::<Vec<_>>()).prop_map(Expect::Signal),
        (op(), operand()).prop_map(|(op, value)| Expect::Value(op, value)),
    ]
}

fn looked() -> impl Strategy<Value = FactCheck> {
    let facts = prop::sample::select(constants::FACTS.iter().collect::<Vec<_>>());
    (facts, prop::option::of(name()), op(), operand()).prop_map(|(fact, of, op, value)| {
        let compared = !matches!(fact.name, "dest" | "gone" | "zombie");
        FactCheck { fact, of, is: compared.then_some((op, value)) }
    })
}

/// Text that is almost notation.
fn nearly() -> impl Strategy<Value = String> {
    let words = FUNCTIONS.iter().map(|spec| spec.name).chain(constants::constants()).chain([
        "(", ")", "[", "]", ",", "|", "=", "==", "&", "+", "*", ".", "'", "\"", "\\", " ", "0", "0x", "-",
        "NULL", "int", "ok", "nattch", "p", "ds", "shm_perm", "é", "\0",
    ]);
    prop::collection::vec(prop::sample::select(words.collect::<Vec<_>>()), 0..12)
        .prop_map(|words| words.concat())
}

/// A mistake points into the text it was found in, or just behind it.
fn points_into(text: &str, wrong: &ParseError) {
    assert!(wrong.at.start <= wrong.at.end, "{wrong:?} of {text:?}");
    assert!(wrong.at.start <= text.len(), "{wrong:?} of {text:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn a_call_is_read_as_it_is_printed(written in statements()) {
        prop_assert_eq!(call(&written.to_string()), Ok(written.clone()), "{}", written);
    }

    #[test]
    fn blanks_do_not_matter(written in statements()) {
        let spaced = format!("  {}\t ", written);
        prop_assert_eq!(call(&spaced), Ok(written));
    }

    #[test]
    fn an_outcome_is_read_as_it_is_printed(written in expected()) {
        prop_assert_eq!(expect(&written.to_string()), Ok(written.clone()), "{}", written);
    }

    #[test]
    fn a_fact_is_read_as_it_is_printed(written in looked()) {
        prop_assert_eq!(look(&written.to_string()), Ok(written.clone()), "{}", written);
    }

    #[test]
    fn no_text_is_a_panic(text in prop_oneof![any::<String>(), nearly(), ".{0,40}"]) {
        for found in [call(&text).err(), expect(&text).err(), look(&text).err()].into_iter().flatten() {
            points_into(&text, &found);
        }
    }

    #[test]
    fn what_is_read_is_printed_and_read_again(text in nearly()) {
        if let Ok(read) = call(&text) {
            prop_assert_eq!(call(&read.to_string()), Ok(read));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    /// A piece of the sheet's lesson replaced by anything: a lesson or mistakes, whose words can be printed.
    #[test]
    fn no_lesson_file_is_a_panic(from in any::<prop::sample::Index>(), length in 0..40_usize, by in prop_oneof![any::<String>(), nearly()]) {
        let whole = crate::lesson::SHIPPED[0].1;
        let start = whole.floor_char_boundary(from.index(whole.len()));
        let end = whole.floor_char_boundary((start + length).min(whole.len()));
        let text = format!("{}{by}{}", &whole[..start], &whole[end..]);
        if let Err(diagnostics) = crate::lesson::read("lesson.toml", &text, true, true) {
            prop_assert!(!diagnostics.is_empty());
            for diagnostic in diagnostics {
                let told = diagnostic.to_string();
                prop_assert!(told.starts_with("lesson.toml:"), "{}", told);
                prop_assert!(told.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", told);
            }
        }
    }
}

#[test]
fn the_notation_of_the_manual() {
    let spelled = [
        "key = ftok(\"lab.key\", 'L')",
        "id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600)",
        "p = shmat(id, NULL, 0)",
        "p = shmat(id, NULL, SHM_RDONLY)",
        "strcpy(p, \"hello world :)\")",
        "p[0] = 'B'",
        "puts(p)",
        "shmdt(p)",
        "shmctl(id, IPC_STAT, &ds)",
        "shmctl(id, IPC_RMID, NULL)",
        "child = fork()",
        "kill(server, SIGKILL)",
        "*p = q",
        "r = *q",
        "c = p[4095]",
        "i = (int) p",
        "shmdt(p + 1)",
        "pipe(fd)",
        "n = write(fd[1], m, 16777216)",
        "for (i = 0; i < 2048; i++) msgsnd(queue, m, 8192, 0)",
        "ds.shm_perm.mode = 0644",
    ];
    for text in spelled {
        assert_eq!(call(text).map(|call| call.to_string()), Ok(text.to_owned()));
    }
}

#[test]
fn a_number_keeps_its_spelling_and_its_value() {
    let number = |text: &str| match call(&format!("exit({text})")).map(|call| call.arg(0).cloned()) {
        Ok(Some(Expr::Number(number))) => (number.value, number.to_string()),
        other => panic!("{other:?}"),
    };
    assert_eq!(number("1024"), (1024, "1024".into()));
    assert_eq!(number("0x400"), (1024, "0x400".into()));
    assert_eq!(number("0600"), (384, "0600".into()));
    assert_eq!(number("-1"), (-1, "-1".into()));
    assert_eq!(number("0"), (0, "0".into()));
}

#[test]
fn escapes_are_bytes() {
    let text = |text: &str| call(&format!("strcpy(p, {text})")).map(|call| call.arg(1).cloned());
    assert_eq!(text(r#""a\tb\n\\\"\'""#), Ok(Some(Expr::Text("a\tb\n\\\"'".into()))));
    assert_eq!(text(r#""\0331\303\244""#), Ok(Some(Expr::Text("\u{1b}1ä".into()))));
    assert_eq!(
        call(r"p[0] = '\377'").map(|call| call.statement),
        Ok(Statement::Store {
            base: "p".into(),
            index: Number { value: 0, base: Base::Decimal },
            value: Expr::Char(255)
        })
    );
}
