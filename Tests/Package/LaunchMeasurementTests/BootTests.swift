import Diagnostics
import Foundation
import LaunchMeasurement
import TestSupport
import Testing

/// Compares predictions with the PCR values that a booted guest reads.
@Suite(.serialized) struct BootTests {
    private static let kernel = ProjectFolder.dependencies.appending(path: "kernel/vmlinuz").path
    private static let firmware = "/usr/share/ovmf/OVMF.fd"
    private static let isReady =
        OutsideTool.isRequired
        || [kernel, firmware, "/bin/busybox"].allSatisfy { FileManager.default.fileExists(atPath: $0) }
            && OutsideTool(named: "qemu-system-x86_64") != nil && OutsideTool(named: "swtpm") != nil

    /// Boots a guest whose only process prints all PCRs and then powers off; ends the processes that it started.
    private static let script = #"""
        set -eu
        folder=$1 kernel=$2 firmware=$3 machine=$4 memory=$5 vcpus=$6 append=$7
        mkdir -p "$folder/root/bin" "$folder/root/sys" "$folder/root/dev" "$folder/tpm"
        cp /bin/busybox "$folder/root/bin/"
        cat >"$folder/root/init" <<'INIT'
        #!/bin/busybox sh
        /bin/busybox mount -t sysfs s /sys
        /bin/busybox mount -t devtmpfs d /dev
        exec >/dev/ttyS0
        cd /sys/class/tpm/tpm0
        for bank in sha256 sha384; do
            for register in pcr-$bank/*; do echo "@$register $(/bin/busybox cat $register)@"; done
        done
        /bin/busybox poweroff -f
        INIT
        chmod +x "$folder/root/init"
        (cd "$folder/root" && find . | cpio -o -H newc --quiet) >"$folder/initrd"
        swtpm socket --tpm2 --tpmstate "dir=$folder/tpm" --ctrl "type=unixio,path=$folder/s" --flags startup-clear &
        tpm=$!
        trap 'kill $tpm 2>/dev/null || true' EXIT
        for _ in $(seq 100); do [ ! -S "$folder/s" ] || break; sleep 0.1; done
        timeout --kill-after=5 240 qemu-system-x86_64 -machine "$machine" -accel tcg,thread=single -cpu max \
            -m "$memory" -smp "$vcpus" -nodefaults -display none -no-reboot -serial "file:$folder/serial" \
            -bios "$firmware" -chardev "socket,id=c,path=$folder/s" -tpmdev emulator,id=t,chardev=c \
            -device tpm-crb,tpmdev=t -kernel "$kernel" -initrd "$folder/initrd" -append "$append" </dev/null
        """#

    @Test(
        .enabled(if: isReady, "a kernel, QEMU, OVMF, swtpm or busybox is missing"),
        .timeLimit(.minutes(8)),
        arguments: [(MachineConfiguration.Kind.q35, 1024, 1, "console=ttyS0 quiet x=1"), (.pc, 512, 2, "")]
    )
    func `predicts what a guest reads`(
        kind: MachineConfiguration.Kind,
        memory: Int,
        vcpuCount: Int,
        commandLine: String
    ) async throws {
        let folder = try TemporaryFolder()
        let bash = try #require(OutsideTool(named: "bash"))
        let output = try await bash.run([
            "-c", Self.script, "boot", folder.url.path, Self.kernel, Self.firmware, kind.rawValue, "\(memory)",
            "\(vcpuCount)", commandLine,
        ])
        #expect(output.status == 0, "\(output.standardError)")
        let serial = try Data(contentsOf: folder.url.appending(path: "serial"))
        let text = String(decoding: serial, as: UTF8.self)
        let parts = try DirectKernelBoot(
            kernel: PartContent(contentsOf: Self.kernel),
            initramfs: PartContent(contentsOf: folder.url.appending(path: "initrd").path),
            commandLine: commandLine
        )
        let machine = try MachineConfiguration(kind: kind, memoryInBytes: memory << 20, vcpuCount: vcpuCount)
        let predicted = try VtpmMeasurement.predict(parts, machine: machine)
        for bank in HashBank.allCases {
            for number in VtpmMeasurement.registerNumbers where number > 0 {
                let value = try #require(predicted.value(of: number, in: bank))
                let line = "@pcr-\(bank.rawValue)/\(number) \(Hexadecimal.text(value).uppercased())@"
                #expect(text.contains(line), "the guest reads \(Self.register("pcr-\(bank.rawValue)/\(number)", text))")
            }
        }
        // The firmware's own PCR is listed, and not predicted.
        #expect(text.contains("@pcr-sha256/0 ") && predicted.value(of: 0, in: .sha256) == nil)
    }

    private static func register(_ name: String, _ text: String) -> String {
        text.split(separator: "@").first { $0.hasPrefix(name + " ") }.map(String.init) ?? "nothing"
    }
}
