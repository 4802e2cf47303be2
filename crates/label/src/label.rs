use std::fmt;

use crate::{Field, Fields, Level, Misspelt, Record, annex_e};

/// A label that may be written: its values obey Annex E, or were kept verbatim from a foreign record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    fields: Fields,
}

/// Why a label cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidLabel {
    /// A required field is empty.
    Empty(Field),
    /// A value holds a character that Annex E j) forbids.
    Character(Field, char),
    /// The label's text has more bytes than readers accept.
    TooLong(usize),
}

/// Whether a field names a provider.
fn is_provider(field: Field) -> bool {
    matches!(field, Field::ContentProducer | Field::ContentPropagator)
}

/// Whether a value holds only what Annex E j) allows; `allow_name`: of a provider field, a plain name.
fn has_allowed_characters(field: Field, value: &str, allow_name: bool) -> Result<(), InvalidLabel> {
    let allowed = |c: char| allow_name && is_provider(field) && annex_e::allowed_in_name(c);
    let bad = value.chars().find(|c| annex_e::forbidden(*c) && !allowed(*c));
    bad.map_or(Ok(()), |c| Err(InvalidLabel::Character(field, c)))
}

impl InvalidLabel {
    /// The message in Chinese.
    pub fn to_chinese(&self) -> String {
        match self {
            Self::Empty(field) => format!("{} 为空;附录 E 要求必填", field.key()),
            Self::Character(field, c) => {
                let hint =
                    if is_provider(*field) { ":请用服务提供者编码,名称须加 --allow-name" } else { "" };
                format!("{} 含字符 {};附录 E j) 不允许{hint}", field.key(), annex_e::show(*c))
            }
            Self::TooLong(limit) => format!("标识文本超过 {limit} 字节"),
        }
    }
}

impl fmt::Display for InvalidLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(field) => write!(f, "{} is empty; Annex E demands a value", field.key()),
            Self::Character(field, c) => {
                let hint =
                    if is_provider(*field) { "; use a provider code, or --allow-name for a plain name" } else { "" };
                write!(f, "{} holds {}, which Annex E j) forbids{hint}", field.key(), annex_e::show(*c))
            }
            Self::TooLong(limit) => write!(f, "the label's text has more than {limit} bytes"),
        }
    }
}

impl std::error::Error for InvalidLabel {}

impl Label {
    /// A producer's first label: ContentPropagator and PropagateID mirror the producer's values (Annex E note 1).
    ///
    /// `allow_name` lets the two provider fields hold a plain name, Chinese or with spaces; control characters and
    /// backslashes never.
    ///
    /// # Errors
    /// An empty required field, or a character that Annex E j) forbids.
    pub fn new(level: Level, producer: &str, produce_id: &str, allow_name: bool) -> Result<Self, InvalidLabel> {
        Self::with_propagator(level, (producer, produce_id), (producer, produce_id), allow_name)
    }

    /// The same with the propagator's name and number given.
    ///
    /// # Errors
    /// As [`Label::new`].
    pub fn with_propagator(
        level: Level,
        producer: (&str, &str),
        propagator: (&str, &str),
        allow_name: bool,
    ) -> Result<Self, InvalidLabel> {
        let values = [level.digit(), producer.0, producer.1, "", propagator.0, propagator.1, ""];
        for (field, value) in Field::ALL.into_iter().zip(values) {
            if field.is_required() && value.is_empty() {
                return Err(InvalidLabel::Empty(field));
            }
            has_allowed_characters(field, value, allow_name)?;
        }
        Ok(Self { fields: values.map(|v| Some(v.to_owned())) })
    }

    /// A found label in the prescribed form: values verbatim (a foreign producer's are never changed, Measures
    /// Art. 10), missing ones empty, misspelt keys mended.
    pub fn preserving(record: &Record) -> Self {
        let mut fields = record.fields.clone();
        for Misspelt { field, value, .. } in &record.misspelt {
            if field.of(&fields).is_none() {
                field.set(&mut fields, Some(value.clone()));
            }
        }
        for value in &mut fields {
            value.get_or_insert_default();
        }
        Self { fields }
    }

    /// The same label as a platform spreads it (Measures Art. 6): its ContentPropagator and PropagateID are these, and every other
    /// value stays. ReservedCode2 is empty then: an older one secures other values. A label that states them already stays as
    /// it is.
    ///
    /// # Errors
    /// An empty value, or a character that Annex E j) forbids; `allow_name` as in [`Label::new`].
    pub fn propagated(self, propagator: &str, propagate_id: &str, allow_name: bool) -> Result<Self, InvalidLabel> {
        let elements = [(Field::ContentPropagator, propagator), (Field::PropagateID, propagate_id)];
        for (field, value) in elements {
            if value.is_empty() {
                return Err(InvalidLabel::Empty(field));
            }
            has_allowed_characters(field, value, allow_name)?;
        }
        if elements.into_iter().all(|(field, value)| self.get(field) == value) {
            return Ok(self);
        }
        let mut fields = self.fields;
        for (field, value) in elements.into_iter().chain([(Field::ReservedCode2, "")]) {
            field.set(&mut fields, Some(value.to_owned()));
        }
        Ok(Self { fields })
    }

    /// The same label with security data in a reserved field (TC260-PG-202511A); any other field stays as it is.
    #[must_use]
    pub fn secured(mut self, field: Field, data: String) -> Self {
        if matches!(field, Field::ReservedCode1 | Field::ReservedCode2) {
            field.set(&mut self.fields, Some(data));
        }
        self
    }

    /// A field's value.
    pub fn get(&self, field: Field) -> &str {
        field.of(&self.fields).unwrap_or_default()
    }

    /// The values.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Whether a record states exactly this label.
    pub fn equals(&self, record: &Record) -> bool {
        !record.broken && self.fields == record.fields
    }

    /// One line of compact JSON, seven keys in order, every value a string (Annex E).
    pub fn to_json(&self) -> String {
        let mut out = String::from("{");
        for (n, field) in Field::ALL.into_iter().enumerate() {
            if n > 0 {
                out.push(',');
            }
            out.push('"');
            out.push_str(field.key());
            out.push_str("\":");
            out.push_str(&serde_json::Value::from(self.get(field)).to_string());
        }
        out.push('}');
        out
    }
}
