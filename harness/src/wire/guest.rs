//! What the harness knows about a guest without asking its agent.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::transcript::encoding::{byte_strings, bytes};

/// Truths about the guest, known from outside. What is `None` is not known; nothing follows from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Which of the guests it is that the sandbox can play.
    pub guest: Option<String>,
    /// Which operating system it runs.
    pub platform: Option<Platform>,
    /// Its host name.
    pub host_name: Option<String>,
    /// Its kernel.
    pub kernel: Option<Kernel>,
    /// What its os-release file says, unquoted, by key; empty if it has none.
    pub os_release: Option<BTreeMap<String, String>>,
    /// How many processors it has, online or not.
    pub processors: Option<usize>,
    /// Its local time.
    pub time_zone: Option<TimeZone>,
    /// Who is logged in, each user once, with the earliest login in microseconds since 1970.
    pub users: Option<BTreeMap<String, i64>>,
    /// Who can log in.
    pub accounts: Option<BTreeSet<String>>,
    /// Whether the agent starts in the frozen state.
    pub frozen: Option<bool>,
    /// Commands that the agent was told to refuse.
    pub blocked: Option<BTreeSet<String>>,
    /// What the guest's clock showed when the session began, in nanoseconds since 1970.
    pub clock_ns: Option<i64>,
    /// Whether fakes stand in place of the programs that act on the machine, so that a call which was not noted
    /// was not made.
    pub has_fakes: bool,
}

/// An operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// Linux.
    Linux,
    /// Windows, which lacks some commands and has one of its own.
    Windows,
}

/// A kernel, in the words of `uname`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kernel {
    /// As `uname -r` says it.
    pub release: String,
    /// As `uname -v` says it.
    pub version: String,
    /// As `uname -m` says it.
    pub machine: String,
}

/// A time zone without summer time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeZone {
    /// Its abbreviation; letters only, and empty if it has none.
    pub abbreviation: String,
    /// Seconds east of Greenwich.
    pub offset_s: i32,
}

/// A call of a program that would have acted on the machine. A fake stood in its place and took note of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FakeCall {
    /// The program's name, without its folder.
    pub program: String,
    /// Its arguments.
    #[serde(with = "byte_strings")]
    pub arguments: Vec<Vec<u8>>,
    /// What it was given on standard input; empty for programs that read none.
    #[serde(with = "bytes")]
    pub input: Vec<u8>,
    /// The exit status that the fake gave back.
    pub status: u8,
}
