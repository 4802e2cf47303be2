//! Values of arguments that are more than a text. What is wrong with one is told in both languages.

use std::fmt;
use std::str::FromStr;

use biaoshi::judge::Trigger;
use biaoshi::label::{Code, Severity};
use biaoshi::media::check_words;
use biaoshi::plan::Layer;
use biaoshi::policy;
use biaoshi::report::{Message, said};
use biaoshi::watermark::Payload;

/// A value that an argument does not take, and what it takes.
#[derive(Debug)]
pub(crate) struct Bad(pub(crate) Message);

impl fmt::Display for Bad {
    /// In English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Bad {}

/// A whole number within bounds.
pub(crate) fn number<T>(least: T, most: T) -> impl Fn(&str) -> Result<T, Bad> + Clone + Send + Sync + 'static
where
    T: FromStr + PartialOrd + fmt::Display + Copy + Send + Sync + 'static,
{
    move |text| {
        text.parse().ok().filter(|n| (least..=most).contains(n)).ok_or_else(|| {
            let (text, least, most) = (format!("{text:?}"), least.to_string(), most.to_string());
            Bad(said!("{} is no whole number from {} to {}", "{} 不是 {} 至 {} 的整数", text, least, most))
        })
    }
}

/// A number of bytes with an optional K, M or G (powers of 1024).
pub(super) fn size(text: &str) -> Result<u64, Bad> {
    let upper = text.to_ascii_uppercase();
    let body = upper.trim_end_matches("IB").trim_end_matches('B');
    let (digits, shift) = match body.as_bytes().last() {
        Some(b'K') => (&body[..body.len() - 1], 10),
        Some(b'M') => (&body[..body.len() - 1], 20),
        Some(b'G') => (&body[..body.len() - 1], 30),
        _ => (body, 0),
    };
    let quoted = || format!("{text:?}");
    let number: u64 = digits.parse().map_err(|_| {
        Bad(said!("{} is no size; write 1000, 64K, 16M or 4G", "{} 不是大小;应写作 1000、64K、16M 或 4G", quoted()))
    })?;
    number
        .checked_mul(1 << shift)
        .ok_or_else(|| Bad(said!("{} is too large; the most is {} bytes", "{} 过大;最多 {} 字节", quoted(), u64::MAX)))
}

/// A size that a label may have: it is held in memory.
pub(super) fn label_size(text: &str) -> Result<usize, Bad> {
    let most = 64 << 20;
    let size = usize::try_from(size(text)?).unwrap_or(usize::MAX);
    let too_large =
        || Bad(said!("{} is too large; a label may have 64M at most", "{} 过大;标识最多 64M", format!("{text:?}")));
    if size <= most { Ok(size) } else { Err(too_large()) }
}

/// A payload of a watermark.
pub(super) fn payload(text: &str) -> Result<Payload, Bad> {
    text.parse().map_err(|_| {
        Bad(said!("{} is not 1 to 16 hexadecimal digits", "{} 不是 1 至 16 位十六进制数字", format!("{text:?}")))
    })
}

/// Words of an explicit label.
pub(super) fn words(text: &str) -> Result<String, Bad> {
    check_words(text)
        .map(|()| text.to_owned())
        .map_err(|e| Bad(said!("{}: {}", "{}:{}", format!("{text:?}"), e.message())))
}

/// An extension of files, with or without its point.
pub(super) fn extension(text: &str) -> Result<String, Bad> {
    let bare = text.trim_start_matches('.');
    // It would match no file, and nobody would know why.
    if bare.is_empty() || bare.contains(['/', '*', '.', ' ']) {
        let text = format!("{text:?}");
        return Err(Bad(said!("{} is no extension; write such as png,jpg", "{} 不是扩展名;应写作 png,jpg 之类", text)));
    }
    Ok(text.to_owned())
}

/// The last part of a provider code.
pub(super) fn code_extension(text: &str) -> Result<String, Bad> {
    let is_digit = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
    if !text.is_empty() && text.len() <= 4 && text.chars().all(is_digit) {
        return Ok(text.to_owned());
    }
    let text = format!("{text:?}");
    Err(Bad(said!("{} is not 1 to 4 digits and capital letters", "{} 不是 1 至 4 位数字或大写字母", text)))
}

/// A layer, by name.
pub(super) fn layer(name: &str) -> Result<Layer, Bad> {
    policy::layer(name).map_err(Bad)
}

/// What fails a file: a verdict or a severity.
pub(super) fn trigger(name: &str) -> Result<Trigger, Bad> {
    policy::trigger(name).map_err(Bad)
}

/// A finding, by its code.
pub(super) fn finding(code: &str) -> Result<Code, Bad> {
    policy::code(code).map_err(Bad)
}

/// A producer, by its code.
pub(super) fn producer(code: &str) -> Result<String, Bad> {
    policy::producer(code).map_err(Bad)
}

/// A finding and how much it matters.
pub(super) fn weight(text: &str) -> Result<(Code, Severity), Bad> {
    let Some((code, severity)) = text.split_once('=') else {
        let text = format!("{text:?}");
        return Err(Bad(said!(
            "{} names no severity; write such as {}",
            "{} 没有严重程度;应写作 {} 之类",
            text,
            "label.characters=error"
        )));
    };
    Ok((finding(code)?, policy::severity(severity).map_err(Bad)?))
}

#[cfg(test)]
mod tests {
    use biaoshi::report::Lang;

    use super::*;

    #[test]
    fn sizes_and_numbers_are_read_and_refused_in_both_languages() {
        assert_eq!(size("64K").unwrap(), 65_536);
        assert_eq!(size("1mib").unwrap(), 1 << 20);
        assert_eq!(number(1, 512)("512").unwrap(), 512);
        for (bad, en, zh) in [
            (size("many").unwrap_err(), "\"many\" is no size", "不是大小"),
            (size("99999999999999G").unwrap_err(), "is too large; the most is", "过大"),
            (label_size("65M").unwrap_err(), "64M at most", "标识最多 64M"),
            (number(1u16, 9)("-1").unwrap_err(), "\"-1\" is no whole number from 1 to 9", "不是 1 至 9 的整数"),
            (payload("xyz").unwrap_err(), "hexadecimal", "十六进制"),
            (trigger("smell").unwrap_err(), "neither a verdict nor a severity", "既非结论也非严重程度"),
            (finding("label.charcters").unwrap_err(), "did you mean label.characters?", "是否指 label.characters"),
            (weight("label.characters").unwrap_err(), "names no severity; write such as", "没有严重程度"),
            (weight("label.characters=bad").unwrap_err(), "is no severity; there are info", "没有严重程度"),
            (producer("").unwrap_err(), "a producer is missing", "缺少生成方"),
            (layer("smell").unwrap_err(), "there are metadata, explicit, watermark", "没有标识层 \"smell\""),
        ] {
            assert!(bad.to_string().contains(en), "{bad}");
            assert!(bad.0.tell(Lang::Zh).contains(zh), "{}", bad.0.tell(Lang::Zh));
        }
    }
}
