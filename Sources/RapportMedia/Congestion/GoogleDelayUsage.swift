/// What the trend of delay says of the path.
enum GoogleDelayUsage: Sendable, Equatable {
    case normal
    case overuse
    case underuse
}
