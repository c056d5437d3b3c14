//! The table of faults: each is one switch that makes the reference agent break one rule.

/// One deviation.
#[derive(Debug)]
pub struct Fault {
    /// Permanent name, for `--fault`.
    pub name: &'static str,
    /// Code of the rule that must catch it.
    pub trips: &'static str,
    /// One sentence on what the agent does wrong.
    pub summary: &'static str,
}

/// All faults, by chapter.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    [].into_iter()
}

/// The fault of this name.
pub fn by_name(name: &str) -> Option<&'static Fault> {
    all().find(|fault| fault.name == name)
}
