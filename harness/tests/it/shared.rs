//! The collection of real schemas, if this checkout stands beside it.

use std::path::PathBuf;

/// The text of a schema of the collection. `None` if it is not there, which is said aloud.
#[expect(clippy::print_stdout, reason = "a test that cannot run must say so")]
pub(crate) fn schema_text(name: &str) -> Option<String> {
    let beside = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").into();
    let folder = std::env::var_os("QGASPEC_SHARED").unwrap_or_else(beside);
    let path = PathBuf::from(folder).join("schemas").join(format!("{name}.json"));
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            println!("SKIPPED: {}: {error}", path.display());
            None
        }
    }
}
