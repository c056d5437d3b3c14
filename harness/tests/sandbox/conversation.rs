//! Asking an agent, with everything that was observed meanwhile at hand.

use std::sync::Arc;
use std::time::Duration;

use qgaspec::agent::gate::Gate;
use qgaspec::agent::sandbox::Guest;
use qgaspec::agent::session::{Bounds, Session, SessionError};
use qgaspec::agent::target::TargetSpec;
use qgaspec::classify::{Hazard, HazardContext};
use qgaspec::schema::builtin;
use qgaspec::wire::{AgentExit, Ending, Facts, FakeCall, FenceKind, Observation, Role};
use serde_json::Value;

/// A session whose observations are sorted.
pub(crate) struct Conversation {
    session: Session<'static>,
    pub(crate) facts: Option<Facts>,
    pub(crate) calls: Vec<FakeCall>,
    pub(crate) exits: Vec<AgentExit>,
    pub(crate) endings: Vec<Ending>,
    replies: Vec<Value>,
}

impl Conversation {
    /// Connects.
    pub(crate) async fn with(spec: &TargetSpec) -> Result<Self, SessionError> {
        let bounds = Bounds {
            deadline: Duration::from_secs(5),
            start: Duration::from_secs(5),
            reply_bytes: 1024 * 1024,
            restarts: 3,
        };
        let gate = Gate::new(builtin::seed(), Hazard::Power, HazardContext::default());
        let session = Session::connect(spec, gate, bounds, false).await?;
        let mut conversation = Self {
            session,
            facts: None,
            calls: Vec::new(),
            exits: Vec::new(),
            endings: Vec::new(),
            replies: Vec::new(),
        };
        conversation.sort();
        Ok(conversation)
    }

    /// Connects to the real agent in a sandbox that plays this guest, and calibrates.
    pub(crate) async fn with_qemu_ga(guest: Guest) -> Self {
        let spec = TargetSpec::parse("qemu-ga").unwrap().sandboxed(guest).unwrap();
        let mut conversation = Self::with(&spec).await.unwrap();
        conversation.session.calibrate().await.unwrap();
        assert!(conversation.session.abilities().fence.is_some());
        conversation.sort();
        conversation.replies.clear();
        conversation
    }

    /// The replies to a request, up to the fence behind it.
    pub(crate) async fn ask(&mut self, request: &Value) -> Vec<Value> {
        let outcome = self.try_ask(request).await;
        outcome.unwrap_or_else(|error| panic!("{request}: {error}"))
    }

    /// The same for an agent that may not survive it.
    pub(crate) async fn try_ask(&mut self, request: &Value) -> Result<Vec<Value>, SessionError> {
        let line = format!("{request}\n").into_bytes();
        let case = Arc::from("test");
        let outcome = self.session.exchange(&case, Role::Case, vec![line], FenceKind::Plain).await;
        self.sort();
        outcome.map(|()| std::mem::take(&mut self.replies))
    }

    /// What the only reply returns.
    pub(crate) async fn value(&mut self, request: &Value) -> Value {
        let replies = self.ask(request).await;
        assert_eq!(replies.len(), 1, "{request}: {replies:?}");
        assert!(replies[0].get("return").is_some(), "{request}: {replies:?}");
        replies[0]["return"].clone()
    }

    /// The calls since the last time, each on a line.
    pub(crate) fn take_calls(&mut self) -> Vec<String> {
        self.calls.drain(..).map(|call| line(&call)).collect()
    }

    /// Ends the conversation.
    pub(crate) async fn finish(&mut self) {
        self.session.finish().await;
        self.sort();
    }

    fn sort(&mut self) {
        while let Some(observation) = self.session.next_observation() {
            match observation {
                Observation::Facts(facts) => self.facts = Some(facts),
                Observation::Call(call) => self.calls.push(call),
                Observation::AgentExit(exit) => self.exits.push(exit),
                Observation::Exchange(exchange) => {
                    let parse =
                        |bytes: &[u8]| serde_json::from_slice(bytes).expect("the agent replies with JSON");
                    self.replies.extend(exchange.received.iter().map(|frame| parse(&frame.bytes)));
                    self.endings.push(exchange.ending);
                }
                Observation::Calibrated(_)
                | Observation::Unsolicited(_)
                | Observation::Reconnected { .. }
                | Observation::TakenOver { .. } => {}
            }
        }
    }
}

fn line(call: &FakeCall) -> String {
    let arguments = call.arguments.iter().map(|argument| String::from_utf8_lossy(argument));
    let words: Vec<_> = std::iter::once(call.program.as_str().into()).chain(arguments).collect();
    let input = String::from_utf8_lossy(&call.input);
    let given = if input.is_empty() { String::new() } else { format!(" < {}", input.trim_end()) };
    format!("{}{given} = {}", words.join(" "), call.status)
}

/// Runs a test to its end.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test);
}
