import FoundationEssentials

// The roots' public keys are compiled in, so that no file and no network decides which roots are trusted. Each is the
// key of the certificate with the given SHA-256, published at the given URL; a test compares them with the
// certificates.

extension TrustAnchor {
    /// All vendors' roots.
    public static let vendors: [TrustAnchor] = [
        .amdMilan, .amdGenoa, .amdTurin, .intelSGX, .awsNitro,
    ]

    /// AMD's root for processors of the Milan line.
    ///
    /// Valid until 2045-10-22.
    public static let amdMilan = TrustAnchor(
        name: "ARK-Milan",
        kinds: [.snp, .azureVtpm],
        fingerprint: "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
        base64PublicKey: """
            MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEA0Ld52RJOdeiJlqK2JdsVmD7FktuotWwX1fNgW41XY9Xz1HEhSUmh\
            Lz9Cu9DHRlvgJSNxbeYYsnJfvyjx1MfU0V5tkKiU1EesNFta1kTA0szNisdYc9isqk7mXT5+KfGRbfc4V/9zRIcE8jlHN61S\
            1ju8X93+6dxDUrG2SzxqJ4BhqyYmUDruPXJSX4vUc01P7j98MpqOS95rORdGHeI52Naz5m2B+O+vjsC060d37jY9LFeuOP4M\
            eri8qgfi2S5kKqg/aF6aPtuAZQVR7u3KFYXP59XmJgtcog05gmI0T/OitLhuzVvpZcLph0odh/1IPXqx3+MnjD97A7fXpqGd\
            /y8KxX7jksTEzAOgbKAeam3lm+3yKIcTYMlsRMXPcjNbIvmsBykD//xSniusuHBkgnlENEWx1UcbQQrs+gVDkuVPhsnzIRNg\
            YvM48Y+7LGiJYnrmE8xcrexekBxrva2V9TJQqnN3Q53kt5viQi3+gCfmkwC0F0tirIZbLkXPrPwzZ0M9eNxhIySb2npJfgnq\
            z55I0u33wh4r0ZNQeTGfw03MBUtyuzGesGkcw+loqMaq1qR4tjGbPYxCvpCq7+OgpCCoMNit2uLo9M18fHz10lOMT8nWAUvR\
            ZFzteXCm+7PHdYPlmQwUw3LvenJ/ILXoQPHfbkH0CyPfhl1jWhJFZasCAwEAAQ==
            """,
        origin: "https://kdsintf.amd.com/vcek/v1/Milan/cert_chain"
    )

    /// AMD's root for processors of the Genoa line, including Bergamo and Siena.
    ///
    /// Valid until 2047-01-26.
    public static let amdGenoa = TrustAnchor(
        name: "ARK-Genoa",
        kinds: [.snp, .azureVtpm],
        fingerprint: "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
        base64PublicKey: """
            MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEA3Cd95S/uFOuRIskW9vz9VDBF69NDQF79oRhL/L2PVQGhK3YdfEBg\
            pF/JiwWFBsT/fXDhzA01p3LkcT/7LdjcRfKXjHl+0Qq/M4dZkh6QDoUeKzNBLDcBKDDGWo3v35NyrxbA1DnkYwUKU5AAk4P9\
            4tKXLp80oxt84ahyHoLmc/LqsGsp+oq1Bz4PPsYLwTG4iMKVaaT90/oZ4I8oibSru92vJhlqWO27d/Rxc3iUMyhNeGToOvgx\
            /iUo4gGpG61NDpkEUvIzuKcaMx8IdTpWg2DF6SwF0IgVMffnvtJmA68BwJNWo1E4PLJdaPfBifcJpuBFwNVQIPQEVX3aP89H\
            JSp8YbY9lySS6PlVEqTBBtaQmi4ATGmMR+n2K/e+JAhU2Gj7jIpJhOkdH9firQDnmlA2SFfJ/Cc0mGNzW9RmIhyOUnNFoclm\
            kRhl3/AQU5Ys9Qsan1jT/EiyT+pCpmnA+y9edvhDCbOG8F2oxHGRdTBkylungrkXJGYiwGrR8kaiqv7NN8QhOBMqYjcbrkEr\
            0f8QMKklIS5ruOfqlLMCBw8JLB3LkjpWgtD7OpxkzSsohN47Uom86RY6lp72g8eXHP1qYrnvhzaG1S70vw6OkbaaC9EjiH/u\
            HgAJQGxon7u0Q7xgoREWA/e7JcBQwLg80Hq/sbRuqesxz7wBWSY254cCAwEAAQ==
            """,
        origin: "https://kdsintf.amd.com/vcek/v1/Genoa/cert_chain"
    )

    /// AMD's root for processors of the Turin line.
    ///
    /// Valid until 2048-05-15.
    public static let amdTurin = TrustAnchor(
        name: "ARK-Turin",
        kinds: [.snp, .azureVtpm],
        fingerprint: "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a",
        base64PublicKey: """
            MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAwaAriB7EIuVc4ZB1wD3YfDxL+9eyS7+izm0Jj3W772NINCWl8Bj3\
            w/JD2ZjmbRxWdIq/4d9iarCKorXloJUB1jRdgxqccTx1aOoig4+2w1XhVVJT7K457wT5ZLNJgQaxqa9Etkwjd6+9sOhlCDE9\
            l43kQ0R2BikVJa/uyyVOSwEk5w5tXKOuG9jvq6QtAMJasW38wlqRDaKEGtZ9VUgGon27ZuL4sTJuC/azz9/iQBw8kEilzOl9\
            5AiTkeY5jSEBDWbAqnZk5qlM7kISKG20kgQm14mhNKDI2p2oua+zuAG7i52epoRF2GfU0TYk/yf+vCNB2tnechFQuP2e8bLk\
            95ZdqPi9/UWw4JXjtdEA4u2JYplSSUPQVAXKt6LVqujtJcM59JKr2u0XQ75KwxcMp15gSXhBfInvPAwuAY4dEwwGqT8oIg4e\
            sPHwEsmChhYeDIxPG9R4fx9O0q6p8Gb+HXlTiS47P9YNeOpidOUKzDl/S1OvyhDtSL8LJc24QATFydo/iD/KUdvFTRlD0crk\
            AMkZLoWQ8hLDGc6BZJXsdd7Zf2e4UW3tI/1oh/2t23Ot3zyhTcv5gDbABu0LjVe98uRnS15SMwK//lJt9e5BqKvgABkSoABf\
            +B4VFtPVEX0ygrYaFaI9i5ABrxnVBmzXpRb21iI1NlNCfOGUPIhVpWECAwEAAQ==
            """,
        origin: "https://kdsintf.amd.com/vcek/v1/Turin/cert_chain"
    )

    /// Intel's root for SGX and TDX.
    ///
    /// Valid until 2049-12-31.
    public static let intelSGX = TrustAnchor(
        name: "Intel SGX Root CA",
        kinds: [.sgx, .tdx, .azureVtpm],
        fingerprint: "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3",
        base64PublicKey: """
            MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEC6nEwMDIYZOj/iPWsCzaEKi71OiOSLRFhWGjbnBVJfVnkY4u3IjkDYYL0MxO\
            4mqsyYjlBalTVYxFP2sJBK5zlA==
            """,
        origin: "https://certificates.trustedservices.intel.com/Intel_SGX_Provisioning_Certification_RootCA.cer"
    )

    /// AWS's root for Nitro enclaves and for NitroTPM, G1.
    ///
    /// Valid until 2049-10-28.
    public static let awsNitro = TrustAnchor(
        name: "aws.nitro-enclaves",
        kinds: [.nitro, .nitroTpm],
        fingerprint: "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b",
        base64PublicKey: """
            MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE/AJU66YIwfNocOKa2pC+RjgyknNuiUv/9nLZiURLUFHlNKSx9tvjwLxYGjK3sXYH\
            Dt4S1po/6iEbZudSz33R3QlfbxNw9BcIQ9ncEAEh5M9jASgJZkSHyXlihDBNxT/0
            """,
        origin: "https://aws-nitro-enclaves.amazonaws.com/AWS_NitroEnclaves_Root-G1.zip"
    )

    private init(name: String, kinds: [EvidenceKind], fingerprint: String, base64PublicKey: String, origin: String) {
        self.init(
            name: name,
            kinds: kinds,
            fingerprint: fingerprint,
            publicKey: Data(base64Encoded: base64PublicKey).map(Array.init) ?? [],
            origin: origin
        )
    }
}
