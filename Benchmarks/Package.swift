// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that users of the library inherit nothing from it. The floors are plain C over the same
// system libraries; what they cost is what the engine cannot go below. Programs that measure the engine itself take
// `.product(name: "Rapport", package: "rapport")` from `.package(name: "rapport", path: "..")`: see README.md.
let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "FloorCommon", path: "Floor/Common"),
        .executableTarget(
            name: "packet-floor", dependencies: ["FloorCommon"], path: "Floor/Packet",
            linkerSettings: [.linkedLibrary("srtp2")]),
        .executableTarget(
            name: "codec-floor", dependencies: ["FloorCommon"], path: "Floor/Codec",
            linkerSettings: [.linkedLibrary("vpx"), .linkedLibrary("opus"), .linkedLibrary("m")]),
    ]
)
