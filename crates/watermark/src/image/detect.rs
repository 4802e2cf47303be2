//! Detection: likely maps first, each refined where something shows, the keyed check decides.

use super::content::{Content, Hash};
use super::fold::{COARSE, FINE, Fold, Layers};
use super::geometry::{Map, View};
use super::lattice::{AREA, lattices};
use super::page::picture_in_page;
use super::plane::Plane;
use super::refine::refine;
use super::region::{Point, quad, upright, weights};
use super::sync::{Hit, Sync};
use super::tile::Tile;
use super::{SMALLEST, TRIALS, period, phase, rung, signs};
use crate::code;
use crate::effort::Effort;
use crate::key::Key;
use crate::payload::{IMAGE, Payload};

/// Words that a list holds.
const LIST: usize = 16;
/// Score under which a place is not decoded.
const GATE: f32 = 4.6;
/// Score from which a map is worth refining.
const REFINE: f32 = 5.2;
/// Refinements of a map.
const REFINEMENTS: usize = 3;
/// Shorter side of the picture that is searched: twice the samples of the expected rung.
const BASE: usize = 960;
/// Score of a glance from which a lattice is worth a full look.
const GLANCE: f32 = 4.2;
/// Tiles along the shorter side of a marked picture: fewest and most.
const TILES: (f64, f64) = (2.65, 4.5);
/// Samples of a view at a rung: four pictures side by side have so many.
const LARGEST: usize = 2_600_000;
/// Ratio of the scales that are tried one after the other: at the edge of four tiles this is half a chip.
const SCALE_STEP: f64 = 1.006;
/// Lowest rung tried: chips of half a pixel, as in thumbnails.
const LOWEST: i32 = 9;
/// Rungs tried beside the expected one: crops make the picture smaller than its period says, pages larger.
const RUNGS: [i32; 8] = [0, 1, 2, -1, 3, 4, -2, 5];
/// Chips by which the tile may be off in a picture that was not cropped.
const SAME_PLACE: f32 = 2.0;

/// Lattices looked at, how many of them are looked at in full, and samples of a view through one.
fn looks(effort: Effort) -> (usize, usize, usize) {
    match effort {
        Effort::Fast => (0, 0, 1_200_000),
        Effort::Normal => (6, 2, 1_200_000),
        Effort::Deep => (24, 10, 6_000_000),
    }
}

/// A mark that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Which of the detector's keys found it.
    pub key: usize,
    /// What it says.
    pub payload: Payload,
    /// Whether the picture is the one that was marked.
    pub content: Content,
    /// Corners of the marked region in pixels, in order.
    pub quad: [Point; 4],
}

/// What a search gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// The marks behind whose payloads the check is right: at most one of each key.
    pub marks: Vec<Mark>,
    /// Height of the highest correlation peak seen, in standard deviations. Not a proof: unmarked pictures reach 5.
    pub score: f32,
    /// Bound on the probability that an unmarked picture passes for marked: words looked at with all keys, each with a
    /// chance of 2^-44.
    pub false_positive: f64,
}

impl Detection {
    /// The first mark.
    pub fn mark(&self) -> Option<&Mark> {
        self.marks.first()
    }
}

/// Keys made ready for detection in any number of pictures.
pub struct Detector {
    keys: Vec<Keyed>,
}

struct Keyed {
    key: Key,
    sync: Sync,
}

impl Detector {
    /// Prepares a key.
    pub fn new(key: &Key) -> Self {
        Self::with_keys([key])
    }

    /// Prepares several keys, which share all of the work on a picture but the correlations with their own chips. The
    /// search ends at the first view of the picture in which any of them finds its mark.
    pub fn with_keys<'a>(keys: impl IntoIterator<Item = &'a Key>) -> Self {
        let one = |key: &Key| Keyed { key: key.clone(), sync: Sync::new(Tile::new(key)) };
        Self { keys: keys.into_iter().map(one).collect() }
    }

    /// Looks for a mark in the lightness of a picture.
    pub fn detect(&self, plane: &Plane, effort: Effort) -> Detection {
        let shorter = plane.width.min(plane.height);
        if shorter < SMALLEST / 2 {
            return Detection { marks: Vec::new(), score: 0.0, false_positive: 0.0 };
        }
        let scale = (BASE as f64 / shorter as f64).min(1.0);
        let size = |n: usize| (n as f64 * scale).round() as usize;
        let base = if scale < 1.0 { plane.resize(size(plane.width), size(plane.height)) } else { plane.clone() };
        let scale = base.width as f64 / plane.width as f64;
        let trials = vec![0; self.keys.len()];
        let mut search = Search { keys: &self.keys, base, scale, effort, trials, score: 0.0 };
        let mut marks = search.run(rung(plane.width, plane.height)).unwrap_or_default();
        for mark in &mut marks {
            mark.quad = mark.quad.map(|(x, y)| (x / scale as f32, y / scale as f32));
        }
        let false_positive = search.trials.iter().sum::<usize>() as f64 / 2_f64.powi(IMAGE.check as i32);
        Detection { marks, score: search.score, false_positive }
    }
}

struct Search<'a> {
    keys: &'a [Keyed],
    /// The picture, shrunk to what the search needs.
    base: Plane,
    /// Pixels of the base for one of the picture.
    scale: f64,
    effort: Effort,
    /// Words looked at with each key.
    trials: Vec<usize>,
    score: f32,
}

impl Search<'_> {
    fn run(&mut self, expected: i32) -> Option<Vec<Mark>> {
        RUNGS
            .iter()
            .find_map(|&steps| self.at_rung(expected, steps))
            .or_else(|| self.at_lattices(false))
            .or_else(|| self.in_page())
            .or_else(|| self.at_lattices(true))
            .or_else(|| (self.effort == Effort::Deep).then(|| self.at_scales())?)
    }

    /// The picture at a period of the ladder, `steps` rungs above the one that its size suggests: whole pictures, crops,
    /// pages. Rungs below have the most samples and are the least likely, so a glance has to show something there.
    fn at_rung(&mut self, expected: i32, steps: i32) -> Option<Vec<Mark>> {
        let rung = expected + steps;
        (rung >= LOWEST).then_some(())?;
        let [coarse, fine] = [COARSE, FINE].map(|n| Map::scale(f64::from(period(rung)) * self.scale / n as f64));
        if steps < 0 && self.glance(&coarse, false, LARGEST)? <= GLANCE {
            return None;
        }
        let view = View::new(&self.base, &fine, FINE, LARGEST.max(looks(self.effort).2))?;
        self.at(view, false)
    }

    /// The highest score that a look at a quarter of the price shows, with any key.
    fn glance(&self, coarse: &Map, hard: bool, most: usize) -> Option<f32> {
        let view = View::new(&self.base, coarse, COARSE, most / 4)?;
        let fold = Layers::glance(&view.plane, &view.inside, hard).fold_glance();
        Some(self.keys.iter().map(|k| k.sync.glance(&fold)).fold(0.0, f32::max))
    }

    /// The picture at the lattices that its autocorrelation shows: scaled, turned, sheared.
    fn at_lattices(&mut self, hard: bool) -> Option<Vec<Mark>> {
        let (count, _, most) = looks(self.effort);
        if count == 0 {
            return None;
        }
        let base = &self.base;
        let scale = (AREA as f64 / (base.width * base.height) as f64).sqrt().min(1.0);
        let size = |n: usize| (n as f64 * scale).round().max(16.0) as usize;
        let small = base.resize(size(base.width), size(base.height));
        let (sx, sy) = (base.width as f64 / small.width as f64, base.height as f64 / small.height as f64);
        let back = |(x, y): (f64, f64), n: usize| (x * sx / n as f64, y * sy / n as f64);
        // With shorter ones a glance would have too many samples.
        let shortest = 1.25 * COARSE as f32 * ((4 * small.data.len()) as f32 / most as f32).sqrt();
        let lattices = lattices(&small, hard, count, shortest);
        let maps = lattices.iter().map(|l| [COARSE, FINE].map(|n| Map::base(back(l.u, n), back(l.v, n)))).collect();
        self.at_best(maps, hard)
    }

    /// The picture at all scales at which it may have been marked as a whole: the embedder puts so many tiles along the
    /// shorter side.
    fn at_scales(&mut self) -> Option<Vec<Mark>> {
        let shorter = self.base.width.min(self.base.height) as f64;
        let (from, to) = TILES;
        let steps = ((to / from).ln() / SCALE_STEP.ln()).ceil() as i32;
        let period = |i: i32| shorter / (from * SCALE_STEP.powi(i));
        let maps = (0..=steps).map(|i| [COARSE, FINE].map(|n| Map::scale(period(i) / n as f64))).collect();
        self.at_best(maps, false)
    }

    /// A glance through every map, given for the samples of the coarse and of the fine fold, and full looks through the
    /// best.
    fn at_best(&mut self, maps: Vec<[Map; 2]>, hard: bool) -> Option<Vec<Mark>> {
        let (_, looks, most) = looks(self.effort);
        let glance = |[coarse, fine]: [Map; 2]| Some((self.glance(&coarse, hard, most)?, fine));
        let mut maps: Vec<(f32, Map)> = maps.into_iter().filter_map(glance).collect();
        maps.sort_by(|a, b| b.0.total_cmp(&a.0));
        maps.iter().filter(|m| m.0 > GLANCE).take(looks).find_map(|(_, map)| {
            let view = View::new(&self.base, map, FINE, most)?;
            self.at(view, hard)
        })
    }

    /// The picture inside a page, by itself.
    fn in_page(&mut self) -> Option<Vec<Mark>> {
        if self.effort == Effort::Fast {
            return None;
        }
        let region = picture_in_page(&self.base)?;
        let part = self.base.part(region.x, region.y, region.width, region.height);
        let page = std::mem::replace(&mut self.base, part);
        let marks = self.at_lattices(false).or_else(|| self.at_scales());
        self.base = page;
        let (x, y) = (region.x as f32, region.y as f32);
        let placed = |m: Mark| Mark { quad: m.quad.map(|p| (p.0 + x, p.1 + y)), ..m };
        marks.map(|marks| marks.into_iter().map(placed).collect())
    }

    /// The picture through one map, with every key.
    fn at(&mut self, view: View, hard: bool) -> Option<Vec<Mark>> {
        let look = Look::new(view, hard);
        let marks: Vec<Mark> = (0..self.keys.len()).filter_map(|key| self.with_key(key, &look, hard)).collect();
        (!marks.is_empty()).then_some(marks)
    }

    /// One look with one key, and looks through better maps if there seems to be something.
    fn with_key(&mut self, key: usize, first: &Look, hard: bool) -> Option<Mark> {
        let sync = &self.keys.get(key)?.sync;
        let mut before = REFINE;
        let mut better: Option<Look> = None;
        for round in 0..=REFINEMENTS {
            let look = better.as_ref().unwrap_or(first);
            let hits = sync.search(&look.fold, 3);
            for hit in &hits {
                let word = self.decode(key, &look.fold, hit).or_else(|| {
                    // Perhaps only a part of the picture still has it.
                    let weights = (hit.score > REFINE).then(|| weights(sync, &look.layers, hit))?;
                    self.decode(key, &look.layers.fold_weighted(&weights), hit)
                });
                if let Some((payload, hash)) = word {
                    return self.mark(key, payload, hash, look, hit);
                }
            }
            let best = hits.first().filter(|h| h.score > before && round < REFINEMENTS)?;
            // What is not there does not become better.
            before = best.score + 0.3;
            let map = refine(sync, &look.view, &look.layers, best)?;
            better = Some(Look::new(View::new(&self.base, &map, FINE, looks(self.effort).2)?, hard));
        }
        None
    }

    fn decode(&mut self, key: usize, fold: &Fold, hit: &Hit) -> Option<(Payload, u16)> {
        self.score = self.score.max(hit.score);
        if hit.score < GATE {
            return None;
        }
        let (Keyed { key, sync }, trials) = (self.keys.get(key)?, self.trials.get_mut(key)?);
        code::decode(&sync.soft(fold, hit), LIST.min(TRIALS - *trials), |word| {
            *trials += 1;
            IMAGE.unpack(key, word)
        })
    }

    fn mark(&self, key: usize, payload: Payload, hash: u16, look: &Look, hit: &Hit) -> Option<Mark> {
        let keyed = self.keys.get(key)?;
        let code = signs(code::encode(&IMAGE.pack(&keyed.key, payload, hash)));
        let content = self.content(&keyed.key, hash, &look.view, hit);
        Some(Mark { key, payload, content, quad: quad(&keyed.sync, &look.view, &look.layers, hit, &code) })
    }

    /// Only a picture whose tile is where the embedder put it can be compared: in a crop it is elsewhere.
    fn content(&self, key: &Key, hash: u16, view: &View, hit: &Hit) -> Content {
        let (px, py) = phase(key, hash);
        let near = |a: f32, b: f32| {
            let d = (a - b).rem_euclid(64.0);
            d.min(64.0 - d) < SAME_PLACE
        };
        match upright(view, hit) {
            Some((corners, (x, y))) if near(x, px) && near(y, py) => {
                let same = Hash::new(&self.base, corners).agrees(hash);
                if same { Content::Match } else { Content::Mismatch }
            }
            _ => Content::Unknown,
        }
    }
}

/// The picture through one map, filtered and folded: what all keys share.
struct Look {
    view: View,
    layers: Layers,
    fold: Fold,
}

impl Look {
    fn new(view: View, hard: bool) -> Self {
        let layers = Layers::new(&view.plane, Some(&view.inside), hard);
        let fold = layers.fold();
        Self { view, layers, fold }
    }
}
