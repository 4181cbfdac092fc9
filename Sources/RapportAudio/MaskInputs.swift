/// What the mask sees of one block, each row per bin of the 16 kHz spectrum under the synthesis window.
struct MaskInputs {
    /// Powers: what the linear filter leaves, its echo estimate with a tail, the noise floor, the far end where its echo
    /// stands, and the microphone.
    var error, echo, noise, far, microphone: UnsafePointer<Float>
    /// Power of what the search filter leaves: less than `error` soon after the echo path has changed.
    var searchError: UnsafePointer<Float>
    /// The far end's power over all delays: an echo can be no other time than that.
    var allFar: UnsafePointer<Float>
    /// Real part of error times echo estimate over their mean power, -1 to 1: a person is not like the estimate, a
    /// filter that models a path that is no more leaves its negative.
    var likeness: UnsafePointer<Float>
}
