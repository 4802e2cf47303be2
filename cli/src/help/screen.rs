//! A page as help on a terminal: two columns, wrapped to its width, in which a Chinese character takes two cells.

use std::fmt::Write;

use anstyle::Style;
use biaoshi::report::Lang;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Page;

/// What is longer in the left column has its text on the next line.
const LEFT: usize = 26;

/// What is longer in brackets may be broken.
const NOTE: usize = 24;

/// Longest and shortest line.
const WIDTH: std::ops::RangeInclusive<usize> = 50..=120;

/// Width where there is no terminal.
const PAPER: usize = 100;

const HEADING: Style = Style::new().bold().underline();
const NAME: Style = Style::new().bold();

/// The whole page; `long`: with what only the long help has.
pub(super) fn page(page: &Page, long: bool, lang: Lang) -> String {
    let [usage, commands, examples, exits] = match lang {
        Lang::En => ["Usage:", "Commands:", "Examples:", "Exit codes:"],
        Lang::Zh => ["用法:", "命令:", "示例:", "退出码:"],
    };
    let width = width();
    let mut out = format!("{}\n\n", wrapped(pieces(&page.about), width, 0));
    let _ = writeln!(
        out,
        "{HEADING}{usage}{HEADING:#} {}",
        wrapped(page.usage.split_inclusive(' '), width, usage.width() + 1)
    );
    let mut table = |heading: &str, rows: &[(String, String)]| {
        if !rows.is_empty() {
            let _ = write!(out, "\n{HEADING}{heading}{HEADING:#}\n{}", columns(rows, width));
        }
    };
    table(commands, &page.commands);
    let mut hidden = false;
    for group in &page.groups {
        let entries = group.entries.iter().filter(|e| long || !e.long);
        let rows: Vec<_> = entries.map(|e| (e.written.clone(), e.whole(lang))).collect();
        hidden |= rows.len() < group.entries.len();
        table(&format!("{}:", group.heading), &rows);
    }
    let codes = page.exits.iter().filter(|_| long).map(|(code, when)| (code.to_string(), when.clone()));
    table(exits, &codes.collect::<Vec<_>>());
    if !page.examples.is_empty() {
        let _ = writeln!(out, "\n{HEADING}{examples}{HEADING:#}");
        page.examples.iter().for_each(|line| _ = writeln!(out, "  {line}"));
    }
    let more = match lang {
        Lang::En => "--help shows more: limits, exit codes.",
        Lang::Zh => "--help 显示更多:限制、退出码。",
    };
    if hidden { format!("{out}\n{more}\n") } else { out }
}

/// Columns of the terminal.
fn width() -> usize {
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let variable = || std::env::var("COLUMNS").ok().and_then(|v| v.parse().ok());
    terminal.or_else(variable).unwrap_or(PAPER).clamp(*WIDTH.start(), *WIDTH.end())
}

/// Rows of a name and a text.
fn columns(rows: &[(String, String)], width: usize) -> String {
    let left = rows.iter().map(|(name, _)| name.width()).filter(|w| *w <= LEFT).max().unwrap_or(0);
    let mut out = String::new();
    for (name, text) in rows {
        let text = wrapped(pieces(text), width, left + 4);
        let gap = match left.checked_sub(name.width()) {
            Some(room) => " ".repeat(room + 2),
            None => format!("\n{}", " ".repeat(left + 4)),
        };
        let _ = writeln!(out, "  {NAME}{name}{NAME:#}{gap}{text}");
    }
    out
}

/// A text, in pieces that stay whole, in lines of at most `width` cells, of which all but the first begin with `indent` blanks, as the place of the first
/// does.
fn wrapped<'a>(pieces: impl IntoIterator<Item = &'a str>, width: usize, indent: usize) -> String {
    let room = width.saturating_sub(indent).max(20);
    let (mut out, mut used) = (String::new(), 0);
    for piece in pieces {
        let (cells, bare) = (piece.width(), piece.trim_end());
        if used > 0 && used + bare.width() > room {
            out.truncate(out.trim_end().len());
            let _ = write!(out, "\n{}", " ".repeat(indent));
            used = 0;
        }
        out.push_str(piece);
        used += cells;
    }
    out.truncate(out.trim_end().len());
    out
}

/// What no line may end within. Words end with a blank; between Chinese characters a line may end, but not before what closes
/// nor behind what opens; in a list it may end behind each item. A short note in brackets stays whole.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut start, mut whole) = (Vec::new(), 0, 0);
    for ((at, a), b) in text.char_indices().zip(text.chars().skip(1)) {
        let note = text[at..].find(']').filter(|len| a == '[' && text[at..at + len].width() <= NOTE);
        whole = note.map_or(whole, |len| at + len);
        let end = at + a.len_utf8();
        if end > whole && may_part(a, b) {
            pieces.push(&text[start..end]);
            start = end;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// Whether a line may end between two characters.
fn may_part(a: char, b: char) -> bool {
    let is_wide = |c: char| c.width() == Some(2);
    let closes = matches!(b, ',' | '.' | ';' | ':' | ')' | ']' | '!' | '?' | '、' | '。' | '》' | '”' | '…' | ' ');
    let opens = matches!(a, '(' | '[' | '《' | '“');
    let stops = matches!(a, ',' | ';' | ':' | '、' | '。');
    a == ' ' || !closes && (a == '、' || !opens && is_wide(b) && (is_wide(a) || stops))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_between_characters() {
        let wrapped = |text, width, indent| wrapped(pieces(text), width, indent);
        assert_eq!(wrapped("one two three four five six", 22, 2), "one two three four\n  five six");
        assert_eq!(wrapped("文件夹中的文件按路径配对,否则按名称", 25, 0), "文件夹中的文件按路径配对,\n否则按名称");
        assert_eq!(
            wrapped("一二三四五六七八九十,后面", 20, 0),
            "一二三四五六七八九\n十,后面",
            "no line begins with a comma"
        );
        assert_eq!(wrapped("一二三四五六七八 [默认:九十]", 20, 0), "一二三四五六七八\n[默认:九十]");
        assert_eq!(wrapped("使用 --files-from-somewhere 选项", 20, 0), "使用\n--files-from-somewhere\n选项");
    }

    #[test]
    fn columns_stand_under_each_other_by_cells() {
        let rows = [("--out 文件夹".to_owned(), "甲".to_owned()), ("-q".to_owned(), "乙".to_owned())];
        let plain =
            columns(&rows, 80).replace(&NAME.render().to_string(), "").replace(&NAME.render_reset().to_string(), "");
        assert_eq!(plain, "  --out 文件夹  甲\n  -q            乙\n");
    }
}
