//! Sentences with `{name}` in them: the name's value in its place. A name that stands for nothing stays as it is written.

use crate::facts::outcome::{Bindings, Value};
use crate::text::filled_with;

/// Replaces `{name}` by the name's value.
pub fn filled(text: &str, names: &Bindings) -> String {
    filled_with(text, |name| names.get(name).map(Value::in_words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_become_values() {
        let names = Bindings::from([
            ("key".into(), Value::Key(-2)),
            ("text".into(), Value::Text(b"a\x1b[31m".to_vec())),
        ]);
        assert_eq!(filled("{key}, {text}, {other}", &names), "0xfffffffe, a\\033[31m, {other}");
        assert_eq!(filled("no } and {", &names), "no } and {");
    }
}
