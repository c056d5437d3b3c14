//! Calibration: what an agent can do, asked with separate writes, least harmful first.

use std::sync::Arc;
use std::time::Duration;

use crate::wire::{
    Abilities, DELIMITER, Ending, Fence, FenceKind, Observation, ProbeKind, Reset, Role, SyncCommand,
};

use super::{ESCAPE, Session, SessionError, sync};

/// How long a fresh connection is listened to before the first byte is sent.
pub(super) const EARLY_BYTES: Duration = Duration::from_millis(50);
/// What is assumed before the first probe: nothing that could do harm.
pub(super) const UNKNOWN: Abilities = Abilities {
    fence: None,
    delimited_sync: false,
    several_in_one_write: false,
    newline_optional: false,
    terminates_lines: true,
    survives_delimiter: false,
    reset: None,
    control_resets: false,
};
/// Half a request, open inside a string.
const HALF_IN_STRING: &[u8] = b"{\"execute\":\"guest-pi";
/// Half a request, open outside a string: a line end within a string would be an error of its own.
const HALF_IN_OBJECT: &[u8] = b"{\"execute\":";
/// 2^53 + 1: the least positive integer that a double cannot hold.
const NOT_A_DOUBLE: i64 = 9_007_199_254_740_993;
/// The id of a sync that goes before a fence in the same write; above all fences' ids.
const COMPANION_ID: i64 = i32::MAX as i64;

impl Session<'_> {
    /// Finds out what the agent can do and leaves the probes among the observations, `Calibrated` last.
    /// Without a working sync there is nothing to go on with; the caller sees it in the abilities.
    pub async fn calibrate(&mut self) -> Result<(), SessionError> {
        let outcome = self.ask_everything().await;
        if let Some(channel) = &self.channel {
            self.abilities.terminates_lines = channel.terminates_lines();
        }
        self.observations.push_back(Observation::Calibrated(self.abilities));
        match outcome {
            // That an agent never answered a sync is for the rules to say, not a failure of ours.
            Err(SessionError::Gone(_)) if self.abilities.fence.is_none() => Ok(()),
            other => other,
        }
    }

    async fn ask_everything(&mut self) -> Result<(), SessionError> {
        let before = self.observations.len();
        self.ask_for_syncs().await?;
        if self.abilities.fence.is_none() && self.wake().await? {
            // The first probes met what an earlier client had left behind; they say nothing about the agent.
            self.observations.truncate(before);
            self.ask_for_syncs().await?;
        }
        if self.abilities.fence.is_some() {
            self.ask_about_writes().await?;
            self.ask_about_resets().await?;
        }
        Ok(())
    }

    async fn ask_for_syncs(&mut self) -> Result<(), SessionError> {
        let plain = self.ask(ProbeKind::Sync, |id| sync(SyncCommand::Plain, id)).await?;
        if plain {
            self.abilities.fence = Some(SyncCommand::Plain);
        }
        let delimited = self.ask(ProbeKind::SyncDelimited, |id| sync(SyncCommand::Delimited, id)).await?;
        self.abilities.delimited_sync = delimited;
        if !plain && delimited {
            self.abilities.fence = Some(SyncCommand::Delimited);
        }
        Ok(())
    }

    /// An agent that answers no sync may hold half a message of an earlier client.
    async fn wake(&mut self) -> Result<bool, SessionError> {
        for (prefix, command) in [(DELIMITER, SyncCommand::Delimited), (ESCAPE, SyncCommand::Plain)] {
            let mut fence = self.fence(FenceKind::Plain);
            fence.bytes = prefixed(prefix, command, fence.id);
            // Two whole deadlines have passed in silence already.
            if self.try_fence(&mut fence, self.bounds.deadline / 2).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn ask_about_writes(&mut self) -> Result<(), SessionError> {
        let command = self.abilities.fence.unwrap_or(SyncCommand::Plain);
        let exact = self.fence(FenceKind::Plain);
        self.probe(ProbeKind::ExactId, vec![sync(command, NOT_A_DOUBLE)], exact).await?;
        let two = |id| [sync(command, COMPANION_ID), sync(command, id)].concat();
        self.abilities.several_in_one_write = self.ask(ProbeKind::TwoInOneWrite, two).await?;
        let without_line_end = |id| {
            let mut bytes = sync(command, id);
            bytes.pop();
            bytes
        };
        self.abilities.newline_optional = self.ask(ProbeKind::NoNewline, without_line_end).await?;
        Ok(())
    }

    async fn ask_about_resets(&mut self) -> Result<(), SessionError> {
        let command = if self.abilities.delimited_sync { SyncCommand::Delimited } else { SyncCommand::Plain };
        self.abilities.survives_delimiter =
            self.ask(ProbeKind::DelimiterFirst, |id| prefixed(DELIMITER, command, id)).await?;
        let delimiter =
            self.abilities.survives_delimiter && self.resets(Reset::Delimiter, HALF_IN_STRING).await?;
        if delimiter {
            self.abilities.reset = Some(Reset::Delimiter);
        }
        self.abilities.control_resets = self.resets(Reset::Control, HALF_IN_STRING).await?;
        if self.abilities.reset.is_none() && self.abilities.control_resets {
            self.abilities.reset = Some(Reset::Control);
        }
        if self.abilities.reset.is_none() && self.resets(Reset::Newline, HALF_IN_OBJECT).await? {
            self.abilities.reset = Some(Reset::Newline);
        }
        Ok(())
    }

    async fn resets(&mut self, reset: Reset, half: &[u8]) -> Result<bool, SessionError> {
        let fence = self.fence(FenceKind::AfterReset(reset));
        self.probe(ProbeKind::ResetBy(reset), vec![half.to_vec()], fence).await
    }

    /// A probe whose question is the fence itself.
    async fn ask(&mut self, kind: ProbeKind, bytes: impl Fn(i64) -> Vec<u8>) -> Result<bool, SessionError> {
        let mut fence = self.fence(FenceKind::Plain);
        fence.bytes = bytes(fence.id);
        self.probe(kind, Vec::new(), fence).await
    }

    async fn probe(
        &mut self,
        kind: ProbeKind,
        writes: Vec<Vec<u8>>,
        fence: Fence,
    ) -> Result<bool, SessionError> {
        let case: Arc<str> = Arc::from(format!("calibration/{}", kind.name()));
        let ending = self.exchange_with(&case, Role::Probe(kind), writes, fence).await?;
        Ok(ending == Ending::InStep)
    }
}

fn prefixed(prefix: u8, command: SyncCommand, id: i64) -> Vec<u8> {
    let mut bytes = vec![prefix];
    bytes.extend(sync(command, id));
    bytes
}
