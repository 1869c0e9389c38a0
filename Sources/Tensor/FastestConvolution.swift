import CGraftCompute
import Foundation
import Synchronization

/// Which algorithm was the fastest for each convolution on this machine, as ``ConvolutionAlgorithm/fastest`` found out.
///
/// One record is shared by the whole process, whichever network, trainer or thread convolves: a choice that one of them made
/// holds for all, and ``keep(in:)`` concerns all. So the first use of a shape, which may come from another part of the
/// program, decides on the last bits of every later result with ``ConvolutionAlgorithm/fastest``; other algorithms look at
/// nothing that is shared.
///
/// Times differ from run to run, and so may choices, and with them the last bits of results. To get the same bits again, keep
/// the choices in a file, or name an algorithm. Of two processes that keep theirs in one file at the same time, the one that
/// writes last wins.
public enum ConvolutionChoices {
  private struct State {
    var known: [String: ConvolutionAlgorithm] = [:]
    var file: URL?
  }

  /// A file that is no record of choices.
  public struct Unreadable: Error, CustomStringConvertible {
    let file: URL

    /// Which one, and what to do.
    public var description: String {
      "\(file.path): it does not say which convolutions were the fastest. Delete it, and they are measured anew."
    }
  }

  private struct Record: Codable {
    var environment: ComputeEnvironment
    var fastest: [String: ConvolutionAlgorithm]
  }

  private static let state = Mutex(State())

  /// The choice for each convolution that was measured in this process or read from a file, by its description.
  public static var known: [String: ConvolutionAlgorithm] { state.withLock { $0.known } }

  /// Takes choices over from a file, if it is there and of this machine, and from now on keeps there what is found out.
  ///
  /// - Parameter file: JSON; one of another processor, compute library or number of threads is replaced.
  /// - Throws: ``Unreadable`` for a file that is something else, and errors of the file system.
  public static func keep(in file: URL) throws {
    try state.withLock { state in
      if let bytes = FileManager.default.contents(atPath: file.path) {
        guard let record = try? JSONDecoder().decode(Record.self, from: bytes) else {
          throw Unreadable(file: file)
        }
        if record.environment == .current { state.known.merge(record.fastest) { _, kept in kept } }
      }
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      state.file = file
      try write(state)
    }
  }

  /// Remembers a choice, unless another thread was first.
  ///
  /// - Returns: the choice that counts.
  static func remember(_ algorithm: ConvolutionAlgorithm, for convolution: String) -> ConvolutionAlgorithm {
    state.withLock { state in
      if let known = state.known[convolution] { return known }
      state.known[convolution] = algorithm
      // A full disk must not end a computation: the choice then holds for this process only.
      try? write(state)
      return algorithm
    }
  }

  static func choice(for convolution: String) -> ConvolutionAlgorithm? {
    state.withLock { $0.known[convolution] }
  }

  private static func write(_ state: State) throws {
    guard let file = state.file else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(Record(environment: .current, fastest: state.known)).write(to: file, options: .atomic)
  }
}

extension ConvolutionGeometry {
  /// What `compute` gives with the fastest algorithm for a direction: measured at the first use, remembered after it.
  ///
  /// - Parameters:
  ///   - direction: what is computed.
  ///   - kernel: the kernel, whose packed forms are made anew for each step of training, and kept in inference.
  ///   - compute: runs this convolution with the algorithm of the geometry that it is given.
  func fastest<Result>(
    _ direction: graft_direction, kernel: Tensor?, _ compute: (ConvolutionGeometry) -> Result
  ) -> Result {
    compute(resolved(direction, kernel: kernel) { _ = compute($0) })
  }

  /// This convolution with the fastest algorithm for a direction, if it is to be found out.
  func resolved(
    _ direction: graft_direction, kernel: Tensor?, measuring compute: (ConvolutionGeometry) -> Void
  ) -> ConvolutionGeometry {
    guard algorithm == .fastest else { return self }
    let name = name(of: direction)
    var chosen = self
    if let known = ConvolutionChoices.choice(for: name) {
      chosen.algorithm = known
      return chosen
    }
    let forms = kernel?.storage.packed.withLock { $0 } ?? []
    let times = candidates(direction).map { candidate in
      (candidate.algorithm, candidate.seconds(direction, kernel: kernel, compute))
    }
    kernel?.storage.packed.withLock { $0 = forms }
    let best = times.min { $0.1 < $1.1 }?.0 ?? .direct
    chosen.algorithm = ConvolutionChoices.remember(best, for: name)
    return chosen
  }

  private func name(of direction: graft_direction) -> String {
    let names = [
      GRAFT_FORWARD_INFERENCE.rawValue: "inference", GRAFT_FORWARD_TRAINING.rawValue: "forward",
      GRAFT_BACKWARD_DATA.rawValue: "backward to the images",
      GRAFT_BACKWARD_WEIGHTS.rawValue: "backward to the kernel",
    ]
    return "\(names[direction.rawValue] ?? "?"), images \(inputShape), kernel \(kernelShape), "
      + "padding \(paddingTop) \(paddingBottom) \(paddingLeft) \(paddingRight)"
  }

  private func candidates(_ direction: graft_direction) -> [ConvolutionGeometry] {
    [ConvolutionAlgorithm.direct, .winograd, .portableWinograd].compactMap { algorithm in
      var candidate = self
      candidate.algorithm = algorithm
      // Portable is a candidate of its own.
      let isOffered =
        algorithm != .winograd
        || candidate.libraryHasWinograd(direction) && !candidate.usesPortableWinograd(direction)
      return isOffered ? candidate : nil
    }
  }

  /// The shorter time of two, after one that compiles.
  private func seconds(
    _ direction: graft_direction, kernel: Tensor?, _ compute: (ConvolutionGeometry) -> Void
  ) -> Double {
    let isInference = direction == GRAFT_FORWARD_INFERENCE
    let times = (0..<3).map { _ in
      if !isInference { kernel?.releasePackedForms() }
      let began = ContinuousClock.now
      compute(self)
      return (ContinuousClock.now - began) / .seconds(1)
    }
    return times.dropFirst().min() ?? .infinity
  }
}
