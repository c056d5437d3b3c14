//! What the guest should look like after what was done to it.
//!
//! The model learns from requests and replies only. What it cannot know it forgets, and the rules that would
//! need it fall silent.

use crate::text::Json;
use crate::wire::Reply;

/// The model of one session with one guest.
#[derive(Clone, Debug, Default)]
pub struct SessionModel {}

impl SessionModel {
    /// Learns from a request and its reply; `None` when the reply is unknown or did not come.
    pub fn record(&mut self, command: &str, arguments: Option<&Json<'_>>, reply: Option<&Reply<'_>>) {
        let _ = (command, arguments, reply);
    }

    /// The agent was replaced: what lived in its memory is gone.
    pub fn agent_restarted(&mut self) {
        *self = Self::default();
    }
}
