import GraftTensor
import Synchronization

/// All that a forward pass may depend on besides its input: whether it trains, on which tape, with which random
/// numbers. It is passed to every call.
///
/// Copies of a context share the values that the pass tracks and the number of streams that it has drawn.
public struct Context: Sendable {
  /// The tape of the step; none in inference.
  public let tape: Tape?
  /// Random numbers for this step and no other.
  public let random: RandomStream
  /// How convolutions are computed where there is a choice.
  public var convolutionAlgorithm: ConvolutionAlgorithm = .winograd
  /// Whether sequences of layers may compute in bfloat16 in inference, where the processor can and where that is faster than
  /// what float32 offers; a processor that cannot takes float32. Off by default: results then differ by about 1 % of the
  /// largest value. Training is always in float32.
  public var allowsBFloat16 = false
  private let pass: PassState
  private let observer: (@Sendable (ObjectIdentifier, Tensor) -> Void)?

  private init(
    tape: Tape?, random: RandomStream, observer: (@Sendable (ObjectIdentifier, Tensor) -> Void)? = nil
  ) {
    self.tape = tape
    self.random = random
    self.observer = observer
    pass = PassState()
  }

  /// Prediction: nothing is recorded, nothing is random.
  ///
  /// Each is a context of its own: a layer of your own that draws in inference gets the same numbers in every pass that begins
  /// with a new one.
  public static var inference: Context { Context(tape: nil, random: RandomStream(seed: 0)) }

  /// One training step.
  ///
  /// - Parameters:
  ///   - tape: a fresh one.
  ///   - random: a child stream, split off by seed, epoch and step, so that it never repeats and resumes exactly.
  public static func training(_ tape: Tape, random: RandomStream) -> Context {
    Context(tape: tape, random: random)
  }

  /// Prediction during which `observer` is told the output of every layer: how summaries and feature taps are made.
  public static func observing(_ observer: @escaping @Sendable (ObjectIdentifier, Tensor) -> Void) -> Context
  {
    Context(tape: nil, random: RandomStream(seed: 0), observer: observer)
  }

  /// Whether layers may be computed as one: nobody asks for a gradient of what lies between them, or looks at it.
  var fusesLayers: Bool { tape == nil && observer == nil }

  /// Whether this is a training step.
  public var isTraining: Bool { tape != nil }

  /// The value of a parameter, tracked if this is a training step and the parameter is not frozen. The same tracked
  /// value every time, so that a layer that is used twice gets the sum of both gradients.
  public func value(of parameter: Parameter) -> Tensor {
    guard let tape, parameter.isTrainable else { return parameter.value }
    return pass.value(of: parameter, on: tape)
  }

  /// The gradient of a parameter that was used in this context; nil where the loss does not depend on it.
  public func gradient(of parameter: Parameter, in gradients: Gradients) -> Tensor? {
    pass.existing(parameter).flatMap { gradients[$0] }
  }

  /// Random numbers for the next layer that asks in this pass: layers ask in the order in which they are called, so that no
  /// two get the same and a repeated step gets them again. The count belongs to the context and all of its copies.
  public func nextRandomStream() -> RandomStream { random.child("draw", pass.nextDraw()) }

  /// Tells an observer, if there is one, what a layer computed; a layer of one's own may call it last.
  public func observed(_ output: Tensor, of layer: any Module) -> Tensor {
    observer?(ObjectIdentifier(layer), output)
    return output
  }
}

/// The places on the tape that the parameters of one pass have, and how often it has drawn.
private final class PassState: Sendable {
  private let draws = Atomic(0)
  private let values = Mutex<[ObjectIdentifier: Tensor]>([:])

  func value(of parameter: Parameter, on tape: Tape) -> Tensor {
    if let known = existing(parameter) { return known }
    let made = tape.track(parameter.value)
    values.withLock { $0[ObjectIdentifier(parameter)] = made }
    return made
  }

  func nextDraw() -> Int { draws.add(1, ordering: .relaxed).oldValue }

  func existing(_ parameter: Parameter) -> Tensor? {
    values.withLock { $0[ObjectIdentifier(parameter)] }
  }
}
