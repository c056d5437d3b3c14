//! Tests of the library as its users see it, in one binary.

mod cli;
mod fixture;
mod generator_agrees;
mod null_agents;
mod reference;
mod tidy;
mod upstream_schemas;
