//! The words of a label (GB 45438-2025 clause 5.1).

/// The words on a picture by default: the shortest that conform.
pub const IMAGE: &str = "AI生成";

/// Wordings that a picture may carry already, besides those asked for.
pub const WORDINGS: [&str; 5] = [IMAGE, "AI合成", "人工智能生成", "人工智能合成", "内容由AI生成"];

/// The line in a text document by default.
pub const TEXT: &str = "本文由AI生成";

/// The paragraph in a page by default.
pub const PAGE: &str = "本内容由AI生成";

/// Whether `words` hold both elements that clause 5.1 demands: who (`人工智能` or `AI`) and what (`生成` or `合成`).
pub fn conform(words: &str) -> bool {
    let has = |elements: [&str; 2]| elements.iter().any(|e| words.contains(e));
    has(["人工智能", "AI"]) && has(["生成", "合成"])
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_elements_are_demanded() {
        for good in ["AI生成", "人工智能合成", "内容由豆包AI生成", super::IMAGE, super::TEXT, super::PAGE]
        {
            assert!(super::conform(good), "{good}");
        }
        for bad in ["", "AI", "生成", "AI generated", "由机器生成", "人工智能", "ai生成"] {
            assert!(!super::conform(bad), "{bad}");
        }
    }
}
