import GraftImages
import GraftTensor

/// One picture and what is to be learned about it; both are decoded when they are asked for.
public struct Sample: Sendable {
  /// What the sample is called where it comes from, such as `000001.jpg`; unique within a data set.
  public let identifier: String
  /// Whose picture it is: equal texts for one person; nil if the data set does not say.
  public let person: String?
  /// The partition in which the publishers of the data set put it; nil if they do not say.
  public let partition: Partition?
  /// What else the data set says about it, such as an age group.
  public let attributes: [String: String]
  /// The picture, of any size.
  public let picture: Content<Picture>
  /// What is to be learned.
  public let target: Target
  private let decodeBoth: (@Sendable () throws -> (picture: Picture, target: Tensor))?

  /// Describes a sample.
  ///
  /// - Parameters:
  ///   - identifier: unique within its data set.
  ///   - person: equal texts for one person.
  ///   - partition: where its publishers put it.
  ///   - attributes: what else is known.
  ///   - picture: the picture.
  ///   - target: its class or its mask.
  ///   - decodingBoth: makes both where that takes less than making one after the other; nil where it does not.
  public init(
    identifier: String, person: String? = nil, partition: Partition? = nil,
    attributes: [String: String] = [:],
    picture: Content<Picture>, target: Target,
    decodingBoth: (@Sendable () throws -> (picture: Picture, target: Tensor))? = nil
  ) {
    self.identifier = identifier
    self.person = person
    self.partition = partition
    self.attributes = attributes
    self.picture = picture
    self.target = target
    decodeBoth = decodingBoth
  }

  /// The picture with its target; a file that both are made of is read once.
  public func decoded() throws -> (picture: Picture, target: Tensor) {
    try decodeBoth?() ?? (picture.value, target.value)
  }

  /// The same sample with digests that are known already.
  public func withDigests(picture: String, target: String) -> Sample {
    Sample(
      identifier: identifier, person: person, partition: partition, attributes: attributes,
      picture: self.picture.withDigest(picture), target: self.target.withDigest(target),
      decodingBoth: decodeBoth)
  }
}

/// A part of a data set that its publishers drew up.
public enum Partition: String, Sendable, Codable, CaseIterable {
  case training, validation, test
}

/// What is to be learned about a picture.
public enum Target: Sendable {
  /// The number of its class, from 0.
  case label(Int)
  /// The class of each pixel: uint8, H,W,1; for two classes 0 and 1. Or any other tensor, for a loss of your own.
  case mask(Content<Tensor>)

  /// The number of the class; nil for a mask.
  public var label: Int? {
    guard case .label(let number) = self else { return nil }
    return number
  }

  /// The target as a tensor: an int32 scalar for a class, H,W,1 for a mask.
  public var value: Tensor {
    get throws {
      switch self {
      case .label(let number): Tensor(shape: [], integers: [Int32(clamping: number)])
      case .mask(let content): try content.value
      }
    }
  }

  /// Equal for equal targets, different for others.
  public var digest: String {
    get throws {
      switch self {
      case .label(let number): "class \(number)"
      case .mask(let content): try content.digest
      }
    }
  }

  fileprivate func withDigest(_ digest: String) -> Target {
    guard case .mask(let content) = self else { return self }
    return .mask(content.withDigest(digest))
  }
}
