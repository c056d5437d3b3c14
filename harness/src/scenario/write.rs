//! A scenario as a file.

use std::fmt::{self, Display, Formatter, Write};

use super::{FORMAT, Scenario, Step, text};

impl Display for Scenario {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "format = {}\ntitle = {}", Quoted(FORMAT), Quoted(&self.title))?;
        if !self.expect.is_empty() {
            let codes: Vec<String> = self.expect.iter().map(|code| Quoted(code).to_string()).collect();
            writeln!(f, "expect = [{}]", codes.join(", "))?;
        }
        if let Some(finding) = &self.finding {
            writeln!(f, "\n[finding]\nrule = {}", Quoted(&finding.rule))?;
            if let Some(command) = &finding.command {
                writeln!(f, "command = {}", Quoted(command))?;
            }
            writeln!(f, "bucket = {}\norigin = {}", Quoted(&finding.bucket), Quoted(&finding.origin))?;
        }
        self.steps.iter().try_for_each(|step| write_step(f, step))
    }
}

fn write_step(f: &mut Formatter<'_>, step: &Step) -> fmt::Result {
    writeln!(f, "\n[[step]]")?;
    let writes: Vec<String> =
        step.writes.iter().map(|pieces| Quoted(&text::spell(pieces)).to_string()).collect();
    match writes.as_slice() {
        [write] => writeln!(f, "send = {write}")?,
        writes => writeln!(f, "send = [{}]", writes.join(", "))?,
    }
    if let Some(symbol) = step.remember {
        writeln!(f, "remember = {}", Quoted(&text::name(symbol)))?;
    }
    if step.until_exited {
        writeln!(f, "until = \"exited\"")?;
    }
    Ok(())
}

/// A string of TOML.
struct Quoted<'t>(&'t str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                '\n' => f.write_str("\\n")?,
                ' '..='~' => f.write_char(character)?,
                _ => write!(f, "\\U{:08X}", u32::from(character))?,
            }
        }
        f.write_char('"')
    }
}
