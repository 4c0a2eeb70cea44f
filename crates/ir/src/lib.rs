//! The typed control-flow IR and its passes.
