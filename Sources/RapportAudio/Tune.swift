package enum Tune {
    package nonisolated(unsafe) static var v: [Float] = [0.99, 0.05, 0.9997, 0.9, 1.0, 1.4, 0.4, 1.0, 1.0, 28, 0.4, 0.3, 0, 1, 150, 0.7, 1.2, 2, 30, 0, 0.03]
}
