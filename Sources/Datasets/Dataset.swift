import GraftTensor

/// Samples in a fixed order, and what their targets mean: a value, on which everything works that works on an array.
///
/// ```swift
/// let faces = try LFWParts(directory: URL(filePath: "lfw")).dataset(classes: .withHair)
/// let parts = try faces.split(.tail(0.1))
/// print(parts.training.count, parts.validation.count, parts.training[0].identifier)  // 2634 293 Aaron_Peirsol_0003
/// ```
/// A data set of your own is a list of samples:
///
/// ```swift
/// let shapes = Dataset(name: "shapes", targets: .labels(["disc", "square"]), samples: files.map { file, isSquare in
///   Sample(identifier: file.lastPathComponent, picture: Content(contentsOf: file), target: .label(isSquare ? 1 : 0))
/// })
/// ```
public struct Dataset: Sendable {
  /// The meaning of the numbers in targets.
  public enum Targets: Sendable, Hashable, Codable {
    /// Each picture has one of these classes.
    case labels([String])
    /// Each pixel has one of these classes. With two of them a network gives one logit for each pixel.
    case masks([String])

    /// The classes, from 0.
    public var classNames: [String] {
      switch self {
      case .labels(let names), .masks(let names): names
      }
    }

    /// How many logits tell the classes apart: one for masks of two classes, else one for each.
    public var logitCount: Int {
      switch self {
      case .labels(let names): names.count
      case .masks(let names): names.count == 2 ? 1 : names.count
      }
    }
  }

  /// For people and for file names, such as `lfw-hair`.
  public let name: String
  /// The meaning of the numbers in targets.
  public let targets: Targets
  /// Remarks about this copy of the data set, in whole sentences; none of them prevents its use.
  public let warnings: [String]
  /// Whether a program drew the pictures, so that nothing about photographs follows from them.
  public let isDrawn: Bool
  private let samples: [Sample]

  /// Describes a data set.
  ///
  /// - Parameters:
  ///   - name: for people and for file names.
  ///   - targets: the meaning of the numbers in targets.
  ///   - warnings: remarks for users, in whole sentences.
  ///   - isDrawn: whether a program drew the pictures.
  ///   - samples: in order; no two have the same identifier.
  public init(
    name: String, targets: Targets, warnings: [String] = [], isDrawn: Bool = false, samples: [Sample]
  ) {
    self.name = name
    self.targets = targets
    self.warnings = warnings
    self.isDrawn = isDrawn
    self.samples = samples
  }

  /// The classes of pictures, or of pixels, from 0.
  public var classNames: [String] { targets.classNames }
}

extension Dataset: RandomAccessCollection {
  /// 0.
  public var startIndex: Int { 0 }
  /// How many samples there are.
  public var endIndex: Int { samples.count }
  /// A sample by its place in the order.
  public subscript(index: Int) -> Sample { samples[index] }
}

// MARK: Data sets made of others

extension Dataset {
  /// The same samples under another name.
  public func named(_ name: String) -> Dataset { with(samples, name: name) }

  /// The samples for which a rule holds, in this order.
  public func filter(_ isIncluded: (Sample) throws -> Bool) rethrows -> Dataset {
    with(try samples.filter(isIncluded))
  }

  /// The first so many samples; all if there are no more.
  public func prefix(_ count: Int) -> Dataset { with(Array(samples.prefix(count))) }

  /// The samples in an order that a seed fixes; the same on every machine.
  public func shuffled(seed: UInt64) -> Dataset {
    with(RandomStream(seed: seed).child("shuffled").shuffled(samples))
  }

  /// So many samples drawn at random without replacement, in this order; all if there are no more.
  public func sample(_ count: Int, seed: UInt64) -> Dataset {
    selecting(drawn(count, of: Array(indices), seed: seed).sorted())
  }

  /// The samples at some places, in the order of `indices`.
  public func selecting(_ indices: some Sequence<Int>) -> Dataset { with(indices.map { samples[$0] }) }

  /// The same data set with each sample changed, or replaced by several.
  public func flatMap(_ change: (_ index: Int, Sample) throws -> [Sample]) rethrows -> Dataset {
    with(try samples.enumerated().flatMap(change))
  }

  /// The samples that the publishers put into one partition, in this order.
  ///
  /// - Throws: ``DatasetError`` if there are none.
  public func part(_ partition: Partition) throws -> Dataset {
    selecting(try indices(of: partition)).named("\(name), \(partition.rawValue)")
  }

  func indices(of partition: Partition) throws -> [Int] {
    let found = indices.filter { samples[$0].partition == partition }
    guard !found.isEmpty else {
      throw DatasetError(
        name,
        "none of its \(count) samples is known to belong to the official \(partition.rawValue) partition",
        remedy:
          "Put the publishers' lists beside the others (CelebA's is list_eval_partition.txt or .csv), or divide the "
          + "data set by another rule.")
    }
    return found
  }

  func drawn(_ count: Int, of indices: [Int], seed: UInt64) -> [Int] {
    Array(RandomStream(seed: seed).child("sample").shuffled(indices).prefix(count))
  }

  private func with(_ samples: [Sample], name: String? = nil) -> Dataset {
    Dataset(name: name ?? self.name, targets: targets, warnings: warnings, isDrawn: isDrawn, samples: samples)
  }
}
