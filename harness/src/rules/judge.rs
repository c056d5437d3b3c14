//! Applies every rule to every observation and keeps the session model up to date.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::classify::{self, Message, Reading, Standing, Tail};
use crate::model::SessionModel;
use crate::schema::{Command, Schema};
use crate::wire::{
    Abilities, Ending, Exchange, Facts, FakeCall, Fence, FenceKind, Observation, ProbeKind, Reply, Reset,
    Role, SyncCommand,
};

use super::attribution::{Attribution, Pairs, Shape, Tally};
use super::scene::{ExchangeScene, FrameScene, ProbeScene, Received, Turn, command_of, may_be_silent};
use super::table::Table;
use super::type_check::{self, TypeReport};
use super::words;
use super::{Failure, Outcome, RowOf, Rule, envelope, sync};

/// Remarks kept per run; an agent must not be able to make us remember without bound.
const NOTES_MAX: usize = 500;
/// Frames of one exchange that are judged one by one. An agent that floods us is found by their number.
const FRAMES_MAX: usize = 5000;
/// Calls of fake programs that one exchange can have. Beyond that an agent floods us, and they are dropped.
const CALLS_MAX: usize = 1000;

/// The judge of one run.
#[derive(Debug)]
pub struct Judge<'s> {
    schema: &'s Schema,
    table: Table,
    /// The rows' names, shared by all rulings.
    names: HashMap<&'s str, Arc<str>>,
    abilities: Option<Abilities>,
    model: SessionModel,
    /// Calls of fake programs since the last exchange.
    calls: Vec<FakeCall>,
    noted: HashSet<String>,
}

/// What the judge says about one observation.
#[derive(Debug, Default)]
pub struct Judgement {
    /// One entry for each time a rule spoke.
    pub rulings: Vec<Ruling>,
    /// What the observation tells about commands, whatever the rules say.
    pub sightings: Vec<Sighting>,
    /// Remarks that are no verdicts; each is made once in a run.
    pub notes: Vec<String>,
}

/// One rule's word on one thing.
#[derive(Debug)]
pub struct Ruling {
    /// The rule.
    pub rule: &'static Rule,
    /// The row's command; `None` for the row of the connection.
    pub command: Option<Arc<str>>,
    /// `None` if it passed.
    pub failure: Option<Failure>,
}

/// How the agent took one valid request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The command.
    pub command: Arc<str>,
    /// What it did.
    pub reaction: Reaction,
}

/// What an agent did with one valid request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It answered with a `return`.
    Answered,
    /// It answered with an error of another class than `CommandNotFound`.
    Refused,
    /// It answered `CommandNotFound`.
    Unsupported,
    /// It answered nothing before the fence.
    Silent,
}

impl<'s> Judge<'s> {
    /// A judge that has seen nothing yet.
    pub fn new(schema: &'s Schema) -> Self {
        Self {
            schema,
            table: Table::new(),
            names: schema
                .commands()
                .iter()
                .map(|command| (command.name.as_str(), command.name.as_str().into()))
                .collect(),
            abilities: None,
            model: SessionModel::default(),
            calls: Vec::new(),
            noted: HashSet::new(),
        }
    }

    /// A judge that already knows this about the guest.
    pub fn knowing(schema: &'s Schema, facts: &Facts) -> Self {
        let mut model = SessionModel::default();
        model.facts = facts.clone();
        Self { model, ..Self::new(schema) }
    }

    /// Judges one observation; they must come in the order of time.
    pub fn observe(&mut self, observation: &Observation) -> Judgement {
        match observation {
            Observation::Exchange(exchange) => return self.exchange(exchange),
            Observation::Calibrated(abilities) => self.abilities = Some(*abilities),
            Observation::Unsolicited(_)
            | Observation::AgentExit(_)
            | Observation::Reconnected { .. }
            | Observation::TakenOver { .. } => {}
            Observation::Facts(facts) => self.begin_session(facts),
            Observation::Call(call) => {
                if self.calls.len() < CALLS_MAX {
                    self.calls.push(call.clone());
                }
            }
        }
        let mut judgement = Judgement::default();
        for (rule, judge) in &self.table.events {
            judgement.push(rule, None, judge(observation, &self.model));
        }
        match observation {
            Observation::Reconnected { restarted: true } => self.model.agent_restarted(),
            Observation::TakenOver { left } => self.model.taken_over(left),
            _ => {}
        }
        judgement
    }

    /// A session begins with what is known about its guest. Nothing that was learnt in another one is true here.
    fn begin_session(&mut self, facts: &Facts) {
        self.model = SessionModel::of(facts.clone());
        self.abilities = None;
        self.calls.clear();
    }

    /// The rows that rules would speak about if these writes were sent, perhaps by a client that has just taken over
    /// from one that left something unfinished: the plan of a run is made of them. Rules about probes and events are
    /// not among them; those speak in every run.
    pub fn concerned(
        &self,
        left: Option<&[u8]>,
        writes: &[Vec<u8>],
    ) -> Vec<(&'static Rule, Option<Arc<str>>)> {
        let sent = stimulus(writes);
        let reading = classify::read(&sent, self.schema);
        let is_clean = reading.tail == Tail::Clean && left.is_none_or(<[u8]>::is_empty);
        let kind = if is_clean { FenceKind::Plain } else { FenceKind::AfterReset(Reset::Delimiter) };
        let exchange = Exchange {
            case: "".into(),
            role: Role::Case,
            writes: writes.to_vec(),
            fence: Fence { kind, id: 0, bytes: Vec::new(), reply: None },
            received: Vec::new(),
            ending: Ending::InStep,
            began: Duration::ZERO,
            elapsed: Duration::ZERO,
        };
        let attribution = Attribution::of(&exchange, &reading, &sent, &[], self.schema);
        let mut model = self.model.at_start();
        if let Some(left) = left {
            model.taken_over(left);
        }
        let scene = ExchangeScene {
            exchange: &exchange,
            schema: self.schema,
            abilities: self.abilities.as_ref(),
            model: &model,
            calls: &[],
            reading: &reading,
            replies: &[],
            fence_reply: None,
            attribution: &attribution,
        };
        let mut rows = self.concerned_by(&scene);
        rows.sort_unstable_by(|(left, left_row), (right, right_row)| {
            (left.code, left_row).cmp(&(right.code, right_row))
        });
        rows.dedup_by(|(left, left_row), (right, right_row)| {
            (left.code, left_row) == (right.code, right_row)
        });
        rows
    }

    fn concerned_by(&self, scene: &ExchangeScene<'_>) -> Vec<(&'static Rule, Option<Arc<str>>)> {
        let mut rows = Vec::new();
        let exchanges = self.table.exchanges.iter().filter(|(_, concerns, _)| concerns(scene));
        rows.extend(exchanges.map(|(rule, ..)| (*rule, self.row(rule, scene.common_command()))));
        if !scene.is_counted() {
            return rows;
        }
        for message in &scene.reading.messages {
            let command = command_of(message, self.schema);
            let facts = &scene.model.facts;
            let turn = Turn { message, command, frame: None, reply: None, types: None, model: None, facts };
            let turns = self.table.turns.iter().filter(|(_, concerns, _)| concerns(&turn));
            rows.extend(turns.map(|(rule, ..)| (*rule, self.row(rule, command))));
            let frames = self.table.frames.iter().filter(|(_, expects, _)| expects(&turn));
            rows.extend(frames.map(|(rule, ..)| (*rule, self.row(rule, command))));
        }
        rows
    }

    fn exchange(&mut self, exchange: &Exchange) -> Judgement {
        let sent = stimulus(&exchange.writes);
        let reading = classify::read(&sent, self.schema);
        let replies: Vec<_> = exchange.received.iter().map(Received::read).collect();
        let fence_reply = exchange.fence.reply.as_ref().map(Received::read);
        let attribution = Attribution::of(exchange, &reading, &sent, &replies, self.schema);
        let scene = ExchangeScene {
            exchange,
            schema: self.schema,
            abilities: self.abilities.as_ref(),
            model: &self.model,
            calls: &self.calls,
            reading: &reading,
            replies: &replies,
            fence_reply: fence_reply.as_ref(),
            attribution: &attribution,
        };
        let mut judgement = Judgement::default();
        let reports: Vec<_> = scene.turns().map(|turn| self.compare_types(&turn)).collect();
        let turns: Vec<_> = scene
            .turns()
            .zip(&reports)
            .map(|(turn, report)| Turn { types: report.as_ref(), ..turn })
            .collect();
        self.judge_frames(&scene, &turns, &mut judgement);
        self.judge_fence(&scene, &mut judgement);
        self.judge_turns(&scene, &turns, &mut judgement);
        for (rule, concerns, judge) in &self.table.exchanges {
            if concerns(&scene) {
                judgement.push(rule, self.row(rule, scene.common_command()), judge(&scene));
            }
        }
        if let Role::Probe(kind) = exchange.role {
            self.judge_probe(kind, &scene, &mut judgement);
        }
        let notes = self.unknown_members(&turns);
        for note in notes {
            if self.noted.len() < NOTES_MAX && self.noted.insert(note.clone()) {
                judgement.notes.push(note);
            }
        }
        self.learn(exchange, &reading, &replies, attribution);
        self.calls.clear();
        judgement
    }

    fn judge_frames(&self, scene: &ExchangeScene<'_>, turns: &[Turn<'_>], judgement: &mut Judgement) {
        let late = match &scene.exchange.ending {
            Ending::LostStep { received, .. } => received.as_slice(),
            Ending::InStep | Ending::Closed | Ending::Lost | Ending::Waited => &[],
        };
        let late: Vec<_> = late.iter().map(Received::read).collect();
        let closed = scene.exchange.ending == Ending::Closed;
        for (at, received) in scene.replies.iter().chain(&late).enumerate().take(FRAMES_MAX) {
            let candidate = match scene.attribution.pairs {
                Pairs::None => None,
                Pairs::Only => turns.first(),
                Pairs::InOrder => turns.get(at),
            };
            let frame = FrameScene {
                received,
                turn: candidate
                    .filter(|turn| turn.frame.is_some_and(|frame| std::ptr::eq(frame, received.frame))),
                exchange: scene.exchange,
                fence: None,
                last_before_close: closed && at + 1 == scene.replies.len(),
            };
            let command = frame.turn.and_then(|turn| turn.command);
            for (rule, _, judge) in &self.table.frames {
                judgement.push(rule, self.row(rule, command), judge(&frame));
            }
        }
    }

    /// The fence is a valid request as well. Its passes count only for the sync rules and during
    /// calibration, since there is a fence behind everything.
    fn judge_fence(&self, scene: &ExchangeScene<'_>, judgement: &mut Judgement) {
        let sync = fence_command(scene.exchange);
        let row = self.names.get(sync.name());
        let id = scene.exchange.fence.id;
        let Some(received) = scene.fence_reply else { return self.judge_unanswered_sync(scene, judgement) };
        let frame = FrameScene {
            received,
            turn: None,
            exchange: scene.exchange,
            fence: Some(id),
            last_before_close: scene.exchange.ending == Ending::Closed,
        };
        for (rule, _, judge) in &self.table.frames {
            let outcome = judge(&frame);
            if outcome != Outcome::Pass || !scene.is_case() {
                let command = if rule.row == RowOf::Command { row.cloned() } else { None };
                judgement.push(rule, command, outcome);
            }
        }
        for (rule, outcome) in sync::judge_fence(sync, id, received) {
            judgement.push(rule, row.cloned(), outcome);
        }
        if let Ok(reply) = &received.reply
            && let outcome @ Outcome::Fail(_) = envelope::judge_unasked_id(reply, received.frame)
        {
            judgement.push(&envelope::ID, row.cloned(), outcome);
        }
    }

    /// A sync of calibration without an answer: what came instead may be a reply to it all the same, with
    /// another number or an error.
    fn judge_unanswered_sync(&self, scene: &ExchangeScene<'_>, judgement: &mut Judgement) {
        let exchange = scene.exchange;
        let asks_sync = matches!(exchange.role, Role::Probe(ProbeKind::Sync | ProbeKind::SyncDelimited));
        let [received] = scene.replies else { return };
        let (true, true, Some(reply)) = (asks_sync, exchange.writes.is_empty(), received.sound()) else {
            return;
        };
        let sync = fence_command(exchange);
        let Some(row) = self.names.get(sync.name()) else { return };
        for (rule, outcome) in sync::judge_fence(sync, exchange.fence.id, received) {
            judgement.push(rule, Some(row.clone()), outcome);
        }
        if reply.error().is_some() {
            let unsupported = reply.error_class().is_some_and(|class| class == "CommandNotFound");
            let reaction = if unsupported { Reaction::Unsupported } else { Reaction::Refused };
            judgement.sightings.push(Sighting { command: row.clone(), reaction });
        }
    }

    fn judge_turns(&self, scene: &ExchangeScene<'_>, turns: &[Turn<'_>], judgement: &mut Judgement) {
        for turn in turns {
            for (rule, concerns, judge) in &self.table.turns {
                // Calibration asks about abilities; only what a sync returns is judged there as well.
                if (scene.is_case() || sync::is_of_chapter(rule)) && concerns(turn) {
                    judgement.push(rule, self.row(rule, turn.command), judge(turn, scene));
                }
            }
            if let Some(sighting) = self.sighting(turn, scene) {
                judgement.sightings.push(sighting);
            }
        }
    }

    fn judge_probe(&self, kind: ProbeKind, scene: &ExchangeScene<'_>, judgement: &mut Judgement) {
        let probe = ProbeScene { kind, scene };
        for (rule, concerns, judge) in &self.table.probes {
            if concerns(kind) {
                judgement.push(rule, self.row(rule, scene.common_command()), judge(&probe));
            }
        }
    }

    fn sighting(&self, turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Option<Sighting> {
        if !turn.is_valid() {
            return None;
        }
        let reaction = match turn.reply {
            Some(reply) if reply.success().is_some() => Reaction::Answered,
            Some(_) if turn.is_unsupported() => Reaction::Unsupported,
            Some(_) => Reaction::Refused,
            None if turn.frame.is_none() && scene.is_complete() => Reaction::Silent,
            None => return None,
        };
        Some(Sighting { command: self.names.get(turn.command_name()?)?.clone(), reaction })
    }

    fn row(&self, rule: &Rule, command: Option<&Command>) -> Option<Arc<str>> {
        let name = match rule.row {
            RowOf::Command => command?.name.as_str(),
            RowOf::Connection => return None,
            RowOf::Named(name) => name,
        };
        self.names.get(name).cloned()
    }

    fn compare_types(&self, turn: &Turn<'_>) -> Option<TypeReport> {
        let (command, value, frame) = (turn.command?, turn.success()?, turn.frame?);
        let compare = |schema: &Schema, command: &Command| {
            type_check::compare(schema, command.returns.as_ref(), value, &frame.bytes)
        };
        if !turn.may_succeed() {
            return None;
        }
        let report = compare(self.schema, command);
        if report.faults.is_empty() {
            return Some(report);
        }
        // A newer agent may return what a type was widened by.
        let later = self.schema.later();
        let newer = later.and_then(|later| Some(compare(later, later.command(&command.name)?)));
        Some(newer.filter(|newer| newer.faults.is_empty()).unwrap_or(report))
    }

    /// Remarks about members that the schema does not know and that were not remarked upon before.
    fn unknown_members(&self, turns: &[Turn<'_>]) -> Vec<String> {
        let mut notes = Vec::new();
        for turn in turns {
            let Some(name) = turn.command_name() else { continue };
            let within = turn.types.map_or(&[][..], |report| report.unknown.as_slice()).iter().cloned();
            let beside = turn.reply.into_iter().flat_map(Reply::extra_members);
            let beside = beside.map(|member| words::shown(member.key.raw()));
            let note = |member| {
                format!("a reply to {name} has the member `{member}`, which the schema does not know")
            };
            notes.extend(within.chain(beside).map(note).filter(|note| !self.noted.contains(note)));
        }
        notes
    }

    /// Brings the model up to date with what was sent and what is known of its effect.
    fn learn(
        &mut self,
        exchange: &Exchange,
        reading: &Reading<'_>,
        replies: &[Received<'_>],
        attribution: Attribution,
    ) {
        self.model.settle();
        if exchange.fence.reply.is_some() {
            self.model.commands.answered_plainly(fence_command(exchange).name());
        }
        if !reading.counted || reading.tail == Tail::Open {
            self.model.forget(&exchange.sent());
        }
        self.model.processes.set_now(exchange.began);
        let during = exchange.began..exchange.began + exchange.elapsed;
        for (at, message) in reading.messages.iter().enumerate() {
            let received = attribution.pairs.frame_of(at, replies).map(|place| &replies[place]);
            self.learn_request(message, received, attribution, &during);
            if may_be_silent(message, self.schema) && received.is_none() {
                // Of several requests none is known to have made the calls.
                let alone = reading.messages.len() == 1;
                let calls = if alone { self.calls.as_slice() } else { &[] };
                let command = message.command.as_deref().unwrap_or_default();
                self.model.helpers.record(command, message.arguments(), calls);
            }
        }
        let settled = match exchange.ending {
            Ending::InStep => true,
            Ending::Waited => attribution.tally == Tally::Even,
            Ending::LostStep { .. } | Ending::Closed | Ending::Lost => false,
        };
        self.model.set_in_step(settled);
        let is_probe = matches!(exchange.role, Role::Probe(_));
        self.model.set_closed_on_probe(is_probe && exchange.ending == Ending::Closed);
    }

    fn learn_request(
        &mut self,
        message: &Message<'_>,
        received: Option<&Received<'_>>,
        attribution: Attribution,
        during: &Range<Duration>,
    ) {
        let Some(command) = command_of(message, self.schema) else { return };
        let reply = received.and_then(Received::sound);
        let succeeded = reply.is_some_and(|reply| reply.success().is_some());
        let refused = reply.is_some() && !succeeded;
        if !command.success_response && message_may_succeed(message) && !refused {
            self.model.set_power_taken();
        }
        if message.standing == Standing::Valid {
            let is_plain = attribution.shape == Shape::Plain && attribution.pairs == Pairs::Only;
            if let Some(received) = received.filter(|_| succeeded && is_plain) {
                self.model.commands.answered_plainly(&command.name);
                self.model.commands.returned_plainly(&command.name, &received.frame.bytes);
            }
            self.model.record(&command.name, message.arguments(), reply, during);
        } else if !refused {
            // What an agent does with a request that it need not accept is not known.
            self.model.record(&command.name, message.arguments(), None, during);
        }
    }
}

fn message_may_succeed(message: &Message<'_>) -> bool {
    !matches!(message.standing, Standing::Invalid(_))
}

impl Judgement {
    fn push(&mut self, rule: &'static Rule, command: Option<Arc<str>>, outcome: Outcome) {
        let failure = match outcome {
            Outcome::Silent => return,
            Outcome::Pass => None,
            Outcome::Fail(failure) => Some(failure),
        };
        self.rulings.push(Ruling { rule, command, failure });
    }
}

fn stimulus(writes: &[Vec<u8>]) -> Cow<'_, [u8]> {
    match writes {
        [write] => Cow::Borrowed(write),
        _ => Cow::Owned(writes.concat()),
    }
}

/// Which command a fence is. Fences are written by the harness, so the name stands there as it is.
fn fence_command(exchange: &Exchange) -> SyncCommand {
    let delimited = SyncCommand::Delimited.name().as_bytes();
    match memchr::memmem::find(&exchange.fence.bytes, delimited) {
        Some(_) => SyncCommand::Delimited,
        None => SyncCommand::Plain,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use crate::rules::witness::{Step, Witness, able, ask, call, exit, frames, step};
    use crate::schema::builtin;
    use crate::wire::Rung;

    use super::*;

    const PING: &str = r#"{"execute":"guest-ping"}"#;

    fn concerned(writes: &[&[u8]]) -> BTreeSet<(&'static str, Option<Arc<str>>)> {
        let writes: Vec<Vec<u8>> = writes.iter().map(|write| write.to_vec()).collect();
        let judge = Judge::new(builtin::seed());
        judge.concerned(None, &writes).into_iter().map(|(rule, command)| (rule.code, command)).collect()
    }

    #[test]
    fn the_plan_names_the_rows_that_a_stimulus_speaks_about() {
        let rows = concerned(&[b"{\"execute\":\"guest-ping\",\"arguments\":{\"x\":1}}\n"]);
        assert!(rows.contains(&("argument/unknown", Some("guest-ping".into()))));
        assert!(rows.contains(&("error/object", None)));
        assert!(!rows.iter().any(|(code, _)| *code == "reply/type"));
        let rows = concerned(&[b"{\"execute\":", b"\"guest-ping\"}\n"]);
        assert!(rows.contains(&("framing/split", Some("guest-ping".into()))));
        assert!(rows.contains(&("reply/type", Some("guest-ping".into()))));
        assert!(rows.contains(&("core/ping", Some("guest-ping".into()))));
        assert!(!rows.iter().any(|(code, _)| code.starts_with("error/") || code.starts_with("info/")));
        let rows = concerned(&[b"{\"execute\":\"gue"]);
        assert_eq!(
            rows.iter().map(|(code, _)| *code).collect::<Vec<_>>(),
            ["liveness/connection", "recovery/delimiter"]
        );
        let rows = concerned(&[b"{\"execute\":\"guest-shutdown\"}\n"]);
        assert!(rows.contains(&("silence/success", Some("guest-shutdown".into()))));
        assert!(!rows.iter().any(|(code, _)| ["reply/type", "envelope/json"].contains(code)));
    }

    #[test]
    fn what_is_planned_is_what_speaks() {
        for (request, reply) in [
            (PING, "{\"return\":{}}"),
            (
                "{\"execute\":\"guest-ping\",\"x\":1}",
                "{\"error\":{\"class\":\"GenericError\",\"desc\":\"\"}}",
            ),
            ("{\"execute\":\"guest-sync\",\"arguments\":{\"id\":9},\"id\":[]}", "{\"return\":9,\"id\":[]}"),
        ] {
            let planned = concerned(&[format!("{request}\n").as_bytes()]);
            let witness = Witness::of([ask(request, &format!("{reply}\n"))]);
            let rulings = witness.judgements().iter().flat_map(|judgement| &judgement.rulings);
            let spoken: BTreeSet<_> =
                rulings.map(|ruling| (ruling.rule.code, ruling.command.clone())).collect();
            let silent: Vec<_> = planned.difference(&spoken).collect();
            assert!(silent.is_empty(), "{request}: {silent:?}");
        }
    }

    #[test]
    fn reactions_are_sighted_for_valid_requests_only() {
        let error = |class: &str| format!("{{\"error\":{{\"class\":\"{class}\",\"desc\":\"\"}}}}");
        let witness = Witness::of([
            call("guest-ping", "{}", "{\"return\":{}}"),
            call("guest-get-users", "{}", &error("GenericError")),
            call("guest-get-disks", "{}", &error("CommandNotFound")),
            ask("{\"execute\":\"guest-suspend-ram\"}", ""),
            call("guest-ping", "{\"x\":1}", &error("GenericError")),
            step("@\n", ""),
        ]);
        let seen: Vec<_> = witness.judgements().iter().flat_map(|judgement| &judgement.sightings).collect();
        let seen: Vec<_> = seen.iter().map(|sighting| (&*sighting.command, sighting.reaction)).collect();
        assert_eq!(
            seen,
            [
                ("guest-ping", Reaction::Answered),
                ("guest-get-users", Reaction::Refused),
                ("guest-get-disks", Reaction::Unsupported),
                ("guest-suspend-ram", Reaction::Silent),
            ]
        );
    }

    /// Bytes that agents and clients send, and some that none should.
    fn noise() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(PING.as_bytes().to_vec()),
            Just(b"{\"return\": {}}\n".to_vec()),
            Just(b"{\"error\":{\"class\":\"GenericError\",\"desc\":\"\"},\"id\":1}\n".to_vec()),
            Just(
                b"{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"/t/a\",\"mode\":\"w+\"}}\n"
                    .to_vec()
            ),
            Just(b"{\"execute\":\"guest-file-read\",\"arguments\":{\"handle\":1}}\n".to_vec()),
            Just(b"{\"return\":{\"count\":9,\"buf-b64\":\"AAAA\",\"eof\":true}}\n".to_vec()),
            Just(b"{\"execute\":\"guest-info\",\"id\":{\"a\":[1]}}\n".to_vec()),
            Just(b"{\"execute\":\"guest-shutdown\"}\r\n".to_vec()),
            Just(b"{\"return\":1}\n".to_vec()),
            Just(b"\xFF".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..6),
        ];
        proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
    }

    fn any_step() -> impl Strategy<Value = Step> {
        let ending = prop_oneof![
            Just(Ending::InStep),
            Just(Ending::Closed),
            Just(Ending::Lost),
            Just(Ending::Waited),
            noise().prop_map(|bytes| Ending::LostStep { regained: Rung::Closers, received: frames(bytes) }),
        ];
        let role = prop_oneof![
            Just(Role::Case),
            Just(Role::Probe(ProbeKind::ExactId)),
            Just(Role::Probe(ProbeKind::TwoInOneWrite)),
            Just(Role::Probe(ProbeKind::ResetBy(Reset::Delimiter))),
        ];
        (noise(), noise(), ending, role, any::<bool>()).prop_map(|(sent, received, ending, role, reset)| {
            let step = step(sent, received).ending(ending).role(role);
            if reset { step.after_reset(Reset::Delimiter) } else { step }
        })
    }

    proptest! {
        #[test]
        fn no_conversation_breaks_the_judge(steps in proptest::collection::vec(any_step(), 0..6), restarted: bool, left in noise()) {
            let mut observations: Vec<_> = steps.into_iter().map(Step::observation).collect();
            observations.insert(observations.len() / 2, Observation::Reconnected { restarted });
            observations.insert(observations.len() / 3, Observation::TakenOver { left });
            observations.push(Observation::Calibrated(able()));
            observations.push(exit(None, None, false));
            Witness::watching(observations);
        }

        #[test]
        fn no_stimulus_breaks_the_plan(writes in proptest::collection::vec(noise(), 0..4)) {
            Judge::new(builtin::seed()).concerned(None, &writes);
        }
    }
}
