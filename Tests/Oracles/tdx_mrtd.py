"""MRTD of an OVMF image, from the specifications and without the product: a second reading, not somebody else's tool."""
import hashlib
import struct
import uuid

FOOTER = uuid.UUID("96b582de-1fb2-45f7-baea-a366c55a082d").bytes_le
METADATA = uuid.UUID("e47a6535-984a-4798-865e-4685a7bf8ec2").bytes_le


def sections(image):
    """The sections of the TDX metadata, as tuples of their six fields."""
    end = len(image) - 32
    assert image[end - 16:end] == FOOTER
    (size,) = struct.unpack_from("<H", image, end - 18)
    start, at = end - size, end - 18
    while at > start:
        (size,) = struct.unpack_from("<H", image, at - 18)
        if image[at - 16:at] == METADATA:
            (distance,) = struct.unpack_from("<I", image, at - size)
            place = len(image) - distance
            signature, _, version, count = struct.unpack_from("<4sIII", image, place)
            assert signature == b"TDVF" and version == 1
            return [struct.unpack_from("<IIQQII", image, place + 16 + 32 * i) for i in range(count)]
        at -= size
    raise ValueError("no TDX metadata")


def record(name, address):
    return name.ljust(16, b"\0") + struct.pack("<Q", address) + bytes(104)


def mrtd(image, order):
    """The register in hexadecimal digits; `order` is page-by-page or adds-first."""
    digest = hashlib.sha384()
    for offset, raw, address, size, _, attributes in sections(image):
        memory = image[offset:offset + raw].ljust(size, b"\0") if attributes & 1 else b""
        adds = {} if attributes & 2 else {page: record(b"MEM.PAGE.ADD", page) for page in range(address, address + size, 4096)}
        extends = {
            address + at: b"".join(
                record(b"MR.EXTEND", address + chunk) + memory[chunk:chunk + 256] for chunk in range(at, at + 4096, 256))
            for at in range(0, len(memory), 4096)
        }
        pages = range(address, address + size, 4096)
        if order == "page-by-page":
            for page in pages:
                digest.update(adds.get(page, b"") + extends.get(page, b""))
        else:
            for table in (adds, extends):
                for page in pages:
                    digest.update(table.get(page, b""))
    return digest.hexdigest()
