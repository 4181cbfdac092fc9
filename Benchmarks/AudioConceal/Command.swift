import Foundation
import RapportBase
import RapportCodecs
import RapportMedia

/// `rapport-conceal IN OUT LOSS SEED [--plain | --copies]`: raw 48 kHz mono sound coded, sent over a line that loses `LOSS` percent
/// of its packets, and played. `--plain` is libopus by itself: fullband, told the loss, FEC and its own concealment.
/// With `--copies` each packet comes again within the next one (RFC 2198): twice the bits.
@main
struct Command {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 5, let loss = Double(arguments[3]), let seed = UInt64(arguments[4]) else {
            print("usage: rapport-conceal IN OUT LOSS SEED [--plain | --copies]")
            exit(2)
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: arguments[1]))
        let sound = bytes.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
        let isPlain = arguments.contains("--plain")
        var line = try Line(loss: loss / 100, seed: seed, isPlain: isPlain)
        line.hasCopies = arguments.contains("--copies")
        try line.code(sound)
        let played = isPlain ? try line.playPlainly() : try line.play()
        try played.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: arguments[2])) }
        let seconds = Double(line.packets.count) * 0.02
        let bits = Double(line.packets.reduce(0) { $0 + $1.count } * (line.hasCopies ? 16 : 8))
        let lost = Double(line.lost.count { $0 }) / Double(line.lost.count)
        print(String(format: "{\"kbps\": %.2f, \"lost\": %.4f}", bits / seconds / 1000, lost))
    }
}
