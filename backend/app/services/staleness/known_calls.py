"""What calls do to values, by the names of Python's and the data libraries' own functions.

Asked only where no snapshot has looked: then library code is known by these names, and whatever
is not among them is taken to leave its arguments as they are.
"""

from __future__ import annotations

MUTATORS = frozenset(
    """
    add append appendleft clear difference_update discard extend extendleft insert
    intersection_update pop popitem popleft remove reverse rotate setdefault sort
    symmetric_difference_update update
    byteswap fill itemset partition put resize setfield setflags
    replace_column
    fit fit_transform fit_predict partial_fit load_state_dict zero_ step backward
    register seed shuffle write writelines send throw close __next__ __setitem__ __delitem__
    __setattr__ __iadd__
    """.split()
)
"""Methods that change the object they are called on."""

FIRST_CHANGES = frozenset(
    """
    next setattr delattr shuffle copyto fill_diagonal put place putmask put_along_axis
    heapify heappush heappop heapreplace heappushpop insort insort_left insort_right
    setitem delitem iadd iand iconcat imul ior isub ixor
    """.split()
)
"""Functions that change their first argument, also by their last name (`np.copyto`)."""

PLAIN = frozenset(
    """
    abs all any ascii bin bool bytes callable chr complex divmod float format hasattr hash hex id
    input int isinstance issubclass len oct open ord pow print range repr round str sum type
    deepcopy
    """.split()
)
"""Functions that give back nothing of what they are given, and change none of it."""

SHARING = frozenset(
    """
    dict enumerate filter frozenset getattr iter list map max min reversed set slice sorted tuple
    vars zip super object memoryview copy display
    """.split()
)
"""Functions that change none of what they are given, but give back parts of it."""

ANYTHING = frozenset("eval exec globals locals vars __import__ breakpoint compile".split())
"""Functions by which code gets at variables that it does not name; `vars` only without argument."""

HONEST_MANAGERS = frozenset(
    """
    open catch_warnings option_context errstate rc_context ExitStack closing redirect_stdout
    redirect_stderr TemporaryDirectory NamedTemporaryFile ZipFile ThreadPoolExecutor
    ProcessPoolExecutor connect Lock nullcontext printoptions
    """.split()
)
"""Context managers of which it is known that they let every exception pass."""

PYTHON_BODIES = frozenset("capture prun time timeit memit mprun lprun".split())
"""Magics whose line or body is Python of the notebook."""
QUIET_MAGICS = frozenset(
    """
    matplotlib config autoreload load_ext reload_ext unload_ext pip conda cd pwd ls env set_env
    who whos who_ls lsmagic magic history hist pinfo pinfo2 psearch precision pprint xmode colors
    alias system sx logstart logstop
    """.split()
)
"""Magics that neither read nor bind variables."""
