//! Requests as the harness writes them.

use crate::text::{Node, Style};

/// A request that is well-formed by construction; for anything else write bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Name of the command.
    pub execute: String,
    /// Its arguments; `None` leaves the member out.
    pub arguments: Option<Node>,
    /// The value to be echoed; `None` leaves the member out.
    pub id: Option<Node>,
}

impl Request {
    /// A request without arguments and id.
    pub fn new(execute: impl Into<String>) -> Self {
        Self { execute: execute.into(), arguments: None, id: None }
    }

    /// With these arguments.
    #[must_use]
    pub fn arguments(mut self, arguments: Node) -> Self {
        self.arguments = Some(arguments);
        self
    }

    /// With this id.
    #[must_use]
    pub fn id(mut self, id: Node) -> Self {
        self.id = Some(id);
        self
    }

    /// The request as a tree, members in the customary order.
    pub fn to_node(&self) -> Node {
        let mut members = vec![("execute", Node::string(&self.execute))];
        members.extend(self.arguments.clone().map(|arguments| ("arguments", arguments)));
        members.extend(self.id.clone().map(|id| ("id", id)));
        Node::object(members)
    }

    /// The request in this style, without a line end.
    pub fn to_bytes(&self, style: &Style) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.to_node().write(style, &mut bytes);
        bytes
    }

    /// The request in compact form with a line end: what a client would send.
    pub fn to_line(&self) -> Vec<u8> {
        let mut bytes = self.to_bytes(&Style::COMPACT);
        bytes.push(b'\n');
        bytes
    }
}
