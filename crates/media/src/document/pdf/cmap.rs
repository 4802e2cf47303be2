//! What the codes of a font mean (ISO 32000-2 9.10): its map to Unicode, or a standard one.

use std::collections::BTreeMap;

use biaoshi_container::pdf::{File, Object, Operations, Value};
use biaoshi_container::text::Encoding;

/// Most codes of one range, and of one font.
const RANGE: u32 = 1 << 16;
const CODES: usize = 1 << 17;

/// The characters of a font.
pub(super) struct Characters {
    /// Bytes of a code.
    width: usize,
    map: Map,
}

enum Map {
    /// Told by the font.
    Told(BTreeMap<u32, String>),
    /// The codes are characters of this encoding.
    Encoded(Encoding),
    /// Latin letters.
    Latin,
    /// Nobody knows.
    Unknown,
}

impl Characters {
    /// Those of a font; unknown ones where it does not tell.
    pub(super) fn of(file: &File<'_>, font: &Object) -> Self {
        let composite = font.dict().is("Subtype", "Type0");
        let width = if composite { 2 } else { 1 };
        let told = file.entry(font, "ToUnicode").ok().flatten().filter(|map| map.stream.is_some());
        if let Some(data) = told.and_then(|map| file.decoded(&map).ok()) {
            let (codes, bytes) = read(&data, file);
            return Self { width: bytes.filter(|_| composite).unwrap_or(width), map: Map::Told(codes) };
        }
        let map = match (composite, font.dict().get("Encoding")) {
            (false, _) => Map::Latin,
            (true, Some(Value::Name(name))) if name.starts_with(b"Uni") => Map::Encoded(Encoding::Utf16Be),
            (true, Some(Value::Name(name))) if name.starts_with(b"GB") => Map::Encoded(Encoding::Gb18030),
            (true, _) => Map::Unknown,
        };
        Self { width, map }
    }

    /// What a string says.
    pub(super) fn text(&self, bytes: &[u8]) -> String {
        match &self.map {
            Map::Encoded(encoding) => encoding.decode(bytes).into_owned(),
            Map::Latin => bytes.iter().map(|b| char::from(*b)).collect(),
            Map::Unknown => String::new(),
            Map::Told(codes) => {
                let code = |bytes: &[u8]| bytes.iter().fold(0_u32, |code, b| code << 8 | u32::from(*b));
                bytes.chunks(self.width).filter_map(|chunk| codes.get(&code(chunk))).map(String::as_str).collect()
            }
        }
    }
}

/// The codes of a character map, and how many bytes one has.
fn read(data: &[u8], file: &File<'_>) -> (BTreeMap<u32, String>, Option<usize>) {
    let (mut codes, mut width) = (BTreeMap::new(), None);
    for (operands, operator) in Operations::new(data, file.limits()) {
        match operator {
            b"endcodespacerange" => {
                let bytes =
                    operands.iter().find_map(|v| if let Value::Text(text) = v { Some(text.len()) } else { None });
                width = width.or(bytes.filter(|n| (1..=4).contains(n)));
            }
            b"endbfchar" => {
                for pair in operands.chunks_exact(2) {
                    if let [Value::Text(code), Value::Text(text)] = pair {
                        codes.insert(number(code), wide(text));
                    }
                }
            }
            b"endbfrange" => operands.chunks_exact(3).for_each(|range| add(range, &mut codes)),
            _ => {}
        }
        if codes.len() > CODES {
            break;
        }
    }
    (codes, width)
}

/// A range: its characters follow one another, or stand in an array.
fn add(range: &[Value], codes: &mut BTreeMap<u32, String>) {
    let [Value::Text(first), Value::Text(last), to] = range else { return };
    let (first, last) = (number(first), number(last));
    if last.checked_sub(first).is_none_or(|count| count >= RANGE) {
        return;
    }
    match to {
        Value::Array(items) => {
            for (code, item) in (first..=last).zip(items) {
                if let Value::Text(text) = item {
                    codes.insert(code, wide(text));
                }
            }
        }
        Value::Text(text) => {
            // The last unit counts up.
            let text = wide(text);
            let mut chars = text.chars();
            let Some(end) = chars.next_back() else { return };
            for code in first..=last {
                let next = char::from_u32(u32::from(end) + (code - first)).unwrap_or(char::REPLACEMENT_CHARACTER);
                codes.insert(code, format!("{}{next}", chars.as_str()));
            }
        }
        _ => {}
    }
}

fn number(code: &[u8]) -> u32 {
    code.iter().take(4).fold(0, |code, b| code << 8 | u32::from(*b))
}

fn wide(text: &[u8]) -> String {
    let units = text.chunks_exact(2).filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
