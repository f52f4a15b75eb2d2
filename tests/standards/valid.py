#!/usr/bin/env python3
"""Says whether the standards' own validators accept every product and contract file below some folders.

usage: valid.py FOLDER...

Each file is judged by the JSON Schema of its edition, by the lint entry point of its tool, and contracts by odcslint.
"""

import pathlib
import shutil
import sys
import tempfile

from mutants import lint_verdict, odcslint_verdicts, schema_verdict


def main():
    refused = judged = 0
    with tempfile.TemporaryDirectory() as folder:
        copies = {}
        for root in sys.argv[1:]:
            for path in sorted(pathlib.Path(root).rglob("*.o[dc][cp]s.yaml")):
                kind = "odps" if path.name.endswith(".odps.yaml") else "odcs"
                # odcslint's judge rewrites placeholders in the files it is given.
                copy = pathlib.Path(folder, f"f{judged:05}.{kind}.yaml")
                shutil.copy(path, copy)
                copies[str(copy)] = path
                judged += 1
                verdicts = [schema_verdict(kind, path.read_text(encoding="utf-8")), lint_verdict(kind, path)]
                for verdict in filter(None, verdicts):
                    refused += 1
                    print(f"{path}: {verdict}")
        contracts = [pathlib.Path(copy) for copy in copies if copy.endswith(".odcs.yaml")]
        for copy, verdict in odcslint_verdicts(contracts).items():
            refused += 1
            print(f"{copies[copy]}: odcslint: {verdict}")
    print(f"{judged} files, {refused} complaints")
    sys.exit(bool(refused) or not judged)


if __name__ == "__main__":
    main()
