//! Numbers, kept as spelled.

/// A number as spelled.
#[derive(Clone, Copy, Debug)]
pub struct Number<'a> {
    /// The bytes of the number.
    pub spelling: &'a str,
}

impl Number<'_> {
    /// Whether it is spelled as an integer, that is without fraction and exponent.
    pub fn is_integer(&self) -> bool {
        !self.spelling.contains(['.', 'e', 'E'])
    }

    /// The value, if it is spelled as an integer and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.spelling.parse().ok()
    }

    /// The value, if it is spelled as an integer and fits.
    pub fn as_u64(&self) -> Option<u64> {
        u64::try_from(self.as_i128()?).ok()
    }

    /// The value, if it is spelled as an integer and fits.
    pub fn as_i128(&self) -> Option<i128> {
        self.spelling.parse().ok()
    }

    /// The nearest double: infinite for a number beyond the doubles.
    pub fn as_f64(&self) -> f64 {
        self.spelling.parse().unwrap_or(f64::NAN)
    }

    /// Whether both have one value for an agent, which keeps integers from -2^63 to 2^64-1 and makes
    /// doubles of all other numbers: `-0` is `0` and `1.0` is `1`.
    #[expect(clippy::float_cmp, reason = "whether both are the same double is the question")]
    pub fn same_value(&self, other: &Number<'_>) -> bool {
        match (self.exact(), other.exact()) {
            (Some(left), Some(right)) => left == right,
            _ => self.as_f64() == other.as_f64(),
        }
    }

    fn exact(&self) -> Option<i128> {
        self.as_i128().filter(|value| (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(value))
    }
}

/// How far a run of bytes is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// It is one.
    Whole,
    /// It is the beginning of one.
    Cut,
    /// It is none, whatever follows.
    Bad,
}

/// Whether `run` follows the grammar of numbers in RFC 8259.
pub(super) fn shape(run: &[u8]) -> Shape {
    let rest = match run.strip_prefix(b"-").unwrap_or(run) {
        [] => return Shape::Cut,
        [b'0', rest @ ..] => rest,
        digits => match after_digits(digits) {
            Ok(rest) => rest,
            Err(shape) => return shape,
        },
    };
    let rest = match rest {
        [b'.', digits @ ..] => match after_digits(digits) {
            Ok(rest) => rest,
            Err(shape) => return shape,
        },
        _ => rest,
    };
    match rest {
        [] => Shape::Whole,
        [b'e' | b'E', b'+' | b'-', digits @ ..] | [b'e' | b'E', digits @ ..] => match after_digits(digits) {
            Ok([]) => Shape::Whole,
            Ok(_) => Shape::Bad,
            Err(shape) => shape,
        },
        _ => Shape::Bad,
    }
}

/// What is behind at least one digit.
fn after_digits(run: &[u8]) -> Result<&[u8], Shape> {
    match run.iter().position(|byte| !byte.is_ascii_digit()) {
        Some(0) => Err(Shape::Bad),
        Some(end) => Ok(&run[end..]),
        None if run.is_empty() => Err(Shape::Cut),
        None => Ok(&[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(spelling: &str) -> Number<'_> {
        Number { spelling }
    }

    #[test]
    fn shapes_follow_the_grammar() {
        for whole in ["0", "-0", "7", "10", "-0.0", "1.50", "1e3", "1E+3", "1.5e-300", "0e00"] {
            assert_eq!(shape(whole.as_bytes()), Shape::Whole, "{whole}");
        }
        for cut in ["", "-", "1.", "-0.", "1e", "1E+", "1.5e-"] {
            assert_eq!(shape(cut.as_bytes()), Shape::Cut, "{cut}");
        }
        for bad in
            ["01", "-01", "00", "+1", ".5", "-.5", "--1", "1..2", "1.e3", "1e+-3", "1e3.5", "0x10", "1_0"]
        {
            assert_eq!(shape(bad.as_bytes()), Shape::Bad, "{bad}");
        }
    }

    #[test]
    fn integers_are_exact_where_an_agent_keeps_them() {
        assert_eq!(number("-9223372036854775808").as_i64(), Some(i64::MIN));
        assert_eq!(number("9223372036854775808").as_i64(), None);
        assert_eq!(number("18446744073709551615").as_u64(), Some(u64::MAX));
        assert_eq!(number("-0").as_i64(), Some(0));
        assert_eq!(number("-0").as_u64(), Some(0));
        assert_eq!(number("1.0").as_i64(), None);
        assert_eq!(number("1e3").as_i128(), None);
        assert!(!number("1e3").is_integer());
        assert!(number("123456789012345678901234567890").is_integer());
    }

    #[test]
    fn values_are_the_same_irrespective_of_spelling() {
        for (left, right) in [
            ("0", "-0"),
            ("-0.0", "0"),
            ("1.0", "1"),
            ("1e3", "1000"),
            ("0.1", "0.10000000000000001"),
            ("18446744073709551616", "18446744073709551617"),
            ("1e400", "2e400"),
        ] {
            assert!(number(left).same_value(&number(right)), "{left} {right}");
        }
        for (left, right) in
            [("9007199254740993", "9007199254740992"), ("1", "-1"), ("1", "1.5"), ("1e400", "-1e400")]
        {
            assert!(!number(left).same_value(&number(right)), "{left} {right}");
        }
    }
}
