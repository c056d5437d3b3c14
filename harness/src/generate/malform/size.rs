//! Deep and long messages. All are right by their form; beyond what every agent must take the treatment is open.

use crate::generate::requests::is_carrier;
use crate::generate::variant::{Ground, Variant};
use crate::generate::{Effort, Purpose, Stimulus};
use crate::schema::Command;
use crate::text::Node;
use crate::wire::request::Request;

use Effort::{Full, Stress};
use Purpose::{Open, Valid};

/// A harmless request with an `id` of this size.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command.filter(|command| is_carrier(ground.schema, command)) else {
        return Vec::new();
    };
    let mut variants = Vec::new();
    // The message itself is one level more.
    for (depth, purpose, effort) in [
        (100, Valid, Full),
        (500, Valid, Full),
        (999, Valid, Full),
        (1000, Open, Stress),
        (1023, Open, Stress),
        (1024, Open, Stress),
        (2000, Open, Stress),
        (10_000, Open, Stress),
    ] {
        let size = (purpose, effort);
        variants.push(sized(command, format!("depth-{depth}"), size, move || arrays(depth)));
        variants.push(sized(command, format!("depth-objects-{depth}"), size, move || objects(depth)));
    }
    let long = |kibibytes: usize| move || Node::String("q".repeat(kibibytes << 10));
    variants.push(sized(command, "length-64-kib", (Valid, Full), long(64)));
    variants.push(sized(command, "length-1-mib", (Valid, Stress), long(1 << 10)));
    variants.push(sized(command, "length-4-mib", (Valid, Stress), long(4 << 10)));
    let items = |count: usize| move || Node::Array(vec![Node::Int(0); count]);
    variants.push(sized(command, "items-4096", (Valid, Full), items(4096)));
    variants.push(sized(command, "items-100000", (Valid, Stress), items(100_000)));
    variants.push(sized(command, "members-2000", (Valid, Full), || {
        Node::object((0..2000).map(|number| (number.to_string(), Node::Null)))
    }));
    let digits = || Node::Number(format!("1{}", "0".repeat(300)));
    variants.push(sized(command, "digits-301", (Valid, Full), digits));
    variants
}

fn sized<'a>(
    command: &'a Command,
    name: impl Into<String>,
    (purpose, effort): (Purpose, Effort),
    id: impl Fn() -> Node + 'a,
) -> Variant<'a> {
    Variant::new(name, purpose, move |_| {
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
