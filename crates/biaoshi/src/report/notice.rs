use super::Lang;
use crate::judge::Verdict;

/// The words that a platform shows (clause 5.6, Measures Art. 6); `None` where there is nothing to show.
pub fn notice(verdict: Verdict, lang: Lang) -> Option<&'static str> {
    Some(match (verdict, lang) {
        (Verdict::Confirmed, Lang::Zh) => "本内容由AI生成",
        (Verdict::Confirmed, Lang::En) => "This content is AI-generated",
        (Verdict::Possible, Lang::Zh) => "可能由AI生成",
        (Verdict::Possible, Lang::En) => "This content may be AI-generated",
        (Verdict::Suspected, Lang::Zh) => "疑似由AI生成",
        (Verdict::Suspected, Lang::En) => "This content is suspected to be AI-generated",
        (Verdict::None, _) => return None,
    })
}
