//! Fences: syncs with ids of their own, which mark where the replies to something end.

use crate::wire::{
    Abilities, DELIMITER, Fence, FenceKind, Frame, FrameKind, Outcome, Reply, Reset, Rung, SyncCommand,
};

/// The escape character: a control character that the specification names as a way to reset a parser.
pub(super) const ESCAPE: u8 = 0x1B;
/// The first fence's id. Commands return small numbers, such as handles and counts, and times in nanoseconds;
/// none of them may be taken for a fence's reply.
const FIRST: i64 = 1 << 30;
/// A fence's reply is short, whatever an agent adds to it.
const REPLY_BYTES_MAX: usize = 1024;
/// Closers for a message that is open outside a string, and for one that is open inside.
const CLOSERS: [&[u8]; 2] = [b"}]}]}]}]}]}]}]}]}]\n", b"\"}]}]}]}]}]}]}]}]\n"];

/// Numbers fences and writes them.
#[derive(Debug)]
pub(super) struct Fences {
    next: i64,
}

impl Fences {
    pub(super) const fn new() -> Self {
        Self { next: FIRST }
    }

    /// A fence with a fresh id, as strong as the agent's abilities let it be.
    pub(super) fn next(&mut self, kind: FenceKind, abilities: Abilities) -> Fence {
        let id = self.next;
        // Ids stay below 2^31: some clients' and agents' arithmetic ends there, and that is another rule's test.
        self.next = if id >= i64::from(i32::MAX) - 1 { FIRST } else { id + 1 };
        let (prefix, command): (&[u8], _) = match kind {
            FenceKind::Absent => return Fence { kind, id, bytes: Vec::new(), reply: None },
            FenceKind::Plain => (b"", abilities.fence.unwrap_or(SyncCommand::Plain)),
            FenceKind::AfterReset(reset) => {
                let prefix: &[u8] = match reset {
                    Reset::Delimiter => &[DELIMITER],
                    Reset::Control => &[ESCAPE],
                    Reset::Newline => b"\n",
                };
                (prefix, if abilities.delimited_sync { SyncCommand::Delimited } else { SyncCommand::Plain })
            }
        };
        let mut bytes = prefix.to_vec();
        bytes.extend(sync(command, id));
        Fence { kind, id, bytes, reply: None }
    }
}

/// A sync request on its own line.
pub(super) fn sync(command: SyncCommand, id: i64) -> Vec<u8> {
    format!("{{\"execute\":\"{}\",\"arguments\":{{\"id\":{id}}}}}\n", command.name()).into_bytes()
}

/// The integer that a whole message without an id returns, as a fence's reply does.
pub(super) fn returned_id(frame: &Frame) -> Option<i64> {
    // Most frames are somebody else's reply; a fence's is short.
    if frame.kind != FrameKind::Message || frame.bytes.len() > REPLY_BYTES_MAX {
        return None;
    }
    let reply = Reply::read(frame).ok()?;
    match reply.outcome() {
        Outcome::Return(value) if reply.id().is_none() => value.as_i64(),
        Outcome::Return(_) | Outcome::Error(_) => None,
    }
}

/// The rungs of the ladder on one connection, least intrusive first, with what is written before the sync on each.
pub(super) fn rungs(abilities: Abilities) -> Vec<(Rung, Vec<u8>)> {
    let mut rungs = vec![(Rung::Patience, Vec::new())];
    if abilities.survives_delimiter {
        rungs.push((Rung::Delimiter, vec![DELIMITER]));
    }
    rungs.push((Rung::Control, vec![ESCAPE]));
    rungs.push((Rung::Newline, b"\n".to_vec()));
    rungs.extend(CLOSERS.map(|closers| (Rung::Closers, closers.to_vec())));
    rungs
}

/// Whether the late reply to a fence is among these frames; it is taken out of them.
pub(super) fn take_late_reply(fence: &mut Fence, received: &mut Vec<Frame>) {
    if fence.reply.is_none()
        && let Some(at) = received.iter().position(|frame| returned_id(frame) == Some(fence.id))
    {
        fence.reply = Some(received.remove(at));
    }
}
