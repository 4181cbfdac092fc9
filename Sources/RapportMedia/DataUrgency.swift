/// How soon a message of data has to leave.
public enum DataUrgency: Sendable, CaseIterable {
    /// Small, and somebody waits for it: chat, acknowledgements.
    case urgent
    /// Large and in no hurry: a file.
    case bulk
}
