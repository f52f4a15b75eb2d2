"""One JVM with the Flight SQL JDBC driver, told over a pipe what to do (tests/jdbc/Asker.java)."""

import base64
import json
import pathlib
import select
import subprocess

import pytest

JDBC = pathlib.Path(__file__).resolve().parents[1] / "jdbc"
ANSWER_SECONDS = 120


class Failure(Exception):
    """What JDBC threw: its message, and the causes below it."""

    def __init__(self, answer):
        super().__init__(answer["failure"])
        self.causes = answer["causes"]
        # What the server said stands below what the driver puts around it.
        self.said = answer["causes"][-1].partition(": ")[2]


class Table:
    """A result set: the columns as its metadata describes them, rows, and the class of each value of the first row."""

    def __init__(self, answer):
        self.columns = answer["columns"]
        self.labels = [column["label"] for column in answer["columns"]]
        self.rows = [tuple(row) for row in answer["rows"]]
        self.classes = answer["classes"]

    def pick(self, *labels):
        """These columns of all rows."""
        places = [self.labels.index(label) for label in labels]
        return [tuple(row[place] for place in places) for row in self.rows]


class Java:
    """The JVM; connections are called by names."""

    def __init__(self, log):
        driver = subprocess.run(["bash", JDBC / "driver"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if driver.returncode != 0:
            pytest.fail(driver.stderr.strip(), pytrace=False)
        self.process = subprocess.Popen(
            [
                "java", "--add-opens=java.base/java.nio=ALL-UNNAMED", "-Duser.timezone=UTC", "-Xmx512m",
                "--class-path", driver.stdout.strip(), JDBC / "Asker.java",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )

    def ask(self, *words):
        """Has a verb done; a result set comes back as a table."""
        line = " ".join("-" if word is None else base64.b64encode(str(word).encode()).decode() for word in words)
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], ANSWER_SECONDS)
        assert ready, f"JDBC does not come back from: {words}"
        answer = json.loads(self.process.stdout.readline())
        if isinstance(answer, dict) and "failure" in answer:
            raise Failure(answer)
        return Table(answer) if isinstance(answer, dict) and "classes" in answer else answer

    def connect(self, name, url, **properties):
        """Opens a connection."""
        address = url.removeprefix("grpc://")
        words = [word for pair in properties.items() for word in pair]
        return self.ask("connect", name, f"jdbc:arrow-flight-sql://{address}/?useEncryption=false", *words)

    def prepared(self, name, sql, *sets):
        """The kinds of a statement's parameters, and the rows for each set of values."""
        answer = self.ask("prepare", name, sql, *["\t".join(values) for values in sets])
        return answer["parameters"], [[tuple(row) for row in rows["rows"]] for rows in answer["answers"]]

    def end(self):
        """Ends the JVM, which closes what is open."""
        self.process.stdin.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
