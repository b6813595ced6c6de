"""`python -m guards.cli`, for where the script `guards` is not on the path."""

from __future__ import annotations

import sys

from guards.cli import main

sys.exit(main())
