//! Tests of the whole program and of the whole tree as users meet them, in one binary; a file a topic.

mod schema_versions;
mod shared;
mod upstream_schemas;
