//! Hand-made conversations for the tests of rules: what was sent, what came back, what the judge says of it.

use std::time::Duration;

use crate::schema::{Schema, builtin};
use crate::wire::{
    Abilities, AgentExit, Ending, Exchange, Facts, FakeCall, Fence, FenceKind, Frame, Framer, Observation,
    ProbeKind, Reset, Role, Rung, SyncCommand,
};

use super::{Judge, Judgement};

/// The id of all fences here.
const FENCE_ID: i64 = 77;
/// The longest reply here, in bytes.
const REPLY_BYTES_MAX: usize = 8192;

/// A conversation under construction. The agent's side of the fence is put in unless told otherwise.
pub(super) struct Witness {
    judge: Judge<'static>,
    judgements: Vec<Judgement>,
}

/// One exchange under construction.
#[derive(Debug)]
pub(super) struct Step {
    exchange: Exchange,
}

pub(super) fn frames(bytes: impl AsRef<[u8]>) -> Vec<Frame> {
    let mut framer = Framer::new(REPLY_BYTES_MAX);
    framer.feed(bytes.as_ref());
    framer.finish();
    std::iter::from_fn(|| framer.next_frame()).collect()
}

/// One write, and what came back before the fence's reply, spelled with its line ends.
pub(super) fn step(sent: impl AsRef<[u8]>, received: impl AsRef<[u8]>) -> Step {
    let bytes = format!("{{\"execute\":\"guest-sync\",\"arguments\":{{\"id\":{FENCE_ID}}}}}\n");
    let reply = frames(format!("{{\"return\": {FENCE_ID}}}\n")).pop();
    Step {
        exchange: Exchange {
            case: "test".into(),
            role: Role::Case,
            writes: vec![sent.as_ref().to_vec()],
            fence: Fence { kind: FenceKind::Plain, id: FENCE_ID, bytes: bytes.into_bytes(), reply },
            received: frames(received),
            ending: Ending::InStep,
            began: Duration::ZERO,
            elapsed: Duration::from_millis(1),
        },
    }
}

/// A request on a line of its own, and what came back.
pub(super) fn ask(request: &str, received: &str) -> Step {
    step(format!("{request}\n"), received)
}

/// A request for a command with these arguments, and its reply.
pub(super) fn call(command: &str, arguments: &str, reply: &str) -> Step {
    ask(&format!("{{\"execute\":\"{command}\",\"arguments\":{arguments}}}"), &format!("{reply}\n"))
}

/// A request without arguments, and what it returned.
pub(super) fn returned(command: &str, value: &str) -> Step {
    call(command, "{}", &format!("{{\"return\":{value}}}"))
}

/// A question of calibration that is its own fence, and whether it was answered.
pub(super) fn probe(kind: ProbeKind, received: &str, answered: bool) -> Step {
    let mut step = step("", received);
    step.exchange.role = Role::Probe(kind);
    step.exchange.writes = Vec::new();
    if answered {
        step
    } else {
        step.ending(Ending::LostStep { regained: Rung::Patience, received: Vec::new() })
    }
}

/// Fakes stand in for the programs that act on the machine.
pub(super) fn facts_with_fakes() -> Observation {
    Observation::Facts(Facts { has_fakes: true, ..Facts::default() })
}

/// A call of a fake, before the exchange in which it was made.
pub(super) fn fake(program: &str, arguments: &[&str], input: &str, status: u8) -> Observation {
    Observation::Call(FakeCall {
        program: program.to_owned(),
        arguments: arguments.iter().map(|argument| argument.as_bytes().to_vec()).collect(),
        input: input.as_bytes().to_vec(),
        status,
    })
}

impl Step {
    pub(super) fn beginning(mut self, began: Duration) -> Self {
        self.exchange.began = began;
        self
    }

    pub(super) fn writes(mut self, writes: &[&str]) -> Self {
        self.exchange.writes = writes.iter().map(|write| write.as_bytes().to_vec()).collect();
        self
    }

    pub(super) fn ending(mut self, ending: Ending) -> Self {
        if ending != Ending::InStep {
            self.exchange.fence.reply = None;
        }
        self.exchange.ending = ending;
        self
    }

    pub(super) fn began(mut self, began: Duration) -> Self {
        self.exchange.began = began;
        self
    }

    pub(super) fn role(mut self, role: Role) -> Self {
        self.exchange.role = role;
        self
    }

    pub(super) fn after_reset(mut self, reset: Reset) -> Self {
        self.exchange.fence.kind = FenceKind::AfterReset(reset);
        self
    }

    /// A delimited fence, and how it was answered.
    pub(super) fn delimited_fence(mut self, reply: impl AsRef<[u8]>) -> Self {
        let text =
            String::from_utf8_lossy(&self.exchange.fence.bytes).replace("guest-sync", "guest-sync-delimited");
        self.exchange.fence.bytes = text.into_bytes();
        self.exchange.fence.reply = frames(reply).pop();
        self
    }

    pub(super) fn fence_reply(mut self, reply: &str) -> Self {
        self.exchange.fence.reply = frames(reply).pop();
        self
    }

    pub(super) fn observation(self) -> Observation {
        Observation::Exchange(self.exchange)
    }
}

impl Witness {
    /// What the judge says of these exchanges.
    pub(super) fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self::watching(steps.into_iter().map(Step::observation))
    }

    /// What a judge says of these exchanges who knows this about the guest.
    pub(super) fn knowing(facts: &Facts, steps: impl IntoIterator<Item = Step>) -> Self {
        let facts = Observation::Facts(facts.clone());
        Self::watching(std::iter::once(facts).chain(steps.into_iter().map(Step::observation)))
    }

    /// What the judge says of these observations.
    pub(super) fn watching(observations: impl IntoIterator<Item = Observation>) -> Self {
        Self::measuring(builtin::seed(), observations)
    }

    /// Likewise, by another schema.
    pub(super) fn measuring(
        schema: &'static Schema,
        observations: impl IntoIterator<Item = Observation>,
    ) -> Self {
        let mut witness = Self { judge: Judge::new(schema), judgements: Vec::new() };
        for observation in observations {
            let judgement = witness.judge.observe(&observation);
            witness.judgements.push(judgement);
        }
        witness
    }

    /// The rule spoke and nothing at all was found wrong.
    #[track_caller]
    pub(super) fn accepts(&self, code: &str) {
        assert_eq!(self.failures(), Vec::<String>::new());
        let mut rulings = self.judgements.iter().flat_map(|judgement| &judgement.rulings);
        assert!(rulings.any(|ruling| ruling.rule.code == code), "{code} did not speak");
    }

    /// The rule was broken in this way, and no other rule was.
    #[track_caller]
    pub(super) fn rejects(&self, code: &str, bucket: &str) {
        let mut failures = self.failures();
        failures.dedup();
        assert_eq!(failures, [format!("{code} {bucket}")]);
    }

    /// The rule did not speak about the last observation, and nothing was found wrong.
    #[track_caller]
    pub(super) fn silences(&self, code: &str) {
        assert_eq!(self.failures(), Vec::<String>::new());
        let rulings =
            self.judgements.last().map(|judgement| judgement.rulings.as_slice()).unwrap_or_default();
        assert!(!rulings.iter().any(|ruling| ruling.rule.code == code), "{code} spoke");
    }

    pub(super) fn judgements(&self) -> &[Judgement] {
        &self.judgements
    }

    fn failures(&self) -> Vec<String> {
        let rulings = self.judgements.iter().flat_map(|judgement| &judgement.rulings);
        rulings
            .filter_map(|ruling| Some(format!("{} {}", ruling.rule.code, ruling.failure.as_ref()?.bucket)))
            .collect()
    }
}

/// Abilities of an agent that can do everything.
pub(super) fn able() -> Abilities {
    Abilities {
        fence: Some(SyncCommand::Plain),
        delimited_sync: true,
        several_in_one_write: true,
        newline_optional: true,
        terminates_lines: true,
        survives_delimiter: true,
        reset: Some(Reset::Delimiter),
        control_resets: true,
    }
}

pub(super) fn exit(status: Option<i32>, signal: Option<i32>, by_harness: bool) -> Observation {
    Observation::AgentExit(AgentExit { status, signal, stderr_tail: Vec::new(), by_harness })
}
