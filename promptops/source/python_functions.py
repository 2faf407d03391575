"""What a Python file defines, read without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def function_problem(code: str, function: str, file: str) -> str:
    """Why the file cannot give this check; empty when it can, or when only running it would tell."""
    names, problem = _read_names(code, file)
    if problem:
        return problem
    node = names.get(function)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.decorator_list:
        return ""  # what it becomes, only running it would tell
    if isinstance(node, ast.AsyncFunctionDef):
        return f"'{function}' in {file} is an async function; a check is a plain one"
    if isinstance(node, ast.ClassDef) and not node.decorator_list:
        return f"'{function}' in {file} is a class; a check is a function"
    if isinstance(node, ast.FunctionDef) and not _takes_two(node.args):
        return f"'{function}' in {file} does not take two arguments: (reply, case)"
    return _missing(names, function, file)


def missing_function(code: str, function: str, file: str) -> str:
    """Why the file has no such function, whatever it takes; empty when it has, or when only running it would tell."""
    names, problem = _read_names(code, file)
    return problem or _missing(names, function, file)


def _read_names(code: str, file: str) -> tuple[dict[str, ast.stmt], str]:
    try:
        return dict(_names(ast.parse(code).body)), ""
    except SyntaxError as exc:
        return {}, f"{file} line {exc.lineno or 1}: {exc.msg}"
    except (ValueError, RecursionError, MemoryError):
        return {}, f"{file} cannot be read as Python"


def _missing(names: dict[str, ast.stmt], function: str, file: str) -> str:
    if function in names or "*" in names:
        return ""
    listed = ", ".join(name for name, one in names.items() if isinstance(one, ast.FunctionDef)) or "none"
    return f"{file} has no function '{function}' (it has: {listed})"


def _names(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Names that the file's own level may set, with what sets them; `*` for what only an import knows."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name.partition(".")[0], node) for alias in node.names)
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While, ast.TryStar, ast.Match)):
            for field in ("body", "orelse", "finalbody"):
                yield from _names(getattr(node, field, []))
            for part in [*getattr(node, "handlers", []), *getattr(node, "cases", [])]:
                yield from _names(part.body)
        else:
            targets = [one for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
            yield from ((one.id, node) for one in targets)
            if any(isinstance(one, ast.Name) and one.id in ("globals", "exec", "setattr") for one in ast.walk(node)):
                yield "*", node


def _takes_two(arguments: ast.arguments) -> bool:
    """Whether two values can be given in order."""
    positional = [*arguments.posonlyargs, *arguments.args]
    needed = len(positional) - len(arguments.defaults)
    has_rest = arguments.vararg is not None
    needs_names = any(default is None for default in arguments.kw_defaults)
    return needed <= 2 and (len(positional) >= 2 or has_rest) and not needs_names
