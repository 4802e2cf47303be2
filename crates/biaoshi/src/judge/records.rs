//! Several labels in one file: do they say the same (clause 6.1 c: exactly one label in a file)?

use biaoshi_container::{Message, said};
use biaoshi_label::{Code, Detail, Field, Fields, Finding, Record};
use biaoshi_metadata::{Found, finding};

/// Whether there are more labels than are kept.
pub(super) fn number(found: &Found) -> Option<Finding> {
    let kept = found.records.len();
    (found.beyond > 0)
        .then(|| Finding::new(Code::TooMany, "", Detail::term(format!("{} > {kept}", kept + found.beyond))))
}

/// Whether several records say the same (clause 6.1 c: exactly one label in a file).
pub(super) fn agreement(records: &[Record]) -> Option<Finding> {
    if records.len() < 2 {
        return None;
    }
    let different = differing(records);
    if different.is_empty() {
        return Some(Finding::new(Code::Duplicate, "", Detail::term(records.len().to_string())));
    }
    let keys = different.iter().map(|f| f.key()).collect::<Vec<_>>().join(", ");
    // Services label each version of a text anew and leave the labels of the earlier ones: none is another's content.
    let what = match of_one_producer(records) {
        true => said!("{} (stacked by one producer)", "{}(由同一服务提供者叠加)", keys),
        false => Message::term(keys),
    };
    Some(finding(Code::Conflict, "", what))
}

/// The fields in which records contradict each other. A field that a record lacks contradicts nothing: services write a
/// label of three fields beside one of seven.
pub(crate) fn differing<'r>(records: impl IntoIterator<Item = &'r Record>) -> Vec<Field> {
    let mut seen = Fields::default();
    let mut different = [false; Field::ALL.len()];
    for record in records {
        for (field, different) in Field::ALL.into_iter().zip(&mut different) {
            match (field.of(&seen), record.get(field)) {
                (Some(seen), Some(value)) => *different |= seen != value,
                (None, Some(value)) => field.set(&mut seen, Some(value.to_owned())),
                (_, None) => {}
            }
        }
    }
    Field::ALL.into_iter().zip(different).filter(|(_, d)| *d).map(|(f, _)| f).collect()
}

/// Whether records that say the same have no one that says all of it.
pub(crate) fn is_scattered<'r>(records: impl IntoIterator<Item = &'r Record> + Clone) -> bool {
    let says = |record: &Record, field: Field| record.get(field).is_some_and(|value| !value.is_empty());
    let Some(first) = fullest(records.clone()) else { return false };
    records.into_iter().any(|record| Field::ALL.into_iter().any(|field| says(record, field) && !says(first, field)))
}

/// The record from which a label follows: the first of those with most of its values.
pub(crate) fn origin<'r>(records: &'r [Record], label: &Fields) -> Option<&'r Record> {
    let shared = |record: &&Record| Field::ALL.iter().filter(|f| record.get(**f) == f.of(label)).count();
    // `min_by_key` takes the first of equals.
    records.iter().min_by_key(|record| std::cmp::Reverse(shared(record)))
}

/// Of records that say the same, the first of those that say most.
pub(crate) fn fullest<'r>(records: impl IntoIterator<Item = &'r Record>) -> Option<&'r Record> {
    let fields = |r: &&Record| Field::ALL.iter().filter(|f| r.get(**f).is_some()).count();
    // `min_by_key` takes the first of equals.
    records.into_iter().min_by_key(|r| std::cmp::Reverse(fields(r)))
}

/// Whether all records name the same producer.
fn of_one_producer(records: &[Record]) -> bool {
    let mut producers = records.iter().map(|r| r.get(Field::ContentProducer).filter(|p| !p.is_empty()));
    let Some(Some(first)) = producers.next() else { return false };
    producers.all(|p| p == Some(first))
}
