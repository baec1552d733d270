"""The bodies of the `course` commands, one file each; `course_lib.cli` holds their signatures and help."""


class CommandError(ValueError):
    """A command cannot do what it was asked; the message is one sentence for the person who typed it."""
