//! What is said of a text that is no TOML. What the library says is English; its words are few, and stand here in both languages.

use biaoshi_container::{Message, said};

/// The causes that a reader of TOML gives, and the same in Chinese.
const CAUSES: [(&str, &str); 34] = [
    ("duplicate key", "名称重复"),
    ("key with no value", "名称之后没有“= 值”"),
    ("missing value for key", "名称之后没有值"),
    ("missing value", "缺少值"),
    ("string values must be quoted", "文本须加引号"),
    ("missing opening quote", "缺少起始引号"),
    ("invalid basic string", "文本没有结束引号,或含有不允许的字符"),
    ("invalid literal string", "文本没有结束引号,或含有不允许的字符"),
    ("invalid multi-line basic string", "多行文本没有结束引号"),
    ("invalid multi-line literal string", "多行文本没有结束引号"),
    ("missing escaped value", "反斜杠之后缺少字符"),
    ("too few unicode value digits", "转义字符的位数不足"),
    ("invalid value", "值无效"),
    ("invalid unquoted key", "未加引号的名称含有不允许的字符"),
    ("unquoted keys cannot be empty", "缺少名称"),
    ("keys cannot be multi-line basic strings", "名称不能是多行文本"),
    ("keys cannot be multi-line literal strings", "名称不能是多行文本"),
    ("invalid key-value pair", "应写作“名称 = 值”"),
    ("missing assignment between key-value pairs", "名称与值之间缺少“=”"),
    ("extra assignment between key-value pairs", "多余的“=”"),
    ("extra `=`", "多余的“=”"),
    ("unexpected `=` in array", "列表中多余的“=”"),
    ("missing comma between array elements", "列表各项之间缺少逗号"),
    ("missing comma between key-value pairs", "各项之间缺少逗号"),
    ("extra comma in array", "列表中多余的逗号"),
    ("extra comma in inline table", "表中多余的逗号"),
    ("unclosed array", "列表缺少“]”"),
    ("unclosed table", "表头缺少“]”"),
    ("unclosed array table", "表头缺少“]]”"),
    ("unclosed inline table", "表缺少“}”"),
    ("unexpected key or value", "一行只能有一项"),
    ("unexpected content", "一行只能有一项"),
    ("unexpected leading zero", "数字不能以 0 开头"),
    ("recursion limit", "嵌套过深"),
];

/// What is wrong, and how TOML is written. `cause`: what the reader says, of which the first line counts.
pub fn message(cause: &str) -> Message {
    let cause = cause.lines().next().unwrap_or_default();
    // Behind it stands what would have been right, as the grammar has it.
    let known = cause.split(", expected").next().unwrap_or_default();
    let zh =
        CAUSES.iter().find(|(en, _)| *en == known).map_or_else(|| format!("原文:{cause}"), |(_, zh)| (*zh).to_owned());
    said!(
        "no TOML: {}; write NAME = VALUE, a text in quotes",
        "不是 TOML:{};应写作“名称 = 值”,每个名称只写一次,文本加引号",
        Message::pair(cause, zh)
    )
}

#[cfg(test)]
mod tests {
    use biaoshi_container::Lang;
    use toml::de::DeTable;

    use super::*;

    #[test]
    fn causes_are_told_in_chinese() {
        for (text, zh) in [
            ("a = 1\na = 2", "名称重复"),
            ("a", "名称之后没有“= 值”"),
            ("a =", "文本须加引号"),
            ("a = error", "文本须加引号"),
            ("a = [1 2]", "文本须加引号"),
            ("a = [\"b\" \"c\"]", "列表各项之间缺少逗号"),
            ("a = [1", "列表缺少“]”"),
            ("[a", "表头缺少“]”"),
            ("a = \"b", "文本没有结束引号"),
            ("a = 1 b = 2", "一行只能有一项"),
        ] {
            let said = message(DeTable::parse(text).unwrap_err().message()).tell(Lang::Zh);
            assert!(said.contains(zh), "{text}: {said}: {}", DeTable::parse(text).unwrap_err().message());
        }
        assert!(message("something new").tell(Lang::Zh).contains("原文:something new"));
    }
}
