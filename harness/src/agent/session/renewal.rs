//! The client leaves and comes again; the agent is replaced by a fresh one.

use std::time::Duration;

use tokio::time::Instant;

use crate::agent::transport::Endpoint;
use crate::wire::Observation;

use super::channel::Channel;
use super::{RECONNECT_PATIENCE, Session, SessionError};

impl Session<'_> {
    /// The client says this, leaves without waiting for an answer, and comes again.
    pub async fn rejoin(&mut self, last_words: Vec<u8>) -> Result<(), SessionError> {
        if let Some(channel) = self.channel.as_mut()
            && !last_words.is_empty()
        {
            let cleared = self.gate.clear(last_words)?;
            channel.send(&cleared, self.bounds.deadline).await;
        }
        self.hang_up().await;
        let mut restarted = false;
        if let Some(exit) = self.endpoint.take_exit(Duration::ZERO).await {
            self.observations.push_back(Observation::AgentExit(exit));
            restarted = true;
        }
        let link = match self.endpoint.connect(RECONNECT_PATIENCE).await {
            Ok(link) => link,
            Err(error) => return Err(SessionError::Gone(error.to_string())),
        };
        self.channel = Some(Channel::new(link, self.bounds.reply_bytes));
        self.observations.push_back(Observation::Reconnected { restarted });
        self.resynchronise().await
    }

    /// Puts a fresh agent, in a fresh guest, in the place of this one, if it is ours; otherwise only the client leaves
    /// and comes again. What was not looked at yet of the former agent is forgotten.
    pub async fn renew(&mut self) -> Result<(), SessionError> {
        if !self.endpoint.can_restart() {
            return self.rejoin(Vec::new()).await;
        }
        self.hang_up().await;
        self.endpoint.stop().await;
        self.observations.clear();
        self.endpoint = Endpoint::new(&self.spec, self.bounds.start)?;
        self.restarts_left = self.bounds.restarts;
        self.setbacks = 0;
        let link = self.endpoint.connect(Duration::ZERO).await?;
        self.opened = Instant::now();
        self.channel = Some(Channel::new(link, self.bounds.reply_bytes));
        self.gate.in_step();
        self.observations.extend(self.endpoint.facts().map(Observation::Facts));
        self.observations.push_back(Observation::Reconnected { restarted: true });
        self.resynchronise().await
    }
}
