//! Freezing of file systems: `guest-fsfreeze-status`.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use super::{Arguments, Command, CommandError, Guest, Node};

pub(super) static COMMANDS: [Command; 1] =
    [Command::new("guest-fsfreeze-status", status).also_while_frozen()];

fn status(guest: &mut Guest, _: Arguments<'_>) -> Result<Node, CommandError> {
    Ok(if guest.frozen { "frozen" } else { "thawed" }.into())
}
