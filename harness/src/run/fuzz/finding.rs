//! Findings: what broke a rule, and the shortest way to see it again.

use std::sync::Arc;

use crate::generate::Step;
use crate::rules::{Failure, Rule, fingerprint};
use crate::run::evidence::describe_exit;
use crate::run::ledger::Excerpt;
use crate::verdict::Class;
use crate::wire::AgentExit;

/// A way to break a rule. Two findings with the same are the same finding.
#[derive(Clone, Debug)]
pub(super) struct Offence {
    pub(super) rule: &'static Rule,
    /// The row's command; empty for the connection.
    pub(super) command: Arc<str>,
    pub(super) bucket: String,
}

impl Offence {
    pub(super) fn fingerprint(&self) -> String {
        fingerprint(self.rule.code, &self.command, &self.bucket)
    }

    /// Whether it is this one.
    pub(super) fn is(&self, rule: &Rule, command: &str, bucket: &str) -> bool {
        self.rule.code == rule.code && *self.command == *command && self.bucket == bucket
    }
}

/// An offence as it was seen, while a script was played.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    pub(super) offence: Offence,
    pub(super) failure: Failure,
    /// The last step before it was seen, as an index into the steps as they were played.
    pub(super) step: usize,
    pub(super) sent: Excerpt,
    pub(super) received: Excerpt,
    /// How the agent ended with it, if it did.
    pub(super) exit: Option<AgentExit>,
}

/// What broke a rule, and how to see it again.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule's code.
    pub rule: &'static str,
    /// What breaking it means.
    pub class: Class,
    /// The command; empty for the connection.
    pub command: String,
    /// The way in which the rule was broken.
    pub bucket: String,
    /// Rule, command and bucket as one word.
    pub fingerprint: String,
    /// What would have conformed.
    pub expected: String,
    /// What came instead.
    pub got: String,
    /// The bytes sent.
    pub sent: Excerpt,
    /// The bytes received.
    pub received: Excerpt,
    /// How the agent ended with it, if it did, in words; its own are escaped.
    pub exit: Option<String>,
    /// The steps that show it, on a fresh agent.
    pub steps: Vec<Step>,
    /// Whether they did when they were tried.
    pub reproduced: Reproduced,
    /// The seed of the campaign.
    pub seed: u64,
    /// The script in which it was found, by number.
    pub script: u64,
    /// What it took.
    pub cost: Cost,
}

/// How often a finding was seen again, of how many times it was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reproduced {
    /// So often it was seen.
    pub times: u32,
    /// So often it was tried.
    pub of: u32,
}

/// What a finding took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Seconds from the beginning of the campaign.
    pub seconds: f64,
    /// Requests of the same worker until then, fences included.
    pub requests: u64,
    /// Steps in which it was found.
    pub steps_before: usize,
    /// Times that shorter scripts were tried.
    pub tries: u32,
}

impl Finding {
    pub(super) fn new(sighting: Sighting, steps: Vec<Step>) -> Self {
        let Sighting { offence, failure, sent, received, exit, .. } = sighting;
        Self {
            rule: offence.rule.code,
            class: offence.rule.class,
            command: offence.command.to_string(),
            fingerprint: offence.fingerprint(),
            bucket: offence.bucket,
            expected: failure.expected,
            got: failure.got,
            sent,
            received,
            exit: exit.as_ref().map(describe_exit),
            steps,
            reproduced: Reproduced::default(),
            seed: 0,
            script: 0,
            cost: Cost::default(),
        }
    }
}
