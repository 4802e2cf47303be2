//! What players show of a sound - title, artist, album … - under its names in the kinds of tags. Players read one kind of
//! tag and pass over the others: so a tag that has to be made for a label carries it over from those that are there.

use biaoshi_container::id3;
use biaoshi_container::trailer::Id3v1;

/// One of them.
struct Basic {
    /// The frame of ID3v2.4.
    frame: [u8; 4],
    /// Other frames: of ID3v2.3, and of ID3v2.2 with a NUL.
    older: &'static [[u8; 4]],
    /// The Vorbis comment.
    comment: &'static str,
    /// The item of an APE tag.
    item: &'static str,
}

/// The first five are those of ID3v1, in its order.
static BASICS: [Basic; 10] = [
    Basic { frame: *b"TIT2", older: &[*b"TT2\0"], comment: "TITLE", item: "Title" },
    Basic { frame: *b"TPE1", older: &[*b"TP1\0"], comment: "ARTIST", item: "Artist" },
    Basic { frame: *b"TALB", older: &[*b"TAL\0"], comment: "ALBUM", item: "Album" },
    Basic { frame: *b"TDRC", older: &[*b"TYER", *b"TYE\0"], comment: "DATE", item: "Year" },
    Basic { frame: *b"COMM", older: &[*b"COM\0"], comment: "COMMENT", item: "Comment" },
    Basic { frame: *b"TRCK", older: &[*b"TRK\0"], comment: "TRACKNUMBER", item: "Track" },
    Basic { frame: *b"TCON", older: &[*b"TCO\0"], comment: "GENRE", item: "Genre" },
    Basic { frame: *b"TPE2", older: &[*b"TP2\0"], comment: "ALBUMARTIST", item: "Album Artist" },
    Basic { frame: *b"TCOM", older: &[*b"TCM\0"], comment: "COMPOSER", item: "Composer" },
    Basic { frame: *b"TPOS", older: &[*b"TPA\0"], comment: "DISCNUMBER", item: "Disc" },
];
const TRACK: usize = 5;
const GENRE: usize = 6;

/// The genres of ID3v1, by number.
static GENRES: [&str; 80] = [
    "Blues",
    "Classic Rock",
    "Country",
    "Dance",
    "Disco",
    "Funk",
    "Grunge",
    "Hip-Hop",
    "Jazz",
    "Metal",
    "New Age",
    "Oldies",
    "Other",
    "Pop",
    "R&B",
    "Rap",
    "Reggae",
    "Rock",
    "Techno",
    "Industrial",
    "Alternative",
    "Ska",
    "Death Metal",
    "Pranks",
    "Soundtrack",
    "Euro-Techno",
    "Ambient",
    "Trip-Hop",
    "Vocal",
    "Jazz+Funk",
    "Fusion",
    "Trance",
    "Classical",
    "Instrumental",
    "Acid",
    "House",
    "Game",
    "Sound Clip",
    "Gospel",
    "Noise",
    "AlternRock",
    "Bass",
    "Soul",
    "Punk",
    "Space",
    "Meditative",
    "Instrumental Pop",
    "Instrumental Rock",
    "Ethnic",
    "Gothic",
    "Darkwave",
    "Techno-Industrial",
    "Electronic",
    "Pop-Folk",
    "Eurodance",
    "Dream",
    "Southern Rock",
    "Comedy",
    "Cult",
    "Gangsta",
    "Top 40",
    "Christian Rap",
    "Pop/Funk",
    "Jungle",
    "Native American",
    "Cabaret",
    "New Wave",
    "Psychadelic",
    "Rave",
    "Showtunes",
    "Trailer",
    "Lo-Fi",
    "Tribal",
    "Acid Punk",
    "Acid Jazz",
    "Polka",
    "Retro",
    "Musical",
    "Rock & Roll",
    "Hard Rock",
];

/// The name of a genre, which ID3v2 writes as `(17)`, `(17)Name`, `17` or `Name`; empty for an unknown number.
fn genre(text: &str) -> &str {
    let (number, name) = match text.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((number, name)) => (number, name),
        None if text.bytes().all(|b| b.is_ascii_digit()) => (text, ""),
        None => return text,
    };
    let known = || number.parse().ok().and_then(|n: usize| GENRES.get(n).copied()).unwrap_or_default();
    if name.is_empty() { known() } else { name }
}

/// Longest value that is carried over, in bytes.
const LONGEST: usize = 4096;

/// Values by their place in [`BASICS`]; the first of a kind counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Basics([Option<String>; BASICS.len()]);

/// Whether a frame holds one of them.
pub(crate) fn is_frame(id: &[u8; 4]) -> bool {
    of_frame(id).is_some()
}

fn of_frame(id: &[u8; 4]) -> Option<usize> {
    BASICS.iter().position(|b| b.frame == *id || b.older.contains(id))
}

impl Basics {
    fn set(&mut self, index: usize, value: &str) {
        let value = value.trim_matches('\0');
        if let Some(slot) = self.0.get_mut(index).filter(|slot| slot.is_none() && !value.is_empty()) {
            *slot = (value.len() <= LONGEST).then(|| value.to_owned());
        }
    }

    /// Notes an item of an APE tag.
    pub(crate) fn item(&mut self, key: &str, value: &str) {
        if let Some(index) = BASICS.iter().position(|b| b.item.eq_ignore_ascii_case(key)) {
            self.set(index, value);
        }
    }

    /// Notes an ID3v1 tag. Its encoding is not named: what is no UTF-8 stays byte for byte, as Latin-1 has it.
    pub(crate) fn id3v1(&mut self, tag: &Id3v1) {
        for (index, bytes) in tag.texts.iter().enumerate() {
            let latin = || bytes.iter().map(|b| char::from(*b)).collect();
            self.set(index, &String::from_utf8(bytes.clone()).unwrap_or_else(|_| latin()));
        }
        self.set(TRACK, &tag.track.map(|n| n.to_string()).unwrap_or_default());
        self.set(GENRE, &tag.genre.map(|n| n.to_string()).unwrap_or_default());
    }

    /// Notes the text of a frame.
    pub(crate) fn frame(&mut self, id: &[u8; 4], text: &str) {
        match of_frame(id) {
            // The numbers of ID3 mean nothing elsewhere.
            Some(GENRE) => self.set(GENRE, genre(text)),
            Some(index) => self.set(index, text),
            None => {}
        }
    }

    fn values(&self) -> impl Iterator<Item = (&Basic, &str)> {
        BASICS.iter().zip(&self.0).filter_map(|(basic, value)| Some((basic, value.as_deref()?)))
    }

    /// As frames of ID3v2.4, one behind the other.
    pub(crate) fn frames(&self) -> Vec<u8> {
        self.values().filter_map(|(basic, value)| id3::encode_text(basic.frame, value)).flatten().collect()
    }

    /// As Vorbis comments.
    pub(crate) fn comments(&self) -> Vec<String> {
        self.values().map(|(basic, value)| format!("{}={value}", basic.comment)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genres_have_names() {
        for (text, name) in [
            ("(17)", "Rock"),
            ("17", "Rock"),
            ("(17)Folk", "Folk"),
            ("Folk", "Folk"),
            ("(300)", ""),
            ("79", "Hard Rock"),
        ] {
            assert_eq!(genre(text), name);
        }
    }

    #[test]
    fn the_first_value_counts_and_nothing_long() {
        let mut basics = Basics::default();
        basics.item("TITLE", "one\0");
        basics.item("Title", "two");
        basics.frame(b"TPE1", &"x".repeat(LONGEST + 1));
        basics.item("Mood", "calm");
        assert_eq!(basics.comments(), ["TITLE=one"]);
        assert_eq!(basics.frames(), b"TIT2\0\0\0\x04\0\0\0one");
    }
}
