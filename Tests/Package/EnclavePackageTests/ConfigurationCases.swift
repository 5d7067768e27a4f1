/// Configurations that are right and wrong, for our reader and for the published schema.
enum ConfigurationCases {
    /// The file of Mystikos's own sample, as it is.
    static let sample = """
        {"Debug": 1, "ProductID": 1, "SecurityVersion": 1, "UserMemSize": "2048m", "CurrentWorkingDirectory": "/app", \
        "ApplicationPath": "/home/user/miniconda/bin/python3", "ApplicationParameters": ["/app/service_app.py"]}
        """

    /// Every key once.
    static let everyKey = """
        {
          "version": "0.1", "Debug": false, "ProductID": 65535, "SecurityVersion": 0, "CreateZeroBaseEnclave": true,
          "EnclaveStartAddress": 4294967296, "MemorySize": "1g", "MainStackSize": "1568k",
          "ThreadStackSize": 0, "MaxAffinityCPUs": 1, "NoBrk": 1, "ExecStack": 0, "ApplicationPath": "/bin/app",
          "ApplicationParameters": ["a", ""], "HostApplicationParameters": true, "EnvironmentVariables": ["A=1", "B="],
          "HostEnvironmentVariables": ["LANG"], "CurrentWorkingDirectory": "/", "Hostname": "box", "ForkMode": "pseudo",
          "Mount": [
            {"Target": "/models", "Type": "ext2", "Flags": [], "Source": "models.img", "AtRun": false},
            {"Target": "/scratch", "Type": "ramfs", "Size": "64m"}
          ],
          "UnhandledSyscallEnosys": false, "Secret": [], "HostUDS": 1, "SyslogLevel": "debug",
          "Name": "every-key", "PackageVersion": "1.0", "Platforms": ["vtpm", "snp"], "Processors": 4, "TimeLimit": 60,
          "Ports": [8443], "OutboundNetwork": false, "NameServers": ["9.9.9.9"],
          "Readiness": {"Port": 8000, "Path": "/ready"},
          "Writable": ["/tmp", {"Target": "/var", "Size": 1048576, "Mode": "0755"}, {"Target": "/etc", "KeepContent": true}],
          "ModelPacks": ["/models/a"], "User": "1000:100", "OpenFiles": 1024, "Capabilities": ["NET_RAW"], "Attestation": "required",
          "Gateway": {"Port": 8443, "ApplicationPort": 8000, "Files": true}
        }
        """

    static let good: [String] = [
        "{}", sample, everyKey, #"{"Debug": true}"#, #"{"MemorySize": 268435456}"#, #"{"MemorySize": "256M"}"#,
        #"{"ApplicationParameters": "one"}"#, #"{"User": "0"}"#, #"{"Hostname": "a-b.c"}"#,
        #"{"Readiness": {"Port": 1}}"#, #"{"Mount": []}"#, #"{"Writable": []}"#,
        #"{"Mount": [{"Target": "/m", "Type": "ramfs"}]}"#, #"{"Gateway": {"ApplicationPort": 1}}"#,
        #"{"Capabilities": "container"}"#, #"{"Capabilities": ["container", "CAP_NET_RAW", "IPC_LOCK"]}"#,
        #"{"Capabilities": []}"#,
    ]

    /// What both our reader and the schema refuse.
    static let bad: [String] = [
        "[]", "null", "1", #"{"Debug": 2}"#, #"{"Debug": "yes"}"#, #"{"ProductID": 65536}"#, #"{"ProductID": -1}"#,
        #"{"ProductID": 1.5}"#, #"{"ProductID": "1"}"#, #"{"version": "0.2"}"#, #"{"version": 0.1}"#,
        #"{"MemorySize": "2048mb"}"#, #"{"MemorySize": "m"}"#, #"{"MemorySize": ""}"#, #"{"MemorySize": -1}"#,
        #"{"MemorySize": true}"#, #"{"MemorySize": "1g", "UserMemSize": "1g"}"#, #"{"ApplicationPath": "bin/app"}"#,
        #"{"ApplicationPath": "/"}"#, #"{"ApplicationPath": "/a/../b"}"#, #"{"ApplicationPath": "/a//b"}"#,
        #"{"ApplicationPath": "/a/"}"#, #"{"ApplicationPath": 1}"#, #"{"ApplicationPath": null}"#,
        #"{"ApplicationParameters": [1]}"#, #"{"ApplicationParameters": 1}"#, #"{"EnvironmentVariables": ["A"]}"#,
        #"{"EnvironmentVariables": ["=1"]}"#, #"{"EnvironmentVariables": "A=1"}"#,
        #"{"HostEnvironmentVariables": ["A=1"]}"#, #"{"HostEnvironmentVariables": [""]}"#,
        #"{"HostEnvironmentVariables": ["MYST_TARGET"]}"#, #"{"CurrentWorkingDirectory": "app"}"#,
        #"{"Hostname": ""}"#, #"{"Hostname": "a b"}"#, #"{"ForkMode": "real"}"#, #"{"Mount": [{"Target": "/m"}]}"#,
        #"{"Mount": [{"Target": "/m", "Type": "hostfs"}]}"#, #"{"Mount": [{"Target": "/", "Type": "ramfs"}]}"#,
        #"{"Mount": [{"Target": "/m", "Type": "ramfs", "Flags": ["ro"]}]}"#,
        #"{"Mount": [{"Target": "/m", "Type": "ramfs", "Source": "a"}]}"#,
        #"{"Mount": [{"Target": "/m", "Type": "ramfs", "AtRun": true}]}"#,
        #"{"Mount": [{"Target": "/m", "Type": "ext2", "AtRun": "yes"}]}"#,
        #"{"Mount": [{"Target": "/m", "Type": "ext2", "Size": "1m"}]}"#,
        #"{"Mount": [{"Target": "/m", "Type": "ext2", "RootHash": "ab"}]}"#,
        #"{"Mount": [{"Target": "/m", "Type": "ext2", "Roothash": "ab"}]}"#, #"{"Secret": [{"ID": "a"}]}"#,
        #"{"SyslogLevel": "loud"}"#, #"{"Name": "../a"}"#, #"{"Name": ""}"#, #"{"Platforms": []}"#,
        #"{"Platforms": ["sgx"]}"#, #"{"Platforms": ["snp", "snp"]}"#, #"{"Processors": 0}"#, #"{"TimeLimit": 0}"#,
        #"{"Ports": [0]}"#, #"{"Ports": [65536]}"#, #"{"Ports": [1, 1]}"#, #"{"Ports": ["8000"]}"#,
        #"{"NameServers": ["dns"]}"#, #"{"NameServers": ["1.2.3"]}"#, #"{"NameServers": ["1.2.3.256"]}"#,
        #"{"Readiness": {"Path": "/a"}}"#, #"{"Readiness": {"Port": 1, "Path": "a"}}"#, #"{"Readiness": 8000}"#,
        #"{"Writable": ["tmp"]}"#, #"{"Writable": ["/"]}"#, #"{"Writable": [{"Target": "/a", "Mode": "999"}]}"#,
        #"{"Writable": [{"Target": "/a", "KeepContent": true, "Size": 4096}]}"#, #"{"Writable": [{}]}"#,
        #"{"ModelPacks": ["models"]}"#, #"{"User": "root"}"#, #"{"User": "1:2:3"}"#, #"{"User": 0}"#,
        #"{"Attestation": "maybe"}"#, #"{"Attestation": true}"#, #"{"Gateway": {}}"#, #"{"Gateway": true}"#,
        #"{"Gateway": {"ApplicationPort": 0}}"#, #"{"Gateway": {"ApplicationPort": 1, "Port": 65536}}"#,
        #"{"Gateway": {"ApplicationPort": 1, "port": 2}}"#, #"{"Gateway": {"ApplicationPort": 1, "Files": "yes"}}"#,
        #"{"Capabilities": ["SYS_ADMIN"]}"#, #"{"Capabilities": "CAP_MKNOD"}"#, #"{"Capabilities": ["SETFCAP"]}"#,
        #"{"Capabilities": ["chown"]}"#, #"{"Capabilities": true}"#, #"{"Capabilities": "all"}"#,
        #"{"Capabilities": [1]}"#,
        #"{"OpenFiles": 1}"#, #"{"debug": 1}"#, #"{"Surprise": 1}"#,
    ]

    /// What is JSON for a schema's reader, or beyond a schema's words, and still refused.
    static let badForUsAlone: [String] = [
        "", "{", "{'a': 1}", #"{"Debug": 1,}"#, #"{"Debug": 1} x"#, #"{"Debug": 1, "Debug": 1}"#, "/* {}",
        #"{"Debug": 01}"#, #"{"Hostname": "\ud800"}"#, "{\"Hostname\": \"\u{1}\"}", #"{"ApplicationPath": "/a\u0000"}"#,
        #"{"MemorySize": "1m"}"#, #"{"MemorySize": "99999999999999999999g"}"#, #"{"User": "4294967296"}"#,
        #"{"Gateway": {"ApplicationPort": 1}, "Ports": [1]}"#,
        #"{"Gateway": {"ApplicationPort": 1}, "Readiness": {"Port": 8443}}"#,
        #"{"Gateway": {"ApplicationPort": 1}, "OutboundNetwork": true}"#,
        #"{"Gateway": {"ApplicationPort": 1}, "Attestation": "offered"}"#,
        #"{"EnvironmentVariables": ["MYST_WANT_TEE_CREDENTIALS=CERT_PEMKEY"]}"#,
        #"{"HostEnvironmentVariables": ["MYST_MEMCHECK"]}"#, #"{"Writable": ["/tmp", "/tmp"]}"#,
        #"{"Writable": ["/m"], "Mount": [{"Target": "/m", "Type": "ramfs"}]}"#,
        String(repeating: "[", count: 100_000),
    ]
}
