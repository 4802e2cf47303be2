//! Ways in which a file may end that is written: their words, for the last lines and for reports.

use biaoshi::report::Lang;

/// All of them: as they are called in JSON, in English and in Chinese.
pub(crate) const ENDS: [(&str, &str, &str); 7] = [
    ("labelled", "labelled", "已标识"),
    ("propagated", "propagated", "已写入传播要素"),
    ("unchanged", "unchanged", "未改动"),
    ("copied", "copied", "已复制"),
    ("unsupported", "unsupported", "不支持的格式"),
    ("refused", "refused", "已拒绝"),
    ("failed", "failed", "失败"),
];

/// The place of an action among all, and its word; the action itself where it has none.
pub(crate) fn action_word(action: &str, lang: Lang) -> (u8, &str) {
    let row = (0..).zip(ENDS).find(|(_, (name, ..))| *name == action);
    row.map_or((u8::MAX, action), |(at, (_, en, zh))| (at, if lang == Lang::Zh { zh } else { en }))
}
