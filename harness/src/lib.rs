//! Conformance and fuzz test harness for the QEMU guest agent protocol.
//!
//! The flow in one line: schema text → [`schema`] model → plan of cases ([`generate`]) → hazard gate
//! ([`classify`]) → session (`agent`) → observations ([`wire`]) → [`rules`] → rows → ledger → reports.

#![forbid(unsafe_code)]

pub mod schema;
pub mod text;
pub mod verdict;
