//! Makes a ledger of many lines, for measuring: `ledger DIR LINES DAYS`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use biaoshi_ledger::{Action, Day, Entry, Hash, Ledger, Options};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, lines, days] = args.as_slice() else { panic!("ledger DIR LINES DAYS") };
    let (lines, days): (u64, u64) = (lines.parse().unwrap(), days.parse().unwrap());
    let mut ledger = Ledger::open(&PathBuf::from(folder), Options::default()).unwrap();
    let begin = Day::parse("2026-06-01").unwrap().begin();
    let started = Instant::now();
    for n in 0..lines {
        let id = format!("018f3c5e-7a2b-7c4d-9e1f-{n:012x}");
        let content = Hash::of(id.as_bytes());
        let entry = Entry {
            path: Some(format!("uploads/2026/{:03}/{n}.png", n % 1000)),
            output: Some(format!("labelled/2026/{:03}/{n}.png", n % 1000)),
            sha256_before: Some(Hash::of(&n.to_be_bytes())),
            sha256_after: Some(content),
            layers: vec!["metadata".into(), "explicit".into()],
            level: Some("1".into()),
            producer: Some("001191110000EXAMPLE03Q10000".into()),
            payload: Some(format!("b5d2e8{}", &content.to_string()[..10])),
            produce_id: Some(id.clone()),
            propagator: Some("001191110000EXAMPLE03Q10000".into()),
            propagate_id: Some(id),
            version: "0.1.0".into(),
            ..Entry::new(Action::Labelled)
        };
        let at = begin + Duration::from_secs(n * days * 86_400 / lines);
        ledger.append_at(&entry, at).unwrap();
    }
    let took = started.elapsed().as_secs_f64();
    println!("{lines} lines in {took:.1} s, {:.1} us a line; head {}", took * 1e6 / lines as f64, ledger.head().hash);
}
