//! Which lines are labels: they state that the text was generated, and nothing else. The words are in [`super::lexicon`].

use super::lexicon::*;

/// Most characters of a label line, without decoration and lead-in.
const LONGEST: usize = 40;
/// Most characters of a name in front of `AI`.
const NAME: usize = 16;
/// Most characters of a disclaimer.
const DISCLAIMER: usize = 24;

/// Whether a line is an explicit label and nothing else, such as `【本文由豆包AI生成】` or `内容由 AI 生成，请仔细甄别`.
///
/// Sentences that quote, discuss, deny or demand labels are not. A match is a trace of AI generation, not a proof.
pub fn is_label_line(line: &str) -> bool {
    if !may_state(line) {
        return false;
    }
    let folded = fold(line);
    let bare = peel(&folded);
    is_statement(bare) || bilingual(bare).any(is_statement)
}

/// Whether a line begins or ends with a sentence that is a label, beside other text: a weaker sign, since such a line may
/// speak of labels. Sentences without 本文, 内容 or the like and 由 do not count.
pub fn has_label_sentence(line: &str) -> bool {
    if !may_state(line) {
        return false;
    }
    let folded = fold(line);
    if ABOUT.iter().any(|word| folded.contains(word)) {
        return false;
    }
    let sentences: Vec<&str> = folded.split_inclusive(STOPS).map(str::trim).filter(|s| !s.is_empty()).collect();
    let is_label = |sentence: &&str| {
        let asks = sentence.ends_with(['?', '？']);
        let bare = peel(sentence);
        !asks && CONNECTIVES.iter().any(|word| bare.contains(word)) && is_statement(bare) && starts_with_subject(bare)
    };
    sentences.len() > 1 && [sentences.first(), sentences.last()].into_iter().flatten().any(is_label)
}

/// Whether a line has a letter that each verb ends in and one that each agent has, folded or not: few lines do.
fn may_state(line: &str) -> bool {
    let of_agent = |c: char| matches!(c, '智' | '模' | 'a' | 'A' | 'ａ' | 'Ａ' | 'ᴬ' | '\u{1d400}'..='\u{1d6a3}');
    line.contains('成') && line.contains(of_agent)
}

fn starts_with_subject(text: &str) -> bool {
    after(text, DEMONSTRATIVES).is_some() || after(text, SUBJECTS).is_some()
}

/// A line without what may stand round a label and without a lead-in.
pub(super) fn bare(line: &str) -> String {
    without_blanks(peel(&fold(line)))
}

fn peel(folded: &str) -> &str {
    let bare = without_lead_in(folded.trim_matches(DECORATION)).trim_start_matches(DECORATION);
    bare.trim_end_matches(|c| DECORATION.contains(&c) || matches!(c, '。' | '.'))
}

fn is_statement(bare: &str) -> bool {
    bare.chars().nth(LONGEST).is_none() && statement(&without_blanks(bare))
}

/// What is left of a line beside each part that says it in English, before or behind.
fn bilingual(line: &str) -> impl Iterator<Item = &str> {
    let plain = |c: char| c.is_ascii() || BETWEEN.contains(&c);
    let behind = line.trim_end_matches(plain).len();
    let before = line.len() - line.trim_start_matches(plain).len();
    // A label may itself begin or end with letters: AI生成.
    let tails = line.char_indices().skip_while(move |(at, _)| *at < behind).map(|(at, _)| at);
    let heads = line.char_indices().take_while(move |(at, _)| *at < before).map(|(at, c)| at + c.len_utf8());
    let cut = |c: Option<char>| c.is_some_and(|c| BETWEEN.contains(&c));
    let tail = tails.filter_map(move |at| {
        let (label, other) = line.split_at_checked(at)?;
        (cut(other.chars().next()) && is_english(other)).then_some(label)
    });
    let head = heads.filter_map(move |at| {
        let (other, label) = line.split_at_checked(at)?;
        (cut(other.chars().next_back()) && is_english(other)).then_some(label)
    });
    tail.chain(head).map(peel)
}

/// Whether it says that something was made by AI.
fn is_english(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').map(|w| w.trim_matches('.'));
    let says = |all: &[&str]| words.clone().any(|word| all.contains(&word));
    text.len() <= LONGEST_ENGLISH && says(ENGLISH.0) && says(ENGLISH.1) && !words.any(|word| word == "not")
}

/// Whether a line ends in the superscript `ᴬᴵ` (U+1D2C U+1D35) or `<sup>AI</sup>`, the corner mark of clause 5.1 c.
pub fn is_corner_mark(line: &str) -> bool {
    let line = line.trim_end().trim_end_matches(['。', '.', '*', '_', '#', ' ']);
    ["ᴬᴵ", "<sup>AI</sup>"].iter().any(|mark| line.ends_with(mark))
}

/// What looks or means the same, as one: compatibility forms (NFKC of what labels are made of), case, invisible
/// characters.
pub(super) fn fold(line: &str) -> String {
    let kept = line.chars().filter(|c| !is_ignorable(*c)).map(|c| match c {
        // Full-width forms.
        '\u{ff01}'..='\u{ff5e}' if !matches!(c, '，' | '；' | '！' | '？' | '（' | '）' | '：') => {
            char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c)
        }
        'ᴬ' => 'a',
        'ᴵ' => 'i',
        // Mathematical letters: blocks of 26 upper and 26 lower case.
        '\u{1d400}'..='\u{1d6a3}' => mathematical(c),
        c if c.is_whitespace() => ' ',
        c => c,
    });
    kept.flat_map(char::to_lowercase).collect()
}

fn mathematical(c: char) -> char {
    let offset = (u32::from(c) - 0x1d400) % 52 % 26;
    char::from_u32(u32::from('a') + offset).unwrap_or(c)
}

fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}' | '\0')
}

fn without_lead_in(text: &str) -> &str {
    let Some((lead, rest)) = text.split_once([':', '：']) else { return text };
    let lead = lead.trim_matches(DECORATION);
    let named = lead.chars().nth(LEAD).is_none() && LEAD_IN.iter().any(|word| lead.ends_with(word)) && !denied(lead);
    if named { rest } else { text }
}

/// Blanks between Chinese characters, and between those and letters, are decoration too.
fn without_blanks(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let keeps = |n: usize| {
        let latin = |m: Option<usize>| m.and_then(|m| chars.get(m)).is_some_and(char::is_ascii_alphanumeric);
        latin(n.checked_sub(1)) && latin(n.checked_add(1))
    };
    chars.iter().enumerate().filter(|(n, c)| **c != ' ' || keeps(*n)).map(|(_, c)| *c).collect()
}

/// The rest behind the longest of `words` that `text` starts with.
fn after<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    words.iter().filter_map(|w| text.strip_prefix(w)).min_by_key(|rest| rest.len())
}

fn optional<'a>(text: &'a str, words: &[&str]) -> &'a str {
    after(text, words).unwrap_or(text)
}

/// Subject, degree, connective, name, agent, verb, product, disclaimer.
fn statement(text: &str) -> bool {
    let starts = subjects(text);
    starts.into_iter().any(|rest| {
        let rest = optional(rest, PARTS);
        let rest = optional(rest, DEGREES);
        match after(rest, CONNECTIVES) {
            Some(rest) => named(rest, is_name) || named(optional(rest, CONNECTIVES), is_name),
            None => named(rest, |name| name.is_empty() || is_service(name)),
        }
    })
}

/// What may be left behind the subject: with and without each of its parts, since 表 also begins 表格.
fn subjects(text: &str) -> Vec<&str> {
    let mut rests = vec![text];
    for words in [DEMONSTRATIVES, CLASSIFIERS, SUBJECTS, SUBJECTS] {
        let more: Vec<&str> = rests.iter().filter_map(|rest| after(rest, words)).collect();
        rests.extend(more);
    }
    rests
}

/// Whether a name that passes `is_name`, an agent and a verb follow, and then an end.
fn named(text: &str, is_name: impl Fn(&str) -> bool) -> bool {
    let ends = text.char_indices().map(|(n, _)| n).take(NAME + 1);
    ends.filter_map(|n| text.split_at_checked(n))
        .any(|(name, rest)| after(rest, AGENTS).is_some_and(|rest| is_name(name) && !denied(name) && verb(rest)))
}

fn is_name(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '·' | '-' | ' ' | '.'))
}

fn is_service(name: &str) -> bool {
    let name = name.trim_end_matches([' ', '·', '-']);
    SERVICES.contains(&name)
}

fn denied(text: &str) -> bool {
    DENIALS.iter().any(|d| text.contains(d))
}

fn verb(text: &str) -> bool {
    let rest = optional(optional(text, TOOLS), MANNERS);
    let Some(rest) = after(rest, VERBS) else { return false };
    let rest = optional(optional(optional(rest, &["的"]), PRODUCTS), RESULTS);
    end(rest) || disclaimer(rest)
}

/// A disclaimer that follows at once, and then an end.
fn disclaimer(text: &str) -> bool {
    let said = |(first, second): (&[&str], &[&str])| after(text, first).and_then(|rest| after(rest, second));
    [ONLY_FOR, BE_CAREFUL].into_iter().filter_map(said).any(end)
}

/// Nothing, a closing mark, or a short disclaimer.
fn end(text: &str) -> bool {
    let is_mark =
        |c: char| matches!(c, '，' | '。' | '；' | ',' | '.' | ';' | '!' | '！' | '、' | '(' | '（' | '|' | '｜');
    let Some(rest) = text.strip_prefix(is_mark) else { return text.is_empty() };
    let rest = rest.trim_matches(|c| is_mark(c) || DECORATION.contains(&c));
    let questions = ["?", "？", "吗", "是否", "怎么", "如何"];
    rest.is_empty()
        || (rest.chars().count() <= DISCLAIMER
            && DISCLAIMERS.iter().any(|d| rest.contains(d))
            && !questions.iter().any(|q| rest.contains(q)))
}
