"""Every limit on what a visitor may send or start, in one place."""

import os

UPLOAD = 300 * 2**20  # bytes of a file: a visitor's own task brought back; one picture may have 10 MB, 40 megapixels
QUEUE = 200  # requests waiting; one more is told to come back. What takes long waits in rooms of its own
THREADS = 100  # of requests at work or waiting in a room
COMPARES_AT_ONCE = 2  # each takes some milliseconds
ATTRIBUTES_AT_ONCE = 2  # maps and their measures take a core each
ATTRIBUTES_WAITING = 40  # a class; each takes a second
BESIDE = 2  # students beside the teacher: a third map would be a thumbnail
COUNTS = {  # steps or samples of an attribution method; a method that is not here takes neither
    "integrated-gradients": (8, 512),
    "gradient-shap": (8, 512),
    "shapley": (5, 50),
    "kernel-shap": (100, 2000),
}
JOBS_AT_ONCE = 1  # a distillation wants all cores but one
READY = int(os.environ.get("MSD_READY", 2))  # processes at hand for jobs: a look at data, then a teacher; 0.9 GB each
JOBS_WAITING = 8  # one more is told to come back
EXAMPLES = (100, 20_000)  # training examples of a job
EPOCHS = (1, 30)
RECOMBINED = (0, 64)  # other texts beside each picture: a batch has no more
SEED = (0, 2**31 - 1)
JOB_SECONDS = 15 * 60  # then a job is ended: others wait
GPU_SECONDS = 60  # of a ZeroGPU slice
KEPT_SECONDS = 24 * 3600  # a visitor's students, after the last job began
OWN_STUDENTS = 8  # remembered per browser
OWN_AT_ONCE = 3  # compared beside the bundled ones: more bars nobody can read
OWN_TASKS = 4  # remembered per browser
OWN_PAIRS = (8, 200)  # typed in by hand
OWN_ROWS = 50_000  # of a table
OWN_TABLE_BYTES = 50 * 2**20
OWN_ARCHIVE_BYTES = 200 * 2**20
OWN_LEAST = (1, 1000)  # rows that a label must have
OWN_TITLE = 60  # characters
OWN_BYTES = 20 * 2**30  # of all rooms together; a picture takes 150 kB as models read it. The oldest go first
OWN_SECONDS = 30 * 60  # then a look or a teacher is ended; the next one goes on from there
OWN_EPOCHS = (1, 500)  # of a student: forty rows are few steps
OWN_MODEL_BYTES = 64 * 2**20  # of a model that is brought back
OWN_JSON_BYTES = 2**20  # of any other file that is brought back, but for the data
TAKEN_AT_ONCE = 1  # ZIPs being made
TAKEN_WAITING = 8
LOOKS_AT_COLUMNS_AT_ONCE = 2  # each takes a second
UPLOAD_SECONDS = 3600  # uploads and other temporary files are deleted when older
SURVEYS_AT_ONCE = 1  # each wants a core for up to half a minute, once; then it is cached
SURVEYS_KEPT = 12  # in memory, some megabytes each
EXPLORES_AT_ONCE = 8  # visitors who follow a survey, most of them the same one
FILTERS_AT_ONCE = 2  # each takes a tenth of a second
SWAPS_AT_ONCE = 2
SWAPPED = 12  # images, and texts, of a swap matrix
BATCHES_AT_ONCE = 1
BATCHES_WAITING = 8
BATCH_ROWS = 2000
BATCH_SECONDS = 120  # then the lines left are listed as skipped: others wait
TABLE_BYTES = 5 * 2**20
ARCHIVE_BYTES = 50 * 2**20
STUDIES_AT_ONCE = 2  # each takes some tenths of a second
ARMS_AT_ONCE = 6  # learning curves in one figure: more nobody can tell apart
SESSIONS = 300  # kept in all, of open pages last to go; each takes most of a megabyte
LOOSE_SESSIONS = 50  # kept of those that no open page holds, and that hold nothing or were left
LEFT_SECONDS = 300  # since its last event, after which a session that no open page holds was left
UNREAD = 12  # messages of a stream that nobody reads, before its job ends: some ten seconds
