//! Fuzzing: scripts are played to an agent, and the rules judge what it does.
//!
//! `stage` is where an agent stands, in this process or behind a session; `player` plays a script on it and has every
//! step judged; `minimise` cuts a script down to what still breaks the same rule in the same way; `campaign` does that
//! for hours, with several agents at a time. `trial` is the same for an agent that is a part of this process.

mod bytes;
#[cfg(feature = "drive")]
mod campaign;
mod finding;
mod minimise;
#[cfg_attr(
    not(feature = "drive"),
    expect(dead_code, reason = "some of it only serves agents behind a session")
)]
mod player;
#[cfg_attr(
    not(feature = "drive"),
    expect(dead_code, reason = "some of it only serves agents behind a session")
)]
mod stage;
mod trial;
#[cfg(feature = "drive")]
mod worker;

#[cfg(feature = "drive")]
pub use campaign::{CampaignEvent, CampaignOptions, CampaignProgress, CampaignReport, can_be_several, fuzz};
pub use finding::{Cost, Finding, Reproduced};
pub use trial::{Setup, Trial};
