//! The shapes of what is said, and who says what.

use crate::generate::entropy::Entropy;

use super::{Author, Daring, SPEAKERS_MAX};

/// One way to think of the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Any case that a run could have.
    Catalogue,
    /// Something with files that are open, or not any more.
    Files,
    /// Something with programs that run, or not any more.
    Programs,
    /// Freezing and thawing.
    Freeze,
    /// Processors, memory, the clock, users.
    Guest,
    /// Turning the guest off, or to sleep.
    Power,
    /// Any command with arguments of roughly the right shape.
    Wild,
    /// A harmless question.
    Question,
    /// Bytes that are no request.
    Noise,
    /// The client leaves.
    Leave,
}

impl Shape {
    pub(super) const ALL: [Self; 10] = [
        Self::Catalogue,
        Self::Files,
        Self::Programs,
        Self::Freeze,
        Self::Guest,
        Self::Power,
        Self::Wild,
        Self::Question,
        Self::Noise,
        Self::Leave,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::Files => "files",
            Self::Programs => "programs",
            Self::Freeze => "freeze",
            Self::Guest => "guest",
            Self::Power => "power",
            Self::Wild => "wild",
            Self::Question => "question",
            Self::Noise => "noise",
            Self::Leave => "leave",
        }
    }

    /// Whether the author can and may think of it.
    fn is_open_to(self, author: &Author<'_>) -> bool {
        let profile = author.ground.profile;
        match self {
            Self::Catalogue | Self::Question | Self::Noise | Self::Leave => true,
            Self::Files => author.daring >= Daring::Makes && profile.scratch.is_some(),
            Self::Programs => author.daring >= Daring::Makes && !profile.programs.is_empty(),
            Self::Freeze | Self::Guest => author.daring >= Daring::Sets,
            Self::Power | Self::Wild => author.daring >= Daring::Anything,
        }
    }
}

/// Who is there. What changes how all others are answered is done by one speaker alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Company {
    /// So many speakers.
    Crowd(usize),
    /// One who freezes and thaws.
    Freezer,
    /// One who turns things off.
    Switch,
}

impl Company {
    pub(super) fn draw(author: &Author<'_>, entropy: &mut Entropy<'_>) -> Self {
        match entropy.byte() % 16 {
            14 if Shape::Freeze.is_open_to(author) => Self::Freezer,
            15 if Shape::Power.is_open_to(author) => Self::Switch,
            _ => Self::Crowd(entropy.size(1..=SPEAKERS_MAX)),
        }
    }

    pub(super) fn speakers(self) -> usize {
        match self {
            Self::Crowd(speakers) => speakers,
            Self::Freezer | Self::Switch => 1,
        }
    }

    /// The shapes that one speaker of this company has on its mind: a random part of those that it may have, and
    /// some of them more often.
    pub(super) fn shapes(self, author: &Author<'_>, entropy: &mut Entropy<'_>) -> Vec<Shape> {
        let (always, sometimes): (&[Shape], &[Shape]) = match self {
            Self::Crowd(_) => (
                &[],
                &[
                    Shape::Catalogue,
                    Shape::Files,
                    Shape::Files,
                    Shape::Programs,
                    Shape::Guest,
                    Shape::Wild,
                    Shape::Question,
                    Shape::Noise,
                    Shape::Leave,
                ],
            ),
            Self::Freezer => (
                &[Shape::Freeze, Shape::Freeze],
                &[
                    Shape::Catalogue,
                    Shape::Files,
                    Shape::Programs,
                    Shape::Guest,
                    Shape::Question,
                    Shape::Leave,
                ],
            ),
            Self::Switch => (
                &[Shape::Power, Shape::Power],
                &[Shape::Catalogue, Shape::Guest, Shape::Question, Shape::Noise],
            ),
        };
        let open: Vec<Shape> = sometimes.iter().copied().filter(|shape| shape.is_open_to(author)).collect();
        let mut shapes = always.to_vec();
        shapes.extend(open.iter().copied().filter(|_| entropy.one_in(3)));
        if shapes.is_empty() {
            shapes.extend(entropy.pick(&open));
        }
        shapes
    }
}
