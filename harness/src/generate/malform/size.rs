//! Deep and long messages. Each is valid by its form; beyond what every agent must take the treatment is open.

use crate::generate::requests::is_carrier;
use crate::generate::variant::{Ground, Variant};
use crate::generate::{Effort, Purpose, Stimulus};
use crate::schema::Command;
use crate::text::Node;
use crate::wire::request::Request;

/// A harmless request with an `id` of this size.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command.filter(|command| is_carrier(ground.schema, command)) else {
        return Vec::new();
    };
    let mut variants = Vec::new();
    for depth in [100, 500, 1000] {
        variants.push(sized(command, format!("depth-{depth}"), Effort::Full, move || arrays(depth)));
        variants.push(sized(command, format!("depth-objects-{depth}"), Effort::Full, move || objects(depth)));
    }
    for depth in [1025, 2000, 10_000] {
        variants.push(sized(command, format!("depth-{depth}"), Effort::Stress, move || arrays(depth)));
        variants
            .push(sized(command, format!("depth-objects-{depth}"), Effort::Stress, move || objects(depth)));
    }
    let long = |kibibytes: usize| move || Node::String("q".repeat(kibibytes << 10));
    variants.push(sized(command, "length-64-kib", Effort::Full, long(64)));
    variants.push(sized(command, "length-1-mib", Effort::Stress, long(1 << 10)));
    variants.push(sized(command, "length-4-mib", Effort::Stress, long(4 << 10)));
    let items = |count: usize| move || Node::Array(vec![Node::Int(0); count]);
    variants.push(sized(command, "items-4096", Effort::Full, items(4096)));
    variants.push(sized(command, "items-100000", Effort::Stress, items(100_000)));
    variants.push(sized(command, "members-4096", Effort::Full, || {
        Node::object((0..4096).map(|number| (number.to_string(), Node::Null)))
    }));
    let digits = || Node::Number(format!("1{}", "0".repeat(1000)));
    variants.push(sized(command, "digits-1001", Effort::Full, digits));
    variants
}

fn sized<'a>(
    command: &'a Command,
    name: impl Into<String>,
    effort: Effort,
    id: impl Fn() -> Node + 'a,
) -> Variant<'a> {
    Variant::new(name, Purpose::Open, move |_| {
        let request = Request::new(&command.name).id(id());
        Some(vec![Stimulus::bytes(request.to_line())])
    })
    .effort(effort)
}

fn arrays(depth: usize) -> Node {
    Node::Raw(["[".repeat(depth), "]".repeat(depth)].concat().into_bytes())
}

fn objects(depth: usize) -> Node {
    Node::Raw([r#"{"a":"#.repeat(depth), "0".to_owned(), "}".repeat(depth)].concat().into_bytes())
}
