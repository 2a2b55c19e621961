"""What a study will take, before it is run: jobs, Snakemake's own time and memory, disk, hours (make plan)."""
