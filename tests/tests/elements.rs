//! What `label` does with the elements of a platform, and with what others wrote.

use std::path::Path;

use biaoshi_tests::{OTHER as PLATFORM, PRODUCER, TempDir, fixture, run, scratch};
use serde_json::{Value, json};

fn folder(bytes: &[u8]) -> TempDir {
    let folder = scratch();
    std::fs::write(folder.path().join("a.png"), bytes).unwrap();
    folder
}

/// A picture whose label stands in a dialect place, as somebody wrote it.
fn foreign(json: &str) -> Vec<u8> {
    let mut bytes = fixture("png.png");
    bytes.splice(33..33, biaoshi_container::png::encode(*b"tEXt", &[b"AIGC\0", json.as_bytes()].concat()));
    bytes
}

fn verify(folder: &Path) -> Value {
    run(folder, &["verify", "--json", "a.png"]).json().remove(0)
}

/// `label` writes the elements that it is given into an own label, and leaves those of another platform to it.
#[test]
fn label_honours_the_elements_over_an_own_label() {
    let folder = folder(&fixture("png.png"));
    let label = |more: &[&str]| {
        let fixed = ["label", "a.png", "--json", "--in-place", "--layers", "metadata", "--producer", PRODUCER];
        let run = run(folder.path(), &[&fixed, more].concat());
        (run.code(), run.json().remove(0))
    };
    let elements = |report: &Value| {
        ["ContentPropagator", "PropagateID"]
            .map(|field| report["fields"][field].as_str().unwrap_or_default().to_owned())
    };
    label(&["--id", "own"]);
    let (code, report) = label(&["--propagator", PLATFORM]);
    assert_eq!((code, &report["action"], elements(&report)), (0, &json!("labelled"), [PLATFORM.into(), "own".into()]));
    assert_eq!(label(&["--propagator", PLATFORM]).1["action"], "unchanged");
    let (_, report) = label(&["--propagator", PLATFORM, "--propagate-id", "p-{stem}"]);
    assert_eq!((&report["action"], elements(&report)), (&json!("labelled"), [PLATFORM.into(), "p-a".into()]));
    // A generated number that is there stays, as that of a producer does.
    assert_eq!(label(&["--propagator", PLATFORM, "--propagate-id", "uuid"]).1["action"], "unchanged");
    assert_eq!(label(&[]).1["action"], "unchanged");
    for more in [&["--propagator", "001191110000EXAMPLE03Q20001"][..], &["--propagate-id", "x"]] {
        let (code, report) = label(more);
        assert_eq!((code, &report["action"]), (3, &json!("refused")), "{report}");
        assert!(report["error"]["message"].as_str().unwrap().contains("biaoshi propagate"), "{report}");
    }
    assert_eq!(verify(folder.path())["labels"][0]["fields"]["PropagateID"], "p-a");
    let (_, report) = label(&["--id", "new", "--replace", "--reason", "moved", "--propagate-id", "uuid"]);
    assert_eq!(elements(&report)[0], PRODUCER);
    assert_eq!(elements(&report)[1].len(), 36);
    std::fs::write(folder.path().join("m.csv"), format!("path,propagator,propagate_id\na.png,{PLATFORM},m-1\n"))
        .unwrap();
    let fixed =
        ["label", "--manifest", "m.csv", "--json", "--in-place", "--layers", "metadata", "--producer", PRODUCER];
    assert_eq!(elements(&run(folder.path(), &fixed).json()[0]), [PLATFORM, "m-1"]);
}

/// Measures Art. 10: a label of another producer makes way for a reason, and is kept whole in the report.
#[test]
fn a_foreign_label_is_replaced_for_a_reason_and_kept_in_the_report() {
    let raw = r#"{"Label":"1","ContentProducer":"豆包","ProduceID":"i","Extra":"x"}"#;
    let folder = folder(&foreign(raw));
    let label = |more: &[&str]| {
        let fixed = ["label", "a.png", "--json", "--in-place", "--producer", PRODUCER];
        let run = run(folder.path(), &[&fixed, more].concat());
        (run.code(), run.json().remove(0))
    };
    let (code, report) = label(&[]);
    let message = report["error"]["message"].as_str().unwrap();
    assert!(code == 3 && message.contains("biaoshi propagate") && !message.contains("--replace"), "{message}");
    let (code, report) = label(&["--replace"]);
    assert!(code == 3 && report["error"]["message"].as_str().unwrap().contains("--reason"), "{report}");
    assert_eq!(report["replaced"], Value::Null);
    let (code, report) = label(&["--replace", "--reason", "court order 7"]);
    assert_eq!((code, &report["action"], &report["reason"]), (0, &json!("labelled"), &json!("court order 7")));
    let replaced = report["replaced"].as_array().unwrap();
    assert_eq!(
        (replaced.len(), &replaced[0]["raw"], &replaced[0]["fields"]["ContentProducer"]),
        (1, &json!(raw), &json!("豆包"))
    );
    // An own label needs none.
    assert_eq!(label(&["--id", "other", "--replace"]).0, 0);
}

/// A code of the other service is told before any work, and fails nothing.
#[test]
fn a_code_of_the_other_service_is_told_at_once() {
    let folder = folder(&fixture("png.png"));
    for (args, told) in [
        (&["label", "a.png", "--producer", PLATFORM][..], "--producer"),
        (&["label", "a.png", "--producer", PRODUCER, "--propagator", "001191110000EXAMPLE03Q10001"], "--propagator"),
        (&["propagate", "a.png", "--propagator", PRODUCER], "--propagator"),
    ] {
        let done = run(folder.path(), &[args, &["--out", "x", "--dry-run"]].concat());
        assert!(done.code() == 0 && done.err().contains("warning") && done.err().contains(told), "{}", done.err());
    }
    for args in [
        &["label", "a.png", "--producer", PRODUCER, "--propagator", PLATFORM][..],
        &["propagate", "a.png", "--propagator", PLATFORM],
    ] {
        let done = run(folder.path(), &[args, &["--out", "x", "--dry-run"]].concat());
        assert!(done.code() == 0 && done.err().is_empty(), "{}", done.err());
    }
}
