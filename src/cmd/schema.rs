//! `lab schema`: a file format as a JSON Schema, for editors. It is made of the tables that the reader reads by, and
//! names no field itself.

use serde_json::{Map, Value, json};

use crate::cli::{Format, SchemaArgs};
use crate::constants::Name;
use crate::error::Error;
use crate::lesson::fields::{BANK, LESSON, QUESTION, TASK};
use crate::lesson::table::{ANY, Field, Shape};
use crate::lesson::{KINDS, QuestionKind};
use crate::output::screen::write_all;
use crate::text::Safe;

pub fn run(args: &SchemaArgs) -> Result<(), Error> {
    let (title, fields) = match args.format {
        Format::Lesson => ("A lesson of lab", LESSON),
        Format::Quiz => ("A question bank of lab", BANK),
        Format::Task => ("A task of lab", TASK),
    };
    let mut schema = object(&mut fields.iter(), None);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(title);
    write_all(&Safe::json_over_lines(&schema).map_err(|error| Error::Output(error.into()))?)
}

/// A table with these fields and no others: in a question, as far as its kind has them.
fn object(fields: &mut dyn Iterator<Item = &Field>, kind: Option<QuestionKind>) -> Value {
    let mut required = Vec::new();
    let mut properties = Map::new();
    for field in fields.filter(|field| field.counts(kind)) {
        let needed = field.is_needed(kind);
        required.extend(needed.then_some(field.name));
        let mut value = shape(field.shape, kind);
        value["description"] = json!(field.doc.trim());
        if let (true, Shape::Tables(..) | Shape::Questions(_)) = (needed, field.shape) {
            value["minItems"] = json!(1);
        }
        properties.insert(field.name.into(), value);
    }
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

fn question((name, kind): &(&str, QuestionKind)) -> Value {
    let mut question = object(&mut QUESTION.into_iter().flatten(), Some(*kind));
    question["title"] = json!(name);
    question["properties"]["kind"] = json!({ "const": name });
    question
}

fn names(table: &[Name]) -> Vec<&str> {
    table.iter().map(|row| row.name).collect()
}

fn one_or_more(item: &Value) -> Value {
    json!({ "oneOf": [item, { "type": "array", "items": item }] })
}

fn list(items: &Value, most: usize) -> Value {
    json!({ "type": "array", "maxItems": most, "items": items })
}

fn shape(shape: Shape, kind: Option<QuestionKind>) -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    match shape {
        Shape::Text => text,
        Shape::Word(most) => json!({ "type": "string", "pattern": format!("^[a-z0-9-]{{1,{most}}}$") }),
        Shape::Texts(ANY) => one_or_more(&text),
        Shape::Texts(most) => json!({ "oneOf": [text, list(&text, most)] }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Number(from, ANY) => json!({ "type": "integer", "minimum": from }),
        Shape::Number(from, to) if from == to => json!({ "const": from }),
        Shape::Number(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Shape::Numbers => json!({ "type": "array", "items": { "type": "integer", "minimum": 1 } }),
        Shape::Names(table) => one_or_more(&json!({ "enum": names(table) })),
        Shape::Facts(table) => {
            one_or_more(&json!({ "type": "string", "pattern": format!("^({})", names(table).join("|")) }))
        }
        Shape::Kind(kinds) => json!({ "enum": kinds.iter().map(|(name, _)| name).collect::<Vec<_>>() }),
        Shape::Part(parts) => json!({ "enum": parts.iter().map(|(name, _)| name).collect::<Vec<_>>() }),
        Shape::Limits(table) => {
            let row = |row: &Name| {
                (row.name.to_owned(), json!({ "type": "integer", "minimum": 0, "description": row.plain }))
            };
            let rows: Map<String, Value> = table.iter().map(row).collect();
            json!({ "type": "object", "additionalProperties": false, "properties": rows })
        }
        Shape::Users(users) => {
            let users: Vec<_> = users.iter().map(|(name, _)| name).collect();
            json!({ "type": "object", "additionalProperties": { "enum": users } })
        }
        Shape::Rows(fields) => {
            json!({ "type": "object", "minProperties": 1, "additionalProperties": object(&mut fields.iter(), kind) })
        }
        Shape::Table(fields) => object(&mut fields.iter(), kind),
        Shape::Tables(fields, most) => list(&object(&mut fields.iter(), kind), most),
        Shape::Questions(most) => {
            list(&json!({ "oneOf": KINDS.iter().map(question).collect::<Vec<_>>() }), most)
        }
    }
}
