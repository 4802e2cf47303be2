//! Everything that `--json` prints is as docs/schemas says: all fixtures, and all hostile files.

use std::path::{Path, PathBuf};

use biaoshi_tests::hostile::hostile;
use biaoshi_tests::picture::textured;
use biaoshi_tests::{OTHER, PRODUCER, fixtures, root, run, scratch};
use jsonschema::Validator;
use serde_json::Value;

fn schema(name: &str) -> Validator {
    let text = std::fs::read_to_string(root().join(format!("docs/schemas/{name}.json"))).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let version = if name == "journal" { 2 } else { 1 };
    assert_eq!(schema["title"], format!("biaoshi.{name}/{version}"));
    jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|e| panic!("{name}: {e}"));
    jsonschema::draft202012::new(&schema).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Runs, and holds every line against a schema; how many lines there were.
fn conform(schema: &Validator, folder: &Path, args: &[&str]) -> usize {
    let run = run(folder, args);
    assert!([0, 1, 3].contains(&run.code()), "{args:?}: {}", run.err());
    for line in run.json() {
        let errors: Vec<_> = schema.iter_errors(&line).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{args:?}: {errors:#?}\n{line}");
    }
    run.json().len()
}

#[test]
fn reports_of_all_fixtures_conform() {
    let (report, folder) = (schema("report"), root().join("fixtures"));
    for layers in ["metadata", "metadata,traces,explicit,watermark"] {
        let seen = conform(&report, &folder, &["verify", "--json", "clean", "labelled", "--layers", layers]);
        assert!(seen >= 2 * fixtures().len());
    }
    assert_eq!(conform(&report, &folder, &["inspect", "--json", "labelled/png.png", "--lang", "zh"]), 1);
    assert_eq!(conform(&report, &folder, &["verify", "--json", "gone"]), 1);
}

#[test]
fn what_a_platform_spreads_conforms() {
    let (propagate, scratch) = (schema("propagate"), scratch());
    let at = |name: &str| root().join("fixtures").join(name).to_str().unwrap().to_owned();
    for more in [&[][..], &["--level", "3", "--lang", "zh"], &["--declared", "--dry-run", "--layers", "watermark"]] {
        let fixed = ["propagate", &at("clean"), &at("labelled"), "gone", "--out", "out", "--overwrite", "--json"];
        let args = [&fixed[..], &["--propagator", OTHER], more].concat();
        assert_eq!(conform(&propagate, scratch.path(), &args), 2 * fixtures().len() + 1);
    }
}

#[test]
fn what_is_labelled_carried_and_compared_conforms() {
    let (label, diff) = (schema("label"), schema("diff"));
    let scratch = scratch();
    let folder = scratch.path();
    let at = |name: &str| root().join("fixtures").join(name).to_str().unwrap().to_owned();
    let (clean, labelled) = (at("clean"), at("labelled"));
    let args = ["label", &clean, "gone", "--out", "out", "--json", "--producer", PRODUCER];
    assert_eq!(conform(&label, folder, &args), fixtures().len() + 1);
    assert_eq!(conform(&label, folder, &args), fixtures().len() + 1, "refused: the outputs are there");
    let carry = ["carry", &format!("{labelled}/png.png"), &clean, &labelled, "--json", "--out", "carried"];
    assert_eq!(conform(&label, folder, &carry), 2 * fixtures().len());
    assert_eq!(conform(&label, folder, &["carry", &format!("{clean}/png.png"), "x", "--json", "--in-place"]), 1);
    let layers = ["--layers", "metadata,traces,explicit"];
    for (before, after) in [(&clean, &labelled), (&labelled, &clean), (&labelled, &"out".to_owned())] {
        assert!(
            conform(&diff, folder, &[&["diff", before, after, "--json"], &layers[..]].concat()) >= fixtures().len()
        );
    }
    assert_eq!(conform(&diff, folder, &["diff", "gone", &format!("{clean}/png.png"), "--json"]), 1);
}

/// The search for watermarks takes most of the time: none is looked for in what is made to take long, where one is written, nothing
/// else is, and what a platform makes of marks is asked of some families.
#[test]
fn hostile_files_conform() {
    let (scratch, hostile) = (scratch(), hostile());
    let (folder, hostile) = (scratch.path(), hostile.to_str().unwrap());
    let (report, label) = (schema("report"), schema("label"));
    let all = "metadata,traces,explicit,watermark";
    let families = std::fs::read_dir(hostile).unwrap().map(|entry| entry.unwrap().path());
    let (work, short): (Vec<_>, Vec<_>) = families.partition(|path| path.ends_with("work"));
    let verify = |paths: &[PathBuf], layers: &str| {
        let paths = paths.iter().map(|path| path.to_str().unwrap());
        let args: Vec<_> = ["verify", "--json", "--layers", layers].into_iter().chain(paths).collect();
        conform(&report, folder, &args)
    };
    let seen = verify(&short, all) + verify(&work, "metadata,traces,explicit");
    assert!(seen > 1500, "{seen}");
    let write = ["label", hostile, "--json", "--producer", PRODUCER, "--replace", "--reason", "x", "--out"];
    assert_eq!(conform(&label, folder, &[&write[..], &["out", "--break-signatures"]].concat()), seen);
    let marks =
        ["png", "gif", "webp", "wav", "flac", "aiff", "caf", "ogg", "md", "txt", "html", "office", "packed", "misc"];
    let marked = marks.map(|family| format!("{hostile}/{family}"));
    let write =
        ["label", "--json", "--producer", PRODUCER, "--replace", "--reason", "x", "--layers", "watermark", "--out"];
    let marked = [&write[..], &["marked"], &marked.each_ref().map(String::as_str)].concat();
    assert!(conform(&label, folder, &marked) > 900);
    assert!(conform(&schema("diff"), folder, &["diff", hostile, "out", "--json"]) >= seen);
    let propagate = schema("propagate");
    let platform = ["propagate", "--json", "--propagator", OTHER, "--declared", "--on-signed", "break", "--out"];
    let layers = ["spread", hostile, "--layers", "metadata,traces,explicit"];
    assert_eq!(conform(&propagate, folder, &[&platform[..], &layers].concat()), seen);
    let families = ["png", "gif", "webp", "misc"].map(|family| format!("{hostile}/{family}"));
    let layers = [&["seen", "--layers", all][..], &families.each_ref().map(String::as_str)].concat();
    assert!(conform(&propagate, folder, &[&platform[..], &layers].concat()) > 300);
}

#[test]
fn tables_codes_and_settings_conform() {
    let folder = root();
    assert!(conform(&schema("format"), &folder, &["formats", "--json"]) >= 25);
    assert!(conform(&schema("explain"), &folder, &["explain", "--json"]) > 150);
    let code = schema("code");
    assert_eq!(conform(&code, &folder, &["code", "check", "--json", PRODUCER, "doubao", "\u{1b}"]), 3);
    assert_eq!(conform(&code, &folder, &["code", "make", "--json", &PRODUCER[4..22]]), 1);
    for command in ["label", "verify", "carry", "propagate", "diff", "inspect", "explain", "formats"] {
        assert_eq!(conform(&schema("config"), &folder, &[command, "--show-config", "--json"]), 1);
    }
}

#[test]
fn notices_counts_and_lines_of_reports_conform() {
    let scratch = scratch();
    let folder = scratch.path();
    let notice = schema("notice");
    for verdict in ["confirmed", "possible", "suspected", "none"] {
        assert_eq!(conform(&notice, folder, &["notice", "--verdict", verdict, "--format", "json"]), 1);
    }
    let at = |name: &str| root().join("fixtures").join(name).to_str().unwrap().to_owned();
    let (clean, stats) = (at("clean"), schema("stats"));
    let label =
        ["label", &clean, "gone", "--out", "out", "--producer", PRODUCER, "--sha256", "--report", "label.jsonl"];
    assert_eq!(conform(&stats, folder, &[&label[..], &["--stats", "--json"]].concat()), 1);
    let all = "metadata,traces,explicit,watermark";
    let verify =
        ["verify", "out", "gone", "--layers", all, "--sha256", "--report", "report.jsonl", "--stats", "--json"];
    assert_eq!(conform(&stats, folder, &verify), 1);
    assert_eq!(conform(&stats, folder, &["verify", "gone", "--stats", "--json"]), 1);
    run(folder, &["diff", &clean, "out", "--report", "diff.jsonl"]);
    for name in ["label", "report", "diff"] {
        let (schema, text) = (schema(name), std::fs::read_to_string(folder.join(format!("{name}.jsonl"))).unwrap());
        assert!(text.lines().count() >= fixtures().len());
        for line in text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let errors: Vec<_> = schema.iter_errors(&line).map(|e| e.to_string()).collect();
            assert!(
                errors.is_empty() && line["time"].is_string() && line["version"].is_string(),
                "{errors:#?}\n{line}"
            );
        }
    }
}

#[test]
fn journals_conform() {
    let (journal, scratch) = (schema("journal"), scratch());
    let folder = scratch.path();
    let clean = root().join("fixtures/clean");
    for more in [&["verify"][..], &["label", "--out", "out", "--producer", PRODUCER]] {
        let args = [more, &[clean.to_str().unwrap(), "gone", "--resume", more[0]]].concat();
        assert_eq!(run(folder, &args).code(), 3);
        let text = std::fs::read_to_string(folder.join(more[0])).unwrap();
        let lines: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert!(lines.len() > fixtures().len() + 1);
        for line in lines {
            let errors: Vec<_> = journal.iter_errors(&line).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{errors:#?}\n{line}");
        }
    }
}

#[test]
fn marked_pictures_conform() {
    let scratch = scratch();
    let folder = scratch.path();
    textured(&folder.join("in.png"), (480, 360), png::ColorType::Grayscale);
    let key = schema("key");
    assert_eq!(conform(&key, folder, &["key", "new", "watermark", "--out", "a.key", "--json"]), 1);
    assert_eq!(conform(&key, folder, &["key", "show", "a.key", "--json"]), 1);
    let watermark = schema("watermark");
    for input in ["in.png", "gone.png"] {
        let embed = ["watermark", "embed", input, "alone.png", "--payload", "7f", "--json", "--overwrite"];
        assert_eq!(conform(&watermark, folder, &embed), 1);
    }
    for input in ["in.png", "alone.png", "gone.png", "a.key"] {
        assert_eq!(conform(&watermark, folder, &["watermark", "detect", input, "--json"]), 1);
    }
    std::fs::write(folder.join("r.csv"), format!("code,name\n{PRODUCER},x\n")).unwrap();
    let label = ["label", "in.png", "-o", "out.png", "--json", "--producer", PRODUCER, "--layers"];
    assert_eq!(conform(&schema("label"), folder, &[&label[..], &["metadata,explicit,watermark"]].concat()), 1);
    let layers = ["--json", "--layers", "metadata,watermark"];
    for registry in [&[][..], &["--registry", "r.csv"]] {
        let verify = [&["verify", "in.png", "alone.png", "out.png"], &layers[..], registry].concat();
        assert_eq!(conform(&schema("report"), folder, &verify), 3);
    }
    for other in ["in.png", "alone.png", "r.csv"] {
        assert_eq!(conform(&schema("diff"), folder, &[&["diff", "out.png", other], &layers[..]].concat()), 1);
    }
}

/// The schemas say no to what no program of this version prints.
#[test]
fn schemas_refuse_what_is_strange() {
    let run = run(&root().join("fixtures/labelled"), &["verify", "--json", "png.png"]);
    let (report, good) = (schema("report"), run.json().remove(0));
    assert!(report.is_valid(&good));
    type Change = fn(&mut Value);
    let changes: [Change; 6] = [
        |v| v["more"] = 1.into(),
        |v| v["labels"][0]["fields"]["More"] = "x".into(),
        |v| v["verdict"] = "authentic".into(),
        |v| v["bytes"] = (-1).into(),
        |v| v["schema"] = "biaoshi.report/2".into(),
        |v| drop(v.as_object_mut().unwrap().remove("findings")),
    ];
    for change in changes {
        let mut bad = good.clone();
        change(&mut bad);
        assert!(!report.is_valid(&bad), "{bad}");
    }
}

/// What a row of a manifest adds to reports and journals.
#[test]
fn what_manifests_add_conforms() {
    let scratch = scratch();
    let folder = scratch.path();
    let twin = root().join("fixtures/labelled/png.png");
    for name in ["a.png", "b.png"] {
        std::fs::copy(&twin, folder.join(name)).unwrap();
    }
    std::fs::write(folder.join("l.csv"), "path,id,replace,reason,tag\na.png,new,yes,ours,\nb.png,,,,x\n").unwrap();
    let table = ["--json", "--keep-columns", "--manifest"];
    let label = [&["label", "--producer", PRODUCER, "--in-place"], &table[..], &["l.csv"]].concat();
    assert_eq!(conform(&schema("label"), folder, &label), 2);
    std::fs::write(folder.join("v.jsonl"), "{\"path\":\"a.png\",\"id\":7,\"x\":null,\"y\":[1, 2]}\n").unwrap();
    let verify = [&["verify"], &table[..], &["v.jsonl"]].concat();
    assert_eq!(conform(&schema("report"), folder, &verify), 1);
    std::fs::write(folder.join("c.csv"), "path,source\nb.png,a.png\na.png,gone.png\n").unwrap();
    let carry = ["carry", "--manifest", "c.csv", "--out", "out", "--json", "--resume", "j"];
    assert_eq!(conform(&schema("label"), folder, &carry), 2);
    let journal = std::fs::read_to_string(folder.join("j")).unwrap();
    for line in journal.lines().map(|l| serde_json::from_str(l).unwrap()) {
        assert!(schema("journal").is_valid(&line), "{line}");
    }
}

/// docs/schemas/README.md lists the columns of the CSV reports.
#[test]
fn the_columns_of_csv_are_documented() {
    let folder = scratch();
    let page = std::fs::read_to_string(root().join("docs/schemas/README.md")).unwrap();
    std::fs::write(folder.path().join("a.txt"), "x\n").unwrap();
    for (args, heading) in [
        (&["verify", "a.txt", "--allow-unlabelled", "--report", "r.csv"][..], "### `verify`"),
        (&["label", "a.txt", "--in-place", "--producer", PRODUCER, "--report", "r.csv"], "### `label` and `carry`"),
        (&["diff", "a.txt", "a.txt", "--report", "r.csv"], "### `diff`"),
    ] {
        assert_eq!(run(folder.path(), args).code(), 0);
        let csv = std::fs::read_to_string(folder.path().join("r.csv")).unwrap();
        let columns: Vec<_> = csv.lines().next().unwrap().trim_start_matches('\u{feff}').split(',').collect();
        let section = page.split(heading).nth(1).unwrap().split("\n### ").next().unwrap();
        let rows = section.lines().filter_map(|l| l.strip_prefix("| `")?.split('`').next());
        assert_eq!(rows.collect::<Vec<_>>(), columns, "{heading}");
    }
}
