//! A run from the outside: options in, ledger out.

use std::pin::{Pin, pin};
use std::time::Instant;

use crate::agent::Surroundings;
use crate::agent::sandbox::Variation;
use crate::agent::target::{TargetKind, TargetSpec};
use crate::classify::Hazard;
use crate::wire::transcript::End;

use super::audience::{Audience, Progress, Watching};
use super::driver::Driver;
use super::ledger::Ledger;
use super::options::{Options, RunError};
use super::plan::Plan;
use super::recorder::Recorder;
use super::repertoire::Stock;
use super::setting::{Met, Setting};
use super::verdicts::{Circumstances, conclude};

/// What a run would send. Nothing is sent and no agent is started, so that none is asked for its version.
pub fn plan(spec: &TargetSpec, options: &Options) -> Result<Plan, RunError> {
    let setting = Setting::new(spec, options)?;
    setting.check()?;
    let selection = setting.selection()?;
    Ok(setting.plan(&Stock::default(), Surroundings::typical(&spec.kind), selection)?)
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
    Setting::new(spec, options)?.check()?;
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
    let mut setting = Setting::new(spec, options)?;
    let mut interrupt = pin!(interrupt());
    let mut met = or_interrupted(interrupt.as_mut(), setting.meet(setting.first())).await??;
    or_interrupted(interrupt.as_mut(), setting.settle(&mut met)).await?;
    let selection = setting.selection()?;
    let plan = setting.plan(stock, met.session.surroundings(), selection)?;
    let head = setting.head();
    audience.begins(&head).map_err(RunError::Record)?;
    let mut recorder = Recorder::new(setting.schema(), head.reproduce);
    setting.yardstick.remark.iter().for_each(|remark| recorder.remark(remark.clone()));
    let mut driver = Driver::new(setting.schema(), &plan, recorder, audience);
    driver.open_rows();
    let mut course = Course { setting: &setting, driver, gone: None };
    course.take(interrupt, met, &plan).await?;

    let Course { mut driver, gone, .. } = course;
    let seconds = began.elapsed().as_secs_f64();
    let end = End { gone, cases: driver.sent_cases, requests: driver.requests(), seconds };
    driver.end(&end)?;
    let circumstances = Circumstances {
        is_whole: driver.is_whole() && options.is_whole() && end.gone.is_none(),
        end,
        cut_short: false,
        skips: plan.skips(&driver.unsent),
        left_behind: if spec.is_attached() { driver.files.into_iter().collect() } else { Vec::new() },
        strict: options.strict,
        waivers: &options.waivers,
    };
    Ok(conclude(setting.header(), setting.schema(), &plan.selection, &driver.recorder, circumstances))
}

/// A run under way, from guest to guest.
struct Course<'c, 'p> {
    setting: &'c Setting<'c>,
    driver: Driver<'p, 'static>,
    /// How the agent was lost, if it was.
    gone: Option<String>,
}

impl Course<'_, '_> {
    /// Takes the agent through all guests of the plan; it is in the first already.
    async fn take(
        &mut self,
        mut interrupt: Pin<&mut impl Future<Output = ()>>,
        met: Met,
        plan: &Plan,
    ) -> Result<(), RunError> {
        let first = self.setting.first();
        self.play(interrupt.as_mut(), first, met).await?;
        for guest in plan.guests().filter(|guest| *guest != first) {
            if self.gone.is_some() || self.driver.may_stop(self.setting.options) {
                break;
            }
            match or_interrupted(interrupt.as_mut(), self.setting.meet(guest)).await? {
                Ok(met) => self.play(interrupt.as_mut(), guest, met).await?,
                Err(error) => self.lose(guest, &format!("at its start: {error}")),
            }
        }
        Ok(())
    }

    /// Sends what is planned for a guest.
    async fn play(
        &mut self,
        interrupt: Pin<&mut impl Future<Output = ()>>,
        guest: Variation,
        Met { mut session, calibrated }: Met,
    ) -> Result<(), RunError> {
        let Setting { spec, options, allowed, .. } = self.setting;
        let check_frozen = *allowed > Hazard::Read && !spec.is_disposable();
        self.driver.enter(guest);
        let driven = self.driver.drive(&mut session, calibrated, options, check_frozen);
        let outcome = or_interrupted(interrupt, driven).await;
        // However the run ended, nothing stays frozen; an agent that is gone cannot be helped.
        let _ = self.driver.thaw(&mut session).await;
        if let Some(how) = outcome?? {
            self.lose(guest, &how);
        }
        session.finish().await;
        self.driver.leave(&mut session);
        Ok(())
    }

    /// Remembers how the agent was lost.
    fn lose(&mut self, guest: Variation, how: &str) {
        let is_varied = !self.setting.spec.variations().is_empty();
        let place = if is_varied { format!("in the guest {}, ", guest.name()) } else { String::new() };
        self.gone = Some(place + how);
    }
}

/// Ends when the user wants to stop.
async fn interrupt() {
    // Where signals cannot be waited for, nobody can interrupt in this way.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn or_interrupted<T>(
    interrupt: Pin<&mut impl Future<Output = ()>>,
    work: impl Future<Output = T>,
) -> Result<T, RunError> {
    tokio::select! {
        done = work => Ok(done),
        () = interrupt => Err(RunError::Interrupted),
    }
}
