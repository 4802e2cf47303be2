//! The data of streams (ISO 32000-2 7.3.8, 7.4): where it ends, and FlateDecode with its predictors.

use std::ops::Range;

use memchr::memmem;

use super::crypt::Crypt;
use super::reader::{Object, Reader};
use super::value::{Dict, Value};
use super::{NAME, value};
use crate::{Error, Result, Said, SourceExt, inflate, phrase};

/// Bytes of one step of the search for the end of a stream.
const STEP: u64 = 1 << 16;
pub(super) const END: &[u8] = b"endstream";

impl Reader<'_> {
    /// The bytes of a stream's data, still coded. `length` is what the file says of it; where it is wrong or not known, the
    /// end is searched for.
    ///
    /// # Errors
    /// I/O, no stream, a stream without an end.
    pub(super) fn data(&self, object: &Object, length: Option<u64>) -> Result<Range<u64>> {
        let none = || {
            Error::invalid(
                NAME,
                object.part.start,
                phrase!("an object that should be a stream is none", "应为流的对象不是流"),
            )
        };
        let start = object.stream.ok_or_else(none)?;
        if let Some(end) = length.and_then(|n| start.checked_add(n)).filter(|e| *e <= self.source.len()) {
            let mut tail = [0; 16];
            let got = self.source.read_at(end, &mut tail).map_err(|e| Error::io(NAME, e))?;
            let tail = tail.get(..got).unwrap_or_default();
            let blanks = tail.iter().take_while(|b| value::is_blank(**b)).count();
            if tail.get(blanks..).is_some_and(|t| t.starts_with(END)) {
                return Ok(start..end);
            }
        }
        self.search(start)
    }

    /// The end of a stream whose length lies: its keyword.
    fn search(&self, start: u64) -> Result<Range<u64>> {
        let mut at = start;
        while at < self.source.len() {
            let end = at.saturating_add(STEP).min(self.source.len());
            self.charge(end - at)?;
            let bytes = self.source.bytes(NAME, at..end, STEP, phrase!("a stream", "流"))?;
            if let Some(hit) = memmem::find(&bytes, END) {
                return Ok(start..at + hit as u64);
            }
            // The keyword may lie across two steps.
            at = if end == self.source.len() { end } else { end - END.len() as u64 };
        }
        Err(Error::truncated(NAME, start, phrase!("a stream", "流")))
    }

    /// The decoded data of a stream; `length` as for [`Reader::data`], `crypt` where the file is encrypted and open.
    ///
    /// # Errors
    /// I/O, a damaged stream, a filter other than FlateDecode, a limit.
    pub(super) fn decoded(&self, object: &Object, length: Option<u64>, crypt: Option<&Crypt>) -> Result<Vec<u8>> {
        let range = self.data(object, length)?;
        let at = range.start;
        let mut raw = self.source.bytes(NAME, range, self.limits.part, phrase!("a stream", "流"))?;
        self.charge(raw.len() as u64)?;
        let dict = object.dict();
        let filter = Filter::of(dict);
        // Cross-reference streams are never encrypted (7.5.8.2); a crypt filter of its own is the identity, mostly.
        if let Some(crypt) = crypt
            && filter != Filter::Crypt
            && !dict.is("Type", "XRef")
        {
            raw = crypt.stream(object.id, dict.is("Type", "Metadata"), raw);
        }
        match filter {
            Filter::None | Filter::Crypt => return Ok(raw),
            Filter::Flate => {}
            Filter::Other => {
                let what = phrase!(
                    "a stream with more than one filter or another one than FlateDecode",
                    "使用多个过滤器或 FlateDecode 以外过滤器的流"
                );
                return Err(Error::unsupported(NAME, what));
            }
        }
        let data = inflate::zlib(NAME, at, &raw, &self.limits, &self.spent.borrow().inflated)?;
        match parameters(dict) {
            Some(parameters) => predict(data, &parameters).map_err(|what| Error::invalid(NAME, at, what)),
            None => Ok(data),
        }
    }
}

/// What the data of a stream has gone through.
#[derive(PartialEq, Eq)]
enum Filter {
    None,
    Flate,
    /// A crypt filter alone: the identity, for metadata that stays readable (7.6.6).
    Crypt,
    Other,
}

impl Filter {
    fn of(dict: &Dict) -> Self {
        let one = |value: &Value| match value {
            Value::Name(n) if n == b"FlateDecode" || n == b"Fl" => Self::Flate,
            Value::Name(n) if n == b"Crypt" => match parameters(dict).map(|p| p.get("Name").cloned()) {
                None | Some(None) => Self::Crypt,
                Some(Some(Value::Name(name))) if name == b"Identity" => Self::Crypt,
                _ => Self::Other,
            },
            _ => Self::Other,
        };
        match dict.get("Filter") {
            None | Some(Value::Null) => Self::None,
            Some(Value::Array(filters)) => match filters.as_slice() {
                [] => Self::None,
                [filter] => one(filter),
                _ => Self::Other,
            },
            Some(filter) => one(filter),
        }
    }
}

fn parameters(dict: &Dict) -> Option<Dict> {
    match dict.get("DecodeParms").or_else(|| dict.get("DP"))? {
        Value::Dict(parameters) => Some(parameters.clone()),
        Value::Array(all) => all.iter().find_map(|v| match v {
            Value::Dict(parameters) => Some(parameters.clone()),
            _ => None,
        }),
        _ => None,
    }
}

/// Undoes a PNG predictor (7.4.4.4; PNG 9).
fn predict(data: Vec<u8>, parameters: &Dict) -> std::result::Result<Vec<u8>, &'static Said> {
    let predictor = parameters.number("Predictor").unwrap_or(1);
    if predictor < 2 {
        return Ok(data);
    }
    if predictor == 2 {
        return Err(phrase!("a stream with a TIFF predictor", "流使用 TIFF 预测器"));
    }
    let value = |key, default: u64| usize::try_from(parameters.number(key).unwrap_or(default)).unwrap_or(usize::MAX);
    let bits = value("Colors", 1).checked_mul(value("BitsPerComponent", 8)).filter(|b| (1..=1024).contains(b));
    let bits = bits.ok_or(phrase!("a predictor with impossible samples", "预测器的采样参数不在允许范围"))?;
    let row = value("Columns", 1).checked_mul(bits).map(|b| b.div_ceil(8)).filter(|r| (1..=data.len()).contains(r));
    let row = row.ok_or(phrase!("a predictor with impossible columns", "预测器的列数不在允许范围"))?;
    let step = bits.div_ceil(8);
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    for line in data.chunks(row + 1) {
        let Some((kind, line)) = line.split_first() else { break };
        let start = out.len();
        for (i, byte) in line.iter().enumerate() {
            let left = if i < step { 0 } else { out.get(start + i - step).copied().unwrap_or(0) };
            let above =
                |back: usize| (start + i).checked_sub(row + back).and_then(|at| out.get(at)).copied().unwrap_or(0);
            let (up, corner) = (above(0), if i < step { 0 } else { above(step) });
            let guess = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => return Err(phrase!("a row with an unknown predictor", "行使用未知的预测器")),
            };
            out.push(byte.wrapping_add(guess));
        }
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    let far = |v: u8| (guess - i16::from(v)).abs();
    match (far(left) <= far(up), far(left) <= far(corner), far(up) <= far(corner)) {
        (true, true, _) => left,
        (_, _, true) => up,
        _ => corner,
    }
}
