//! Which frame is the reply to which message, and whether their numbers agree.
//!
//! Replies carry nothing that names their request, so attribution rests on order and number. Where it is not
//! certain, nothing is attributed and the rules about single requests stay silent: one cause, one finding.

use crate::classify::{Message, Reading, Standing, Tail};
use crate::schema::Schema;
use crate::text::{Json, Kind, Member};
use crate::wire::{Ending, Exchange, FenceKind, Role};

use super::scene::{Received, may_be_silent};
use super::sync;

/// What is known about the messages of an exchange and its frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// What is unusual about how the stimulus is written or sent.
    pub shape: Shape,
    /// Whether the number of replies is right.
    pub tally: Tally,
    /// Which frame belongs to which message.
    pub pairs: Pairs,
    /// Whether replies came in another order than their requests.
    pub out_of_order: bool,
}

/// What is unusual about how a stimulus is written or sent. The spelling counts for valid requests only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing: one compact message with a line feed behind it, in one write, or no message at all.
    Plain,
    /// A message travels in several writes.
    Split,
    /// There are several messages, each with its line end.
    Several,
    /// Some message has no line end behind it.
    Joined,
    /// There is white space within or around the message that it does not need.
    Spaced,
    /// Names are spelled with escapes that they do not need.
    Escaped,
    /// The members of the request are in another order than `execute`, `arguments`, `id`.
    Reordered,
}

/// Whether the number of replies is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tally {
    /// It cannot be told what is right, or whether all replies came.
    Unknown,
    /// It is right.
    Even,
    /// Some request has no reply.
    Fewer,
    /// There are more replies than requests.
    More,
}

/// Which frame belongs to which message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairs {
    /// Not certain.
    None,
    /// The only message has the only whole frame, if one came at all.
    Only,
    /// The n-th message has the n-th frame.
    InOrder,
}

impl Attribution {
    /// Compares what was sent with what came.
    pub fn of(
        exchange: &Exchange,
        reading: &Reading<'_>,
        sent: &[u8],
        replies: &[Received<'_>],
        schema: &Schema,
    ) -> Self {
        let messages = reading.messages.len();
        let whole = replies.iter().filter(|received| !received.is_stray()).count();
        let stray = replies.iter().any(Received::is_stray);
        let countable = reading.counted
            && reading.tail == Tail::Clean
            && !matches!(exchange.fence.kind, FenceKind::AfterReset(_));
        let certain = countable && messages >= 2 && messages == replies.len() && !stray;
        let out_of_order = certain && out_of_order(&reading.messages, replies);
        let pairs = match messages {
            // With several whole frames, the first may be left over from something earlier.
            1 if countable && whole <= 1 => Pairs::Only,
            _ if certain && !out_of_order => Pairs::InOrder,
            _ => Pairs::None,
        };
        let complete = matches!(exchange.ending, Ending::InStep | Ending::Waited);
        let tally = if !countable || !complete || exchange.role != Role::Case {
            Tally::Unknown
        } else {
            match tally(reading, whole, schema) {
                // What is missing may be among the stray bytes, and these are a finding of their own.
                Tally::Fewer | Tally::More if stray => Tally::Unknown,
                tally => tally,
            }
        };
        Self { shape: shape(exchange, reading, sent), tally, pairs, out_of_order }
    }
}

impl Pairs {
    /// The place of a message's frame.
    pub fn frame_of(self, message: usize, replies: &[Received<'_>]) -> Option<usize> {
        match self {
            Self::None => None,
            Self::Only => replies.iter().position(|received| !received.is_stray()),
            Self::InOrder => Some(message),
        }
    }
}

fn tally(reading: &Reading<'_>, replies: usize, schema: &Schema) -> Tally {
    let most = reading.messages.len();
    let silent = reading.messages.iter().filter(|message| may_be_silent(message, schema)).count();
    if replies > most {
        Tally::More
    } else if replies + silent < most {
        Tally::Fewer
    } else {
        Tally::Even
    }
}

/// Whether some reply carries what only another message of the exchange can have caused. Equal numbers of
/// messages and frames are given.
fn out_of_order(messages: &[Message<'_>], replies: &[Received<'_>]) -> bool {
    replies.iter().enumerate().any(|(at, received)| {
        let Ok(reply) = &received.reply else { return false };
        let id_moved =
            reply.id().is_some_and(|id| moved(at, messages, |message| Some(message.id()?.same_value(id))));
        let sync_moved = reply
            .success()
            .and_then(Json::as_i64)
            .is_some_and(|value| moved(at, messages, |message| Some(sync::sent_id(message)? == value)));
        id_moved || sync_moved
    })
}

/// Whether the message at this place must not cause it, and another one does.
fn moved<'m>(
    at: usize,
    messages: &'m [Message<'m>],
    causes: impl Fn(&'m Message<'m>) -> Option<bool>,
) -> bool {
    causes(&messages[at]) == Some(false) && messages.iter().any(|message| causes(message) == Some(true))
}

fn shape(exchange: &Exchange, reading: &Reading<'_>, sent: &[u8]) -> Shape {
    let writes = exchange.writes.iter().filter(|write| !write.is_empty()).count();
    match reading.messages.as_slice() {
        [] => Shape::Plain,
        messages if messages.iter().any(|message| !message.terminated) => Shape::Joined,
        [message] if message.standing == Standing::Valid => {
            if writes > 1 {
                Shape::Split
            } else if has_spare_space(sent) {
                Shape::Spaced
            } else if has_spare_escapes(message) {
                Shape::Escaped
            } else if is_reordered(message) {
                Shape::Reordered
            } else {
                Shape::Plain
            }
        }
        [_] => Shape::Plain,
        [_, ..] => Shape::Several,
    }
}

/// Whether the members of the request stand in another order than that of the documents.
fn is_reordered(message: &Message<'_>) -> bool {
    let Some(document) = &message.document else { return false };
    let place = |member: &Member<'_>| ORDER.iter().position(|name| member.key == **name);
    !document.value.members().iter().filter_map(place).is_sorted()
}

/// The order in which the documents, and all clients, write the members of a request.
const ORDER: [&str; 3] = ["execute", "arguments", "id"];

/// Whether there is white space outside strings, other than a single line feed at the end.
fn has_spare_space(sent: &[u8]) -> bool {
    let mut within_string = false;
    let mut bytes = sent.strip_suffix(b"\n").unwrap_or(sent).iter();
    while let Some(byte) = bytes.next() {
        match (within_string, byte) {
            (false, b' ' | b'\t' | b'\r' | b'\n') => return true,
            (_, b'"') => within_string = !within_string,
            (true, b'\\') => drop(bytes.next()),
            _ => {}
        }
    }
    false
}

/// Whether names in the request are spelled with escapes. No name of a schema needs one.
fn has_spare_escapes(message: &Message<'_>) -> bool {
    let Some(document) = &message.document else { return false };
    let escaped = |raw: &[u8]| memchr::memchr(b'\\', raw).is_some();
    let members = document.value.members().iter();
    let arguments = message.arguments().map_or(&[][..], Json::members).iter();
    members.chain(arguments).any(|member| escaped(member.key.raw()))
        || document.value.member("execute").is_some_and(|name| match &name.kind {
            Kind::String(text) => escaped(text.raw()),
            _ => false,
        })
}
