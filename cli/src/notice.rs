//! `notice`: the words that a platform shows (clause 5.6, Measures Art. 6).

use biaoshi::judge::Verdict;
use biaoshi::report::{Lang, Message, notice, notice_html, said};
use serde_json::json;

use crate::args::{Common, NoticeArgs, NoticeFormat};
use crate::exit::{Exit, Stop};
use crate::out::{self, Out};

/// Prints the notice of a verdict. Of `none` there is none: standard output stays empty, so that a page that takes it shows
/// nothing, and standard error says why.
pub(crate) fn run(args: &NoticeArgs, common: &Common) -> Result<Exit, Stop> {
    let (verdict, lang) = (args.verdict(), common.lang());
    let shown = match args.format {
        NoticeFormat::Text => notice(verdict, lang).map(str::to_owned),
        NoticeFormat::Html => notice_html(verdict, lang),
        NoticeFormat::Json => Some(object(verdict)),
    };
    match shown {
        Some(shown) => {
            let mut out = Out::new(common);
            out.line(&shown)?;
            out.flush()?;
        }
        None => out::error(&nothing().tell(lang)),
    }
    Ok(Exit::Done)
}

/// What is said of `none`: nothing was found, which is not that a person made it.
pub(crate) fn nothing() -> Message {
    said!(
        "none: nothing is to be shown; that nothing was found does not say that the content is authentic",
        "none:无需提示;未发现标识或痕迹,不等于内容并非由AI生成"
    )
}

/// Schema `biaoshi.notice/1`.
fn object(verdict: Verdict) -> String {
    let both = |one: &dyn Fn(Lang) -> Option<String>| {
        one(Lang::Zh).zip(one(Lang::En)).map(|(zh, en)| json!({ "zh": zh, "en": en }))
    };
    json!({
        "schema": "biaoshi.notice/1",
        "verdict": verdict.name(),
        "level": verdict.level().map(biaoshi::label::Level::digit),
        "notice": both(&|lang| notice(verdict, lang).map(str::to_owned)),
        "html": both(&|lang| notice_html(verdict, lang)),
    })
    .to_string()
}
