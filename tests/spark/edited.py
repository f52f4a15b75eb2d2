"""Logs edited by hand, which say the same as before: other writers write them, or time and accidents leave them."""

import json
import uuid

from making import table

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def same(of="plain", **how):
    """An edit that leaves a table's rows as they were."""
    return table(of=of, same=True, **how)


@same()
def ok_hint_dangling(t):
    """The checkpoint it names is not there."""
    (t.log / "_last_checkpoint").write_text('{"version":4,"size":10}')


@same()
def ok_hint_beyond(t):
    """No such version was ever there."""
    (t.log / "_last_checkpoint").write_text('{"version":400,"size":10,"parts":7}')


@same(of="checkpoint_and_everything")
def ok_hint_garbage(t):
    (t.log / "_last_checkpoint").write_text("not json {")


@same()
def ok_parts_incomplete(t):
    """A part of a checkpoint is gone, and no commit."""
    with t.settings(spark__databricks__delta__checkpoint__partSize="2"):
        t.checkpoint()
    sorted(t.log.glob("*.checkpoint.*.parquet"))[1].unlink()
    t.unsummed()


@same(of="checkpoint_and_everything", compared=["id", "p"])
def ok_checkpoint_empty(t):
    """A file without a byte where the checkpoint was."""
    t.unsummed()
    next(t.log.glob("*.checkpoint.parquet")).write_bytes(b"")


@same(of="checkpoint_and_everything")
def ok_strangers_in_the_log(t):
    t.unsummed()
    for name in ("foo.txt", f"{3:020}.json.tmp", f"{99:020}.json.bak", ".hidden", f"_tmp_{7:020}.json", f"{2:020}.checkpoint.parquet.tmp"):
        (t.log / name).write_text("nonsense {")
    (t.log / "_staged_commits").mkdir(exist_ok=True)
    (t.log / "_staged_commits" / f"{8:020}.{uuid.UUID(int=8)}.json").write_text('{"commitInfo":{"timestamp":1}}\n')


@same()
def ok_unknown_words(t):
    """Actions and fields that nobody knows."""

    def change(action):
        for body in action.values():
            body |= {"unknownField": {"deep": [1, {"x": None}]}, "another": 5}

    t.edit(change)
    t.write(t.last() + 1, [{"futureAction": {"x": 1}}])


@same()
def ok_blank_lines(t):
    for version in range(t.last() + 1):
        text = t.commit(version).read_text(encoding="utf-8")
        t.commit(version).write_text("\r\n".join(text.splitlines()) + "\r\n\n   \n", encoding="utf-8")
    t.unsummed()


@same(compared=["id", "s"])
def ok_statistics_garbage(t):
    """They are hints. With deleted rows, the count is more than one, and stays."""
    kinds = iter(["null", "", "{not json", "[1]", '{"numRecords":"10","minValues":5}', '{"numRecords":null,"minValues":null}', "{}"] * 2)

    def change(action):
        if "add" in action and not action["add"].get("deletionVector"):
            action["add"]["stats"] = next(kinds)

    t.edit(change)


@same(compared=["id"])
def ok_bounds_wide(t):
    def change(action):
        if "add" in action:
            stats = json.loads(action["add"]["stats"])
            stats["minValues"]["id"], stats["maxValues"]["id"], stats["tightBounds"] = -5000, 5000, False
            action["add"]["stats"] = json.dumps(stats)

    t.edit(change)


def moved(action, place):
    """An action whose file, if it has one, is named by another path."""
    for kind in ("add", "remove"):
        if kind in action:
            action[kind]["path"] = place(kind, action[kind]["path"])


@same(compared=["p"])
def ok_paths_escaped(t):
    """With more percent signs than are needed."""

    def escaped(_, path):
        folder, _, name = path.rpartition("/")
        return folder + "/" + name.replace("-", "%2D").replace(".", "%2E")

    t.edit(lambda action: moved(action, escaped))


@same(older=[4])
def ok_paths_absolute(t):
    """An add and its remove name the file in two ways."""
    root = {"add": f"file://{t.folder}/", "remove": f"file:{t.folder}/"}
    t.edit(lambda action: moved(action, lambda kind, path: root[kind] + path))


def read85(text):
    """Base 85 as the log has the names of vectors: https://rfc.zeromq.org/spec/32/."""
    words = [sum(DIGITS.index(digit) * 85 ** (4 - place) for place, digit in enumerate(text[at : at + 5])) for at in range(0, len(text), 5)]
    return b"".join(word.to_bytes(4, "big") for word in words)


@same()
def ok_vectors_absolute(t):
    def change(action):
        vector = action.get("add", {}).get("deletionVector")
        if vector:
            place, name = vector["pathOrInlineDv"][:-20], uuid.UUID(bytes=read85(vector["pathOrInlineDv"][-20:]))
            vector |= {"storageType": "p", "pathOrInlineDv": f"file://{t.folder / place}/deletion_vector_{name}.bin"}

    t.edit(change)


@same()
def ok_added_twice(t):
    """As a refresh of statistics leaves it."""
    live = [action for action in t.actions(5) if "add" in action]
    t.write(6, [{"add": {**action["add"], "dataChange": False}} for action in live])


@same()
def ok_writer_feature_unknown(t):
    """It concerns who writes."""

    def change(action):
        if "protocol" in action:
            action["protocol"]["writerFeatures"].append("somethingNew")

    t.edit(change)
