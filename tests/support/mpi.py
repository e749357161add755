# SPDX-License-Identifier: LGPL-2.1-or-later
"""How processes of Open MPI are started."""
import os
import shutil
import subprocess
import sys


def mpirun(processes, *options):
    """The beginning of a command line; without Open MPI the test is skipped."""
    program = shutil.which("mpirun")
    version = program and subprocess.run([program, "--version"], capture_output=True, text=True,
                                         check=False).stdout
    if not version or "Open MPI" not in version:
        print("no mpirun of Open MPI")
        sys.exit(77)
    os.environ.update({"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"})
    # Containers may forbid to read the memory of other processes.
    return [program, "--oversubscribe", "--bind-to", "none", "--mca",
            "btl_vader_single_copy_mechanism", "none", *options, "-n", str(processes)]
