//! Names without accents, for the part of an e-mail address before the `@`.

/// The name in lower-case ASCII letters: accents fall away, `ß` becomes `ss`, everything else than letters is dropped.
#[must_use]
pub fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' => out.push(c),
            'á' | 'à' | 'â' | 'å' | 'ą' | 'ã' => out.push('a'),
            'ä' => out.push_str("ae"),
            'ç' | 'ć' | 'č' => out.push('c'),
            'ď' => out.push('d'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' => out.push('e'),
            'í' | 'ï' | 'î' => out.push('i'),
            'ł' => out.push('l'),
            'ñ' | 'ń' | 'ň' => out.push('n'),
            'ó' | 'ô' | 'ò' => out.push('o'),
            'ö' | 'ø' => out.push_str("oe"),
            'ř' => out.push('r'),
            'ś' | 'š' => out.push('s'),
            'ß' => out.push_str("ss"),
            'ť' => out.push('t'),
            'ú' | 'ù' | 'ů' | 'û' => out.push('u'),
            'ü' => out.push_str("ue"),
            'ý' => out.push('y'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_fall_away() {
        assert_eq!(plain("Jürgen"), "juergen");
        assert_eq!(plain("Łukasz"), "lukasz");
        assert_eq!(plain("O’Brien-Núñez"), "obriennunez");
        assert_eq!(plain("山田"), "");
    }
}
