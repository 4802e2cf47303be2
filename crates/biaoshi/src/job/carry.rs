//! The label of an original, to be carried to its renditions.

use biaoshi_label::{Code, Label, Record, Severity, check};
use biaoshi_metadata::sidecar::PLACEMENT;

use super::{Input, VerifyOptions, too_long_label, too_many_labels, verify};
use crate::error::Original;
use crate::judge::{differing, fullest};
use crate::{Limits, Refusal, Result};

/// The label of an original, as its renditions are to carry it: values verbatim, in the prescribed form.
///
/// Of several labels that say the same the fullest one that conforms to Annex E is taken. A sidecar that belongs to other
/// bytes is the label of another content.
///
/// # Errors
/// The file cannot be read to its end; it has no label, none that conforms, or several that differ.
pub fn original(input: &Input, limits: Limits) -> Result<Label> {
    let report = verify(input, &VerifyOptions { limits, ..VerifyOptions::default() });
    if let Some(error) = report.error {
        return Err(error);
    }
    let noted = |code: Code| report.judgement.findings.iter().any(|f| f.code == code);
    if noted(Code::TooMany) {
        return Err(too_many_labels(&limits));
    }
    if noted(Code::TooLong) {
        return Err(too_long_label(&limits));
    }
    let mut records = report.labels;
    if noted(Code::SidecarHash) {
        records.retain(|r| r.placement != PLACEMENT);
    }
    Ok(choose(&records)?)
}

fn choose(records: &[Record]) -> std::result::Result<Label, Refusal> {
    let conforms = |r: &&Record| !r.broken && check(r).iter().all(|f| f.severity() < Severity::Error);
    let refused = |why| Err(Refusal::Original(why));
    let sound: Vec<Record> = records.iter().filter(|r| !r.broken).cloned().collect();
    match fullest(records.iter().filter(conforms)).map(Label::preserving) {
        _ if records.is_empty() => refused(Original::Unlabelled),
        None => refused(Original::Broken),
        Some(_) if sound.iter().any(Record::contradicts_itself) || !differing(&sound).is_empty() => {
            refused(Original::Conflict)
        }
        Some(label) => Ok(label),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use biaoshi_label::{Field, Level};

    fn record(id: &str) -> Record {
        let label = Label::new(Level::Confirmed, "p", id, false).unwrap();
        Record {
            placement: "x".into(),
            span: 0..1,
            raw: String::new(),
            fields: label.fields().clone(),
            misspelt: Vec::new(),
            repeated: Vec::new(),
            dialects: Vec::new(),
            broken: false,
        }
    }

    #[test]
    fn the_first_that_conforms_is_taken_and_contradictions_are_not_chosen_from() {
        let broken = || Record { broken: true, ..record("a") };
        let mut empty = record("a");
        Field::ProduceID.set(&mut empty.fields, None);
        for (records, expected) in [
            (vec![], Err(Original::Unlabelled)),
            (vec![broken()], Err(Original::Broken)),
            (vec![empty], Err(Original::Broken)),
            (vec![record("a"), record("b")], Err(Original::Conflict)),
            (vec![broken(), record("a"), record("a")], Ok("a")),
        ] {
            let chosen = choose(&records);
            assert_eq!(
                chosen.as_ref().map(|l| l.get(Field::ProduceID)).map_err(ToString::to_string),
                expected.map_err(|why| Refusal::Original(why).to_string()),
                "{records:?}"
            );
        }
    }
}
