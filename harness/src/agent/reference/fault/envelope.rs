//! Faults of the envelope of replies: the JSON around results and errors.

use super::hook::Context;
use super::{Course, Fault, Hook, edit};
use crate::agent::reference::commands::nothing;
use crate::agent::reference::dispatch::Stage;
use crate::agent::reference::reply;
use crate::text::writer::Escapes;
use crate::text::{Json, Kind, Node, Style};

pub(super) static FAULTS: [Fault; 28] = [
    Fault {
        name: "trailing-comma-in-replies",
        trips: "envelope/json",
        summary: "a comma follows the last member of a reply",
        hooks: &[Hook::Write(|_, context, node| {
            let mut line = reply::write(context, node, &Style::QEMU);
            line.splice(line.len() - 2.., *b",}\n");
            line
        })],
    },
    Fault {
        name: "raw-control-characters",
        trips: "envelope/json",
        summary: "descriptions of errors have a tab that is not escaped",
        hooks: &[Hook::Reply(|_, _, reply| {
            if let Some(error) = edit::member(reply, "error") {
                edit::set(error, "desc", Node::Raw(b"\"failed:\tsomehow\"".to_vec()));
            }
        })],
    },
    Fault {
        name: "great-ids-are-inf",
        trips: "envelope/json",
        summary: "an id that is too great for a double comes back as inf",
        hooks: &[Hook::Write(|_, context, node| {
            let line = reply::write(context, node, &Style::QEMU);
            String::from_utf8_lossy(&line).replace("1e400", "inf").into_bytes()
        })],
    },
    Fault {
        name: "single-quoted-replies",
        trips: "envelope/json",
        summary: "strings of replies are in single quotes",
        hooks: &[Hook::Write(|_, context, node| {
            let mut line = reply::write(context, node, &Style::QEMU);
            for byte in line.iter_mut().filter(|byte| **byte == b'"') {
                *byte = b'\'';
            }
            line
        })],
    },
    Fault {
        name: "raw-quotes",
        trips: "envelope/json",
        summary: "descriptions of errors have quotes that are not escaped",
        hooks: &[Hook::Reply(|_, _, reply| {
            if let Some(error) = edit::member(reply, "error") {
                edit::set(error, "desc", Node::Raw(b"\"no \"such\" thing\"".to_vec()));
            }
        })],
    },
    Fault {
        name: "return-beside-error",
        trips: "envelope/outcome",
        summary: "errors have an empty result too",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.failed() {
                edit::push(reply, "return", nothing());
            }
        })],
    },
    Fault {
        name: "result-for-return",
        trips: "envelope/outcome",
        summary: "results are in a member `result`",
        hooks: &[Hook::Reply(|_, _, reply| edit::rename(reply, "return", "result"))],
    },
    Fault {
        name: "replies-in-arrays",
        trips: "envelope/outcome",
        summary: "each reply is the only item of an array",
        hooks: &[Hook::Reply(|_, _, reply| *reply = Node::list([std::mem::replace(reply, Node::Null)]))],
    },
    Fault {
        name: "bare-results",
        trips: "envelope/outcome",
        summary: "a reply to all but syncs is the bare result",
        hooks: &[Hook::Reply(|_, context, reply| {
            if !context.is_sync()
                && let Some(result) = edit::remove(reply, "return")
            {
                *reply = result;
            }
        })],
    },
    Fault {
        name: "no-empty-results",
        trips: "envelope/outcome",
        summary: "the reply to a command without a result has no `return`",
        hooks: &[Hook::Reply(|_, _, reply| {
            if edit::member(reply, "return").is_some_and(|result| *result == Node::Object(Vec::new())) {
                edit::remove(reply, "return");
            }
        })],
    },
    Fault {
        name: "raw-utf8",
        trips: "envelope/ascii",
        summary: "characters beyond ASCII are sent as they are",
        hooks: &[Hook::Write(|_, context, node| {
            reply::write(context, node, &Style { escapes: Escapes::Minimal, ..Style::QEMU })
        })],
    },
    Fault {
        name: "outcome-twice",
        trips: "envelope/outcome",
        summary: "the outcome is in a reply to all but syncs two times",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Node::Object(members) = reply
                && !context.is_sync()
                && let Some(outcome) = members.first().cloned()
            {
                members.push(outcome);
            }
        })],
    },
    Fault {
        name: "desc-twice",
        trips: "envelope/duplicate-names",
        summary: "an error has two descriptions",
        hooks: &[Hook::Reply(|_, _, reply| {
            if let Some(error) = edit::member(reply, "error") {
                edit::push(error, "desc", "the second description".into());
            }
        })],
    },
    Fault {
        name: "no-ids",
        trips: "envelope/id",
        summary: "an `id` is never sent back",
        hooks: &[Hook::Reply(|_, _, reply| drop(edit::remove(reply, "id")))],
    },
    Fault {
        name: "no-ids-on-errors",
        trips: "envelope/id",
        summary: "errors have no `id`",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.failed() {
                edit::remove(reply, "id");
            }
        })],
    },
    Fault {
        name: "no-id-without-a-command",
        trips: "envelope/id",
        summary: "an error about a message without a command has no `id`",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.failed_at(Stage::Envelope) {
                edit::remove(reply, "id");
            }
        })],
    },
    Fault {
        name: "only-integer-ids",
        trips: "envelope/id",
        summary: "an `id` that is no integer is not sent back",
        hooks: &[Hook::Reply(|_, context, reply| {
            let number = context.id().and_then(Json::as_number);
            if !number.is_some_and(|number| number.is_integer()) {
                edit::remove(reply, "id");
            }
        })],
    },
    Fault {
        name: "ids-as-strings",
        trips: "envelope/id",
        summary: "a number in `id` comes back as a string",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(Kind::Number(number)) = context.id().map(|id| &id.kind) {
                edit::set(reply, "id", number.spelling.into());
            }
        })],
    },
    Fault {
        name: "ids-in-32-bits",
        trips: "envelope/id",
        summary: "an integer in `id` is cut to 32 bits",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(id) = context.id().and_then(Json::as_i64) {
                edit::set(reply, "id", Node::Int(i128::from(id as i32)));
            }
        })],
    },
    Fault {
        name: "short-ids",
        trips: "envelope/id",
        summary: "a string in `id` is cut to 63 characters",
        hooks: &[Hook::Reply(|_, _, reply| {
            if let Some(Node::String(id)) = edit::member(reply, "id") {
                *id = id.chars().take(63).collect();
            }
        })],
    },
    Fault {
        name: "stale-ids",
        trips: "envelope/id",
        summary: "a message without `id`, unless it is a sync, gets that of an earlier one",
        hooks: &[Hook::Reply(|memory, context, reply| match (context.id(), &memory.node) {
            (Some(id), _) => memory.node = Some(Node::from_json(id)),
            (None, Some(stale)) if !context.is_sync() => edit::set(reply, "id", stale.clone()),
            (None, _) => {}
        })],
    },
    Fault {
        name: "null-for-no-id",
        trips: "envelope/id",
        summary: "a message without `id`, unless it is a sync, gets null",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.id().is_none() && !context.is_sync() {
                edit::set(reply, "id", Node::Null);
            }
        })],
    },
    Fault {
        name: "replies-twice",
        trips: "envelope/one-reply",
        summary: "each reply is sent two times",
        hooks: &[Hook::Output(|_, _, line| edit::send([line.as_slice(), &line].concat()))],
    },
    Fault {
        name: "executes-twice",
        trips: "envelope/one-reply",
        summary: "each message is dealt with two times",
        hooks: &[Hook::Course(|_, _| Course::Twice)],
    },
    Fault {
        name: "silent-on-unknown-commands",
        trips: "envelope/one-reply",
        summary: "a command that does not exist gets no reply",
        hooks: &[Hook::Output(|_, context, line| unless(context.failed_at(Stage::Lookup), line))],
    },
    Fault {
        name: "silent-on-bad-arguments",
        trips: "envelope/one-reply",
        summary: "wrong arguments get no reply",
        hooks: &[Hook::Output(|_, context, line| unless(context.failed_at(Stage::Arguments), line))],
    },
    Fault {
        name: "silent-on-failures",
        trips: "envelope/one-reply",
        summary: "a command that fails gets no reply",
        hooks: &[Hook::Output(|_, context, line| unless(context.failed_at(Stage::Execution), line))],
    },
    Fault {
        name: "loses-every-hundredth-reply",
        trips: "envelope/one-reply",
        summary: "every hundredth reply is not sent",
        hooks: &[Hook::Output(|_, context: &Context<'_>, line| {
            unless(context.ordinal.is_multiple_of(100), line)
        })],
    },
];

fn unless(silent: bool, line: Vec<u8>) -> Vec<crate::agent::reference::Effect> {
    if silent { Vec::new() } else { edit::as_is(line) }
}
