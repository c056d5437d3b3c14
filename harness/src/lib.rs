//! Conformance and fuzz test harness for the QEMU guest agent protocol.
//!
//! The flow in one line: schema text → [`schema`] model → plan of cases ([`generate`]) → hazard gate
//! ([`classify`], [`agent::gate`]) → session → observations ([`wire`]) → [`rules`] → rows → ledger ([`run`]) →
//! reports ([`report`]).

#![forbid(unsafe_code)]

pub mod agent;
pub mod classify;
#[cfg(feature = "cli")]
pub mod cli;
pub mod generate;
pub mod model;
pub mod report;
pub mod rules;
pub mod run;
pub mod scenario;
pub mod schema;
pub mod spec;
pub mod text;
pub mod verdict;
pub mod wire;
