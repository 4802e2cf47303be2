//! Lines for people.

use std::fmt::Write;
use std::ops::Range;
use std::path::Path;

use biaoshi_label::{Field, Finding, Record, Severity};
use biaoshi_media::{Place, Tones};
use biaoshi_watermark::image::Content;

use super::{Done, Explicit, LabelReport, Lang, MarkPlace, Report, Watermark, clean, message, notice};
use crate::judge::{Reason, Verdict};
use crate::plan::Layer;
use crate::provenance::{Agreement, Provider, ProviderTag};

impl Verdict {
    /// The verdict as people read it in a table.
    pub fn word(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Confirmed, Lang::Zh) => "属于",
            (Self::Possible, Lang::Zh) => "可能",
            (Self::Suspected, Lang::Zh) => "疑似",
            (Self::None, Lang::Zh) => "未发现",
            (verdict, Lang::En) => verdict.name(),
        }
    }
}

impl Layer {
    /// The layer as people read it in a sentence.
    pub fn word(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Metadata, Lang::Zh) => "元数据",
            (Self::Explicit, Lang::Zh) => "显式",
            (Self::Watermark, Lang::Zh) => "水印",
            (layer, Lang::En) => layer.name(),
        }
    }
}

/// A finding as one line.
pub fn finding_line(finding: &Finding, lang: Lang) -> String {
    let text = match lang {
        Lang::En => finding.english(),
        Lang::Zh => finding.chinese(),
    };
    let mut out = format!("{} {}: {text}", severity(finding.severity(), lang), finding.code.name());
    if !finding.placement.is_empty() {
        let _ = write!(out, " [{}]", finding.placement);
    }
    if !finding.code.clause().is_empty() {
        let _ = write!(out, " ({})", clause(finding.code.clause(), lang));
    }
    clean(&out)
}

/// A severity for people.
pub fn severity(severity: Severity, lang: Lang) -> &'static str {
    match (severity, lang) {
        (Severity::Error, Lang::Zh) => "错误",
        (Severity::Warning, Lang::Zh) => "警告",
        (Severity::Info, Lang::Zh) => "提示",
        (severity, Lang::En) => severity.name(),
    }
}

/// A clause as readers of the language cite it; articles and items of laws have Chinese numerals in Chinese.
pub fn clause(clause: &str, lang: Lang) -> String {
    match (lang, clause.strip_prefix("Measures Art. ")) {
        (Lang::En, _) => clause.to_owned(),
        (Lang::Zh, Some(article)) => match article.split_once(" (") {
            Some((article, item)) => {
                format!("《标识办法》第{}条第{}项", numeral(article), numeral(item.trim_end_matches(')')))
            }
            None => format!("《标识办法》第{}条", numeral(article)),
        },
        (Lang::Zh, None) => clause.replace("Annex ", "附录 "),
    }
}

/// A number up to 14, which is how many articles the Measures have; another text stays.
fn numeral(number: &str) -> &str {
    const NUMERALS: [&str; 14] =
        ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四"];
    let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    at.and_then(|at| NUMERALS.get(at)).copied().unwrap_or(number)
}

/// A medium for people.
fn medium(medium: &'static str, lang: Lang) -> &'static str {
    match (medium, lang) {
        ("image", Lang::Zh) => "图像",
        ("audio", Lang::Zh) => "音频",
        ("text", Lang::Zh) => "文本",
        (medium, _) => medium,
    }
}

/// A reason of a verdict as one line.
fn reason_line(reason: &Reason, lang: Lang) -> String {
    let word = if lang == Lang::Zh { "依据" } else { "reason" };
    let mut out = format!("{word} {} {}: {}", reason.verdict.word(lang), reason.code, reason.message.tell(lang));
    if !reason.placement.is_empty() {
        let _ = write!(out, " [{}]", reason.placement);
    }
    let _ = write!(out, " ({})", clause(reason.clause, lang));
    clean(&out)
}

impl Report {
    /// One line of a table: verdict, format, producer, explicit label (where it was asked for), findings that matter, path.
    pub fn to_row(&self, explicit: bool, lang: Lang) -> String {
        let verdict =
            if self.error.is_some() && self.labels.is_empty() { "-" } else { self.judgement.verdict.word(lang) };
        let producer = self.labels.first().and_then(|l| l.get(Field::ContentProducer)).unwrap_or("-");
        let format = self.format.map_or("-", |f| f.name);
        let count = |s: Severity| self.judgement.findings.iter().filter(|f| f.severity() == s).count();
        let findings = match (count(Severity::Error), count(Severity::Warning)) {
            (0, 0) => "-".to_owned(),
            counts => spelt(counts, lang),
        };
        let verdict = pad(verdict, 10);
        let explicit = if explicit { format!("{} ", pad(&self.shows(), EXPLICIT)) } else { String::new() };
        let mut out = format!(
            "{verdict} {format:<9} {:<28} {explicit}{} {}",
            clean(&shorten(producer, 28)),
            pad(&findings, COUNTS),
            shown(&self.path)
        );
        if let Some(error) = &self.error {
            let _ = write!(out, ": {}", message(error, lang));
        }
        out
    }

    /// The heading of the table; `explicit`: with the column of explicit labels.
    pub fn heading(explicit: bool, lang: Lang) -> String {
        let [verdict, format, producer, shows, findings, path] = match lang {
            Lang::En => ["VERDICT", "FORMAT", "PRODUCER", "EXPLICIT", "FINDINGS", "PATH"],
            Lang::Zh => ["结论", "格式", "生成者", "显式标识", "问题", "路径"],
        };
        let shows = if explicit { format!("{} ", pad(shows, EXPLICIT)) } else { String::new() };
        let (verdict, format, producer) = (pad(verdict, 10), pad(format, 9), pad(producer, 28));
        format!("{verdict} {format} {producer} {shows}{} {path}", pad(findings, COUNTS))
    }

    /// The explicit label: its words, `-` where there is none, `?` where nobody could look.
    fn shows(&self) -> String {
        match self.explicit.as_deref() {
            None => "?".to_owned(),
            Some([]) => "-".to_owned(),
            Some([found, ..]) => clean(&shorten(&found.text, EXPLICIT / 2)),
        }
    }

    /// What led to the verdict, one reason a line.
    pub fn reasons(&self, lang: Lang) -> Vec<String> {
        self.judgement.reasons.iter().map(|reason| reason_line(reason, lang)).collect()
    }

    /// The findings that a row only counts, one a line.
    pub fn details(&self, least: Severity, lang: Lang) -> Vec<String> {
        self.judgement.findings.iter().filter(|f| f.severity() >= least).map(|f| finding_line(f, lang)).collect()
    }

    /// The watermarks, one a line.
    pub fn marks(&self, lang: Lang) -> Vec<String> {
        self.watermarks.iter().flatten().map(|mark| watermark(mark, lang)).collect()
    }

    /// Everything about one file, for `inspect`.
    pub fn to_page(&self, lang: Lang) -> String {
        let zh = lang == Lang::Zh;
        let mut out = String::new();
        let format = self.format.map_or("-", |f| f.media_type);
        let _ = writeln!(out, "{}: {format}, {} {}", shown(&self.path), self.bytes, if zh { "字节" } else { "bytes" });
        for label in &self.labels {
            out.push_str(&record(label, lang));
        }
        for found in self.explicit.iter().flatten() {
            let _ = writeln!(
                out,
                "  {} {} {}",
                if zh { "显式标识" } else { "explicit" },
                medium(found.medium, lang),
                clean(&heard(found, lang))
            );
        }
        for mark in self.marks(lang) {
            let _ = writeln!(out, "  {mark}");
        }
        for trace in self.traces.iter().flatten() {
            let _ = writeln!(
                out,
                "  {} {} [{}] {}",
                if zh { "痕迹" } else { "trace" },
                trace.kind,
                clean(&trace.placement),
                clean(&trace.detail)
            );
        }
        for finding in &self.judgement.findings {
            let _ = writeln!(out, "  {}", finding_line(finding, lang));
        }
        if let Some(error) = &self.error {
            let _ = writeln!(out, "  {} {}", if zh { "错误" } else { "error" }, message(error, lang));
        }
        // Of what could not be read at all, nothing is known.
        if self.error.is_some() && self.format.is_none() {
            return out;
        }
        for reason in self.reasons(lang) {
            let _ = writeln!(out, "  {reason}");
        }
        let verdict = self.judgement.verdict;
        let shown = notice(verdict, lang).map_or(String::new(), |n| format!("  “{n}”"));
        let _ = writeln!(out, "  {} {}{shown}", if zh { "结论" } else { "verdict" }, verdict.word(lang));
        out
    }
}

/// The words of an explicit label; of a rhythm also when it is heard, how long a unit is, and its pitches.
fn heard(found: &Explicit, lang: Lang) -> String {
    let second = if lang == Lang::Zh { "秒" } else { "s" };
    let tones = |t: &Tones| {
        let pitches: Vec<String> = t.pitches.iter().map(|hz| format!("{hz:.0}")).collect();
        let pitches = if pitches.is_empty() { String::new() } else { format!(", {} Hz", pitches.join("+")) };
        format!("{:.2}-{:.2} {second}, {:.0} ms{pitches}", t.start, t.end, t.unit * 1000.0)
    };
    let span = |at: &Range<f64>| format!("{:.2}-{:.2} {second}", at.start, at.end);
    let places: Vec<String> = match &found.place {
        Place::Sound(all) => all.iter().map(tones).collect(),
        Place::Prompt(all) => all.iter().map(span).collect(),
        Place::Picture { .. } | Place::Text { .. } => return found.told().tell(lang),
    };
    format!("{} ({})", found.text, places.join("; "))
}

/// A label with all its fields, for `inspect`.
fn record(label: &Record, lang: Lang) -> String {
    let (zh, mut out) = (lang == Lang::Zh, String::new());
    let length = label.span.end.saturating_sub(label.span.start);
    let _ = writeln!(
        out,
        "  {} {}  @{}+{length}",
        if zh { "标识" } else { "label" },
        clean(&label.placement),
        label.span.start
    );
    for field in Field::ALL {
        let value = label.get(field).map_or("-".into(), clean);
        let _ = writeln!(out, "    {:<18} {value}", field.key());
    }
    for misspelt in &label.misspelt {
        let _ =
            writeln!(out, "    {:<18} {}  (-> {})", clean(&misspelt.key), clean(&misspelt.value), misspelt.field.key());
    }
    let _ = writeln!(out, "    {} {}", pad(if zh { "原文" } else { "raw" }, 18), clean(&label.raw));
    out
}

/// Width of the column of explicit labels in terminal cells.
const EXPLICIT: usize = 14;

/// Width of the column of counts in terminal cells.
const COUNTS: usize = 20;

/// How many errors and warnings there are.
fn spelt((errors, warnings): (usize, usize), lang: Lang) -> String {
    let one = |count: usize, en: &str, zh: &str| match (count, lang) {
        (0, _) => None,
        (1, Lang::En) => Some(format!("1 {en}")),
        (n, Lang::En) => Some(format!("{n} {en}s")),
        (n, Lang::Zh) => Some(format!("{n} {zh}")),
    };
    let both = [one(errors, "error", "错误"), one(warnings, "warning", "警告")];
    both.into_iter().flatten().collect::<Vec<_>>().join(if lang == Lang::Zh { "," } else { ", " })
}

/// A watermark, how it goes with the label and the picture, and who is behind it.
fn watermark(mark: &Watermark, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    let agrees = match (mark.agrees, zh) {
        (Agreement::Match, false) => "that of the label",
        (Agreement::Mismatch, false) => "not that of the label",
        (Agreement::NoLabel, false) => "no label",
        (Agreement::Match, true) => "与标识一致",
        (Agreement::Mismatch, true) => "与标识不一致",
        (Agreement::NoLabel, true) => "无标识",
    };
    let content = whereabouts(mark.place, zh);
    let (word, key, comma) = if zh { ("水印", "密钥", ",") } else { ("watermark", "key", ", ") };
    let mut out = format!("{word} {} ({key} {}): {agrees}{comma}{content}", mark.payload, mark.key_id);
    let or = if zh { " 或 " } else { " or " };
    match mark.providers.as_deref() {
        None => {}
        Some([]) => {
            let tag = ProviderTag::of(mark.payload);
            let _ =
                write!(out, "{comma}{} {tag}", if zh { "未登记的服务提供者标签" } else { "unregistered provider tag" });
        }
        Some(all) => {
            let one = |p: &Provider| format!("{} {}", p.code, p.name).trim_end().to_owned();
            let _ = write!(out, "{comma}{}", all.iter().map(one).collect::<Vec<_>>().join(or));
        }
    }
    clean(&out)
}

/// What a mark tells of the content that it was seen in.
fn whereabouts(place: MarkPlace, zh: bool) -> String {
    let fixed = match (place, zh) {
        (MarkPlace::Picture { content: Content::Match, .. }, false) => "the picture that was marked",
        (MarkPlace::Picture { content: Content::Mismatch, .. }, false) => "another picture than was marked",
        (MarkPlace::Picture { content: Content::Unknown, .. }, false) => "a crop or a page, which cannot be compared",
        (MarkPlace::Picture { content: Content::Match, .. }, true) => "即被加水印的图片",
        (MarkPlace::Picture { content: Content::Mismatch, .. }, true) => "不是被加水印的图片",
        (MarkPlace::Picture { content: Content::Unknown, .. }, true) => "图片被裁剪或置于页面中,无法比对",
        (MarkPlace::Text { offset, length, shards, .. }, false) => {
            return format!("{shards} shards in {length} characters, from character {offset} on");
        }
        (MarkPlace::Text { offset, length, shards, .. }, true) => {
            return format!("自第 {offset} 个字符起的 {length} 个字符中有 {shards} 个分片");
        }
        (MarkPlace::Sound { start, end, tempo, pitch }, zh) => {
            let mut out =
                if zh { format!("第 {start:.1} 至 {end:.1} 秒") } else { format!("from {start:.1} to {end:.1} s") };
            // What is closer is not told apart.
            let changed = |ratio: f64| (ratio - 1.0).abs() > 0.002;
            if changed(tempo) {
                let _ = if zh { write!(out, ",节奏 ×{tempo:.3}") } else { write!(out, ", tempo x {tempo:.3}") };
            }
            if changed(pitch) {
                let _ = if zh { write!(out, ",音高 ×{pitch:.3}") } else { write!(out, ", pitch x {pitch:.3}") };
            }
            return out;
        }
    };
    fixed.to_owned()
}

impl LabelReport {
    /// What was done, or would be. `written`: what writing a label is called in Chinese.
    pub(super) fn done(&self, action: &str, written: &str, lang: Lang) -> String {
        let when = if self.dry_run { "将" } else { "已" };
        match (&self.result, lang) {
            (Ok(Done::Labelled | Done::Copied), Lang::En) if self.dry_run => format!("would be {action}"),
            (_, Lang::En) => action.to_owned(),
            (Ok(Done::Labelled), Lang::Zh) => format!("{when}{written}"),
            (Ok(Done::Copied), Lang::Zh) => format!("{when}复制"),
            (Ok(Done::Unchanged), Lang::Zh) => "未改动".into(),
            (Err(_), Lang::Zh) if action == "refused" => "已拒绝".into(),
            (Err(_), Lang::Zh) => "失败".into(),
        }
    }

    /// One line: action, layers, path, output, and what was left out.
    pub fn to_row(&self, lang: Lang) -> String {
        let action = self.done(self.action(), "标识", lang);
        let width = if self.dry_run { 18 } else { 10 };
        let layers = self.layers.iter().map(|l| l.name()).collect::<Vec<_>>().join("+");
        let mut out = format!(
            "{} {:<18} {}",
            pad(&action, width),
            if layers.is_empty() { "-" } else { &layers },
            shown(&self.path)
        );
        if let Some(output) = &self.output
            && *output != self.path
        {
            let _ = write!(out, " -> {}", shown(output));
        }
        for skipped in &self.skipped {
            let _ = write!(out, "  ({}: {})", skipped.layer.name(), clean(&skipped.reason.tell(lang)));
        }
        for note in &self.notes {
            let _ = write!(out, "  ({})", note.tell(lang));
        }
        if self.damaged() {
            out.push_str(if lang == Lang::Zh { "  (文件已损坏)" } else { "  (the file is damaged)" });
        }
        if let Err(error) = &self.result {
            let _ = write!(out, ": {}", message(error, lang));
        }
        out
    }
}

/// A path for people.
pub(crate) fn shown(path: &Path) -> String {
    clean(&path.to_string_lossy())
}

/// Pads to a width in terminal cells, Han characters taking two.
pub fn pad(text: &str, width: usize) -> String {
    let cells: usize = text.chars().map(|c| if u32::from(c) >= 0x1100 { 2 } else { 1 }).sum();
    format!("{text}{}", " ".repeat(width.saturating_sub(cells)))
}

/// A text in so many characters.
fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}
