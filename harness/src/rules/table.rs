//! The rules by what they look at, so that none is asked about a scope that is not its own.

use crate::model::SessionModel;
use crate::wire::{Observation, ProbeKind};

use super::scene::{ExchangeScene, FrameScene, ProbeScene, Turn};
use super::{Outcome, Rule, Scope, rules};

type OfTurn = fn(&Turn<'_>) -> bool;
type OfExchange = fn(&ExchangeScene<'_>) -> bool;
type OfProbe = fn(ProbeKind) -> bool;
type JudgeFrame = fn(&FrameScene<'_>) -> Outcome;
type JudgeTurn = fn(&Turn<'_>, &ExchangeScene<'_>) -> Outcome;
type JudgeExchange = fn(&ExchangeScene<'_>) -> Outcome;
type JudgeProbe = fn(&ProbeScene<'_>) -> Outcome;
type JudgeEvent = fn(&Observation, &SessionModel) -> Outcome;

/// Each rule with the functions of its scope.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) frames: Vec<(&'static Rule, OfTurn, JudgeFrame)>,
    pub(super) turns: Vec<(&'static Rule, OfTurn, JudgeTurn)>,
    pub(super) exchanges: Vec<(&'static Rule, OfExchange, JudgeExchange)>,
    pub(super) probes: Vec<(&'static Rule, OfProbe, JudgeProbe)>,
    pub(super) events: Vec<(&'static Rule, JudgeEvent)>,
}

impl Table {
    /// All rules.
    pub(super) fn new() -> Self {
        let mut table = Self::default();
        for rule in rules() {
            match rule.scope {
                Scope::Frame { expects, judge } => table.frames.push((rule, expects, judge)),
                Scope::Turn { concerns, judge } => table.turns.push((rule, concerns, judge)),
                Scope::Exchange { concerns, judge } => table.exchanges.push((rule, concerns, judge)),
                Scope::Probe { concerns, judge } => table.probes.push((rule, concerns, judge)),
                Scope::Event { judge } => table.events.push((rule, judge)),
            }
        }
        table
    }
}
