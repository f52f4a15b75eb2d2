//! How much memory this process may use.

use std::path::Path;

/// Where control groups are mounted.
const GROUPS: &str = "/sys/fs/cgroup";

/// What is assumed where nothing tells.
const ASSUMED_BYTES: u64 = 4 << 30;

/// The smaller of the machine's memory and the control group's bound.
#[must_use]
pub fn memory_bytes() -> u64 {
    let group = control_group();
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    [group, machine].into_iter().flatten().min().unwrap_or(ASSUMED_BYTES)
}

/// The least of the bounds of the process's own control group and of those around it: a service has one of its own, a
/// container sees its own as the outermost.
fn control_group() -> Option<u64> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let root = Path::new(GROUPS);
    let own = root.join(own_group(&groups));
    let around = own.ancestors().take_while(|folder| folder.starts_with(root)).map(|folder| folder.join("memory.max"));
    // A group without a bound says `max`, or, in the first version of control groups, a number no machine has.
    let bounds = around.chain([root.join("memory/memory.limit_in_bytes")]);
    bounds.filter_map(|file| std::fs::read_to_string(file).ok()?.trim().parse().ok()).min()
}

/// `0::/system.slice/weft.service`, among the lines of other versions.
fn own_group(groups: &str) -> &str {
    groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default()
}

/// `MemTotal:       24576000 kB`.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_group_is_found_among_the_lines() {
        assert_eq!(own_group("1:name=systemd:/x\n0::/system.slice/weft.service\n"), "system.slice/weft.service");
        assert_eq!(own_group("0::/\n"), "");
        assert_eq!(own_group(""), "");
    }

    #[test]
    fn the_total_is_read() {
        assert_eq!(total("MemTotal:       24576000 kB\nMemFree: 1 kB\n"), Some(24_576_000 * 1024));
        assert_eq!(total("nothing"), None);
    }
}
