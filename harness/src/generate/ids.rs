//! Values for the member `id`, one or more of each JSON type.

use crate::text::Node;

/// Values that must come back equal, each with its name in case IDs.
pub(super) fn ids() -> Vec<(&'static str, Node)> {
    let number = |spelling: &str| Node::Number(spelling.to_owned());
    vec![
        ("int", Node::Int(1_234_567)),
        ("zero", Node::Int(0)),
        ("negative", Node::Int(-1)),
        ("int64-min", Node::Int(i64::MIN.into())),
        ("int64-max", Node::Int(i64::MAX.into())),
        ("2-53-plus-1", Node::Int((1 << 53) + 1)),
        ("uint64-max", Node::Int(u64::MAX.into())),
        ("fraction", number("0.5")),
        ("tenth", number("0.1")),
        ("large", number("1e300")),
        ("string", Node::string("qgaspec")),
        ("string-empty", Node::string("")),
        ("string-numeric", Node::string("12")),
        ("string-unicode", Node::string("\u{e9}\u{4e2d}\u{1f600}\u{7f}")),
        ("string-escapes", Node::string("\"\\/\u{8}\u{c}\n\r\t\u{1b}")),
        ("string-nul", Node::string("a\0b")),
        ("string-long", Node::string("x".repeat(5000))),
        ("null", Node::Null),
        ("true", Node::Bool(true)),
        ("false", Node::Bool(false)),
        ("array-empty", Node::list([])),
        (
            "array",
            Node::list([Node::Int(1), Node::string("two"), Node::Null, Node::list([Node::Bool(false)])]),
        ),
        ("object-empty", Node::Object(Vec::new())),
        ("object", nested(false)),
        ("object-reordered", nested(true)),
        ("object-like-reply", Node::object([("return", Node::object([("id", Node::Int(1))]))])),
    ]
}

/// A short list of the above for requests that must be refused.
pub(super) fn few() -> Vec<(&'static str, Node)> {
    let wanted = ["int", "string-unicode", "null", "object", "uint64-max"];
    ids().into_iter().filter(|(name, _)| wanted.contains(name)).collect()
}

fn nested(reordered: bool) -> Node {
    let inner =
        Node::object([("b", Node::list([Node::Int(2), Node::Object(Vec::new())])), ("a", Node::Null)]);
    let mut members = vec![("z", Node::Int(1)), ("inner", inner), ("", Node::string("empty name"))];
    if reordered {
        members.reverse();
    }
    Node::object(members)
}
