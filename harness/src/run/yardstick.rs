//! What an agent is measured by: a version of the guest agent's schema, or a schema of the user's own.

use std::sync::Arc;

use crate::agent::session::{Session, SessionError};
use crate::schema::Schema;
use crate::schema::versions::{Version, model};
use crate::text::{Json, printable};
use crate::wire::{FenceKind, Reply, Request, Role};

/// Shown of what an agent says of its version, in bytes.
const VERSION_SHOWN: usize = 60;

/// Which schema an agent is measured by.
#[derive(Clone, Debug)]
pub enum SchemaChoice {
    /// This version of the guest agent's schema.
    Version(Version),
    /// The last version that is not newer than the agent says of itself.
    Auto,
    /// A schema of the user's own.
    Own {
        /// What reports call it.
        name: String,
        /// The schema.
        schema: &'static Schema,
    },
}

/// The choice, made.
#[derive(Clone, Debug)]
pub(super) struct Yardstick {
    /// The name for reports.
    pub(super) name: String,
    pub(super) schema: &'static Schema,
    /// How it was chosen, if that needs a word.
    pub(super) remark: Option<String>,
}

impl SchemaChoice {
    /// The schema with every command that the choice can come to.
    pub fn widest(&self) -> &'static Schema {
        match self {
            Self::Auto => model(Version::LAST),
            Self::Version(_) | Self::Own { .. } => self.yardstick().schema,
        }
    }

    /// What can be said before the agent has said anything.
    pub(super) fn yardstick(&self) -> Yardstick {
        match self {
            Self::Version(version) => Yardstick::of(*version, None),
            Self::Auto => Yardstick::of(Version::Seed, None),
            Self::Own { name, schema } => Yardstick { name: name.clone(), schema, remark: None },
        }
    }

    /// The same, when the agent can be asked for its version. The question is left among the observations.
    pub(super) async fn settle(&self, session: &mut Session<'_>) -> Result<Yardstick, SessionError> {
        match self {
            Self::Version(_) | Self::Own { .. } => Ok(self.yardstick()),
            Self::Auto => Ok(Yardstick::for_agent(ask(session).await?.as_deref())),
        }
    }
}

impl Yardstick {
    fn of(version: Version, remark: Option<String>) -> Self {
        Self { name: version.name().to_owned(), schema: model(version), remark }
    }

    /// The yardstick for an agent that says this of its version.
    fn for_agent(told: Option<&str>) -> Self {
        let Some(told) = told else {
            let remark = "the agent does not tell its version, so the schema `seed` was chosen".to_owned();
            return Self::of(Version::Seed, Some(remark));
        };
        let shown = printable(told.as_bytes(), VERSION_SHOWN).text;
        let (version, remark) = match Version::for_agent(told) {
            Some(version) => {
                (version, format!("the schema {version} was chosen for an agent of version {shown}"))
            }
            None => {
                (Version::Seed, format!("no schema is known for the version {shown}, so `seed` was chosen"))
            }
        };
        Self::of(version, Some(remark))
    }
}

/// What the agent says of its version in `guest-info`.
async fn ask(session: &mut Session<'_>) -> Result<Option<String>, SessionError> {
    let label = Arc::from("calibration/version");
    let question = Request::new("guest-info").to_line();
    session.exchange(&label, Role::Case, vec![question], FenceKind::Plain).await?;
    let replies = session.last_exchange().map_or(&[][..], |exchange| &exchange.received);
    let version = |reply: Reply<'_>| {
        reply.success()?.member("version").and_then(Json::as_str).map(std::borrow::Cow::into_owned)
    };
    Ok(replies.iter().filter_map(|frame| Reply::read(frame).ok()).find_map(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_measured_by_what_it_says_of_itself() {
        for (told, name, says) in [
            (Some("7.2.22"), "7.2", "schema 7.2 was chosen for an agent of version 7.2.22"),
            (Some("12.0.1"), "11.1", "version 12.0.1"),
            (Some("4.2.0"), "seed", "no schema is known for the version 4.2.0"),
            (Some("\u{1b}[2J"), "seed", "the version \\x1B[2J"),
            (None, "seed", "does not tell its version"),
        ] {
            let yardstick = Yardstick::for_agent(told);
            assert_eq!(yardstick.name, name);
            let remark = yardstick.remark.unwrap();
            assert!(remark.contains(says), "{remark}");
        }
    }
}
