//! What the guest's network interfaces have counted.

use std::collections::BTreeMap;

use crate::text::Json;
use crate::wire::Reply;

/// Interfaces that are remembered of one reply; a longer list is not remembered at all.
const INTERFACES_MAX: usize = 1000;

/// The names of the counters.
pub const COUNTERS: [&str; 8] =
    ["rx-bytes", "rx-packets", "rx-errs", "rx-dropped", "tx-bytes", "tx-packets", "tx-errs", "tx-dropped"];

/// The counters of all interfaces, as they were told last.
#[derive(Clone, Debug, Default)]
pub struct Network {
    interfaces: BTreeMap<String, [Option<u64>; 8]>,
}

impl Network {
    /// Learns from a valid request's reply.
    pub fn record(&mut self, command: &str, reply: Option<&Reply<'_>>) {
        match command {
            "guest-network-get-interfaces" => {
                let list = reply.and_then(|reply| reply.success()?.as_array());
                if let Some(list) = list {
                    self.interfaces = read(list);
                }
            }
            // Drivers may start anew when the guest wakes up.
            "guest-suspend-disk" | "guest-suspend-ram" | "guest-suspend-hybrid" | "guest-shutdown" => {
                self.interfaces.clear();
            }
            _ => {}
        }
    }

    /// What this counter of this interface was when it was last told.
    pub fn counted(&self, interface: &str, counter: &str) -> Option<u64> {
        let at = COUNTERS.iter().position(|name| *name == counter)?;
        self.interfaces.get(interface)?[at]
    }
}

/// The counters in a list of interfaces. What is listed twice is told apart by nobody, and forgotten.
fn read(list: &[Json<'_>]) -> BTreeMap<String, [Option<u64>; 8]> {
    let mut interfaces = BTreeMap::new();
    if list.len() > INTERFACES_MAX {
        return interfaces;
    }
    for interface in list {
        let Some(name) = interface.member("name").and_then(Json::as_str) else { continue };
        let statistics = interface.member("statistics");
        let counters = COUNTERS.map(|counter| statistics?.member(counter)?.as_u64());
        if interfaces.insert(name.to_string(), counters).is_some() {
            interfaces.insert(name.into_owned(), [None; 8]);
        }
    }
    interfaces
}
