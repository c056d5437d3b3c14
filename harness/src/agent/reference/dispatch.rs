//! From a message to its outcome: is it a request, may it be executed, what comes of it.
//!
//! The order of the checks is fixed: object, members, command, permission, arguments. All of them come before
//! any effect.

use super::arguments::Arguments;
use super::fault::Liberty;
use super::guest::{Guest, Skill};
use super::quirks::Quirks;
use super::{check, improvise};
use crate::schema::Schema;
use crate::text::{Json, Node};

/// Where a message was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The reader refused it before it was a message.
    Reading,
    /// Its text is no JSON.
    Parsing,
    /// It is not a request.
    Envelope,
    /// The command does not exist.
    Lookup,
    /// The command may not be executed.
    Permission,
    /// The arguments are not those of the command.
    Arguments,
    /// The command failed.
    Execution,
}

/// The error classes that an agent uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorClass {
    /// Anything that has no class of its own.
    GenericError,
    /// The command does not exist, or is disabled.
    CommandNotFound,
}

impl ErrorClass {
    /// The name on the wire.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::GenericError => "GenericError",
            Self::CommandNotFound => "CommandNotFound",
        }
    }
}

/// Why a message has an error for a reply.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// Where it was refused.
    pub(super) stage: Stage,
    /// The error class.
    pub(super) class: ErrorClass,
    /// For people.
    pub(super) desc: String,
}

impl Failure {
    /// A failure without a class of its own.
    pub(super) fn generic(stage: Stage, desc: impl Into<String>) -> Self {
        Self { stage, class: ErrorClass::GenericError, desc: desc.into() }
    }

    fn not_found(stage: Stage, desc: String) -> Self {
        Self { stage, class: ErrorClass::CommandNotFound, desc }
    }
}

/// Why a command failed, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommandError(pub(super) String);

impl CommandError {
    /// An error with this description.
    pub(super) fn new(desc: impl Into<String>) -> Self {
        Self(desc.into())
    }
}

/// Executes a message. `None` is the success of a command that replies nothing then.
pub(super) fn execute(
    schema: &Schema,
    guest: &mut Guest,
    quirks: &mut Quirks,
    message: &Json<'_>,
) -> Result<Option<Node>, Failure> {
    let (name, arguments) = envelope(message, quirks)?;
    let (Some(skill), Some(definition)) = (guest.skill(&name), schema.command(&name)) else {
        return Err(Failure::not_found(Stage::Lookup, format!("there is no command '{name}'")));
    };
    if !guest.is_enabled(&name, skill) && !quirks.takes(Liberty::DisabledCommands) {
        return Err(Failure::not_found(Stage::Permission, format!("command '{name}' is disabled")));
    }
    check::arguments(schema, &definition.arguments, arguments, quirks)
        .map_err(|CommandError(desc)| Failure::generic(Stage::Arguments, desc))?;
    let arguments = Arguments::new(arguments);
    let result = match quirks.execution(&name) {
        Some((execution, memory)) => execution(memory, guest, arguments),
        None => match skill {
            Skill::Written(command) => (command.execute)(guest, arguments),
            Skill::Improvised => improvise::result(schema, definition.returns.as_ref(), guest.turn()),
        },
    };
    let result = result.map_err(|CommandError(desc)| Failure::generic(Stage::Execution, desc))?;
    let replies = definition.success_response || quirks.takes(Liberty::RepliesToSilent);
    Ok(replies.then_some(result))
}

/// The command's name and its arguments, out of a message that is a request.
fn envelope<'m>(message: &'m Json<'m>, quirks: &Quirks) -> Result<(String, Option<&'m Json<'m>>), Failure> {
    let refused = |desc: String| Failure::generic(Stage::Envelope, desc);
    if !message.is_object() {
        return Err(refused("a request is an object".to_owned()));
    }
    let mut name = None;
    let mut arguments = None;
    for member in message.members() {
        let key = String::from_utf8_lossy(&member.key.decoded()).into_owned();
        match key.as_str() {
            "execute" => {
                let text = member.value.as_str();
                name = Some(text.ok_or_else(|| refused("'execute' is not a string".to_owned()))?);
            }
            "arguments" => arguments = Some(&member.value),
            "id" => {}
            _ if quirks.takes(Liberty::UnknownMembers) => {}
            _ => return Err(refused(format!("a request has no member '{key}'"))),
        }
    }
    let arguments = match arguments {
        Some(value) if value.is_object() => Some(value),
        Some(value) if value.is_null() && quirks.takes(Liberty::NullArguments) => None,
        Some(_) if quirks.takes(Liberty::MisshapenArguments) => None,
        Some(_) => return Err(refused("'arguments' is not an object".to_owned())),
        None => None,
    };
    let name = name.ok_or_else(|| refused("a request has a member 'execute'".to_owned()))?;
    Ok((name.into_owned(), arguments))
}
