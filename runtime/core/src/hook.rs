//! Functions that a program calls only if something else in it has put them there. What is not put there is not in the
//! executable: nothing but the code that sets a hook refers to its function.

use core::hint::black_box;
use core::marker::PhantomData;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// Room for a function pointer of type `F`.
pub(crate) struct Hook<F> {
    function: AtomicPtr<()>,
    kind: PhantomData<F>,
}

impl<F: Copy> Hook<F> {
    /// Without a function.
    pub(crate) const fn new() -> Hook<F> {
        assert!(size_of::<F>() == size_of::<*mut ()>(), "a function pointer");
        Hook { function: AtomicPtr::new(ptr::null_mut()), kind: PhantomData }
    }

    /// Puts a function there.
    pub(crate) fn set(&self, function: F) {
        // SAFETY: of the same size, see `new`.
        let address = unsafe { core::mem::transmute_copy::<F, *mut ()>(&function) };
        // Hidden, since a compiler that sees all that is ever stored calls it directly, and so links it into every program.
        self.function.store(black_box(address), Ordering::Release);
    }

    /// The function, if there is one.
    pub(crate) fn get(&self) -> Option<F> {
        Hook::typed(self.function.load(Ordering::Acquire))
    }

    /// The function, which is there no more.
    pub(crate) fn take(&self) -> Option<F> {
        Hook::typed(self.function.swap(ptr::null_mut(), Ordering::AcqRel))
    }

    fn typed(address: *mut ()) -> Option<F> {
        // SAFETY: `set` has stored a function of this type.
        (!address.is_null()).then(|| unsafe { core::mem::transmute_copy::<*mut (), F>(&address) })
    }
}
