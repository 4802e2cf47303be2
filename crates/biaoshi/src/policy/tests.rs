use std::collections::{BTreeMap, BTreeSet};

use biaoshi_container::Lang;

use super::*;
use crate::judge::Verdict;

#[test]
fn a_policy_says_what_its_settings_say() {
    let text = "\u{feff}# ours\nfail-on = [\"suspected\", \"warning\"]\nexpect-producer = \"001191110000EXAMPLE03Q10000\"\n\
        require = [\"metadata\"]\nignore = \"file.extension\"\nallow-unlabelled = true\n\n[severity]\n\
        \"label.characters\" = \"error\"\nlabel.duplicate = \"info\"\ndialect.json-spaces = \"warning\"\n";
    let policy = parse(text).unwrap();
    let spaces = Code::parse("dialect.json-spaces").unwrap();
    let expected = Policy {
        severities: BTreeMap::from([
            (Code::Characters, Severity::Error),
            (Code::Duplicate, Severity::Info),
            (spaces, Severity::Warning),
        ]),
        ignored: BTreeSet::from([Code::Extension]),
        fail_on: BTreeSet::from([Trigger::Verdict(Verdict::Suspected), Trigger::Severity(Severity::Warning)]),
        producers: vec!["001191110000EXAMPLE03Q10000".into()],
        required: BTreeSet::from([Layer::Metadata]),
        allow_unlabelled: true,
    };
    assert_eq!(policy, expected);
    assert_eq!(parse("").unwrap(), Policy::default());
}

#[test]
fn what_is_wrong_with_a_policy_is_one_line_with_its_place() {
    for (text, line, en, zh) in [
        ("fail-on = [", 1, "no TOML: ", "不是 TOML"),
        ("\n\nfail_on = []", 3, "a policy has no setting fail_on; did you mean fail-on?", "是否指 fail-on"),
        ("colour = 1", 1, "no setting colour; there are severity, fail-on,", "可用 severity"),
        ("ignore = 3", 1, "ignore must be a text or a list of texts", "ignore 应为文本或文本列表"),
        ("ignore = [\n \"file.extension\",\n [\"x\"]]", 3, "ignore must be a text", "应为文本"),
        (
            "ignore = \"label.charcters\"",
            1,
            "no finding is called \"label.charcters\"; did you mean label.characters?",
            "是否指",
        ),
        (
            "ignore = \"smell\"",
            1,
            "no finding is called \"smell\"; `biaoshi explain` lists them",
            "没有名为 \"smell\" 的问题",
        ),
        (
            "fail-on = [\"error\",\n\"maybe\"]",
            2,
            "\"maybe\" is neither a verdict nor a severity; there are confirmed,",
            "既非结论",
        ),
        ("require = [\"traces\"]", 1, "\"traces\" is no layer; there are metadata, explicit, watermark", "没有标识层"),
        ("expect-producer = \"\"", 1, "a producer is missing; write its code", "缺少生成方"),
        ("allow-unlabelled = \"yes\"", 1, "allow-unlabelled must be true or false", "应为 true 或 false"),
        ("severity = \"error\"", 1, "severity must be a table", "severity 应为表"),
        (
            "[severity]\n\n\"label.characters\" = \"bad\"",
            3,
            "\"bad\" is no severity; there are info, warning, error",
            "没有严重程度",
        ),
        ("[severity]\nlabel.smell = \"error\"", 2, "no finding is called \"label.smell\"", "没有名为"),
        ("[severity]\n\"file.part\" = 1", 2, "the severity of file.part must be a text", "应为文本"),
        ("ignore = \"file.part\"\nignore = \"file.extension\"", 2, "no TOML: duplicate key", "名称重复"),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error.line, Some(line), "{text}");
        let (english, chinese) = (error.message("p.toml").tell(Lang::En), error.message("p.toml").tell(Lang::Zh));
        assert!(english.starts_with(&format!("p.toml:{line}: ")) && english.contains(en), "{text}: {english}");
        assert!(chinese.contains(zh) && !english.contains('\n') && !chinese.contains('\n'), "{text}: {chinese}");
    }
}

#[test]
fn policies_that_say_the_same_have_one_name() {
    let id = |text: &str| parse(text).unwrap().id();
    // `printf '{"allow_unlabelled":false,"expect_producer":[],"fail_on":[],"ignore":[],"require":[],"severity":{}}' | sha256sum`
    assert_eq!(id(""), "d1552cf3cd6f4cd753014907d2601eea0b2ee79c48c2302409fcfc8749dfe51b");
    assert_eq!(
        id("ignore = [\"file.part\", \"file.extension\"]"),
        id("ignore = [\"file.extension\", \"file.part\", \"file.part\"]")
    );
    for other in [
        "fail-on = \"none\"",
        "require = \"explicit\"",
        "allow-unlabelled = true",
        "expect-producer = \"p\"",
        "severity.file.part = \"error\"",
    ] {
        assert_ne!(id(""), id(other), "{other}");
    }
}
