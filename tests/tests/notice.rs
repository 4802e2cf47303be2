//! `notice`: the words that a platform shows beside content (clause 5.6, Measures Art. 6).

use biaoshi_tests::{Run, root, run, scratch};

fn notice(args: &[&str]) -> Run {
    run(scratch().path(), &[&["notice", "--verdict"][..], args].concat())
}

#[test]
fn the_words_are_those_of_reports() {
    for (verdict, zh, en) in [
        ("confirmed", "本内容由AI生成", "This content is AI-generated"),
        ("possible", "可能由AI生成", "This content may be AI-generated"),
        ("suspected", "疑似由AI生成", "This content is suspected to be AI-generated"),
    ] {
        for (lang, tag, words) in [("zh", "zh-CN", zh), ("en", "en", en)] {
            let text = notice(&[verdict, "--lang", lang]);
            assert_eq!((text.code(), text.out(), text.err()), (0, format!("{words}\n"), String::new()));
            let html = notice(&[verdict, "--lang", lang, "--format", "html"]).out();
            let head =
                format!("<p class=\"aigc-notice\" role=\"note\" lang=\"{tag}\" data-verdict=\"{verdict}\" style=\"");
            assert!(html.starts_with(&head) && html.ends_with(&format!("\">{words}</p>\n")), "{html}");
            // One element: no script, nothing from elsewhere.
            assert_eq!((html.lines().count(), html.matches('<').count(), html.contains("url(")), (1, 2, false));
            let json = &notice(&[verdict, "--lang", lang, "--format", "json"]).json()[0];
            assert_eq!((&json["notice"]["zh"], &json["notice"]["en"]), (&zh.into(), &en.into()));
            assert_eq!(json["html"][lang].as_str().unwrap(), html.trim_end());
        }
    }
    let report = &run(&root(), &["verify", "fixtures/labelled/png.png", "--json"]).json()[0];
    assert_eq!(report["notice"], notice(&["confirmed", "--format", "json"]).json()[0]["notice"]);
}

/// A page that takes the output shows nothing, and a person is told why.
#[test]
fn of_none_nothing_is_shown() {
    for format in ["text", "html"] {
        let none = notice(&["none", "--format", format]);
        assert_eq!((none.code(), none.out().as_str()), (0, ""));
        assert!(none.err().starts_with("biaoshi: none: ") && none.err().contains("authentic"), "{}", none.err());
    }
    let json = &notice(&["none", "--format", "json"]).json()[0];
    assert!(json["notice"].is_null() && json["html"].is_null() && json["level"].is_null(), "{json}");
}
