import Foundation
import GraftFiles
import GraftTensor

/// What became of each parameter of a model and each tensor of a file when one was to be loaded from the other.
///
/// As an error, it says why they do not fit.
public struct LoadReport: LocalizedError, Sendable, CustomStringConvertible {
  /// A parameter and the tensor that filled it.
  public struct Assignment: Sendable, Equatable {
    /// The parameter's path in the model.
    public let path: String
    /// The tensor's name in the file.
    public let fileName: String
  }

  /// A tensor that has a place, but another shape.
  public struct ShapeMismatch: Sendable, Equatable {
    /// Which parameter, and which tensor.
    public let assignment: Assignment
    /// The parameter's shape.
    public let wanted: Tensor.Shape
    /// The tensor's shape in the model's order of axes; as stored, if it cannot be brought to that order.
    public let found: Tensor.Shape
  }

  /// The file.
  public let file: URL
  /// The file's format: `Keras HDF5`.
  public let format: String
  /// The naming table that fitted best: `VGG19 (Keras)`.
  public let table: String
  /// Parameters that were filled, in the model's order.
  public let loaded: [Assignment]
  /// Parameters that the file has not, in the model's order.
  public let missing: [String]
  /// Tensors of another shape than their parameters.
  public let mismatched: [ShapeMismatch]
  /// Tensors that no parameter wants and the table does not expect, in the file's order.
  public let unplaced: [String]
  /// Tensors that the table knows and this model does not need, in the file's order.
  public let ignored: [String]
  /// What stood before the names of this model's tensors, or between their parts, and was taken away: `model.`, `vgg16/`.
  public let takenAway: [String]
  /// Tensors that lie outside of what the names lead to, in the file's order.
  public let others: [String]
  /// What the file looks like instead; nil where that could not be recognized.
  public internal(set) var resemblance: Resemblance?

  /// A network that a file looks like.
  public struct Resemblance: Sendable, Equatable {
    /// The naming table's name: `VGG19 (torchvision)`.
    public let name: String
    /// How the library would read it, as the end of a sentence: `use VGG.vgg19`.
    public let advice: String?
    /// What stands before its names or between their parts.
    public let takenAway: [String]

    /// Describes a resemblance.
    public init(name: String, advice: String?, takenAway: [String]) {
      self.name = name
      self.advice = advice
      self.takenAway = takenAway
    }
  }

  /// How many tensors the file has.
  public var tensorCount: Int {
    loaded.count + mismatched.count + unplaced.count + ignored.count + others.count
  }

  /// Whether every parameter was filled once with its own shape, and every tensor used or known to be needless.
  public var isComplete: Bool { missing.isEmpty && mismatched.isEmpty && unplaced.isEmpty }

  /// The same with another advice than the library's own.
  ///
  /// - Parameter advice: how to read what the file looks like, as the end of a sentence: `name it with --encoder vgg19`.
  public func advising(_ advice: String?) -> LoadReport {
    var report = self
    report.resemblance = resemblance.map {
      Resemblance(name: $0.name, advice: advice, takenAway: $0.takenAway)
    }
    return report
  }

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// One line for the person who reads it.
  public var description: String {
    var problems: [String] = []
    if !unplaced.isEmpty {
      problems.append(
        "\(unplaced.count) of \(tensorCount) tensors have no place in \(table): \(Self.list(unplaced)).")
    }
    if let mismatch = mismatched.first {
      let others = mismatched.count > 1 ? ", and \(mismatched.count - 1) more differ" : ""
      problems.append(
        "\(mismatch.assignment.fileName.printable) is \(mismatch.found), and \(mismatch.assignment.path) "
          + "is \(mismatch.wanted)\(others).")
    }
    if !missing.isEmpty {
      let count = loaded.count + mismatched.count + missing.count
      problems.append("\(missing.count) of \(count) parameters are not in the file: \(Self.list(missing)).")
    }
    let place = file.relativePath
    guard !problems.isEmpty else {
      let needless = ignored.isEmpty ? "" : ", \(ignored.count) not needed"
      let part = partDescription.map { " \($0)" } ?? ""
      return "\(place): \(loaded.count) tensors loaded as \(table)\(needless).\(part)"
    }
    let advice = resemblance.map(Self.advice) ?? "Check that the file belongs to this model."
    return "\(place): \(problems.joined(separator: " ")) \(advice)"
  }

  /// What was taken away from the names, and what lies beside the network, as sentences; nil if the file holds the
  /// network as it is.
  public var partDescription: String? {
    guard !takenAway.isEmpty else { return nil }
    let besides =
      others.isEmpty
      ? ""
      : " Left out: \(others.count) of \(tensorCount) tensors, which lie beside it: \(Self.list(others))."
    return "Taken away from the names of its tensors: \(Self.quoted(takenAway)).\(besides)"
  }

  private static func advice(_ resemblance: Resemblance) -> String {
    let part = resemblance.takenAway.isEmpty ? "" : " with \(quoted(resemblance.takenAway)) in its names"
    return "This looks like \(resemblance.name)\(part)\(resemblance.advice.map { ": \($0)" } ?? "")."
  }

  private static func quoted(_ texts: [String]) -> String {
    texts.map { "\"\($0.printable)\"" }.joined(separator: " and ")
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(3).joined(separator: ", ").printable + (names.count > 3 ? " …" : "")
  }
}
