//! Frozen file systems: we thaw what we froze, and nothing that was frozen before we came.

use std::sync::Arc;

use memchr::memmem;

use crate::text::Json;
use crate::wire::{Exchange, Reply, Request};

/// How often a thaw is tried after a case that left file systems frozen.
pub(super) const THAWS_MAX: usize = 3;

/// Whether we owe the guest a thaw.
#[derive(Debug, Default)]
pub(super) struct Freeze {
    is_owed: bool,
}

impl Freeze {
    /// These bytes are about to be sent. Until their reply is seen they may have frozen something.
    pub(super) fn before(&mut self, sent: &[u8]) {
        self.is_owed |= may_freeze(sent);
    }

    /// Learns what came of it.
    pub(super) fn note(&mut self, exchange: &Exchange) {
        let sent = exchange.sent();
        let replies = || exchange.received.iter().filter_map(|frame| Reply::read(frame).ok());
        let counted = |is: fn(i64) -> bool| {
            replies().any(|reply| reply.success().and_then(Json::as_i64).is_some_and(is))
        };
        if may_freeze(&sent) {
            // After an error nothing is frozen; only silence leaves it open.
            self.is_owed = counted(|count| count > 0) || replies().next().is_none();
        } else if may_thaw(&sent) && counted(|_| true) {
            self.is_owed = false;
        }
    }

    pub(super) fn is_owed(&self) -> bool {
        self.is_owed
    }
}

/// Whether an agent could take these bytes for a request to freeze.
pub(super) fn may_freeze(bytes: &[u8]) -> bool {
    memmem::find(bytes, b"fsfreeze-freeze").is_some()
}

/// Whether an agent could take these bytes for a request to thaw.
pub(super) fn may_thaw(bytes: &[u8]) -> bool {
    memmem::find(bytes, b"fsfreeze-thaw").is_some()
}

/// The request to thaw.
pub(super) fn thaw() -> Vec<u8> {
    Request::new("guest-fsfreeze-thaw").to_line()
}

/// The question whether file systems are frozen, and how it is labelled.
pub(super) fn ask() -> Vec<u8> {
    Request::new("guest-fsfreeze-status").to_line()
}

pub(super) fn label() -> Arc<str> {
    Arc::from("calibration/frozen")
}

/// Whether the reply says that they are.
pub(super) fn says_frozen(exchange: &Exchange) -> bool {
    exchange.received.iter().any(|frame| {
        Reply::read(frame)
            .is_ok_and(|reply| reply.success().and_then(Json::as_str).is_some_and(|state| state == "frozen"))
    })
}
