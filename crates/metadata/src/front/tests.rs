use biaoshi_container::text::{Document, front};
use biaoshi_container::{Limits, Patched, to_vec};
use biaoshi_label::{Field, Label, Level};
use proptest::prelude::*;

use super::Table;
use crate::found::Found;

fn label() -> Label {
    Label::new(Level::Confirmed, "p\"q'", "i", true).unwrap()
}

fn read(text: &str) -> (Document, Option<Table>, Found) {
    let document = Document::parse(text.as_bytes().to_vec()).unwrap();
    let mut found = Found::default();
    let front = front(&document).unwrap();
    let table = Table::read(&document, &front, "x", &Limits::default(), &mut found);
    (document, table, found)
}

fn written(text: &str) -> String {
    let mut bytes = text.to_owned();
    for _ in 0..2 {
        let (document, table, _) = read(&bytes);
        let patch = table.unwrap().plan("x", &document, &label()).unwrap();
        assert!(patch.is_sound());
        bytes = String::from_utf8(to_vec(&Patched::new(&bytes.into_bytes(), &patch), u64::MAX).unwrap()).unwrap();
        let (.., found) = read(&bytes);
        assert_eq!(found.records.len(), 1, "{bytes}");
        assert!(label().equals(&found.records[0]) && found.records[0].dialects.is_empty(), "{:?}", found.records);
    }
    bytes
}

const TOML: &str = "[AIGC]\nLabel = \"1\"\nContentProducer = \"p\\\"q'\"\nProduceID = \"i\"\nReservedCode1 = \"\"\nContentPropagator = \"p\\\"q'\"\nPropagateID = \"i\"\nReservedCode2 = \"\"\n";

#[test]
fn the_table_ends_toml_front_matter() {
    assert_eq!(
        written("+++\ntitle = 'x'\n\n[params]\na = 1\n+++\ntext\n"),
        format!("+++\ntitle = 'x'\n\n[params]\na = 1\n{TOML}+++\ntext\n")
    );
    assert_eq!(written("+++\r\na = 1\r\n+++\r\n"), format!("+++\r\na = 1\r\n{}+++\r\n", TOML.replace('\n', "\r\n")));
    assert_eq!(written("+++\n+++\n"), format!("+++\n{TOML}+++\n"));
}

#[test]
fn labels_of_toml_are_found_in_every_form_and_replaced() {
    for old in [
        "[AIGC]\nLabel = \"1\"\n# why\nContentProducer = 'x'\nProduceID = 'y'\n",
        "[ \"aigc\" ]\nLabel = 1\nContentProducer = 'x'\n",
        "[AIGC.more]\na = 1\n[AIGC]\nLabel = '1'\nContentProducer = 'x'\n",
    ] {
        let text = format!("+++\ntitle = 'x'\n{old}\n# of the next table\n[params]\na = 1\n+++\n");
        assert_eq!(read(&text).2.records.len(), 1, "{text}");
        assert_eq!(written(&text), format!("+++\ntitle = 'x'\n\n# of the next table\n[params]\na = 1\n{TOML}+++\n"));
    }
    for old in [
        "AIGC = { Label = '1', ContentProducer = 'x' }\n",
        "AIGC.Label = '1'\nAIGC.ContentProducer = 'x'\n",
        "AIGC = '{\"Label\":\"1\",\"ContentProducer\":\"x\"}'\n",
        "AIGC = '''\n{\"Label\":\"1\",\n\"ContentProducer\":\"x\"}'''\n",
    ] {
        let text = format!("+++\n{old}title = 'x'\n+++\n");
        assert_eq!(read(&text).2.records.len(), 1, "{text}");
        assert_eq!(written(&text), format!("+++\ntitle = 'x'\n{TOML}+++\n"));
    }
}

/// A line of three plusses ends the front matter in a string too, for Hugo as for us; then nothing of ours can be in it.
#[test]
fn open_strings_and_arrays_of_toml_are_refused_and_quotes_in_strings_open_none() {
    for open in ["a = '''\nb", "a = \"\"\"\nb", "a = [\n'x',", "a = \"\"\"b\\\"\"\"", "a = 1 # '\n'''"] {
        let (document, table, _) = read(&format!("+++\n{open}\n+++\nc\n'''\n+++\ntext\n"));
        let error = table.unwrap().plan("x", &document, &label()).unwrap_err();
        assert!(error.to_string().contains("is open"), "{error}");
    }
    for whole in [
        "a = \"it's ''' odd\"",
        "a = 'it \"\"\" odd'",
        "a = 1 # it''' [odd",
        "a = \"\"\"b \\\"\"\" c\"\"\"",
        "a = '''b'''''\nc = \"\"\"d\"\"\"\"",
        "a = \"\"\"b\\\n \\\\\"\"\"",
        "a = \"\"\nb = ''\nc = \"\\\"'''\"",
        "a = [\n[1], # [\n['AIGC'],\n[']'],\n]",
        "AIGC.x = [\n1,\n]\nAIGC.Label = '1'\nAIGC.ContentProducer = 'x'",
    ] {
        let rest = whole.strip_prefix("AIGC").map_or(format!("{whole}\n"), |_| String::new());
        assert_eq!(written(&format!("+++\n{whole}\n+++\ntext\n")), format!("+++\n{rest}{TOML}+++\ntext\n"));
    }
}

#[test]
fn quoted_tables_and_other_keys_are_no_labels() {
    for text in [
        "+++\na = '''\n[AIGC]\nLabel = '1'\nContentProducer = 'x'\n'''\n+++\n",
        "+++\n[params]\nAIGC = { Label = '1', ContentProducer = 'x' }\n+++\n",
        "+++\n# [AIGC]\n# Label = '1'\n# ContentProducer = 'x'\n+++\n",
        "{\"params\": {\"AIGC\": {\"Label\": \"1\"}}, \"a\": \"AIGC\"}\n",
    ] {
        let (document, table, found) = read(text);
        assert!(found.records.is_empty(), "{text}");
        assert!(table.unwrap().plan("x", &document, &label()).is_ok());
    }
    for text in
        ["+++\n[[AIGC]]\nLabel = '1'\nContentProducer = 'x'\n+++\n", "+++\nAIGC = true\n+++\n", "{\"AIGC\": 1}\n"]
    {
        let (document, table, found) = read(text);
        assert!(found.records.is_empty(), "{text}");
        assert!(table.unwrap().plan("x", &document, &label()).is_err());
    }
}

#[test]
fn the_member_is_the_first_of_json_front_matter() {
    let member = format!("\"AIGC\": {}", label().to_json());
    for (old, new) in [
        ("{\n  \"title\": \"x\"\n}\ntext\n", format!("{{\n  {member},\n  \"title\": \"x\"\n}}\ntext\n")),
        ("{\"title\": \"x\"}\n", format!("{{{member},\"title\": \"x\"}}\n")),
        ("\u{feff}\n{}\n", format!("\u{feff}\n{{{member}}}\n")),
        (
            "{\"a\": \"\u{6625}\", \"aigc\" : {\"Label\": 1, \"ContentProducer\": \"x\"}}\n",
            format!("{{\"a\": \"\u{6625}\", {member}}}\n"),
        ),
    ] {
        assert_eq!(written(old), new);
    }
    let twice =
        "{\"AIGC\": {\"Label\": \"1\", \"ProduceID\": \"a\"}, \"AIGC\": {\"Label\": \"2\", \"ProduceID\": \"a\"}}\n";
    let (document, table, found) = read(twice);
    assert_eq!(found.records.len(), 2);
    assert!(table.unwrap().plan("x", &document, &label()).is_err());
}

#[test]
fn a_label_beyond_the_limit_is_told() {
    let limits = Limits { label: 40, ..Limits::default() };
    for text in [
        "+++\n[AIGC]\nLabel = '1'\nContentProducer = 'x'\nProduceID = 'y'\n+++\n",
        "{\"AIGC\": {\"Label\": \"1\", \"ContentProducer\": \"x\", \"ProduceID\": \"y\"}}\n",
    ] {
        let document = Document::parse(text.as_bytes().to_vec()).unwrap();
        let mut found = Found::default();
        Table::read(&document, &front(&document).unwrap(), "x", &limits, &mut found);
        assert_eq!(found.findings.len(), 1, "{text}");
        assert!(found.records.iter().all(|r| r.broken));
    }
}

proptest! {
    #[test]
    fn any_front_matter(inside in "(\\[AIGC\\]|\\[\\[AIGC\\]\\]|AIGC|Label|ProduceID| = |'''|\"|1|\n|\\{|\\}|,|:|#|é){0,30}", json in any::<bool>()) {
        let text = if json { format!("{{\"a\": 1{inside}}}\ntext") } else { format!("+++\n{inside}\n+++\ntext") };
        let document = Document::parse(text.clone().into_bytes()).unwrap();
        let Some(front) = front(&document) else { return Ok(()) };
        let Some(table) = Table::read(&document, &front, "x", &Limits::default(), &mut Found::default()) else { return Ok(()) };
        let Ok(patch) = table.plan("x", &document, &label()) else { return Ok(()) };
        prop_assert!(patch.is_sound());
        let bytes = to_vec(&Patched::new(&text.into_bytes(), &patch), u64::MAX).unwrap();
        prop_assert!(String::from_utf8(bytes).unwrap().contains(Field::PropagateID.key()));
    }
}
