#!/usr/bin/env bash
# Debian's Slurm and munge, for tests/slurm. As root.
set -euo pipefail
command -v slurmctld slurmd sbatch munged >/dev/null && exit 0
apt-get update -q
exec apt-get install -y -q --no-install-recommends slurmctld slurmd slurm-client munge
