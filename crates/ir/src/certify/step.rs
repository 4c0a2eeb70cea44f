//! What one instruction does to the references held.

use super::Certifier;
use super::sources::{ADDRESS, Source};
use crate::function::{InstData, Value};
use crate::inst::Inst;
use fuse_abi::functions::{Kind, Mode};

impl Certifier<'_> {
    pub(super) fn step(&mut self, data: &InstData) {
        match &data.inst {
            Inst::Retain(value) => {
                self.check_usable(*value);
                self.gain(*value);
                return;
            }
            Inst::Release(value) => {
                self.consume(*value);
                return;
            }
            Inst::Take { base, offset, .. } => self.take(*base, *offset),
            Inst::Put { base, offset, value } => self.put(*base, *offset, *value),
            _ => {}
        }
        let (owned, borrowed) = self.operands(&data.inst);
        for value in &owned {
            self.check_usable(*value);
            self.consume(*value);
        }
        // What is borrowed must still be there when what is owned has gone.
        for value in borrowed {
            self.check_usable(value);
        }
        if self.fails(&data.inst) {
            self.failure(&data.cleanup);
        }
        for result in &data.results {
            self.state.taken.remove(result);
            if self.sources.is_owned(*result) && self.state.held.insert(*result, 1).is_some() {
                self.complain(format!("{result} is defined again before it was released"));
            }
        }
    }

    /// Object operands that are consumed, and all others.
    fn operands(&self, inst: &Inst) -> (Vec<Value>, Vec<Value>) {
        let (mut owned, mut borrowed) = (Vec::new(), Vec::new());
        let mut add = |value: Value, own: bool| {
            let list = if own && self.function.ty(value).is_object() { &mut owned } else { &mut borrowed };
            list.push(value);
        };
        match inst {
            Inst::Unique(value) => add(*value, true),
            Inst::Node { fields, .. } => fields.iter().for_each(|(_, value)| add(*value, true)),
            Inst::Put { base, value, .. } => {
                add(*base, false);
                add(*value, true);
            }
            Inst::Call(callee, args, _) | Inst::Try(callee, args, _) => {
                let params = &self.program.function(*callee).signature.params;
                args.iter().zip(params).for_each(|(arg, param)| add(*arg, param.mode == Mode::Own));
            }
            Inst::CallRuntime { function, args, .. } => {
                let params =
                    function.row().params.iter().filter(|(_, kind)| !matches!(kind, Kind::Ctx | Kind::Type));
                args.iter().zip(params).for_each(|(arg, (mode, _))| add(*arg, *mode == Mode::Own));
            }
            inst => inst.operands(|value| add(value, false)),
        }
        (owned, borrowed)
    }

    fn fails(&self, inst: &Inst) -> bool {
        match inst {
            Inst::Checked(..) | Inst::Check(..) | Inst::CallIndirect { .. } => true,
            Inst::Call(callee, ..) | Inst::Try(callee, ..) => self.program.function(*callee).signature.fails,
            Inst::CallRuntime { function, .. } => function.row().fails,
            _ => false,
        }
    }

    /// On a failure the cleanup list releases exactly what is held.
    fn failure(&mut self, cleanup: &[Value]) {
        let mut held = self.state.held.clone();
        for value in cleanup {
            let name = self.sources.name(*value);
            match held.get_mut(&name) {
                Some(1) => {
                    held.remove(&name);
                }
                Some(count) => *count -= 1,
                None => self.complain(format!("cleanup releases {value}, which is not held")),
            }
        }
        for value in held.keys() {
            self.complain(format!("{value} is missing in cleanup"));
        }
    }

    fn gain(&mut self, value: Value) {
        let name = self.sources.name(value);
        if *self.sources.get(name) != Source::Eternal {
            *self.state.held.entry(name).or_insert(0) += 1;
        }
    }

    /// Gives up one reference.
    pub(super) fn consume(&mut self, value: Value) {
        let name = self.sources.name(value);
        if matches!(self.sources.get(name), Source::Eternal | Source::Scalar)
            || !self.function.ty(value).is_object()
        {
            return;
        }
        if self.holes.iter().any(|(object, ..)| *object == name) {
            self.complain(format!("{value} is given up while it has a hole"));
        }
        match self.state.held.get_mut(&name) {
            Some(1) => {
                self.state.held.remove(&name);
            }
            Some(count) => *count -= 1,
            None => self.complain(format!("{value} is given up, but not held")),
        }
    }

    /// A value may be used if a reference is held, or if it was read from what may be used and is still there.
    pub(super) fn check_usable(&mut self, value: Value) {
        let mut work = vec![value];
        while let Some(at) = work.pop() {
            let name = self.sources.name(at);
            if self.state.held.contains_key(&name) {
                continue;
            }
            let usable = match self.sources.get(name) {
                Source::Read(bases) => {
                    work.extend(bases.iter().filter(|base| **base != ADDRESS));
                    !self.state.taken.contains(&name)
                }
                Source::Fresh { .. } => false,
                Source::Scalar | Source::Eternal | Source::Lent | Source::Same(_) => true,
            };
            if !usable {
                self.complain(format!("{value} is used after {name} was given up"));
                return;
            }
        }
    }

    fn take(&mut self, base: Value, offset: u32) {
        self.check_unique(base);
        for object in self.sources.objects(base) {
            self.holes.push((object, base, offset));
            let contents = self.sources.contents(object).collect::<Vec<_>>();
            self.state.taken.extend(contents);
        }
    }

    fn put(&mut self, base: Value, offset: u32, value: Value) {
        self.check_unique(base);
        if self.function.ty(value).is_object() {
            self.holes.retain(|(_, other, at)| (*other, *at) != (base, offset));
        }
    }

    /// Only what nobody else can see may be changed.
    fn check_unique(&mut self, base: Value) {
        for object in self.sources.objects(base) {
            let alone = match self.sources.get(object) {
                Source::Fresh { unique, joined } => {
                    self.state.held.get(&object) == Some(&1) && (*unique || *joined)
                }
                Source::Eternal => self.function.ty(object) == crate::Type::Ptr,
                _ => false,
            };
            if !alone {
                self.complain(format!("changes {object}, which may be shared"));
            }
        }
    }
}
