import GraftImages
import GraftTensor

/// Some samples of another data set, in an order of their own.
public struct Subset: PictureDataset {
  /// The data set that the samples come from.
  public let base: any PictureDataset
  /// The numbers that the samples have there.
  public let indices: [Int]
  /// For people and for file names.
  public let name: String

  /// Takes the samples `indices` of `base`, in that order and each at most once; is called as `base` is unless it gets
  /// a name.
  public init(of base: any PictureDataset, indices: [Int], name: String? = nil) {
    require(
      indices.allSatisfy { (0..<base.count).contains($0) } && Set(indices).count == indices.count,
      "A subset of the \(base.count) samples of \(base.name) takes each at most once, and no others.")
    self.base = base
    self.indices = indices
    self.name = name ?? base.name
  }

  /// How many samples there are.
  public var count: Int { indices.count }
  /// What the numbers in a target stand for.
  public var classNames: [String] { base.classNames }
  /// What a user should know of it.
  public var warnings: [String] { base.warnings }
  /// Whether a program drew the pictures.
  public var isDrawn: Bool { base.isDrawn }
  /// What a sample is called.
  public func identifier(at index: Int) -> String { base.identifier(at: indices[index]) }
  /// Where the publishers put a sample.
  public func officialPart(at index: Int) -> OfficialPart? { base.officialPart(at: indices[index]) }
  /// Whose picture a sample is.
  public func person(at index: Int) -> String? { base.person(at: indices[index]) }
  /// The decoded picture of a sample.
  public func picture(at index: Int) throws -> Picture { try base.picture(at: indices[index]) }
  /// Equal for equal pictures.
  public func pictureDigest(at index: Int) throws -> String { try base.pictureDigest(at: indices[index]) }
  /// What is to be learned of a sample.
  public func target(at index: Int) throws -> Tensor { try base.target(at: indices[index]) }
  /// Equal for equal targets.
  public func targetDigest(at index: Int) throws -> String { try base.targetDigest(at: indices[index]) }
}
