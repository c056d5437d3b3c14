//! Ways to an agent: sockets, spawned programs, and the reference agent in process.
//!
//! An endpoint makes links; what travels on them is the session's business. Only the session may write to a
//! link, and it writes only what the hazard gate has cleared.

mod device;
mod in_process;
mod listen;
mod process;
mod spawn;

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, sleep};

use crate::wire::{AgentExit, Facts, FakeCall};

use super::sandbox::SandboxError;
use super::surroundings::Surroundings;
use super::target::{TargetKind, TargetSpec};
use device::Device;
use in_process::InProcess;
pub(super) use in_process::SCRATCH as REFERENCE_SCRATCH;
use listen::Listening;
use spawn::Spawned;

/// How often a connection is tried while an agent starts.
const CONNECT_PAUSE: Duration = Duration::from_millis(5);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Nobody answers where the agent should be.
    #[error("connect to `{to}`: {source}")]
    Connect {
        /// The address.
        to: String,
        /// The reason.
        source: io::Error,
    },
    /// The program could not be started.
    #[error("start `{program}`: {source}")]
    Start {
        /// The program.
        program: String,
        /// The reason.
        source: io::Error,
    },
    /// The program was started, but did not let us connect in time.
    #[error("meet the agent `{program}` within {start_ms} ms: {detail}")]
    NotReady {
        /// The program.
        program: String,
        /// How long we waited, in milliseconds.
        start_ms: u64,
        /// What it did instead; its stderr is escaped.
        detail: String,
    },
    /// A folder for the run could not be made.
    #[error("make a folder for the run: {0}")]
    Folder(io::Error),
    /// A pseudo-terminal for the agent could not be made.
    #[error("make a pseudo-terminal for the agent: {0}")]
    Pty(io::Error),
    /// We cannot listen there.
    #[error("listen on `{at}`: {source}")]
    Listen {
        /// The address.
        at: String,
        /// The reason.
        source: io::Error,
    },
    /// Nobody connected to where we listen.
    #[error(
        "nobody connected to `{at}` within {start_ms} ms; start the agent, or the machine whose channel leads there, or pass a higher --start-ms"
    )]
    NobodyCame {
        /// The address.
        at: String,
        /// How long we waited, in milliseconds.
        start_ms: u64,
    },
    /// There is no sandbox, so the agent was not started.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

/// Both directions of one connection.
pub(super) struct Link {
    /// From the agent.
    pub(super) reader: Box<dyn AsyncRead + Send + Unpin>,
    /// To the agent.
    pub(super) writer: Box<dyn AsyncWrite + Send + Unpin>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link")
    }
}

impl Link {
    fn new(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self { reader: Box::new(reader), writer: Box::new(writer) }
    }
}

/// Where the agent is. An endpoint outlives its links.
#[derive(Debug)]
pub(super) enum Endpoint {
    Unix { path: std::path::PathBuf },
    Tcp { address: String },
    Device(Device),
    Listening(Listening),
    Spawned(Box<Spawned>),
    InProcess(Box<InProcess>),
}

impl Endpoint {
    /// Prepares the way; a program is started at the first connection.
    pub(super) fn new(spec: &TargetSpec, start: Duration) -> Result<Self, TransportError> {
        Ok(match &spec.kind {
            TargetKind::Reference { quirks, schema } => {
                Self::InProcess(Box::new(InProcess::new(quirks, schema)))
            }
            TargetKind::Unix(path) => Self::Unix { path: path.clone() },
            TargetKind::Tcp(address) => Self::Tcp { address: address.clone() },
            TargetKind::Device(path) => Self::Device(Device::new(path)),
            TargetKind::Listen(address) => Self::Listening(Listening::new(address, start)?),
            TargetKind::Spawn(spawn) | TargetKind::QemuGa(spawn) => {
                Self::Spawned(Box::new(Spawned::new(spawn.clone(), start)?))
            }
        })
    }

    /// What is around the agent, as far as the endpoint knows.
    pub(super) fn surroundings(&self) -> Surroundings {
        match self {
            Self::Unix { .. } | Self::Tcp { .. } | Self::Device(_) | Self::Listening(_) => {
                Surroundings::default()
            }
            Self::Spawned(spawned) => spawned.surroundings(),
            Self::InProcess(agent) => Surroundings::of_reference(agent.facts().unwrap_or_default()),
        }
    }

    /// What is known about the guest without asking, if the endpoint made it.
    pub(super) fn facts(&self) -> Option<Facts> {
        match self {
            Self::Spawned(spawned) => spawned.facts(),
            Self::InProcess(agent) => agent.facts(),
            Self::Unix { .. } | Self::Tcp { .. } | Self::Device(_) | Self::Listening(_) => None,
        }
    }

    /// The calls that fake programs have noted since the last time.
    pub(super) fn take_calls(&mut self) -> Vec<FakeCall> {
        match self {
            Self::Spawned(spawned) => spawned.take_calls(),
            Self::InProcess(agent) => agent.take_calls(),
            Self::Unix { .. } | Self::Tcp { .. } | Self::Device(_) | Self::Listening(_) => Vec::new(),
        }
    }

    /// Opens a connection, starting the agent if it is ours and does not run. An agent that was there before
    /// gets `patience` to accept, since it may just be restarting.
    pub(super) async fn connect(&mut self, patience: Duration) -> Result<Link, TransportError> {
        match self {
            Self::Unix { path } => {
                let to = path.display().to_string();
                retry(patience, &to, || connect_unix(path)).await
            }
            Self::Tcp { address } => retry(patience, address, || connect_tcp(address)).await,
            Self::Device(device) => device.connect(),
            Self::Listening(listening) => listening.connect().await,
            Self::Spawned(spawned) => spawned.connect().await,
            Self::InProcess(agent) => Ok(agent.connect().await),
        }
    }

    /// Whether an agent sees a client leave, and serves the next one.
    pub(super) fn has_connections(&self) -> bool {
        match self {
            Self::Unix { .. } | Self::Tcp { .. } | Self::InProcess(_) => true,
            // There it is the agent that comes and goes.
            Self::Device(_) | Self::Listening(_) => false,
            Self::Spawned(spawned) => spawned.has_connections(),
        }
    }

    /// Whether a dead or stuck agent can be replaced.
    pub(super) const fn can_restart(&self) -> bool {
        matches!(self, Self::Spawned(_) | Self::InProcess(_))
    }

    /// How the agent ended, if it is ours and has ended within `wait`; each end is told once.
    pub(super) async fn take_exit(&mut self, wait: Duration) -> Option<AgentExit> {
        match self {
            Self::Unix { .. } | Self::Tcp { .. } | Self::Device(_) | Self::Listening(_) => None,
            Self::Spawned(spawned) => spawned.take_exit(wait).await,
            Self::InProcess(agent) => agent.take_exit(),
        }
    }

    /// Ends the agent if it is ours and still runs; returns how it ended.
    pub(super) async fn stop(&mut self) -> Option<AgentExit> {
        match self {
            Self::Unix { .. } | Self::Tcp { .. } | Self::Device(_) | Self::Listening(_) => None,
            Self::Spawned(spawned) => spawned.stop().await,
            Self::InProcess(agent) => agent.stop(),
        }
    }
}

async fn connect_unix(path: &Path) -> io::Result<Link> {
    UnixStream::connect(path).await.map(Link::new)
}

async fn connect_tcp(address: &str) -> io::Result<Link> {
    let stream = TcpStream::connect(address).await?;
    // Small requests must not wait for each other's acknowledgement.
    stream.set_nodelay(true)?;
    Ok(Link::new(stream))
}

async fn retry<F, Fut>(patience: Duration, to: &str, mut connect: F) -> Result<Link, TransportError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = io::Result<Link>>,
{
    let until = Instant::now() + patience;
    loop {
        match connect().await {
            Ok(link) => return Ok(link),
            Err(source) if Instant::now() >= until => {
                return Err(TransportError::Connect { to: to.to_owned(), source });
            }
            Err(_) => sleep(CONNECT_PAUSE).await,
        }
    }
}
