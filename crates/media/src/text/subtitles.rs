//! Subtitles, SubRip and WebVTT: the label is a cue of its own. It is read for the first two seconds, as long as clause 5.4
//! asks of a label in a video; every other cue keeps its number and its times. (No clause speaks of subtitles: our
//! convention.) A cue that begins earlier is shown beside it, as players do with cues that overlap.

use std::borrow::Cow;
use std::ops::Range;

use biaoshi_container::text::Document;
use biaoshi_container::{Kind as Fault, Limits, Patch, Said, Source};
use biaoshi_explicit::Position;
use biaoshi_explicit::text::{Found as Line, Kind, Matcher, Place as End};
use biaoshi_explicit::words;

use super::line;
use super::words::txt::SEARCHED;
use crate::{Content, Drawn, Explicit, ExplicitOptions, Found, Media, Outcome, Place, Result};

pub(crate) static SRT: Media = Media {
    format: "srt",
    explicit: Some(Explicit {
        apply: |source, options, limits| write(source, options, Form::SubRip, limits),
        find: |source, options, limits| find(source, options, Form::SubRip, limits),
        cost: line::cost,
    }),
    content: Content::Words(SEARCHED),
    says: &[&NO_CUE],
};

pub(crate) static VTT: Media = Media {
    format: "vtt",
    explicit: Some(Explicit {
        apply: |source, options, limits| write(source, options, Form::WebVtt, limits),
        find: |source, options, limits| find(source, options, Form::WebVtt, limits),
        cost: line::cost,
    }),
    content: Content::Words(SEARCHED),
    says: &[&SEGMENT],
};

static NO_CUE: Said = Said {
    code: "subtitles.none",
    en: "no cue is in it: there is nothing that viewers would read",
    zh: "文件中没有字幕条目,观众读不到任何内容",
};
static SEGMENT: Said = Said {
    code: "subtitles.segment",
    en: "a segment of a stream, whose times begin elsewhere: label the whole before it is cut",
    zh: "这是流的一个分段,时间起点不在此文件中:请在切分之前为整个文件添加标识",
};

/// How long the label is read, in milliseconds.
const SHOWN: u64 = 2000;

/// Cues at either end among which a label is looked for.
const CUES: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// SubRip: a number, times with a comma, lines.
    SubRip,
    /// WebVTT (W3C): times with a point, an identifier or none.
    WebVtt,
}

/// A cue, as indices of lines.
#[derive(Debug)]
struct Cue {
    /// Its number or identifier, or its times where it has none.
    first: usize,
    /// Whether it has one.
    named: bool,
    words: Range<usize>,
    /// When it ends, in milliseconds.
    end: u64,
}

/// The cues of a document. A line with `-->` between two times begins one wherever it stands, as in WebVTT (6.1); a line
/// of digits right before it is its number, also where the blank line before that is missing.
fn cues(document: &Document, form: Form) -> Vec<Cue> {
    let text = |n: usize| document.lines.get(n).map(|line| document.text(line)).unwrap_or_default();
    let blank = |n: usize| text(n).trim().is_empty();
    let mut cues: Vec<Cue> = Vec::new();
    let mut open = false;
    for n in 0..document.lines.len() {
        let line = text(n);
        if let Some(end) = times(&line) {
            let before = n.checked_sub(1).filter(|before| !blank(*before));
            let name = before.filter(|before| match form {
                Form::SubRip => text(*before).trim().bytes().all(|b| b.is_ascii_digit()),
                Form::WebVtt => *before > 0 && blank(before - 1),
            });
            let first = name.unwrap_or(n);
            if let Some(last) = cues.last_mut() {
                last.words.end = last.words.end.min(first).max(last.words.start);
            }
            cues.push(Cue { first, named: name.is_some(), words: n + 1..n + 1, end });
            open = true;
        } else if line.trim().is_empty() {
            open = false;
        } else if let Some(cue) = cues.last_mut().filter(|_| open) {
            cue.words.end = n + 1;
        }
    }
    cues
}

/// When a cue ends, by the line of its times.
fn times(line: &str) -> Option<u64> {
    let (start, rest) = line.split_once("-->")?;
    milliseconds(start.trim())?;
    // Settings and coordinates may follow.
    milliseconds(rest.split_whitespace().next()?)
}

/// `[hours:]minutes:seconds` with a fraction behind a comma or a point.
fn milliseconds(time: &str) -> Option<u64> {
    let (whole, fraction) = time.split_once([',', '.']).unwrap_or((time, ""));
    let digits = |text: &str| !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| digits(text));
    let mut seconds = 0;
    let mut parts = 0;
    for part in whole.split(':') {
        seconds = seconds * 60 + number(part)?;
        parts += 1;
    }
    let thousandths = match fraction {
        "" => 0,
        _ => number(format!("{fraction:0<3}").get(..3)?)?,
    };
    (parts == 2 || parts == 3).then_some(seconds * 1000 + thousandths)
}

/// A time as the form writes it.
fn time(milliseconds: u64, form: Form) -> String {
    let point = if form == Form::SubRip { ',' } else { '.' };
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    format!("{:02}:{:02}:{:02}{point}{rest:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Writes the cue, unless a conforming one is there.
fn write(source: &dyn Source, options: &ExplicitOptions, form: Form, limits: &Limits) -> Result<Outcome> {
    let document = Document::read(source, limits)?;
    let cues = cues(&document, form);
    let matcher = options.matcher(words::PAGE);
    let there = labels(&document, &cues, form, &matcher).into_iter().find(|found| found.kind == Kind::Conforming);
    if let Some(found) = there {
        return Ok(Outcome::Already(line::place(&document, &found)));
    }
    let Some(first) = cues.first() else { return Ok(Outcome::Skip(NO_CUE.message())) };
    if is_segment(&document, form, first) {
        return Ok(Outcome::Skip(SEGMENT.message()));
    }
    let (start, end) = match options.position {
        Position::Start | Position::Middle => (true, false),
        Position::End => (false, true),
        Position::Both => (true, true),
    };
    if end && document.is_padded() {
        return Ok(Outcome::Skip(line::PADDED.message()));
    }
    let line = options.line(words::PAGE);
    let mut edits = Vec::new();
    if start {
        let at = document.lines.get(first.first).map_or(document.bom, |l| l.content.start);
        edits.push((at, format!("{}{}", cue(&document, "0", first.named, 0, &line, form), document.newline)));
    }
    if end {
        edits.push((document.len(), last(&document, &cues, &line, form)));
    }
    let mut patch = Patch::new();
    for (at, text) in edits {
        match document.encode(&text) {
            Ok(bytes) => {
                patch.insert(at as u64, bytes);
            }
            // Its encoding lacks the words, or is not clear.
            Err(e) if e.kind() == Fault::Unsupported => return Ok(Outcome::Skip(e.message())),
            Err(e) => return Err(e.into()),
        }
    }
    let place = Place::Text { part: None, offset: 0, length: line.chars().count(), words: line };
    let found = Found { place, score: 1.0 };
    Ok(Outcome::Drawn(Drawn { patch, found, notes: Vec::new(), outlasts: None, damage: None, confirm: None }))
}

/// The cue behind all others, with the blank line before it.
fn last(document: &Document, cues: &[Cue], line: &str, form: Form) -> String {
    let newline = document.newline;
    let blank = document.lines.last().is_some_and(|l| document.text(l).trim().is_empty());
    let lead = match (document.ends_with_newline(), blank) {
        (true, true) => "",
        (true, false) | (false, true) => newline,
        (false, false) => &newline.repeat(2),
    };
    let named = cues.last().is_some_and(|cue| cue.named);
    let number = cues.last().and_then(|cue| document.lines.get(cue.first)).map(|l| document.text(l));
    let next = number.and_then(|n| n.trim().parse::<u64>().ok()).and_then(|n| n.checked_add(1));
    let next = next.map_or_else(|| (cues.len() + 1).to_string(), |n| n.to_string());
    let from = cues.iter().map(|cue| cue.end).max().unwrap_or_default();
    format!("{lead}{}", cue(document, &next, named, from, line, form))
}

/// A cue of the label. One of WebVTT has an identifier where the others have one.
fn cue(document: &Document, number: &str, named: bool, from: u64, line: &str, form: Form) -> String {
    let newline = document.newline;
    let name = if named || form == Form::SubRip { format!("{number}{newline}") } else { String::new() };
    let (start, end) = (time(from, form), time(from.saturating_add(SHOWN), form));
    let line = match form {
        Form::SubRip => Cow::Borrowed(line),
        Form::WebVtt => line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").into(),
    };
    format!("{name}{start} --> {end}{newline}{line}{newline}")
}

/// Whether the times are those of a stream (HTTP Live Streaming, RFC 8216, 3.5).
fn is_segment(document: &Document, form: Form, first: &Cue) -> bool {
    let mut head = document.lines.iter().take(first.first).map(|line| document.text(line));
    form == Form::WebVtt && head.any(|line| line.starts_with("X-TIMESTAMP-MAP"))
}

/// Labels among the first and the last cues, and one's own in any.
fn find(source: &dyn Source, options: &ExplicitOptions, form: Form, limits: &Limits) -> Result<Vec<Found>> {
    let document = Document::read(source, limits)?;
    let found = labels(&document, &cues(&document, form), form, &options.matcher(words::PAGE));
    Ok(found.iter().map(|found| line::place(&document, found)).collect())
}

fn labels(document: &Document, cues: &[Cue], form: Form, matcher: &Matcher) -> Vec<Line> {
    let mut found = Vec::new();
    for (n, cue) in cues.iter().enumerate() {
        let place = match n {
            _ if n < CUES => End::Start,
            _ if n + CUES >= cues.len() => End::End,
            _ => End::Middle,
        };
        for n in cue.words.clone() {
            let Some(line) = document.lines.get(n).map(|l| document.text(l)) else { continue };
            let text = spoken(&line, form);
            let kind = match place {
                End::Middle => matcher.is_own(&text).then_some(Kind::Conforming),
                End::Start | End::End => matcher.kind(&text, true),
            };
            // Beside other lines it may be part of what somebody says.
            let kind = kind.map(|kind| if cue.words.len() == 1 { kind } else { Kind::Sentence });
            found.extend(kind.map(|kind| Line { line: n, text: text.trim().to_owned(), kind, place }));
        }
    }
    found
}

/// The words of a line without its tags, `{\an8}` of SubRip among them.
fn spoken(line: &str, form: Form) -> String {
    let mut words = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['<', '{']) {
        let (before, tag) = rest.split_at(at);
        let is_tag = tag.starts_with('<') || tag.starts_with("{\\");
        let close = if tag.starts_with('<') { '>' } else { '}' };
        words.push_str(before);
        match tag.find(close).filter(|_| is_tag) {
            Some(end) => rest = tag.get(end + 1..).unwrap_or_default(),
            None => {
                words.push_str(tag.get(..1).unwrap_or_default());
                rest = tag.get(1..).unwrap_or_default();
                // No tag is closed any more: nobody looks again.
                if is_tag {
                    break;
                }
            }
        }
    }
    words.push_str(rest);
    match form {
        Form::SubRip => words,
        Form::WebVtt => ["lt", "gt", "nbsp", "lrm", "rlm", "amp"]
            .iter()
            .zip(["<", ">", "\u{a0}", "", "", "&"])
            .fold(words, |words, (name, c)| words.replace(&format!("&{name};"), c)),
    }
}

#[cfg(test)]
mod tests;
