import GraftFiles
import GraftTensor

extension Dataset {
  /// Several views of each sample, drawn once and for all: what frozen stages make of them is computed once and kept,
  /// which views that differ in every epoch rule out.
  ///
  /// The views of one sample follow each other and are called `000001.jpg#1`, `000001.jpg#2` and so on. Split a data set before
  /// its parts get views: otherwise pictures of the training part come again, little changed, in the validation part.
  ///
  /// ```swift
  /// let training = parts.training.fixedViews(4, by: Augmentation(flipProbability: 0.5, rotation: 10), seed: 7)
  /// ```
  /// - Parameters:
  ///   - viewCount: how many views of each sample.
  ///   - augmentation: what the views are drawn by.
  ///   - seed: decides about the draws; equal seeds give equal views.
  public func fixedViews(_ viewCount: Int, by augmentation: Augmentation, seed: UInt64) -> Dataset {
    require(viewCount > 0, "A sample has at least one view, not \(viewCount).")
    return flatMap { index, sample in
      (0..<viewCount).map { number in
        let random = RandomStream(seed: seed).child("fixed view", index, number)
        return sample.seen(as: augmentation.view(random: random), number: number + 1)
      }
    }
  }
}

extension Sample {
  fileprivate func seen(as view: Augmentation.View, number: Int) -> Sample {
    @Sendable func digest(of content: String) -> String { SHA256.digest(of: "\(content) \(view)") }
    let picture = Content(
      digest: { digest(of: try self.picture.digest) }, decode: { view.applied(to: try self.picture.value) })
    let target: Target =
      switch self.target {
      case .label: self.target
      case .mask(let mask):
        .mask(
          Content(digest: { digest(of: try mask.digest) }, decode: { view.applied(toTarget: try mask.value) })
        )
      }
    return Sample(
      identifier: "\(identifier)#\(number)", person: person, partition: partition, attributes: attributes,
      picture: picture, target: target
    ) {
      let both = try self.decoded()
      return (view.applied(to: both.picture), view.applied(toTarget: both.target))
    }
  }
}
