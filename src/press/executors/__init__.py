"""Who runs the jobs: processes of this machine, or the workers of a Dask scheduler."""
