//! `fuse migrate`: the migrations of all modules in their order (runtime reference 16). Applying one needs the database, which this version does not
//! have; everything before that is here.

use std::collections::HashMap;
use std::path::Path;

use fuse_diagnostics::codes;
use fuse_diagnostics::display::display_path;
use fuse_hir::{Migration, Module, Program};
use fuse_sema::Checked;

use crate::cli::{FAILED, OK};
use crate::commands::front_end;
use crate::commands::test::package_name;
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
    let migrations = in_order(program);
    if let Some(duplicate) = duplicate(session, program, &migrations) {
        return Err(fail(session, &duplicate));
    }
    match migrations.first() {
        // Without migrations there is nothing to open a database for.
        None => Ok(()),
        Some((_, first)) => {
            let message = "this version of fuse cannot apply migrations; it can check them";
            Err(not_available(program, &checked.sources, first.module, first.span, message, session.output))
        }
    }
}

/// All migrations with the names of their packages: ascending by name, then by package.
fn in_order(program: &Program) -> Vec<(String, &Migration)> {
    let mut names: HashMap<&Path, String> = HashMap::new();
    let mut migrations = Vec::with_capacity(program.migrations.len());
    for migration in &program.migrations {
        let package = &module(program, migration).package;
        let name = names.entry(package).or_insert_with(|| package_name(package));
        migrations.push((name.clone(), migration));
    }
    migrations.sort_by(|(package, a), (other, b)| (&a.name, package).cmp(&(&b.name, other)));
    migrations
}

fn module<'a>(program: &'a Program, migration: &Migration) -> &'a Module {
    &program.modules[migration.module.0 as usize]
}

/// What to say of the first migration that its package has twice. In one module that is an error of the program.
fn duplicate(
    session: &Session<'_>,
    program: &Program,
    migrations: &[(String, &Migration)],
) -> Option<String> {
    let (earlier, later) = migrations.windows(2).find_map(|pair| match pair {
        [(package, a), (other, b)] if a.name == b.name && package == other => Some((a, (other, b))),
        _ => None,
    })?;
    let (package, later) = later;
    let package = if package.is_empty() { "<default>" } else { package };
    let path = display_path(&module(program, earlier).path, &session.cwd);
    Some(format!("duplicate migration {} in package {package} (also declared in {path})", later.name))
}

/// Tells what went wrong; nothing more is applied.
fn fail(session: &Session<'_>, text: &str) -> u8 {
    let message = format!("migration error: {text}");
    session.output.plain_error(codes::WRAPPER_MIGRATE_ERROR, &message);
    FAILED
}
