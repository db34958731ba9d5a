"""`python -m dashboard.cli`: the same program, found without PATH."""

import sys

from dashboard.cli import main

sys.exit(main())
