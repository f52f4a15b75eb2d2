"""What was measured, for people: tables in Markdown."""

import math

NAMES = {
    "weft": "Weft", "datafusion": "DataFusion", "duckdb": "DuckDB", "duckdb-cached": "DuckDB, data cached",
    "weft-sealed": "Weft, sealed", "datafusion-views": "DataFusion, views",
}  # fmt: skip
# Ours over theirs.
PAIRS = [("weft", "datafusion"), ("weft", "duckdb"), ("weft", "duckdb-cached"), ("weft-sealed", "datafusion-views")]


def summed(queries):
    """Totals over the queries that were timed, and the ratios of each pair that took part."""
    timed = [query for query in queries if "failed" not in query]
    if not timed:
        return {"engines": {}, "ratios": {}}
    engines = {
        name: {key: sum(query["engines"][name][key] for query in timed) for key in ("ms", "processor_ms", "requests", "bytes", "first_requests", "first_bytes")}
        for name in timed[0]["engines"]
    }
    ratios = {}
    for ours, theirs in pairs(engines):
        each = [query["engines"][ours]["ms"] / query["engines"][theirs]["ms"] for query in timed]
        ratios[f"{ours}/{theirs}"] = {
            "of_sums": engines[ours]["ms"] / engines[theirs]["ms"],
            "geometric_mean": math.exp(sum(map(math.log, each)) / len(each)),
            "of_processor": engines[ours]["processor_ms"] / max(engines[theirs]["processor_ms"], 1),
        }
    return {"engines": engines, "ratios": ratios}


def pairs(engines):
    return [pair for pair in PAIRS if all(name in engines for name in pair)]


def markdown(report):
    conditions = ", ".join(f"{key} {value}" for key, value in report["conditions"].items())
    parts = [conditions]
    for place, measured in report["places"].items():
        parts += [f"### {place}, scale {report['conditions']['scale']}", times(measured)]
        if measured["counted"]:
            parts.append(asked(measured))
    return "\n\n".join(parts)


def times(measured):
    """Milliseconds are medians."""
    engines = list(measured["sum"]["engines"])
    both = pairs(engines)
    lines = table(["", "rows", *(NAMES[name] for name in engines), *(f"{NAMES[ours]} / {NAMES[theirs]}" for ours, theirs in both)])
    for query in measured["queries"]:
        if "failed" in query:
            lines.append(f"| {query['name']} | failed: {query['failed'][:200]} |")
            continue
        took = {name: query["engines"][name]["ms"] for name in engines}
        ratios = [f"{took[ours] / took[theirs]:.2f}" for ours, theirs in both]
        lines.append(row(query["name"], query["rows"], *(f"{took[name]:.0f}" for name in engines), *ratios))
    totals = measured["sum"]
    ratios = [totals["ratios"][f"{ours}/{theirs}"] for ours, theirs in both]
    lines.append(row("sum of medians", "", *(f"{one['ms']:.0f}" for one in totals["engines"].values()), *(f"**{one['of_sums']:.3f}**" for one in ratios)))
    lines.append(row("geometric mean", "", *("" for _ in engines), *(f"{one['geometric_mean']:.3f}" for one in ratios)))
    lines.append(row("processor", "", *(f"{one['processor_ms']:.0f}" for one in totals["engines"].values()), *(f"{one['of_processor']:.3f}" for one in ratios)))
    return "\n".join(lines)


def asked(measured):
    """Requests and MiB of one run when caches are warm, and in all of the first runs."""
    engines = list(measured["sum"]["engines"])
    lines = table(["", *(f"{NAMES[name]}: {what}" for name in engines for what in ("requests", "MiB"))])
    for query in measured["queries"]:
        if "failed" not in query:
            lines.append(row(query["name"], *(cell for name in engines for cell in counted(query["engines"][name]))))
    totals = measured["sum"]["engines"]
    lines.append(row("sum", *(cell for name in engines for cell in counted(totals[name]))))
    lines.append(row("first runs", *(cell for name in engines for cell in counted(totals[name], "first_"))))
    return "\n".join(lines)


def counted(one, prefix=""):
    return f"{one[prefix + 'requests']:.0f}", f"{one[prefix + 'bytes'] / 2**20:.1f}"


def table(heads):
    return [row(*heads), "|---|" + "--:|" * (len(heads) - 1)]


def row(*cells):
    return "| " + " | ".join(map(str, cells)) + " |"
