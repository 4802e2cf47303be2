//! JSON Lines: schema `biaoshi.diff/1`.

use std::borrow::Cow;
use std::path::Path;

use serde::Serialize;

use super::{Diff, Mark, Status};
use crate::paths;
use crate::report::{ErrorJson, Lang, Report, error_json};

#[derive(Serialize)]
struct DiffJson<'a> {
    schema: &'static str,
    before: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before_bytes: Option<String>,
    after: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_bytes: Option<String>,
    marks: Vec<MarkJson<'a>>,
    unchecked: Vec<&'static str>,
    errors: Vec<SideErrorJson>,
}

#[derive(Serialize)]
struct MarkJson<'a> {
    kind: &'static str,
    status: &'static str,
    name: &'a str,
    before: &'a [String],
    after: &'a [String],
    details: Vec<DetailJson<'a>>,
}

#[derive(Serialize)]
struct DetailJson<'a> {
    what: &'static str,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

#[derive(Serialize)]
struct SideErrorJson {
    file: &'static str,
    #[serde(flatten)]
    error: ErrorJson,
}

impl Diff {
    /// One line of JSON (schema `biaoshi.diff/1`), with the marks of these statuses.
    pub fn to_json(&self, lang: Lang, statuses: &[Status]) -> String {
        let (before, after) = (path(&self.before), path(&self.after));
        let errors = [("before", &self.before), ("after", &self.after)].into_iter().filter_map(|(file, side)| {
            let error = side.as_ref()?.error.as_ref()?;
            Some(SideErrorJson { file, error: error_json(error, lang) })
        });
        let json = DiffJson {
            schema: "biaoshi.diff/1",
            before: before.map(Path::to_string_lossy),
            before_bytes: before.and_then(paths::bytes),
            after: after.map(Path::to_string_lossy),
            after_bytes: after.and_then(paths::bytes),
            marks: self.marks.iter().filter(|m| statuses.contains(&m.status)).map(mark).collect(),
            unchecked: self.unchecked.iter().map(|k| k.name()).collect(),
            errors: errors.collect(),
        };
        serde_json::to_string(&json).unwrap_or_default()
    }
}

fn path(side: &Option<Report>) -> Option<&Path> {
    side.as_ref().map(|report| &*report.path)
}

fn mark(mark: &Mark) -> MarkJson<'_> {
    let details = mark.details.iter();
    MarkJson {
        kind: mark.kind.name(),
        status: mark.status.name(),
        name: &mark.name,
        before: &mark.before,
        after: &mark.after,
        details: details
            .map(|d| DetailJson { what: d.what, before: d.before.as_deref(), after: d.after.as_deref() })
            .collect(),
    }
}
