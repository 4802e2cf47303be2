//! Lines for people.

use super::{Diff, Kind, Mark, Status};
use crate::report::{Lang, Report, clean, message, pad, shown};

impl Status {
    /// The status as people read it.
    pub fn word(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Kept, Lang::Zh) => "保留",
            (Self::Added, Lang::Zh) => "新增",
            (Self::Changed, Lang::Zh) => "改变",
            (Self::Broken, Lang::Zh) => "损坏",
            (Self::Lost, Lang::Zh) => "丢失",
            (status, Lang::En) => status.name(),
        }
    }
}

impl Kind {
    fn word(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Label, Lang::Zh) => "标识",
            (Self::Explicit, Lang::Zh) => "显式标识",
            (Self::Watermark, Lang::Zh) => "水印",
            (Self::Trace, Lang::Zh) => "痕迹",
            (kind, Lang::En) => kind.name(),
        }
    }
}

impl Diff {
    /// The two files as one.
    pub fn heading(&self) -> String {
        let path = |side: &Option<Report>| side.as_ref().map_or("-".to_owned(), |r| shown(&r.path));
        format!("{} -> {}", path(&self.before), path(&self.after))
    }

    /// One line a mark of these statuses, its status first; then what could not be compared, and what went wrong.
    pub fn lines(&self, lang: Lang, statuses: &[Status]) -> Vec<(Option<Status>, String)> {
        let zh = lang == Lang::Zh;
        let mut lines: Vec<_> = self
            .marks
            .iter()
            .filter(|m| statuses.contains(&m.status))
            .map(|m| (Some(m.status), line(m, lang)))
            .collect();
        // What could not be read may have some.
        if self.marks.is_empty() && !self.is_failure() {
            lines.push((None, if zh { "没有标识和痕迹" } else { "no label and no trace on either side" }.into()));
        }
        for kind in &self.unchecked {
            let text = match (kind, zh) {
                (Kind::Watermark, true) => "水印未比较:其中一个文件无法查找水印",
                (Kind::Watermark, false) => {
                    "watermarks were not compared: they could not be looked for in one of the files"
                }
                (_, true) => "显式标识未比较:其中一个文件无法查找显式标识",
                (_, false) => "explicit labels were not compared: they could not be looked for in one of the files",
            };
            lines.push((None, text.into()));
        }
        for report in [&self.before, &self.after].into_iter().flatten() {
            if let Some(error) = &report.error {
                lines.push((None, format!("{}: {}", shown(&report.path), message(error, lang))));
            }
        }
        lines
    }
}

fn line(mark: &Mark, lang: Lang) -> String {
    let places = |all: &[String]| if all.is_empty() { "-".to_owned() } else { clean(&all.join(" + ")) };
    let mut out = format!(
        "{} {} {}  [{} -> {}]",
        pad(mark.status.word(lang), 8),
        pad(mark.kind.word(lang), 9),
        clean(&mark.name),
        places(&mark.before),
        places(&mark.after)
    );
    for detail in &mark.details {
        let value = |v: &Option<String>| v.as_ref().map_or("-".to_owned(), |v| format!("\"{}\"", clean(v)));
        out.push_str(&format!("  {}: {} -> {}", detail.what, value(&detail.before), value(&detail.after)));
    }
    out
}
