//! Keeping in step: `guest-sync`, `guest-sync-delimited`, `guest-ping`.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use super::{Arguments, Command, CommandError, Guest, Node, nothing};

pub(super) static COMMANDS: [Command; 3] = [
    Command::new("guest-sync", sync).also_while_frozen(),
    // The delimiter is the reply writer's.
    Command::new("guest-sync-delimited", sync).also_while_frozen(),
    Command::new("guest-ping", ping).also_while_frozen(),
];

fn sync(_: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    Ok(arguments.int("id").into())
}

fn ping(_: &mut Guest, _: Arguments<'_>) -> Result<Node, CommandError> {
    Ok(nothing())
}
