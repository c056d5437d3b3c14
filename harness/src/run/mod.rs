//! Plan → drive → judge → ledger.
//!
//! `plan` fixes what will be sent and which rows must speak, `drive` takes the cases through a session,
//! `ledger` holds what came out. Nothing here writes a file or a terminal.

pub mod ledger;

pub use ledger::{CommandRecord, Ledger, Limits, Row, Summary, TargetRecord, ViolationRecord};
