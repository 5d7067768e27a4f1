"""Weights that others published, as tensors and nothing else.

A PyTorch file contains a Python pickle, and a pickle is a program: loading one can run anything. So every pickle in
the file is read as text first, and a name outside the few that tensors need is refused before anything is loaded.
Then PyTorch's own restricted loader reads it, which is a second lock on the same door.
"""

import pickle
import pickletools
import zipfile

import torch

from .errors import DATA, ToolError

#: What a dictionary of tensors is made of. Nothing here runs code of the file's choice.
ALLOWED = frozenset({
    "collections.OrderedDict",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter",
    *(f"torch.{kind}Storage" for kind in ("Float", "Double", "Half", "BFloat16")),
    *(f"torch.{kind}Storage" for kind in ("Long", "Int", "Short", "Char", "Byte", "Bool")),
})

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PICKLES = 5  # magic number, protocol, system, object, storage keys; then raw numbers
_REMEDY = "do not load this file with anything; get the weights from where they were published"


def _refuse(path, expected, found):
    return ToolError(DATA, f"{path} is refused", expected, found, _REMEDY)


def scan(path):
    """Refuses a file with a pickle that names anything but tensors, without running any of it."""
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if name.endswith(".pkl")]
                if len(names) != 1 or not names[0].endswith("/data.pkl"):
                    raise _refuse(path, "one pickle, data.pkl", ", ".join(names) or "none")
                with archive.open(names[0]) as stream:
                    _scan_pickle(path, stream)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise _refuse(path, "a whole PyTorch file", error) from error
    else:
        with open(path, "rb") as stream:
            first = _scan_pickle(path, stream)
            if first != _LEGACY_MAGIC:
                raise _refuse(path, "a PyTorch file", "another kind of pickle")
            for _ in range(_LEGACY_PICKLES - 1):
                _scan_pickle(path, stream)


def _scan_pickle(path, stream):
    """Reads one pickle's instructions. Gives the first number in it, which is the legacy format's magic number."""
    number = None
    try:
        for instruction, argument, _ in pickletools.genops(stream):
            if instruction.name in ("GLOBAL", "INST"):
                name = argument.replace(" ", ".", 1)
                if name not in ALLOWED:
                    raise _refuse(path, "tensors only", f"the pickle calls for {name}")
            elif instruction.name in ("STACK_GLOBAL", "EXT1", "EXT2", "EXT4"):
                # PyTorch writes none of these, and what they name is known only by running the pickle.
                raise _refuse(path, "tensors only", f"the pickle has the instruction {instruction.name}")
            elif number is None and instruction.name in ("LONG1", "LONG4", "LONG"):
                number = argument
    except (ValueError, UnicodeDecodeError, EOFError) as error:
        raise _refuse(path, "a PyTorch file", f"no readable pickle ({error})") from error
    return number


def load_weights(path, network):
    """Puts the file's tensors into `network`, which has to have exactly these names and shapes."""
    scan(path)
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, ValueError, EOFError, OSError) as error:
        raise _refuse(path, "weights that PyTorch reads", str(error).splitlines()[0]) from error
    if not isinstance(weights, dict):
        raise _refuse(path, "a dictionary of tensors", type(weights).__name__)
    try:
        network.load_state_dict(weights)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise ToolError(
            DATA, f"{path} does not fit {type(network).__name__}", "the same names and shapes", error,
            "give the weights of this very network") from error
    return network.eval()
