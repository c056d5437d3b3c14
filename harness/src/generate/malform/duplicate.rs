//! The same member twice in one object: open, wherever it is.

use crate::generate::requests::{is_carrier, is_sync};
use crate::generate::variant::{Ground, Variant};
use crate::generate::{Effort, Purpose};
use crate::schema::Command;
use crate::text::Node;

/// Harmless requests in which a member occurs twice. Both times the value is harmless, whichever counts.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command else { return Vec::new() };
    let execute = || ("execute", Node::string(&command.name));
    let empty = || ("arguments", Node::Object(Vec::new()));
    let id = |value: i128| ("id", Node::Int(value));
    let objects = if is_carrier(ground.schema, command) {
        vec![
            ("execute", vec![execute(), execute()]),
            ("arguments", vec![execute(), empty(), empty()]),
            ("id", vec![execute(), id(1), id(2)]),
            ("id-same", vec![execute(), id(3), id(3)]),
            ("all", vec![id(4), execute(), empty(), id(4), execute(), empty()]),
            ("nested", vec![execute(), ("id", Node::object([("a", Node::Int(1)), ("a", Node::Int(2))]))]),
            ("nested-empty", vec![execute(), ("id", Node::object([("", Node::Null), ("", Node::Null)]))]),
        ]
    } else if is_sync(ground.schema, command) {
        vec![
            ("argument", vec![execute(), ("arguments", Node::object([id(5), id(6)]))]),
            ("argument-same", vec![execute(), ("arguments", Node::object([id(7), id(7)]))]),
            (
                "arguments-differ",
                vec![execute(), ("arguments", Node::object([id(8)])), ("arguments", Node::object([id(9)]))],
            ),
        ]
    } else {
        Vec::new()
    };
    let mut variants = Vec::new();
    for (name, members) in objects {
        let mut bytes = Node::object(members).to_bytes();
        bytes.push(b'\n');
        variants
            .push(Variant::bytes(format!("duplicate-{name}"), Purpose::Open, bytes).effort(Effort::Quick));
    }
    variants
}
