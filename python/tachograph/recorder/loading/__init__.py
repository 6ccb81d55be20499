"""Records read back from files: runs, packed logs, JSON and pickles."""

from tachograph.recorder.loading.document import RecordDocument
from tachograph.recorder.loading.files import Kind, document_of, kind_of
from tachograph.recorder.loading.replay import replay_epochs

__all__ = ["Kind", "RecordDocument", "document_of", "kind_of", "replay_epochs"]
