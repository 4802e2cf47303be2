//! The line that tells people that a text is made by AI (clause 5.1). It may stand before a label at the head of a text
//! and behind one at its tail; what it must look like is the business of the explicit layer.

/// Longest line that can be one, in bytes.
const LONGEST: usize = 300;

/// Whether a line says that something was made by AI, and nothing else before that: `本文由AI生成`,
/// `*(内容由 AI 生成,仅供参考)*`.
pub(super) fn is_notice(line: &str) -> bool {
    if line.len() > LONGEST {
        return false;
    }
    let body = line.trim_matches(|c: char| !c.is_alphanumeric());
    let clause = body
        .split([',', '\u{ff0c}', '。', ';', '\u{ff1b}', '.', '!', '\u{ff01}', ':', '\u{ff1a}'])
        .next()
        .unwrap_or_default();
    let made = ["生成", "合成"].iter().filter_map(|w| clause.rfind(w).map(|at| at + w.len())).max();
    let Some(made) = made else { return false };
    let who = clause.to_uppercase();
    // What is made may be named behind it in a word: `AI生成内容`.
    let rest = clause.get(made..).unwrap_or_default().chars().count();
    rest <= 2 && (who.contains("AI") || who.contains("人工智能"))
}

#[cfg(test)]
mod tests {
    use super::is_notice;

    #[test]
    fn notices_are_told_from_titles() {
        for line in [
            "本文由AI生成",
            "*(内容由AI生成,仅供参考)*",
            "\u{ff08}内容由AI生成\u{ff0c}仅供参考\u{ff09}",
            "> AI生成",
            "【本文由豆包AI生成】",
            "以上内容由人工智能合成。",
            "> 本内容由 Coze AI 生成,请遵循相关法律法规及《人工智能生成合成内容标识办法》使用与传播。",
            "AI生成内容",
        ] {
            assert!(is_notice(line), "{line}");
        }
        for line in ["AI生成内容标识说明", "AIGC: {\"Label\":\"1\"}", "text", "# AI 生成合成内容的标识方法", "生成报告"]
        {
            assert!(!is_notice(line), "{line}");
        }
    }
}
