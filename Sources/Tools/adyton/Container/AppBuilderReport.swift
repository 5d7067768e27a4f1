import ContainerImage
import Foundation
import RootFileSystem
import StrictJSON

/// What `adyton appbuilder` tells a program of an image and of what was made of it.
struct AppBuilderReport: Encodable {
    struct Layer: Encodable {
        let digest: String?
        let diffId: String
        let bytes: Int
    }

    struct Result: Encodable {
        let path: String
        let format: String
        let entries: Int
        let contentBytes: Int
        let lost: Int
        let lostFile: String?
    }

    let manifestDigest: String?
    let configDigest: String
    let platform: String
    let builder: String?
    let layers: [Layer]
    let config: JSONValue?
    let result: Result

    init(
        image: ContainerImage,
        tree: TreePlan,
        form: AppBuilderCommand.Form,
        output: String,
        builder: BuilderKind?,
        lossFile: String?,
        lossCount: Int
    ) {
        manifestDigest = image.manifestDigest?.description
        configDigest = image.configurationDigest.description
        platform = image.platform.description
        self.builder = builder?.rawValue
        layers = image.layers.map {
            Layer(digest: $0.digest?.description, diffId: $0.contentDigest.description, bytes: $0.byteCount)
        }
        config = image.configuration.everything
        result = Result(
            path: output,
            format: form.rawValue,
            entries: tree.count,
            contentBytes: tree.contentSize,
            lost: lossCount,
            lostFile: lossFile
        )
    }

    /// One document, keys sorted.
    func json() throws -> String {
        try JSONReport.of(self)
    }
}
