import CNice

/// Room for the C description of one batch, kept between calls so that sending allocates nothing.
struct OutboundScratch: ~Copyable {
    static let capacity = 64
    let vectors = UnsafeMutablePointer<GOutputVector>.allocate(capacity: Self.capacity)
    let messages = UnsafeMutablePointer<NiceOutputMessage>.allocate(capacity: Self.capacity)

    init() {
        vectors.initialize(repeating: GOutputVector(), count: Self.capacity)
        messages.initialize(repeating: NiceOutputMessage(), count: Self.capacity)
        for index in 0..<Self.capacity { messages[index] = NiceOutputMessage(buffers: vectors + index, n_buffers: 1) }
    }

    deinit {
        vectors.deallocate()
        messages.deallocate()
    }
}
