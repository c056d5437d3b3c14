//! Ledger → text. No files, no clock, no terminal.
//!
//! `terminal` is for people, `json` for programs, `junit` for CI servers; `view` groups the rows by rule for
//! all. `selftest` is about the harness itself, `rulebook` about its rules, `clausebook` about what they rest on. An agent's bytes are data: every format escapes them. Nothing here
//! decides a verdict or looks anywhere but into the ledger, the table of rules and the clauses.

pub mod clausebook;
#[cfg(feature = "drive")]
pub mod fuzz;
pub mod json;
#[cfg(feature = "cli")]
pub mod junit;
pub mod rulebook;
#[cfg(feature = "drive")]
pub mod selftest;
pub mod terminal;

#[cfg(test)]
mod example;
mod view;
