//! A bench for tests of commands: an agent, its clock, and tables of requests with what comes of them.

use crate::agent::reference::{Config, Effect, ReferenceAgent};

/// What a table says of an error that has no class of its own.
pub(super) const REFUSED: &str = "GenericError";
/// What a table says of a command that is not there or disabled.
pub(super) const NOT_FOUND: &str = "CommandNotFound";
/// What a table says of no reply at all.
pub(super) const SILENCE: &str = "";

/// An agent on the bench.
pub(super) struct Bench {
    pub(super) agent: ReferenceAgent,
    now_ns: i64,
}

impl Default for Bench {
    fn default() -> Self {
        Self::new(Config::default())
    }
}

impl Bench {
    pub(super) fn new(config: Config) -> Self {
        Self { agent: ReferenceAgent::new(config), now_ns: 1_790_000_000_123_456_789 }
    }

    /// Lets time pass.
    pub(super) fn wait_ns(&mut self, duration_ns: i64) {
        self.now_ns += duration_ns;
    }

    /// Executes a command; gives its result, or the class of its error, or nothing.
    pub(super) fn ask(&mut self, command: &str, arguments: &str) -> String {
        let request = format!(r#"{{"execute":"{command}","arguments":{{{arguments}}}}}"#);
        let effects = self.agent.feed(request.as_bytes(), self.now_ns);
        let Some(Effect::Send(reply)) = effects.first() else { return SILENCE.to_owned() };
        let reply = String::from_utf8_lossy(reply);
        let class =
            [REFUSED, NOT_FOUND].into_iter().find(|class| reply.contains(&format!("\"class\": \"{class}\"")));
        let result = reply.strip_prefix("{\"return\": ").and_then(|rest| rest.strip_suffix("}\n"));
        result.or(class).unwrap_or("neither result nor error").to_owned()
    }

    /// Executes commands with arguments, and compares what comes of them.
    #[track_caller]
    pub(super) fn check(&mut self, rows: &[(&str, &str, &str)]) {
        for (command, arguments, expected) in rows {
            assert_eq!(self.ask(command, arguments), *expected, "{command} {arguments}");
        }
    }

    /// What is in a file of the guest.
    pub(super) fn file(&self, path: &str) -> String {
        String::from_utf8(self.agent.guest.files.content(path).unwrap().to_vec()).unwrap()
    }

    /// Writes a file of the guest.
    pub(super) fn write(&mut self, path: &str, content: &str) {
        self.agent.guest.files.replace(path, content.as_bytes().to_vec()).unwrap();
    }
}
