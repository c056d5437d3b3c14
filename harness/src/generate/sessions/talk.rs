//! Writing a conversation down, request by request.

use crate::generate::{Binding, Part, Stimulus, Symbol, Takeover, Until};
use crate::text::Node;
use crate::wire::request::Request;

/// How often the end of a process is asked for; with the pauses between, several seconds.
const STATUS_TRIES: u16 = 200;

/// A conversation that is being written.
#[derive(Debug, Default)]
pub(super) struct Talk {
    stimuli: Vec<Stimulus>,
    handles: u8,
    pids: u8,
    is_taken_over: bool,
}

impl Talk {
    /// The whole conversation.
    pub(super) fn into_stimuli(self) -> Vec<Stimulus> {
        self.stimuli
    }

    /// Another client goes on from here.
    pub(super) fn take_over(&mut self) {
        self.is_taken_over = true;
    }

    fn push(&mut self, stimulus: Stimulus) {
        let is_taken_over = std::mem::take(&mut self.is_taken_over);
        self.stimuli.push(if is_taken_over { stimulus.after(Takeover::default()) } else { stimulus });
    }

    /// A request of whose reply nothing is needed.
    pub(super) fn ask<const N: usize>(&mut self, command: &str, arguments: [(&str, Node); N]) {
        self.push(request(command, arguments));
    }

    /// A request whose reply gives a value for later.
    pub(super) fn learn(&mut self, symbol: Symbol, command: &str) {
        let mut stimulus = request(command, []);
        stimulus.binding = Some(Binding { symbol, path: Vec::new() });
        self.push(stimulus);
    }

    /// A request with one argument that an earlier reply gave, and others that are known.
    pub(super) fn with<const N: usize>(
        &mut self,
        symbol: Symbol,
        argument: &str,
        command: &str,
        others: [(&str, Node); N],
    ) {
        self.push(around(symbol, argument, command, others));
    }

    /// A request whose arguments are written around a value that an earlier reply gave.
    pub(super) fn with_arguments(&mut self, command: &str, before: &str, symbol: Symbol, behind: &str) {
        self.stimuli.push(holed(command, before, symbol, behind));
    }

    /// Opens a file and remembers the handle.
    pub(super) fn open(&mut self, path: &str, mode: Option<&str>) -> Symbol {
        self.handles += 1;
        let symbol = Symbol::Handle(self.handles);
        let mut stimulus = open(path, mode);
        stimulus.binding = Some(Binding { symbol, path: Vec::new() });
        self.push(stimulus);
        symbol
    }

    /// Tries to open what cannot be opened.
    pub(super) fn open_in_vain(&mut self, path: &str, mode: Option<&str>) {
        self.push(open(path, mode));
    }

    /// A request about a file.
    pub(super) fn on<const N: usize>(&mut self, file: Symbol, command: &str, arguments: [(&str, Node); N]) {
        self.with(file, "handle", command, arguments);
    }

    /// Starts a program and remembers the process.
    pub(super) fn start<const N: usize>(&mut self, program: &str, others: [(&str, Node); N]) -> Symbol {
        self.pids += 1;
        let symbol = Symbol::Pid(self.pids);
        let arguments = [("path", Node::string(program))].into_iter().chain(others);
        let mut stimulus = request("guest-exec", arguments);
        stimulus.binding = Some(Binding { symbol, path: vec!["pid".to_owned()] });
        self.push(stimulus);
        symbol
    }

    /// Asks once how the process is.
    pub(super) fn status(&mut self, process: Symbol) {
        self.push(around(process, "pid", "guest-exec-status", []));
    }

    /// Asks how the process is until it has ended.
    pub(super) fn wait(&mut self, process: Symbol) {
        let mut stimulus = around(process, "pid", "guest-exec-status", []);
        stimulus.until = Some(Until { member: "exited", tries: STATUS_TRIES });
        self.push(stimulus);
    }
}

fn request<'a>(command: &str, arguments: impl IntoIterator<Item = (&'a str, Node)>) -> Stimulus {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let mut request = Request::new(command);
    if !arguments.is_empty() {
        request = request.arguments(Node::object(arguments));
    }
    Stimulus::bytes(request.to_line())
}

/// A request written around a value that is not known yet.
fn around<const N: usize>(
    symbol: Symbol,
    argument: &str,
    command: &str,
    others: [(&str, Node); N],
) -> Stimulus {
    let text = |node: Node| String::from_utf8_lossy(&node.to_bytes()).into_owned();
    let name = |name: &str| format!("{}:", text(Node::string(name)));
    let others = others.map(|(other, value)| format!(",{}{}", name(other), text(value)));
    holed(command, &name(argument), symbol, &others.concat())
}

/// A request whose arguments begin and end with these texts, without the braces, and have a value between that is not
/// known yet.
fn holed(command: &str, before: &str, symbol: Symbol, behind: &str) -> Stimulus {
    let before = format!(r#"{{"execute":"{command}","arguments":{{{before}"#).into_bytes();
    let behind = format!("{behind}}}}}\n").into_bytes();
    Stimulus::writes(vec![vec![Part::Bytes(before), Part::Hole(symbol), Part::Bytes(behind)]])
}

fn open(path: &str, mode: Option<&str>) -> Stimulus {
    let path = [("path", Node::string(path))];
    request("guest-file-open", path.into_iter().chain(mode.map(|mode| ("mode", Node::string(mode)))))
}
