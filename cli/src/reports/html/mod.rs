//! One page for people, in one file: counts, a filter, every file with what was found in it. Files are written as they
//! come; the counts and the thumbnails, which are known at the end, stand behind them, and the style sheet shows the counts
//! first. So a page of any length takes no memory, and one of a run that died has its files.

mod row;
mod text;
mod thumbnails;

use std::collections::BTreeMap;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use biaoshi::report::{Lang, tag};
use sha2::{Digest, Sha256};

use super::Line;
use super::line::VERSION;
use crate::exit::Exit;
use crate::told::now;
use row::Row;
use text::{escaped, number, severity_word};
pub(super) use thumbnails::Thumbnails;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A page.
pub(super) struct Page<W: Write> {
    out: W,
    lang: Lang,
    files: u64,
    /// Files by what is said of them: the order of strength, the name, the word.
    states: BTreeMap<(u8, String), (String, u64)>,
    /// Findings by severity, the worst first, and code.
    findings: BTreeMap<(u8, String), u64>,
    thumbnails: Thumbnails,
}

impl<W: Write> Page<W> {
    /// Writes what stands before the files.
    pub(super) fn begin(mut out: W, thumbnails: Thumbnails, lang: Lang) -> io::Result<Self> {
        let (title, filter) = match lang {
            Lang::En => {
                ("Labels of AI-generated content", ["Text", "Result", "Severity", "all", "info", "warning", "error"])
            }
            Lang::Zh => ("生成合成内容标识报告", ["文字", "结果", "严重程度", "全部", "提示", "警告", "错误"]),
        };
        let [words, state, worst, all, info, warning, error] = filter;
        let (tag, time) = (tag(lang), now());
        // Nothing is loaded from anywhere, and of scripts only ours runs, whatever a file's name or label may hold.
        let policy = format!(
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            STANDARD.encode(Sha256::digest(SCRIPT))
        );
        write!(
            out,
            "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>biaoshi: {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <header><h1>{title}</h1><p class=\"quiet\">biaoshi {VERSION} · <time datetime=\"{time}\">{time}</time></p></header>\n\
             <form id=\"filter\" hidden><label>{words}<input type=\"search\"></label>\
             <label>{state}<select><option value=\"\">{all}</option></select></label>\
             <label>{worst}<select><option value=\"\">{all}</option><option value=\"info\">≥ {info}</option>\
             <option value=\"warning\">≥ {warning}</option><option value=\"error\">≥ {error}</option></select></label>\
             <output aria-live=\"polite\"></output></form>\n<main>\n"
        )?;
        out.flush()?;
        Ok(Self { out, lang, files: 0, states: BTreeMap::new(), findings: BTreeMap::new(), thumbnails })
    }

    /// Does without small pictures of the files.
    pub(super) fn leave_out_thumbnails(&mut self) {
        self.thumbnails.leave_out();
    }

    /// One file.
    pub(super) fn write(&mut self, line: &Line<'_>) -> io::Result<()> {
        let row = Row::new(line, self.lang);
        let state = row.state();
        self.states.entry((state.order, state.name)).or_insert((state.word, 0)).1 += 1;
        for finding in row.findings() {
            *self.findings.entry(finding).or_default() += 1;
        }
        self.thumbnails.offer(self.files, line.report());
        row.write(&mut self.out, self.files)?;
        self.files += 1;
        self.out.flush()
    }

    /// Closes the page: counts and thumbnails.
    pub(super) fn end(&mut self, exit: Exit) -> io::Result<()> {
        write!(self.out, "</main>\n<section id=\"counts\">\n<ul>")?;
        let all = if self.lang == Lang::Zh { "文件总数" } else { "files" };
        write!(self.out, "<li data-count=\"files\"><b>{}</b>{all}</li>", number(self.files))?;
        for ((_, name), (word, files)) in &self.states {
            write!(self.out, "<li data-count=\"{}\"><b>{}</b>{}</li>", escaped(name), number(*files), escaped(word))?;
        }
        writeln!(self.out, "</ul>")?;
        self.write_findings()?;
        if exit == Exit::Interrupted {
            let words = match self.lang {
                Lang::En => "The run was interrupted: there are more files than stand here.",
                Lang::Zh => "运行被中断:此处未列出全部文件。",
            };
            writeln!(self.out, "<p class=\"error\">{words}</p>")?;
        }
        writeln!(self.out, "</section>")?;
        // Who interrupts does not wait for pictures.
        if exit != Exit::Interrupted {
            self.thumbnails.write(&mut self.out)?;
        }
        writeln!(self.out, "<script>{SCRIPT}</script>\n</body>\n</html>")?;
        self.out.flush()
    }

    fn write_findings(&mut self) -> io::Result<()> {
        if self.findings.is_empty() {
            return Ok(());
        }
        let [code, severity, count] = match self.lang {
            Lang::En => ["Finding", "Severity", "Count"],
            Lang::Zh => ["问题", "严重程度", "数量"],
        };
        write!(self.out, "<table><thead><tr><th>{code}</th><th>{severity}</th><th>{count}</th></tr></thead><tbody>")?;
        for ((order, code), count) in &self.findings {
            let (name, word) = severity_word(*order, self.lang);
            write!(
                self.out,
                "<tr><td><code>{}</code></td><td class=\"{name}\">{word}</td><td>{}</td></tr>",
                escaped(code),
                number(*count)
            )?;
        }
        writeln!(self.out, "</tbody></table>")
    }
}
