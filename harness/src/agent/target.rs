//! TARGET on the command line: where the agent is and how it is reached.

use std::path::PathBuf;

use crate::classify::Hazard;

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
    /// The built-in reference agent, in process and on virtual time, with these faults switched on.
    Reference {
        /// Names of faults.
        faults: Vec<String>,
    },
    /// A Unix socket on which an agent, or a hypervisor's channel to one, listens.
    Unix(PathBuf),
    /// `HOST:PORT`, with IPv6 addresses in brackets.
    Tcp(String),
    /// A program that is started for the run.
    Spawn(SpawnSpec),
}

/// A program to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpawnSpec {
    /// Program and arguments, with the place holders still in them.
    pub words: Vec<String>,
    /// How harness and program meet.
    pub meeting: Meeting,
}

/// How harness and spawned program meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// `{socket}`: the program listens on a Unix socket whose path it is given.
    Socket,
    /// `{stdio}`: the program speaks on its standard input and output.
    Stdio,
}

/// Why a TARGET could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The word before the colon, or the whole word, is unknown.
    #[error("unknown target `{0}`: expected `reference`, `unix:PATH`, `tcp:HOST:PORT` or `spawn:COMMAND`")]
    Unknown(String),
    /// Nothing follows the colon.
    #[error("target `{0}` lacks {1} after the colon")]
    Empty(String, &'static str),
    /// Not `HOST:PORT`.
    #[error("`{0}` is not HOST:PORT (an IPv6 address needs brackets, as in `tcp:[::1]:7000`)")]
    Address(String),
    /// The command has an open quote.
    #[error("the command `{0}` has an unclosed quote")]
    Quote(String),
    /// Neither or both place holders.
    #[error(
        "the command `{0}` must contain exactly one of the place holders `{{socket}}` (the agent listens on that path) and `{{stdio}}` (it speaks on its standard input and output)"
    )]
    Meeting(String),
}

impl TargetSpec {
    /// The reference agent with these faults.
    pub fn reference(faults: &[&str]) -> Self {
        let faults = faults.iter().map(ToString::to_string).collect();
        Self { text: "reference".to_owned(), kind: TargetKind::Reference { faults } }
    }

    /// Reads a TARGET.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let kind = match text.split_once(':') {
            None if text == "reference" => TargetKind::Reference { faults: Vec::new() },
            Some(("unix", "")) => return Err(TargetError::Empty(text.to_owned(), "a path")),
            Some(("unix", path)) => TargetKind::Unix(PathBuf::from(path)),
            Some(("tcp", address)) => TargetKind::Tcp(tcp_address(address)?),
            Some(("spawn", command)) => TargetKind::Spawn(spawn_spec(command)?),
            None | Some(_) => return Err(TargetError::Unknown(text.to_owned())),
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    /// The word for reports.
    pub const fn kind_name(&self) -> &'static str {
        match self.kind {
            TargetKind::Reference { .. } => "reference",
            TargetKind::Unix(_) => "unix",
            TargetKind::Tcp(_) => "tcp",
            TargetKind::Spawn(_) => "spawn",
        }
    }

    /// What is allowed unless the user says otherwise: an agent that we only attach to may belong to a real
    /// guest, one that we start runs on this machine, and the simulated guest is disposable.
    pub const fn default_hazard(&self) -> Hazard {
        match self.kind {
            TargetKind::Reference { .. } => Hazard::Power,
            TargetKind::Unix(_) | TargetKind::Tcp(_) => Hazard::Read,
            TargetKind::Spawn(_) => Hazard::Scratch,
        }
    }

    /// Whether the agent was there before us.
    pub const fn is_attached(&self) -> bool {
        matches!(self.kind, TargetKind::Unix(_) | TargetKind::Tcp(_))
    }
}

fn tcp_address(address: &str) -> Result<String, TargetError> {
    let error = || TargetError::Address(address.to_owned());
    let (host, port) = address.rsplit_once(':').ok_or_else(error)?;
    let bracketed = host.starts_with('[') && host.ends_with(']');
    let host_is_fine = !host.is_empty() && (bracketed || !host.contains(':'));
    if !host_is_fine || port.parse::<u16>().is_err() {
        return Err(error());
    }
    Ok(address.to_owned())
}

fn spawn_spec(command: &str) -> Result<SpawnSpec, TargetError> {
    let words = shell_words::split(command).map_err(|_| TargetError::Quote(command.to_owned()))?;
    if words.is_empty() {
        return Err(TargetError::Empty(format!("spawn:{command}"), "a command"));
    }
    let has = |holder: &str| words.iter().any(|word| word.contains(holder));
    let meeting = match (has("{socket}"), has("{stdio}")) {
        (true, false) => Meeting::Socket,
        (false, true) => Meeting::Stdio,
        (true, true) | (false, false) => return Err(TargetError::Meeting(command.to_owned())),
    };
    Ok(SpawnSpec { words, meeting })
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
        assert!(TargetSpec::parse("tcp:[::1]:5").is_ok());
    }
}
