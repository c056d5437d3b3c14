//! Schema → cases, all drawn from one `arbitrary::Unstructured`.
//!
//! `values` writes values of a type, `requests` whole requests, `malform/` holds one file a way of being
//! wrong, `framing` and `recovery` vary how bytes travel, `sessions/` follow a state. Nothing here sees an agent
//! or judges a reply: a case states only its purpose.

pub mod case;
mod entropy;
mod framing;
mod ids;
mod kind;
mod malform;
mod plan;
mod recovery;
mod requests;
mod sessions;
mod silent;
mod sites;
mod spectrum;
mod takeover;
mod values;
mod variant;
mod vocabulary;

pub use case::{
    Binding, Case, CaseId, Effort, Family, GuestProfile, Need, Part, Purpose, Stimulus, Symbol, Takeover,
    Until,
};
pub use plan::{cases, drawn};
