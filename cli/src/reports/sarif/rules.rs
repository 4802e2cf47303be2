//! The rules of a SARIF log: what a result may be about, out of the same tables as messages and references.

use std::collections::HashMap;

use biaoshi::explain::{Kind, entries};
use biaoshi::judge::Verdict;
use biaoshi::label::Severity;
use biaoshi::report::{Lang, notice};
use serde_json::{Value, json};

use crate::notice::nothing;

/// The rules in their order, and where each stands.
pub(super) struct Rules {
    list: Vec<Value>,
    places: HashMap<String, usize>,
}

/// How `label`, `carry` and `propagate` end where they do not fail: in English and in Chinese.
const ACTIONS: [(&str, &str, &str); 4] = [
    ("labelled", "the label was written", "已写入标识"),
    ("propagated", "the platform's elements were written", "已写入传播要素"),
    ("unchanged", "the file already carried the label", "文件已带有该标识"),
    ("copied", "the format is not known; the file was copied as it is", "格式未知;文件已原样复制"),
];

impl Rules {
    /// All of them: findings and dialects, reasons to leave a layer out, verdicts, actions.
    pub(super) fn new(lang: Lang) -> Self {
        let mut rules = Self { list: Vec::new(), places: HashMap::new() };
        for entry in entries().iter().filter(|entry| [Kind::Finding, Kind::Dialect, Kind::Layer].contains(&entry.kind))
        {
            let level = entry.severity.map_or("note", |severity| level(severity.name()));
            let what = entry.what.tell(lang);
            // Of some findings all is detail.
            let what = if what == "…" { entry.code.clone() } else { what };
            let help = match lang {
                Lang::En => format!("{what}. What to do: {}", entry.remedy.tell(lang)),
                Lang::Zh => format!("{what}。处理:{}", entry.remedy.tell(lang)),
            };
            rules.add(&entry.code, (level, entry.clause), &what, &help);
        }
        for verdict in Verdict::ALL {
            let words = notice(verdict, lang).map_or_else(|| nothing().tell(lang), str::to_owned);
            rules.add(&of_verdict(verdict.name()), ("none", "Measures Art. 6"), &words, &words);
        }
        for (action, en, zh) in ACTIONS {
            let words = if lang == Lang::Zh { zh } else { en };
            rules.add(&of_action(action), ("none", ""), words, words);
        }
        rules
    }

    fn add(&mut self, id: &str, (level, clause): (&str, &str), words: &str, help: &str) {
        let mut rule = json!({
            "id": id,
            "shortDescription": { "text": words },
            "help": { "text": help },
            "defaultConfiguration": { "level": level },
        });
        if !clause.is_empty() {
            rule["properties"] = json!({ "clause": clause });
        }
        self.places.insert(id.to_owned(), self.list.len());
        self.list.push(rule);
    }

    /// The rules as the driver has them.
    pub(super) fn list(&self) -> &[Value] {
        &self.list
    }

    /// Where a rule stands; none of an error of a decoder, which is no row of a table.
    pub(super) fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }
}

/// The rule of a verdict.
pub(super) fn of_verdict(verdict: &str) -> String {
    format!("verdict.{verdict}")
}

/// The rule of what `label` did.
pub(super) fn of_action(action: &str) -> String {
    format!("action.{action}")
}

/// The level of a finding by the name of its severity.
pub(super) fn level(severity: &str) -> &'static str {
    match severity {
        _ if severity == Severity::Error.name() => "error",
        _ if severity == Severity::Warning.name() => "warning",
        _ => "note",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_stands_once_and_says_something() {
        for lang in [Lang::En, Lang::Zh] {
            let rules = Rules::new(lang);
            assert_eq!(rules.places.len(), rules.list().len());
            for (at, rule) in rules.list().iter().enumerate() {
                assert_eq!(rules.place(rule["id"].as_str().unwrap()), Some(at));
                let words = rule["shortDescription"]["text"].as_str().unwrap();
                assert!(words.len() > 3 && !words.contains("{}"), "{rule}");
            }
        }
    }
}
