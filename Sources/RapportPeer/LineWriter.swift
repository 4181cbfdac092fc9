import Foundation
import Synchronization

/// Writes one JSON object a line to standard output, whole lines only.
final class LineWriter: Sendable {
    private let encoder: Mutex<JSONEncoder>

    init() {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        self.encoder = Mutex(encoder)
    }

    func write(_ value: some Encodable & Sendable) {
        encoder.withLock { encoder in
            guard var line = try? encoder.encode(value) else { return }
            line.append(0x0A)
            writeAll(line)
        }
    }

    private func writeAll(_ data: Data) {
        data.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = Foundation.write(1, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written <= 0 { return }
                rest = rest.dropFirst(written)
            }
        }
    }
}
