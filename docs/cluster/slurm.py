"""
Make the reports on a SLURM cluster, from the project's folder on a login node.

``. docs/cluster/tls.sh && .venv/bin/python docs/cluster/slurm.py [words for rotation run]``: every connection is encrypted with the
certificate in ``.cache/tls``, which all nodes see, and nobody without it is answered.
"""

import os
import subprocess
import sys
from pathlib import Path

from dask_jobqueue import SLURMCluster

WORKERS = 64  # one report at a time each
TLS = {name: value for name, value in os.environ.items() if name.startswith("DASK_DISTRIBUTED__COMM__")}

if __name__ == "__main__":
    if not TLS:
        raise SystemExit("No certificate is named: say '. docs/cluster/tls.sh' first.")
    with SLURMCluster(
        protocol="tls://",
        scheduler_options={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        job_script_prologue=[f"export {name}='{value}'" for name, value in TLS.items()],
        queue="short",  # sbatch -p; ask your site
        account=os.environ.get("SLURM_ACCOUNT"),  # sbatch -A
        cores=8,  # of one job ...
        processes=8,  # ... shared by as many workers, so that each has one thread
        memory="16GB",  # of one job: 2 GB a worker
        walltime="02:00:00",
        local_directory="$TMPDIR",  # the node's own disk; workers keep their copies of tables there
        python=str(Path.cwd() / ".venv" / "bin" / "python"),  # made by make setup on a disk that every node sees
        interface=os.environ.get("DASK_INTERFACE"),  # such as ib0, where the nodes have several networks
        worker_extra_args=[
            "--no-dashboard",
            "--dashboard-address",
            "127.0.0.1:0",
            "--memory-limit",
            "0",
            "--lifetime",
            "110m",
            "--lifetime-stagger",
            "5m",
        ],
        log_directory=".cache/slurm",
    ) as cluster:
        if "--show" in sys.argv:
            raise SystemExit(cluster.job_script())
        cluster.adapt(minimum_jobs=1, maximum_jobs=WORKERS // 8)
        command = [".venv/bin/rotation", "run", "--cluster", cluster.scheduler_address, "--patience", "86400"]
        raise SystemExit(subprocess.run([*command, *sys.argv[1:]], check=False).returncode)
