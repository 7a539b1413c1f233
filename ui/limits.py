"""Every limit on what a visitor may send or start, in one place."""

UPLOAD = "10mb"  # a file; the library refuses larger pictures too, and any above 40 megapixels
QUEUE = 40  # requests waiting; one more is told to come back
COMPARES_AT_ONCE = 2  # each takes some milliseconds
JOBS_AT_ONCE = 1  # a distillation wants all cores but one
JOBS_WAITING = 8  # one more is told to come back
EXAMPLES = (100, 20_000)  # training examples of a job
EPOCHS = (1, 30)
SEED = (0, 2**31 - 1)
JOB_SECONDS = 15 * 60  # then a job is ended: others wait
GPU_SECONDS = 60  # of a ZeroGPU slice
KEPT_SECONDS = 24 * 3600  # a visitor's students, after the last job began
OWN_STUDENTS = 8  # remembered per browser
OWN_AT_ONCE = 3  # compared beside the bundled ones: more bars nobody can read
UPLOAD_SECONDS = 3600  # uploads and other temporary files are deleted when older
