//! The prebuilt runtime archive, embedded.
