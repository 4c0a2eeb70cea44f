//! An interpreter for the IR. Counted: objects are freed when their count is 0, changed in place when it is 1, and every use of a
//! freed object, every change of a shared one, every leak is a panic. Not counted: everything is copied before a change.

use super::Random;
use fuse_abi::functions::Rt;
use fuse_ir::inst::{FloatCc, IntCc};
use fuse_ir::{
    BinaryOp, CheckedOp, FuncId, Inst, InstData, Program, StaticData, Terminator, Type, UnaryOp, Value,
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Val {
    Int(i64),
    Float(f64),
    Null,
    Object(usize),
    /// Object and slot.
    Slot(usize, u32),
    /// Spilled values: index into `spills`.
    Spill(usize),
    Hole,
}

#[derive(Debug)]
struct Object {
    /// References; `None` for static objects.
    count: Option<u32>,
    freed: bool,
    text: String,
    /// Slots of nodes by offset, elements of lists by number.
    slots: Vec<(u32, Val)>,
    is_list: bool,
}

pub struct Interpreter<'a> {
    program: &'a Program,
    counted: bool,
    heap: Vec<Object>,
    spills: Vec<Vec<(u32, Val)>>,
    random: Random,
    fuel: u32,
    /// The error value under way.
    raised: Val,
    pub output: Vec<String>,
}

/// A failure under way.
pub enum Failed {
    /// A runtime failure.
    Failure,
    /// An error value.
    Raised,
}

type Run<T> = Result<T, Failed>;

impl<'a> Interpreter<'a> {
    /// `random` decides what opaque conditions say and where failures happen.
    pub fn new(program: &'a Program, counted: bool, random: Random) -> Interpreter<'a> {
        let heap = program.statics.iter().map(|data| {
            let StaticData::String(text) = data else { panic!("only strings") };
            Object { count: None, freed: false, text: text.clone(), slots: Vec::new(), is_list: false }
        });
        Interpreter {
            program,
            counted,
            heap: heap.collect(),
            spills: Vec::new(),
            random,
            fuel: 2000,
            raised: Val::Null,
            output: Vec::new(),
        }
    }

    /// Runs the entry; in counted mode all objects must be gone after it.
    pub fn run(&mut self) -> bool {
        let entry = self.program.entry.expect("entry");
        let failed = self.call(entry, &[], 0).is_err();
        let raised = std::mem::replace(&mut self.raised, Val::Null);
        if self.counted && raised != Val::Null {
            self.release(raised);
        }
        if self.counted {
            for (index, object) in self.heap.iter().enumerate() {
                assert!(object.freed || object.count.is_none(), "object {index} leaks: {object:?}");
            }
        }
        failed
    }

    fn call(&mut self, id: FuncId, args: &[Val], depth: u32) -> Run<Vec<Val>> {
        let function = self.program.function(id);
        let mut values = vec![Val::Hole; function.values.len()];
        for (param, arg) in function.blocks[0].params.iter().zip(args) {
            values[param.0 as usize] = *arg;
        }
        let mut block = function.entry();
        loop {
            let data = function.block(block);
            for inst in &data.insts {
                if let Err(failed) = self.inst(inst, &mut values, depth) {
                    for value in &inst.cleanup {
                        self.release(values[value.0 as usize]);
                    }
                    return Err(failed);
                }
            }
            self.fuel = self.fuel.saturating_sub(1);
            let get = |value: Value| values[value.0 as usize];
            let edge = match &data.term {
                Terminator::Jump(edge) => edge,
                Terminator::Branch(value, then, otherwise) => match get(*value) {
                    Val::Int(0) => otherwise,
                    Val::Int(_) => then,
                    other => panic!("branch on {other:?}"),
                },
                Terminator::Switch(value, cases, default) => {
                    let Val::Int(value) = get(*value) else { panic!("switch") };
                    cases.iter().find(|(case, _)| *case == value).map_or(default, |(_, edge)| edge)
                }
                Terminator::Return(results) => {
                    let results = results.iter().map(|value| get(*value)).collect::<Vec<_>>();
                    results.iter().for_each(|value| self.touch(*value));
                    return Ok(results);
                }
                Terminator::Fail(..) => return Err(Failed::Failure),
                Terminator::Unreachable => panic!("reached the unreachable"),
            };
            let args = edge.args.iter().map(|value| get(*value)).collect::<Vec<_>>();
            block = edge.block;
            for (param, arg) in function.block(block).params.iter().zip(args) {
                self.touch(arg);
                values[param.0 as usize] = arg;
            }
        }
    }

    /// The value must not be freed.
    fn touch(&self, value: Val) {
        match value {
            Val::Object(index) | Val::Slot(index, _) => {
                assert!(!self.heap[index].freed, "object {index} is used after it was freed");
            }
            Val::Spill(index) => self.spills[index].iter().for_each(|(_, value)| self.touch(*value)),
            _ => {}
        }
    }

    fn retain(&mut self, value: Val) {
        self.touch(value);
        if let Val::Object(index) = value
            && let Some(count) = &mut self.heap[index].count
        {
            *count += 1;
        }
    }

    fn release(&mut self, value: Val) {
        let mut work = vec![value];
        while let Some(value) = work.pop() {
            assert!(value != Val::Hole, "a hole is released");
            self.touch(value);
            let Val::Object(index) = value else { continue };
            let object = &mut self.heap[index];
            let Some(count) = &mut object.count else { continue };
            *count -= 1;
            if *count == 0 {
                object.freed = true;
                work.extend(object.slots.iter().map(|(_, value)| *value));
            }
        }
    }

    fn new_object(&mut self, text: String, slots: Vec<(u32, Val)>, is_list: bool) -> Val {
        self.heap.push(Object { count: Some(1), freed: false, text, slots, is_list });
        Val::Object(self.heap.len() - 1)
    }

    /// Consumes an object; yields one that may be changed.
    fn unique(&mut self, value: Val) -> usize {
        self.touch(value);
        let Val::Object(index) = value else { panic!("{value:?} cannot be changed") };
        if self.counted && self.heap[index].count == Some(1) {
            return index;
        }
        let object = &self.heap[index];
        let (text, slots, is_list) = (object.text.clone(), object.slots.clone(), object.is_list);
        if self.counted {
            slots.iter().for_each(|(_, value)| self.retain(*value));
            self.release(value);
        }
        let Val::Object(copy) = self.new_object(text, slots, is_list) else { panic!("no object") };
        copy
    }

    fn slot(&mut self, base: Val, offset: u32, change: bool) -> &mut Val {
        self.touch(base);
        let (index, offset) = match base {
            Val::Object(index) => (index, offset),
            Val::Slot(index, element) => (index, element + offset),
            Val::Spill(index) => {
                let slot = self.spills[index].iter_mut().find(|(at, _)| *at == offset);
                return &mut slot.expect("spilled slot").1;
            }
            other => panic!("{other:?} has no slots"),
        };
        let object = &mut self.heap[index];
        assert!(
            !change || !self.counted || object.count == Some(1),
            "a shared object is changed: {object:?}"
        );
        &mut object.slots.iter_mut().find(|(at, _)| *at == offset).expect("slot").1
    }

    fn show(&self, value: Val) -> String {
        self.touch(value);
        match value {
            Val::Object(index) => {
                let object = &self.heap[index];
                let slots = object.slots.iter().map(|(_, value)| self.show(*value)).collect::<Vec<_>>();
                format!("{}[{}]", object.text, slots.join(" "))
            }
            Val::Slot(index, offset) => {
                let slot = self.heap[index].slots.iter().find(|(at, _)| *at == offset).expect("slot");
                self.show(slot.1)
            }
            Val::Spill(index) => {
                self.spills[index].iter().map(|(_, value)| self.show(*value)).collect::<Vec<_>>().join(" ")
            }
            other => format!("{other:?}"),
        }
    }

    fn inst(&mut self, data: &InstData, values: &mut [Val], depth: u32) -> Run<()> {
        let get = |value: &Value| values[value.0 as usize];
        data.inst.operands(|value| self.touch(get(&value)));
        let int = |value: &Value| match get(value) {
            Val::Int(value) => value,
            other => panic!("{value} is {other:?}"),
        };
        let float = |value: &Value| match get(value) {
            Val::Float(value) => value,
            other => panic!("{value} is {other:?}"),
        };
        let result = match &data.inst {
            Inst::Int(value) => Val::Int(*value),
            Inst::Float(bits) => Val::Float(f64::from_bits(*bits)),
            Inst::Byte(value) => Val::Int(i64::from(*value)),
            Inst::Null(_) => Val::Null,
            Inst::Static(id) => Val::Object(id.0 as usize),
            Inst::FunctionAddress(id) => Val::Int(i64::from(id.0)),
            Inst::Unary(op, a) => match op {
                UnaryOp::FloatNeg => Val::Float(-float(a)),
                UnaryOp::IntToFloat => Val::Float(int(a) as f64),
                UnaryOp::Not => Val::Int(i64::from(int(a) == 0)),
                UnaryOp::Extend => Val::Int(int(a)),
                UnaryOp::FloatFromBits => Val::Float(f64::from_bits(int(a) as u64)),
                UnaryOp::FloatToBits => Val::Int(float(a).to_bits() as i64),
            },
            Inst::Binary(op, a, b) => match op {
                BinaryOp::Add => Val::Int(int(a).wrapping_add(int(b))),
                BinaryOp::Sub => Val::Int(int(a).wrapping_sub(int(b))),
                BinaryOp::Mul => Val::Int(int(a).wrapping_mul(int(b))),
                BinaryOp::Div | BinaryOp::Rem => {
                    let (a, b) = (int(a), int(b));
                    assert!(a >= 0 && b > 0, "{op:?} of {a} by {b}");
                    Val::Int(if *op == BinaryOp::Div { a / b } else { a % b })
                }
                BinaryOp::And => Val::Int(int(a) & int(b)),
                BinaryOp::Or => Val::Int(int(a) | int(b)),
                BinaryOp::FloatAdd => Val::Float(float(a) + float(b)),
                BinaryOp::FloatSub => Val::Float(float(a) - float(b)),
                BinaryOp::FloatMul => Val::Float(float(a) * float(b)),
                BinaryOp::FloatDiv => Val::Float(float(a) / float(b)),
            },
            Inst::Checked(op, a, b, _) => {
                let (a, b) = (int(a), int(b));
                assert!(b >= 0 || op.plain() == *op, "{op:?} by {b}");
                let result = match op {
                    CheckedOp::Add | CheckedOp::Increase => a.checked_add(b),
                    CheckedOp::Sub | CheckedOp::Decrease => a.checked_sub(b),
                    CheckedOp::Mul => a.checked_mul(b),
                    CheckedOp::Div => a.checked_div(b),
                    CheckedOp::Rem => a.checked_rem(b),
                };
                Val::Int(result.ok_or(Failed::Failure)?)
            }
            Inst::IntCompare(cc, a, b) => {
                let (a, b) = (int(a), int(b));
                Val::Int(i64::from(match cc {
                    IntCc::Eq => a == b,
                    IntCc::Ne => a != b,
                    IntCc::Lt => a < b,
                    IntCc::Le => a <= b,
                    IntCc::Gt => a > b,
                    IntCc::Ge => a >= b,
                    IntCc::Ult => (a as u64) < b as u64,
                    IntCc::Uge => a as u64 >= b as u64,
                }))
            }
            Inst::FloatCompare(cc, a, b) => {
                let (a, b) = (float(a), float(b));
                Val::Int(i64::from(match cc {
                    FloatCc::Eq => a == b,
                    FloatCc::Ne => a != b,
                    FloatCc::Lt => a < b,
                    FloatCc::Le => a <= b,
                    FloatCc::Gt => a > b,
                    FloatCc::Ge => a >= b,
                }))
            }
            Inst::Select(c, a, b) => get(if int(c) != 0 { a } else { b }),
            Inst::Check(a, ..) => return if int(a) != 0 { Err(Failed::Failure) } else { Ok(()) },
            Inst::IsNull(a) => Val::Int(i64::from(get(a) == Val::Null)),
            Inst::Unwrap(a) => {
                assert!(get(a) != Val::Null, "null is unwrapped");
                get(a)
            }
            Inst::Node { fields, .. } => {
                let slots = fields.iter().map(|(offset, value)| (*offset, get(value))).collect();
                self.new_object("node".into(), slots, false)
            }
            Inst::Load { base, offset, .. } => {
                let value = *self.slot(get(base), *offset, false);
                assert!(value != Val::Hole, "a hole is read");
                value
            }
            Inst::Take { base, offset, .. } => {
                std::mem::replace(self.slot(get(base), *offset, true), Val::Hole)
            }
            Inst::Put { base, offset, value } => {
                let value = get(value);
                let slot = self.slot(get(base), *offset, true);
                assert!(!matches!(slot, Val::Object(_)), "an object is overwritten");
                *slot = value;
                return Ok(());
            }
            Inst::Unique(a) => Val::Object(self.unique(get(a))),
            Inst::UniqueSlot { base, offset, .. } => {
                let held = std::mem::replace(self.slot(get(base), *offset, true), Val::Hole);
                let unique = Val::Object(self.unique(held));
                *self.slot(get(base), *offset, true) = unique;
                unique
            }
            Inst::Len(a) => {
                let Val::Object(index) = get(a) else { panic!("len") };
                let object = &self.heap[index];
                Val::Int(if object.is_list { object.slots.len() } else { object.text.len() } as i64)
            }
            Inst::ElementAddress { list, index, .. } => {
                let Val::Object(object) = get(list) else { panic!("element") };
                Val::Slot(object, int(index) as u32)
            }
            Inst::Spill { slots, .. } => {
                self.spills.push(slots.iter().map(|(offset, value)| (*offset, get(value))).collect());
                Val::Spill(self.spills.len() - 1)
            }
            Inst::Call(callee, args, _) => {
                let args = args.iter().map(get).collect::<Vec<_>>();
                let results = self.call(*callee, &args, depth + 1)?;
                data.results
                    .iter()
                    .zip(results)
                    .for_each(|(value, result)| values[value.0 as usize] = result);
                return Ok(());
            }
            Inst::Try(callee, args, _) => {
                let args = args.iter().map(get).collect::<Vec<_>>();
                let mut results = match self.call(*callee, &args, depth + 1) {
                    Ok(results) => results,
                    Err(Failed::Failure) => return Err(Failed::Failure),
                    Err(Failed::Raised) => {
                        let types = &self.program.function(*callee).signature.results;
                        let zero = |ty: &Type| if *ty == Type::I64 { Val::Int(0) } else { Val::Null };
                        types.iter().map(zero).collect()
                    }
                };
                results.push(std::mem::replace(&mut self.raised, Val::Null));
                data.results
                    .iter()
                    .zip(results)
                    .for_each(|(value, result)| values[value.0 as usize] = result);
                return Ok(());
            }
            Inst::CallIndirect { callee, args, .. } => {
                // Through the thunk: all parameters are borrowed.
                let args = args.iter().map(get).collect::<Vec<_>>();
                let results = self.call(FuncId(int(callee) as u32), &args, depth + 1)?;
                data.results
                    .iter()
                    .zip(results)
                    .for_each(|(value, result)| values[value.0 as usize] = result);
                return Ok(());
            }
            Inst::CallRuntime { function, args, .. } => {
                let args = args.iter().map(get).collect::<Vec<_>>();
                let results = self.runtime(*function, &args)?;
                data.results
                    .iter()
                    .zip(results)
                    .for_each(|(value, result)| values[value.0 as usize] = result);
                return Ok(());
            }
            Inst::Retain(a) => {
                self.retain(get(a));
                return Ok(());
            }
            Inst::Release(a) => {
                self.release(get(a));
                return Ok(());
            }
        };
        values[data.results[0].0 as usize] = result;
        Ok(())
    }

    fn runtime(&mut self, function: Rt, args: &[Val]) -> Run<Vec<Val>> {
        let bit = |interpreter: &mut Interpreter| interpreter.fuel > 0 && interpreter.random.one_in(2);
        Ok(vec![match function {
            Rt::str_concat | Rt::str_push_int => {
                let suffix = match args[1] {
                    Val::Object(index) => self.heap[index].text.clone(),
                    other => format!("{other:?}"),
                };
                // Texts do not grow without end.
                let index = self.unique(args[0]);
                if self.heap[index].text.len() < 50 {
                    self.heap[index].text.push_str(&suffix);
                }
                Val::Object(index)
            }
            Rt::str_push_value => {
                let suffix = self.show(args[1]);
                if self.random.one_in(8) {
                    if self.counted {
                        self.release(args[0]);
                    }
                    return Err(Failed::Failure);
                }
                let index = self.unique(args[0]);
                self.heap[index].text = format!("value of {} bytes", suffix.len());
                Val::Object(index)
            }
            Rt::list_empty => self.new_object("list".into(), Vec::new(), true),
            Rt::list_unique => Val::Object(self.unique(args[0])),
            Rt::list_push_slot => {
                let index = self.unique(args[0]);
                let number = self.heap[index].slots.len() as u32;
                self.heap[index].slots.push((number, Val::Hole));
                return Ok(vec![Val::Object(index), Val::Slot(index, number)]);
            }
            Rt::print_str => {
                let line = self.show(args[0]);
                self.output.push(line);
                if self.random.one_in(16) {
                    return Err(Failed::Failure);
                }
                return Ok(Vec::new());
            }
            Rt::validate => {
                if self.random.one_in(3) {
                    let error = self.new_object("error".into(), Vec::new(), false);
                    let before = std::mem::replace(&mut self.raised, error);
                    assert_eq!(before, Val::Null, "an error was raised and not caught");
                    return Err(Failed::Raised);
                }
                return Ok(Vec::new());
            }
            Rt::log_enabled => Val::Int(i64::from(bit(self))),
            other => panic!("{other:?} is not interpreted"),
        }])
    }
}
