//! Tests of the whole program and of the whole tree as users meet them, in one binary; a file a topic.

mod recorded_agents;
mod schema_versions;
mod shared;
mod tidy;
mod upstream_schemas;
