//! Front matter: the metadata with which a Markdown document begins, in every form that site generators read. Nothing
//! may go in front of it, or they take it for text.

use super::{Document, first_entry, front_matter, yaml_key};
use crate::{Said, phrase};

/// The front matter of a document, all blocks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    /// How it is written.
    pub form: Form,
    /// Index of its first line.
    pub open: usize,
    /// Index of its last line.
    pub close: usize,
}

/// How front matter is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// YAML between lines `---`, a mapping whose keys stand at column 0. `close` is that of the first block.
    Yaml,
    /// The same without the opening line (Hexo).
    Unopened,
    /// TOML between lines `+++` (Hugo, Zola).
    Toml,
    /// A JSON object (Hugo).
    Json,
    /// A form that nothing of ours can go into: its name and the way out.
    Other(&'static Said),
}

/// The first line of the body.
pub fn body(document: &Document) -> usize {
    match front_matter(document).last() {
        Some(block) => block.close + 1,
        None => front(document).map_or(0, |front| front.close + 1),
    }
}

/// The front matter of a document.
///
/// Jekyll, Hexo, MkDocs and Obsidian want it on the first line, Hugo allows blank lines before it; a document that only
/// Hugo reads must stay one.
pub fn front(document: &Document) -> Option<Front> {
    let open = document.first_filled()?;
    let first = document.text(document.lines.get(open)?);
    let at_start = open == 0;
    let found = |(form, close)| Front { form, open, close };
    if let Some(block) = front_matter(document).first() {
        return Some(found((yaml_form(document, block.open + 1..block.close), block.close)));
    }
    let form = match first.trim_end() {
        "+++" => closed(document, open, "+++").map(|close| (Form::Toml, close)),
        fence if fence.starts_with("----") || fence.starts_with(";;;") => other_fences(document, open, fence),
        old if old.starts_with("---\r") || old.starts_with("+++\r") => Some((
            Form::Other(phrase!(
                "front matter whose lines end with CR alone (save it with other line ends)",
                "单独以 CR 换行的 front matter(请改用其他换行符)"
            )),
            open,
        )),
        named if named.starts_with("---") => named_language(document, open, named),
        brace if brace.starts_with('{') => json_end(document, open).map(|close| (Form::Json, close)),
        title if at_start && title.starts_with("% ") => Some((
            Form::Other(phrase!(
                "a title block of Pandoc (write it as YAML between lines ---)",
                "Pandoc 标题块(请改写为 --- 行之间的 YAML)"
            )),
            paragraph_end(document),
        )),
        _ if at_start => unopened(document).or_else(|| multimarkdown(document)),
        _ => None,
    };
    form.map(found)
}

/// Front matter that nothing closes, as a file that was cut off has it: its form and its first line. Site generators take
/// it for text.
pub fn unclosed(document: &Document) -> Option<(Form, usize)> {
    let open = document.first_filled().filter(|_| front(document).is_none())?;
    let form = match document.text(document.lines.get(open)?).trim_end() {
        "---" => Form::Yaml,
        "+++" => Form::Toml,
        brace if brace.starts_with('{') && json_close(document, open).is_none() => Form::Json,
        _ => return None,
    };
    Some((form, open))
}

/// Whether a line can be one of a mapping whose keys stand at column 0.
pub fn is_yaml(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with([' ', '\t', '#', '-']) || yaml_key(line).is_some()
}

/// How the mapping between the fences is written.
fn yaml_form(document: &Document, inside: std::ops::Range<usize>) -> Form {
    match first_entry(document, inside).as_deref() {
        None => Form::Yaml,
        Some(entry) if entry.starts_with([' ', '\t']) => Form::Other(phrase!(
            "front matter that is indented (move its keys to the start of the line)",
            "缩进的 front matter(请将键移到行首)"
        )),
        Some(entry) if entry.starts_with('{') => Form::Other(phrase!(
            "front matter in flow style ({…}; write a line for each key)",
            "流式写法的 front matter({…};请每键一行)"
        )),
        Some(entry) if yaml_key(entry).is_some() => Form::Yaml,
        Some(_) => Form::Other(phrase!(
            "front matter that begins with a tag, an anchor or a complex key",
            "以标签、锚点或复杂键开头的 front matter"
        )),
    }
}

/// The line `fence` behind line `open`.
fn closed(document: &Document, open: usize, fence: &str) -> Option<usize> {
    let is_fence = |n: &usize| document.lines.get(*n).is_some_and(|l| document.text(l).trim_end() == fence);
    (open + 1..document.lines.len()).find(is_fence)
}

/// Between `----` or `;;;`, as Hexo reads it: YAML, or the members of a JSON object.
fn other_fences(document: &Document, open: usize, fence: &str) -> Option<(Form, usize)> {
    let mark = fence.chars().next()?;
    let close = closed(document, open, fence).filter(|_| fence.chars().all(|c| c == mark))?;
    let entry = first_entry(document, open + 1..close)?;
    let form = match mark {
        ';' => entry.trim_start().starts_with('"').then_some(JSON_MEMBERS),
        _ => yaml_key(entry.trim_start()).map(|_| {
            phrase!(
                "front matter between more than three hyphens (write ---)",
                "位于三个以上连字符之间的 front matter(请写 ---)"
            )
        }),
    };
    Some((Form::Other(form?), close))
}

const JSON_MEMBERS: &Said = phrase!(
    "front matter as JSON between ;;; (write it as YAML between lines ---)",
    "位于 ;;; 之间的 JSON front matter(请改写为 --- 行之间的 YAML)"
);

/// `---toml` or `---json`, as gray-matter reads it (Astro, Eleventy, VuePress).
fn named_language(document: &Document, open: usize, fence: &str) -> Option<(Form, usize)> {
    let name = fence.strip_prefix("---")?.trim();
    let is_name = (1..=10).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric());
    let close = closed(document, open, "---").filter(|_| is_name)?;
    Some((
        Form::Other(phrase!(
            "front matter that names its language behind --- (write it as YAML between lines ---)",
            "在 --- 后注明语言的 front matter(请改写为 --- 行之间的 YAML)"
        )),
        close,
    ))
}

/// The line on which an object ends that begins on line `open`.
fn json_end(document: &Document, open: usize) -> Option<usize> {
    let rest = document.slice(document.lines.get(open)?.content.start..document.len());
    if !rest.trim_start().strip_prefix('{')?.trim_start().starts_with(['"', '}']) {
        return None;
    }
    json_close(document, open).and_then(|(line, is_last)| is_last.then_some(line))
}

/// The line on which the braces that open on a line are closed, and whether nothing follows there: those outside of strings
/// are counted, as Hugo does.
fn json_close(document: &Document, open: usize) -> Option<(usize, bool)> {
    let rest = document.slice(document.lines.get(open)?.content.start..document.len());
    let (mut depth, mut line, mut in_string, mut escaped) = (0_usize, open, false, false);
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '\n' => line += 1,
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '{' if !in_string => depth += 1,
            '}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c == '}' && depth == 0 && !in_string {
            return Some((line, chars.take_while(|c| *c != '\n').all(char::is_whitespace)));
        }
    }
    None
}

/// Keys that tell metadata without an opening line from prose with colons.
const KEYS: &[&str] = &[
    "title",
    "date",
    "author",
    "authors",
    "layout",
    "tags",
    "categories",
    "category",
    "slug",
    "template",
    "permalink",
    "updated",
    "modified",
    "draft",
    "keywords",
    "summary",
    "description",
    "lang",
    "status",
];

fn is_known(key: &str) -> bool {
    KEYS.iter().any(|k| k.eq_ignore_ascii_case(key))
}

/// YAML, or members of a JSON object, that only a line behind them tells from text (Hexo).
fn unopened(document: &Document) -> Option<(Form, usize)> {
    let mut known = false;
    for (n, line) in document.lines.iter().enumerate() {
        let text = document.text(line);
        let entry = text.trim_end();
        let fence = |mark: char| entry.len() >= 3 && entry.chars().all(|c| c == mark);
        if fence('-') || fence(';') {
            let form = match entry {
                "---" => match yaml_form(document, 0..n) {
                    Form::Yaml => Form::Unopened,
                    // A first entry that is indented would become one of the block in front of it.
                    other => other,
                },
                _ if fence(';') => Form::Other(JSON_MEMBERS),
                _ => Form::Other(phrase!(
                    "front matter that ends with more than three hyphens (write ---)",
                    "以三个以上连字符结尾的 front matter(请写 ---)"
                )),
            };
            return known.then_some((form, n));
        }
        let key =
            yaml_key(entry).or_else(|| entry.trim_start().strip_prefix('"')?.split_once("\":").map(|(key, _)| key));
        // Keys of Hexo are in small letters; a heading above `---` is not.
        known |= key.is_some_and(|k| KEYS.contains(&k));
        if key.is_none() && !is_yaml(entry) {
            return None;
        }
    }
    None
}

/// Lines `Key: value` up to a blank one, as MultiMarkdown has them (MkDocs, Pelican): they begin with a title, or hold
/// two keys that metadata has.
fn multimarkdown(document: &Document) -> Option<(Form, usize)> {
    let end = paragraph_end(document);
    let (mut known, mut titled) = (0_usize, false);
    for (n, line) in document.lines.iter().take(end + 1).enumerate() {
        let text = document.text(line);
        match yaml_key(text.trim_end()) {
            Some(key) if key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) => {
                known += usize::from(is_known(key));
                titled |= n == 0 && key.eq_ignore_ascii_case("title");
            }
            None if n > 0 && text.starts_with(['\t', ' ']) => {}
            _ => return None,
        }
    }
    let what = phrase!(
        "front matter without lines --- around it (MultiMarkdown; put them there)",
        "没有 --- 行包围的 front matter(MultiMarkdown;请加上这两行)"
    );
    (titled || known >= 2).then_some((Form::Other(what), end))
}

/// The last line of the first paragraph.
fn paragraph_end(document: &Document) -> usize {
    let ends = |text: &str| text.is_empty() || matches!(text, "---" | "...");
    let mut lines = document.lines.iter().enumerate();
    let end = lines.find(|(_, l)| ends(document.text(l).trim()));
    end.map_or(document.lines.len(), |(n, _)| n).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<(Form, usize, usize)> {
        [text.to_owned(), format!("\u{feff}{text}"), text.replace('\n', "\r\n")]
            .map(|text| front(&Document::parse(text.into_bytes()).unwrap()).map(|f| (f.form, f.open, f.close)))
            .into_iter()
            .reduce(|a, b| if a == b { a } else { panic!("{text}: {a:?}, {b:?}") })
            .flatten()
    }

    #[test]
    fn every_form_is_seen_with_its_end() {
        for (text, form, open, close) in [
            ("---\ntitle: x\n---\ntext\n", Form::Yaml, 0, 2),
            ("---  \n# comment\n\n\"title\": x\n...\t\ntext\n", Form::Yaml, 0, 4),
            ("---\n---\ntext\n", Form::Yaml, 0, 1),
            ("\n \n---\ntitle: x\n---", Form::Yaml, 2, 4),
            ("+++\ntitle = \"x\"\n+++ \ntext\n", Form::Toml, 0, 2),
            ("\n{\n  \"title\": \"a } \\\" b\",\n  \"p\": {\"q\": 1}\n}\ntext\n", Form::Json, 1, 4),
            ("{\"title\": \"x\"}\ntext\n", Form::Json, 0, 0),
            ("title: x\n---\ntext\n", Form::Unopened, 0, 1),
            ("layout: post\ntags:\n  - a\n- b\n# c\n\nx-y: 1\n---\ntext\n", Form::Unopened, 0, 7),
        ] {
            assert_eq!(of(text), Some((form, open, close)), "{text}");
        }
        for (text, open, close) in [
            ("---\n  title: x\n  date: y\n---\ntext\n", 0, 3),
            ("---\n{title: x}\n---\ntext\n", 0, 2),
            ("---\n? title\n: x\n---\ntext\n", 0, 3),
            ("---\n!!map\ntitle: x\n---\ntext\n", 0, 3),
            ("-----\ntitle: x\n-----\ntext\n", 0, 2),
            ("---json\n{\"title\": 1}\n---\ntext\n", 0, 2),
            (";;;\n\"title\": \"x\"\n;;;\ntext\n", 0, 2),
            ("\"title\": \"x\",\n\"date\": \"y\"\n;;;\ntext\n", 0, 2),
            ("title: x\n-----\ntext\n", 0, 1),
            ("  title: x\ntitle: x\n---\ntext\n", 0, 2),
            ("Title: x\nSummary: of\n    two lines\nMy-Key: 1\n\ntext\n", 0, 3),
            ("Title: x\n\ntext\n", 0, 0),
            ("% x\n% me\n\ntext\n", 0, 1),
        ] {
            let found = of(text);
            assert!(matches!(&found, Some((Form::Other(_), o, c)) if (*o, *c) == (open, close)), "{text}: {found:?}");
        }
    }

    #[test]
    fn line_ends_of_old_are_seen() {
        let found = front(&Document::parse(b"---\rtitle: x\r---\rtext\r".to_vec()).unwrap()).unwrap();
        assert!(matches!(found.form, Form::Other(_)) && found.close == 0);
    }

    #[test]
    fn prose_is_no_front_matter() {
        for text in [
            "# Title\n\ntext\n",
            "---\n\nSome prose.\n\n---\n",
            "---\ntitle: never closed\n",
            "+++\ntitle = 1\n",
            "{{< figure src=\"x\" >}}\ntext\n",
            "{\"title\": \"x\"} and more\n",
            "{\"title\": \"never closed\n",
            "AI: The Future\n---\ntext\n",
            "Note: this is a note.\n\ntext\n",
            "User: hello\nAssistant: hello\n\ntext\n",
            "title: x\nis a line of prose\n---\n",
            "100% of it\n",
            "----\n\ntext\n\n----\n",
            "--- a line\ntext\n---\n",
            "\n\nTitle: x\n\ntext\n",
            "",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
