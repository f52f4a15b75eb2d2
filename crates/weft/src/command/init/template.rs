//! The texts that `weft init` writes; `{{user}}` and `{{hash}}` are filled in.

/// The users; it holds a hash, so it is written apart from the others.
pub(super) const USERS: &str = include_str!("template/users.yaml");

/// Every other text with its path.
pub(super) const FILES: &[(&str, &str)] = &[
    ("weft.yaml", include_str!("template/weft.yaml")),
    (".gitignore", include_str!("template/gitignore")),
    ("catalog/_governance/board.policy.yaml", include_str!("template/board.policy.yaml")),
    ("catalog/shop/domain.yaml", include_str!("template/domain.yaml")),
    ("catalog/shop/policy.yaml", include_str!("template/policy.yaml")),
    ("catalog/shop/shop.policy.md", include_str!("template/shop.policy.md")),
    ("catalog/shop/orders/orders.odps.yaml", include_str!("template/orders.odps.yaml")),
    ("catalog/shop/orders/orders-v1.odcs.yaml", include_str!("template/orders-v1.odcs.yaml")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// The configuration with every setting that is commented out put in.
    fn spelled_out() -> String {
        let (_, text) = FILES.iter().find(|(path, _)| *path == "weft.yaml").unwrap();
        let line = |line: &str| match line.strip_prefix("  # ") {
            Some(setting) => format!("  {setting}"),
            None => line.strip_suffix(" {}").unwrap_or(line).to_owned(),
        };
        text.lines().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_settings_that_are_commented_out_are_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let load = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            Config::load(Some(&path)).unwrap()
        };
        let said = load("said.yaml", &spelled_out());
        let short = load("short.yaml", FILES[0].1);
        assert_eq!(format!("{:?}", said.limits()), format!("{:?}", short.limits()));
        assert_eq!(format!("{:?}", said.limits()), format!("{:?}", Config::default().limits()));
        assert_eq!(format!("{:?}", said.flight_limits()), format!("{:?}", Config::default().flight_limits()));
        for (name, [a, b]) in [
            ("mesh", [format!("{:?}", said.mesh), format!("{:?}", short.mesh)]),
            ("server", [format!("{:?}", said.server), format!("{:?}", short.server)]),
            ("server", [format!("{:?}", said.server), format!("{:?}", Config::default().server)]),
            ("admin", [format!("{:?}", said.admin), format!("{:?}", Config::default().admin)]),
            ("auth", [format!("{:?}", said.auth), format!("{:?}", short.auth)]),
            ("storage", [format!("{:?}", said.storage), format!("{:?}", short.storage)]),
            ("cache", [format!("{:?}", said.cache), format!("{:?}", short.cache)]),
            ("audit", [format!("{:?}", said.audit), format!("{:?}", short.audit)]),
            ("log", [format!("{:?}", said.log), format!("{:?}", short.log)]),
        ] {
            assert_eq!(a, b, "{name}");
        }
    }
}
