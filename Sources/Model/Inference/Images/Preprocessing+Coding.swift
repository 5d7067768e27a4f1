// As a model card spells it:
//
//     {"colorMode": "RGB",
//      "resize": {"shortSide": 256, "interpolation": "bilinear", "antialias": true},
//      "crop": {"width": 224, "height": 224, "anchor": "center"},
//      "mean": [0.485, 0.456, 0.406], "standardDeviation": [0.229, 0.224, 0.225]}

extension Preprocessing: Codable {
    private enum Key: String, CodingKey, CaseIterable {
        case colorMode
        case resize
        case crop
        case mean
        case standardDeviation
    }

    private enum ResizeKey: String, CodingKey, CaseIterable {
        case shortSide
        case interpolation
        case antialias
    }

    private enum CropKey: String, CodingKey, CaseIterable {
        case width
        case height
        case anchor
    }

    /// Decodes the description of a model card.
    ///
    /// - Throws: `image.preprocessing-invalid` for every value that is not understood, because a model that is fed in
    ///   another way answers wrongly without a sign of it; the decoder's own error for a field that is unknown, missing or
    ///   of another type.
    package init(from decoder: any Decoder) throws {
        let card = try decoder.container(keyedBy: Key.self)
        try card.expect("RGB", for: .colorMode, inside: "")
        let resize = try card.nestedContainer(keyedBy: ResizeKey.self, forKey: .resize)
        try resize.expect("bilinear", for: .interpolation, inside: "resize.")
        try resize.expect(true, for: .antialias, inside: "resize.")
        let crop = try card.nestedContainer(keyedBy: CropKey.self, forKey: .crop)
        try crop.expect("center", for: .anchor, inside: "crop.")
        try self.init(
            shortSide: resize.decode(Int.self, forKey: .shortSide),
            cropWidth: crop.decode(Int.self, forKey: .width),
            cropHeight: crop.decode(Int.self, forKey: .height),
            mean: card.decode([Double].self, forKey: .mean),
            standardDeviation: card.decode([Double].self, forKey: .standardDeviation)
        )
    }

    package func encode(to encoder: any Encoder) throws {
        var card = encoder.container(keyedBy: Key.self)
        try card.encode("RGB", forKey: .colorMode)
        var resize = card.nestedContainer(keyedBy: ResizeKey.self, forKey: .resize)
        try resize.encode(shortSide, forKey: .shortSide)
        try resize.encode("bilinear", forKey: .interpolation)
        try resize.encode(true, forKey: .antialias)
        var crop = card.nestedContainer(keyedBy: CropKey.self, forKey: .crop)
        try crop.encode(cropWidth, forKey: .width)
        try crop.encode(cropHeight, forKey: .height)
        try crop.encode("center", forKey: .anchor)
        try card.encode(mean, forKey: .mean)
        try card.encode(standardDeviation, forKey: .standardDeviation)
    }
}

extension KeyedDecodingContainer {
    /// Refuses every value except one.
    fileprivate func expect<Value: Decodable & Equatable>(_ only: Value, for key: Key, inside path: String) throws {
        let found = try decode(Value.self, forKey: key)
        guard found == only else {
            let subject = path + key.stringValue
            throw ImageError(.preprocessingInvalid, subject: subject, expected: "\(only)", found: "\(found)")
        }
    }
}
