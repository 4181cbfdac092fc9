// How long a call takes to come about: from `createOffer` to both sides connected, and on to the first picture on both,
// over loopback in one process, signalling by function call. See README.md.
//
//   setup-time [--calls 50]

import BenchmarkSupport
import Rapport

@main struct SetupTime {
    static func main() async {
        let calls = Options().number("--calls", 50, in: 1...10_000)
        var trials: [Trial] = []
        do {
            // The first call loads libraries and fetches algorithms: it is not counted.
            for number in 0...calls {
                let trial = try await Call().run()
                if number > 0 { trials.append(trial) }
            }
        } catch {
            fail("a call did not come about: \(error)")
        }
        print(report(trials).json)
    }

    private static func report(_ trials: [Trial]) -> Report {
        var report = Report("setup-time", parameters: [("calls", trials.count)])
        report.add("connected_ms", trials.map(\.connected).median)
        report.add("connected_p90_ms", trials.map(\.connected).quantile(0.9))
        report.add("first_frame_ms", trials.map(\.firstFrame).median)
        report.add("cpu_ms_per_pair", trials.map(\.cpu).median)
        report.add("signalled_ms", trials.map(\.signalled).median)
        report.add("gathered_ms", trials.map(\.gathered).median)
        report.add("ice_ms", trials.map(\.ice).median)
        report.add("dtls_ms", trials.map(\.dtls).median)
        return report
    }
}

/// One call's times in milliseconds. All but `dtls` and `cpu` count from `createOffer`.
struct Trial {
    /// Both sides know both descriptions.
    var signalled = 0.0
    /// Both sides have all their candidates.
    var gathered = 0.0
    /// Both sides have a path.
    var ice = 0.0
    /// From there to both sides having keys.
    var dtls = 0.0
    var connected = 0.0
    /// Both sides have shown a picture.
    var firstFrame = 0.0
    /// CPU time of the whole process from making the connections to both being connected.
    var cpu = 0.0
}
