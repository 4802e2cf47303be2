//! Where labels and marks stand, as JSON tells it (`where`).

use std::ops::Range;

use biaoshi_media::{Part, Place, Tones};
use biaoshi_watermark::image::Point;
use serde::Serialize;

use super::MarkPlace;

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum WhereJson {
    Box { r#box: [u32; 4] },
    Time { start: f64, end: f64, unit: f64, pitches: Vec<f64>, own: bool },
    Span { start: f64, end: f64 },
    Text(TextJson),
}

#[derive(Serialize)]
pub(super) struct TextJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slide: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<u32>,
    offset: usize,
    length: usize,
}

impl TextJson {
    fn new(part: Option<Part>, offset: usize, length: usize) -> Self {
        let mut json = Self { page: None, slide: None, sheet: None, item: None, offset, length };
        match part {
            Some(Part::Page(n)) => json.page = Some(n),
            Some(Part::Slide(n)) => json.slide = Some(n),
            Some(Part::Sheet(n)) => json.sheet = Some(n),
            Some(Part::Item(n)) => json.item = Some(n),
            None => {}
        }
        json
    }
}

/// Where a label stands, and how high its smallest glyph is in a picture.
pub(super) fn places(place: &Place) -> (Vec<WhereJson>, Option<f32>) {
    match place {
        Place::Picture { rect, height_ratio, .. } => {
            (vec![WhereJson::Box { r#box: [rect.x, rect.y, rect.width, rect.height] }], Some(*height_ratio))
        }
        Place::Sound(all) => (all.iter().map(time).collect(), None),
        Place::Prompt(all) => (all.iter().map(span).collect(), None),
        Place::Text { part, offset, length, .. } => {
            (vec![WhereJson::Text(TextJson::new(*part, *offset, *length))], None)
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum MarkJsonPlace {
    Quad { quad: [Point; 4] },
    Time { start: f64, end: f64, tempo: f64, pitch: f64 },
    Text { offset: u64, length: u64 },
}

impl From<MarkPlace> for MarkJsonPlace {
    fn from(place: MarkPlace) -> Self {
        match place {
            MarkPlace::Picture { quad, .. } => Self::Quad { quad },
            MarkPlace::Sound { start, end, tempo, pitch } => Self::Time {
                start: rounded(start, 1000.0),
                end: rounded(end, 1000.0),
                tempo: rounded(tempo, 10_000.0),
                pitch: rounded(pitch, 10_000.0),
            },
            MarkPlace::Text { offset, length, .. } => Self::Text { offset, length },
        }
    }
}

/// What a mark in a text consists of.
#[derive(Serialize)]
pub struct MarkCounts {
    shards: u64,
    damaged: u64,
}

/// The counts of a mark in a text; `None` for other media.
pub fn mark_counts(place: MarkPlace) -> Option<MarkCounts> {
    match place {
        MarkPlace::Text { shards, damaged, .. } => Some(MarkCounts { shards, damaged }),
        MarkPlace::Picture { .. } | MarkPlace::Sound { .. } => None,
    }
}

/// Where a mark was seen, as JSON tells it.
pub fn mark_place(place: MarkPlace) -> serde_json::Value {
    serde_json::to_value(MarkJsonPlace::from(place)).unwrap_or_default()
}

/// No more digits than the ear has.
fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

fn span(at: &Range<f64>) -> WhereJson {
    WhereJson::Span { start: rounded(at.start, 1000.0), end: rounded(at.end, 1000.0) }
}

/// Frames of five milliseconds, tenths of a hertz.
fn time(tones: &Tones) -> WhereJson {
    WhereJson::Time {
        start: rounded(tones.start, 1000.0),
        end: rounded(tones.end, 1000.0),
        unit: rounded(tones.unit, 1000.0),
        pitches: tones.pitches.iter().map(|hz| rounded(*hz, 10.0)).collect(),
        own: tones.own,
    }
}
