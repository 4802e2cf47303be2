//! What a platform reads that others wrote: security data, lines of a ledger, policies and trust files.

use std::fs;

use biaoshi::ledger::{Ledger, Options, audit};
use biaoshi::policy;
use biaoshi::security::{Budget, Digest, Party, State, Trust, check};
use biaoshi_label::Field;

/// The security data of a label: whatever it holds, one verdict comes of it, and only what could be verified names an algorithm.
pub fn security(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut fields = ["1", "001191110000EXAMPLE03Q10000", "fuzz-1", "", "p", "q", ""].map(|v| Some(v.to_owned()));
    let trust = Trust::parse(&text).unwrap_or_default();
    let budget = Budget::default();
    for (party, field) in [(Party::Producer, Field::ReservedCode1), (Party::Propagator, Field::ReservedCode2)] {
        field.set(&mut fields, Some(text.clone().into_owned()));
        let mut content = |hash| Ok(Digest { hash, bytes: [0; 32] });
        let Some(said) = check(party, &fields, &trust, &budget, &mut content) else { continue };
        assert_eq!(said.state == State::NotVerifiable, said.algorithm.is_none(), "{said:?}");
    }
}

/// The file of a day: it is checked, opened, mended and written on, and what was mended holds.
pub fn ledger(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("2026-01-01.jsonl"), data).expect("a file");
    let before = audit(folder.path(), None);
    let Ok(ledger) = Ledger::open(folder.path(), Options::default()) else { return };
    let head = ledger.head();
    drop(ledger);
    let was_whole = before.is_ok_and(|found| found.is_whole());
    if let (true, Ok(after)) = (was_whole, audit(folder.path(), Some(head.hash))) {
        assert!(after.faults.is_empty() && after.torn.is_none(), "{after:?}");
    }
}

/// A policy: what is read has a name, and what is not says where.
pub fn policy(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match policy::parse(&text) {
        Ok(policy) => assert_eq!(policy.id().len(), 64),
        Err(error) => assert!(error.line.is_some_and(|line| line <= text.lines().count().max(1) + 1), "{error:?}"),
    }
}
