"""What the lists of sabotages share: spoiling texts, and a copy of the sources that is built spoilt.

An edit is (file, text, what it becomes); the file is named from the root of the project. The text has to be
there, and but once where one place is meant: else the list no longer fits the code, and says so. Each
list takes `--check`, which spoils nothing and only looks whether all of it fits; tests/check_source does.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "sabotage" / "tree"
FOLDERS = ["cmake", "proto", "services", "gateway", "sql", "deploy", "tests", "CMakeLists.txt", "CMakePresets.json"]


class Unfit(Exception):
    """A text is not in its file, or more often than once."""


def spoilt(folder, edits, everywhere=False):
    """What the files of this folder become, by name; nothing is written."""
    files = {}
    for file, text, becomes in edits:
        whole = files[file] if file in files else (Path(folder) / file).read_text()
        times = whole.count(text)
        if times != 1 and not (times and everywhere):
            raise Unfit(f"TEXT FOUND {times} TIMES in {file}: {text}")
        files[file] = whole.replace(text, becomes)
    return files


def write(folder, files):
    for file, whole in files.items():
        (Path(folder) / file).write_text(whole)


def misfits(sabotages, everywhere=False):
    """Prints which sabotages (name, edits) do not fit the code; how many."""
    bad = 0
    for name, edits in sabotages:
        try:
            spoilt(ROOT, edits, everywhere)
        except (Unfit, OSError) as error:
            print(f"{name}: {error}")
            bad += 1
    return bad


def copy_sources(where, folders):
    for name in folders:
        source, target = ROOT / name, where / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("node_modules", "dist", "__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def run(command, **environment):
    return subprocess.run(command, cwd=COPY, env={**os.environ, **environment}, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def prepare(touched, *options):
    """A fresh copy of the sources; what was built of it before is reused but for the files that lists spoil."""
    COPY.mkdir(parents=True, exist_ok=True)
    copy_sources(COPY, FOLDERS)
    for file in touched:
        (COPY / file).touch()
    cache = ["-DCMAKE_C_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    result = run(["cmake", "--preset", "dev", *options, *cache])
    assert result.returncode == 0, result.stdout


def build(*targets):
    """What the compiler said when the copy does not build; else nothing."""
    result = run(["cmake", "--build", "--preset", "dev", "-j2", *(["--target", *targets] if targets else [])])
    return result.stdout[-2000:] if result.returncode else ""


def red(file, word):
    """What the test that should notice says when it does; else None."""
    if not file.endswith(".py"):
        failed = run(["ctest", "--test-dir", "build/dev", "-R", f"/{file}$", "--no-tests=error"]).returncode
        return f"FAILED {file}" if failed else None
    result = run(["/usr/bin/python3", "-m", "pytest", "-q", "-x", f"tests/scenario/{file}", "-k", word],
                 DD_BIN=str(COPY / "build/dev/bin"), COLUMNS="240")  # so that the reason is told too
    return next((line for line in result.stdout.splitlines() if line.startswith("FAILED")), None)


def try_one(edit, file, test):
    """Who noticed; None when nobody did."""
    unspoilt = (COPY / edit[0]).read_text()
    write(COPY, spoilt(COPY, [edit]))
    try:
        if said := build():
            raise Unfit(f"DOES NOT BUILD\n{said}")
        return red(file, test)
    finally:
        (COPY / edit[0]).write_text(unspoilt)


def noticed(sabotages):
    """Runs a list of (what is done, file, text, what it becomes, who notices: a scenario file with a word of the
    test's name, or a unit test) by the arguments of the command line; its exit code."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    if word == "--check":
        return 1 if misfits((name, [edit]) for name, *edit, _, _ in sabotages) else 0
    chosen = [sabotage for sabotage in sabotages if word in sabotage[0]]
    prepare(path for _, path, *_ in sabotages)
    if said := build():
        sys.exit(f"the unspoilt copy does not build\n{said}")
    if broken := [said for one in sorted({(file, test) for *_, file, test in chosen}) if (said := red(*one))]:
        sys.exit("the tests cannot run unspoilt:\n" + "\n".join(broken))
    print("unspoilt: green", flush=True)
    unnoticed = 0
    for name, *edit, file, test in chosen:
        try:
            found = try_one(tuple(edit), file, test)
        except Unfit as error:
            found, name = None, f"{name}: {error}"
        print(f"{name}: {found or 'UNNOTICED'}", flush=True)
        unnoticed += found is None
    print(f"{len(chosen) - unnoticed} of {len(chosen)} sabotages noticed")
    return 1 if unnoticed else 0
