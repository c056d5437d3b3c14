//! Campaigns: scripts by number, several agents at a time, until somebody says stop.
//!
//! A campaign is as reproducible as its agents: the seed and a number make a script, and each worker plays every n-th.
//! What is found is told at once, first as it was seen and then as short as it could be made, so that a campaign that
//! is killed loses nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::agent::target::{TargetKind, TargetSpec};
use crate::classify::Hazard;
use crate::run::options::RunError;

use super::Finding;
use super::worker::{Worker, work};

/// How often whoever watches is told how far the campaign is.
const TICK: Duration = Duration::from_millis(100);

/// The choices of a campaign.
#[derive(Clone, Debug)]
pub struct CampaignOptions {
    /// What may be done to the guest; `None` means the target's default.
    pub allow: Option<Hazard>,
    /// The seed of the scripts.
    pub seed: u64,
    /// When it ends.
    pub time: Option<Duration>,
    /// After how many scripts it ends.
    pub scripts: Option<u64>,
    /// The first script, by number.
    pub first_script: u64,
    /// Fingerprints of findings that are known already.
    pub known: BTreeSet<String>,
    /// How many agents are played to at a time.
    pub workers: u32,
    /// Whether to stop at the first finding.
    pub fail_fast: bool,
    /// Longest silence before a fence counts as unanswered, in milliseconds.
    pub deadline_ms: u64,
    /// How long a spawned agent may take until it can be connected to, in milliseconds.
    pub start_ms: u64,
    /// An absolute path of a folder in the guest in which files may be made; `None` means the target's.
    pub scratch: Option<String>,
    /// Whether to go on when bytes arrive before anything was sent.
    pub ignore_early_bytes: bool,
}

impl Default for CampaignOptions {
    fn default() -> Self {
        Self {
            allow: None,
            seed: 0,
            time: None,
            scripts: None,
            first_script: 0,
            known: BTreeSet::new(),
            workers: 1,
            fail_fast: false,
            deadline_ms: 2000,
            start_ms: 5000,
            scratch: None,
            ignore_early_bytes: false,
        }
    }
}

/// How far a campaign is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CampaignProgress {
    /// Scripts that were played.
    pub scripts: u64,
    /// Requests sent, fences included.
    pub requests: u64,
    /// Rows that have spoken: pairs of rule and command.
    pub rows: usize,
    /// Findings.
    pub findings: usize,
    /// How often an agent was lost and another one took its place.
    pub restarts: u64,
    /// Since the beginning.
    pub seconds: f64,
    /// Before this one every script was played.
    pub next_script: u64,
}

/// What happens in a campaign.
#[derive(Clone, Copy, Debug)]
pub enum CampaignEvent<'e> {
    /// Some time has passed.
    Progress(CampaignProgress),
    /// Something was found. The steps are those in which it was seen.
    Found(&'e Finding),
    /// It was made as short as possible.
    Minimised(&'e Finding),
}

/// What came of a campaign.
#[derive(Clone, Debug, Default)]
pub struct CampaignReport {
    /// The target, as it was named.
    pub target: String,
    /// The seed of the scripts.
    pub seed: u64,
    /// What was allowed.
    pub hazard: Option<Hazard>,
    /// Findings, by fingerprint.
    pub findings: BTreeMap<String, Finding>,
    /// How far it came.
    pub progress: CampaignProgress,
    /// Why workers had to stop before the end.
    pub gone: Vec<String>,
    /// Whether the user ended it.
    pub interrupted: bool,
}

/// What workers share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    stop: AtomicBool,
    known: Mutex<BTreeSet<String>>,
    pub(super) requests: AtomicU64,
    pub(super) scripts: AtomicU64,
    pub(super) restarts: AtomicU64,
}

impl Shared {
    /// Whether this worker is the first to see a finding, and thus has it to make shorter.
    pub(super) fn claims(&self, fingerprint: &str) -> bool {
        let mut known = self.known.lock().expect("no code panics while it holds this lock");
        !known.contains(fingerprint) && known.insert(fingerprint.to_owned())
    }

    pub(super) fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// What a worker tells.
pub(super) enum News {
    Found(Box<Finding>),
    Minimised(Box<Finding>),
    /// Rows that spoke for the first time to this worker.
    Rows(HashSet<(&'static str, Option<Arc<str>>)>),
    /// It has played this script.
    Played {
        worker: u32,
        script: u64,
    },
    /// It cannot go on.
    Gone(String),
    /// It could not even begin.
    Failed(RunError),
}

/// Plays scripts to an agent until the time is over, so many were played, or the user ends it.
pub fn fuzz(
    spec: &TargetSpec,
    options: &CampaignOptions,
    audience: &mut dyn FnMut(CampaignEvent<'_>),
) -> Result<CampaignReport, RunError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RunError::Runtime)?;
    let shared = Shared { known: Mutex::new(options.known.clone()), ..Shared::default() };
    // An agent that is there already serves one client at a time.
    let workers = if can_be_several(spec) { options.workers.max(1) } else { 1 };
    let (sender, news) = mpsc::channel();
    thread::scope(|scope| {
        for number in 0..workers {
            let (sender, shared) = (sender.clone(), &shared);
            scope.spawn(move || work(Worker { spec, options, number, of: workers, shared, news: sender }));
        }
        drop(sender);
        let mut desk = Desk::new(spec, options, workers, &shared);
        let ended = runtime.block_on(desk.attend(&news, audience));
        shared.stop.store(true, Ordering::Relaxed);
        // What is being made shorter is still told.
        for last in &news {
            desk.take(last, audience)?;
        }
        ended?;
        Ok(desk.close(audience))
    })
}

/// Whether several agents can be played to at a time: only where they are ours.
pub fn can_be_several(spec: &TargetSpec) -> bool {
    matches!(spec.kind, TargetKind::Reference { .. } | TargetKind::Spawn(_) | TargetKind::QemuGa(_))
}

/// Takes the news.
struct Desk<'c> {
    options: &'c CampaignOptions,
    shared: &'c Shared,
    began: Instant,
    report: CampaignReport,
    rows: HashSet<(&'static str, Option<Arc<str>>)>,
    /// The script that each worker will play next.
    next: Vec<u64>,
}

impl<'c> Desk<'c> {
    fn new(spec: &TargetSpec, options: &'c CampaignOptions, workers: u32, shared: &'c Shared) -> Self {
        let report = CampaignReport {
            target: spec.text.clone(),
            seed: options.seed,
            hazard: Some(options.allow.unwrap_or(spec.default_hazard())),
            ..CampaignReport::default()
        };
        let next = (0..workers).map(|worker| options.first_script + u64::from(worker)).collect();
        Self { options, shared, began: Instant::now(), report, rows: HashSet::new(), next }
    }

    /// Takes news until all workers are done, the time is over or the user has had enough.
    async fn attend(
        &mut self,
        news: &Receiver<News>,
        audience: &mut dyn FnMut(CampaignEvent<'_>),
    ) -> Result<(), RunError> {
        let mut interrupt = pin!(tokio::signal::ctrl_c());
        loop {
            if tokio::time::timeout(Duration::ZERO, &mut interrupt).await.is_ok() {
                self.report.interrupted = true;
                return Ok(());
            }
            let until = Instant::now() + TICK;
            while let Some(left) = until.checked_duration_since(Instant::now()) {
                match news.recv_timeout(left) {
                    Ok(one) => self.take(one, audience)?,
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                }
            }
            audience(CampaignEvent::Progress(self.progress()));
            let is_found = self.options.fail_fast && !self.report.findings.is_empty();
            if is_found || self.options.time.is_some_and(|time| self.began.elapsed() >= time) {
                return Ok(());
            }
        }
    }

    fn take(&mut self, news: News, audience: &mut dyn FnMut(CampaignEvent<'_>)) -> Result<(), RunError> {
        match news {
            News::Found(mut finding) => {
                finding.cost.seconds = self.began.elapsed().as_secs_f64();
                audience(CampaignEvent::Found(&finding));
                self.report.findings.insert(finding.fingerprint.clone(), *finding);
            }
            News::Minimised(mut finding) => {
                if let Some(found) = self.report.findings.get(&finding.fingerprint) {
                    finding.cost.seconds = found.cost.seconds;
                }
                audience(CampaignEvent::Minimised(&finding));
                self.report.findings.insert(finding.fingerprint.clone(), *finding);
            }
            News::Rows(rows) => self.rows.extend(rows),
            News::Played { worker, script } => {
                let stride = self.next.len() as u64;
                if let Some(next) = self.next.get_mut(worker as usize) {
                    *next = script + stride;
                }
            }
            News::Gone(reason) => self.report.gone.push(reason),
            News::Failed(error) => {
                self.shared.stop.store(true, Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(())
    }

    fn progress(&self) -> CampaignProgress {
        CampaignProgress {
            scripts: self.shared.scripts.load(Ordering::Relaxed),
            requests: self.shared.requests.load(Ordering::Relaxed),
            rows: self.rows.len(),
            findings: self.report.findings.len(),
            restarts: self.shared.restarts.load(Ordering::Relaxed),
            seconds: self.began.elapsed().as_secs_f64(),
            next_script: self.next.iter().copied().min().unwrap_or(self.options.first_script),
        }
    }

    fn close(mut self, audience: &mut dyn FnMut(CampaignEvent<'_>)) -> CampaignReport {
        self.report.progress = self.progress();
        audience(CampaignEvent::Progress(self.report.progress));
        self.report
    }
}
