//! What the guest has said of itself that does not change while it runs.

use std::collections::BTreeMap;

use crate::text::Json;
use crate::wire::Reply;

/// The members that are remembered.
const LASTING: [&str; 4] = ["host-name", "kernel-release", "kernel-version", "machine"];

/// What the guest has said of itself.
#[derive(Clone, Debug, Default)]
pub struct System {
    told: BTreeMap<&'static str, String>,
}

impl System {
    /// Learns from a valid request's reply.
    pub fn record(&mut self, command: &str, reply: Option<&Reply<'_>>) {
        if !matches!(command, "guest-get-host-name" | "guest-get-osinfo") {
            return;
        }
        let Some(value) = reply.and_then(Reply::success) else { return };
        for name in LASTING {
            if let Some(text) = value.member(name).and_then(Json::as_str) {
                self.told.insert(name, text.into_owned());
            }
        }
    }

    /// What it said last under the name of this member, if that is to last.
    pub fn told(&self, member: &str) -> Option<&str> {
        self.told.get(member).map(String::as_str)
    }
}
