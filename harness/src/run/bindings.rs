//! Values that are known only during a case: what a reply gave, and what a later stimulus needs of it.

use std::collections::BTreeMap;

use crate::generate::{Binding, Part, Stimulus, Symbol, Until};
use crate::text::Json;
use crate::wire::{Exchange, Reply};

/// What the replies of the current case gave, as they spelled it.
#[derive(Debug, Default)]
pub(super) struct Bindings(BTreeMap<Symbol, Vec<u8>>);

impl Bindings {
    /// Forgets the last case.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The writes of a stimulus; `None` if an earlier reply did not give what it needs.
    pub(super) fn fill(&self, stimulus: &Stimulus) -> Option<Vec<Vec<u8>>> {
        fill_with(stimulus, |symbol| self.0.get(&symbol).cloned())
    }

    /// The writes of a stimulus, with stand-ins for what no earlier reply gave.
    pub(super) fn fill_all(&self, stimulus: &Stimulus) -> Vec<Vec<u8>> {
        let value =
            |symbol: Symbol| self.0.get(&symbol).cloned().unwrap_or_else(|| symbol.stand_in().into_bytes());
        fill_with(stimulus, |symbol| Some(value(symbol))).unwrap_or_default()
    }

    /// Remembers what the reply gives. The number of a handle or a process is also returned.
    pub(super) fn learn(&mut self, binding: &Binding, exchange: &Exchange) -> Option<i64> {
        let (spelled, number) = exchange.received.iter().find_map(|frame| {
            let reply = Reply::read(frame).ok()?;
            let value = binding.path.iter().try_fold(reply.success()?, |value, name| value.member(name))?;
            Some((spelled(binding.symbol, value, &frame.bytes)?, value.as_i64()))
        })?;
        self.0.insert(binding.symbol, spelled);
        number
    }
}

/// The writes of a stimulus with stand-ins for what only the run will know.
pub(super) fn with_stand_ins(stimulus: &Stimulus) -> Vec<Vec<u8>> {
    fill_with(stimulus, |symbol| Some(symbol.stand_in().into_bytes())).unwrap_or_default()
}

/// Whether the stimulus need not be sent again after this exchange.
pub(super) fn is_over(until: Until, exchange: &Exchange) -> bool {
    exchange.received.iter().any(|frame| {
        let Ok(reply) = Reply::read(frame) else { return true };
        reply.success().is_none_or(|value| value.member(until.member).and_then(Json::as_bool) != Some(false))
    })
}

/// The value as the reply spells it, if it is of the right kind.
fn spelled(symbol: Symbol, value: &Json<'_>, message: &[u8]) -> Option<Vec<u8>> {
    let as_it_stands = |value: &Json<'_>| message.get(value.span.range()).map(<[u8]>::to_vec);
    match symbol {
        Symbol::Handle(_) | Symbol::Pid(_) | Symbol::Time => value.as_i64().and_then(|_| as_it_stands(value)),
        Symbol::List => value.as_array().and_then(|_| as_it_stands(value)),
        Symbol::MountPoints => {
            let points = value.as_array()?.iter().map(|entry| entry.member("mountpoint"));
            let points: Option<Vec<_>> =
                points.map(|point| point.filter(|point| point.is_string()).and_then(as_it_stands)).collect();
            points.filter(|points| !points.is_empty()).map(|points| points.join(&b','))
        }
    }
}

fn fill_with(stimulus: &Stimulus, value: impl Fn(Symbol) -> Option<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    let part = |part: &Part| match part {
        Part::Bytes(bytes) => Some(bytes.clone()),
        Part::Hole(symbol) => value(*symbol),
    };
    let write =
        |parts: &Vec<Part>| parts.iter().map(part).collect::<Option<Vec<_>>>().map(|parts| parts.concat());
    stimulus.writes.iter().map(write).collect()
}
