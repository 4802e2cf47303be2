//! Whether bytes are an HTML document.

use crate::format::{Confidence, Head};

pub(super) const EXTENSIONS: &[&str] = &["html", "htm", "xhtml", "xht", "shtml"];

/// Elements that begin a whole document.
const WHOLE: [&str; 6] = ["html", "head", "title", "meta", "body", "frameset"];

/// A document begins with its type or its root. Other texts may quote one: then only the name or the end makes it one.
pub(super) fn sniff(head: &Head<'_>) -> Confidence {
    let named = EXTENSIONS.contains(&head.extension);
    let text = decode(&head.bytes);
    match begins(&text) {
        Some(true) if named || ends(head) => Confidence::Likely,
        // Markdown, plain text and the like keep what they are called.
        Some(true) => Confidence::Fallback,
        Some(false) if named && head.is_text() => Confidence::Extension,
        _ => Confidence::No,
    }
}

/// Whether the first tag is that of a whole document; `None` for text of another kind.
fn begins(text: &str) -> Option<bool> {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let end = match rest {
            r if r.starts_with("<!--") => "-->",
            // A program that writes pages is none.
            r if r.starts_with("<?xml") => "?>",
            r if r.starts_with("<?") || r.starts_with("<%") => return None,
            r if starts(r, "<!doctype") => {
                let name = r.get(9..).unwrap_or_default().trim_start();
                return starts(name, "html").then_some(true);
            }
            _ => break,
        };
        let Some(at) = rest.find(end) else { return Some(false) };
        rest = rest.get(at + end.len()..).unwrap_or_default().trim_start();
    }
    let name = rest.strip_prefix('<').and_then(|r| r.split(|c: char| !c.is_ascii_alphanumeric() && c != ':').next());
    let name = name.map(|n| n.rsplit(':').next().unwrap_or(n));
    match name {
        Some(name) if WHOLE.iter().any(|w| name.eq_ignore_ascii_case(w)) => Some(true),
        Some(name) if ["svg", "rss", "feed"].contains(&name) => None,
        _ => Some(false),
    }
}

fn starts(text: &str, with: &str) -> bool {
    text.get(..with.len()).is_some_and(|t| t.eq_ignore_ascii_case(with))
}

/// Whether the document ends as one.
fn ends(head: &Head<'_>) -> bool {
    let mut tail = [0; 256];
    let got = head.source.read_at(head.source.len().saturating_sub(256), &mut tail).unwrap_or(0);
    let tail = tail.get(..got).unwrap_or_default().to_ascii_lowercase();
    let tail = String::from_utf8_lossy(&tail).replace(['\0', ' ', '\t', '\r', '\n'], "");
    ["</html>", "</body>", "</frameset>"].iter().any(|end| tail.contains(end))
}

/// The head as text; UTF-16 with its zeros left out.
fn decode(bytes: &[u8]) -> String {
    let wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let bytes = if wide { bytes.get(2..).unwrap_or_default() } else { bytes };
    let kept: Vec<u8> = bytes.iter().copied().filter(|b| !wide || *b != 0).collect();
    String::from_utf8_lossy(&kept).into_owned()
}
