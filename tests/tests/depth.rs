//! Nesting without end: every reader answers on the stack of a worker thread (2 MiB), whatever library reads below it. A
//! stack that overflows ends the process, and with it the batch.

use biaoshi_metadata::FORMATS;
use biaoshi_tests::scaling::scales;
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

/// Shapes of markup that invite the square of their size.
#[test]
fn markup_takes_time_in_proportion() {
    let page = |head: &str, flood: String| format!("<!doctype html><title>t</title>{head}{flood}").into_bytes();
    scales("attributes.html", |n| page("<p ", "a=\"v\" ".repeat(n)));
    scales("names.html", |n| page("<body ", (0..n).map(|i| format!("a{i} ")).collect::<String>() + ">"));
    scales("tags.html", |n| page("", "<p a='b' c=\"&amp;\">x".repeat(n)));
    scales("less.html", |n| page("", "<".repeat(n)));
    scales("comments.html", |n| page("", "<!--->".repeat(n)));
    scales("dashes.html", |n| page("<!--", "-->-".repeat(n)));
    scales("script.html", |n| page("<script>", "<!--<script></script".repeat(n)));
    scales("titles.html", |n| page(&"<svg>".repeat(n), "</title>".repeat(n)));
    scales("metas.html", |n| page("", "<meta name=AIGC content='{\"Label\":\"1\",\"ProduceID\":\"x\"}'>".repeat(n)));
    scales("tree.xhtml", |n| {
        let body = "<div>".repeat(n) + &"</div>".repeat(n);
        format!("<html xmlns='http://www.w3.org/1999/xhtml'><head/><body>{body}</body></html>").into_bytes()
    });
    let drawing =
        |inside: String| format!("<svg xmlns='http://www.w3.org/2000/svg'><metadata>{inside}</metadata></svg>");
    let fields = "<t:Label>1</t:Label><t:ProduceID>i</t:ProduceID>";
    let rdf = |inside: String| {
        let names =
            "xmlns:t='http://www.tc260.org.cn/ns/AIGC/1.0/' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'";
        drawing(format!("<rdf:RDF {names}><rdf:Description>{inside}</rdf:Description></rdf:RDF>"))
    };
    scales("fields.svg", |n| rdf(fields.repeat(n)).into_bytes());
    scales("gbk.svg", |n| drawing("<a>@</a>".repeat(n)).bytes().map(|b| if b == b'@' { 0xb1 } else { b }).collect());
    scales("utf16.svg", |n| drawing("<a>é</a>".repeat(n)).encode_utf16().flat_map(u16::to_le_bytes).collect());
}
