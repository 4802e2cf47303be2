//! Settings: command line over environment over file, and every mistake in them named with its place.

use std::path::Path;

use biaoshi_tests::{PRODUCER, Run, TempDir, command, fixtures, scratch};
use serde_json::Value;

const ENV: &str = "environment";

/// A folder with a picture and a file of settings.
fn with(settings: &str) -> TempDir {
    let folder = scratch();
    let png = fixtures().into_iter().find(|f| f.name == "png.png").unwrap();
    std::fs::copy(png.path, folder.path().join("a.png")).unwrap();
    std::fs::write(folder.path().join("biaoshi.toml"), settings).unwrap();
    folder
}

fn run(folder: &Path, environment: &[(&str, &str)], args: &[&str]) -> Run {
    Run(command(folder).envs(environment.iter().copied()).args(args).output().unwrap())
}

/// Value and source of one setting.
fn shown(folder: &Path, environment: &[(&str, &str)], args: &[&str], name: &str) -> (Value, String) {
    let run = run(folder, environment, &[args, &["--show-config", "--json"]].concat());
    assert_eq!(run.code(), 0, "{}", run.err());
    let settings = run.json().remove(0)["settings"].clone();
    let one = settings.as_array().unwrap().iter().find(|s| s["name"] == name).unwrap().clone();
    (one["value"].clone(), one["source"].as_str().unwrap().to_owned())
}

#[test]
fn the_command_line_is_stronger_than_the_environment_and_that_than_the_file() {
    let folder =
        with("jobs = 3\n[label]\nid = \"file\"\nreplace = true\nlayers = [\"metadata\"]\n[verify]\njobs = 4\n");
    let label = |environment: &[(&str, &str)], args: &[&str], name: &str| {
        shown(folder.path(), environment, &[&["label"], args].concat(), name)
    };
    let is = |value: &str, source: &str| (Value::from(value), source.to_owned());
    // An option, a flag, a list: from each place, and from all of them at once.
    for (name, variable, cli, values) in [
        ("id", "BIAOSHI_ID", "--id=line", ["uuid", "file", "env", "line"]),
        ("jobs", "BIAOSHI_JOBS", "--jobs=1", ["", "3", "2", "1"]),
        ("replace", "BIAOSHI_REPLACE", "--replace=true", ["false", "true", "no", "true"]),
        ("layers", "BIAOSHI_LAYERS", "--layers=explicit", ["", "metadata", "metadata,explicit", "explicit"]),
    ] {
        let [default, file, env, line] = values;
        let none = label(&[], &["--config", "/dev/null"], name);
        assert_eq!(none.1, "default");
        assert!(none.0 == default || default.is_empty() && none.0.is_null(), "{none:?}");
        assert_eq!(label(&[], &[], name), is(file, "file"));
        assert_eq!(label(&[(variable, env)], &[], name), is(env, ENV));
        assert_eq!(label(&[(variable, "")], &[], name), is(file, "file"), "an empty variable says nothing");
        assert_eq!(label(&[], &[cli], name), is(line, "command-line"));
        assert_eq!(label(&[(variable, env)], &[cli], name), is(line, "command-line"));
    }
    let verify = |args: &[&str]| shown(folder.path(), &[], &[&["verify"], args].concat(), "jobs");
    assert_eq!(verify(&[]), is("4", "file"), "the table of a command is nearer than the top");
}

#[test]
fn one_file_counts_the_named_one_then_that_of_the_folder_then_the_users() {
    let folder = with("jobs = 1\n");
    for (name, jobs) in [("xdg/biaoshi/config.toml", 2), ("home/.config/biaoshi/config.toml", 3), ("named.toml", 4)] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("jobs = {jobs}\n")).unwrap();
    }
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (xdg, home, named) = (at("xdg"), at("home"), at("named.toml"));
    let jobs = |environment: &[(&str, &str)], args: &[&str]| {
        shown(folder.path(), environment, &[&["verify"], args].concat(), "jobs").0
    };
    let user: &[(&str, &str)] = &[("XDG_CONFIG_HOME", &xdg), ("HOME", &home)];
    assert_eq!(jobs(user, &[]), "1");
    assert_eq!(jobs(user, &["--config", "named.toml"]), "4");
    assert_eq!(jobs(&[("BIAOSHI_CONFIG", &named)], &[]), "4");
    assert_eq!(jobs(&[("BIAOSHI_CONFIG", "gone")], &["--config", "named.toml"]), "4");
    std::fs::remove_file(folder.path().join("biaoshi.toml")).unwrap();
    assert_eq!(jobs(user, &[]), "2");
    assert_eq!(jobs(&user[1..], &[]), "3");
    assert_eq!(jobs(&[], &[]), Value::Null);
}

#[test]
fn settings_do_what_the_command_line_does() {
    let folder = with(&format!("json = true\n[label]\nproducer = \"{PRODUCER}\"\nid = \"x\"\nin-place = true\n"));
    let labelled = run(folder.path(), &[], &["label", "a.png", "--out", "out"]);
    assert_eq!((labelled.code(), labelled.err()), (0, String::new()));
    let report = labelled.json().remove(0);
    assert_eq!(report["output"], "out/a.png", "--out is stronger than in-place of the file");
    assert_eq!(report["fields"]["ProduceID"], "x");
    let before = std::fs::read(folder.path().join("a.png")).unwrap();
    let refused = run(folder.path(), &[], &["label", "a.png", "--in-place=false"]);
    assert_eq!(refused.code(), 2, "a flag of the file can be unset: {}", refused.out());
    assert_eq!(std::fs::read(folder.path().join("a.png")).unwrap(), before);
    let table = run(folder.path(), &[("BIAOSHI_JSON", "0"), ("BIAOSHI_ID", "uuid")], &["label", ".", "-q"]);
    assert_eq!((table.code(), table.out()), (0, String::new()), "{}", table.err());
    assert_ne!(std::fs::read(folder.path().join("a.png")).unwrap(), before);
    let text = std::fs::read_to_string(folder.path().join("biaoshi.toml")).unwrap();
    assert!(text.starts_with("json"), "the settings themselves are no input");
    let dashes = run(folder.path(), &[], &["verify", "--allow-unlabelled", "--", "a.png", "--config"]);
    assert_eq!(dashes.json()[1]["path"], "--config", "what follows -- stays a path");
}

#[test]
fn mistakes_are_named_with_their_place() {
    let line = |settings: &str, args: &[&str]| {
        let folder = with(settings);
        let before = std::fs::read(folder.path().join("a.png")).unwrap();
        let run = run(folder.path(), &[("LANG", "C")], args);
        assert_eq!((run.code(), run.out()), (2, String::new()), "{settings}");
        assert_eq!(std::fs::read(folder.path().join("a.png")).unwrap(), before);
        run.err()
    };
    let label = ["label", "a.png", "--in-place", "--producer", PRODUCER];
    for (settings, expected) in [
        ("\njob = 1\n", "biaoshi.toml:2: no setting is called job; did you mean jobs?"),
        ("[labl]\nid = \"x\"\n", "biaoshi.toml:1: no setting is called labl; did you mean label?"),
        ("[label]\nin_place = true\n", "biaoshi.toml:2: no setting is called in_place; did you mean in-place?"),
        ("[label]\nxyz = true\n", "biaoshi.toml:2: no setting is called xyz; biaoshi COMMAND"),
        ("config = \"x\"\n", "biaoshi.toml:1: config is for the command line only"),
        ("paths = [\"x\"]\n", "biaoshi.toml:1: no setting is called paths"),
        ("[label.more]\nx = 1\n", "biaoshi.toml:1: no setting is called more"),
        ("jobs = true\n", "biaoshi.toml:1: jobs must be a text or a number"),
        ("quiet = \"yes\"\n", "biaoshi.toml:1: quiet must be true or false"),
        ("jobs = [1, 2]\n", "biaoshi.toml:1: jobs must be a text or a number"),
        ("jobs = 0\n", "biaoshi.toml:1: jobs: \"0\" is no whole number from 1 to 65535"),
        ("[verify]\nlayers = [\"smell\"]\n", "biaoshi.toml:2: layers: \"smell\" is none of metadata, traces"),
        ("[label]\ncorner = \"middle\"\n", "biaoshi.toml:2: corner: \"middle\" is none of bottom-right"),
        ("[label]\nout = \"x\"\noutput = \"y\"\n", "exclude each other"),
        ("jobs = 1\njobs = 2\n", "biaoshi.toml:2: no TOML: duplicate key"),
        ("jobs = \u{1b}[31m\n", "biaoshi.toml:1: "),
    ] {
        let args: &[&str] = if settings.contains("output") { &["label", "a.png"] } else { &label };
        let said = line(settings, args);
        assert!(said.contains(expected) && said.lines().count() == 1 && !said.contains('\u{1b}'), "{settings}: {said}");
    }
    let folder = with("");
    for (variable, value) in [("BIAOSHI_JOBS", "many"), ("BIAOSHI_REPLACE", "perhaps"), ("BIAOSHI_CONFIG", "gone")] {
        let run = run(folder.path(), &[(variable, value)], &label);
        assert_eq!(run.code(), 2);
        let named = if variable == "BIAOSHI_CONFIG" { "gone" } else { variable };
        assert!(run.err().contains(named), "{}", run.err());
    }
    // A slip is told; what another program may have named is not.
    let slip = run(folder.path(), &[("BIAOSHI_PRODUCR", "x")], &["verify", "a.png"]);
    assert_eq!((slip.code(), slip.out().as_str()), (2, ""));
    assert!(slip.err().contains("BIAOSHI_PRODUCR") && slip.err().contains("BIAOSHI_PRODUCER"), "{}", slip.err());
    assert_eq!(run(folder.path(), &[("BIAOSHI_HOME", "/x")], &["verify", "a.png", "--allow-unlabelled"]).code(), 0);
    let zh = run(folder.path(), &[("BIAOSHI_LANG", "zh")], &["verify", "a.png", "--config", "gone"]);
    assert!(zh.err().contains("gone:"), "{}", zh.err());
    let missing = run(folder.path(), &[], &["label", "a.png", "--in-place"]);
    assert!(missing.code() == 2 && missing.err().contains("--producer CODE"), "{}", missing.err());
}

#[test]
fn the_settings_are_shown() {
    let folder = with(&format!("lang = \"en\"\n[label]\nproducer = \"{PRODUCER}\"\nlayers = [\"metadata\"]\n"));
    let environment = [("BIAOSHI_JOBS", "2"), ("BIAOSHI_PRODUCR", "x")];
    let shown = |args: &[&str]| {
        let run = run(folder.path(), &environment, args);
        format!("{}--- stderr\n{}--- exit {}\n", run.out(), run.err(), run.code())
    };
    insta::assert_snapshot!(shown(&["label", "--show-config", "--replace"]));
    insta::assert_snapshot!(shown(&["verify", "--show-config", "--lang", "zh"]));
}

/// Manifests, their folder and their encoding, and a journal: as on the command line, unless something there is stronger.
#[test]
fn lists_and_journals_can_be_set() {
    let settings = format!(
        "[label]\nproducer = \"{PRODUCER}\"\nmanifest = \"m.csv\"\nbase = \"in\"\nout = \"out\"\nresume = \"j\"\njson = true\n\
         manifest-encoding = \"gb18030\"\n"
    );
    let folder = with(&settings);
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("in")).unwrap();
    std::fs::copy(path("a.png"), path("in/\u{56fe}.png")).unwrap();
    std::fs::write(path("m.csv"), b"path,id\n\xcd\xbc.png,one\n").unwrap();
    let label =
        |environment: &[(&str, &str)], args: &[&str]| run(folder.path(), environment, &[&["label"], args].concat());
    let first = label(&[], &[]);
    assert_eq!((first.code(), first.err()), (0, String::new()));
    let report = first.json().remove(0);
    assert_eq!((&report["fields"]["ProduceID"], &report["output"]), (&"one".into(), &"out/\u{56fe}.png".into()));
    assert_eq!(label(&[], &[]).out(), first.out(), "the journal goes on");
    // The journal counts what is in force, not where it was written.
    let written = ["--base", "in", "--producer", PRODUCER];
    assert_eq!(label(&[("BIAOSHI_MANIFEST", "m.csv")], &written).out(), first.out());
    let other = label(&[("BIAOSHI_LEVEL", "2")], &[]);
    assert!(other.code() == 2 && other.err().contains("another command"), "{}", other.err());
    let shown = |args: &[&str], name: &str| shown(folder.path(), &[], &[&["label"], args].concat(), name).1;
    // What is stronger excludes them; what belongs to them goes too.
    assert_eq!(shown(&["a.png"], "manifest"), "default");
    assert_eq!(shown(&["a.png"], "base"), "default");
    assert_eq!(shown(&["a.png"], "manifest-encoding"), "default");
    assert_eq!(shown(&["--files-from", "l"], "manifest"), "default");
    assert_eq!(shown(&["--files-from", "l"], "base"), "file");
    assert_eq!(shown(&["--dry-run"], "resume"), "default");
    let picture = label(&[], &["a.png", "--dry-run"]);
    assert_eq!((picture.code(), picture.json().remove(0)["path"].clone()), (0, "a.png".into()), "{}", picture.err());
    for (name, value) in [("base", "in"), ("manifest-encoding", "gb18030")] {
        let lonely = label(&[], &["a.png", &format!("--{name}={value}"), "--dry-run"]);
        assert!(lonely.code() == 2 && lonely.err().contains(&format!("--{name} is for --")), "{}", lonely.err());
    }
    let declared = run(folder.path(), &[("BIAOSHI_DECLARED", "1"), ("BIAOSHI_JSON", "1")], &["verify", "a.png"]);
    assert_eq!(declared.json().remove(0)["verdict"], "possible", "{}", declared.out());
}

/// The top of the file is for every command that has an option; a command without it goes on as if it were not there.
#[test]
fn the_top_takes_the_options_of_all_commands() {
    let folder =
        with("jobs = 3\nlayers = \"traces\"\nout = \"x\"\n[watermark]\njobs = 2\n[inspect]\nlimit-side = 99\n");
    let value = |args: &[&str], name: &str| shown(folder.path(), &[], args, name);
    let is = |value: &str| (Value::from(value), "file".to_owned());
    assert_eq!(value(&["diff"], "jobs"), is("3"));
    assert_eq!(value(&["watermark", "detect"], "jobs"), is("2"), "the table of the outer command is for those inside");
    assert_eq!(shown(folder.path(), &[("BIAOSHI_KEY", "k")], &["watermark", "embed"], "key").1, ENV);
    assert_eq!(value(&["verify"], "layers"), is("traces"));
    assert_eq!(value(&["inspect"], "limit-side"), is("99"));
    for args in [&["formats"][..], &["code", "check", PRODUCER]] {
        let run = run(folder.path(), &[], args);
        assert_eq!(run.code(), 0, "{args:?}: {}", run.err());
    }
    let key = run(folder.path(), &[("BIAOSHI_OUT", "y")], &["key", "new", "watermark"]);
    assert_eq!(key.code(), 2, "no key goes where labelled files do: {}", key.out());
    let label = run(folder.path(), &[], &["label", "a.png", "--producer", PRODUCER]);
    assert!(label.code() == 2 && label.err().contains("biaoshi.toml:2: layers: "), "{}", label.err());
    let folder = with("[formats]\njobs = 3\n");
    let formats = run(folder.path(), &[], &["formats"]);
    assert!(formats.code() == 2 && formats.err().contains("toml:2: formats has no setting jobs"), "{}", formats.err());
}
