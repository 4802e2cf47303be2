use proptest::prelude::*;

use super::*;
use crate::key::Key;
use crate::payload::Payload;

const PAYLOAD: Payload = Payload(0x0123_4567_89ab_cdef);
const CHINESE: &str = "春天的茶园里，雾气还没有散去，采茶的人已经到了山腰。她们背着竹篓，手指在叶尖上飞快地跳动；\
                       一芽一叶，轻轻一提就断了。午后，鲜叶摊在竹匾上，慢慢失去水分，屋子里便有了淡淡的青草香。\n";
const ENGLISH: &str = "The dough is wet, so fold it rather than knead it, and let it rest for half an hour between the \
                       folds. When it has doubled, shape it gently; the bubbles are what makes the crumb open.\n";

fn key() -> Key {
    Key::new([7; 16])
}

fn marked(text: &str, payload: Payload, density: Density, alphabet: Alphabet) -> String {
    let mut marker = Embedder::new(&key()).marker(payload, density, alphabet);
    let (mut offset, mut insertions) = (0, Vec::new());
    for line in text.split_inclusive('\n') {
        marker.push(line, &[], |at| (offset + at) as u64);
        insertions.extend(marker.insertions());
        offset += line.len();
    }
    insertions.extend(marker.finish().0);
    let (mut out, mut from) = (String::new(), 0);
    for insertion in insertions {
        out.push_str(&text[from..insertion.at as usize]);
        out.push_str(&insertion.text);
        from = insertion.at as usize;
    }
    out + &text[from..]
}

fn detected(text: &str) -> Detection {
    let keys = [Key::new([9; 16]), key()];
    let detector = Detector::new(&keys);
    let mut search = detector.search();
    search.push(text);
    search.finish()
}

fn payloads(text: &str) -> Vec<Payload> {
    detected(text).marks.iter().inspect(|mark| assert_eq!(mark.key, 1)).map(|mark| mark.payload).collect()
}

fn visible(text: &str) -> String {
    let bare = without_marks(text).collect::<String>();
    assert_eq!(bare, text.replace(is_mark, ""));
    bare
}

#[test]
fn marks_come_back_and_nothing_else_changes() {
    for text in [CHINESE, ENGLISH, &CHINESE.repeat(5), &ENGLISH.repeat(20), "您好，您的退货申请已经通过。"]
    {
        for density in [Density::Light, Density::Normal, Density::Dense] {
            for alphabet in [Alphabet::Operators, Alphabet::Both] {
                let out = marked(text, PAYLOAD, density, alphabet);
                assert_eq!(visible(&out), text);
                assert_eq!(payloads(&out), [PAYLOAD], "{density:?} {alphabet:?}");
                assert_eq!(detected(&out).damaged, 0);
            }
        }
    }
}

#[test]
fn either_alphabet_is_enough() {
    let out = marked(&CHINESE.repeat(6), PAYLOAD, Density::Normal, Alphabet::Both);
    let without = |range: std::ops::RangeInclusive<char>| out.replace(|c| range.contains(&c), "");
    assert_eq!(payloads(&without('\u{200c}'..='\u{200d}')), [PAYLOAD]);
    assert_eq!(payloads(&without('\u{2061}'..='\u{2064}')), [PAYLOAD]);
}

#[test]
fn every_excerpt_shows_the_mark() {
    for text in [CHINESE.repeat(8), ENGLISH.repeat(8), format!("{CHINESE}{ENGLISH}").repeat(4)] {
        for density in [Density::Light, Density::Normal, Density::Dense] {
            let out = marked(&text, PAYLOAD, density, Alphabet::Operators);
            // Each visible character with what is behind it.
            let starts: Vec<usize> = out.char_indices().filter(|(_, c)| !is_mark(*c)).map(|(at, _)| at).collect();
            let length = density.window() as usize;
            for (n, start) in starts.iter().enumerate().step_by(7) {
                let Some(end) = starts.get(n + length) else { break };
                assert_eq!(payloads(&out[*start..*end]), [PAYLOAD], "{density:?} at {n}");
            }
        }
    }
}

#[test]
fn two_marks_are_told_apart_and_never_a_third() {
    let (one, two) = (PAYLOAD, Payload(42));
    let mark = |payload| marked(&CHINESE.repeat(3), payload, Density::Normal, Alphabet::Operators);
    let (a, b) = (mark(one), mark(two));
    assert_eq!(payloads(&format!("{a}{b}")), [one, two]);
    let cut = |text: &str, from: usize, to: usize| text.chars().skip(from).take(to - from).collect::<String>();
    for n in (0..600).step_by(11) {
        let spliced = cut(&a, 0, n) + &cut(&b, n, 700);
        assert!(payloads(&spliced).iter().all(|found| *found == one || *found == two), "{n}");
    }
}

#[test]
fn other_keys_find_nothing_but_shards() {
    let out = marked(&CHINESE.repeat(4), PAYLOAD, Density::Normal, Alphabet::Operators);
    for n in 0..100 {
        let keys = [Key::new([100 + n; 16])];
        let detector = Detector::new(&keys);
        let mut search = detector.search();
        search.push(&out);
        let detection = search.finish();
        assert!(detection.marks.is_empty() && detection.unread > 9 && detection.false_positive < 1e-9);
    }
}

/// A check that is wrong in one bit, in an otherwise right word.
#[test]
fn words_with_a_wrong_check_are_none() {
    let word = shard::symbols(&key(), PAYLOAD);
    for bit in 0..108 {
        let mut wrong = [0; WORD];
        wrong.copy_from_slice(&word[..WORD]);
        wrong[bit / 12] ^= 1 << (bit % 12);
        let shards = (0..).zip(field::encode(&wrong)).map(|(index, symbol)| shard::Shard { index, symbol });
        let text: String = shards.map(|shard| format!("字{}", shard.operators())).collect();
        assert_eq!(payloads(&text), [], "bit {bit}");
    }
}

#[test]
fn losses_of_single_characters_are_salvaged() {
    let out = marked(&CHINESE.repeat(9), PAYLOAD, Density::Dense, Alphabet::Operators);
    let mut random = key().stream("losses");
    let mut exact = 0;
    for _ in 0..8 {
        let left: String = out.chars().filter(|_| random.below(5) > 0).collect();
        let found = payloads(&left);
        assert!(found.is_empty() || found == [PAYLOAD]);
        exact += found.len();
    }
    assert!(exact >= 7, "{exact} of 8");
}

#[test]
fn foreign_characters_are_named() {
    let c2pa = "words\u{feff}\u{fe00}\u{fe01}\u{e0100}\u{e01ef}\u{fe0f}";
    let text = format!(
        "{c2pa} tags\u{e0041}\u{e0042} zw\u{200b}\u{200c}\u{200d}\u{200b} 👨\u{200d}👩 می\u{200c}خواهم ♻\u{fe0f}"
    );
    let foreign = Foreign { zero_width: 1, tags: 1, selectors: 1 };
    assert_eq!(detected(&text), Detection { foreign, ..Detection::default() });
    let flag = "\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}";
    assert_eq!(detected(flag), Detection::default());
}

fn characters() -> impl Strategy<Value = char> {
    let near = prop::sample::select(
        "茶叶，。：的 \n\t*_[]()<>`$#-1aZé\u{301}\u{200d}\u{200c}\u{2061}\u{2064}\u{feff}👩ك"
            .chars()
            .collect::<Vec<_>>(),
    );
    prop_oneof![6 => near, 1 => any::<char>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_text_stays_as_it_is_read(text in prop::collection::vec(characters(), 0..400)) {
        let text: String = text.into_iter().collect();
        for alphabet in [Alphabet::Operators, Alphabet::Both] {
            let out = marked(&text, PAYLOAD, Density::Dense, alphabet);
            prop_assert_eq!(visible(&out), visible(&text));
            let hidden = |text: &str| text.chars().filter(|c| is_mark(*c)).count();
            prop_assert!(out == text || hidden(&out) >= hidden(&text) + 16 * 8);
        }
        let _ = detected(&text);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn changes_leave_the_payload_or_nothing(
        cuts in prop::collection::vec((0_usize..900, 0_usize..200, prop::collection::vec(characters(), 0..12)), 0..30),
    ) {
        let mut text: Vec<char> = marked(&CHINESE.repeat(4), PAYLOAD, Density::Normal, Alphabet::Operators).chars().collect();
        for (at, length, new) in cuts {
            let at = at.min(text.len());
            let end = (at + length % 40).min(text.len());
            text.splice(at..end, new);
        }
        let text: String = text.into_iter().collect();
        let found = payloads(&text);
        prop_assert!(found.is_empty() || found == [PAYLOAD]);
    }

    #[test]
    fn random_shards_are_no_mark(bits in prop::collection::vec(0_u8..4, 8 * 200)) {
        let operator = |bits: &u8| char::from_u32(0x2061 + u32::from(*bits)).unwrap();
        let text: String = bits.chunks(8).map(|run| run.iter().map(operator).chain(['x']).collect::<String>()).collect();
        prop_assert_eq!(payloads(&text), []);
    }
}
