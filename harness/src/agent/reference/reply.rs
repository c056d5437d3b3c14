//! Replies: what they consist of and how they are written.

use super::dispatch::Failure;
use super::fault::Context;
use crate::text::{Json, Node, Style};
use crate::wire::DELIMITER;

/// The reply to a command that was executed.
pub(super) fn success(result: Node, id: Option<&Json<'_>>) -> Node {
    with_id(("return", result), id)
}

/// The reply to everything else.
pub(super) fn error(failure: Failure, id: Option<&Json<'_>>) -> Node {
    let object = Node::object([("class", failure.class.name().into()), ("desc", failure.desc.into())]);
    with_id(("error", object), id)
}

fn with_id(outcome: (&'static str, Node), id: Option<&Json<'_>>) -> Node {
    Node::object([outcome].into_iter().chain(id.map(|id| ("id", Node::from_json(id)))))
}

/// The line of a reply, with the delimiter where it belongs.
pub(super) fn write(context: &Context<'_>, reply: &Node, style: &Style) -> Vec<u8> {
    let mut line = Vec::new();
    if context.succeeded("guest-sync-delimited") {
        line.push(DELIMITER);
    }
    reply.write(style, &mut line);
    line.push(b'\n');
    line
}
