"""A table from Parquet, that nobody has looked at yet."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from msd_core.errors import UserError
from msd_core.tasks.table import BadRow, Cell, Table, check_columns, check_size, plain

if TYPE_CHECKING:  # heavy
    import pyarrow as pa

_MOST_BYTES = 4 * 2**30  # of all columns that are read, unpacked
_AT_ONCE = 4096  # rows
_DAMAGED = "The table is a damaged Parquet file: write it again, or save it as CSV."


def read_parquet(content: bytes, most: int | None = None) -> Table:
    """The columns of plain values of a Parquet file; see `read_table`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        schema, rows = file.schema_arrow, file.metadata.num_rows
        check_size(rows, most)
        columns = check_columns(schema.names)
        places = [place for place, each in enumerate(schema) if _is_plain(each.type)]
        if not places:
            raise UserError("The table has no column of plain values: write texts and file names.")
        texts = [schema.names[place] for place in places if _is_text(schema.field(place).type)]
        # a text that is there often is kept once; one thread reads, for the reason that `from_parquet` gives
        file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        batches = file.iter_batches(_AT_ONCE, columns=[schema.names[place] for place in places], use_threads=False)
        return _table(
            chain.from_iterable(map(_rows, _counted(batches))), [columns[i] for i in places], _note(columns, places)
        )
    except UserError:
        raise
    except Exception as error:  # whatever a damaged file brings about in pyarrow
        raise UserError(_DAMAGED) from error


def _counted(batches: Iterable["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
    """The batches, until they are too large together: what a file says of its size before it is read may be a lie."""
    size = 0
    for batch in batches:
        size += batch.nbytes
        if size > _MOST_BYTES:
            raise UserError(f"The table is larger than {_MOST_BYTES // 2**30} GB unpacked: give a shorter one.")
        yield batch


def _is_plain(kind: "pa.DataType") -> bool:
    import pyarrow.types as types

    if types.is_dictionary(kind) or types.is_list(kind) or types.is_large_list(kind):
        return not types.is_list(kind.value_type) and _is_plain(kind.value_type)
    return _is_text(kind) or types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind)


def _is_text(kind: "pa.DataType") -> bool:
    import pyarrow.types as types

    return bool(types.is_string(kind) or types.is_large_string(kind))


def _rows(batch: "pa.RecordBatch") -> Iterator[tuple[Any, ...]]:
    return zip(*map(_values, batch.columns), strict=True)


def _values(array: "pa.Array") -> list[Any]:
    import pyarrow.types as types

    if not types.is_dictionary(array.type):
        return list(array.to_pylist())
    values = array.dictionary.to_pylist()
    return [None if place is None else values[place] for place in array.indices.to_pylist()]


def _table(rows: Iterator[tuple[Any, ...]], columns: list[str], notes: tuple[str, ...]) -> Table:
    numbers: list[int] = []
    cells: list[list[Cell]] = [[] for _ in columns]
    bad = []
    for number, row in enumerate(rows, start=1):
        try:
            values = [plain(value) for value in row]
        except ValueError as error:
            bad.append(BadRow(number, str(error)))
            continue
        numbers.append(number)
        for column, value in zip(cells, values, strict=True):
            column.append(value)
    return Table(tuple(columns), numbers, dict(zip(columns, cells, strict=True)), bad, notes)


def _note(columns: tuple[str, ...], read: list[int]) -> tuple[str, ...]:
    others = [name for place, name in enumerate(columns) if place not in read]
    if not others:
        return ()
    return (f"Left out, for they hold no plain values: {', '.join(others[:10])}{' ...' if len(others) > 10 else ''}.",)
