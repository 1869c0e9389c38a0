import Foundation
import GraftMetrics

// How sure the gains of one run are, as far as the choice of pictures goes.

extension FaceSegmentationResults {
  /// The p values of all gains of this run on the part that conclusions are drawn from, corrected together by Holm's rule: by
  /// encoder and by condition.
  var correctedPValues: [String: [String: Double]] {
    let gains = orderedEncoders.flatMap { name, encoder in
      encoder.gains.sorted { $0.key < $1.key }.map { (name, $0.key, $0.value.conclusive.pValue) }
    }
    var corrected: [String: [String: Double]] = [:]
    for (gain, pValue) in zip(gains, holmCorrected(gains.map(\.2))) {
      corrected[gain.0, default: [:]][gain.1] = pValue
    }
    return corrected
  }

  /// How many gains are corrected together.
  var gainCount: Int { encoders.values.reduce(0) { $0 + $1.gains.count } }

  /// A line for each gain of an encoder that is known: `lfw-hair: gain +0.012, …`; nil without any.
  func intervals(_ encoder: String, _ conditions: [Condition]) -> String? {
    let lines = conditions.compactMap { condition in
      sentence(encoder, condition).map { "\(condition.name): \($0)" }
    }
    return lines.isEmpty ? nil : lines.joined(separator: "\n")
  }

  /// `gain +0.012, 95 % interval +0.004 to +0.028 (bootstrap over people), p 0.0092, by Holm's correction for 4 comparisons
  /// 0.0368`, with what makes it doubtful; nil until both arms are done.
  func sentence(_ encoder: String, _ condition: Condition) -> String? {
    guard let gain = encoders[encoder]?.gains[condition.name]?.conclusive,
      let corrected = correctedPValues[encoder]?[condition.name]
    else { return nil }
    let holm =
      gainCount > 1
      ? ", by Holm's correction for \(gainCount) comparisons " + String(format: "%.4f", corrected) : ""
    let doubt =
      gain.changedPredictions == 0
      ? "; VOID: both arms predict the same for every picture"
      : corrected < 0.05 ? "" : "; it may be chance"
    return "gain \(signed(gain.mean)), 95 % interval \(signed(gain.lower)) to \(signed(gain.upper)) "
      + "(bootstrap over \(gain.unit.rawValue)), p " + String(format: "%.4f", gain.pValue) + holm + doubt
  }
}
