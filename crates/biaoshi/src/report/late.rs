//! A finding that is made when a file's line of JSON is there already: that files of one run have one id, only the run sees.

use std::fmt;

use biaoshi_label::{Finding, Severity};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::Lang;
use super::json::finding as finding_json;

/// The members of an object in their order, as they stand.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A line of `biaoshi.report/1` with one finding more, at the end.
///
/// # Errors
/// A line that is none.
pub fn with_finding(line: &RawValue, finding: &Finding, lang: Lang) -> serde_json::Result<Box<RawValue>> {
    let mut members: Members = serde_json::from_str(line.get())?;
    for (name, value) in &mut members.0 {
        match name.as_str() {
            "findings" => {
                let mut findings: Vec<Box<RawValue>> = serde_json::from_str(value.get())?;
                findings.push(to_raw_value(&finding_json(finding, lang))?);
                *value = to_raw_value(&findings)?;
            }
            "conforming" if finding.severity() == Severity::Error => *value = to_raw_value(&false)?,
            _ => {}
        }
    }
    to_raw_value(&members)
}

#[cfg(test)]
mod tests {
    use biaoshi_label::{Code, Detail};

    use super::*;

    #[test]
    fn the_finding_is_the_last_one_and_all_else_stays() {
        let line = r#"{"path":"findings","labels":[],"findings":[{"code":"a"}],"conforming":true,"n":1.50,"row":{"findings":"[]"}}"#;
        let line = RawValue::from_string(line.to_owned()).unwrap();
        let finding = Finding::new(Code::SameId, "x", Detail::term("a.png"));
        let told = with_finding(&line, &finding, Lang::En).unwrap();
        let added = r#"{"code":"a"},{"code":"label.same-id","severity":"info","placement":"x","message":"other content of this run has the same ProduceID: a.png","clause":"GB 45438-2025 Annex E"}"#;
        assert_eq!(told.get(), line.get().replace(r#"{"code":"a"}"#, added));
        let error = with_finding(&line, &finding.with_severity(Severity::Error), Lang::En).unwrap();
        assert!(error.get().contains(r#""conforming":false,"n":1.50"#));
        assert!(with_finding(RawValue::NULL, &Finding::new(Code::SameId, "", Detail::default()), Lang::En).is_err());
    }
}
