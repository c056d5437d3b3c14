//! A program that is started for the run, in a folder of its own, and how harness and program meet.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::{TcpStream, UnixStream};
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::agent::sandbox::Sandbox;
use crate::agent::surroundings::Surroundings;
use crate::agent::target::{Meeting, SpawnSpec};
use crate::text::printable;
use crate::wire::{AgentExit, Facts, FakeCall};

use super::device::Pty;
use super::process::Process;
use super::{CONNECT_PAUSE, Link, TransportError};

/// A spawned agent. Dropping it ends the agent and removes the folder, in this order.
#[derive(Debug)]
pub(in crate::agent) struct Spawned {
    spec: SpawnSpec,
    start: Duration,
    running: Option<Running>,
    starts: u32,
    pty: Option<Pty>,
    sandbox: Option<Sandbox>,
    folder: TempDir,
}

#[derive(Debug)]
struct Running {
    process: Process,
    place: Place,
}

/// Where the running agent is met.
#[derive(Clone, Debug)]
enum Place {
    Socket(PathBuf),
    Device,
    Port(u16),
    Stdio,
}

impl Spawned {
    pub(super) fn new(mut spec: SpawnSpec, start: Duration) -> Result<Self, TransportError> {
        // The path is short, because the path of a Unix socket has room for about 100 bytes only.
        let folder = tempfile::Builder::new().prefix("qga").tempdir().map_err(TransportError::Folder)?;
        // It will be started in another folder than the one that its path is relative to.
        if spec.words[0].contains('/')
            && let Ok(path) = std::path::absolute(&spec.words[0])
        {
            spec.words[0] = path.display().to_string();
        }
        let sandbox = spec.sandbox.as_ref().map(|guest| Sandbox::new(folder.path(), guest)).transpose()?;
        if sandbox.is_none() {
            std::fs::create_dir(folder.path().join("scratch")).map_err(TransportError::Folder)?;
        }
        let pty = match spec.meeting {
            Meeting::Device => Some(Pty::open().map_err(TransportError::Pty)?),
            Meeting::Socket | Meeting::Port | Meeting::Stdio => None,
        };
        Ok(Self { spec, start, running: None, starts: 0, pty, sandbox, folder })
    }

    /// What is around the agent.
    pub(super) fn surroundings(&self) -> Surroundings {
        match &self.sandbox {
            Some(sandbox) => Surroundings::of_sandbox(sandbox.facts()),
            None => Surroundings::of_machine(self.folder.path().join("scratch").display().to_string()),
        }
    }

    pub(super) fn facts(&self) -> Option<Facts> {
        self.sandbox.as_ref().map(Sandbox::facts)
    }

    pub(super) fn take_calls(&mut self) -> Vec<FakeCall> {
        self.sandbox.as_mut().map(Sandbox::take_calls).unwrap_or_default()
    }

    pub(super) fn has_connections(&self) -> bool {
        match self.spec.meeting {
            Meeting::Socket | Meeting::Port => true,
            Meeting::Device | Meeting::Stdio => false,
        }
    }

    pub(super) async fn connect(&mut self) -> Result<Link, TransportError> {
        if self.spec.meeting == Meeting::Stdio {
            // The connection is the process: a new one needs a new process.
            self.stop().await;
        }
        if self.running.is_none() {
            self.start_process()?;
        }
        let until = Instant::now() + self.start;
        loop {
            let error = match self.meet().await {
                Ok(link) => return Ok(link),
                Err(error) => error,
            };
            let ended = self.running.as_mut().and_then(|running| running.process.ended());
            if ended.is_some() || Instant::now() >= until {
                return Err(self.not_ready(ended, &error).await);
            }
            sleep(CONNECT_PAUSE).await;
        }
    }

    /// Tries once.
    async fn meet(&mut self) -> std::io::Result<Link> {
        let running = self.running.as_mut().expect("the process was started before");
        match &running.place {
            Place::Socket(path) => UnixStream::connect(path).await.map(Link::new),
            Place::Device => {
                let pty = self.pty.as_mut().expect("a pty was made for this meeting");
                pty.connect(running.process.descriptor()?)
            }
            Place::Port(port) => {
                let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).await?;
                // The kernel may choose the awaited port for our own end, and then we would meet ourselves.
                if stream.local_addr()? == stream.peer_addr()? {
                    return Err(std::io::ErrorKind::ConnectionRefused.into());
                }
                stream.set_nodelay(true)?;
                Ok(Link::new(stream))
            }
            Place::Stdio => {
                let (reader, writer) = running.process.take_stdio().expect("both are piped, and taken once");
                Ok(Link { reader: Box::new(reader), writer: Box::new(writer) })
            }
        }
    }

    async fn not_ready(&mut self, ended: Option<ExitStatus>, error: &std::io::Error) -> TransportError {
        let program = self.spec.words[0].clone();
        let exit = self.stop().await;
        let stderr = exit.map(|exit| exit.stderr_tail).unwrap_or_default();
        let mut detail = match ended {
            Some(status) => format!("it ended with {status}"),
            None => format!("it cannot be reached: {error}"),
        };
        if !stderr.is_empty() {
            detail.push_str("; its stderr ends with: ");
            detail.push_str(&printable(&stderr, 1000).text);
        }
        TransportError::NotReady { program, start_ms: self.start.as_millis() as u64, detail }
    }

    fn start_process(&mut self) -> Result<(), TransportError> {
        let named = self.spec.words[0].clone();
        let start_error = |source| TransportError::Start { program: named.clone(), source };
        self.starts += 1;
        let place = self.place().map_err(start_error)?;
        let words = self.words(&place);
        let Some((program, arguments)) = words.split_first() else {
            return Err(start_error(std::io::ErrorKind::InvalidInput.into()));
        };
        let command = if let Some(sandbox) = &mut self.sandbox {
            sandbox.command(program, arguments, self.pty.as_ref().map(Pty::path))?
        } else {
            let mut command = Command::new(program);
            command.args(arguments).current_dir(self.folder.path());
            command
        };
        let on_stdio = self.spec.meeting == Meeting::Stdio;
        let process = Process::start(command, on_stdio, self.sandbox.is_some()).map_err(start_error)?;
        self.running = Some(Running { process, place });
        Ok(())
    }

    /// Where this start's agent will be met.
    fn place(&mut self) -> std::io::Result<Place> {
        match self.spec.meeting {
            Meeting::Socket => {
                // A fresh path each time: an agent that died may have left its socket behind.
                let name = format!("s{}", self.starts);
                let folder = self.sandbox.as_ref().map_or(self.folder.path(), Sandbox::work);
                Ok(Place::Socket(folder.join(name)))
            }
            Meeting::Device => {
                if let Some(pty) = &mut self.pty {
                    pty.renew()?;
                }
                Ok(Place::Device)
            }
            Meeting::Port => {
                // Free now, and again when the listener is dropped: nobody else is given it so soon.
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
                Ok(Place::Port(listener.local_addr()?.port()))
            }
            Meeting::Stdio => Ok(Place::Stdio),
        }
    }

    /// The command with the place as the agent sees it.
    fn words(&self, place: &Place) -> Vec<String> {
        let (holder, value) = match place {
            Place::Socket(path) => {
                let seen = self
                    .sandbox
                    .as_ref()
                    .map_or_else(|| path.clone(), |sandbox| sandbox.seen_from_within(path));
                ("{socket}", seen.display().to_string())
            }
            Place::Device if self.sandbox.is_some() => ("{device}", crate::agent::sandbox::DEVICE.to_owned()),
            Place::Device => {
                let path = self.pty.as_ref().map(|pty| pty.path().display().to_string());
                ("{device}", path.unwrap_or_default())
            }
            Place::Port(port) => ("{port}", port.to_string()),
            Place::Stdio => ("{stdio}", String::new()),
        };
        let words = self.spec.words.iter().map(|word| (word, word.replace(holder, &value)));
        // A place holder that stands for nothing leaves no word behind.
        words
            .filter(|(word, placed)| word.is_empty() || !placed.is_empty())
            .map(|(_, placed)| placed)
            .collect()
    }

    pub(super) async fn take_exit(&mut self, wait: Duration) -> Option<AgentExit> {
        let status = self.running.as_mut()?.process.wait(wait).await?;
        Some(self.running.take()?.process.exit(status, false).await)
    }

    pub(super) async fn stop(&mut self) -> Option<AgentExit> {
        self.running.take()?.process.stop().await
    }
}
