//! Real files, where the folder of samples lies beside the repository.

use biaoshi_tests::{run, samples};
use serde_json::Value;

/// Formats whose labels are read today.
const READ: [&str; 6] = ["png", "jpeg", "mp3", "md", "csv", "pdf"];

#[test]
fn labels_of_real_services_are_found_with_equal_fields_and_clean_files_are_clean() {
    let Some(folder) = samples("wild") else { return };
    let manifest = std::fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
    let rows: Vec<Value> = manifest.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let paths: Vec<String> =
        rows.iter().map(|r| folder.join(r["file"].as_str().unwrap()).to_str().unwrap().to_owned()).collect();
    let mut args = vec!["verify", "--json"];
    args.extend(paths.iter().map(String::as_str));
    let reports = run(&folder, &args).json();
    assert_eq!(reports.len(), rows.len());
    for (row, report) in rows.iter().zip(&reports) {
        let (want, labels) = (&row["expected"], report["labels"].as_array().unwrap());
        if want["labelled"] == false {
            assert!(labels.is_empty(), "{report}");
        } else if READ.contains(&row["format"].as_str().unwrap()) {
            assert_eq!(Some(labels.len() as u64), want["records"].as_u64(), "{report}");
            let value = |v: &Value| v.as_str().unwrap_or_default().to_owned();
            for (key, got) in labels[0]["fields"].as_object().unwrap() {
                assert_eq!(value(got), value(&want["fields"][key]), "{key} of {report}");
            }
        }
    }
}
