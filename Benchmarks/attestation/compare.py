"""Prints both sides' medians as a table: lines of "ours JSON", "peer JSON" and "allocations JSON" on standard input."""

import collections
import json
import statistics
import sys

EVIDENCE = {
    "tdx": ("TDX quote with collateral", "dcap-qvl"),
    "sgx": ("SGX quote with collateral", "dcap-qvl"),
    "tpm": ("TPM quote with chain", "OpenSSL's signature checks"),
    "snp": ("SNP report with chain", "OpenSSL's signature checks"),
}


def main():
    values = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in sys.stdin:
        column, numbers = line.split(" ", 1)
        for name, value in json.loads(numbers).items():
            values[name][column].append(value)
    print("| evidence | ours | peer | ratio | allocations |")
    print("|---|---|---|---|---|")
    for kind, (name, peer) in EVIDENCE.items():
        columns = values[kind]
        ours, theirs, count = (statistics.median(columns[column]) for column in ("ours", "peer", "allocations"))
        print(f"| {name} | {ours:.2f} ms | {theirs:.2f} ms, {peer} | **{ours / theirs:.2f}** | {count:,.0f} |")


if __name__ == "__main__":
    main()
