//! PDF (ISO 32000): the words in the top margin of a page, in a font of their own, put there by an incremental update: what was
//! there stays byte for byte, and the page draws it as before.

mod cmap;
mod find;
mod font;
mod letters;
mod objects;
mod page;
mod place;
mod tags;

use biaoshi_container::pdf::{self, FRONT, File};
use biaoshi_container::{Error, Limits, Message, Said, Source, phrase};

use crate::{Content, Explicit, Media, Result};

const NAME: &str = "PDF";

/// A password or rights management.
static ENCRYPTED: Said = Said {
    code: "pdf.encrypted",
    en: "the document is encrypted: label it before it is, or a copy without a password",
    zh: "文档已加密;请在加密之前标识,或标识去除密码后的副本",
};

/// A certifying signature forbids changes (12.8.2.2).
static CERTIFIED: Said = Said {
    code: "pdf.certified",
    en: "the document is certified: a label on its pages would break the certification",
    zh: "文档带有认证签名;在页面上添加标识会使认证失效",
};

/// An ordinary signature stays valid for what it covers, and viewers tell of the change.
static SIGNED: Said = Said {
    code: "pdf.signed",
    en: "the document is signed, and viewers would tell of a change behind the signature (--break-signatures labels it)",
    zh: "文档已签名,添加标识后阅读器会提示签名后有改动(--break-signatures 可强制标识)",
};

/// Pages smaller than any readable label.
static SMALL: Said =
    Said {
        code: "pdf.small", en: "the page is too small for a readable label", zh: "页面过小,放不下可辨认的标识"
    };

/// Parts are lost, or numbers are used up: nothing can be put behind the file.
static UPDATE: Said = Said { code: "pdf.update", en: "not supported: {}", zh: "不支持{}" };

/// Words of one's own with characters that the font lacks.
static GLYPHS: Said =
    Said {
        code: "pdf.glyphs", en: "the words cannot be put on a page: {}", zh: "标识文字无法写到页面上:{}"
    };

/// A structure that could not be followed.
static ARTIFACT: Said = Said {
    code: "pdf.artifact",
    en: "the document's structure tree could not be followed, so the label is marked as an artifact, which readers for the blind may pass over",
    zh: "无法解析文档的结构树,标识标记为页面装饰,屏幕朗读软件可能略过",
};

pub(crate) static MEDIA: Media = Media {
    format: "pdf",
    explicit: Some(Explicit { apply: place::write, find: find::find, cost }),
    content: Content::None,
    says: &[&ENCRYPTED, &CERTIFIED, &SIGNED, &SMALL, &UPDATE, &GLYPHS, &ARTIFACT],
};

/// Objects, the content of a few pages, the update.
fn cost(source: &dyn Source, limits: &Limits) -> u64 {
    source.len().min(limits.inflated).saturating_mul(2).saturating_add(4 << 20)
}

/// Opens a document, one with damaged references too.
fn open<'a>(source: &'a dyn Source, limits: &Limits) -> Result<File<'a>> {
    let mut front = [0; FRONT];
    let got = source.read_at(0, &mut front).map_err(|e| Error::io(NAME, e))?;
    let header = pdf::header(front.get(..got).unwrap_or_default());
    let header =
        header.ok_or_else(|| Error::invalid(NAME, 0, phrase!("the header %PDF- is missing", "缺少文件头 %PDF-")))?;
    let origin = header as u64;
    let file = match File::open(source, origin, limits) {
        Ok(file) if file.named("Root").is_ok_and(|root| root.is_some()) => file,
        Ok(file) if file.is_encrypted() => file,
        Ok(_) => File::repair(source, origin, limits)?,
        Err(damage) => File::repair(source, origin, limits).map_err(|_| damage)?,
    };
    Ok(file.for_pages())
}

/// Why no page may be changed.
fn sealed(file: &File<'_>, break_signatures: bool) -> Result<Option<Message>> {
    if file.is_encrypted() {
        return Ok(Some(ENCRYPTED.message()));
    }
    let Some(catalog) = file.named("Root")? else { return Ok(None) };
    let permissions = file.entry(&catalog, "Perms")?;
    let certified = permissions.is_some_and(|perms| perms.dict().has("DocMDP") || perms.dict().has("UR3"));
    let flags = file.entry(&catalog, "AcroForm")?.and_then(|form| form.dict().number("SigFlags")).unwrap_or(0);
    Ok(match (certified, flags & 1 == 1) {
        _ if break_signatures => None,
        (true, _) => Some(CERTIFIED.message()),
        (false, true) => Some(SIGNED.message()),
        (false, false) => None,
    })
}
