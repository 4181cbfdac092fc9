import BenchmarkSupport
import Glibc
import RapportSimulator

/// What the command line asks for.
struct LinkSettings {
    static let usage = """
        rapport-link --left PATH --right PATH (--case NAME [OPTION]... | --self-check)

        Puts the links of one of the simulator's cases between two network namespaces (PATH as in /run/netns), in real
        time: a TUN interface `tun0` in each, 10.77.0.1 on the left, 10.77.0.2 on the right; link 0 is from left to
        right. The case's time begins with the first RTP packet from the left. Writes a line of JSON each 200 ms, one when the
        case begins ("begin") and one when its time is over ("over"). At the end of its input it writes a line with the
        case's figures ("figures"), and the whole course to FILE in the form of rapport-sim, and ends.

        Input, one a line: `repair TYPE...` payload types of retransmissions; `rates TARGET ENCODER [PACER]` what the
        sender's estimator allows and its encoder has, in bit/s, and the mean wait in its pacer in ms; `froze MS` the
        receiver's picture stood; `frames SENT SKIPPED`; `begin` now, whatever passes.

        Options of a case: --json FILE; --name TEXT what the run is called in it; --seed N of loss and jitter; --packets FILE
        a line for each packet that came to a link (in) and left it (out): seconds, link, in or out, bytes, and of RTP the
        payload type, SSRC, sequence number, timestamp, marker and padding bit (RFC 8868 section 3).

        --self-check sends probes through links of its own and prints how far rate and delay are from what is set; exit
        status 1 when a rate is more than 0.2 % or a delay more than 0.5 ms away. --list names the cases it can run.
        """

    var left = ""
    var right = ""
    var one: SimulationCase?
    var json: String?
    var packets: String?
    var name = "live"
    var seed: UInt64 = 1
    var checks = false
    var lists = false

    init(_ arguments: [String]) {
        var rest = arguments.dropFirst()
        while let argument = rest.popFirst() {
            switch argument {
            case "--left": left = Self.value(of: argument, &rest)
            case "--right": right = Self.value(of: argument, &rest)
            case "--case": one = Self.find(Self.value(of: argument, &rest))
            case "--json": json = Self.value(of: argument, &rest)
            case "--packets": packets = Self.value(of: argument, &rest)
            case "--name": name = Self.value(of: argument, &rest)
            case "--seed": seed = UInt64(Self.value(of: argument, &rest)) ?? 1
            case "--self-check": checks = true
            case "--list": lists = true
            case "--help", "-h":
                Output.show(Self.usage)
                exit(0)
            default: fail("\(argument): not an option\n\n" + Self.usage)
            }
        }
        if lists { return }
        if left.isEmpty || right.isEmpty || (one == nil) != checks { fail(Self.usage) }
    }

    static var cases: [SimulationCase] { SimulationCase.all.filter { LiveRun($0.scenario, seed: 1) != nil } }

    private static func find(_ name: String) -> SimulationCase {
        guard let found = cases.first(where: { $0.name == name }) else { fail("\(name): no case that can run here") }
        return found
    }

    private static func value(of name: String, _ rest: inout ArraySlice<String>) -> String {
        guard let value = rest.popFirst() else { fail("\(name): a value is missing") }
        return value
    }
}
