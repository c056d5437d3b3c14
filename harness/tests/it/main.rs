//! Tests of the library as its users see it, in one binary.

mod fixture;
mod null_agents;
mod reference;
mod upstream_schemas;
