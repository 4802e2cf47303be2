//! Which elements decide where head and body begin, and how text in them is read (HTML standard 13.2).

use html5gum::State;

/// Elements that do not end the head.
pub(super) fn of_head(name: &str) -> bool {
    matches!(
        name,
        "base"
            | "basefont"
            | "bgsound"
            | "link"
            | "meta"
            | "noframes"
            | "noscript"
            | "script"
            | "style"
            | "template"
            | "title"
    )
}

/// How the inside of an element is read, where it is not markup. Scripting is on, as it is for people.
pub(super) fn raw(name: &str) -> Option<State> {
    match name {
        "textarea" | "title" => Some(State::RcData),
        "plaintext" => Some(State::PlainText),
        "script" => Some(State::ScriptData),
        "iframe" | "noembed" | "noframes" | "noscript" | "style" | "xmp" => Some(State::RawText),
        _ => None,
    }
}

/// Elements inside a line of text.
pub(super) fn is_inline(name: &str) -> bool {
    const INLINE: [&str; 32] = [
        "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "em", "font", "i", "img", "ins", "kbd",
        "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u",
        "wbr",
    ];
    INLINE.contains(&name)
}

/// Elements whose words are those of others, shown as they are, or somewhere to go.
pub(super) fn is_quote(name: &str) -> bool {
    matches!(name, "a" | "blockquote" | "button" | "cite" | "code" | "kbd" | "pre" | "q" | "samp" | "select")
}

/// HTML elements that end a drawing or formula they stand in.
pub(super) fn breaks_out(name: &str) -> bool {
    const OUT: [&str; 24] = [
        "b",
        "big",
        "blockquote",
        "body",
        "br",
        "center",
        "code",
        "dd",
        "div",
        "dl",
        "em",
        "h1",
        "h2",
        "h3",
        "head",
        "hr",
        "i",
        "img",
        "li",
        "meta",
        "p",
        "pre",
        "span",
        "table",
    ];
    OUT.contains(&name)
}

/// Types of scripts that are programs, or rules for the browser.
pub(super) fn is_program(kind: &str) -> bool {
    kind.is_empty()
        || kind.contains("javascript")
        || kind.contains("ecmascript")
        || matches!(kind, "module" | "importmap" | "speculationrules" | "text/babel" | "text/template")
}
