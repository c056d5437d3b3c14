//! Waivers: failures that are known and tolerated for a while, each with a reason and a last day.
//!
//! A waiver changes no verdict. It lies over a failing row, which then does not count against the agent. One that
//! covers nothing although its row was exercised is stale, one whose day is over has expired; both fail the run, so
//! that no exception outlives its cause. `read` understands the file, `apply` lays waivers over rows. The day is told
//! by whoever starts a run.

mod apply;
mod date;
mod read;

use globset::GlobMatcher;

pub(super) use apply::apply;
pub use date::{Date, DateError};
pub use read::read;

/// The word for the row of the connection, which belongs to no command.
const CONNECTION: &str = "connection";

/// The waivers of a file, and the day that it is.
#[derive(Clone, Debug, Default)]
pub struct Waivers {
    list: Vec<Waiver>,
    today: Date,
}

impl Waivers {
    /// These waivers on that day.
    pub const fn new(list: Vec<Waiver>, today: Date) -> Self {
        Self { list, today }
    }
}

/// One waiver.
#[derive(Clone, Debug)]
pub struct Waiver {
    rule: Pattern,
    command: Option<Pattern>,
    fingerprint: Option<String>,
    reason: String,
    expires: Date,
}

impl Waiver {
    /// Whether the row is one of those that it is about.
    fn is_about(&self, rule: &str, command: &str) -> bool {
        let command = if command.is_empty() { CONNECTION } else { command };
        self.rule.matches(rule) && self.command.as_ref().is_none_or(|pattern| pattern.matches(command))
    }

    /// Whether it covers a finding of a row that it is about.
    fn covers(&self, fingerprint: Option<&str>) -> bool {
        self.fingerprint.is_none() || self.fingerprint.as_deref() == fingerprint
    }
}

/// A name or a glob, as it was written.
#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    matcher: GlobMatcher,
}

impl Pattern {
    fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }
}
