//! Variants: cases that are not drawn yet.
//!
//! Every file that thinks of cases has the same shape: a function from the ground (schema and profile) and a
//! command to a list of variants. What is random in a variant is drawn only when its ID is known.

use crate::schema::{Command, Schema};
use crate::wire::request::Request;

use super::entropy::{Entropy, digest, stream};
use super::sites::Step;
use super::values::{Amount, Edit, Mason};
use super::{Case, CaseId, Effort, Family, GuestProfile, Need, Purpose, Stimulus};

/// What cases are derived from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    pub(super) schema: &'a Schema,
    pub(super) profile: &'a GuestProfile,
}

/// Thinks of the variants for one command, or with `None` of those that are about no command.
pub(super) type Variants = for<'a> fn(Ground<'a>, Option<&'a Command>) -> Vec<Variant<'a>>;

/// What a variant may draw from.
pub(super) struct Draw<'d, 'b> {
    pub(super) entropy: &'d mut Entropy<'b>,
    /// What tells the case's files from others.
    pub(super) slug: &'d str,
}

type Make<'a> = Box<dyn Fn(&mut Draw<'_, '_>) -> Option<Vec<Stimulus>> + 'a>;

/// One case to be.
pub(super) struct Variant<'a> {
    name: String,
    purpose: Purpose,
    effort: Effort,
    needs: Vec<Need>,
    make: Make<'a>,
}

impl<'a> Variant<'a> {
    /// With stimuli drawn by `make`; `None` means that the schema is beyond our bounds and there is no case.
    pub(super) fn new(
        name: impl Into<String>,
        purpose: Purpose,
        make: impl Fn(&mut Draw<'_, '_>) -> Option<Vec<Stimulus>> + 'a,
    ) -> Self {
        let make = Box::new(make);
        Self { name: name.into(), purpose, effort: Effort::Full, needs: Vec::new(), make }
    }

    /// With one stimulus, in one write, of known bytes.
    pub(super) fn bytes(name: impl Into<String>, purpose: Purpose, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::new(name, purpose, move |_| Some(vec![Stimulus::bytes(bytes.clone())]))
    }

    /// With one request.
    pub(super) fn request(name: impl Into<String>, purpose: Purpose, request: &Request) -> Self {
        Self::bytes(name, purpose, request.to_line())
    }

    /// With one request whose arguments are built along `route` and edited at its end.
    pub(super) fn edited(
        ground: Ground<'a>,
        command: &'a Command,
        name: impl Into<String>,
        purpose: Purpose,
        plan: (Amount, Vec<Step>, Edit),
    ) -> Self {
        Self::new(name, purpose, move |draw| {
            let (amount, route, edit) = &plan;
            let arguments = Mason::new(ground, command, draw).arguments(*amount, route, edit)?;
            Some(vec![Stimulus::bytes(Request::new(&command.name).arguments(arguments).to_line())])
        })
    }

    /// Included already at this effort, or only then.
    pub(super) fn effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }

    /// Included already at `Quick` if `condition` holds.
    pub(super) fn quick_if(self, condition: bool) -> Self {
        if condition { self.effort(Effort::Quick) } else { self }
    }

    /// Shows nothing new without this ability.
    pub(super) fn need(mut self, need: Need) -> Self {
        self.needs.push(need);
        self
    }

    /// The case of this variant in a run with this seed.
    pub(super) fn draw(&self, family: Family, command: Option<&Command>, seed: u64) -> Option<Case> {
        let bytes = stream(seed, &self.id(family, command));
        self.draw_from(family, command, &mut Entropy::new(&bytes))
    }

    /// The case of this variant, with these choices.
    pub(super) fn draw_from(
        &self,
        family: Family,
        command: Option<&Command>,
        entropy: &mut Entropy<'_>,
    ) -> Option<Case> {
        let id = self.id(family, command);
        // The name itself could be taken for a command's.
        let slug = format!("{:016x}", digest(id.0.as_bytes()));
        let stimuli = (self.make)(&mut Draw { entropy, slug: &slug })?;
        let family = self.family(family);
        let command = command.map(|command| command.name.clone());
        let (purpose, effort, needs) = (self.purpose, self.effort, self.needs.clone());
        Some(Case { id, family, command, purpose, effort, needs, stimuli })
    }

    /// Only what is sent, with these choices and a slug that is known already.
    pub(super) fn stimuli(&self, slug: &str, entropy: &mut Entropy<'_>) -> Option<Vec<Stimulus>> {
        (self.make)(&mut Draw { entropy, slug })
    }

    fn id(&self, family: Family, command: Option<&Command>) -> CaseId {
        let about = command.map_or("-", |command| command.name.as_str());
        CaseId(format!("{}/{about}/{}", self.family(family).name(), self.name))
    }

    /// Input whose treatment is open has a family of its own, wherever it was thought of.
    fn family(&self, of_source: Family) -> Family {
        if self.purpose == Purpose::Open { Family::Open } else { of_source }
    }
}
