"""The import order and the sizes that docs/architecture describes, checked on the source itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("config", "holders", "signatures")

# What the modules of each part may import of ours, besides the part itself. The first part that fits a module counts.
MAY_IMPORT = {
    "signatures.paper": (),
    "signatures.models": ("holders",),
    "signatures.migrations": ("holders", "signatures.models"),
    "signatures.domain": ("holders", "signatures.paper", "signatures.models"),
    "signatures.views": (
        *("holders", "signatures.paper", "signatures.models", "signatures.domain"),
        *("signatures.forms", "signatures.setup_forms"),
    ),
    "signatures.management": ("holders", "signatures.paper", "signatures.models", "signatures.domain"),
    "signatures.urls": ("signatures.views",),
    # A report that a job makes is in the words of the screens.
    "signatures.tasks": ("signatures.models", "signatures.domain", "signatures.views"),
    # All else that calls the domain: forms, tasks, admin, template tags.
    "signatures": ("holders", "signatures.paper", "signatures.models", "signatures.domain"),
    "holders": (),
    "config": (),
}
LARGEST_MODULE = 500
LARGEST_FUNCTION = 40


def _modules() -> list[Path]:
    found = [path for part in OURS for path in sorted((ROOT / part).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _inside(name: str, part: str) -> bool:
    return name == part or name.startswith(part + ".")


def _imports(path: Path) -> Iterator[str]:
    """Every module that is imported anywhere in the file, as `package.module` or `package.module.name`."""
    package = _name(path).split(".") if path.name == "__init__.py" else _name(path).split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", _modules(), ids=_name)
def test_imports_run_one_way(path: Path) -> None:
    name = _name(path)
    part = next(part for part in MAY_IMPORT if _inside(name, part))
    # `signatures` as a part of its own stands for what lies beside the named ones, so it may not be imported as such.
    allowed = [*MAY_IMPORT[part], part] if part != "signatures" else [*MAY_IMPORT[part], name]
    wrong = [
        imported
        for imported in _imports(path)
        if imported.split(".")[0] in OURS and not any(_inside(imported, one) for one in allowed)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", sorted((ROOT / "signatures" / "paper").rglob("*.py")), ids=_name)
def test_paper_knows_no_django(path: Path) -> None:
    assert [name for name in _imports(path) if name.split(".")[0] in {"django", "procrastinate", "psycopg"}] == []


@pytest.mark.parametrize("path", _modules(), ids=_name)
def test_modules_and_functions_stay_small(path: Path) -> None:
    source = path.read_text()
    assert len(source.splitlines()) < LARGEST_MODULE
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    too_long = {
        node.name: length
        for node in functions
        if (length := (node.end_lineno or 0) - node.lineno + 1) > LARGEST_FUNCTION
    }
    assert too_long == {}


WRITES = {
    *("save", "create", "acreate", "get_or_create", "update_or_create", "bulk_create", "bulk_update"),
    *("select_for_update", "delete", "atomic"),
}
# Called alike, but writing to something else than the database.
MAY_CALL_ALIKE = {
    "signatures.views.reports.exports": {"save"},  # a workbook
    "signatures.forms": {"delete"},  # from the cache
    "signatures.management.commands.create_agreement": {"create"},  # the function of the domain
}


def _written(path: Path) -> set[str]:
    """The calls of a module that write to the database by their name; an update only of rows that a query found."""
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    names = [call for call in calls if isinstance(call, ast.Attribute)]
    updates = {"update" for call in names if call.attr == "update" and "objects" in ast.unparse(call.value)}
    return {call.attr for call in names if call.attr in WRITES} | updates


@pytest.mark.parametrize("path", _modules(), ids=_name)
def test_only_the_domain_writes(path: Path) -> None:
    name = _name(path)
    may = ("signatures.domain", "signatures.models", "signatures.management.benchmarks", "signatures.paper", "config")
    if not any(_inside(name, part) for part in may):
        assert _written(path) - MAY_CALL_ALIKE.get(name, set()) == set()


def test_no_module_is_named_after_nothing() -> None:
    nothing = {"utils", "helpers", "common", "manager", "service", "misc"}
    assert [str(path) for path in _modules() if path.stem in nothing or path.parent.name in nothing] == []


@pytest.mark.parametrize("name", ["environment", "places", "start"])
def test_the_start_needs_the_standard_library_alone(name: str) -> None:
    import sys

    path = ROOT / "config" / f"{name}.py"
    at_once = [
        alias.name if isinstance(node, ast.Import) else (node.module or "")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    assert [one for one in at_once if one.split(".")[0] not in {*sys.stdlib_module_names, "config"}] == []
