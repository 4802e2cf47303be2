//! Nesting without end: every reader answers on the stack of a worker thread (2 MiB), whatever library reads below it. A
//! stack that overflows ends the process, and with it the batch.

use biaoshi_metadata::FORMATS;
use biaoshi_tests::{read, write};

const LEVELS: usize = 1_000_000;

/// Opens `LEVELS` times, then closes as often.
fn nested(open: &str, inside: &str, close: &str) -> String {
    [&open.repeat(LEVELS), inside, &close.repeat(LEVELS)].concat()
}

fn assert_answers(cases: Vec<(&'static str, String)>) {
    let run = move || {
        let label = biaoshi_label::Label::new(biaoshi_label::Level::Confirmed, "p", "i", true).unwrap();
        for (format, text) in cases {
            let row = FORMATS.iter().find(|f| f.name == format).unwrap();
            let bytes = text.into_bytes();
            let (found, _) = read(row, &bytes);
            assert!(found.records.len() <= 1, "{format}");
            let _ = write(row, &bytes, &label);
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn json() {
    let wrapped = nested("{\"AIGC\":", "1", "}");
    let quoted = wrapped.replace('"', "&quot;");
    assert_answers(vec![
        ("txt", format!("words\nAIGC: {}\n", nested("[", "", "]"))),
        ("txt", format!("words\nAIGC: {wrapped}\n")),
        ("txt", format!("words\nAIGC: {{\"Label\":\"1\",\"ContentProducer\":{wrapped}}}\n")),
        ("html", format!("<meta name=AIGC content=\"{quoted}\">")),
        ("html", format!("<script type=application/ld+json>{wrapped}</script>")),
        ("html", format!("<script type=application/ld+json>{}</script>", nested("[", "", ""))),
    ]);
}

#[test]
fn yaml() {
    let flow = |open, close| format!("---\nAIGC: {}\n---\nwords\n", nested(open, "", close));
    assert_answers(vec![
        ("markdown", flow("[", "]")),
        ("markdown", flow("{a: ", "}")),
        ("markdown", flow("[", "")),
        ("markdown", format!("---\nAIGC:\n  {}1\n---\nwords\n", "- ".repeat(LEVELS))),
        ("markdown", format!("---\nAIGC:\n  {}1\n---\nwords\n", "? ".repeat(LEVELS))),
    ]);
}

#[test]
fn markup() {
    let page = |inside: &str| format!("<html xmlns='http://www.w3.org/1999/xhtml'><head/><body>{inside}</body></html>");
    assert_answers(vec![
        ("html", nested("<div>", "a", "</div>")),
        ("html", nested("<svg>", "a", "</svg>")),
        ("html", nested("<svg><desc>", "a", "</desc></svg>")),
        ("html", nested("<template>", "a", "</template>")),
        ("html", nested("<math>", "a", "</title>")),
        ("html", page(&nested("<div>", "a", "</div>"))),
        ("html", format!("<!--<rdf:RDF>{}-->", "<a>".repeat(LEVELS))),
        ("svg", format!("<svg>{}</svg>", nested("<g>", "", "</g>"))),
        ("svg", format!("<!DOCTYPE svg {}><svg/>", nested("[", "", "]"))),
    ]);
}
