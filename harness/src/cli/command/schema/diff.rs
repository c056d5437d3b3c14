//! `qgaspec schema diff`: what changed between two schemas.

use std::path::Path;

use crate::cli::exit::Stop;
use crate::cli::schemas::{count, load};
use crate::cli::terminal::Terminal;
use crate::schema::diff::view::DiffView;
use crate::schema::diff::{Change, diff};
use crate::schema::versions::{Version, model};
use crate::schema::{Dialect, Schema};
use crate::verdict::Exit;

use super::show::write_json;

/// What the help ends with.
pub(super) const HELP: &str = "\
A change with `!` is not compatible: it says who gets into trouble, clients or agents that follow the old schema.
Differences do not change the exit code; it is 0 whenever both schemas could be read. `compatible` in the JSON document
says whether all changes are.";

/// Tells what changed from one schema to the other.
pub(super) fn compare(
    old: &Path,
    new: &Path,
    json: bool,
    dialect: Dialect,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, Stop> {
    let before = Side::load(old, dialect, terminal)?;
    let after = Side::load(new, dialect, terminal)?;
    let (Some(before), Some(after)) = (before, after) else { return Ok(Exit::InputRefused) };
    let changes = diff(before.schema(), after.schema());
    if json {
        let names = [old, new].map(|name| name.to_string_lossy().into_owned());
        write_json(&DiffView::new(names, &changes), terminal.out)?;
    } else {
        list(&changes, terminal)?;
    }
    Ok(Exit::Conforms)
}

/// One of the two schemas.
enum Side {
    Known(&'static Schema),
    Read(Box<Schema>),
}

impl Side {
    /// The version of this name, or what is in this file.
    fn load(name: &Path, dialect: Dialect, terminal: &mut Terminal<'_>) -> Result<Option<Self>, Stop> {
        match name.to_str().and_then(Version::parse) {
            Some(version) => Ok(Some(Self::Known(model(version)))),
            None => Ok(load(name, dialect, terminal)?.map(|schema| Self::Read(Box::new(schema)))),
        }
    }

    fn schema(&self) -> &Schema {
        match self {
            Self::Known(schema) => schema,
            Self::Read(schema) => schema,
        }
    }
}

fn list(changes: &[Change], terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    for change in changes {
        let mark = if change.compatibility.is_full() { ' ' } else { '!' };
        writeln!(terminal.out, "{mark} {change}")?;
    }
    let hurt = changes.iter().filter(|change| !change.compatibility.is_full()).count();
    writeln!(terminal.out, "{}, {hurt} of them not compatible", count(changes.len(), "change"))?;
    Ok(())
}
