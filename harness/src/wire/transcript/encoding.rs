//! How the parts of an observation are spelled in JSON where there is no obvious way.
//!
//! A string of bytes is a JSON string in which each character is the byte of its number, U+0000 to U+00FF. Text in
//! ASCII so stays readable, no byte is lost, and there is one way to read it.

use std::fmt::{self, Display, Formatter, Write};

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A string of bytes.
pub(in crate::wire) mod bytes {
    use super::{ByteString, Bytes, Deserialize, Deserializer, Serializer};

    pub(in crate::wire) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Bytes(bytes))
    }

    pub(in crate::wire) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        ByteString::deserialize(deserializer).map(|ByteString(bytes)| bytes)
    }
}

/// A list of strings of bytes.
pub(in crate::wire) mod byte_strings {
    use super::{ByteString, Bytes, Deserialize, Deserializer, Serializer};

    pub(in crate::wire) fn serialize<S: Serializer>(
        list: &[Vec<u8>],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|bytes| Bytes(bytes)))
    }

    pub(in crate::wire) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Vec<u8>>, D::Error> {
        let list = Vec::<ByteString>::deserialize(deserializer)?;
        Ok(list.into_iter().map(|ByteString(bytes)| bytes).collect())
    }
}

/// A shared text.
pub(in crate::wire) mod shared {
    use std::sync::Arc;

    use super::{Deserialize, Deserializer, Serializer};

    pub(in crate::wire) fn serialize<S: Serializer>(
        text: &Arc<str>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(in crate::wire) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<str>, D::Error> {
        String::deserialize(deserializer).map(Arc::from)
    }
}

/// A stretch of time in whole nanoseconds; 2^64 of them are more than five centuries.
pub(in crate::wire) mod nanoseconds {
    use std::time::Duration;

    use super::{Deserialize, Deserializer, Serializer};

    pub(in crate::wire) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }

    pub(in crate::wire) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_nanos)
    }
}

/// Bytes to be written.
struct Bytes<'b>(&'b [u8]);

impl Display for Bytes<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for chunk in self.0.chunk_by(|one, other| one.is_ascii() == other.is_ascii()) {
            match std::str::from_utf8(chunk) {
                Ok(text) if chunk.is_ascii() => f.write_str(text)?,
                _ => chunk.iter().try_for_each(|byte| f.write_char(char::from(*byte)))?,
            }
        }
        Ok(())
    }
}

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Bytes that were read.
struct ByteString(Vec<u8>);

impl<'de> Deserialize<'de> for ByteString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(ByteVisitor).map(Self)
    }
}

struct ByteVisitor;

impl Visitor<'_> for ByteVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a string of the characters U+0000 to U+00FF, each of them a byte")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let byte = |character: char| {
            u8::try_from(character).map_err(|_| E::invalid_value(Unexpected::Char(character), &self))
        };
        text.chars().map(byte).collect()
    }
}
