//! Applying the migrations of a program (runtime reference 16).

use super::alone;
use crate::arguments::Arguments;
use crate::db;
use crate::failure::guard;
use crate::program::{Outcome, clean_up, enter, entry};
use crate::tables;
use fuse_abi::desc::{CallFn, Image};
use fuse_abi::layout::Context;
use std::sync::{Mutex, PoisonError};

pub use crate::db::Migration;

/// What [`enter_migrations`] applies.
struct Pending {
    migrations: Vec<Migration>,
    root: String,
}

static PENDING: Mutex<Pending> = Mutex::new(Pending { migrations: Vec::new(), root: String::new() });

/// Resolves the configs of a program, then applies those of its migrations that its database does not have yet; `root` is the name of the root package.
///
/// # Safety
/// As for [`super::run`]; the first numbers that the image can be called with are the migrations.
pub unsafe fn migrate(image: &Image, migrations: &[Migration], root: &str) -> Outcome {
    *pending() = Pending { migrations: migrations.to_vec(), root: root.to_owned() };
    alone(|| {
        // SAFETY: the caller's promise; others are kept out.
        unsafe {
            tables::install(image);
            let configs = match (image.entry.is_null(), || entry(image, Arguments::NONE)) {
                (true, _) => (Outcome::Finished, false),
                (false, entry) => match entry() {
                    Ok(entry) => enter(entry, Arguments::NONE),
                    Err(outcome) => return outcome,
                },
            };
            let (outcome, left) = match configs {
                (Outcome::Finished, _) => enter(enter_migrations, Arguments::NONE),
                failed => failed,
            };
            clean_up(left);
            outcome
        }
    })
}

fn pending() -> std::sync::MutexGuard<'static, Pending> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Applies them. On the program's stack, like an entry.
extern "C" fn enter_migrations(context: *mut Context) -> u64 {
    let Pending { migrations, root } = &mut *pending();
    let (migrations, root) = (core::mem::take(migrations), core::mem::take(root));
    // SAFETY: the program was made for migrations, so it can be called by number; a migration has neither input nor output.
    unsafe {
        guard(context, || {
            db::apply(context, &migrations, &root, |number| {
                let call = core::mem::transmute::<*const u8, CallFn>(tables::image().call);
                call(context, number as u64, core::ptr::null(), core::ptr::null_mut())
            })
        })
    }
}
