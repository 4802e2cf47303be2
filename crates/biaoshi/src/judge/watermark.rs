//! What is said of watermarks: those that are there, and those that nobody saw.

use biaoshi_container::phrase;
use biaoshi_label::{Code, Detail, Finding};
use biaoshi_metadata::finding;
use biaoshi_watermark::image::Content;

use super::{Evidence, Looked, Policy, Watermark};
use crate::plan::Layer;
use crate::provenance::{Agreement, ProviderTag};

/// Watermarks that are strange, that nobody looked for, or that a policy demands and that are not there.
pub(super) fn findings(evidence: &Evidence, policy: &Policy) -> Vec<Finding> {
    let required = policy.requires(Layer::Watermark);
    let hidden = evidence.hidden.iter().map(|what| finding(Code::WatermarkHidden, "", what.clone()));
    let mut findings = marks(evidence, required);
    findings.extend(hidden);
    findings
}

/// What is said of the marks themselves.
fn marks(evidence: &Evidence, required: bool) -> Vec<Finding> {
    match &evidence.watermarks {
        Looked::Unasked if required => {
            vec![finding(Code::WatermarkUnread, "", phrase!("nobody asked for them", "未要求查找"))]
        }
        Looked::Unasked => Vec::new(),
        Looked::Unable(why) => vec![finding(Code::WatermarkUnread, "", why.clone())],
        Looked::Found(all) if all.is_empty() && required => {
            vec![Finding::new(Code::NoWatermark, "", Detail::default())]
        }
        Looked::Found(all) => all.iter().flat_map(strange).collect(),
    }
}

/// What is strange about a mark.
fn strange(mark: &Watermark) -> Vec<Finding> {
    let finding = |code| Finding::new(code, "", Detail::term(mark.payload.to_string()));
    let mut findings = Vec::new();
    if mark.agrees == Agreement::Mismatch {
        findings.push(finding(Code::WatermarkDiffers));
    }
    if mark.place.content() == Some(Content::Mismatch) {
        findings.push(finding(Code::WatermarkCopied));
    }
    if let Some(several @ [_, _, ..]) = mark.providers.as_deref() {
        let codes = several.iter().map(|p| &*p.code).collect::<Vec<_>>().join(", ");
        let detail = Detail::term(format!("{}: {codes}", ProviderTag::of(mark.payload)));
        findings.push(Finding::new(Code::WatermarkProvider, "", detail));
    }
    findings
}

#[cfg(test)]
mod tests {
    use biaoshi_watermark::Payload;

    use super::*;
    use crate::judge::MarkPlace;
    use crate::provenance::Provider;

    #[test]
    fn what_is_strange_about_a_mark_is_told() {
        let mark = |agrees, content, codes: &[&str]| Watermark {
            payload: Payload(0xabcdef << 40),
            score: 9.0,
            false_positive: 0.0,
            key_id: String::new(),
            place: MarkPlace::Picture { quad: [(0.0, 0.0); 4], content },
            agrees,
            providers: Some(codes.iter().map(|c| Provider { code: (*c).into(), name: String::new() }).collect()),
        };
        let messages = |mark| strange(&mark).iter().map(Finding::english).collect::<Vec<_>>();
        assert_eq!(messages(mark(Agreement::Match, Content::Match, &["a"])), [""; 0]);
        assert_eq!(messages(mark(Agreement::NoLabel, Content::Unknown, &[])), [""; 0]);
        assert_eq!(
            messages(mark(Agreement::Mismatch, Content::Mismatch, &["a", "b"])),
            [
                "the watermark abcdef0000000000 is not that of the label: another provider or another content (our convention)",
                "the picture is not the one that was marked with abcdef0000000000 (our convention)",
                "several providers of the registry share the tag abcdef: a, b",
            ]
        );
    }
}
