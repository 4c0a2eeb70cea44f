//! Random programs over strings, nodes `{8: string, 16: opt node}`, and lists of strings that are never empty.

use super::Random;
use fuse_abi::desc::TYPE_STRING;
use fuse_abi::failure::Failure;
use fuse_abi::functions::{Mode, Rt};
use fuse_ir::inst::IntCc;
use fuse_ir::program::Position;
use fuse_ir::{
    CheckedOp, FuncId, FunctionBuilder, Param, PositionId, Program, Signature, StaticData, StaticId, Type,
    TypeTables, Value, Variable,
};

const FUNCTIONS: u32 = 5;
const AT: PositionId = PositionId(1);

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Text,
    Node,
    List,
    Option,
    Int,
}

impl Shape {
    fn ty(self) -> Type {
        match self {
            Shape::Int => Type::I64,
            Shape::Option => Type::Opt,
            _ => Type::Ref,
        }
    }
}

/// A program whose functions call only later ones, so that it ends.
pub fn program(random: &mut Random) -> Program {
    let mut types = TypeTables::predefined();
    types.types.extend(vec![types.types[4]; 2]);
    let mut program = Program {
        types,
        files: vec!["f.fuse".into()],
        positions: vec![Position { file: 0, line: 1, column: 1 }],
        statics: vec![StaticData::String(String::new()), StaticData::String("x".into())],
        entry: Some(FuncId(0)),
        ..Program::default()
    };
    let shapes = [Shape::Text, Shape::Node, Shape::List, Shape::Option, Shape::Int];
    let mut frames: Vec<(Vec<Shape>, Vec<Shape>)> = vec![(Vec::new(), Vec::new())];
    for _ in 1..FUNCTIONS {
        let list = |random: &mut Random, count: usize| (0..count).map(|_| shapes[random.below(5)]).collect();
        let (params, results) = (random.below(4), random.below(3));
        frames.push((list(random, params), list(random, results)));
    }
    for index in 0..FUNCTIONS {
        let mut generator = Generator::new(index, &frames, random);
        generator.statements(3, 6);
        let results = frames[index as usize].1.clone();
        let values = results.iter().map(|shape| generator.any(*shape)).collect::<Vec<_>>();
        generator.builder.ret(&values);
        program.functions.push(generator.builder.finish());
    }
    program
}

struct Generator<'a> {
    builder: FunctionBuilder,
    index: u32,
    frames: &'a [(Vec<Shape>, Vec<Shape>)],
    random: &'a mut Random,
    variables: Vec<(Shape, Variable)>,
    /// Values that may be used here without a variable.
    values: Vec<(Shape, Value)>,
}

impl<'a> Generator<'a> {
    fn new(index: u32, frames: &'a [(Vec<Shape>, Vec<Shape>)], random: &'a mut Random) -> Generator<'a> {
        let (params, results) = &frames[index as usize];
        let signature = Signature {
            params: params.iter().map(|shape| Param { ty: shape.ty(), mode: Mode::Borrow }).collect(),
            results: results.iter().map(|shape| shape.ty()).collect(),
            fails: false,
        };
        let builder = FunctionBuilder::new(format!("f{index}"), signature);
        let mut generator =
            Generator { builder, index, frames, random, variables: Vec::new(), values: Vec::new() };
        for (param, shape) in params.iter().enumerate() {
            let value = generator.builder.params()[param];
            generator.values.push((*shape, value));
        }
        for shape in [Shape::Text, Shape::Text, Shape::Node, Shape::List, Shape::Option, Shape::Int] {
            let value = generator.any(shape);
            let variable = generator.builder.declare_var(shape.ty());
            generator.builder.def_var(variable, value);
            generator.variables.push((shape, variable));
        }
        generator
    }

    fn statements(&mut self, depth: u32, count: usize) {
        for _ in 0..1 + self.random.below(count) {
            let kept = self.values.len();
            match self.random.below(10) {
                0 if depth > 0 => self.branch(depth),
                1 if depth > 0 && self.random.one_in(2) => self.repeat(depth),
                1 if depth > 0 => self.count(depth),
                2 if depth > 0 => self.unwrap(depth),
                3 if self.random.one_in(3) => self.try_call(),
                3 => self.call(),
                4 => self.indirect(),
                5 => {
                    let text = self.any(Shape::Text);
                    self.builder.call_runtime(Rt::print_str, &[], &[text], AT);
                }
                6 => {
                    let int = self.any(Shape::Int);
                    let limit = self.builder.iconst(1 << 60);
                    let over = self.builder.icmp(IntCc::Gt, int, limit);
                    self.builder.check(over, Failure::Message, AT);
                }
                _ => {
                    let (shape, variable) = self.variables[self.random.below(self.variables.len())];
                    let value = self.any(shape);
                    if self.random.one_in(2) {
                        self.builder.def_var(variable, value);
                    } else {
                        self.values.push((shape, value));
                    }
                }
            }
            // Some values stay at hand for later statements of this level.
            if self.random.one_in(3) {
                self.values.truncate(kept);
            }
        }
    }

    fn opaque(&mut self) -> Value {
        let text = self.builder.static_object(StaticId(1));
        self.builder.call_runtime1(Rt::log_enabled, &[], &[text], AT)
    }

    fn nested(&mut self, depth: u32) {
        let kept = self.values.len();
        self.statements(depth - 1, 3);
        if self.random.one_in(8) {
            self.builder.fail(Failure::Message, AT);
        } else if self.random.one_in(8) {
            let results = self.frames[self.index as usize].1.clone();
            let values = results.iter().map(|shape| self.any(*shape)).collect::<Vec<_>>();
            self.builder.ret(&values);
        }
        self.values.truncate(kept);
    }

    fn branch(&mut self, depth: u32) {
        let condition = self.opaque();
        let [then, otherwise, join] = [(); 3].map(|()| self.builder.create_block());
        self.builder.branch(condition, then, otherwise);
        for block in [then, otherwise] {
            self.builder.seal_block(block);
            self.builder.switch_to_block(block);
            self.nested(depth);
            self.builder.jump(join, &[]);
        }
        self.builder.seal_block(join);
        self.builder.switch_to_block(join);
    }

    fn repeat(&mut self, depth: u32) {
        let [head, body, exit] = [(); 3].map(|()| self.builder.create_block());
        self.builder.jump(head, &[]);
        self.builder.switch_to_block(head);
        let condition = self.opaque();
        self.builder.branch(condition, body, exit);
        self.builder.seal_block(body);
        self.builder.switch_to_block(body);
        self.nested(depth);
        if self.random.one_in(4) {
            let [next, out] = [(); 2].map(|()| self.builder.create_block());
            let condition = self.opaque();
            self.builder.branch(condition, out, next);
            self.builder.seal_block(out);
            self.builder.switch_to_block(out);
            self.builder.jump(exit, &[]);
            self.builder.seal_block(next);
            self.builder.switch_to_block(next);
        }
        self.builder.jump(head, &[]);
        self.builder.seal_block(head);
        self.builder.seal_block(exit);
        self.builder.switch_to_block(exit);
    }

    /// Counts up from a small number, up to a number or the length of a list that is read on the way.
    fn count(&mut self, depth: u32) {
        let counter = self.builder.declare_var(Type::I64);
        let start = self.random.below(3) as i64 - 1;
        let start = self.builder.iconst(start);
        self.builder.def_var(counter, start);
        let list = self.any(Shape::List);
        let by_length = self.random.one_in(2);
        let limit = if by_length { self.builder.len(list) } else { self.builder.iconst(3) };
        let [head, body, exit] = [(); 3].map(|()| self.builder.create_block());
        self.builder.jump(head, &[]);
        self.builder.switch_to_block(head);
        let at = self.builder.use_var(counter);
        let more = self.builder.icmp(if self.random.one_in(8) { IntCc::Le } else { IntCc::Lt }, at, limit);
        self.builder.branch(more, body, exit);
        self.builder.seal_block(body);
        self.builder.switch_to_block(body);
        let kept = self.values.len();
        if self.random.one_in(2) {
            let len = self.builder.len(list);
            let out = self.builder.icmp(IntCc::Uge, at, len);
            self.builder.check(out, Failure::IndexOutOfBounds, AT);
            let address = self.builder.element_address(list, at, 8);
            let text = self.builder.load(Type::Ref, address, 0);
            self.values.push((Shape::Text, text));
        }
        self.values.push((Shape::Int, at));
        self.nested(depth);
        self.values.truncate(kept);
        let at = self.builder.use_var(counter);
        let one = self.builder.iconst(1);
        let next = self.builder.checked(CheckedOp::Add, at, one, AT);
        self.builder.def_var(counter, next);
        self.builder.jump(head, &[]);
        self.builder.seal_block(head);
        self.builder.seal_block(exit);
        self.builder.switch_to_block(exit);
    }

    fn unwrap(&mut self, depth: u32) {
        let option = self.any(Shape::Option);
        let is_null = self.builder.is_null(option);
        let [null, some, join] = [(); 3].map(|()| self.builder.create_block());
        self.builder.branch(is_null, null, some);
        self.builder.seal_block(null);
        self.builder.seal_block(some);
        self.builder.switch_to_block(null);
        self.nested(depth);
        self.builder.jump(join, &[]);
        self.builder.switch_to_block(some);
        let kept = self.values.len();
        let node = self.builder.unwrap(option);
        self.values.push((Shape::Node, node));
        self.nested(depth);
        self.values.truncate(kept);
        self.builder.jump(join, &[]);
        self.builder.seal_block(join);
        self.builder.switch_to_block(join);
    }

    fn call(&mut self) {
        if self.index + 1 == FUNCTIONS {
            return;
        }
        let callee = self.index + 1 + self.random.below((FUNCTIONS - self.index - 1) as usize) as u32;
        let (params, results) = self.frames[callee as usize].clone();
        let args = params.iter().map(|shape| self.any(*shape)).collect::<Vec<_>>();
        let types = results.iter().map(|shape| shape.ty()).collect::<Vec<_>>();
        let values = self.builder.call(FuncId(callee), &args, &types, AT);
        self.values.extend(results.into_iter().zip(values));
    }

    /// A call whose error is caught: then other values stand for its results.
    fn try_call(&mut self) {
        if self.index + 1 == FUNCTIONS {
            let text = self.any(Shape::Text);
            let address = self.builder.spill(8, vec![(0, text)]);
            let all = self.builder.byte(0);
            self.builder.call_runtime(Rt::validate, &[TYPE_STRING], &[address, text, all], AT);
            return;
        }
        let callee = self.index + 1 + self.random.below((FUNCTIONS - self.index - 1) as usize) as u32;
        let (params, shapes) = self.frames[callee as usize].clone();
        let args = params.iter().map(|shape| self.any(*shape)).collect::<Vec<_>>();
        let types = shapes.iter().map(|shape| shape.ty()).collect::<Vec<_>>();
        let mut values = self.builder.call_try(FuncId(callee), &args, &types, AT);
        let error = values.pop().expect("an error");
        let null = self.builder.is_null(error);
        let [raised, fine, join] = [(); 3].map(|()| self.builder.create_block());
        let results = types.iter().map(|ty| self.builder.append_param(join, *ty)).collect::<Vec<_>>();
        self.builder.branch(null, fine, raised);
        self.builder.seal_block(fine);
        self.builder.seal_block(raised);
        self.builder.switch_to_block(fine);
        let unwrap = |(value, ty): (&Value, &Type)| match ty {
            Type::Ref => self.builder.unwrap(*value),
            _ => *value,
        };
        let values = values.iter().zip(&types).map(unwrap).collect::<Vec<_>>();
        self.builder.jump(join, &values);
        self.builder.switch_to_block(raised);
        let kept = self.values.len();
        let error = self.builder.unwrap(error);
        self.builder.call_runtime(Rt::print_str, &[], &[error], AT);
        let others = shapes.iter().map(|shape| self.any(*shape)).collect::<Vec<_>>();
        self.builder.jump(join, &others);
        self.values.truncate(kept);
        self.builder.seal_block(join);
        self.builder.switch_to_block(join);
        self.values.extend(shapes.into_iter().zip(results));
    }

    fn indirect(&mut self) {
        if self.index + 1 == FUNCTIONS || !self.random.one_in(4) {
            return;
        }
        let callee = FUNCTIONS - 1;
        let (params, results) = self.frames[callee as usize].clone();
        let signature = Signature {
            params: params.iter().map(|shape| Param { ty: shape.ty(), mode: Mode::Borrow }).collect(),
            results: results.iter().map(|shape| shape.ty()).collect(),
            fails: true,
        };
        let args = params.iter().map(|shape| self.any(*shape)).collect::<Vec<_>>();
        let address = self.builder.function_address(FuncId(callee));
        let values = self.builder.call_indirect(signature, address, &args, AT);
        self.values.extend(results.into_iter().zip(values));
    }

    /// A value of a shape: one at hand, or a new one made from others.
    fn any(&mut self, shape: Shape) -> Value {
        let at_hand = self.values.iter().filter(|(other, _)| *other == shape).map(|(_, value)| *value);
        let at_hand = at_hand.collect::<Vec<_>>();
        if !at_hand.is_empty() && self.random.one_in(3) {
            return at_hand[self.random.below(at_hand.len())];
        }
        let variables = self.variables.iter().filter(|(other, _)| *other == shape);
        let variables = variables.map(|(_, variable)| *variable).collect::<Vec<_>>();
        if variables.is_empty() {
            return self.simple(shape);
        }
        if self.random.one_in(2) {
            let variable = variables[self.random.below(variables.len())];
            return self.builder.use_var(variable);
        }
        self.made(shape)
    }

    fn simple(&mut self, shape: Shape) -> Value {
        match shape {
            Shape::Text => self.builder.static_object(StaticId(1)),
            Shape::Int => self.builder.iconst(7),
            Shape::Option => self.builder.null(Type::Opt),
            Shape::Node => {
                let text = self.builder.static_object(StaticId(0));
                let next = self.builder.null(Type::Opt);
                self.builder.node(7, 24, vec![(8, text), (16, next)])
            }
            Shape::List => {
                let one = self.builder.iconst(1);
                let list = self.builder.call_runtime1(Rt::list_empty, &[8], &[one], AT);
                let text = self.builder.static_object(StaticId(1));
                self.push(list, text)
            }
        }
    }

    fn push(&mut self, list: Value, text: Value) -> Value {
        let stride = self.builder.iconst(8);
        let results = self.builder.call_runtime(Rt::list_push_slot, &[], &[list, stride], AT);
        self.builder.put(results[1], 0, text);
        results[0]
    }

    fn first(&mut self, list: Value) -> Value {
        let zero = self.builder.iconst(0);
        self.builder.element_address(list, zero, 8)
    }

    fn made(&mut self, shape: Shape) -> Value {
        match shape {
            Shape::Int => self.made_int(),
            Shape::Text => self.made_text(),
            Shape::Node => self.made_node(),
            Shape::List => self.made_list(),
            Shape::Option if self.random.one_in(2) => {
                let node = self.any(Shape::Node);
                self.builder.load(Type::Opt, node, 16)
            }
            Shape::Option => self.any(Shape::Node),
        }
    }

    fn made_int(&mut self) -> Value {
        match self.random.below(3) {
            0 => {
                let text = self.any(Shape::Text);
                self.builder.len(text)
            }
            1 => {
                let list = self.any(Shape::List);
                self.builder.len(list)
            }
            _ => {
                let (left, right) = (self.any(Shape::Int), self.any(Shape::Int));
                let op = [CheckedOp::Add, CheckedOp::Mul, CheckedOp::Div][self.random.below(3)];
                self.builder.checked(op, left, right, AT)
            }
        }
    }

    fn made_text(&mut self) -> Value {
        match self.random.below(6) {
            0 => {
                let (left, right) = (self.any(Shape::Text), self.any(Shape::Text));
                self.builder.call_runtime1(Rt::str_concat, &[], &[left, right], AT)
            }
            1 => {
                let (text, int) = (self.any(Shape::Text), self.any(Shape::Int));
                self.builder.call_runtime1(Rt::str_push_int, &[], &[text, int], AT)
            }
            2 => {
                let (text, node, other) =
                    (self.any(Shape::Text), self.any(Shape::Node), self.any(Shape::Text));
                let spill = self.builder.spill(16, vec![(0, node), (8, other)]);
                self.builder.call_runtime1(Rt::str_push_value, &[7], &[text, spill], AT)
            }
            3 | 4 => {
                let node = self.any(Shape::Node);
                self.builder.load(Type::Ref, node, 8)
            }
            _ => {
                let list = self.any(Shape::List);
                let address = self.first(list);
                self.builder.load(Type::Ref, address, 0)
            }
        }
    }

    fn made_node(&mut self) -> Value {
        let node = match self.random.below(3) {
            0 => return self.simple(Shape::Node),
            1 => {
                let (text, next) = (self.any(Shape::Text), self.any(Shape::Option));
                return self.builder.node(7, 24, vec![(8, text), (16, next)]);
            }
            _ => self.any(Shape::Node),
        };
        // Nested places: `node.text = node.text + ...`, or a new text, or a new next.
        let text = self.any(Shape::Text);
        let next = self.any(Shape::Option);
        let node = self.builder.unique(node);
        match self.random.below(3) {
            0 => {
                let old = self.builder.take(Type::Ref, node, 8);
                let new = self.builder.call_runtime1(Rt::str_concat, &[], &[old, text], AT);
                self.builder.put(node, 8, new);
            }
            1 => {
                self.builder.take(Type::Ref, node, 8);
                self.builder.put(node, 8, text);
            }
            _ => {
                self.builder.take(Type::Opt, node, 16);
                self.builder.put(node, 16, next);
            }
        }
        node
    }

    fn made_list(&mut self) -> Value {
        let (list, text) = (self.any(Shape::List), self.any(Shape::Text));
        if self.random.one_in(2) {
            return self.push(list, text);
        }
        let list = self.builder.call_runtime1(Rt::list_unique, &[], &[list], AT);
        let address = self.first(list);
        let old = self.builder.take(Type::Ref, address, 0);
        let new = if self.random.one_in(2) {
            self.builder.call_runtime1(Rt::str_concat, &[], &[old, text], AT)
        } else {
            text
        };
        self.builder.put(address, 0, new);
        list
    }
}
