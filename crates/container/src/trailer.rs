//! Tags behind the sound of a file: APE, ID3v1 (id3.org), Lyrics3 2.00, ID3v2.4 with a footer; one behind the other, in any
//! order.

use crate::{Error, Kind, Result, Source, SourceExt, ape, id3, phrase};

const NAME: &str = "tags behind the sound";
/// Most of them.
const MAX: usize = 16;
/// Bytes of an ID3v1 tag.
const ID3V1: u64 = 128;
/// Bytes in front of it that an enhanced one has.
const ENHANCED: u64 = 227;
/// Number of digits of the size of Lyrics3, and bytes of its end.
const LYRICS: (u64, u64) = (6, 9);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trailer {
    /// An APE tag.
    Ape(ape::Tag),
    /// Lyrics3.
    Lyrics,
    /// An ID3v1 tag.
    Id3v1(Id3v1),
    /// An ID3v2 tag, its footer last.
    Id3v2(id3::Tag),
}

/// What an ID3v1 tag says, as bytes of an encoding that it does not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Id3v1 {
    /// Title, artist, album, year and comment, without the blanks and NULs behind them.
    pub texts: [Vec<u8>; 5],
    /// Number on the disc (ID3v1.1).
    pub track: Option<u8>,
    /// Number in the list of genres.
    pub genre: Option<u8>,
}

impl Id3v1 {
    fn parse(bytes: &[u8; 128]) -> Self {
        let field = |at: usize, size: usize| {
            let field = bytes.get(at..at + size).unwrap_or_default();
            let end = field.iter().position(|b| *b == 0).unwrap_or(size);
            field.get(..end).unwrap_or_default().trim_ascii_end().to_vec()
        };
        let [.., zero, track, genre] = *bytes;
        let texts =
            [field(3, 30), field(33, 30), field(63, 30), field(93, 4), field(97, if zero == 0 { 28 } else { 30 })];
        Self { texts, track: (zero == 0 && track > 0).then_some(track), genre: (genre < 0xff).then_some(genre) }
    }
}

/// The tags at the end of a source whose sound begins at `sound`, the last one first, and the damage that ended the list.
///
/// # Errors
/// I/O.
pub fn trailers(source: &dyn Source, sound: u64) -> Result<(Vec<Trailer>, Option<Error>)> {
    let (out, _, damage) = walk(source, sound)?;
    Ok((out, damage))
}

/// Where the first of them begins, the end of the source where there are none, and the damage that ended the list.
///
/// # Errors
/// I/O.
pub fn start(source: &dyn Source, sound: u64) -> Result<(u64, Option<Error>)> {
    let (_, start, damage) = walk(source, sound)?;
    Ok((start, damage))
}

fn walk(source: &dyn Source, sound: u64) -> Result<(Vec<Trailer>, u64, Option<Error>)> {
    let (mut out, mut end) = (Vec::new(), source.len());
    loop {
        match before(source, end) {
            Ok(Some((start, _))) if start >= sound && out.len() >= MAX => {
                return Ok((out, end, Some(Error::limit(NAME, phrase!("their number", "数量"), MAX as u64, None))));
            }
            Ok(Some((start, trailer))) if start >= sound => {
                end = start;
                out.push(trailer);
            }
            Ok(_) => return Ok((out, end, None)),
            Err(error) if error.kind() == Kind::Io => return Err(error),
            Err(damage) => return Ok((out, end, Some(damage))),
        }
    }
}

/// The tag that ends at `end`, and where it starts. The kinds with a long magic first: in a short file the letters `TAG` of
/// another header may stand where an ID3v1 tag would begin.
fn before(source: &dyn Source, end: u64) -> Result<Option<(u64, Trailer)>> {
    if let Some(tag) = ape::tag(source, end)? {
        return Ok(Some((tag.range.start, Trailer::Ape(tag))));
    }
    if let Some(tag) = id3::tag_before(source, end)? {
        return Ok(Some((tag.start, Trailer::Id3v2(tag))));
    }
    if let Some(start) = lyrics(source, end)? {
        return Ok(Some((start, Trailer::Lyrics)));
    }
    let Some(at) = end.checked_sub(ID3V1) else { return Ok(None) };
    let bytes = source.array::<128>(NAME, at, phrase!("an ID3v1 tag", "ID3v1 标签"))?;
    if !bytes.starts_with(b"TAG") {
        return Ok(None);
    }
    let enhanced = match at.checked_sub(ENHANCED) {
        Some(front) if source.array::<4>(NAME, front, phrase!("a tag", "标签"))? == *b"TAG+" => Some(front),
        _ => None,
    };
    Ok(Some((enhanced.unwrap_or(at), Trailer::Id3v1(Id3v1::parse(&bytes)))))
}

/// Where the Lyrics3 block begins that ends at `end`.
fn lyrics(source: &dyn Source, end: u64) -> Result<Option<u64>> {
    let Some(at) = end.checked_sub(LYRICS.0 + LYRICS.1) else { return Ok(None) };
    let tail = source.array::<15>(NAME, at, phrase!("the lyrics", "歌词"))?;
    let Some(digits) = tail.strip_suffix(b"LYRICS200") else { return Ok(None) };
    let size = std::str::from_utf8(digits).ok().and_then(|d| d.parse::<u64>().ok());
    Ok(size.and_then(|size| at.checked_sub(size)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id3v1() -> Vec<u8> {
        let mut tag = [&b"TAGTitle"[..], &[b' '; 25], b"Artist", &[0; 24]].concat();
        tag.resize(125, 0);
        [tag, vec![0, 7, 17]].concat()
    }

    #[test]
    fn tags_are_found_in_any_order() {
        let footer =
            |size: u32| [b"APETAGEX".to_vec(), [2000, size, 0, 0].map(u32::to_le_bytes).concat(), vec![0; 8]].concat();
        let lyrics = b"LYRICSBEGINthe words000020LYRICS200".to_vec();
        let id3v2 = |magic: &[u8]| [magic, &[4, 0, 0x10, 0, 0, 0, 0]].concat();
        let appended = [id3v2(b"ID3"), id3v2(b"3DI")].concat();
        let enhanced = [b"TAG+".to_vec(), vec![0; 223], id3v1()].concat();
        let parts = [footer(32), lyrics, appended, enhanced, id3v1()];
        for turn in 0..parts.len() {
            let mut bytes = b"the sound".to_vec();
            (0..parts.len()).for_each(|n| bytes.extend(&parts[(n + turn) % parts.len()]));
            let (found, damage) = trailers(&bytes, 9).unwrap();
            assert!(damage.is_none() && found.len() == 5, "{found:?}");
        }
        let (found, damage) = trailers(&id3v1().repeat(20), 0).unwrap();
        assert!(found.len() == MAX && damage.is_some_and(|limit| limit.kind() == Kind::Limit));
        let (found, _) = trailers(&id3v1(), 0).unwrap();
        let texts = [&b"Title"[..], b"Artist", b"", b"", b""].map(<[u8]>::to_vec);
        assert_eq!(found, [Trailer::Id3v1(Id3v1 { texts, track: Some(7), genre: Some(17) })]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(data in prop::collection::vec(any::<u8>(), 0..300), end in 0usize..4, sound in 0u64..100) {
            let magic = [&b"LYRICS200"[..], b"APETAGEX", b"3DI\x04\0\0\0\0\0\x20", b"TAG"][end];
            let _ = trailers(&[&data, magic].concat(), sound);
        }
    }
}
