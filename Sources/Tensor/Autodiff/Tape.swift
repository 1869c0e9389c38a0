import Foundation
import Synchronization

/// A record of the operations of one training step, from which gradients are computed in reverse.
///
/// One step owns it; afterwards it is spent. Operations none of whose inputs is tracked record nothing.
///
/// ```swift
/// let tape = Tape()
/// let x = tape.track(Tensor(shape: [2], scalars: [3, 4]))
/// let gradients = try tape.gradients(of: (x * x).sum())
/// print(gradients[x]?.scalars ?? [])  // [6.0, 8.0]
/// ```
public final class Tape: Sendable {
  /// The position of a value on a tape.
  struct Place: Sendable {
    let tape: Tape
    let index: Int
  }

  /// One recorded operation: which places it read, and how its result's gradient becomes theirs.
  private struct Entry: Sendable {
    let shape: Tensor.Shape
    let inputs: [Int?]
    let backward: (@Sendable (Tensor) -> [Tensor?])?
  }

  private let entries = Mutex<[Entry]?>([])

  /// Creates an empty tape.
  public init() {}

  /// How many values and operations have been recorded; 0 once the tape is spent.
  public var count: Int { entries.withLock { $0?.count ?? 0 } }

  /// The same value, with a place on this tape. Tracking starts here and nowhere else.
  public func track(_ value: Tensor) -> Tensor {
    append(Entry(shape: value.shape, inputs: [], backward: nil), for: value)
  }

  private func append(_ entry: Entry, for value: Tensor) -> Tensor {
    let index = entries.withLock { entries in
      guard entries != nil else { misused("This tape is spent: a training step needs a tape of its own.") }
      entries?.append(entry)
      return (entries?.count ?? 0) - 1
    }
    return Tensor(
      shape: value.shape, scalarType: value.scalarType, storage: value.storage, layout: value.layout,
      place: Place(tape: self, index: index))
  }

  /// Records an operation of which at least one input lies on this tape.
  fileprivate func record(
    _ result: Tensor, of inputs: [Tensor], backward: @escaping @Sendable (Tensor) -> [Tensor?]
  ) -> Tensor {
    let places = inputs.map { input -> Int? in
      guard let place = input.place else { return nil }
      require(place.tape === self, "An operation cannot mix values of two tapes.")
      return place.index
    }
    return append(Entry(shape: result.shape, inputs: places, backward: backward), for: result)
  }

  /// Computes the gradients of `loss`, one scalar, with respect to every value that was tracked; the tape is then
  /// spent.
  ///
  /// - Throws: ``TapeError`` if the loss is no scalar, or does not depend on any tracked value of this tape, or if the
  ///   tape is spent.
  public func gradients(of loss: Tensor) throws -> Gradients {
    guard loss.scalarCount == 1 else { throw TapeError.lossIsNotScalar(loss.shape) }
    return try gradients(of: loss, startingFrom: Tensor(repeating: 1, shape: loss.shape))
  }

  /// Computes the gradients of the sum of `value` times `gradient`, elementwise; the tape is then spent.
  ///
  /// This is how a large batch is taken in micro-batches, and how a network is cut in two: the gradient that came out of one
  /// half goes into the other.
  ///
  /// - Parameters:
  ///   - value: any value that depends on a tracked one of this tape.
  ///   - gradient: as large as `value`.
  /// - Throws: ``TapeError`` if `value` does not depend on a tracked value of this tape, or if the tape is spent.
  public func gradients(of value: Tensor, startingFrom gradient: Tensor) throws -> Gradients {
    require(
      value.shape == gradient.shape,
      "A gradient of shape \(gradient.shape) for a value of shape \(value.shape).")
    require(
      gradient.scalarType == .float32, "A gradient is float32, not \(gradient.scalarType): convert it first.")
    guard let place = value.place, place.tape === self else { throw TapeError.lossIsNotTracked }
    guard
      var entries = entries.withLock({ entries in
        defer { entries = nil }
        return entries
      })
    else { throw TapeError.isSpent }

    entries.removeSubrange((place.index + 1)...)
    return ComputeThread.run { propagate(gradient.detached, through: entries) }
  }

  private func propagate(_ gradient: Tensor, through recorded: [Entry]) -> Gradients {
    var entries = recorded
    var pending = [Tensor?](repeating: nil, count: entries.count)
    pending[entries.count - 1] = gradient
    while let entry = entries.popLast() {
      guard let backward = entry.backward, let arrived = pending[entries.count] else { continue }
      pending[entries.count] = nil
      for (input, contribution) in zip(entry.inputs, backward(arrived)) {
        guard let input, let contribution else { continue }
        // The next operation reads as many numbers as the value has.
        require(
          contribution.shape == entries[input].shape && contribution.scalarType == .float32,
          "An operation gave a \(contribution.scalarType) gradient of shape \(contribution.shape) for an input of shape "
            + "\(entries[input].shape); see differentiable(_:of:backward:).")
        pending[input] = pending[input].map { $0 + contribution } ?? contribution
      }
    }
    return Gradients(byPlace: pending, tape: self)
  }
}

/// The gradients that a tape computed, for the values that it tracked.
public struct Gradients: Sendable {
  fileprivate let byPlace: [Tensor?]
  fileprivate let tape: Tape

  /// The gradient with respect to `value`, as large as it; nil where the loss does not depend on it.
  public subscript(value: Tensor) -> Tensor? {
    guard let place = value.place, place.tape === tape, place.index < byPlace.count else { return nil }
    return byPlace[place.index]
  }
}

/// Why gradients cannot be computed.
public enum TapeError: LocalizedError, CustomStringConvertible {
  case lossIsNotScalar(Tensor.Shape)
  case lossIsNotTracked
  case isSpent

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What is wrong, and what to do.
  public var description: String {
    switch self {
    case .lossIsNotScalar(let shape):
      "Gradients are computed of a single number, not of a tensor of shape \(shape): take its mean or its sum."
    case .lossIsNotTracked:
      "The loss does not depend on any value that this tape tracks: nothing can be learned from it."
    case .isSpent: "This tape is spent: a training step needs a tape of its own."
    }
  }
}

/// Makes an operation differentiable: records it on the tape of its tracked inputs, or does nothing if none is tracked.
///
/// This is how an operation is added from outside of this module.
///
/// - Parameters:
///   - result: what was computed from the inputs' ``Tensor/detached`` values.
///   - inputs: what `result` depends on.
///   - backward: turns the gradient of the result into one gradient for each input, float32 and as large as it, in order; nil where there
///     is none.
///     It should hold detached values only, and no more of them than it needs.
/// - Returns: `result`, with a place on the tape if any input has one.
public func differentiable(
  _ result: Tensor, of inputs: [Tensor], backward: @escaping @Sendable (Tensor) -> [Tensor?]
) -> Tensor {
  guard let tape = inputs.lazy.compactMap(\.place).first?.tape else { return result }
  return tape.record(result, of: inputs, backward: backward)
}
