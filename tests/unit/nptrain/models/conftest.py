"""What the modules of tests beside this file share."""

import sys
from pathlib import Path

# Tests are imported by path; the references and the models at hand stand beside them.
sys.path.append(str(Path(__file__).parent))
