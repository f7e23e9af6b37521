"""Which columns a column of a view is computed from: read from the tree that the server keeps of the view's query.

pg_depend tells which columns a view reads, not for which of its own. The tree (pg_rewrite.ev_action) tells both, and PostgreSQL
writes it the same way in all its versions: {NODE :field value …} and (lists). What is walked are the expressions of values:
arguments, conditions of CASE and FILTER, windows. What only decides which rows there are (joins, WHERE, GROUP BY) is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]
Column = tuple[int, int | None]
"""The oid of a relation, and the number of a column of it, or None: its rows, of which something is counted."""

_MARK = re.compile(r"[(){}]|(?:\\.|[^\s(){}\\])+")
_RELATION, _SUBQUERY, _JOIN, _VALUES, _CTE, _GROUP = "012569"  # rtekind; _GROUP: of GROUP BY, since PostgreSQL 18


def parse(text: str) -> Node:
    """Return the query of a view from the text of its tree."""
    found = _items(iter(_MARK.findall(text)), "")
    query: Node = found[0][0]
    return query


def _items(marks: Iterator[str], end: str) -> list[Any]:
    """Return what stands before a closing bracket: texts, None for <>, lists and nodes."""
    found: list[Any] = []
    for mark in marks:
        if mark == end:
            break
        if mark == "(":
            found.append(_items(marks, ")"))
        elif mark == "{":
            found.append(_node(_items(marks, "}")))
        else:
            found.append(None if mark == "<>" else mark)
    return found


def _node(items: list[Any]) -> Node:
    """Return a node: its kind under "", and the first value of each field, for only constants have more."""
    node: Node = {"": items[0]}
    name = ""
    for item in items[1:]:
        if isinstance(item, str) and item.startswith(":"):
            name = item[1:]
        else:
            node.setdefault(name, item)
    return node


class View:
    """A view, by the tree of its query."""

    def __init__(self, text: str) -> None:
        self._query = parse(text)
        self._known: dict[tuple[int, int | None], set[Column]] = {}

    def sources(self, number: int) -> set[Column]:
        """Return the columns that a column of the view, by its number, is computed from directly."""
        return self._column([self._query], number)

    # A query is given with those around it, the innermost last: a variable may be of any of them.

    def _column(self, queries: list[Node], number: int | None) -> set[Column]:
        """Return the sources of a column of the last query; None: of its rows."""
        key = id(queries[-1]), number
        if key not in self._known:
            self._known[key] = set()  # what a recursive query says of itself
            self._known[key] = self._rows(queries) if number is None else self._values(queries, number)
        return self._known[key]

    def _values(self, queries: list[Node], number: int) -> set[Column]:
        """Return the sources of a column; of all columns when number is 0."""
        query = queries[-1]
        if query["setOperations"]:
            parts = (query["rtable"][index - 1]["subquery"] for index in _operands(query["setOperations"]))
            return set().union(*(self._column([*queries, part], number) for part in parts))
        chosen = [
            target["expr"]
            for target in query["targetList"] or []
            if int(target["resno"]) == number or (not number and target["resjunk"] == "false")
        ]
        return self._expression(queries, chosen)

    def _rows(self, queries: list[Node]) -> set[Column]:
        """Return the relations whose rows a query reads."""
        found: set[Column] = set()
        for entry in queries[-1]["rtable"] or []:
            if entry["rtekind"] == _RELATION and entry["inFromCl"] == "true":
                found.add((int(entry["relid"]), None))
            elif entry["rtekind"] == _SUBQUERY:
                found |= self._column([*queries, entry["subquery"]], None)
            elif entry["rtekind"] == _CTE:
                found |= self._common(queries, entry, None)
        return found

    def _common(self, queries: list[Node], entry: Node, number: int | None) -> set[Column]:
        """Return the sources of a column of a WITH query."""
        outer = queries[: len(queries) - int(entry["ctelevelsup"])]
        named = (c["ctequery"] for c in outer[-1]["cteList"] if c["ctename"] == entry["ctename"])
        return set().union(*(self._column([*outer, query], number) for query in named))

    def _expression(self, queries: list[Node], part: Any) -> set[Column]:
        """Return the sources of an expression, or of several."""
        if isinstance(part, list):
            return set().union(*(self._expression(queries, item) for item in part))
        if not isinstance(part, dict):
            return set()
        if part[""] == "VAR":
            return self._variable(queries, part)
        if part[""] == "QUERY":
            return self._column([*queries, part], 0)
        found = self._expression(queries, [value for name, value in part.items() if name])
        if part[""] in ("AGGREF", "WINDOWFUNC") and not part["args"]:
            found |= self._rows(queries)
        if part[""] == "WINDOWFUNC":
            found |= self._window(queries, part["winref"])
        return found

    def _window(self, queries: list[Node], reference: str) -> set[Column]:
        """Return the sources of what a window is cut and ordered by."""
        query = queries[-1]
        clauses = [w for w in query["windowClause"] if w["winref"] == reference]
        sorts = [c for w in clauses for c in (w["partitionClause"] or []) + (w["orderClause"] or [])]
        references = {clause["tleSortGroupRef"] for clause in sorts}
        chosen = [target["expr"] for target in query["targetList"] if target["ressortgroupref"] in references]
        return self._expression(queries, chosen)

    def _variable(self, queries: list[Node], variable: Node) -> set[Column]:
        """Return the sources of a variable: a column of a table, or what a part of the query computes."""
        queries = queries[: len(queries) - int(variable["varlevelsup"])]
        number = int(variable["varattno"])
        entry = queries[-1]["rtable"][int(variable["varno"]) - 1]
        kind = entry["rtekind"]
        if kind == _RELATION:
            return {(int(entry["relid"]), number if number > 0 else None)}
        if kind == _SUBQUERY:
            return self._column([*queries, entry["subquery"]], number)
        if kind == _CTE:
            return self._common(queries, entry, number)
        if kind == _JOIN:
            return self._expression(queries, _at(entry["joinaliasvars"], number))
        if kind == _VALUES:
            return self._expression(queries, [_at(row, number) for row in entry["values_lists"]])
        part = _at(entry["groupexprs"], number) if kind == _GROUP else [entry.get("functions"), entry.get("tablefunc")]
        return self._expression(queries, part)


def _at(items: list[Any], number: int) -> Any:
    """Return one of a list by its number from 1, or, of 0, the whole."""
    return items[number - 1] if number else items


def _operands(node: Node) -> list[int]:
    """Return the numbers of the queries that UNION and its like combine."""
    if node[""] == "RANGETBLREF":
        return [int(node["rtindex"])]
    return _operands(node["larg"]) + _operands(node["rarg"])
