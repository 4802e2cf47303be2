//! From the arguments that name files to what the library walks; standard input.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use biaoshi::batch::manifest::{Columns, Fault, Form, Row, Table};
use biaoshi::batch::walk::{List, Roots, Selection};
use biaoshi::job::{Input, Scratch};
use biaoshi::report::{said, trouble};

use crate::args::{Common, Paths, is_stdin};
use crate::exit::Stop;

/// Takes the paths, those of `--files-from`, or the rows of the manifest, which `rule` checks. `mirrored`: outputs go below a
/// folder. `shared_ids`: rows may have equal ids. `backup`: what the names of files end with that are passed over.
pub(crate) fn roots(
    paths: &Paths,
    backup: Option<&str>,
    (mirrored, shared_ids): (bool, bool),
    columns: Columns,
    rule: &dyn Fn(&Row) -> Result<(), Fault>,
) -> Result<Arc<Roots>, Stop> {
    let selection = Selection {
        base: paths.base.clone(),
        hidden: paths.hidden,
        follow: paths.follow,
        filter: paths.filters.filter(backup)?,
        mirrored,
        ..Selection::default()
    };
    // Who checks what others write is answered as it comes; a journal has to know all names first.
    if columns == Columns::Verify
        && paths.resume.is_none()
        && paths.files_from.as_deref().is_some_and(is_stdin)
        && paths.paths.is_empty()
    {
        return Ok(Arc::new(Roots::arriving(std::io::stdin(), paths.null, &selection)?));
    }
    // The table stays open, so that its copy may go.
    let spooled = paths.manifest.as_deref().filter(|path| is_stdin(path)).map(|_| spool_table()).transpose()?;
    let table = paths.manifest.clone().map(|path| table(paths, path, spooled.as_ref())).transpose()?;
    let selection = Selection {
        paths: paths.paths.clone(),
        list: paths.files_from.as_deref().map(|path| list(path, paths.null)).transpose()?,
        manifest: table,
        shared_ids,
        ..selection
    };
    Roots::new(selection, columns, rule).map(Arc::new).map_err(|e| Stop::Usage(e.message()))
}

/// The table of a manifest; of standard input, as it was spooled.
fn table(paths: &Paths, path: PathBuf, spooled: Option<&Scratch>) -> Result<Table, Stop> {
    let (encoding, naming) = (paths.encoding(), paths.table.naming());
    let Some(spooled) = spooled else {
        return Ok(Table { path, shown: None, form: paths.table.form(), encoding, naming });
    };
    let (copy, shown) = (spooled.path().join("table"), Some(path));
    let form = paths.table.form().map_or_else(|| Form::of_content(&copy), Ok)?;
    Ok(Table { path: copy, shown, form: Some(form), encoding, naming })
}

/// A table from standard input as a file, since it is read twice.
fn spool_table() -> Result<Scratch, Stop> {
    let scratch = Scratch::create()?;
    let mut file = std::fs::File::create(scratch.path().join("table"))?;
    std::io::copy(&mut std::io::stdin().lock(), &mut file)?;
    Ok(scratch)
}

/// Reads a list of paths.
fn list(path: &Path, null: bool) -> Result<List, Stop> {
    let mut bytes = Vec::new();
    let read = if is_stdin(path) {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|mut f| f.read_to_end(&mut bytes))
    };
    let name = path.display().to_string();
    match read {
        Ok(_) => Ok(List::new(name, &bytes, null)),
        Err(e) => Err(Stop::Usage(said!("--files-from {}: {}", "--files-from {}:{}", name, trouble(&e)))),
    }
}

/// Standard input, spooled to a file so that it can be read at any position. The file goes with the folder.
pub(crate) fn spool(common: &Common, name: Option<&str>) -> Result<(Scratch, Input), Stop> {
    let scratch = Scratch::create()?;
    let path = scratch.path().join("in");
    let limit = common.limits().input;
    let mut file = std::fs::File::create(&path)?;
    let copied = std::io::copy(&mut std::io::stdin().lock().take(limit.saturating_add(1)), &mut file)?;
    if copied > limit {
        return Err(Stop::usage(
            format!("standard input has more than {limit} bytes (--limit-input)"),
            format!("标准输入超过 {limit} 字节(--limit-input)"),
        ));
    }
    Ok((scratch, Input { path, shown: "-".into(), name: Some(name.unwrap_or("-").to_owned()), index: 0 }))
}
