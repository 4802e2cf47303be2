//! What is said of the security fields of labels (TC260-PG-202511A).

use biaoshi_container::said;
use biaoshi_label::{Code, Finding};
use biaoshi_metadata::finding;
use biaoshi_security::{Check, Content, Party, State};

use super::Evidence;

/// One finding for each security field, and one more where another key than a pinned one signed.
pub(super) fn findings(evidence: &Evidence) -> Vec<Finding> {
    let placements = evidence.found.records.iter().map(|record| record.placement.clone());
    let checked = placements.zip(&evidence.signatures);
    checked.flat_map(|(placement, checks)| of_label(&placement, checks)).collect()
}

fn of_label(placement: &str, checks: &[Option<Check>; 2]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (party, check) in Party::ALL.into_iter().zip(checks) {
        let Some(check) = check else { continue };
        let code = match (check.state, check.content) {
            (State::Invalid, Content::Mismatch) => Code::ContentMismatch,
            (State::Invalid, _) => Code::SignatureInvalid,
            (State::ValidPinned, _) => Code::SignaturePinned,
            (State::ValidUnpinned, _) => Code::SignatureUnpinned,
            (State::NotVerifiable, _) => Code::SignatureUnknown,
        };
        let field = party.reserved().key();
        let what = match &check.reason {
            Some(reason) => said!("{}: {}", "{}:{}", field, reason.clone()),
            None => said!("{}: it is for this content", "{}:签名对应此内容", field),
        };
        findings.push(finding(code, placement.to_owned(), what));
        if check.other_key {
            let key = check.key_id.as_deref().unwrap_or("-");
            findings.push(finding(Code::OtherKey, placement.to_owned(), said!("{}: {}", "{}:{}", field, key)));
        }
    }
    findings
}
