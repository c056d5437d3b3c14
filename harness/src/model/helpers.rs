//! Programs that the agent has called for requests whose success is silent.

use std::collections::BTreeMap;

use crate::text::Json;
use crate::wire::FakeCall;

/// What is known of the programs behind the silent commands.
#[derive(Clone, Debug, Default)]
pub struct Helpers {
    shutdowns: BTreeMap<String, Vec<Called>>,
    may_come_late: bool,
}

/// A program with its arguments.
pub type Called = (String, Vec<Vec<u8>>);

impl Helpers {
    /// Learns from a valid request to a command without a success reply that got no reply, and the calls that came
    /// with it.
    pub fn record(&mut self, command: &str, arguments: Option<&Json<'_>>, calls: &[FakeCall]) {
        if calls.is_empty() {
            // The agent may have left it to somebody who will call a program later.
            self.may_come_late = true;
        } else if command == "guest-shutdown" {
            let mode = arguments.and_then(|arguments| arguments.member("mode")?.as_str());
            self.shutdowns.insert(mode.unwrap_or_default().into_owned(), called(calls));
        }
    }

    /// What was called for a shutdown in this mode; the empty one means without a mode.
    pub fn shutdown(&self, mode: &str) -> Option<&[Called]> {
        self.shutdowns.get(mode).map(Vec::as_slice)
    }

    /// Whether a call may belong to an earlier request.
    pub fn may_come_late(&self) -> bool {
        self.may_come_late
    }
}

/// The programs of these calls with their arguments.
pub fn called(calls: &[FakeCall]) -> Vec<Called> {
    calls.iter().map(|call| (call.program.clone(), call.arguments.clone())).collect()
}
