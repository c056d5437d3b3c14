//! Applies every rule to every observation and keeps the session model up to date.

use crate::schema::Schema;
use crate::wire::Observation;

use super::{Failure, Rule};

/// The judge of one run.
#[derive(Debug)]
pub struct Judge<'s> {
    schema: &'s Schema,
}

/// What the judge says about one observation.
#[derive(Debug, Default)]
pub struct Judgement {
    /// One entry for each rule that spoke.
    pub rulings: Vec<Ruling>,
    /// What the observation tells about commands, whatever the rules say.
    pub sightings: Vec<Sighting>,
}

/// One rule's word on one thing.
#[derive(Debug)]
pub struct Ruling {
    /// The rule.
    pub rule: &'static Rule,
    /// The row's command; `None` for the row of the connection.
    pub command: Option<String>,
    /// `None` if it passed.
    pub failure: Option<Failure>,
}

/// How the agent took one valid request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The command.
    pub command: String,
    /// What it did.
    pub reaction: Reaction,
}

/// What an agent did with one valid request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It answered with a `return`.
    Answered,
    /// It answered with an error of another class than `CommandNotFound`.
    Refused,
    /// It answered `CommandNotFound`.
    Unsupported,
    /// It answered nothing before the fence.
    Silent,
}

impl<'s> Judge<'s> {
    /// A judge that has seen nothing yet.
    pub fn new(schema: &'s Schema) -> Self {
        Self { schema }
    }

    /// Judges one observation; they must come in the order of time.
    pub fn observe(&mut self, observation: &Observation) -> Judgement {
        let _ = (self.schema, observation);
        Judgement::default()
    }

    /// The rows that rules would speak about if these writes were sent: the plan of a run is made of them.
    pub fn concerned(&self, writes: &[Vec<u8>]) -> Vec<(&'static Rule, Option<String>)> {
        let _ = writes;
        Vec::new()
    }
}
