//! One file on the page, out of its line of JSON.

use std::io::{self, Write};

use biaoshi::judge::Verdict;
use biaoshi::label::Field;
use biaoshi::report::Lang;
use serde_json::Value;

use super::super::Line;
use super::super::columns::{key, of_level, text, trace};
use super::text::{escaped, number, severity_order, severity_word};
use crate::ends::action_word;

/// How much of a label's raw text is shown, in characters; the JSON has all of it.
const RAW: usize = 2000;

/// What is said of a file first: a verdict, what was done, or that it could not be read.
pub(super) struct State {
    pub(super) order: u8,
    pub(super) name: String,
    pub(super) word: String,
}

/// One file.
pub(super) struct Row<'a> {
    line: &'a Line<'a>,
    report: &'a Value,
    lang: Lang,
}

/// A heading in the language of the page.
type Heading = (&'static str, &'static str);

impl<'a> Row<'a> {
    pub(super) fn new(line: &'a Line<'a>, lang: Lang) -> Self {
        Self { line, report: line.report(), lang }
    }

    fn say(&self, (en, zh): Heading) -> &'static str {
        if self.lang == Lang::Zh { zh } else { en }
    }

    /// The verdict, where there is one and nothing went wrong, else what was done or not.
    pub(super) fn state(&self) -> State {
        let verdicts = [Verdict::Confirmed, Verdict::Possible, Verdict::Suspected, Verdict::None];
        let mut verdicts = (0..).zip(verdicts).filter(|_| self.report["error"].is_null());
        if let Some((order, verdict)) = verdicts.find(|(_, verdict)| self.report["verdict"] == verdict.name()) {
            return State { order, name: verdict.name().to_owned(), word: verdict.word(self.lang).to_owned() };
        }
        let unread = || (u8::MAX, self.say(("could not be read", "无法读取")));
        let action = self.report["action"].as_str();
        let (order, word) = action.map_or_else(unread, |action| action_word(action, self.lang));
        State { order, name: action.unwrap_or("unread").to_owned(), word: word.to_owned() }
    }

    /// The findings by severity and code.
    pub(super) fn findings(&self) -> impl Iterator<Item = (u8, String)> {
        let findings = list(&self.report["findings"]).iter();
        findings.map(|found| (severity_order(&text(&found["severity"])), text(&found["code"])))
    }

    /// Writes it; `number` names it on the page.
    pub(super) fn write(&self, out: &mut impl Write, number: u64) -> io::Result<()> {
        let State { name, word, .. } = self.state();
        let worst = self.findings().map(|(order, _)| order).min().unwrap_or(u8::MAX);
        let (worst, _) = severity_word(worst, self.lang);
        let path = escaped(&text(&self.report["path"]));
        let state = escaped(&name);
        write!(
            out,
            "<article id=\"f{number}\" class=\"{state}\" data-state=\"{state}\" data-worst=\"{worst}\"><div class=\"thumb\" aria-hidden=\"true\">{}</div>\
             <div class=\"what\"><h2><bdi>{path}</bdi></h2><p class=\"quiet\">{}</p>{}</div>\
             <div class=\"state\"><p><b>{}</b></p>{}</div>",
            escaped(&text(&self.report["format"])),
            escaped(&self.facts()),
            self.trouble(),
            escaped(&word),
            self.notice().map_or_else(String::new, |notice| format!("<p role=\"note\">{}</p>", escaped(&notice))),
        )?;
        let evidence = self.evidence();
        if !evidence.is_empty() {
            write!(out, "<details><summary>{}</summary>{evidence}</details>", escaped(&self.brief()))?;
        }
        writeln!(out, "</article>")
    }

    /// Format and size.
    fn facts(&self) -> String {
        let bytes = self.report["bytes"].as_u64().or_else(|| self.report["bytes_in"].as_u64());
        let bytes = bytes.filter(|bytes| *bytes > 0);
        let bytes = bytes.map(|bytes| format!("{} {}", number(bytes), self.say(("bytes", "字节"))));
        let format = self.report["format"].as_str().map(str::to_owned);
        format.into_iter().chain(bytes).collect::<Vec<_>>().join(" · ")
    }

    /// The error, and what is wrong that is no mere info.
    fn trouble(&self) -> String {
        let error = self.report["error"]["message"].as_str().map(|e| format!("<p class=\"error\">{}</p>", escaped(e)));
        let worth = list(&self.report["findings"]).iter().filter(|found| found["severity"] != "info");
        let findings = worth.map(|found| {
            let class = if found["severity"] == "error" { "error" } else { "warning" };
            format!("<p class=\"{class}\">{}</p>", escaped(&text(&found["message"])))
        });
        error.into_iter().chain(findings).collect()
    }

    /// What a platform shows (clause 5.6, Measures Art. 6).
    fn notice(&self) -> Option<String> {
        let of_label = || of_level(&self.report["fields"]["Label"], self.lang).map(str::to_owned);
        self.report["notice"][key(self.lang)].as_str().map(str::to_owned).or_else(of_label)
    }

    /// What there is to see below, in numbers.
    fn brief(&self) -> String {
        let sorts: [(&str, Heading); 8] = [
            ("labels", ("labels", "标识")),
            ("explicit", ("explicit labels", "显式标识")),
            ("watermarks", ("watermarks", "水印")),
            ("traces", ("traces", "痕迹")),
            ("reasons", ("reasons", "依据")),
            ("layers", ("layers", "标识层")),
            ("skipped", ("left out", "未写入")),
            ("findings", ("findings", "问题")),
        ];
        let counted = sorts.into_iter().map(|(name, heading)| (list(&self.report[name]).len(), self.say(heading)));
        let told: Vec<_> = counted.filter(|(n, _)| *n > 0).map(|(n, word)| format!("{word} {n}")).collect();
        if told.is_empty() { self.say(("Details", "详情")).to_owned() } else { told.join(" · ") }
    }

    /// Everything that was found.
    fn evidence(&self) -> String {
        let report = self.report;
        let mut out = String::new();
        out.push_str(&self.several("reasons", ("Reasons of the verdict", "结论依据"), said));
        list(&report["labels"]).iter().for_each(|label| out.push_str(&self.label(label)));
        for (name, heading) in [("fields", ("Label", "标识")), ("new", ("Label as it is now", "现在的标识"))] {
            if report[name].is_object() {
                out.push_str(&format!("<h3>{}</h3>{}", self.say(heading), fields(&report[name])));
            }
        }
        out.push_str(&self.several("explicit", ("Explicit labels", "显式标识"), |found| {
            format!("{} {} {}", text(&found["medium"]), text(&found["text"]), found["where"])
        }));
        out.push_str(&self.several("watermarks", ("Watermarks", "水印"), |mark| {
            format!("{} {} ({})", text(&mark["payload"]), text(&mark["agrees"]), text(&mark["key_id"]))
        }));
        out.push_str(&self.several("traces", ("Traces", "痕迹"), |found| {
            format!("{} [{}]", trace(found), text(&found["placement"]))
        }));
        out.push_str(&self.several("layers", ("Layers", "标识层"), text));
        out.push_str(&self.several("skipped", ("Left out", "未写入"), |skipped| {
            format!("{}: {}", text(&skipped["layer"]), text(&skipped["reason"]))
        }));
        out.push_str(&self.several("notes", ("Notes", "说明"), text));
        out.push_str(&self.several("findings", ("Findings", "问题"), said));
        out.push_str(&self.facts_of_run());
        out
    }

    /// A list under its heading; nothing where there is nothing.
    fn several(&self, name: &str, heading: Heading, each: impl Fn(&Value) -> String) -> String {
        let items: String =
            list(&self.report[name]).iter().map(|item| format!("<li>{}</li>", escaped(&each(item)))).collect();
        if items.is_empty() { items } else { format!("<h3>{}</h3><ul>{items}</ul>", self.say(heading)) }
    }

    /// A label as it stands in the file.
    fn label(&self, label: &Value) -> String {
        let place = format!("{} @{}+{}", text(&label["carrier"]), label["offset"], label["length"]);
        let raw = text(&label["raw"]);
        let shown: String = raw.chars().take(RAW).collect();
        let cut = if shown.len() < raw.len() { "…" } else { "" };
        let dialects: Vec<String> = list(&label["dialects"]).iter().map(text).collect();
        let dialects = if dialects.is_empty() {
            String::new()
        } else {
            format!("<p class=\"quiet\">{}</p>", escaped(&dialects.join(", ")))
        };
        let heading = self.say(("Label", "标识"));
        format!(
            "<h3>{heading} <code>{}</code></h3>{}{dialects}<pre>{}{cut}</pre>",
            escaped(&place),
            fields(&label["fields"]),
            escaped(&shown)
        )
    }

    /// What is known of the file and the run beside what was found.
    fn facts_of_run(&self) -> String {
        let report = self.report;
        let rows: [(Heading, String); 7] = [
            (("Output", "输出"), text(&report["output"])),
            (("Original", "原件"), text(&report["source"])),
            (("Reason", "理由"), text(&report["reason"])),
            (
                ("Declared by the uploader", "上传者声明"),
                report["declared"]
                    .as_bool()
                    .filter(|d| *d)
                    .map_or_else(String::new, |_| self.say(("yes", "是")).to_owned()),
            ),
            (("Expected ProduceID", "应有的 ProduceID"), text(&report["expected_id"])),
            (("SHA-256", "SHA-256"), text(&report["sha256"])),
            (("Time", "时间"), self.line.time().to_owned()),
        ];
        let rows = rows.into_iter().filter(|(_, value)| !value.is_empty());
        let rows: String = rows
            .map(|(heading, value)| format!("<dt>{}</dt><dd>{}</dd>", self.say(heading), escaped(&value)))
            .collect();
        if rows.is_empty() { rows } else { format!("<dl>{rows}</dl>") }
    }
}

/// The fields of a label that it has, in the order of Annex E.
fn fields(fields: &Value) -> String {
    let there = Field::ALL.into_iter().filter_map(|field| Some((field.key(), fields[field.key()].as_str()?)));
    let rows: String =
        there.map(|(name, value)| format!("<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value))).collect();
    format!("<dl>{rows}</dl>")
}

/// A finding or a reason: code, words, placement, clause.
fn said(found: &Value) -> String {
    let of = |name: &str, before: &str, after: &str| match found[name].as_str() {
        Some(value) if !value.is_empty() => format!(" {before}{value}{after}"),
        _ => String::new(),
    };
    let code = format!("{}:", text(&found["code"]));
    [code, of("message", "", ""), of("placement", "[", "]"), of("clause", "(", ")")].concat()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
