"""The headline numbers of nbengine beside its peers, in one run: `python -m benchmarks`.

A benchmark, never a test: nothing here passes or fails, the table says which goals were met.

What is done about noise, and what is not:

- Every contender works in a process of its own, so that nobody's imports, garbage or memory
  fragments weigh on another. Only one works at a time.
- They take turns in rounds within one run, so that a slow minute of the machine hits all of them.
- Each runs the cell a few times unmeasured first: caches, memory arenas and the specialising
  interpreter are warm.
- Before each turn the garbage of what came before is collected; during the turn the collector
  stays on, because the garbage that a cell makes is part of its cost. Its pauses are in the p99.
- A whole notebook is run by the command of each peer in a fresh process, whose modules are
  compiled as an installer leaves them, and by a call in a process that has run one before. All
  must have printed the same.
- Who saves variables has a notebook that is saved already, changed in each repeat by a cell. The
  time of saving is what the result says of it for us, and that of the call to `dump` for others;
  what the system has not yet written to the disk is not waited for.
- Medians are compared, never means or minima, and the machine's load is printed with them.
"""
