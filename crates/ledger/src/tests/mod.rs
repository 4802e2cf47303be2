//! What a ledger promises, tried on many.

mod chain;
mod finding;
mod keeping;
mod writing;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::{Action, Day, Entry, Ledger, Options};

const HOUR: Duration = Duration::from_secs(3600);

/// The first moment of a day.
fn time(day: &str) -> SystemTime {
    Day::parse(day).unwrap().begin()
}

/// A line that says little.
fn entry(n: usize) -> Entry {
    Entry {
        path: Some(format!("a/{n}.png")),
        produce_id: Some(format!("id-{n}")),
        version: "0".into(),
        ..Entry::new(Action::Labelled)
    }
}

fn open(folder: &Path) -> Ledger {
    Ledger::open(folder, Options::default()).unwrap()
}

/// A ledger with so many lines on each of some days from 2026-01-01 on.
fn filled(folder: &Path, days: &[usize]) -> Ledger {
    let mut ledger = open(folder);
    let mut n = 0;
    for (day, lines) in days.iter().enumerate() {
        for _ in 0..*lines {
            let at = time("2026-01-01") + HOUR * 24 * u32::try_from(day).unwrap() + Duration::from_millis(n as u64);
            ledger.append_at(&entry(n), at).unwrap();
            n += 1;
        }
    }
    ledger
}

/// The files of days, in order, each as its lines with their ends.
fn lines(folder: &Path) -> Vec<(PathBuf, Vec<Vec<u8>>)> {
    let mut all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    all.retain(|path| path.extension().is_some_and(|e| e == "jsonl"));
    all.sort();
    let split = |path: PathBuf| {
        let bytes = std::fs::read(&path).unwrap();
        (path, bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect())
    };
    all.into_iter().map(split).collect()
}

/// Writes the lines of a file.
fn put(path: &Path, lines: &[Vec<u8>]) {
    std::fs::write(path, lines.concat()).unwrap();
}
