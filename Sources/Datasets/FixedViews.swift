import GraftFiles
import GraftImages
import GraftTensor

/// Several views of each sample of another data set, drawn once and for all: what frozen stages make of them is computed
/// once and cached, which views that differ in every epoch rule out.
///
/// The views of one sample follow each other. Split a data set before its parts get views: otherwise pictures of the
/// training part come again, little changed, in the validation part.
///
/// ```swift
/// let training = parts.training.fixedViews(4, by: Augmentation(flipProbability: 0.5, rotation: 10), seed: 7)
/// ```
public struct FixedViews: PictureDataset {
  /// The data set that the samples come from.
  public let base: any PictureDataset
  /// How many views there are of each sample.
  public let viewCount: Int
  /// What the views are drawn by.
  public let augmentation: Augmentation
  /// What decides about the draws.
  public let seed: UInt64

  /// Takes so many views of each sample of `base`; equal seeds give equal views.
  public init(of base: any PictureDataset, viewCount: Int, by augmentation: Augmentation, seed: UInt64) {
    require(viewCount > 0, "A sample has at least one view, not \(viewCount).")
    self.base = base
    self.viewCount = viewCount
    self.augmentation = augmentation
    self.seed = seed
  }

  private func view(at index: Int) -> Augmentation.View {
    augmentation.view(
      random: RandomStream(seed: seed).child("fixed view", index / viewCount, index % viewCount))
  }

  /// As the base is called.
  public var name: String { base.name }
  /// The samples of the base times the views of each.
  public var count: Int { base.count * viewCount }
  /// What the numbers in a target stand for.
  public var classNames: [String] { base.classNames }
  /// What a user should know of it.
  public var warnings: [String] { base.warnings }
  /// Whether a program drew the pictures.
  public var isDrawn: Bool { base.isDrawn }
  /// What a sample is called in the base, and the number of the view, from 1: `000001.jpg#2`.
  public func identifier(at index: Int) -> String {
    "\(base.identifier(at: index / viewCount))#\(index % viewCount + 1)"
  }
  /// Where the publishers put a sample.
  public func officialPart(at index: Int) -> OfficialPart? { base.officialPart(at: index / viewCount) }
  /// Whose picture a sample is.
  public func person(at index: Int) -> String? { base.person(at: index / viewCount) }
  /// The view of a picture, as large as it.
  public func picture(at index: Int) throws -> Picture {
    view(at: index).applied(to: try base.picture(at: index / viewCount))
  }
  /// Equal for equal views of equal pictures.
  public func pictureDigest(at index: Int) throws -> String {
    var digest = SHA256()
    digest.update("\(try base.pictureDigest(at: index / viewCount)) \(view(at: index))")
    return digest.finalize()
  }
  /// The view of a mask, moved as its picture is; a class number as it is.
  public func target(at index: Int) throws -> Tensor {
    view(at: index).applied(toTarget: try base.target(at: index / viewCount))
  }
}

extension PictureDataset {
  /// So many views of each sample, drawn once and for all.
  public func fixedViews(_ count: Int, by augmentation: Augmentation, seed: UInt64) -> FixedViews {
    FixedViews(of: self, viewCount: count, by: augmentation, seed: seed)
  }
}
