//! Both labels in pages of any kind: the paragraph and the meta element do not get in each other's way.

use biaoshi::media::{ExplicitOptions, Outcome, explicit};
use biaoshi::plan::Position;
use biaoshi_container::{Limits, Patched, to_vec};
use biaoshi_label::{Label, Level};
use biaoshi_metadata::{FORMATS, Found};
use proptest::prelude::*;

/// Both labels, as a default run writes them: the explicit one first. What the first does not show is skipped there.
fn assert_both(text: &str) -> std::result::Result<(), TestCaseError> {
    let (bytes, limits, layer) = (text.as_bytes().to_vec(), Limits::default(), explicit("html").unwrap());
    let options = ExplicitOptions { position: Position::Both, ..ExplicitOptions::default() };
    let drawn = match (layer.apply)(&bytes, &options, &limits).unwrap() {
        Outcome::Drawn(drawn) => to_vec(&Patched::new(&bytes, &drawn.patch), u64::MAX).unwrap(),
        _ => return Ok(()),
    };
    if (layer.find)(&drawn, &options, &limits).unwrap().is_empty() {
        return Ok(());
    }
    let format = FORMATS.iter().find(|f| f.name == "html").unwrap();
    let label = Label::new(Level::Confirmed, "p", "i", true).unwrap();
    let writer = (format.read)(&drawn, &limits, &mut Found::default()).unwrap();
    let Ok(patch) = writer.plan(&drawn, &label, &limits) else { return Ok(()) };
    let out = to_vec(&Patched::new(&drawn, &patch), u64::MAX).unwrap();
    let shown = String::from_utf8_lossy(&out);
    let mut found = Found::default();
    (format.read)(&out, &limits, &mut found).unwrap();
    prop_assert!(found.records.len() == 1 && label.equals(&found.records[0]), "{}", shown);
    prop_assert_eq!(found.records[0].placement.as_ref(), format.placement, "{}", shown);
    prop_assert!(found.records[0].dialects.is_empty(), "{}", shown);
    let again = (layer.apply)(&out, &options, &limits).unwrap();
    prop_assert!(matches!(again, Outcome::Already(_)), "{}", shown);
    Ok(())
}

#[test]
fn documents_that_end_in_the_middle() {
    for end in [
        "<!doctype html",
        "<!-- a",
        "<p class=",
        "</p",
        "<![CDATA[",
        "<title>",
        "<template>",
        "<select>",
        "<svg>",
        "</",
        "<",
    ] {
        for before in ["", "<title>t</title>", "<!doctype html><body>words"] {
            assert_both(&format!("{before}{end}")).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..ProptestConfig::default() })]

    /// A second run changes nothing, whatever soup a document is, and whether it is XML or not.
    #[test]
    fn both_labels_in_any_soup(parts in prop::collection::vec(prop::sample::select(vec![
        "<html>", "<head>", "</head>", "<body>", "</body>", "<title>", "</title>", "<p>", "</p>", "<!--", "-->", "<!-->", "<script>",
        "</script>", "<svg>", "</svg>", "<template>", "</template>", "<frameset>", "x", " ", "<", ">", "\"", "</html>", "<![CDATA[",
        "]]>", "<math>", "<desc>", "<noscript>", "</noscript>", "é", "<br/>", "<!doctype html>", "<!doctype", "<textarea>", "<select>",
        "<a>", "</", "<?", "&am", "<plaintext>",
    ]), 0..16), xml in prop::bool::ANY) {
        let soup = parts.concat();
        assert_both(&soup)?;
        if xml {
            assert_both(&format!("<html xmlns='http://www.w3.org/1999/xhtml'><head/><body>{soup}</body></html>"))?;
        }
    }
}
