"""Files that are written in full or not at all, and that say in one sentence what is wrong when they are read."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from pathlib import Path


class FileError(ValueError):
    """A file that is missing, cut short, edited or swapped; the message names it and the way out."""


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file under another name and rename it, so that a crash or a full disk leaves the old one as it was.

    Raises:
        OSError: the disk is full or the folder cannot be written; nothing is left behind.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: dict) -> None:
    """Write a JSON object, indented, UTF-8, atomically."""
    write_atomically(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8"))


def read_json(path: Path) -> dict:
    """A JSON object from a file.

    Raises:
        FileError: the file is missing, is no UTF-8 text, no JSON (the line is named), or holds no object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))  # some editors of Windows put a mark before the text
    except FileNotFoundError:
        raise FileError(f"{path} is missing: copy the whole folder, or make it again.") from None
    except json.JSONDecodeError as error:
        raise FileError(
            f"{path}, line {error.lineno}: this is not JSON ({error.msg}); the file was cut short or edited."
        ) from error
    except UnicodeDecodeError as error:
        raise FileError(f"{path} is no UTF-8 text ({error.reason}): save it as UTF-8.") from error
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error}).") from error
    if not isinstance(value, dict):
        raise FileError(f"{path} holds no JSON object: the file was cut short or edited.")
    return value


def write_tensors(path: Path, tensors: dict) -> str:
    """Write torch tensors as safetensors, atomically; returns the SHA-256 of the file."""
    from safetensors.torch import save

    data = save({name: value.contiguous() for name, value in tensors.items()})
    write_atomically(path, data)
    return hashlib.sha256(data).hexdigest()


def read_tensors(path: Path, sha256: str) -> dict:
    """The torch tensors of a safetensors file that has this SHA-256.

    Raises:
        FileError: the file is missing, cut short, or another one than the JSON file beside it tells of.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise FileError(f"{path} is missing: copy the whole folder, or make it again.") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error}).") from error
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise FileError(f"{path} is no safetensors file ({error}): it was cut short; copy it again.") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise FileError(f"{path} does not belong to the JSON file beside it: copy both from the same run.")
    return tensors
