//! Types of the test program that JSON is read into and written from: structs in lists, and a struct with parts of every form.

use super::{
    BLOB, CHAIN, CRATE, DEFAULTS, Field, Kind, LIST_STRING, MAP_SHAPE, OPTION_BOOL, OPTION_INT, OPTION_LINK,
    OPTION_STRING, SHAPE, SMALL, Tables,
};
use fuse_abi::desc::{TYPE_BOOL, TYPE_DYNAMIC, TYPE_FLOAT, TYPE_INT, TYPE_STRING};

const FIRST: u32 = BLOB + 1;
/// `type Line: price: Float, qty: Int, sku: String`
pub(crate) const LINE: u32 = FIRST;
pub(crate) const LIST_LINE: u32 = FIRST + 1;
/// `type Order: tags: List<String>, lines: List<Line>, id: Int, note: String?, paid: Bool`
pub(crate) const ORDER: u32 = FIRST + 2;
/// `type Every: small: Small, any: dynamic, shape: Shape?, count: Int?, shapes: Map<String, Shape>, links: Map<String, Link?>, chain: Chain, flag: Bool?`
pub(crate) const EVERY: u32 = FIRST + 3;
pub(crate) const OPTION_SHAPE: u32 = FIRST + 4;
pub(crate) const MAP_LINK: u32 = FIRST + 5;

pub(super) fn add(t: &mut Tables) {
    assert_eq!(t.types.len() as u32, FIRST);
    t.object(
        "Line",
        0,
        &[("price", TYPE_FLOAT, 8), ("qty", TYPE_INT, 16), ("sku", TYPE_STRING, 24)],
        32,
        &[24],
    );
    t.add(Kind::List, 8, LINE, &[0]);
    t.object(
        "Order",
        0,
        &[
            ("tags", LIST_STRING, 8),
            ("lines", LIST_LINE, 16),
            ("id", TYPE_INT, 24),
            ("note", OPTION_STRING, 32),
            ("paid", TYPE_BOOL, 40),
        ],
        48,
        &[8, 16, 32],
    );
    t.object(
        "Every",
        0,
        &[
            ("small", SMALL, 8),
            ("any", TYPE_DYNAMIC, 32),
            ("shape", OPTION_SHAPE, 48),
            ("count", OPTION_INT, 56),
            ("shapes", MAP_SHAPE, 72),
            ("links", MAP_LINK, 80),
            ("chain", CHAIN, 88),
            ("flag", OPTION_BOOL, 96),
        ],
        104,
        &[32, 48, 72, 80, 88],
    );
    t.option(SHAPE, 8, 0, true);
    t.add(Kind::Map, 8, OPTION_LINK, &[0]);
    for (ty, field) in [(CRATE, 2), (CRATE, 4), (DEFAULTS, 0), (DEFAULTS, 1), (DEFAULTS, 2)] {
        let first = t.types[ty as usize].first as usize;
        t.fields[first + field].flags = Field::PURE_DEFAULT;
    }
}
