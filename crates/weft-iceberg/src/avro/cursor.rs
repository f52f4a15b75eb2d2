//! Bytes, read from the front.

use super::Flaw;

/// What is left of some bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn left(&self) -> usize {
        self.0.len()
    }

    /// So many bytes, if they are there.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Flaw> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Flaw::Ends)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(Flaw::Ends)?;
        self.0 = rest;
        Ok(*taken)
    }

    /// A whole number of up to 64 bits: seven bits a byte, lowest first, the sign in the lowest bit of all.
    pub(crate) fn number(&mut self) -> Result<i64, Flaw> {
        let mut found: u64 = 0;
        for at in 0..10 {
            let [byte] = self.array::<1>()?;
            let bits = u64::from(byte & 0x7f);
            if at == 9 && bits > 1 {
                return Err(Flaw::Value("a number has more than 64 bits"));
            }
            found |= bits << (7 * at);
            if byte & 0x80 == 0 {
                return Ok((found >> 1).cast_signed() ^ -((found & 1).cast_signed()));
            }
        }
        Err(Flaw::Value("a number has more than 64 bits"))
    }

    /// A length or a count.
    pub(crate) fn length(&mut self) -> Result<usize, Flaw> {
        usize::try_from(self.number()?).map_err(|_| Flaw::Value("a length is negative"))
    }

    /// Bytes after their length.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Flaw> {
        let length = self.length()?;
        self.take(length)
    }

    /// How many items the next part of an array or a map has; zero ends it.
    pub(crate) fn items(&mut self) -> Result<usize, Flaw> {
        let count = self.number()?;
        if count < 0 {
            // Then the part's length in bytes follows, for those who pass over it.
            self.number()?;
        }
        usize::try_from(count.unsigned_abs()).map_err(|_| Flaw::Ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for (bytes, wanted) in [
            (&[0][..], 0),
            (&[1], -1),
            (&[2], 1),
            (&[0x80, 0x01], 64),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], i64::MIN),
            (&[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], i64::MAX),
        ] {
            assert_eq!(Cursor::new(bytes).number(), Ok(wanted));
        }
        assert_eq!(Cursor::new(&[0x80]).number(), Err(Flaw::Ends));
        assert!(Cursor::new(&[0xff; 11]).number().is_err());
        assert_eq!(Cursor::new(&[8, 1, 2]).bytes(), Err(Flaw::Ends));
    }
}
