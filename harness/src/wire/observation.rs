//! Everything that a rule may judge.
//!
//! Observations are plain data: whoever drove the traffic (generated cases, a scenario, a fuzzer, a recorded
//! transcript) leaves the same kinds behind, and the rules cannot tell who it was.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::framing::Frame;
use super::guest::{Facts, FakeCall};
use super::transcript::encoding::{byte_strings, bytes, nanoseconds, shared};

/// One thing that was observed, in the order of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observation {
    /// Bytes were sent and, up to a fence, others came back.
    Exchange(Exchange),
    /// What calibration found out. It comes once, after the probes and before the first case.
    Calibrated(Abilities),
    /// Bytes arrived while nothing was asked for: before the first request, or between exchanges.
    Unsolicited(Vec<Frame>),
    /// A new connection replaces the last one; what the agent knew of the old one may be gone.
    Reconnected {
        /// Whether the agent was started anew, so that its files and processes are gone too.
        restarted: bool,
    },
    /// A client left and another one took over, on a new connection to the same agent.
    TakenOver {
        /// The beginning of a message that the first one left unfinished; empty if it left nothing.
        #[serde(with = "bytes")]
        left: Vec<u8>,
    },
    /// A spawned agent ended.
    AgentExit(AgentExit),
    /// What is known about the guest from outside. A session begins with it, before everything else; a run with several
    /// guests has a session for each.
    Facts(Facts),
    /// A fake program was called. Calls come before the exchange during which they were made.
    Call(FakeCall),
}

/// A stimulus and everything that came back before its fence was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Which case it belongs to; a label for reports, without meaning to rules.
    #[serde(with = "shared")]
    pub case: Arc<str>,
    /// Whether it is part of a case or of calibration.
    pub role: Role,
    /// The stimulus, write by write.
    #[serde(with = "byte_strings")]
    pub writes: Vec<Vec<u8>>,
    /// The fence behind the stimulus.
    pub fence: Fence,
    /// Frames that arrived before the fence's reply.
    pub received: Vec<Frame>,
    /// How it ended.
    pub ending: Ending,
    /// When the first write was made, since the session began.
    #[serde(rename = "began_ns", default, with = "nanoseconds")]
    pub began: Duration,
    /// From the first write to the end.
    #[serde(rename = "elapsed_ns", with = "nanoseconds")]
    pub elapsed: Duration,
}

impl Exchange {
    /// The stimulus as one stretch of bytes.
    pub fn sent(&self) -> Vec<u8> {
        self.writes.concat()
    }
}

/// Why an exchange took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A step of a case.
    Case,
    /// A question about the agent's abilities. Rules that count replies or steps leave probes alone: each
    /// ability has a rule of its own.
    Probe(ProbeKind),
}

/// What calibration asks, least harmful first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeKind {
    /// Is a plain sync with a line end answered with its id?
    Sync,
    /// Is a delimited sync answered with its id, after a delimiter?
    SyncDelimited,
    /// Do ids survive that a double cannot hold?
    ExactId,
    /// Are two requests in one write both answered?
    TwoInOneWrite,
    /// Is a request answered whose line end has not come yet?
    NoNewline,
    /// Is a request with a delimiter before it answered?
    DelimiterFirst,
    /// Does this byte make the agent forget half a message?
    ResetBy(Reset),
}

impl ProbeKind {
    /// The word in case labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::SyncDelimited => "sync-delimited",
            Self::ExactId => "exact-id",
            Self::TwoInOneWrite => "two-in-one-write",
            Self::NoNewline => "no-newline",
            Self::DelimiterFirst => "delimiter-first",
            Self::ResetBy(Reset::Delimiter) => "reset-by-delimiter",
            Self::ResetBy(Reset::Control) => "reset-by-control",
            Self::ResetBy(Reset::Newline) => "reset-by-newline",
        }
    }
}

/// What makes an agent forget an unfinished message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reset {
    /// The byte 0xFF.
    Delimiter,
    /// A control character (ESC) other than TAB, CR and LF.
    Control,
    /// A line end.
    Newline,
}

/// A sync that marks the end of an exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fence {
    /// How it was sent.
    pub kind: FenceKind,
    /// Its id; `0 < id < 2^31`, used once.
    pub id: i64,
    /// Its bytes, with whatever went before it to reset the agent.
    #[serde(with = "bytes")]
    pub bytes: Vec<u8>,
    /// The reply with its id, if it came.
    pub reply: Option<Frame>,
}

/// How a fence is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FenceKind {
    /// On its own line after complete messages: replies before it are counted.
    Plain,
    /// After a reset, because the stimulus may have left a message open: error replies before it are not
    /// counted.
    AfterReset(Reset),
    /// None was sent: the connection was gone, or silence to the deadline was asked for.
    Absent,
}

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The fence was answered.
    InStep,
    /// The fence was not answered within the deadline; the agent answered again after climbing to this rung.
    LostStep {
        /// The first rung at which the agent answered.
        regained: Rung,
        /// Frames that arrived while climbing, without the answer itself.
        received: Vec<Frame>,
    },
    /// The agent closed the connection, or the transport broke, before the fence was answered.
    Closed,
    /// The fence was not answered, and no rung helped.
    Lost,
    /// Waited to the deadline without a fence.
    Waited,
}

/// The ladder that a session climbs after an unanswered fence, least intrusive first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// The fence's answer came late, within a second deadline.
    Patience,
    /// 0xFF, then a sync.
    Delimiter,
    /// A control character, then a sync.
    Control,
    /// A line end, then a sync.
    Newline,
    /// A quote and closing braces and brackets, then a sync.
    Closers,
    /// A new connection.
    Reconnect,
    /// A new agent.
    Restart,
}

/// Which sync command serves as the fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyncCommand {
    /// `guest-sync`.
    Plain,
    /// `guest-sync-delimited`.
    Delimited,
}

impl SyncCommand {
    /// Name of the command.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "guest-sync",
            Self::Delimited => "guest-sync-delimited",
        }
    }
}

/// What calibration found out about an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each ability is there or not, whatever the others are")]
pub struct Abilities {
    /// The sync that works; without one there is no fence and nothing can be attributed.
    pub fence: Option<SyncCommand>,
    /// Whether `guest-sync-delimited` works, which then marks the end of a reset.
    pub delimited_sync: bool,
    /// Whether two requests in one write are both answered.
    pub several_in_one_write: bool,
    /// Whether a request is answered before its line end comes.
    pub newline_optional: bool,
    /// Whether replies end with a line end.
    pub terminates_lines: bool,
    /// Whether a request with a delimiter before it is answered, and the connection survives.
    pub survives_delimiter: bool,
    /// The first thing that makes the agent forget half a message.
    pub reset: Option<Reset>,
    /// Whether a control character makes the agent forget half a message.
    pub control_resets: bool,
}

/// The end of a spawned agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentExit {
    /// The exit status, if it ended by itself.
    pub status: Option<i32>,
    /// The signal that ended it, otherwise.
    pub signal: Option<i32>,
    /// The last bytes that it wrote to its stderr.
    #[serde(with = "bytes")]
    pub stderr_tail: Vec<u8>,
    /// Whether the harness ended it.
    pub by_harness: bool,
}
