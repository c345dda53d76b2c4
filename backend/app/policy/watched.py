"""Attributes that are looked at by their name: what writes, reads files, or runs code from text.

The names are few because they are only the first line: in this process the audit net, in a worker
the operating system, hold for every other way to the same end.
"""

from __future__ import annotations

from typing import NamedTuple


class Destination(NamedTuple):
    """Where a method is told what file to write to."""

    position: int
    keywords: tuple[str, ...]
    span: int = 1


def _destinations(table: str) -> dict[str, Destination]:
    rows = (line.split() for line in table.strip().splitlines())
    return {name: Destination(int(place), tuple(words)) for name, place, *words in rows}


WRITERS = _destinations(
    """
    to_csv 0 path_or_buf
    to_json 0 path_or_buf
    to_html 0 buf file
    to_latex 0 buf
    to_string 0 buf
    to_markdown 0 buf
    to_xml 0 path_or_buffer
    to_typst 0 buf
    to_excel 0 excel_writer
    to_parquet 0 path
    to_feather 0 path
    to_orc 0 path
    to_pickle 0 path
    to_stata 0 path
    to_file 0 filename
    to_jshtml 9
    savefig 0 fname
    save 0 file fname filename fp
    write_csv 0 file
    write_json 0 file
    write_ndjson 0 file
    write_parquet 0 file
    write_ipc 0 file
    write_ipc_stream 0 file
    write_avro 0 file
    write_excel 0 workbook
    write_html 0 file
    write_image 0 file
    serialize 0 file
    imsave 0 fname
    savez 0 file
    savez_compressed 0 file
    savetxt 0 fname
    save_npz 0 file
    savemat 0 file_name
    mmwrite 0 target
    tofile 0 fid
    """
) | {"ODR": Destination(8, ("errfile", "rptfile"), 2)}
"""Methods that give text back, or write to memory, unless they are told a file."""
MODULE_WRITERS = _destinations(
    """
    write_html 1 file
    write_json 1 file
    write_image 1 file
    write_images 1 file
    """
)
"""The same for functions of modules, where they take the object before the file."""
NEVER = frozenset(
    """
    to_hdf to_sql to_clipboard to_gbq to_iceberg write_database write_delta write_iceberg
    write_clipboard read_clipboard read_pickle read_hdf read_sql read_sql_query read_sql_table
    read_database read_database_uri read_gbq
    mro register_dataframe_accessor register_series_accessor register_index_accessor
    register_expr_namespace register_dataframe_namespace register_series_namespace
    register_lazyframe_namespace map_batches_c ctypes get_context get_stack
    deserialize as_strided HDFStore sql update_wrapper from_custom_template decorate_methods
    register_plugin_function _convert_
    """.split()
)
"""What has no harmless use, or none that could be told from the others."""
SINKS = ("sink_",)
"""How methods begin that do nothing but write files."""
OTHER_WRITERS = ("write_",)
"""How further writers begin, of which no more is known."""
OTHER_DESTINATION = Destination(0, ("file", "path", "where", "filename"))
READERS = ("read_", "scan_", "mmread", "mminfo", "truetype", "FreeTypeFont", "font_variant")
"""How functions begin that are told a file to read, some of which read it in C."""
SOURCES = (
    "filepath_or_buffer", "path_or_buffer", "path", "path_or_buf", "io", "source", "fname", "font",
)  # fmt: skip
DISPATCHERS = frozenset(
    "agg aggregate apply transform map applymap pivot_table crosstab pipe".split()
)
"""Methods that may be told a method by its name."""
QUERIES = frozenset({"query", "eval"})
TEMPLATES = frozenset(
    """
    format_index StrMethodFormatter set_major_formatter set_minor_formatter bar_label colorbar label
    tqdm trange tqdm_notebook tnrange format_meter
    """.split()
)
"""What is told a text like those of `str.format`, besides the methods of that name."""
NATIVE = frozenset({"ctypes", "cffi"})
"""Attributes under which objects of NumPy give away their functions in C."""
LATE = frozenset({"fmt", "bar_format", "errfile", "rptfile"})
"""Attributes under which objects of libraries keep such a text, or a file, until they use it."""
FORMATS = frozenset({"format", "format_map"})
NAMING = frozenset({"getp", "make_scorer", "get_params", "__init__"})
"""What reads or sets attributes of an object by names that it is told."""
FORMULAS = frozenset(
    """
    ols gls wls glsar glm gee logit probit poisson mnlogit mixedlm rlm quantreg phreg
    conditional_logit negativebinomial nominal_gee ordinal_gee from_formula dmatrix dmatrices
    """.split()
)
REDUCERS = frozenset(
    """
    abs all any argmax argmin bfill corr count cov cummax cummin cumprod cumsum describe diff
    ewm ffill first fillna floor ceil exp log log10 log2 log1p sqrt square sin cos tan
    head idxmax idxmin interpolate kurt kurtosis last len lower max mean median min mode nanmax
    nanmean nanmedian nanmin nanstd nansum nanvar ngroup nth nunique ohlc pct_change prod product
    ptp quantile rank round sem shift sign size skew std strip sum tail title unique upper
    value_counts var isna isnull notna notnull int float str
    """.split()
)
"""Methods and functions that only compute, by whose names pandas may find them."""

_NAMES = (
    WRITERS.keys() | MODULE_WRITERS.keys() | NEVER | DISPATCHERS | QUERIES | FORMATS | FORMULAS
    | TEMPLATES | NATIVE | NAMING
    | {"load", "obj", "func", "manager", "wraps", "dataclass", "ref", "proxy", "__class__"}
)  # fmt: skip


def is_watched(name: str) -> bool:
    """Whether reading an attribute of this name takes a second look."""
    return name in _NAMES or name.startswith(READERS + SINKS + OTHER_WRITERS)
