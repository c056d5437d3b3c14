//! Where a command writes: standard output and standard error, or buffers in tests.

use std::io::{self, IsTerminal, Write};

use super::args::ColorChoice;
use super::diagnostics::Colour;

/// Columns assumed when `COLUMNS` does not tell.
const WIDTH: usize = 100;
/// The narrowest page that is still laid out.
const WIDTH_MIN: usize = 40;
/// The widest page; longer lines are hard to read.
const WIDTH_MAX: usize = 160;

/// The two streams of a command and what they can do.
pub(super) struct Terminal<'w> {
    /// Results.
    pub(super) out: &'w mut dyn Write,
    /// Remarks and errors.
    pub(super) err: &'w mut dyn Write,
    /// Whether results may have colours.
    pub(super) colour: bool,
    /// Whether errors may have colours.
    pub(super) colour_err: bool,
    /// Columns for results.
    pub(super) width: usize,
    /// Whether somebody watches standard error, so that a progress bar makes sense.
    pub(super) watched: bool,
}

impl<'w> Terminal<'w> {
    /// The terminal of the process.
    pub(super) fn standard(out: &'w mut dyn Write, err: &'w mut dyn Write, color: ColorChoice) -> Self {
        match color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        }
        .write_global();
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        Self {
            out,
            err,
            colour: anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
            colour_err: anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never,
            width: columns.unwrap_or(WIDTH).clamp(WIDTH_MIN, WIDTH_MAX),
            watched: io::stderr().is_terminal(),
        }
    }

    /// How remarks about files look.
    pub(super) fn colour_of_errors(&self) -> Colour {
        if self.colour_err { Colour::Always } else { Colour::Never }
    }

    /// Says why a command could not go on.
    pub(super) fn error(&mut self, message: &str) -> io::Result<()> {
        let (style, reset) = if self.colour_err {
            let style = anstyle::AnsiColor::Red.on_default().bold();
            (style.render().to_string(), style.render_reset().to_string())
        } else {
            (String::new(), String::new())
        };
        writeln!(self.err, "{style}error:{reset} {message}")
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::Terminal;

    /// What a command wrote.
    #[derive(Debug, Default)]
    pub(in crate::cli) struct Written {
        pub(in crate::cli) out: Vec<u8>,
        pub(in crate::cli) err: Vec<u8>,
    }

    impl Written {
        /// A terminal that writes here, without colours.
        pub(in crate::cli) fn terminal(&mut self) -> Terminal<'_> {
            let Self { out, err } = self;
            Terminal { out, err, colour: false, colour_err: false, width: 100, watched: false }
        }

        /// The results as text.
        pub(in crate::cli) fn out_text(&self) -> &str {
            std::str::from_utf8(&self.out).unwrap()
        }
    }
}
