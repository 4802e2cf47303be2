//! Text on a page.

use biaoshi::report::{Lang, clean};

/// Severities, the worst first: as they are called in JSON, in English and in Chinese.
const SEVERITIES: [(&str, &str, &str); 3] =
    [("error", "error", "错误"), ("warning", "warning", "警告"), ("info", "info", "提示")];

/// Text from files as text: no markup, in no attribute either, and nothing that cannot be seen.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A number with its thousands apart.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The place of a severity among all, the worst first.
pub(super) fn severity_order(name: &str) -> u8 {
    let at = SEVERITIES.iter().position(|(severity, ..)| *severity == name);
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
}

/// The name and the word of a severity by its place; empty where it has none.
pub(super) fn severity_word(order: u8, lang: Lang) -> (&'static str, &'static str) {
    let row = SEVERITIES.get(usize::from(order)).copied().unwrap_or_default();
    (row.0, if lang == Lang::Zh { row.2 } else { row.1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup() {
        assert_eq!(
            escaped("<b a='x' c=\"y\">&\n\u{202e}"),
            "&lt;b a=&#39;x&#39; c=&quot;y&quot;&gt;&amp;\\u{a}\\u{202e}"
        );
    }

    #[test]
    fn numbers_are_legible() {
        let all = [0, 7, 999, 1000, 1_234_567].map(number);
        assert_eq!(all, ["0", "7", "999", "1,000", "1,234,567"]);
    }
}
