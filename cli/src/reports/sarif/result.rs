//! What one line of JSON comes to in a SARIF log.

use biaoshi::report::Lang;
use serde_json::{Map, Value, json};

use super::super::Line;
use super::super::columns::{key, of_level, text};
use super::super::path::{named, uri};
use super::rules::{Rules, level, of_action, of_verdict};
use crate::ends::action_word;
use crate::notice::nothing;

/// What stands beside a verdict, where the line has it.
const EVIDENCE: [&str; 12] = [
    "format",
    "bytes",
    "level",
    "notice",
    "declared",
    "reasons",
    "labels",
    "explicit",
    "watermarks",
    "traces",
    "expected_id",
    "sha256",
];

/// What stands beside an action, where the line has it.
const OUTCOME: [&str; 12] = [
    "format",
    "source",
    "output",
    "layers",
    "fields",
    "old",
    "new",
    "watermark",
    "written",
    "notes",
    "reason",
    "sha256",
];

/// The results of a file: the verdict or what was done, what was left out, what is wrong.
pub(super) fn of(line: &Line<'_>, rules: &Rules, lang: Lang) -> Vec<Value> {
    let report = line.report();
    let file = physical(report, None);
    let mut results = Vec::new();
    let went_well = report["error"].is_null();
    // A file into which nothing could be written has its verdict all the same.
    if went_well || report["action"].is_string() {
        results.extend(verdict(line, &file, lang));
    }
    if went_well {
        results.extend(action(line, &file, lang));
    }
    for skipped in list(&report["skipped"]) {
        let words = format!("{}: {}", text(&skipped["layer"]), text(&skipped["reason"]));
        results.push(result(&text(&skipped["code"]), ("fail", "note"), &words, json!([{ "physicalLocation": file }])));
    }
    results.extend(list(&report["findings"]).iter().map(|found| finding(report, found)));
    for result in &mut results {
        if let Some(place) = result["ruleId"].as_str().and_then(|id| rules.place(id)) {
            result["ruleIndex"] = place.into();
        }
    }
    results
}

/// A message without links: brackets would make one of a text from a file (SARIF 3.11.6).
fn plain(words: &str) -> String {
    words.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

/// One result; `kind` is what it is, and only a `fail` has a level (SARIF 3.27.10).
fn result(rule: &str, (kind, level): (&str, &str), words: &str, locations: Value) -> Value {
    json!({ "ruleId": rule, "kind": kind, "level": level, "message": { "text": plain(words) }, "locations": locations })
}

/// The verdict, with the notice as its message. What is not certain is for people to look at.
fn verdict(line: &Line<'_>, file: &Value, lang: Lang) -> Option<Value> {
    let report = line.report();
    let verdict = report["verdict"].as_str()?;
    let words = report["notice"][key(lang)].as_str().map_or_else(|| nothing().tell(lang), str::to_owned);
    let kind = if ["possible", "suspected"].contains(&verdict) { "review" } else { "informational" };
    let mut result = result(&of_verdict(verdict), (kind, "none"), &words, json!([{ "physicalLocation": file }]));
    result["properties"] = properties(line, &EVIDENCE);
    Some(result)
}

/// What `label` or `carry` did, with the notice that belongs to the label.
fn action(line: &Line<'_>, file: &Value, lang: Lang) -> Option<Value> {
    let report = line.report();
    let action = report["action"].as_str()?;
    let layers: Vec<String> = list(&report["layers"]).iter().map(text).collect();
    let (_, word) = action_word(action, lang);
    let notice = of_level(&report["fields"]["Label"], lang).map_or_else(String::new, |notice| format!("; {notice}"));
    let words = format!("{word} {} -> {}{notice}", layers.join("+"), report["output"].as_str().unwrap_or("-"));
    let kind = if action == "copied" { "notApplicable" } else { "pass" };
    let mut result = result(&of_action(action), (kind, "none"), &words, json!([{ "physicalLocation": file }]));
    result["properties"] = properties(line, &OUTCOME);
    Some(result)
}

/// The members of a line that are there, and the time.
fn properties(line: &Line<'_>, names: &[&str]) -> Value {
    let report = line.report();
    let there = names.iter().filter_map(|name| Some((*name, report.get(*name).filter(|value| !value.is_null())?)));
    let mut all: Map<String, Value> = there.map(|(name, value)| (name.to_owned(), value.clone())).collect();
    all.insert("time".into(), line.time().into());
    all.into()
}

/// A finding, with the bytes of the label that it is about where there is one.
fn finding(report: &Value, finding: &Value) -> Value {
    let placement = text(&finding["placement"]);
    let mut location = json!({ "physicalLocation": physical(report, region(report, &placement)) });
    if !placement.is_empty() {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": placement }]);
    }
    let level = level(&text(&finding["severity"]));
    let mut result = result(&text(&finding["code"]), ("fail", level), &text(&finding["message"]), json!([location]));
    if let Some(clause) = finding["clause"].as_str() {
        result["properties"] = json!({ "clause": clause });
    }
    result
}

/// An error of a file: it could not be read, or was refused.
pub(super) fn notification(line: &Line<'_>) -> Option<Value> {
    let report = line.report();
    let message = report["error"]["message"].as_str()?;
    let at = report["error"]["offset"].as_u64().map(|offset| json!({ "byteOffset": offset }));
    let mut notification = json!({
        "level": "error",
        "message": { "text": plain(message) },
        "descriptor": { "id": text(&report["error"]["kind"]) },
        "locations": [{ "physicalLocation": physical(report, at) }],
    });
    if !line.time().is_empty() {
        notification["timeUtc"] = line.time().into();
    }
    Some(notification)
}

/// Where a placement has its bytes.
fn region(report: &Value, placement: &str) -> Option<Value> {
    let label = list(&report["labels"]).iter().find(|label| !placement.is_empty() && label["carrier"] == placement)?;
    Some(json!({ "byteOffset": label["offset"].as_u64()?, "byteLength": label["length"].as_u64()? }))
}

fn physical(report: &Value, region: Option<Value>) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(&named(report, "path")) } });
    if let Some(region) = region {
        physical["region"] = region;
    }
    physical
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
