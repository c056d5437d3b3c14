//! Schema → cases, all drawn from one `arbitrary::Unstructured`.
//!
//! `values` writes values of a type, `requests` whole requests, `malform/` holds one file a way of being
//! wrong, `framing` and `recovery` vary how bytes travel, `sessions/` follow a state, and `script/` strings all of
//! that together at random, for fuzzing. Nothing here sees an agent or judges a reply: a case states only its purpose.

pub mod case;
mod catalogue;
mod compose;
mod deck;
mod entropy;
mod framing;
mod ids;
mod kind;
mod malform;
mod plan;
mod recovery;
mod requests;
mod script;
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
pub use catalogue::drawn;
pub use deck::{Deck, Place};
pub use entropy::script_bytes;
pub use plan::cases;
pub use script::{Action, Author, Daring, Script, Step};
