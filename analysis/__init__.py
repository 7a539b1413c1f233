"""What people look at: sentences and figures made from msd_core's results."""
