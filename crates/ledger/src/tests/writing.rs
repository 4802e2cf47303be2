use std::io::Write;

use super::*;
use crate::{Hash, Head, LedgerError, audit, head};

#[test]
fn lines_go_on_where_another_process_ended_and_days_have_files() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    drop(filled(folder, &[2, 1]));
    let mut ledger = open(folder);
    assert_eq!(ledger.head().sequence, 3);
    ledger.append_at(&entry(3), time("2026-01-02") + HOUR).unwrap();
    // The clock went back: the line stays behind those that are there.
    ledger.append_at(&entry(4), time("2026-01-01")).unwrap();
    let last = ledger.append_at(&entry(5), time("2026-02-01")).unwrap();
    let files = lines(folder);
    let counts: Vec<_> =
        files.iter().map(|(path, lines)| (path.file_name().unwrap().to_str().unwrap(), lines.len())).collect();
    assert_eq!(counts, [("2026-01-01.jsonl", 2), ("2026-01-02.jsonl", 3), ("2026-02-01.jsonl", 1)]);
    let found = audit(folder, Some(last.hash)).unwrap();
    assert!(found.is_whole(), "{:?}", found.faults);
    assert_eq!((found.lines(), found.head), (6, last));
    assert_eq!(head(folder).unwrap(), (last, Day::parse("2026-02-01").unwrap()));
}

/// The hash of a line is what `tail -n 1 FILE | sha256sum` says.
#[test]
fn a_line_names_the_bytes_of_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = filled(folder.path(), &[1, 1]);
    let [(_, first), (_, second)] = &lines(folder.path())[..] else { panic!() };
    let prev = |line: &[u8]| serde_json::from_slice::<crate::Line>(line).unwrap().prev;
    assert_eq!((prev(&first[0]), prev(&second[0])), (Hash::NONE, Hash::of(&first[0])));
    assert_eq!(ledger.head(), Head { sequence: 2, hash: Hash::of(&second[0]) });
}

#[test]
fn one_writes_and_everybody_reads() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let ledger = filled(folder, &[1]);
    assert!(matches!(Ledger::open(folder, Options::default()), Err(LedgerError::Locked(_))));
    assert!(audit(folder, None).unwrap().is_whole());
    drop(ledger);
    assert_eq!(open(folder).head().sequence, 1);
}

/// Somebody may have been told of it: an editor or a copy took its end.
#[test]
fn a_line_that_lacks_its_end_alone_gets_it_back() {
    for days in [&[3][..], &[2, 1], &[1], &[1, 1]] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let last = filled(folder, days).head();
        let (path, _) = lines(folder).pop().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        let ledger = open(folder);
        assert_eq!((ledger.head(), ledger.repairs().is_empty()), (last, true), "{days:?}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_line_that_a_crash_cut_off_goes_and_a_line_says_so() {
    for (days, cut) in [(&[3][..], 40), (&[2, 1], 40), (&[1], 2), (&[1, 1], 2)] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        drop(filled(folder, days));
        let (path, _) = lines(folder).pop().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - cut]).unwrap();
        let found = audit(folder, None).unwrap();
        assert!(found.is_whole() && found.torn.is_some(), "{:?}", found.faults);
        let ledger = open(folder);
        let [repair] = ledger.repairs() else { panic!() };
        let repair = repair.clone();
        assert_eq!(repair.file, path);
        let found = audit(folder, Some(ledger.head().hash)).unwrap();
        assert!(found.is_whole() && found.torn.is_none(), "{:?}", found.faults);
        let (_, last) = lines(folder).pop().unwrap();
        let line: crate::Line = serde_json::from_slice(last.last().unwrap()).unwrap();
        assert_eq!((line.entry.action, line.entry.bytes), (Action::Repaired, Some(repair.bytes)));
        drop(ledger);
        assert_eq!(open(folder).repairs(), []);
    }
}

/// Crashes on several days, of which nobody opened the ledger between.
#[test]
fn each_torn_line_that_goes_has_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    drop(filled(folder, &[2, 1, 1]));
    let torn: Vec<_> = lines(folder).into_iter().map(|(path, all)| (path, all.last().unwrap().len() - 2)).collect();
    for (path, _) in &torn {
        let bytes = std::fs::read(path).unwrap();
        std::fs::write(path, &bytes[..bytes.len() - 2]).unwrap();
    }
    let ledger = open(folder);
    let repairs: Vec<_> = ledger.repairs().iter().map(|r| (r.file.clone(), r.bytes as usize)).collect();
    assert_eq!(repairs, torn.iter().rev().cloned().collect::<Vec<_>>());
    let whole = audit(folder, Some(ledger.head().hash)).unwrap();
    assert!(whole.is_whole() && whole.torn.is_none() && whole.lines() == 1 + 3, "{whole:?}");
    let told: Vec<crate::Line> =
        lines(folder).iter().flat_map(|(_, all)| all).map(|l| serde_json::from_slice(l).unwrap()).collect();
    let told: Vec<_> = told.iter().filter(|l| l.entry.action == Action::Repaired).collect();
    assert_eq!(
        told.iter().map(|l| l.entry.bytes.unwrap() as usize).collect::<Vec<_>>(),
        repairs.iter().map(|r| r.1).collect::<Vec<_>>()
    );
    drop(ledger);
    assert_eq!(open(folder).repairs(), []);
}

#[test]
fn a_last_line_that_does_not_fit_is_told_and_written_behind() {
    for (days, is_told) in [(&[3][..], true), (&[2, 1], true), (&[1], false)] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        drop(filled(folder, days));
        assert_eq!(open(folder).loose_end(), None);
        // Somebody wrote the line before the last one anew, or the only one.
        let mut files = lines(folder);
        let at = files.iter().position(|(_, all)| all.len() > 1).unwrap_or_default();
        let (path, all) = &mut files[at];
        let changed = all.len().saturating_sub(if days.len() > 1 { 1 } else { 2 });
        all[changed] = String::from_utf8(all[changed].clone()).unwrap().replace("png", "gif").into_bytes();
        put(path, all);
        let mut ledger = open(folder);
        assert_eq!(ledger.loose_end().is_some(), is_told, "{days:?}");
        ledger.append(&entry(9)).unwrap();
        assert_eq!(audit(folder, None).unwrap().is_whole(), !is_told);
    }
}

#[test]
fn what_is_no_ledger_is_told_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/ledger");
    assert!(matches!(audit(&path, None), Err(LedgerError::Empty(_))));
    drop(open(&path));
    assert!(matches!(audit(&path, None), Err(LedgerError::Empty(_))));
    let file = path.join("2026-01-01.jsonl");
    for bytes in ["hello\n", "{}\n", "{\"schema\":\"biaoshi.ledger/2\",\"sequence\":1}\n"] {
        std::fs::write(&file, bytes).unwrap();
        assert!(matches!(Ledger::open(&path, Options::default()), Err(LedgerError::Damaged(..))), "{bytes}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), bytes);
        assert!(!audit(&path, None).unwrap().is_whole());
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    assert!(matches!(Ledger::open(&path, Options::default()), Err(LedgerError::NotAFile(_))));
    assert!(matches!(
        Ledger::open(&folder.path().join("new/ledger/lock"), Options::default()),
        Err(LedgerError::NotAFolder(_))
    ));
}

#[test]
fn a_line_that_is_too_long_is_none_and_the_next_one_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = open(folder.path());
    let long = Entry { reason: Some("x".repeat(65 << 20)), ..entry(0) };
    assert!(matches!(ledger.append(&long), Err(LedgerError::TooLong(_))));
    assert_eq!(ledger.append(&entry(1)).unwrap().sequence, 1);
}

/// A torn line may be longer than what is read at a time, and a whole one too.
#[test]
fn the_end_is_found_behind_lines_of_any_length() {
    for (length, torn) in [(10, 200_000), (200_000, 10), (70_000, 70_000), (0, 65_536)] {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = open(folder.path());
        ledger.append_at(&Entry { reason: Some("x".repeat(length)), ..entry(0) }, time("2026-01-01")).unwrap();
        let head = ledger.head();
        drop(ledger);
        let (path, _) = lines(folder.path()).pop().unwrap();
        let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(&vec![b'y'; torn]).unwrap();
        let ledger = open(folder.path());
        assert_eq!(ledger.repairs()[0].bytes, torn as u64);
        assert_eq!(ledger.head().sequence, head.sequence + 1);
        assert!(audit(folder.path(), Some(head.hash)).unwrap().is_whole());
    }
}
