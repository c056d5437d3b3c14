//! Tests of the reader as a whole.

mod bad_schemas;
mod codes;
mod dialects;
mod files;
mod meaning;
mod robustness;
