//! What came back from a call, as data: a value, an errno, a signal, an end, or silence. The stage and the
//! tracer make these; lessons, quiz and output only read them. Text for people (JSON) spells a value as the screen
//! does; a binary form carries the value itself, and only that is read back.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::constants;
use crate::text::{line_of, quote};

/// What a call returned when it succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// In JSON as on the screen, `0x4c0a1b2c`.
    Key(#[serde(serialize_with = "as_hex")] i32),
    Id(i32),
    /// In JSON as on the screen: tools that read numbers as floats would lose its low bits.
    Address(#[serde(serialize_with = "as_address")] u64),
    Pid(i32),
    Number(i64),
    /// Permission bits, or a umask: in octal, as they are written.
    Mode(#[serde(serialize_with = "as_octal")] u32),
    /// Bytes read from memory or typed by the student, without the NUL that ends them.
    Text(#[serde(serialize_with = "as_text")] Vec<u8>),
    /// The 0 of a call that says no more than that it worked.
    Zero,
    /// It was done, without a value.
    Nothing,
}

impl Value {
    /// The value as a number that compares: a key as its 32 bits without a sign.
    pub fn number(&self) -> Option<i64> {
        match self {
            Value::Key(key) => Some(i64::from(key.cast_unsigned())),
            Value::Id(number) | Value::Pid(number) => Some(i64::from(*number)),
            Value::Address(address) => Some(address.cast_signed()),
            Value::Number(number) => Some(*number),
            Value::Mode(mode) => Some(i64::from(*mode)),
            Value::Zero => Some(0),
            Value::Text(_) | Value::Nothing => None,
        }
    }

    /// The value inside a sentence: text without quotes.
    pub fn in_words(&self) -> String {
        match self {
            Value::Text(bytes) => line_of(bytes),
            other => other.to_string(),
        }
    }
}

/// What a C compiler keeps of a number that becomes an int: its low 32 bits.
pub fn low_int(value: i64) -> i32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Key(key) => write!(f, "{key:#010x}"),
            Value::Id(number) | Value::Pid(number) => number.fmt(f),
            Value::Address(address) => write!(f, "{address:#x}"),
            Value::Number(number) => number.fmt(f),
            Value::Mode(mode) => write!(f, "0{mode:03o}"),
            Value::Text(bytes) => f.write_str(&quote(bytes)),
            Value::Zero => f.write_str("0"),
            Value::Nothing => f.write_str("done"),
        }
    }
}

/// Where and how an access to memory failed, as the signal's siginfo says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    #[serde(serialize_with = "as_address")]
    pub address: u64,
    /// si_code: 1 SEGV_MAPERR, nothing is mapped there; 2 SEGV_ACCERR, the mapping forbids it.
    pub code: i32,
}

/// Spelled where people read it, the value itself where we do.
fn spelled<T: Serialize, S: Serializer>(
    value: &T,
    as_read: fmt::Arguments<'_>,
    to: S,
) -> Result<S::Ok, S::Error> {
    if to.is_human_readable() { to.collect_str(&as_read) } else { value.serialize(to) }
}

fn as_hex<S: Serializer>(key: &i32, to: S) -> Result<S::Ok, S::Error> {
    spelled(key, format_args!("{key:#010x}"), to)
}

fn as_octal<S: Serializer>(mode: &u32, to: S) -> Result<S::Ok, S::Error> {
    spelled(mode, format_args!("0{mode:03o}"), to)
}

fn as_address<S: Serializer>(address: &u64, to: S) -> Result<S::Ok, S::Error> {
    spelled(address, format_args!("{address:#x}"), to)
}

/// Bytes as text; what is not UTF-8 becomes U+FFFD.
pub fn as_text<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    spelled(&bytes, format_args!("{}", String::from_utf8_lossy(bytes)), to)
}

/// What happened when a call was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It worked.
    Returned(Value),
    /// It failed with this errno.
    Failed(i32),
    /// The process died of a signal before it could answer.
    Died { signal: i32, fault: Option<Fault> },
    /// The process ended by itself before it could answer.
    Exited(i32),
    /// It has not come back: the process sleeps inside the call.
    Blocked,
    /// No answer within the deadline; the process was killed.
    Silent,
    /// Not played: this machine can't show it, and why.
    Skipped(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Returned(value) => value.fmt(f),
            Outcome::Failed(errno) => write!(f, "-1 {}", constants::errno(*errno)),
            Outcome::Died { signal, .. } => f.write_str(&constants::signal(*signal)),
            Outcome::Exited(status) => write!(f, "exit status {status}"),
            Outcome::Blocked => f.write_str("blocks"),
            Outcome::Silent => f.write_str("no answer"),
            Outcome::Skipped(why) => write!(f, "not played: {why}"),
        }
    }
}

/// The names that steps have bound so far, roles included: what `key`, `id`, `p` or `server` stand for.
pub type Bindings = BTreeMap<String, Value>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_survives_in_binary_and_is_spelled_in_text() {
        let values = [
            (Value::Key(-2), r#"{"key":"0xfffffffe"}"#),
            (Value::Address(0x7f00_0000_1000), r#"{"address":"0x7f0000001000"}"#),
            (Value::Mode(0o600), r#"{"mode":"0600"}"#),
            (Value::Text(vec![0xff, b'a', 0]), "{\"text\":\"\u{fffd}a\\u0000\"}"),
            (Value::Nothing, "\"nothing\""),
        ];
        for (value, text) in values {
            let outcome = Outcome::Returned(value.clone());
            let binary = postcard::to_stdvec(&outcome).expect("bytes");
            assert_eq!(postcard::from_bytes::<Outcome>(&binary).expect("an outcome"), outcome);
            assert_eq!(serde_json::to_string(&value).expect("text"), text);
        }
    }
}
