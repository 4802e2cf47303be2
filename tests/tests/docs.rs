//! The documents say what the code does: tables are compared with the tables they describe.

use biaoshi_label::{CODES, Code, DIALECTS};
use biaoshi_tests::{root, run};

fn document(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

#[test]
fn the_reference_lists_every_finding_and_dialect() {
    let reference = document("docs/reference.md");
    let row = |name: &str, severity: &str| format!("| `{name}` | {severity} |");
    for code in CODES {
        assert!(reference.contains(&row(code.name(), code.severity().name())), "{}", code.name());
    }
    for dialect in DIALECTS {
        let row =
            format!("{} {} |", row(dialect.name(), dialect.severity().name()), dialect.english().replace('|', "\\|"));
        assert!(reference.contains(&row), "{row}");
        assert!(Code::Dialect(*dialect).name().ends_with(dialect.name()));
    }
}

#[test]
fn the_read_me_shows_the_support_table() {
    let folder = root();
    let table = run(&folder, &["formats"]).out();
    for name in ["README.md", "README.zh-CN.md"] {
        let text = document(name);
        for row in table.lines() {
            assert!(text.lines().any(|l| l.trim() == row.trim()), "{name} lacks the row: {row}");
        }
    }
}
