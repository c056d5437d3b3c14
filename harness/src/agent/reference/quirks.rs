//! The faults and variants that are switched on, at work. Without any of them every function here does nothing.

use super::fault::hook::Execution;
use super::fault::{Context, Course, Hook, Intake, Liberty, Memory};
use super::reader::Tolerance;
use super::{Config, Effect};
use crate::text::Node;

/// All faults and variants of one agent, with their memories.
#[derive(Debug)]
pub(super) struct Quirks {
    active: Vec<Active>,
}

#[derive(Debug)]
struct Active {
    hooks: &'static [Hook],
    memory: Memory,
}

impl Quirks {
    pub(super) fn new(switched_on: impl Iterator<Item = &'static [Hook]>) -> Self {
        let active = switched_on.map(|hooks| Active { hooks, memory: Memory::default() });
        Self { active: active.collect() }
    }

    /// Changes how the agent is set up.
    pub(super) fn set_up(&self, config: &mut Config) {
        for hook in self.active.iter().flat_map(|active| active.hooks) {
            if let Hook::Setup(change) = hook {
                change(config);
            }
        }
    }

    /// Whether some fault takes this liberty.
    pub(super) fn takes(&self, liberty: Liberty) -> bool {
        let mut hooks = self.active.iter().flat_map(|active| active.hooks);
        hooks.any(|hook| matches!(hook, Hook::Take(taken) if *taken == liberty))
    }

    pub(super) fn tolerance(&self) -> Tolerance {
        Tolerance {
            words: self.takes(Liberty::Words),
            controls_in_strings: self.takes(Liberty::ControlsInStrings),
        }
    }

    pub(super) fn greeting(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.each(|memory, hook| {
            if let Hook::Greet(greet) = hook {
                effects.extend(greet(memory));
            }
        });
        effects
    }

    pub(super) fn intake(&mut self, input: &[u8]) -> Vec<Intake> {
        let mut intakes = vec![Intake::Bytes(input.to_vec())];
        self.each(|memory, hook| {
            if let Hook::Input(change) = hook {
                intakes = std::mem::take(&mut intakes)
                    .into_iter()
                    .flat_map(|intake| match intake {
                        Intake::Bytes(bytes) => change(memory, &bytes),
                        other => vec![other],
                    })
                    .collect();
            }
        });
        intakes
    }

    pub(super) fn rewrite(&mut self, mut text: Vec<u8>) -> Vec<u8> {
        self.each(|memory, hook| {
            if let Hook::Text(rewrite) = hook {
                text = rewrite(memory, std::mem::take(&mut text));
            }
        });
        text
    }

    /// The first course that is not the right one.
    pub(super) fn course(&mut self, context: &Context<'_>) -> Course {
        let mut course = Course::Proceed;
        self.each(|memory, hook| {
            if let (Hook::Course(choose), Course::Proceed) = (hook, &course) {
                course = choose(memory, context);
            }
        });
        course
    }

    /// What executes this command in place of its own function.
    pub(super) fn execution(&mut self, command: &str) -> Option<(Execution, &mut Memory)> {
        self.active.iter_mut().find_map(|active| {
            let execution = active.hooks.iter().find_map(|hook| match hook {
                Hook::Command(name, execution) if *name == command => Some(*execution),
                _ => None,
            })?;
            Some((execution, &mut active.memory))
        })
    }

    pub(super) fn edit(&mut self, context: &Context<'_>, reply: &mut Node) {
        self.each(|memory, hook| {
            if let Hook::Reply(edit) = hook {
                edit(memory, context, reply);
            }
        });
    }

    pub(super) fn write(&mut self, context: &Context<'_>, reply: &Node) -> Option<Vec<u8>> {
        let mut written = None;
        self.each(|memory, hook| {
            if let Hook::Write(write) = hook {
                written = Some(write(memory, context, reply));
            }
        });
        written
    }

    pub(super) fn output(&mut self, context: &Context<'_>, line: Vec<u8>) -> Vec<Effect> {
        let mut effects = vec![Effect::Send(line)];
        self.each(|memory, hook| {
            if let Hook::Output(change) = hook {
                effects = std::mem::take(&mut effects)
                    .into_iter()
                    .flat_map(|effect| match effect {
                        Effect::Send(bytes) => change(memory, context, bytes),
                        other => vec![other],
                    })
                    .collect();
            }
        });
        effects
    }

    pub(super) fn batch(&mut self, mut effects: Vec<Effect>) -> Vec<Effect> {
        self.each(|memory, hook| {
            if let Hook::Batch(change) = hook {
                effects = change(memory, std::mem::take(&mut effects));
            }
        });
        effects
    }

    fn each(&mut self, mut visit: impl FnMut(&mut Memory, &'static Hook)) {
        for Active { hooks, memory } in &mut self.active {
            for hook in *hooks {
                visit(memory, hook);
            }
        }
    }
}
