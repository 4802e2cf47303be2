use super::*;
use crate::plan::Layer;
use biaoshi_label::Level;
use proptest::prelude::*;

fn manifest(name: &str, bytes: &[u8]) -> (tempfile::TempDir, Manifest) {
    manifest_in(name, bytes, Columns::Label, Encoding::Utf8)
}

fn manifest_in(name: &str, bytes: &[u8], columns: Columns, encoding: Encoding) -> (tempfile::TempDir, Manifest) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let manifest = Manifest::open(&path, columns, encoding).unwrap();
    (folder, manifest)
}

fn rows(name: &str, text: &str) -> Vec<Row> {
    let (_folder, manifest) = manifest(name, text.as_bytes());
    assert!(manifest.check(false, |_| Ok(())).unwrap() > 0);
    manifest.rows().unwrap().collect::<Result<_, _>>().unwrap()
}

fn wrong(name: &str, bytes: &[u8]) -> String {
    let (_folder, manifest) = manifest(name, bytes);
    let error = manifest.check(false, |_| Ok(())).unwrap_err();
    assert!(!error.message().tell(biaoshi_container::Lang::Zh).is_empty());
    error.to_string().rsplit_once(name).unwrap().1.to_owned()
}

#[test]
fn both_forms_say_the_same() {
    let csv = "\u{feff}level,path,layers,text,id\r\n2,a.png,metadata,,x-1\r\n\r\n,\"b, \"\"c\"\"\n.png\",\"metadata,explicit\",AI合成,\r\n";
    let json = concat!(
        r#"{"path":"a.png","id":"x-1","level":2,"layers":"metadata"}"#,
        "\n\n",
        r#"{"path":"b, \"c\"\n.png","text":"AI合成","layers":["metadata","explicit"],"level":null}"#,
    );
    let wanted = [
        Row {
            path: "a.png".into(),
            id: Some("x-1".into()),
            level: Some(Level::Possible),
            layers: Some(vec![Layer::Metadata]),
            ..Row::new(0)
        },
        Row {
            path: "b, \"c\"\n.png".into(),
            text: Some("AI合成".into()),
            layers: Some(vec![Layer::Metadata, Layer::Explicit]),
            ..Row::new(0)
        },
    ];
    for (name, text, numbers) in [("m.csv", csv, [2, 4]), ("m.jsonl", json, [1, 3])] {
        let found = rows(name, text);
        assert_eq!(found.iter().map(|r| r.number).collect::<Vec<_>>(), numbers);
        assert_eq!(found.into_iter().map(|r| Row { number: 0, ..r }).collect::<Vec<_>>(), wanted);
    }
}

#[test]
fn gb18030_is_decoded_cell_by_cell() {
    let (bytes, ..) = encoding_rs::GB18030.encode("path,text\n图,AI生成\n\"𠮷.png\",\n");
    let (_folder, manifest) = manifest_in("m.csv", &bytes, Columns::Label, Encoding::Gb18030);
    let rows: Vec<_> = manifest.rows().unwrap().map(Result::unwrap).collect();
    assert_eq!((rows[0].path.to_str(), rows[1].path.to_str()), (Some("图"), Some("𠮷.png")));
    let marked = [b"\x84\x31\x95\x33", &*bytes].concat();
    let (_folder, manifest) = manifest_in("m.csv", &marked, Columns::Label, Encoding::Gb18030);
    assert_eq!(manifest.rows().unwrap().map(Result::unwrap).collect::<Vec<_>>(), rows);
    let (_folder, manifest) = manifest_in("m.csv", &marked, Columns::Label, Encoding::Utf8);
    assert!(manifest.check(false, |_| Ok(())).unwrap_err().to_string().contains("gb18030"));
    // The two bytes of 图 are a letter in UTF-8: only the mark tells.
    let marked = b"\x84\x31\x95\x33path\n\xcd\xbc\n";
    let (_folder, manifest) = manifest_in("m.csv", marked, Columns::Label, Encoding::Utf8);
    assert!(manifest.check(false, |_| Ok(())).unwrap_err().to_string().contains("gb18030"));
    let (_folder, manifest) = manifest_in("m.csv", "\u{feff}path\n图\n".as_bytes(), Columns::Label, Encoding::Gb18030);
    assert!(manifest.check(false, |_| Ok(())).is_err());
    let (_folder, manifest) = manifest_in("m.csv", &bytes, Columns::Label, Encoding::Utf8);
    assert!(manifest.check(false, |_| Ok(())).unwrap_err().to_string().contains("gb18030"));
}

#[test]
fn every_error_names_its_row() {
    for (text, message) in [
        ("", ": row 1: there is no first row that names the columns"),
        ("path,size\na,1\n", ": row 1: unknown column \"size\"; there are path, id, level, text, layers, source"),
        ("path,id,path\n", ": row 1: the column \"path\" stands twice"),
        ("id\nx\n", ": row 1: there is no column path"),
        ("path,id\na,b\nc\n", ": row 3: 1 cells, where the first row has 2"),
        ("path\na\nb\"c\nd\n", ": row 3: a quote is not closed"),
        ("path\na\nb\"c\"\n", ": row 3: a stray quote"),
        ("path\n\"a\"b\n", ": row 2: a stray quote"),
        ("path\n\"a\nb\n", ": row 2: a quote is not closed"),
        ("path,id\n,b\n", ": row 2: no usable path"),
        ("path,level\na,4\n", ": row 2: \"4\" is no level"),
        ("path,layers\na,paint\n", ": row 2: \"paint\" is no layer"),
        ("path\na\nb\n./a\n", ": row 4: the path ./a stands in row 2 already"),
    ] {
        assert!(wrong("m.csv", text.as_bytes()).starts_with(message), "{text:?}: {}", wrong("m.csv", text.as_bytes()));
    }
    for (text, message) in [
        ("{\"path\":\"a\"}\n{\"path\":\"a//b\",\"x\":1}\n", ": row 2: no object as it should be: unknown field `x`"),
        ("{\"path\":\"a\",\"path\":\"b\"}\n", ": row 1: no object as it should be: duplicate field `path`"),
        ("[]\n", ": row 1: no object"),
        ("{\"path\":\"a\",\"declared\":true}\n", ": row 1: unknown column \"declared\""),
        ("{\"path\":\"a\\u0000\"}\n", ": row 1: no usable path"),
        ("{\"path\":\"a/b\"}\n{\"path\":\"a//b\"}\n", ": row 2: the path a//b stands in row 1 already"),
    ] {
        assert!(
            wrong("m.jsonl", text.as_bytes()).starts_with(message),
            "{text}: {}",
            wrong("m.jsonl", text.as_bytes())
        );
    }
    assert!(wrong("m.csv", b"\xff\xfep\0").contains("UTF-16"));
    assert!(wrong("m.csv", &[b"path\n\"", &[b'a'; 2 << 20][..]].concat()).contains("longer than"));
}

proptest! {
    /// What another program writes as CSV is read as it was meant.
    #[test]
    fn cells_survive(cells in prop::collection::vec("[a\",\r\n 图]{0,6}", 1..5)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&cells).unwrap();
        let row = writer.into_inner().unwrap();
        let read = split::cells(row.strip_suffix(b"\n").unwrap()).unwrap();
        prop_assert_eq!(read, cells.into_iter().map(String::into_bytes).collect::<Vec<_>>());
    }

    #[test]
    fn noise_is_no_panic(bytes in prop::collection::vec(prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), any::<u8>()], 0..200), json: bool) {
        let bytes = [b"path,id\n", &bytes[..]].concat();
        let (_folder, manifest) = manifest(if json { "m.jsonl" } else { "m.csv" }, &bytes);
        let _ = manifest.check(false, |_| Ok(()));
    }
}
