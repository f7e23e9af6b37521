"""Where a figure comes from: back from a view to the columns of files, or from a row of staging to the line of a file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from runner import database
from runner.errors import ConfigurationError
from runner.viewtree import View

Place = tuple[str, str | None]
"""A relation or file, and a column of it, or None: its rows."""

Json = dict[str, Any]

_PRODUCER = f"urn:ecommerce-analytics-pipeline:{version('ecommerce-analytics-pipeline')}"
_MOST_ARROWS = 500  # Mermaid draws no chart with more
_SPECIFICATION = "https://openlineage.io/spec"


@dataclass(frozen=True)
class Step:
    """One step back. kind: as ops.lineage says, or "is a column of". routines: what brings the values there."""

    depth: int
    place: Place
    kind: str
    source: Place
    routines: str | None = None


@dataclass(frozen=True)
class Trace:
    """The steps back from a place, the nearest first.

    columns: of each relation walked, its columns as rows of name, type and comment. files: of each file walked the loads that
    wrote rows of its table, the first first, as rows of load_id, path and sha256. database: its host, port and name. run: the
    last publish.
    """

    steps: list[Step]
    columns: dict[str, list[Json]]
    files: dict[str, list[Json]]
    database: tuple[str, int, str]
    run: Json | None


def trace(name: str) -> Trace:
    """Return the steps back from SCHEMA.RELATION or SCHEMA.RELATION.COLUMN."""
    parts = name.split(".")
    if len(parts) not in (2, 3):
        raise ConfigurationError(
            f"{name!r} is not a relation or a column", "Such as analytics.customer_metrics.total_revenue."
        )
    relation, column = ".".join(parts[:2]), parts[2] if len(parts) == 3 else None
    with database.connect() as connection:
        graph = Graph.read(connection)
        steps = graph.walk([(relation, own) for own in graph.columns_of(relation) if column in (None, own)])
        if not steps:
            raise ConfigurationError(f"nothing is known of {name}", "See \\d in psql, and TABLE ops.lineage.")
        relations = {place[0] for step in steps for place in (step.place, step.source)}
        run = connection.execute(
            "SELECT r.run_id, r.finished_at FROM ops.run AS r INNER JOIN ops.latest AS l ON r.run_id = l.last_publish_id"
        ).fetchone()
        info = connection.info
        host = "localhost" if info.host.startswith("/") else info.host
        return Trace(
            steps,
            {known: rows for known, rows in graph.columns.items() if known in relations},
            _loads(connection, relations),
            (host, info.port, info.dbname),
            run,
        )


def _loads(connection: database.Connection, relations: Iterable[str]) -> dict[str, list[Json]]:
    """Return the loads that wrote rows, by the file as lineage names it."""
    rows = connection.execute(
        "SELECT f.table_name || '.csv' AS file, f.load_id, l.folder || '/' || f.file_name AS path, f.sha256"
        " FROM ops.load_file AS f INNER JOIN ops.load AS l ON f.load_id = l.load_id"
        " WHERE l.status = 'succeeded' AND f.rows_inserted + f.rows_updated > 0 AND f.table_name || '.csv' = ANY (%s)"
        " ORDER BY f.load_id",
        ([*relations],),
    )
    found = defaultdict(list)
    for row in rows:
        found[row["file"]].append(row)
    return dict(found)


@dataclass
class Graph:
    """What is made of what. names: relation by oid. columns: of each relation. read: relations that each view reads."""

    connection: database.Connection
    names: dict[int, str] = field(default_factory=dict)
    columns: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    read_by: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    made: dict[Place, list[tuple[str, Place, str | None]]] = field(default_factory=lambda: defaultdict(list))
    views: dict[str, View] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: database.Connection) -> Graph:
        """Read all but the definitions of views, of which few are needed."""
        graph = cls(connection)
        for row in connection.execute(
            "SELECT a.attrelid AS id, format('%I.%I', n.nspname, c.relname) AS relation, a.attnum AS number,"
            " a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, col_description(c.oid, a.attnum) AS comment"
            " FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid"
            " INNER JOIN ops.own_schema AS s ON n.nspname = s.schema_name"
            " INNER JOIN pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped"
            " WHERE c.relkind IN ('r', 'p', 'v', 'm') ORDER BY c.oid, a.attnum"
        ):
            graph.names[row["id"]] = row["relation"]
            graph.columns[row["relation"]].append(row)
        for row in connection.execute("SELECT * FROM ops.lineage"):
            if row["relation_kind"] == "reads":
                graph.read_by[row["relation_name"]].add(row["source_name"])
                continue
            source = row["source_name"], row["source_column"]
            graph.made[row["relation_name"], row["column_name"]].append(
                (row["relation_kind"], source, row["routine_names"])
            )
            if row["column_name"] and row["source_name"] != row["relation_name"]:
                rows = row["relation_kind"], (row["source_name"], None), row["routine_names"]
                known = graph.made[row["relation_name"], None]
                known.extend([rows] if rows not in known else [])
        return graph

    def columns_of(self, relation: str) -> list[str]:
        """Return the names of a relation's columns."""
        return [column["name"] for column in self.columns.get(relation, [])]

    def walk(self, places: list[Place]) -> list[Step]:
        """Return every step back from places, each once."""
        steps, seen, depth = [], set(places), 0
        while places:
            depth += 1
            made = [Step(depth, place, *source) for place in places for source in self.sources(place)]
            steps += made
            places = [*dict.fromkeys(step.source for step in made if step.source not in seen)]
            seen.update(places)
        return steps

    def sources(self, place: Place) -> list[tuple[str, Place, str | None]]:
        """Return what a place is made of directly: kind, place, routines. Nothing more is known of files, settings and the log.

        Of a table that routines write, nobody tells which column is made of what: there the way goes on with its rows.
        """
        relation, column = place
        if relation in self.read_by:
            return [("reads", source, None) for source in sorted(self._read(relation, column), key=str)]
        if column and place not in self.made and (relation, None) in self.made:
            return [("is a column of", (relation, None), None)]
        return self.made.get(place, [])

    def _read(self, relation: str, column: str | None) -> set[Place]:
        """Return what a column of a view is computed from, or its rows."""
        if column is None:
            return {(source, None) for source in self.read_by[relation]}
        if relation not in self.views:
            row = self.connection.execute(
                "SELECT r.ev_action::text AS tree FROM pg_rewrite AS r WHERE r.ev_class = to_regclass(%s)", (relation,)
            ).fetchone()
            self.views[relation] = View(row["tree"] if row else "")
        number = next(known["number"] for known in self.columns[relation] if known["name"] == column)
        found = set()
        for source, position in self.views[relation].sources(number):
            if name := self.names.get(source):
                known = {row["number"]: row["name"] for row in self.columns[name]}
                found.add((name, known.get(position)))
        return found


def origin(table: str, key: str) -> Json:
    """Return the file and line that last wrote a row of staging."""
    with database.connect() as connection:
        row = connection.execute(
            "SELECT * FROM ops.row_origin(%s, %s)", (table.removeprefix("staging."), key)
        ).fetchone()
    if row is None:
        raise ConfigurationError(f"{table} has no row {key!r}")
    return row


def label(place: Place) -> str:
    """Return a place as a person reads it: SCHEMA.RELATION.COLUMN, or SCHEMA.RELATION for its rows."""
    relation, column = place
    return f"{relation}.{column}" if column else relation


def lines(traced: Trace) -> list[str]:
    """Return the way back as a tree, each place with what it is made of once, and then the loads of each file."""
    made: dict[Place, dict[tuple[str, str | None], list[Place]]] = defaultdict(lambda: defaultdict(list))
    for step in traced.steps:
        made[step.place][step.kind, step.routines].append(step.source)
    found: list[str] = []

    def tell(place: Place, depth: int) -> None:
        for (kind, routines), sources in made.pop(place, {}).items():
            by = f", by {routines}" if routines else ""
            ends = [source for source in sources if source not in made]
            if ends:
                found.append(f"{'  ' * depth}{kind} {', '.join(map(label, ends))}{by}")
            for source in sources:
                if source in made:
                    found.append(f"{'  ' * depth}{kind} {label(source)}{by}")
                    tell(source, depth + 1)

    for place in dict.fromkeys(step.place for step in traced.steps if step.depth == 1):
        found.append(label(place))
        tell(place, 1)
    found += [f"{file} was loaded from {_loaded(loads)}" for file, loads in sorted(traced.files.items())]
    return found


def _loaded(loads: list[Json]) -> str:
    """Return where a file was last loaded from, and by which loads; of many the last ones."""
    shown = ", ".join(str(load["load_id"]) for load in loads[-5:])
    more = f"{len(loads) - 5:,} more and " if len(loads) > 5 else ""
    return f"{loads[-1]['path']} (loads that wrote rows: {more}{shown})"


def mermaid(traced: Trace) -> str:
    """Return a flow chart, from the sources to the figure, for pages that draw Mermaid; of many steps one of whole relations."""
    is_whole = len(traced.steps) >= _MOST_ARROWS
    names: dict[Place, str] = {}
    arrows: dict[str, None] = {}
    for step in traced.steps:
        ends = [(place[0], None) if is_whole else place for place in (step.source, step.place)]
        if ends[0] != ends[1]:
            source, place = (names.setdefault(end, f"n{len(names)}") for end in ends)
            by = f"|{_quoted(step.routines)}|" if step.routines else ""
            arrows[f"    {source} -->{by} {place}"] = None
    loads = {
        file: f", loads: {', '.join(str(row['load_id']) for row in rows[-5:])}" for file, rows in traced.files.items()
    }
    labels = [f"    {name}[{_quoted(label(place) + loads.get(place[0], ''))}]" for place, name in names.items()]
    return "\n".join(["flowchart LR", *labels, *arrows])


def _quoted(text: str) -> str:
    """Return a text as Mermaid takes it, whatever is in it: marks that it reads otherwise are written by their numbers."""
    return '"' + "".join(f"#{ord(mark)};" if mark in '"#<>&`\\;%\n' else mark for mark in text) + '"'


def openlineage(traced: Trace) -> Json:
    """Return a run event of OpenLineage 2-0-2: the last publish, what it made, of which columns, and what that was made of.

    What was made of the rows of something, of no column in particular, has that among the inputs only.
    """
    host, port, name = traced.database
    namespace = f"postgres://{host}:{port}"
    made = {step.place[0] for step in traced.steps}
    places = dict.fromkeys(place[0] for step in traced.steps for place in (step.place, step.source))
    datasets = {relation: _dataset(traced, relation, namespace) for relation in places}
    for relation in made:
        if fields := _column_lineage(traced, relation, datasets):
            facet = _facet("1-2-0", "ColumnLineageDatasetFacet", fields=fields)
            datasets[relation]["facets"]["columnLineage"] = facet
    run_id, at = (traced.run["run_id"], traced.run["finished_at"]) if traced.run else (0, datetime.now(UTC))
    return {
        "eventType": "COMPLETE" if traced.run else "OTHER",
        "eventTime": at.isoformat(),
        "producer": _PRODUCER,
        "schemaURL": f"{_SPECIFICATION}/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": str(uuid5(NAMESPACE_URL, f"{namespace}/{name}/run/{run_id}"))},
        "job": {"namespace": namespace, "name": f"{name}.public.refresh_analytics"},
        "inputs": [dataset for relation, dataset in datasets.items() if relation not in made],
        "outputs": [dataset for relation, dataset in datasets.items() if relation in made],
    }


def _facet(edition: str, kind: str, **content: Any) -> Json:
    """Return a facet of a dataset."""
    url = f"{_SPECIFICATION}/facets/{edition}/{kind}.json#/$defs/{kind}"
    return {"_producer": _PRODUCER, "_schemaURL": url, **content}


def _dataset(traced: Trace, relation: str, namespace: str) -> Json:
    """Return a relation with its columns, or a file, as it was last loaded, with those that were walked and its loads."""
    if relation in traced.columns:
        rows = traced.columns[relation]
        fields = [
            {"name": row["name"], "type": row["type"], **({"description": row["comment"]} if row["comment"] else {})}
            for row in rows
        ]
        facets = {"schema": _facet("1-1-1", "SchemaDatasetFacet", fields=fields)}
        return {"namespace": namespace, "name": f"{traced.database[2]}.{relation}", "facets": facets}
    walked = dict.fromkeys(step.source[1] for step in traced.steps if step.source[0] == relation and step.source[1])
    facets = {"schema": _facet("1-1-1", "SchemaDatasetFacet", fields=[{"name": column} for column in walked])}
    loads = traced.files.get(relation)
    if loads:
        said = f"Loads that wrote rows: {', '.join(str(load['load_id']) for load in loads)}."
        facets["documentation"] = _facet("1-0-1", "DocumentationDatasetFacet", description=said)
        facets["version"] = _facet("1-0-1", "DatasetVersionDatasetFacet", datasetVersion=loads[-1]["sha256"])
    return {"namespace": "file", "name": loads[-1]["path"] if loads else relation, "facets": facets}


def _column_lineage(traced: Trace, relation: str, datasets: dict[str, Json]) -> Json:
    """Return the fields of a dataset that are made of others, each with those."""
    fields: Json = defaultdict(lambda: {"inputFields": []})
    for step in traced.steps:
        if step.place[0] == relation and step.place[1] and step.source[1]:
            source = datasets[step.source[0]]
            how = {"type": "DIRECT", **({"description": step.routines} if step.routines else {})}
            fields[step.place[1]]["inputFields"].append(
                {
                    "namespace": source["namespace"],
                    "name": source["name"],
                    "field": step.source[1],
                    "transformations": [how],
                }
            )
    return dict(fields)
