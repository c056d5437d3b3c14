//! What waits to be sent.

use std::sync::Arc;

/// One stimulus of a batch: complete messages in one write.
#[derive(Clone, Debug)]
pub struct Queued {
    /// The case that it belongs to.
    pub case: Arc<str>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}
