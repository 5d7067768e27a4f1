"""Verifies the same evidence with the peers: peer.py VECTORS [REPETITIONS], median processor times in ms as JSON.

Quotes of TDX and SGX by dcap-qvl. No package of Python's registry verifies an SNP report or a TPM's quote with its
chain, so those two are the raw signature checks of OpenSSL alone, without parsing, names, dates or rules.
"""

import json
import statistics
import sys
import time
import warnings

import dcap_qvl
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

CLOCK = 1751328000


def read(folder, path):
    with open(f"{folder}/{path}", "rb") as file:
        return file.read()


def dcap(folder, quote, collateral):
    quote, text = read(folder, quote), read(folder, collateral).decode()
    return lambda: dcap_qvl.verify(quote, dcap_qvl.QuoteCollateralV3.from_json(text), CLOCK)


def tpm(folder):
    base = "tpm/go-tpm-tools"
    attest = read(folder, f"{base}/gce-cos-85-nonce9009/sha256_attest.bin")
    signature = read(folder, f"{base}/gce-cos-85-nonce9009/sha256_signature_tpmt.bin")[6:]
    names = ("ak_cert.der", "tpm_ek_intermediate_2.crt", "tpm_ek_root_1.cer")
    leaf, issuer, root = (x509.load_der_x509_certificate(read(folder, f"{base}/{name}")) for name in names)

    def verify():
        for certificate, above in ((leaf, issuer), (issuer, root)):
            above.public_key().verify(
                certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(), hashes.SHA256()
            )
        leaf.public_key().verify(signature, attest, padding.PKCS1v15(), hashes.SHA256())

    return verify


def snp(folder):
    report = read(folder, "snp/oak/report_v5_turin_oc.bin")
    names = ("snp/oak/vcek_turin_oc.der", "snp/amd-roots/turin_ask.der", "snp/amd-roots/turin_ark.der")
    leaf, issuer, root = (x509.load_der_x509_certificate(read(folder, name)) for name in names)
    r, s = (int.from_bytes(report[start : start + 72], "little") for start in (0x2A0, 0x2E8))
    signature = utils.encode_dss_signature(r, s)
    pss = padding.PSS(padding.MGF1(hashes.SHA384()), 48)

    def verify():
        for certificate, above in ((leaf, issuer), (issuer, root), (root, root)):
            above.public_key().verify(
                certificate.signature, certificate.tbs_certificate_bytes, pss, hashes.SHA384()
            )
        leaf.public_key().verify(signature, report[:0x2A0], ec.ECDSA(hashes.SHA384()))

    return verify


def main():
    folder = sys.argv[1]
    # AMD gives its certificates the serial number zero.
    warnings.filterwarnings("ignore", message="Parsed a serial number")
    repetitions = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    work = {
        "tdx": dcap(folder, "tdx/dcap-qvl/tdx_quote.bin", "tdx/dcap-qvl/tdx_quote_collateral.json"),
        "sgx": dcap(folder, "sgx/dcap-qvl/sgx_quote.bin", "sgx/dcap-qvl/sgx_quote_collateral.json"),
        "tpm": tpm(folder),
        "snp": snp(folder),
    }
    results = {}
    for kind, verify in work.items():
        times = []
        for _ in range(repetitions):
            start = time.thread_time()
            verify()
            times.append((time.thread_time() - start) * 1000)
        results[kind] = statistics.median(times)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
