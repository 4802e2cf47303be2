//! `formats`: the support table, straight from the tables of the library.

use biaoshi::metadata::{FORMATS, Format};
use biaoshi::plan::explicit_layer;
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
            Lang::En => ["FORMAT", "KIND", "LABEL", "STATUS", "EXPLICIT", "EXTENSIONS"],
            Lang::Zh => ["格式", "类型", "标识位置", "依据", "显式", "扩展名"],
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
        "explicit": explicit_layer(format).is_some(), "extensions": format.extensions, "touches": format.touches,
    })
    .to_string()
}

fn cells(format: &Format, lang: Lang) -> [String; 6] {
    let explicit = explicit_layer(format).is_some();
    let (kind, status, explicit) = match lang {
        Lang::En => (format.kind.name(), format.status.name(), if explicit { "yes" } else { "-" }),
        Lang::Zh => (format.kind.chinese(), format.status.chinese(), if explicit { "有" } else { "-" }),
    };
    let cells = [format.name, kind, format.placement, status, explicit, &format.extensions.join(" ")];
    cells.map(str::to_owned)
}

fn row([format, kind, label, status, explicit, extensions]: [String; 6]) -> String {
    let columns = [(format, 9), (kind, 9), (label, 28), (status, 11), (explicit, 9)];
    let columns = columns.map(|(cell, width)| pad(&cell, width)).join(" ");
    format!("{columns} {extensions}").trim_end().to_owned()
}
