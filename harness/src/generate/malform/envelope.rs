//! Wrong envelopes: messages that are no object, and objects whose top-level members are wrong.

use crate::generate::ids::few;
use crate::generate::requests::{is_carrier, minimal};
use crate::generate::variant::{Ground, Variant};
use crate::generate::vocabulary::STRANGER;
use crate::generate::{Effort, Purpose, Stimulus};
use crate::schema::{Command, Schema};
use crate::text::{Node, Style};
use crate::wire::request::Request;

/// Without a command, what lacks one; with a command, what is wrong around it.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    match command {
        None => no_objects(ground.schema).into_iter().chain(no_execute()).chain(wrong_execute()).collect(),
        Some(command) => {
            let mut variants = around(ground, command);
            if is_carrier(ground.schema, command) {
                variants.extend(around_carrier(command));
            }
            variants
        }
    }
}

fn line(name: impl Into<String>, node: &Node) -> Variant<'static> {
    let mut bytes = node.to_bytes();
    bytes.push(b'\n');
    Variant::bytes(name, Purpose::Invalid, bytes)
}

fn no_objects(schema: &Schema) -> Vec<Variant<'static>> {
    let mut nodes = vec![
        ("null", Node::Null),
        ("true", Node::Bool(true)),
        ("false", Node::Bool(false)),
        ("number", Node::Int(12)),
        ("negative", Node::Int(-7)),
        ("number-exponent", Node::Number("-1.5e-3".to_owned())),
        ("string", Node::string("qgaspec")),
        ("string-empty", Node::string("")),
        ("array", Node::list([])),
        ("array-of-arrays", Node::list([Node::list([]), Node::list([Node::list([])])])),
        ("array-of-objects", Node::list([Node::Object(Vec::new()), Node::Object(Vec::new())])),
    ];
    if let Some(carrier) = schema.commands().iter().find(|command| is_carrier(schema, command)) {
        let request = Request::new(&carrier.name);
        nodes.push(("array-of-request", Node::list([request.clone().id(Node::Int(1)).to_node()])));
        nodes.push(("array-of-requests", Node::list([request.to_node(), request.to_node()])));
        nodes.push((
            "string-of-request",
            Node::string(String::from_utf8_lossy(&request.to_bytes(&Style::COMPACT))),
        ));
        nodes.push(("name-alone", Node::string(&carrier.name)));
    }
    nodes
        .into_iter()
        .map(|(name, node)| line(format!("no-object-{name}"), &node).effort(Effort::Quick))
        .collect()
}

fn no_execute() -> Vec<Variant<'static>> {
    let empty = || Node::Object(Vec::new());
    let mut variants = vec![
        line("no-execute", &empty()).effort(Effort::Quick),
        line("no-execute-arguments", &Node::object([("arguments", empty())])),
        line("no-execute-upper-case", &Node::object([("Execute", Node::string(STRANGER))])),
        line("no-execute-exec-oob", &Node::object([("exec-oob", Node::string(STRANGER))])),
        line("no-execute-error", &Node::object([("error", empty())])),
        line("no-execute-return", &Node::object([("return", empty()), ("id", Node::Int(1))])),
    ];
    variants.extend(few().into_iter().map(|(name, id)| {
        let node = Node::object([("id", id), ("arguments", empty())]);
        line(format!("no-execute-id-{name}"), &node)
    }));
    variants
}

fn wrong_execute() -> Vec<Variant<'static>> {
    let mut variants = Vec::new();
    for (name, value) in not_text() {
        let node = Node::object([("execute", value.clone())]);
        variants.push(line(format!("execute-{name}"), &node).effort(Effort::Quick));
        let node =
            Node::object([("execute", value), ("id", Node::object([("execute", Node::string(STRANGER))]))]);
        variants.push(line(format!("execute-{name}-id"), &node));
    }
    variants
}

fn not_text() -> Vec<(&'static str, Node)> {
    vec![
        ("null", Node::Null),
        ("true", Node::Bool(true)),
        ("number", Node::Int(1)),
        ("array", Node::list([Node::string(STRANGER)])),
        ("object", Node::object([("execute", Node::string(STRANGER))])),
    ]
}

fn not_object() -> Vec<(&'static str, Node)> {
    vec![
        ("null", Node::Null),
        ("true", Node::Bool(true)),
        ("false", Node::Bool(false)),
        ("number", Node::Int(-1)),
        ("string", Node::string("{}")),
        ("string-empty", Node::string("")),
        ("array", Node::list([])),
        ("array-of-object", Node::list([Node::Object(Vec::new())])),
    ]
}

/// Wrong `arguments` and a stranger, around any command.
fn around<'a>(ground: Ground<'a>, command: &'a Command) -> Vec<Variant<'a>> {
    let mut variants = Vec::new();
    for (name, value) in not_object() {
        let request = Request::new(&command.name).arguments(value);
        let quick = matches!(name, "null" | "array");
        let variant = Variant::request(format!("arguments-{name}"), Purpose::Invalid, &request);
        variants.push(variant.quick_if(quick));
    }
    for (name, key, purpose) in [
        ("unknown-member", "qgaspec-unknown", Purpose::Invalid),
        ("downstream-member", "__invalid.qgaspec_unknown", Purpose::Open),
    ] {
        variants.push(Variant::new(name, purpose, move |draw| {
            Some(vec![with_stranger(&minimal(ground, command, draw)?, key, Node::Int(1))])
        }));
    }
    variants
}

fn with_stranger(request: &Request, key: &str, value: Node) -> Stimulus {
    let mut node = request.to_node();
    if let Node::Object(members) = &mut node {
        members.push((Node::string(key), value));
    }
    let mut bytes = node.to_bytes();
    bytes.push(b'\n');
    Stimulus::bytes(bytes)
}

/// All strangers and `id`s, around one harmless command.
fn around_carrier(command: &Command) -> Vec<Variant<'static>> {
    let request = Request::new(&command.name);
    let mut variants = Vec::new();
    let strangers = [
        ("exec-oob", "exec-oob", Node::string(&command.name)),
        ("upper-case", "Execute", Node::string(&command.name)),
        ("control", "control", Node::Object(Vec::new())),
        ("return", "return", Node::Object(Vec::new())),
        ("error", "error", Node::Object(Vec::new())),
        ("event", "event", Node::string("qgaspec")),
        ("empty-name", "", Node::Null),
        ("argument", "argument", Node::Object(Vec::new())),
        ("upper-case-id", "ID", Node::Int(1)),
        ("null", "qgaspec-unknown", Node::Null),
        ("object", "qgaspec-unknown", Node::object([("id", Node::Int(2))])),
    ];
    for (name, key, value) in strangers {
        let mut node = request.to_node();
        if let Node::Object(members) = &mut node {
            members.insert(0, (Node::string(key), value));
        }
        variants.push(line(format!("unknown-member-{name}"), &node).effort(Effort::Quick));
    }
    for (name, id) in few() {
        let wrong = request.clone().arguments(Node::list([])).id(id.clone());
        variants.push(Variant::request(format!("arguments-array-id-{name}"), Purpose::Invalid, &wrong));
        let Node::Object(mut members) = request.clone().id(id).to_node() else { continue };
        members.push((Node::string("qgaspec-unknown"), Node::Int(1)));
        variants.push(line(format!("unknown-member-id-{name}"), &Node::Object(members)));
    }
    variants
}
