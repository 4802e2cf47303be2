//! The reference says the same in both languages: a change of one page that the other lacks fails here.

use std::collections::BTreeSet;

use biaoshi_tests::{reference::PAGES, root};

/// What stands under a heading.
#[derive(Debug, Default)]
struct Section {
    level: usize,
    title: String,
    /// Rows of tables, items of lists, fences and the markers of tables that the program makes.
    shape: Vec<String>,
    /// Lines of code.
    code: Vec<String>,
    /// All other lines.
    text: String,
}

/// A page in its sections, without the tables that the program makes: their markers say what they are.
fn sections(page: &str) -> Vec<Section> {
    let (mut out, mut fenced, mut made) = (vec![Section::default()], false, false);
    for line in page.lines() {
        let title = line.trim_start_matches('#');
        if !fenced && title.len() < line.len() && title.starts_with(' ') {
            let level = line.len() - title.len();
            out.push(Section { level, title: title.trim().to_owned(), ..Section::default() });
            continue;
        }
        let section = out.last_mut().unwrap();
        if line.starts_with("```") || line.starts_with("<!-- ") {
            fenced ^= line.starts_with('`');
            made = line.starts_with("<!-- ") && !line.starts_with("<!-- /");
            section.shape.push(line.to_owned());
        } else if fenced {
            // Comments are words.
            section.code.push(line.split(" #").next().unwrap_or_default().trim_end().to_owned());
        } else if let Some(shown) = line.strip_prefix("    ") {
            // So is what the program prints; what is typed is the same.
            section.code.push(if shown.contains("biaoshi ") { plain(shown) } else { String::new() });
        } else if !made {
            let start = line.trim_start();
            section.shape.extend(
                ["|", "* ", "1. ", "2. ", "3. "].iter().find(|s| start.starts_with(**s)).map(|s| s.to_string()),
            );
            section.text += line;
            section.text.push('\n');
        }
    }
    out
}

/// Code without its placeholders, which are capitals in English and Chinese characters in Chinese. Names of variables are none.
fn plain(code: &str) -> String {
    if code.contains('_') {
        return code.to_owned();
    }
    let is_open = |c: char| c.is_ascii_uppercase() || ('\u{4e00}'..='\u{9fff}').contains(&c);
    let mut out: Vec<_> = code.chars().map(|c| if is_open(c) { '*' } else { c }).collect();
    out.dedup_by(|a, b| (*a, *b) == ('*', '*'));
    out.into_iter().collect()
}

impl Section {
    fn words(&self) -> BTreeSet<String> {
        let parts: Vec<_> = self.text.split('`').collect();
        assert!(parts.len() % 2 == 1, "code without an end in {}", self.title);
        parts.into_iter().skip(1).step_by(2).map(plain).collect()
    }

    /// Numbers in the text. Articles of the Measures are counted in words in Chinese.
    fn numbers(&self) -> BTreeSet<String> {
        let words = self.text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
        let words =
            ["Art. 10", "Art. 9", "Art. 6", "Art. 4"].iter().fold(words, |words, article| words.replace(article, ""));
        let parts = words.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')));
        let numbers = parts.map(|part| part.trim_matches(['.', ',']));
        numbers.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// Where links lead, sorted: a heading of the page by its number, anything else as it is.
    fn links(&self, anchors: &[String]) -> Vec<String> {
        let targets = self.text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let mut links: Vec<_> = targets
            .map(|target| match target.strip_prefix('#') {
                Some(anchor) => match anchors.iter().position(|a| a == anchor) {
                    Some(number) => format!("#{number}"),
                    None => panic!("#{anchor} in {:?} leads nowhere", self.title),
                },
                None => {
                    assert!(root().join("docs").join(target).exists(), "{target} in {:?} is not there", self.title);
                    target.to_owned()
                }
            })
            .collect();
        links.sort();
        links
    }

    /// The name of the heading in links, as GitHub makes it.
    fn anchor(&self) -> String {
        let title = self.title.to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' '));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    }
}

#[test]
fn both_references_say_the_same() {
    let [english, chinese] = PAGES.map(|(name, _)| sections(&std::fs::read_to_string(root().join(name)).unwrap()));
    let anchors = |page: &[Section]| page.iter().map(Section::anchor).collect::<Vec<_>>();
    let (en_anchors, zh_anchors) = (anchors(&english), anchors(&chinese));
    for (number, (en, zh)) in english.iter().zip(&chinese).enumerate() {
        let at = format!("{:?} and {:?}", en.title, zh.title);
        assert_eq!(en.level, zh.level, "{at}: another level");
        assert_eq!(en.shape, zh.shape, "{at}: other tables, lists or blocks");
        assert_eq!(en.code, zh.code, "{at}: another block of code");
        let (en_words, zh_words) = (en.words(), zh.words());
        let differ: Vec<_> = en_words.symmetric_difference(&zh_words).collect();
        assert!(differ.is_empty(), "{at}: words in one page only: {differ:?}");
        let (en_numbers, zh_numbers) = (en.numbers(), zh.numbers());
        let differ: Vec<_> = en_numbers.symmetric_difference(&zh_numbers).collect();
        assert!(differ.is_empty(), "{at}: numbers in one page only: {differ:?}");
        assert_eq!(en.links(&en_anchors), zh.links(&zh_anchors), "{at}: other links");
        assert!(!en_anchors[..number].contains(&en_anchors[number]), "{at}: a heading that stands twice");
        assert!(!zh_anchors[..number].contains(&zh_anchors[number]), "{at}: a heading that stands twice");
    }
    assert_eq!(english.len(), chinese.len(), "a page has more headings");
}

#[test]
fn the_chinese_reference_is_chinese() {
    let page = std::fs::read_to_string(root().join(PAGES[1].0)).unwrap();
    for section in sections(&page) {
        let words: String = section.text.split('`').step_by(2).collect::<Vec<_>>().join(".");
        let is_word = |w: &str| w.len() > 1 && w.chars().all(|c| c.is_ascii_lowercase());
        let phrases = words.split(|c: char| !(c.is_ascii_alphanumeric() || c == ' '));
        let english: Vec<_> = phrases.filter(|p| p.split_whitespace().filter(|w| is_word(w)).count() > 2).collect();
        assert!(english.is_empty(), "{:?}: {english:?}", section.title);
    }
}
