//! Scalars: constants, arithmetic, comparisons.

use super::Translator;
use crate::error::CodegenError;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::immediates::Ieee64;
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData, types};
use fuse_abi::failure::Failure;
use fuse_ir::{BinaryOp, CheckedOp, FloatCc, Inst, InstData, IntCc, PositionId, UnaryOp, Value};

impl Translator<'_, '_> {
    /// An instruction on scalars that cannot fail.
    pub(super) fn pure_scalar(&mut self, data: &InstData) -> Result<ir::Value, CodegenError> {
        Ok(match data.inst {
            Inst::Int(value) => {
                if let Some(result) = data.results.first() {
                    self.constants[result.0 as usize] = Some(value);
                }
                self.emitter.b.ins().iconst(types::I64, value)
            }
            Inst::Float(bits) => {
                if let Some(result) = data.results.first() {
                    self.floats[result.0 as usize] = Some(bits);
                }
                self.emitter.b.ins().f64const(Ieee64::with_bits(bits))
            }
            Inst::Byte(value) => self.emitter.b.ins().iconst(types::I8, i64::from(value)),
            Inst::Null(_) => self.emitter.b.ins().iconst(types::I64, 0),
            Inst::Unary(op, value) => self.unary(op, value)?,
            Inst::Binary(op, left, right) => self.binary(op, left, right)?,
            Inst::IntCompare(cc, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                self.emitter.b.ins().icmp(int_cc(cc), left, right)
            }
            Inst::FloatCompare(cc, left, right) => self.compare_floats(cc, left, right)?,
            Inst::Select(condition, yes, no) => {
                let (condition, yes, no) = (self.value(condition)?, self.value(yes)?, self.value(no)?);
                self.emitter.b.ins().select(condition, yes, no)
            }
            Inst::IsNull(value) => {
                let value = self.value(value)?;
                self.emitter.b.ins().icmp_imm_u(IntCC::Equal, value, 0)
            }
            Inst::Unwrap(value) => self.value(value)?,
            _ => return Err(CodegenError::general("not an instruction on scalars")),
        })
    }

    fn compare_floats(&mut self, cc: FloatCc, left: Value, right: Value) -> Result<ir::Value, CodegenError> {
        // The machine finds what is above: the greater one is in a register, the other part of the instruction.
        let greater = if matches!(cc, FloatCc::Lt | FloatCc::Le) { right } else { left };
        let mut operand = |value: Value| match self.floats[value.0 as usize] {
            Some(bits) if value == greater => Ok(self.kept_float(bits)),
            _ => self.value(value),
        };
        let (left, right) = (operand(left)?, operand(right)?);
        Ok(self.emitter.b.ins().fcmp(float_cc(cc), left, right))
    }

    /// A constant in a register, where it is loaded once before a loop. (Cranelift makes a plain one anew at each use, with two instructions.)
    fn kept_float(&mut self, bits: u64) -> ir::Value {
        let lanes = [bits.to_le_bytes(), [0; 8]].concat();
        let constant = self.emitter.b.func.dfg.constants.insert(lanes.into());
        let lanes = self.emitter.b.ins().vconst(types::F64X2, constant);
        self.emitter.b.ins().extractlane(lanes, 0)
    }

    fn unary(&mut self, op: UnaryOp, value: Value) -> Result<ir::Value, CodegenError> {
        let value = self.value(value)?;
        let ins = self.emitter.b.ins();
        Ok(match op {
            UnaryOp::FloatNeg => ins.fneg(value),
            UnaryOp::IntToFloat => ins.fcvt_from_sint(types::F64, value),
            UnaryOp::Not => ins.icmp_imm_u(IntCC::Equal, value, 0),
            UnaryOp::Extend => ins.uextend(types::I64, value),
            UnaryOp::FloatFromBits => ins.bitcast(types::F64, MemFlagsData::new(), value),
            UnaryOp::FloatToBits => ins.bitcast(types::I64, MemFlagsData::new(), value),
        })
    }

    fn binary(&mut self, op: BinaryOp, left: Value, right: Value) -> Result<ir::Value, CodegenError> {
        let divisor = self.constants[right.0 as usize];
        let (left, right) = match (op, self.floats[left.0 as usize]) {
            // On the right, a constant is part of the instruction.
            (BinaryOp::FloatAdd | BinaryOp::FloatMul, Some(_)) => (self.value(right)?, self.value(left)?),
            (BinaryOp::FloatSub | BinaryOp::FloatDiv, Some(bits)) => {
                (self.kept_float(bits), self.value(right)?)
            }
            _ => (self.value(left)?, self.value(right)?),
        };
        if let (BinaryOp::Div | BinaryOp::Rem, Some(divisor)) = (op, divisor)
            && divisor > 0
            && !(divisor as u64).is_power_of_two()
        {
            let quotient = self.quotient(left, divisor as u64);
            if op == BinaryOp::Div {
                return Ok(quotient);
            }
            let product = self.emitter.b.ins().imul(quotient, right);
            return Ok(self.emitter.b.ins().isub(left, product));
        }
        let ins = self.emitter.b.ins();
        Ok(match op {
            BinaryOp::Add => ins.iadd(left, right),
            BinaryOp::Sub => ins.isub(left, right),
            BinaryOp::Mul => ins.imul(left, right),
            BinaryOp::Div => ins.udiv(left, right),
            BinaryOp::Rem => ins.urem(left, right),
            BinaryOp::FloatAdd => ins.fadd(left, right),
            BinaryOp::FloatSub => ins.fsub(left, right),
            BinaryOp::FloatMul => ins.fmul(left, right),
            BinaryOp::FloatDiv => ins.fdiv(left, right),
            BinaryOp::And => ins.band(left, right),
            BinaryOp::Or => ins.bor(left, right),
        })
    }

    /// The quotient of a number that is not negative by a constant that is no power of two, by multiplication: Granlund and Montgomery,
    /// "Division by invariant integers using multiplication" (1994), theorem 4.2 with 63 bits, for which the multiplier always fits into 64.
    fn quotient(&mut self, number: ir::Value, divisor: u64) -> ir::Value {
        let bits = u64::BITS - (divisor - 1).leading_zeros();
        let multiplier = (1u128 << (63 + bits)) / u128::from(divisor) + 1;
        let ins = self.emitter.b.ins();
        let multiplier = ins.iconst(types::I64, multiplier as u64 as i64);
        let high = self.emitter.b.ins().umulhi(number, multiplier);
        self.emitter.b.ins().ushr_imm_u(high, i64::from(bits - 1))
    }

    /// Arithmetic that fails if the result does not fit.
    pub(super) fn checked(
        &mut self,
        op: CheckedOp,
        left: Value,
        right: Value,
        position: PositionId,
        cleanup: &[Value],
    ) -> Result<ir::Value, CodegenError> {
        let (known_left, known_right) = (self.constants[left.0 as usize], self.constants[right.0 as usize]);
        let (x, y) = (self.value(left)?, self.value(right)?);
        let at = Site { position, cleanup };
        match op {
            CheckedOp::Increase => return Ok(self.add_signed(x, y, known_right.unwrap_or(1), at)),
            CheckedOp::Decrease => return Ok(self.sub_signed(x, y, known_right.unwrap_or(1), at)),
            _ => {}
        }
        let (result, overflow) = match (op.plain(), known_left, known_right) {
            (CheckedOp::Add, _, Some(constant)) => return Ok(self.add_signed(x, y, constant, at)),
            (CheckedOp::Add, Some(constant), _) => return Ok(self.add_signed(y, x, constant, at)),
            (CheckedOp::Sub, _, Some(constant)) => return Ok(self.sub_signed(x, y, constant, at)),
            (CheckedOp::Div | CheckedOp::Rem, _, Some(divisor)) if divisor != 0 => {
                return Ok(self.divide_by_constant(op, x, y, divisor, at));
            }
            (CheckedOp::Div | CheckedOp::Rem, _, _) => return Ok(self.divide(op, x, y, at)),
            (CheckedOp::Add, ..) => self.emitter.b.ins().sadd_overflow(x, y),
            (CheckedOp::Sub, ..) => self.emitter.b.ins().ssub_overflow(x, y),
            (..) => self.emitter.b.ins().smul_overflow(x, y),
        };
        self.fail_if(overflow, Failure::IntegerOverflow, position, cleanup);
        Ok(result)
    }

    /// A sum with a number whose sign is known (`known` has it) has overflown exactly if it went the wrong way: one comparison that the branch
    /// takes directly.
    fn add_signed(&mut self, x: ir::Value, y: ir::Value, known: i64, at: Site<'_>) -> ir::Value {
        let result = self.emitter.b.ins().iadd(x, y);
        let wrong = if known < 0 { IntCC::SignedGreaterThan } else { IntCC::SignedLessThan };
        self.fail_if_compare(known != 0, wrong, result, x, at);
        result
    }

    /// The same for a difference.
    fn sub_signed(&mut self, x: ir::Value, y: ir::Value, known: i64, at: Site<'_>) -> ir::Value {
        let result = self.emitter.b.ins().isub(x, y);
        let wrong = if known < 0 { IntCC::SignedLessThan } else { IntCC::SignedGreaterThan };
        self.fail_if_compare(known != 0, wrong, result, x, at);
        result
    }

    fn fail_if_compare(
        &mut self,
        possible: bool,
        cc: IntCC,
        left: ir::Value,
        right: ir::Value,
        at: Site<'_>,
    ) {
        if possible {
            let overflow = self.emitter.b.ins().icmp(cc, left, right);
            self.fail_if(overflow, Failure::IntegerOverflow, at.position, at.cleanup);
        }
    }

    fn divide_by_constant(
        &mut self,
        op: CheckedOp,
        x: ir::Value,
        y: ir::Value,
        divisor: i64,
        at: Site<'_>,
    ) -> ir::Value {
        match (op, divisor) {
            (CheckedOp::Rem, -1) => self.rest_by_minus_one(x, at),
            (_, -1) => self.negate(x, at),
            (CheckedOp::Rem, _) => self.emitter.b.ins().srem(x, y),
            (_, _) => self.emitter.b.ins().sdiv(x, y),
        }
    }

    fn negate(&mut self, x: ir::Value, at: Site<'_>) -> ir::Value {
        let smallest = self.emitter.b.ins().iconst(types::I64, i64::MIN);
        let overflow = self.emitter.b.ins().icmp(IntCC::Equal, x, smallest);
        self.fail_if(overflow, Failure::IntegerOverflow, at.position, at.cleanup);
        self.emitter.b.ins().ineg(x)
    }

    /// Zero, but for the smallest number, which fails as its quotient does (language reference 7.4).
    fn rest_by_minus_one(&mut self, x: ir::Value, at: Site<'_>) -> ir::Value {
        self.negate(x, at);
        self.emitter.b.ins().iconst(types::I64, 0)
    }

    /// Division by what is not known. Two numbers that fit into 31 bits, the divisor not zero, as nearly always, take the machine's short division,
    /// which is faster on all machines and much faster on many; one comparison tells the others, which are handled out of line.
    fn divide(&mut self, op: CheckedOp, x: ir::Value, y: ir::Value, at: Site<'_>) -> ir::Value {
        let b = &mut self.emitter.b;
        let (small, done) = (b.create_block(), b.create_block());
        let result = b.append_block_param(done, types::I64);
        let large = self.emitter.cold_block();
        let b = &mut self.emitter.b;
        let less = b.ins().iadd_imm_s(y, -1);
        let both = b.ins().bor(x, less);
        let high = b.ins().ushr_imm_u(both, 31);
        b.ins().brif(high, large, &[], small, &[]);

        b.switch_to_block(large);
        let quotient = self.divide_large(op, x, y, at);
        self.emitter.jump(done, &[quotient]);

        let b = &mut self.emitter.b;
        b.switch_to_block(small);
        let (x, y) = (b.ins().ireduce(types::I32, x), b.ins().ireduce(types::I32, y));
        let quotient = match op {
            CheckedOp::Rem => b.ins().urem(x, y),
            _ => b.ins().udiv(x, y),
        };
        let quotient = b.ins().uextend(types::I64, quotient);
        self.emitter.jump(done, &[quotient]);
        self.emitter.b.switch_to_block(done);
        result
    }

    /// Division of any numbers, in cold blocks. The divisors 0 and -1 are handled apart, so that the machine's division never traps.
    fn divide_large(&mut self, op: CheckedOp, x: ir::Value, y: ir::Value, at: Site<'_>) -> ir::Value {
        let (plain, special, done) =
            (self.emitter.cold_block(), self.emitter.cold_block(), self.emitter.cold_block());
        let b = &mut self.emitter.b;
        let result = b.append_block_param(done, types::I64);
        let shifted = b.ins().iadd_imm_s(y, 1);
        let is_special = b.ins().icmp_imm_u(IntCC::UnsignedLessThan, shifted, 2);
        b.ins().brif(is_special, special, &[], plain, &[]);

        b.switch_to_block(special);
        let zero = b.ins().icmp_imm_u(IntCC::Equal, y, 0);
        self.fail_if(zero, Failure::DivisionByZero, at.position, at.cleanup);
        self.stay_cold();
        let by_minus_one = match op {
            CheckedOp::Rem => self.rest_by_minus_one(x, at),
            _ => self.negate(x, at),
        };
        self.stay_cold();
        self.emitter.jump(done, &[by_minus_one]);

        self.emitter.b.switch_to_block(plain);
        let quotient = match op {
            CheckedOp::Rem => self.emitter.b.ins().srem(x, y),
            _ => self.emitter.b.ins().sdiv(x, y),
        };
        self.emitter.jump(done, &[quotient]);
        self.emitter.b.switch_to_block(done);
        result
    }

    /// Says that the block at hand is as unlikely to run as the one it continues.
    fn stay_cold(&mut self) {
        if let Some(block) = self.emitter.b.current_block() {
            self.emitter.b.set_cold_block(block);
        }
    }
}

/// Where an instruction fails and what it releases then.
#[derive(Clone, Copy)]
struct Site<'a> {
    position: PositionId,
    cleanup: &'a [Value],
}

fn int_cc(cc: IntCc) -> IntCC {
    match cc {
        IntCc::Eq => IntCC::Equal,
        IntCc::Ne => IntCC::NotEqual,
        IntCc::Lt => IntCC::SignedLessThan,
        IntCc::Le => IntCC::SignedLessThanOrEqual,
        IntCc::Gt => IntCC::SignedGreaterThan,
        IntCc::Ge => IntCC::SignedGreaterThanOrEqual,
        IntCc::Ult => IntCC::UnsignedLessThan,
        IntCc::Uge => IntCC::UnsignedGreaterThanOrEqual,
    }
}

fn float_cc(cc: FloatCc) -> FloatCC {
    match cc {
        FloatCc::Eq => FloatCC::Equal,
        FloatCc::Ne => FloatCC::NotEqual,
        FloatCc::Lt => FloatCC::LessThan,
        FloatCc::Le => FloatCC::LessThanOrEqual,
        FloatCc::Gt => FloatCC::GreaterThan,
        FloatCc::Ge => FloatCC::GreaterThanOrEqual,
    }
}
