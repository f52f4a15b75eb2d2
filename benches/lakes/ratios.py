"""What was measured, for people: tables in Markdown, and whether what was aimed at was reached."""

import math
import statistics
from typing import NamedTuple

from report import row, table


class Ratios(NamedTuple):
    """One side over another with the most that is aimed at, and what engines and variants are called."""

    targets: dict
    engines: dict
    variants: dict

    def summed(self, queries, names):
        """Totals over the queries that were timed, and ratios of whatever there is to compare."""
        timed = [query for query in queries if "failed" not in query]
        if not timed:
            return {"sides": {}, "ratios": {}}
        sides = {name: {key: sum(query["engines"][name][key] for query in timed) for key in ("ms", "processor_ms", "wall_ms")} for name in names}
        return {"sides": sides, "ratios": {f"{one} over {other}": self.ratio(timed, sides, one, other) for one, other in self.pairs(names)}}

    def ratio(self, timed, sides, one, other):
        """Of sums, of processor time, and of each query."""
        each = {query["name"]: query["engines"][one]["ms"] / query["engines"][other]["ms"] for query in timed}
        worst = max(each, key=each.get)
        told = {
            "of_sums": sides[one]["ms"] / sides[other]["ms"],
            "geometric_mean": math.exp(statistics.mean(map(math.log, each.values()))),
            "of_processor": sides[one]["processor_ms"] / max(sides[other]["processor_ms"], 1),
            "worst": {"query": worst, "ratio": each[worst]},
        }
        if target := self.targets.get((one, other)):
            told |= {"target": target, "above_target": [query for query, found in each.items() if found > target]}
        return told

    def pairs(self, names):
        """Variants of Weft against each other, and Weft against whoever reads the same variant."""
        ours = [pair for pair in self.targets if set(pair) <= set(names)]
        theirs = [(f"weft/{variant}", f"{engine}/{variant}") for engine in self.engines if engine != "weft" for variant in self.variants]
        return ours + [pair for pair in theirs if set(pair) <= set(names)]

    def markdown(self, report):
        queries, totals = report["queries"], report["sum"]
        parts = [", ".join(f"{key} {value}" for key, value in report["conditions"].items()), self.laid(report["tables"])]
        parts += [f"{query['name']} FAILED: {query['failed']}" for query in queries if "failed" in query]
        timed = [query for query in queries if "failed" not in query]
        if timed:
            names = list(totals["sides"])
            own, theirs = [], []
            for name in names:
                (own if name.startswith("weft/") else theirs).append(name)
            if own:
                parts += ["### Weft, milliseconds (medians)", self.times(timed, totals, own, [pair for pair in self.pairs(names) if pair in self.targets], rows=True)]
            if theirs:
                parts += ["### The others, and Weft over them", self.times(timed, totals, theirs, [pair for pair in self.pairs(names) if pair not in self.targets])]
            parts += ["### Ratios", self.ratios(totals["ratios"])]
            parts += ["### Cores kept busy: processor time over time", self.busy(timed, totals, names)]
        if report["partitions"]:
            parts += ["### Partitions of a scan, as EXPLAIN tells them", self.partitions(report["partitions"])]
        return "\n\n".join(parts)

    def laid(self, tables):
        """How many rows of each variant are deleted."""
        told = {variant: (sum(one["deleted"] for one in each.values()), sum(one["rows"] for one in each.values())) for variant, each in tables.items()}
        return ", ".join(f"{self.variants[variant]}: {deleted:,} of {rows:,} rows deleted" for variant, (deleted, rows) in told.items())

    def called(self, name):
        engine, variant = name.split("/")
        return f"{self.engines[engine]} {self.variants[variant]}"

    def against(self, one, other):
        """Short: what differs between two sides."""
        (engine, variant), (theirs, over) = one.split("/"), other.split("/")
        return f"{self.variants[variant]} / {self.variants[over]}" if engine == theirs else f"{self.engines[engine]} / {self.engines[theirs]}, {self.variants[variant]}"

    def times(self, timed, totals, names, both, rows=False):
        counted = ["rows", "other plan"] if rows else []
        lines = table(["", *counted, *map(self.called, names), *(self.against(*pair) for pair in both)])
        for query in timed:
            took = {name: one["ms"] for name, one in query["engines"].items()}
            said = [counts(query["rows"]), " ".join(self.variants[variant].split()[0] for variant in query["other_plans"])] if rows else []
            marked = (marks(took[one] / took[other], self.targets.get((one, other))) for one, other in both)
            lines.append(row(query["name"], *said, *(f"{took[name]:.0f}" for name in names), *marked))
        found = [totals["ratios"][f"{one} over {other}"] for one, other in both]
        blank = ["" for _ in counted]
        lines.append(row("sum of medians", *blank, *(f"{totals['sides'][name]['ms']:.0f}" for name in names), *(f"**{one['of_sums']:.3f}**" for one in found)))
        lines.append(row("geometric mean", *blank, *("" for _ in names), *(f"{one['geometric_mean']:.3f}" for one in found)))
        lines.append(row("processor", *blank, *(f"{totals['sides'][name]['processor_ms']:.0f}" for name in names), *(f"{one['of_processor']:.3f}" for one in found)))
        return "\n".join(lines)

    def ratios(self, found):
        lines = table(["", "of sums", "aimed at", "", "geometric mean", "processor", "worst", "queries above"])
        for name, one in found.items():
            target = one.get("target")
            verdict = "" if target is None else "reached" if one["of_sums"] <= target else "**missed**"
            above = "" if target is None else f"{len(one['above_target'])}: {' '.join(one['above_target'])}"
            worst = f"{one['worst']['query']} {one['worst']['ratio']:.2f}"
            lines.append(row(self.against(*name.split(" over ")), f"{one['of_sums']:.3f}", target or "", verdict, f"{one['geometric_mean']:.3f}", f"{one['of_processor']:.3f}", worst, above))
        return "\n".join(lines)

    def busy(self, timed, totals, names):
        """The system counts in hundredths of a second, so that only the sums and the long queries say much."""
        share = lambda one: f"{one['processor_ms'] / one['wall_ms']:.2f}"
        lines = table(["", *map(self.called, names)])
        lines += [row(query["name"], *(share(query["engines"][name]) for name in names)) for query in timed]
        lines.append(row("all", *(share(totals["sides"][name]) for name in names)))
        return "\n".join(lines)

    def partitions(self, found):
        lines = table(["", *map(self.called, found)])
        tables = next(iter(found.values()))
        lines += [row(name, *(each[name] for each in found.values())) for name in tables]
        return "\n".join(lines)



def counts(rows):
    """Of the answers over each variant; the whole tables and the plain files have the same."""
    each = [count for variant, count in rows.items() if variant != "parquet" or "whole" not in rows]
    return " / ".join(map(str, each)) if len(set(each)) > 1 else each[0]


def marks(found, target):
    """A ratio above what is aimed at stands out."""
    return f"**{found:.2f}**" if target and found > target else f"{found:.2f}"
