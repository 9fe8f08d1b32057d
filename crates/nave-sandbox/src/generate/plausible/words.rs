//! The words the sandbox speaks in. Nobody and nothing here is real; domains and telephone numbers
//! are those reserved for examples (RFC 2606).

pub(super) const FIRST_NAMES: &[&str] = &[
    "Ada", "Amina", "Bruno", "Carla", "Chen", "Dario", "Elif", "Emeka", "Farah", "Greta", "Hana", "Ivan",
    "Jana", "Kofi", "Leila", "Marta", "Nils", "Olga", "Priya", "Rosa", "Samir", "Tomas", "Uma", "Viktor",
    "Wanda", "Yusuf",
];

pub(super) const LAST_NAMES: &[&str] = &[
    "Abebe",
    "Almeida",
    "Bauer",
    "Castro",
    "Demir",
    "Ekholm",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ito",
    "Jensen",
    "Kim",
    "Lindqvist",
    "Moreau",
    "Nowak",
    "Okafor",
    "Patel",
    "Quist",
    "Rossi",
    "Santos",
    "Tanaka",
    "Urban",
    "Varga",
    "Weber",
];

pub(super) const COMPANIES: &[&str] = &[
    "Aldergate Foods",
    "Blue Harbour Ltd",
    "Copperline Works",
    "Dune & Daughters",
    "Eastmill Paper",
    "Fernhill Tools",
    "Grey Lantern Co",
    "Highwater Logistics",
    "Ironbridge Cycles",
    "Juniper Dental",
];

pub(super) const SITES: &[&str] =
    &["atlas", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "island", "juniper"];

pub(super) const PLAIN: &[&str] = &[
    "alpha", "amber", "basic", "bright", "cobalt", "daily", "early", "first", "garden", "harvest", "indigo",
    "kernel", "lively", "meadow", "north", "orchid", "plain", "quartz", "river", "silver", "timber",
    "velvet", "winter", "yellow",
];

pub(super) const TITLES: &[&str] = &[
    "Quarterly review",
    "Spring delivery",
    "New office plan",
    "Service renewal",
    "Launch checklist",
    "Autumn catalogue",
    "Customer interview",
    "Supplier contract",
    "Weekly report",
    "Warehouse move",
];

pub(super) const SENTENCES: &[&str] = &[
    "Please deliver to the side entrance.",
    "Agreed by telephone on Monday.",
    "The second box was damaged.",
    "Waiting for an answer from the warehouse.",
    "Renewed for another year at the same price.",
    "The customer asked for a later date.",
    "Two units were added to the order.",
    "All papers are in the folder.",
];

pub(super) const PRODUCTS: &[&str] = &[
    "Basic plan",
    "Team plan",
    "Desk lamp",
    "Oak shelf",
    "Steel bottle",
    "Cotton apron",
    "Trail map",
    "Ceramic mug",
];

pub(super) const STREETS: &[&str] = &[
    "Canal Street",
    "Linden Road",
    "Market Square",
    "Mill Lane",
    "Orchard Way",
    "Station Road",
    "Weaver Street",
];

pub(super) const CITIES: &[&str] =
    &["Porto", "Leeds", "Bergen", "Lyon", "Kumasi", "Izmir", "Osaka", "Austin", "Graz"];

pub(super) const REGIONS: &[&str] = &["TX", "CA", "NY", "WA", "BC", "NSW"];

pub(super) const COUNTRIES: &[&str] = &["DE", "FR", "GB", "JP", "NO", "PT", "US"];

pub(super) const CURRENCIES: &[&str] = &["EUR", "GBP", "JPY", "NOK", "USD"];

pub(super) const LANGUAGES: &[&str] = &["de", "en", "fr", "ja", "pt"];

pub(super) const LOCALES: &[&str] = &["de-DE", "en-GB", "en-US", "fr-FR", "pt-PT"];

pub(super) const TIME_ZONES: &[&str] =
    &["Europe/Lisbon", "Europe/Oslo", "America/Chicago", "Asia/Tokyo", "Etc/UTC"];

pub(super) const DEPARTMENTS: &[&str] =
    &["Accounting", "Customer care", "Design", "Logistics", "Operations", "Purchasing", "Research", "Sales"];

pub(super) const JOBS: &[&str] = &[
    "Account manager",
    "Buyer",
    "Controller",
    "Dispatcher",
    "Head of sales",
    "Office manager",
    "Product designer",
    "Support lead",
];
