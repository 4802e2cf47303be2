//! Which lines are labels: they state that the text was generated, and nothing else.

/// Most characters of a label line, without decoration and lead-in.
const LONGEST: usize = 40;
/// Most characters of a name in front of `AI`.
const NAME: usize = 16;
/// Most characters of a disclaimer.
const DISCLAIMER: usize = 24;

/// Characters round a label.
const DECORATION: &[char] = &[
    '[', ']', '【', '】', '(', ')', '（', '）', '「', '」', '〔', '〕', '<', '>', '*', '_', '#', '-', '—', '–', '~',
    '=', '·', '•', '✦', '✨', '※', '◆', '|', '｜', ' ',
];
/// Words in front of it, before a colon.
const LEAD_IN: &[&str] =
    &["声明", "提示", "温馨提示", "注", "注意", "说明", "备注", "标识", "ai标识", "内容声明", "免责声明"];
const DEMONSTRATIVES: &[&str] = &["本", "该", "此", "以上", "以下", "上述"];
const CLASSIFIERS: &[&str] = &["篇", "段", "部分", "则", "张", "幅", "首", "条"];
const SUBJECTS: &[&str] = &[
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
const PARTS: &[&str] = &["部分内容", "部分"];
const DEGREES: &[&str] = &["均", "全部", "已", "可能", "疑似"];
const CONNECTIVES: &[&str] = &["由", "系", "为", "经", "使用", "通过", "借助", "利用"];
/// Who: the first element of clause 5.1, and the word that people use beside it.
const AGENTS: &[&str] = &["ai", "人工智能", "大模型"];
const TOOLS: &[&str] = &["大模型", "技术", "工具", "模型", "助手"];
const MANNERS: &[&str] = &["自动", "辅助"];
/// What: the second element.
const VERBS: &[&str] = &["生成合成", "创作生成", "生成", "合成"];
const PRODUCTS: &[&str] = &["内容", "作品", "图片", "图像", "文字", "文本", "文章", "音频", "音乐", "视频"];
/// Services whose name may stand without a connective: 豆包AI生成.
const SERVICES: &[&str] = &[
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
const DENIALS: &[&str] = &[
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
const DISCLAIMERS: &[&str] = &[
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
];

/// Whether a line is an explicit label and nothing else, such as `【本文由豆包AI生成】` or `内容由 AI 生成，请仔细甄别`.
///
/// Sentences that quote, discuss, deny or demand labels are not. A match is a trace of AI generation, not a proof.
pub fn is_label_line(line: &str) -> bool {
    let folded = fold(line);
    let bare = without_lead_in(folded.trim_matches(DECORATION)).trim_start_matches(DECORATION);
    let bare = bare.trim_end_matches(|c| DECORATION.contains(&c) || matches!(c, '。' | '.'));
    bare.chars().count() <= LONGEST && statement(&without_blanks(bare))
}

/// Whether a line ends in the superscript `ᴬᴵ` (U+1D2C U+1D35) or `<sup>AI</sup>`, the corner mark of clause 5.1 c.
pub fn is_corner_mark(line: &str) -> bool {
    let line = line.trim_end().trim_end_matches(['。', '.', '*', '_', '#', ' ']);
    ["ᴬᴵ", "<sup>AI</sup>"].iter().any(|mark| line.ends_with(mark))
}

/// What looks or means the same, as one: compatibility forms (NFKC of what labels are made of), case, invisible
/// characters.
pub(super) fn fold(line: &str) -> String {
    let kept = line.chars().filter(|c| !is_ignorable(*c)).map(|c| match c {
        // Full-width forms.
        '\u{ff01}'..='\u{ff5e}' if !matches!(c, '，' | '；' | '！' | '？' | '（' | '）' | '：') => {
            char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c)
        }
        'ᴬ' => 'a',
        'ᴵ' => 'i',
        // Mathematical letters: blocks of 26 upper and 26 lower case.
        '\u{1d400}'..='\u{1d6a3}' => mathematical(c),
        c if c.is_whitespace() => ' ',
        c => c,
    });
    kept.flat_map(char::to_lowercase).collect()
}

fn mathematical(c: char) -> char {
    let offset = (u32::from(c) - 0x1d400) % 52 % 26;
    char::from_u32(u32::from('a') + offset).unwrap_or(c)
}

fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}' | '\0')
}

fn without_lead_in(text: &str) -> &str {
    let (Some(lead), Some(rest)) = (text.split([':', '：']).next(), text.split_once([':', '：'])) else {
        return text;
    };
    if LEAD_IN.contains(&lead.trim_matches(DECORATION)) { rest.1 } else { text }
}

/// Blanks between Chinese characters, and between those and letters, are decoration too.
fn without_blanks(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let keeps = |n: usize| {
        let latin = |m: Option<usize>| m.and_then(|m| chars.get(m)).is_some_and(char::is_ascii_alphanumeric);
        latin(n.checked_sub(1)) && latin(n.checked_add(1))
    };
    chars.iter().enumerate().filter(|(n, c)| **c != ' ' || keeps(*n)).map(|(_, c)| *c).collect()
}

/// The rest behind the longest of `words` that `text` starts with.
fn after<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    words.iter().filter_map(|w| text.strip_prefix(w)).min_by_key(|rest| rest.len())
}

fn optional<'a>(text: &'a str, words: &[&str]) -> &'a str {
    after(text, words).unwrap_or(text)
}

/// Subject, degree, connective, name, agent, verb, product, disclaimer.
fn statement(text: &str) -> bool {
    let starts = subjects(text);
    starts.into_iter().any(|rest| {
        let rest = optional(rest, PARTS);
        let rest = optional(rest, DEGREES);
        match after(rest, CONNECTIVES) {
            Some(rest) => named(rest, is_name) || named(optional(rest, CONNECTIVES), is_name),
            None => named(rest, |name| name.is_empty() || is_service(name)),
        }
    })
}

/// What may be left behind the subject: with and without each of its parts, since 表 also begins 表格.
fn subjects(text: &str) -> Vec<&str> {
    let mut rests = vec![text];
    for words in [DEMONSTRATIVES, CLASSIFIERS, SUBJECTS] {
        let more: Vec<&str> = rests.iter().filter_map(|rest| after(rest, words)).collect();
        rests.extend(more);
    }
    rests
}

/// Whether a name that passes `is_name`, an agent and a verb follow, and then an end.
fn named(text: &str, is_name: impl Fn(&str) -> bool) -> bool {
    let ends = text.char_indices().map(|(n, _)| n).take(NAME + 1);
    ends.filter_map(|n| text.split_at_checked(n))
        .any(|(name, rest)| after(rest, AGENTS).is_some_and(|rest| is_name(name) && !denied(name) && verb(rest)))
}

fn is_name(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '·' | '-' | ' ' | '.'))
}

fn is_service(name: &str) -> bool {
    let name = name.trim_end_matches([' ', '·', '-']);
    SERVICES.contains(&name)
}

fn denied(text: &str) -> bool {
    DENIALS.iter().any(|d| text.contains(d))
}

fn verb(text: &str) -> bool {
    let rest = optional(optional(text, TOOLS), MANNERS);
    let Some(rest) = after(rest, VERBS) else { return false };
    let rest = optional(rest, &["的"]);
    end(optional(rest, PRODUCTS))
}

/// Nothing, a closing mark, or a short disclaimer.
fn end(text: &str) -> bool {
    let is_mark =
        |c: char| matches!(c, '，' | '。' | '；' | ',' | '.' | ';' | '!' | '！' | '、' | '(' | '（' | '|' | '｜');
    let Some(rest) = text.strip_prefix(is_mark) else { return text.is_empty() };
    let rest = rest.trim_matches(|c| is_mark(c) || DECORATION.contains(&c));
    let questions = ["?", "？", "吗", "是否", "怎么", "如何"];
    rest.is_empty()
        || (rest.chars().count() <= DISCLAIMER
            && DISCLAIMERS.iter().any(|d| rest.contains(d))
            && !questions.iter().any(|q| rest.contains(q)))
}
