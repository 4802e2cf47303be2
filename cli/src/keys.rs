//! Key files and registries, from arguments to what the library is told.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use biaoshi::batch;
use biaoshi::job::Search;
use biaoshi::keys;
use biaoshi::provenance::Registry;
use biaoshi::report::said;
use biaoshi::security::{PrivateKey, Trust};
use biaoshi::signing::{self, SigningError};
use biaoshi::watermark::Key;

use crate::args::{Common, MarkSearch, Signing, Trusting};
use crate::exit::Stop;
use crate::names;

/// What stands for the key that is published, where a key file is wanted.
const PUBLISHED: &str = "published";

/// Reads a key file; without one it is the published key.
pub(crate) fn read(path: Option<&Path>) -> Result<Key, Stop> {
    let Some(path) = path.filter(|p| *p != Path::new(PUBLISHED)) else { return Ok(Key::PUBLISHED) };
    keys::read(path).map_err(|e| {
        let path = path.display();
        Stop::Usage(said!("{}: {}", "{}:{}", path, e.message()))
    })
}

/// Reads the key that `--key` names.
pub(crate) fn named(path: Option<&Path>) -> Result<Key, Stop> {
    read(path).map_err(|stop| match stop {
        Stop::Usage(message) => Stop::Usage(said!("--key {}", "--key {}", message)),
        other => other,
    })
}

/// Reads the private key that `--sign` names.
pub(crate) fn signing(args: &Signing) -> Result<Option<Arc<PrivateKey>>, Stop> {
    let read = |path: &PathBuf| {
        let unread = |e: SigningError| Stop::Usage(said!("--sign {}: {}", "--sign {}:{}", path.display(), e.message()));
        signing::private(path).map(Arc::new).map_err(unread)
    };
    args.sign.as_ref().map(read).transpose()
}

/// Reads the trust files that `--trust` names.
pub(crate) fn trust(args: &Trusting, common: &Common) -> Result<Arc<Trust>, Stop> {
    let mut all = Trust::default();
    for path in &args.trust {
        let unread =
            |e: SigningError| Stop::Usage(said!("--trust {}: {}", "--trust {}:{}", path.display(), e.message()));
        let trust = signing::trust(path).map_err(unread)?;
        trust.providers().for_each(|provider| names::tell(&format!("--trust {}:", path.display()), provider, common));
        all.extend(trust);
    }
    Ok(Arc::new(all))
}

/// Reads the keys and the registry of a search for watermarks.
pub(crate) fn search(args: &MarkSearch, registry: Option<&Path>) -> Result<Search, Stop> {
    let mut keys = Vec::new();
    for path in &args.keys {
        let key = named(Some(path))?;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    if keys.is_empty() {
        keys.push(Key::PUBLISHED);
    }
    let registry = registry.map(self::registry).transpose()?;
    Ok(Search::new(keys, args.effort.into(), registry))
}

fn registry(path: &Path) -> Result<Registry, Stop> {
    batch::registry(path).map_err(|e| Stop::Usage(said!("--registry {}", "--registry {}", e.message())))
}
