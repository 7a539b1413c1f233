"""Every limit on what a visitor may send or start, in one place."""

UPLOAD = "50mb"  # a file: the archive of a batch; pictures are refused above 10 MB or 40 megapixels by the library
QUEUE = 40  # requests waiting; one more is told to come back
COMPARES_AT_ONCE = 2  # each takes some milliseconds
ATTRIBUTES_AT_ONCE = 1  # maps and their measures draw from the process's one source of chance, and take a core each
BESIDE = 2  # students beside the teacher: a third map would be a thumbnail
WORDS = 200  # of a text to attribute: no model reads more than 48 tokens, and nobody a longer map
EFFORT = {  # of an attribution method, in its own unit; a method that is not here has none to choose
    "integrated-gradients": (8, 512),
    "gradient-shap": (8, 512),
    "shapley": (5, 50),
    "kernel-shap": (100, 2000),
}
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
SURVEYS_AT_ONCE = 1  # each wants a core for up to half a minute, once; then it is cached
SURVEYS_KEPT = 12  # in memory, some megabytes each
EXPLORES_AT_ONCE = 8  # visitors who follow a survey, most of them the same one
FILTERS_AT_ONCE = 2  # each takes a tenth of a second
SWAPS_AT_ONCE = 2
SWAPPED = 12  # images, and texts, of a swap matrix
BATCHES_AT_ONCE = 1
BATCHES_WAITING = 8
BATCH_ROWS = 2000
TABLE_BYTES = 5 * 2**20
ARCHIVE_BYTES = 50 * 2**20
