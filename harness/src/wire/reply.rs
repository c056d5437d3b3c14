//! A frame read as a reply.

use std::borrow::Cow;

use crate::text::{self, Document, Json, Limits, Member, NoteKind, SyntaxError};

use super::framing::{Frame, FrameKind};

/// A frame that is a reply in shape: an object with exactly one of `return` and `error`.
#[derive(Debug)]
pub struct Reply<'a> {
    /// The whole message.
    pub document: Document<'a>,
    kind: OutcomeKind,
}

/// What a reply says.
#[derive(Clone, Debug)]
pub enum Outcome<'r, 'a> {
    /// The value of `return`.
    Return(&'r Json<'a>),
    /// The value of `error`, of whatever shape.
    Error(&'r Json<'a>),
}

/// Why a frame is not a reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The frame is no balanced message.
    #[error("not a whole JSON message")]
    NotAMessage,
    /// The message is not JSON.
    #[error("not JSON: {0}")]
    Syntax(SyntaxError),
    /// The message has bytes that are not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// The message is JSON, but no object.
    #[error("a JSON {0} where an object belongs")]
    NotAnObject(&'static str),
    /// Neither or both of `return` and `error` are there, or one of them twice.
    #[error("{returns} member(s) `return` and {errors} member(s) `error`, where exactly one in all belongs")]
    Outcomes {
        /// How many members `return`.
        returns: usize,
        /// How many members `error`.
        errors: usize,
    },
}

#[derive(Clone, Copy, Debug)]
enum OutcomeKind {
    Return(usize),
    Error(usize),
}

impl<'a> Reply<'a> {
    /// Reads a frame.
    pub fn read(frame: &'a Frame) -> Result<Self, Malformed> {
        match frame.kind {
            FrameKind::Message => Self::read_bytes(&frame.bytes),
            FrameKind::Cut | FrameKind::Garbage | FrameKind::Oversize => Err(Malformed::NotAMessage),
        }
    }

    fn read_bytes(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let document = text::json::read(bytes, Limits::default()).map_err(Malformed::Syntax)?;
        if document
            .notes
            .iter()
            .any(|note| matches!(note.kind, NoteKind::InvalidUtf8 | NoteKind::OverlongNul))
        {
            return Err(Malformed::Encoding);
        }
        let text::Kind::Object(members) = &document.value.kind else {
            return Err(Malformed::NotAnObject(document.value.type_name()));
        };
        let places = |name: &str| -> Vec<usize> {
            (0..members.len()).filter(|at| members[*at].key == *name).collect()
        };
        let (returns, errors) = (places("return"), places("error"));
        let kind = match (returns.as_slice(), errors.as_slice()) {
            ([at], []) => OutcomeKind::Return(*at),
            ([], [at]) => OutcomeKind::Error(*at),
            _ => return Err(Malformed::Outcomes { returns: returns.len(), errors: errors.len() }),
        };
        Ok(Self { document, kind })
    }

    /// What the reply says.
    pub fn outcome(&self) -> Outcome<'_, 'a> {
        match self.kind {
            OutcomeKind::Return(at) => Outcome::Return(&self.members()[at].value),
            OutcomeKind::Error(at) => Outcome::Error(&self.members()[at].value),
        }
    }

    /// The value of `return`, if the reply is a success.
    pub fn success(&self) -> Option<&Json<'a>> {
        match self.outcome() {
            Outcome::Return(value) => Some(value),
            Outcome::Error(_) => None,
        }
    }

    /// The value of `error`, if the reply is an error.
    pub fn error(&self) -> Option<&Json<'a>> {
        match self.outcome() {
            Outcome::Return(_) => None,
            Outcome::Error(value) => Some(value),
        }
    }

    /// The class of an error reply, if it has one that is a string.
    pub fn error_class(&self) -> Option<Cow<'a, str>> {
        self.error()?.member("class")?.as_str()
    }

    /// The echoed id.
    pub fn id(&self) -> Option<&Json<'a>> {
        self.document.value.member("id")
    }

    /// Members besides `return`, `error` and `id`.
    pub fn extra_members(&self) -> impl Iterator<Item = &Member<'a>> {
        self.members()
            .iter()
            .filter(|member| !["return", "error", "id"].iter().any(|known| member.key == **known))
    }

    fn members(&self) -> &[Member<'a>] {
        self.document.value.members()
    }
}
