"""Where a cell runs: one contract, and those who fulfil it away from this process."""
