"""What the operating system enforces on a worker: files, system calls, namespaces, limits."""
