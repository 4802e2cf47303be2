//! Which elements decide where head and body begin, and how text in them is read (HTML standard 13.2).

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

/// Elements whose inside is no markup. Scripting is on, as it is for people.
pub(super) fn is_raw(name: &str) -> bool {
    matches!(
        name,
        "iframe"
            | "noembed"
            | "noframes"
            | "noscript"
            | "plaintext"
            | "script"
            | "style"
            | "textarea"
            | "title"
            | "xmp"
    )
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

/// HTML elements that end a drawing or formula they stand in (13.2.6.5).
pub(super) fn breaks_out(name: &str) -> bool {
    const OUT: [&str; 44] = [
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
        "dt",
        "em",
        "embed",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "hr",
        "i",
        "img",
        "li",
        "listing",
        "menu",
        "meta",
        "nobr",
        "ol",
        "p",
        "pre",
        "ruby",
        "s",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
        "tt",
        "u",
        "ul",
        "var",
    ];
    OUT.contains(&name)
}

/// Elements of a drawing or formula that hold HTML again.
pub(super) fn is_island(name: &str) -> bool {
    matches!(name, "foreignobject" | "foreignObject" | "desc" | "title" | "mi" | "mo" | "mn" | "ms" | "mtext")
}

/// Types of scripts that are programs, or rules for the browser.
pub(super) fn is_program(kind: &str) -> bool {
    kind.is_empty()
        || kind.contains("javascript")
        || kind.contains("ecmascript")
        || matches!(kind, "module" | "importmap" | "speculationrules" | "text/babel" | "text/template")
}
