import ArgumentParser
import RapportDevices

/// Lists the microphones and loudspeakers that a call can use.
struct DevicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices", abstract: "List microphones and loudspeakers.",
        discussion: """
            The names are those that join --microphone and --speaker take. A star marks the default. What a \
            loudspeaker plays can be taken as a microphone, too (monitor), but only by its name.
            """)

    @Flag(help: "Print one JSON object a line.")
    var jsonLines = false

    mutating func run() async throws {
        do {
            let devices = try await AudioDevice.devices()
            for kind in AudioDeviceKind.allCases { show(kind, devices.filter { $0.kind == kind }) }
        } catch {
            Terminal.note(error.description)
            throw ExitStatus.failed.code
        }
    }

    private struct Line: Encodable {
        var kind: String
        var name: String
        var description: String
        var isDefault: Bool
        var isMonitor: Bool
        var sampleRate: Int
        var channels: Int

        init(_ device: AudioDeviceDescription) {
            (kind, name, description) = (device.kind.rawValue, device.name, device.text)
            (isDefault, isMonitor) = (device.isDefault, device.isMonitor)
            (sampleRate, channels) = (device.sampleRate, device.channels)
        }
    }

    private func show(_ kind: AudioDeviceKind, _ devices: [AudioDeviceDescription]) {
        if jsonLines {
            for device in devices { Terminal.line(Line(device)) }
            return
        }
        Terminal.write(kind == .microphone ? "Microphones\n" : "Loudspeakers\n")
        if devices.isEmpty { Terminal.write("  none\n") }
        for device in devices {
            let monitor = device.isMonitor ? ", monitor" : ""
            let format = "\(device.sampleRate) Hz, \(device.channels) channel\(device.channels == 1 ? "" : "s")"
            Terminal.write("\(device.isDefault ? "*" : " ") \(device.name)  (\(device.text), \(format)\(monitor))\n")
        }
    }
}
