"""What every table is made with: a statement, a setting for a while, a look into the log; and the list of what is made."""

import contextlib
import json
import re
import shutil
import urllib.parse

MADE = {}
COMMIT = re.compile(r"\d{20}\.json")
DELETING = {"enableDeletionVectors": "true"}


class Recipe:
    """How a table is made, and what is asked of it.

    `of` names the table it begins as a copy of, and whose rows it has if `same`; `older` are the versions whose rows are
    asked for, `gone` those that cannot be read as what the table is now; `compared` are the columns of predicates; `says` is
    what the refusal of a table that cannot be read contains, or, called with the table, returns."""

    def __init__(self, make, of=None, same=False, older=(), gone=(), compared=(), says=None):
        self.make, self.of, self.same, self.says = make, of, same, says
        self.older, self.gone, self.compared = list(older), list(gone), list(compared)


def table(*, name=None, **how):
    """Notes how a table is made, under the function's name if no other is given."""

    def note(make):
        called = name or make.__name__
        assert called not in MADE, called
        MADE[called] = Recipe(make, **how)
        return make

    return note


class Table:
    """A table that is being made. In statements, `{t}` stands for it."""

    def __init__(self, spark, folder):
        self.spark, self.folder, self.log = spark, folder, folder / "_delta_log"
        self.said = None

    def sql(self, *statements):
        for statement in statements:
            self.spark.sql(statement.replace("{t}", f"delta.`{self.folder}`"))

    def create(self, columns, by=None, cluster=None, **properties):
        """An empty table; `__` in a property's name is a dot, and `delta.` stands before each."""
        clauses = [f"PARTITIONED BY ({by})" if by else "", f"CLUSTER BY ({cluster})" if cluster else ""]
        if properties:
            clauses.append(f"TBLPROPERTIES ({listed(properties)})")
        self.sql(f"CREATE TABLE {{t}} ({columns}) USING delta {' '.join(clauses)}")

    def properties(self, **properties):
        self.sql(f"ALTER TABLE {{t}} SET TBLPROPERTIES ({listed(properties)})")

    def append(self, select, mode="append", **options):
        """What SQL has no INSERT for: other columns than the table's, transactions of applications."""
        self.spark.sql(select).write.format("delta").mode(mode).options(**options).save(str(self.folder))

    @contextlib.contextmanager
    def settings(self, **settings):
        """Settings of the session for a while."""
        settings = {key.replace("__", "."): value for key, value in settings.items()}
        before = {key: self.spark.conf.get(key, None) for key in settings}
        for key, value in settings.items():
            self.spark.conf.set(key, value)
        yield
        for key, value in before.items():
            self.spark.conf.unset(key) if value is None else self.spark.conf.set(key, value)

    def checkpoint(self):
        """A checkpoint of the version that is there, by the writer's own door."""
        logs = self.spark._jvm.org.apache.spark.sql.delta.DeltaLog
        logs.forTable(self.spark._jsparkSession, str(self.folder)).checkpoint()

    def commit(self, version):
        return self.log / f"{version:020}.json"

    def last(self):
        return max(int(path.name[:20]) for path in self.log.iterdir() if COMMIT.fullmatch(path.name))

    def actions(self, version):
        return [json.loads(line) for line in self.commit(version).read_text(encoding="utf-8").splitlines() if line.strip()]

    def write(self, version, actions):
        """A commit by hand; checksums of the log would contradict it."""
        self.unsummed()
        self.commit(version).write_text("".join(json.dumps(action) + "\n" for action in actions), encoding="utf-8")

    def edit(self, change, versions=None):
        """Every action as `change` leaves it, in all commits or these."""
        for version in versions or range(self.last() + 1):
            actions = self.actions(version)
            for action in actions:
                change(action)
            self.write(version, actions)

    def file(self, version):
        """The first file that a commit adds."""
        path = next(action["add"]["path"] for action in self.actions(version) if "add" in action)
        return self.folder / urllib.parse.unquote(path)

    def unsummed(self):
        """Without checksums: those of the log, and those that Hadoop keeps of every file."""
        for path in {*self.log.glob("*.crc"), *self.folder.rglob(".*.crc")}:
            path.unlink()

    def cleaned(self, below):
        """The log without its commits before a version, as retention leaves it."""
        self.unsummed()
        for version in range(below):
            self.commit(version).unlink(missing_ok=True)


def listed(properties):
    named = {key.replace("__", "."): value for key, value in properties.items()}
    return ", ".join(f"'delta.{key}'='{value}'" for key, value in named.items())


def made(spark, name, tables):
    """Makes a table; the table, and what its refusal says."""
    recipe, one = MADE[name], Table(spark, tables / name)
    if recipe.of:
        shutil.copytree(tables / recipe.of, one.folder)
    said = recipe.make(one)
    return one, said or recipe.says
