use crate::Severity;
use crate::cure::{self, Cure};

macro_rules! dialects {
    ($($variant:ident $name:literal $severity:ident $cure:ident $en:literal $zh:literal;)*) => {
        /// A form of label found in real files that the standard and the TC260 guides do not prescribe.
        /// Every one is read and reported; none is ever written.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Dialect { $(#[doc = $en] $variant,)* }

        /// Every dialect, in the order of the documentation.
        pub const DIALECTS: &[Dialect] = &[$(Dialect::$variant,)*];

        impl Dialect {
            /// The name in reports.
            pub fn name(self) -> &'static str { match self { $(Self::$variant => $name,)* } }
            /// How much it matters.
            pub fn severity(self) -> Severity { match self { $(Self::$variant => Severity::$severity,)* } }
            /// What puts it right.
            pub fn cure(self) -> &'static Cure { match self { $(Self::$variant => &cure::$cure,)* } }
            /// What is different, in English.
            pub fn english(self) -> &'static str { match self { $(Self::$variant => $en,)* } }
            /// What is different, in Chinese.
            pub fn chinese(self) -> &'static str { match self { $(Self::$variant => $zh,)* } }
            /// The code of the finding that reports it.
            pub fn code(self) -> &'static str { match self { $(Self::$variant => concat!("dialect.", $name),)* } }
        }
    };
}

dialects! {
    JsonWrapped "json-wrapped" Warning Wrapping "the object is wrapped in {\"AIGC\":…} where the bare object belongs" "对象外层包了 {\"AIGC\":…},此处应为裸对象";
    JsonBare "json-bare" Warning Wrapping "the object is bare where image guide Annex B wraps it in {\"AIGC\":…}" "此处按图像指南附录 B 应包一层 {\"AIGC\":…}";
    JsonSpaces "json-spaces" Info Json "the JSON is not compact" "JSON 不是紧凑格式";
    JsonLoose "json-loose" Warning Json "the object is no strict JSON (quotes, commas or control characters)" "对象不是严格的 JSON(引号、逗号或控制字符)";
    JsonInString "json-in-string" Warning Json "the object is encoded as a JSON string" "对象被编码成了 JSON 字符串";
    JsonEntities "json-entities" Warning Json "quotes are written as &quot; twice" "引号被重复转义为 &quot;";
    JsonDuplicateKey "json-duplicate-key" Warning Keys "a key stands twice; its last value counts" "键重复出现,以最后一个值为准";
    KeyOrder "key-order" Info Keys "the keys are not in the order of Annex E" "键的顺序与附录 E 不同";
    KeyCase "key-case" Warning Keys "a key is written with other letters (case)" "键的大小写不同";
    KeyMisspelt "key-misspelt" Warning Keys "a key is misspelt" "键名拼写错误";
    KeyExtra "key-extra" Info Keys "the object holds further keys" "对象含有其他键";
    ValueNull "value-null" Warning Values "a value is null" "有值为 null";
    ValueNumber "value-number" Warning Values "a value is a number or boolean, not a string" "有值是数字或布尔值,不是字符串";
    ValueObject "value-object" Warning Values "a value is a nested object, not JSON in a string" "有值是嵌套对象,不是字符串中的 JSON";
    Prefix "prefix" Warning Json "the value starts with AIGC= or AIGC:" "值以 AIGC= 或 AIGC: 开头";
    Padding "padding" Info Json "the value is padded with NUL or blanks" "值后有 NUL 或空白填充";
    SlotCase "slot-case" Warning Name "the slot's name is not written AIGC" "字段名大小写不是 AIGC";
    XmpAttribute "xmp-attribute" Info Xmp "the XMP property is written as an attribute" "XMP 属性写成了 XML 特性形式";
    XmpNamespace "xmp-namespace" Warning Xmp "the XMP namespace is not that of the guide" "XMP 命名空间与指南不同";
    XmpPrefix "xmp-prefix" Info Xmp "the XMP prefix is not TC260" "XMP 前缀不是 TC260";
    XmpFields "xmp-fields" Warning Xmp "the fields are XMP properties of their own" "各字段被写成单独的 XMP 属性";
    XmpBase64 "xmp-base64" Warning Xmp "the label is Base64 in XmpKvBase64" "标识以 Base64 存于 XmpKvBase64";
    XmpOtherProperty "xmp-other-property" Warning Xmp "the label stands in another XMP property" "标识位于其他 XMP 属性";
    XmpExtended "xmp-extended" Warning Xmp "the label stands in extended XMP" "标识位于扩展 XMP";
    TrailerXmp "trailer-xmp" Warning Place "the XMP packet stands behind the end of the picture" "XMP 包位于图片结束之后";
    PngRawProfile "png-raw-profile" Warning Xmp "the XMP or EXIF block is stored as a raw profile, in hexadecimal text" "XMP 或 EXIF 以十六进制原始配置文本存放";
    PngCompressed "png-compressed" Warning AnnexB "the text chunk is compressed or international where tEXt belongs" "文本块为 zTXt 或 iTXt,应为 tEXt";
    PngOtherKeyword "png-other-keyword" Warning Name "the label stands under another PNG keyword" "标识位于其他 PNG 关键字下";
    PngSplitKeys "png-split-keys" Warning AnnexB "the fields are PNG keywords of their own" "各字段被写成单独的 PNG 关键字";
    ExifIfd0 "exif-ifd0" Warning AnnexB "UserComment stands in IFD0, not in the Exif IFD" "UserComment 位于 IFD0 而不是 Exif IFD";
    ExifEncoding "exif-encoding" Info AnnexB "UserComment has an unusual character code" "UserComment 的字符代码不寻常";
    ExifOtherTag "exif-other-tag" Warning AnnexB "the label stands in another EXIF tag" "标识位于其他 EXIF 标签";
    JpegOtherPicture "jpeg-other-picture" Warning Place "the label stands in another picture of the file, not in the first one" "标识位于文件中的另一幅图片,不是第一幅";
    JpegComment "jpeg-comment" Warning Place "the label stands in a JPEG comment" "标识位于 JPEG 注释段";
    JpegApp "jpeg-app" Warning Place "the label stands in an application segment of its own" "标识位于自定义 APP 段";
    JpegScan "jpeg-behind-scan" Warning Place "the label stands behind a scan, where readers of metadata do not look any more" "标识位于扫描数据之后,元数据读取程序不会查找";
    WebpChunk "webp-chunk" Warning Place "the label is a RIFF chunk of its own, not XMP" "标识是独立的 RIFF 块,应位于 XMP";
    GifComment "gif-comment" Warning Place "the label stands in a GIF comment" "标识位于 GIF 注释扩展";
    GifApplication "gif-application" Warning Place "the label stands in another application extension" "标识位于其他应用扩展";
    TiffOtherPage "tiff-other-page" Warning Place "the label stands in the XMP of a later page" "标识位于后续页的 XMP";
    HeifItem "heif-other-item" Warning Place "the label stands in the XMP of another item, not of the primary one" "标识位于其他项目的 XMP,不是主项目的";
    HeifUuid "heif-uuid" Warning Place "the label stands in a uuid box, not in an XMP item" "标识位于 uuid 盒,应在 XMP 项目中";
    MovMeta "mov-meta" Warning Place "the meta box is not a full box or has another place or handler" "meta 盒不是 FullBox,或位置、handler 不同";
    MovUdta "mov-udta" Warning Place "the label is a box of its own in udta" "标识是 udta 中的独立盒";
    MovFreeform "mov-freeform" Warning Place "the label is an iTunes free-form item" "标识是 iTunes 自由格式条目";
    MovXmp "mov-xmp" Warning Place "the label stands in XMP" "标识位于 XMP";
    MkvTarget "mkv-target" Warning Place "the tag belongs to a track, chapter or attachment, not to the whole file" "标签属于某条轨道、章节或附件,而不是整个文件";
    MkvOtherTag "mkv-other-tag" Warning Place "the label stands in another Matroska tag, in a nested one or in a binary value" "标识位于其他 Matroska 标签、嵌套标签或二进制值中";
    WavListInfo "wav-list-info" Warning Place "the label stands in LIST/INFO, not in a chunk of its own" "标识位于 LIST/INFO,应为独立块";
    Id3OtherFrame "id3-other-frame" Warning Name "the label stands in another ID3 frame" "标识位于其他 ID3 帧";
    Id3Trailing "id3-second-tag" Warning Place "the label stands in a second ID3 tag" "标识位于第二个 ID3 标签";
    AiffChunk "aiff-chunk" Warning Place "the label stands in another AIFF chunk" "标识位于其他 AIFF 块";
    CafOtherKey "caf-other-key" Warning Name "the label stands under another key of the info chunk" "标识位于 info 块的其他键下";
    Id3Foreign "id3-foreign" Warning Place "the label stands in an ID3 tag where another place is prescribed" "标识位于 ID3 标签,此格式另有规定位置";
    ApeTag "ape-tag" Warning Place "the label stands in an APE tag" "标识位于 APE 标签";
    VorbisOtherComment "vorbis-other-comment" Warning Name "the label stands in another Vorbis comment" "标识位于其他 Vorbis 注释";
    VorbisSecondList "vorbis-second-list" Warning Place "the label stands in a second list of Vorbis comments" "标识位于第二个 Vorbis 注释表";
    PdfXmp "pdf-xmp" Warning Place "the label stands in the XMP of a PDF, not in its information dictionary" "标识位于 PDF 的 XMP,应在信息字典中";
    PdfOtherKey "pdf-other-key" Warning Name "the label stands under another key of the information dictionary" "标识位于信息字典的其他键下";
    PdfEncoding "pdf-encoding" Info Place "the text string is UTF-8 without a mark, or UTF-16LE" "文本串为无标记的 UTF-8 或 UTF-16LE";
    OfficeOtherProperty "office-other-property" Warning Name "the label stands in another document property" "标识位于其他文档属性";
    OfficePropertyForm "office-property-form" Warning Place "the custom property has another type, format id or number, or the package does not announce it" "自定义属性的类型、fmtid 或 pid 不符,或文件包未声明该部件";
    HtmlOtherMeta "html-other-meta" Warning Name "the label stands in a meta of another name" "标识位于其他名称的 meta";
    HtmlBody "html-body" Warning Place "the meta stands outside of the head" "meta 不在 head 中";
    HtmlScript "html-script" Warning Place "the label stands in a script with JSON" "标识位于 JSON 脚本中";
    HtmlComment "html-comment" Warning Place "the label stands in a comment" "标识位于注释中";
    HtmlXmp "html-xmp" Warning Place "the label stands in the XMP of an HTML document" "标识位于 HTML 文档的 XMP";
    YamlFlow "yaml-flow" Info FrontMatter "the front matter holds one line of JSON, not a block of seven lines" "元数据块为单行 JSON,不是七行块";
    YamlPlain "yaml-plain" Info FrontMatter "the values are not single-quoted" "值未加单引号";
    YamlLater "yaml-later" Warning FrontMatter "the label stands in a later front matter block" "标识位于后面的元数据块";
    YamlBody "yaml-body" Warning FrontMatter "the label is a block in the body of a text" "标识是正文中的块";
    TextFirstLine "text-first-line" Warning LastLine "the label is not the last line" "标识不在最后一行";
    TextComment "text-comment" Warning LastLine "the label stands in a comment of a text" "标识位于文本的注释中";
    TextOther "text-other" Warning LastLine "the label stands in a text that is no .txt" "标识位于非 .txt 文本中";
}
