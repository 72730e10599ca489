//! `lab schema`: the format of lesson files as a JSON Schema, for editors. Calls, outcomes, facts and limits come from
//! the tables that the parser reads; the names of the fields stand here a second time.

use serde_json::{Map, Value, json};

use crate::constants::{self, Name};
use crate::error::Error;
use crate::lesson::{FORMAT_VERSION, MAX_STEPS, MAX_TRIES};
use crate::output::screen::write_all;
use crate::text::Safe;

/// Prints the schema.
pub fn run() -> Result<(), Error> {
    write_all(&Safe::json_over_lines(&schema()).map_err(|error| Error::Output(error.into()))?)
}

fn named(table: &[Name]) -> Vec<&str> {
    table.iter().map(|row| row.name).collect()
}

fn text(what: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "description": what })
}

fn one_or_more(item: Value) -> Value {
    json!({ "oneOf": [item, { "type": "array", "items": item }] })
}

fn schema() -> Value {
    let limits: Map<String, Value> = constants::SYSCTLS
        .iter()
        .map(|row| (row.name.into(), json!({ "type": "integer", "minimum": 0, "description": row.plain })))
        .collect();
    let facts = named(constants::FACTS).join(", ");
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A lesson of lab",
        "type": "object",
        "additionalProperties": false,
        "required": ["title", "goal", "step"],
        "properties": {
            "format_version": { "const": FORMAT_VERSION },
            "title": text("one line"),
            "goal": text("what the student will have seen"),
            "host": { "type": "boolean", "description": "it may be played in the machine's own namespace" },
            "needs": one_or_more(json!({ "enum": named(constants::NEEDS) })),
            "limits": { "type": "object", "additionalProperties": false, "properties": limits },
            "users": {
                "type": "object",
                "description": "roles that are not played by whoever runs lab",
                "additionalProperties": { "enum": ["ordinary", "other"] }
            },
            "input": {
                "type": "object",
                "additionalProperties": false,
                "required": ["name", "prompt", "default"],
                "properties": {
                    "name": text("the name that holds the answer"),
                    "prompt": text("the question"),
                    "default": text("the answer of whoever presses Enter"),
                    "max": { "type": "integer", "minimum": 1, "description": "bytes" }
                }
            },
            "notes": {
                "type": "object",
                "additionalProperties": false,
                "required": ["answers", "page"],
                "properties": {
                    "minutes": { "type": "integer", "minimum": 1 },
                    "say": one_or_more(text("what to say")),
                    "answers": text("what students usually answer"),
                    "page": text("the manual page to show")
                }
            },
            "step": { "type": "array", "minItems": 1, "maxItems": MAX_STEPS, "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["who", "call", "expect", "say"],
                "properties": {
                    "who": text("an actor, `lab` for a stage direction, or `one & other`"),
                    "call": text("a call as in C, such as p = shmat(id, NULL, 0)"),
                    "expect": text("ok, blocks, an errno, a signal, == value or \"text\""),
                    "look": one_or_more(text(&format!("a fact after the step, such as nattch == 2; facts are {facts}"))),
                    "say": text("what it means; {name} stands for that name's value"),
                    "ask": text("a question before it happens"),
                    "more": text("the longer explanation behind a key"),
                    "theory": text("what the sheet says here"),
                    "needs": one_or_more(json!({ "enum": named(constants::NEEDS) })),
                    "covers": { "type": "array", "items": { "type": "integer", "minimum": 1 } },
                    "tries": { "type": "integer", "minimum": 1, "maximum": MAX_TRIES }
                }
            } }
        }
    })
}
