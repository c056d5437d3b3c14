//! Plan → drive → judge → ledger.
//!
//! `plan` fixes what will be sent and which rows must speak, `drive` takes the cases through a session,
//! `recorder` turns rulings into rows, `verdicts` says what each row means at the end, `ledger` is what is
//! left for reports. Nothing here writes a file or a terminal.

#[cfg(feature = "drive")]
mod bindings;
#[cfg(feature = "drive")]
mod drive;
#[cfg(feature = "drive")]
mod driver;
#[cfg(feature = "drive")]
mod freeze;
pub mod ledger;
#[cfg(feature = "drive")]
mod options;
#[cfg(feature = "drive")]
mod plan;
#[cfg(feature = "drive")]
mod recorder;
#[cfg(feature = "drive")]
mod selection;
#[cfg(feature = "drive")]
pub mod selftest;
#[cfg(feature = "drive")]
mod verdicts;

#[cfg(feature = "drive")]
pub use drive::{Progress, plan, run};
pub use ledger::{CommandRecord, Excerpt, Ledger, Limits, Row, Summary, TargetRecord, ViolationRecord};
#[cfg(feature = "drive")]
pub use options::{CaseChoice, Options, RunError};
#[cfg(feature = "drive")]
pub use plan::{Plan, PlannedCase, Skip};
#[cfg(feature = "drive")]
pub use selection::SelectionError;
