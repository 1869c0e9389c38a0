import Foundation
import GraftReports

extension StudyResults {
  /// What makes comparisons void, so that nobody reads the tables without knowing.
  var voidBlocks: [HTMLReport.Block] {
    orderedEncoders.flatMap { name, encoder -> [HTMLReport.Block] in
      var blocks: [HTMLReport.Block] = []
      if let digest = encoder.encoderDigest, digest.control == digest.gender {
        blocks.append(
          .warning(
            "VOID: the tuning has not changed \(name). Both arms have the same encoder, and all differences are nil."
          ))
      }
      let same = encoder.gains.filter { $0.value.conclusive.changedPredictions == 0 }.keys.sorted()
      if !same.isEmpty {
        blocks.append(
          .warning(
            "VOID: both arms of \(name) give every picture the same probabilities in \(same.joined(separator: ", "))."
          ))
      }
      let blind =
        encoder.segmentation.filter(\.scores.conclusive.isBlind).map {
          "\($0.condition.text) (\($0.arm.rawValue))"
        }
        + (encoder.parts ?? []).filter(\.scores.conclusive.isBlind).map {
          "\($0.condition.text) (\($0.arm.rawValue))"
        }
      if !blind.isEmpty {
        blocks.append(
          .warning(
            """
            VOID: \(name) gives every picture the same mask in \(blind.joined(separator: ", ")): its decoder looks at \
            none of them.
            """))
        if configuration.segmentation.decoderInput != .map {
          blocks.append(.paragraph(Self.pooledExplanation))
        }
      }
      return blocks
    }
  }

  /// Why a decoder of pooled features cannot do otherwise, and what that says of the paper's Table 5.3.
  private static let pooledExplanation = """
    A decoder on the pooled vector sees one number for a picture: its logits are that number times one kernel, so where the \
    number is positive the mask is the same for every picture and every encoder, and training makes it the mean mask. That \
    would explain the paper's Table 5.3, whose control and gender values for ResNet-50 agree to the last digit: Keras of that \
    time gave a ResNet's features as such a vector.
    """

  /// What a run shows and does not show.
  var words: [HTMLReport.Block] {
    if encoders.isEmpty { return [.paragraph("Nothing is trained yet.")] }
    return orderedEncoders.map { .paragraph(words(about: $0, $1)) }
      + [.subheading("What it does not show"), .list(limits)]
  }

  private func words(about name: String, _ encoder: Encoder) -> String {
    var sentences: [String] = []
    if let gender = encoder.gender {
      let scores = gender.scores.conclusive
      let side = scores.accuracy > scores.majorityShare ? "above" : "not above"
      sentences.append(
        """
        \(name) was tuned on gender to an accuracy of \(decimal(scores.accuracy)) on the \(partitions[0].rawValue) part, \(side) \
        the \(decimal(scores.majorityShare)) of always giving the more frequent class.
        """)
    }
    let conditions = Self.conditions(of: [encoder])
    let gains = conditions.compactMap { encoder.gains[$0.text]?.conclusive }
    if !gains.isEmpty {
      let corrected = conditions.compactMap { correctedPValues[name]?[$0.text] }
      let sure = zip(gains, corrected).filter { $0.1 < 0.05 }.map(\.0)
      let mean = 100 * gains.map(\.mean).reduce(0, +) / Double(gains.count)
      sentences.append(
        """
        With it the per-image IoU on the \(partitions[0].rawValue) part is higher in \(gains.count { $0.mean > 0 }) of \
        \(gains.count) conditions, by \(signed(mean, digits: 1)) points on the mean of all. After Holm's correction for \
        \(gainCount) comparisons the bootstrap leaves \(sure.count { $0.mean > 0 }) gains and \(sure.count { $0.mean < 0 }) \
        losses at 0.05; the other \(gains.count - sure.count) differences may be chance.
        """)
    }
    let below = encoder.segmentation.filter {
      $0.scores.conclusive.iou <= $0.scores.conclusive.meanMaskIoU
    }
    if !encoder.segmentation.isEmpty {
      sentences.append(
        below.isEmpty
          ? "All \(encoder.segmentation.count) decoders are above a mask that is the same for every picture."
          : """
          Of \(encoder.segmentation.count) decoders \(below.count) did not reach a mask that is the same for every picture: what \
          that says about tuning is worth little.
          """)
    }
    for pair in encoder.partPairs {
      guard let control = pair.control?.scores.conclusive, let gender = pair.gender?.scores.conclusive else {
        continue
      }
      sentences.append(
        """
        Told apart into \(control.classes.count) parts, the pictures of \(pair.dataset) have a mean IoU over classes of \
        \(decimal(control.iou)) without the tuning and \(decimal(gender.iou)) with it; of a constant mask it is \
        \(decimal(control.constantMaskIoU)).
        """)
    }
    let heads =
      configuration.segmentation.epochs.map { limit in
        encoder.segmentation.count { $0.bestEpoch >= limit - 1 }
      } ?? 0
    if heads > 0 {
      sentences.append("Of the decoders \(heads) improved up to the last epoch that was allowed.")
    }
    return sentences.joined(separator: " ")
  }

  private var limits: [String] {
    let pictures = encoders.values.flatMap(\.segmentation).map(\.scores.conclusive.pictures).min()
    return [
      """
      This is one run with one seed. The intervals cover the choice of the \(partitions[0].rawValue) pictures, not that of the \
      start values, the split and the order: repeat it with several seeds.
      """,
      partitions[0] == .test
        ? """
        The epoch of each network was chosen by the validation part, whose values therefore flatter. The test part was \
        measured once, when nothing was left to choose.
        """
        : """
        The epoch of each network was chosen by the very pictures on which it is measured, so that all values flatter, and \
        those of an arm that learns faster more, as it has more epochs to choose from.
        """,
    ]
      + (pictures.map {
        $0 < 100
          ? [
            "The smallest \(partitions[0].rawValue) part has \($0) pictures: small differences mean nothing."
          ] : []
      } ?? [])
      + (isDrawn
        ? [
          "The faces are drawn by the program, and so is what their attribute depends on: nothing about photographs follows."
        ]
        : [
          "The paper does not say which intersection over union it reports, nor how its data were divided: its values beside ours are no test of either."
        ])
  }
}
