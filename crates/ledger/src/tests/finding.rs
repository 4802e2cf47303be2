use proptest::prelude::*;

use super::*;
use crate::{Hash, Key, Line, Note, bring_up_to_date, find};

/// An entry whose keys come from few, so that many lines share them.
fn shared(n: usize) -> Entry {
    Entry {
        produce_id: (!n.is_multiple_of(3)).then(|| format!("id \"{}\" é", n % 7)),
        payload: (!n.is_multiple_of(2)).then(|| format!("{:016x}", 0xabcd_ef00_0000_0000_u64 + (n % 5) as u64)),
        watermarks: if n.is_multiple_of(4) { vec![format!("{:016x}", n % 6)] } else { vec![] },
        sha256_before: Some(Hash::of(&[n as u8 % 11])),
        sha256_after: (!n.is_multiple_of(5)).then(|| Hash::of(&[n as u8 % 13])),
        ..entry(n)
    }
}

fn keys() -> Vec<Key> {
    let ids = (0..8).map(|n| Key::ProduceId(format!("id \"{n}\" é")));
    let payloads = (0..8).flat_map(|n| [Key::Payload(n), Key::Payload(0xabcd_ef00_0000_0000 + n), Key::ContentTag(n)]);
    let tags = (0..8).map(|n| Key::ContentTag(crate::line::content_tag(&format!("id \"{n}\" é"))));
    let contents = (0..14).map(|n| Key::Sha256(Hash::of(&[n])));
    ids.chain(payloads).chain(tags).chain(contents).collect()
}

/// The numbers of the lines that a key means, by reading all.
fn expected(folder: &Path, key: &Key) -> Vec<u64> {
    let all: Vec<Line> = lines(folder)
        .into_iter()
        .flat_map(|(_, lines)| lines)
        .map(|line| serde_json::from_slice(&line).unwrap())
        .collect();
    let payloads = |line: &Line| -> Vec<u64> {
        line.entry.payload.iter().chain(&line.entry.watermarks).map(|p| u64::from_str_radix(p, 16).unwrap()).collect()
    };
    let is_meant = |line: &&Line| match key {
        Key::ProduceId(id) => line.entry.produce_id.as_ref() == Some(id),
        Key::Payload(p) => payloads(line).contains(p),
        Key::ContentTag(tag) => {
            payloads(line).iter().any(|p| p & 0xff_ffff_ffff == *tag)
                || line
                    .entry
                    .produce_id
                    .as_ref()
                    .is_some_and(|id| Hash::of(id.as_bytes()).to_string().starts_with(&format!("{tag:010x}")))
        }
        Key::Sha256(hash) => [line.entry.sha256_before, line.entry.sha256_after].contains(&Some(*hash)),
    };
    all.iter().filter(is_meant).map(|line| line.sequence).collect()
}

fn found(folder: &Path, key: &Key) -> (Vec<u64>, Vec<Note>) {
    let search = find(folder, key, 1000).unwrap();
    let numbers = search.lines.iter().map(|(_, line)| serde_json::from_slice::<Line>(line).unwrap().sequence).collect();
    (numbers, search.notes)
}

fn fill(ledger: &mut Ledger, numbers: std::ops::Range<usize>) {
    for n in numbers {
        ledger.append_at(&shared(n), time("2026-01-01") + HOUR * 3 * u32::try_from(n).unwrap()).unwrap();
    }
}

#[test]
fn every_line_is_found_by_each_of_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut ledger = open(folder);
    fill(&mut ledger, 0..60);
    for (round, more) in [60..60, 60..61, 61..90].into_iter().enumerate() {
        // Some lines are in the index, some behind it.
        fill(&mut ledger, more);
        let mut hits = 0;
        for key in keys() {
            let (numbers, _) = found(folder, &key);
            assert_eq!(numbers, expected(folder, &key), "{round} {key:?}");
            hits += numbers.len();
        }
        assert!(hits > 200);
    }
    assert_eq!(bring_up_to_date(folder, false).unwrap(), (30, vec![]));
    for key in keys() {
        assert_eq!(found(folder, &key), (expected(folder, &key), vec![]), "{key:?}");
    }
    let search = find(folder, &keys()[1], 2).unwrap();
    assert!(search.lines.len() == 2 && search.more);
}

#[test]
fn an_index_that_is_missing_or_of_another_ledger_is_made_anew_and_said() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, other) = (one.path(), other.path());
    fill(&mut open(one), 0..40);
    fill(&mut open(other), 0..10);
    let index = one.join("index.redb");
    assert_eq!(found(one, &keys()[1]).1, [Note::Made(index.clone())]);
    assert_eq!(found(one, &keys()[1]).1, []);
    std::fs::copy(&index, other.join("index.redb")).unwrap();
    let (numbers, notes) = found(other, &keys()[1]);
    assert_eq!((numbers, notes), (expected(other, &keys()[1]), vec![Note::Rebuilt(other.join("index.redb"))]));
    for bytes in [&b""[..], b"hello", &[0; 5000]] {
        std::fs::write(&index, bytes).unwrap();
        let (numbers, notes) = found(one, &keys()[2]);
        assert_eq!(numbers, expected(one, &keys()[2]));
        assert!(matches!(&notes[..], [Note::Rebuilt(_) | Note::Made(_)]), "{notes:?}");
    }
    std::fs::remove_file(&index).unwrap();
    std::fs::create_dir(&index).unwrap();
    let (numbers, notes) = found(one, &keys()[2]);
    assert_eq!(numbers, expected(one, &keys()[2]));
    assert!(matches!(&notes[..], [Note::Unused(..)]), "{notes:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A damaged index gives the right lines or fewer, as it knows no sums of pages that are only read; it never gives wrong ones, and
    /// never ends the program.
    #[test]
    fn damage_to_the_index_shows_no_wrong_line(damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40), cut in any::<Option<prop::sample::Index>>()) {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fill(&mut open(folder), 0..50);
        bring_up_to_date(folder, false).unwrap();
        let index = folder.join("index.redb");
        let mut bytes = std::fs::read(&index).unwrap();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        std::fs::write(&index, bytes).unwrap();
        for key in keys().iter().step_by(5) {
            let expected = expected(folder, key);
            let (numbers, _) = found(folder, key);
            prop_assert!(numbers.iter().all(|n| expected.contains(n)), "{:?} {:?}", numbers, expected);
        }
        bring_up_to_date(folder, true).unwrap();
        for key in keys().iter().step_by(5) {
            prop_assert_eq!(found(folder, key).0, expected(folder, key));
        }
    }
}
