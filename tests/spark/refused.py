"""Tables that must be refused, by the name of what is wrong with them."""

from making import table


def bad(says=None, of="plain"):
    """An edit that leaves nothing that may be answered; the text that the refusal has, if the edit does not return it."""
    return table(of=of, says=says)


def supported(t, *features, reader=True):
    """Every protocol of the log with these features."""

    def change(action):
        if "protocol" in action:
            action["protocol"]["writerFeatures"] += features
            if reader:
                action["protocol"]["readerFeatures"] += [features[0]]

    t.edit(change)


@bad("somethingNew")
def bad_reader_feature(t):
    supported(t, "somethingNew")


@bad("catalogManaged")
def bad_catalog_managed(t):
    """What is committed is known to a catalog, and not to the folder."""
    supported(t, "catalogManaged", "inCommitTimestamp")


@bad("version 3 ")
def bad_commit_missing(t):
    t.commit(3).unlink()
    t.unsummed()


@bad("version 6 ", of="checkpoint_and_everything")
def bad_commit_missing_after_checkpoint(t):
    t.commit(6).unlink()
    t.unsummed()


@bad(f"{5:020}.json")
def bad_commit_truncated(t):
    t.commit(5).write_bytes(t.commit(5).read_bytes()[:-200])
    t.unsummed()


@bad()
def bad_file_missing(t):
    gone = t.file(5)
    gone.unlink()
    return gone.name


@bad()
def bad_file_truncated(t):
    cut = t.file(5)
    cut.write_bytes(cut.read_bytes()[:-20])
    t.unsummed()
    return cut.name


@bad()
def bad_vector_missing(t):
    (gone,) = t.folder.rglob("deletion_vector*.bin")
    gone.unlink()
    t.unsummed()
    return gone.name


@bad("holds 1 rows, and the log says 4")
def bad_vector_cardinality(t):
    def change(action):
        vector = action.get("add", {}).get("deletionVector")
        if vector:
            vector["cardinality"] += 3

    t.edit(change, versions=[5])


@bad("..")
def bad_path_escape(t):
    """To a neighbour's files."""

    def change(action):
        if "add" in action:
            action["add"]["path"] = "../plain/" + action["add"]["path"]

    t.edit(change)


def cleaned(t, policy):
    """A checkpoint whose own commit says all of a table but its rows, and no commit before it."""
    t.properties(checkpointPolicy=policy)
    t.checkpoint()
    t.cleaned(below=t.last())


@bad("not readable as delta")
def bad_checkpoint_missing(t):
    cleaned(t, "classic")
    t.sql("INSERT INTO {t} VALUES (1000, 'last', 'p 1', null)")
    (gone,) = t.log.glob("*.checkpoint.parquet")
    gone.unlink()


@bad()
def bad_sidecar_missing(t):
    """And no commit that could stand for it."""
    cleaned(t, "v2")
    (gone,) = (t.log / "_sidecars").glob("*.parquet")
    gone.unlink()
    return gone.name
