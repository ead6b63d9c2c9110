#!/bin/sh
#SBATCH --job-name=lab
#SBATCH --ntasks=64
#SBATCH --cpus-per-task=1
#SBATCH --time=02:00:00
# A job of 64 workers and the program that calls them. When the program is done, the job ends, and the workers with it.
# A call on a node that fails is made again by another worker, since the function is idempotent. With `--signal=TERM@60`,
# workers finish the calls that they run in the last minute, and take no others.
set -e
pool=redis://server/job-$SLURM_JOB_ID
srun --no-kill --kill-on-bad-exit=0 /opt/lab/hosts --worker "$pool" &
workers=$!
/opt/lab/hosts "$pool"
kill "$workers"
