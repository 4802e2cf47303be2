//! Where the labelled files go, from the arguments.

use std::path::Path;

use biaoshi::batch::Place;

use crate::args::{Paths, Target};
use crate::exit::Stop;

pub(crate) fn place(paths: &Paths, target: &Target) -> Result<Place, Stop> {
    match (&target.out, &target.output) {
        (Some(folder), _) => {
            if let Some(input) = paths.paths.iter().find(|p| contains(p, folder)) {
                let (input, folder) = (input.display(), folder.display());
                return Err(Stop::usage(
                    format!("--out {folder} lies inside the input {input}; name a folder outside of it"),
                    format!("--out {folder} 位于输入 {input} 之内;请改用其外的文件夹"),
                ));
            }
            if folder.exists() && !folder.is_dir() {
                let folder = folder.display();
                return Err(Stop::usage(
                    format!("--out {folder} is a file; name a folder, or say -o for one file"),
                    format!("--out {folder} 是文件;请给出文件夹,单个文件请用 -o"),
                ));
            }
            Ok(Place::Folder(folder.clone()))
        }
        (None, Some(file)) if file.is_dir() => {
            let file = file.display();
            Err(Stop::usage(
                format!("-o {file} is a folder; name a file, or say --out {file}"),
                format!("-o {file} 是文件夹;请给出文件,或改用 --out {file}"),
            ))
        }
        (None, Some(file)) => match paths.paths.as_slice() {
            [one] if !one.is_dir() && paths.files_from.is_none() => Ok(Place::File(file.clone())),
            _ => Err(Stop::usage(
                "-o takes exactly one input file; use --out DIR",
                "-o 只接受一个输入文件;请用 --out 文件夹",
            )),
        },
        (None, None) if target.in_place => Ok(Place::Inputs),
        _ => Err(Stop::usage(
            "say where the labelled files go: --out DIR, -o FILE or --in-place",
            "请指明输出:--out 文件夹、-o 文件 或 --in-place",
        )),
    }
}

/// Whether a folder lies inside (or is) the input folder `root`.
fn contains(root: &Path, folder: &Path) -> bool {
    let Ok(root) = std::fs::canonicalize(root) else { return false };
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let existing =
        folder.ancestors().find_map(|a| Some((std::fs::canonicalize(a).ok()?, folder.strip_prefix(a).ok()?)));
    root.is_dir() && existing.is_some_and(|(real, rest)| real.join(rest).starts_with(&root))
}
