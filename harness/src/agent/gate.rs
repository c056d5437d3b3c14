//! The hazard gate: the only way to a transport.
//!
//! It judges nothing itself: `classify` says how dangerous bytes are. What is here is memory, of what the agent may
//! still hold unfinished, because a command may come in several writes.

use crate::classify::hazard::{assess, assess_remainder};
use crate::classify::{Assessment, Hazard, HazardContext};
use crate::schema::Schema;

/// Bytes that may be sent. Only the gate makes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleared(Vec<u8>);

impl Cleared {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes that may not be sent, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hazard `{found:?}` is above the allowed `{allowed:?}`")]
pub struct Refused {
    /// What was allowed.
    pub allowed: Hazard,
    /// What was found.
    pub found: Assessment,
}

/// So much that may be unfinished is remembered, in bytes.
const PENDING_MAX: usize = 64 * 1024;
/// Of more than that, so much is kept. Only a name in it matters, and no name is nearly as long, even with
/// every byte of it escaped; a reader that drops thousands of bytes within a name is beyond us. Arguments
/// may be longer, so those are not trusted any more.
const PENDING_KEPT: usize = 4 * 1024;

/// The gate of one session.
#[derive(Debug)]
pub struct Gate<'s> {
    schema: &'s Schema,
    allowed: Hazard,
    context: HazardContext,
    /// What was sent since the agent last showed that it holds no unfinished message, or the end of that.
    pending: Vec<u8>,
    /// Whether `pending` is only the end.
    is_remainder: bool,
}

impl<'s> Gate<'s> {
    /// A gate that lets bytes up to `allowed` pass.
    pub fn new(schema: &'s Schema, allowed: Hazard, context: HazardContext) -> Self {
        Self { schema, allowed, context, pending: Vec::new(), is_remainder: false }
    }

    /// From now on this is the schema that says which commands there are.
    pub fn follow(&mut self, schema: &'s Schema) {
        self.schema = schema;
    }

    /// What may pass.
    pub fn allowed(&self) -> Hazard {
        self.allowed
    }

    /// What is known about the guest; handles and processes are added as they are made.
    pub fn context_mut(&mut self) -> &mut HazardContext {
        &mut self.context
    }

    /// Lets bytes pass, or not. They count together with what may be unfinished before them.
    pub fn clear(&mut self, bytes: Vec<u8>) -> Result<Cleared, Refused> {
        // Where everything is allowed there is nothing to remember either.
        if self.allowed < Hazard::Power {
            let found = self.peek(&bytes);
            if found.hazard > self.allowed {
                return Err(Refused { allowed: self.allowed, found });
            }
            self.remember(&bytes);
        }
        Ok(Cleared(bytes))
    }

    /// Lets several writes pass that are sent directly after each other, or none of them. They count as a
    /// whole: a request whose arguments are harmless may so be sent in pieces, although half of its arguments
    /// would be refused.
    pub fn clear_all(&mut self, writes: Vec<Vec<u8>>) -> Result<Vec<Cleared>, Refused> {
        self.clear(writes.concat())?;
        Ok(writes.into_iter().map(Cleared).collect())
    }

    /// How dangerous these bytes would be now, without sending them.
    pub fn peek(&self, bytes: &[u8]) -> Assessment {
        if self.pending.is_empty() {
            return assess(bytes, self.schema, &self.context);
        }
        let all = [&self.pending, bytes].concat();
        if self.is_remainder {
            assess_remainder(&all, self.schema)
        } else {
            assess(&all, self.schema, &self.context)
        }
    }

    /// A fence was answered: nothing is unfinished any more.
    pub fn in_step(&mut self) {
        self.pending.clear();
        self.is_remainder = false;
    }

    fn remember(&mut self, bytes: &[u8]) {
        if self.pending.len() + bytes.len() <= PENDING_MAX {
            self.pending.extend_from_slice(bytes);
            return;
        }
        self.is_remainder = true;
        let end = &bytes[bytes.len().saturating_sub(PENDING_KEPT)..];
        let surplus = (self.pending.len() + end.len()).saturating_sub(PENDING_KEPT);
        self.pending.drain(..surplus.min(self.pending.len()));
        self.pending.extend_from_slice(end);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schema::builtin;

    const POWER: [&str; 6] = [
        "guest-shutdown",
        "guest-set-time",
        "guest-suspend-ram",
        "guest-set-user-password",
        "guest-ssh-add-authorized-keys",
        "guest-exec",
    ];
    const READ: [&str; 5] =
        ["guest-ping", "guest-info", "guest-get-time", "guest-get-users", "guest-fsfreeze-status"];

    fn gate(allowed: Hazard) -> Gate<'static> {
        let context = HazardContext { scratch: Some("/tmp/q.1".to_owned()), ..HazardContext::default() };
        Gate::new(builtin::seed(), allowed, context)
    }

    fn passes(gate: &mut Gate<'_>, bytes: impl AsRef<[u8]>) -> bool {
        gate.clear(bytes.as_ref().to_vec()).is_ok()
    }

    #[test]
    fn only_up_to_the_allowed_level() {
        let freeze = "{\"execute\":\"guest-fsfreeze-freeze\"}\n";
        for (allowed, expected) in
            [(Hazard::Read, false), (Hazard::Scratch, false), (Hazard::State, true), (Hazard::Power, true)]
        {
            assert_eq!(passes(&mut gate(allowed), freeze), expected, "{allowed:?}");
        }
        let refused = gate(Hazard::Read).clear(freeze.into()).unwrap_err();
        assert_eq!(refused.found.because.as_deref(), Some("guest-fsfreeze-freeze"));
        assert_eq!(refused.allowed, Hazard::Read);
    }

    #[test]
    fn a_request_is_refused_wherever_it_is_cut_in_two() {
        let request = "{\"execute\":\"guest-shutdown\",\"arguments\":{}}\n";
        for cut in 0..=request.len() {
            let mut gate = gate(Hazard::State);
            let (begun, rest) = request.split_at(cut);
            assert!(!(passes(&mut gate, begun) && passes(&mut gate, rest)), "{begun}");
        }
    }

    #[test]
    fn what_was_refused_was_not_sent() {
        let mut gate = gate(Hazard::Read);
        assert!(!passes(&mut gate, "guest-shutdown"));
        assert!(passes(&mut gate, "{\"execute\":\"guest-ping\"}\n"));
    }

    #[test]
    fn an_answered_fence_ends_what_was_unfinished() {
        let mut gate = gate(Hazard::Read);
        assert!(passes(&mut gate, "{\"execute\":\"guest-shut"));
        assert_eq!(gate.peek(b"down\"}").hazard, Hazard::Power);
        gate.in_step();
        assert_eq!(gate.peek(b"down\"}").hazard, Hazard::Read);
        assert!(passes(&mut gate, "down\"}"));
    }

    #[test]
    fn names_are_found_behind_any_amount_of_pending_bytes() {
        let mut gate = gate(Hazard::Scratch);
        assert!(passes(&mut gate, format!("{{\"id\":\"{}", "x".repeat(PENDING_MAX))));
        assert!(passes(&mut gate, "y".repeat(PENDING_KEPT / 2)));
        assert!(passes(&mut gate, "\",\"execute\":\"guest-shut"));
        assert!(gate.pending.len() <= PENDING_MAX);
        assert!(!passes(&mut gate, "down\"}"));
        let open = b"\xFF{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"/tmp/q.1/a\"}}\n";
        assert!(!passes(&mut gate, open), "the beginning of the arguments may have been cut off");
        gate.in_step();
        assert!(passes(&mut gate, open));
    }

    #[test]
    fn pieces_of_one_request_pass_together() {
        let open = "{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"/tmp/q.1/a\"}}\n";
        let pieces: Vec<Vec<u8>> = open.bytes().map(|byte| vec![byte]).collect();
        let cleared = gate(Hazard::Scratch).clear_all(pieces.clone()).unwrap();
        assert_eq!(cleared.iter().map(Cleared::bytes).collect::<Vec<_>>(), pieces);
        assert!(gate(Hazard::Read).clear_all(pieces).is_err());
    }

    /// One spelling of a byte of a name that some reader takes for that byte.
    fn respelled(byte: u8, how: u8) -> Vec<u8> {
        match how % 8 {
            0 => vec![byte.to_ascii_uppercase()],
            1 => format!("\\u{byte:04x}").into_bytes(),
            2 => format!("\\u{:04X}", byte.to_ascii_uppercase()).into_bytes(),
            3 if byte == b'-' => vec![b'_'],
            4 => vec![0, byte],
            5 => vec![byte, 0x01],
            6 => [b"\\u0000", &[byte][..]].concat(),
            _ => vec![byte],
        }
    }

    proptest! {
        #[test]
        fn no_spelling_of_a_dangerous_name_passes(
            name in proptest::sample::select(&POWER[..]),
            how in proptest::collection::vec(any::<u8>(), 32),
            frame in proptest::sample::select(&[
                ("{\"execute\":\"", "\"}\n"), ("{'execute': '", "'}"), ("[\"", "\"]"), ("{\"id\":{\"", "\":1}}"),
                ("", "\n"), ("{\"execute\":\"", ""), ("{\"execute\":\"x", "y\"}"),
            ][..]),
            cut in any::<proptest::sample::Index>(),
        ) {
            let spelling: Vec<u8> = name.bytes().zip(how).flat_map(|(byte, how)| respelled(byte, how)).collect();
            let text = [frame.0.as_bytes(), &spelling, frame.1.as_bytes()].concat();
            prop_assert!(!passes(&mut gate(Hazard::Read), &text));
            let (begun, rest) = text.split_at(cut.index(text.len()));
            let mut gate = gate(Hazard::Read);
            prop_assert!(!(passes(&mut gate, begun) && passes(&mut gate, rest)));
        }

        #[test]
        fn plain_requests_pass(
            name in proptest::sample::select(&READ[..]),
            id in prop_oneof![any::<i64>().prop_map(|id| id.to_string()), "\"[ -!#-\\[\\]-~]{0,20}\""],
        ) {
            prop_assume!(!id.contains("execute"));
            let text = format!("{{\"execute\":\"{name}\",\"id\":{id}}}\n");
            prop_assert!(passes(&mut gate(Hazard::Read), text));
        }
    }
}
