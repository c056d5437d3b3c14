//! Ledger → text. No files, no clock, no terminal.
//!
//! `terminal` is for people, `json` for programs; `view` groups the rows by rule for both. An agent's bytes are
//! data: every format escapes them. Nothing here decides a verdict or looks anywhere but into the ledger, the
//! table of rules and the clauses.

pub mod json;
pub mod terminal;

#[cfg(test)]
mod example;
mod view;
