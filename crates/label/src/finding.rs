use std::borrow::Cow;

use crate::{Dialect, Severity};

macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident $clause:literal $en:literal $zh:literal $do:literal $zh_do:literal;)*) => {
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
            /// The message in English, with `{}` for the detail.
            pub fn english(self) -> &'static str { match self { $(Self::$variant => $en,)* Self::Dialect(d) => d.english() } }
            /// The message in Chinese, with `{}` for the detail.
            pub fn chinese(self) -> &'static str { match self { $(Self::$variant => $zh,)* Self::Dialect(d) => d.chinese() } }
            /// What to do about it, in English.
            pub fn remedy_english(self) -> &'static str { match self { $(Self::$variant => $do,)* Self::Dialect(d) => d.cure().english } }
            /// What to do about it, in Chinese.
            pub fn remedy_chinese(self) -> &'static str { match self { $(Self::$variant => $zh_do,)* Self::Dialect(d) => d.cure().chinese } }
        }
    };
}

codes! {
    Unreadable "label.unreadable" Error "GB 45438-2025 Annex E" "the label is cut off or no readable JSON" "标识被截断或不是可读的 JSON"
        "repair the file from its source, or write the label anew: `biaoshi label --replace`" "从源文件恢复,或重新写入标识:`biaoshi label --replace`";
    LabelValue "label.value" Error "GB 45438-2025 Annex E b)" "Label is {}, not \"1\", \"2\" or \"3\"" "Label 的值是 {},应为 \"1\"、\"2\" 或 \"3\""
        "the producer writes \"1\" (is), \"2\" (may be) or \"3\" (suspected); others treat the content as labelled" "由生成方改写为 \"1\"(属于)、\"2\"(可能)或 \"3\"(疑似);其他人按已标识处理";
    Required "label.required" Error "GB 45438-2025 Annex E" "{} is missing or empty" "{} 缺失或为空"
        "the producer writes the label anew with Label, ContentProducer and ProduceID filled" "由生成方重新写入标识,Label、ContentProducer、ProduceID 均须有值";
    MissingField "label.missing-field" Warning "GB 45438-2025 Annex E" "{} is missing" "缺少 {}"
        "write all seven fields, those without a value as an empty text; `biaoshi label` completes a label of your own" "七个字段都要写,没有值的写空字符串;`biaoshi label` 会补全自己的标识";
    Repeated "label.repeated" Error "GB 45438-2025 Annex E" "the label states a key more than once, with values that contradict each other: {}" "标识中同一键重复出现且取值相互矛盾:{}"
        "the producer writes the label anew with one value for each key; until then the strongest Label counts, and nothing is written into it" "由生成方重新写入,每个键只有一个值;在此之前以最强的 Label 为准,也不写入任何要素";
    Conflict "label.conflict" Error "GB 45438-2025 6.1 c)" "the labels in this file contradict each other: {}" "文件中的标识相互矛盾:{}"
        "find out which label is that of this content, and keep that one alone; until then the strongest counts" "查明哪一个是本内容的标识,只保留它;在此之前以最强的为准";
    Duplicate "label.duplicate" Warning "GB 45438-2025 6.1 c)" "the same label stands in {} places" "同一标识出现在 {} 处"
        "keep the one in the prescribed place; `biaoshi label` does so with a label of your own" "只保留规定位置的一个;`biaoshi label` 会这样处理自己的标识";
    Characters "label.characters" Warning "GB 45438-2025 Annex E j)" "a character that Annex E does not allow: {}" "附录 E 不允许的字符:{}"
        "use the provider code for a name, and an id of ASCII letters, digits and signs without blanks" "名称改用服务提供者编码,编号只用 ASCII 字母、数字与符号,不含空格";
    TooLong "label.too-long" Error "GB 45438-2025 Annex E" "the label text is over the limit of {} bytes" "标识文本超过上限 {} 字节"
        "shorten the label, mostly its reserved fields, or raise --limit-label" "缩短标识(多为保留字段过长),或调大 --limit-label";
    TooMany "label.too-many" Error "GB 45438-2025 6.1 c)" "too many labels: {}; those beyond --limit-records were counted, not read, so the verdict may be too weak" "标识过多:{};超出 --limit-records 的只计数、未读取,结论可能偏弱"
        "keep one label in the file, or raise --limit-records to read all of them" "文件中只保留一个标识,或调大 --limit-records 以全部读取";
    Empty "label.empty" Info "GB 45438-2025 6.1" "a place for a label is there, and empty" "标识字段存在,但为空"
        "nothing, or write a label there: `biaoshi label`" "无需处理,或在该处写入标识:`biaoshi label`";
    Other "label.other" Info "GB 45438-2025 6.1" "a place for a label holds something else" "标识字段中是其他内容"
        "nothing, or find out which program writes other things into this place" "无需处理,或查明是哪个程序在该处写入了其他内容";
    Level "label.level" Warning "Measures Art. 6" "the label states less than the verdict: {}" "标识的属性弱于结论:{}"
        "show the notice of the verdict; the label stays as it is, and only its propagation fields may be written" "按结论展示提示;标识保持不变,只可写入传播要素";
    Placeholder "label.placeholder" Warning "GB 45438-2025 Annex E" "{} is a placeholder, not the number of a content" "{} 是占位内容,不是内容编号"
        "the producer numbers each content and writes the number; a platform asks where the file came from" "由生成方为每个内容编号并写入;平台应查问文件来源";
    SameId "label.same-id" Info "GB 45438-2025 Annex E" "other content of this run has the same ProduceID: {}" "本次运行中另有不同内容使用同一 ProduceID:{}"
        "look at both files: a rendition or a new version is in order, a copied label is not" "查看两个文件:衍生版本或新版本属正常,照抄的标识不正常";
    NoLabel "label.not-found" Error "GB 45438-2025 6.1" "no label was found in the metadata, and the policy requires one" "元数据中未发现标识,而策略要求有"
        "label the file, or leave metadata out of --require" "为文件添加标识,或从 --require 中去掉 metadata";
    ExpectedProducer "label.expected-producer" Warning "" "the label has another ContentProducer than the policy expects: {}" "标识的 ContentProducer 与策略不符:{}"
        "find out whose content it is; only labels of the named producers are expected here" "查明内容属于谁;此处只应出现所列生成方的标识";
    ExpectedId "label.expected-id" Warning "" "the label has another ProduceID than the manifest has for this file: {}" "标识的 ProduceID 与清单不符:{}"
        "find out which of the two is wrong: the file, or the row of the manifest" "查明哪一个有误:文件,还是清单中的行";
    ProviderName "code.name" Info "Measures Art. 5" "{} is a name, not a provider code" "{} 是名称,不是服务提供者编码"
        "nothing: a name is allowed; a code (`biaoshi code make`) names one provider for certain" "无需处理:可以写名称;编码(`biaoshi code make`)更明确";
    ProviderCode "code.invalid" Warning "TC260-PG-20252A" "the provider code is wrong: {}" "编码有误:{}"
        "check the code: `biaoshi code check`; a wrong digit may also mean that the label is forged" "核对编码:`biaoshi code check`;校验位有误也可能说明标识系伪造";
    ServiceType "code.service" Warning "TC260-PG-20252A" "the service type does not fit: {}" "服务类型不符:{}"
        "the producer uses a code of service type 1, the propagator one of type 2" "生成方使用服务类型 1 的编码,传播方使用类型 2 的编码";
    Extension "file.extension" Warning "" "the extension does not fit the content: {}" "扩展名与内容不符:{}"
        "rename the file; what the bytes are counts" "为文件改名;以内容为准";
    Checksum "file.checksum" Warning "" "the checksum of {} is wrong" "{} 的校验和错误"
        "nothing for the label; the file was changed by a program that does not mend checksums, or damaged" "不影响标识;文件被不更新校验和的程序改过,或已损坏";
    Part "file.part" Warning "" "{} could not be read and was passed over" "已跳过无法读取的部分:{}"
        "nothing for the label; look at the part if it matters to you" "不影响标识;如该部分重要,请另行查看";
    Damaged "file.damaged" Error "" "the file is damaged where a label may stand: {}" "文件损坏,损坏处可能有标识:{}"
        "take an undamaged copy: nobody can say whether a label stood there" "改用未损坏的副本:无法判断损坏处原先是否有标识";
    Signed "file.signed" Info "" "the file carries {}, which was not validated and which a change can break" "文件带有 {},未经验证;修改可能使其失效"
        "validate it with a C2PA tool if you rely on it; a change of the file breaks it" "如需依赖,请用 C2PA 工具验证;修改文件会使其失效";
    Sources "file.sources" Warning "" "the file contradicts itself on how its content was made: {}" "文件对内容来源的说法自相矛盾:{}"
        "ask the source of the file; the stronger statement counts as a trace" "向文件来源查证;较强的说法按痕迹计";
    SidecarHash "sidecar.hash" Error "" "the sidecar belongs to other bytes: {}" "边车文件对应的不是这些字节:{}"
        "put the right sidecar beside the file, or label the file anew" "放上对应的边车文件,或重新为文件添加标识";
    NoExplicit "explicit.not-found" Warning "Measures Art. 4" "no explicit label was found; looked for: {}" "未检出显式标识;查找范围:{}"
        "look at the file: without a label to see or hear, add one before it is downloaded (`biaoshi label`)" "查看文件:若看不到也听不到标识,应在提供下载前添加(`biaoshi label`)";
    ExplicitTooSmall "explicit.too-small" Warning "GB 45438-2025 5.2" "the explicit label is smaller than 5 % of the shortest side: {}" "显式标识的文字高度小于画面最短边的 5%:{}"
        "draw the label so that its smallest character is at least 5 % of the shortest side high" "标识中最小的字高不得低于画面最短边的 5%";
    ExplicitNotAtEdge "explicit.not-at-edge" Warning "GB 45438-2025 5.2" "the explicit label is not on an edge or corner: {}" "显式标识不在画面的边或角:{}"
        "move the label to an edge or a corner of the picture" "将标识移到画面的边或角";
    RhythmCovered "rhythm.covered" Warning "GB 45438-2025 5.3" "other sound lies over the rhythm of the label: {}" "节奏标识与其他声音混叠:{}"
        "insert the rhythm before, behind or amid the content, never over it" "将节奏标识插入内容之前、之后或中间,不得与内容混叠";
    RhythmQuiet "rhythm.quiet" Warning "GB 45438-2025 5.3" "the rhythm of the label is 20 dB quieter than the content, or more: {}" "节奏标识比内容低 20 dB 以上:{}"
        "make the label about as loud as the content, so that it is heard (clause 5.3 gives no number: our convention)" "使标识的响度接近内容,以便听清(5.3 未给出数值:本工具约定)";
    RhythmCut "rhythm.cut" Warning "GB 45438-2025 5.3" "the rhythm of the label is cut off at the edge of the file: {}" "节奏标识在文件首尾处被截断:{}"
        "cut the sound elsewhere, or label what was cut out anew" "改在别处剪切,或为剪出的内容重新添加标识";
    RhythmMorseL "rhythm.morse-l" Warning "GB 45438-2025 5.3" "the rhythm of the label has no gap between its letters and reads as Morse L: {}" "节奏标识的字母之间无间隔,读作摩尔斯码 L:{}"
        "leave three units of silence behind the long tone" "在长音之后留出三个单位的静音:短长 短短";
    RhythmLike "rhythm.like" Info "GB 45438-2025 5.3" "the sound has the order of a label's tones, and too little else to be one: {}" "声音中有与节奏标识相同的长短顺序,但不足以认定为标识:{}"
        "listen there if it matters: music and signals have this figure too" "必要时试听该处:音乐和提示音中也有这种节奏";
    ExplicitLonger "explicit.longer-than-content" Info "GB 45438-2025 5.3" "the explicit label lasts longer than the content: {}" "显式标识长于内容:{}"
        "nothing: the clause has no rule for short sounds; a shorter recording (--audio-mark) or a label beside the player is an alternative" "无需处理:标准对短音频没有规定;也可改用更短的语音(--audio-mark),或在播放界面提示";
    ExplicitUnchecked "explicit.unchecked" Info "" "explicit labels were not looked for: {}" "未检查显式标识:{}"
        "look or listen yourself: nothing is known of an explicit label in this file" "请自行查看或收听:本工具不知道此文件有无显式标识";
    NoWatermark "watermark.not-found" Error "GB 45438-2025 6.2" "no watermark was found, and the policy requires one" "未检出数字水印,而策略要求有"
        "embed one (`biaoshi label --layers metadata,explicit,watermark`), or leave watermark out of --require" "写入水印(`biaoshi label --layers metadata,explicit,watermark`),或从 --require 中去掉 watermark";
    WatermarkDiffers "watermark.differs" Warning "" "the watermark {} is not that of the label: another provider or another content (our convention)" "水印 {} 与标识不符:服务提供者或内容编号不同(本工具约定)"
        "find out which of the two was copied from elsewhere: the mark, or the label" "查明哪一个是从别处复制来的:水印,还是标识";
    WatermarkCopied "watermark.content" Info "" "the picture is not the one that was marked with {} (our convention)" "图片不是当初写入水印 {} 的那一幅(本工具约定)"
        "look at the picture: it was edited heavily, or the mark was copied onto another one" "查看图片:可能改动很大,或水印被复制到另一幅图";
    WatermarkProvider "watermark.provider" Info "" "several providers of the registry share the tag {}" "登记表中有多个服务提供者共用标签 {}"
        "ask all of the named providers; 24 bits cannot tell them apart" "向所列各提供者查证;24 位不足以区分";
    WatermarkUnread "watermark.unread" Info "" "watermarks were not looked for: {}" "未查找水印:{}"
        "convert the picture into a format that is decoded (docs/formats.md) if the mark matters" "如需查水印,请转成可解码的格式(见 docs/formats.md)";
    WatermarkHidden "watermark.hidden" Info "" "invisible characters that are no watermark of the keys given: {}" "不可见字符,不是所给密钥的水印:{}"
        "try other keys (--key); look at the text if somebody else hid something in it" "改用其他密钥(--key);如怀疑他人隐藏信息,请检查文本";
    More "report.more" Info "" "left out of this report: {}" "本报告未列出:{}"
        "look at the file with the tool of its format: so many faults mostly have one cause" "用该格式的工具查看文件:大量问题多出于同一原因";
    SidecarBroken "sidecar.broken" Error "" "the sidecar is no readable JSON: {}" "边车文件不是可读的 JSON:{}"
        "write the sidecar anew, or remove it if the file has a label of its own" "重写边车文件;文件自身有标识时也可将其移除";
    SignaturePinned "security.valid-pinned" Info "TC260-PG-202511A" "the signature verifies, by a key that is pinned for its provider: {}" "签名有效,公钥已为该服务提供者固定:{}"
        "nothing: the producer is who the label says" "无需处理:生成方即标识所称者";
    SignatureUnpinned "security.valid-unpinned" Info "TC260-PG-202511A" "the signature verifies by the key beside it; who signed is not known: {}" "签名可由随附公钥验证,但签名者身份未知:{}"
        "pin the provider's key with --trust to know who signed" "用 --trust 固定该服务提供者的公钥,才能确认签名者";
    SignatureInvalid "security.invalid" Error "TC260-PG-202511A" "the signature is not valid: {}" "签名无效:{}"
        "do not believe the label; ask the provider for the file as it was signed" "不可采信该标识;向服务提供者索取签名时的文件";
    ContentMismatch "security.content-mismatch" Error "TC260-PG-202511A" "the signature is valid for another content: {}" "签名对应的是其他内容:{}"
        "do not believe that the label is of this content; ask the provider for the file as it was signed" "不可采信该标识属于此内容;向服务提供者索取签名时的文件";
    SignatureUnknown "security.not-verifiable" Info "TC260-PG-202511A" "the security data cannot be verified: {}" "安全数据无法验证:{}"
        "judge the label as one without a signature" "按没有签名的标识处理";
    OtherKey "security.other-key" Warning "TC260-PG-202511A" "keys are pinned for the provider, and another one signed: {}" "该服务提供者已固定公钥,签名所用的是另一公钥:{}"
        "ask the provider whether the key is its own, and pin it or report a forgery" "向服务提供者查证该公钥是否属实,然后固定它或按伪造处理";
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
