//! A file: its header, and its blocks one after the other.

use std::collections::HashMap;
use std::io::Read;

use flate2::read::DeflateDecoder;

use super::Flaw;
use super::cursor::Cursor;
use super::schema::{Node, Wanted};
use super::value::Value;

/// Begins every file.
const MAGIC: &[u8; 4] = b"Obj\x01";
/// What separates blocks.
const SYNC_BYTES: usize = 16;
/// The most keys of a header.
const KEYS_MAX: usize = 1_000;
/// The most bytes of one block, unpacked.
const BLOCK_BYTES_MAX: usize = 128 * 1024 * 1024;
/// The most bytes of all blocks together, unpacked.
const FILE_BYTES_MAX: usize = 2 * 1024 * 1024 * 1024;
/// Bytes of the checksum behind a block that is packed with Snappy.
const CRC_BYTES: usize = 4;

/// An Avro file in memory.
#[derive(Debug)]
pub(crate) struct Container<'a> {
    header: HashMap<&'a str, &'a [u8]>,
    codec: Codec,
    sync: [u8; SYNC_BYTES],
    blocks: Cursor<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Codec {
    Plain,
    Deflate,
    Snappy,
    Zstandard,
}

impl<'a> Container<'a> {
    /// Reads the header.
    pub(crate) fn open(file: &'a [u8]) -> Result<Self, Flaw> {
        let mut from = Cursor::new(file);
        if from.take(MAGIC.len()).ok() != Some(MAGIC) {
            return Err(Flaw::NotAvro);
        }
        let mut header = HashMap::new();
        loop {
            match from.items()? {
                0 => break,
                count => {
                    for _ in 0..count {
                        let key = std::str::from_utf8(from.bytes()?).map_err(|_| Flaw::Value("a text is not UTF-8"))?;
                        header.insert(key, from.bytes()?);
                        if header.len() > KEYS_MAX {
                            return Err(Flaw::TooMuch { what: "the number of keys of its header", limit: KEYS_MAX });
                        }
                    }
                }
            }
        }
        let codec = match header.get("avro.codec").copied().unwrap_or(b"null") {
            b"null" => Codec::Plain,
            b"deflate" => Codec::Deflate,
            b"snappy" => Codec::Snappy,
            b"zstandard" => Codec::Zstandard,
            other => return Err(Flaw::Codec(String::from_utf8_lossy(other).escape_debug().to_string())),
        };
        let sync = from.array()?;
        Ok(Self { header, codec, sync, blocks: from })
    }

    /// What the header says under a key.
    pub(crate) fn said(&self, key: &str) -> Option<&'a [u8]> {
        self.header.get(key).copied()
    }

    /// Hands on each value of the file, with the fields that are wanted.
    pub(crate) fn each<E: From<Flaw>>(
        mut self,
        wanted: Wanted<'_>,
        mut on: impl FnMut(&Value<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let node = Node::parse(self.said("avro.schema").ok_or(Flaw::Header("avro.schema"))?, wanted)?;
        if !matches!(node, Node::Record(_)) {
            return Err(Flaw::Schema("it is of no records".to_owned()).into());
        }
        let mut all: usize = 0;
        while !self.blocks.is_empty() {
            let count = self.blocks.length()?;
            let packed = self.blocks.bytes()?;
            if self.blocks.array::<SYNC_BYTES>()? != self.sync {
                return Err(Flaw::Sync.into());
            }
            let block = self.codec.unpacked(packed)?;
            all = all.saturating_add(block.len());
            if all > FILE_BYTES_MAX {
                return Err(Flaw::TooMuch { what: "what it unpacks to", limit: FILE_BYTES_MAX }.into());
            }
            let mut from = Cursor::new(&block);
            for _ in 0..count {
                let before = from.left();
                let value = Value::record(&node, &mut from)?;
                // Any number of records would fit into no bytes at all.
                if from.left() == before {
                    return Err(Flaw::Ends.into());
                }
                on(&value)?;
            }
            if from.left() > 0 {
                return Err(Flaw::Value("a block holds more than it says").into());
            }
        }
        Ok(())
    }
}

impl Codec {
    fn unpacked(self, packed: &[u8]) -> Result<Vec<u8>, Flaw> {
        let within = |bytes: Vec<u8>| match bytes.len() > BLOCK_BYTES_MAX {
            true => Err(Flaw::TooMuch { what: "what a block unpacks to", limit: BLOCK_BYTES_MAX }),
            false => Ok(bytes),
        };
        match self {
            Self::Plain => within(packed.to_vec()),
            Self::Deflate => within(read(DeflateDecoder::new(packed))?),
            Self::Zstandard => {
                let decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(|cause| Flaw::Packed(cause.to_string()))?;
                within(read(decoder)?)
            }
            Self::Snappy => {
                let (block, said) = packed.split_last_chunk::<CRC_BYTES>().ok_or(Flaw::Ends)?;
                let length = snap::raw::decompress_len(block).map_err(|cause| Flaw::Packed(cause.to_string()))?;
                // No block of this kind unpacks to more than so many times its bytes.
                if length > BLOCK_BYTES_MAX || length / 64 > block.len() {
                    return Err(Flaw::TooMuch { what: "what a block unpacks to", limit: BLOCK_BYTES_MAX });
                }
                let bytes = snap::raw::Decoder::new().decompress_vec(block).map_err(|cause| Flaw::Packed(cause.to_string()))?;
                if crc32fast::hash(&bytes) != u32::from_be_bytes(*said) {
                    return Err(Flaw::Packed("its checksum is another".to_owned()));
                }
                Ok(bytes)
            }
        }
    }
}

/// All there is, and one byte more than may be.
fn read(from: impl Read) -> Result<Vec<u8>, Flaw> {
    let mut bytes = Vec::new();
    let most = u64::try_from(BLOCK_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    from.take(most).read_to_end(&mut bytes).map_err(|cause| Flaw::Packed(cause.to_string()))?;
    Ok(bytes)
}
