//! Requests around values that are known only during the run.

use crate::text::Node;

use super::{Binding, Part, Stimulus, Symbol};

/// The value of an argument.
#[derive(Clone, Debug)]
pub(super) enum Given {
    /// It is known.
    Known(Node),
    /// An earlier reply gives it.
    Later(Symbol),
}

impl From<Node> for Given {
    fn from(node: Node) -> Self {
        Self::Known(node)
    }
}

impl From<Symbol> for Given {
    fn from(symbol: Symbol) -> Self {
        Self::Later(symbol)
    }
}

/// A request on a line of its own.
pub(super) fn compose<'n>(command: &str, arguments: impl IntoIterator<Item = (&'n str, Given)>) -> Stimulus {
    let mut parts = Vec::new();
    let mut bytes = br#"{"execute":"#.to_vec();
    bytes.extend(Node::string(command).to_bytes());
    let mut separator: &[u8] = br#","arguments":{"#;
    let mut closer: &[u8] = b"}\n";
    for (name, value) in arguments {
        bytes.extend_from_slice(separator);
        (separator, closer) = (b",", b"}}\n");
        bytes.extend(Node::string(name).to_bytes());
        bytes.push(b':');
        match value {
            Given::Known(node) => bytes.extend(node.to_bytes()),
            Given::Later(symbol) => {
                parts.push(Part::Bytes(std::mem::take(&mut bytes)));
                parts.push(Part::Hole(symbol));
            }
        }
    }
    bytes.extend_from_slice(closer);
    parts.push(Part::Bytes(bytes));
    Stimulus::writes(vec![parts])
}

/// The same request, of whose reply this is remembered.
pub(super) fn binding(mut stimulus: Stimulus, symbol: Symbol, path: &[&str]) -> Stimulus {
    let path = path.iter().map(ToString::to_string).collect();
    stimulus.binding = Some(Binding { symbol, path });
    stimulus
}
