//! The database: calls of `db` and of queries, and `transaction`.
//!
//! A query is a list of dynamic values to everybody but the runtime's query builder. A transaction belongs to the task that runs: its end is said
//! here where control leaves it in an ordinary way or by an error that is caught; when a failure ends the task, the runtime rolls back.

use crate::function::{Body, Held, Slots};
use fuse_abi::functions::Rt;
use fuse_hir::{Builtin, ConfigId, Expr, Span, Stmt, Ty, Type as HirType};
use fuse_ir::{Type, Value};

impl Body<'_, '_> {
    /// A builtin of `db`, or a method of a query, which is then the first argument.
    pub(crate) fn database(&mut self, builtin: Builtin, args: &[Expr], expr: &Expr) -> Slots {
        self.lowering.uses_db = true;
        let (function, types) = match builtin {
            Builtin::DbExec => (Rt::db_exec, vec![]),
            Builtin::DbQuery => (Rt::db_query, vec![self.type_index(expr.ty)]),
            Builtin::DbOne => (Rt::db_one, vec![]),
            Builtin::DbFrom => (Rt::db_from, vec![]),
            Builtin::QuerySelect => (Rt::db_select, vec![]),
            Builtin::QueryWhere => (Rt::db_where, vec![]),
            Builtin::QueryOrderBy => (Rt::db_order_by, vec![]),
            Builtin::QueryLimit => (Rt::db_limit, vec![]),
            Builtin::QueryInsert => return self.insert_row(0, args, expr.span),
            Builtin::QueryUpsert => return self.insert_row(1, args, expr.span),
            Builtin::QueryUpdate => (Rt::db_update, vec![]),
            Builtin::QueryDelete => (Rt::db_delete, vec![]),
            Builtin::QueryCount => (Rt::db_count, vec![]),
            Builtin::QueryOne => (Rt::db_first, vec![]),
            Builtin::QueryAll => (Rt::db_all, vec![self.type_index(expr.ty)]),
            Builtin::QueryOneTyped => {
                let row = self.content_type(expr.ty);
                (Rt::db_first_as, vec![self.checked_type(row)])
            }
            Builtin::QueryAllTyped => (Rt::db_all_as, vec![self.checked_type(expr.ty)]),
            Builtin::QueryExec => (Rt::db_run, vec![]),
            Builtin::QuerySql => (Rt::db_sql, vec![]),
            _ => (Rt::db_params, vec![]),
        };
        let slots = self.parameters(args);
        self.runtime(function, &types, &slots, expr.span)
    }

    /// Arguments, in which what becomes dynamic becomes a parameter of a statement.
    fn parameters(&mut self, args: &[Expr]) -> Slots {
        let outside = std::mem::replace(&mut self.makes_parameters, true);
        let slots = args.iter().flat_map(|arg| self.expr(arg)).collect();
        self.makes_parameters = outside;
        slots
    }

    /// `query.insert(row)`, `query.upsert(row)`
    fn insert_row(&mut self, upsert: u8, args: &[Expr], span: Span) -> Slots {
        let row = &args[1];
        let mut slots = self.parameters(args);
        let query = slots.remove(0);
        let entries = match self.ty(row.ty) {
            HirType::Dynamic => slots,
            HirType::Never => self.placeholder(Ty::DYNAMIC),
            _ => {
                let index = self.type_index(row.ty);
                let address = self.spill(row.ty, &slots);
                self.runtime(Rt::db_row, &[index], &[address], row.span)
            }
        };
        let upsert = self.builder.byte(upsert);
        self.runtime(Rt::db_insert, &[], &[query, upsert, entries[0], entries[1]], span)
    }

    /// `transaction`
    pub(crate) fn transaction(&mut self, body: &[Stmt], span: Span) {
        self.lowering.uses_db = true;
        self.runtime(Rt::db_begin, &[], &[], span);
        self.held.push(Held::Transaction);
        self.block(body);
        self.held.pop();
        if !self.builder.is_unreachable() {
            self.runtime(Rt::db_commit, &[], &[], span);
        }
    }

    /// In a function that catches validation errors: whether there is a transaction that it did not begin.
    pub(crate) fn transaction_around(&mut self) -> Option<Value> {
        let any = self.program().has_transactions;
        any.then(|| self.runtime_nowhere(Rt::db_is_active, &[], &[])[0])
    }

    /// Rolls back what the caught error has come out of, unless it is the one around.
    pub(crate) fn roll_back_inner(&mut self, around: Option<Value>) {
        let Some(around) = around else { return };
        let [inner, done] = [(); 2].map(|()| self.builder.create_block());
        self.builder.branch(around, done, inner);
        self.enter(inner);
        self.runtime_nowhere(Rt::db_roll_back, &[], &[]);
        self.builder.jump(done, &[]);
        self.enter(done);
    }

    /// Hands over what the config named `App` says of the database, in a program that uses it.
    pub(crate) fn database_settings(&mut self) {
        let Some(app) = self.program().configs.iter().position(|config| config.name == "App") else { return };
        if !self.lowering.uses_db {
            return;
        }
        let texts = ["dbUrl", "db_url", "dbPoolSize"].map(|name| self.database_setting(app, name));
        if texts.iter().any(Option::is_some) {
            let texts = texts.map(|text| text.unwrap_or_else(|| self.builder.null(Type::Opt)));
            self.runtime_nowhere(Rt::db_settings, &[], &texts);
        }
    }

    /// A setting as a text or null, if the config has it, of a type that fits.
    fn database_setting(&mut self, app: usize, name: &str) -> Option<Value> {
        let config = &self.program().configs[app];
        let field = config.fields.iter().position(|field| field.name == name)?;
        let ty = config.fields[field].ty;
        let content = match self.ty(ty) {
            HirType::Option(inner) if name != "dbPoolSize" => *inner,
            _ => ty,
        };
        let fits = match self.ty(content) {
            HirType::String => true,
            HirType::Int => name == "dbPoolSize",
            _ => false,
        };
        let slots = fits.then(|| self.resolved_field(ConfigId(app as u32), field as u32, ty))?;
        Some(if *self.ty(content) == HirType::Int {
            self.text_of(ty, &slots, Span::default())
        } else {
            slots[0]
        })
    }
}
