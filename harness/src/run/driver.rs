//! Takes the cases of a plan through a session, several at a time where nothing speaks against it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::agent::Queued;
use crate::agent::sandbox::Variation;
use crate::agent::session::{Session, SessionError};
use crate::classify::{self, Hazard, Tail};
use crate::generate::{Case, Family, Need, Part, Stimulus, Symbol};
use crate::rules;
use crate::scenario::{Finding, Scenario, Step};
use crate::schema::Schema;
use crate::text::{self, Limits};
use crate::verdict::SkipReason;
use crate::wire::transcript::End;
use crate::wire::{Abilities, DELIMITER, Ending, Exchange, FenceKind, Observation, Reset, Role};

use super::TOOL;
use super::audience::{Audience, Progress};
use super::bindings::{Bindings, is_over};
use super::freeze::{self, Freeze};
use super::options::{Options, RunError};
use super::plan::{Drawn, Plan, PlannedCase, RowKey, Skip, Unsent};
use super::recorder::{Fresh, Recorder};
use super::repertoire::left;

/// Equal findings of robustness after which the rest of a family is not sent: each costs a deadline or an agent.
const EQUAL_FINDINGS_MAX: u64 = 3;
/// Cases under way at once; their replies must fit into what a socket holds while nobody reads, and
/// `qemu-ga` fills a Unix socket with fewer than 300 short replies.
const BATCH_CASES_MAX: usize = 32;
/// Bytes under way at once, for the same reason.
const BATCH_BYTES_MAX: usize = 16 * 1024;

/// The first pause before a stimulus is sent again, and the longest; each is twice the one before it.
const POLL_PAUSE_MIN: Duration = Duration::from_millis(1);
const POLL_PAUSE_MAX: Duration = Duration::from_millis(50);

/// Cases of one family about one command wear out together.
type Kin = (Family, Option<String>);

/// The state of a run.
pub(super) struct Driver<'p, 's> {
    schema: &'s Schema,
    plan: &'p Plan,
    pub(super) recorder: Recorder<'s>,
    audience: &'p mut dyn Audience,
    /// What the audience could not do.
    trouble: Option<io::Error>,
    /// The next cases of the guest, in order; some of them are under way.
    hand: VecDeque<Drawn<'p>>,
    current: Option<Kin>,
    worn: BTreeMap<Kin, BTreeMap<String, u64>>,
    /// The guest whose cases are sent now.
    guest: Variation,
    bindings: Bindings,
    freeze: Freeze,
    /// Cases of all guests that are over.
    done: usize,
    /// Requests in earlier guests.
    requests: u64,
    /// The rows of planned cases that were not sent after all.
    pub(super) unsent: BTreeMap<RowKey, Unsent>,
    /// Paths that the agent was made to open.
    pub(super) files: BTreeSet<String>,
    pub(super) sent_cases: u64,
    /// Why no client can take over from another, if none can.
    no_takeover: Option<&'static str>,
}

impl<'p, 's> Driver<'p, 's> {
    pub(super) fn new(
        schema: &'s Schema,
        plan: &'p Plan,
        recorder: Recorder<'s>,
        audience: &'p mut dyn Audience,
    ) -> Self {
        Self {
            schema,
            plan,
            recorder,
            audience,
            trouble: None,
            hand: VecDeque::new(),
            current: None,
            worn: BTreeMap::new(),
            guest: Variation::Usual,
            bindings: Bindings::default(),
            freeze: Freeze::default(),
            done: 0,
            requests: 0,
            unsent: BTreeMap::new(),
            files: BTreeSet::new(),
            sent_cases: 0,
            no_takeover: None,
        }
    }

    /// Fixes which rows must speak: those of the plan's cases, and those of calibration.
    pub(super) fn open_rows(&mut self) {
        self.recorder.open_probe_rows();
        for (code, command) in self.plan.rows().into_keys() {
            if let Some(rule) = rules::rule(code) {
                self.recorder.open_row(rule, command.as_str());
            }
        }
    }

    /// The next session is one with this guest.
    pub(super) fn enter(&mut self, guest: Variation) {
        self.guest = guest;
        self.freeze = Freeze::default();
    }

    /// The session is over.
    pub(super) fn leave(&mut self, session: &mut Session<'s>) {
        self.drain(session);
        self.requests += session.requests();
    }

    /// Requests of all sessions that are over, fences included.
    pub(super) fn requests(&self) -> u64 {
        self.requests
    }

    /// Cases of all guests that are planned.
    fn total(&self) -> usize {
        self.plan.cases.iter().filter(|planned| planned.skip.is_none()).count()
    }

    /// Whether every planned case has had its turn.
    pub(super) fn is_whole(&self) -> bool {
        self.done >= self.total()
    }

    /// Whether the user wants no more than what there is.
    pub(super) fn may_stop(&self, options: &Options) -> bool {
        options.fail_fast && self.recorder.failures > 0
    }

    /// Sends everything that is planned for the guest to an agent that was `calibrated`, unless `check_frozen` finds
    /// file systems frozen. What is returned says how the agent was lost, if it was.
    pub(super) async fn drive(
        &mut self,
        session: &mut Session<'s>,
        calibrated: Result<(), SessionError>,
        options: &Options,
        check_frozen: bool,
    ) -> Result<Option<String>, RunError> {
        self.drain(session);
        match calibrated {
            Err(SessionError::Gone(detail)) => return Ok(Some(format!("during calibration: {detail}"))),
            other => other?,
        }
        if session.abilities().fence.is_none() {
            return Ok(Some(
                "at once: it answers no sync with its id, so no reply can be attributed".to_owned(),
            ));
        }
        if check_frozen && self.is_frozen(session).await? {
            return Err(RunError::Frozen);
        }
        let on_devices = "on this channel an agent does not see its clients come and go";
        self.no_takeover = (!session.has_clients()).then_some(on_devices);
        let total = self.total();
        let mut rest = self.plan.wanted(self.guest);
        self.hand.clear();
        loop {
            let wanted = BATCH_CASES_MAX.saturating_sub(self.hand.len());
            self.hand.extend(rest.by_ref().take(wanted));
            if self.hand.is_empty() {
                break;
            }
            match self.step(session).await {
                Ok(settled) => {
                    self.hand.drain(..settled);
                    self.done += settled;
                }
                Err(SessionError::Gone(detail)) => {
                    let last = self.recorder.last_case();
                    return Ok(Some(format!("in case {last}: {detail}")));
                }
                Err(other) => return Err(other.into()),
            }
            let findings = self.recorder.failures as usize;
            let requests = self.requests + session.requests();
            self.audience.progressed(Progress { done: self.done, total, requests, findings });
            self.give_up_in_trouble()?;
            if self.may_stop(options) {
                break;
            }
        }
        Ok(None)
    }

    /// Hands every new observation to the judge, and returns the last exchange among them.
    pub(super) fn drain(&mut self, session: &mut Session<'s>) -> Option<Exchange> {
        let mut last = None;
        while let Some(observation) = session.next_observation() {
            if self.trouble.is_none() {
                self.trouble = self.audience.observed(&observation).err();
            }
            if let Observation::Exchange(exchange) = &observation {
                self.current = self.under_way(&exchange.case).map(|drawn| kin(&drawn.case));
                self.freeze.note(exchange);
            }
            for finding in self.recorder.observe(&observation) {
                if let Some(kin) = &self.current {
                    *self.worn.entry(kin.clone()).or_default().entry(finding).or_default() += 1;
                }
            }
            for fresh in self.recorder.take_fresh() {
                let scenario = self.scenario(&fresh, session);
                if self.trouble.is_none() {
                    self.trouble = self.audience.found(&fresh.fingerprint, &scenario).err();
                }
            }
            if let Observation::Exchange(exchange) = observation {
                last = Some(exchange);
            }
        }
        last
    }

    /// The conversation that has shown a finding: the steps of its case, or none where calibration shows it.
    fn scenario(&self, fresh: &Fresh, session: &mut Session<'s>) -> Scenario {
        let label = self.recorder.last_case();
        let drawn = self.under_way(label);
        let scratch = session.gate_mut().context_mut().scratch.clone();
        let stimuli = drawn.map(|drawn| drawn.case.stimuli.as_slice()).unwrap_or_default();
        let command = (!fresh.command.is_empty()).then(|| fresh.command.clone());
        Scenario {
            title: format!("{} for {}", fresh.rule, command.as_deref().unwrap_or("the connection")),
            expect: Vec::new(),
            finding: Some(Finding {
                rule: fresh.rule.to_owned(),
                command,
                bucket: fresh.bucket.clone(),
                origin: format!("{TOOL}, case {label}"),
            }),
            steps: stimuli.iter().map(|stimulus| Step::new(stimulus, scratch.as_deref())).collect(),
        }
    }

    /// Tells the audience that it is over.
    pub(super) fn end(&mut self, end: &End) -> Result<(), RunError> {
        self.give_up_in_trouble()?;
        self.audience.ends(end).map_err(RunError::Record)
    }

    fn give_up_in_trouble(&mut self) -> Result<(), RunError> {
        self.trouble.take().map_or(Ok(()), |trouble| Err(RunError::Record(trouble)))
    }

    /// Thaws what a case has frozen. Whatever comes of it is among the observations.
    pub(super) async fn thaw(&mut self, session: &mut Session<'s>) -> Result<(), SessionError> {
        let label: Arc<str> = Arc::from(self.recorder.last_case());
        for _ in 0..freeze::THAWS_MAX {
            if !self.freeze.is_owed() {
                break;
            }
            let kind = self.fence_kind(b"", session.abilities());
            let outcome = session.exchange(&label, Role::Case, vec![freeze::thaw()], kind).await;
            self.drain(session);
            outcome?;
        }
        Ok(())
    }

    /// Whether file systems were frozen before we came. An agent that refuses to tell has none.
    async fn is_frozen(&mut self, session: &mut Session<'s>) -> Result<bool, SessionError> {
        let outcome =
            session.exchange(&freeze::label(), Role::Case, vec![freeze::ask()], FenceKind::Plain).await;
        let asked = self.drain(session);
        outcome?;
        Ok(asked.is_some_and(|exchange| freeze::says_frozen(&exchange)))
    }

    /// The case of this label, if it is under way.
    fn under_way(&self, label: &str) -> Option<&Drawn<'p>> {
        self.hand.iter().find(|drawn| *drawn.label == *label)
    }

    /// Sends the next case, or the next few together, and returns how many cases that settled.
    async fn step(&mut self, session: &mut Session<'s>) -> Result<usize, SessionError> {
        let Some(first) = self.hand.front().cloned() else { return Ok(0) };
        if let Some(skip) = self.reason_against(&first, session.abilities()) {
            self.leave_out(first.planned, &skip);
            return Ok(1);
        }
        let batch = self.batch(session.abilities());
        let settled = if batch.len() > 1 {
            session.exchange_batch(batch).await
        } else {
            let outcome = self.case(session, &first).await;
            self.drain(session);
            match outcome {
                Ok(()) | Err(SessionError::Hazard(_)) => self.thaw(session).await.and(outcome),
                Err(_) => outcome,
            }
            .map(|()| 1)
        };
        self.drain(session);
        if let Err(SessionError::Hazard(refused)) = settled {
            let skip = Skip { reason: SkipReason::Hazard, detail: refused.to_string() };
            self.leave_out(first.planned, &skip);
            return Ok(1);
        }
        let sent = settled.as_ref().copied().unwrap_or(1);
        self.sent_cases += sent as u64;
        for drawn in self.hand.iter().take(sent) {
            self.recorder.attempt(self.plan.rows_of(drawn.planned));
        }
        settled
    }

    /// A planned case is not sent after all.
    fn leave_out(&mut self, planned: &PlannedCase, skip: &Skip) {
        for row in self.plan.rows_of(planned) {
            let unsent = self.unsent.entry(row.clone());
            unsent.or_insert_with(|| Unsent { cases: 0, skip: skip.clone() }).cases += 1;
        }
    }

    /// The longest run of cases from the front that can be under way together.
    fn batch(&self, abilities: Abilities) -> Vec<Queued> {
        let mut batch = Vec::new();
        let mut bytes_under_way = 0;
        for drawn in &self.hand {
            let Some(bytes) = stands_alone(&drawn.case) else { break };
            let complete = abilities.several_in_one_write && self.is_complete(bytes);
            bytes_under_way += bytes.len();
            // A call of a guest's program could not be attributed within a batch.
            if !complete
                || drawn.planned.hazard().hazard > Hazard::Scratch
                || bytes_under_way > BATCH_BYTES_MAX
                || self.reason_against(drawn, abilities).is_some()
            {
                break;
            }
            batch.push(Queued { case: Arc::clone(&drawn.label), bytes: bytes.to_vec() });
        }
        batch
    }

    async fn case(&mut self, session: &mut Session<'s>, drawn: &Drawn<'_>) -> Result<(), SessionError> {
        self.bindings.clear();
        for stimulus in &drawn.case.stimuli {
            let Some(writes) = self.bindings.fill(stimulus) else {
                // An earlier step did not give what it needs: it was refused, and this one has no meaning.
                break;
            };
            if !self.take_over(session, stimulus).await? {
                if let Some(skip) = self.without_takeover(&drawn.case) {
                    self.leave_out(drawn.planned, &skip);
                }
                break;
            }
            self.stimulus(session, &drawn.label, stimulus, writes).await?;
        }
        Ok(())
    }

    /// Lets another client take over, if the stimulus wants that; false if no client could.
    async fn take_over(
        &mut self,
        session: &mut Session<'s>,
        stimulus: &Stimulus,
    ) -> Result<bool, SessionError> {
        let Some(left) = left(stimulus) else { return Ok(true) };
        let same_agent = session.take_over(left.to_vec()).await?;
        if !same_agent {
            self.no_takeover = Some("the agent ends with its client");
        }
        Ok(same_agent)
    }

    /// Sends one stimulus, and again as often as it wants.
    async fn stimulus(
        &mut self,
        session: &mut Session<'s>,
        label: &Arc<str>,
        stimulus: &Stimulus,
        writes: Vec<Vec<u8>>,
    ) -> Result<(), SessionError> {
        let sent = writes.concat();
        let unread = [left(stimulus).unwrap_or_default(), &sent].concat();
        let kind = self.fence_kind(&unread, session.abilities());
        self.freeze.before(&sent);
        let tries = stimulus.until.map_or(1, |until| until.tries);
        let mut pause = POLL_PAUSE_MIN;
        for attempt in 1..=tries {
            let outcome = session.exchange(label, Role::Case, writes.clone(), kind).await;
            let exchange = self.drain(session);
            outcome?;
            let Some(exchange) = exchange else { break };
            if let Some(binding) = &stimulus.binding
                && let Some(number) = self.bindings.learn(binding, &exchange)
            {
                self.take_note(session, binding.symbol, number, &exchange);
            }
            let waits = stimulus.until.is_some_and(|until| !is_over(until, &exchange));
            if !waits || exchange.ending != Ending::InStep || attempt == tries {
                break;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(POLL_PAUSE_MAX);
        }
        Ok(())
    }

    fn reason_against(&self, drawn: &Drawn<'_>, abilities: Abilities) -> Option<Skip> {
        self.without_takeover(&drawn.case)
            .or_else(|| missing(&drawn.case.needs, abilities))
            .or_else(|| deadly(&drawn.case, abilities))
            .or_else(|| self.worn_out(&kin(&drawn.case)))
    }

    fn without_takeover(&self, case: &Case) -> Option<Skip> {
        let detail = self.no_takeover?.to_owned();
        let takes_over = case.stimuli.iter().any(|stimulus| stimulus.takeover.is_some());
        takes_over.then_some(Skip { reason: SkipReason::Transport, detail })
    }

    fn worn_out(&self, kin: &Kin) -> Option<Skip> {
        let (row, _) = self.worn.get(kin)?.iter().find(|(_, count)| **count >= EQUAL_FINDINGS_MAX)?;
        let detail = format!("not sent after {EQUAL_FINDINGS_MAX} equal findings of {row}");
        Some(Skip { reason: SkipReason::Capped, detail })
    }

    /// Whether the stimulus may leave a message open decides how the fence is sent.
    fn fence_kind(&self, bytes: &[u8], abilities: Abilities) -> FenceKind {
        match classify::read(bytes, self.schema).tail {
            Tail::Clean => FenceKind::Plain,
            Tail::Open => FenceKind::AfterReset(abilities.reset.unwrap_or(Reset::Newline)),
        }
    }

    fn is_complete(&self, bytes: &[u8]) -> bool {
        let reading = classify::read(bytes, self.schema);
        reading.tail == Tail::Clean && reading.counted && bytes.ends_with(b"\n")
    }

    /// A file was opened or a process started: it is ours from now on.
    fn take_note(&mut self, session: &mut Session<'s>, symbol: Symbol, number: i64, exchange: &Exchange) {
        let context = session.gate_mut().context_mut();
        match symbol {
            Symbol::Handle(_) => {
                context.handles.insert(number);
                self.files.extend(opened_path(exchange));
            }
            Symbol::Pid(_) => {
                context.pids.insert(number);
            }
            Symbol::Time | Symbol::List | Symbol::MountPoints => {}
        }
    }
}

fn kin(case: &Case) -> Kin {
    (case.family, case.command.clone())
}

/// The bytes of a case that consists of one write, known beforehand, of whose reply nothing is remembered.
/// What may power the guest off or freeze it goes alone.
fn stands_alone(case: &Case) -> Option<&[u8]> {
    let [stimulus] = case.stimuli.as_slice() else { return None };
    let [write] = stimulus.writes.as_slice() else { return None };
    let [Part::Bytes(bytes)] = write.as_slice() else { return None };
    let alone = stimulus.binding.is_none() && stimulus.until.is_none() && stimulus.takeover.is_none();
    (alone && case.family != Family::Power && !freeze::may_freeze(bytes)).then_some(bytes)
}

/// The first need that the agent does not meet.
fn missing(needs: &[Need], abilities: Abilities) -> Option<Skip> {
    let lack = needs.iter().find_map(|need| {
        let (met, rule) = match need {
            Need::NewlineOptional => (abilities.newline_optional, "framing/newline-optional"),
            Need::SeveralInOneWrite => (abilities.several_in_one_write, "framing/two-in-one-write"),
            Need::DelimiterResets => (abilities.reset == Some(Reset::Delimiter), "recovery/delimiter"),
            Need::ControlResets => (abilities.control_resets, "recovery/control"),
            Need::AnyReset => (abilities.reset.is_some(), "recovery/delimiter"),
        };
        (!met).then_some(rule)
    })?;
    Some(Skip::lacking(lack))
}

/// An agent that a delimiter kills shows nothing new if it is killed again.
fn deadly(case: &Case, abilities: Abilities) -> Option<Skip> {
    let is_delimiter = |part: &Part| matches!(part, Part::Bytes(bytes) if bytes.contains(&DELIMITER));
    let mut parts = case.stimuli.iter().flat_map(|stimulus| stimulus.writes.iter().flatten());
    (!abilities.survives_delimiter && parts.any(is_delimiter))
        .then(|| Skip::lacking("recovery/delimiter-first"))
}

/// The path of a request that opened a file.
fn opened_path(exchange: &Exchange) -> Option<String> {
    let sent = exchange.sent();
    let document = text::json::read(&sent, Limits::default()).ok()?;
    document.value.member("arguments")?.member("path")?.as_str().map(std::borrow::Cow::into_owned)
}
