// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that users of the library inherit nothing from it. The floors are plain C over the same
// system libraries; what they cost is what the engine cannot go below. The programs of Engine/ measure the engine.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let rooms = Target.Dependency.product(name: "RapportRooms", package: "rapport")
let engine = Target.Dependency.product(name: "Rapport", package: "rapport")

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "rapport", path: "..")],
    targets: [
        .target(name: "FloorCommon", path: "Floor/Common"),
        .target(
            name: "FloorClip", dependencies: ["FloorCommon"], path: "Floor/Clip",
            linkerSettings: [.linkedLibrary("vpx"), .linkedLibrary("m")]),
        .executableTarget(
            name: "packet-floor", dependencies: ["FloorCommon"], path: "Floor/Packet",
            linkerSettings: [.linkedLibrary("srtp2")]),
        .executableTarget(
            name: "codec-floor", dependencies: ["FloorCommon", "FloorClip"], path: "Floor/Codec",
            linkerSettings: [.linkedLibrary("vpx"), .linkedLibrary("opus"), .linkedLibrary("m")]),

        .target(name: "Allocations", path: "Engine/Allocations"),
        .target(name: "BenchmarkSupport", path: "Engine/Support", swiftSettings: settings),
        .executableTarget(
            name: "packet-path", dependencies: ["BenchmarkSupport", "Allocations", rooms], path: "Engine/PacketPath",
            swiftSettings: settings),
        .executableTarget(
            name: "setup-time", dependencies: ["BenchmarkSupport", engine, rooms], path: "Engine/SetupTime",
            swiftSettings: settings),
        .executableTarget(
            name: "encoder-curve", dependencies: ["BenchmarkSupport", "FloorClip", rooms],
            path: "Simulation/EncoderCurve", swiftSettings: settings),
        .executableTarget(
            name: "rapport-sim", dependencies: ["BenchmarkSupport", rooms], path: "Simulation/Program",
            swiftSettings: settings),
        .executableTarget(
            name: "rapport-repair", dependencies: ["BenchmarkSupport", rooms], path: "Simulation/Repair",
            swiftSettings: settings),
        .target(name: "CTunnel", path: "Network/Tunnel"),
        .executableTarget(
            name: "rapport-link", dependencies: ["BenchmarkSupport", "CTunnel", rooms], path: "Network/Link",
            swiftSettings: settings),
        .executableTarget(
            name: "call-cost", dependencies: ["BenchmarkSupport", "FloorClip", engine, rooms], path: "Engine/CallCost",
            swiftSettings: settings),
        .executableTarget(
            name: "rapport-playout", dependencies: ["Allocations", rooms], path: "AudioPlayout", swiftSettings: settings
        ),
        .executableTarget(
            name: "rapport-tick", dependencies: ["Allocations", engine], path: "AudioTick", swiftSettings: settings),
        .executableTarget(
            name: "rapport-conceal", dependencies: [rooms], path: "AudioConceal", swiftSettings: settings),
    ]
)
