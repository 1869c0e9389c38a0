import Foundation
import GraftDatasets
import GraftTensor

/// Everything that a face segmentation study may vary; the defaults are the paper's numbers.
///
/// Written beside the results, so that they can be told from those of another configuration.
public struct StudyConfiguration: Codable, Sendable, Equatable {
  /// The gender tuning of an encoder's last stage.
  public struct Gender: Codable, Sendable, Equatable {
    /// How many CelebA pictures at most: 12,000, a tenth of them for validation.
    public var limit = 12_000
    /// How they are chosen from the official training part.
    public var selection = CelebA.Attribute.Selection.random
    /// Samples in a batch.
    public var batchSize = 200
    /// Of RMSprop.
    public var learningRate: Float = 1e-4
    /// Epochs without a better validation loss that end it.
    public var patience = 20
    /// Epochs at most.
    public var epochs: Int?
  }

  /// The training of a decoder on a frozen encoder.
  public struct Segmentation: Codable, Sendable, Equatable {
    /// Samples in a batch.
    public var batchSize = 200
    /// Of RMSprop.
    public var learningRate: Float = 1e-4
    /// Epochs without a better validation IoU that end it.
    public var patience = 50
    /// Epochs at most.
    public var epochs: Int?
    /// Seconds at most: the paper's 20 hours.
    public var seconds: Double? = 20 * 3600
    /// Of the penalty on the 1×1 kernel, for which the paper gives no number.
    public var penalty: Float = 1e-4
  }

  /// The gender tuning.
  public var gender = Gender()
  /// The training of the decoders.
  public var segmentation = Segmentation()
  /// Which fraction of each data set is for validation.
  public var validationFraction = 0.1
  /// Whether the validation part is the tail of each list, which the paper's numbers suggest, instead of a seeded draw.
  public var splitsByTail = false
  /// From which all that is random follows.
  public var seed: UInt64 = 1
  /// As what features are cached.
  public var featureType = ScalarType.float32
  /// How convolutions are computed.
  public var algorithm = ConvolutionAlgorithm.winograd

  /// The paper's numbers.
  public init() {}

  var split: Split.Rule {
    splitsByTail ? .tail(validationFraction) : .random(validationFraction, seed: seed)
  }
}

extension StudyConfiguration {
  /// The first setting that differs, for people: `gender.batchSize was 200 and is now 50`; nil if none does.
  func difference(from before: StudyConfiguration) -> String? {
    let (old, new) = (before.values, values)
    let name = Set(old.keys).union(new.keys).sorted().first { old[$0] != new[$0] }
    return name.map { "\($0) was \(old[$0] ?? "not set") and is now \(new[$0] ?? "not set")" }
  }

  /// Each setting as text, by its path.
  private var values: [String: String] {
    guard let data = try? JSONEncoder().encode(self), let all = try? JSONSerialization.jsonObject(with: data)
    else { return [:] }
    var values: [String: String] = [:]
    func collect(_ value: Any, _ path: [String]) {
      if let members = value as? [String: Any] {
        for (key, member) in members { collect(member, path + [key]) }
      } else {
        values[path.joined(separator: ".")] = "\(value)"
      }
    }
    collect(all, [])
    return values
  }
}
