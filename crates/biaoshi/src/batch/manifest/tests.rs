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
    let manifest = Manifest::open(Table { path, encoding, ..Table::default() }, columns).unwrap();
    (folder, manifest)
}

fn rows(name: &str, text: &str) -> Vec<Row> {
    let (_folder, mut manifest) = manifest(name, text.as_bytes());
    assert!(manifest.check(false, |_| Ok(()), |row| row.output.clone()).unwrap() > 0);
    manifest.rows().unwrap().collect::<Result<_, _>>().unwrap()
}

fn wrong(name: &str, bytes: &[u8]) -> String {
    let (_folder, mut manifest) = manifest(name, bytes);
    let error = manifest.check(false, |_| Ok(()), |row| row.output.clone()).unwrap_err();
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
    let (_folder, mut manifest) = manifest_in("m.csv", &marked, Columns::Label, Encoding::Utf8);
    assert!(manifest.check(false, |_| Ok(()), |row| row.output.clone()).unwrap_err().to_string().contains("gb18030"));
    // The two bytes of 图 are a letter in UTF-8: only the mark tells.
    let marked = b"\x84\x31\x95\x33path\n\xcd\xbc\n";
    let (_folder, mut manifest) = manifest_in("m.csv", marked, Columns::Label, Encoding::Utf8);
    assert!(manifest.check(false, |_| Ok(()), |row| row.output.clone()).unwrap_err().to_string().contains("gb18030"));
    let (_folder, mut manifest) =
        manifest_in("m.csv", "\u{feff}path\n图\n".as_bytes(), Columns::Label, Encoding::Gb18030);
    assert!(manifest.check(false, |_| Ok(()), |row| row.output.clone()).is_err());
    let (_folder, mut manifest) = manifest_in("m.csv", &bytes, Columns::Label, Encoding::Utf8);
    assert!(manifest.check(false, |_| Ok(()), |row| row.output.clone()).unwrap_err().to_string().contains("gb18030"));
}

#[test]
fn every_error_names_its_row() {
    for (text, message) in [
        ("", ": row 1: there is no first row that names the columns"),
        (
            "path,size\na,1\n",
            ": row 1: unknown column \"size\"; there are path, output, source, id, producer, level, propagator, propagate_id, text, corner, position, layers, replace, reason; --map says",
        ),
        ("path,id,path\n", ": row 1: the column \"path\" stands twice"),
        ("id\nx\n", ": row 1: there is no column path"),
        ("path,id\na,b\nc\n", ": row 3: cells: 1, where the first row has 2"),
        ("path\na\nb\"c\nd\n", ": row 3: a quote is not closed"),
        ("path\na\nb\"c\"\n", ": row 3: a stray quote"),
        ("path\n\"a\"b\n", ": row 2: a stray quote"),
        ("path\n\"a\nb\n", ": row 2: a quote is not closed"),
        ("path,id\n,b\n", ": row 2: no usable path"),
        ("path,level\na,4\n", ": row 2: level: \"4\" is no level"),
        ("path,layers\na,paint\n", ": row 2: layers: \"paint\" is no layer"),
        ("path\na\nb\n./a\n", ": row 4: the path ./a stands in row 2 already"),
    ] {
        assert!(wrong("m.csv", text.as_bytes()).starts_with(message), "{text:?}: {}", wrong("m.csv", text.as_bytes()));
    }
    for (text, message) in [
        ("{\"path\":\"a\"}\n{\"path\":\"a//b\",\"x\":1}\n", ": row 2: unknown column \"x\"; there are path, "),
        ("{\"path\":\"a\",\"path\":\"b\"}\n", ": row 1: the column \"path\" stands twice"),
        ("[]\n", ": row 1: no JSON object"),
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

/// A table that is read under a naming: its rows, its kept columns, or what is wrong.
fn named(name: &str, text: &str, [map, ignore, keep]: [&[&str]; 3]) -> Result<(Vec<Row>, Vec<String>), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let list = |all: &[&str]| all.iter().map(|s| s.to_string()).collect();
    let naming = Naming { map: list(map), ignore: list(ignore), keep: list(keep) };
    let told = |e: ManifestError| {
        assert!(!e.message().tell(biaoshi_container::Lang::Zh).is_empty());
        e.to_string().rsplit_once(&format!("{name}: ")).unwrap().1.to_owned()
    };
    let table = Table { path, naming, ..Table::default() };
    let mut manifest = Manifest::open(table, Columns::Label).map_err(told)?;
    manifest.check(false, |_| Ok(()), |row| row.output.clone()).map_err(told)?;
    let rows = manifest.rows().and_then(Iterator::collect).map_err(told)?;
    Ok((rows, manifest.kept().to_vec()))
}

#[test]
fn columns_of_a_database_are_mapped_kept_and_ignored() {
    let csv = "post_id, File_Path ,id,owner\n7,a.png,1,x\n";
    let tsv = csv.replace(',', "\t");
    let json = "{\"post_id\":12345678901234567890123,\"file_path\":\"a.png\",\"id\":1.10,\"owner\":null}\n";
    let map: &[&str] = &["id=post_id", "path=FILE_PATH"];
    for (name, text, id, owner) in [
        ("m.csv", csv, "7", Some("x")),
        ("m.tsv", &tsv, "7", Some("x")),
        ("m.jsonl", json, "12345678901234567890123", None),
    ] {
        let (rows, kept) = named(name, text, [map, &["id"], &["Owner", "post_id"]]).unwrap();
        assert_eq!((rows[0].path.to_str(), rows[0].id.as_deref()), (Some("a.png"), Some(id)), "{name}");
        assert_eq!(kept, ["post_id", "owner"], "{name}");
        let wanted = vec![("post_id".into(), Some(id.into())), ("owner".into(), owner.map(str::to_owned))];
        assert_eq!(rows[0].kept, wanted, "{name}");
        let (rows, kept) = named(name, text, [map, &["owner"], &["*"]]).unwrap();
        assert_eq!(kept, ["id"], "{name}");
        let own = if name == "m.jsonl" { "1.10" } else { "1" };
        assert_eq!(rows[0].kept, [("id".into(), Some(own.to_owned()))], "as it stood");
        assert_eq!(named(name, text, [map, &["*"], &[]]).unwrap().1, [""; 0]);
        for (naming, message) in [
            ([map, &[], &[]], "row 1: unknown column \"id\""),
            ([&["path=file_path", "id=nr"], &["*"], &[]], "--map id=nr: the table has no column \"nr\""),
            ([&["size=post_id"], &[], &[]], "--map \"size=post_id\": before the = stands no column"),
            ([&["id=a", "ID=b"], &[], &[]], "--map \"ID=b\": another --map has the same column"),
            ([&["id=a", "path=A"], &[], &[]], "--map \"path=A\": another --map has the same column"),
            ([&["id"], &[], &[]], "--map \"id\" is not COLUMN=NAME"),
            ([map, &["*"], &["size"]], "--keep-columns: the table has no column \"size\""),
            ([map, &["owner"], &["OWNER"]], "the column \"OWNER\" cannot be both"),
            ([map, &["*"], &["*"]], "the column \"*\" cannot be both"),
        ] {
            let error = named(name, text, naming).unwrap_err();
            assert!(error.trim_start_matches("row 1: ").starts_with(message.trim_start_matches("row 1: ")), "{error}");
        }
    }
    assert!(named("m.csv", "id\n1\n", [&[]; 3]).unwrap_err().contains("--map path=NAME"));
    assert!(named("m.csv", "path,A,a\nx,1,2\n", [&[], &[], &["*"]]).unwrap_err().contains("\"a\" stands twice"));
    assert!(named("m.csv", "path,A,a\nx,1,2\n", [&[], &["*"], &[]]).is_ok(), "what is passed over may");
}

#[test]
fn the_separator_is_found_in_the_first_row() {
    for (name, text) in [
        ("m.csv", "path;id\na,b;c\n"),
        ("m.csv", "\u{feff}path\tid\r\na,b\tc\r\n"),
        ("m.csv", "path;\"ID\"\n\"a,b\";c\n"),
        ("m.tsv", "path\tid\na,b\tc\n"),
    ] {
        let (rows, _) = named(name, text, [&[]; 3]).unwrap();
        assert_eq!((rows[0].path.to_str(), rows[0].id.as_deref()), (Some("a,b"), Some("c")), "{text:?}");
    }
    let ambiguous = "path;id,x\na;b\n";
    assert!(named("m.csv", ambiguous, [&[]; 3]).unwrap_err().contains("comma, semicolon and tab"));
    let mixed = "path\tid;x\na\tb\n";
    assert!(named("m.csv", mixed, [&[]; 3]).is_err());
    assert!(named("m.tsv", mixed, [&["id=id;x"], &[], &[]]).is_ok(), "its name says that it is one of tabs");
    assert!(named("m.txt", "path\n", [&[]; 3]).unwrap_err().contains("--manifest-format"));
}

#[test]
fn more_columns_are_read_and_checked() {
    let row = |column: &str, value: &str| named("m.csv", &format!("path,{column}\na,{value}\n"), [&[]; 3]);
    let first = |column: &str, value: &str| row(column, value).unwrap().0.remove(0);
    assert_eq!(first("output", "./x/y.png").output.unwrap().to_str(), Some("x/y.png"));
    assert_eq!((first("replace", "1").replace, first("replace", "No").replace), (Some(true), Some(false)));
    for (column, value, message) in [
        ("output", "../x", "the output \"../x\" must be the name of a file below --out"),
        ("output", "/x", "the output \"/x\" must be"),
        ("output", "x/", "the output \"x/\" must be"),
        ("output", ".", "the output \".\" must be"),
        ("corner", "middle", "corner: \"middle\" is none of bottom-right, bottom-left"),
        ("position", "center", "position: \"center\" is none of start, middle, end, both"),
        ("replace", "maybe", "replace: \"maybe\" is neither true nor false"),
    ] {
        assert!(row(column, value).unwrap_err().starts_with(&format!("row 2: {message}")), "{column} {value}");
    }
    let twice = named("m.csv", "path,output\na,x.png\nb,\nc,./x.png\n", [&[]; 3]).unwrap_err();
    assert_eq!(twice, "row 4: the output x.png is that of row 2 already; name another");
    let kinds = [("path", "true"), ("id", "[1]"), ("id", "{}"), ("replace", "[true]")];
    for (column, value) in kinds {
        let error = named("m.jsonl", &format!("{{\"{column}\":{value}}}\n"), [&[]; 3]).unwrap_err();
        assert!(error.starts_with(&format!("row 1: {column}: ")), "{error}");
    }
}

#[test]
fn a_row_gives_its_own_options() {
    use crate::job::{LabelOptions, Own, Wanted};
    let row = |columns: &str, cells: &str| {
        named("m.csv", &format!("path,{columns}\na,{cells}\n"), [&[]; 3]).unwrap().0.remove(0)
    };
    let wanted =
        |allow_name| Wanted::Own(Own { producer: "001191110000EXAMPLE03Q10000".into(), allow_name, ..Own::default() });
    let all = LabelOptions { wanted: wanted(false), ..LabelOptions::default() };
    let told = |fault: Fault| ManifestError::new(Path::new("m"), None, fault).to_string();
    let of = |row: Row, all: &LabelOptions| row.check(all).map(|()| row.options(all));
    let look = of(row("corner,position", "top-left,both"), &all).unwrap().explicit;
    assert_eq!((look.corner, look.position), (biaoshi_media::Corner::TopLeft, crate::plan::Position::Both));
    let other = of(row("producer", "001191110000EXAMPLE03Q20000"), &all).unwrap();
    assert_eq!(other.wanted.own().unwrap().producer, "001191110000EXAMPLE03Q20000");
    assert!(told(of(row("producer", "Somebody"), &all).unwrap_err()).contains("no provider code"));
    let named = LabelOptions { wanted: wanted(true), ..all.clone() };
    assert!(of(row("producer", "Somebody"), &named).is_ok());
    let replacing = of(row("replace,reason", "true,court order"), &all).unwrap();
    assert_eq!((replacing.replace, replacing.reason.as_deref()), (true, Some("court order")));
    assert!(matches!(of(row("replace,reason", "true, "), &all), Err(Fault::Value(ValueFault::NoReason))));
    assert!(matches!(of(row("replace,reason", ",why"), &all), Err(Fault::Value(ValueFault::ReasonAlone))));
    let given = LabelOptions { replace: true, reason: Some("why".into()), ..all };
    assert!(of(row("replace", "true"), &given).is_ok_and(|o| o.reason.as_deref() == Some("why")));
    assert!(of(row("replace", "false"), &given).is_ok_and(|o| !o.replace));
}

proptest! {
    /// What another program writes as CSV is read as it was meant.
    #[test]
    fn cells_survive(cells in prop::collection::vec("[a\",\r\n 图]{0,6}", 1..5)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&cells).unwrap();
        let row = writer.into_inner().unwrap();
        let read = split::cells(row.strip_suffix(b"\n").unwrap(), b',').unwrap();
        prop_assert_eq!(read, cells.iter().map(|cell| std::borrow::Cow::Borrowed(cell.as_bytes())).collect::<Vec<_>>());
    }

    #[test]
    fn noise_is_no_panic(bytes in prop::collection::vec(prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), any::<u8>()], 0..200), json: bool) {
        let bytes = [b"path,id\n", &bytes[..]].concat();
        let (_folder, mut manifest) = manifest(if json { "m.jsonl" } else { "m.csv" }, &bytes);
        let _ = manifest.check(false, |_| Ok(()), |row| row.output.clone());
    }
}
