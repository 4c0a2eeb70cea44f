//! `fuse migrate`: applies the migrations of all modules in their order (runtime reference 16).

use std::collections::HashMap;
use std::path::Path;

use fuse_diagnostics::display::display_path;
use fuse_diagnostics::{Sources, codes};
use fuse_hir::{FnId, Migration, Module, Program};
use fuse_runtime::memory::{self, Outcome, symbols};
use fuse_sema::Checked;

use crate::cli::{FAILED, OK};
use crate::commands::front_end;
use crate::commands::test::package_name;
use crate::compile::{Effort, blocks_to_ir, cannot_run, internal_message};
use crate::execute;
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
    // Without migrations there is nothing to open a database for.
    if migrations.is_empty() {
        return Ok(());
    }
    apply(session, program, &checked.sources, &migrations)
}

fn apply(
    session: &Session<'_>,
    program: &Program,
    sources: &Sources,
    migrations: &[(String, &Migration)],
) -> Result<(), u8> {
    let output = session.output;
    let blocks: Vec<FnId> = migrations.iter().map(|(_, migration)| migration.function).collect();
    let ir =
        blocks_to_ir(program, &blocks).map_err(|reached| cannot_run(program, sources, reached, output))?;
    let loaded = fuse_codegen::load(&ir, &Effort::Quick.codegen(), symbols()).map_err(|error| {
        output.error(codes::WRAPPER_INTERNAL, &internal_message(&error));
        FAILED
    })?;
    execute::export(&session.environment);
    let named = |(package, migration): &(String, &Migration)| memory::Migration {
        package: package.clone(),
        name: migration.name.clone(),
    };
    let migrations: Vec<memory::Migration> = migrations.iter().map(named).collect();
    let root = program.modules.first().map(|root| package_name(&root.package)).unwrap_or_default();
    match execute::execute_migrations(&loaded, &migrations, &root) {
        Outcome::Finished => Ok(()),
        outcome if output.is_json() => Err(fail(session, &execute::text(&outcome))),
        outcome => Err(fail(session, &(execute::text(&outcome) + &execute::place(&outcome)))),
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
    session.output.failure(codes::WRAPPER_MIGRATE_ERROR, &message);
    FAILED
}
