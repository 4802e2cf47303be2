//! Texts that are read by programs: JSON, YAML, CSV, source code.

use std::collections::BTreeSet;

use biaoshi_container::text::{Document, yaml_key};

use super::shield::is_code;

/// Lines with something on them by which a text is judged.
const LINES: usize = 200;
/// Fewer lines are no table and no mapping.
const FEW: usize = 3;

/// Whether a text is data or code.
pub(super) fn is_data(document: &Document) -> bool {
    let lines: Vec<String> = document
        .filled()
        .take(LINES)
        .filter_map(|n| document.lines.get(n).map(|line| document.text(line).into_owned()))
        .collect();
    is_markup(&lines) || is_mapping(&lines) || is_table(&lines) || is_source(&lines)
}

/// JSON, XML, HTML.
fn is_markup(lines: &[String]) -> bool {
    let mut characters = lines.iter().flat_map(|line| line.chars()).filter(|c| !c.is_whitespace());
    match (characters.next(), characters.next()) {
        (Some('{'), _) => true,
        (Some('['), next) => next.is_none_or(|c| matches!(c, '"' | '{' | '[' | ']' | '-' | '0'..='9')),
        (Some('<'), next) => next.is_some_and(|c| matches!(c, '!' | '?' | 'a'..='z' | 'A'..='Z')),
        _ => false,
    }
}

/// YAML: keys, nearly each of them once. A dialogue has its names again and again.
fn is_mapping(lines: &[String]) -> bool {
    let keys: Vec<&str> = lines.iter().filter_map(|line| yaml_key(line)).filter(|key| key.is_ascii()).collect();
    let inside = |line: &&String| line.starts_with(' ') || line.starts_with("- ") || line.starts_with('#');
    let different = keys.iter().collect::<BTreeSet<_>>().len();
    let of_it = keys.len() + lines.iter().filter(inside).count();
    keys.len() >= FEW && of_it * 5 >= lines.len() * 4 && different * 5 >= keys.len() * 4
}

/// CSV and its kin: each line has as many fields, and no blank behind a comma.
fn is_table(lines: &[String]) -> bool {
    [',', '\t', ';'].into_iter().any(|separator| {
        let fields = |line: &String| line.matches(separator).count();
        let prose = [separator, ' '].iter().collect::<String>();
        let count = lines.first().map_or(0, fields);
        lines.len() >= FEW && count > 0 && lines.iter().all(|line| fields(line) == count && !line.contains(&prose))
    })
}

fn is_source(lines: &[String]) -> bool {
    lines.iter().filter(|line| is_code(line, true)).count() * 5 > lines.len() * 2
}
