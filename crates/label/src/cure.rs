//! How a label of another form is put right: what dialects have in common.

/// What is prescribed, by whom, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Cure {
    /// Who prescribes it.
    pub clause: &'static str,
    /// What to do, in English.
    pub english: &'static str,
    /// What to do, in Chinese.
    pub chinese: &'static str,
}

macro_rules! cures {
    ($($name:ident $clause:literal $en:literal $zh:literal;)*) => {
        $(#[allow(non_upper_case_globals, reason = "named in the table of dialects")]
        pub(crate) static $name: Cure = Cure { clause: $clause, english: $en, chinese: $zh };)*
    };
}

cures! {
    Json "GB 45438-2025 Annex E"
        "write the label as one line of compact JSON and nothing around it; `biaoshi label` does so when it moves a label of your own"
        "将标识写成一行紧凑的 JSON,前后不加任何内容;`biaoshi label` 在移动自己的标识时会这样写";
    Wrapping "TC260-PG-20259A"
        "wrap the object in {\"AIGC\":…} in EXIF UserComment and PNG tEXt (Annex B of the image guide), and nowhere else"
        "仅在 EXIF UserComment 与 PNG tEXt 中(图像指南附录 B)外包一层 {\"AIGC\":…},其他位置写裸对象";
    Keys "GB 45438-2025 Annex E"
        "write the seven keys of Annex E, spelt and ordered as there, each once, and no others"
        "只写附录 E 的七个键,拼写与顺序照附录 E,每个键一次";
    Values "GB 45438-2025 Annex E"
        "write each value as a text in quotes; a field without a value is an empty text"
        "每个值都写成带引号的字符串;没有值的字段写空字符串";
    Name "the practice guide of the format"
        "call the field AIGC, in capital letters, as the practice guide of the format has it; docs/formats.md names the place"
        "字段名按该格式的实践指南写作大写的 AIGC;位置见 docs/formats.md";
    Xmp "TC260-PG-20259A"
        "write it into the file's one XMP packet, as the element TC260:AIGC of the namespace http://www.tc260.org.cn/ns/AIGC/1.0/"
        "写入文件唯一的 XMP 包:命名空间 http://www.tc260.org.cn/ns/AIGC/1.0/ 的元素 TC260:AIGC";
    AnnexB "TC260-PG-20259A"
        "write it into XMP; in the form of Annex B of the image guide, into UserComment of the Exif IFD or a tEXt chunk AIGC"
        "写入 XMP;如用图像指南附录 B 的形式,则写入 Exif IFD 的 UserComment 或 PNG 的 tEXt 块 AIGC";
    Place "the practice guide of the format"
        "put the label into the place that docs/formats.md names for the format, and there only; `biaoshi label` moves a label of your own there"
        "将标识只放在 docs/formats.md 为该格式列出的位置;`biaoshi label` 会把自己的标识移到该处";
    FrontMatter "TC260-PG-20258A"
        "write it into the first front matter of the document, as a block AIGC with seven values in single quotes"
        "写入文档开头的元数据块:AIGC 下列七个值,均用单引号";
    LastLine "our convention"
        "write it as the last line of the text: AIGC: and the JSON"
        "写作文本的最后一行:AIGC: 加 JSON";
}
