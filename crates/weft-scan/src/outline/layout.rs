//! The fields of Parquet's structures.

use super::thrift::Kind::{self, Bool, Byte, Bytes, Double, List, Number, Short, Struct};

type Fields = &'static [(i16, Kind)];

pub(super) const FILE: Fields = &[
    (1, Short),
    (SCHEMA, List(&Struct(ELEMENT))),
    (3, Number),
    (GROUPS, List(&Struct(GROUP))),
    (5, List(&Struct(PAIR))),
    (6, Bytes),
    (7, List(&Struct(ORDER))),
    (8, Struct(&[])),
    (9, Bytes),
];
pub(super) const SCHEMA: i16 = 2;
pub(super) const GROUPS: i16 = 4;

const ELEMENT: Fields = &[
    (1, Short),
    (LENGTH, Short),
    (3, Short),
    (NAME, Bytes),
    (CHILDREN, Short),
    (CONVERTED, Short),
    (7, Short),
    (8, Short),
    (9, Short),
    (LOGICAL_TYPE, Struct(LOGICAL)),
];
pub(super) const LENGTH: i16 = 2;
pub(super) const NAME: i16 = 4;
pub(super) const CHILDREN: i16 = 5;
pub(super) const CONVERTED: i16 = 6;
pub(super) const LOGICAL_TYPE: i16 = 10;
/// The number of the converted type.
pub(super) const INTERVAL: i64 = 21;

const LOGICAL: Fields = &[
    (1, NOTHING),
    (2, NOTHING),
    (3, NOTHING),
    (4, NOTHING),
    (5, Struct(&[(1, Short), (2, Short)])),
    (6, NOTHING),
    (7, TIME),
    (8, TIME),
    (10, Struct(&[(1, Byte), (2, Bool)])),
    (11, NOTHING),
    (12, NOTHING),
    (13, NOTHING),
    (14, NOTHING),
    (15, NOTHING),
    (16, Struct(&[(1, Byte)])),
    (17, Struct(&[(1, Bytes)])),
    (18, Struct(&[(1, Bytes), (2, Short)])),
];
const NOTHING: Kind = Struct(&[]);
const TIME: Kind = Struct(&[(1, Bool), (2, Struct(&[(1, NOTHING), (2, NOTHING), (3, NOTHING)]))]);

const GROUP: Fields = &[
    (COLUMNS, List(&Struct(CHUNK))),
    (2, Number),
    (3, Number),
    (4, List(&Struct(&[(1, Number), (2, Bool), (3, Bool)]))),
    (5, Number),
    (6, Number),
    (7, Number),
];
pub(super) const COLUMNS: i16 = 1;

const CHUNK: Fields = &[
    (1, Bytes),
    (2, Number),
    (3, Struct(COLUMN)),
    (4, Number),
    (5, Short),
    (6, Number),
    (7, Short),
    (9, Bytes),
];

const COLUMN: Fields = &[
    (1, Short),
    (2, List(&Short)),
    (3, List(&Bytes)),
    (4, Short),
    (5, Number),
    (6, Number),
    (7, Number),
    (8, List(&Struct(PAIR))),
    (9, Number),
    (10, Number),
    (11, Number),
    (12, Struct(STATISTICS)),
    (13, List(&Struct(&[(1, Short), (2, Short), (3, Short)]))),
    (14, Number),
    (15, Short),
    (16, Struct(&[(1, Number), (2, List(&Number)), (3, List(&Number))])),
    (17, Struct(&[(1, Struct(BOX)), (2, List(&Number))])),
];

const STATISTICS: Fields = &[
    (1, Bytes),
    (2, Bytes),
    (3, Number),
    (4, Number),
    (5, Bytes),
    (6, Bytes),
    (7, Bool),
    (8, Bool),
];

const BOX: Fields = &[
    (1, Double),
    (2, Double),
    (3, Double),
    (4, Double),
    (5, Double),
    (6, Double),
    (7, Double),
    (8, Double),
];

const PAIR: Fields = &[(1, Bytes), (2, Bytes)];
const ORDER: Fields = &[(1, NOTHING), (2, NOTHING)];

pub(super) const COLUMN_INDEX: Fields = &[
    (1, List(&Bool)),
    (2, List(&Bytes)),
    (3, List(&Bytes)),
    (4, Short),
    (5, List(&Number)),
    (6, List(&Number)),
    (7, List(&Number)),
];

pub(super) const OFFSET_INDEX: Fields =
    &[(1, List(&Struct(&[(1, Number), (2, Short), (3, Number)]))), (2, List(&Number))];

pub(super) const PAGE: Fields = &[
    (PAGE_TYPE, Short),
    (UNPACKED, Short),
    (PACKED, Short),
    (4, Short),
    (DATA, Struct(&[(VALUES, Short), (2, Short), (3, Short), (4, Short), (5, Struct(STATISTICS))])),
    (6, NOTHING),
    (DICTIONARY, Struct(&[(VALUES, Short), (2, Short), (3, Bool)])),
    (
        DATA_V2,
        Struct(&[
            (VALUES, Short),
            (2, Short),
            (3, Short),
            (4, Short),
            (5, Short),
            (6, Short),
            (7, Bool),
            (8, Struct(STATISTICS)),
        ]),
    ),
];
pub(super) const PAGE_TYPE: i16 = 1;
pub(super) const UNPACKED: i16 = 2;
pub(super) const PACKED: i16 = 3;
pub(super) const DATA: i16 = 5;
pub(super) const DICTIONARY: i16 = 7;
pub(super) const DATA_V2: i16 = 8;
/// In the header of every kind of page.
pub(super) const VALUES: i16 = 1;
pub(super) const ENCODING: i16 = 2;
pub(super) const ENCODING_V2: i16 = 4;
