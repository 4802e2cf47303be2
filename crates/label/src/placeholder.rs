//! Ids that number no content: what templates and examples hold in the place of one. A label with such an id was not written
//! for the file that carries it (forged, or made by an unfinished program).
//!
//! Conservative: a value counts only where all of it is filler. Real ids that merely hold a word such as `test` do not.

/// Values that stand in documents, and ends of counting.
const KNOWN: &[&str] = &[
    "...",
    "id",
    "uuid",
    "produceid",
    "propagateid",
    "contentid",
    "null",
    "none",
    "nil",
    "undefined",
    "unknown",
    "nan",
    "n/a",
    "string",
    "12345678",
    "123456789",
    "1234567890",
    "0123456789",
    "abcdefgh",
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789abcdef",
    "0123456789abcdef0123456789abcdef",
    // The UUIDs of RFC 9562 and of the documents of many libraries.
    "123e4567-e89b-12d3-a456-426614174000",
    "550e8400-e29b-41d4-a716-446655440000",
    "01234567-89ab-cdef-0123-456789abcdef",
    "12345678-1234-1234-1234-123456789012",
    "12345678-1234-5678-1234-567812345678",
];

/// Words that say that something is filler.
const WORDS: &[&str] = &[
    "test",
    "testing",
    "example",
    "sample",
    "dummy",
    "fake",
    "placeholder",
    "template",
    "todo",
    "tbd",
    "fixme",
    "changeme",
    "foo",
    "bar",
    "baz",
    "your",
    "测试",
    "示例",
    "样例",
    "占位",
    "占位符",
    "模板",
];

/// Words that may stand beside them.
const BESIDE: &[&str] = &[
    "id",
    "uuid",
    "produce",
    "produceid",
    "producer",
    "propagate",
    "propagateid",
    "content",
    "contentid",
    "image",
    "picture",
    "video",
    "audio",
    "text",
    "file",
    "aigc",
    "ai",
    "label",
    "my",
    "the",
    "here",
    "value",
    "number",
    "编号",
];

/// Whether a value is what stands in a template in the place of an id.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_lowercase();
    KNOWN.contains(&lower.as_str()) || is_one_character(&lower) || is_hole(&lower) || is_filler(&lower)
}

/// All zeros, and any other character so often that no number of a content looks so. Hyphens do not count: the nil UUID.
fn is_one_character(value: &str) -> bool {
    let mut rest = value.chars().filter(|c| *c != '-');
    let Some(first) = rest.next() else { return value.len() > 3 };
    let same = rest.try_fold(1usize, |n, c| (c == first).then_some(n + 1));
    same.is_some_and(|n| n >= if first == '0' { 2 } else { 6 } || (n >= 3 && first == 'x'))
}

/// A hole that nobody filled: `{id}`, `${uuid}`, `{{id}}`, `<produce-id>`, `%s`.
fn is_hole(value: &str) -> bool {
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphabetic() || matches!(c, '_' | '-' | '.' | ' '));
    let between = |open, close| {
        let inner = value.split_once(open).and_then(|(_, rest)| rest.split_once(close));
        inner.is_some_and(|(name, _)| is_name(name.trim_matches('{')))
    };
    matches!(value, "%s" | "%d") || between('{', '}') || between('<', '>')
}

/// Words that are all filler, with or without numbers.
fn is_filler(value: &str) -> bool {
    let words =
        value.split(|c: char| !c.is_alphanumeric()).map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let is_filler = |word: &str| WORDS.contains(&word) || (word.len() >= 3 && word.bytes().all(|b| b == b'x'));
    words.iter().any(|word| is_filler(word)) && words.iter().all(|word| is_filler(word) || BESIDE.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_no_ids() {
        for value in [
            "00000000000000000000000000000000",
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "00",
            "111111",
            "xxx",
            "XXXXXXXX-XXXX-XXXX",
            "...",
            "……………………",
            "{uuid}",
            "img-{{id}}",
            "${produce_id}",
            "<your id>",
            "%s",
            "test",
            "TEST-001",
            "sample-produce-id-001",
            "your_content_id_here",
            "example.id",
            "测试1",
            "示例-编号",
            "123456789",
            "550e8400-e29b-41d4-a716-446655440000",
            "null",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
    }

    /// Shapes of ids that real services write, and close neighbours of the ones above.
    #[test]
    fn numbers_of_contents_are_ids() {
        for value in [
            "a08ff78713d1424ebd5ec97a2d447df3",
            "063e9f28697e56ff21a1f7037b57ff4b",
            "bae9a99b0ae86fb04cc652930406c01a_caZa+",
            "tos-cn-i-tb4s082cfz/1eb6c0a1ac95479ca927b7683050a277",
            "u:1767447363840063257/task:ea1d39adcdb145259fb46b5ea2877e2b/sid:5d83479780af425dac773741122543cd",
            "codebuddy-p-img-54ffc76999da11f1b0a02a004978a320-1786929864-0",
            "20260624003846c59c31284d474d09",
            "7625823129042141450-data_volume/files/所有对话/主对话/AICraft_UI_Beautify.md",
            "837183881094343#1782207199593",
            "iflow",
            "142569260085903360",
            "0",
            "1",
            "42",
            "100000",
            "0001",
            "x",
            "xx",
            "image-001",
            "content-7",
            "latest",
            "contest-3",
            "test-bench-of-a-car-2291",
            "sample-8f3a91cc",
            "png-annexb",
            "{\"a\":1}",
            "abc",
            "2222",
        ] {
            assert!(!is_placeholder(value), "{value}");
        }
    }
}
