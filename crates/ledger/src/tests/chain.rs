use proptest::prelude::*;

use super::*;
use crate::{Hash, audit};

/// What somebody does to a ledger whose lines he may change.
#[derive(Debug, Clone)]
enum Deed {
    /// Changes a bit.
    Edit {
        line: usize,
        byte: usize,
        bit: u8,
    },
    Swap {
        one: usize,
        other: usize,
    },
    Remove {
        line: usize,
    },
    /// Puts a line in a second time.
    Repeat {
        line: usize,
        at: usize,
    },
    /// Removes a day.
    RemoveDay {
        day: usize,
    },
    /// Gives a day the lines of another one.
    SwapDays {
        one: usize,
        other: usize,
    },
}

fn deeds() -> impl Strategy<Value = Deed> {
    let n = 0_usize..1000;
    prop_oneof![
        (n.clone(), n.clone(), 0_u8..8).prop_map(|(line, byte, bit)| Deed::Edit { line, byte, bit }),
        (n.clone(), n.clone()).prop_map(|(one, other)| Deed::Swap { one, other }),
        n.clone().prop_map(|line| Deed::Remove { line }),
        (n.clone(), n.clone()).prop_map(|(line, at)| Deed::Repeat { line, at }),
        n.clone().prop_map(|day| Deed::RemoveDay { day }),
        (n.clone(), n).prop_map(|(one, other)| Deed::SwapDays { one, other }),
    ]
}

/// Does it, to what is inside: the last line has none behind it that speaks of it. `false`: it would change nothing.
fn done(deed: &Deed, folder: &Path) -> bool {
    let mut files = lines(folder);
    let total: usize = files.iter().map(|(_, lines)| lines.len()).sum();
    let inside = total - 1;
    let place = |files: &[(PathBuf, Vec<Vec<u8>>)], mut line: usize| {
        let day = files.iter().position(|(_, lines)| {
            let here = line < lines.len();
            line = if here { line } else { line - lines.len() };
            here
        });
        (day.unwrap(), line)
    };
    match *deed {
        Deed::Edit { line, byte, bit } => {
            let (day, line) = place(&files, line % inside);
            let bytes = &mut files[day].1[line];
            let at = byte % bytes.len();
            bytes[at] ^= 1 << bit;
        }
        Deed::Swap { one, other } => {
            let ((day, line), (other_day, other_line)) = (place(&files, one % total), place(&files, other % total));
            let bytes = files[day].1[line].clone();
            if bytes == files[other_day].1[other_line] {
                return false;
            }
            files[day].1[line] = std::mem::replace(&mut files[other_day].1[other_line], bytes);
        }
        Deed::Remove { line } => {
            let (day, line) = place(&files, line % inside);
            files[day].1.remove(line);
        }
        Deed::Repeat { line, at } => {
            let ((day, line), (to, at)) = (place(&files, line % total), place(&files, at % total));
            let bytes = files[day].1[line].clone();
            files[to].1.insert(at, bytes);
        }
        Deed::RemoveDay { day } => {
            let day = day % (files.len() - 1);
            std::fs::remove_file(&files[day].0).unwrap();
            return true;
        }
        Deed::SwapDays { one, other } => {
            let (one, other) = (one % files.len(), other % files.len());
            let lines = files[one].1.clone();
            files[one].1 = std::mem::replace(&mut files[other].1, lines);
            if one == other {
                return false;
            }
        }
    }
    files.iter().for_each(|(path, lines)| put(path, lines));
    true
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_done_inside_is_found(deed in deeds(), days in prop::collection::vec(1_usize..6, 2..5)) {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        drop(filled(folder, &days));
        prop_assert!(audit(folder, None).unwrap().is_whole());
        prop_assume!(done(&deed, folder));
        let found = audit(folder, None).unwrap();
        prop_assert!(!found.is_whole() && !found.faults.is_empty(), "{deed:?}");
    }

    /// Whoever cuts the end off leaves a chain that holds; the head that somebody kept is not in it.
    #[test]
    fn a_cut_end_is_found_by_the_head(days in prop::collection::vec(1_usize..6, 1..4), cut in 1_usize..1000, bytes in 0_usize..2) {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let ledger = filled(folder, &days);
        let head = ledger.head();
        drop(ledger);
        let mut files = lines(folder);
        let total: usize = days.iter().sum();
        for _ in 0..1 + cut % total {
            let last = files.last_mut().unwrap();
            last.1.pop();
            let (path, lines) = last.clone();
            if lines.is_empty() {
                std::fs::remove_file(path).unwrap();
                files.pop();
            } else {
                put(&path, &lines);
            }
            if files.is_empty() {
                prop_assert!(audit(folder, Some(head.hash)).is_err());
                return Ok(());
            }
        }
        if bytes > 0 {
            // And half a line more.
            let (path, lines) = files.last().unwrap();
            put(path, &[lines.concat(), b"{\"schema\":\"biaoshi".to_vec()]);
        }
        prop_assert!(audit(folder, None).unwrap().is_whole());
        let found = audit(folder, Some(head.hash)).unwrap();
        prop_assert_eq!((found.is_whole(), found.anchored), (false, Some(false)));
    }

    /// Whatever the files hold, reading them ends, and says what it is.
    #[test]
    fn noise_is_no_ledger(bytes in prop::collection::vec(any::<u8>(), 1..400)) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("2026-01-01.jsonl"), &bytes).unwrap();
        let found = audit(folder.path(), None).unwrap();
        prop_assert!(!found.is_whole() || found.torn.is_some());
        let _ = Ledger::open(folder.path(), Options::default());
    }
}

#[test]
fn a_fault_says_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    drop(filled(folder, &[3, 3]));
    let mut files = lines(folder);
    let text = String::from_utf8(files[1].1[1].clone()).unwrap();
    files[1].1[1] = text.replace("id-4", "id-9").into_bytes();
    put(&files[1].0, &files[1].1);
    let found = audit(folder, None).unwrap();
    let told: Vec<_> = found.faults.iter().map(|fault| fault.message().to_string()).collect();
    assert_eq!(
        told,
        ["2026-01-02.jsonl, line 3: it does not fit the line before it: that line was changed, or this one"]
    );
}

#[test]
fn the_last_file_keeps_its_day() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path(), &[1]));
    std::fs::rename(folder.path().join("2026-01-01.jsonl"), folder.path().join("2026-01-05.jsonl")).unwrap();
    assert!(!audit(folder.path(), None).unwrap().is_whole());
}

#[test]
fn every_head_that_there_was_is_in_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = filled(folder.path(), &[2]);
    let heads: Vec<_> = (0..4).map(|n| ledger.append(&entry(n)).unwrap().hash).collect();
    for head in heads.into_iter().chain([Hash::NONE]) {
        assert!(audit(folder.path(), Some(head)).unwrap().is_whole());
    }
    assert!(!audit(folder.path(), Some(Hash::of(b"x"))).unwrap().is_whole());
}
