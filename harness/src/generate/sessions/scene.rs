//! Scenes: conversations that are not written down yet.

use crate::generate::variant::{Draw, Ground, Variant};
use crate::generate::{Effort, Purpose};
use crate::schema::Command;

use super::talk::Talk;

/// One conversation, with the command that it is about.
pub(super) struct Scene {
    command: &'static str,
    name: String,
    effort: Effort,
    tell: Tell,
}

/// Writes the conversation about a subject: the path of a file, the name of a user.
type Tell = Box<dyn Fn(&mut Talk, &str)>;

impl Scene {
    pub(super) fn new(
        command: &'static str,
        name: impl Into<String>,
        effort: Effort,
        tell: impl Fn(&mut Talk, &str) + 'static,
    ) -> Self {
        Self { command, name: name.into(), effort, tell: Box::new(tell) }
    }
}

/// The scenes about this command as variants. `needed` are the commands that they use: an agent that lacks one has
/// nothing to talk about.
pub(super) fn variants<'a>(
    ground: Ground<'a>,
    command: Option<&'a Command>,
    needed: &[&str],
    scenes: Vec<Scene>,
    subject: impl Fn(&Draw<'_, '_>) -> String + Copy + 'a,
) -> Vec<Variant<'a>> {
    let Some(command) = command else { return Vec::new() };
    if needed.iter().any(|needed| ground.schema.command(needed).is_none()) {
        return Vec::new();
    }
    let told = scenes.into_iter().filter(|scene| scene.command == command.name);
    told.map(|scene| {
        let Scene { name, effort, tell, .. } = scene;
        let tell = move |draw: &mut Draw<'_, '_>| {
            let mut talk = Talk::default();
            tell(&mut talk, &subject(draw));
            Some(talk.into_stimuli())
        };
        Variant::new(name, Purpose::Valid, tell).effort(effort)
    })
    .collect()
}
