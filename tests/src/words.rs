//! Which words of a Chinese text are English.

use std::collections::BTreeSet;

use biaoshi_label::Field;
use serde_json::Value;

use crate::help::{entries, pages};
use crate::{root, run};

/// Names that are the same in Chinese: of standards, forms, characters and units, of the folder of settings, and what the program
/// takes and prints word for word (`{stem}`, `published`, `none`). Everything else comes from tables of the program.
const NAMES: &str = "AI C2PA GB TC260-PG-20252A JSON Lines XML PDF NUL K M G MiB \
    csv tsv jsonl json toml aigc biaoshi ffmpeg MP3 AAC Opus Vorbis config LANG ProduceID stem dir sha256 index code name published none vv true false fd ms s m N
    TOML SHA-256 2026-11-30T08 00Z error warning info";

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value} is no text"))
}

/// Whether a character is Chinese.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// What stands in a text as it would be typed: words of ASCII letters, with what joins them.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let all = text.split(move |c: char| !is_word(c)).map(|word| word.trim_matches(['-', '_']));
    all.filter(|word| word.chars().any(|c| c.is_ascii_alphabetic()))
}

/// All names that tables of the program have, and those of [`NAMES`].
pub fn known() -> BTreeSet<String> {
    let mut known: BTreeSet<String> = NAMES.split_whitespace().map(str::to_owned).collect();
    let mut add = |text: &str| known.extend(words(text).map(str::to_owned));
    for format in run(&root(), &["formats", "--json"]).json() {
        ["format", "media_type", "placement"].iter().for_each(|key| add(text(&format, key)));
        format["extensions"].as_array().unwrap().iter().for_each(|e| add(e.as_str().unwrap()));
    }
    Field::ALL.iter().for_each(|field| add(field.key()));
    for page in pages("en") {
        add(text(&page, "name"));
        add(&text(&page, "name").replace(' ', "-"));
        for (_, entry) in entries(&page) {
            let written = text(entry, "written").split([',', ' ']).filter(|name| name.starts_with('-'));
            written.for_each(&mut add);
            entry["default"].as_str().into_iter().for_each(&mut add);
            entry["values"].as_array().unwrap().iter().for_each(|value| add(value.as_str().unwrap()));
        }
    }
    // A code such as `label.characters` is a name as a whole: its parts are English words.
    let codes = run(&root(), &["explain", "--json"]).json();
    known.extend(codes.iter().map(|entry| text(entry, "code").to_owned()).filter(|code| code.contains('.')));
    known
}

/// The first word that is English. Variables of the environment are in capitals with a line between; units stand behind numbers;
/// between backquotes stands what is typed.
pub fn english(text: &str, known: &BTreeSet<String>) -> Option<String> {
    let own = text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    let joins = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_code = |part: &&str| part.contains('.') && known.contains(part.trim_matches('.'));
    let own = own.split(|c| !joins(c)).filter(|part| !is_code(part)).collect::<Vec<_>>().join(" ");
    let is_variable = |word: &str| word.contains('_') && word.chars().all(|c| !c.is_ascii_lowercase());
    let is_unit = |word: &str| known.contains(word.trim_start_matches(|c: char| c.is_ascii_digit()));
    let is_name =
        |word: &&str| known.contains(*word) || is_variable(word) || is_unit(word) || word.starts_with("BIAOSHI");
    words(&own).find(|word| !is_name(word)).map(str::to_owned)
}
