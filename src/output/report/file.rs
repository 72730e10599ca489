//! The file of a report: its name decides the format, it replaces nothing, it appears whole or not at all. Whether it can
//! be written is looked at before the run begins.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::{Format, Report};
use crate::error::{Error, plain, unwritable};
use crate::output::line::{Line, labelled};
use crate::sys::new_file::NewFile;
use crate::text::path_text;

/// The endings of a name, and what each stands for.
const ENDINGS: [(&str, Format); 3] =
    [("html", Format::Html), ("md", Format::Markdown), ("json", Format::Json)];

/// Where a report will be.
#[derive(Debug)]
pub struct ReportFile {
    file: NewFile,
    format: Format,
}

impl ReportFile {
    /// Looks whether it can be written there later.
    ///
    /// # Errors
    /// [`Error::Usage`] for another ending, for a name that something has, and for a folder that takes no file.
    pub fn at(path: &Path) -> Result<ReportFile, Error> {
        let name = path_text(path);
        let ending = path.extension().unwrap_or_default();
        let Some((_, format)) = ENDINGS.iter().find(|(known, _)| ending == *known) else {
            return Err(Error::Usage(format!(
                "`{name}` can't be the report: its name says what it is, and ends in .html, .md or .json, such as \
                 report.html"
            )));
        };
        let file = NewFile::at(path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Error::Usage(format!(
                "`{name}` is there already, and a report never replaces a file: name another one, or remove this one"
            )),
            _ => unwritable(path, &error),
        })?;
        Ok(ReportFile { file, format: *format })
    }

    /// Writes it; REPORT, the line that says so.
    ///
    /// # Errors
    /// [`Error::System`]: a full disk, or a name that something has got meanwhile.
    pub fn write(&self, report: &Report) -> Result<Line, Error> {
        let name = path_text(&self.file.path);
        let failed = |error: io::Error| {
            let what = io::Error::other(format!("`{name}`: {}", plain(&error)));
            Error::System("write the report", what)
        };
        self.file.write(report.text(self.format).as_bytes()).map_err(failed)?;
        Ok(labelled("REPORT", format!("written to {name}")))
    }
}
