//! `--report FILE.html`, as Chromium shows it.

use std::path::Path;
use std::process::Command;

use biaoshi_label::{Label, Level};
use biaoshi_tests::{PRODUCER, fixture, root, row, run, scratch, write};
use serde_json::{Value, json};

/// Shows a page at both widths, and once without scripts, and says what is seen; then asks the filter.
const LOOK: &str = r#"<!doctype html><meta charset="utf-8"><body>
<iframe src="PAGE" style="width:400px;height:900px;border:0"></iframe>
<iframe src="PAGE" style="width:1400px;height:900px;border:0"></iframe>
<iframe src="PAGE" style="width:400px;height:900px;border:0" sandbox="allow-same-origin"></iframe>
<pre id="seen"></pre><script>
const ask = (d, text, state, worst) => {
  const form = d.getElementById("filter"), [a, b, c] = form.querySelectorAll("input,select");
  [a.value, b.value, c.value] = [text, state, worst];
  form.dispatchEvent(new Event("input"));
  const shown = [...d.querySelectorAll("article")].filter(f => f.getBoundingClientRect().height > 0).length;
  return [shown, form.querySelector("output").value];
};
addEventListener("load", () => {
  const seen = [...document.querySelectorAll("iframe")].map((f, at) => {
    const d = f.contentDocument, e = d.documentElement, at_top = n => d.getElementById(n).getBoundingClientRect().top;
    for (const details of [...d.querySelectorAll("details")].slice(0, 20)) details.open = true;
    return {
      width: e.clientWidth, scroll: e.scrollWidth, files: d.querySelectorAll("article").length,
      counts: Object.fromEntries([...d.querySelectorAll("[data-count]")].map(c => [c.dataset.count, c.querySelector("b").textContent])),
      first: at_top("counts") < d.querySelector("article").getBoundingClientRect().top,
      filter: !d.getElementById("filter").hidden, hacked: typeof f.contentWindow.hacked,
      foreign: d.querySelectorAll("img,iframe,object,link,b b,h2 img").length,
      pictures: [...d.querySelectorAll(".thumb")].filter(t => getComputedStyle(t).backgroundImage.startsWith('url("data:image/png')).length,
      asked: at < 2 ? ASKED.map(words => ask(d, ...words)) : [],
    };
  });
  document.getElementById("seen").textContent = JSON.stringify(seen);
});</script>"#;

/// What Chromium sees of a page, with the answers of its filter.
fn seen(folder: &Path, page: &str, asked: &Value) -> Vec<Value> {
    let look = LOOK.replace("PAGE", page).replace("ASKED", &asked.to_string());
    std::fs::write(folder.join("look.html"), look).unwrap();
    let shown = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"])
        .args(["--disable-background-networking", "--disable-component-update", "--allow-file-access-from-files"])
        .args(["--window-size=1500,1000", "--virtual-time-budget=60000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", folder.join("look.html").display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&shown.stdout).into_owned();
    let text = dom.split("<pre id=\"seen\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let text = text.unwrap_or_else(|| panic!("chromium: {}", String::from_utf8_lossy(&shown.stderr)));
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}\n{}", String::from_utf8_lossy(&shown.stderr)))
}

/// 1,000 files: labelled, clean, under wrong names, cut off; names and labels that want to be markup.
fn many(folder: &Path) {
    std::fs::create_dir(folder.join("in")).unwrap();
    let twin = std::fs::read(root().join("fixtures/labelled/png.png")).unwrap();
    let clean = fixture("png.png");
    for n in 0..998 {
        let (name, bytes) = match n % 10 {
            0..=5 => (format!("{n:03} labelled.png"), &twin[..]),
            6 | 7 => (format!("{n:03} 无标识.png"), &clean[..]),
            8 => (format!("{n:03}.jpg"), &twin[..]),
            _ => (format!("{n:03}-{}.png", "longer than any screen is wide".replace(' ', "").repeat(6)), &clean[..17]),
        };
        std::fs::write(folder.join("in").join(name), bytes).unwrap();
    }
    let name = "<img src=x onerror=hacked=1>\"'&\u{202e}.png";
    std::fs::write(folder.join("in").join(name), &clean).unwrap();
    let label = Label::new(Level::Confirmed, "</pre><script>hacked=1</script>", "<b><b>x</b></b>", true).unwrap();
    std::fs::write(folder.join("in/z.png"), write(row("png"), &clean, &label).unwrap()).unwrap();
}

#[test]
fn a_page_of_a_thousand_files() {
    let folder = scratch();
    many(folder.path());
    for lang in ["zh", "en"] {
        let checked = run(folder.path(), &["verify", "in", "--report", "r.html", "--lang", lang, "--stats"]);
        assert_eq!(checked.code(), 3, "{}", checked.err());
        let asked = json!([
            ["", "", ""],
            ["", "confirmed", ""],
            ["", "unread", ""],
            ["", "", "warning"],
            ["无标识", "", ""],
            ["onerror=HACKED", "none", ""],
            [PRODUCER, "confirmed", "warning"],
        ]);
        // The id of z.png in angle brackets is a placeholder: a hundredth warning.
        let all = [1000, 700, 99, 100, 200, 1, 99];
        let answers = all.map(|n| json!([n, format!("{n} / 1000")]));
        for (at, seen) in seen(folder.path(), "r.html", &asked).iter().enumerate() {
            let width = if at == 1 { 1400 } else { 400 };
            assert!(seen["width"].as_u64().unwrap() <= width && seen["width"].as_u64().unwrap() > width - 20, "{seen}");
            assert!(seen["scroll"].as_u64() <= seen["width"].as_u64(), "wider than the window: {seen}");
            let counts = json!({ "files": "1,000", "confirmed": "700", "none": "201", "unread": "99" });
            assert_eq!((&seen["files"], &seen["counts"], &seen["first"]), (&1000.into(), &counts, &true.into()));
            assert_eq!((&seen["hacked"], &seen["foreign"]), (&"undefined".into(), &0.into()));
            assert_eq!(seen["pictures"], 200);
            // Without scripts there is no filter; the page is whole all the same.
            assert_eq!(seen["filter"], at < 2);
            assert_eq!(seen["asked"], if at < 2 { json!(answers) } else { json!([]) });
        }
    }
}

#[test]
fn a_page_of_what_was_labelled_needs_nothing_else() {
    let folder = scratch();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    for name in ["png.png", "m4a.m4a", "webp.webp"] {
        std::fs::write(folder.path().join("in").join(name), fixture(name)).unwrap();
    }
    let label = ["label", "in", "no.png", "--out", "out", "--producer", PRODUCER, "--report", "r.html"];
    assert_eq!(run(folder.path(), &label).code(), 3);
    let page = std::fs::read_to_string(folder.path().join("r.html")).unwrap();
    // Nothing comes from elsewhere, and the policy says so.
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("src="), "{page}");
    assert!(page.contains("content=\"default-src 'none';"), "{page}");
    // Outputs that are gone have no picture; the page is whole.
    let counts = json!({ "files": "4", "labelled": "3", "failed": "1" });
    let looked = seen(folder.path(), "r.html", &json!([["out/png.png", "labelled", ""]]));
    assert_eq!(
        (&looked[0]["counts"], &looked[0]["pictures"], &looked[0]["asked"][0][0]),
        (&counts, &2.into(), &1.into())
    );
    let bare = run(folder.path(), &[&label[..], &["--overwrite", "--no-thumbnails"]].concat());
    assert_eq!(bare.code(), 3);
    let page = std::fs::read_to_string(folder.path().join("r.html")).unwrap();
    assert!(!page.contains("data:image") && page.ends_with("</html>\n"), "{page}");
    let piped = run(folder.path(), &["verify", "in", "--report", "-:html"]);
    assert!(piped.out().starts_with("<!doctype html>") && piped.out().ends_with("</html>\n"), "{}", piped.out());
}
