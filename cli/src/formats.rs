//! `formats`: the support table, straight from the tables of the library.

use biaoshi::media::{Content, explicit, row_of};
use biaoshi::metadata::{FORMATS, Format};
use biaoshi::report::{Lang, pad};
use serde_json::json;

use crate::args::Common;
use crate::exit::{Exit, Stop};
use crate::out::Out;

/// Prints the table.
pub(crate) fn run(common: &Common) -> Result<Exit, Stop> {
    let mut out = Out::new(common);
    if !common.json {
        let heading = match common.lang() {
            Lang::En => ["FORMAT", "KIND", "LABEL", "STATUS", "EXPLICIT", "WATERMARK", "EXTENSIONS"],
            Lang::Zh => ["格式", "类型", "标识位置", "依据", "显式", "水印", "扩展名"],
        };
        out.line(&row(heading.map(str::to_owned)))?;
    }
    for format in FORMATS {
        let line = if common.json { object(format) } else { row(cells(format, common.lang())) };
        out.line(&line)?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn object(format: &Format) -> String {
    json!({
        "schema": "biaoshi.format/1", "format": format.name, "media_type": format.media_type, "kind": format.kind.name(),
        "placement": format.placement, "status": format.status.name(), "clause": format.clause,
        "explicit": explicit(format.name).is_some(), "watermark": watermark(format), "extensions": format.extensions, "touches": format.touches,
    })
    .to_string()
}

/// Whether a watermark is written into the pixels, samples or words of a format, or only read there.
fn watermark(format: &Format) -> Option<&'static str> {
    let written = match &row_of(format.name)?.content {
        Content::Pixels(row) => row.open.is_some(),
        Content::Samples(row) => row.add.is_some(),
        Content::Words(row) => row.weave.is_some(),
        Content::None => return None,
    };
    Some(if written { "written" } else { "read" })
}

fn cells(format: &Format, lang: Lang) -> [String; 7] {
    let has_label = explicit(format.name).is_some();
    let (kind, status, explicit, mark) = match lang {
        Lang::En => (format.kind.name(), format.status.name(), if has_label { "yes" } else { "-" }, ["yes", "read"]),
        Lang::Zh => {
            (format.kind.chinese(), format.status.chinese(), if has_label { "有" } else { "-" }, ["有", "仅检测"])
        }
    };
    let mark = match watermark(format) {
        Some("written") => mark[0],
        Some(_) => mark[1],
        None => "-",
    };
    let cells = [format.name, kind, format.placement, status, explicit, mark, &format.extensions.join(" ")];
    cells.map(str::to_owned)
}

fn row([format, kind, label, status, explicit, watermark, extensions]: [String; 7]) -> String {
    let columns = [(format, 9), (kind, 9), (label, 28), (status, 11), (explicit, 9), (watermark, 9)];
    let columns = columns.map(|(cell, width)| pad(&cell, width)).join(" ");
    format!("{columns} {extensions}").trim_end().to_owned()
}
