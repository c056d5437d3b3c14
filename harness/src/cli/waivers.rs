//! The file of waivers, and the day that it is.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use super::args::OutcomeArguments;
use super::diagnostics;
use super::exit::Stop;
use super::terminal::Terminal;
use crate::run::waivers::{self, Date, Waivers};
use crate::schema::Schema;

/// The waivers that were asked for; they may be about commands of `schema`. What is wrong with the file goes to
/// standard error.
pub(super) fn load(
    outcome: &OutcomeArguments,
    schema: &Schema,
    terminal: &mut Terminal<'_>,
) -> Result<Waivers, Stop> {
    let Some(path) = &outcome.waivers else { return Ok(Waivers::default()) };
    let name = path.display().to_string();
    let text = fs::read_to_string(path)
        .map_err(|error| Stop::input_refused(format!("cannot read `{name}`: {error}")))?;
    match waivers::read(&name, &text, schema) {
        Ok(list) => Ok(Waivers::new(list, outcome.today.unwrap_or_else(today))),
        Err(mistakes) => {
            terminal
                .err
                .write_all(diagnostics::render(&text, &mistakes, terminal.colour_of_errors()).as_bytes())?;
            Err(Stop::input_refused(format!("the waivers in `{name}` cannot be used")))
        }
    }
}

/// The day on which it is now, in UTC. A clock before 1970 is wrong, and so is its day.
fn today() -> Date {
    Date::of_unix_time(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()))
}
