import Foundation

/// Standard error for people, standard output for data.
enum Terminal {
    static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    static func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    static func line(_ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        guard var data = try? encoder.encode(value) else { return }
        data.append(0x0A)
        FileHandle.standardOutput.write(data)
    }

    /// Colour and cursor movement are for terminals that take them. https://no-color.org; TERM=dumb.
    static var isInteractive: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isatty(1) != 0 && environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
    }
}
