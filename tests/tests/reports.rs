//! `--report`: tables, logs and pages of the same results.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use biaoshi_tests::{PRODUCER, TempDir, command, fixture, root, row, run, scratch, signal, write};
use serde_json::Value;

/// A label in a PNG, a clean JPEG, a file under a wrong name, one that is cut off, one of no format.
fn mixed() -> TempDir {
    let folder = scratch();
    let at = |name: &str| folder.path().join("in").join(name);
    std::fs::create_dir(folder.path().join("in")).unwrap();
    let twin = |name: &str| std::fs::read(root().join("fixtures/labelled").join(name)).unwrap();
    std::fs::write(at("a label.png"), twin("png.png")).unwrap();
    std::fs::write(at("clean.jpg"), fixture("jpeg.jpg")).unwrap();
    std::fs::write(at("cut.png"), &fixture("png.png")[..17]).unwrap();
    std::fs::write(at("odd.bin"), [0_u8, 1, 2, 3]).unwrap();
    std::fs::write(at("图.jpg"), twin("png.png")).unwrap();
    folder
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The rows of a table by the names of its columns.
fn table(folder: &Path, name: &str) -> Vec<std::collections::HashMap<String, String>> {
    let text = read(folder, name);
    let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    rows.deserialize().map(Result::unwrap).collect()
}

#[test]
fn a_table_and_lines_say_when_and_by_which_version() {
    let folder = mixed();
    let args = ["verify", "in", "--layers", "metadata,traces,explicit", "--sha256", "--lang", "zh"];
    run(folder.path(), &[&args[..], &["--report", "r.csv", "--report", "r.jsonl", "--resume", "j"]].concat());
    let rows = table(folder.path(), "r.csv");
    let of = |name: &str| rows.iter().find(|row| row["path"] == format!("in/{name}")).unwrap();
    let labelled = of("a label.png");
    assert_eq!((&*labelled["notice"], &*labelled["explicit"]), ("本内容由AI生成", "image AI生成"));
    assert_eq!((&*labelled["propagator"], &*labelled["propagate_id"]), (PRODUCER, "png"));
    assert_eq!((&*of("clean.jpg")["notice"], &*of("clean.jpg")["explicit"]), ("", ""));
    assert_eq!(labelled["version"], env!("CARGO_PKG_VERSION"));
    assert!(is_rfc_3339(&labelled["time"]), "{}", labelled["time"]);
    let sum = Command::new("sha256sum").arg(folder.path().join("in/a label.png")).output().unwrap();
    assert!(String::from_utf8(sum.stdout).unwrap().starts_with(&labelled["sha256"]) && labelled["sha256"].len() == 64);
    // The lines are those of --json, and time and version.
    let json = run(folder.path(), &[&args[..], &["--json"]].concat());
    for (line, printed) in read(folder.path(), "r.jsonl").lines().zip(json.out().lines()) {
        let open = printed.strip_suffix('}').unwrap();
        assert!(line.starts_with(open) && line.ends_with(",\"version\":\"0.1.0\"}"), "{line}\n{printed}");
    }
    // What a journal kept has the time of then.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let again = ["--report", "again.csv", "--report", "again.jsonl", "--resume", "j"];
    run(folder.path(), &[&args[..], &again].concat());
    let kept = |name: &str| {
        let rows = table(folder.path(), name).into_iter().filter(|row| row["error"].is_empty());
        rows.map(|row| (row["path"].clone(), row["time"].clone(), row["sha256"].clone())).collect::<Vec<_>>()
    };
    assert_eq!((kept("r.csv").len(), kept("r.csv")), (3, kept("again.csv")));
}

fn is_rfc_3339(time: &str) -> bool {
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00T00:00:00Z"
}

#[test]
fn what_was_written_has_its_sum_and_its_notice() {
    let folder = mixed();
    let args = ["label", "in/clean.jpg", "-o", "out.jpg", "--id", "x", "--producer", PRODUCER, "--level", "2"];
    assert_eq!(run(folder.path(), &[&args[..], &["--sha256", "--report", "r.csv"]].concat()).code(), 0);
    let row = &table(folder.path(), "r.csv")[0];
    let sum = Command::new("sha256sum").arg(folder.path().join("out.jpg")).output().unwrap();
    assert!(String::from_utf8(sum.stdout).unwrap().starts_with(&row["sha256"]) && row["sha256"].len() == 64);
    assert_eq!((&*row["level"], &*row["notice"]), ("2", "This content may be AI-generated"));
}

/// OASIS's schema, out of a crate that has it (tests/sarif).
fn sarif() -> jsonschema::Validator {
    let manifest = root().join("tests/sarif/Cargo.toml");
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version", "1", "--manifest-path"])
        .arg(manifest)
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").unwrap();
    let folder = Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap();
    // The pattern of languages is no regular expression there: it lacks a bracket.
    let text = read(folder, "src/schema.json")
        .replace("^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert!(schema["$id"].as_str().unwrap().ends_with("/sarif-schema-2.1.0.json"));
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// The one run of a log that is as the schema has it.
fn log(folder: &Path, name: &str) -> Value {
    let log: Value = serde_json::from_str(&read(folder, name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let errors: Vec<_> = sarif().iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
    log["runs"][0].clone()
}

#[test]
fn a_log_is_sarif() {
    let folder = mixed();
    let verify = ["verify", "in", "--report", "v.sarif", "--report", "zh.csv"];
    assert_eq!(run(folder.path(), &[&verify[..], &["--lang", "zh"]].concat()).code(), 3);
    let verified = log(folder.path(), "v.sarif");
    let results = verified["results"].as_array().unwrap();
    let rules = verified["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        // SARIF 3.27.9: what is no failure has no level.
        assert!(result["kind"] == "fail" || result["level"] == "none", "{result}");
    }
    let of = |rule: &str| results.iter().filter(|result| result["ruleId"] == rule).collect::<Vec<_>>();
    let uri = |result: &Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
    let confirmed = of("verdict.confirmed");
    assert_eq!(confirmed.len(), 2);
    assert_eq!(
        (&confirmed[0]["message"]["text"], uri(confirmed[0])),
        (&"本内容由AI生成".into(), "in/a%20label.png".into())
    );
    assert_eq!(confirmed[0]["properties"]["labels"][0]["fields"]["ProduceID"], "png");
    let extension = of("file.extension");
    assert_eq!(
        (extension.len(), &extension[0]["level"], uri(extension[0])),
        (1, &"warning".into(), "in/%E5%9B%BE.jpg".into())
    );
    assert_eq!(of("verdict.none").len(), 1, "a file that could not be read has no verdict");
    let invocation = &verified["invocations"][0];
    assert_eq!((&invocation["exitCode"], &invocation["executionSuccessful"]), (&3.into(), &false.into()));
    let notifications = invocation["toolExecutionNotifications"].as_array().unwrap();
    let at = |n: &Value| n["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
    assert_eq!(notifications.iter().map(at).collect::<Vec<_>>(), ["in/cut.png", "in/odd.bin"]);

    let label = ["label", "in", "--out", "out", "--producer", PRODUCER, "--report", "l.sarif", "--report", "l.html"];
    assert_eq!(run(folder.path(), &label).code(), 3);
    let labelled = log(folder.path(), "l.sarif");
    let results = labelled["results"].as_array().unwrap();
    let labelled: Vec<_> = results.iter().filter(|r| r["ruleId"] == "action.labelled" && r["kind"] == "pass").collect();
    let said = "labelled metadata+explicit -> out/clean.jpg; This content is AI-generated";
    assert_eq!((labelled.len(), &labelled[0]["message"]["text"]), (1, &said.into()));
    let none = run(folder.path(), &["verify", "in/clean.jpg", "--allow-unlabelled", "--report", "-:sarif"]);
    std::fs::write(folder.path().join("none.sarif"), none.out()).unwrap();
    assert_eq!(log(folder.path(), "none.sarif")["invocations"][0]["executionSuccessful"], true);
}

/// A finding about a label says which bytes it is in.
#[test]
fn a_finding_has_its_bytes() {
    let folder = scratch();
    let foreign = biaoshi_label::Label::new(biaoshi_label::Level::Confirmed, "acme", "x", true).unwrap();
    let bytes = write(row("png"), &fixture("png.png"), &foreign).unwrap();
    std::fs::write(folder.path().join("a.png"), &bytes).unwrap();
    run(folder.path(), &["verify", "a.png", "--report", "a.sarif"]);
    let log = log(folder.path(), "a.sarif");
    let results = log["results"].as_array().unwrap();
    let name = results.iter().find(|result| result["ruleId"] == "code.name").unwrap();
    let region = &name["locations"][0]["physicalLocation"]["region"];
    let number = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
    let text = &bytes[number("byteOffset")..][..number("byteLength")];
    assert!(String::from_utf8_lossy(text).contains("acme"), "{region}");
    assert_eq!(name["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "png/iTXt/XMP");
}

/// What a run that is interrupted leaves is whole, and says so.
#[test]
fn reports_of_an_interrupted_run_are_whole() {
    let folder = mixed();
    let mut child = command(folder.path())
        .args(["verify", "--files-from", "-", "--json", "--report", "r.sarif", "--report", "r.html"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut names = child.stdin.take().unwrap();
    names.write_all(b"in/clean.jpg\nin/cut.png\n").unwrap();
    let mut answers = std::io::BufReader::new(child.stdout.take().unwrap());
    for _ in 0..2 {
        std::io::BufRead::read_line(&mut answers, &mut String::new()).unwrap();
    }
    signal(&child, rustix::process::Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let log = log(folder.path(), "r.sarif");
    assert_eq!((log["results"].as_array().unwrap().len(), &log["invocations"][0]["exitCode"]), (1, &130.into()));
    assert_eq!(log["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(), 1);
    let page = read(folder.path(), "r.html");
    assert!(page.ends_with("</html>\n") && page.contains("The run was interrupted"), "{page}");
}

#[test]
fn a_comparison_has_tables_alone() {
    let folder = mixed();
    for form in ["html", "sarif"] {
        let report = format!("r.{form}");
        let diff = run(folder.path(), &["diff", "in", "in", "--report", &report]);
        assert_eq!((diff.code(), folder.path().join(&report).exists()), (2, false));
        assert!(diff.err().contains(".csv, .jsonl"), "{}", diff.err());
    }
}
