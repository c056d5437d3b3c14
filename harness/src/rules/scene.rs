//! What a rule gets to see: an exchange with its stimulus read and its replies parsed, once for all rules.

use crate::classify::{Defect, DefectKind, Message, Reading, Standing, Tail};
use crate::model::SessionModel;
use crate::schema::{Command, Schema};
use crate::text::{Json, NoteKind};
use crate::wire::{
    Abilities, Ending, Exchange, Facts, FakeCall, Frame, FrameKind, Malformed, ProbeKind, Reply, Role, Rung,
};

use super::attribution::{Attribution, Pairs, Shape};
use super::type_check::TypeReport;
use super::words::shown;

/// A frame, read as a reply.
#[derive(Debug)]
pub struct Received<'a> {
    /// The frame.
    pub frame: &'a Frame,
    /// The reply in it, or why it is none.
    pub reply: Result<Reply<'a>, Malformed>,
}

/// An exchange, prepared for judgement.
#[derive(Debug)]
pub struct ExchangeScene<'a> {
    /// The recorded exchange.
    pub exchange: &'a Exchange,
    /// The schema that the agent is measured by.
    pub schema: &'a Schema,
    /// What calibration found out, once it has.
    pub abilities: Option<&'a Abilities>,
    /// The guest as it should look before this exchange.
    pub model: &'a SessionModel,
    /// Calls of fake programs that were made during this exchange, in order; without fakes there are none.
    pub calls: &'a [FakeCall],
    /// The stimulus as the classifier reads it.
    pub reading: &'a Reading<'a>,
    /// The frames before the fence's reply.
    pub replies: &'a [Received<'a>],
    /// The fence's reply.
    pub fence_reply: Option<&'a Received<'a>>,
    /// Which frame belongs to which message, as far as that is certain.
    pub attribution: &'a Attribution,
}

/// One request of an exchange and the reply that belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    /// The request.
    pub message: &'a Message<'a>,
    /// The schema's command of that name.
    pub command: Option<&'a Command>,
    /// Its frame, when attribution is certain.
    pub frame: Option<&'a Frame>,
    /// The reply in it, when it is one.
    pub reply: Option<&'a Reply<'a>>,
    /// How a `return` compares with the schema's type.
    pub types: Option<&'a TypeReport>,
    /// The guest as it should look just before this request; `None` behind other requests of the exchange,
    /// and while a run is planned.
    pub model: Option<&'a SessionModel>,
    /// What is known about the guest without asking.
    pub facts: &'a Facts,
}

/// One frame of an exchange.
#[derive(Debug)]
pub struct FrameScene<'a> {
    /// The frame.
    pub received: &'a Received<'a>,
    /// The request that it replies to, if that is certain.
    pub turn: Option<&'a Turn<'a>>,
    /// The exchange in which it came.
    pub exchange: &'a Exchange,
    /// The id of the fence, if this is the fence's reply.
    pub fence: Option<i64>,
    /// Whether the connection ended directly behind it.
    pub last_before_close: bool,
}

/// One question of calibration.
#[derive(Debug)]
pub struct ProbeScene<'a> {
    /// What was asked.
    pub kind: ProbeKind,
    /// The exchange in which it was asked, prepared.
    pub scene: &'a ExchangeScene<'a>,
}

impl<'a> Received<'a> {
    /// Reads a frame.
    pub fn read(frame: &'a Frame) -> Self {
        Self { frame, reply: Reply::read(frame) }
    }

    /// Whether the frame is something else than a message, whole or oversize.
    pub fn is_stray(&self) -> bool {
        match self.frame.kind {
            FrameKind::Cut | FrameKind::Garbage => true,
            FrameKind::Message | FrameKind::Oversize => false,
        }
    }

    /// The reply, if it is strict JSON as well. What else our reader makes out may be another thing than what
    /// the agent meant.
    pub fn sound(&self) -> Option<&Reply<'a>> {
        let reply = self.reply.as_ref().ok()?;
        let lax = |kind| matches!(kind, NoteKind::SingleQuotes | NoteKind::OverlongNul);
        (!reply.document.notes.iter().any(|note| lax(note.kind))).then_some(reply)
    }

    /// The value of `return`, if the frame is a successful reply.
    pub fn success(&self) -> Option<&Json<'a>> {
        self.reply.as_ref().ok()?.success()
    }

    /// The value of `error`, if the frame is an error reply.
    pub fn error(&self) -> Option<&Json<'a>> {
        self.reply.as_ref().ok()?.error()
    }
}

impl<'a> ExchangeScene<'a> {
    /// Whether the exchange is part of a case, not of calibration.
    pub fn is_case(&self) -> bool {
        self.exchange.role == Role::Case
    }

    /// Whether every message of the stimulus has a number of replies that can be told.
    pub fn is_counted(&self) -> bool {
        self.reading.counted && self.reading.tail == Tail::Clean
    }

    /// Whether all replies that will come have come.
    pub fn is_complete(&self) -> bool {
        matches!(self.exchange.ending, Ending::InStep | Ending::Waited)
    }

    /// The requests with their replies, as far as attribution is certain.
    pub fn turns(&self) -> impl Iterator<Item = Turn<'_>> {
        let count = match self.attribution.pairs {
            Pairs::None => 0,
            Pairs::Only | Pairs::InOrder => self.reading.messages.len(),
        };
        (0..count).map(|at| self.turn(at))
    }

    fn turn(&self, at: usize) -> Turn<'_> {
        let message = &self.reading.messages[at];
        let received = self.attribution.pairs.frame_of(at, self.replies).map(|place| &self.replies[place]);
        Turn {
            message,
            command: command_of(message, self.schema),
            frame: received.map(|received| received.frame),
            reply: received.and_then(Received::sound),
            types: None,
            model: (at == 0).then_some(self.model),
            facts: &self.model.facts,
        }
    }

    /// The command that all messages of the stimulus have in common.
    pub fn common_command(&self) -> Option<&'a Command> {
        let mut commands = self.reading.messages.iter().map(|message| command_of(message, self.schema));
        let first = commands.next()??;
        commands.all(|next| next.is_some_and(|next| next.name == first.name)).then_some(first)
    }

    /// Whether some message is a valid request to a command that sends nothing when it succeeds. Such a
    /// command may take the agent away with it.
    pub fn may_be_silent(&self) -> bool {
        self.reading.messages.iter().any(|message| may_be_silent(message, self.schema))
    }

    /// Whether the agent lost step over an unusual form of the stimulus. That is then the finding, under the
    /// rule about the form; mere lateness is not.
    pub fn is_lost_over_form(&self) -> bool {
        let lost = match self.exchange.ending {
            Ending::LostStep { regained, .. } => regained != Rung::Patience,
            Ending::Lost => true,
            Ending::InStep | Ending::Closed | Ending::Waited => false,
        };
        lost && self.is_case() && self.is_counted() && self.attribution.shape != Shape::Plain
    }

    /// Whether the agent may be gone because it was asked to go.
    pub fn may_have_left(&self) -> bool {
        self.may_be_silent() || self.model.power_taken()
    }

    /// A stable word for what was sent.
    pub fn stimulus_word(&self) -> &'static str {
        let any = |wanted: fn(&Standing) -> bool| {
            self.reading.messages.iter().any(|message| wanted(&message.standing))
        };
        if self.reading.tail == Tail::Open {
            "unfinished"
        } else if self.reading.messages.is_empty() {
            if self.reading.counted { "nothing" } else { "stray" }
        } else if any(is_malformed) {
            "malformed"
        } else if any(|standing| matches!(standing, Standing::Invalid(_))) {
            "invalid"
        } else if any(|standing| matches!(standing, Standing::Open(_))) {
            "open"
        } else {
            match self.attribution.shape {
                Shape::Plain => "valid",
                Shape::Split => "valid-split",
                Shape::Several => "valid-several",
                Shape::Joined => "valid-joined",
                Shape::Spaced => "valid-spaced",
                Shape::Escaped => "valid-escaped",
                Shape::Reordered => "valid-reordered",
            }
        }
    }
}

impl ProbeScene<'_> {
    /// Whether the question was answered: its sync, with its number.
    pub fn is_answered(&self) -> bool {
        self.scene.exchange.ending == Ending::InStep
    }

    /// What came instead of an answer, in words.
    pub fn got(&self) -> String {
        let how = match &self.scene.exchange.ending {
            Ending::InStep => "all of it answered",
            Ending::LostStep { .. } => "no reply in time",
            Ending::Closed => "a closed connection",
            Ending::Lost | Ending::Waited => "no reply",
        };
        match self.scene.replies.first() {
            None => how.to_owned(),
            Some(first) => format!("{how}; before that: {}", shown(&first.frame.bytes)),
        }
    }

    /// Whether the agent answered with an error, which a command that is not core may do.
    pub fn is_refused(&self) -> bool {
        self.any_error(|_| true)
    }

    /// Whether an error of this class came for it.
    pub fn is_refused_with(&self, class: &str) -> bool {
        self.any_error(|reply| reply.error_class().as_deref() == Some(class))
    }

    fn any_error(&self, wanted: impl Fn(&Reply<'_>) -> bool) -> bool {
        let late = match &self.scene.exchange.ending {
            Ending::LostStep { received, .. } => received.as_slice(),
            Ending::InStep | Ending::Closed | Ending::Lost | Ending::Waited => &[],
        };
        let is_wanted = |received: &Received<'_>| {
            received.reply.as_ref().is_ok_and(|reply| reply.error().is_some() && wanted(reply))
        };
        self.scene.replies.iter().any(is_wanted) || late.iter().any(|frame| is_wanted(&Received::read(frame)))
    }
}

impl<'a> Turn<'a> {
    /// The value of `return`, if the request succeeded.
    pub fn success(&self) -> Option<&'a Json<'a>> {
        self.reply?.success()
    }

    /// The value of `error`, if the request was refused.
    pub fn error(&self) -> Option<&'a Json<'a>> {
        self.reply?.error()
    }

    /// Whether the reply says that the agent does not have the command, or not now.
    pub fn is_unsupported(&self) -> bool {
        self.reply.is_some_and(|reply| reply.error_class().is_some_and(|class| class == "CommandNotFound"))
    }

    /// The name of the command, if the schema knows it.
    pub fn command_name(&self) -> Option<&'a str> {
        self.command.map(|command| command.name.as_str())
    }

    /// Whether the schema allows the request.
    pub fn is_valid(&self) -> bool {
        self.message.standing == Standing::Valid
    }

    /// Whether this is a valid request for this command.
    pub fn asks(&self, command: &str) -> bool {
        self.is_valid() && self.command_name() == Some(command)
    }

    /// Whether the request is valid, or left open.
    pub fn may_succeed(&self) -> bool {
        !matches!(self.message.standing, Standing::Invalid(_))
    }

    /// Whether a reply must come, be it a success or an error.
    pub fn must_be_answered(&self) -> bool {
        match self.message.standing {
            Standing::Invalid(_) => true,
            Standing::Valid | Standing::Open(_) => {
                self.command.is_none_or(|command| command.success_response)
            }
        }
    }

    /// The kind of the defects, if the request is invalid for one kind of reason alone.
    pub fn sole_defect(&self) -> Option<DefectKind> {
        let (first, rest) = self.defects().split_first()?;
        rest.iter().all(|defect| defect.kind == first.kind).then_some(first.kind)
    }

    /// Why the request must be refused.
    pub fn defects(&self) -> &'a [Defect] {
        match &self.message.standing {
            Standing::Invalid(defects) => defects,
            Standing::Valid | Standing::Open(_) => &[],
        }
    }

    /// Whether nothing came for an invalid request, where nothing means success.
    pub fn is_silently_accepted(&self, scene: &ExchangeScene<'_>) -> bool {
        let silent = self.command.is_some_and(|command| !command.success_response);
        silent && !self.defects().is_empty() && self.frame.is_none() && scene.is_complete()
    }

    /// The value of the argument of this name.
    pub fn argument(&self, name: &str) -> Option<&'a Json<'a>> {
        self.message.arguments()?.member(name)
    }
}

/// Whether a request must get some reply.
pub(super) fn expects_reply(turn: &Turn<'_>) -> bool {
    turn.must_be_answered()
}

/// The schema's command that a message is for.
pub(super) fn command_of<'s>(message: &Message<'_>, schema: &'s Schema) -> Option<&'s Command> {
    schema.command(message.command.as_deref()?)
}

/// Whether a message may have no reply because its success has none.
pub(super) fn may_be_silent(message: &Message<'_>, schema: &Schema) -> bool {
    match message.standing {
        Standing::Invalid(_) => false,
        Standing::Valid | Standing::Open(_) => {
            command_of(message, schema).is_some_and(|command| !command.success_response)
        }
    }
}

/// Whether a message is no JSON.
pub(super) fn is_malformed(standing: &Standing) -> bool {
    match standing {
        Standing::Invalid(defects) => defects.iter().any(|defect| defect.kind == DefectKind::Malformed),
        Standing::Valid | Standing::Open(_) => false,
    }
}
