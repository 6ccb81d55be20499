"""What the modules of tests beside this file share."""

import sys
from pathlib import Path

# Tests are imported by path; the module that writes event files stands beside them.
sys.path.append(str(Path(__file__).parent))
