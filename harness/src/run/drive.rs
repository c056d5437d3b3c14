//! A run from the outside: options in, ledger out.

use std::pin::pin;
use std::time::{Duration, Instant};

use crate::agent::Surroundings;
use crate::agent::gate::Gate;
use crate::agent::session::{Bounds, Session};
use crate::agent::target::{SpawnSpec, TargetKind, TargetSpec};
use crate::classify::{Hazard, HazardContext};
use crate::generate::GuestProfile;
use crate::schema::builtin;
use crate::wire::transcript::{End, Head};

use super::audience::{Audience, Progress, Watching};
use super::driver::Driver;
use super::ledger::Ledger;
use super::options::{Options, RunError};
use super::plan::{Plan, check_selection, selection};
use super::recorder::Recorder;
use super::repertoire::Stock;
use super::verdicts::{Circumstances, Header, conclude};
use super::{SCHEMA, TOOL};

/// Largest reply, in bytes: `guest-file-read` may return 48 MiB, which base64 turns into 64 MiB.
const REPLY_BYTES_MAX: usize = 72 * 1024 * 1024;

/// What a run would send. Nothing is sent and no agent is started.
pub fn plan(spec: &TargetSpec, options: &Options) -> Result<Plan, RunError> {
    let allowed = options.allow.unwrap_or(spec.default_hazard());
    let profile = profile(options, Surroundings::typical(&spec.kind));
    check_selection(builtin::seed(), options, &profile)?;
    let selection = selection(builtin::seed(), options)?;
    let repertoire = Stock::default().repertoire(builtin::seed(), &profile, options.seed);
    Ok(Plan::new(&repertoire, selection, options, allowed))
}

/// Tests an agent and says what came out.
pub fn run(
    spec: &TargetSpec,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Ledger, RunError> {
    run_before(spec, options, &mut Watching(progress))
}

/// Likewise, before an audience that is told everything as it happens.
pub fn run_before(
    spec: &TargetSpec,
    options: &Options,
    audience: &mut dyn Audience,
) -> Result<Ledger, RunError> {
    // A selection that makes no sense must not start an agent.
    check_selection(builtin::seed(), options, &profile(options, Surroundings::typical(&spec.kind)))?;
    run_from(&Stock::default(), spec, options, audience)
}

/// Likewise, with the repertoire of earlier runs if the guest is the same.
pub(super) fn run_from(
    stock: &Stock,
    spec: &TargetSpec,
    options: &Options,
    audience: &mut dyn Audience,
) -> Result<Ledger, RunError> {
    let in_process = matches!(spec.kind, TargetKind::Reference { .. });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // In process nothing but timers can make us wait, so time may jump to the next one.
        .start_paused(in_process)
        .build()
        .map_err(RunError::Runtime)?;
    runtime.block_on(run_async(stock, spec, options, audience))
}

async fn run_async(
    stock: &Stock,
    spec: &TargetSpec,
    options: &Options,
    audience: &mut dyn Audience,
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
    let selection = selection(schema, options)?;
    // The gate learns the scratch folder as soon as the target has told it.
    let gate = Gate::new(schema, allowed, HazardContext::default());
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    let mut session = tokio::select! {
        session = Session::connect(spec, gate, bounds, options.ignore_early_bytes) => session?,
        _ = &mut interrupt => return Err(RunError::Interrupted),
    };
    let profile = profile(options, session.surroundings());
    let plan = Plan::new(&stock.repertoire(schema, &profile, options.seed), selection, options, allowed);
    session.gate_mut().context_mut().scratch = profile.scratch;

    let head = head(spec, options, allowed);
    audience.begins(&head).map_err(RunError::Record)?;
    let recorder = Recorder::new(schema, head.reproduce.clone());
    let mut driver = Driver::new(schema, &plan, recorder, audience);
    driver.open_rows();
    let check_frozen = allowed > Hazard::Read && !spec.is_disposable();
    let outcome = tokio::select! {
        ended = driver.drive(&mut session, options, check_frozen) => ended,
        _ = &mut interrupt => Err(RunError::Interrupted),
    };
    // However the run ended, nothing stays frozen; an agent that is gone cannot be helped.
    let _ = driver.thaw(&mut session).await;
    let gone = outcome?;
    session.finish().await;
    driver.drain(&mut session);
    let end = End {
        gone,
        cases: driver.sent_cases,
        requests: session.requests(),
        seconds: began.elapsed().as_secs_f64(),
    };
    driver.end(&end)?;

    let header = Header::new(&head, allowed, options.effort);
    let circumstances = Circumstances {
        is_whole: driver.is_whole && options.is_whole() && end.gone.is_none(),
        end,
        cut_short: false,
        skips: plan.skips(&driver.unsent),
        left_behind: if spec.is_attached() { driver.files.into_iter().collect() } else { Vec::new() },
        strict: options.strict,
        waivers: &options.waivers,
    };
    Ok(conclude(header, schema, &plan.selection, &driver.recorder, circumstances))
}

/// What a transcript of the run begins with.
fn head(spec: &TargetSpec, options: &Options, allowed: Hazard) -> Head {
    Head {
        tool: TOOL.to_owned(),
        target: spec.text.clone(),
        kind: spec.kind_name().to_owned(),
        schema: SCHEMA.to_owned(),
        seed: options.seed,
        hazard: allowed.name().to_owned(),
        effort: options.effort.name().to_owned(),
        deadline_ms: options.deadline_ms,
        reply_bytes: REPLY_BYTES_MAX,
        restarts: options.max_restarts,
        reproduce: reproduction(spec, options, allowed),
    }
}

/// What cases may use of the guest: what is around the agent, unless the user says otherwise.
fn profile(options: &Options, surroundings: Surroundings) -> GuestProfile {
    let Surroundings { scratch, programs, user, facts } = surroundings;
    GuestProfile { scratch: options.scratch.clone().or(scratch), programs, user, facts }
}

/// The command line that shows a finding again, up to the case.
fn reproduction(spec: &TargetSpec, options: &Options, allowed: Hazard) -> String {
    use std::fmt::Write;
    let mut line = format!("qgaspec run {}", shell_words::quote(&spec.text));
    let mut add =
        |text: std::fmt::Arguments<'_>| line.write_fmt(text).expect("writing into a string cannot fail");
    if let TargetKind::Spawn(SpawnSpec { sandbox: Some(_), .. }) = spec.kind {
        add(format_args!(" --sandbox"));
    }
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
