import ArgumentParser
import MachineLaunch

/// `NAME=IMAGE`: the image of a mount for which a configuration names none.
struct MountArgument: ExpressibleByArgument, Equatable {
    static let help = ArgumentHelp(
        "The image of an ext2 Mount of the configuration; repeatable.",
        discussion: "It has to have the root hash or the signer that the configuration names.",
        valueName: "name=image"
    )

    let pair: MountedImages.Pair

    init?(argument: String) {
        guard let pair = MountedImages.Pair(argument) else { return nil }
        self.pair = pair
    }
}
