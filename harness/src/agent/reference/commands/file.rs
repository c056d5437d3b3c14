//! Files of the guest: `guest-file-open`, `-close`, `-read`, `-write`, `-seek`, `-flush`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Arguments, Command, CommandError, Guest, Node, nothing};
use crate::agent::reference::guest::{Mode, Whence};

/// What is read when no count is given.
pub(crate) const READ_DEFAULT_BYTES: i64 = 4096;
/// The greatest count of one read.
pub(crate) const READ_MAX_BYTES: i64 = 48 << 20;

pub(super) static COMMANDS: [Command; 6] = [
    Command::new("guest-file-open", open),
    Command::new("guest-file-close", close),
    Command::new("guest-file-read", read),
    Command::new("guest-file-write", write),
    Command::new("guest-file-seek", seek),
    Command::new("guest-file-flush", flush),
];

/// Opens a file.
pub(crate) fn open(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    let name = arguments.optional_text("mode").unwrap_or_else(|| "r".to_owned());
    let mode =
        Mode::from_name(&name).ok_or_else(|| CommandError::new(format!("there is no file mode '{name}'")))?;
    let path = arguments.text("path");
    let handle = guest.files.open(&path, mode).map_err(|error| failed("open", &path, error))?;
    Ok(handle.into())
}

/// Closes a handle.
pub(crate) fn close(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    let handle = arguments.int("handle");
    guest.files.close(handle).map_err(|error| failed("close", handle, error))?;
    Ok(nothing())
}

/// Reads from the position on.
pub(crate) fn read(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    read_at_most(guest, arguments, usize::MAX)
}

/// Reads from the position on, and not more than `most` bytes.
pub(crate) fn read_at_most(
    guest: &mut Guest,
    arguments: Arguments<'_>,
    most: usize,
) -> Result<Node, CommandError> {
    let handle = handle(guest, arguments)?;
    let count = arguments.optional_int("count").unwrap_or(READ_DEFAULT_BYTES);
    let wanted = usize::try_from(count)
        .ok()
        .filter(|_| count <= READ_MAX_BYTES)
        .ok_or_else(|| CommandError::new(format!("count {count} is not possible")))?;
    let (bytes, eof) =
        guest.files.read(handle, wanted.min(most)).map_err(|error| failed("read", handle, error))?;
    Ok(Node::object([
        ("count", Node::Int(bytes.len() as i128)),
        ("buf-b64", STANDARD.encode(&bytes).into()),
        ("eof", eof.into()),
    ]))
}

/// Writes all or the first bytes of what is given.
pub(crate) fn write(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    write_at_most(guest, arguments, usize::MAX)
}

/// Writes what is given, and not more than `most` bytes of it.
pub(crate) fn write_at_most(
    guest: &mut Guest,
    arguments: Arguments<'_>,
    most: usize,
) -> Result<Node, CommandError> {
    let handle = handle(guest, arguments)?;
    let bytes = STANDARD
        .decode(arguments.text("buf-b64"))
        .map_err(|error| CommandError::new(format!("'buf-b64' is not base64: {error}")))?;
    let count = match arguments.optional_int("count") {
        None => bytes.len(),
        Some(count) => usize::try_from(count)
            .ok()
            .filter(|count| *count <= bytes.len())
            .ok_or_else(|| CommandError::new(format!("count {count} is not possible")))?,
    };
    let count = count.min(most);
    guest.files.write(handle, &bytes[..count]).map_err(|error| failed("write", handle, error))?;
    Ok(Node::object([("count", Node::Int(count as i128)), ("eof", false.into())]))
}

/// Moves the position.
pub(crate) fn seek(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    handle(guest, arguments)?;
    let whence = whence(arguments)?;
    seek_from(guest, arguments, whence)
}

/// Moves the position by the offset that the arguments give, whatever they say on where to start.
pub(crate) fn seek_from(
    guest: &mut Guest,
    arguments: Arguments<'_>,
    whence: Whence,
) -> Result<Node, CommandError> {
    let handle = handle(guest, arguments)?;
    let offset = arguments.int("offset");
    let position = guest.files.seek(handle, whence, offset).map_err(|error| failed("seek", handle, error))?;
    Ok(Node::object([("position", position.into()), ("eof", false.into())]))
}

/// Writes out what is buffered; here nothing ever is.
pub(crate) fn flush(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    handle(guest, arguments).map(|_| nothing())
}

/// The handle, which has to be open before anything else counts.
fn handle(guest: &Guest, arguments: Arguments<'_>) -> Result<i64, CommandError> {
    let handle = arguments.int("handle");
    if guest.files.is_open(handle) {
        return Ok(handle);
    }
    Err(CommandError::new(format!("handle {handle} is not open")))
}

/// Where a seek starts.
pub(crate) fn whence(arguments: Arguments<'_>) -> Result<Whence, CommandError> {
    match arguments.text("whence").as_str() {
        "0" | "set" => Ok(Whence::Start),
        "1" | "cur" => Ok(Whence::Position),
        "2" | "end" => Ok(Whence::End),
        other => Err(CommandError::new(format!("there is no whence '{other}'"))),
    }
}

fn failed(what: &str, on: impl std::fmt::Display, error: impl std::fmt::Display) -> CommandError {
    CommandError::new(format!("failed to {what} '{on}': {error}"))
}
