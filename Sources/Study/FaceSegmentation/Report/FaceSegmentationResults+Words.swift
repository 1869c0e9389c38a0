import GraftMetrics
import Foundation
import GraftReports

extension FaceSegmentationResults {
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
      let blind = encoder.decoders.filter(\.scores.conclusive.network.isBlind).map {
        "\($0.condition.name) (\($0.arm.rawValue))"
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
      let side = scores.beatsMajority ? "above" : "not above"
      sentences.append(
        """
        \(name) was tuned on gender to an accuracy of \(decimal(scores.accuracy)) on the \(partitions[0].rawValue) part, \(side) \
        the \(decimal(scores.majorityShare)) of always giving the more frequent class.
        """)
    }
    let conditions = Self.conditions(of: [encoder])
    let gains = conditions.compactMap { encoder.gains[$0.name]?.conclusive }
    if !gains.isEmpty {
      let corrected = conditions.compactMap { correctedPValues[name]?[$0.name] }
      let sure = zip(gains, corrected).filter { $0.1 < 0.05 }.map(\.0)
      let mean = 100 * gains.map(\.mean).reduce(0, +) / Double(gains.count)
      let doubtful = gains.count - sure.count
      sentences.append(
        """
        With it the per-image IoU on the \(partitions[0].rawValue) part is higher in \(gains.count { $0.mean > 0 }) of \
        \(counted(gains.count, "condition")), by \(signed(mean, digits: 1)) points on the mean of all. After Holm's \
        correction for \(counted(gainCount, "comparison")) the bootstrap leaves \(counted(sure.count { $0.mean > 0 }, "gain")) \
        and \(sure.count { $0.mean < 0 } == 1 ? "1 loss" : "\(sure.count { $0.mean < 0 }) losses") at 0.05\
        \(doubtful == 0 ? "" : doubtful == 1 ? "; the other difference may be chance" : "; the other \(doubtful) may be chance").
        """)
    }
    let decoders = encoder.decoders
    let below = decoders.count { !$0.scores.conclusive.beatsConstantMask }
    if !decoders.isEmpty {
      sentences.append(
        below == 0
          ? "All \(counted(decoders.count, "decoder")) are above a mask that is the same for every picture."
          : """
          \(below) of \(counted(decoders.count, "decoder")) did not reach a mask that is the same for every picture: what that \
          says about tuning is worth little.
          """)
    }
    let improving =
      configuration.segmentation.epochs.map { limit in decoders.count { $0.bestEpoch >= limit - 1 } } ?? 0
    if improving > 0 {
      sentences.append(
        "\(improving) of \(counted(decoders.count, "decoder")) improved up to the last epoch that was allowed."
      )
    }
    return sentences.joined(separator: " ")
  }

  private var limits: [String] {
    let pictures = encoders.values.flatMap(\.decoders).map(\.scores.conclusive.network.imageCount).min()
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
