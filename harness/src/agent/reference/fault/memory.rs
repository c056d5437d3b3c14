//! Faults of commands about memory blocks.

use super::hook::Context;
use super::{Fault, Hook, edit};
use crate::agent::reference::arguments::Arguments;
use crate::agent::reference::commands::memory::set;
use crate::agent::reference::dispatch::CommandError;
use crate::agent::reference::guest::Guest;
use crate::agent::reference::guest::machine::MemoryBlock;
use crate::text::{Json, Node};

const GET: &str = "guest-get-memory-blocks";
const SET: &str = "guest-set-memory-blocks";

pub(super) static FAULTS: [Fault; 21] = [
    Fault {
        name: "lists-memory-block-twice",
        trips: "memory/once",
        summary: "the last memory block is listed two times",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(list) = array(context, reply, GET) {
                list.extend(list.last().cloned());
            }
        })],
    },
    Fault {
        name: "memory-blocks-in-hexadecimal",
        trips: "memory/once",
        summary: "the numbers of memory blocks are cut to one hexadecimal digit",
        hooks: &[Hook::Reply(|_, context, reply| {
            for entry in array(context, reply, GET).into_iter().flatten() {
                if let Some(number) = edit::member(entry, "phys-index") {
                    *number = Node::Int(edit::integer(number).unwrap_or_default() % 16);
                }
            }
        })],
    },
    Fault {
        name: "memory-blocks-without-can-offline",
        trips: "memory/can-offline-told",
        summary: "no memory block says whether it can be taken out of use",
        hooks: &[Hook::Reply(|_, context, reply| {
            for entry in array(context, reply, GET).into_iter().flatten() {
                edit::remove(entry, "can-offline");
            }
        })],
    },
    Fault {
        name: "offline-memory-block-without-can-offline",
        trips: "memory/can-offline-told",
        summary: "a memory block that is out of use does not say whether it can be taken out of use",
        hooks: &[Hook::Reply(|_, context, reply| {
            for entry in array(context, reply, GET).into_iter().flatten() {
                if edit::member(entry, "online").is_some_and(|online| *online == Node::Bool(false)) {
                    edit::remove(entry, "can-offline");
                }
            }
        })],
    },
    Fault {
        name: "memory-blocks-of-no-size",
        trips: "memory/size",
        summary: "the size of memory blocks is 0",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(info) = edit::result_of(context, reply, "guest-get-memory-block-info") {
                edit::set(info, "size", 0.into());
            }
        })],
    },
    Fault {
        name: "memory-results-of-failures-only",
        trips: "memory/results",
        summary: "elements that were carried out have no result",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(results) = array(context, reply, SET) {
                results.retain_mut(|result| !is_word(result, "success"));
            }
        })],
    },
    Fault {
        name: "memory-results-once-each",
        trips: "memory/results",
        summary: "a block that is mentioned several times has one result",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(results) = array(context, reply, SET) {
                let mut seen = Vec::new();
                results.retain_mut(|result| {
                    let number = edit::member(result, "phys-index").cloned();
                    let is_new = !seen.contains(&number);
                    seen.push(number);
                    is_new
                });
            }
        })],
    },
    Fault {
        name: "memory-results-sorted",
        trips: "memory/results",
        summary: "the results are sorted by the blocks' numbers",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(results) = array(context, reply, SET) {
                results.sort_by_key(|result| {
                    edit::member(&mut result.clone(), "phys-index").and_then(|number| edit::integer(number))
                });
            }
        })],
    },
    Fault {
        name: "memory-success-with-code",
        trips: "memory/error-code",
        summary: "a success has the error number 0",
        hooks: &[Hook::Reply(|_, context, reply| {
            for result in array(context, reply, SET).into_iter().flatten() {
                if is_word(result, "success") {
                    edit::set(result, "error-code", 0.into());
                }
            }
        })],
    },
    Fault {
        name: "memory-success-with-stale-code",
        trips: "memory/error-code",
        summary: "a success behind a failure has the failure's error number",
        hooks: &[Hook::Reply(|_, context, reply| {
            let mut stale = None;
            for result in array(context, reply, SET).into_iter().flatten() {
                match edit::member(result, "error-code").cloned() {
                    Some(code) => stale = Some(code),
                    None => stale.clone().into_iter().for_each(|code| edit::set(result, "error-code", code)),
                }
            }
        })],
    },
    Fault {
        name: "memory-failure-without-code",
        trips: "memory/error-code",
        summary: "a failure has no error number if the block is busy",
        hooks: &[Hook::Reply(|_, context, reply| {
            for result in array(context, reply, SET).into_iter().flatten() {
                if edit::member(result, "error-code").is_some_and(|code| *code == Node::Int(16)) {
                    edit::remove(result, "error-code");
                }
            }
        })],
    },
    Fault {
        name: "offline-memory-block-not-found",
        trips: "memory/not-found",
        summary: "a memory block that is out of use is not found",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let offline: Vec<u64> = guest
                .machine
                .memory
                .blocks
                .iter()
                .filter(|block| !block.online)
                .map(|block| block.index)
                .collect();
            let mut results = set(guest, arguments)?;
            if let Node::Array(results) = &mut results {
                for (element, result) in arguments.objects("mem-blks").zip(results) {
                    if offline.contains(&element.unsigned("phys-index")) {
                        edit::set(result, "response", "not-found".into());
                    }
                }
            }
            Ok(results)
        })],
    },
    Fault {
        name: "memory-blocks-never-found",
        trips: "memory/not-found",
        summary: "no memory block is found",
        hooks: &[Hook::Reply(|_, context, reply| {
            for result in array(context, reply, SET).into_iter().flatten() {
                edit::set(result, "response", "not-found".into());
                edit::set(result, "error-code", 2.into());
            }
        })],
    },
    Fault {
        name: "switches-unknown-memory-blocks",
        trips: "memory/impossible",
        summary: "a block that is not there is taken into use",
        hooks: &[Hook::Reply(|_, context, reply| succeed_where(context, reply, "not-found"))],
    },
    Fault {
        name: "switches-great-memory-blocks",
        trips: "memory/impossible",
        summary: "an element with a number beyond 63 bits succeeds",
        hooks: &[Hook::Reply(|_, context, reply| {
            for result in array(context, reply, SET).into_iter().flatten() {
                let number = edit::member(result, "phys-index").and_then(|number| edit::integer(number));
                if number.is_some_and(|number| number > i64::MAX.into()) {
                    succeed(result);
                }
            }
        })],
    },
    Fault {
        name: "takes-any-memory-block-out-of-use",
        trips: "memory/impossible",
        summary: "taking a block out of use succeeds although that is not possible",
        hooks: &[Hook::Reply(|_, context, reply| succeed_where(context, reply, "operation-failed"))],
    },
    Fault {
        name: "sets-no-memory-block",
        trips: "memory/effect",
        summary: "a list is checked and not carried out",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let before = guest.machine.memory.clone();
            let results = set(guest, arguments);
            guest.machine.memory = before;
            results
        })],
    },
    Fault {
        name: "unknown-memory-block-is-the-next",
        trips: "memory/effect",
        summary: "an element about a block that is not there switches the greatest one",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            for element in arguments.objects("mem-blks") {
                let is_known = block(guest, element).is_some();
                if let Some(last) = guest.machine.memory.blocks.last_mut().filter(|_| !is_known) {
                    last.online = element.flag("online");
                }
            }
            set(guest, arguments)
        })],
    },
    Fault {
        name: "list-of-memory-blocks-fails-late",
        trips: "memory/effect",
        summary: "a list with an unknown block is refused as a whole after the others were switched",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let results = set(guest, arguments)?;
            if results.to_bytes().windows(9).any(|piece| piece == b"not-found") {
                return Err(CommandError::new("there is no such block"));
            }
            Ok(results)
        })],
    },
    Fault {
        name: "heeds-can-offline-of-memory",
        trips: "memory/can-offline-ignored",
        summary: "an element whose `can-offline` is false fails",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let mut results = set(guest, arguments)?;
            if let Node::Array(results) = &mut results {
                for (element, result) in arguments.objects("mem-blks").zip(results) {
                    if element.value("can-offline").and_then(Json::as_bool) == Some(false) {
                        edit::set(result, "response", "operation-failed".into());
                        edit::set(result, "error-code", 22.into());
                    }
                }
            }
            Ok(results)
        })],
    },
    Fault {
        name: "stores-can-offline-of-memory",
        trips: "memory/can-offline-ignored",
        summary: "a block can be taken out of use if the last request about it said so",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let results = set(guest, arguments)?;
            for element in arguments.objects("mem-blks") {
                let said = element.value("can-offline").and_then(Json::as_bool);
                if let (Some(said), Some(block)) = (said, block(guest, element)) {
                    block.can_offline = said;
                }
            }
            Ok(results)
        })],
    },
];

/// The list in the reply to this command.
fn array<'n>(context: &Context<'_>, reply: &'n mut Node, command: &str) -> Option<&'n mut Vec<Node>> {
    match edit::result_of(context, reply, command)? {
        Node::Array(list) => Some(list),
        _ => None,
    }
}

fn is_word(result: &mut Node, word: &str) -> bool {
    edit::member(result, "response").is_some_and(|response| *response == Node::from(word))
}

fn succeed(result: &mut Node) {
    edit::set(result, "response", "success".into());
    edit::remove(result, "error-code");
}

fn succeed_where(context: &Context<'_>, reply: &mut Node, word: &str) {
    for result in array(context, reply, SET).into_iter().flatten() {
        if is_word(result, word) {
            succeed(result);
        }
    }
}

fn block<'g>(guest: &'g mut Guest, element: Arguments<'_>) -> Option<&'g mut MemoryBlock> {
    guest.machine.memory.blocks.iter_mut().find(|block| block.index == element.unsigned("phys-index"))
}
