//! A running program: its end, its stderr, and its whole family.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::wire::AgentExit;

/// Kept of what the agent writes to its stderr, in bytes.
const STDERR_KEPT: usize = 4096;
/// How long an agent may take to end after SIGTERM.
const TERMINATION_GRACE: Duration = Duration::from_secs(1);
/// How long its stderr may stay open after its end.
const STDERR_GRACE: Duration = Duration::from_millis(100);
/// How long the dead may take to be gone when nobody can wait for them asynchronously.
const DEATH: Duration = Duration::from_millis(500);
/// What a shell, and the sandbox, add to the number of the signal that ended a program.
const SIGNAL_BASE: i32 = 128;
/// The highest signal.
const SIGNAL_MAX: i32 = 64;

/// A program in a process group of its own. Dropping it kills the whole family.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Option<Pid>,
    /// Whether the child is the sandbox, and the agent a process within.
    sandboxed: bool,
    stderr: Arc<Mutex<Vec<u8>>>,
    stderr_reader: JoinHandle<()>,
}

impl Process {
    pub(super) fn start(mut command: Command, on_stdio: bool, sandboxed: bool) -> io::Result<Self> {
        let stdio = || if on_stdio { Stdio::piped() } else { Stdio::null() };
        command.stdin(stdio()).stdout(stdio()).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
        let mut child = command.spawn()?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let stderr = Arc::<Mutex<Vec<u8>>>::default();
        let pipe = child.stderr.take().expect("stderr is piped");
        let stderr_reader = tokio::spawn(keep_tail(pipe, Arc::clone(&stderr)));
        Ok(Self { child, group, sandboxed, stderr, stderr_reader })
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// How it ended, if it does within `time`.
    pub(super) async fn wait(&mut self, time: Duration) -> Option<ExitStatus> {
        timeout(time, self.child.wait()).await.ok()?.ok()
    }

    /// Its standard output and input, once.
    pub(super) fn take_stdio(&mut self) -> Option<(ChildStdout, ChildStdin)> {
        Some((self.child.stdout.take()?, self.child.stdin.take()?))
    }

    /// A descriptor that is readable once the program has ended.
    pub(super) fn descriptor(&self) -> io::Result<OwnedFd> {
        let id = self.group.ok_or(io::ErrorKind::NotFound)?;
        Ok(pidfd_open(id, PidfdFlags::NONBLOCK)?)
    }

    /// Ends it, gently first, and tells how it ended.
    pub(super) async fn stop(mut self) -> Option<AgentExit> {
        let by_itself = self.ended();
        if by_itself.is_none() {
            self.terminate();
        }
        let status = if let Some(status) = self.wait(TERMINATION_GRACE).await {
            status
        } else {
            self.kill();
            self.child.wait().await.ok()?
        };
        Some(self.exit(status, by_itself.is_none()).await)
    }

    /// Collects the remains. Children that the agent left behind are ended.
    pub(super) async fn exit(mut self, status: ExitStatus, by_harness: bool) -> AgentExit {
        self.kill();
        // The pipe ends when its last holder does; a child outside the group must not keep us here.
        let _ = timeout(STDERR_GRACE, &mut self.stderr_reader).await;
        let stderr_tail = self.stderr.lock().expect("no code panics while it holds this lock").clone();
        let (status, signal) = self.translate(status);
        AgentExit { status, signal, stderr_tail, by_harness }
    }

    /// The sandbox tells the end of the agent by its own exit status, like a shell.
    fn translate(&self, status: ExitStatus) -> (Option<i32>, Option<i32>) {
        match status.code().and_then(|code| code.checked_sub(SIGNAL_BASE)) {
            Some(signal @ 1..=SIGNAL_MAX) if self.sandboxed => (None, Some(signal)),
            _ => (status.code(), status.signal()),
        }
    }

    /// Asks the agent to end. The sandbox would not pass the signal on, so the agent gets it directly.
    fn terminate(&self) {
        let agent = self.first_within().and_then(first_child);
        match agent {
            Some(agent) if self.sandboxed => drop(kill_process(agent, Signal::TERM)),
            _ => self.signal_group(Signal::TERM),
        }
    }

    fn kill(&self) {
        // With its first process the kernel ends everything in the sandbox, before the sandbox itself ends.
        if let Some(first) = self.first_within() {
            let _ = kill_process(first, Signal::KILL);
        } else {
            self.signal_group(Signal::KILL);
        }
    }

    /// The process within the sandbox whose end is the end of all.
    fn first_within(&self) -> Option<Pid> {
        // Once the child has been waited for its id may be somebody else's.
        let child = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if self.sandboxed { first_child(child?) } else { None }
    }

    fn signal_group(&self, signal: Signal) {
        if let Some(group) = self.group {
            // An error means that the group is gone already.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        // What still lives could write into a folder that is being removed. A dying process takes next to no
        // time, so there is nothing to gain from not blocking here.
        let until = std::time::Instant::now() + DEATH;
        while self.child.try_wait().is_ok_and(|status| status.is_none()) && std::time::Instant::now() < until
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.signal_group(Signal::KILL);
    }
}

/// The oldest child of a process.
fn first_child(parent: Pid) -> Option<Pid> {
    let parent = parent.as_raw_nonzero();
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    children.split_ascii_whitespace().next()?.parse().ok().and_then(Pid::from_raw)
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
