//! A program that is started for the run, in a folder of its own and a process group of its own.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::agent::target::{Meeting, SpawnSpec};
use crate::text::printable;
use crate::wire::AgentExit;

use super::{CONNECT_PAUSE, Link, TransportError};

/// Kept of what the agent writes to its stderr, in bytes.
const STDERR_KEPT: usize = 4096;
/// How long an agent may take to end after SIGTERM.
const TERMINATION_GRACE: Duration = Duration::from_secs(1);

/// A spawned agent. Dropping it kills the whole process group.
#[derive(Debug)]
pub(in crate::agent) struct Spawned {
    spec: SpawnSpec,
    start: Duration,
    folder: TempDir,
    running: Option<Running>,
    starts: u32,
}

#[derive(Debug)]
struct Running {
    child: Child,
    group: Option<Pid>,
    socket: PathBuf,
    stderr: Arc<Mutex<Vec<u8>>>,
    stderr_reader: JoinHandle<()>,
}

impl Spawned {
    pub(super) fn new(spec: SpawnSpec, start: Duration) -> Result<Self, TransportError> {
        // The path is short, because the path of a Unix socket has room for about 100 bytes only.
        let folder = tempfile::Builder::new().prefix("qga").tempdir().map_err(TransportError::Folder)?;
        std::fs::create_dir(folder.path().join("scratch")).map_err(TransportError::Folder)?;
        Ok(Self { spec, start, folder, running: None, starts: 0 })
    }

    pub(super) fn scratch(&self) -> String {
        self.folder.path().join("scratch").display().to_string()
    }

    pub(super) async fn connect(&mut self) -> Result<Link, TransportError> {
        match self.spec.meeting {
            Meeting::Stdio => {
                // The connection is the process: a new one needs a new process.
                self.stop().await;
                self.start_process()?;
                let running = self.running.as_mut().expect("the process was just started");
                let reader = running.child.stdout.take().expect("stdout is piped");
                let writer = running.child.stdin.take().expect("stdin is piped");
                Ok(Link { reader: Box::new(reader), writer: Box::new(writer) })
            }
            Meeting::Socket => {
                if self.running.is_none() {
                    self.start_process()?;
                }
                self.connect_socket().await
            }
        }
    }

    async fn connect_socket(&mut self) -> Result<Link, TransportError> {
        let until = Instant::now() + self.start;
        loop {
            let running = self.running.as_mut().expect("the process was started before");
            match UnixStream::connect(&running.socket).await {
                Ok(stream) => return Ok(Link::new(stream)),
                Err(error) => {
                    let ended = running.child.try_wait().ok().flatten();
                    if ended.is_some() || Instant::now() >= until {
                        return Err(self.not_ready(ended, &error).await);
                    }
                }
            }
            sleep(CONNECT_PAUSE).await;
        }
    }

    async fn not_ready(&mut self, ended: Option<ExitStatus>, error: &std::io::Error) -> TransportError {
        let program = self.spec.words[0].clone();
        let exit = self.stop().await;
        let stderr = exit.map(|exit| exit.stderr_tail).unwrap_or_default();
        let mut detail = match ended {
            Some(status) => format!("it ended with {status}"),
            None => format!("its socket does not accept connections: {error}"),
        };
        if !stderr.is_empty() {
            detail.push_str("; its stderr ends with: ");
            detail.push_str(&printable(&stderr, 1000).text);
        }
        TransportError::NotReady { program, start_ms: self.start.as_millis() as u64, detail }
    }

    fn start_process(&mut self) -> Result<(), TransportError> {
        self.starts += 1;
        // A fresh path each time: an agent that died may have left its socket behind.
        let socket = self.folder.path().join(format!("s{}", self.starts));
        let place =
            |word: &String| word.replace("{socket}", &socket.display().to_string()).replace("{stdio}", "");
        let words: Vec<String> = self.spec.words.iter().map(place).filter(|word| !word.is_empty()).collect();
        let start_error = |source| TransportError::Start { program: self.spec.words[0].clone(), source };
        let Some((program, arguments)) = words.split_first() else {
            return Err(start_error(std::io::ErrorKind::InvalidInput.into()));
        };
        let speaks_on_stdio = self.spec.meeting == Meeting::Stdio;
        let stdio = || if speaks_on_stdio { Stdio::piped() } else { Stdio::null() };
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(stdio())
            .stdout(stdio())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(start_error)?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let stderr = Arc::<Mutex<Vec<u8>>>::default();
        let pipe = child.stderr.take().expect("stderr is piped");
        let stderr_reader = tokio::spawn(keep_tail(pipe, Arc::clone(&stderr)));
        self.running = Some(Running { child, group, socket, stderr, stderr_reader });
        Ok(())
    }

    pub(super) async fn take_exit(&mut self, wait: Duration) -> Option<AgentExit> {
        let status = timeout(wait, self.running.as_mut()?.child.wait()).await.ok()?.ok()?;
        Some(self.running.take()?.exit(status, false).await)
    }

    pub(super) async fn stop(&mut self) -> Option<AgentExit> {
        let mut running = self.running.take()?;
        let by_itself = running.child.try_wait().ok().flatten();
        if by_itself.is_none() {
            running.signal(Signal::TERM);
        }
        let status = match timeout(TERMINATION_GRACE, running.child.wait()).await {
            Ok(status) => status,
            Err(_) => {
                running.signal(Signal::KILL);
                running.child.wait().await
            }
        };
        Some(running.exit(status.ok()?, by_itself.is_none()).await)
    }
}

impl Running {
    /// Collects the remains. Children that the agent left behind in its group are ended.
    async fn exit(mut self, status: ExitStatus, by_harness: bool) -> AgentExit {
        self.signal(Signal::KILL);
        // The pipe ends when its last holder does; a child outside the group must not keep us here.
        let _ = timeout(Duration::from_millis(100), &mut self.stderr_reader).await;
        let stderr_tail = self.stderr.lock().expect("no code panics while it holds this lock").clone();
        AgentExit { status: status.code(), signal: status.signal(), stderr_tail, by_harness }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // An error means that the group is gone already.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

async fn keep_tail(mut pipe: impl AsyncRead + Unpin, tail: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
        let mut tail = tail.lock().expect("no code panics while it holds this lock");
        tail.extend_from_slice(&buffer[..count]);
        let excess = tail.len().saturating_sub(STDERR_KEPT);
        tail.drain(..excess);
    }
}
