"""One thin file per command: arguments in, workflow called, report printed. `main` prints errors and sets exit codes.

The only place that reads the environment. No work is done here.
"""

from __future__ import annotations

import gc

# A start makes many objects and few cycles: looking for those as often as Python does by default is a tenth of it.
gc.set_threshold(200_000, 20, 20)
