//! The words that a platform shows beside content (clause 5.6, Measures Art. 6).

use super::Lang;
use crate::judge::Verdict;

/// Text and ground of the notice on a light page and on a dark one; clause 5.6 wants it to be plain to see, and WCAG 2.2
/// asks for a contrast of 4.5:1.
const LIGHT: [&str; 2] = ["#14213d", "#eaf1ff"];
const DARK: [&str; 2] = ["#e8eefc", "#1b2740"];

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

/// The same as one element of HTML that goes beside the content: a note with its language, without script and without
/// anything from elsewhere. It follows the colour scheme of the page; browsers that know no `light-dark()` show it light.
/// A page whose policy forbids styles of elements shows it in its own, and can give the class `aigc-notice` another.
pub fn notice_html(verdict: Verdict, lang: Lang) -> Option<String> {
    let words = notice(verdict, lang)?;
    let (tag, verdict) = (tag(lang), verdict.name());
    let [[text, ground], [dark_text, dark_ground]] = [LIGHT, DARK];
    Some(format!(
        "<p class=\"aigc-notice\" role=\"note\" lang=\"{tag}\" data-verdict=\"{verdict}\" style=\"margin:0;padding:.5em .75em;\
         border:1px solid;border-radius:.25em;font-size:1rem;line-height:1.5;color:{text};background:{ground};\
         color:light-dark({text},{dark_text});background:light-dark({ground},{dark_ground})\">{words}</p>"
    ))
}

/// The language as pages name it (BCP 47).
pub fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "en",
        Lang::Zh => "zh-CN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: [Verdict; 3] = [Verdict::Confirmed, Verdict::Possible, Verdict::Suspected];

    /// Relative luminance of `#rrggbb` (WCAG 2.2).
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn the_measure_of_contrast_is_that_of_wcag() {
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
        assert!((contrast("#777777", "#ffffff") - 4.48).abs() < 0.01);
    }

    #[test]
    fn words_are_legible_in_light_and_dark() {
        let html = notice_html(Verdict::Possible, Lang::Zh).unwrap();
        let pair = |property: &str| {
            let (_, value) = html.split_once(&format!("{property}:light-dark(")).unwrap();
            let (light, rest) = value.split_once(',').unwrap();
            (light.to_owned(), rest.split(')').next().unwrap().to_owned())
        };
        // The first `color:` is that of browsers without light-dark().
        let (text, ground) = (pair(";color"), pair(";background"));
        for (text, ground) in [(&text.0, &ground.0), (&text.1, &ground.1)] {
            assert!(contrast(text, ground) >= 4.5, "{text} on {ground}: {}", contrast(text, ground));
        }
        assert!(html.contains(&format!(";color:{};background:{};", text.0, ground.0)), "{html}");
    }

    #[test]
    fn every_notice_conforms_and_is_in_its_element() {
        for verdict in SHOWN {
            let words = notice(verdict, Lang::Zh).unwrap();
            // Clause 5: `AI` or `人工智能`, and `生成` or `合成`.
            assert!(words.contains("AI") && words.contains("生成"), "{words}");
            for lang in [Lang::En, Lang::Zh] {
                let html = notice_html(verdict, lang).unwrap();
                assert!(html.contains(&format!(">{}</p>", notice(verdict, lang).unwrap())), "{html}");
                assert!(html.contains(&format!("lang=\"{}\"", tag(lang))) && html.contains("role=\"note\""), "{html}");
            }
        }
        assert_eq!((notice(Verdict::None, Lang::Zh), notice_html(Verdict::None, Lang::En)), (None, None));
    }
}
