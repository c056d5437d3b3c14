//! The ways in which a command can stop before it is done.

use std::io;

use crate::verdict::Exit;

/// Why a command stopped.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It could not go on.
    Failure {
        /// What the process ends with.
        exit: Exit,
        /// What is told on standard error, in lower case and without a full stop.
        message: String,
    },
    /// Whoever read the output has seen enough, such as `head`. No error.
    OutputClosed,
}

impl Stop {
    /// The user asked for something that does not exist.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Failure { exit: Exit::Usage, message: message.into() }
    }

    /// A file that the user gave is not what it should be.
    pub(super) fn input_refused(message: impl Into<String>) -> Self {
        Self::Failure { exit: Exit::InputRefused, message: message.into() }
    }

    /// The harness could not do its job.
    pub(super) fn could_not_run(message: impl Into<String>) -> Self {
        Self::Failure { exit: Exit::CouldNotRun, message: message.into() }
    }
}

impl From<io::Error> for Stop {
    /// For errors of writing to the terminal; other I/O errors say what they were about.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::OutputClosed
        } else {
            Self::could_not_run(format!("cannot write output: {error}"))
        }
    }
}
