//! The guest's power: `guest-shutdown`. The request is noted; nothing ever goes off.

use super::{Arguments, Command, CommandError, Guest, Node, nothing};
use crate::agent::reference::PowerMode;

pub(super) static COMMANDS: [Command; 1] = [Command::new("guest-shutdown", shutdown)];

fn shutdown(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    let mode = match arguments.optional_text("mode").as_deref() {
        None | Some("powerdown") => PowerMode::PowerDown,
        Some("halt") => PowerMode::Halt,
        Some("reboot") => PowerMode::Reboot,
        Some(other) => return Err(CommandError::new(format!("there is no mode '{other}'"))),
    };
    guest.power_request = Some(mode);
    Ok(nothing())
}
