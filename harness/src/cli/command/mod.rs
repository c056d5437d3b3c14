//! One file a subcommand. Each takes its arguments and a terminal, and returns what the process ends with.

pub(super) mod agent;
pub(super) mod fuzz;
pub(super) mod judge;
pub(super) mod replay;
pub(super) mod rules;
pub(super) mod run;
pub(super) mod schema;
pub(super) mod selftest;
