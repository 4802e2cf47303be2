use std::borrow::Cow;

use crate::{Dialect, Severity};

macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident $clause:literal $en:literal $zh:literal;)*) => {
        /// What a finding says. In the messages `{}` stands for the detail.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $en] $variant,)*
            /// A form that is not the prescribed one.
            Dialect(Dialect),
        }

        /// Every code that is not a dialect.
        pub const CODES: &[Code] = &[$(Code::$variant,)*];

        impl Code {
            /// The code of a name in reports.
            pub fn parse(name: &str) -> Option<Self> {
                let dialects = crate::DIALECTS.iter().map(|dialect| Self::Dialect(*dialect));
                CODES.iter().copied().chain(dialects).find(|code| code.name() == name)
            }
            /// The name in reports.
            pub fn name(self) -> &'static str { match self { $(Self::$variant => $name,)* Self::Dialect(d) => d.code() } }
            /// How much it matters, where no policy says otherwise.
            pub fn severity(self) -> Severity { match self { $(Self::$variant => Severity::$severity,)* Self::Dialect(d) => d.severity() } }
            /// The clause that it is about, empty where there is none.
            pub fn clause(self) -> &'static str { match self { $(Self::$variant => $clause,)* Self::Dialect(_) => "" } }
            fn english(self) -> &'static str { match self { $(Self::$variant => $en,)* Self::Dialect(d) => d.english() } }
            fn chinese(self) -> &'static str { match self { $(Self::$variant => $zh,)* Self::Dialect(d) => d.chinese() } }
        }
    };
}

codes! {
    Unreadable "label.unreadable" Error "GB 45438-2025 Annex E" "the label is cut off or no readable JSON" "标识被截断或不是可读的 JSON";
    LabelValue "label.value" Error "GB 45438-2025 Annex E b)" "Label is {}, not \"1\", \"2\" or \"3\"" "Label 的值是 {},应为 \"1\"、\"2\" 或 \"3\"";
    Required "label.required" Error "GB 45438-2025 Annex E" "{} is missing or empty" "{} 缺失或为空";
    MissingField "label.missing-field" Warning "GB 45438-2025 Annex E" "{} is missing" "缺少 {}";
    Conflict "label.conflict" Error "GB 45438-2025 6.1 c)" "the labels in this file contradict each other: {}" "文件中的标识相互矛盾:{}";
    Duplicate "label.duplicate" Warning "GB 45438-2025 6.1 c)" "the same label stands in {} places" "同一标识出现在 {} 处";
    Characters "label.characters" Warning "GB 45438-2025 Annex E j)" "{}" "{}(附录 E 不允许该字符)";
    TooLong "label.too-long" Error "GB 45438-2025 Annex E" "the label text is over the limit of {} bytes" "标识文本超过上限 {} 字节";
    TooMany "label.too-many" Error "GB 45438-2025 6.1 c)" "too many labels: {}; those beyond --limit-records were counted, not read" "标识过多:{};超出 --limit-records 的只计数、未读取";
    Empty "label.empty" Info "GB 45438-2025 6.1" "a place for a label is there, and empty" "标识字段存在,但为空";
    Other "label.other" Info "GB 45438-2025 6.1" "a place for a label holds something else" "标识字段中是其他内容";
    Level "label.level" Warning "Measures Art. 6" "the label states less than the verdict: {}" "标识的属性弱于结论:{}";
    Placeholder "label.placeholder" Warning "GB 45438-2025 Annex E" "{} is a placeholder, not the number of a content" "{} 是占位内容,不是内容编号";
    SameId "label.same-id" Info "GB 45438-2025 Annex E" "other content of this run has the same ProduceID: {}" "本次运行中另有不同内容使用同一 ProduceID:{}";
    NoLabel "label.not-found" Error "GB 45438-2025 6.1" "no label was found in the metadata, and the policy requires one" "元数据中未发现标识,而策略要求有";
    ExpectedProducer "label.expected-producer" Warning "" "the label has another ContentProducer than the policy expects: {}" "标识的 ContentProducer 与策略不符:{}";
    ExpectedId "label.expected-id" Warning "" "the label has another ProduceID than the manifest has for this file: {}" "标识的 ProduceID 与清单不符:{}";
    ProviderName "code.name" Info "Measures Art. 5" "{} is a name, not a provider code" "{} 是名称,不是服务提供者编码";
    ProviderCode "code.invalid" Warning "TC260-PG-20252A" "{}" "编码有误:{}";
    ServiceType "code.service" Warning "TC260-PG-20252A" "{}" "服务类型不符:{}";
    Unsigned "security.unverified" Info "TC260-PG-202511A" "{} holds security data that was not verified" "{} 含安全数据,未经验证";
    Extension "file.extension" Warning "" "{}" "扩展名与内容不符:{}";
    Checksum "file.checksum" Warning "" "the checksum of {} is wrong" "{} 的校验和错误";
    Part "file.part" Warning "" "{} could not be read and was passed over" "已跳过无法读取的部分:{}";
    Damaged "file.damaged" Error "" "the file is damaged where a label may stand: {}" "文件损坏,损坏处可能有标识:{}";
    Signed "file.signed" Info "" "the file carries {}, which was not validated and which a change can break" "文件带有 {},未经验证;修改可能使其失效";
    Sources "file.sources" Warning "" "the file contradicts itself on how its content was made: {}" "文件对内容来源的说法自相矛盾:{}";
    SidecarHash "sidecar.hash" Error "" "the sidecar belongs to other bytes: {}" "边车文件对应的不是这些字节:{}";
    NoExplicit "explicit.not-found" Warning "Measures Art. 4" "no explicit label was found; looked for: {}" "未检出显式标识;查找范围:{}";
    ExplicitTooSmall "explicit.too-small" Warning "GB 45438-2025 5.2" "the explicit label is smaller than 5 % of the shortest side: {}" "显式标识的文字高度小于画面最短边的 5%:{}";
    ExplicitNotAtEdge "explicit.not-at-edge" Warning "GB 45438-2025 5.2" "the explicit label is not on an edge or corner: {}" "显式标识不在画面的边或角:{}";
    ExplicitUnchecked "explicit.unchecked" Info "" "explicit labels were not looked for: {}" "未检查显式标识:{}";
    NoWatermark "watermark.not-found" Error "GB 45438-2025 6.2" "no watermark was found, and the policy requires one" "未检出数字水印,而策略要求有";
    WatermarkDiffers "watermark.differs" Warning "" "the watermark {} is not that of the label: another provider or another content (our convention)" "水印 {} 与标识不符:服务提供者或内容编号不同(本工具约定)";
    WatermarkCopied "watermark.content" Info "" "the picture is not the one that was marked with {} (our convention)" "图片不是当初写入水印 {} 的那一幅(本工具约定)";
    WatermarkProvider "watermark.provider" Info "" "several providers of the registry share the tag {}" "登记表中有多个服务提供者共用标签 {}";
    WatermarkUnread "watermark.unread" Info "" "watermarks were not looked for: {}" "未查找水印:{}";
    More "report.more" Info "" "left out of this report: {}" "本报告未列出:{}";
    SidecarBroken "sidecar.broken" Error "" "the sidecar is no readable JSON: {}" "边车文件不是可读的 JSON:{}";
}

/// One thing to say about one file. Findings are not errors: the file was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it says.
    pub code: Code,
    /// Where: a carrier path such as `png/iTXt/XMP`, or empty for the whole file.
    pub placement: Cow<'static, str>,
    /// What stands for `{}` in the message.
    pub detail: Detail,
    severity: Severity,
}

/// What stands for `{}` in the message of a finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detail {
    en: Cow<'static, str>,
    /// In Chinese, where that differs.
    zh: Option<Cow<'static, str>>,
}

impl Detail {
    /// A key, a value, a number, a name: the same in both languages.
    pub fn term(term: impl Into<Cow<'static, str>>) -> Self {
        Self { en: term.into(), zh: None }
    }

    /// In English and in Chinese.
    pub fn pair(en: impl Into<Cow<'static, str>>, zh: impl Into<Cow<'static, str>>) -> Self {
        let (en, zh) = (en.into(), zh.into());
        let zh = (zh != en).then_some(zh);
        Self { en, zh }
    }

    /// In English.
    pub fn english(&self) -> &str {
        &self.en
    }

    /// In Chinese.
    pub fn chinese(&self) -> &str {
        self.zh.as_deref().unwrap_or(&self.en)
    }
}

impl Finding {
    /// A finding with its detail.
    pub fn new(code: Code, placement: impl Into<Cow<'static, str>>, detail: Detail) -> Self {
        Self { code, placement: placement.into(), detail, severity: code.severity() }
    }

    /// The same with the severity that a policy gives it.
    #[must_use]
    pub fn with_severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The message in English.
    pub fn english(&self) -> String {
        self.fill(self.code.english(), self.detail.english())
    }

    /// The message in Chinese.
    pub fn chinese(&self) -> String {
        self.fill(self.code.chinese(), self.detail.chinese())
    }

    fn fill(&self, template: &str, detail: &str) -> String {
        match self.code {
            Code::Dialect(_) => template.to_owned(),
            _ => template.replacen("{}", detail, 1),
        }
    }
}
