use super::*;
use crate::{Key, LedgerError, Retired, SIX_MONTHS, audit, bring_up_to_date, find, retirable};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn days(retired: &[crate::DayAudit]) -> Vec<String> {
    retired.iter().map(|day| day.day.to_string()).collect()
}

fn retire(ledger: &mut Ledger, retain: u32, now: SystemTime) -> Retired {
    ledger.retire(retain, now, "0").unwrap()
}

#[test]
fn whole_days_go_and_the_chain_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut ledger = filled(folder, &[2, 3, 1, 2]);
    let kept_elsewhere = ledger.head().hash;
    // On the 184th day after it, a day is not older than 184 days.
    let now = time("2026-01-02") + DAY * SIX_MONTHS;
    assert_eq!(days(&retirable(folder, SIX_MONTHS, now).unwrap().removed), ["2026-01-01"]);
    assert_eq!(lines(folder).len(), 4);
    assert_eq!(days(&retire(&mut ledger, SIX_MONTHS, now).removed), ["2026-01-01"]);
    let found = audit(folder, Some(kept_elsewhere)).unwrap();
    assert!(found.is_whole(), "{:?}", found.faults);
    assert_eq!((found.stubs.len(), found.stubs[0].first, found.stubs[0].last), (1, 1, 2));
    assert_eq!(days(&retire(&mut ledger, SIX_MONTHS, now + DAY * 2).removed), ["2026-01-02", "2026-01-03"]);
    assert_eq!(days(&retire(&mut ledger, 1, now + DAY * 400).removed), ["2026-01-04", "2026-07-05", "2026-07-07"]);
    let found = audit(folder, None).unwrap();
    assert!(found.is_whole(), "{:?}", found.faults);
    // Nothing is left to go.
    assert_eq!(retire(&mut ledger, 1, now + DAY * 400), Retired { removed: vec![], kept: vec![] });
    assert_eq!((found.lines(), found.stubs.len()), (1, 4));
}

#[test]
fn a_day_that_somebody_else_removed_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut ledger = filled(folder, &[1, 1, 1, 1, 1]);
    retire(&mut ledger, 184, time("2026-01-02") + DAY * 184);
    std::fs::remove_file(folder.join("2026-01-02.jsonl")).unwrap();
    assert!(!audit(folder, None).unwrap().is_whole());
    // Nothing more goes from a chain that does not hold.
    assert!(matches!(ledger.retire(1, time("2027-01-01"), "0"), Err(LedgerError::Broken(..))));
}

/// Measures Art. 9: no less than six months, whatever is asked for.
#[test]
fn deliveries_without_an_explicit_label_stay_for_six_months() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut ledger = filled(folder, &[1]);
    let delivered = Entry { action: Action::DeliveredUnlabelled, ..entry(1) };
    ledger.append_at(&delivered, time("2026-01-02")).unwrap();
    ledger.append_at(&entry(2), time("2026-01-02")).unwrap();
    ledger.append_at(&entry(3), time("2026-01-03")).unwrap();
    ledger.append_at(&entry(4), time("2026-01-04")).unwrap();
    let retired = retire(&mut ledger, 1, time("2026-01-02") + DAY * 184);
    assert_eq!(
        (days(&retired.removed), days(&retired.kept)),
        (vec!["2026-01-01".into(), "2026-01-03".into(), "2026-01-04".into()], vec!["2026-01-02".into()])
    );
    assert!(audit(folder, None).unwrap().is_whole());
    let retired = retire(&mut ledger, 1, time("2026-01-02") + DAY * 185);
    assert_eq!(days(&retired.removed), ["2026-01-02"]);
    let found = audit(folder, None).unwrap();
    assert!(found.is_whole(), "{:?}", found.faults);
}

/// Files go one after the other; wherever that ends, the chain holds, and the next call ends it.
#[test]
fn an_interrupted_retention_is_ended_by_the_next_one() {
    for gone in 0..5 {
        for first_retention in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path();
            let mut ledger = filled(folder, &[1, 2, 1, 2, 1, 1]);
            if first_retention {
                retire(&mut ledger, 184, time("2026-01-02") + DAY * 184);
            }
            let before = lines(folder);
            retire(&mut ledger, 184, time("2026-01-05") + DAY * 184);
            for (path, lines) in before.iter().skip(gone).filter(|(path, _)| !path.exists()) {
                put(path, lines);
            }
            let found = audit(folder, None).unwrap();
            assert!(found.is_whole(), "{gone} {:?}", found.faults);
            drop(ledger);
            let mut ledger = open(folder);
            retire(&mut ledger, 184, time("2026-01-06") + DAY * 184);
            let found = audit(folder, None).unwrap();
            assert!(found.is_whole(), "{gone} {:?}", found.faults);
            assert!(!folder.join("2026-01-04.jsonl").exists());
        }
    }
}

#[test]
fn what_is_removed_is_not_found_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut ledger = filled(folder, &[2, 2]);
    bring_up_to_date(folder, false).unwrap();
    let count = |n: usize| find(folder, &Key::ProduceId(format!("id-{n}")), 9).unwrap().lines.len();
    assert_eq!((count(0), count(3)), (1, 1));
    retire(&mut ledger, 184, time("2026-01-02") + DAY * 184);
    assert_eq!((count(0), count(3)), (0, 1));
}
