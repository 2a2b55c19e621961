"""Planning stays lean: what takes long to import is left to the jobs."""

from __future__ import annotations

import os
import subprocess
import sys

# SciPy alone takes half as long to import as all of this package. Not pandas: Snakemake's Slurm plugin imports it.
HEAVY = (
    "torch torchvision timm captum scipy sklearn statsmodels skimage cv2 matplotlib seaborn onnx onnxruntime".split()
)


def test_planning_the_default_study_imports_nothing_heavy(root):
    code = (
        "import sys\n"
        "from snakemake.cli import main\n"
        "try:\n    main(['-n', '--quiet'])\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        f"print('HEAVY', [name for name in {HEAVY} if name in sys.modules])\n"
        "print('READ', 'gestalt_regions.study.study' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "READ True" in done.stdout and "HEAVY []" in done.stdout, done.stdout[-2000:]
