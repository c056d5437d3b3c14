//! TARGET on the command line: where the agent is and how it is reached.

use std::num::NonZeroU16;
use std::path::PathBuf;

use crate::classify::Hazard;
use crate::schema::{Schema, builtin};

use super::reference::{fault, variant};
use super::sandbox::{Guest, Variation};

/// Where distributions put the real agent.
const QEMU_GA: &str = "/usr/sbin/qemu-ga";

/// An agent to be tested, as it was named.
#[derive(Clone, Debug)]
pub struct TargetSpec {
    /// The words of the command line.
    pub text: String,
    /// What they mean.
    pub kind: TargetKind,
}

/// How the agent is reached.
#[derive(Clone, Debug)]
pub enum TargetKind {
    /// The built-in reference agent, in process and on virtual time.
    Reference {
        /// Names of the faults and variants that are switched on.
        quirks: Vec<String>,
        /// The schema that it follows.
        schema: &'static Schema,
    },
    /// A Unix socket on which an agent, or a hypervisor's channel to one, listens.
    Unix(PathBuf),
    /// `HOST:PORT`, with IPv6 addresses in brackets.
    Tcp(String),
    /// A character device: a pty, a serial line, a virtio port.
    Device(PathBuf),
    /// We listen, and the agent or a hypervisor's channel to one connects.
    Listen(ListenAddress),
    /// A program that is started for the run.
    Spawn(SpawnSpec),
    /// The real `qemu-ga`, which never runs outside the sandbox.
    QemuGa(SpawnSpec),
}

/// Where we listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// A path that is free, or where nobody listens any more.
    Unix(PathBuf),
    /// `HOST:PORT`, with IPv6 addresses in brackets.
    Tcp(String),
}

/// A program to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpawnSpec {
    /// Program and arguments, with the place holders still in them.
    pub words: Vec<String>,
    /// How harness and program meet.
    pub meeting: Meeting,
    /// The guest that the sandbox plays, if the program runs in it.
    pub sandbox: Option<Box<Guest>>,
}

/// How harness and spawned program meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// `{socket}`: the program listens on a Unix socket whose path it is given.
    Socket,
    /// `{device}`: the program opens a pty of ours as if it were a virtio port.
    Device,
    /// `{port}`: the program listens on a TCP port of 127.0.0.1 that it is given.
    Port,
    /// `{stdio}`: the program speaks on its standard input and output.
    Stdio,
}

/// Why a TARGET could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The word before the colon, or the whole word, is unknown.
    #[error(
        "unknown target `{0}`: expected `reference`, `reference:FAULT`, `unix:PATH`, `tcp:HOST:PORT`, `listen:unix:PATH`, `listen:tcp:HOST:PORT`, `char:DEVICE`, `spawn:COMMAND`, `qemu-ga` or `qemu-ga:PATH`"
    )]
    Unknown(String),
    /// Nothing follows the colon.
    #[error("target `{0}` lacks {1} after the colon")]
    Empty(String, &'static str),
    /// No fault and no variant of the reference agent.
    #[error("the reference agent has no fault and no variant `{0}` (see `qgaspec agent --list-faults`)")]
    Quirk(String),
    /// Not `HOST:PORT`.
    #[error("`{0}` is not HOST:PORT (an IPv6 address needs brackets, as in `tcp:[::1]:7000`)")]
    Address(String),
    /// The command has an open quote.
    #[error("the command `{0}` has an unclosed quote")]
    Quote(String),
    /// No place holder, or several.
    #[error(
        "the command `{0}` must contain exactly one of the place holders `{{socket}}` (the agent listens on that path), `{{device}}` (it opens that character device), `{{port}}` (it listens on that TCP port of 127.0.0.1) and `{{stdio}}` (it speaks on its standard input and output)"
    )]
    Meeting(String),
    /// The target is not ours to put into a sandbox.
    #[error("target `{0}` cannot be put into the sandbox: only an agent that is started for the run can")]
    Sandbox(String),
    /// A port inside the sandbox cannot be reached from outside.
    #[error(
        "the command `{0}` cannot use `{{port}}` in the sandbox, which has a network of its own; let the agent use `{{socket}}`, `{{device}}` or `{{stdio}}`"
    )]
    SandboxedPort(String),
}

impl TargetSpec {
    /// The reference agent with these faults and variants.
    pub fn reference(quirks: &[&str]) -> Self {
        let text = if quirks.is_empty() { String::new() } else { format!(":{}", quirks.join(",")) };
        let quirks = quirks.iter().map(ToString::to_string).collect();
        Self { text: format!("reference{text}"), kind: reference(quirks) }
    }

    /// The same, but if it is the reference agent, one that follows this schema.
    #[must_use]
    pub fn following(self, followed: &'static Schema) -> Self {
        match self.kind {
            TargetKind::Reference { quirks, schema: _ } => {
                Self { kind: TargetKind::Reference { quirks, schema: followed }, ..self }
            }
            _ => self,
        }
    }

    /// Reads a TARGET.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let kind = match text.split_once(':') {
            None if text == "reference" => reference(Vec::new()),
            Some(("reference", names)) => reference(quirks(names)?),
            Some(("unix" | "qemu-ga", "")) => return Err(TargetError::Empty(text.to_owned(), "a path")),
            Some(("unix", path)) => TargetKind::Unix(PathBuf::from(path)),
            Some(("tcp", address)) => TargetKind::Tcp(tcp_address(address)?),
            Some(("char", "")) => return Err(TargetError::Empty(text.to_owned(), "a device")),
            Some(("char", device)) => TargetKind::Device(PathBuf::from(device)),
            Some(("listen", address)) => TargetKind::Listen(listen_address(text, address)?),
            Some(("spawn", command)) => TargetKind::Spawn(spawn_spec(command)?),
            None if text == "qemu-ga" => TargetKind::QemuGa(qemu_ga(QEMU_GA, Guest::default())),
            Some(("qemu-ga", path)) => TargetKind::QemuGa(qemu_ga(path, Guest::default())),
            None | Some(_) => return Err(TargetError::Unknown(text.to_owned())),
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    /// The same agent in a sandbox that plays this guest.
    pub fn sandboxed(self, guest: Guest) -> Result<Self, TargetError> {
        let Self { text, kind } = self;
        let kind = match kind {
            TargetKind::Spawn(spawn) if spawn.meeting == Meeting::Port => {
                return Err(TargetError::SandboxedPort(text));
            }
            TargetKind::Spawn(spawn) => {
                TargetKind::Spawn(SpawnSpec { sandbox: Some(Box::new(guest)), ..spawn })
            }
            TargetKind::QemuGa(spawn) => TargetKind::QemuGa(qemu_ga(&spawn.words[0], guest)),
            TargetKind::Reference { .. }
            | TargetKind::Unix(_)
            | TargetKind::Tcp(_)
            | TargetKind::Device(_)
            | TargetKind::Listen(_) => return Err(TargetError::Sandbox(text)),
        };
        Ok(Self { text, kind })
    }

    /// The guests that the sandbox can play around this agent, the usual one first. Outside of a sandbox there are
    /// none, and a guest that was made to measure is played alone.
    pub fn variations(&self) -> Vec<Variation> {
        let (TargetKind::Spawn(spawn) | TargetKind::QemuGa(spawn)) = &self.kind else { return Vec::new() };
        if spawn.sandbox.as_deref().and_then(Variation::of) != Some(Variation::Usual) {
            return Vec::new();
        }
        let is_real = matches!(self.kind, TargetKind::QemuGa(_));
        Variation::ALL.into_iter().filter(|variation| is_real || !variation.needs_qemu_ga()).collect()
    }

    /// The same agent in another guest, if the sandbox can play it around this agent.
    #[must_use]
    pub fn varied(&self, variation: Variation) -> Self {
        let mut varied = self.clone();
        if self.variations().contains(&variation) {
            match &mut varied.kind {
                TargetKind::Spawn(spawn) => spawn.sandbox = Some(Box::new(variation.guest())),
                TargetKind::QemuGa(spawn) => *spawn = qemu_ga(&spawn.words[0], variation.guest()),
                TargetKind::Reference { .. }
                | TargetKind::Unix(_)
                | TargetKind::Tcp(_)
                | TargetKind::Device(_)
                | TargetKind::Listen(_) => {}
            }
        }
        varied
    }

    /// The word for reports.
    pub const fn kind_name(&self) -> &'static str {
        match self.kind {
            TargetKind::Reference { .. } => "reference",
            TargetKind::Unix(_) => "unix",
            TargetKind::Tcp(_) => "tcp",
            TargetKind::Device(_) => "char",
            TargetKind::Listen(_) => "listen",
            TargetKind::Spawn(_) => "spawn",
            TargetKind::QemuGa(_) => "qemu-ga",
        }
    }

    /// What is allowed unless the user says otherwise: an agent that we only attach to may belong to a real
    /// guest, one that we start runs on this machine, and sandbox and simulated guest are disposable.
    pub const fn default_hazard(&self) -> Hazard {
        match &self.kind {
            TargetKind::Unix(_) | TargetKind::Tcp(_) | TargetKind::Device(_) | TargetKind::Listen(_) => {
                Hazard::Read
            }
            TargetKind::Spawn(SpawnSpec { sandbox: None, .. }) => Hazard::Scratch,
            TargetKind::Reference { .. } | TargetKind::Spawn(_) | TargetKind::QemuGa(_) => Hazard::Power,
        }
    }

    /// Whether the guest is ours to break: simulated, or in the sandbox.
    pub const fn is_disposable(&self) -> bool {
        matches!(self.default_hazard(), Hazard::Power)
    }

    /// Whether the agent was there before us.
    pub const fn is_attached(&self) -> bool {
        match self.kind {
            TargetKind::Unix(_) | TargetKind::Tcp(_) | TargetKind::Device(_) | TargetKind::Listen(_) => true,
            TargetKind::Reference { .. } | TargetKind::Spawn(_) | TargetKind::QemuGa(_) => false,
        }
    }
}

fn reference(quirks: Vec<String>) -> TargetKind {
    TargetKind::Reference { quirks, schema: builtin::seed() }
}

fn quirks(names: &str) -> Result<Vec<String>, TargetError> {
    let known = |name: &str| fault::by_name(name).is_some() || variant::by_name(name).is_some();
    names
        .split(',')
        .map(|name| if known(name) { Ok(name.to_owned()) } else { Err(TargetError::Quirk(name.to_owned())) })
        .collect()
}

fn tcp_address(address: &str) -> Result<String, TargetError> {
    let error = || TargetError::Address(address.to_owned());
    let (host, port) = address.rsplit_once(':').ok_or_else(error)?;
    let bracketed = host.starts_with('[') && host.ends_with(']');
    let host_is_fine = !host.is_empty() && (bracketed || !host.contains(':'));
    if !host_is_fine || port.parse::<NonZeroU16>().is_err() {
        return Err(error());
    }
    Ok(address.to_owned())
}

fn spawn_spec(command: &str) -> Result<SpawnSpec, TargetError> {
    let words = shell_words::split(command).map_err(|_| TargetError::Quote(command.to_owned()))?;
    if words.is_empty() {
        return Err(TargetError::Empty(format!("spawn:{command}"), "a command"));
    }
    let holders = [
        ("{socket}", Meeting::Socket),
        ("{device}", Meeting::Device),
        ("{port}", Meeting::Port),
        ("{stdio}", Meeting::Stdio),
    ];
    let mut found = holders.iter().filter(|(holder, _)| words.iter().any(|word| word.contains(holder)));
    let (Some((_, meeting)), None) = (found.next(), found.next()) else {
        return Err(TargetError::Meeting(command.to_owned()));
    };
    Ok(SpawnSpec { words, meeting: *meeting, sandbox: None })
}

fn listen_address(text: &str, address: &str) -> Result<ListenAddress, TargetError> {
    match address.split_once(':') {
        Some(("unix", "")) => Err(TargetError::Empty(text.to_owned(), "a path")),
        Some(("unix", path)) => Ok(ListenAddress::Unix(PathBuf::from(path))),
        Some(("tcp", address)) => Ok(ListenAddress::Tcp(tcp_address(address)?)),
        None | Some(_) => Err(TargetError::Unknown(text.to_owned())),
    }
}

/// The real agent's command line. Its state goes into the folder that it is started in.
fn qemu_ga(path: &str, guest: Guest) -> SpawnSpec {
    let mut words = [path, "-m", "unix-listen", "-p", "{socket}", "-t", "."].map(str::to_owned).to_vec();
    if !guest.blocked.is_empty() {
        words.extend(["-b".to_owned(), guest.blocked.join(",")]);
    }
    SpawnSpec { words, meeting: Meeting::Socket, sandbox: Some(Box::new(guest)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_split_like_a_shell_does_without_expansion() {
        let spec = TargetSpec::parse("spawn:my-agent --path '{socket}' \"a b\" $HOME").unwrap();
        let TargetKind::Spawn(spawn) = spec.kind else { panic!("not a spawn target") };
        assert_eq!(spawn.words, ["my-agent", "--path", "{socket}", "a b", "$HOME"]);
        assert_eq!(spawn.meeting, Meeting::Socket);
    }

    #[test]
    fn bad_targets_say_what_is_wrong() {
        let error = |text: &str| TargetSpec::parse(text).unwrap_err().to_string();
        assert!(error("").contains("unknown target"));
        assert!(error("unix:").contains("lacks a path"));
        assert!(error("tcp:::1:5").contains("brackets"));
        assert!(error("tcp:host:99999").contains("HOST:PORT"));
        assert!(error("spawn:").contains("lacks a command"));
        assert!(error("spawn:a 'b").contains("unclosed quote"));
        assert!(error("spawn:a b").contains("{socket}"));
        assert!(error("spawn:a {port} {device}").contains("exactly one"));
        assert!(error("listen:5").contains("unknown target"));
        assert!(error("listen:unix:").contains("lacks a path"));
        assert!(error("listen:tcp:localhost:0").contains("HOST:PORT"));
        assert!(error("char:").contains("lacks a device"));
        assert!(error("qemu-ga:").contains("lacks a path"));
        assert!(TargetSpec::parse("tcp:[::1]:5").is_ok());
    }

    #[test]
    fn only_what_we_start_can_be_sandboxed() {
        let sandboxed = |text| TargetSpec::parse(text).unwrap().sandboxed(Guest::default());
        assert_eq!(sandboxed("spawn:agent {device}").unwrap().default_hazard(), Hazard::Power);
        assert!(matches!(sandboxed("spawn:agent {port}"), Err(TargetError::SandboxedPort(_))));
        assert!(matches!(sandboxed("char:/dev/ttyS0"), Err(TargetError::Sandbox(_))));
    }

    #[test]
    fn guests_vary_in_the_sandbox_only() {
        let spawned = TargetSpec::parse("spawn:agent {device}").unwrap();
        assert_eq!(spawned.variations(), []);
        let sandboxed = spawned.sandboxed(Guest::default()).unwrap();
        assert!(sandboxed.variations().contains(&Variation::West));
        assert!(!sandboxed.variations().contains(&Variation::Frozen));
        let real = TargetSpec::parse("qemu-ga").unwrap();
        assert_eq!(real.variations(), Variation::ALL);
        let TargetKind::QemuGa(spawn) = real.varied(Variation::Blocked).kind else { panic!("another agent") };
        assert!(spawn.words.contains(&"-b".to_owned()), "{spawn:?}");
        let made_to_measure = Guest { host_name: "other".to_owned(), ..Guest::default() };
        assert_eq!(real.sandboxed(made_to_measure).unwrap().variations(), []);
    }

    #[test]
    fn the_real_agent_is_told_what_the_guest_blocks() {
        let guest =
            Guest { blocked: vec!["guest-exec".to_owned(), "guest-shutdown".to_owned()], ..Guest::default() };
        let spec = TargetSpec::parse("qemu-ga:/opt/qemu-ga").unwrap().sandboxed(guest).unwrap();
        let TargetKind::QemuGa(spawn) = spec.kind else { panic!("not the real agent") };
        assert_eq!(
            spawn.words.join(" "),
            "/opt/qemu-ga -m unix-listen -p {socket} -t . -b guest-exec,guest-shutdown"
        );
    }
}
