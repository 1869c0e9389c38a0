import GraftFiles
import GraftImages
import GraftTensor

/// Pictures with something to learn about each: a class, or a mask.
///
/// ```swift
/// let faces = try LFWParts(directory: URL(filePath: "lfw"))
/// let parts = try Split(of: faces, rule: .tail(0.1)).applied(to: faces)
/// print(parts.training.count, parts.validation.count)  // 2634 293
/// ```
public protocol PictureDataset: Sendable {
  /// For people and for file names, such as `lfw-hair`.
  var name: String { get }
  /// How many samples there are.
  var count: Int { get }
  /// What the numbers in a target stand for, from 0 on: the classes of a picture, or those of a mask's pixels.
  var classNames: [String] { get }
  /// What a user should know of this copy of the data set, in whole sentences; nothing that prevents its use.
  var warnings: [String] { get }
  /// Whether a program drew the pictures, so that nothing about photographs follows from them.
  var isDrawn: Bool { get }
  /// What a sample is called where it comes from, such as `000001.jpg`; unique within the data set.
  func identifier(at index: Int) -> String
  /// Where the publishers of the data set put a sample; nil if they say nothing of it.
  func officialPart(at index: Int) -> OfficialPart?
  /// Whose picture a sample is: equal texts for one person; nil if the data set does not say.
  func person(at index: Int) -> String?
  /// The decoded picture of a sample, of any size.
  func picture(at index: Int) throws -> Picture
  /// A text that is equal for equal pictures and differs for others: what is computed from a picture is kept under it.
  func pictureDigest(at index: Int) throws -> String
  /// What is to be learned of a sample: a class number (int32, scalar), or a mask (uint8, H,W,1; 0 or 1).
  func target(at index: Int) throws -> Tensor
  /// A text that is equal for equal targets and differs for others, by which a changed label is noticed.
  func targetDigest(at index: Int) throws -> String
}

/// A part of a data set that its publishers drew up.
public enum OfficialPart: String, Sendable, Codable, CaseIterable {
  case training, validation, test
}

extension PictureDataset {
  /// None.
  public var warnings: [String] { [] }
  /// They are photographs.
  public var isDrawn: Bool { false }
  /// Nothing is said.
  public func officialPart(at index: Int) -> OfficialPart? { nil }
  /// Nothing is said.
  public func person(at index: Int) -> String? { nil }

  /// SHA-256 over the decoded picture; a data set whose pictures are files can do with the files' bytes.
  public func pictureDigest(at index: Int) throws -> String {
    let picture = try picture(at: index)
    var digest = SHA256()
    digest.update("\(picture.width) \(picture.height) \(picture.channels)\n")
    unsafe picture.pixels.withUnsafeBytes { unsafe digest.update($0) }
    return digest.finalize()
  }

  /// SHA-256 over the target; a data set whose targets are files can do with the files' bytes.
  public func targetDigest(at index: Int) throws -> String {
    let target = try target(at: index)
    var digest = SHA256()
    digest.update("\(target.scalarType) \(target.shape)\n")
    unsafe target.rowMajor.withUnsafeBytes { unsafe digest.update($0) }
    return digest.finalize()
  }

  /// Some samples as tensors, decoded and preprocessed.
  public func batch(at indices: [Int], preprocessing: Preprocessing) throws -> Batch {
    let pictures = try indices.map(picture(at:))
    return Batch(
      indices: indices, inputs: preprocessing.tensor(of: pictures), targets: try targets(at: indices))
  }

  /// The samples that the publishers put into one part, in the order of this data set.
  ///
  /// - Throws: ``DatasetError`` if there are none.
  public func part(_ part: OfficialPart) throws -> Subset {
    let indices = (0..<count).filter { officialPart(at: $0) == part }
    guard !indices.isEmpty else {
      throw DatasetError(
        name, "none of its \(count) samples is known to belong to the official \(part.rawValue) part",
        remedy: "Its partition file or its lists may be missing; or split it by another rule.")
    }
    return Subset(of: self, indices: indices, name: "\(name), \(part.rawValue)")
  }

  /// So many samples drawn at random without replacement, in the order of this data set; all of them if it has no
  /// more.
  public func sample(_ limit: Int, seed: UInt64) -> Subset {
    var random = RandomStream(seed: seed).child("sample")
    return Subset(of: self, indices: random.permutation(of: count).prefix(limit).sorted(), name: name)
  }
}
