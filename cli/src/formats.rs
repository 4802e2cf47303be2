//! `formats`: the support table, straight from the tables of the library.

use biaoshi::metadata::FORMATS;
use biaoshi::plan::explicit_layer;
use biaoshi::report::Lang;
use serde_json::json;

use crate::args::Common;
use crate::exit::{Exit, Stop};
use crate::out::Out;

/// Prints the table.
pub(crate) fn run(common: &Common) -> Result<Exit, Stop> {
    let mut out = Out::new(common);
    if !common.json {
        out.line(&match common.lang() {
            Lang::En => format!(
                "{:<9} {:<9} {:<28} {:<11} {:<9} {}",
                "FORMAT", "KIND", "LABEL", "STATUS", "EXPLICIT", "EXTENSIONS"
            ),
            Lang::Zh => "格式      类型      标识位置                     依据        显式      扩展名".into(),
        })?;
    }
    for format in FORMATS {
        let explicit = explicit_layer(format).is_some();
        if common.json {
            let row = json!({
                "schema": "biaoshi.format/1", "format": format.name, "media_type": format.media_type, "kind": format.kind.name(),
                "placement": format.placement, "status": format.status.name(), "clause": format.clause, "explicit": explicit,
                "extensions": format.extensions,
            });
            out.line(&row.to_string())?;
        } else {
            let explicit = if explicit { "yes" } else { "-" };
            let row = format!(
                "{:<9} {:<9} {:<28} {:<11} {explicit:<9} {}",
                format.name,
                format.kind.name(),
                format.placement,
                format.status.name(),
                format.extensions.join(" ")
            );
            out.line(row.trim_end())?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}
