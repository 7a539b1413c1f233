"""Tables of our own in the form in which they are kept."""

import io

import pyarrow as pa
import pyarrow.parquet as pq


def to_parquet(table: pa.Table) -> bytes:
    """A table as a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def from_parquet(content: bytes) -> pa.Table:
    """The table in a Parquet file of ours.

    It is read by this thread alone: the threads of `read_table` may still hold the content when the program ends, which
    then aborts, its last words unwritten (https://github.com/apache/arrow/issues/34314).
    """
    return pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
