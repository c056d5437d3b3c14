//! A bar on standard error while a run goes on, for those who watch.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::run::Progress;
use crate::run::fuzz::CampaignProgress;

/// The bar of one run. Dropping it removes it from the screen.
#[derive(Debug)]
pub(super) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar for cases that is drawn only if somebody watches.
    pub(super) fn new(watched: bool) -> Self {
        Self::drawn(watched, "{bar:30} {pos}/{len} cases · {msg} · {elapsed}")
    }

    /// A bar for agents that are tried.
    pub(super) fn of_agents(watched: bool) -> Self {
        Self::drawn(watched, "{bar:30} {pos}/{len} agents · {elapsed}")
    }

    /// A bar for findings that are shown again.
    pub(super) fn of_findings(watched: bool) -> Self {
        Self::drawn(watched, "{bar:30} {pos}/{len} findings shown again · {elapsed}")
    }

    /// A line for a campaign, whose end nobody knows.
    pub(super) fn of_campaign(watched: bool) -> Self {
        Self::drawn(watched, "{spinner} {msg} · {elapsed}")
    }

    fn drawn(watched: bool, template: &str) -> Self {
        let target = if watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template(template).expect("the templates are constant");
        Self { bar: ProgressBar::with_draw_target(None, target).with_style(style) }
    }

    /// Shows how far the run is.
    pub(super) fn show(&self, progress: Progress) {
        let Progress { done, total, requests, findings } = progress;
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(format!("{requests} requests · {findings} findings"));
    }
}

impl Bar {
    /// Shows how far a campaign is.
    pub(super) fn campaign(&self, progress: CampaignProgress) {
        let CampaignProgress { scripts, requests, rows, findings, restarts, seconds, .. } = progress;
        let rate = if seconds > 0.0 { requests as f64 / seconds } else { 0.0 };
        self.bar.tick();
        self.bar.set_message(format!(
            "{scripts} sessions · {rate:.0} requests/s · {rows} rows · {findings} findings · {restarts} restarts"
        ));
    }

    /// Shows that so many of so many are done.
    pub(super) fn count(&self, done: usize, total: usize) {
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
