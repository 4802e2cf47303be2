use std::borrow::Cow;
use std::ops::Range;

use crate::{Dialect, Field, Fields, Level, Misspelt};

/// One label as found in a file: one record a placement, dialects and damage included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it stands, as a path of containers: `png/iTXt/XMP`.
    pub placement: Cow<'static, str>,
    /// Bytes of the file that hold the text (of the part around it, where the text is compressed or split).
    pub span: Range<u64>,
    /// The text as found, decoded from its carrier.
    pub raw: String,
    /// The values under their canonical names.
    pub fields: Fields,
    /// Values under misspelt keys.
    pub misspelt: Vec<Misspelt>,
    /// Values of keys that stand more than once, before the last ones, which stand in `fields`: where there are any, the label
    /// contradicts itself.
    pub repeated: Vec<(Field, String)>,
    /// How its form differs from the prescribed one.
    pub dialects: Vec<Dialect>,
    /// Whether the text could not be read to its end; the fields hold what could be saved.
    pub broken: bool,
}

impl Record {
    /// A field's value.
    pub fn get(&self, field: Field) -> Option<&str> {
        field.of(&self.fields)
    }

    /// Everything that the record states for a field: the last value, which counts, then those before it.
    pub fn stated(&self, field: Field) -> impl Iterator<Item = &str> {
        let repeated = self.repeated.iter().filter(move |(of, _)| *of == field);
        self.get(field).into_iter().chain(repeated.map(|(_, value)| &**value))
    }

    /// Whether it states a key more than once, and not the same.
    pub fn contradicts_itself(&self) -> bool {
        !self.repeated.is_empty()
    }

    /// The level that the record states: `None` for a value that is not `1`, `2` or `3`.
    pub fn level(&self) -> Option<Level> {
        self.get(Field::Label).and_then(Level::parse)
    }

    /// Adds a dialect once.
    pub fn add(&mut self, dialect: Dialect) {
        if !self.dialects.contains(&dialect) {
            self.dialects.push(dialect);
        }
    }
}
