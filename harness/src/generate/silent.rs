//! Valid requests to the commands that answer nothing when they succeed. Their wrong arguments are made in
//! `malform`, as everybody's.

use crate::schema::Command;

use super::requests;
use super::variant::{Ground, Variant};

/// The valid requests of a command without a success reply.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    command
        .filter(|command| !command.success_response)
        .map_or_else(Vec::new, |command| requests::all_of(ground, command))
}
