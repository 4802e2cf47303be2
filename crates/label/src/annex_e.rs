//! The rules of Annex E as findings.

use crate::placeholder::is_placeholder;
use crate::{Code, Detail, Field, Finding, Level, Record, code};

/// Whether Annex E j) forbids a character in a value: allowed are 0x21, 0x23-0x5B, 0x5D-0x7E and the (escaped) quote.
pub fn forbidden(c: char) -> bool {
    !matches!(c, '!'..='~') || c == '\\'
}

/// What a plain name may hold beyond Annex E (our convention, on request only).
pub(crate) fn allowed_in_name(c: char) -> bool {
    c != '\\'
        && !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

/// A character as people can read it in a message.
pub(crate) fn show(c: char) -> String {
    if c.is_control() || c.is_whitespace() || !allowed_in_name(c) {
        format!("U+{:04X}", u32::from(c))
    } else {
        format!("'{c}'")
    }
}

/// What is wrong with one record, dialects first.
pub fn check(record: &Record) -> Vec<Finding> {
    let at = || record.placement.clone();
    let mut out: Vec<_> =
        record.dialects.iter().map(|d| Finding::new(Code::Dialect(*d), at(), Detail::default())).collect();
    if record.broken {
        out.push(Finding::new(Code::Unreadable, at(), Detail::default()));
    }
    for field in Field::ALL {
        out.extend(contradiction(record, field));
        let value = record.get(field);
        match (field, value) {
            (Field::Label, Some(v)) if !v.is_empty() => {
                if !matches!(v, "1" | "2" | "3") {
                    out.push(Finding::new(Code::LabelValue, at(), Detail::term(format!("{:?}", shorten(v)))));
                }
            }
            (_, None | Some("")) if field.is_required() => {
                out.push(Finding::new(Code::Required, at(), Detail::term(field.key())))
            }
            (_, None) => out.push(Finding::new(Code::MissingField, at(), Detail::term(field.key()))),
            (Field::ContentProducer | Field::ContentPropagator, Some(v)) => out.extend(provider(record, field, v)),
            // What it is worth is for others to say; its characters are those of JSON.
            (Field::ReservedCode1 | Field::ReservedCode2, Some(v)) if is_security_data(v) => {}
            (Field::ProduceID | Field::PropagateID, Some(v)) => {
                out.extend(characters(record, field, v));
                out.extend(placeholder(record, field, v));
            }
            (_, Some(v)) => out.extend(characters(record, field, v)),
        }
    }
    out
}

/// Whether the label states a field more than once, and not the same (Annex E: one value for each).
fn contradiction(record: &Record, field: Field) -> Option<Finding> {
    /// Values that are shown.
    const MOST: usize = 4;
    record.repeated.iter().find(|(of, _)| *of == field)?;
    let values: Vec<String> = record.stated(field).take(MOST).map(|value| format!("{:?}", shorten(value))).collect();
    let detail = Detail::term(format!("{} {}", field.key(), values.join(", ")));
    Some(Finding::new(Code::Repeated, record.placement.clone(), detail))
}

fn characters(record: &Record, field: Field, value: &str) -> Option<Finding> {
    // Most values hold none, which their bytes tell.
    if value.bytes().all(|b| !forbidden(char::from(b))) {
        return None;
    }
    let c = value.chars().find(|c| forbidden(*c))?;
    let (key, shown) = (field.key(), show(c));
    let detail = Detail::pair(format!("{key} holds {shown}"), format!("{key} 含有 {shown}"));
    Some(Finding::new(Code::Characters, record.placement.clone(), detail))
}

/// Whether an id numbers no content; the mirrored one of a first write (Annex E note 1) is told once.
fn placeholder(record: &Record, field: Field, value: &str) -> Option<Finding> {
    let is_mirrored = field == Field::PropagateID && record.get(Field::ProduceID) == Some(value);
    let told = !is_mirrored && is_placeholder(value);
    let detail = || Detail::term(format!("{} {:?}", field.key(), shorten(value)));
    told.then(|| Finding::new(Code::Placeholder, record.placement.clone(), detail()))
}

/// What a provider field says about its provider: a code with wrong digits, a wrong service, a bare name.
fn provider(record: &Record, field: Field, value: &str) -> Vec<Finding> {
    let at = || record.placement.clone();
    if value.is_empty() {
        return Vec::new();
    }
    let mut out: Vec<_> = characters(record, field, value).into_iter().collect();
    if !code::looks_like_code(value) {
        out.push(Finding::new(Code::ProviderName, at(), Detail::term(format!("{} {:?}", field.key(), shorten(value)))));
        return out;
    }
    match code::sound(value) {
        Err(e) => {
            let detail = Detail::pair(format!("{}: {e}", field.key()), format!("{}:{}", field.key(), e.to_chinese()));
            out.push(Finding::new(Code::ProviderCode, at(), detail));
        }
        Ok((_, service)) => {
            // The mirrored propagator of a first write is a producer by design (Annex E note 1). So it is the other way round
            // where a platform labels what it did not make: it knows no producer, and both fields are required (our convention).
            let is_mirrored = record.get(Field::ContentProducer) == record.get(Field::ContentPropagator);
            let of_platform = is_mirrored && matches!(record.level(), Some(Level::Possible | Level::Suspected));
            let wrong = match field {
                Field::ContentProducer => !of_platform && service == Some(code::Service::Propagation),
                _ => !is_mirrored && service == Some(code::Service::Generation),
            };
            if wrong {
                let key = field.key();
                let detail = Detail::pair(
                    format!("{key} has the code of the other service"),
                    format!("{key} 填写的是另一类服务的编码"),
                );
                out.push(Finding::new(Code::ServiceType, at(), detail));
            }
        }
    }
    out
}

/// Whether a reserved field holds the security data of TC260-PG-202511A, also without its outer object.
fn is_security_data(value: &str) -> bool {
    value.starts_with('{') && (value.contains("\"SecurityData\"") || value.contains("TC260PG"))
}

/// A value cut for a message.
fn shorten(value: &str) -> String {
    match value.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", value.get(..at).unwrap_or_default()),
        None => value.to_owned(),
    }
}
