// What a call costs a participant: VP8 at 30/s and 1.5 Mbit/s and Opus, both directions, between two processes over
// loopback, fed from memory with the clip and the sound of `codec-floor`. See README.md.
//
//   call-cost [--clip file.y4m|file.ivf] [--sound file.wav] [--seconds 10]
//
// It starts itself twice for each size, as the two participants; what they print is gathered here.

import BenchmarkSupport

@main struct CallCost {
    static let sizes = [(width: 640, height: 360), (width: 1280, height: 720)]

    static func main() async {
        let options = Options()
        if let role = options.text("--participant") {
            await Participant.run(isOfferer: role == "offerer", options)
        } else {
            direct(options)
        }
    }

    private static func direct(_ options: Options) {
        let seconds = options.number("--seconds", 10, in: 1...600)
        var report = Report("call-cost", parameters: [("seconds", seconds), ("kbps", CallMedia.kilobits)])
        for size in sizes {
            let figures = ParticipantProcess.pair(width: size.width, height: size.height, seconds: seconds, options)
            for (name, values) in figures { report.add("\(size.width)x\(size.height).\(name)", values.median) }
        }
        print(report.json)
    }
}
