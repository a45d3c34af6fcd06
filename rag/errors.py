"""What can go wrong, as one tree. Each text is one line and says what to do next.

    RagError
      UsageError             the call's words are off                        exit 2
      InputError             a file, folder or question that cannot be used  exit 1
      LibraryError
        LibraryMissing       nothing was indexed here yet
        LibraryBusy          another process is writing
        LibraryDamaged       the SQLite file cannot be read
        EmbedderMismatch     built with another embedder
        DiskFull             no room to write
      ModelError
        ModelMissing         not on disk and not to be had
        ModelDamaged         bytes that do not have the right hash
        PromptTooLong        more tokens than the model's context
        ServerFailed         the server that generates cannot be had, or fails
      PortBusy               another program listens there
      GateFailed             a run of a test set is worse than it may be
      NotReproduced          a replay gave another answer than the log holds

In: nothing. Out: exceptions. Refusing to answer is an answer, not an error.
"""


class RagError(Exception):
    """Any error that a person can act on."""

    exit_code = 1


class UsageError(RagError):
    exit_code = 2


class InputError(RagError):
    pass


class LibraryError(RagError):
    pass


class LibraryMissing(LibraryError):
    pass


class LibraryBusy(LibraryError):
    pass


class LibraryDamaged(LibraryError):
    pass


class EmbedderMismatch(LibraryError):
    pass


class DiskFull(LibraryError):
    pass


class ModelError(RagError):
    pass


class ModelMissing(ModelError):
    pass


class ModelDamaged(ModelError):
    pass


class PromptTooLong(ModelError):
    pass


class ServerFailed(ModelError):
    def __init__(self, words: str, *, status: int = 0):
        super().__init__(words)
        self.status = status
        """The HTTP status that the server replied with, 0 where it did not."""


class PortBusy(RagError):
    pass


class GateFailed(RagError):
    pass


class NotReproduced(RagError):
    pass
