"""The attested connection's formats once more, from Docs/formats/attested-connection.md alone.

    transport.py report-data NONCE SPKI HPKE MANIFEST-DIGEST     hexadecimal digits in and out; "-" for none
    transport.py certificate FILE                                a certificate in DER: what its evidence says, as JSON
    transport.py document FILE NONCE SPKI                        an evidence document: its report data, as JSON
"""

import base64
import hashlib
import json
import struct
import sys

from cryptography import x509
from cryptography.hazmat.primitives import serialization


def report_data(nonce, spki, hpke, manifest_digest):
    digest = hashlib.sha512()
    for field in (b"adyton attested connection v1", nonce, spki, hpke, manifest_digest):
        digest.update(struct.pack(">I", len(field)) + field)
    return digest.hexdigest()


def cbor(data, at=0):
    """One value of CBOR (RFC 8949) and the offset behind it."""
    major, low = data[at] >> 5, data[at] & 31
    at += 1
    if low < 24:
        number = low
    else:
        width = {24: 1, 25: 2, 26: 4, 27: 8}[low]
        number = int.from_bytes(data[at : at + width], "big")
        at += width
    if major == 0:
        return number, at
    if major in (2, 3):
        assert at + number <= len(data), "a string longer than the value"
        text = data[at : at + number]
        return (text if major == 2 else text.decode()), at + number
    if major == 4:
        values = []
        for _ in range(number):
            value, at = cbor(data, at)
            values.append(value)
        return values, at
    if major == 5:
        values = {}
        for _ in range(number):
            key, at = cbor(data, at)
            values[key], at = cbor(data, at)
        return values, at
    if major == 6:
        value, at = cbor(data, at)
        return ("tag", number, value), at
    raise ValueError(f"major type {major}")


def whole(data):
    value, end = cbor(data)
    assert end == len(data), "bytes behind the value"
    return value


def certificate(path):
    parsed = x509.load_der_x509_certificate(open(path, "rb").read())
    spki = parsed.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    parsed.verify_directly_issued_by(parsed)
    extension = parsed.extensions.get_extension_for_oid(x509.ObjectIdentifier("2.23.133.5.4.9"))
    tag, number, (evidence, claims) = whole(extension.value.value)
    algorithm, digest = whole(whole(claims)["pubkey-hash"])
    bundle = json.loads(evidence)
    statement = json.loads(base64.b64decode(bundle["parts"]["statement"]))
    return {
        "tag": number,
        "critical": extension.critical,
        "claims": sorted(whole(claims)),
        "algorithm": algorithm,
        "keyMatches": digest == hashlib.sha256(spki).digest(),
        "kind": bundle["kind"],
        "reportDataMatches": statement["reportData"] == hashlib.sha256(claims).hexdigest() + "00" * 32,
        "tag-kind": tag,
    }


def document(path, nonce, spki):
    value = json.load(open(path))
    keys = base64.b64decode(value["hpkeKeys"])
    length, key_id, kem = struct.unpack(">HBH", keys[:5])
    assert (length, key_id, kem) == (41, 0, 0x0020) and len(keys) == 43
    assert struct.unpack(">HHH", keys[37:]) == (4, 1, 2), "HKDF-SHA256 and AES-256-GCM"
    manifest = base64.b64decode(value["manifest"]) if "manifest" in value else None
    statement = json.loads(base64.b64decode(value["evidence"]["parts"]["statement"]))
    digest = hashlib.sha256(manifest).digest() if manifest is not None else b""
    return {
        "expected": report_data(bytes.fromhex(nonce), bytes.fromhex(spki), keys[5:37], digest),
        "found": statement["reportData"],
    }


def main(command, *arguments):
    if command == "report-data":
        print(report_data(*(b"" if text == "-" else bytes.fromhex(text) for text in arguments)))
    elif command == "certificate":
        print(json.dumps(certificate(*arguments)))
    else:
        print(json.dumps(document(*arguments)))


main(*sys.argv[1:])
