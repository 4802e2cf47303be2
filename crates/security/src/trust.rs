//! Keys that somebody vouches for, each for one provider.

use std::collections::BTreeMap;
use std::fmt;

use biaoshi_container::{Message, said};

use crate::data::unhex;
use crate::{Algorithm, KeyFault, PublicKey};

/// The pinned keys, by the provider's code or name as labels state it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    keys: BTreeMap<String, Vec<PublicKey>>,
}

/// What is wrong with a trust file, and in which line (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustFault {
    /// The line.
    pub line: usize,
    /// What is wrong there, and what was expected.
    pub what: Message,
}

impl fmt::Display for TrustFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for TrustFault {}

impl Trust {
    /// Reads a trust file, line by line: `provider: CODE` names a provider, and the keys behind it are its keys, each a PEM block
    /// (PUBLIC KEY or CERTIFICATE) or a line `key: ALGORITHM HEX` as in a security field. Blank lines and lines that begin
    /// with `#` are passed over.
    ///
    /// # Errors
    /// Any other line; a key without a provider, a provider without a key; a file that pins nothing.
    pub fn parse(text: &str) -> Result<Self, TrustFault> {
        let mut reader = Reader { trust: Self::default(), provider: None };
        let mut lines = (1..).zip(text.trim_start_matches('\u{feff}').lines());
        let mut last = 1;
        while let Some((number, line)) = lines.next() {
            last = number;
            let line = line.trim();
            let at = |what| TrustFault { line: number, what };
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with("-----BEGIN ") {
                let block = block(line, &mut lines).ok_or_else(|| at(KeyFault::Pem.message()))?;
                let key = PublicKey::from_pem(&block).map_err(|fault| at(fault.message()))?;
                reader.keys(vec![key]).map_err(at)?;
            } else if let Some(provider) = line.strip_prefix("provider:") {
                reader.provider(number, provider.trim())?;
            } else if let Some(key) = line.strip_prefix("key:") {
                let keys = written(key).map_err(at)?;
                reader.keys(keys).map_err(at)?;
            } else {
                return Err(at(said!(
                    "expected `provider: CODE`, `key: ALGORITHM HEX`, a PEM block or `# comment`",
                    "应为 `provider: 编码`、`key: 算法 十六进制`、PEM 块或 `# 注释`"
                )));
            }
        }
        reader.finish(last)
    }

    /// The keys that are pinned for a provider.
    pub fn keys_of(&self, provider: &str) -> &[PublicKey] {
        self.keys.get(provider).map(Vec::as_slice).unwrap_or_default()
    }

    /// The providers for which keys are pinned.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// Takes in what another file pins.
    pub fn extend(&mut self, other: Self) {
        for (provider, keys) in other.keys {
            self.keys.entry(provider).or_default().extend(keys);
        }
    }
}

/// A trust file as far as it was read.
struct Reader {
    trust: Trust,
    /// The provider whose keys follow, and its line.
    provider: Option<(usize, String)>,
}

impl Reader {
    fn provider(&mut self, line: usize, provider: &str) -> Result<(), TrustFault> {
        self.has_key()?;
        if provider.is_empty() {
            let what = said!("expected a provider code behind `provider:`", "`provider:` 之后应为服务提供者编码");
            return Err(TrustFault { line, what });
        }
        self.provider = Some((line, provider.to_owned()));
        Ok(())
    }

    fn keys(&mut self, keys: Vec<PublicKey>) -> Result<(), Message> {
        let Some((_, provider)) = &self.provider else {
            return Err(said!(
                "expected `provider: CODE` before the first key: a key is pinned for one provider",
                "首个公钥之前应有 `provider: 编码`:公钥须为某个服务提供者固定"
            ));
        };
        self.trust.keys.entry(provider.clone()).or_default().extend(keys);
        Ok(())
    }

    /// A provider without a key pins nothing, which nobody means.
    fn has_key(&self) -> Result<(), TrustFault> {
        match &self.provider {
            Some((line, provider)) if self.trust.keys_of(provider).is_empty() => Err(TrustFault {
                line: *line,
                what: said!("expected a key of {} behind this line", "此行之后应有 {} 的公钥", provider),
            }),
            _ => Ok(()),
        }
    }

    fn finish(self, last: usize) -> Result<Trust, TrustFault> {
        self.has_key()?;
        if self.trust.keys.is_empty() {
            let what = said!(
                "expected `provider: CODE` and a key; the file pins none",
                "应有 `provider: 编码` 与公钥;文件未固定任何公钥"
            );
            return Err(TrustFault { line: last, what });
        }
        Ok(self.trust)
    }
}

/// The lines of a PEM block up to its end; `None` where the file ends first.
fn block<'a>(first: &str, lines: &mut impl Iterator<Item = (usize, &'a str)>) -> Option<String> {
    let mut block = format!("{first}\n");
    for (_, line) in lines {
        block.push_str(line.trim());
        block.push('\n');
        if line.trim_start().starts_with("-----END ") {
            return Some(block);
        }
    }
    None
}

/// A key that is written as in a security field.
fn written(text: &str) -> Result<Vec<PublicKey>, Message> {
    let wanted = || {
        said!(
            "expected `key: ALGORITHM HEX`, the algorithm one of {}",
            "应为 `key: 算法 十六进制`,算法为 {} 之一",
            Algorithm::ALL.map(Algorithm::name).join(", ")
        )
    };
    let (algorithm, digits) = text.trim().split_once(char::is_whitespace).ok_or_else(wanted)?;
    let algorithm = Algorithm::parse(algorithm).ok_or_else(wanted)?;
    let bytes = unhex(digits.trim()).ok_or_else(wanted)?;
    let keys = PublicKey::candidates(algorithm, &bytes);
    if keys.is_empty() { Err(KeyFault::Key.message()) } else { Ok(keys) }
}
