//! Memory of the guest: `guest-get-memory-blocks`, `guest-set-memory-blocks`, `guest-get-memory-block-info`.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use super::{Arguments, Command, CommandError, Guest, Node};
use crate::agent::reference::guest::machine::{Memory, Platform};

pub(super) static COMMANDS: [Command; 3] = [
    Command::new("guest-get-memory-blocks", list).only_on(Platform::Linux),
    Command::new("guest-set-memory-blocks", set).only_on(Platform::Linux),
    Command::new("guest-get-memory-block-info", info).only_on(Platform::Linux),
];

/// Why an element was not carried out: the name of the result and the error number.
type Failed = (&'static str, i64);

const NOT_FOUND: Failed = ("not-found", 2);
const NOT_SUPPORTED: Failed = ("operation-not-supported", 95);
const BUSY: Failed = ("operation-failed", 16);
const INVALID: Failed = ("operation-failed", 22);

fn list(guest: &mut Guest, _: Arguments<'_>) -> Result<Node, CommandError> {
    Ok(Node::list(guest.machine.memory.blocks.iter().map(|block| {
        Node::object([
            ("phys-index", block.index.into()),
            ("online", block.online.into()),
            ("can-offline", block.can_offline.into()),
        ])
    })))
}

/// Carries out all elements that do not fail, and tells what became of each.
pub(crate) fn set(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    let results = arguments.objects("mem-blks").map(|element| {
        let index = element.unsigned("phys-index");
        let failed = switch(&mut guest.machine.memory, index, element.flag("online")).err();
        let (response, code) = failed.map_or(("success", None), |(name, code)| (name, Some(code)));
        Node::object(
            [("phys-index", index.into()), ("response", response.into())]
                .into_iter()
                .chain(code.map(|code| ("error-code", code.into()))),
        )
    });
    Ok(Node::list(results))
}

fn switch(memory: &mut Memory, index: u64, online: bool) -> Result<(), Failed> {
    let block = memory.blocks.iter_mut().find(|block| block.index == index).ok_or(NOT_FOUND)?;
    if block.online == online {
        return Ok(());
    }
    match () {
        () if !memory.is_switchable => Err(NOT_SUPPORTED),
        () if !online && !block.can_offline => Err(INVALID),
        () if !online && block.is_busy => Err(BUSY),
        () => {
            block.online = online;
            Ok(())
        }
    }
}

fn info(guest: &mut Guest, _: Arguments<'_>) -> Result<Node, CommandError> {
    if guest.machine.memory.blocks.is_empty() {
        return Err(CommandError::new("there are no memory blocks"));
    }
    Ok(Node::object([("size", guest.machine.memory.block_bytes.into())]))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, REFUSED};
    use crate::agent::reference::Config;
    use crate::agent::reference::guest::machine::Machine;

    const GET: &str = "guest-get-memory-blocks";
    const SET: &str = "guest-set-memory-blocks";

    fn result(index: u64, response: &str, code: Option<i64>) -> String {
        let code = code.map(|code| format!(r#", "error-code": {code}"#)).unwrap_or_default();
        format!(r#"{{"phys-index": {index}, "response": "{response}"{code}}}"#)
    }

    fn request(elements: &[(u64, bool)]) -> String {
        let each =
            elements.iter().map(|(index, online)| format!(r#"{{"phys-index":{index},"online":{online}}}"#));
        format!(r#""mem-blks":[{}]"#, each.collect::<Vec<_>>().join(","))
    }

    #[test]
    fn every_element_has_a_result_in_its_place() {
        let mut bench = Bench::default();
        let results = [
            result(33, "success", None),
            result(9999, "not-found", Some(2)),
            result(1, "operation-failed", Some(16)),
            result(0, "operation-failed", Some(22)),
            result(0, "success", None),
            result(32, "success", None),
            result(u64::MAX, "not-found", Some(2)),
        ];
        let elements =
            [(33, true), (9999, true), (1, false), (0, false), (0, true), (32, false), (u64::MAX, false)];
        bench.check(&[
            (SET, &request(&elements), &format!("[{}]", results.join(", "))),
            (SET, &request(&[]), "[]"),
            (SET, r#""mem-blks":[{"phys-index":33,"online":false},{"phys-index":32}]"#, REFUSED),
            (SET, r#""mem-blks":[{"phys-index":-1,"online":false}]"#, REFUSED),
        ]);
        let block = |index: u64, online: bool, can: bool| {
            format!(r#"{{"phys-index": {index}, "online": {online}, "can-offline": {can}}}"#)
        };
        let blocks =
            [block(0, true, false), block(1, true, true), block(32, false, true), block(33, true, true)];
        bench.check(&[(GET, "", &format!("[{}]", blocks.join(", ")))]);
    }

    #[test]
    fn contradicting_elements_are_carried_out_in_their_order() {
        let success = result(32, "success", None);
        Bench::default().check(&[(
            SET,
            &request(&[(32, false), (32, true), (32, false)]),
            &format!("[{success}, {success}, {success}]"),
        )]);
    }

    #[test]
    fn a_guest_may_lack_blocks_or_the_means_to_switch_them() {
        let mut machine = Machine::linux();
        machine.memory.is_switchable = false;
        let mut bench = Bench::new(Config { machine, ..Config::default() });
        let refused = result(32, "operation-not-supported", Some(95));
        bench.check(&[
            (SET, &request(&[(32, false)]), &format!("[{refused}]")),
            ("guest-get-memory-block-info", "", r#"{"size": 134217728}"#),
        ]);

        let mut machine = Machine::linux();
        machine.memory.blocks.clear();
        let mut bench = Bench::new(Config { machine, ..Config::default() });
        bench.check(&[(GET, "", "[]"), ("guest-get-memory-block-info", "", REFUSED)]);
    }
}
