//! From the checked program to IR: each construct is taken apart once, here.
