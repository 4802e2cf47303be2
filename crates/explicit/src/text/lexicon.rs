//! The words that label lines are made of, folded.

/// Characters round a label.
pub(super) const DECORATION: &[char] = &[
    '[', ']', '【', '】', '(', ')', '（', '）', '「', '」', '〔', '〕', '<', '>', '*', '_', '#', '-', '—', '–', '~',
    '=', '·', '•', '✦', '✨', '※', '◆', '|', '｜', ' ',
];
/// What words in front of it, before a colon, end in.
pub(super) const LEAD_IN: &[&str] = &["声明", "提示", "注", "注意", "说明", "备注", "标识", "标注", "告知", "申明"];
/// Most characters of a lead-in, with what it is of: 文末提示, 作者声明.
pub(super) const LEAD: usize = 8;
pub(super) const DEMONSTRATIVES: &[&str] = &["本", "该", "此", "以上", "以下", "上述"];
pub(super) const CLASSIFIERS: &[&str] = &["篇", "段", "部分", "则", "张", "幅", "首", "条"];
pub(super) const SUBJECTS: &[&str] = &[
    "文章内容",
    "文章",
    "文案",
    "文本",
    "文档",
    "文字",
    "文",
    "内容",
    "回答",
    "回复",
    "答复",
    "图文",
    "图片",
    "图像",
    "图",
    "报告",
    "译文",
    "翻译",
    "摘要",
    "总结",
    "作品",
    "故事",
    "小说",
    "表格",
    "表",
    "演示文稿",
    "幻灯片",
    "页面",
    "页",
    "视频",
    "音频",
    "音乐",
    "歌曲",
    "画面",
    "代码",
    "消息",
];
pub(super) const PARTS: &[&str] = &["部分内容", "部分"];
pub(super) const DEGREES: &[&str] = &["均", "全部", "已", "可能", "疑似"];
pub(super) const CONNECTIVES: &[&str] = &["由", "系", "为", "经", "使用", "通过", "借助", "利用"];
/// Who: the first element of clause 5.1, and the word that people use beside it.
pub(super) const AGENTS: &[&str] = &["ai", "人工智能", "大模型"];
pub(super) const TOOLS: &[&str] = &["大模型", "技术", "工具", "模型", "助手"];
pub(super) const MANNERS: &[&str] = &["自动", "辅助"];
/// What: the second element.
pub(super) const VERBS: &[&str] = &["生成合成", "创作生成", "生成", "合成"];
pub(super) const PRODUCTS: &[&str] =
    &["内容", "作品", "物", "图片", "图像", "文字", "文本", "文章", "音频", "音乐", "视频"];
/// What may still be said of the making.
pub(super) const RESULTS: &[&str] = &["完成", "而成", "得到", "所得"];
/// Services whose name may stand without a connective: 豆包AI生成.
pub(super) const SERVICES: &[&str] = &[
    "豆包",
    "可灵",
    "即梦",
    "文心一言",
    "文心",
    "通义千问",
    "通义万相",
    "通义",
    "元宝",
    "混元",
    "智谱清言",
    "智谱",
    "讯飞星火",
    "星火",
    "海螺",
    "kimi",
    "deepseek",
    "chatgpt",
    "天工",
    "秒画",
    "剪映",
    "百度",
    "腾讯",
    "阿里云",
    "字节跳动",
    "快手",
];
/// What makes a statement into something else, before or in it.
pub(super) const DENIALS: &[&str] = &[
    "不是",
    "并非",
    "非",
    "未",
    "没有",
    "无",
    "禁止",
    "请勿",
    "不得",
    "如果",
    "若",
    "应当",
    "必须",
    "需要",
    "是否",
    "吗",
    "？",
    "?",
    "怎么",
    "如何",
    "为什么",
    "法",
    "不由",
];
/// What a disclaimer behind the label speaks of.
pub(super) const DISCLAIMERS: &[&str] = &[
    "参考",
    "甄别",
    "辨别",
    "鉴别",
    "识别",
    "核实",
    "核对",
    "查证",
    "谨慎",
    "注意",
    "准确",
    "不代表",
    "不构成",
    "审核",
    "校对",
    "编辑",
    "责任",
    "人工",
    "勿",
    "请",
    "建议",
    "可能",
    "错误",
    "有误",
    "观点",
    "立场",
    "版权",
    "作者",
    "来源",
    "仅供",
    "仅作",
    "仅限",
];

/// A disclaimer that follows without a mark: what it allows the text for, and what it asks of readers.
pub(super) const ONLY_FOR: (&[&str], &[&str]) =
    (&["仅供", "仅作", "仅限", "只供"], &["参考", "学习", "娱乐", "交流", "研究", "演示", "示意", "测试"]);
pub(super) const BE_CAREFUL: (&[&str], &[&str]) = (
    &["请仔细", "请注意", "请谨慎", "请自行", "请自主", "请认真", "请您仔细", "注意", "谨慎", "仔细", "自行"],
    &["甄别", "辨别", "鉴别", "识别", "核实", "核对", "判断", "参考"],
);
/// What stands between two languages of one label.
pub(super) const BETWEEN: &[char] =
    &['/', '／', '|', '｜', '(', '（', '—', '–', '-', '·', '•', ';', '；', ',', '，', '.', '。', ' '];
/// What the other language says: whole words, folded.
pub(super) const ENGLISH: (&[&str], &[&str]) = (
    &["ai", "aigc", "a.i", "artificial"],
    &[
        "generated",
        "generate",
        "generation",
        "synthesized",
        "synthesised",
        "synthetic",
        "created",
        "produced",
        "written",
        "made",
    ],
);
/// Most characters of the other language.
pub(super) const LONGEST_ENGLISH: usize = 120;
/// What ends a sentence.
pub(super) const STOPS: &[char] = &['。', '！', '!', '？', '?', '；', ';', '…'];
/// Words of lines that are about labels: a sentence in them is an example or a demand.
pub(super) const ABOUT: &[&str] = &[
    "标注", "标识", "标签", "标明", "字样", "写明", "注明", "写道", "写着", "例如", "比如", "示例", "样例", "规定",
    "办法", "要求", "标准", "声称", "谎称", "据称", "所谓", "辟谣", "传闻", "网传", "举报", "假如", "如果", "若", "“",
    "”", "「", "」", "\"", "‘", "’", "《",
];
