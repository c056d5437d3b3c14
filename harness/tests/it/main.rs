//! Tests of the whole program and of the whole tree as users meet them, in one binary; a file a topic.

#![expect(clippy::unwrap_used, reason = "whatever is missing here is a failing test")]

#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "drive")]
mod fixture;
mod fuzz;
mod generated;
mod generator_agrees;
#[cfg(feature = "drive")]
mod null_agents;
mod recorded_agents;
#[cfg(feature = "drive")]
mod reference;
#[cfg(feature = "cli")]
mod reproduction;
#[cfg(feature = "cli")]
mod scenarios;
#[cfg(feature = "drive")]
mod schema_versions;
mod shared;
mod tidy;
#[cfg(feature = "drive")]
mod toy_agent;
#[cfg(feature = "drive")]
mod transcripts;
mod upstream_schemas;
#[cfg(feature = "cli")]
mod waivers;
