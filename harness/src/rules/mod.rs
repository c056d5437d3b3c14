//! The specification as code.
//!
//! A rule is a pure function over observations with a permanent code, a clause that it cites and the
//! evidence that it needs. One file a chapter; the table of all codes is below. Rules do no I/O, read no
//! clock and know nothing of cases: what was sent they learn from the classifier.

mod account;
mod argument;
mod attribution;
mod base64;
mod clock;
mod core;
mod device;
mod disk;
mod effect;
mod envelope;
mod error;
mod exec;
mod file;
mod framing;
mod freeze;
mod fsinfo;
mod helper;
mod info;
pub mod judge;
mod keys;
mod lexical;
mod listing;
mod liveness;
mod memory;
mod network;
mod recovery;
mod reply_type;
pub mod scene;
mod silence;
mod sync;
mod system;
mod table;
mod takeover;
mod trim;
mod type_check;
mod units;
mod user;
mod vcpu;
#[cfg(test)]
mod witness;
mod words;

use crate::model::SessionModel;
use crate::verdict::{Class, Evidence};
use crate::wire::{Observation, ProbeKind};

pub use attribution::{Attribution, Pairs, Shape, Tally};
pub use judge::{Judge, Judgement, Reaction, Ruling, Sighting};
pub use scene::{ExchangeScene, FrameScene, ProbeScene, Received, Turn};
pub use type_check::{TypeFault, TypeReport};

/// The chapters, in the order in which rules are listed.
const CHAPTERS: &[&[&Rule]] = &[
    core::RULES,
    framing::RULES,
    envelope::RULES,
    error::RULES,
    argument::RULES,
    lexical::RULES,
    reply_type::RULES,
    sync::RULES,
    recovery::RULES,
    takeover::RULES,
    silence::RULES,
    liveness::RULES,
    info::RULES,
    file::RULES,
    exec::RULES,
    freeze::RULES,
    trim::RULES,
    vcpu::RULES,
    memory::RULES,
    system::RULES,
    user::RULES,
    network::RULES,
    disk::RULES,
    fsinfo::RULES,
    device::RULES,
    clock::RULES,
    account::RULES,
    keys::RULES,
    effect::RULES,
];

/// The commands that every agent must have, apart from one of the two syncs, and whose success depends on
/// nothing in the guest.
const CORE: [&str; 4] = ["guest-ping", "guest-sync", "guest-sync-delimited", "guest-info"];

/// All rules, chapter by chapter.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    CHAPTERS.iter().copied().flatten().copied()
}

/// The rule of this code.
pub fn rule(code: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.code == code)
}

/// A name for a finding that is equal for findings of the same kind and stable across runs: rule, command
/// and bucket, hashed with FNV-1a. The command is empty for the row of the connection.
pub fn fingerprint(code: &str, command: &str, bucket: &str) -> String {
    const OFFSET_BASIS: u64 = 0xCBF2_9CE4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01B3;
    // The separator occurs in no UTF-8 text, so no two triples run together.
    let parts = [code.as_bytes(), &[0xFF], command.as_bytes(), &[0xFF], bucket.as_bytes()];
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
    format!("{:016x}", parts.into_iter().flatten().fold(OFFSET_BASIS, mix))
}

/// One rule of the specification.
#[derive(Debug)]
pub struct Rule {
    /// Permanent code, `chapter/name`.
    pub code: &'static str,
    /// What breaking it means.
    pub class: Class,
    /// One sentence that says what conforms, without a full stop.
    pub title: &'static str,
    /// The clauses that it tests, by id (`spec/clauses.toml`).
    pub clauses: &'static [&'static str],
    /// What must have been seen before the rule counts as exercised.
    pub evidence: Evidence,
    /// Paragraphs for `qgaspec rules CODE`: stimulus, what conforms, what violates, since when.
    pub explanation: &'static str,
    /// What a row without evidence means at the end.
    pub unmet: Unmet,
    /// Which row a ruling belongs to.
    pub row: RowOf,
    /// What the rule looks at, and how.
    pub scope: Scope,
}

impl Rule {
    /// The part of its code before the slash.
    pub fn chapter(&self) -> &'static str {
        self.code.split_once('/').map_or(self.code, |(chapter, _)| chapter)
    }

    /// The command of the row of a rule about probes or events, which is the same in every run; empty for the
    /// connection.
    pub const fn fixed_row(&self) -> &'static str {
        match self.row {
            RowOf::Named(command) => command,
            RowOf::Command | RowOf::Connection => "",
        }
    }
}

/// What a planned row means that never got its evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// The row is skipped or not run, as the case may be.
    NotRun,
    /// The rule asks for the evidence itself (a core command must succeed once): the row fails.
    Fails,
}

/// Which row a ruling belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOf {
    /// The command of the request, or the one that all requests of the exchange have in common; the
    /// connection when there is none, or none that the schema knows.
    Command,
    /// The connection: one cause shows at whatever is sent.
    Connection,
    /// Always this command, whatever was sent.
    Named(&'static str),
}

/// What a rule looks at. `concerns` tells from what is sent alone whether the rule would speak, so that the
/// plan can be fixed before the run; `judge` speaks once the reply is there.
#[derive(Debug)]
pub enum Scope {
    /// One frame that the agent sent, whether or not it is known which request it belongs to.
    Frame {
        /// Whether a frame that the rule speaks about must come in reply to this request.
        expects: fn(&Turn<'_>) -> bool,
        /// The judgement.
        judge: fn(&FrameScene<'_>) -> Outcome,
    },
    /// One request and its reply.
    Turn {
        /// Whether the rule applies to this request.
        concerns: fn(&Turn<'_>) -> bool,
        /// The judgement, with the reply or its absence.
        judge: fn(&Turn<'_>, &ExchangeScene<'_>) -> Outcome,
    },
    /// A whole exchange.
    Exchange {
        /// Whether the rule applies to such a stimulus.
        concerns: fn(&ExchangeScene<'_>) -> bool,
        /// The judgement.
        judge: fn(&ExchangeScene<'_>) -> Outcome,
    },
    /// One question of calibration.
    Probe {
        /// Whether the rule is about this probe.
        concerns: fn(ProbeKind) -> bool,
        /// The judgement.
        judge: fn(&ProbeScene<'_>) -> Outcome,
    },
    /// What calibration found out, the end of a spawned agent, unsolicited bytes; one row for the connection.
    Event {
        /// The judgement; the model is that of the time before the event.
        judge: fn(&Observation, &SessionModel) -> Outcome,
    },
}

/// What a rule says about one thing that it looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The evidence that the rule needs is not there.
    Silent,
    /// The evidence is there and conforms.
    Pass,
    /// The rule is broken.
    Fail(Failure),
}

/// How a rule was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What would have conformed, in words.
    pub expected: String,
    /// What came instead, in words; agent bytes in it are escaped already.
    pub got: String,
    /// A short stable word for this way to break the rule; equal buckets are the same finding.
    pub bucket: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::spec::{self, Strength};

    use super::*;

    #[test]
    fn codes_are_unique_and_have_a_chapter_and_a_name() {
        let mut seen = BTreeSet::new();
        for rule in rules() {
            let word = |part: &str| {
                let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
                part.split('-').all(|piece| !piece.is_empty() && piece.bytes().all(plain))
            };
            let (chapter, name) = rule.code.split_once('/').expect("a code has a slash");
            assert!(word(chapter) && word(name), "`{}` is not of the form chapter/name", rule.code);
            assert!(seen.insert(rule.code), "`{}` occurs twice", rule.code);
        }
    }

    #[test]
    fn every_rule_says_what_it_is_about() {
        for rule in rules() {
            assert!(!rule.title.is_empty() && !rule.title.ends_with('.'), "{}: title", rule.code);
            assert!(rule.explanation.trim_end().ends_with('.'), "{}: explanation", rule.code);
            assert!(!rule.clauses.is_empty(), "{}: clauses", rule.code);
        }
    }

    #[test]
    fn every_cited_clause_exists_and_can_be_tested() {
        for rule in rules() {
            for id in rule.clauses {
                let clause = spec::clause(id)
                    .unwrap_or_else(|| panic!("{} cites {id}, which does not exist", rule.code));
                assert_eq!(clause.untestable, None, "{} cites {id}", rule.code);
            }
        }
    }

    #[test]
    fn a_violation_rests_on_a_clause_that_binds() {
        for rule in rules().filter(|rule| rule.class == Class::Violation) {
            let binds = |id: &&str| {
                spec::clause(id)
                    .is_some_and(|clause| matches!(clause.strength, Strength::Must | Strength::Should))
            };
            assert!(rule.clauses.iter().any(binds), "{} cites habits only", rule.code);
        }
    }

    #[test]
    fn fingerprints_are_stable_and_tell_their_parts_apart() {
        // FNV-1a of two separators, computed elsewhere: reports of different versions must stay comparable.
        assert_eq!(fingerprint("", "", ""), "0a99c907b6f64763");
        assert_ne!(fingerprint("a", "b", "c"), fingerprint("a", "bc", ""));
    }
}
