//! Writing a conversation down, request by request.

use crate::generate::{Binding, Part, Stimulus, Symbol};
use crate::text::Node;
use crate::wire::request::Request;

/// A conversation that is being written.
#[derive(Debug, Default)]
pub(super) struct Talk {
    stimuli: Vec<Stimulus>,
    handles: u8,
}

impl Talk {
    /// The whole conversation.
    pub(super) fn into_stimuli(self) -> Vec<Stimulus> {
        self.stimuli
    }

    /// Opens a file and remembers the handle.
    pub(super) fn open(&mut self, path: &str, mode: Option<&str>) -> Symbol {
        self.handles += 1;
        let symbol = Symbol::Handle(self.handles);
        let mut stimulus = open(path, mode);
        stimulus.binding = Some(Binding { symbol, path: Vec::new() });
        self.stimuli.push(stimulus);
        symbol
    }

    /// Tries to open what cannot be opened.
    pub(super) fn open_in_vain(&mut self, path: &str, mode: Option<&str>) {
        self.stimuli.push(open(path, mode));
    }

    /// A request about a file.
    pub(super) fn on<const N: usize>(&mut self, file: Symbol, command: &str, arguments: [(&str, Node); N]) {
        // The handle is not known yet: the request is written around it.
        let mut before = br#"{"execute":"#.to_vec();
        before.extend(Node::string(command).to_bytes());
        before.extend_from_slice(br#","arguments":{"handle":"#);
        let mut behind = Vec::new();
        for (name, value) in arguments {
            behind.push(b',');
            behind.extend(Node::string(name).to_bytes());
            behind.push(b':');
            behind.extend(value.to_bytes());
        }
        behind.extend_from_slice(b"}}\n");
        let write = vec![Part::Bytes(before), Part::Hole(file), Part::Bytes(behind)];
        self.stimuli.push(Stimulus { writes: vec![write], binding: None });
    }
}

fn open(path: &str, mode: Option<&str>) -> Stimulus {
    let mut arguments = vec![("path", Node::string(path))];
    arguments.extend(mode.map(|mode| ("mode", Node::string(mode))));
    Stimulus::bytes(Request::new("guest-file-open").arguments(Node::object(arguments)).to_line())
}
