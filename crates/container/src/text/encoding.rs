//! How the characters of a text are stored: what a mark says, what the bytes prove, and what has to be guessed.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::NAME;
use crate::{Error, Result, Said, phrase};

/// Encodings that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    Utf8,
    /// GB18030 and its subsets GBK and GB2312.
    Gb18030,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// UTF-32 with a byte-order mark, little-endian.
    Utf32Le,
    /// UTF-32 with a byte-order mark, big-endian.
    Utf32Be,
    /// Another encoding that has no mark: Big5, Shift_JIS, EUC-KR, windows-1252 …
    Legacy(&'static encoding_rs::Encoding),
}

impl Encoding {
    /// Encodes `text`; `None` where the encoding lacks a character.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::Gb18030 => by_table(encoding_rs::GB18030, text),
            Self::Utf16Le => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Self::Utf16Be => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Self::Utf32Le => Some(text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect()),
            Self::Utf32Be => Some(text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect()),
            Self::Legacy(table) => by_table(table, text),
        }
    }

    /// Decodes `bytes`; what is damaged becomes U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        let table = match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Gb18030 => encoding_rs::GB18030,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
            Self::Utf32Le | Self::Utf32Be => {
                let chars = self.utf32(bytes).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
                return Cow::Owned(chars.collect());
            }
            Self::Legacy(table) => table,
        };
        table.decode_without_bom_handling(bytes).0
    }

    /// The characters of a UTF-32 text, each perhaps none.
    fn utf32(self, bytes: &[u8]) -> impl Iterator<Item = Option<char>> + '_ {
        bytes.chunks(4).map(move |unit| {
            let unit = *unit.first_chunk::<4>()?;
            let number = if self == Self::Utf32Be { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) };
            char::from_u32(number)
        })
    }

    /// Bytes of the smallest piece that a character is made of.
    pub fn unit(self) -> usize {
        match self {
            Self::Utf8 | Self::Gb18030 | Self::Legacy(_) => 1,
            Self::Utf16Le | Self::Utf16Be => 2,
            Self::Utf32Le | Self::Utf32Be => 4,
        }
    }

    /// The name that people know.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Utf32Le => "UTF-32LE",
            Self::Utf32Be => "UTF-32BE",
            Self::Legacy(table) => table.name(),
        }
    }
}

fn by_table(table: &'static encoding_rs::Encoding, text: &str) -> Option<Vec<u8>> {
    let (bytes, _, lossy) = table.encode(text);
    (!lossy).then(|| bytes.into_owned())
}

/// What the bytes of a text say about their encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Detected {
    pub(super) encoding: Encoding,
    /// Bytes of the byte-order mark.
    pub(super) bom: usize,
    pub(super) sureness: Sureness,
    /// Where the first bytes stand that are no character of it.
    pub(super) damage: Option<usize>,
}

/// How far an encoding is to be trusted, by which it is decided what may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sureness {
    /// A mark says so, or the bytes can hardly be anything else: whatever the encoding has may be written.
    Sure,
    /// A short or damaged text in a legacy encoding, or one that is not decoded here: only ASCII may be written, which is
    /// the same in all of them.
    Vague,
    /// UTF-16 that nothing announces: editors go by its NUL bytes, and other words may take them away.
    Unmarked,
}

/// Byte-order marks. That of UTF-32 begins with that of UTF-16.
const MARKS: [(&[u8], Encoding); 6] = [
    (b"\xef\xbb\xbf", Encoding::Utf8),
    (b"\xff\xfe\0\0", Encoding::Utf32Le),
    (b"\0\0\xfe\xff", Encoding::Utf32Be),
    (b"\xff\xfe", Encoding::Utf16Le),
    (b"\xfe\xff", Encoding::Utf16Be),
    (b"\x84\x31\x95\x33", Encoding::Gb18030),
];

/// The encoding that a mark at the start announces, and the bytes of the mark.
pub fn mark(bytes: &[u8]) -> Option<(Encoding, usize)> {
    MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)).map(|(mark, encoding)| (*encoding, mark.len()))
}

pub(super) fn detect(bytes: &[u8]) -> Result<Detected> {
    let sure = |encoding, bom, damage| Detected { encoding, bom, sureness: Sureness::Sure, damage };
    let not_text = |at: usize, why: &'static Said| Err(Error::invalid(NAME, at as u64, why));
    if let Some((encoding, bom)) = mark(bytes) {
        return match (encoding, damage_of(encoding, bytes, bom)) {
            (_, Damage::None) => Ok(sure(encoding, bom, None)),
            (_, Damage::Little(at)) => Ok(sure(encoding, bom, Some(at))),
            (Encoding::Utf8, Damage::Much(at)) => not_text(
                at,
                phrase!(
                    "the bytes are not UTF-8 although a byte-order mark says so",
                    "字节顺序标记为 UTF-8,内容却不是"
                ),
            ),
            (_, Damage::Much(at)) => {
                not_text(at, phrase!("the bytes are not what a byte-order mark says", "内容与字节顺序标记不符"))
            }
        };
    }
    // NUL bytes at the end are a page of memory; elsewhere they are half a character, damage, or no text.
    let end = bytes.iter().rposition(|b| *b != 0).map_or(0, |n| n + 1);
    let nul = memchr::memchr(0, bytes.get(..end).unwrap_or_default());
    if let Some(at) = nul {
        if let Some(encoding) = unmarked(bytes) {
            return Ok(Detected { sureness: Sureness::Unmarked, ..sure(encoding, 0, None) });
        }
        if bytes.iter().take(end).filter(|b| **b == 0).count() > end / RARE {
            return not_text(at, phrase!("a NUL byte: this is no text", "含 NUL 字节,不是文本"));
        }
    }
    match damage_of(Encoding::Utf8, bytes, 0) {
        Damage::None if bytes.is_ascii() && memchr::memmem::find(bytes, b"\x1b$").is_some() => Ok(switching(bytes)),
        Damage::None => Ok(sure(Encoding::Utf8, 0, nul)),
        Damage::Little(at) => Ok(sure(Encoding::Utf8, 0, Some(nul.map_or(at, |nul| nul.min(at))))),
        Damage::Much(_) => {
            let is_control = |b: &&u8| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b | 0x08);
            let controls = bytes.iter().filter(is_control).count();
            match bytes.iter().position(|b| is_control(&b)).filter(|_| controls > bytes.len() / RARE + 1) {
                Some(at) => not_text(at, phrase!("control characters: this is no text", "含控制字符,不是文本")),
                None => Ok(guess(bytes)),
            }
        }
    }
}

/// Bytes for each that no text has.
const RARE: usize = 256;

/// How much of a text is not what its encoding says.
enum Damage {
    None,
    /// A byte here and there, the first of them at this offset.
    Little(usize),
    /// So much that it is another encoding.
    Much(usize),
}

fn damage_of(encoding: Encoding, bytes: &[u8], bom: usize) -> Damage {
    let content = bytes.get(bom..).unwrap_or_default();
    match encoding {
        Encoding::Utf8 => utf8_damage(bytes),
        Encoding::Utf32Le | Encoding::Utf32Be => {
            let bad = || encoding.utf32(content).enumerate().filter(|(_, c)| c.is_none_or(|c| c == '\0'));
            match bad().next().map(|(n, _)| bom + n * 4) {
                None => Damage::None,
                Some(at) if bad().count() <= content.len() / 4 / RARE + 1 => Damage::Little(at),
                Some(at) => Damage::Much(at),
            }
        }
        Encoding::Utf16Le | Encoding::Utf16Be if content.len().is_multiple_of(2) => Damage::None,
        Encoding::Utf16Le | Encoding::Utf16Be => Damage::Little(bytes.len() - 1),
        Encoding::Gb18030 => first_error(encoding_rs::GB18030, bytes).map_or(Damage::None, Damage::Little),
        Encoding::Legacy(table) => first_error(table, bytes).map_or(Damage::None, Damage::Little),
    }
}

/// A byte of damage is allowed for each two characters of three bytes, or eight of two: words in other encodings are
/// valid UTF-8 by chance, but never so much of them.
fn utf8_damage(bytes: &[u8]) -> Damage {
    if std::str::from_utf8(bytes).is_ok() {
        return Damage::None;
    }
    let (mut first, mut errors, mut proof) = (None, 0_usize, 0_usize);
    let mut at = 0_usize;
    for chunk in bytes.utf8_chunks() {
        let weight = |c: char| [0, 1, 4, 4].get(c.len_utf8() - 1).copied().unwrap_or(0);
        proof += chunk.valid().chars().map(weight).sum::<usize>();
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            errors += 1;
            first = first.or(Some(at));
            at += chunk.invalid().len();
        }
    }
    match first {
        None => Damage::None,
        Some(at) if proof >= errors.saturating_mul(8) => Damage::Little(at),
        Some(at) => Damage::Much(at),
    }
}

/// Bytes above ASCII that a guess needs to be trusted: eight characters of two bytes.
const ENOUGH: usize = 16;
/// Bytes that a guess is made from: the detector weighs every byte in two dozen encodings.
const SAMPLE: usize = 1 << 18;
/// Characters for each damaged one in GB18030.
const SOUND: usize = 32;

/// Bytes of ASCII that switch to another alphabet and back (ISO 2022): UTF-8 among them is read in the wrong one.
fn switching(bytes: &[u8]) -> Detected {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let japanese = detector.guess(None, Utf8Detection::Deny) == encoding_rs::ISO_2022_JP;
    let (encoding, sureness) = match japanese {
        true => (Encoding::Legacy(encoding_rs::ISO_2022_JP), Sureness::Sure),
        false => (Encoding::Utf8, Sureness::Vague),
    };
    Detected { encoding, bom: 0, sureness, damage: None }
}

/// The encoding of bytes that are not UTF-8 and have no mark.
fn guess(bytes: &[u8]) -> Detected {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    // Never as the last bytes, since texts are cut inside a character.
    let first = bytes.iter().position(|b| !b.is_ascii()).unwrap_or(0);
    detector.feed(bytes.get(first..).map_or(bytes, |rest| rest.get(..SAMPLE).unwrap_or(rest)), false);
    let table = detector.guess(None, Utf8Detection::Deny);
    let gbk = table == encoding_rs::GBK || table == encoding_rs::GB18030;
    let gb_damage = first_error(encoding_rs::GB18030, bytes);
    let short = bytes.iter().filter(|b| !b.is_ascii()).count() < ENOUGH;
    // In a few characters the detector sees any language; here it is Chinese most often.
    let chinese = || detector.guess(Some(b"cn"), Utf8Detection::Deny) == encoding_rs::GBK && gb_damage.is_none();
    let mostly_gb = gb_damage.is_some() && is_mostly_gb(bytes);
    let encoding = match gbk || mostly_gb || (short && chinese()) {
        true => Encoding::Gb18030,
        false => Encoding::Legacy(table),
    };
    let damage = if encoding == Encoding::Gb18030 { gb_damage } else { first_error(table, bytes) };
    // What is written behind damage must not turn the guess over.
    let vague = (short && !gbk) || (damage.is_some() && !mostly_gb);
    Detected { encoding, bom: 0, sureness: if vague { Sureness::Vague } else { Sureness::Sure }, damage }
}

/// Where decoding first fails.
fn first_error(table: &'static encoding_rs::Encoding, bytes: &[u8]) -> Option<usize> {
    let mut decoder = table.new_decoder_without_bom_handling();
    let mut room = [0_u8; 1 << 10];
    let mut at = 0_usize;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let (result, read, _) = decoder.decode_to_utf8_without_replacement(rest, &mut room, true);
        at += read;
        match result {
            encoding_rs::DecoderResult::InputEmpty => return None,
            encoding_rs::DecoderResult::OutputFull => {}
            encoding_rs::DecoderResult::Malformed(length, behind) => {
                return Some(at.saturating_sub(usize::from(length) + usize::from(behind)));
            }
        }
    }
}

/// Whether nearly all is everyday Chinese in GB2312 and the rest is damage, by which the detector is led astray: common
/// characters have two bytes above 0xA0, the first of them in the rows 1 to 9 or 16 to 55.
fn is_mostly_gb(bytes: &[u8]) -> bool {
    let (mut common, mut other, mut at) = (0_usize, 0_usize, 0_usize);
    while let Some(first) = bytes.get(at) {
        match (first, bytes.get(at + 1)) {
            (0..=0x7f, _) => at += 1,
            (0xa1..=0xa9 | 0xb0..=0xd7, Some(0xa1..)) => {
                common += 1;
                at += 2;
            }
            (0x81..=0xfe, Some(0x40..=0xfe)) => {
                other += 1;
                at += 2;
            }
            _ => {
                other += 1;
                at += 1;
            }
        }
    }
    common >= other.max(1).saturating_mul(SOUND)
}

/// The byte order of UTF-16 that has no mark: no character that texts do not have, mostly everyday ones, some ASCII, and
/// not pairs of ASCII bytes, which look like Chinese.
pub fn unmarked(bytes: &[u8]) -> Option<Encoding> {
    let rate = |encoding: Encoding| {
        let (mut ascii, mut everyday, mut rare, mut pairs) = (0_usize, 0_usize, 0_usize, 0_usize);
        for pair in bytes.chunks_exact(2).filter_map(|pair| pair.first_chunk::<2>()) {
            pairs += usize::from(pair.iter().all(|b| matches!(b, 0x20..=0x7e)));
            let unit =
                if encoding == Encoding::Utf16Be { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
            match unit {
                0x20..=0x7e | 0x09 | 0x0a | 0x0d => ascii += 1,
                0..=0x9f | 0xfffe | 0xffff => return None,
                0xa0..=0x4ff
                | 0x2010..=0x2040
                | 0x3000..=0x30ff
                | 0x4e00..=0x9fff
                | 0xac00..=0xd7a3
                | 0xff00..=0xffef => {
                    everyday += 1;
                }
                _ => rare += 1,
            }
        }
        let (known, all) = (ascii + everyday, ascii + everyday + rare);
        (ascii > all / 64 && known * 10 >= all * 9 && pairs * 2 <= everyday + rare).then_some((ascii, encoding))
    };
    let rated = [Encoding::Utf16Le, Encoding::Utf16Be].into_iter().filter_map(rate);
    rated.max_by_key(|(ascii, _)| *ascii).map(|(_, encoding)| encoding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{BIG5, EUC_JP, EUC_KR, ISO_2022_JP, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};
    use proptest::prelude::*;

    const SIMPLIFIED: &str =
        "春天的早晨，窗外下着小雨，街上的行人撑着各色的伞，匆匆走过石板路。茶馆里的老板把门打开。\n";
    const TRADITIONAL: &str = "繁體中文的一行文字\n第二行也是\n";
    const JAPANESE: &str = "春の朝、窓の外には小雨が降り、人々は急いで歩いていく。\n";
    const KOREAN: &str = "봄날 아침, 창밖에는 가랑비가 내리고 사람들은 서둘러 지나간다.\n";
    const FRENCH: &str = "Été à Paris, les élèves étudient près du café. Ça va très bien.\n";
    const RUSSIAN: &str = "Весенним утром за окном идёт мелкий дождь.\n";

    fn detected(bytes: &[u8]) -> (Encoding, Sureness, bool) {
        let found = detect(bytes).unwrap();
        (found.encoding, found.sureness, found.damage.is_some())
    }

    #[test]
    fn encodings_without_a_mark_are_told_apart() {
        for (encoding, text) in [
            (Encoding::Utf8, SIMPLIFIED),
            (Encoding::Gb18030, SIMPLIFIED),
            (Encoding::Gb18030, TRADITIONAL),
            (Encoding::Legacy(BIG5), TRADITIONAL),
            (Encoding::Legacy(SHIFT_JIS), JAPANESE),
            (Encoding::Legacy(EUC_JP), JAPANESE),
            (Encoding::Legacy(ISO_2022_JP), JAPANESE),
            (Encoding::Legacy(EUC_KR), KOREAN),
            (Encoding::Legacy(WINDOWS_1251), RUSSIAN),
        ] {
            let bytes = encoding.encode(text).unwrap();
            assert_eq!(detected(&bytes), (encoding, Sureness::Sure, false), "{text}");
            assert_eq!(encoding.decode(&bytes), text);
        }
        let western = Encoding::Legacy(WINDOWS_1252);
        assert_eq!(detected(&western.encode(FRENCH).unwrap()), (western, Sureness::Vague, false));
        assert_eq!(detected(&western.encode(&FRENCH.repeat(3)).unwrap()), (western, Sureness::Sure, false));
        // A program's colours are no Japanese.
        assert_eq!(detected(b"\x1b[31mred\x1b[0m\n"), (Encoding::Utf8, Sureness::Sure, false));
        assert_eq!(detected(b"\x1b$)C\x0e9]\x0f\n"), (Encoding::Utf8, Sureness::Vague, false));
    }

    #[test]
    fn a_mark_decides() {
        for encoding in [
            Encoding::Utf8,
            Encoding::Gb18030,
            Encoding::Utf16Le,
            Encoding::Utf16Be,
            Encoding::Utf32Le,
            Encoding::Utf32Be,
        ] {
            let bytes = encoding.encode(&format!("\u{feff}{SIMPLIFIED}")).unwrap();
            let found = detect(&bytes).unwrap();
            assert_eq!((found.encoding, found.sureness), (encoding, Sureness::Sure));
            assert_eq!(encoding.decode(&bytes[found.bom..]), SIMPLIFIED);
        }
        assert!(detect(b"\xef\xbb\xbf\xb4\xba\xcc\xec").is_err());
        assert!(detect(b"\xff\xfe\0\0abcdefgh").is_err());
    }

    #[test]
    fn utf16_without_a_mark_is_told_from_binary() {
        for text in [SIMPLIFIED, "AIGC: {}\r\n", TRADITIONAL, "Plain English.\n"] {
            for encoding in [Encoding::Utf16Le, Encoding::Utf16Be] {
                let bytes = encoding.encode(text).unwrap();
                assert_eq!(unmarked(&bytes), Some(encoding), "{text}");
            }
        }
        for binary in [&b"\x01\0\x02\0\x03\0"[..], b"a\0b\0\0\0c\0", b"\0\0\0\0", b"", b"ab", &[0x41, 0x30].repeat(40)]
        {
            assert_eq!(unmarked(binary), None, "{binary:?}");
        }
        assert!(detect(b"text\0text").is_err());
        let long = [&SIMPLIFIED.repeat(3).into_bytes()[..], b"\0", SIMPLIFIED.as_bytes()].concat();
        assert_eq!(detected(&long), (Encoding::Utf8, Sureness::Sure, true));
    }

    #[test]
    fn a_bad_byte_changes_nothing_else() {
        for encoding in [Encoding::Utf8, Encoding::Gb18030] {
            let text = SIMPLIFIED.repeat(2);
            let mut bytes = encoding.encode(&text).unwrap();
            bytes.push(0xff);
            bytes.extend(encoding.encode(&text).unwrap());
            assert_eq!(detected(&bytes), (encoding, Sureness::Sure, true));
            // Cut inside the last character.
            let whole = encoding.encode(SIMPLIFIED.trim_end()).unwrap();
            assert_eq!(detected(&whole[..whole.len() - 1]), (encoding, Sureness::Sure, true));
        }
        let noise: Vec<u8> = (0..=255).filter(|b| *b != 0).collect();
        assert!(detect(&noise).is_err());
    }

    proptest! {
        #[test]
        fn offsets_of_damage_lie_inside(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(found) = detect(&bytes) {
                prop_assert!(found.bom <= bytes.len() && found.damage.is_none_or(|at| at < bytes.len()));
            }
            if let Some(at) = first_error(encoding_rs::GB18030, &bytes) {
                prop_assert!(encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(&bytes[..at]).is_some());
            }
        }
    }
}
