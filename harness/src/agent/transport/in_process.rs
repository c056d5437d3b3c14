//! The reference agent in this process: no socket, and on virtual time no waiting.

use std::sync::Arc;
use std::sync::Mutex as SyncMutex;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::agent::reference::serve::{Served, serve};
use crate::agent::reference::{Config, Fault, ReferenceAgent, Variant, fault, variant};
use crate::schema::Schema;
use crate::wire::{AgentExit, Facts, FakeCall};

use super::Link;

/// The scratch folder of the simulated guest.
pub(in crate::agent) const SCRATCH: &str = "/qgaspec";
/// Where the simulated guest's clock starts: 2024-01-01T00:00:00Z, in nanoseconds. A fixed start keeps runs equal.
const CLOCK_START_NS: i64 = 1_704_067_200_000_000_000;
/// Bytes under way in one direction before the writer waits; about what a Unix socket holds.
const PIPE_BYTES: usize = 64 * 1024;

/// A reference agent that runs as a task.
#[derive(Debug)]
pub(in crate::agent) struct InProcess {
    faults: Vec<&'static Fault>,
    variants: Vec<&'static Variant>,
    schema: &'static Schema,
    started: Instant,
    running: Option<Running>,
    exit: Arc<SyncMutex<Option<i32>>>,
    calls: Arc<SyncMutex<Vec<FakeCall>>>,
    facts: Option<Facts>,
}

#[derive(Debug)]
struct Running {
    agent: Arc<Mutex<ReferenceAgent>>,
    connection: Option<JoinHandle<()>>,
}

impl InProcess {
    pub(super) fn new(quirks: &[String], schema: &'static Schema) -> Self {
        let faults = quirks.iter().filter_map(|name| fault::by_name(name)).collect();
        let variants = quirks.iter().filter_map(|name| variant::by_name(name)).collect();
        Self {
            faults,
            variants,
            schema,
            started: Instant::now(),
            running: None,
            exit: Arc::default(),
            calls: Arc::default(),
            facts: None,
        }
    }

    pub(super) async fn connect(&mut self) -> Link {
        let (faults, variants) = (self.faults.clone(), self.variants.clone());
        let config = Config { faults, variants, schema: self.schema, ..Config::default() };
        let now_ns = clock_ns(self.started);
        let facts = &mut self.facts;
        let running = self.running.get_or_insert_with(|| {
            let agent = ReferenceAgent::new(config);
            *facts = Some(Facts { clock_ns: Some(now_ns), ..agent.facts() });
            Running { agent: Arc::new(Mutex::new(agent)), connection: None }
        });
        // One client at a time: the last connection must be over before the next is served.
        if let Some(last) = running.connection.take() {
            // An error means that the task was cancelled, which ends the connection as well.
            let _ = last.await;
        }
        let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
        let (agent, exit, calls) =
            (Arc::clone(&running.agent), Arc::clone(&self.exit), Arc::clone(&self.calls));
        let started = self.started;
        running.connection = Some(tokio::spawn(async move {
            let note =
                |new| calls.lock().expect("no code panics while it holds this lock").extend::<Vec<_>>(new);
            let mut agent = agent.lock().await;
            if let Ok(Served::Exit(status)) = serve(&mut agent, theirs, || clock_ns(started), note).await {
                *exit.lock().expect("no code panics while it holds this lock") = Some(status);
            }
        }));
        Link::new(ours)
    }

    /// What is true of the guest when the agent starts.
    pub(super) fn facts(&self) -> Option<Facts> {
        self.facts.clone()
    }

    /// The programs that the guest ran since the last time.
    pub(super) fn take_calls(&mut self) -> Vec<FakeCall> {
        std::mem::take(&mut *self.calls.lock().expect("no code panics while it holds this lock"))
    }

    pub(super) fn take_exit(&mut self) -> Option<AgentExit> {
        let status = self.exit.lock().expect("no code panics while it holds this lock").take()?;
        self.running = None;
        Some(AgentExit { status: Some(status), signal: None, stderr_tail: Vec::new(), by_harness: false })
    }

    pub(super) fn stop(&mut self) -> Option<AgentExit> {
        let by_itself = self.take_exit();
        let running = self.running.take()?;
        if let Some(connection) = running.connection {
            connection.abort();
        }
        by_itself.or(Some(AgentExit {
            status: Some(0),
            signal: None,
            stderr_tail: Vec::new(),
            by_harness: true,
        }))
    }
}

/// What the guest's clock shows.
fn clock_ns(started: Instant) -> i64 {
    CLOCK_START_NS + i64::try_from(started.elapsed().as_nanos()).unwrap_or(i64::MAX / 2)
}
