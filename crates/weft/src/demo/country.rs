//! The countries customers live in: names, towns, streets and number formats.

use super::random::Random;

/// What the generator knows of a country.
#[derive(Debug)]
pub struct Country {
    /// ISO 3166-1 alpha-2 code.
    pub code: &'static str,
    /// Sales region: `EU`, `US` or `APAC`.
    pub region: &'static str,
    /// Customers in a hundred.
    pub share: u32,
    /// Telephone numbers, `#` for a digit.
    pub phone: &'static str,
    /// Postal codes, `#` for a digit.
    pub zip: &'static str,
    /// Digits of the national part of an account number; 0 where there are none.
    pub iban_digits: usize,
    /// Towns.
    pub cities: &'static [&'static str],
    /// Streets.
    pub streets: &'static [&'static str],
    /// Given names; behind a `|` the Latin spelling where the name has none.
    pub given: &'static [&'static str],
    /// Family names, the same way.
    pub family: &'static [&'static str],
    /// True where the family name comes first.
    pub family_first: bool,
}

/// The currency of a sales region.
#[must_use]
pub fn currency(region: &str) -> &'static str {
    match region {
        "EU" => "EUR",
        "US" => "USD",
        _ => "SGD",
    }
}

/// One of the countries, the more likely the larger its share.
pub fn draw(random: &mut Random) -> &'static Country {
    let mut left = random.below(COUNTRIES.iter().map(|country| country.share).sum());
    for country in COUNTRIES {
        if left < country.share {
            return country;
        }
        left -= country.share;
    }
    &GERMANY
}

const GERMANY: Country = Country {
    code: "DE",
    region: "EU",
    share: 14,
    phone: "+49 30 5550####",
    zip: "1####",
    iban_digits: 18,
    cities: &["Berlin", "Köln", "München", "Düsseldorf", "Görlitz"],
    streets: &["Gartenstraße", "Am Mühlbach", "Bahnhofstraße", "Schöne Aussicht"],
    given: &["Jürgen", "Anna", "Günther", "Sören", "Käthe", "Lukas", "Jörg", "Bärbel", "Mia", "Björn", "Heike", "Jan"],
    family: &["Müller", "Weiß", "Schäfer", "Krüger", "Jäger", "Böhm", "Schmidt", "Groß", "Köhler", "Vogel", "Strauß"],
    family_first: false,
};

/// Every country, the European ones first.
pub const COUNTRIES: &[Country] = &[
    GERMANY,
    Country {
        code: "FR",
        region: "EU",
        share: 10,
        phone: "+33 1 99 00 ## ##",
        zip: "75###",
        iban_digits: 23,
        cities: &["Paris", "Orléans", "Besançon", "Nîmes"],
        streets: &["Rue de l’Église", "Allée des Chênes", "Boulevard Voltaire", "Rue du Château"],
        given: &["Élodie", "François", "Chloé", "Benoît", "Hélène", "Noël", "Anaïs", "Luc", "Zoé", "Jérôme"],
        family: &["Lefèvre", "Dubois", "Gérard", "Béranger", "Lemaître", "Garçon", "Moreau", "Prévost", "Noël"],
        family_first: false,
    },
    Country {
        code: "ES",
        region: "EU",
        share: 8,
        phone: "+34 910 00 ## ##",
        zip: "28###",
        iban_digits: 20,
        cities: &["Madrid", "Málaga", "Cádiz", "A Coruña", "León"],
        streets: &["Calle de Alcalá", "Calle Núñez", "Avenida de la Constitución", "Plaza de España"],
        given: &["José", "María", "Íñigo", "Lucía", "Ángel", "Begoña", "Andrés", "Sofía", "Martín", "Inés"],
        family: &["Núñez", "García", "Peña", "Muñoz", "López", "Ibáñez", "Castaño", "Domínguez", "Ruiz"],
        family_first: false,
    },
    Country {
        code: "PL",
        region: "EU",
        share: 7,
        phone: "+48 22 555 0###",
        zip: "00-###",
        iban_digits: 24,
        cities: &["Łódź", "Kraków", "Gdańsk", "Poznań", "Wrocław"],
        streets: &["ul. Świętokrzyska", "ul. Długa", "ul. Żelazna", "ul. Piękna"],
        given: &["Łukasz", "Żaneta", "Michał", "Zofia", "Paweł", "Agnieszka", "Stanisław", "Małgorzata", "Jan"],
        family: &["Wiśniewski", "Wójcik", "Kowalczyk", "Zieliński", "Dąbrowska", "Łuczak", "Żak", "Pająk", "Król"],
        family_first: false,
    },
    Country {
        code: "SE",
        region: "EU",
        share: 4,
        phone: "+46 8 555 0## ##",
        zip: "11# ##",
        iban_digits: 20,
        cities: &["Malmö", "Göteborg", "Umeå", "Västerås"],
        streets: &["Storgatan", "Ängsvägen", "Björkgatan", "Åsgatan"],
        given: &["Åsa", "Björn", "Märta", "Göran", "Elsa", "Örjan", "Håkan", "Saga"],
        family: &["Åkesson", "Sjöberg", "Lindström", "Öberg", "Nyström", "Hägg", "Ek"],
        family_first: false,
    },
    Country {
        code: "AT",
        region: "EU",
        share: 4,
        phone: "+43 1 55500##",
        zip: "10##",
        iban_digits: 16,
        cities: &["Wien", "Mödling", "Sankt Pölten", "Zell am See"],
        streets: &["Ringstraße", "Mozartgasse", "Große Sperlgasse", "Höhenweg"],
        given: &["Resi", "Jürgen", "Leopold", "Sabine", "Götz", "Franziska", "Veit"],
        family: &["Gruber", "Höller", "Zöchling", "Mayr", "Bäuerle", "Süß"],
        family_first: false,
    },
    Country {
        code: "CZ",
        region: "EU",
        share: 3,
        phone: "+420 255 500 0##",
        zip: "1## ##",
        iban_digits: 20,
        cities: &["Praha", "Brno", "Plzeň", "České Budějovice"],
        streets: &["Národní", "Křížová", "Dlouhá třída", "Žitná"],
        given: &["Jiří", "Zdeněk", "Tereza", "Ondřej", "Markéta", "Šárka", "Luděk"],
        family: &["Dvořák", "Novotná", "Říha", "Černý", "Šťastný", "Procházka", "Kučera"],
        family_first: false,
    },
    Country {
        code: "US",
        region: "US",
        share: 30,
        phone: "+1 212-555-01##",
        zip: "1####",
        iban_digits: 0,
        cities: &["New York", "Austin", "San José", "Portland", "Cañon City", "Des Moines"],
        streets: &["Maple Avenue", "Main Street", "2nd Street", "Oak Lane", "Piñon Drive"],
        given: &["James", "Emma", "Renée", "Noah", "Chloë", "Liam", "Zoë", "Ava", "José", "Grace", "Owen", "Beyoncé"],
        family: &["Smith", "O’Brien", "Johnson", "Núñez", "Lee", "Brown", "Garcia", "Davis", "Pérez", "Wilson", "Ng"],
        family_first: false,
    },
    Country {
        code: "JP",
        region: "APAC",
        share: 6,
        phone: "+81 3-5550-00##",
        zip: "100-00##",
        iban_digits: 0,
        cities: &["東京", "大阪", "札幌", "福岡"],
        streets: &["桜通り", "銀座", "本町", "中央通り"],
        given: &["太郎|taro", "花子|hanako", "健|ken", "美咲|misaki", "翔|sho", "陽子|yoko", "大輔|daisuke", "葵|aoi"],
        family: &["山田|yamada", "佐藤|sato", "鈴木|suzuki", "高橋|takahashi", "渡辺|watanabe", "伊藤|ito", "森|mori"],
        family_first: true,
    },
    Country {
        code: "AU",
        region: "APAC",
        share: 5,
        phone: "+61 2 5550 00##",
        zip: "2###",
        iban_digits: 0,
        cities: &["Sydney", "Melbourne", "Perth", "Hobart"],
        streets: &["George Street", "Kangaroo Road", "Beach Parade", "Wattle Court"],
        given: &["Olivia", "Jack", "Isla", "Siân", "Thomas", "Matilda", "Lachlan"],
        family: &["Taylor", "Kelly", "Nguyễn|nguyen", "Walker", "O’Connor", "White"],
        family_first: false,
    },
    Country {
        code: "IN",
        region: "APAC",
        share: 5,
        phone: "+91 22 5550 00##",
        zip: "4000##",
        iban_digits: 0,
        cities: &["Mumbai", "Pune", "Bengaluru", "Kochi"],
        streets: &["MG Road", "Link Road", "Station Road", "Temple Street"],
        given: &["Aarav", "Priya", "आर्या|arya", "Rohan", "Meera", "Vikram", "Anaya"],
        family: &["Sharma", "Patel", "Iyer", "Reddy", "Kapoor", "Das", "शर्मा|sharma"],
        family_first: false,
    },
    Country {
        code: "SG",
        region: "APAC",
        share: 4,
        phone: "+65 6555 00##",
        zip: "0####0",
        iban_digits: 0,
        cities: &["Singapore"],
        streets: &["Orchard Road", "Bukit Timah Road", "Jalan Besar", "Serangoon Garden Way"],
        given: &["Wei Ling", "Jun Jie", "Siti", "Hui Min", "Arjun", "明|ming"],
        family: &["Tan", "Lim", "陈|chen", "Rahman", "Ong", "Koh"],
        family_first: false,
    },
];
