import FoundationEssentials

// The keys of the roots that clouds publish for their virtual TPMs, as in TrustAnchor+Vendors.swift. They are trusted
// only where a caller names them: each of the cloud's customers has machines below them, so that a policy must say what
// runs.

extension TrustAnchor {
    /// The clouds whose roots for virtual TPMs are known, by the names that commands take.
    public static let tpmAuthorities: [String: [TrustAnchor]] = [
        "gcp": [.gcpTpm2018, .gcpTpm], "azure": [.azureTpm],
    ]

    /// Google Cloud's first root for virtual TPMs.
    ///
    /// Valid until 2118-04-06.
    public static let gcpTpm2018 = TrustAnchor(
        tpmAuthority: "tpm_ek_v1_cloud_host_root-signer-0-2018-04-06T10:58:26-07:00 K:1, 1:Pw003HsFYO4:0:18",
        fingerprint: "9bd5285f8fb18502a7947e621ffd470266f49fcd3b73e19a190f690ad32a7caf",
        base64PublicKey: """
            MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEA+8I7pO5X+Oknhq5hWj70Mq12wLsQ/mle3JfC9ucKPaRP7wk8Zv76\
            04nKWKENI7YE2u2pW6SSJXx1dhjQxA258+KdKcFk/uzVFc3gX32TS1Ijd7lMjYPBEUFXSNy7uthmXPHeY7WW02n/1RUDfPEv\
            PrrdI+egEFRQ2Vedj3Qm504t/Bc0/rwqIK39ggbteshExjyJc0WtNL0EiVotv4siCaHb0U39hxCxewDK6bzfkWhQtwMurOtO\
            MD7et9G9AvCurlCwlwRW5lhVFBLm13hFtEPPgYtDMe1FPQNJ7z1oUCd1oryHiL9YsOg4jxInwHyb5W85YNifH/uo/o2wKeJx\
            WDsFDNioC2VNMdTOLk13ansdzcVtuphTvgR01O0UDAOwj3k3R/4sLfBErXG8aBpFJ2cl6SWE1Wx07TRMOSYBV2SQr6js+KPZ\
            KzbLBb25EfmCeiyd+zCJbEB70u/Al8Gvgw22Frt68DBy+qRG8EkWB34BW6A67A4ILescUSq5qhRak2u9IEUxWihaCzR8wxxK\
            1hiP69F31o0O2AexuBJC8IUOaj3WVypEVzBioN/wmZDBk73Jg7ONv/vcwGzFHO5el5D38v9KsiAvfNLsstPJttDcsk7n3a/P\
            6wSTr8/8g5lIY9KHk0tUtLOMd9S4xHrSEnzMajfhAcn+nWbpod+TnaECAwEAAQ==
            """,
        origin: "https://pki.goog/cloud_integrity/tpm_ek_root_1.crt"
    )

    /// Google Cloud's present root for the keys of virtual TPMs.
    ///
    /// Valid until 2122-07-08.
    public static let gcpTpm = TrustAnchor(
        tpmAuthority: "EK/AK CA Root",
        fingerprint: "594759594b9b61524f6c8ef668f7177f7b9066bc0674f2f49fe9e052be78beb2",
        base64PublicKey: """
            MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAnSX1UKjIlktKiXwrKE2ltLukGe6JwTqm2t23EBYhHZOcvFKDE0WJ\
            Ht2u2h/EjSu5x6gIimxr00cgqvPewz838TyYU0eIkC7JV/ek+mYOksllDWp7zIeSkZKzcqPezlhha0R5wJV/M2zgy0q8Z8D5\
            YoHj0Do2iLxH1HUaicsg3rBJdfeQ/WJtGfQ0aB2qB+BF7kcLeQoCGNnqxxPwRvVIaVoHIbMTlagZOc1vKJ+TLH2hRnFdUmyq\
            /arrXVbdqls/FyB6/zPkldBRuutDsRs7RK0rUOwpGwou4P5gvGOsFFDhR4g3lYenobS+BiI6m0ebpgpnFB6Y7+RUwtHOybUB\
            gft404V6RwEgpGNKqmTmbi53Tiq6bp/SEGPeIT8974O8htWEuH0i0C6chIZA8D11gSB8D+paKv6lTstXemGkt4aG6WXwb/Ni\
            ZCEXeF6DRu4hHvRpq/NPyIsBCvFUw1FkkQYzAg3+2rxiJPf7cRkhxKqroYAaOK5XDc0ixcLf4K5IkZDkZsOnj0tzpVY8d5Z4\
            W/BJQaDEpermvX49GyhiArpLiGF5yBcRflztG1rpNwWUQVvRcr1+nLV2vz0t4UbFQGl0O8rENEsybcVB6fyuZH89JF4Rwmxq\
            ptQ/+rs9zuTRF8X0xvoB89l+eqClglD4gVKv0SNFJbXA9wvTfOhM/jsCAwEAAQ==
            """,
        origin: "https://privateca-content-62d71773-0000-21da-852e-f4f5e80d7778.storage.googleapis.com/"
            + "032bf9d39db4fa06aade/ca.crt"
    )

    /// Azure's root for the keys of virtual TPMs.
    ///
    /// Valid until 2048-06-01.
    public static let azureTpm = TrustAnchor(
        tpmAuthority: "Azure Virtual TPM Root Certificate Authority 2023",
        fingerprint: "e6c596b17f8ffefba5c300f714cfb1260c6028704ecf7becc4ab5018efb00e95",
        base64PublicKey: """
            MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAugwzC91Env5tbTRp0oTVV6Y2olL7brxSt7xBx9ldU6xU7bb48v1Z\
            Gg+dajSvl1WiiZgZuhuHgcLvaz2wZjoEZF75SLYszC5aeKsG06NonfivVmJ40xxU0lP91dbkc38cuWb+BIqVbOoITHqAUUBB\
            O/JiX/mNgjg57TnMnuiOCMr/pkdekXKxefJQhMn2qCOfnjogmH8bk4wLeYN8VTsD8YCL4tho4dLNePr0uTW8J+02r0NxAe0H\
            ui07RXEWREtpQtx+78BgczsUL9Krpwlv0C7wr8hSHD/mUlJdlrAsnAelwRjMRObZuVp3RUewAJos25xkvnAGLwYS6xD1ajxb\
            WnWtQIynz2m5/FrcCv2xhm9Z4mW8qCBZxBVSWG+8hkSdP5+14S/BN2hqOXmpK9lsM8YI+Nv3WtLOeiIurxeqBAEEWOcSJMv5\
            WJpmbJk9hSwG8FjeUpcHWXaGCBqF8EhqDiPTByCqUvzZIvukB0aOrQWi7pIqAeeSStXkI3FQEFUw0LBSiPma8SN3mYXtc+B8\
            z3yo0AFvYCq1+X5W4KRT8bVe8WhOpL0CTBstMYUxL36MIRTavDrCcq4a/VPH2K5J02+xe3yy3Hh+RV4m+cWkl4AjAFlWApFJ\
            NrfDfT32TSZbyoaIyfAIjlJ91nZInIPi4SazOyeJ4TrABZ3W0suDWO8CAwEAAQ==
            """,
        origin: "http://www.microsoft.com/pkiops/certs/"
            + "Azure%20Virtual%20TPM%20Root%20Certificate%20Authority%202023.crt"
    )

    private init(tpmAuthority name: String, fingerprint: String, base64PublicKey: String, origin: String) {
        self.init(
            name: name,
            kinds: [.tpm],
            fingerprint: fingerprint,
            publicKey: Data(base64Encoded: base64PublicKey).map(Array.init) ?? [],
            origin: origin
        )
    }
}
