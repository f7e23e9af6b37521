"""Asks pgJDBC what a BI tool asks; a process of its own, because a Java machine cannot be ended in ours.

python jdbc.py JAR URL: prints tables (name → type), columns (name → [column, type, precision, scale, comment]) and rows fetched.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import jpype


def main(jar: str, url: str) -> None:
    jpype.startJVM(classpath=[jar])
    connection = jpype.JClass("java.sql.DriverManager").getConnection(url)
    data = connection.getMetaData()
    tables: dict[str, str] = {}
    found = data.getTables(None, "bi", "%", ["TABLE", "VIEW"])
    while found.next():
        tables[str(found.getString("TABLE_NAME"))] = str(found.getString("TABLE_TYPE"))
    columns: dict[str, list[list[Any]]] = {}
    found = data.getColumns(None, "bi", "%", "%")
    while found.next():
        columns.setdefault(str(found.getString("TABLE_NAME")), []).append(
            [
                str(found.getString("COLUMN_NAME")),
                int(found.getInt("DATA_TYPE")),
                int(found.getInt("COLUMN_SIZE")),
                int(found.getInt("DECIMAL_DIGITS")),
                str(found.getString("REMARKS")),
            ]
        )
    rows: dict[str, int] = {}
    for table in tables:
        answer = connection.createStatement().executeQuery(f'SELECT * FROM bi."{table}"')
        width = answer.getMetaData().getColumnCount()
        rows[table] = 0
        while answer.next():
            rows[table] += 1
            for place in range(1, width + 1):
                answer.getObject(place)
    connection.close()
    json.dump({"tables": tables, "columns": columns, "rows": rows}, sys.stdout)


main(*sys.argv[1:])
