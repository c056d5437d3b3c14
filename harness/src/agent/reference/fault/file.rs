//! Faults of file commands.

mod handles;
mod open;
mod read;
mod seek;
mod write;

pub(super) use handles::FAULTS as HANDLES;
pub(super) use open::FAULTS as OPEN;
pub(super) use read::FAULTS as READ;
pub(super) use seek::FAULTS as SEEK;
pub(super) use write::FAULTS as WRITE;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::hook::Context;
use super::{Fault, Hook, edit};
use crate::agent::reference::arguments::Arguments;
use crate::agent::reference::dispatch::CommandError;
use crate::agent::reference::guest::{Guest, Mode};
use crate::text::Node;

/// Opens the file with another mode than the request's.
fn open_as(guest: &mut Guest, arguments: Arguments<'_>, mode: &str) -> Result<Node, CommandError> {
    let mode = Mode::from_name(mode).ok_or_else(|| CommandError::new("there is no such mode"))?;
    let opened = guest.files.open(&arguments.text("path"), mode);
    opened.map(Node::from).map_err(|error| CommandError::new(error.to_string()))
}

fn read_result(bytes: &[u8], eof: bool) -> Node {
    Node::object([
        ("count", Node::Int(bytes.len() as i128)),
        ("buf-b64", STANDARD.encode(bytes).into()),
        ("eof", eof.into()),
    ])
}

/// Changes the base64 text of a read.
fn edit_base64(context: &Context<'_>, reply: &mut Node, change: impl Fn(&str) -> String) {
    if let Some(result) = edit::result_of(context, reply, "guest-file-read")
        && let Some(Node::String(text)) = edit::member(result, "buf-b64")
    {
        *text = change(text);
    }
}

/// Changes the bytes of a read, and the count with them.
fn edit_content(context: &Context<'_>, reply: &mut Node, change: impl Fn(&mut Vec<u8>)) {
    let Some(result) = edit::result_of(context, reply, "guest-file-read") else { return };
    let Some(Node::String(text)) = edit::member(result, "buf-b64") else { return };
    let mut bytes = STANDARD.decode(text).unwrap_or_default();
    change(&mut bytes);
    edit::set(result, "count", Node::Int(bytes.len() as i128));
    edit::set(result, "buf-b64", STANDARD.encode(bytes).into());
}

/// Reads at most so many bytes, whatever the request says.
fn read_up_to(guest: &mut Guest, arguments: Arguments<'_>, most: usize) -> Result<Node, CommandError> {
    let read = guest.files.read(arguments.int("handle"), most);
    let (bytes, eof) = read.map_err(|error| CommandError::new(error.to_string()))?;
    Ok(read_result(&bytes, eof))
}

/// Writes these bytes, whatever the request says.
fn write_all(guest: &mut Guest, arguments: Arguments<'_>, bytes: &[u8]) -> Result<Node, CommandError> {
    let written = guest.files.write(arguments.int("handle"), bytes);
    written.map_err(|error| CommandError::new(error.to_string()))?;
    Ok(write_result(bytes.len()))
}

fn write_result(count: usize) -> Node {
    Node::object([("count", Node::Int(count as i128)), ("eof", false.into())])
}

fn seek_result(position: i64) -> Node {
    Node::object([("position", position.into()), ("eof", false.into())])
}
