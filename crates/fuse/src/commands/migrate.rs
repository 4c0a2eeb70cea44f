//! `fuse migrate`: the migrations of all modules in their order (runtime reference 16). Applying one needs the database, which this version does not
//! have; everything before that is here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use fuse_diagnostics::codes;
use fuse_hir::{Migration, Program};
use fuse_package::{Manifest, Report, nearest_manifest};
use fuse_sema::Checked;

use crate::cli::{FAILED, OK};
use crate::commands::front_end;
use crate::compile::not_available;
use crate::session::Session;

/// Applies what is pending. Nothing is printed on success, and there are no step markers.
pub fn run(session: &Session<'_>) -> u8 {
    match front_end(session).and_then(|checked| migrate(session, &checked)) {
        Ok(()) => OK,
        Err(status) => status,
    }
}

fn migrate(session: &Session<'_>, checked: &Checked) -> Result<(), u8> {
    let Some(program) = &checked.program else { return Err(FAILED) };
    let migrations = in_order(session, program)?;
    if let Some(duplicate) = duplicate(program, &migrations) {
        return Err(fail(session, &duplicate));
    }
    match migrations.first() {
        // Without migrations there is nothing to open a database for.
        None => Ok(()),
        Some((_, first)) => {
            let message = "this version of fuse cannot apply migrations; it can check them";
            not_available(program, &checked.sources, first.module, first.span, message, session.output);
            Err(FAILED)
        }
    }
}

/// All migrations with the names of their packages: ascending by name, then by package.
fn in_order<'a>(session: &Session<'_>, program: &'a Program) -> Result<Vec<(String, &'a Migration)>, u8> {
    let mut packages = Packages { session, names: HashMap::new() };
    let mut migrations = Vec::with_capacity(program.migrations.len());
    for migration in &program.migrations {
        let path = &program.modules[migration.module.0 as usize].path;
        migrations.push((packages.of(path)?, migration));
    }
    migrations.sort_by(|(package, a), (other, b)| (&a.name, package).cmp(&(&b.name, other)));
    Ok(migrations)
}

/// The names of the packages that files belong to.
struct Packages<'s> {
    session: &'s Session<'s>,
    /// By manifest.
    names: HashMap<PathBuf, String>,
}

impl Packages<'_> {
    /// `[package] name` of the nearest manifest above a file, or nothing.
    fn of(&mut self, file: &Path) -> Result<String, u8> {
        let Some(path) = file.parent().and_then(nearest_manifest) else { return Ok(String::new()) };
        if let Some(name) = self.names.get(&path) {
            return Ok(name.clone());
        }
        let name = match &self.session.manifest {
            Some(manifest) if manifest.path == path => manifest.package.name.clone(),
            _ => {
                let mut report = Report::new();
                let Some(manifest) = Manifest::load(&path, &mut report) else {
                    self.session.output.report(&report);
                    return Err(FAILED);
                };
                manifest.package.name
            }
        };
        self.names.insert(path, name.clone());
        Ok(name)
    }
}

/// What to say of the first migration that its package has twice. In one module that is an error of the program.
fn duplicate(program: &Program, migrations: &[(String, &Migration)]) -> Option<String> {
    let (earlier, later) = migrations.windows(2).find_map(|pair| match pair {
        [(package, a), (other, b)] if a.name == b.name && package == other => Some((a, (other, b))),
        _ => None,
    })?;
    let (package, later) = later;
    let package = if package.is_empty() { "<default>" } else { package };
    let path = &program.modules[earlier.module.0 as usize].display;
    Some(format!("duplicate migration {} in package {package} (also declared in {path})", later.name))
}

/// Tells what went wrong; nothing more is applied.
fn fail(session: &Session<'_>, text: &str) -> u8 {
    let message = format!("migration error: {text}");
    session.output.plain_error(codes::WRAPPER_MIGRATE_ERROR, &message);
    FAILED
}
