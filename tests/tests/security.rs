//! Security fields by the whole program: signing, verifying, pinned trust, contents of every format; openssl as a judge.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use biaoshi_metadata::FORMATS;
use biaoshi_tests::{OTHER, PRODUCER, Run, TempDir, fixtures, root, run, scratch};
use serde_json::Value;

/// A folder with a key, and what is done in it.
struct Desk(TempDir);

impl Desk {
    fn new(algorithm: &str) -> Self {
        let desk = Self(scratch());
        desk.ended(&["key", "new", "signing", "--alg", algorithm, "--out", "key.pem"], 0);
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.at(name), bytes).unwrap();
    }

    fn ended(&self, args: &[&str], code: i32) -> Run {
        let run = run(self.0.path(), args);
        assert_eq!(run.code(), code, "{args:?}: {}{}", run.err(), run.out());
        run
    }

    /// Labels and signs; `args` say which file and where to.
    fn sign(&self, args: &[&str]) -> Value {
        let args = [&["label", "--json", "--producer", PRODUCER, "--sign", "key.pem", "--layers", "metadata"], args];
        self.ended(&args.concat(), 0).json().remove(0)
    }

    /// What is said of the producer's signature in a file.
    fn signature(&self, file: &str, trust: &[&str]) -> Value {
        let run = run(self.0.path(), &[&["verify", "--json", "--layers", "metadata", file], trust].concat());
        run.json()[0]["labels"][0]["signature"]["producer"].clone()
    }

    /// Pins the public key for a provider.
    fn pin(&self, provider: &str) {
        let shown = self.ended(&["key", "show", "key.pem"], 0).out();
        self.write("trust.txt", format!("provider: {provider}\n{shown}"));
    }
}

const TRUST: [&str; 2] = ["--trust", "trust.txt"];

fn state(signature: &Value) -> (&str, &str) {
    (signature["state"].as_str().unwrap_or("-"), signature["content"].as_str().unwrap_or("-"))
}

fn codes(run: &Run) -> Vec<String> {
    let report = run.json().remove(0);
    report["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap().to_owned()).collect()
}

/// Whether the format of a fixture has a content, by the first word of its name.
fn has_content(fixture: &Path) -> bool {
    let stem = fixture.file_stem().unwrap().to_str().unwrap();
    let name = stem.split('-').next().unwrap();
    FORMATS.iter().any(|f| f.name == name && f.content.is_some())
}

/// Label, propagate, label once more in another place: the content stays the same; one changed byte of it does not.
#[test]
fn the_content_of_every_format_is_bound_through_a_life_of_labels() {
    let desk = Desk::new("sm2");
    desk.pin(PRODUCER);
    let clean = root().join("fixtures/clean");
    let first = ["label", "--producer", PRODUCER, "--id", "{stem}", "--layers", "metadata", "--json"];
    desk.ended(&[&first[..], &["--sign", "key.pem", clean.to_str().unwrap(), "--out", "one"]].concat(), 0);
    let later = |from: &str, to: &str, platform: &str, id: &str| {
        let elements = ["--propagator", platform, "--propagate-id", id, from, "--out", to];
        let base = ["label", "--producer", PRODUCER, "--layers", "metadata", "--json"];
        let run = run(desk.0.path(), &[&base[..], &elements].concat());
        for line in run.json() {
            assert!(line["error"].is_null(), "{line}");
        }
    };
    later("one", "two", OTHER, "a-rather-long-number-that-makes-the-label-grow-past-its-padding-0123456789");
    let mut bound = 0;
    for folder in ["one", "two"] {
        for line in desk.ended(&["verify", "--json", "--layers", "metadata", folder, "--trust", "trust.txt"], 0).json()
        {
            let path = line["path"].as_str().unwrap();
            let signature = &line["labels"][0]["signature"]["producer"];
            let (state, content) = state(signature);
            assert_eq!(state, "valid-pinned", "{path}: {signature}");
            if content == "bound" {
                bound += 1;
            } else {
                let code = signature["reason"]["code"].as_str().unwrap();
                assert!(code == "content.format" || code == "content.unread", "{path}: {signature}");
                assert!(!has_content(Path::new(path)) || path.ends_with("svgz"), "{path}: {signature}");
            }
        }
    }
    assert!(bound > fixtures().len(), "{bound}");
}

/// One byte of the sound, of the pixels, of the words.
#[test]
fn a_changed_content_is_a_mismatch_and_an_error() {
    let desk = Desk::new("ed25519");
    // A byte of each that lies in the content, from the front or from the end.
    for (fixture, front, at) in [
        ("wav.wav", true, 100),
        ("png.png", false, 30),
        ("mp3.mp3", false, 60),
        ("flac.flac", false, 20),
        ("jpeg.jpg", false, 60),
    ] {
        let from = root().join("fixtures/clean").join(fixture);
        let name = format!("out-{fixture}");
        desk.sign(&[from.to_str().unwrap(), "-o", &name]);
        assert_eq!(state(&desk.signature(&name, &[])), ("valid-unpinned", "bound"), "{fixture}");
        let mut bytes = fs::read(desk.at(&name)).unwrap();
        let at = if front { at } else { bytes.len() - at };
        bytes[at] ^= 1;
        desk.write(&name, &bytes);
        let run = run(desk.0.path(), &["verify", "--json", "--layers", "metadata", &name]);
        let said = state(&run.json()[0]["labels"][0]["signature"]["producer"]).0.to_owned();
        assert_eq!(said, "invalid", "{fixture}: {}", run.out());
        assert_eq!(run.code(), 1);
        assert!(codes(&run).contains(&"security.content-mismatch".to_owned()));
    }
}

#[test]
fn states_findings_and_pinned_keys() {
    let desk = Desk::new("sm2");
    desk.write("a.txt", "words\n");
    desk.sign(&["a.txt", "-o", "b.txt", "--id", "n-1"]);
    let found = |args: &[&str], code| codes(&desk.ended(&[&["verify", "--json", "b.txt"], args].concat(), code));
    assert!(found(&[], 0).contains(&"security.valid-unpinned".to_owned()));
    desk.pin(PRODUCER);
    assert!(found(&TRUST, 0).contains(&"security.valid-pinned".to_owned()));
    // Pinned for another provider: no more than unpinned.
    desk.pin(OTHER);
    assert_eq!(found(&TRUST, 0).iter().filter(|c| c.starts_with("security")).count(), 1);
    // Another key is pinned for this one.
    desk.ended(&["key", "new", "signing", "--alg", "p256", "--out", "other.pem"], 0);
    let shown = desk.ended(&["key", "show", "other.pem"], 0).out();
    desk.write("trust.txt", format!("provider: {PRODUCER}\n{shown}"));
    let codes = found(&TRUST, 0);
    assert!(codes.contains(&"security.valid-unpinned".to_owned()) && codes.contains(&"security.other-key".to_owned()));
    // A value that was signed.
    let text = fs::read_to_string(desk.at("b.txt")).unwrap();
    desk.write("b.txt", text.replace("\"ProduceID\":\"n-1\"", "\"ProduceID\":\"n-2\""));
    assert!(found(&[], 1).contains(&"security.invalid".to_owned()));
    // The same label in another file.
    desk.write("b.txt", text.replace("words", "other words"));
    assert!(found(&[], 1).contains(&"security.content-mismatch".to_owned()));
}

#[test]
fn signing_again_changes_nothing_and_nothing_breaks_a_signature() {
    let desk = Desk::new("sm2");
    let png = root().join("fixtures/clean/png.png");
    let id = ["--id", "n-1"];
    desk.sign(&[&[png.to_str().unwrap(), "-o", "a.png"], &id[..]].concat());
    assert_eq!(desk.sign(&[&["a.png", "--in-place"], &id[..]].concat())["action"], "unchanged");
    // Words drawn on the picture are another content.
    let draw = ["label", "--json", "--producer", PRODUCER, "a.png", "-o", "b.png"];
    let refused = desk.ended(&draw, 3).json().remove(0);
    assert_eq!(refused["action"], "refused");
    assert!(refused["error"]["message"].as_str().unwrap().contains("the signature in ReservedCode1"), "{refused}");
    assert!(!desk.at("b.png").exists());
    let signed = desk.ended(&[&draw[..], &["--sign", "key.pem"]].concat(), 0).json().remove(0);
    assert_eq!(signed["layers"], serde_json::json!(["metadata", "explicit"]));
    assert_eq!(state(&desk.signature("b.png", &[])), ("valid-unpinned", "bound"));
    // The label of an original that is signed for it is not that of a rendition.
    let carried = desk.ended(
        &["carry", "--json", "a.png", root().join("fixtures/clean/gif.gif").to_str().unwrap(), "-o", "c.gif"],
        3,
    );
    assert!(carried.out().contains("the signature in ReservedCode1"), "{}", carried.out());
}

#[test]
fn wrong_keys_and_trust_files_stop_everything_with_one_line() {
    let desk = Desk::new("sm2");
    desk.write("a.txt", "words\n");
    let said = |args: &[&str], words: &str| {
        let run = desk.ended(args, 2);
        assert_eq!(run.err().trim().lines().count(), 1, "{}", run.err());
        assert!(run.err().contains(words), "{words}: {}", run.err());
    };
    let label = ["label", "a.txt", "-o", "b.txt", "--producer", PRODUCER, "--sign"];
    said(&[&label[..], &["gone.pem"]].concat(), "--sign gone.pem");
    desk.write("words.pem", "words\n");
    fs::set_permissions(desk.at("words.pem"), Permissions::from_mode(0o600)).unwrap();
    said(&[&label[..], &["words.pem"]].concat(), "no PEM block");
    fs::set_permissions(desk.at("key.pem"), Permissions::from_mode(0o644)).unwrap();
    said(&[&label[..], &["key.pem"]].concat(), "`chmod 600` it");
    assert!(!desk.at("b.txt").exists());
    said(&["key", "new", "signing", "--out", "key.pem"], "no key is ever replaced");
    said(&["key", "new", "watermark", "--alg", "sm2", "--out", "x"], "--alg is for signing keys");
    for (text, words) in [
        ("", "line 1: expected `provider: CODE` and a key"),
        ("provider: A\nkey: rsa 00", "line 2: expected `key: ALGORITHM HEX`"),
        ("provider: A\n\nwords", "line 3: expected `provider: CODE`, `key: ALGORITHM HEX`"),
    ] {
        desk.write("trust.txt", text);
        said(&["verify", "a.txt", "--trust", "trust.txt"], words);
        let chinese = desk.ended(&["verify", "a.txt", "--trust", "trust.txt", "--lang", "zh"], 2);
        assert!(chinese.err().contains("行:应"), "{}", chinese.err());
    }
}

/// openssl with arguments; `None` where there is none, with the reason printed.
fn openssl(folder: &Path, args: &[&str]) -> Option<bool> {
    match Command::new("openssl").args(args).current_dir(folder).output() {
        Ok(done) => Some(done.status.success()),
        Err(e) => {
            println!("skipped: no openssl ({e})");
            None
        }
    }
}

/// Hexadecimal digits as bytes.
fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|n| u8::from_str_radix(&hex[n..n + 2], 16).unwrap()).collect()
}

const USER: &str = "distid:1234567812345678";

#[test]
fn openssl_verifies_our_signatures_and_we_verify_its() {
    for (algorithm, generate, digest) in [
        ("sm2", vec!["-algorithm", "SM2"], vec!["dgst", "-sm3", "-sigopt", USER]),
        ("p256", vec!["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], vec!["dgst", "-sha256"]),
        ("ed25519", vec!["-algorithm", "ED25519"], vec![]),
    ] {
        let desk = Desk::new(algorithm);
        let folder = desk.0.path();
        if openssl(folder, &["version"]).is_none() {
            return;
        }
        let verify = |key: &str| {
            let files = ["-signature", "signature", "text"];
            let args = match digest.is_empty() {
                false => [&digest[..], &["-verify", key], &files[..]].concat(),
                true => vec![
                    "pkeyutl",
                    "-verify",
                    "-rawin",
                    "-pubin",
                    "-inkey",
                    key,
                    "-sigfile",
                    "signature",
                    "-in",
                    "text",
                ],
            };
            openssl(folder, &args).unwrap()
        };
        // Ours, by a key of ours and by one of openssl's.
        desk.write("a.txt", "words\n");
        assert!(openssl(folder, &[&["genpkey", "-out", "theirs.pem"], &generate[..]].concat()).unwrap());
        fs::set_permissions(desk.at("theirs.pem"), Permissions::from_mode(0o600)).unwrap();
        for key in ["key.pem", "theirs.pem"] {
            assert!(openssl(folder, &["pkey", "-in", key, "-pubout", "-out", "public.pem"]).unwrap());
            let name = format!("{key}.txt");
            desk.ended(&["label", "a.txt", "-o", &name, "--producer", PRODUCER, "--id", "n-1", "--sign", key], 0);
            let report = desk.ended(&["verify", "--json", &name], 0).json().remove(0);
            let data: Value =
                serde_json::from_str(report["labels"][0]["fields"]["ReservedCode1"].as_str().unwrap()).unwrap();
            let signature = data["SecurityData"]["PubSD"][0]["Signature"].as_str().unwrap();
            desk.write("signature", bytes(signature));
            desk.write("text", format!(r#""Label":"1","ContentProducer":"{PRODUCER}","ProduceID":"n-1""#));
            assert!(verify("public.pem"), "{algorithm} {key}");
            desk.write("text", format!(r#""Label":"2","ContentProducer":"{PRODUCER}","ProduceID":"n-1""#));
            assert!(!verify("public.pem"), "{algorithm} {key}");
        }
        // Theirs, put into a label; their certificate pinned.
        desk.write("text", format!(r#""Label":"1","ContentProducer":"{PRODUCER}","ProduceID":"n-2""#));
        let sign = match digest.is_empty() {
            false => [&digest[..], &["-sign", "theirs.pem", "-out", "signature", "text"]].concat(),
            true => vec!["pkeyutl", "-sign", "-rawin", "-inkey", "theirs.pem", "-in", "text", "-out", "signature"],
        };
        assert!(openssl(folder, &sign).unwrap());
        let signature: String = fs::read(desk.at("signature")).unwrap().iter().map(|b| format!("{b:02x}")).collect();
        let shown = desk.ended(&["key", "show", "theirs.pem", "--json"], 0).json().remove(0);
        let pem: String = shown["public_key"].as_str().unwrap().lines().filter(|l| !l.starts_with('-')).collect();
        let data = format!(
            r#"{{\"SecurityData\":{{\"Type\":\"TC260PG\",\"Version\":1,\"PubSD\":[{{\"Type\":\"DS\",\"AlgID\":\"{algorithm}\",\"TBSData\":{{\"Type\":\"Md\"}},\"Signature\":\"{signature}\"}},{{\"Type\":\"PubKey\",\"AlgID\":\"{algorithm}\",\"KeyValue\":\"{pem}\"}}]}}}}"#
        );
        desk.write("b.txt", format!("words\nAIGC: {{\"Label\":\"1\",\"ContentProducer\":\"{PRODUCER}\",\"ProduceID\":\"n-2\",\"ReservedCode1\":\"{data}\",\"ContentPropagator\":\"{PRODUCER}\",\"PropagateID\":\"n-2\",\"ReservedCode2\":\"\"}}\n"));
        assert_eq!(state(&desk.signature("b.txt", &[])), ("valid-unpinned", "not-bound"), "{algorithm}");
        let mut request =
            vec!["req", "-x509", "-new", "-key", "theirs.pem", "-subj", "/CN=example", "-out", "certificate.pem"];
        if algorithm == "sm2" {
            request.extend(["-sm3", "-sigopt", USER]);
        }
        assert!(openssl(folder, &request).unwrap(), "{algorithm}");
        let certificate = fs::read_to_string(desk.at("certificate.pem")).unwrap();
        desk.write("trust.txt", format!("provider: {PRODUCER}\n{certificate}"));
        assert_eq!(state(&desk.signature("b.txt", &TRUST)), ("valid-pinned", "not-bound"), "{algorithm}");
    }
}

/// Real files of services are read as what they are.
#[test]
fn security_data_of_real_services() {
    let folder = root().join("../shared/samples/wild/labelled");
    if !folder.is_dir() {
        println!("skipped: {} is missing", folder.display());
        return;
    }
    let desk = Desk::new("sm2");
    for (file, expected, reason) in [
        ("mp3/af4d3821872f.mp3", "valid-unpinned", "content.apart"),
        ("jpeg/81d560b7714f.jpg", "valid-unpinned", "content.apart"),
        ("png/6f12420c8aa9.png", "not-verifiable", "signature.hash"),
        ("png/91d95e83a34a.png", "not-verifiable", "signature.hash"),
        ("md/1de25570c882.md", "not-verifiable", "signature.bare"),
    ] {
        let signature = desk.signature(folder.join(file).to_str().unwrap(), &[]);
        assert_eq!(state(&signature), (expected, "not-bound"), "{file}: {signature}");
        assert_eq!(signature["reason"]["code"], reason, "{file}");
    }
}
