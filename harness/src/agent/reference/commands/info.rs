//! What the agent says about itself: `guest-info`.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use super::{Arguments, Command, CommandError, Guest, Node};

pub(super) static COMMANDS: [Command; 1] = [Command::new("guest-info", info).also_while_frozen()];

fn info(guest: &mut Guest, _: Arguments<'_>) -> Result<Node, CommandError> {
    let commands = guest.schema.commands().iter().filter_map(|definition| {
        let name = &definition.name;
        let skill = guest.skill(name)?;
        Some(Node::object([
            ("name", name.as_str().into()),
            ("enabled", guest.is_enabled(name, skill).into()),
            ("success-response", definition.success_response.into()),
        ]))
    });
    Ok(Node::object([
        ("version", guest.version.as_str().into()),
        ("supported_commands", Node::list(commands)),
    ]))
}
