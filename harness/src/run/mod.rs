//! Plan → drive → judge → ledger.
//!
//! `plan` fixes what will be sent and which rows must speak, `drive` takes the cases through a session,
//! `recorder` turns rulings into rows, `verdicts` says what each row means at the end, `ledger` is what is
//! left for reports. A `yardstick` is the schema that all this is measured by. `confirm` shows findings again; `replay`
//! plays scenarios; `judge` does the same with what was recorded before; `waivers` lie over rows. Nothing here writes a
//! file or a terminal; an `audience` may.

#[cfg(feature = "drive")]
mod audience;
#[cfg_attr(
    not(feature = "drive"),
    expect(dead_code, reason = "some of it only serves agents behind a session")
)]
mod bindings;
#[cfg(feature = "drive")]
mod confirm;
#[cfg(feature = "drive")]
mod drive;
#[cfg(feature = "drive")]
mod driver;
mod evidence;
mod freeze;
pub mod fuzz;
#[cfg(feature = "drive")]
mod judge;
pub mod ledger;
#[cfg(feature = "drive")]
mod options;
#[cfg(feature = "drive")]
mod plan;
#[cfg(feature = "drive")]
mod recorder;
#[cfg(feature = "drive")]
mod repertoire;
#[cfg(feature = "drive")]
mod replay;
#[cfg(feature = "drive")]
mod selection;
#[cfg(feature = "drive")]
pub mod selftest;
#[cfg(feature = "drive")]
mod setting;
#[cfg(feature = "drive")]
mod verdicts;
#[cfg(feature = "drive")]
pub mod waivers;
#[cfg(feature = "drive")]
mod yardstick;

#[cfg(feature = "drive")]
pub use audience::{Audience, Progress};
#[cfg(feature = "drive")]
pub use confirm::confirm;
#[cfg(feature = "drive")]
pub use drive::{plan, run, run_before};
#[cfg(feature = "drive")]
pub use judge::{JudgeError, judge};
pub use ledger::{
    CommandRecord, Excerpt, ExitRecord, Ledger, Limits, Row, Shown, Summary, TargetRecord, ViolationRecord,
    Waived, WaiverRecord, WaiverState,
};
#[cfg(feature = "drive")]
pub use options::{CaseChoice, Options, RunError};
#[cfg(feature = "drive")]
pub use plan::{Drawn, Plan, PlannedCase, Skip};
#[cfg(feature = "drive")]
pub use replay::{Outcome, Replayed, replay};
#[cfg(feature = "drive")]
pub use selection::SelectionError;
#[cfg(feature = "drive")]
pub use yardstick::SchemaChoice;

/// Largest reply, in bytes: `guest-file-read` may return 48 MiB, which base64 turns into 64 MiB.
const REPLY_BYTES_MAX: usize = 72 * 1024 * 1024;
/// Name and version of the program, as reports and transcripts give it.
#[cfg(feature = "drive")]
const TOOL: &str = concat!("qgaspec ", env!("CARGO_PKG_VERSION"));
