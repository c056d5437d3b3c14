//! Takes the cases of a plan through a session.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::agent::gate::Gate;
use crate::agent::session::{Bounds, Session, SessionError};
use crate::agent::target::{TargetKind, TargetSpec};
use crate::agent::typical_scratch;
use crate::classify::{self, Hazard, HazardContext, Tail};
use crate::generate::{Binding, Family, Need, Stimulus, Symbol};
use crate::rules::{self, Scope};
use crate::schema::{Schema, builtin};
use crate::verdict::{Class, SkipReason};
use crate::wire::{Abilities, Exchange, FenceKind, Observation, Reply, Reset, Role};

use super::ledger::{Ledger, Limits, TargetRecord};
use super::options::{Options, RunError};
use super::plan::{Plan, PlannedCase, Skip, fill_with};
use super::recorder::Recorder;
use super::verdicts::{Circumstances, Header, conclude};

/// Largest reply, in bytes: `guest-file-read` may return 48 MiB, which base64 turns into 64 MiB.
const REPLY_BYTES_MAX: usize = 72 * 1024 * 1024;
/// Equal findings of liveness after which the rest of a family is not sent.
const EQUAL_FINDINGS_MAX: u64 = 3;

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Cases that are over.
    pub done: usize,
    /// Cases that will be sent.
    pub total: usize,
    /// Requests sent, fences included.
    pub requests: u64,
    /// Findings of class violation and robustness.
    pub findings: usize,
}

/// What a run would send. Nothing is sent and no agent is started.
pub fn plan(spec: &TargetSpec, options: &Options) -> Result<Plan, RunError> {
    let scratch = options.scratch.clone().or_else(|| typical_scratch(&spec.kind));
    let allowed = options.allow.unwrap_or(spec.default_hazard());
    Ok(Plan::new(builtin::seed(), options, allowed, scratch)?)
}

/// Tests an agent and says what came out.
pub fn run(
    spec: &TargetSpec,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Ledger, RunError> {
    let in_process = matches!(spec.kind, TargetKind::Reference { .. });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // In process nothing but timers can make us wait, so time may jump to the next one.
        .start_paused(in_process)
        .build()
        .map_err(RunError::Runtime)?;
    runtime.block_on(async {
        tokio::select! {
            ledger = run_async(spec, options, progress) => ledger,
            _ = tokio::signal::ctrl_c() => Err(RunError::Interrupted),
        }
    })
}

async fn run_async(
    spec: &TargetSpec,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Ledger, RunError> {
    let began = Instant::now();
    let schema = builtin::seed();
    let allowed = options.allow.unwrap_or(spec.default_hazard());
    let bounds = Bounds {
        deadline: Duration::from_millis(options.deadline_ms),
        start: Duration::from_millis(options.start_ms),
        reply_bytes: REPLY_BYTES_MAX,
        restarts: options.max_restarts,
    };
    // A selection that makes no sense must not start an agent.
    plan(spec, options)?;
    // The gate learns the scratch folder as soon as the target has told it.
    let gate = Gate::new(schema, allowed, HazardContext::default());
    let mut session = Session::connect(spec, gate, bounds, options.ignore_early_bytes).await?;
    let scratch = options.scratch.clone().or_else(|| session.scratch());
    let plan = Plan::new(schema, options, allowed, scratch.clone())?;
    session.gate_mut().context_mut().scratch = scratch;

    let mut driver = Driver::new(schema, &plan, Recorder::new(schema, reproduction(spec, options, allowed)));
    driver.open_rows();
    let gone = driver.drive(&mut session, options, progress).await?;
    session.finish().await;
    driver.drain(&mut session);

    let circumstances = Circumstances {
        gone,
        abilities: *session.abilities(),
        cases: driver.sent_cases,
        requests: session.requests(),
        seconds: began.elapsed().as_secs_f64(),
        unsent: driver.unsent,
        left_behind: if spec.is_attached() { driver.files.into_iter().collect() } else { Vec::new() },
        strict: options.strict,
    };
    let header = Header {
        target: TargetRecord { target: spec.text.clone(), kind: spec.kind_name().to_owned(), ..TargetRecord::default() },
        seed: options.seed,
        hazard: allowed,
        effort: options.effort,
        limits: Limits {
            deadline_ms: options.deadline_ms,
            reply_bytes: REPLY_BYTES_MAX,
            restarts: options.max_restarts,
        },
    };
    Ok(conclude(header, schema, &plan, driver.recorder, circumstances))
}

/// The command line that shows a finding again, up to the case.
fn reproduction(spec: &TargetSpec, options: &Options, allowed: Hazard) -> String {
    use std::fmt::Write;
    let mut line = format!("qgaspec run {}", shell_words::quote(&spec.text));
    let mut add = |text: std::fmt::Arguments<'_>| line.write_fmt(text).expect("writing into a string cannot fail");
    if allowed != spec.default_hazard() {
        add(format_args!(" --allow {}", allowed.name()));
    }
    if options.effort != Options::default().effort {
        add(format_args!(" --effort {}", options.effort.name()));
    }
    if options.seed != 0 {
        add(format_args!(" --seed {}", options.seed));
    }
    if let Some(scratch) = &options.scratch {
        add(format_args!(" --scratch {}", shell_words::quote(scratch)));
    }
    line
}

struct Driver<'p, 's> {
    schema: &'s Schema,
    plan: &'p Plan,
    recorder: Recorder<'s>,
    bindings: BTreeMap<Symbol, i64>,
    worn: BTreeMap<(Family, Option<String>), BTreeMap<String, u64>>,
    unsent: BTreeMap<String, Skip>,
    files: BTreeSet<String>,
    sent_cases: u64,
}

impl<'p, 's> Driver<'p, 's> {
    fn new(schema: &'s Schema, plan: &'p Plan, recorder: Recorder<'s>) -> Self {
        Self {
            schema,
            plan,
            recorder,
            bindings: BTreeMap::new(),
            worn: BTreeMap::new(),
            unsent: BTreeMap::new(),
            files: BTreeSet::new(),
            sent_cases: 0,
        }
    }

    /// Fixes which rows must speak: those of the plan's cases, and those of calibration.
    fn open_rows(&mut self) {
        for rule in rules::rules() {
            if matches!(rule.scope, Scope::Probe { .. }) && self.plan.selection.selects(rule.code, "") {
                self.recorder.open_row(rule, "").attempted = 1;
            }
        }
        for (code, command) in self.plan.rows().into_keys() {
            if let Some(rule) = rules::rule(code) {
                self.recorder.open_row(rule, command);
            }
        }
    }

    /// Sends everything. What is returned says why the agent was lost, if it was.
    async fn drive(
        &mut self,
        session: &mut Session<'s>,
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<String>, RunError> {
        let calibrated = session.calibrate().await;
        self.drain(session);
        match calibrated {
            Err(SessionError::Gone(detail)) => return Ok(Some(format!("during calibration: {detail}"))),
            other => other?,
        }
        if session.abilities().fence.is_none() {
            return Ok(Some("no sync is answered with its id, so no reply can be attributed (core/sync)".to_owned()));
        }
        let total = self.plan.cases.iter().filter(|planned| planned.skip.is_none()).count();
        let mut done = 0;
        for planned in &self.plan.cases {
            if planned.skip.is_some() {
                continue;
            }
            let outcome = self.case(session, planned).await;
            self.drain(session);
            match outcome {
                Ok(()) => {}
                Err(SessionError::Gone(detail)) => {
                    return Ok(Some(format!("after case {}: {detail}", planned.case.id)));
                }
                Err(SessionError::Hazard(refused)) => {
                    let skip = Skip { reason: SkipReason::Hazard, detail: refused.to_string() };
                    self.unsent.insert(planned.case.id.0.clone(), skip);
                }
                Err(other) => return Err(other.into()),
            }
            done += 1;
            let findings = self.recorder.failures as usize;
            progress(Progress { done, total, requests: session.requests(), findings });
            if options.fail_fast && findings > 0 {
                break;
            }
        }
        Ok(None)
    }

    /// Hands every new observation to the judge.
    fn drain(&mut self, session: &mut Session<'s>) {
        while let Some(observation) = session.next_observation() {
            self.recorder.observe(&observation);
        }
    }

    async fn case(&mut self, session: &mut Session<'s>, planned: &PlannedCase) -> Result<(), SessionError> {
        let case = &planned.case;
        let family = (case.family, case.command.clone());
        if let Some(skip) = missing(&case.needs, session.abilities()).or_else(|| self.worn_out(&family)) {
            self.unsent.insert(case.id.0.clone(), skip);
            return Ok(());
        }
        self.sent_cases += 1;
        self.recorder.attempt(&planned.rows);
        self.bindings.clear();
        let label: Arc<str> = Arc::from(case.id.0.as_str());
        for stimulus in &case.stimuli {
            let Some(writes) = fill_with(stimulus, |symbol| self.bindings.get(&symbol).copied()) else {
                // An earlier step gave no number: it was refused, and what depends on it has no meaning.
                break;
            };
            let kind = self.fence_kind(&writes, session.abilities());
            let outcome = session.exchange(&label, Role::Case, writes, kind).await;
            self.take_in(session, stimulus, &family);
            outcome?;
        }
        Ok(())
    }

    /// Whether the stimulus may leave a message open decides how the fence is sent.
    fn fence_kind(&self, writes: &[Vec<u8>], abilities: &Abilities) -> FenceKind {
        match classify::read(&writes.concat(), self.schema).tail {
            Tail::Clean => FenceKind::Plain,
            Tail::Open => FenceKind::AfterReset(abilities.reset.unwrap_or(Reset::Newline)),
        }
    }

    /// Judges what an exchange left behind, and remembers what later steps need.
    fn take_in(&mut self, session: &mut Session<'s>, stimulus: &Stimulus, family: &(Family, Option<String>)) {
        while let Some(observation) = session.next_observation() {
            let before = self.liveness();
            self.recorder.observe(&observation);
            for (row, count) in self.liveness() {
                if before.get(&row) != Some(&count) {
                    *self.worn.entry(family.clone()).or_default().entry(row).or_default() += 1;
                }
            }
            if let (Observation::Exchange(exchange), Some(binding)) = (&observation, &stimulus.binding) {
                self.bind(session, exchange, binding);
            }
        }
    }

    fn liveness(&self) -> BTreeMap<String, u64> {
        let robustness = self.recorder.rows.iter().filter(|(_, record)| record.class == Class::Robustness);
        robustness.map(|((code, command), record)| (format!("{code} {command}"), record.violations_total)).collect()
    }

    fn worn_out(&self, family: &(Family, Option<String>)) -> Option<Skip> {
        let (row, _) = self.worn.get(family)?.iter().find(|(_, count)| **count >= EQUAL_FINDINGS_MAX)?;
        let detail = format!("not sent after {EQUAL_FINDINGS_MAX} equal findings of {}", row.trim_end());
        Some(Skip { reason: SkipReason::Capped, detail })
    }

    fn bind(&mut self, session: &mut Session<'s>, exchange: &Exchange, binding: &Binding) {
        let Some(number) = exchange.received.iter().find_map(|frame| number(frame, &binding.path)) else { return };
        self.bindings.insert(binding.symbol, number);
        let context = session.gate_mut().context_mut();
        match binding.symbol {
            Symbol::Handle(_) => {
                context.handles.insert(number);
                self.files.extend(opened_path(exchange));
            }
            Symbol::Pid(_) => {
                context.pids.insert(number);
            }
        }
    }
}

/// The number at `path` below `return`.
fn number(frame: &crate::wire::Frame, path: &[String]) -> Option<i64> {
    let reply = Reply::read(frame).ok()?;
    let mut value = reply.success()?;
    for name in path {
        value = value.member(name)?;
    }
    value.as_i64()
}

/// The path of a request that opened a file.
fn opened_path(exchange: &Exchange) -> Option<String> {
    let sent = exchange.sent();
    let document = crate::text::json::read(&sent, crate::text::Limits::default()).ok()?;
    document.value.member("arguments")?.member("path")?.as_str().map(std::borrow::Cow::into_owned)
}

/// The first need that the agent does not meet.
fn missing(needs: &[Need], abilities: &Abilities) -> Option<Skip> {
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
    let detail = format!("needs an ability that the agent lacks; see {lack}");
    Some(Skip { reason: SkipReason::Capped, detail })
}
