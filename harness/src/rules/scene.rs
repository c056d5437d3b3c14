//! What a rule gets to see: an exchange with its stimulus read and its replies parsed, once for all rules.

use crate::classify::{Message, Reading};
use crate::model::SessionModel;
use crate::schema::{Command, Schema};
use crate::wire::{Abilities, Exchange, Frame, Malformed, ProbeKind, Reply};

/// An exchange, prepared for judgement.
#[derive(Debug)]
pub struct ExchangeScene<'a> {
    /// The recorded exchange.
    pub exchange: &'a Exchange,
    /// The schema that the agent is measured by.
    pub schema: &'a Schema,
    /// What calibration found out, once it has.
    pub abilities: Option<&'a Abilities>,
    /// The guest as it should look before this exchange.
    pub model: &'a SessionModel,
    /// The stimulus as the classifier reads it.
    pub reading: &'a Reading<'a>,
    /// The frames before the fence's reply, each read as a reply.
    pub replies: Vec<(&'a Frame, Result<Reply<'a>, Malformed>)>,
    /// The fence's reply, read likewise.
    pub fence_reply: Option<(&'a Frame, Result<Reply<'a>, Malformed>)>,
}

/// One request of an exchange and the reply that belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    /// The request.
    pub message: &'a Message<'a>,
    /// The schema's command of that name.
    pub command: Option<&'a Command>,
    /// Its frame, when attribution is certain.
    pub frame: Option<&'a Frame>,
    /// The reply in it, when it is one.
    pub reply: Option<&'a Reply<'a>>,
}

/// One question of calibration.
#[derive(Debug)]
pub struct ProbeScene<'a> {
    /// What was asked.
    pub kind: ProbeKind,
    /// The exchange in which it was asked, prepared.
    pub scene: &'a ExchangeScene<'a>,
}
